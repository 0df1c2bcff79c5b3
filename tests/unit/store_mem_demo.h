/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file store_mem_demo.h
 * A store in memory with two tenants, for tests of the model and of the
 * endpoints; store_mem_demo.c shows what is in it.
 */
#ifndef STORE_MEM_DEMO_H
#define STORE_MEM_DEMO_H

#include "store_mem.h"

/** Organisations: one with all kinds of references, one with a few. */
enum { DEMO = 1, OTHER = 2 };

/** The generation of DEMO. */
#define DEMO_GENERATION 7

/** Password of the user "admin" of DEMO, and its bcrypt hash, cost 4. */
#define DEMO_PASSWORD "open sesame"
#define DEMO_HASH     "$2y$04$/ubPHX9od1elfbCM1ljCwuPeH4aNjI9cYm1i7B5.krJMzW7cac7B2"

/** Web API keys of "admin" and of "locked". */
#define DEMO_KEY        "key of admin"
#define DEMO_LOCKED_KEY "key of locked"

/** JSON that is written with ' for ". */
const char *demo_quotes(const char *json, apr_pool_t *pool);

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
