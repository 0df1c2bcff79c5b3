/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_number.h
 * Numbers to text and back, in JSON's form and without loss.
 *
 * The locale of the process, whatever its decimal point, has no influence.
 * Nothing here allocates or keeps state.
 * @see RFC 8259 section 6
 */
#ifndef CI_NUMBER_H
#define CI_NUMBER_H

#include <apr.h>

/** Room for any double in text, with its NUL. */
#define CI_NUMBER_SIZE 32

/** Room for any 64-bit integer in text, with its NUL. */
#define CI_INTEGER_SIZE 24

/**
 * Write a double with the fewest digits that read back to the same double.
 * Integral values of a magnitude below 1e15 have neither point nor exponent.
 * Negative zero is written as 0.
 * @param out NUL-terminated
 * @param value finite; anything else gives the empty text
 * @return bytes written, without the NUL
 */
apr_size_t ci_number_format(char out[CI_NUMBER_SIZE], double value);

/**
 * Read a number of JSON's form, of any length, as the nearest double: 1e-999
 * is 0.
 * @param value set when the answer is 1, else left alone
 * @return 1; 0 if the form is another or the value is not finite
 */
int ci_number_parse(double *value, const char *s, apr_size_t len);

/**
 * Read an integer: digits without leading zeros, perhaps after a '-'.
 * @param value set when the answer is 1, else left alone
 * @return 1; 0 if the form is another or 64 bits do not hold the value
 */
int ci_integer_parse(apr_int64_t *value, const char *s, apr_size_t len);

/**
 * Write an integer in decimal.
 * @param out NUL-terminated
 * @return bytes written, without the NUL
 */
apr_size_t ci_integer_format(char out[CI_INTEGER_SIZE], apr_int64_t value);

#endif
