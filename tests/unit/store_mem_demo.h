/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file store_mem_demo.h
 * A store in memory with two tenants, for tests of the model.
 */
#ifndef STORE_MEM_DEMO_H
#define STORE_MEM_DEMO_H

#include "store_mem.h"

/** Organisations: one with all kinds of references, one with a few. */
enum { DEMO = 1, OTHER = 2 };

/**
 * Make a record from JSON that names fields as answers do.
 * @param json with ' for "; words, dates and numbers as answers write them; a
 *        BLOB is given as the text that it is the SHA-256 of
 */
ci_record_t *demo_record(const ci_object_t *object, const char *json,
                         apr_pool_t *pool);

/** Add a row that is written like that. */
void demo_put(ci_store_t *store, const ci_object_t *object, const char *json,
              apr_pool_t *pool);

/** Make the two tenants and a store whose scope is DEMO. */
ci_store_t *demo_create(apr_pool_t *pool);

/** Raise or lower the generation of an organisation. */
void demo_set_generation(ci_store_t *store, apr_int64_t organisation,
                         apr_int64_t generation, apr_pool_t *pool);

#endif
