/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_param.h
 * The parameters of a header's value: what follows on "multipart/form-data" or
 * "form-data".
 *
 * They are read and decoded in place, in a text that the caller owns and may
 * write to; nothing is allocated. What two readers may understand differently
 * is refused: a '*' in a name (RFC 2231), save that of filename*.
 */
#ifndef CI_PARAM_H
#define CI_PARAM_H

#include <apr.h>

/** One parameter, in the text that it was read from. */
typedef struct {
    const char *name; /**< NUL-terminated, not empty; NULL: there are no more */
    char *value;      /**< no NUL at its end; never NULL when name is not */
    apr_size_t len;   /**< bytes; 0 is possible for quoted values */
} ci_param_t;

/**
 * Read the next parameter, ";name=value". Empty parameters are skipped. A
 * quoted value ends at a '"' that has no '\' before it; \" and \\ stand for one
 * byte, any other '\' for itself, as browsers send it. An unquoted value is a
 * token: readers disagree about where another one ends.
 * @param param set when the answer is 1; its name is NULL at the end
 * @param at the NUL-terminated rest of the value; moved behind the parameter
 * @return 1; 0 if the text is damaged, then at is not to be used again
 * @see RFC 9110 section 5.6.6
 */
int ci_param_next(ci_param_t *param, char **at);

/** Tell whether this is the parameter of a name, in any case: 1 or 0. */
int ci_param_is(const ci_param_t *param, const char *name);

/**
 * Decode the three bytes that browsers encode in file names, %22, %0D and %0A;
 * any other '%' stands for itself.
 * @see https://html.spec.whatwg.org/#multipart-form-data
 */
void ci_param_unescape(ci_param_t *param);

/**
 * Decode a value of the form UTF-8'language'text, all %XX in it.
 * @return 1; 0 if the form is another, a '%' has no two digits, or for %00
 * @see RFC 8187 section 3.2
 */
int ci_param_decode_extended(ci_param_t *param);

#endif
