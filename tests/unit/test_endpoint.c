/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of endpoint/ci_route and ci_ep_token: which handler serves, who calls,
 * and the logins. */
#include "service_mem.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"

#define NOBODY "0123456789ABCDEF0123456789ABCDEF"

static apr_pool_t *pool;
static service_t *service;

static void service_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    service = service_create(pool);
}

static void service_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

/* -------------------------------------------------------------- routes - */

#define GETS  "GET, HEAD, OPTIONS"
#define POSTS "POST, OPTIONS"

static const struct {
    const char *method;
    const char *path;
    ci_handler_fn handler; /* NULL: refused */
    const char *allow;     /* NULL: no such path */
} routes[] = {
    {"GET", "health", ci_ep_health, GETS},
    {"GET", "/health", ci_ep_health, GETS},
    {"GET", "//health//", ci_ep_health, GETS},
    {"HEAD", "/health", ci_ep_health, GETS},
    {"POST", "/health", NULL, GETS},
    {"OPTIONS", "/health", NULL, GETS},
    {"get", "/health", NULL, GETS},
    {"GET", "/Health", NULL, NULL},
    {"GET", "/healthy", NULL, NULL},
    {"GET", "/health/x", NULL, NULL},
    {"GET", "/healt", NULL, NULL},
    {"GET", "/", NULL, NULL},
    {"GET", "", NULL, NULL},
    {"POST", "/authentication/token", ci_ep_token, POSTS},
    {"POST", "/authentication/token/", ci_ep_token, POSTS},
    {"POST", "/authentication/token/release", ci_ep_token_release, POSTS},
    {"POST", "/authentication//token", NULL, NULL},
    {"HEAD", "/authentication/token", NULL, POSTS},
    {"GET", "/authentication/token", NULL, POSTS},
    {"DELETE", "/contact_information/show", NULL, GETS},
    {"GET", "/contact_information/list/", ci_ep_contact_list, GETS},
    {"POST", "/contact_information/update", ci_ep_contact_update, POSTS},
};

START_TEST(a_request_is_served_by_its_path_and_method)
{
    const ci_route_t *route;
    const char *allow;
    ci_error_t *err = ci_route_find(&route, &allow, ci_routes,
                                    routes[_i].method, routes[_i].path, pool);

    ck_assert_pstr_eq(allow, routes[_i].allow);
    if (routes[_i].handler) {
        ck_assert_ptr_null(err);
        ck_assert(route->handler == routes[_i].handler);
        return;
    }
    ck_assert_ptr_null(route);
    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code,
                     routes[_i].allow ? CI_METHOD_NOT_ALLOWED : CI_NOT_FOUND);
}
END_TEST

START_TEST(the_location_of_the_photos_has_one_path)
{
    static const char *const paths[] = {"", "/", "//", "/x"};
    const ci_route_t *route;
    const char *allow;

    ck_assert_int_eq(ci_route_find(&route, &allow, ci_image_routes, "GET",
                                   paths[_i], pool) == NULL,
                     _i < 3);
    ck_assert_int_eq(route && route->handler == ci_ep_photo_image, _i < 3);
}
END_TEST

START_TEST(every_route_has_a_path_of_its_own)
{
    const ci_route_t *a, *b;

    for (a = ci_routes; a->method; a++) {
        ck_assert(a->handler != NULL);
        ck_assert_int_lt(a->data, CI_DATA_COUNT);
        for (b = ci_routes; b != a; b++) {
            ck_assert_str_ne(a->path, b->path);
        }
    }
}
END_TEST

/* --------------------------------------------------------------- token - */

static const call_t list = {.path = "contact_information/list",
                            .query = "id_number=1"};

/* A request that succeeds for whoever has a token. */
static call_t list_as(const char *bearer, const char *token)
{
    call_t call = list;

    call.token = bearer;
    if (token) {
        call.query = apr_pstrcat(pool, "id_number=1&token=", token, NULL);
    }
    return call;
}

