/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the dates of base/ci_text: form, calendar and time. */
#include "base/ci_text.h"
#include "unit.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALEN(a) (sizeof(a) / sizeof *(a))

#define DAY_MICROSECONDS (APR_INT64_C(86400) * APR_USEC_PER_SEC)

/* A text that may hold NULs, and whether it is a date. */
typedef struct {
    const char *text;
    apr_size_t len;
    int valid;
} case_t;

#define YES(text)                                                              \
    {                                                                          \
        text, sizeof(text) - 1, 1                                              \
    }
#define NO(text)                                                               \
    {                                                                          \
        text, sizeof(text) - 1, 0                                              \
    }

static const case_t cases[] = {
    YES("2014-05-05T15:49:59"),
    YES("1000-01-01T00:00:00"),
    YES("9999-12-31T23:59:59"),
    YES("2000-02-29T00:00:00"),
    YES("2024-02-29T12:00:00"),
    YES("1582-10-10T00:00:00"),
    NO(""),
    NO("2023-02-29T00:00:00"),
    NO("1900-02-29T00:00:00"),
    NO("0000-00-00T00:00:00"),
    NO("0000-01-01T00:00:00"),
    NO("0999-12-31T00:00:00"),
    NO("2014-13-01T00:00:00"),
    NO("2014-00-01T00:00:00"),
    NO("2014-01-00T00:00:00"),
    NO("2014-04-31T00:00:00"),
    NO("2014-05-32T00:00:00"),
    NO("2014-05-05T24:00:00"),
    NO("2014-05-05T23:60:00"),
    NO("2014-05-05T23:59:60"),
    NO("2014-05-05T15:49:59Z"),
    NO("2014-05-05T15:49:59+14:00"),
    NO("2014-05-05T15:49:59.0"),
    NO("2014-05-05T15:49:5"),
    NO("2014-05-05T15:49"),
    NO("2014-05-05"),
    NO("2014-05-05 15:49:59"),
    NO("2014-05-05t15:49:59"),
    NO("14-5-5"),
    NO("20140505"),
    NO("20140505T154959"),
    NO("2014^05^05 1*2*3"),
    NO("2014-5-05T15:49:590"),
    NO(" 2014-05-05T15:49:5"),
    NO("+014-05-05T15:49:59"),
    NO("-014-05-05T15:49:59"),
    NO("2014-05-05T-1:49:59"),
    NO("2014-05-05T15:49:5\0"),
    NO("2014-05-05T15:49:59\0"),
    NO("12014-05-05T15:49:59"),
};

START_TEST(a_date_has_one_form_and_a_real_day)
{
    const case_t *c = &cases[_i];
    ci_datetime_t dt = {1, 2, 3, 4, 5, 6};
    char out[CI_DATETIME_SIZE];

    ck_assert_int_eq(ci_datetime_parse(&dt, c->text, c->len), c->valid);
    if (c->valid) {
        ck_assert_ptr_eq(ci_datetime_format(out, &dt), out);
        ck_assert_str_eq(out, c->text);
    }
    else {
        ck_assert_int_eq(dt.year, 1);
        ck_assert_int_eq(dt.second, 6);
    }
}
END_TEST

START_TEST(ten_thousand_mutated_dates_are_refused_or_kept_as_they_are)
{
    static const char bytes[] = "0123456789-:T Z+.t/\0\xd9";
    char text[CI_DATETIME_SIZE];
    char out[CI_DATETIME_SIZE];
    ci_datetime_t dt;
    unsigned int seed = 1;
    int accepted = 0;
    int i;

    for (i = 0; i < 10000; ++i) {
        memcpy(text, "2014-05-05T15:49:59", CI_DATETIME_SIZE);
        seed = seed * 1103515245U + 12345U;
        text[(seed >> 8) % 19] = bytes[(seed >> 16) % (sizeof bytes - 1)];
        if (ci_datetime_parse(&dt, text, 19)) {
            ++accepted;
            ck_assert_str_eq(ci_datetime_format(out, &dt), text);
        }
    }
    ck_assert_int_gt(accepted, 1000);
    ck_assert_int_lt(accepted, 6000);
}
END_TEST

static int is_same(const ci_datetime_t *a, const ci_datetime_t *b)
{
    return a->year == b->year && a->month == b->month && a->day == b->day &&
           a->hour == b->hour && a->minute == b->minute &&
           a->second == b->second;
}

