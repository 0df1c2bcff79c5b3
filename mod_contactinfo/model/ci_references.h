/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_references.h
 * Reference data of an organisation, kept in the process.
 *
 * A snapshot holds all countries, industries, groups, users and so on of one
 * organisation at one generation and never changes. Whatever reads a contact
 * reads the organisation's generation in the same statement; when that is
 * another one, the snapshot is loaded anew, so that nothing is ever stale.
 */
#ifndef CI_REFERENCES_H
#define CI_REFERENCES_H

#include "base/ci_json_read.h"
#include "base/ci_json_write.h"
#include "store/ci_store.h"

/** One snapshot; shared by threads, read only. */
typedef struct ci_references_t ci_references_t;

/** The snapshots of one child and database. */
typedef struct ci_reference_cache_t ci_reference_cache_t;

/**
 * Make the cache.
 * @param pool of the child
 * @return what APR says if there is no mutex
 */
apr_status_t ci_reference_cache_create(ci_reference_cache_t **cache,
                                       apr_pool_t *pool);

/**
 * The snapshot of the store's organisation.
 * @param references valid until the pool is cleared
 * @param generation that it must have; 0: whatever is at hand
 * @param pool of the request
 * @return what the store returned when it had to be loaded
 */
ci_error_t *ci_references_get(ci_references_t **references,
                              ci_reference_cache_t *cache, ci_store_t *store,
                              apr_int64_t generation, apr_pool_t *pool);

/** Read the present generation of the store's organisation. */
ci_error_t *ci_references_current(apr_int64_t *generation, ci_store_t *store,
                                  apr_pool_t *pool);

/** The generation of a snapshot. */
apr_int64_t ci_references_generation(const ci_references_t *references);

/** How the JSON writer writes references. */
ci_lookup_t ci_references_lookup(const ci_references_t *references);

/**
 * For ci_read_t.resolve; the baton is the snapshot. Texts compare as bytes.
 */
ci_found_e ci_references_resolve(ci_value_t *id, void *baton,
                                 const ci_object_t *object,
                                 const ci_identifier_t *identifier);

/** The record with an id, or NULL. */
const ci_record_t *ci_references_find(const ci_references_t *references,
                                      const ci_object_t *object,
                                      const ci_value_t *id);

#endif
