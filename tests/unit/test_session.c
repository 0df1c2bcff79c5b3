/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of model/ci_session: tokens, accounts, keys and units in a store. */
#include "model/ci_session.h"
#include "unit.h"

#include <apr_general.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"
#include "store_mem_demo.h"

#define NOW  apr_time_from_sec(1700000000)
#define HOUR apr_time_from_sec(3600)

static apr_pool_t *pool;
static ci_store_t *store;

static void store_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    store = demo_create(pool);
}

static void pool_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

/* Change a Boolean or a number of all rows of an object that have a key. */
static void set_integer(const ci_object_t *object, int key, ci_value_t value,
                        int row, apr_int64_t integer)
{
    ci_record_t *record = ci_record_make(object, pool);
    ci_where_t where = ci_where_equal(object, key, &value);
    apr_int64_t matched;

    record->values[row] = ci_value_integer(integer);
    store->scope.organisation = DEMO;
    ck_assert_ptr_null(store->methods->update(&matched, store, record,
                                              CI_MASK(row), &where, 1, pool));
    ck_assert_int_eq(matched, 1);
}

static ci_account_t *find_account(const char *organisation, const char *user)
{
    ci_account_t *account;

    ck_assert_ptr_null(
        ci_account_find(&account, store, organisation, user, pool));
    return account;
}

static const char *login(const char *unit)
{
    const char *token = NULL;

    ck_assert_ptr_null(ci_account_begin(&token, find_account("DEMO", "admin"),
                                        unit, store, NOW, 2 * HOUR, pool));
    return token;
}

static ci_error_t *find(ci_session_t *session, const char *token,
                        apr_time_t now)
{
    ci_digest_t digest;

    ci_digest_make(&digest, token, strlen(token));
    store->scope = (ci_scope_t){0};
    return ci_session_find(session, store, &digest, now, pool);
}

static void check_no_session(const char *token, apr_time_t now)
{
    ci_session_t session;
    ci_error_t *err = find(&session, token, now);

    ck_assert(err && err->code == CI_INVALID_TOKEN && !err->next);
    ck_assert_str_eq(err->field, "token");
}

/* FIPS 180-4, the example "abc". */
START_TEST(a_digest_is_sha_256)
{
    static const unsigned char abc[] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    ci_digest_t digest;

    ci_digest_make(&digest, "abc", 3);
    ck_assert_mem_eq(digest.bytes, abc, sizeof abc);
}
END_TEST

START_TEST(a_token_is_32_upper_case_digits_and_stored_as_a_digest)
{
    const char *token = login(NULL), *other = login(NULL);
    const ci_value_t *stored =
        store_mem_row(store, &ci_login_session, 0)->values;
    ci_digest_t digest;

    ck_assert_uint_eq(strlen(token), 32);
    ck_assert_uint_eq(strspn(token, "0123456789ABCDEF"), 32);
    ck_assert_str_ne(token, other);
    ck_assert_int_eq(store_mem_count(store, &ci_login_session), 2);
    ci_digest_make(&digest, token, 32);
    ck_assert_uint_eq(stored[CI_SESSION_DIGEST].length, 32);
    ck_assert_mem_eq(stored[CI_SESSION_DIGEST].as.text, digest.bytes, 32);
}
END_TEST

START_TEST(a_session_tells_who_and_what_he_sees)
{
    ci_session_t session;

    ck_assert_ptr_null(find(&session, login("U2"), NOW));
    ck_assert_int_eq(session.organisation, DEMO);
    ck_assert_int_eq(session.generation, DEMO_GENERATION);
    ck_assert(session.has_clearance);
    ck_assert_int_eq(session.clearance, 5);
    ck_assert_str_eq(session.user, "1");
    ck_assert_str_eq(session.unit, "U2");
    ck_assert_str_eq(session.group, "G1");
    ck_assert_int_eq(session.expires, NOW + 2 * HOUR);
    ck_assert_ptr_null(find(&session, login(NULL), NOW));
    ck_assert_str_eq(session.unit, "U1");
    ck_assert(!session.has_clearance);
}
END_TEST

