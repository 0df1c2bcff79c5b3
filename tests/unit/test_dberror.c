/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of store/ci_dberror: what follows from each error number. */
#include "store/ci_dberror.h"
#include "unit.h"

#include <apr_general.h>

#include <check.h>

#include <string.h>

#include "base/ci_field.h"

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
    unsigned number;
    ci_code_e code;
    ci_retry_e retry;
} published[] = {
    {1213, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {3101, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1205, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1047, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1180, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1290, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1792, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1836, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {2002, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {2003, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {2005, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {2006, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {2013, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {2055, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1927, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {4031, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1053, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1040, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1203, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1226, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1129, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1461, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1243, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1615, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {2057, CI_SERVICE_UNAVAILABLE, CI_TRANSIENT},
    {1969, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {3024, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1317, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1062, CI_CONFLICT, CI_FINAL},
    {1451, CI_CONFLICT, CI_FINAL},
    {1452, CI_CONFLICT, CI_STALE},
    {1264, CI_INVALID_PARAMETER, CI_FINAL},
    {1292, CI_INVALID_PARAMETER, CI_FINAL},
    {1366, CI_INVALID_PARAMETER, CI_FINAL},
    {1406, CI_INVALID_PARAMETER, CI_FINAL},
    {1048, CI_INVALID_PARAMETER, CI_FINAL},
    {1105, CI_PAYLOAD_TOO_LARGE, CI_FINAL},
    {1153, CI_PAYLOAD_TOO_LARGE, CI_FINAL},
    {1021, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1026, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1114, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {3, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1041, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1044, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1045, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1049, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1142, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1143, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1227, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1054, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1146, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1364, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {1176, CI_SERVICE_UNAVAILABLE, CI_FINAL},
    {0, CI_INTERNAL_ERROR, CI_FINAL},
    {9999, CI_INTERNAL_ERROR, CI_FINAL},
};

START_TEST(a_number_has_the_published_consequence)
{
    unsigned number = published[_i].number;
    ci_error_t *err = ci_dberror_make(pool, "contact", number, "text");

    ck_assert_msg(err->code == published[_i].code, "%u: %s", number,
                  ci_codes[err->code].name);
    ck_assert_msg(err->retry == published[_i].retry, "%u: retry %d", number,
                  (int)err->retry);
    ck_assert_int_eq(err->retry_after > 0, ci_codes[err->code].status == 503);
}
END_TEST

/* What the operator must know of, and what is the client's own affair. */
static const struct {
    unsigned number;
    ci_trouble_e trouble;
} troubles[] = {
    {1406, CI_TROUBLE_VALUE},     {1048, CI_TROUBLE_VALUE},
    {1153, CI_TROUBLE_TOO_LARGE}, {2002, CI_TROUBLE_DOWN},
    {2013, CI_TROUBLE_DOWN},      {1040, CI_TROUBLE_EXHAUSTED},
    {1461, CI_TROUBLE_EXHAUSTED}, {1047, CI_TROUBLE_NODE_OUT},
    {1290, CI_TROUBLE_READ_ONLY}, {1213, CI_TROUBLE_CONTENTION},
    {1969, CI_TROUBLE_SLOW},      {1114, CI_TROUBLE_FULL},
    {1142, CI_TROUBLE_RIGHTS},    {1146, CI_TROUBLE_SCHEMA},
    {9999, CI_TROUBLE_INTERNAL},  {1062, CI_TROUBLE_NONE},
    {1451, CI_TROUBLE_NONE},      {1452, CI_TROUBLE_NONE},
};

START_TEST(a_number_is_a_kind_of_trouble)
{
    ci_error_t *err = ci_dberror_make(pool, "x", troubles[_i].number, "");

    ck_assert_msg(err->trouble == troubles[_i].trouble, "%u: trouble %d",
                  troubles[_i].number, (int)err->trouble);
    ck_assert_int_eq(ci_dberror_trouble(ci_dberror_class(troubles[_i].number)),
                     err->trouble);
}
END_TEST

/* The client hears of it, the operator sees which value it was. */
START_TEST(a_value_that_validation_missed_is_for_both)
{
    ci_error_t *err =
        ci_dberror_make(pool, "contact", 1406, "Data too long for column 'x'");

    ck_assert_str_eq(err->expected, "a value cannot be stored");
    ck_assert_ptr_nonnull(strstr(err->detail, "column 'x'"));
}
END_TEST

START_TEST(what_the_server_says_is_for_the_log_only)
{
    ci_error_t *err =
        ci_dberror_make(pool, "contact", 1045, "Access denied for 'ci'@'db1'");

    ck_assert_ptr_nonnull(strstr(err->detail, "Access denied for 'ci'@'db1'"));
    ck_assert_ptr_nonnull(strstr(err->detail, "1045"));
    ck_assert_ptr_nonnull(strstr(err->detail, "contact"));
    ck_assert_ptr_null(err->expected);
    ck_assert_ptr_null(err->field);
}
END_TEST

static const struct {
    unsigned number;
    int lost;
} connections[] = {
    {1213, 0}, {1205, 0}, {1062, 0}, {1451, 0}, {1452, 0}, {1406, 0}, {1317, 0},
    {1969, 0}, {3024, 0}, {1054, 0}, {1146, 0}, {1364, 0}, {1114, 0}, {2006, 1},
    {2013, 1}, {2055, 1}, {1927, 1}, {4031, 1}, {1053, 1}, {2002, 1}, {1047, 1},
    {1180, 1}, {1290, 1}, {1792, 1}, {1836, 1}, {9999, 1},
};

START_TEST(only_a_useful_connection_is_kept)
{
    ci_dbclass_e class = ci_dberror_class(connections[_i].number);

    ck_assert_msg(ci_dberror_loses_connection(class) == connections[_i].lost,
                  "%u", connections[_i].number);
}
END_TEST

START_TEST(no_number_is_without_a_consequence)
{
    ci_error_t *err;
    unsigned number;

    for (number = 0; number < 6000; number++) {
        err = ci_dberror_make(pool, "x", number, "y");
        ck_assert(err->code != CI_OK && err->detail != NULL);
        ck_assert_int_lt((int)ci_dberror_class(number), CI_DB_UNKNOWN + 1);
    }
}
END_TEST

static TCase *dberror_case(void)
{
    TCase *tc = tcase_create("dberror");

    tcase_add_checked_fixture(tc, pool_open, pool_close);
    tcase_add_loop_test(tc, a_number_has_the_published_consequence, 0,
                        CI_ALEN(published));
    tcase_add_loop_test(tc, a_number_is_a_kind_of_trouble, 0,
                        CI_ALEN(troubles));
    tcase_add_test(tc, a_value_that_validation_missed_is_for_both);
    tcase_add_test(tc, what_the_server_says_is_for_the_log_only);
    tcase_add_loop_test(tc, only_a_useful_connection_is_kept, 0,
                        CI_ALEN(connections));
    tcase_add_test(tc, no_number_is_without_a_consequence);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("dberror");

    suite_add_tcase(suite, dberror_case());
    return unit_run(suite);
}