static call_t create_as(const char *bearer, const char *json, const char *query)
{
    call_t call = {.path = "contact_information/create", .token = bearer};

    call.json =
        apr_pstrcat(pool,
                    "{'type':'PERSON','first_name':'A',"
                    "'last_name':'B'",
                    json ? ",'token':" : "", json ? json : "", "}", NULL);
    call.query = query ? apr_pstrcat(pool, "token=", query, NULL) : NULL;
    return call;
}

static void check_refused(call_t call)
{
    service_fails(service, &call, CI_INVALID_TOKEN, "token");
}

static const char *quoted(const char *text)
{
    return apr_pstrcat(pool, "'", text, "'", NULL);
}

START_TEST(a_get_brings_its_token_in_the_query_or_the_header)
{
    call_t good[] = {list_as("", service->token), list_as(service->token, NULL),
                     list_as(service->token, NOBODY),
                     list_as(service->token, "")};
    call_t bad[] = {list_as("", NULL), list_as("", ""), list_as("", NOBODY),
                    list_as(NOBODY, service->token)};

    service_ok(service, &good[_i]);
    check_refused(bad[_i]);
}
END_TEST

START_TEST(a_post_brings_its_token_in_the_body_or_the_header)
{
    const char *token = quoted(service->token);
    call_t good[] = {create_as("", token, NULL), create_as("", token, NOBODY),
                     create_as(service->token, NULL, NULL),
                     create_as(service->token, "1", NOBODY)};
    call_t bad[] = {create_as("", NULL, service->token),
                    create_as("", "null", service->token),
                    create_as("", "[]", NULL), create_as(NOBODY, token, NULL)};

    service_ok(service, &good[_i]);
    check_refused(bad[_i]);
}
END_TEST

static call_t upload_as(const char *bearer, const char *form, const char *query)
{
    const char *id =
        service_add(service, "{'type':'COMPANY','company_name':'C'}");
    call_t call = {.path = "contact_information/profile_photo/add",
                   .file = "a.gif",
                   .token = bearer};

    call.form = apr_pstrcat(pool, "contact_information_identifier=id=", id,
                            form ? "&token=" : NULL, form ? form : NULL, NULL);
    call.query = query ? apr_pstrcat(pool, "token=", query, NULL) : NULL;
    return call;
}

START_TEST(a_form_brings_its_token_in_a_field_the_query_or_the_header)
{
    const char *token = service->token;
    call_t good[] = {upload_as("", token, NULL), upload_as("", NULL, token),
                     upload_as(token, NULL, NULL),
                     upload_as(token, NOBODY, NULL)};
    call_t bad[] = {upload_as("", NULL, NULL), upload_as("", NOBODY, NULL),
                    upload_as("", NULL, NOBODY),
                    upload_as(NOBODY, token, NULL)};

    service_ok(service, &good[_i]);
    check_refused(bad[_i]);
}
END_TEST

START_TEST(a_form_that_brings_two_tokens_is_refused)
{
    call_t call =
        upload_as(_i ? service->token : "", service->token, service->token);

    service_fails(service, &call, CI_INVALID_REQUEST, "token");
}
END_TEST

START_TEST(what_cannot_be_a_token_is_not_asked_of_the_store)
{
    static const char *const tokens[] = {
        "1", "%", "0123456789ABCDEF0123456789ABCDEF0",
        "0123456789ABCDEF0123456789ABCDEG", "0123456789ABCDEF 123456789ABCDEF"};
    call_t call = list_as(tokens[_i], NULL);

    store_mem_fail(service->store, 0, NULL);
    check_refused(call);
    ck_assert_int_eq(store_mem_calls(service->store), 0);
}
END_TEST

START_TEST(a_token_is_asked_of_the_store_once_in_five_seconds)
{
    service_ok(service, &list);
    store_mem_fail(service->store, 0, NULL);
    service_ok(service, &list);
    ck_assert_int_eq(store_mem_calls(service->store), 1);
    store_mem_clear(service->store, &ci_login_session);
    service->now += apr_time_from_sec(5) - 1;
    service_ok(service, &list);
    service->now += 1;
    check_refused(list);
}
END_TEST

START_TEST(a_token_ends_though_it_is_remembered)
{
    service->now += apr_time_from_sec(7200) - 1;
    service_ok(service, &list);
    service->now += 1;
    check_refused(list);
}
END_TEST