START_TEST(a_session_ends_after_its_lifetime_used_or_not)
{
    const char *token = login(NULL);
    ci_session_t session;

    ck_assert_ptr_null(find(&session, token, NOW + 2 * HOUR - 1));
    check_no_session(token, NOW + 2 * HOUR);
    check_no_session(token, NOW + 3 * HOUR);
}
END_TEST

START_TEST(what_is_no_token_finds_nothing)
{
    static const char *const tokens[] = {
        "", "0", "_", "%", "' OR 1=1 -- ", "0123456789ABCDEF0123456789ABCDEF"};

    login(NULL);
    check_no_session(tokens[_i], NOW);
}
END_TEST

START_TEST(a_released_token_is_dead_and_no_other)
{
    const char *token = login(NULL), *other = login(NULL);
    ci_session_t session;
    ci_digest_t digest;

    ci_digest_make(&digest, token, 32);
    ck_assert_ptr_null(ci_session_end(store, &digest, pool));
    check_no_session(token, NOW);
    ck_assert_ptr_null(find(&session, other, NOW));
    ck_assert_ptr_null(ci_session_end(store, &digest, pool));
}
END_TEST

START_TEST(a_locked_user_or_organisation_has_no_session)
{
    const char *token = login(NULL);

    if (_i) {
        set_integer(&ci_user, CI_USER_ID, ci_value_text("1"), CI_USER_DISABLED,
                    1);
    }
    else {
        set_integer(&ci_organisation, CI_ORGANISATION_ID,
                    ci_value_integer(DEMO), CI_ORGANISATION_DISABLED, 1);
    }
    check_no_session(token, NOW);
    ck_assert_ptr_null(find_account("DEMO", "admin"));
}
END_TEST

START_TEST(a_session_has_the_present_generation)
{
    const char *token = login(NULL);
    ci_session_t session;

    set_integer(&ci_organisation, CI_ORGANISATION_ID, ci_value_integer(DEMO),
                CI_ORGANISATION_GENERATION, 5);
    ck_assert_ptr_null(find(&session, token, NOW));
    ck_assert_int_eq(session.generation, 5);
}
END_TEST

static const struct {
    const char *organisation;
    const char *user;
} strangers[] = {
    {"DEMO", "Admin"}, {"DEMO", "ADMIN"},  {"DEMO", "admin "},
    {"demo", "admin"}, {"OTHER", "plain"}, {"DEMO", ""},
    {"", "admin"},     {"DEMO", "1"},      {"DEMO", "ad\xc2\xadmin"},
};

START_TEST(names_of_users_compare_as_bytes)
{
    ck_assert_ptr_null(
        find_account(strangers[_i].organisation, strangers[_i].user));
}
END_TEST

START_TEST(an_account_has_its_hash_and_default_unit)
{
    ci_account_t *account = find_account("DEMO", "admin");

    ck_assert_ptr_nonnull(account);
    ck_assert_int_eq(account->organisation, DEMO);
    ck_assert_str_eq(account->user, "1");
    ck_assert_str_eq(account->default_unit, "U1");
    ck_assert_str_eq(account->password_hash, DEMO_HASH);
}
END_TEST

START_TEST(a_user_without_a_hash_has_none)
{
    ck_assert_ptr_null(find_account("DEMO", "plain")->password_hash);
    ck_assert_ptr_null(find_account("DEMO", "plain")->default_unit);
}
END_TEST

START_TEST(a_unit_that_is_not_the_users_is_refused)
{
    static const char *const units[] = {
        "U3", "", "u1", "U1 ", "0123456789012345678901234567890123456789"};
    const char *token;
    ci_error_t *err = ci_account_begin(&token, find_account("DEMO", "admin"),
                                       units[_i], store, NOW, HOUR, pool);

    ck_assert(err && err->code == CI_INVALID_CREDENTIALS && !err->field);
    ck_assert_int_eq(store_mem_count(store, &ci_login_session), 0);
}
END_TEST

START_TEST(a_user_without_a_default_unit_must_name_one)
{
    ci_account_t *account = find_account("DEMO", "admin");
    const char *token;
    ci_error_t *err;

    account->default_unit = NULL;
    err = ci_account_begin(&token, account, NULL, store, NOW, HOUR, pool);
    ck_assert(err && err->code == CI_INVALID_CREDENTIALS);
    ck_assert_ptr_null(
        ci_account_begin(&token, account, "U2", store, NOW, HOUR, pool));
}
END_TEST

