/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and text; the C library's printf and strtod do the rounding, and
 * what they take from the locale, the decimal point, is kept away from both
 * sides: it is replaced in what is written and never given to be read. */
#include "base/ci_number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Integers below are printed exactly by the 15 digits that a double holds. */
#define INTEGRAL_LIMIT 1e15

/* Digits with which every double reads back. */
#define DIGITS_MAX 17

/* No double, and no middle between two, has more significant digits than 768;
 * of what follows only matters whether it is 0. */
#define SIGNIFICANT_MAX 800

/* Exponents are held below this; no text makes up for one so large. */
#define EXPONENT_LIMIT 1000000000

/* Room for a double as printf writes it, whatever the decimal point. */
#define RAW_SIZE 64

/* Where the parts of a number stand in its text. */
typedef struct {
    const char *whole, *whole_end;
    const char *fraction, *fraction_end;
    apr_int64_t exponent;
    int negative;
} form_t;

/* A number as an integer of significant digits and a power of ten. */
typedef struct {
    /* and room for what stands for the rest, 'e', the exponent */
    char digits[SIGNIFICANT_MAX + 2 + CI_INTEGER_SIZE];
    apr_size_t count;
    apr_int64_t exponent;
    int inexact; /* a digit that was left out is not 0 */
} decimal_t;

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *s, const char *end)
{
    while (s < end && is_digit(*s)) {
        ++s;
    }
    return s;
}

/* The end of digits without a leading zero, NULL if there are none. */
static const char *skip_integer(const char *s, const char *end)
{
    const char *stop = skip_digits(s, end);

    return stop == s || (*s == '0' && stop - s > 1) ? NULL : stop;
}

static int scan_exponent(form_t *form, const char *s, const char *end)
{
    int negative = s < end && *s == '-';
    apr_int64_t value = 0;

    if (s < end && (*s == '-' || *s == '+')) {
        ++s;
    }
    if (s == end || skip_digits(s, end) != end) {
        return 0;
    }
    for (; s < end; ++s) {
        value = value < EXPONENT_LIMIT ? value * 10 + (*s - '0') : value;
    }
    form->exponent = negative ? -value : value;
    return 1;
}

static int scan_number(form_t *form, const char *s, const char *end)
{
    memset(form, 0, sizeof *form);
    form->negative = s < end && *s == '-';
    form->whole = s + form->negative;
    form->whole_end = skip_integer(form->whole, end);
    if (!form->whole_end) {
        return 0;
    }
    s = form->fraction = form->fraction_end = form->whole_end;
    if (s < end && *s == '.') {
        form->fraction = s + 1;
        s = form->fraction_end = skip_digits(form->fraction, end);
        if (s == form->fraction) {
            return 0;
        }
    }
    if (s < end && (*s == 'e' || *s == 'E')) {
        return scan_exponent(form, s + 1, end);
    }
    return s == end;
}

static void decimal_append(decimal_t *dec, const char *s, const char *end)
{
    for (; s < end; ++s) {
        if (dec->count == SIGNIFICANT_MAX) {
            dec->inexact |= *s != '0';
            ++dec->exponent;
        }
        else if (dec->count > 0 || *s != '0') {
            dec->digits[dec->count++] = *s;
        }
    }
}

/* Give to strtod only what no locale changes: digits, 'e', an exponent. */
static double decimal_value(decimal_t *dec)
{
    if (dec->count == 0) {
        return 0;
    }
    if (dec->inexact) {
        dec->digits[dec->count++] = '1';
        --dec->exponent;
    }
    dec->digits[dec->count++] = 'e';
    ci_integer_format(dec->digits + dec->count, dec->exponent);
    return strtod(dec->digits, NULL);
}

int ci_number_parse(double *value, const char *s, apr_size_t len)
{
    form_t form;
    decimal_t dec;
    double magnitude;

    if (!scan_number(&form, s, s + len)) {
        return 0;
    }
    dec.count = 0;
    dec.inexact = 0;
    dec.exponent = form.exponent - (form.fraction_end - form.fraction);
    decimal_append(&dec, form.whole, form.whole_end);
    decimal_append(&dec, form.fraction, form.fraction_end);
    magnitude = decimal_value(&dec);
    if (!isfinite(magnitude)) {
        return 0;
    }
    *value = form.negative ? -magnitude : magnitude;
    return 1;
}

