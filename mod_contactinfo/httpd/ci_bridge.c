/* SPDX-License-Identifier: Apache-2.0 */
/* From httpd to the endpoints and back. */
#include "httpd/ci_private.h"

#include "httpd/ci_bridge.h"

#include <apr_base64.h>
#include <apr_strings.h>
#include <http_main.h>

#include "base/ci_counter.h"
#include "base/ci_etag.h"
#include "base/ci_json_read.h"
#include "endpoint/ci_envelope.h"
#include "httpd/ci_body.h"
#include "httpd/ci_mask.h"
#include "httpd/ci_photo_answer.h"
#include "httpd/ci_service.h"
#include "httpd/ci_watch.h"
#include "store/ci_store_mysql.h"

/* Bytes of a form besides its file. */
#define FORM_ROOM 65536

/* Bytes of a digest that an ETag shows. */
#define ETAG_BYTES 8

/* ------------------------------------------------------------- answers - */

/* The log id, which the answer and the error log share. */
static const char *request_id(request_rec *r)
{
    unsigned char random[8];
    char *id;

    if (!r->log_id) {
        id = apr_palloc(r->pool, 2 * sizeof random + 1);
        if (apr_generate_random_bytes(random, sizeof random) != APR_SUCCESS) {
            memset(random, 0, sizeof random);
        }
        r->log_id = ci_hex_encode(id, random, sizeof random);
    }
    return r->log_id;
}

/* What every answer has. */
static void set_common_headers(request_rec *r, apr_table_t *headers)
{
    apr_table_setn(headers, "X-Content-Type-Options", "nosniff");
    apr_table_setn(headers, "Referrer-Policy", "no-referrer");
    apr_table_setn(headers, "X-Request-Id", request_id(r));
}

void ci_bridge_mark_error(request_rec *r)
{
    if (r->status != HTTP_NOT_MODIFIED) { /* that one keeps what it has */
        set_common_headers(r, r->err_headers_out);
    }
}

/* A part of a JSON text is none: it is not sent in ranges. */
static void set_headers(request_rec *r)
{
    apr_table_unset(r->headers_in, "Range");
    ap_set_content_type(r, "application/json");
    apr_table_setn(r->headers_out, "Cache-Control", "private, no-cache");
}

static apr_bucket_brigade *brigade_of(request_rec *r, ci_sink_t *sink)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);
    const apr_array_header_t *chunks = ci_sink_chunks(sink);
    const ci_chunk_t *chunk;
    int i;

    for (i = 0; i < chunks->nelts; i++) {
        chunk = &APR_ARRAY_IDX(chunks, i, ci_chunk_t);
        APR_BRIGADE_INSERT_TAIL(
            bb,
            apr_bucket_pool_create(chunk->data, chunk->length, r->pool, alloc));
    }
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    return bb;
}

/* A response on its way to the client. */
typedef struct {
    request_rec *r;
    ci_response_t res;
} answer_t;

static void set_link(request_rec *r, const ci_response_t *res)
{
    if (res->next) {
        apr_table_setn(r->headers_out, "Link",
                       apr_psprintf(r->pool, "<%s?%s>; rel=\"next\"",
                                    ap_escape_uri(r->pool, r->uri), res->next));
    }
}

/* Send what a long answer has so far; its chunks are used again, so they go as
   transient buckets. From then on its length is not known. */
static ci_error_t *flush_answer(void *baton, ci_sink_t *sink)
{
    const answer_t *answer = baton;
    request_rec *r = answer->r;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);
    const ci_chunk_t *chunk;
    apr_status_t rv;
    int i;

    set_headers(r);
    set_link(r, &answer->res);
    for (i = 0; i < sink->chunks->nelts; i++) {
        chunk = &APR_ARRAY_IDX(sink->chunks, i, ci_chunk_t);
        APR_BRIGADE_INSERT_TAIL(
            bb, apr_bucket_transient_create(chunk->data, chunk->length, alloc));
    }
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_flush_create(alloc));
    rv = ap_pass_brigade(r->output_filters, bb);
    apr_brigade_destroy(bb);
    if (rv == APR_SUCCESS) {
        return NULL;
    }
    return ci_error_server(r->pool, CI_INTERNAL_ERROR, rv,
                           "the client has gone");
}

