/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of texts and the forms written as text; see the header. */
#include "base/ci_text.h"

#include <string.h>

#define EMAIL_MAX 254
#define LOCAL_MAX 64
#define LABEL_MAX 63

#define YEAR_MIN  1000
#define YEAR_MAX  9999
#define LEAP_YEAR 2000

#define SECONDS_PER_DAY 86400
/* Days from 0000-03-01, where the arithmetic starts, to 1970-01-01. */
#define EPOCH_DAYS 719468
/* The Gregorian calendar repeats itself after 400 years. */
#define ERA_YEARS 400
#define ERA_DAYS  146097

/* RFC 3629 section 4: what may follow which first byte. */
typedef struct {
    unsigned char first_low, first_high;
    unsigned char second_low, second_high;
    unsigned char length;
} sequence_t;

static const sequence_t sequences[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static const unsigned char month_days[] = {31, 28, 31, 30, 31, 30,
                                           31, 31, 30, 31, 30, 31};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const sequence_t *sequence_find(unsigned char first)
{
    apr_size_t i;

    for (i = 0; i < sizeof sequences / sizeof *sequences; ++i) {
        if (first >= sequences[i].first_low &&
            first <= sequences[i].first_high) {
            return &sequences[i];
        }
    }
    return NULL;
}

/* Bytes of the character above ASCII at s, 0 if it is not a valid one. */
static apr_size_t sequence_length(const unsigned char *s, apr_size_t left)
{
    const sequence_t *seq = sequence_find(s[0]);
    apr_size_t i;

    if (!seq || left < seq->length || s[1] < seq->second_low ||
        s[1] > seq->second_high) {
        return 0;
    }
    for (i = 2; i < seq->length; ++i) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return seq->length;
}

/* Bytes of ASCII at the beginning, counted eight at a time. */
static apr_size_t ascii_length(const unsigned char *s, apr_size_t len)
{
    apr_size_t done = 0;
    apr_uint64_t word;

    while (len - done >= sizeof word) {
        memcpy(&word, s + done, sizeof word);
        if (word & APR_UINT64_C(0x8080808080808080)) {
            break;
        }
        done += sizeof word;
    }
    while (done < len && s[done] < 0x80) {
        ++done;
    }
    return done;
}

int ci_utf8_valid(const char *s, apr_size_t len, apr_size_t *characters)
{
    const unsigned char *bytes = (const unsigned char *)s;
    apr_size_t count = 0;
    apr_size_t done = 0;
    apr_size_t step;

    while (done < len) {
        step = ascii_length(bytes + done, len - done);
        done += step;
        count += step;
        while (done < len && bytes[done] >= 0x80) {
            step = sequence_length(bytes + done, len - done);
            if (!step) {
                return 0;
            }
            done += step;
            ++count;
        }
    }
    if (characters) {
        *characters = count;
    }
    return 1;
}

int ci_text_clean(const char *s, apr_size_t len, int multiline)
{
    unsigned char previous = 0;
    unsigned char c;
    apr_size_t i;

    for (i = 0; i < len; ++i) {
        c = (unsigned char)s[i];
        if (c < ' ' && !(multiline && (c == '\t' || c == '\r' || c == '\n'))) {
            return 0;
        }
        if (c == 0x7f || (previous == 0xc2 && c >= 0x80 && c <= 0x9f)) {
            return 0;
        }
        previous = c;
    }
    return 1;
}

int ci_text_blank(const char *s, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len; ++i) {
        if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r' && s[i] != '\n') {
            return 0;
        }
    }
    return 1;
}

static int is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int ci_date_valid(int year, int month, int day)
{
    int last;

    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12) {
        return 0;
    }
    last = month_days[month - 1] + (month == 2 && is_leap(year));
    return day >= 1 && day <= last;
}

int ci_name_day_valid(int month, int day)
{
    return ci_date_valid(LEAP_YEAR, month, day);
}

/* The value of the digits s[from] to s[from + count - 1]. */
static int digits_value(const char *s, int from, int count)
{
    int value = 0;
    int i;

    for (i = from; i < from + count; ++i) {
        value = value * 10 + (s[i] - '0');
    }
    return value;
}

