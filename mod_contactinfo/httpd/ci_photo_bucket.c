/* SPDX-License-Identifier: Apache-2.0 */
/* A bucket whose bytes are the rows of a photo: it reads some of them at a time
   and turns into buckets of what was read. */
#include "httpd/ci_private.h"

#include "httpd/ci_photo_bucket.h"

#include "httpd/ci_service.h"
#include "httpd/ci_watch.h"
#include "model/ci_objects.h"
#include "model/ci_photo.h"
#include "store/ci_store_mysql.h"

/* A photo of so many rows is read with one statement; a longer one row by row,
   so that two rows are held at most for a client that reads slowly. */
#define ROWS_MAX 4u

/* What all pieces of one photo share. */
typedef struct {
    apr_bucket_refcount refcount; /* first: APR gets a pointer to it */
    request_rec *r;
    const ci_value_t *file_id;
    ci_scope_t scope;
    apr_size_t rows; /* that a statement reads */
} photo_t;

static void log_failure(request_rec *r, const ci_error_t *err)
{
    const char *more;
    int level;

    if (err->code == CI_NOT_FOUND) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      "CI0005: the photo was replaced while it was sent");
    }
    else {
        level = ci_watch_level(&more, r, err);
        ap_log_rerror(APLOG_MARK, level, err->rv, r,
                      "CI0006: the photo could not be sent: %s%s", err->detail,
                      more);
    }
}

/* Rows that were read together. */
typedef struct {
    apr_pool_t *pool; /* their memory and this */
    int left;         /* rows that are still in a bucket */
    ci_value_t rows[ROWS_MAX];
} rows_t;

/* What all pieces of one row share. */
typedef struct {
    apr_bucket_refcount refcount; /* first: APR gets a pointer to it */
    rows_t *of;
    const char *bytes;
} row_t;

/* ----------------------------------------------------------------- a row  */

static void row_destroy(void *data)
{
    row_t *row = data;

    if (!apr_bucket_shared_destroy(row)) {
        return;
    }
    if (--row->of->left == 0) {
        apr_pool_destroy(row->of->pool);
    }
    apr_bucket_free(row);
}

static apr_status_t row_read(apr_bucket *b, const char **str, apr_size_t *len,
                             apr_read_type_e block)
{
    const row_t *row = b->data;

    (void)block;
    *str = row->bytes + b->start;
    *len = b->length;
    return APR_SUCCESS;
}

static const apr_bucket_type_t row_type = {
    "CI_PHOTO_ROW",
    5,
    APR_BUCKET_DATA,
    row_destroy,
    row_read,
    apr_bucket_setaside_noop,
    apr_bucket_shared_split,
    apr_bucket_shared_copy,
};

static void row_make(apr_bucket *b, rows_t *of, int i, apr_size_t start,
                     apr_size_t length)
{
    row_t *row = apr_bucket_alloc(sizeof *row, b->list);

    row->of = of;
    row->bytes = of->rows[i].as.text;
    (void)apr_bucket_shared_make(b, row, (apr_off_t)start, length);
    b->type = &row_type;
}

/* Turn a bucket into those of its rows. */
static void become_rows(apr_bucket *b, rows_t *of, apr_size_t start,
                        apr_size_t length)
{
    apr_bucket *last = b, *next;
    apr_size_t piece = of->rows[0].length - start;
    int i;

    row_make(b, of, 0, start, piece < length ? piece : length);
    for (i = 1; i < of->left; i++) {
        length -= last->length;
        piece = of->rows[i].length;
        next = apr_bucket_alloc(sizeof *next, b->list);
        APR_BUCKET_INIT(next);
        next->free = apr_bucket_free;
        next->list = b->list;
        row_make(next, of, i, 0, piece < length ? piece : length);
        APR_BUCKET_INSERT_AFTER(last, next);
        last = next;
    }
}

/* ------------------------------------------------------------- the photo  */

static ci_error_t *read_rows(rows_t *of, const photo_t *photo,
                             apr_int64_t first)
{
    const ci_server_config_t *config = ci_config_server(photo->r->server);
    apr_pool_t *pool = photo->r->pool;
    ci_store_t *store;
    ci_error_t *err;
    apr_pool_t *scratch;

    apr_pool_create(&scratch, of->pool);
    store = ci_store_mysql_create(config->service->connections,
                                  apr_time_now() + ci_config_deadline(config),
                                  scratch);
    store->scope = photo->scope;
    err = ci_photo_rows_read(of->rows, store, photo->file_id, first, of->left,
                             of->pool);
    apr_pool_destroy(scratch);
    return ci_error_copy(err, pool);
}

/* 1 if all rows but the last are full and the last reaches the end. */
static int are_complete(const rows_t *of, apr_size_t end)
{
    int i;

    for (i = 0; i < of->left - 1; i++) {
        if (of->rows[i].length != CI_PHOTO_CHUNK) {
            return 0;
        }
        end -= CI_PHOTO_CHUNK;
    }
    return of->rows[i].length >= end;
}

/* The rows that hold a part of the photo. Their memory comes from the
   connection, which has it for the next ones again, and goes with the last
   bucket. */
static apr_status_t rows_create(rows_t **made, const photo_t *photo,
                                apr_off_t start, apr_size_t length)
{
    apr_size_t end = (apr_size_t)(start % CI_PHOTO_CHUNK) + length;
    apr_pool_t *pool;
    ci_error_t *err;

    apr_pool_create_ex(&pool, NULL, NULL,
                       apr_pool_allocator_get(photo->r->connection->pool));
    apr_pool_tag(pool, "ci_photo_rows");
    *made = apr_palloc(pool, sizeof **made);
    (*made)->pool = pool;
    (*made)->left = (int)((end + CI_PHOTO_CHUNK - 1) / CI_PHOTO_CHUNK);
    err = read_rows(*made, photo, start / CI_PHOTO_CHUNK);
    if (!err && !are_complete(*made, end)) {
        err = ci_error_server(photo->r->pool, CI_INTERNAL_ERROR, APR_EGENERAL,
                              "a row of its bytes is too short");
    }
    if (err) {
        apr_pool_destroy(pool);
        log_failure(photo->r, err);
        photo->r->connection->keepalive = AP_CONN_CLOSE;
    }
    return err ? APR_EGENERAL : APR_SUCCESS;
}

static void photo_destroy(void *data)
{
    if (apr_bucket_shared_destroy(data)) {
        apr_bucket_free(data);
    }
}

static apr_status_t photo_read(apr_bucket *b, const char **str, apr_size_t *len,
                               apr_read_type_e block)
{
    photo_t *photo = b->data;
    apr_size_t start = (apr_size_t)(b->start % CI_PHOTO_CHUNK);
    apr_size_t length = photo->rows * CI_PHOTO_CHUNK - start;
    apr_status_t rv;
    rows_t *rows;

    if (length > b->length) {
        length = b->length;
    }
    rv = rows_create(&rows, photo, b->start, length);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (length < b->length) {
        apr_bucket_split(b, length);
    }
    become_rows(b, rows, start, length);
    photo_destroy(photo);
    return row_read(b, str, len, block);
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
    made->rows = size <= (apr_size_t)ROWS_MAX * CI_PHOTO_CHUNK ? ROWS_MAX : 1;
    b = apr_bucket_shared_make(b, made, 0, size);
    b->type = &photo_type;
    return b;
}