/* A client that has gone is no error of ours: httpd notes it. */
static int send_answer(request_rec *r, ci_sink_t *sink)
{
    set_headers(r);
    if (!sink->flushed) {
        ap_set_content_length(r, (apr_off_t)ci_sink_length(sink));
    }
    (void)ap_pass_brigade(r->output_filters, brigade_of(r, sink));
    return OK;
}

static void log_error(request_rec *r, const ci_error_t *err)
{
    const char *more;
    int level;

    if (err->trouble != CI_TROUBLE_NONE) {
        level = ci_watch_level(&more, r, err);
        ap_log_rerror(APLOG_MARK, level, err->rv, r, "CI0003: %s: %s%s",
                      ci_codes[err->code].name, err->detail, more);
    }
    else {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "CI0004: %s: %s",
                      ci_codes[err->code].name, err->field ? err->field : "-");
    }
}

static int send_error(request_rec *r, const ci_dir_config_t *dir,
                      const ci_error_t *err)
{
    ci_sink_t *sink = ci_sink_create(r->pool);

    ci_counter_add(CI_COUNT_ERRORS + err->code);
    if (err->trouble == CI_TROUBLE_VALUE) {
        ci_counter_add(CI_COUNT_VALUE_ERRORS);
    }
    log_error(r, err);
    if (ci_codes[err->code].status == HTTP_UNAUTHORIZED &&
        !apr_table_get(r->headers_out, "WWW-Authenticate")) {
        apr_table_setn(r->headers_out, "WWW-Authenticate", "Bearer");
    }
    if (err->retry_after) {
        apr_table_setn(r->headers_out, "Retry-After",
                       apr_itoa(r->pool, err->retry_after));
    }
    r->status = ci_envelope_status(err->code, ci_config_is_compat(dir));
    ci_envelope_error(sink, err);
    return send_answer(r, sink);
}

/* An answer that was begun cannot become an error: it is cut, so that nobody
   takes it for a whole one. */
static int break_off(request_rec *r, const ci_error_t *err)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);

    if (!r->connection->aborted) {
        log_error(r, err);
    }
    r->connection->keepalive = AP_CONN_CLOSE;
    APR_BRIGADE_INSERT_TAIL(
        bb, ap_bucket_error_create(HTTP_BAD_GATEWAY, NULL, r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    (void)ap_pass_brigade(r->output_filters, bb);
    return OK;
}

/* ------------------------------------------------------------- requests  */

static void read_authorization(request_rec *r, ci_request_t *req)
{
    const char *header = apr_table_get(r->headers_in, "Authorization");
    const char *scheme = header ? ap_getword_white(r->pool, &header) : "";

    if (strcasecmp(scheme, "Bearer") == 0) {
        req->bearer = header;
    }
    else if (strcasecmp(scheme, "Basic") == 0) {
        header = ap_pbase64decode(r->pool, header);
        req->basic = ap_getword_nulls(r->pool, &header, ':');
    }
}

static int claims_json(const request_rec *r)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    apr_size_t length = type ? strcspn(type, "; \t") : 0;

    return length == 0 ||
           (length == 16 && strncasecmp(type, "application/json", 16) == 0) ||
           (length > 5 && strncasecmp(type + length - 5, "+json", 5) == 0);
}

