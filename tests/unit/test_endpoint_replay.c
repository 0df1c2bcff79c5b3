/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of endpoint/ci_replay and of what create and photo add do when the
 * answer to COMMIT is lost: a request that is repeated has one effect. */
#include "service_mem.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"
#include "model/ci_unique.h"

#define DAY apr_time_from_sec(24 * 3600)

#define FIELD   "contact_information_identifier"
#define HEADER  "Idempotency-Key"
#define KEY     "key-1"
#define PERSON  "'type':'PERSON','first_name':'Ann','last_name':'Bo'"
#define SUBJECT FIELD "=registration_number=R1"

/* The operations that take a key; each test runs for both. */
enum { CREATE, ADD, OPERATIONS };

static apr_pool_t *pool;
static service_t *service;

static void service_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    service = service_create(pool);
    service_add(service, "{'type':'COMPANY','company_name':'C Ltd',"
                         "'company_profile':{'registration_number':'R1'}}");
}

static void service_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static call_t create_of(const char *json)
{
    call_t call = {.path = "contact_information/create", .key = KEY};

    call.json = json;
    return call;
}

static call_t upload_of(const char *form, const char *file)
{
    call_t call = {.path = "contact_information/profile_photo/add",
                   .form = form,
                   .file = file,
                   .key = KEY};

    return call;
}

static call_t request_of(int operation)
{
    return operation == CREATE ? create_of("{" PERSON ",'notes':'n'}")
                               : upload_of(SUBJECT, "a.gif");
}

/* How often an operation had an effect: rows that nothing removes. */
static int effects(int operation)
{
    return store_mem_count(service->store,
                           operation == CREATE ? &ci_contact : &ci_photo_chunk);
}

/* Serve a request that must succeed; the whole answer. */
static const char *answer_of(service_t *by, call_t call)
{
    const answer_t *answer = service_call(by, &call);

    ck_assert_msg(!answer->err, "%s", answer->text);
    return answer->text;
}

static void refuse(call_t call, ci_code_e code, const char *field)
{
    service_fails(service, &call, code, field);
}

/* A token of the lifetime that is set. */
static const char *login(void)
{
    call_t call = {.path = "authentication/web_api_key/token",
                   .json = "{}",
                   .token = "",
                   .basic = DEMO_KEY};

    return json_string_value(
        json_object_get(service_ok(service, &call), "token"));
}

/* -------------------------------------------------------------- replay - */

START_TEST(a_key_gets_the_first_answer_again_and_has_one_effect)
{
    int before = effects(_i);
    const char *first = answer_of(service, request_of(_i));

    ck_assert_str_eq(answer_of(service, request_of(_i)), first);
    ck_assert_str_eq(answer_of(service_beside(service), request_of(_i)), first);
    ck_assert_int_eq(effects(_i), before + 1);
}
END_TEST

START_TEST(without_a_key_each_request_has_its_effect)
{
    call_t call = request_of(_i);
    int before = effects(_i);
    const char *first;

    call.key = NULL;
    first = answer_of(service, call);
    ck_assert_str_ne(answer_of(service, call), first);
    ck_assert_int_eq(effects(_i), before + 2);
    ck_assert_int_eq(store_mem_count(service->store, &ci_idempotency), 0);
}
END_TEST

START_TEST(a_replay_is_one_statement_and_the_look_at_its_contact)
{
    answer_of(service, request_of(_i));
    store_mem_fail(service->store, 0, NULL);
    answer_of(service, request_of(_i));
    ck_assert_int_eq(store_mem_calls(service->store), 2);
}
END_TEST

/* Requests that say the same in other words. */
START_TEST(the_token_and_the_order_of_members_are_no_content)
{
    call_t calls[] = {
        create_of("{'notes':'n'," PERSON "}"),
        create_of("{'token':'x'," PERSON ",'notes' : 'n'}"),
        create_of(apr_pstrcat(pool, "{" PERSON ",'notes':'n','token':'",
                              service->token, "'}", NULL)),
        upload_of("token=x&" SUBJECT, "a.gif"),
        upload_of(apr_pstrcat(pool, SUBJECT "&token=", service->token, NULL),
                  "a.gif"),
    };
    int operation = calls[_i].json ? CREATE : ADD;
    const char *first = answer_of(service, request_of(operation));

    ck_assert_str_eq(answer_of(service, calls[_i]), first);
    service->token = service_login(service, DEMO, "U2");
    ck_assert_str_eq(answer_of(service, request_of(operation)), first);
}
END_TEST