START_TEST(a_key_acts_as_its_user)
{
    ci_account_t *account;
    ci_digest_t digest;

    ci_digest_make(&digest, DEMO_KEY, strlen(DEMO_KEY));
    ck_assert_ptr_null(ci_account_find_key(&account, store, &digest, pool));
    ck_assert_str_eq(account->user, "1");
    ck_assert_str_eq(account->default_unit, "U1");
    ck_assert_ptr_null(account->password_hash);
    ci_digest_make(&digest, "KEY OF ADMIN", strlen("KEY OF ADMIN"));
    ck_assert_ptr_null(ci_account_find_key(&account, store, &digest, pool));
    ck_assert_ptr_null(account);
}
END_TEST

/* ---------------------------------------------------------------- races */

static void change_hash(const char *hash)
{
    ci_record_t *record = ci_record_make(&ci_user, pool);
    ci_value_t id = ci_value_text("1");
    ci_where_t where = ci_where_equal(&ci_user, CI_USER_ID, &id);
    apr_int64_t matched;

    record->values[CI_USER_PASSWORD_HASH] =
        hash ? ci_value_text(hash) : ci_value_null();
    store->scope.organisation = DEMO;
    ck_assert_ptr_null(store->methods->update(&matched, store, record,
                                              CI_MASK(CI_USER_PASSWORD_HASH),
                                              &where, 1, pool));
    ck_assert_int_eq(matched, 1);
}

/* What an administrator may do between the check of what a client knows and
   the statement that begins his session. */
typedef enum {
    NOTHING,
    HASH_CHANGED,
    HASH_REMOVED,
    USER_DISABLED,
    ORGANISATION_DISABLED,
    UNIT_TAKEN,
    KEY_REVOKED,
    KEY_GIVEN_TO_ANOTHER,
    ALL
} meanwhile_e;

static void do_meanwhile(void *baton)
{
    switch (*(meanwhile_e *)baton) {
    case HASH_CHANGED:
        change_hash("another");
        break;
    case HASH_REMOVED:
        change_hash(NULL);
        break;
    case USER_DISABLED:
        set_integer(&ci_user, CI_USER_ID, ci_value_text("1"), CI_USER_DISABLED,
                    1);
        break;
    case ORGANISATION_DISABLED:
        set_integer(&ci_organisation, CI_ORGANISATION_ID,
                    ci_value_integer(DEMO), CI_ORGANISATION_DISABLED, 1);
        break;
    case UNIT_TAKEN:
        store_mem_clear(store, &ci_user_unit);
        break;
    case KEY_REVOKED:
        store_mem_clear(store, &ci_api_key);
        break;
    case KEY_GIVEN_TO_ANOTHER:
        store_mem_clear(store, &ci_api_key);
        demo_put(store, &ci_api_key,
                 "{'key_digest':'" DEMO_KEY "','organisation_id':1,"
                 "'key_id':'K1','user_id':'2',"
                 "'created_date':'2016-01-01T00:00:00'}",
                 pool);
        break;
    default:
        break;
    }
}

static const int ends_password[ALL] = {[HASH_CHANGED] = 1,
                                       [HASH_REMOVED] = 1,
                                       [USER_DISABLED] = 1,
                                       [ORGANISATION_DISABLED] = 1,
                                       [UNIT_TAKEN] = 1};
static const int ends_key[ALL] = {[USER_DISABLED] = 1,
                                  [ORGANISATION_DISABLED] = 1,
                                  [UNIT_TAKEN] = 1,
                                  [KEY_REVOKED] = 1,
                                  [KEY_GIVEN_TO_ANOTHER] = 1};

static void check_begins(const ci_account_t *account, meanwhile_e meanwhile,
                         int begins)
{
    const char *token;
    ci_error_t *err;

    store_mem_hook(store, do_meanwhile, &meanwhile);
    err = ci_account_begin(&token, account, NULL, store, NOW, HOUR, pool);
    ck_assert_int_eq(err == NULL, begins);
    ck_assert(begins || err->code == CI_INVALID_CREDENTIALS);
    ck_assert_int_eq(store_mem_count(store, &ci_login_session), begins);
}