/* The body as JSON, whatever its Content-Type says as long as it parses. */
static ci_error_t *read_json(request_rec *r, const ci_dir_config_t *dir,
                             ci_request_t *req, int *http_status)
{
    const char *text;
    apr_size_t length;
    json_t *json;
    ci_error_t *err =
        ci_body_text(&text, &length, r, ci_config_max_body(dir), http_status);

    if (err) {
        return err;
    }
    if (length == 0 && req->route->flags & CI_ROUTE_BARE) {
        text = "{}";
        length = 2;
    }
    err = ci_service_take_parsing(
        text, length, ci_config_parse_budget(ci_config_server(ap_server_conf)),
        r->pool);
    if (err) {
        return err;
    }
    err = ci_json_parse(&json, text, length, r->pool);
    if (err && !claims_json(r)) {
        return ci_error_create(r->pool, CI_UNSUPPORTED_MEDIA_TYPE, NULL,
                               "expected a JSON object");
    }
    req->json = json;
    return err;
}

static void make_endpoint(ci_endpoint_t *ep, request_rec *r,
                          const ci_dir_config_t *dir)
{
    const ci_server_config_t *config = ci_config_server(r->server);
    ci_settings_t *settings = apr_pcalloc(r->pool, sizeof *settings);

    settings->default_country = dir->default_country;
    settings->api_path = dir->path;
    settings->image_path = ci_config_image_path(config);
    settings->login_rate_user =
        ci_config_login_rate_user(ci_config_server(ap_server_conf));
    settings->login_rate_address =
        ci_config_login_rate_address(ci_config_server(ap_server_conf));
    settings->unique = dir->unique;
    settings->page_max = ci_config_page_max(dir);
    settings->compat = ci_config_is_compat(dir);
    settings->token_lifetime = ci_config_token_lifetime(config);
    memset(ep, 0, sizeof *ep);
    ep->references = config->service->references;
    ep->tokens = config->service->tokens;
    ep->throttle = ci_service_throttle();
    ep->address = r->useragent_ip;
    ep->gate = ci_service_gate(r->pool);
    ep->settings = settings;
    ep->now = apr_time_now();
    ep->pool = r->pool;
    ep->store =
        ci_store_mysql_create(config->service->connections,
                              ep->now + ci_config_deadline(config), r->pool);
}

/* A token that comes before the body is looked at before the body. */
static ci_error_t *check_early_token(request_rec *r, const ci_dir_config_t *dir,
                                     const ci_request_t *req)
{
    ci_endpoint_t ep;

    if (!req->bearer && !ci_query_get(req->query, "token")) {
        return NULL;
    }
    make_endpoint(&ep, r, dir);
    return ci_endpoint_authenticate(&ep, req);
}

/* The body as a form, whose file is spooled. */
static ci_error_t *read_form(request_rec *r, const ci_dir_config_t *dir,
                             ci_request_t *req, int *http_status)
{
    ci_form_parts_t *parts = apr_palloc(r->pool, sizeof *parts);
    ci_form_t *form;
    ci_error_t *err;

    parts->fields = ci_form_fields;
    parts->file = CI_FORM_FILE;
    parts->folder = ci_config_temp_dir(ci_config_server(r->server));
    parts->limit = ci_config_max_photo(dir);
    err = ci_form_create(&form, apr_table_get(r->headers_in, "Content-Type"),
                         parts, r->pool);
    if (!err) {
        err = check_early_token(r, dir, req);
    }
    if (err) {
        r->connection->keepalive = AP_CONN_CLOSE;
        return err;
    }
    err = ci_body_read(r, parts->limit + FORM_ROOM, ci_form_feed, form,
                       http_status);
    req->form = form;
    return err ? err : ci_form_finish(form);
}

static ci_error_t *read_request(request_rec *r, const ci_dir_config_t *dir,
                                ci_request_t *req, int *http_status)
{
    ci_query_t *query;
    ci_error_t *err = ci_query_parse(&query, ci_mask_query(r), r->pool);

    if (err) {
        return err;
    }
    req->query = query;
    req->idempotency_key = apr_table_get(r->headers_in, "Idempotency-Key");
    req->if_match = apr_table_get(r->headers_in, "If-Match");
    read_authorization(r, req);
    if (req->route->flags & CI_ROUTE_BODY) {
        err = read_json(r, dir, req, http_status);
    }
    if (!err && req->route->flags & CI_ROUTE_FORM) {
        err = read_form(r, dir, req, http_status);
    }
    return err;
}

