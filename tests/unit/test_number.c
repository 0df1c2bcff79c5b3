/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_number, also under locales whose decimal point is another;
 * these are built with localedef when the system has none. */
#include "base/ci_number.h"
#include "unit.h"

#include <check.h>

#include <ctype.h>
#include <float.h>
#include <ftw.h>
#include <locale.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALEN(a)      (sizeof(a) / sizeof *(a))
#define RANDOM_COUNT 10000

extern char **environ;

static const struct {
    double value;
    const char *text;
} formats[] = {
    {0, "0"},
    {-0.0, "0"},
    {1, "1"},
    {-1, "-1"},
    {10, "10"},
    {0.1, "0.1"},
    {-0.1, "-0.1"},
    {0.5, "0.5"},
    {12.5, "12.5"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {35.126413, "35.126413"},
    {-33.429859, "-33.429859"},
    {0.0001, "0.0001"},
    {0.00001, "1e-05"},
    {16777217, "16777217"},
    {2147483648.0, "2147483648"},
    {999999999999999.0, "999999999999999"},
    {-999999999999999.0, "-999999999999999"},
    {999999999999999.9, "999999999999999.9"},
    {1e15, "1e+15"},
    {1234567890123456.0, "1234567890123456"},
    {9007199254740991.0, "9007199254740991"},
    {9007199254740993.0, "9007199254740992"},
    {9223372036854775808.0, "9.223372036854776e+18"},
    {1e21, "1e+21"},
    {1e22, "1e+22"},
    {1e23, "1e+23"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {-DBL_MAX, "-1.7976931348623157e+308"},
    {DBL_MIN, "2.2250738585072014e-308"},
    {5e-324, "5e-324"},
    {-5e-324, "-5e-324"},
    {1e-323, "1e-323"},
    {2.225073858507201e-308, "2.225073858507201e-308"},
    /* powers of two where 16 digits rounded to nearest do not read back */
    {0x1p-24, "5.960464477539063e-08"},
    {-0x1p-44, "-5.684341886080802e-14"},
    {0x1p89, "6.189700196426902e+26"},
    {0x1p-791, "7.678447687145631e-239"},
    /* a power of two where 17 digits are needed */
    {0x1p-1022, "2.2250738585072014e-308"},
    {0x1p-1019, "1.7800590868057611e-307"},
};

static void check_formats(void)
{
    char out[CI_NUMBER_SIZE];
    apr_size_t i;

    for (i = 0; i < ALEN(formats); ++i) {
        ck_assert_uint_eq(ci_number_format(out, formats[i].value),
                          strlen(formats[i].text));
        ck_assert_str_eq(out, formats[i].text);
    }
}

START_TEST(a_double_is_written_in_its_shortest_form)
{
    check_formats();
}
END_TEST

START_TEST(what_is_not_finite_is_not_written)
{
    static const double values[] = {NAN, INFINITY, -INFINITY};
    char out[CI_NUMBER_SIZE] = "x";

    ck_assert_uint_eq(ci_number_format(out, values[_i]), 0);
    ck_assert_str_eq(out, "");
}
END_TEST

typedef struct {
    const char *text;
    apr_size_t len;
    int valid;
    double value;
} case_t;

#define YES(text, value)                                                       \
    {                                                                          \
        text, sizeof(text) - 1, 1, value                                       \
    }
#define NO(text)                                                               \
    {                                                                          \
        text, sizeof(text) - 1, 0, 0                                           \
    }

#define ZEROS10 "0000000000"
#define ZEROS100                                                               \
    ZEROS10 ZEROS10 ZEROS10 ZEROS10 ZEROS10 ZEROS10 ZEROS10 ZEROS10 ZEROS10    \
        ZEROS10
#define ZEROS400 ZEROS100 ZEROS100 ZEROS100 ZEROS100

/* 2^53 + 1 is in the middle between two doubles; ties go to the even one. */
#define MIDDLE "9007199254740993"

static const case_t cases[] = {
    YES("0", 0),
    YES("-0", 0),
    YES("-0.0e-5", 0),
    YES("1", 1),
    YES("-1", -1),
    YES("12.5", 12.5),
    YES("0.1", 0.1),
    YES("1e5", 1e5),
    YES("1E+5", 1e5),
    YES("1e-5", 1e-5),
    YES("1.25e2", 125),
    YES("0e5", 0),
    YES("0.00e999999999999999999999", 0),
    YES("1e00005", 1e5),
    YES("1e-999", 0),
    YES("-1e-999", 0),
    YES("1e-99999999999999999999999", 0),
    YES("5e-324", 5e-324),
    YES("3e-324", 5e-324),
    YES("2e-324", 0),
    YES("2.2250738585072011e-308", 2.225073858507201e-308),
    YES("1.7976931348623157e308", DBL_MAX),
    YES("1.7976931348623158e308", DBL_MAX),
    YES("9223372036854775808", 0x1p63),
    YES(MIDDLE, 9007199254740992.0),
    YES(MIDDLE "." ZEROS400 ZEROS400 ZEROS400, 9007199254740992.0),
    YES(MIDDLE "." ZEROS400 ZEROS400 ZEROS400 "1", 9007199254740994.0),
    YES(MIDDLE ZEROS400 ZEROS400 ZEROS400 "e-1200", 9007199254740992.0),
    YES(MIDDLE ZEROS400 ZEROS400 ZEROS400 "1e-1201", 9007199254740994.0),
    YES("1" ZEROS400 "e-400", 1),
    YES("0." ZEROS400 "1e401", 1),
    YES("1234567890." ZEROS400, 1234567890),
    NO(""),
    NO("-"),
    NO("+1"),
    NO(" 1"),
    NO("1 "),
    NO("1\n"),
    NO("1\0"),
    NO("1."),
    NO(".5"),
    NO("-.5"),
    NO("1.e5"),
    NO("01"),
    NO("-01"),
    NO("00"),
    NO("1,5"),
    NO("1.5.5"),
    NO("1e"),
    NO("1e+"),
    NO("1e-"),
    NO("1e+-5"),
    NO("1e5.5"),
    NO("1e5 "),
    NO("e5"),
    NO("--1"),
    NO("0x10"),
    NO("1_000"),
    NO("NaN"),
    NO("nan"),
    NO("Infinity"),
    NO("-Infinity"),
    NO("inf"),
    NO("1f"),
    NO("\xd9\xa5"),
    NO("1e999"),
    NO("-1e999"),
    NO("1.7976931348623159e308"),
    NO("1e99999999999999999999999"),
    NO("1e18446744073709551617"),
    NO("1" ZEROS400),
};

static void check_case(const case_t *c)
{
    double value = 99;

    ck_assert_int_eq(ci_number_parse(&value, c->text, c->len), c->valid);
    if (c->valid) {
        ck_assert_double_eq(value, c->value);
    }
    else {
        ck_assert_double_eq(value, 99);
    }
}

START_TEST(a_number_has_the_form_of_json_and_is_finite)
{
    check_case(&cases[_i]);
}
END_TEST

START_TEST(a_number_is_not_read_beyond_its_length)
{
    double value = 0;

    ck_assert(ci_number_parse(&value, "12.5e3", 4));
    ck_assert_double_eq(value, 12.5);
    ck_assert(ci_number_parse(&value, "12.5e3", 2));
    ck_assert_double_eq(value, 12);
    ck_assert(!ci_number_parse(&value, "12.5e3", 5));
    ck_assert(!ci_number_parse(&value, "12.5e3", 3));
    ck_assert(!ci_number_parse(&value, "12.5e3", 0));
}
END_TEST

/* Significant digits of a number in text. */
static int significant(const char *text)
{
    int count = 0;
    int zeros = 0;

    for (; *text && *text != 'e'; ++text) {
        if (*text == '0') {
            zeros += count > 0;
        }
        else if (isdigit((unsigned char)*text)) {
            count += zeros + 1;
            zeros = 0;
        }
    }
    return count;
}

/* How many digits printf needs to write a double that reads back. */
static int digits_needed(double value)
{
    char text[64];
    int precision;

    for (precision = 1; precision < 17; ++precision) {
        snprintf(text, sizeof text, "%.*g", precision, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    return precision;
}

static void check_round_trip(double value)
{
    char text[CI_NUMBER_SIZE];
    apr_size_t len = ci_number_format(text, value);
    double back = 0;

    ck_assert_uint_eq(len, strlen(text));
    ck_assert_uint_lt(len, CI_NUMBER_SIZE);
    if (!ci_number_parse(&back, text, len) || back != value) {
        ck_abort_msg("%a became %s became %a", value, text, back);
    }
    if (significant(text) > digits_needed(value)) {
        ck_abort_msg("%a became %s", value, text);
    }
}

/* xorshift64*; the same numbers at every run. */
static apr_uint64_t random_next(apr_uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * APR_UINT64_C(2685821657736338717);
}

static void check_random_doubles(int count)
{
    apr_uint64_t state = 20140505;
    apr_uint64_t bits;
    double value;

    while (count > 0) {
        bits = random_next(&state);
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            check_round_trip(value);
            --count;
        }
    }
}

START_TEST(random_doubles_come_back_from_their_shortest_form)
{
    check_random_doubles(RANDOM_COUNT);
}
END_TEST

START_TEST(random_subnormals_come_back_from_their_shortest_form)
{
    apr_uint64_t state = 1;
    int i;

    for (i = 0; i < RANDOM_COUNT / 10; ++i) {
        check_round_trip((double)(random_next(&state) >> (12 + i % 50)) *
                         0x1p-1074);
    }
}
END_TEST

START_TEST(powers_of_two_and_ten_and_their_neighbours_come_back)
{
    char text[16];
    double value;
    int i;

    for (i = -1074; i < 1024; ++i) {
        value = ldexp(1, i);
        check_round_trip(value);
        check_round_trip(-nextafter(value, DBL_MAX));
        check_round_trip(nextafter(value, 0));
    }
    for (i = -323; i <= 308; ++i) {
        snprintf(text, sizeof text, "1e%d", i);
        value = strtod(text, NULL);
        check_round_trip(value);
        check_round_trip(nextafter(value, DBL_MAX));
    }
}
END_TEST

START_TEST(decimals_of_people_are_written_as_people_write_them)
{
    apr_uint64_t state = 3;
    char expected[32];
    char text[CI_NUMBER_SIZE];
    double value;
    int i;

    for (i = 0; i < RANDOM_COUNT; ++i) {
        snprintf(expected, sizeof expected, "%u.%04u5",
                 (unsigned int)(random_next(&state) % 1000000),
                 (unsigned int)(random_next(&state) % 10000));
        ck_assert(ci_number_parse(&value, expected, strlen(expected)));
        ci_number_format(text, value);
        ck_assert_str_eq(text, value < 0.0001 ? "5e-05" : expected);
    }
}
END_TEST

START_TEST(long_texts_are_read_as_the_nearest_double)
{
    apr_uint64_t state = 4;
    apr_uint64_t bits;
    char text[1100];
    double value, back;
    int i;

    for (i = 0; i < 1000; ++i) {
        bits = random_next(&state) >> 1;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            snprintf(text, sizeof text, "%.1074f", fmod(value, 1e15));
            ck_assert(ci_number_parse(&back, text, strlen(text)));
            ck_assert_double_eq(back, fmod(value, 1e15));
        }
    }
}
END_TEST

static const struct {
    const char *text;
    apr_size_t len;
    int valid;
    apr_int64_t value;
} integers[] = {
    YES("0", 0),
    YES("-0", 0),
    YES("1", 1),
    YES("-1", -1),
    YES("10", 10),
    YES("2147483648", APR_INT64_C(2147483648)),
    YES("9007199254740993", APR_INT64_C(9007199254740993)),
    YES("9223372036854775807", APR_INT64_MAX),
    YES("-9223372036854775807", -APR_INT64_MAX),
    YES("-9223372036854775808", APR_INT64_MIN),
    NO("9223372036854775808"),
    NO("-9223372036854775809"),
    NO("9223372036854775810"),
    NO("18446744073709551615"),
    NO("18446744073709551616"),
    NO("18446744073709551617"),
    NO("100000000000000000000"),
    NO("1" ZEROS400),
    NO(""),
    NO("-"),
    NO("+5"),
    NO("--5"),
    NO(" 5"),
    NO("5 "),
    NO("5;"),
    NO("5\0"),
    NO("05"),
    NO("-05"),
    NO("00"),
    NO("5.0"),
    NO("1e3"),
    NO("0x10"),
    NO("\xd9\xa5"),
};

START_TEST(an_integer_has_one_form_and_64_bits)
{
    apr_int64_t value = 99;

    ck_assert_int_eq(
        ci_integer_parse(&value, integers[_i].text, integers[_i].len),
        integers[_i].valid);
    ck_assert_int_eq(value, integers[_i].valid ? integers[_i].value : 99);
}
END_TEST

START_TEST(integers_are_written_and_come_back)
{
    static const apr_int64_t borders[] = {
        0, 9, 10, -1, -9, -10, APR_INT64_MAX, APR_INT64_MIN, APR_INT64_MIN + 1};
    apr_uint64_t state = 2;
    char text[CI_INTEGER_SIZE];
    char expected[CI_INTEGER_SIZE];
    apr_int64_t value, back;
    apr_size_t i;

    for (i = 0; i < RANDOM_COUNT; ++i) {
        value = i < ALEN(borders)
                    ? borders[i]
                    : (apr_int64_t)random_next(&state) >> (i % 64);
        snprintf(expected, sizeof expected, "%" APR_INT64_T_FMT, value);
        ck_assert_uint_eq(ci_integer_format(text, value), strlen(expected));
        ck_assert_str_eq(text, expected);
        ck_assert(ci_integer_parse(&back, text, strlen(text)));
        ck_assert_int_eq(back, value);
    }
}
END_TEST

/* Locales of which the decimal point is one other byte and two bytes. */
static const char *const locales[] = {"de_DE", "ps_AF"};

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int run(char *const *args)
{
    int status = -1;
    pid_t pid;

    if (posix_spawnp(&pid, args[0], NULL, NULL, args, environ) == 0) {
        waitpid(pid, &status, 0);
    }
    return status;
}

/* Make a locale in a directory of its own and use it. */
static int locale_build(const char *name, const char *full_name)
{
    char tool[] = "localedef";
    char input[] = "-i";
    char source[16];
    char charmap[] = "-f";
    char utf8[] = "UTF-8";
    char dir[] = "/tmp/ci_locale_XXXXXX";
    char path[64];
    char *args[] = {tool, input, source, charmap, utf8, path, NULL};
    int found = 0;

    if (!mkdtemp(dir)) {
        return 0;
    }
    snprintf(source, sizeof source, "%s", name);
    snprintf(path, sizeof path, "%s/%s", dir, full_name);
    if (run(args) == 0) {
        setenv("LOCPATH", dir, 1);
        found = setlocale(LC_ALL, full_name) != NULL;
        unsetenv("LOCPATH");
    }
    nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return found;
}

static int locale_use(const char *name)
{
    char full_name[16];

    snprintf(full_name, sizeof full_name, "%s.UTF-8", name);
    return setlocale(LC_ALL, full_name) != NULL ||
           locale_build(name, full_name);
}

static void locale_reset(void)
{
    setlocale(LC_ALL, "C");
}

START_TEST(the_locale_has_no_influence)
{
    char text[8];
    apr_size_t i;

    if (!locale_use(locales[_i])) {
        fprintf(stderr, "SKIPPED: no locale %s and no localedef to make it\n",
                locales[_i]);
        return;
    }
    snprintf(text, sizeof text, "%.1f", 0.5);
    ck_assert_str_ne(text, "0.5");
    check_formats();
    check_random_doubles(RANDOM_COUNT / 10);
    for (i = 0; i < ALEN(cases); ++i) {
        check_case(&cases[i]);
    }
}
END_TEST

static TCase *number_case(void)
{
    TCase *tc = tcase_create("number");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, a_double_is_written_in_its_shortest_form);
    tcase_add_loop_test(tc, what_is_not_finite_is_not_written, 0, 3);
    tcase_add_loop_test(tc, a_number_has_the_form_of_json_and_is_finite, 0,
                        (int)ALEN(cases));
    tcase_add_test(tc, a_number_is_not_read_beyond_its_length);
    tcase_add_test(tc, random_doubles_come_back_from_their_shortest_form);
    tcase_add_test(tc, random_subnormals_come_back_from_their_shortest_form);
    tcase_add_test(tc, powers_of_two_and_ten_and_their_neighbours_come_back);
    tcase_add_test(tc, decimals_of_people_are_written_as_people_write_them);
    tcase_add_test(tc, long_texts_are_read_as_the_nearest_double);
    return tc;
}

static TCase *integer_case(void)
{
    TCase *tc = tcase_create("integer");

    tcase_add_loop_test(tc, an_integer_has_one_form_and_64_bits, 0,
                        (int)ALEN(integers));
    tcase_add_test(tc, integers_are_written_and_come_back);
    return tc;
}

static TCase *locale_case(void)
{
    TCase *tc = tcase_create("locale");

    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, NULL, locale_reset);
    tcase_add_loop_test(tc, the_locale_has_no_influence, 0, (int)ALEN(locales));
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("number");

    suite_add_tcase(suite, number_case());
    suite_add_tcase(suite, integer_case());
    suite_add_tcase(suite, locale_case());
    return unit_run(suite);
}