/* Requests that say something else. */
START_TEST(a_key_with_other_content_is_a_conflict)
{
    call_t calls[] = {
        create_of("{" PERSON "}"),
        create_of("{" PERSON ",'notes':'N'}"),
        create_of("{" PERSON ",'notes':'n','fields_set':'id'}"),
        create_of("{" PERSON ",'notes':'n','title':null}"),
        upload_of(SUBJECT, "b.gif"),
        upload_of(SUBJECT "&fields_set=file_name", "a.gif"),
        upload_of(FIELD "=id=none", "a.gif"),
        upload_of(SUBJECT, "a.gif"),
        upload_of(SUBJECT, "a.gif"),
    };

    calls[7].file_size = 100;
    calls[8].file_size = 100000;
    answer_of(service, request_of(calls[_i].json ? CREATE : ADD));
    refuse(calls[_i], CI_CONFLICT, HEADER);
    calls[_i].key = "key-2";
    if (_i != 6) {
        answer_of(service, calls[_i]);
    }
}
END_TEST

/* Bytes at both ends of a file and on both sides of what is read at once. */
START_TEST(every_byte_of_a_photo_is_content)
{
    static const int sizes[] = {1000, 16384, 16385, 100000};
    call_t call = upload_of(SUBJECT, "a.gif");
    call_t other;

    call.file_size = sizes[_i];
    other = call;
    other.file_fill = 1;
    answer_of(service, call);
    refuse(other, CI_CONFLICT, HEADER);
    other = call;
    other.file_size++;
    refuse(other, CI_CONFLICT, HEADER);
    answer_of(service, call);
}
END_TEST

START_TEST(a_key_belongs_to_one_operation_user_and_organisation)
{
    const char *first = answer_of(service, request_of(CREATE));

    answer_of(service, request_of(ADD));
    ck_assert_int_eq(store_mem_count(service->store, &ci_idempotency), 2);
    service->token = service_login(service, OTHER, "U1");
    ck_assert_str_ne(answer_of(service, request_of(CREATE)), first);
    refuse(request_of(ADD), CI_NOT_FOUND, FIELD);
    ck_assert_int_eq(store_mem_count(service->store, &ci_idempotency), 3);
}
END_TEST

START_TEST(a_key_is_1_to_255_visible_characters)
{
    char *longest = apr_palloc(pool, 257);
    const char *const bad[] = {"", "a b", "a\tb", "\x7f", "\xc3\xa9", longest};
    call_t call = request_of(_i % OPERATIONS);

    memset(longest, '~', 256);
    longest[256] = '\0';
    call.key = bad[_i / OPERATIONS];
    refuse(call, CI_INVALID_REQUEST, HEADER);
    longest[255] = '\0';
    call.key = longest;
    answer_of(service, call);
}
END_TEST

START_TEST(a_key_is_forgotten_after_a_day)
{
    int before = effects(_i);
    const char *first = answer_of(service, request_of(_i));

    service->settings.token_lifetime = 3 * DAY;
    service->token = login();
    service->now += DAY;
    ck_assert_str_eq(answer_of(service, request_of(_i)), first);
    service->now += apr_time_from_sec(1);
    ck_assert_str_ne(answer_of(service, request_of(_i)), first);
    ck_assert_int_eq(effects(_i), before + 2);
    ck_assert_int_eq(store_mem_count(service->store, &ci_idempotency), 1);
}
END_TEST

START_TEST(a_request_that_was_refused_keeps_no_key)
{
    call_t call = _i == CREATE ? create_of("{'type':'PERSON'}")
                               : upload_of(FIELD "=id=none", "a.gif");

    ck_assert_ptr_nonnull(service_call(service, &call)->err);
    ck_assert_int_eq(store_mem_count(service->store, &ci_idempotency), 0);
    answer_of(service, request_of(_i));
}
END_TEST

START_TEST(an_answer_about_a_contact_that_is_out_of_sight_is_not_replayed)
{
    call_t call = create_of("{" PERSON ",'privacy_level_identifier':"
                            "{'number':'8'}}");
    const char *first = answer_of(service, call);
    const char *high = service->token;

    service->token = service_login(service, DEMO, "U2");
    refuse(call, CI_NOT_FOUND, NULL);
    service->token = high;
    ck_assert_str_eq(answer_of(service, call), first);
}
END_TEST

