/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts, and statements that no object describes. */
#include "store/ci_dbadmin.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <errmsg.h>
#include <mysql.h>
#include <string.h>

#include "store/ci_dbconnect.h"
#include "store/ci_dberror.h"

/* How long an answer is awaited. */
#define PATIENCE apr_time_from_sec(86400)

struct ci_dbadmin_t {
    ci_dbconn_t *conn;
    apr_interval_time_t patience;
};

/* One statement on its way. */
typedef struct {
    const char *what;
    MYSQL_STMT *stmt;
    apr_pool_t *pool;
} call_t;

static apr_status_t close_connection(void *data)
{
    ci_dbadmin_t *admin = data;

    ci_dbpool_discard(admin->conn);
    return APR_SUCCESS;
}

ci_error_t *ci_dbadmin_open(ci_dbadmin_t **admin, ci_dbpool_t *connections,
                            apr_time_t deadline, apr_pool_t *pool)
{
    ci_dbadmin_t *made = apr_pcalloc(pool, sizeof *made);
    apr_status_t rv = ci_dbpool_acquire(&made->conn, connections, deadline);
    ci_dbfailure_t last;

    if (rv != APR_SUCCESS) {
        ci_dbpool_last_error(connections, &last);
        return ci_error_server(pool, CI_SERVICE_UNAVAILABLE, rv,
                               "no connection to the database (%u: %s)",
                               last.code, last.text);
    }
    apr_pool_cleanup_register(pool, made, close_connection,
                              apr_pool_cleanup_null);
    made->patience = PATIENCE;
    *admin = made;
    return NULL;
}

void ci_dbadmin_set_patience(ci_dbadmin_t *admin, apr_interval_time_t patience)
{
    admin->patience = patience;
}

/* The connection, for one more answer. */
static MYSQL *wait_on(ci_dbadmin_t *admin)
{
    ci_dbconnect_wait_until(apr_time_now() + admin->patience);
    return ci_dbconn_mysql(admin->conn);
}

static ci_error_t *failed(const call_t *call)
{
    return ci_dberror_make(call->pool, call->what, mysql_stmt_errno(call->stmt),
                           mysql_stmt_error(call->stmt));
}

/* ------------------------------------------------------------- queries --- */

static ci_error_t *execute(const call_t *call, const char *sql,
                           const apr_array_header_t *parameters)
{
    int i, n = parameters ? parameters->nelts : 0;
    MYSQL_BIND *binds =
        apr_pcalloc(call->pool, ((apr_size_t)n + 1) * sizeof *binds);
    const char *text;

    for (i = 0; i < n; i++) {
        text = APR_ARRAY_IDX(parameters, i, const char *);
        binds[i].buffer_type = MYSQL_TYPE_STRING;
        binds[i].buffer = apr_pstrdup(call->pool, text);
        binds[i].buffer_length = (unsigned long)strlen(text);
    }
    if (mysql_stmt_prepare(call->stmt, sql, (unsigned long)strlen(sql))) {
        return failed(call);
    }
    if (mysql_stmt_param_count(call->stmt) != (unsigned long)n) {
        return ci_dberror_make(call->pool, call->what, CR_INVALID_PARAMETER_NO,
                               "another number of parameters");
    }
    if (mysql_stmt_bind_param(call->stmt, binds) ||
        mysql_stmt_execute(call->stmt)) {
        return failed(call);
    }
    return NULL;
}

/* One value of the current row, fetched into memory of its size. */
static ci_error_t *read_value(const char **value, const call_t *call,
                              const MYSQL_BIND *column, unsigned i)
{
    MYSQL_BIND bind = *column;

    *value = NULL;
    if (*column->is_null) {
        return NULL;
    }
    bind.buffer_length = *column->length + 1;
    bind.buffer = apr_pcalloc(call->pool, bind.buffer_length);
    if (mysql_stmt_fetch_column(call->stmt, &bind, i, 0)) {
        return failed(call);
    }
    *value = bind.buffer;
    return NULL;
}

static ci_error_t *read_row(apr_array_header_t *rows, const call_t *call,
                            const MYSQL_BIND *columns, unsigned ncolumns)
{
    const char **row = apr_pcalloc(call->pool, ncolumns * sizeof *row);
    ci_error_t *err = NULL;
    unsigned i;

    for (i = 0; !err && i < ncolumns; i++) {
        err = read_value(&row[i], call, &columns[i], i);
    }
    APR_ARRAY_PUSH(rows, const char *const *) = row;
    return err;
}