static int has_datetime_form(const char *s, apr_size_t len)
{
    static const char form[CI_DATETIME_SIZE] = "0000-00-00T00:00:00";
    apr_size_t i;

    if (len != sizeof form - 1) {
        return 0;
    }
    for (i = 0; i < len; ++i) {
        if (form[i] == '0' ? !is_digit(s[i]) : s[i] != form[i]) {
            return 0;
        }
    }
    return 1;
}

int ci_datetime_parse(ci_datetime_t *dt, const char *s, apr_size_t len)
{
    int year, month, day, hour, minute, second;

    if (!has_datetime_form(s, len)) {
        return 0;
    }
    year = digits_value(s, 0, 4);
    month = digits_value(s, 5, 2);
    day = digits_value(s, 8, 2);
    hour = digits_value(s, 11, 2);
    minute = digits_value(s, 14, 2);
    second = digits_value(s, 17, 2);
    if (!ci_date_valid(year, month, day) || hour > 23 || minute > 59 ||
        second > 59) {
        return 0;
    }
    dt->year = (apr_int16_t)year;
    dt->month = (apr_byte_t)month;
    dt->day = (apr_byte_t)day;
    dt->hour = (apr_byte_t)hour;
    dt->minute = (apr_byte_t)minute;
    dt->second = (apr_byte_t)second;
    return 1;
}

/* Write two digits and what follows them. */
static char *put_two(char *out, int value, char after)
{
    out[0] = (char)('0' + value / 10 % 10);
    out[1] = (char)('0' + value % 10);
    out[2] = after;
    return out + 3;
}

char *ci_datetime_format(char out[CI_DATETIME_SIZE], const ci_datetime_t *dt)
{
    char *end = out + 2;

    put_two(out, dt->year / 100, '\0');
    end = put_two(end, dt->year, '-');
    end = put_two(end, dt->month, '-');
    end = put_two(end, dt->day, 'T');
    end = put_two(end, dt->hour, ':');
    end = put_two(end, dt->minute, ':');
    put_two(end, dt->second, '\0');
    return out;
}

/* The calendar's year is taken to begin in March, so that a leap day is its
 * last day; months of 153 days in five then follow from one division. */
static int days_from_date(const ci_datetime_t *dt)
{
    int year = dt->month > 2 ? dt->year : dt->year - 1;
    int month = dt->month > 2 ? dt->month - 3 : dt->month + 9;
    int year_of_era = year % ERA_YEARS;
    int day_of_year = (153 * month + 2) / 5 + dt->day - 1;

    return year / ERA_YEARS * ERA_DAYS + year_of_era * 365 + year_of_era / 4 -
           year_of_era / 100 + day_of_year - EPOCH_DAYS;
}

static void date_from_days(ci_datetime_t *dt, int days)
{
    int since = days + EPOCH_DAYS;
    int day_of_era = since % ERA_DAYS;
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                       day_of_era / 146096) /
                      365;
    int day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (5 * day_of_year + 2) / 153;
    int year = since / ERA_DAYS * ERA_YEARS + year_of_era;

    dt->year = (apr_int16_t)(month < 10 ? year : year + 1);
    dt->month = (apr_byte_t)(month < 10 ? month + 3 : month - 9);
    dt->day = (apr_byte_t)(day_of_year - (153 * month + 2) / 5 + 1);
}

/* The quotient rounded down; C rounds towards zero. */
static apr_int64_t floor_divide(apr_int64_t value, apr_int64_t by)
{
    return value / by - (value % by < 0);
}

void ci_datetime_now(ci_datetime_t *dt, apr_time_t t)
{
    apr_int64_t seconds = floor_divide(t, APR_USEC_PER_SEC);
    apr_int64_t days = floor_divide(seconds, SECONDS_PER_DAY);
    int second = (int)(seconds - days * SECONDS_PER_DAY);

    date_from_days(dt, (int)days);
    dt->hour = (apr_byte_t)(second / 3600);
    dt->minute = (apr_byte_t)(second / 60 % 60);
    dt->second = (apr_byte_t)(second % 60);
}