int ci_integer_parse(apr_int64_t *value, const char *s, apr_size_t len)
{
    const char *end = s + len;
    int negative = len > 0 && *s == '-';
    apr_uint64_t limit = (apr_uint64_t)APR_INT64_MAX + (negative ? 1 : 0);
    apr_uint64_t magnitude = 0;
    apr_uint64_t digit;

    s += negative;
    if (skip_integer(s, end) != end) {
        return 0;
    }
    for (; s < end; ++s) {
        digit = (apr_uint64_t)(*s - '0');
        if (magnitude > (limit - digit) / 10) {
            return 0;
        }
        magnitude = magnitude * 10 + digit;
    }
    *value = (apr_int64_t)(negative ? 0 - magnitude : magnitude);
    return 1;
}

apr_size_t ci_integer_format(char out[CI_INTEGER_SIZE], apr_int64_t value)
{
    apr_uint64_t rest = (apr_uint64_t)value;
    char digits[CI_INTEGER_SIZE];
    char *first = digits + sizeof digits;
    apr_size_t len;

    if (value < 0) {
        rest = 0 - rest;
    }
    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        *--first = '-';
    }
    len = (apr_size_t)(digits + sizeof digits - first);
    memcpy(out, first, len);
    out[len] = '\0';
    return len;
}

static int reads_back(const char *raw, double value)
{
    return strtod(raw, NULL) == value;
}

/* The double below a power of two is nearer than the one above. So 16 digits
 * rounded up can do where 16 digits rounded to nearest, downwards, do not. */
static void shorten_power_of_two(char raw[RAW_SIZE], double value)
{
    char shorter[RAW_SIZE];
    char *last;
    int exponent;

    if (fabs(frexp(value, &exponent)) != 0.5) {
        return;
    }
    memcpy(shorter, raw, strlen(raw) + 1);
    last = shorter + strcspn(shorter, "e") - 1;
    memmove(last, last + 1, strlen(last));
    ++last[-1];
    if (is_digit(last[-1]) && reads_back(shorter, value)) {
        memcpy(raw, shorter, strlen(shorter) + 1);
    }
}

/* Up to DBL_DIG digits survive the way through a double that is not
 * subnormal: if so few are enough, DBL_DIG without trailing zeros are those. */
static void print_shortest(char raw[RAW_SIZE], double value)
{
    int precision = fabs(value) < DBL_MIN ? 1 : DBL_DIG;

    for (; precision < DIGITS_MAX; ++precision) {
        snprintf(raw, RAW_SIZE, "%.*g", precision, value);
        if (reads_back(raw, value)) {
            return;
        }
    }
    snprintf(raw, RAW_SIZE, "%.*g", DIGITS_MAX, value);
    shorten_power_of_two(raw, value);
}

/* Copy a number with '.' for the bytes of the locale's decimal point. */
static apr_size_t copy_with_point(char *out, const char *raw)
{
    apr_size_t len = 0;
    int in_point = 0;

    for (; *raw; ++raw) {
        if (is_digit(*raw) || strchr("+-e", *raw)) {
            out[len++] = *raw;
            in_point = 0;
        }
        else if (!in_point) {
            out[len++] = '.';
            in_point = 1;
        }
    }
    out[len] = '\0';
    return len;
}

apr_size_t ci_number_format(char out[CI_NUMBER_SIZE], double value)
{
    char raw[RAW_SIZE];

    if (!isfinite(value)) {
        out[0] = '\0';
        return 0;
    }
    if (fabs(value) < INTEGRAL_LIMIT && (double)(apr_int64_t)value == value) {
        return ci_integer_format(out, (apr_int64_t)value);
    }
    print_shortest(raw, value);
    return copy_with_point(out, raw);
}