/* Columns without room: each value says its length and is then fetched. */
static MYSQL_BIND *make_columns(const call_t *call, unsigned ncolumns)
{
    MYSQL_BIND *columns = apr_pcalloc(call->pool, ncolumns * sizeof *columns);
    unsigned i;

    for (i = 0; i < ncolumns; i++) {
        columns[i].buffer_type = MYSQL_TYPE_STRING;
        columns[i].length = apr_pcalloc(call->pool, sizeof *columns[i].length);
        columns[i].is_null =
            apr_pcalloc(call->pool, sizeof *columns[i].is_null);
        columns[i].error = apr_pcalloc(call->pool, sizeof *columns[i].error);
    }
    return columns;
}

static ci_error_t *read_rows(apr_array_header_t *rows, const call_t *call)
{
    unsigned ncolumns = mysql_stmt_field_count(call->stmt);
    MYSQL_BIND *columns;
    ci_error_t *err = NULL;
    int status = MYSQL_NO_DATA;

    if (!ncolumns) {
        return NULL;
    }
    columns = make_columns(call, ncolumns);
    if (mysql_stmt_bind_result(call->stmt, columns)) {
        return failed(call);
    }
    while (!err && ((status = mysql_stmt_fetch(call->stmt)) == 0 ||
                    status == MYSQL_DATA_TRUNCATED)) {
        err = read_row(rows, call, columns, ncolumns);
    }
    return err || status == MYSQL_NO_DATA ? err : failed(call);
}

ci_error_t *ci_dbadmin_query(ci_dbresult_t *result, ci_dbadmin_t *admin,
                             const char *what, const char *sql,
                             const apr_array_header_t *parameters,
                             apr_pool_t *pool)
{
    call_t call = {what, mysql_stmt_init(wait_on(admin)), pool};
    apr_array_header_t *rows = apr_array_make(pool, 1, sizeof(char **));
    ci_error_t *err;

    if (!call.stmt) {
        return ci_dberror_make(pool, what, CR_OUT_OF_MEMORY, "out of memory");
    }
    err = execute(&call, sql, parameters);
    if (!err) {
        err = read_rows(rows, &call);
    }
    if (!err && result) {
        result->rows = (const char *const *const *)rows->elts;
        result->count = rows->nelts;
        result->affected = (apr_int64_t)mysql_stmt_affected_rows(call.stmt);
    }
    mysql_stmt_close(call.stmt);
    return err;
}

/* ------------------------------------------------------------- scripts --- */

/* Take the results of all statements of a batch.
   @return 0 or the error number; *number: which statement failed, from 1 */
static unsigned read_results(int *number, MYSQL *mysql)
{
    MYSQL_RES *result;
    int more = 0;

    for (*number = 1; !more; ++*number) {
        result = mysql_store_result(mysql);
        mysql_free_result(result);
        if (!result && mysql_errno(mysql)) {
            return mysql_errno(mysql);
        }
        more = mysql_next_result(mysql);
    }
    return more > 0 ? mysql_errno(mysql) : 0;
}

static unsigned run_batch(int *number, MYSQL *mysql, const char *sql,
                          apr_size_t length)
{
    unsigned error;

    *number = 1;
    if (mysql_set_server_option(mysql, MYSQL_OPTION_MULTI_STATEMENTS_ON) ||
        mysql_real_query(mysql, sql, (unsigned long)length)) {
        return mysql_errno(mysql);
    }
    error = read_results(number, mysql);
    if (!error &&
        mysql_set_server_option(mysql, MYSQL_OPTION_MULTI_STATEMENTS_OFF)) {
        error = mysql_errno(mysql);
    }
    return error;
}

ci_error_t *ci_dbadmin_script(ci_dbadmin_t *admin, const char *what,
                              const char *sql, apr_size_t length,
                              apr_pool_t *pool)
{
    MYSQL *mysql = wait_on(admin);
    int number;
    unsigned error = run_batch(&number, mysql, sql, length);
    ci_dbclass_e class = ci_dberror_class(error);
    ci_error_t *err;

    if (!error) {
        return NULL;
    }
    err = class == CI_DB_GONE
              ? ci_dberror_make(pool, what, error, mysql_error(mysql))
              : ci_error_create(pool, CI_CONFLICT, NULL,
                                "%s, statement %d: %s (%u)", what, number,
                                mysql_error(mysql), error);
    err->retry = class == CI_DB_TRANSIENT ? CI_TRANSIENT : CI_FINAL;
    return err;
}
