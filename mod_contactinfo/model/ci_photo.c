/* SPDX-License-Identifier: Apache-2.0 */
/* Profile photos. */
#include "model/ci_photo.h"

#include <apr_strings.h>

#include <string.h>

#include "base/ci_image.h"
#include "model/ci_contact.h"
#include "model/ci_find.h"
#include "model/ci_contact_store.h"
#include "model/ci_objects.h"

/* ---------------------------------------------------------------- make -- */

/* Bytes of the UTF-8 character at s. */
static apr_size_t character_length(const char *s)
{
    unsigned char c = (unsigned char)*s;

    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* What follows the last slash of either kind. */
static const char *without_folders(const char *name)
{
    const char *s;

    for (s = name; *s; s++) {
        if (*s == '/' || *s == '\\') {
            name = s + 1;
        }
    }
    return name;
}

/* 1 if nothing is left that tells anything. */
static int only_dots(const char *name)
{
    return name[strspn(name, ". ")] == '\0';
}

/* A name that is fit to be shown and to be quoted. */
static const char *tame(const char *name, const char *mime_type,
                        apr_pool_t *pool)
{
    const char *from = name ? without_folders(name) : "";
    char *tamed = apr_palloc(pool, strlen(from) + 1);
    char *to = tamed;
    int count = 0;
    apr_size_t length;

    for (; *from && count < CI_PHOTO_NAME_MAX; from += length) {
        length = character_length(from);
        if (ci_text_clean(from, length, 0)) {
            memcpy(to, from, length);
            to += length;
            count++;
        }
    }
    *to = '\0';
    if (!only_dots(tamed)) {
        return tamed;
    }
    return strcmp(mime_type, "image/jpeg") == 0
               ? "photo.jpg"
               : apr_pstrcat(pool, "photo.", strchr(mime_type, '/') + 1, NULL);
}

ci_error_t *ci_photo_make(ci_record_t **photo, const ci_upload_t *upload,
                          const ci_datetime_t *created, apr_pool_t *pool)
{
    ci_record_t *made = ci_record_make(&ci_photo, pool);
    ci_value_t *values = made->values;
    apr_off_t size = ci_spool_size(upload->spool);
    ci_image_t image;
    ci_error_t *err =
        ci_image_inspect(&image, ci_spool_read, upload->spool, size, pool);

    if (!err) {
        err = ci_contact_new_id(&values[CI_PHOTO_ID], pool);
    }
    if (err) {
        return err;
    }
    values[CI_PHOTO_FILE_NAME] =
        ci_value_text(tame(upload->name, image.mime_type, pool));
    values[CI_PHOTO_MIME_TYPE] = ci_value_text(image.mime_type);
    values[CI_PHOTO_SIZE] = ci_value_integer(size);
    values[CI_PHOTO_CREATED] = ci_value_datetime(created);
    *photo = made;
    return NULL;
}

/* ---------------------------------------------------------------- find -- */

ci_error_t *ci_photo_contact(ci_value_t *contact_seq, ci_store_t *store,
                             const ci_identifier_t *identifier,
                             apr_pool_t *pool)
{
    ci_record_t *contact;
    ci_error_t *err = ci_find_contact(&contact, store, identifier,
                                      CI_MASK(CI_CONTACT_SEQ), pool);

    if (!err) {
        *contact_seq = contact->values[CI_CONTACT_SEQ];
    }
    return err;
}

static ci_where_t of_contact(const ci_value_t *contact_seq)
{
    return ci_where_equal(&ci_photo, CI_PHOTO_CONTACT_SEQ, contact_seq);
}

ci_error_t *ci_photo_find(ci_record_t **photo, ci_store_t *store,
                          const ci_value_t *contact_seq, apr_pool_t *pool)
{
    ci_where_t where = of_contact(contact_seq);
    ci_select_t query = {
        .object = &ci_photo,
        .mask = ~(ci_mask_t)0,
        .nwhere = 1,
        .where = &where,
    };
    ci_error_t *err = ci_store_fetch_one(photo, store, &query, pool);

    if (!err && !*photo) {
        return ci_error_create(pool, CI_NOT_FOUND, NULL,
                               "the contact has no photo");
    }
    return err;
}

ci_error_t *ci_photo_find_file(ci_record_t **photo, ci_store_t *store,
                               const char *file_id, apr_pool_t *pool)
{
    ci_value_t id = ci_value_text(file_id);
    ci_where_t where = ci_where_equal(&ci_photo, CI_PHOTO_ID, &id);
    ci_via_t via = {&ci_photo, CI_PHOTO_CONTACT_SEQ, 1,
                    &where,    ~(ci_mask_t)0,        "PRIMARY"};
    ci_select_t query = {
        .object = &ci_contact,
        .mask = CI_MASK(CI_CONTACT_SEQ),
        .nvia = 1,
        .via = &via,
    };
    ci_rows_t rows;
    ci_error_t *err = ci_store_fetch(&rows, store, &query, pool);

    if (!err && rows.count == 0) {
        return ci_error_create(pool, CI_NOT_FOUND, "id",
                               "there is no such photo");
    }
    if (!err) {
        *photo = rows.links[0];
    }
    return err;
}

ci_error_t *ci_photo_rows_read(ci_value_t *rows, ci_store_t *store,
                               const ci_value_t *file_id, apr_int64_t first,
                               int count, apr_pool_t *pool)
{
    ci_value_t before = ci_value_integer(first - 1);
    ci_value_t after = ci_value_integer(first + count);
    ci_where_t where[] = {
        ci_where_equal(&ci_photo_chunk, CI_CHUNK_FILE, file_id),
        ci_where_equal(&ci_photo_chunk, CI_CHUNK_NUMBER, &before),
        ci_where_equal(&ci_photo_chunk, CI_CHUNK_NUMBER, &after),
    };
    ci_select_t query = {
        .object = &ci_photo_chunk,
        .mask = CI_MASK(CI_CHUNK_NUMBER) | CI_MASK(CI_CHUNK_DATA),
        .nwhere = CI_ALEN(where),
        .where = where,
    };
    const ci_value_t *values;
    apr_int64_t place;
    ci_rows_t found;
    ci_error_t *err;
    int i;

    memset(rows, 0, (apr_size_t)count * sizeof *rows);
    where[1].op = CI_OP_AFTER;
    where[2].op = CI_OP_BEFORE;
    err = ci_store_fetch(&found, store, &query, pool);
    if (!err && found.count < count) {
        return ci_error_create(pool, CI_NOT_FOUND, NULL,
                               "the photo is no longer there");
    }
    for (i = 0; !err && i < count; i++) {
        values = found.records[i]->values;
        place = values[CI_CHUNK_NUMBER].as.integer - first;
        if (place < 0 || place >= count) {
            return ci_error_server(pool, CI_INTERNAL_ERROR, APR_EGENERAL,
                                   "a row of the photo was not asked for");
        }
        rows[place] = values[CI_CHUNK_DATA];
    }
    return err;
}

/* ------------------------------------------------------------- replace -- */

typedef struct {
    const ci_record_t *photo;
    ci_spool_t *spool;
    char *bytes; /* of one row */
    ci_transaction_fn then;
    void *baton;
} replace_t;

/* A pool for the bytes of a row. Their memory goes back to the system with the
   pool: the allocator of a request keeps what it got for requests to come. */
static apr_pool_t *make_scratch(apr_pool_t *parent)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;

    apr_allocator_create(&allocator);
    apr_allocator_max_free_set(allocator, 1);
    apr_pool_create_ex(&pool, parent, NULL, allocator);
    apr_allocator_owner_set(allocator, pool);
    apr_pool_tag(pool, "ci_photo_scratch");
    return pool;
}

