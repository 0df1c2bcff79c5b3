/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_bind.h
 * Values to and from the client library's bindings: one row a type.
 */
#ifndef CI_BIND_H
#define CI_BIND_H

#include <mysql.h>

#include "base/ci_error.h"
#include "base/ci_record.h"

/** Parameters of one execution. */
typedef struct {
    MYSQL_BIND *binds;
    MYSQL_TIME *times; /**< room for the dates among them */
    int count;
    int room;
} ci_params_t;

/** Make room for parameters, in the pool. */
void ci_params_init(ci_params_t *params, int room, apr_pool_t *pool);

/**
 * Bind the next parameter.
 * @param field its type
 * @param value must live until the statement was executed; NULL or not set
 *        binds NULL
 */
void ci_params_add(ci_params_t *params, const ci_field_t *field,
                   const ci_value_t *value);

/** Bind the next parameter to an integer that lives until the execution. */
void ci_params_add_integer(ci_params_t *params, const apr_int64_t *integer);

/** Where the columns of one statement's rows arrive. */
typedef struct ci_columns_t ci_columns_t;

/**
 * Make room for the columns of a statement, in the pool, which must live as
 * long as the statement.
 * @param slots copied
 */
ci_columns_t *ci_columns_make(const ci_slot_t *slots, int count,
                              apr_pool_t *pool);

/** The bindings, for mysql_stmt_bind_result(). */
MYSQL_BIND *ci_columns_binds(ci_columns_t *columns);

/**
 * Whether what a statement was answered is what the columns were made for: as
 * many, and of types that the bindings can take.
 */
int ci_columns_fit(const ci_columns_t *columns, MYSQL_STMT *stmt);

/**
 * Copy the row that was just fetched.
 * @param from first column of this record among those of the statement
 * @param count its columns
 * @param record values go to its slots; texts are copied to the pool
 * @return INTERNAL_ERROR for a word, number, length or NULL that the table of
 *         the object does not know: the row was damaged from outside
 */
ci_error_t *ci_columns_read(ci_columns_t *columns, int from, int count,
                            MYSQL_STMT *stmt, ci_record_t *record,
                            apr_pool_t *pool);

#endif
