/* SPDX-License-Identifier: Apache-2.0 */
/* A contact and the rows that belong to it, stored together. */
#include "model/ci_contact_store.h"

#include "model/ci_objects.h"
#include "model/ci_relations.h"

/* Columns that never change once a contact is there. */
#define FIXED                                                                  \
    (CI_MASK(CI_CONTACT_SEQ) | CI_MASK(CI_CONTACT_ORGANISATION) |              \
     CI_MASK(CI_CONTACT_ID) | CI_MASK(CI_CONTACT_TYPE) |                       \
     CI_MASK(CI_CONTACT_LIFE_CYCLE_STATE))

static ci_error_t *insert_keys(const apr_array_header_t *keys,
                               const ci_value_t *contact_seq, ci_store_t *store,
                               apr_pool_t *pool)
{
    ci_record_t **records = (ci_record_t **)keys->elts;
    int i;

    if (keys->nelts == 0) {
        return NULL;
    }
    for (i = 0; i < keys->nelts; i++) {
        records[i]->values[CI_KEY_CONTACT_SEQ] = *contact_seq;
    }
    return store->methods->insert(store, records, keys->nelts, pool);
}

ci_error_t *ci_contact_insert(ci_record_t *contact,
                              const apr_array_header_t *rules,
                              ci_store_t *store, apr_pool_t *pool)
{
    const ci_value_t *relations = &contact->values[CI_CONTACT_RELATIONS];
    const ci_value_t *seq = &contact->values[CI_CONTACT_SEQ];
    ci_error_t *err = ci_relations_resolve(relations, store, pool);

    if (!err) {
        err = store->methods->insert(store, &contact, 1, pool);
    }
    if (!err) {
        err = insert_keys(ci_contact_keys(contact, pool), seq, store, pool);
    }
    if (!err) {
        err = ci_unique_insert(rules, contact, store, pool);
    }
    if (!err) {
        err = ci_relations_insert(relations, seq->as.integer, store, pool);
    }
    return err;
}

static int same_keys(const apr_array_header_t *a, const apr_array_header_t *b)
{
    const ci_value_t *x, *y;
    int i;

    for (i = 0; a->nelts == b->nelts && i < a->nelts; i++) {
        x = APR_ARRAY_IDX(a, i, ci_record_t *)->values;
        y = APR_ARRAY_IDX(b, i, ci_record_t *)->values;
        if (x[CI_KEY_KIND].as.integer != y[CI_KEY_KIND].as.integer ||
            !ci_value_same_text(&x[CI_KEY_VALUE], &y[CI_KEY_VALUE])) {
            return 0;
        }
    }
    return a->nelts == b->nelts;
}

static ci_error_t *replace_keys(const ci_modification_t *change,
                                ci_store_t *store, apr_pool_t *pool)
{
    apr_array_header_t *keys = ci_contact_keys(change->contact, pool);
    const ci_value_t *seq = &change->contact->values[CI_CONTACT_SEQ];
    ci_where_t where = ci_where_equal(&ci_contact_key, CI_KEY_CONTACT_SEQ, seq);
    apr_int64_t removed;
    ci_error_t *err = NULL;

    if (same_keys(change->keys, keys)) {
        return NULL;
    }
    if (change->keys->nelts) {
        err = store->methods->remove(&removed, store, &ci_contact_key, &where,
                                     1, pool);
    }
    return err ? err : insert_keys(keys, seq, store, pool);
}

static ci_error_t *update_row(const ci_modification_t *change,
                              ci_store_t *store, apr_pool_t *pool)
{
    const ci_record_t *contact = change->contact;
    ci_value_t version = ci_value_integer(change->version);
    ci_where_t where[] = {
        ci_where_equal(&ci_contact, CI_CONTACT_SEQ,
                       &contact->values[CI_CONTACT_SEQ]),
        ci_where_equal(&ci_contact, CI_CONTACT_VERSION, &version),
    };
    ci_mask_t mask = ci_object_mask(&ci_contact, CI_COLUMN) & ~FIXED;
    apr_int64_t matched;
    ci_error_t *err = store->methods->update(&matched, store, contact, mask,
                                             where, CI_ALEN(where), pool);

    if (!err && !matched) {
        err = ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_EAGAIN,
                              "the contact is being changed by others");
        err->retry = CI_STALE;
    }
    return err;
}

ci_error_t *ci_contact_update(void *baton, ci_store_t *store, apr_pool_t *pool)
{
    const ci_modification_t *change = baton;
    ci_error_t *err = update_row(change, store, pool);

    if (!err) {
        err = replace_keys(change, store, pool);
    }
    if (!err) {
        err = ci_unique_replace(change->rules, change->contact, store, pool);
    }
    if (!err) {
        err = ci_relations_change(
            change->relations,
            change->contact->values[CI_CONTACT_SEQ].as.integer, store, pool);
    }
    return err;
}

ci_error_t *ci_contact_lock_row(ci_store_t *store,
                                const ci_value_t *contact_seq, apr_pool_t *pool)
{
    ci_where_t where =
        ci_where_equal(&ci_contact_lock, CI_LOCK_CONTACT_SEQ, contact_seq);
    ci_select_t query = {
        .object = &ci_contact_lock,
        .mask = CI_MASK(CI_LOCK_CONTACT_SEQ),
        .nwhere = 1,
        .where = &where,
        .locked = 1,
    };
    ci_record_t *row;

    return ci_store_fetch_one(&row, store, &query, pool);
}

/* Columns that are never set, or null, are the same. */
static int same_column(const ci_field_t *field, const ci_value_t *a,
                       const ci_value_t *b)
{
    if (!ci_value_is_set(a) || !ci_value_is_set(b)) {
        return !ci_value_is_set(a) && !ci_value_is_set(b);
    }
    switch (field->type) {
    case CI_TYPE_INTEGER:
    case CI_TYPE_BOOLEAN:
    case CI_TYPE_TOKEN:
        return a->as.integer == b->as.integer;
    case CI_TYPE_DATETIME:
        return ci_datetime_time(&a->as.datetime) ==
               ci_datetime_time(&b->as.datetime);
    default:
        return ci_value_same_text(a, b);
    }
}

static int same_row(const ci_record_t *a, const ci_record_t *b, ci_mask_t mask)
{
    ci_slot_t slots[CI_MAX_COLUMNS];
    int i, count = ci_object_columns(&ci_contact, mask, CI_COLUMN, slots);

    for (i = 0; i < count; i++) {
        if (!same_column(slots[i].field, ci_record_at(a, slots[i]),
                         ci_record_at(b, slots[i]))) {
            return 0;
        }
    }
    return 1;
}

ci_error_t *ci_contact_is_stored(int *stored, const ci_modification_t *change,
                                 ci_store_t *store, apr_pool_t *pool)
{
    const ci_record_t *contact = change->contact;
    ci_where_t where = ci_where_equal(&ci_contact, CI_CONTACT_SEQ,
                                      &contact->values[CI_CONTACT_SEQ]);
    ci_select_t query = {
        .object = &ci_contact,
        .mask = ci_object_mask(&ci_contact, CI_COLUMN) & ~FIXED,
        .nwhere = 1,
        .where = &where,
        .revealed = 1,
    };
    ci_record_t *row = NULL;
    ci_error_t *err = NULL;

    *stored = 0;
    if (!ci_value_is_set(change->relations) || !change->relations->length) {
        err = ci_store_fetch_one(&row, store, &query, pool);
    }
    if (row) {
        *stored = same_row(row, contact, query.mask);
    }
    return err;
}