apr_time_t ci_datetime_time(const ci_datetime_t *dt)
{
    apr_int64_t seconds = days_from_date(dt);

    seconds = seconds * 24 + dt->hour;
    seconds = seconds * 60 + dt->minute;
    seconds = seconds * 60 + dt->second;
    return seconds * APR_USEC_PER_SEC;
}

apr_size_t ci_text_digits(char *out, const char *s, apr_size_t len)
{
    apr_size_t count = 0;
    apr_size_t i;

    for (i = 0; i < len; ++i) {
        if (is_digit(s[i])) {
            out[count++] = s[i];
        }
    }
    out[count] = '\0';
    return count;
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        c = (char)(c | 0x20);
    }
    return c;
}

void ci_text_lower(char *out, const char *s, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len; ++i) {
        out[i] = lower(s[i]);
    }
    out[len] = '\0';
}

static char token_character(char c)
{
    if (c == ' ') {
        c = '_';
    }
    else if (c >= 'a' && c <= 'z') {
        c = (char)(c & ~0x20);
    }
    return c;
}

int ci_token_normalise(char *out, apr_size_t size, const char *s,
                       apr_size_t len)
{
    apr_size_t i;

    if (len >= size) {
        return 0;
    }
    for (i = 0; i < len; ++i) {
        if (s[i] < ' ' || s[i] > '~') {
            return 0;
        }
        out[i] = token_character(s[i]);
    }
    out[len] = '\0';
    return 1;
}

/* Bytes that an atom must not have, control characters apart. */
static int is_special(char c)
{
    return c != '\0' && strchr(" \"(),:;<>@[\\]", c) != NULL;
}

static int is_atom(const char *s, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len; ++i) {
        if (is_special(s[i])) {
            return 0;
        }
    }
    return len > 0;
}

static int is_label(const char *s, apr_size_t len)
{
    apr_size_t characters;

    return is_atom(s, len) && ci_utf8_valid(s, len, &characters) &&
           characters <= LABEL_MAX && s[0] != '-' && s[len - 1] != '-';
}

/* Tell whether each part between dots is one that the check agrees to. */
static int parts_valid(const char *s, const char *end,
                       int (*check)(const char *, apr_size_t))
{
    const char *dot;

    while ((dot = memchr(s, '.', (apr_size_t)(end - s))) != NULL) {
        if (!check(s, (apr_size_t)(dot - s))) {
            return 0;
        }
        s = dot + 1;
    }
    return check(s, (apr_size_t)(end - s));
}

int ci_email_valid(const char *s, apr_size_t len)
{
    const char *at = memchr(s, '@', len);
    apr_size_t characters;

    if (!at || !ci_utf8_valid(s, len, &characters) || characters > EMAIL_MAX ||
        !ci_text_clean(s, len, 0)) {
        return 0;
    }
    return ci_utf8_valid(s, (apr_size_t)(at - s), &characters) &&
           characters <= LOCAL_MAX && parts_valid(s, at, is_atom) &&
           parts_valid(at + 1, s + len, is_label);
}

char *ci_hex_encode(char *out, const unsigned char *bytes, apr_size_t len)
{
    static const char digits[] = "0123456789ABCDEF";
    apr_size_t i;

    for (i = 0; i < len; ++i) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 0x0f];
    }
    out[2 * len] = '\0';
    return out;
}

/* The value of a hexadecimal digit, -1 if it is none. */
static int hex_value(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    if ((c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f')) {
        return (c | 0x20) - 'a' + 10;
    }
    return -1;
}

int ci_hex_decode(unsigned char *out, const char *s, apr_size_t len)
{
    int high, low;
    apr_size_t i;

    if (len % 2) {
        return 0;
    }
    for (i = 0; i < len; i += 2) {
        high = hex_value(s[i]);
        low = hex_value(s[i + 1]);
        if (high < 0 || low < 0) {
            return 0;
        }
        out[i / 2] = (unsigned char)(high << 4 | low);
    }
    return 1;
}