START_TEST(a_released_token_is_dead_at_once)
{
    call_t release = {.path = "authentication/token/release"};
    const char *other = service_login(service, DEMO, "U1");

    service_ok(service, &list);
    release.json =
        _i ? "{}" : apr_pstrcat(pool, "{'token':'", service->token, "'}", NULL);
    release.token = _i ? NULL : "";
    service_ok(service, &release);
    check_refused(list);
    check_refused(release);
    service->token = other;
    service_ok(service, &list);
}
END_TEST

START_TEST(authenticating_early_is_the_same)
{
    ci_query_t *query;
    ci_endpoint_t ep = {.store = service->store,
                        .tokens = service->tokens,
                        .now = SERVICE_NOW,
                        .pool = pool};
    ci_request_t req = {.bearer = service->token};
    ci_error_t *err;

    ck_assert_ptr_null(ci_query_parse(&query, NULL, pool));
    req.query = query;
    ck_assert_ptr_null(ci_endpoint_authenticate(&ep, &req));
    ck_assert_int_eq(ep.session.organisation, DEMO);
    ck_assert_str_eq(ep.session.user, "1");
    req.bearer = NOBODY;
    err = ci_endpoint_authenticate(&ep, &req);
    ck_assert(err && err->code == CI_INVALID_TOKEN);
}
END_TEST

/* --------------------------------------------------------------- login - */

#define LOGIN "'organisation':'DEMO','username':'admin'"
#define RIGHT LOGIN ",'password':'" DEMO_PASSWORD "'"
#define WRONG LOGIN ",'password':'wrong'"

static call_t login(const char *members)
{
    call_t call = {.path = "authentication/token", .token = ""};

    call.json = apr_pstrcat(pool, "{", members, "}", NULL);
    return call;
}

static call_t login_by_key(const char *key, const char *json)
{
    call_t call = {.path = "authentication/web_api_key/token", .token = ""};

    call.json = json;
    call.basic = key;
    return call;
}

/* Call with the token of a login; the unit that it is for. */
static const char *unit_of(call_t call)
{
    const char *token =
        json_string_value(json_object_get(service_ok(service, &call), "token"));
    ci_session_t session;
    ci_digest_t digest;

    ck_assert_ptr_nonnull(token);
    ci_digest_make(&digest, token, strlen(token));
    ck_assert_ptr_null(
        ci_session_find(&session, service->store, &digest, SERVICE_NOW, pool));
    ck_assert_int_eq(session.expires,
                     SERVICE_NOW + service->settings.token_lifetime);
    call = list_as(token, NULL);
    service_ok(service, &call);
    return apr_pstrdup(pool, session.unit);
}

START_TEST(a_password_gives_a_token_for_a_unit_of_the_user)
{
    ck_assert_str_eq(unit_of(login(RIGHT)), "U1");
    ck_assert_str_eq(unit_of(login(RIGHT ",'unit':null")), "U1");
    ck_assert_str_eq(unit_of(login(RIGHT ",'unit':'U2'")), "U2");
    ck_assert_int_eq(service->entered, 3);
}
END_TEST

START_TEST(a_key_gives_a_token_for_a_unit_of_its_user)
{
    ck_assert_str_eq(unit_of(login_by_key(DEMO_KEY, "{}")), "U1");
    ck_assert_str_eq(unit_of(login_by_key(DEMO_KEY, "{'unit':'U2'}")), "U2");
    ck_assert_int_eq(service->entered, 0);
}
END_TEST

/* The same answer for all, and each costs one hash. */
static const char *const strangers[] = {
    WRONG,
    LOGIN ",'password':'" DEMO_PASSWORD " '",
    "'organisation':'NONE','username':'admin','password':'" DEMO_PASSWORD "'",
    "'organisation':'OTHER','username':'admin','password':'" DEMO_PASSWORD "'",
    "'organisation':'DEMO','username':'none','password':'" DEMO_PASSWORD "'",
    "'organisation':'DEMO','username':'plain','password':'" DEMO_PASSWORD "'",
    "'organisation':'DEMO','username':'locked','password':'" DEMO_PASSWORD "'",
    RIGHT ",'unit':'U3'",
};

