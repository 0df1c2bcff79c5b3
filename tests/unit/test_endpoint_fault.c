/* SPDX-License-Identifier: Apache-2.0 */
/* The fault sweep: for every endpoint the n-th call of the store fails, for
 * n = 1, 2, ... until a request is not touched. Either the request succeeds all
 * the same, or it is refused with the store's error and nothing has changed. */
#include "service_mem.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"
#include "model/ci_photo.h"
#include "model/ci_unique.h"

#define FIELD  "contact_information_identifier"
#define N1     FIELD "=id_number=N1"
#define CHOSEN "'" FIELD "':{'id_number':'N1'}"

/* What no client may read. */
#define SECRET "SELECT secret"

/* Contact N1 has a relation and a photo; nothing is in any cache. */
static const struct {
    call_t call;
    int calls; /* of the store, at least, when none fails */
    int writes;
} requests[] = {
    {{.path = "authentication/token",
      .token = "",
      .json = "{'organisation':'DEMO','username':'admin',"
              "'password':'" DEMO_PASSWORD "'}"},
     3,
     1},
    {{.path = "authentication/web_api_key/token",
      .token = "",
      .json = "{'unit':'U2'}",
      .basic = DEMO_KEY},
     2,
     1},
    {{.path = "authentication/token/release", .json = "{}"}, 2, 1},
    {{.path = "contact_information/show", .query = N1}, 3 + SERVICE_LOADS, 0},
    {{.path = "contact_information/list",
      .query = "id_number=N1&phone_number=22&email_address=a@b"},
     3 + SERVICE_LOADS,
     0},
    {{.path = "contact_information/create",
      .json = "{'type':'PERSON','first_name':'A','last_name':'B',"
              "'fields_set':'id,relation_set','demographics':"
              "{'id_number':'N2'},'email_set':[{'type':'BUSINESS',"
              "'email_address':'c@d'}],'relation_set':[{'type':'FRIEND'," CHOSEN
              "}]}",
      .key = "key"},
     10 + SERVICE_LOADS,
     1},
    {{.path = "contact_information/update",
      .json = "{" CHOSEN ",'title':'Sir','demographics':{'id_number':'N3'},"
              "'phone_set':[{'action':'ADD','type':'FAX','number':'33'}],"
              "'relation_set':[{'action':'ADD','type':'FRIEND',"
              "'contact_information_identifier':"
              "{'registration_number':'R1'}}]}",
      .if_match = "*"},
     10 + SERVICE_LOADS,
     1},
    {{.path = "contact_information/profile_photo/view", .query = N1}, 3, 0},
    {{.path = "contact_information/profile_photo/add",
      .form = N1,
      .file = "b.gif",
      .file_size = CI_PHOTO_CHUNK + 1,
      .key = "key"},
     10,
     1},
    {{.path = "contact_information/profile_photo/remove",
      .json = "{" CHOSEN "}"},
     3,
     1},
    {{.path = "health", .token = ""}, 1, 0},
    {{.path = "openapi.json", .token = ""}, 0, 0},
    {{.path = "", .is_image = 1}, 2, 0}, /* its query is made */
};

static const struct {
    ci_code_e code;
    ci_retry_e retry;
    int down; /* whatever comes behind it fails, too */
} faults[] = {
    {CI_SERVICE_UNAVAILABLE, CI_TRANSIENT, 0},
    {CI_SERVICE_UNAVAILABLE, CI_TRANSIENT, 1},
    {CI_SERVICE_UNAVAILABLE, CI_FINAL, 0},
    {CI_INTERNAL_ERROR, CI_FINAL, 0},
};

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

static void set_rules(service_t *service)
{
    apr_array_header_t *rules =
        apr_array_make(service->pool, 1, sizeof(void *));
    ci_unique_t *rule;

    ck_assert_ptr_null(
        ci_unique_parse(&rule, "PERSON id_number", service->pool));
    APR_ARRAY_PUSH(rules, ci_unique_t *) = rule;
    service->settings.unique = rules;
}