START_TEST(a_password_that_lets_nobody_in_any_more_begins_no_session)
{
    const ci_account_t *account = find_account("DEMO", "admin");

    check_begins(account, (meanwhile_e)_i, !ends_password[_i]);
}
END_TEST

START_TEST(a_key_that_lets_nobody_in_any_more_begins_no_session)
{
    ci_account_t *account;
    ci_digest_t digest;

    ci_digest_make(&digest, DEMO_KEY, strlen(DEMO_KEY));
    ck_assert_ptr_null(ci_account_find_key(&account, store, &digest, pool));
    check_begins(account, (meanwhile_e)_i, !ends_key[_i]);
}
END_TEST

START_TEST(an_account_without_hash_and_key_begins_no_session)
{
    ci_account_t *account = find_account("DEMO", "admin");

    change_hash(NULL);
    account->password_hash = NULL;
    check_begins(account, NOTHING, 0);
}
END_TEST

static ci_error_t *whole_login(ci_session_t *session)
{
    ci_account_t *account;
    const char *token;
    ci_digest_t digest;
    ci_error_t *err = ci_account_find(&account, store, "DEMO", "admin", pool);

    if (!err) {
        err = ci_account_begin(&token, account, NULL, store, NOW, HOUR, pool);
    }
    if (!err) {
        ci_digest_make(&digest, token, 32);
        err = ci_session_find(session, store, &digest, NOW, pool);
    }
    return err;
}

/* Fail the n-th call for every n; a login has three, its look-up one. */
START_TEST(whichever_call_fails_its_error_comes_back)
{
    ci_error_t *failure =
        ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_TIMEUP, "no");
    ci_session_t session;
    ci_error_t *err;

    store_mem_fail(store, _i + 1, failure);
    err = whole_login(&session);
    ck_assert(err && err->code == CI_SERVICE_UNAVAILABLE);
    ck_assert_int_eq(store_mem_count(store, &ci_login_session), _i == 3);
    store_mem_fail(store, 0, NULL);
    ck_assert_ptr_null(whole_login(&session));
    ck_assert_int_eq(store_mem_calls(store), 4);
}
END_TEST

static TCase *session_case(void)
{
    TCase *tc = tcase_create("session");

    tcase_add_checked_fixture(tc, store_open, pool_close);
    tcase_add_test(tc, a_digest_is_sha_256);
    tcase_add_test(tc, a_token_is_32_upper_case_digits_and_stored_as_a_digest);
    tcase_add_test(tc, a_session_tells_who_and_what_he_sees);
    tcase_add_test(tc, a_session_ends_after_its_lifetime_used_or_not);
    tcase_add_loop_test(tc, what_is_no_token_finds_nothing, 0, 6);
    tcase_add_test(tc, a_released_token_is_dead_and_no_other);
    tcase_add_loop_test(tc, a_locked_user_or_organisation_has_no_session, 0, 2);
    tcase_add_test(tc, a_session_has_the_present_generation);
    tcase_add_loop_test(tc, names_of_users_compare_as_bytes, 0,
                        CI_ALEN(strangers));
    tcase_add_test(tc, an_account_has_its_hash_and_default_unit);
    tcase_add_test(tc, a_user_without_a_hash_has_none);
    tcase_add_loop_test(tc, a_unit_that_is_not_the_users_is_refused, 0, 5);
    tcase_add_test(tc, a_user_without_a_default_unit_must_name_one);
    tcase_add_test(tc, a_key_acts_as_its_user);
    tcase_add_loop_test(
        tc, a_password_that_lets_nobody_in_any_more_begins_no_session, 0, ALL);
    tcase_add_loop_test(
        tc, a_key_that_lets_nobody_in_any_more_begins_no_session, 0, ALL);
    tcase_add_test(tc, an_account_without_hash_and_key_begins_no_session);
    tcase_add_loop_test(tc, whichever_call_fails_its_error_comes_back, 0, 4);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("session");

    suite_add_tcase(suite, session_case());
    return unit_run(suite);
}