START_TEST(whoever_may_not_come_in_learns_nothing)
{
    call_t call = login(strangers[_i]);
    answer_t *answer = service_call(service, &call);

    ck_assert_ptr_nonnull(answer->err);
    ck_assert_int_eq(answer->err->code, CI_INVALID_CREDENTIALS);
    ck_assert_int_eq(service->entered, 1);
    call = login(WRONG);
    ck_assert_str_eq(service_call(service, &call)->text, answer->text);
    ck_assert_int_eq(store_mem_count(service->store, &ci_login_session), 1);
}
END_TEST

START_TEST(a_key_that_is_none_is_refused)
{
    static const char *const keys[] = {NULL, "", "none", DEMO_LOCKED_KEY,
                                       DEMO_KEY};
    call_t call = login_by_key(keys[_i], _i == 4 ? "{'unit':'U3'}" : "{}");

    service_fails(service, &call, CI_INVALID_CREDENTIALS, NULL);
}
END_TEST

START_TEST(all_that_is_missing_is_named)
{
    call_t call = login("'username':' ','password':null");
    const ci_error_t *err = service_call(service, &call)->err;
    const char *names = "";

    for (; err; err = err->next) {
        ck_assert_int_eq(err->code, CI_MISSING_PARAMETER);
        names = apr_pstrcat(pool, names, err->field, " ", NULL);
    }
    ck_assert_str_eq(names, "username password organisation ");
}
END_TEST

#define TEN "1234567890"

static const struct {
    const char *members;
    const char *field;
} malformed[] = {
    {LOGIN ",'password':'" TEN TEN TEN TEN TEN TEN TEN "123'", "password"},
    {LOGIN ",'password':1", "password"},
    {RIGHT ",'unit':{}", "unit"},
};

START_TEST(a_login_that_is_malformed_is_refused_before_any_hash)
{
    call_t call = login(malformed[_i].members);

    service_fails(service, &call, CI_INVALID_PARAMETER, malformed[_i].field);
    ck_assert_int_eq(service->entered, 0);
}
END_TEST

START_TEST(a_login_that_gets_no_turn_is_told_so)
{
    call_t call = login(RIGHT);

    service->gate_says = APR_TIMEUP;
    service_fails(service, &call, CI_SERVICE_UNAVAILABLE, NULL);
}
END_TEST

START_TEST(a_hash_that_costs_too_much_is_not_computed)
{
    call_t call = login("'organisation':'DEMO','username':'slow',"
                        "'password':'" DEMO_PASSWORD "'");

    demo_put(service->store, &ci_user,
             "{'organisation_id':1,'id':'4','username':'slow','disabled':0,"
             "'person_name':'S','default_unit_id':'U1','password_hash':"
             "'$2y$31$/ubPHX9od1elfbCM1ljCwuPeH4aNjI9cYm1i7B5.krJMzW7cac7B2'}",
             pool);
    service_fails(service, &call, CI_INVALID_CREDENTIALS, NULL);
    ck_assert_int_eq(service->entered, 1);
}
END_TEST

/* ------------------------------------------------------------ throttle - */

static void fail_logins(const char *members, int count)
{
    call_t call = login(members);

    while (count--) {
        service_fails(service, &call, CI_INVALID_CREDENTIALS, NULL);
    }
}

static void check_throttled(call_t call)
{
    int entered = service->entered;
    const ci_error_t *err = service_call(service, &call)->err;

    ck_assert(err && err->code == CI_TOO_MANY_REQUESTS);
    ck_assert_int_ge(err->retry_after, 1);
    ck_assert_int_le(err->retry_after, 60);
    ck_assert_int_eq(service->entered, entered);
}

START_TEST(a_user_who_failed_too_often_waits_for_the_next_minute)
{
    call_t right = login(RIGHT);
    call_t other = login("'organisation':'DEMO','username':'plain',"
                         "'password':'x'");

    service->settings.login_rate_user = 3;
    fail_logins(WRONG, 2);
    service_ok(service, &right);
    fail_logins(WRONG, 1);
    check_throttled(right);
    service_fails(service, &other, CI_INVALID_CREDENTIALS, NULL);
    unit_of(login_by_key(DEMO_KEY, "{}"));
    service->now += apr_time_from_sec(60);
    service_ok(service, &right);
}
END_TEST

