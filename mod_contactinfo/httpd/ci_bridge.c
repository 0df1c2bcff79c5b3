/* SPDX-License-Identifier: Apache-2.0 */
/* From httpd to the endpoints and back. */
#include "httpd/ci_private.h"

#include "httpd/ci_bridge.h"

#include <apr_base64.h>
#include <apr_strings.h>

#include "base/ci_json_read.h"
#include "endpoint/ci_envelope.h"
#include "httpd/ci_body.h"
#include "httpd/ci_mask.h"
#include "httpd/ci_service.h"
#include "store/ci_store_mysql.h"

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

static void set_headers(request_rec *r)
{
    apr_table_t *headers = r->headers_out;

    ap_set_content_type(r, "application/json");
    apr_table_setn(headers, "Cache-Control", "private, no-cache");
    apr_table_setn(headers, "X-Content-Type-Options", "nosniff");
    apr_table_setn(headers, "Referrer-Policy", "no-referrer");
    apr_table_setn(headers, "X-Request-Id", request_id(r));
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

/* A client that has gone is no error of ours: httpd notes it. */
static int send_answer(request_rec *r, ci_sink_t *sink)
{
    set_headers(r);
    ap_set_content_length(r, (apr_off_t)ci_sink_length(sink));
    (void)ap_pass_brigade(r->output_filters, brigade_of(r, sink));
    return OK;
}

static void log_error(request_rec *r, const ci_error_t *err)
{
    if (ci_codes[err->code].status >= 500) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, err->rv, r, "CI0003: %s: %s",
                      ci_codes[err->code].name, err->detail);
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
    int status = ci_codes[err->code].status;

    request_id(r);
    log_error(r, err);
    if (err->code == CI_INVALID_TOKEN) {
        apr_table_setn(r->headers_out, "WWW-Authenticate", "Bearer");
    }
    if (err->retry_after) {
        apr_table_setn(r->headers_out, "Retry-After",
                       apr_itoa(r->pool, err->retry_after));
    }
    if (ci_config_is_compat(dir) && status < 500 &&
        err->code != CI_PRECONDITION_FAILED) {
        status = HTTP_OK;
    }
    r->status = status;
    ci_envelope_error(sink, err);
    return send_answer(r, sink);
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
    err = ci_json_parse(&json, text, length, r->pool);
    if (err && !claims_json(r)) {
        return ci_error_create(r->pool, CI_UNSUPPORTED_MEDIA_TYPE, NULL,
                               "expected a JSON object");
    }
    req->json = json;
    return err;
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
    read_authorization(r, req);
    if (req->route->flags & CI_ROUTE_BODY) {
        err = read_json(r, dir, req, http_status);
    }
    return err;
}

/* -------------------------------------------------------------- serving  */

static ci_error_t *call_endpoint(request_rec *r, const ci_dir_config_t *dir,
                                 const ci_request_t *req, ci_response_t *res)
{
    const ci_server_config_t *config = ci_config_server(r->server);
    ci_settings_t settings = {
        .default_country = dir->default_country,
        .token_lifetime = ci_config_token_lifetime(config),
    };
    ci_endpoint_t ep = {
        .references = config->service->references,
        .tokens = config->service->tokens,
        .gate = ci_service_gate(r->pool),
        .settings = &settings,
        .now = apr_time_now(),
        .pool = r->pool,
    };

    ep.store =
        ci_store_mysql_create(config->service->connections,
                              ep.now + ci_config_deadline(config), r->pool);
    return ci_endpoint_serve(&ep, req, res);
}

static ci_error_t *check_service(request_rec *r)
{
    if (ci_config_server(r->server)->service) {
        return NULL;
    }
    return ci_error_server(r->pool, CI_SERVICE_UNAVAILABLE, APR_EGENERAL,
                           "this host has no ContactInfoDBOptionFile");
}

static int send_options(request_rec *r, const char *allow)
{
    apr_table_setn(r->headers_out, "Allow", allow);
    r->status = HTTP_NO_CONTENT;
    set_headers(r);
    return OK;
}

int ci_bridge_serve(request_rec *r, const ci_dir_config_t *dir)
{
    ci_request_t req = {0};
    ci_response_t res = {ci_sink_create(r->pool), 0};
    const char *path = r->uri + strlen(dir->path);
    const char *allow;
    int http_status = OK;
    ci_error_t *err =
        ci_route_find(&req.route, &allow, r->method, path, r->pool);

    if (err && err->code == CI_METHOD_NOT_ALLOWED) {
        if (r->method_number == M_OPTIONS) {
            return send_options(r, allow);
        }
        apr_table_setn(r->headers_out, "Allow", allow);
    }
    if (!err) {
        err = check_service(r);
    }
    if (!err) {
        err = read_request(r, dir, &req, &http_status);
    }
    if (http_status != OK) {
        return http_status;
    }
    if (!err) {
        err = call_endpoint(r, dir, &req, &res);
    }
    return err ? send_error(r, dir, err) : send_answer(r, res.sink);
}