/* A child that remembers nothing, before the rows of a new database. */
static service_t *make_service(apr_pool_t *scratch)
{
    static const call_t upload = {.path =
                                      "contact_information/profile_photo/add",
                                  .form = N1,
                                  .file = "a.gif"};
    service_t *service = service_create(scratch);

    set_rules(service);
    service_add(service, "{'type':'COMPANY','company_name':'C',"
                         "'company_profile':{'registration_number':'R1'}}");
    service_add(service,
                "{'type':'PERSON','first_name':'Ann','last_name':'Bo',"
                "'demographics':{'id_number':'N1'},"
                "'phone_set':[{'type':'MOBILE','number':'22'}],"
                "'email_set':[{'type':'BUSINESS','email_address':'a@b'}],"
                "'relation_set':[{'type':'FRIEND',"
                "'contact_information_identifier':"
                "{'registration_number':'R1'}}]}");
    service_ok(service, &upload);
    return service_beside(service);
}

static call_t request_of(const service_t *service, int index)
{
    call_t call = requests[index].call;
    const ci_record_t *photo = store_mem_row(service->store, &ci_photo, 0);

    if (call.is_image) {
        call.query = apr_pstrcat(
            service->pool,
            "id=", ci_value_string(&photo->values[CI_PHOTO_ID], service->pool),
            NULL);
    }
    return call;
}

static void set_fault(service_t *service, int index, int n)
{
    ci_error_t *error = ci_error_server(service->pool, faults[index].code,
                                        APR_EGENERAL, SECRET);

    error->retry = faults[index].retry;
    if (faults[index].down) {
        store_mem_go_down(service->store, n, error);
    }
    else {
        store_mem_fail(service->store, n, error);
    }
}

/* A request that was refused left no trace, and can be made again. */
static void check_refused(service_t *service, const call_t *call,
                          const answer_t *answer, ci_code_e code,
                          const char *before)
{
    ck_assert_msg(answer->err->code == code, "%s: %s", call->path,
                  answer->text);
    ck_assert_ptr_null(answer->err->next);
    ck_assert_ptr_null(strstr(answer->text, SECRET));
    ck_assert_uint_eq(json_object_size(answer->data), 0);
    service_unchanged(service, before);
    store_mem_fail(service->store, 0, NULL);
    service_ok(service, call);
}

/* Let the n-th call fail; 0 if the request has fewer. */
static int try_fault(int request, int fault, int n)
{
    service_t *service;
    const char *before, *after;
    const answer_t *answer;
    apr_pool_t *scratch;
    call_t call;
    int calls;

    apr_pool_create(&scratch, pool);
    service = make_service(scratch);
    call = request_of(service, request);
    before = store_mem_dump(service->store, scratch);
    set_fault(service, fault, n);
    answer = service_call(service, &call);
    calls = store_mem_calls(service->store);
    after = store_mem_dump(service->store, scratch);
    if (answer->err) {
        check_refused(service, &call, answer, faults[fault].code, before);
    }
    else {
        ck_assert_int_eq(strcmp(after, before) != 0, requests[request].writes);
    }
    ck_assert(calls >= n || !answer->err);
    apr_pool_destroy(scratch);
    return calls >= n;
}

START_TEST(a_request_is_wholly_done_or_not_at_all_whichever_call_fails)
{
    int request = _i / CI_ALEN(faults), fault = _i % CI_ALEN(faults);
    int n = 1;

    while (try_fault(request, fault, n)) {
        n++;
    }
    ck_assert_int_ge(n - 1, requests[request].calls);
}
END_TEST

static int is_swept(const ci_route_t *route, int is_image)
{
    int i;

    for (i = 0; i < CI_ALEN(requests); i++) {
        if (strcmp(requests[i].call.path, route->path) == 0 &&
            requests[i].call.is_image == is_image) {
            return 1;
        }
    }
    return 0;
}

START_TEST(every_route_is_swept)
{
    const ci_route_t *route;

    for (route = ci_routes; route->method; route++) {
        ck_assert_msg(is_swept(route, 0), "%s", route->path);
    }
    for (route = ci_image_routes; route->method; route++) {
        ck_assert_msg(is_swept(route, 1), "%s", route->path);
    }
}
END_TEST

static TCase *fault_case(void)
{
    TCase *tc = tcase_create("fault");

    tcase_add_checked_fixture(tc, pool_open, pool_close);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(
        tc, a_request_is_wholly_done_or_not_at_all_whichever_call_fails, 0,
        CI_ALEN(requests) * CI_ALEN(faults));
    tcase_add_test(tc, every_route_is_swept);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("endpoint_fault");

    suite_add_tcase(suite, fault_case());
    return unit_run(suite);
}
