/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_query: splitting, decoding and what is refused. */
#include "base/ci_query.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#define ALEN(a) (sizeof(a) / sizeof *(a))
#define TEN     "1234567890"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define EURO    "\xe2\x82\xac"
#define EUROS10 EURO EURO EURO EURO EURO EURO EURO EURO EURO EURO
#define EUROS100                                                               \
    EUROS10 EUROS10 EUROS10 EUROS10 EUROS10 EUROS10 EUROS10 EUROS10 EUROS10    \
        EUROS10

static apr_pool_t *pool;

static void pool_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
}

static void pool_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static const struct {
    const char *query;
    const char *name;
    const char *value; /* NULL: there is no such parameter */
} found[] = {
    {NULL, "a", NULL},
    {"", "a", NULL},
    {"", "", NULL},
    {"&&", "", NULL},
    {"a=1", "a", "1"},
    {"a=1", "A", NULL},
    {"a=1&A=2", "A", "2"},
    {"a=1&A=2", "a", "1"},
    {"a=1", "", NULL},
    {"a=1&b=2&c=3", "b", "2"},
    {"&a=1&&b=2&", "b", "2"},
    {"a", "a", ""},
    {"a=", "a", ""},
    {"=1", "", "1"},
    {"a&b", "b", ""},
    {"a=id=12", "a", "id=12"},
    {"a=id%3D12", "a", "id=12"},
    {"a%3D=1", "a=", "1"},
    {"a=1%262", "a", "1&2"},
    {"a=b+c%20d%2Be", "a", "b c d+e"},
    {"a+b=1", "a b", "1"},
    {"%61=%41%4a%4A", "a", "AJJ"},
    {"a=%252e", "a", "%2e"},
    {"a=1;b=2", "a", "1;b=2"},
    {"a=1?b", "a", "1?b"},
    {"a=%c3%a9", "a", "\xc3\xa9"},
    {"a=\xc3%a9", "a", "\xc3\xa9"},
    {"\xf0\x9f\x8d\xa3=%F0%9F%8D%A3", "\xf0\x9f\x8d\xa3", "\xf0\x9f\x8d\xa3"},
    {"a=%0d%0a%7f", "a", "\r\n\x7f"},
    {"a=x%ef%bf%bf", "a", "x\xef\xbf\xbf"},
};

START_TEST(parameters_are_split_and_decoded)
{
    ci_query_t *params = NULL;
    const char *value;

    ck_assert_ptr_null(ci_query_parse(&params, found[_i].query, pool));
    ck_assert_ptr_nonnull(params);
    value = ci_query_get(params, found[_i].name);
    if (found[_i].value) {
        ck_assert_ptr_nonnull(value);
        ck_assert_str_eq(value, found[_i].value);
    }
    else {
        ck_assert_ptr_null(value);
    }
}
END_TEST

static const struct {
    const char *query;
    const char *field; /* of the error */
} refused[] = {
    {"a=%", "a"},
    {"a=%4", "a"},
    {"a=%4&b=1", "a"},
    {"a=%zz", "a"},
    {"a=%4g", "a"},
    {"a=%%34", "a"},
    {"a=% 41", "a"},
    {"a=%+1", "a"},
    {"a=%u0041", "a"},
    {"id=ABC%00DEF", "id"},
    {"b=1&a=%00", "a"},
    {"a=%c0%af", "a"},
    {"a=%e0%80%80", "a"},
    {"a=%ed%a0%80", "a"},
    {"a=%f4%90%80%80", "a"},
    {"a=%ff", "a"},
    {"a=\xff", "a"},
    {"a=%c3&b=%a9", "a"},
    {"a=%c3=%a9", "a"},
    {"%=1", NULL},
    {"%00=1", NULL},
    {"a%00b=1", NULL},
    {"%ff=1", NULL},
    {"\xc3=\xa9", NULL},
    {"token=A&token=B", "token"},
    {"token=A&token=A", "token"},
    {"id=mine&a=1&%69d=other", "id"},
    {"a&a", "a"},
    {"a=&a", "a"},
    {"=1&=1", NULL},
    {"%0a=1&%0a=2", NULL},
    {"a%c2%85=1&a%c2%85=2", NULL},
    {HUNDRED "=1&" HUNDRED "=2", HUNDRED},
    {HUNDRED "x=1&" HUNDRED "x=2", HUNDRED},
    {EUROS100 "=%", EUROS100},
    {EUROS100 "x=%", EUROS100},
};