static ci_error_t *insert_chunk(replace_t *replace, apr_int64_t number,
                                apr_size_t length, ci_store_t *store,
                                apr_pool_t *pool)
{
    ci_record_t *chunk = ci_record_make(&ci_photo_chunk, pool);
    apr_status_t rv =
        ci_spool_read(replace->spool, (apr_off_t)(number * CI_PHOTO_CHUNK),
                      replace->bytes, length);

    if (rv != APR_SUCCESS) {
        return ci_error_server(pool, CI_INTERNAL_ERROR, rv,
                               "cannot read the photo back");
    }
    chunk->values[CI_CHUNK_FILE] = replace->photo->values[CI_PHOTO_ID];
    chunk->values[CI_CHUNK_NUMBER] = ci_value_integer(number);
    chunk->values[CI_CHUNK_DATA] = ci_value_bytes(replace->bytes, length);
    return store->methods->insert(store, &chunk, 1, pool);
}

/* Each row's memory is used again for the next one. */
static ci_error_t *insert_chunks(replace_t *replace, ci_store_t *store,
                                 apr_pool_t *pool)
{
    apr_int64_t size = replace->photo->values[CI_PHOTO_SIZE].as.integer;
    apr_int64_t offset, rest;
    ci_error_t *err = NULL;
    apr_pool_t *bytes = make_scratch(pool);
    apr_pool_t *scratch;

    apr_pool_create(&scratch, bytes);
    apr_pool_tag(scratch, "ci_photo_chunk");
    replace->bytes = apr_palloc(bytes, CI_PHOTO_CHUNK);
    for (offset = 0; !err && offset < size; offset += CI_PHOTO_CHUNK) {
        apr_pool_clear(scratch);
        rest = size - offset;
        err = insert_chunk(
            replace, offset / CI_PHOTO_CHUNK,
            (apr_size_t)(rest < CI_PHOTO_CHUNK ? rest : CI_PHOTO_CHUNK), store,
            scratch);
    }
    err = ci_error_copy(err, pool);
    apr_pool_destroy(bytes);
    return err;
}

