/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file store_mem.h
 * A second ci_store_t: rows in memory, for tests that have no database.
 *
 * It keeps the promises of ci_store.h: tenant, clearance, joined columns,
 * unique keys, columns that may not be null, guarded inserts and updates,
 * transactions that roll back. It knows no foreign keys. Rows of a fetch that
 * is not ordered come in reverse, so that nobody relies on the order of
 * insertion. Several stores may share one database and one thread each; one of
 * them may write.
 */
#ifndef STORE_MEM_H
#define STORE_MEM_H

#include "store/ci_store.h"

/** Make a database without rows and a store on it; both live in the pool. */
ci_store_t *store_mem_create(apr_pool_t *pool);

/** Make another store on the database of a store. */
ci_store_t *store_mem_open(ci_store_t *store, apr_pool_t *pool);

/**
 * Add a row as it is, with its own tenant; not counted as a call.
 * @param record its columns are copied; without a sequence it gets the next
 * @return the sequence, or 0 if the object has none
 */
apr_int64_t store_mem_put(ci_store_t *store, const ci_record_t *record);

/** Remove all rows of an object. */
void store_mem_clear(ci_store_t *store, const ci_object_t *object);

/** How many rows of an object there are, of all tenants. */
int store_mem_count(ci_store_t *store, const ci_object_t *object);

/** A row by its place; it must not be changed. */
const ci_record_t *store_mem_row(ci_store_t *store, const ci_object_t *object,
                                 int index);

/** All rows as text: what is equal here is equal. */
const char *store_mem_dump(ci_store_t *store, apr_pool_t *pool);

/**
 * Let the n-th call from now fail: fetch, insert, insert_if, update, remove,
 * begin and commit count. What fails has no effect.
 * @param n counted from 1; 0: none
 * @param error copied when it is returned
 */
void store_mem_fail(ci_store_t *store, int n, const ci_error_t *error);

/** The same, but what fails has its effect: its answer was lost. */
void store_mem_fail_late(ci_store_t *store, int n, const ci_error_t *error);

/** As store_mem_fail(), and all calls behind it fail, too. */
void store_mem_go_down(ci_store_t *store, int n, const ci_error_t *error);

/** What others do meanwhile, by way of a store of their own. */
typedef void (*store_mem_hook_fn)(void *baton);

/** Call a function before each begin and each insert_if; NULL: none. */
void store_mem_hook(ci_store_t *store, store_mem_hook_fn hook, void *baton);

/** Calls since the store was made or store_mem_fail() was called. */
int store_mem_calls(ci_store_t *store);

/** 1 between begin and the commit or rollback that follows; a release in
    between makes it so for good. */
int store_mem_in_transaction(ci_store_t *store);

#endif
