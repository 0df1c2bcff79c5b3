/* SPDX-License-Identifier: Apache-2.0 */
/* A bucket whose bytes are the rows of a photo. */
#include "httpd/ci_private.h"

#include "httpd/ci_photo_bucket.h"

#include <stdlib.h>

#include "httpd/ci_service.h"
#include "model/ci_objects.h"
#include "model/ci_photo.h"
#include "store/ci_store_mysql.h"

/* What all pieces of one photo share. */
typedef struct {
    apr_bucket_refcount refcount; /* first: APR gets a pointer to it */
    request_rec *r;
    const ci_value_t *file_id;
    ci_scope_t scope;
} photo_t;

static void log_failure(request_rec *r, const ci_error_t *err)
{
    if (err->code == CI_NOT_FOUND) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      "CI0005: the photo was replaced while it was sent");
    }
    else {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, err->rv, r,
                      "CI0006: the photo could not be sent: %s", err->detail);
    }
}

/* Copy bytes of one row. */
static ci_error_t *copy_bytes(char *bytes, const photo_t *photo,
                              apr_off_t offset, apr_size_t length,
                              apr_pool_t *pool)
{
    const ci_server_config_t *config = ci_config_server(photo->r->server);
    ci_store_t *store = ci_store_mysql_create(
        config->service->connections,
        apr_time_now() + ci_config_deadline(config), pool);
    apr_size_t skipped = (apr_size_t)(offset % CI_PHOTO_CHUNK);
    ci_value_t data;
    ci_error_t *err;

    store->scope = photo->scope;
    err = ci_photo_chunk_read(&data, store, photo->file_id,
                              offset / CI_PHOTO_CHUNK, pool);
    store->methods->release(store);
    if (err) {
        return err;
    }
    if (data.length < skipped + length) {
        return ci_error_server(pool, CI_INTERNAL_ERROR, APR_EGENERAL,
                               "a row of its bytes is too short");
    }
    memcpy(bytes, data.as.text + skipped, length);
    return NULL;
}

static apr_status_t read_bytes(char *bytes, const photo_t *photo,
                               apr_off_t offset, apr_size_t length)
{
    apr_pool_t *pool = ci_photo_scratch(photo->r->pool);
    ci_error_t *err;

    err = copy_bytes(bytes, photo, offset, length, pool);
    if (err) {
        log_failure(photo->r, err);
        photo->r->connection->keepalive = AP_CONN_CLOSE;
    }
    apr_pool_destroy(pool);
    return err ? APR_EGENERAL : APR_SUCCESS;
}

static void photo_destroy(void *data)
{
    if (apr_bucket_shared_destroy(data)) {
        apr_bucket_free(data);
    }
}

/* As much as is in one row. */
static apr_status_t photo_read(apr_bucket *b, const char **str, apr_size_t *len,
                               apr_read_type_e block)
{
    photo_t *photo = b->data;
    apr_size_t length =
        CI_PHOTO_CHUNK - (apr_size_t)(b->start % CI_PHOTO_CHUNK);
    apr_status_t rv;
    char *bytes;

    (void)block;
    if (length > b->length) {
        length = b->length;
    }
    bytes = ap_malloc(length);
    rv = read_bytes(bytes, photo, b->start, length);
    if (rv != APR_SUCCESS) {
        free(bytes);
        return rv;
    }
    if (length < b->length) {
        apr_bucket_split(b, length);
    }
    apr_bucket_heap_make(b, bytes, length, free);
    photo_destroy(photo);
    *str = bytes;
    *len = length;
    return APR_SUCCESS;
}

static const apr_bucket_type_t photo_type = {
    "CI_PHOTO",
    5,
    APR_BUCKET_DATA,
    photo_destroy,
    photo_read,
    apr_bucket_setaside_noop,
    apr_bucket_shared_split,
    apr_bucket_shared_copy,
};

apr_bucket *ci_photo_bucket_create(request_rec *r, const ci_record_t *photo,
                                   const ci_scope_t *scope,
                                   apr_bucket_alloc_t *list)
{
    apr_size_t size = (apr_size_t)photo->values[CI_PHOTO_SIZE].as.integer;
    apr_bucket *b = apr_bucket_alloc(sizeof *b, list);
    photo_t *made = apr_bucket_alloc(sizeof *made, list);

    APR_BUCKET_INIT(b);
    b->free = apr_bucket_free;
    b->list = list;
    made->r = r;
    made->file_id = &photo->values[CI_PHOTO_ID];
    made->scope = *scope;
    b = apr_bucket_shared_make(b, made, 0, size);
    b->type = &photo_type;
    return b;
}
