/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots of reference data: each record is kept with its JSON text, so that
   an answer copies it. */
#include "model/ci_references.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "model/ci_objects.h"

/* All records of one kind. */
typedef struct {
    const ci_object_t *object;
    int count;
    ci_record_t **records;
    apr_hash_t *by_id; /* id -> ci_chunk_t, its JSON text */
} kind_t;

static const ci_object_t *const objects[] = {
    &ci_country,  &ci_industry,      &ci_industry_sector,
    &ci_category, &ci_privacy_level, &ci_group,
    &ci_unit,     &ci_user,
};

/* A record with its text. */
typedef struct {
    const ci_record_t *record;
    ci_chunk_t json;
} entry_t;

struct ci_references_t {
    apr_pool_t *pool; /* the snapshot and all that it holds */
    apr_int64_t organisation;
    apr_int64_t generation;
    apr_uint32_t holders; /* the cache and requests; atomic */
    kind_t kinds[CI_ALEN(objects)];
};

struct ci_reference_cache_t {
    apr_thread_mutex_t *mutex; /* held to look up and to replace */
    apr_hash_t *snapshots;     /* organisation -> ci_references_t */
};

/* -------------------------------------------------------------- loading */

/* What is read of a kind: what is shown, and what the rules need. No hash of a
   password gets here. */
static ci_mask_t mask_of(const ci_object_t *object)
{
    ci_mask_t mask = ci_object_mask(object, CI_SHOWN);

    if (object == &ci_country) {
        mask |= CI_MASK(CI_COUNTRY_CALLING_CODE);
    }
    return mask;
}

static void index_record(kind_t *kind, ci_record_t *record, ci_sink_t *sink,
                         apr_pool_t *pool)
{
    const ci_value_t *id = ci_record_role(record, CI_ROLE_KEY);
    entry_t *entry = apr_palloc(pool, sizeof *entry);
    ci_write_t write = {sink, NULL, CI_VIEW_ANSWER};

    ci_json_write(&write, record, ~(ci_mask_t)0);
    entry->record = record;
    entry->json.data = ci_sink_text(sink, &entry->json.length, pool);
    ci_sink_clear(sink);
    apr_hash_set(kind->by_id, id->as.text, id->length, entry);
}

static ci_error_t *load_kind(kind_t *kind, const ci_object_t *object,
                             ci_store_t *store, apr_pool_t *pool,
                             apr_pool_t *scratch_pool)
{
    ci_select_t query = {.object = object, .mask = mask_of(object)};
    ci_sink_t *sink = ci_sink_create(scratch_pool);
    ci_rows_t rows;
    ci_error_t *err = ci_store_fetch(&rows, store, &query, pool);
    int i;

    kind->object = object;
    kind->by_id = apr_hash_make(pool);
    kind->count = rows.count;
    kind->records = rows.records;
    for (i = 0; !err && i < rows.count; i++) {
        index_record(kind, rows.records[i], sink, pool);
    }
    return err;
}

ci_error_t *ci_references_current(apr_int64_t *generation, ci_store_t *store,
                                  apr_pool_t *pool)
{
    ci_value_t id = ci_value_integer(store->scope.organisation);
    ci_where_t where =
        ci_where_equal(&ci_organisation, CI_ORGANISATION_ID, &id);
    ci_select_t query = {
        .object = &ci_organisation,
        .mask = CI_MASK(CI_ORGANISATION_GENERATION),
        .nwhere = 1,
        .where = &where,
    };
    ci_record_t *organisation;
    ci_error_t *err = ci_store_fetch_one(&organisation, store, &query, pool);

    if (!err && !organisation) {
        err = ci_error_create(pool, CI_INVALID_TOKEN, "token",
                              "the organisation is gone");
    }
    if (!err) {
        *generation =
            organisation->values[CI_ORGANISATION_GENERATION].as.integer;
    }
    return err;
}

/* The generation is read before the data: if it changes in between, the next
   reader sees another generation and loads again. */
static ci_error_t *load(ci_references_t **loaded, ci_store_t *store,
                        apr_pool_t *scratch_pool)
{
    ci_references_t *references;
    ci_error_t *err;
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, NULL);
    apr_pool_tag(pool, "ci_references");
    references = apr_pcalloc(pool, sizeof *references);
    references->pool = pool;
    references->organisation = store->scope.organisation;
    references->holders = 1;
    err = ci_references_current(&references->generation, store, scratch_pool);
    for (i = 0; !err && i < CI_ALEN(objects); i++) {
        err = load_kind(&references->kinds[i], objects[i], store, pool,
                        scratch_pool);
    }
    if (err) {
        err = ci_error_copy(err, scratch_pool);
        apr_pool_destroy(pool);
        return err;
    }
    *loaded = references;
    return NULL;
}

/* --------------------------------------------------------------- cache - */

