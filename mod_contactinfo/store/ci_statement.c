/* SPDX-License-Identifier: Apache-2.0 */
/* Prepared statements of one connection. */
#include "store/ci_statement.h"

#include <apr_hash.h>
#include <apr_strings.h>

#include <errmsg.h>
#include <string.h>

/* What hangs on a connection. */
typedef struct {
    apr_hash_t *statements; /* shape words -> ci_statement_t */
    apr_pool_t *pool;       /* theirs; cleared when there are too many */
} kept_t;

static kept_t *kept_of(ci_dbconn_t *conn)
{
    kept_t *kept = ci_dbconn_data(conn);
    apr_pool_t *pool;

    if (!kept) {
        pool = ci_dbconn_pool(conn);
        kept = apr_pcalloc(pool, sizeof *kept);
        apr_pool_create(&kept->pool, pool);
        apr_pool_tag(kept->pool, "ci_statements");
        kept->statements = apr_hash_make(kept->pool);
        ci_dbconn_set_data(conn, kept);
    }
    return kept;
}

static apr_status_t close_statement(void *data)
{
    mysql_stmt_close(data);
    return APR_SUCCESS;
}

/* A statement that the server refuses is the request's, for its message: to
   close it clears the error of the connection as well. */
static unsigned prepare(ci_statement_t **statement, ci_dbconn_t *conn,
                        const char *text, apr_pool_t *owner, apr_pool_t *pool)
{
    MYSQL_STMT *stmt = mysql_stmt_init(ci_dbconn_mysql(conn));
    unsigned number = 0;

    if (!stmt) {
        return CR_OUT_OF_MEMORY;
    }
    if (mysql_stmt_prepare(stmt, text, (unsigned long)strlen(text))) {
        number =
            mysql_stmt_errno(stmt) ? mysql_stmt_errno(stmt) : CR_UNKNOWN_ERROR;
        owner = pool;
    }
    apr_pool_cleanup_register(owner, stmt, close_statement,
                              apr_pool_cleanup_null);
    *statement = apr_pcalloc(owner, sizeof **statement);
    (*statement)->stmt = stmt;
    (*statement)->pool = owner;
    return number;
}

static unsigned prepare_kept(ci_statement_t **statement, ci_dbconn_t *conn,
                             const ci_shape_t *shape, const char *text,
                             apr_pool_t *pool)
{
    apr_ssize_t length = shape->count * (apr_ssize_t)sizeof shape->words[0];
    kept_t *kept = kept_of(conn);
    unsigned number;

    /* all are closed when one more would be needed */
    if (apr_hash_count(kept->statements) >= CI_DBCONN_STATEMENTS) {
        apr_pool_clear(kept->pool);
        kept->statements = apr_hash_make(kept->pool);
    }
    number = prepare(statement, conn, text, kept->pool, pool);
    if (!number) {
        (*statement)->kept = 1;
        apr_hash_set(kept->statements,
                     apr_pmemdup(kept->pool, shape->words, (apr_size_t)length),
                     length, *statement);
    }
    return number;
}

unsigned ci_statement_get(ci_statement_t **statement, ci_dbconn_t *conn,
                          const ci_shape_t *shape, ci_statement_text_fn text,
                          const void *baton, apr_pool_t *pool)
{
    apr_ssize_t length = shape->count * (apr_ssize_t)sizeof shape->words[0];
    kept_t *kept = kept_of(conn);

    if (!shape->kept) {
        return prepare(statement, conn, text(baton, pool), pool, pool);
    }
    *statement = apr_hash_get(kept->statements, shape->words, length);
    if (*statement) {
        return 0;
    }
    return prepare_kept(statement, conn, shape, text(baton, pool), pool);
}

unsigned ci_statement_columns(ci_statement_t *statement, ci_dbconn_t *conn,
                              const ci_slot_t *slots, int count,
                              apr_pool_t *pool)
{
    int is_new = !statement->columns;

    if (is_new) {
        statement->columns = ci_columns_make(
            slots, count, statement->kept ? kept_of(conn)->pool : pool);
    }
    if (!ci_columns_fit(statement->columns, statement->stmt)) {
        return CR_NEW_STMT_METADATA;
    }
    if (is_new && mysql_stmt_bind_result(
                      statement->stmt, ci_columns_binds(statement->columns))) {
        return mysql_stmt_errno(statement->stmt);
    }
    return 0;
}

unsigned ci_statement_execute(ci_statement_t *statement, ci_params_t *params)
{
    if ((unsigned long)params->count !=
            mysql_stmt_param_count(statement->stmt) ||
        mysql_stmt_bind_param(statement->stmt, params->binds) ||
        mysql_stmt_execute(statement->stmt)) {
        return mysql_stmt_errno(statement->stmt)
                   ? mysql_stmt_errno(statement->stmt)
                   : CR_INVALID_PARAMETER_NO;
    }
    return 0;
}

void ci_statement_done(ci_statement_t *statement)
{
    if (statement->kept) {
        mysql_stmt_free_result(statement->stmt);
    }
    else {
        apr_pool_cleanup_run(statement->pool, statement->stmt, close_statement);
    }
}
