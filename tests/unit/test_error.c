/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_error: the table of codes and chains of errors. */
#include "base/ci_error.h"
#include "unit.h"

#include <apr_general.h>

#include <check.h>

#include <string.h>

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
    ci_code_e code;
    const char *name;
    int status;
} published[] = {
    {CI_OK, "OK", 200},
    {CI_INVALID_REQUEST, "INVALID_REQUEST", 400},
    {CI_MISSING_PARAMETER, "MISSING_PARAMETER", 400},
    {CI_INVALID_PARAMETER, "INVALID_PARAMETER", 400},
    {CI_INVALID_IDENTIFIER, "INVALID_IDENTIFIER", 400},
    {CI_INVALID_CREDENTIALS, "INVALID_CREDENTIALS", 401},
    {CI_INVALID_TOKEN, "INVALID_TOKEN", 401},
    {CI_NOT_FOUND, "NOT_FOUND", 404},
    {CI_METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", 405},
    {CI_AMBIGUOUS_IDENTIFIER, "AMBIGUOUS_IDENTIFIER", 409},
    {CI_CONFLICT, "CONFLICT", 409},
    {CI_PRECONDITION_FAILED, "PRECONDITION_FAILED", 412},
    {CI_PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", 413},
    {CI_UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", 415},
    {CI_UNKNOWN_REFERENCE, "UNKNOWN_REFERENCE", 422},
    {CI_TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", 429},
    {CI_INTERNAL_ERROR, "INTERNAL_ERROR", 500},
    {CI_SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", 503},
    {CI_OUTCOME_UNKNOWN, "OUTCOME_UNKNOWN", 503},
};
#define PUBLISHED ((int)(sizeof(published) / sizeof(published[0])))

START_TEST(the_table_is_the_published_one)
{
    const ci_code_t *code = &ci_codes[published[_i].code];

    ck_assert_int_eq(PUBLISHED, CI_CODE_COUNT);
    ck_assert_int_eq((int)published[_i].code, _i);
    ck_assert_str_eq(code->name, published[_i].name);
    ck_assert_int_eq(code->status, published[_i].status);
    ck_assert_ptr_nonnull(code->message);
    ck_assert_int_eq(code->message[0] == '\0', _i == CI_OK);
}
END_TEST

START_TEST(a_request_error_says_where_and_what)
{
    char field[] = "phone_set[1].type";
    ci_error_t *err =
        ci_error_create(pool, CI_CONFLICT, field, "expected %d", 5);

    field[0] = '#';
    ck_assert_int_eq(err->code, CI_CONFLICT);
    ck_assert_int_eq(err->retry, CI_FINAL);
    ck_assert_str_eq(err->field, "phone_set[1].type");
    ck_assert_str_eq(err->expected, "expected 5");
    ck_assert_ptr_null(err->detail);
    ck_assert_ptr_null(err->next);
    ck_assert_int_eq(err->retry_after, 0);
}
END_TEST

START_TEST(a_server_error_tells_the_client_nothing)
{
    static const ci_code_e codes[] = {CI_INTERNAL_ERROR, CI_SERVICE_UNAVAILABLE,
                                      CI_OUTCOME_UNKNOWN};
    ci_error_t *err =
        ci_error_server(pool, codes[_i], APR_EGENERAL, "host %s", "db1");

    ck_assert_int_eq(err->code, codes[_i]);
    ck_assert_str_eq(err->detail, "host db1");
    ck_assert_int_eq(err->rv, APR_EGENERAL);
    ck_assert_ptr_null(err->expected);
    ck_assert_ptr_null(err->field);
    ck_assert_int_eq(err->retry_after > 0, codes[_i] != CI_INTERNAL_ERROR);
}
END_TEST

START_TEST(chains_are_joined_in_order)
{
    ci_error_t *a = ci_error_create(pool, CI_CONFLICT, "a", "x");
    ci_error_t *b = ci_error_create(pool, CI_CONFLICT, "b", "x");
    ci_error_t *c = ci_error_create(pool, CI_CONFLICT, "c", "x");

    ck_assert_ptr_null(ci_error_join(NULL, NULL));
    ck_assert_ptr_eq(ci_error_join(NULL, a), a);
    ck_assert_ptr_eq(ci_error_join(a, NULL), a);
    ck_assert_ptr_eq(ci_error_join(a, ci_error_join(b, c)), a);
    ck_assert_ptr_eq(a->next, b);
    ck_assert_ptr_eq(b->next, c);
    ck_assert_ptr_null(c->next);
}
END_TEST

START_TEST(a_copy_outlives_the_pool_of_the_original)
{
    apr_pool_t *other;
    ci_error_t *err, *copy;

    apr_pool_create(&other, pool);
    err = ci_error_server(other, CI_SERVICE_UNAVAILABLE, APR_TIMEUP, "slow %d",
                          1);
    err->retry = CI_TRANSIENT;
    err = ci_error_join(err, ci_error_create(other, CI_CONFLICT, "b", "y"));
    copy = ci_error_copy(err, pool);
    memset(err, 0xff, sizeof *err);
    apr_pool_destroy(other);
    ck_assert_int_eq(copy->code, CI_SERVICE_UNAVAILABLE);
    ck_assert_int_eq(copy->retry, CI_TRANSIENT);
    ck_assert_int_eq(copy->rv, APR_TIMEUP);
    ck_assert_str_eq(copy->detail, "slow 1");
    ck_assert_ptr_null(copy->field);
    ck_assert_str_eq(copy->next->field, "b");
    ck_assert_str_eq(copy->next->expected, "y");
    ck_assert_ptr_null(copy->next->next);
    ck_assert_ptr_null(ci_error_copy(NULL, pool));
}
END_TEST

static TCase *error_case(void)
{
    TCase *tc = tcase_create("error");

    tcase_add_checked_fixture(tc, pool_open, pool_close);
    tcase_add_loop_test(tc, the_table_is_the_published_one, 0, CI_CODE_COUNT);
    tcase_add_test(tc, a_request_error_says_where_and_what);
    tcase_add_loop_test(tc, a_server_error_tells_the_client_nothing, 0, 3);
    tcase_add_test(tc, chains_are_joined_in_order);
    tcase_add_test(tc, a_copy_outlives_the_pool_of_the_original);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("error");

    suite_add_tcase(suite, error_case());
    return unit_run(suite);
}