/* -------------------------------------------------------------- serving  */

static int send_photo(request_rec *r, const ci_dir_config_t *dir,
                      const ci_record_t *photo, const ci_scope_t *scope)
{
    int status;

    status = ci_photo_answer(r, photo, scope);
    if (status != HTTP_PRECONDITION_FAILED) {
        return status;
    }
    apr_table_unset(r->headers_out, "ETag");
    return send_error(r, dir,
                      ci_error_create(r->pool, CI_PRECONDITION_FAILED, NULL,
                                      "the photo is another one"));
}

/* "version-hash": If-Match looks at the version, caches at both. */
static void set_etag(request_rec *r, const ci_response_t *res)
{
    const apr_array_header_t *chunks = ci_sink_chunks(res->sink);
    const ci_chunk_t *chunk;
    char hex[2 * ETAG_BYTES + 1];
    ci_digest_t digests[2] = {{{0}}};
    int i;

    for (i = 0; i < chunks->nelts; i++) {
        chunk = &APR_ARRAY_IDX(chunks, i, ci_chunk_t);
        ci_digest_make(&digests[1], chunk->data, chunk->length);
        ci_digest_make(&digests[0], (const char *)digests, sizeof digests);
    }
    ci_hex_encode(hex, digests[0].bytes, ETAG_BYTES);
    apr_table_setn(r->headers_out, "ETag",
                   apr_psprintf(r->pool, "\"%" APR_INT64_T_FMT "-%s\"",
                                res->version, hex));
}

static void unmark_tags(request_rec *r, const char *header)
{
    char *tags = apr_pstrdup(r->pool, apr_table_get(r->headers_in, header));

    if (tags) {
        ci_etag_unmark(tags);
        apr_table_setn(r->headers_in, header, tags);
    }
}

/* A contact that the client has already is not sent again. */
static int send_contact(request_rec *r, const ci_dir_config_t *dir,
                        const ci_response_t *res)
{
    int status = OK;

    set_headers(r);
    set_etag(r, res);
    if (r->method_number == M_GET) {
        unmark_tags(r, "If-None-Match");
        unmark_tags(r, "If-Match");
        status = ap_meets_conditions(r);
    }
    if (status == HTTP_PRECONDITION_FAILED) {
        return send_error(r, dir,
                          ci_error_create(r->pool, CI_PRECONDITION_FAILED,
                                          "If-Match",
                                          "the contact has another version"));
    }
    return status == OK ? send_answer(r, res->sink) : status;
}

static int call_endpoint(request_rec *r, const ci_dir_config_t *dir,
                         const ci_request_t *req)
{
    answer_t answer = {r, {.sink = ci_sink_create(r->pool)}};
    ci_response_t *res = &answer.res;
    ci_endpoint_t ep;
    ci_error_t *err;

    make_endpoint(&ep, r, dir);
    res->sink->flush = flush_answer;
    res->sink->baton = &answer;
    err = ci_endpoint_serve(&ep, req, res);
    ci_outage_prove(ci_config_server(r->server)->service->outage,
                    ep.store->proofs);
    if (err && res->sink->flushed) {
        return break_off(r, err);
    }
    if (err && err->code == CI_INVALID_CREDENTIALS &&
        req->route->flags & CI_ROUTE_BASIC) {
        apr_table_setn(r->headers_out, "WWW-Authenticate",
                       "Basic realm=\"Web API key\"");
    }
    if (err) {
        return send_error(r, dir, err);
    }
    set_link(r, res);
    if (res->version) {
        return send_contact(r, dir, res);
    }
    return res->photo ? send_photo(r, dir, res->photo, &ep.store->scope)
                      : send_answer(r, res->sink);
}

