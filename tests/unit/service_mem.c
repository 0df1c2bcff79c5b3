/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoints over rows in memory. */
#include "service_mem.h"

#include <apr_strings.h>

#include <check.h>

#include <stdlib.h>
#include <string.h>

#include "base/ci_identifier.h"
#include "endpoint/ci_envelope.h"
#include "model/ci_contact.h"
#include "model/ci_objects.h"

#define LIFETIME apr_time_from_sec(7200)

/* ------------------------------------------------------------- service - */

static apr_status_t enter(void *baton, apr_time_t deadline)
{
    service_t *service = baton;

    (void)deadline;
    if (service->gate_says == APR_SUCCESS) {
        service->inside++;
        service->entered++;
    }
    return service->gate_says;
}

static void leave(void *baton)
{
    service_t *service = baton;

    service->inside--;
}

static service_t *make_service(ci_store_t *store, apr_pool_t *pool)
{
    service_t *service = apr_pcalloc(pool, sizeof *service);

    service->pool = pool;
    service->store = store;
    ck_assert_int_eq(ci_reference_cache_create(&service->references, pool),
                     APR_SUCCESS);
    service->tokens =
        ci_token_cache_create(apr_time_from_sec(5), &service->generation, pool);
    service->throttle = apr_pcalloc(pool, ci_throttle_size());
    service->gate = (ci_gate_t){enter, leave, service};
    service->now = SERVICE_NOW;
    service->settings = (ci_settings_t){
        .default_country = "US",
        .api_path = "/api",
        .image_path = "/images",
        .token_lifetime = LIFETIME,
        .page_max = 200,
    };
    return service;
}

service_t *service_create(apr_pool_t *pool)
{
    service_t *service = make_service(demo_create(pool), pool);

    service->token = service_login(service, DEMO, "U1");
    return service;
}

service_t *service_beside(const service_t *service)
{
    service_t *other = make_service(
        store_mem_open(service->store, service->pool), service->pool);

    other->settings = service->settings;
    other->now = service->now;
    other->token = service->token;
    return other;
}

const char *service_login(service_t *service, apr_int64_t organisation,
                          const char *unit)
{
    ci_record_t *row = ci_record_make(&ci_login_session, service->pool);
    ci_value_t *values = row->values;
    ci_datetime_t created, expires;
    ci_digest_t digest;
    ci_value_t token;

    ck_assert_ptr_null(ci_contact_new_id(&token, service->pool));
    ci_digest_make(&digest, token.as.text, token.length);
    ci_datetime_now(&created, SERVICE_NOW);
    ci_datetime_now(&expires, SERVICE_NOW + LIFETIME);
    values[CI_SESSION_DIGEST] =
        ci_value_bytes((const char *)digest.bytes, sizeof digest.bytes);
    values[CI_SESSION_ORGANISATION] = ci_value_integer(organisation);
    values[CI_SESSION_USER] = ci_value_text("1");
    values[CI_SESSION_UNIT] = ci_value_text(unit);
    values[CI_SESSION_CREATED] = ci_value_datetime(&created);
    values[CI_SESSION_EXPIRES] = ci_value_datetime(&expires);
    store_mem_put(service->store, row);
    return token.as.text;
}

/* ------------------------------------------------------------- request - */

/* A GIF of one pixel; bytes behind its end are not looked at. */
static const char image[] = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;";

#define PART "\r\n--limit\r\nContent-Disposition: form-data; name=\""

static void feed(ci_form_t *form, const char *text)
{
    ck_assert_ptr_null(ci_form_feed(form, text, strlen(text)));
}

static void feed_file(ci_form_t *form, const call_t *call, apr_pool_t *pool)
{
    apr_size_t size =
        call->file_size ? (apr_size_t)call->file_size : sizeof image - 1;
    char *bytes = apr_palloc(pool, size);

    memset(bytes, call->file_fill, size);
    memcpy(bytes, image, size < sizeof image ? size : sizeof image - 1);
    feed(form, PART CI_FORM_FILE "\"; filename=\"");
    feed(form, call->file);
    feed(form, "\"\r\n\r\n");
    ck_assert_ptr_null(ci_form_feed(form, bytes, size));
}

