/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_statement.h
 * Prepared statements of one connection: prepared when first needed, kept as
 * long as the connection.
 *
 * A statement is known by its shape (verb, object, fields, conditions), which
 * is cheaper to compare than its text.
 */
#ifndef CI_STATEMENT_H
#define CI_STATEMENT_H

#include "store/ci_bind.h"
#include "store/ci_dbpool.h"
#include "store/ci_shape.h"

typedef struct {
    MYSQL_STMT *stmt;
    ci_columns_t *columns; /**< NULL unless it is a SELECT */
    int kept;              /**< 0: closed by ci_statement_done() */
    apr_pool_t *pool;      /**< it is closed with this pool at the latest */
} ci_statement_t;

/** How to make the text of a statement that is not prepared yet. */
typedef const char *(*ci_statement_text_fn)(const void *baton,
                                            apr_pool_t *pool);

/**
 * Find or prepare a statement.
 * @param conn the calling thread's
 * @param text makes the SQL
 * @param pool of the request
 * @return 0 or the database's error number; a statement that was refused has
 *         the message and is to be done with all the same; without a statement
 *         the connection has it
 */
unsigned ci_statement_get(ci_statement_t **statement, ci_dbconn_t *conn,
                          const ci_shape_t *shape, ci_statement_text_fn text,
                          const void *baton, apr_pool_t *pool);

/**
 * Say where the rows of a SELECT that was executed arrive, if it is a new one.
 * @return 0 or the error number; CR_NEW_STMT_METADATA if the answer has other
 *         columns than those
 */
unsigned ci_statement_columns(ci_statement_t *statement, ci_dbconn_t *conn,
                              const ci_slot_t *slots, int count,
                              apr_pool_t *pool);

/**
 * Bind and execute.
 * @return 0 or the error number; the message is mysql_stmt_error()
 */
unsigned ci_statement_execute(ci_statement_t *statement, ci_params_t *params);

/**
 * Done with the statement for this time: its rows, its insert id and its count
 * are gone. Comes before the connection is given back.
 */
void ci_statement_done(ci_statement_t *statement);

#endif
