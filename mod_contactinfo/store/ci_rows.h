/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_rows.h
 * The rows that a SELECT is answered.
 */
#ifndef CI_ROWS_H
#define CI_ROWS_H

#include "store/ci_statement.h"
#include "store/ci_store.h"

/**
 * Read all rows of a statement that was executed; none are left for the next.
 * @param rows records, and what they hold, in the pool
 * @param err INTERNAL_ERROR as ci_columns_read() if a row was damaged, else
 *        NULL
 * @param query that the statement was made of
 * @param deadline at which the connection is ended, if rows still come then
 * @return 0, else the error number of server or client
 */
unsigned ci_rows_read(ci_rows_t *rows, ci_error_t **err,
                      const ci_select_t *query, ci_statement_t *statement,
                      ci_dbconn_t *conn, apr_time_t deadline, apr_pool_t *pool);

#endif