static const ci_form_t *make_form(const call_t *call, apr_pool_t *pool)
{
    static const ci_form_parts_t parts = {ci_form_fields, CI_FORM_FILE, "/tmp",
                                          1000000};
    char *state = NULL;
    char *field = apr_strtok(apr_pstrdup(pool, call->form), "&", &state);
    ci_form_t *form;
    char *value;

    ck_assert_ptr_null(ci_form_create(
        &form, "multipart/form-data; boundary=limit", &parts, pool));
    for (; field; field = apr_strtok(NULL, "&", &state)) {
        value = strchr(field, '=');
        *value++ = '\0';
        feed(form, apr_pstrcat(pool, PART, field, "\"\r\n\r\n", value, NULL));
    }
    if (call->file) {
        feed_file(form, call, pool);
    }
    feed(form, "\r\n--limit--\r\n");
    ck_assert_ptr_null(ci_form_finish(form));
    return form;
}

static const json_t *make_json(const char *text, apr_pool_t *pool)
{
    json_t *json;

    text = demo_quotes(text, pool);
    ck_assert_msg(!ci_json_parse(&json, text, strlen(text), pool), "%s", text);
    return json;
}

static void make_request(ci_request_t *req, const service_t *service,
                         const call_t *call, apr_pool_t *pool)
{
    const char *token = call->token ? call->token : service->token;
    const char *method = call->json || call->form ? "POST" : "GET";
    const char *allow;
    ci_query_t *query;

    ck_assert_ptr_null(ci_route_find(
        &req->route, &allow, call->is_image ? ci_image_routes : ci_routes,
        method, call->path, pool));
    ck_assert_ptr_null(ci_query_parse(&query, call->query, pool));
    req->query = query;
    req->json = call->json ? make_json(call->json, pool) : NULL;
    req->form = call->form ? make_form(call, pool) : NULL;
    req->bearer = *token ? token : NULL;
    req->basic = call->basic;
    req->idempotency_key = call->key;
    req->if_match = call->if_match;
}

/* -------------------------------------------------------------- answer - */

static unsigned long read_meter(const service_t *service)
{
    return service->meter ? service->meter() : 0;
}

/* An answer that is on its way to its client. */
typedef struct {
    service_t *service;
    answer_t *answer;
} flush_t;

static void take(answer_t *answer, ci_sink_t *sink, apr_pool_t *pool)
{
    apr_size_t length;
    const char *text = ci_sink_text(sink, &length, pool);

    ck_assert_uint_eq(strlen(text), length);
    answer->text =
        answer->text ? apr_pstrcat(pool, answer->text, text, NULL) : text;
}

static ci_error_t *flush_answer(void *baton, ci_sink_t *sink)
{
    flush_t *flush = baton;
    unsigned long before = read_meter(flush->service);

    take(flush->answer, sink, flush->service->pool);
    flush->answer->flushes++;
    flush->answer->metered += read_meter(flush->service) - before;
    return flush->service->flush_answer;
}

static apr_status_t free_json(void *data)
{
    json_decref(data);
    return APR_SUCCESS;
}

/* Every answer is an envelope with the code and data. */
static void read_envelope(answer_t *answer, apr_pool_t *pool)
{
    ci_code_e code = answer->err ? answer->err->code : CI_OK;
    json_error_t error;
    json_t *json = json_loads(answer->text, JSON_REJECT_DUPLICATES, &error);
    const json_t *status = json_object_get(json, "status");

    ck_assert_msg(json != NULL, "%s: %s", error.text, answer->text);
    apr_pool_cleanup_register(pool, json, free_json, apr_pool_cleanup_null);
    ck_assert_str_eq(json_string_value(json_object_get(status, "code")),
                     ci_codes[code].name);
    ck_assert(json_is_string(json_object_get(status, "description")));
    answer->data = json_object_get(json, "data");
    ck_assert_ptr_nonnull(answer->data);
}

static void read_answer(answer_t *answer, ci_response_t *res, ci_data_e data,
                        apr_pool_t *pool)
{
    if (answer->err) {
        res->sink = ci_sink_create(pool);
        ci_envelope_error(res->sink, answer->err);
        answer->text = NULL;
    }
    else {
        answer->version = res->version;
        answer->next = res->next;
        answer->photo = res->photo;
    }
    if (!answer->photo) {
        take(answer, res->sink, pool);
    }
    if (answer->err || (data != CI_DATA_DOCUMENT && data != CI_DATA_BYTES)) {
        read_envelope(answer, pool);
    }
}