/* --------------------------------------------------------------- races - */

/* Another child that serves a request before the transaction of this one. */
typedef struct {
    service_t *service;
    call_t call;
    const char *answer; /* NULL: not served yet */
} rival_t;

static void be_faster(void *baton)
{
    rival_t *rival = baton;

    if (!rival->answer) {
        rival->answer = answer_of(rival->service, rival->call);
    }
}

static void watch(rival_t *rival, call_t call)
{
    *rival = (rival_t){service_beside(service), call, NULL};
    store_mem_hook(service->store, be_faster, rival);
}

START_TEST(the_loser_of_a_race_gets_the_answer_of_the_winner)
{
    int before = effects(_i);
    const char *answer;
    rival_t rival;

    watch(&rival, request_of(_i));
    answer = answer_of(service, request_of(_i));
    ck_assert_ptr_nonnull(rival.answer);
    ck_assert_str_eq(answer, rival.answer);
    ck_assert_int_eq(effects(_i), before + 1);
}
END_TEST

START_TEST(the_loser_of_a_race_with_other_content_is_refused)
{
    int before = effects(_i);
    call_t call = request_of(_i);
    rival_t rival;
    const answer_t *answer;

    watch(&rival, _i == CREATE ? create_of("{" PERSON "}")
                               : upload_of(SUBJECT, "b.gif"));
    answer = service_call(service, &call);
    ck_assert_ptr_nonnull(rival.answer);
    ck_assert(answer->err && answer->err->code == CI_CONFLICT);
    ck_assert_str_eq(answer->err->field, HEADER);
    ck_assert_int_eq(effects(_i), before + 1);
}
END_TEST

/* The winner's contact is a duplicate of the loser's; the key decides. */
START_TEST(a_unique_rule_does_not_come_before_the_key)
{
    apr_array_header_t *rules = apr_array_make(pool, 1, sizeof(void *));
    call_t call = create_of("{" PERSON ",'demographics':{'id_number':'1'}}");
    ci_unique_t *rule;
    const char *answer;
    rival_t rival;

    ck_assert_ptr_null(ci_unique_parse(&rule, "PERSON id_number", pool));
    APR_ARRAY_PUSH(rules, ci_unique_t *) = rule;
    service->settings.unique = rules;
    watch(&rival, call);
    answer = answer_of(service, call);
    ck_assert_str_eq(answer, rival.answer);
    store_mem_hook(service->store, NULL, NULL);
    call.key = "key-2";
    refuse(call, CI_CONFLICT, "id_number");
}
END_TEST

/* Its last two calls look for the key and for the contact. */
START_TEST(a_loser_that_cannot_look_up_the_answer_is_told_to_come_again)
{
    const ci_error_t *failure =
        ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_EGENERAL, "no");
    call_t call = request_of(_i / 2);
    const answer_t *answer;
    rival_t rival;

    answer_of(service, call);
    call.key = "key-2";
    watch(&rival, call);
    store_mem_fail(service->store, 0, NULL);
    answer_of(service, call);
    call.key = "key-3";
    watch(&rival, call);
    store_mem_fail(service->store, store_mem_calls(service->store) - _i % 2,
                   failure);
    answer = service_call(service, &call);
    ck_assert(answer->err && answer->err->code == CI_SERVICE_UNAVAILABLE);
    ck_assert_str_eq(answer_of(service, call), rival.answer);
}
END_TEST

/* -------------------------------------------------------- lost answers - */

/* What became of the COMMIT whose answer was lost; DOWN: not stored, and nobody
   can be asked. */
enum { STORED, NOT_STORED, DOWN, FATES };

/* How the store fails, in the n-th call from now. */
static void lose_commit(int n, int fate)
{
    const ci_error_t *lost =
        ci_error_server(pool, CI_OUTCOME_UNKNOWN, APR_EGENERAL, "lost");

    if (fate == STORED) {
        store_mem_fail_late(service->store, n, lost);
    }
    else if (fate == NOT_STORED) {
        store_mem_fail(service->store, n, lost);
    }
    else {
        store_mem_go_down(service->store, n, lost);
    }
}

/* Which call of a request is its COMMIT: the last one. */
static int commit_of(call_t call)
{
    call.key = call.key ? "counted" : NULL;
    answer_of(service, call);
    store_mem_fail(service->store, 0, NULL);
    call.key = call.key ? "counted-again" : NULL;
    answer_of(service, call);
    return store_mem_calls(service->store);
}