START_TEST(an_address_that_failed_too_often_waits_whoever_it_is)
{
    call_t key = login_by_key("none", "{}");

    service->settings.login_rate_address = 3;
    fail_logins(WRONG, 1);
    service_fails(service, &key, CI_INVALID_CREDENTIALS, NULL);
    fail_logins(strangers[4], 1);
    check_throttled(login(RIGHT));
    check_throttled(login_by_key(DEMO_KEY, "{}"));
}
END_TEST

START_TEST(only_refused_logins_count)
{
    call_t malformed_one = login(LOGIN);
    call_t right = login(RIGHT);

    service->settings.login_rate_user = 1;
    service->settings.login_rate_address = 1;
    service_fails(service, &malformed_one, CI_MISSING_PARAMETER, "password");
    service->gate_says = APR_TIMEUP;
    service_fails(service, &right, CI_SERVICE_UNAVAILABLE, NULL);
    service->gate_says = APR_SUCCESS;
    service_ok(service, &right);
    service_ok(service, &right);
}
END_TEST

START_TEST(health_tells_whether_the_schema_fits)
{
    call_t call = {.path = "health", .token = ""};

    service_ok(service, &call);
    store_mem_clear(service->store, &ci_schema_version);
    service_fails(service, &call, CI_SERVICE_UNAVAILABLE, NULL);
}
END_TEST

static TCase *route_case(void)
{
    TCase *tc = tcase_create("route");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_loop_test(tc, a_request_is_served_by_its_path_and_method, 0,
                        CI_ALEN(routes));
    tcase_add_loop_test(tc, the_location_of_the_photos_has_one_path, 0, 4);
    tcase_add_test(tc, every_route_has_a_path_of_its_own);
    tcase_add_loop_test(tc, a_get_brings_its_token_in_the_query_or_the_header,
                        0, 4);
    tcase_add_loop_test(tc, a_post_brings_its_token_in_the_body_or_the_header,
                        0, 4);
    tcase_add_loop_test(
        tc, a_form_brings_its_token_in_a_field_the_query_or_the_header, 0, 4);
    tcase_add_loop_test(tc, a_form_that_brings_two_tokens_is_refused, 0, 2);
    tcase_add_loop_test(tc, what_cannot_be_a_token_is_not_asked_of_the_store, 0,
                        5);
    tcase_add_test(tc, a_token_is_asked_of_the_store_once_in_five_seconds);
    tcase_add_test(tc, a_token_ends_though_it_is_remembered);
    tcase_add_loop_test(tc, a_released_token_is_dead_at_once, 0, 2);
    tcase_add_test(tc, authenticating_early_is_the_same);
    return tc;
}

static TCase *login_case(void)
{
    TCase *tc = tcase_create("login");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_test(tc, a_password_gives_a_token_for_a_unit_of_the_user);
    tcase_add_test(tc, a_key_gives_a_token_for_a_unit_of_its_user);
    tcase_add_loop_test(tc, whoever_may_not_come_in_learns_nothing, 0,
                        CI_ALEN(strangers));
    tcase_add_loop_test(tc, a_key_that_is_none_is_refused, 0, 5);
    tcase_add_test(tc, all_that_is_missing_is_named);
    tcase_add_loop_test(tc,
                        a_login_that_is_malformed_is_refused_before_any_hash, 0,
                        CI_ALEN(malformed));
    tcase_add_test(tc, a_login_that_gets_no_turn_is_told_so);
    tcase_add_test(tc, a_hash_that_costs_too_much_is_not_computed);
    tcase_add_test(tc, a_user_who_failed_too_often_waits_for_the_next_minute);
    tcase_add_test(tc, an_address_that_failed_too_often_waits_whoever_it_is);
    tcase_add_test(tc, only_refused_logins_count);
    tcase_add_test(tc, health_tells_whether_the_schema_fits);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("endpoint");

    suite_add_tcase(suite, route_case());
    suite_add_tcase(suite, login_case());
    return unit_run(suite);
}
