/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_dbadmin.h
 * What administration asks of the database beside rows of objects: scripts, and
 * statements that no object describes.
 *
 * It has a connection of its own, outside the store's transactions. Only
 * contactinfoctl uses it; the module never does.
 */
#ifndef CI_DBADMIN_H
#define CI_DBADMIN_H

#include <apr_tables.h>

#include "base/ci_error.h"
#include "store/ci_dbpool.h"

typedef struct ci_dbadmin_t ci_dbadmin_t;

/** What a statement gave. */
typedef struct {
    const char *const *const *rows; /**< texts by row and column; NULL: NULL */
    int count;                      /**< rows */
    apr_int64_t affected;           /**< rows that it changed */
} ci_dbresult_t;

/**
 * Take a connection; it is closed, and with it whatever GET_LOCK() got, when
 * the pool is cleared. It waits a day for an answer: scripts may be slow.
 * @param admin lives in the pool
 * @param connections outlives the pool
 * @param deadline of connecting
 * @return SERVICE_UNAVAILABLE with what the server said as detail
 */
ci_error_t *ci_dbadmin_open(ci_dbadmin_t **admin, ci_dbpool_t *connections,
                            apr_time_t deadline, apr_pool_t *pool);

/** Wait no longer than that for each following answer. */
void ci_dbadmin_set_patience(ci_dbadmin_t *admin, apr_interval_time_t patience);

/**
 * Execute one prepared statement.
 * @param result NULL if it is of no interest; lives in the pool
 * @param what for the error's detail
 * @param parameters nparameters texts ended by NUL, bound in order
 * @return as of ci_dberror_make()
 */
ci_error_t *ci_dbadmin_query(ci_dbresult_t *result, ci_dbadmin_t *admin,
                             const char *what, const char *sql,
                             const apr_array_header_t *parameters,
                             apr_pool_t *pool);

/**
 * Execute a script: statements separated by semicolons, sent as one batch.
 * What stood before the statement that failed has been done.
 * @param what for the error, which also counts the statements up to the failed
 * one
 * @param length bytes; at most what max_allowed_packet of the server admits
 * @return SERVICE_UNAVAILABLE if the connection was lost, CONFLICT with what
 *         the server said for anything else; retry is CI_TRANSIENT if it did
 *         not get a lock
 */
ci_error_t *ci_dbadmin_script(ci_dbadmin_t *admin, const char *what,
                              const char *sql, apr_size_t length,
                              apr_pool_t *pool);

#endif