/* The thing that an answer tells of is there. */
static void check_there(int operation, const json_t *data)
{
    call_t call = {.path = "contact_information/profile_photo/view",
                   .query = SUBJECT};

    if (operation == CREATE) {
        service_show(service, json_string_value(json_object_get(data, "id")));
        return;
    }
    ck_assert(json_equal(service_ok(service, &call), data));
}

START_TEST(a_lost_commit_is_looked_up)
{
    int operation = _i / (2 * FATES), fate = _i / 2 % FATES;
    call_t call = request_of(operation);
    int before, n;
    const answer_t *answer;

    call.key = _i % 2 ? KEY : NULL;
    n = commit_of(call);
    before = effects(operation);
    lose_commit(n, fate);
    answer = service_call(service, &call);
    store_mem_fail(service->store, 0, NULL);
    ck_assert_int_eq(effects(operation), before + (fate == STORED));
    if (fate == STORED) {
        ck_assert_ptr_null(answer->err);
        check_there(operation, answer->data);
    }
    else {
        ck_assert(answer->err && answer->err->code == CI_OUTCOME_UNKNOWN);
        ck_assert_int_gt(answer->err->retry_after, 0);
    }
}
END_TEST

START_TEST(a_key_may_be_used_again_after_a_lost_commit)
{
    int operation = _i / FATES, fate = _i % FATES;
    int n = commit_of(request_of(operation));
    int before = effects(operation);
    call_t call = request_of(operation);
    const answer_t *answer;
    const char *again;

    lose_commit(n, fate);
    answer = service_call(service, &call);
    store_mem_fail(service->store, 0, NULL);
    again = answer_of(service, call);
    ck_assert_int_eq(effects(operation), before + 1);
    ck_assert(answer->err || strcmp(again, answer->text) == 0);
}
END_TEST

static TCase *replay_case(void)
{
    TCase *tc = tcase_create("replay");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_loop_test(tc,
                        a_key_gets_the_first_answer_again_and_has_one_effect, 0,
                        OPERATIONS);
    tcase_add_loop_test(tc, without_a_key_each_request_has_its_effect, 0,
                        OPERATIONS);
    tcase_add_loop_test(tc,
                        a_replay_is_one_statement_and_the_look_at_its_contact,
                        0, OPERATIONS);
    tcase_add_loop_test(tc, the_token_and_the_order_of_members_are_no_content,
                        0, 5);
    tcase_add_loop_test(tc, a_key_with_other_content_is_a_conflict, 0, 9);
    tcase_add_loop_test(tc, every_byte_of_a_photo_is_content, 0, 4);
    tcase_add_test(tc, a_key_belongs_to_one_operation_user_and_organisation);
    tcase_add_loop_test(tc, a_key_is_1_to_255_visible_characters, 0,
                        6 * OPERATIONS);
    tcase_add_loop_test(tc, a_key_is_forgotten_after_a_day, 0, OPERATIONS);
    tcase_add_loop_test(tc, a_request_that_was_refused_keeps_no_key, 0,
                        OPERATIONS);
    tcase_add_test(
        tc, an_answer_about_a_contact_that_is_out_of_sight_is_not_replayed);
    return tc;
}

static TCase *race_case(void)
{
    TCase *tc = tcase_create("race");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_loop_test(tc, the_loser_of_a_race_gets_the_answer_of_the_winner,
                        0, OPERATIONS);
    tcase_add_loop_test(tc, the_loser_of_a_race_with_other_content_is_refused,
                        0, OPERATIONS);
    tcase_add_test(tc, a_unique_rule_does_not_come_before_the_key);
    tcase_add_loop_test(
        tc, a_loser_that_cannot_look_up_the_answer_is_told_to_come_again, 0,
        2 * OPERATIONS);
    return tc;
}

static TCase *unknown_case(void)
{
    TCase *tc = tcase_create("unknown");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_loop_test(tc, a_lost_commit_is_looked_up, 0,
                        2 * FATES * OPERATIONS);
    tcase_add_loop_test(tc, a_key_may_be_used_again_after_a_lost_commit, 0,
                        FATES * OPERATIONS);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("endpoint_replay");

    suite_add_tcase(suite, replay_case());
    suite_add_tcase(suite, race_case());
    suite_add_tcase(suite, unknown_case());
    return unit_run(suite);
}