answer_t *service_call(service_t *service, const call_t *call)
{
    apr_pool_t *pool = service->pool;
    answer_t *answer = apr_pcalloc(pool, sizeof *answer);
    flush_t flush = {service, answer};
    ci_request_t req = {0};
    ci_response_t res = {.sink = ci_sink_create(pool)};
    ci_endpoint_t ep = {
        .store = service->store,
        .references = service->references,
        .tokens = service->tokens,
        .gate = &service->gate,
        .throttle = service->throttle,
        .address = "192.0.2.1",
        .settings = &service->settings,
        .now = service->now,
        .pool = pool,
    };

    make_request(&req, service, call, pool);
    res.sink->flush = flush_answer;
    res.sink->baton = &flush;
    service->store->scope = (ci_scope_t){0};
    answer->metered = read_meter(service);
    answer->err = ci_endpoint_serve(&ep, &req, &res);
    answer->metered = read_meter(service) - answer->metered;
    ck_assert_int_eq(store_mem_in_transaction(service->store), 0);
    ck_assert_int_eq(service->inside, 0);
    read_answer(answer, &res, req.route->data, pool);
    return answer;
}

/* --------------------------------------------------------------- checks  */

json_t *service_ok(service_t *service, const call_t *call)
{
    answer_t *answer = service_call(service, call);

    ck_assert_msg(!answer->err, "%s: %s %s", call->path, answer->text,
                  answer->err && answer->err->detail ? answer->err->detail
                                                     : "");
    return answer->data;
}

static const char *line_of(const char *text, apr_pool_t *pool)
{
    return apr_pstrmemdup(pool, text, strcspn(text, "\n"));
}

void service_unchanged(service_t *service, const char *before)
{
    const char *now = store_mem_dump(service->store, service->pool);
    apr_size_t i, line = 0;

    if (strcmp(now, before) == 0) {
        return;
    }
    for (i = 0; now[i] == before[i]; i++) {
        line = now[i] == '\n' ? i + 1 : line;
    }
    ck_abort_msg("changed from %.2000s to %.2000s",
                 line_of(before + line, service->pool),
                 line_of(now + line, service->pool));
}

void service_fails(service_t *service, const call_t *call, ci_code_e code,
                   const char *field)
{
    const char *before = store_mem_dump(service->store, service->pool);
    answer_t *answer = service_call(service, call);

    ck_assert_msg(answer->err && answer->err->code == code,
                  "%s: expected %s, got %s", call->path, ci_codes[code].name,
                  answer->text);
    if (field) {
        ck_assert_pstr_eq(answer->err->field, field);
    }
    service_unchanged(service, before);
}

const char *service_add(service_t *service, const char *json)
{
    call_t call = {.path = "contact_information/create", .json = json};
    const json_t *data = service_ok(service, &call);
    const char *id = json_string_value(json_object_get(data, "id"));

    ck_assert_ptr_nonnull(id);
    return id;
}

json_t *service_show(service_t *service, const char *id)
{
    call_t call = {
        .path = "contact_information/show",
        .query = apr_pstrcat(service->pool,
                             "contact_information_identifier=id=", id, NULL)};

    return service_ok(service, &call);
}

const char *service_at(service_t *service, const json_t *json, const char *path)
{
    char *state = NULL;
    char *name = apr_strtok(apr_pstrdup(service->pool, path), ".", &state);
    char *text, *at;

    for (; name && json; name = apr_strtok(NULL, ".", &state)) {
        json = json_is_array(json)
                   ? json_array_get(json, (size_t)apr_atoi64(name))
                   : json_object_get(json, name);
    }
    if (!json) {
        return NULL;
    }
    at = text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    while ((at = strchr(at, '"'))) {
        *at = '\'';
    }
    at = apr_pstrdup(service->pool, text);
    free(text);
    return at;
}

void service_check(service_t *service, const json_t *json, const char *path,
                   const char *text)
{
    const char *found = service_at(service, json, path);

    ck_assert_msg(text && found ? strcmp(text, found) == 0 : text == found,
                  "%s: expected %s, got %s", path, text ? text : "nothing",
                  found ? found : "nothing");
}