/* Walk all days of the years 1000 to 9999 by the rule of the calendar. */
START_TEST(each_day_of_nine_thousand_years_is_one_day_after_the_last)
{
    ci_datetime_t dt = {1000, 1, 1, 12, 34, 56};
    apr_time_t t = ci_datetime_time(&dt);
    ci_datetime_t back;
    long days = 0;

    while (dt.year <= 9999) {
        ci_datetime_now(&back, t);
        if (ci_datetime_time(&dt) != t || !is_same(&back, &dt)) {
            ck_abort_msg("%d-%d-%d", dt.year, dt.month, dt.day);
        }
        t += DAY_MICROSECONDS;
        ++days;
        ++dt.day;
        if (!ci_date_valid(dt.year, dt.month, dt.day)) {
            dt.day = 1;
            dt.year = (apr_int16_t)(dt.year + (dt.month == 12));
            dt.month = (apr_byte_t)(dt.month == 12 ? 1 : dt.month + 1);
        }
    }
    ck_assert_int_eq(days, 3287182); /* 9000 * 365 + 2182 leap days */
}
END_TEST

static const struct {
    const char *text;
    apr_int64_t microseconds;
} times[] = {
    {"1970-01-01T00:00:00", 0},
    {"1969-12-31T23:59:59", -1000000},
    {"1000-01-01T00:00:00", APR_INT64_C(-30610224000) * 1000000},
    {"2000-02-29T23:59:59", APR_INT64_C(951868799) * 1000000},
    {"2014-05-05T15:49:59", APR_INT64_C(1399304999) * 1000000},
    {"2038-01-19T03:14:08", APR_INT64_C(2147483648) * 1000000},
    {"9999-12-31T23:59:59", APR_INT64_C(253402300799) * 1000000},
};

START_TEST(times_are_utc_whatever_the_zone_and_cut_fractions_off)
{
    char out[CI_DATETIME_SIZE];
    ci_datetime_t dt;

    setenv("TZ", "America/St_Johns", 1);
    tzset();
    ck_assert(ci_datetime_parse(&dt, times[_i].text, 19));
    ck_assert_int_eq(ci_datetime_time(&dt), times[_i].microseconds);
    ci_datetime_now(&dt, times[_i].microseconds);
    ck_assert_str_eq(ci_datetime_format(out, &dt), times[_i].text);
    ci_datetime_now(&dt, times[_i].microseconds + 999999);
    ck_assert_str_eq(ci_datetime_format(out, &dt), times[_i].text);
}
END_TEST

static const struct {
    int year, month, day, valid;
} dates[] = {
    {1000, 1, 1, 1},   {9999, 12, 31, 1}, {999, 12, 31, 0},  {10000, 1, 1, 0},
    {0, 1, 1, 0},      {-1, 1, 1, 0},     {2023, 2, 29, 0},  {1900, 2, 29, 0},
    {2000, 2, 29, 1},  {2024, 2, 29, 1},  {2024, 2, 30, 0},  {2014, 0, 1, 0},
    {2014, 13, 1, 0},  {2014, -1, 1, 0},  {2014, 1, 0, 0},   {2014, 1, -1, 0},
    {2014, 1, 31, 1},  {2014, 1, 32, 0},  {2014, 3, 31, 1},  {2014, 4, 30, 1},
    {2014, 4, 31, 0},  {2014, 5, 31, 1},  {2014, 6, 31, 0},  {2014, 7, 31, 1},
    {2014, 8, 31, 1},  {2014, 9, 31, 0},  {2014, 10, 31, 1}, {2014, 11, 31, 0},
    {2014, 12, 32, 0},
};

START_TEST(a_date_must_be_in_the_calendar)
{
    ck_assert_int_eq(
        ci_date_valid(dates[_i].year, dates[_i].month, dates[_i].day),
        dates[_i].valid);
}
END_TEST

START_TEST(a_name_day_may_be_the_29th_of_february_but_not_the_30th)
{
    int month, day, valid;
    int count = 0;

    for (month = -1; month <= 14; ++month) {
        for (day = -1; day <= 40; ++day) {
            valid = ci_name_day_valid(month, day);
            ck_assert_int_eq(valid, ci_date_valid(2024, month, day));
            count += valid;
        }
    }
    ck_assert_int_eq(count, 366);
    ck_assert(ci_name_day_valid(2, 29));
    ck_assert(!ci_name_day_valid(2, 30));
}
END_TEST

static TCase *date_case(void)
{
    TCase *tc = tcase_create("date");

    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, a_date_has_one_form_and_a_real_day, 0,
                        (int)ALEN(cases));
    tcase_add_test(tc,
                   ten_thousand_mutated_dates_are_refused_or_kept_as_they_are);
    tcase_add_test(tc,
                   each_day_of_nine_thousand_years_is_one_day_after_the_last);
    tcase_add_loop_test(tc,
                        times_are_utc_whatever_the_zone_and_cut_fractions_off,
                        0, (int)ALEN(times));
    tcase_add_loop_test(tc, a_date_must_be_in_the_calendar, 0,
                        (int)ALEN(dates));
    tcase_add_test(tc, a_name_day_may_be_the_29th_of_february_but_not_the_30th);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("datetime");

    suite_add_tcase(suite, date_case());
    return unit_run(suite);
}
