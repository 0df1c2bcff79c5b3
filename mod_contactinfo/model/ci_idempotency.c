/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that may be repeated. */
#include "model/ci_idempotency.h"

#include <apr_strings.h>

#include "model/ci_find.h"
#include "model/ci_objects.h"

#define KEPT apr_time_from_sec(24 * 3600)

#define KEY_COLUMNS 3 /* besides the tenant */

static const char header[] = "Idempotency-Key";

static int is_key(const char *text)
{
    apr_size_t length = strlen(text);
    apr_size_t i;

    for (i = 0; i < length; i++) {
        if (text[i] < '!' || text[i] > '~') {
            return 0;
        }
    }
    return length >= 1 && length <= CI_IDEMPOTENCY_KEY_MAX;
}

ci_error_t *ci_idempotency_make(ci_idempotency_t **idempotency,
                                const char *text, const char *operation,
                                const ci_session_t *session, apr_time_t now,
                                apr_pool_t *pool)
{
    *idempotency = NULL;
    if (!text) {
        return NULL;
    }
    if (!is_key(text)) {
        return ci_error_create(pool, CI_INVALID_REQUEST, header,
                               "expected 1 to %d visible characters",
                               CI_IDEMPOTENCY_KEY_MAX);
    }
    *idempotency = apr_pcalloc(pool, sizeof **idempotency);
    (*idempotency)->user = session->user;
    (*idempotency)->operation = operation;
    (*idempotency)->now = now;
    ci_digest_make(&(*idempotency)->key, text, strlen(text));
    return NULL;
}

static ci_value_t digest_value(const ci_digest_t *digest)
{
    return ci_value_bytes((const char *)digest->bytes, sizeof digest->bytes);
}

/* The conditions of its primary key, with the memory that they point to. */
typedef struct {
    ci_value_t values[KEY_COLUMNS];
    ci_where_t where[KEY_COLUMNS];
} primary_key_t;

static void primary_key(primary_key_t *key, const ci_idempotency_t *of)
{
    static const int rows[] = {CI_IDEMPOTENCY_USER, CI_IDEMPOTENCY_OPERATION,
                               CI_IDEMPOTENCY_KEY};
    int i;

    key->values[0] = ci_value_text(of->user);
    key->values[1] = ci_value_text(of->operation);
    key->values[2] = digest_value(&of->key);
    for (i = 0; i < CI_ALEN(rows); i++) {
        key->where[i] =
            ci_where_equal(&ci_idempotency, rows[i], &key->values[i]);
    }
}

/* The contact that an answer is about must still be there for the caller. */
static ci_error_t *check_contact(const ci_value_t *id, ci_store_t *store,
                                 apr_pool_t *pool)
{
    ci_identifier_t identifier = {
        {&ci_contact.fields[CI_CONTACT_ID], CI_CONTACT_ID, -1},
        id->as.text,
        id->length,
    };
    ci_record_t *contact;

    return ci_value_is_set(id) ? ci_find_contact(&contact, store, &identifier,
                                                 CI_MASK(CI_CONTACT_SEQ), pool)
                               : NULL;
}

static ci_error_t *forget(const primary_key_t *key, ci_store_t *store,
                          apr_pool_t *pool)
{
    apr_int64_t removed;

    return store->methods->remove(&removed, store, &ci_idempotency, key->where,
                                  CI_ALEN(key->where), pool);
}

ci_error_t *ci_idempotency_find(const ci_value_t **answer,
                                const ci_idempotency_t *idempotency,
                                ci_store_t *store, apr_pool_t *pool)
{
    primary_key_t key;
    ci_select_t query = {
        .object = &ci_idempotency,
        .mask =
            CI_MASK(CI_IDEMPOTENCY_REQUEST) | CI_MASK(CI_IDEMPOTENCY_CONTACT) |
            CI_MASK(CI_IDEMPOTENCY_ANSWER) | CI_MASK(CI_IDEMPOTENCY_CREATED),
        .nwhere = CI_ALEN(key.where),
        .where = key.where,
    };
    ci_value_t request = digest_value(&idempotency->request);
    ci_record_t *row;
    ci_error_t *err;

    *answer = NULL;
    primary_key(&key, idempotency);
    err = ci_store_fetch_one(&row, store, &query, pool);
    if (err || !row) {
        return err;
    }
    if (ci_datetime_time(&row->values[CI_IDEMPOTENCY_CREATED].as.datetime) +
            KEPT <
        idempotency->now) {
        return forget(&key, store, pool);
    }
    if (!ci_value_same_text(&row->values[CI_IDEMPOTENCY_REQUEST], &request)) {
        return ci_error_create(pool, CI_CONFLICT, header,
                               "the key was used with other content");
    }
    *answer = &row->values[CI_IDEMPOTENCY_ANSWER];
    return check_contact(&row->values[CI_IDEMPOTENCY_CONTACT], store, pool);
}

ci_error_t *ci_idempotency_store(const ci_idempotency_t *idempotency,
                                 const ci_value_t *contact_id,
                                 const char *answer, apr_size_t length,
                                 ci_store_t *store, apr_pool_t *pool)
{
    ci_record_t *row = ci_record_make(&ci_idempotency, pool);
    ci_value_t *values = row->values;
    ci_datetime_t now;

    values[CI_IDEMPOTENCY_USER] = ci_value_text(idempotency->user);
    values[CI_IDEMPOTENCY_OPERATION] = ci_value_text(idempotency->operation);
    values[CI_IDEMPOTENCY_KEY] = digest_value(&idempotency->key);
    values[CI_IDEMPOTENCY_REQUEST] = digest_value(&idempotency->request);
    values[CI_IDEMPOTENCY_CONTACT] = *contact_id;
    values[CI_IDEMPOTENCY_STATUS] = ci_value_integer(200);
    values[CI_IDEMPOTENCY_ANSWER] = ci_value_bytes(answer, length);
    ci_datetime_now(&now, idempotency->now);
    values[CI_IDEMPOTENCY_CREATED] = ci_value_datetime(&now);
    return store->methods->insert(store, &row, 1, pool);
}