/* in_flight: requests of this host in this child, with this one */
static ci_error_t *check_service(request_rec *r, apr_uint32_t in_flight)
{
    const ci_server_config_t *config = ci_config_server(r->server);
    apr_uint32_t limit = ci_config_max_in_flight(config);
    ci_error_t *err;

    if (!config->service) {
        return ci_error_server(r->pool, CI_SERVICE_UNAVAILABLE, APR_EGENERAL,
                               "this host has no ContactInfoDBOptionFile");
    }
    if (limit && in_flight > limit) {
        err = ci_error_server(r->pool, CI_SERVICE_UNAVAILABLE, APR_SUCCESS,
                              "this host has as many requests in flight as"
                              " ContactInfoMaxInFlight allows");
        err->trouble = CI_TROUBLE_BUSY;
        return err;
    }
    return NULL;
}

/* A page of an allowed origin may read the answers (Fetch standard, CORS). */
static void allow_origin(request_rec *r, const ci_dir_config_t *dir)
{
    const char *origin = apr_table_get(r->headers_in, "Origin");
    int i;

    if (!dir->origins) {
        return;
    }
    apr_table_mergen(r->headers_out, "Vary", "Origin");
    for (i = 0; origin && i < dir->origins->nelts; i++) {
        if (strcmp(origin, APR_ARRAY_IDX(dir->origins, i, const char *)) == 0) {
            apr_table_setn(r->headers_out, "Access-Control-Allow-Origin",
                           origin);
            apr_table_setn(r->headers_out, "Access-Control-Expose-Headers",
                           "ETag, Link, Retry-After, X-Request-Id");
        }
    }
}

/* What a browser asks before it sends a request of another origin's page. */
static void answer_preflight(request_rec *r, const char *allow)
{
    if (apr_table_get(r->headers_out, "Access-Control-Allow-Origin")) {
        apr_table_setn(r->headers_out, "Access-Control-Allow-Methods", allow);
        apr_table_setn(r->headers_out, "Access-Control-Allow-Headers",
                       "Authorization, Content-Type, Idempotency-Key, "
                       "If-Match, If-None-Match");
        apr_table_setn(r->headers_out, "Access-Control-Max-Age", "600");
    }
}

static int send_options(request_rec *r, const char *allow)
{
    apr_table_setn(r->headers_out, "Allow", allow);
    answer_preflight(r, allow);
    r->status = HTTP_NO_CONTENT;
    set_headers(r);
    return OK;
}

static int serve(request_rec *r, const ci_dir_config_t *dir,
                 apr_uint32_t in_flight)
{
    ci_request_t req = {0};
    const char *path = r->uri + strlen(dir->path);
    const char *allow;
    int http_status = OK;
    ci_error_t *err = ci_route_find(
        &req.route, &allow,
        ci_config_serves(dir) == CI_SERVES_IMAGE ? ci_image_routes : ci_routes,
        r->method, path, r->pool);

    ci_counter_add(CI_COUNT_REQUESTS);
    set_common_headers(r, r->headers_out);
    allow_origin(r, dir);
    if (err && err->code == CI_METHOD_NOT_ALLOWED) {
        if (r->method_number == M_OPTIONS) {
            return send_options(r, allow);
        }
        apr_table_setn(r->headers_out, "Allow", allow);
    }
    if (!err) {
        err = check_service(r, in_flight);
    }
    if (!err) {
        err = read_request(r, dir, &req, &http_status);
    }
    if (http_status != OK) {
        return http_status;
    }
    return err ? send_error(r, dir, err) : call_endpoint(r, dir, &req);
}

int ci_bridge_serve(request_rec *r, const ci_dir_config_t *dir)
{
    apr_uint32_t *in_flight = &ci_config_server(r->server)->in_flight;
    int status =
        serve(r, dir, __atomic_add_fetch(in_flight, 1, __ATOMIC_RELAXED));

    __atomic_sub_fetch(in_flight, 1, __ATOMIC_RELAXED);
    return status;
}
