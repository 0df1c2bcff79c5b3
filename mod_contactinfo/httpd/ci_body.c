/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a request's body. */
#include "httpd/ci_private.h"

#include "httpd/ci_body.h"

#include <apr_strings.h>

#include "base/ci_sink.h"

/* Bytes asked of the filters at a time. */
#define READ_SIZE 65536

static ci_error_t *too_large(request_rec *r, apr_off_t limit)
{
    r->connection->keepalive = AP_CONN_CLOSE;
    return ci_error_create(
        r->pool, CI_PAYLOAD_TOO_LARGE, NULL,
        "expected a body of at most %" APR_OFF_T_FMT " bytes", limit);
}

/* What the filters could not read: some of it httpd answers by itself. */
static ci_error_t *read_failed(request_rec *r, apr_status_t rv,
                               int *http_status)
{
    int status = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);

    if (status == HTTP_REQUEST_ENTITY_TOO_LARGE) {
        return ci_error_create(r->pool, CI_PAYLOAD_TOO_LARGE, NULL,
                               "the body is larger than the server allows");
    }
    if (status != HTTP_BAD_REQUEST) {
        *http_status = status;
    }
    return ci_error_create(r->pool, CI_INVALID_REQUEST, NULL,
                           "the body could not be read");
}

static ci_error_t *take_bucket(apr_bucket *bucket, ci_body_fn take, void *baton,
                               request_rec *r, int *http_status)
{
    const char *data;
    apr_size_t length;
    apr_status_t rv;

    if (APR_BUCKET_IS_METADATA(bucket)) {
        return NULL;
    }
    rv = apr_bucket_read(bucket, &data, &length, APR_BLOCK_READ);
    if (rv != APR_SUCCESS) {
        return read_failed(r, rv, http_status);
    }
    return length ? take(baton, data, length) : NULL;
}

typedef struct {
    apr_off_t limit;
    apr_off_t seen;
    ci_body_fn take;
    void *baton;
    request_rec *r;
} counted_t;

static ci_error_t *take_counted(void *baton, const char *data,
                                apr_size_t length)
{
    counted_t *counted = baton;

    counted->seen += (apr_off_t)length;
    if (counted->seen > counted->limit) {
        return too_large(counted->r, counted->limit);
    }
    return counted->take(counted->baton, data, length);
}

static ci_error_t *take_brigade(apr_bucket_brigade *bb, counted_t *counted,
                                int *ended, int *http_status)
{
    ci_error_t *err = NULL;
    apr_bucket *bucket;

    for (bucket = APR_BRIGADE_FIRST(bb);
         !err && !*ended && bucket != APR_BRIGADE_SENTINEL(bb);
         bucket = APR_BUCKET_NEXT(bucket)) {
        *ended = APR_BUCKET_IS_EOS(bucket) != 0;
        err =
            take_bucket(bucket, take_counted, counted, counted->r, http_status);
    }
    return err;
}

/* The smaller one of a limit and httpd's own. */
static apr_off_t limit_of(request_rec *r, apr_off_t limit)
{
    apr_off_t most = ap_get_limit_req_body(r);

    return most > 0 && most < limit ? most : limit;
}

static ci_error_t *check_encoding(request_rec *r)
{
    const char *encoding = apr_table_get(r->headers_in, "Content-Encoding");

    if (encoding && strcasecmp(encoding, "identity") != 0) {
        return ci_error_create(r->pool, CI_UNSUPPORTED_MEDIA_TYPE, NULL,
                               "the Content-Encoding is not supported");
    }
    return NULL;
}

ci_error_t *ci_body_read(request_rec *r, apr_off_t limit, ci_body_fn take,
                         void *baton, int *http_status)
{
    apr_bucket_brigade *bb =
        apr_brigade_create(r->pool, r->connection->bucket_alloc);
    const char *announced = apr_table_get(r->headers_in, "Content-Length");
    counted_t counted = {limit_of(r, limit), 0, take, baton, r};
    ci_error_t *err = NULL;
    apr_off_t length;
    apr_status_t rv;
    int ended = 0;

    *http_status = OK;
    if (announced && ap_parse_strict_length(&length, announced) &&
        length > counted.limit) {
        return too_large(r, counted.limit);
    }
    while (!err && !ended) {
        rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES,
                            APR_BLOCK_READ, READ_SIZE);
        err = rv == APR_SUCCESS
                  ? take_brigade(bb, &counted, &ended, http_status)
                  : read_failed(r, rv, http_status);
        apr_brigade_cleanup(bb);
    }
    if (!ended) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
    return err ? err : check_encoding(r);
}

static ci_error_t *append(void *baton, const char *data, apr_size_t length)
{
    ci_sink_write(baton, data, length);
    return NULL;
}

ci_error_t *ci_body_text(const char **text, apr_size_t *length, request_rec *r,
                         apr_off_t limit, int *http_status)
{
    ci_sink_t *sink = ci_sink_create(r->pool);
    ci_error_t *err = ci_body_read(r, limit, append, sink, http_status);

    if (!err) {
        *text = ci_sink_text(sink, length, r->pool);
    }
    return err;
}
