/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_text.h
 * What a text is allowed to be, and the small forms that are written as text:
 * dates, digits, enumeration words, e-mail addresses and hexadecimal bytes.
 *
 * Every text is a pointer and a length in bytes; none needs a NUL at its end
 * and none is read beyond its length. Nothing here allocates, depends on the
 * locale or the time zone, or keeps state.
 */
#ifndef CI_TEXT_H
#define CI_TEXT_H

#include <apr.h>
#include <apr_time.h>

/** Room for a date in text, with its NUL. */
#define CI_DATETIME_SIZE 20

/** A moment without a zone; a partial date uses year, month and day only. */
typedef struct {
    apr_int16_t year; /**< 1000 to 9999 */
    apr_byte_t month; /**< 1 to 12 */
    apr_byte_t day;   /**< 1 to 31 */
    apr_byte_t hour;
    apr_byte_t minute;
    apr_byte_t second; /**< 0 to 59: there are no leap seconds */
} ci_datetime_t;

/**
 * Tell whether bytes are UTF-8: no overlong form, no surrogate, nothing above
 * U+10FFFF. NUL is a character like others.
 * @param characters set to the number of characters when the answer is 1, else
 *        left alone; may be NULL
 * @return 1 or 0
 * @see RFC 3629 section 4
 */
int ci_utf8_valid(const char *s, apr_size_t len, apr_size_t *characters);

/**
 * Tell whether a text is free of control characters: U+0000 to U+001F, U+007F,
 * U+0080 to U+009F.
 * @param s valid UTF-8
 * @param multiline 1 if tab, CR and LF are allowed
 * @return 1 or 0
 */
int ci_text_clean(const char *s, apr_size_t len, int multiline);

/** Tell whether a text has nothing but space, tab, CR and LF: 1 or 0. */
int ci_text_blank(const char *s, apr_size_t len);

/**
 * Read a date of exactly the form YYYY-MM-DDTHH:MM:SS: years 1000 to 9999, a
 * day that the calendar has, times 00:00:00 to 23:59:59, no zone.
 * @param dt set when the answer is 1, else left alone
 * @return 1 or 0
 */
int ci_datetime_parse(ci_datetime_t *dt, const char *s, apr_size_t len);

/**
 * Write a date as "2014-05-05T15:49:59", with a NUL.
 * @param dt a date that ci_datetime_parse() could have given
 * @return out
 */
char *ci_datetime_format(char out[CI_DATETIME_SIZE], const ci_datetime_t *dt);

/**
 * Split a time into a date in UTC; fractions of a second are cut off.
 * @param t microseconds since 1970-01-01T00:00:00, of a year 1000 to 9999
 */
void ci_datetime_now(ci_datetime_t *dt, apr_time_t t);

/**
 * The reverse of ci_datetime_now().
 * @return microseconds since 1970-01-01T00:00:00, negative before
 */
apr_time_t ci_datetime_time(const ci_datetime_t *dt);

/**
 * Tell whether the calendar has this day in this year, 1000 to 9999; the
 * Gregorian rule is used for all of them.
 * @return 1 or 0
 */
int ci_date_valid(int year, int month, int day);

/** Tell whether some year has this day: 29 February is one; 1 or 0. */
int ci_name_day_valid(int month, int day);

/**
 * Copy the ASCII digits of a text and nothing else, then a NUL.
 * @param out room for len + 1 bytes; may be s if that has the room
 * @return number of digits
 */
apr_size_t ci_text_digits(char *out, const char *s, apr_size_t len);

/**
 * Copy a text with the letters A to Z in lower case, then a NUL.
 * @param out room for len + 1 bytes; may be s if that has the room
 */
void ci_text_lower(char *out, const char *s, apr_size_t len);

/**
 * Bring an enumeration word into the form of the word lists: upper case,
 * underscores for blanks, NUL-terminated. Nothing is trimmed.
 * @param out room for size bytes; undefined when the answer is 0
 * @return 1; 0 if the word is longer than size - 1 or has a byte that is not
 *         printable ASCII
 */
int ci_token_normalise(char *out, apr_size_t size, const char *s,
                       apr_size_t len);

/**
 * Tell whether a text can be an e-mail address: local part and domain, each of
 * parts that are joined by single dots; at most 254 characters, 64 before the
 * '@', 63 in a label of the domain, which neither begins nor ends with '-'.
 * Characters above ASCII are allowed. Quoted local parts, comments and address
 * literals are not.
 * @return 1 or 0
 * @see RFC 5321 section 4.5.3.1, RFC 5322 section 3.2.3 (atext), RFC 6531
 */
int ci_email_valid(const char *s, apr_size_t len);

/**
 * Write bytes as upper-case hexadecimal digits, with a NUL.
 * @param out room for 2 * len + 1 bytes
 * @return out
 */
char *ci_hex_encode(char *out, const unsigned char *bytes, apr_size_t len);

/**
 * Read hexadecimal digits of either case.
 * @param out room for len / 2 bytes; undefined when the answer is 0
 * @return 1; 0 if len is odd or a byte is no digit
 */
int ci_hex_decode(unsigned char *out, const char *s, apr_size_t len);

#endif