START_TEST(damaged_and_repeated_parameters_are_refused)
{
    ci_query_t *params = NULL;
    ci_error_t *err = ci_query_parse(&params, refused[_i].query, pool);

    ck_assert_ptr_nonnull(err);
    ck_assert_ptr_null(params);
    ck_assert_int_eq(err->code, CI_INVALID_REQUEST);
    ck_assert_ptr_null(err->next);
    ck_assert_ptr_nonnull(err->expected);
    if (refused[_i].field) {
        ck_assert_ptr_nonnull(err->field);
        ck_assert_str_eq(err->field, refused[_i].field);
    }
    else {
        ck_assert_ptr_null(err->field);
    }
}
END_TEST

/* "p0=0&p1=1" and so on. */
static char *many(int count)
{
    char *query = apr_palloc(pool, (apr_size_t)count * 24 + 1);
    char *end = query;
    int i;

    *end = '\0';
    for (i = 0; i < count; ++i) {
        end += apr_snprintf(end, 24, "p%d=%d&", i, i);
    }
    return query;
}

START_TEST(a_hundred_parameters_are_taken)
{
    ci_query_t *params = NULL;
    const char *value;
    int i;

    ck_assert_ptr_null(ci_query_parse(&params, many(100), pool));
    for (i = 0; i < 100; ++i) {
        value = ci_query_get(params, apr_psprintf(pool, "p%d", i));
        ck_assert_ptr_nonnull(value);
        ck_assert_str_eq(value, apr_itoa(pool, i));
    }
}
END_TEST

START_TEST(more_than_a_hundred_parameters_are_refused)
{
    static const int counts[] = {101, 10000};
    ci_query_t *params = NULL;
    ci_error_t *err = ci_query_parse(&params, many(counts[_i]), pool);

    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_INVALID_REQUEST);
    ck_assert_ptr_null(err->field);
    ck_assert_ptr_null(params);
}
END_TEST

START_TEST(a_damaged_text_is_refused_at_whatever_byte_it_is_cut)
{
    static const char query[] = "a=%F0%9F%8D%A3";
    ci_query_t *params = NULL;
    apr_size_t len;
    int whole;

    for (len = 0; len < sizeof query; ++len) {
        whole = len <= 2 || len == sizeof query - 1;
        ck_assert_int_eq(
            !ci_query_parse(&params, apr_pstrmemdup(pool, query, len), pool),
            whole);
    }
}
END_TEST

START_TEST(the_text_given_is_left_as_it_is)
{
    char query[] = "a=%41&b=+&c";
    ci_query_t *params = NULL;

    ck_assert_ptr_null(ci_query_parse(&params, query, pool));
    ck_assert_str_eq(query, "a=%41&b=+&c");
    memset(query, 'x', sizeof query - 1);
    ck_assert_str_eq(ci_query_get(params, "a"), "A");
}
END_TEST

static TCase *query_case(void)
{
    TCase *tc = tcase_create("query");

    tcase_add_checked_fixture(tc, pool_open, pool_close);
    tcase_add_loop_test(tc, parameters_are_split_and_decoded, 0,
                        (int)ALEN(found));
    tcase_add_loop_test(tc, damaged_and_repeated_parameters_are_refused, 0,
                        (int)ALEN(refused));
    tcase_add_test(tc, a_hundred_parameters_are_taken);
    tcase_add_loop_test(tc, more_than_a_hundred_parameters_are_refused, 0, 2);
    tcase_add_test(tc, a_damaged_text_is_refused_at_whatever_byte_it_is_cut);
    tcase_add_test(tc, the_text_given_is_left_as_it_is);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("query");

    suite_add_tcase(suite, query_case());
    return unit_run(suite);
}