static ci_error_t *replace_photo(void *baton, ci_store_t *store,
                                 apr_pool_t *pool)
{
    replace_t *replace = baton;
    ci_record_t *photo = ci_record_copy(replace->photo, pool);
    const ci_value_t *contact_seq = &photo->values[CI_PHOTO_CONTACT_SEQ];
    ci_error_t *err = ci_contact_lock_row(store, contact_seq, pool);

    if (!err) {
        err = ci_photo_remove(store, contact_seq, pool);
    }
    if (!err) {
        err = store->methods->insert(store, &photo, 1, pool);
    }
    if (!err) {
        err = insert_chunks(replace, store, pool);
    }
    return err || !replace->then ? err
                                 : replace->then(replace->baton, store, pool);
}

ci_error_t *ci_photo_replace(const ci_record_t *photo, ci_spool_t *spool,
                             ci_transaction_fn then, void *baton,
                             ci_store_t *store, apr_pool_t *pool)
{
    replace_t replace = {photo, spool, NULL, then, baton};

    return ci_store_transaction(store, replace_photo, &replace, pool);
}

ci_error_t *ci_photo_remove(ci_store_t *store, const ci_value_t *contact_seq,
                            apr_pool_t *pool)
{
    ci_where_t where = of_contact(contact_seq);
    apr_int64_t removed;

    return store->methods->remove(&removed, store, &ci_photo, &where, 1, pool);
}

/* -------------------------------------------------------------- answer -- */

void ci_photo_derive(ci_record_t *photo, const char *image_path,
                     apr_pool_t *pool)
{
    ci_value_t *values = photo->values;
    const char *id = ci_value_string(&values[CI_PHOTO_ID], pool);
    const char *name = ci_value_string(&values[CI_PHOTO_FILE_NAME], pool);

    values[CI_PHOTO_FILE_NAME] = ci_value_text(
        apr_pstrcat(pool, id, "_key_contacts-profilephoto_", name, NULL));
    values[CI_PHOTO_URL] =
        ci_value_text(apr_pstrcat(pool, image_path, "?id=", id, NULL));
}