apr_status_t ci_reference_cache_create(ci_reference_cache_t **cache,
                                       apr_pool_t *pool)
{
    apr_pool_t *own; /* grows under the mutex, while others use the pool */
    apr_status_t rv = apr_pool_create(&own, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_pool_tag(own, "ci_reference_cache");
    *cache = apr_pcalloc(own, sizeof **cache);
    (*cache)->snapshots = apr_hash_make(own);
    return apr_thread_mutex_create(&(*cache)->mutex, APR_THREAD_MUTEX_DEFAULT,
                                   pool);
}

static apr_status_t let_go(void *data)
{
    ci_references_t *references = data;

    if (__atomic_sub_fetch(&references->holders, 1, __ATOMIC_ACQ_REL) == 0) {
        apr_pool_destroy(references->pool);
    }
    return APR_SUCCESS;
}

static ci_references_t *hold(ci_references_t *references, apr_pool_t *pool)
{
    __atomic_add_fetch(&references->holders, 1, __ATOMIC_RELAXED);
    apr_pool_cleanup_register(pool, references, let_go, apr_pool_cleanup_null);
    return references;
}

static ci_references_t *find_cached(ci_reference_cache_t *cache,
                                    apr_int64_t organisation,
                                    apr_int64_t generation, apr_pool_t *pool)
{
    ci_references_t *references;

    apr_thread_mutex_lock(cache->mutex);
    references =
        apr_hash_get(cache->snapshots, &organisation, sizeof organisation);
    if (references && generation && references->generation != generation) {
        references = NULL;
    }
    if (references) {
        hold(references, pool);
    }
    apr_thread_mutex_unlock(cache->mutex);
    return references;
}

/* Put a snapshot in the place of the one before. Of two that were loaded at the
   same time the older may win; the next reader then loads again. */
static void replace(ci_reference_cache_t *cache, ci_references_t *references,
                    apr_pool_t *pool)
{
    apr_int64_t *key = &references->organisation;
    ci_references_t *old;

    apr_thread_mutex_lock(cache->mutex);
    old = apr_hash_get(cache->snapshots, key, sizeof *key);
    apr_hash_set(cache->snapshots, key, sizeof *key, NULL);
    apr_hash_set(cache->snapshots, key, sizeof *key, references);
    hold(references, pool);
    apr_thread_mutex_unlock(cache->mutex);
    if (old) {
        let_go(old);
    }
}

ci_error_t *ci_references_get(ci_references_t **references,
                              ci_reference_cache_t *cache, ci_store_t *store,
                              apr_int64_t generation, apr_pool_t *pool)
{
    ci_error_t *err;

    *references =
        find_cached(cache, store->scope.organisation, generation, pool);
    if (*references) {
        return NULL;
    }
    err = load(references, store, pool);
    if (!err) {
        replace(cache, *references, pool);
    }
    return err;
}

apr_int64_t ci_references_generation(const ci_references_t *references)
{
    return references->generation;
}

/* ------------------------------------------------------------- look-ups  */

static const kind_t *kind_of(const ci_references_t *references,
                             const ci_object_t *object)
{
    int i;

    for (i = 0; i < CI_ALEN(objects) - 1; i++) {
        if (references->kinds[i].object == object) {
            break;
        }
    }
    return &references->kinds[i];
}

static const entry_t *find_entry(const ci_references_t *references,
                                 const ci_object_t *object,
                                 const ci_value_t *id)
{
    return apr_hash_get(kind_of(references, object)->by_id, id->as.text,
                        id->length);
}

static void write_reference(ci_sink_t *sink, void *baton,
                            const ci_object_t *object, const ci_value_t *id)
{
    const entry_t *entry = find_entry(baton, object, id);
    ci_write_t write = {sink, NULL, CI_VIEW_ANSWER};
    ci_record_t *unknown;

    if (entry) {
        ci_sink_write(sink, entry->json.data, entry->json.length);
        return;
    }
    unknown = ci_record_make(object, sink->pool);
    *ci_record_role(unknown, CI_ROLE_KEY) = *id;
    ci_json_write(&write, unknown, ~(ci_mask_t)0);
}

/* The writer's baton is not const; nothing here is written through it. */
ci_lookup_t ci_references_lookup(const ci_references_t *references)
{
    ci_lookup_t lookup = {write_reference, (void *)(apr_uintptr_t)references};

    return lookup;
}

const ci_record_t *ci_references_find(const ci_references_t *references,
                                      const ci_object_t *object,
                                      const ci_value_t *id)
{
    const entry_t *entry = find_entry(references, object, id);

    return entry ? entry->record : NULL;
}

ci_found_e ci_references_resolve(ci_value_t *id, void *baton,
                                 const ci_object_t *object,
                                 const ci_identifier_t *identifier)
{
    const kind_t *kind = kind_of(baton, object);
    ci_value_t wanted = ci_value_bytes(identifier->text, identifier->length);
    ci_found_e found = CI_FOUND_NONE;
    int i;

    for (i = 0; i < kind->count; i++) {
        if (!ci_value_same_text(
                &kind->records[i]->values[identifier->slot.outer], &wanted)) {
            continue;
        }
        if (found == CI_FOUND_ONE) {
            return CI_FOUND_SEVERAL;
        }
        found = CI_FOUND_ONE;
        *id = *ci_record_role(kind->records[i], CI_ROLE_KEY);
    }
    return found;
}
