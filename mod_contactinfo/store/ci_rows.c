/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that a SELECT is answered. */
#include "store/ci_rows.h"

#include <apr_tables.h>

#include <sys/socket.h>

/* The columns of the statement: those of the wanted object, then those of the
   first via. */
typedef struct {
    ci_slot_t slots[2 * CI_MAX_COLUMNS];
    int nobject;
    int nvia;
} columns_t;

/* Where they go. */
typedef struct {
    apr_array_header_t *records;
    apr_array_header_t *links;
    apr_pool_t *pool;
} taken_t;

static void columns_of(columns_t *columns, const ci_select_t *query)
{
    columns->nobject = ci_object_columns(query->object, query->mask,
                                         CI_COLUMN | CI_JOINED, columns->slots);
    columns->nvia = 0;
    if (query->nvia && query->via[0].mask) {
        columns->nvia =
            ci_object_columns(query->via[0].object, query->via[0].mask,
                              CI_COLUMN, columns->slots + columns->nobject);
    }
}

static ci_error_t *take_row(taken_t *taken, const columns_t *columns,
                            const ci_select_t *query, ci_statement_t *statement)
{
    ci_record_t *record = ci_record_make(query->object, taken->pool);
    ci_record_t *link;
    ci_error_t *err = ci_columns_read(statement->columns, 0, columns->nobject,
                                      statement->stmt, record, taken->pool);

    APR_ARRAY_PUSH(taken->records, ci_record_t *) = record;
    if (!err && columns->nvia) {
        link = ci_record_make(query->via[0].object, taken->pool);
        err =
            ci_columns_read(statement->columns, columns->nobject, columns->nvia,
                            statement->stmt, link, taken->pool);
        APR_ARRAY_PUSH(taken->links, ci_record_t *) = link;
    }
    return err;
}

/* 1 if there is another row. A server that does not pause is never waited for:
   at the deadline the end of the connection ends its rows. */
static int next_row(int *status, MYSQL_STMT *stmt, ci_dbconn_t *conn,
                    apr_time_t deadline)
{
    if (apr_time_now() >= deadline) {
        (void)shutdown(mysql_get_socket(ci_dbconn_mysql(conn)), SHUT_RDWR);
    }
    *status = mysql_stmt_fetch(stmt);
    return *status == 0 || *status == MYSQL_DATA_TRUNCATED;
}

/* Connector/C keeps what goes wrong between two rows in the connection. */
static unsigned fetch_error(MYSQL_STMT *stmt, ci_dbconn_t *conn)
{
    return mysql_stmt_errno(stmt) ? mysql_stmt_errno(stmt)
                                  : mysql_errno(ci_dbconn_mysql(conn));
}

unsigned ci_rows_read(ci_rows_t *rows, ci_error_t **err,
                      const ci_select_t *query, ci_statement_t *statement,
                      ci_dbconn_t *conn, apr_time_t deadline, apr_pool_t *pool)
{
    taken_t taken = {apr_array_make(pool, 1, sizeof(ci_record_t *)),
                     apr_array_make(pool, 1, sizeof(ci_record_t *)), pool};
    columns_t columns;
    unsigned number;
    int status;

    *err = NULL;
    columns_of(&columns, query);
    number = ci_statement_columns(statement, conn, columns.slots,
                                  columns.nobject + columns.nvia, pool);
    if (number) {
        return number;
    }
    while (next_row(&status, statement->stmt, conn, deadline)) {
        if (!*err) {
            *err = take_row(&taken, &columns, query, statement);
        }
    }
    if (status != MYSQL_NO_DATA) {
        return fetch_error(statement->stmt, conn);
    }
    rows->count = taken.records->nelts;
    rows->records = (ci_record_t **)taken.records->elts;
    rows->links = columns.nvia ? (ci_record_t **)taken.links->elts : NULL;
    return 0;
}
