/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file store_mem_table.h
 * The tables of store_mem.c: rows, joined columns, what a table refuses.
 */
#ifndef STORE_MEM_TABLE_H
#define STORE_MEM_TABLE_H

#include <apr_tables.h>
#include <apr_thread_mutex.h>

#include "base/ci_error.h"
#include "base/ci_record.h"
#include "store/ci_store.h"

/** More than there are objects. */
#define MAX_TABLES 32

/** The rows of one object. */
typedef struct {
    apr_array_header_t *rows; /* const ci_record_t *, in order of insertion */
    apr_int64_t sequence;     /* the last one that was given */
} table_t;

/** All rows of all tenants. */
typedef struct {
    apr_pool_t *pool;
    apr_thread_mutex_t *mutex;
    table_t tables[MAX_TABLES]; /* in the order of ci_objects */
} database_t;

/** Smaller than, equal to or greater than 0, as a to b. */
int mem_order(apr_int64_t a, apr_int64_t b);

/** The same of two values that are set. */
int mem_compare(const ci_field_t *field, const ci_value_t *a,
                const ci_value_t *b);

/** 1 if both are set and equal. */
int mem_equal(const ci_field_t *field, const ci_value_t *a,
              const ci_value_t *b);

/** 1 if a row meets a condition. */
int mem_meets(const ci_record_t *row, const ci_where_t *where);

/**
 * Copy some columns, and what they point to; what is absent becomes null.
 * @param flags CI_COLUMN, CI_JOINED or both
 */
void mem_copy(ci_record_t *into, const ci_record_t *from, ci_mask_t mask,
              unsigned flags, apr_pool_t *pool);

/** The same into a record of its own. */
ci_record_t *mem_project(const ci_record_t *row, ci_mask_t mask, unsigned flags,
                         apr_pool_t *pool);

/** The table of an object, which must have one. */
table_t *mem_table(database_t *db, const ci_object_t *object);

const ci_record_t *mem_row(const table_t *table, int index);

/** The organisation of a row, or NULL. */
const ci_record_t *mem_organisation(database_t *db, const ci_record_t *row);

/** A row with its joined columns, in the pool; NULL if the joins drop it. */
ci_record_t *mem_view(database_t *db, const ci_record_t *row, apr_pool_t *pool);

/**
 * What a table says of a row that is to stand among others.
 * @return INTERNAL_ERROR for a column that cannot be null, CONFLICT for a
 *         duplicate key
 */
ci_error_t *mem_check(const apr_array_header_t *rows, const ci_record_t *row,
                      apr_pool_t *pool);

/** All rows of all tables as text. */
const char *mem_dump(database_t *db, apr_pool_t *pool);

#endif
