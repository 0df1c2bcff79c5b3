/* SPDX-License-Identifier: Apache-2.0 */
/* The store over MariaDB or MySQL: one connection from the first statement to
   release. A connection that dies before a transaction began costs one retry;
   inside one the transaction is begun again by ci_store_transaction(). */
#include "store/ci_store_mysql.h"

#include <apr_tables.h>

#include <string.h>

#include "base/ci_counter.h"
#include "store/ci_dbconnect.h"
#include "store/ci_dberror.h"
#include "store/ci_rows.h"
#include "store/ci_sql.h"
#include "store/ci_sql_params.h"
#include "store/ci_statement.h"

/* Column cannot be null: what a guarded insert says of another generation. */
#define NULL_COLUMN 1048

typedef struct {
    ci_store_t store; /* first: methods get a pointer to it */
    ci_dbpool_t *connections;
    ci_dbconn_t *conn; /* NULL: none is held */
    int old; /* the connection had served before: it may have died idle */
} mysql_store_t;

/* One statement on its way. */
typedef struct {
    const char *what; /* for the log */
    ci_shape_t shape;
    ci_params_t params;
    ci_statement_t *statement; /* NULL: not prepared, or done with */
    unsigned number;           /* error of the last try, or 0 */
    int again;                 /* it may be tried on another connection */
    apr_int64_t bounds[2];     /* limit and offset of a query */
    apr_pool_t *pool;
} call_t;

/* ------------------------------------------------------- connections --- */

static void drop_connection(mysql_store_t *my, int lost)
{
    if (!my->conn) {
        return;
    }
    if (lost) {
        ci_dbpool_discard(my->conn);
    }
    else {
        ci_dbpool_release(my->conn);
    }
    my->conn = NULL;
    my->store.in_transaction = 0;
}

static ci_error_t *no_connection(mysql_store_t *my, apr_status_t rv,
                                 apr_pool_t *pool)
{
    ci_dbfailure_t last;
    ci_error_t *err;

    ci_dbpool_last_error(my->connections, &last);
    if (APR_STATUS_IS_TIMEUP(rv)) {
        ci_counter_add(CI_COUNT_POOL_TIMEOUTS);
        err = ci_error_server(pool, CI_SERVICE_UNAVAILABLE, rv,
                              "all connections of the pool are in use");
        err->trouble = CI_TROUBLE_BUSY;
        return err;
    }
    err = ci_error_server(pool, CI_SERVICE_UNAVAILABLE, rv,
                          "no connection to the database (%u: %s)", last.code,
                          last.text);
    err->trouble = ci_dberror_trouble(ci_dberror_class(last.code));
    return err;
}

static ci_error_t *take_connection(mysql_store_t *my, apr_pool_t *pool)
{
    apr_status_t rv;
    ci_error_t *err;

    if (apr_time_now() >= my->store.deadline) {
        err = ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_TIMEUP,
                              "the deadline of the request has passed");
        err->trouble = CI_TROUBLE_SLOW;
        return err;
    }
    if (!my->conn) {
        rv = ci_dbpool_acquire(&my->conn, my->connections, my->store.deadline);
        if (rv != APR_SUCCESS) {
            my->conn = NULL;
            return no_connection(my, rv, pool);
        }
        my->old = ci_dbconn_data(my->conn) != NULL;
    }
    ci_dbconnect_wait_until(my->store.deadline);
    return NULL;
}

/* 1 if the same may be tried on another connection: this one had been idle and
   died before anything of this request was done on it. A fresh connection ends
   the series. */
static int may_reconnect(const mysql_store_t *my, unsigned number)
{
    ci_dbclass_e class = ci_dberror_class(number);

    return my->old && !my->store.in_transaction &&
           (class == CI_DB_GONE || class == CI_DB_REPREPARE);
}

static void finish(call_t *call)
{
    if (call->statement) {
        ci_statement_done(call->statement);
        call->statement = NULL;
    }
}

/* What the error means for the request; a connection that is lost is closed at
   once. */
static ci_error_t *failed(mysql_store_t *my, call_t *call)
{
    const char *text =
        call->statement ? mysql_stmt_error(call->statement->stmt) : "";
    ci_error_t *err =
        ci_dberror_make(call->pool, call->what, call->number,
                        *text ? text : mysql_error(ci_dbconn_mysql(my->conn)));

    call->again = may_reconnect(my, call->number);
    if (call->again) {
        ci_counter_add(CI_COUNT_RECONNECTS);
    }
    finish(call);
    if (ci_dberror_loses_connection(ci_dberror_class(call->number))) {
        drop_connection(my, 1);
    }
    return err;
}

/* --------------------------------------------------------- execution --- */

static ci_error_t *run_once(mysql_store_t *my, call_t *call,
                            ci_statement_text_fn text, const void *baton)
{
    ci_error_t *err = take_connection(my, call->pool);

    call->number = 0;
    call->again = 0;
    if (err) {
        return err;
    }
    call->number = ci_statement_get(&call->statement, my->conn, &call->shape,
                                    text, baton, call->pool);
    if (!call->number) {
        call->number = ci_statement_execute(call->statement, &call->params);
    }
    if (call->number) {
        return failed(my, call);
    }
    my->store.proofs |= CI_PROOF_READ;
    return NULL;
}

/* Prepare if need be and execute. */
static ci_error_t *run(mysql_store_t *my, call_t *call,
                       ci_statement_text_fn text, const void *baton)
{
    ci_error_t *err;

    do {
        err = run_once(my, call, text, baton);
    } while (err && call->again);
    return err;
}

/* ------------------------------------------------------------- fetch --- */

typedef struct {
    const ci_select_t *query;
    int has_clearance;
} select_t;

static const char *select_text(const void *baton, apr_pool_t *pool)
{
    const select_t *select = baton;

    return ci_sql_select(select->query, select->has_clearance, pool);
}

static ci_error_t *read_rows(mysql_store_t *my, call_t *call,
                             const ci_select_t *query, ci_rows_t *rows)
{
    ci_error_t *err = NULL;

    call->number = ci_rows_read(rows, &err, query, call->statement, my->conn,
                                my->store.deadline, call->pool);
    if (call->number) {
        return failed(my, call);
    }
    finish(call);
    return err;
}

static ci_error_t *fetch(ci_rows_t *rows, ci_store_t *store,
                         const ci_select_t *query, apr_pool_t *pool)
{
    mysql_store_t *my = (mysql_store_t *)store;
    select_t select = {query, store->scope.has_clearance};
    call_t call = {.what = query->object->name, .pool = pool};
    ci_error_t *err;

    memset(rows, 0, sizeof *rows);
    ci_shape_begin(&call.shape, CI_VERB_SELECT, query->object, query->mask);
    ci_shape_query(&call.shape, query,
                   ci_sql_is_filtered(query, store->scope.has_clearance));
    ci_params_init(&call.params, ci_sql_params_of_query(query), pool);
    ci_sql_params_query(&call.params, &store->scope, query, call.bounds);
    err = run(my, &call, select_text, &select);
    return err ? err : read_rows(my, &call, query, rows);
}

/* ------------------------------------------------------------ insert --- */

typedef struct {
    const ci_object_t *object;
    int count;
    int guarded;
} insert_t;

static const char *insert_text(const void *baton, apr_pool_t *pool)
{
    const insert_t *insert = baton;

    return ci_sql_insert(insert->object, insert->count, insert->guarded, pool);
}

/* An object whose rows hold references is only stored while the caller's
   generation of them is the organisation's. */
static int is_guarded(const ci_object_t *object, const ci_scope_t *scope)
{
    return scope->generation && ci_object_role(object, CI_ROLE_TENANT) >= 0 &&
           ci_object_role(object, CI_ROLE_GENERATION) >= 0;
}

/* An insert outside of a transaction is stored for good. */
static void note_insert(mysql_store_t *my, const ci_error_t *err)
{
    if (!err && !my->store.in_transaction) {
        my->store.proofs |= CI_PROOF_WRITE;
    }
}

static ci_error_t *insert(ci_store_t *store, ci_record_t *const *records,
                          int count, apr_pool_t *pool)
{
    mysql_store_t *my = (mysql_store_t *)store;
    const ci_object_t *object = records[0]->object;
    insert_t in = {object, count, is_guarded(object, &store->scope)};
    call_t call = {.what = object->name, .pool = pool};
    ci_slot_t slots[CI_MAX_COLUMNS];
    int ncolumns = ci_sql_insert_columns(object, slots);
    int sequence = ci_object_role(object, CI_ROLE_SEQUENCE);
    ci_error_t *err;
    int i;

    ci_shape_begin(&call.shape, CI_VERB_INSERT, object, (ci_mask_t)count);
    ci_shape_add(&call.shape, (apr_uint64_t)in.guarded);
    call.shape.kept = count <= CI_MAX_KEPT_ROWS;
    ci_params_init(&call.params, count * (ncolumns + 1), pool);
    for (i = 0; i < count; i++) {
        ci_sql_params_row(&call.params, &store->scope, records[i], slots,
                          ncolumns, in.guarded);
    }
    err = run(my, &call, insert_text, &in);
    note_insert(my, err);
    if (err && in.guarded && call.number == NULL_COLUMN) {
        err->retry = CI_STALE;
    }
    if (!err && sequence >= 0 && count == 1) {
        records[0]->values[sequence] = ci_value_integer(
            (apr_int64_t)mysql_stmt_insert_id(call.statement->stmt));
    }
    finish(&call);
    return err;
}

typedef struct {
    const ci_object_t *object;
    int row;
    select_t select;
} insert_if_t;

static const char *insert_if_text(const void *baton, apr_pool_t *pool)
{
    const insert_if_t *insert = baton;

    return ci_sql_insert_if(insert->object, insert->row, insert->select.query,
                            insert->select.has_clearance, pool);
}

static void shape_insert_if(ci_shape_t *shape, const insert_if_t *insert)
{
    const ci_select_t *query = insert->select.query;

    ci_shape_begin(shape, CI_VERB_INSERT_IF, insert->object,
                   CI_MASK(insert->row));
    ci_shape_add(shape, (apr_uint64_t)(apr_uintptr_t)query->object);
    ci_shape_add(shape, query->mask);
    ci_shape_query(shape, query,
                   ci_sql_is_filtered(query, insert->select.has_clearance));
}

static ci_error_t *insert_if(int *inserted, ci_store_t *store,
                             const ci_record_t *record, int row,
                             const ci_select_t *query, apr_pool_t *pool)
{
    insert_if_t in = {record->object, row, {query, store->scope.has_clearance}};
    call_t call = {.what = record->object->name, .pool = pool};
    ci_slot_t slots[CI_MAX_COLUMNS];
    int i, count = ci_sql_insert_columns(record->object, slots);
    ci_error_t *err;

    shape_insert_if(&call.shape, &in);
    ci_params_init(&call.params, count + ci_sql_params_of_query(query), pool);
    for (i = 0; i < count; i++) {
        if (slots[i].outer == row) {
            ci_sql_params_query(&call.params, &store->scope, query,
                                call.bounds);
        }
        else {
            ci_sql_params_row(&call.params, &store->scope, record, &slots[i], 1,
                              0);
        }
    }
    err = run((mysql_store_t *)store, &call, insert_if_text, &in);
    note_insert((mysql_store_t *)store, err);
    finish(&call);
    *inserted = !err;
    return call.number == NULL_COLUMN ? NULL : err;
}

/* ------------------------------------------------- update and remove --- */

typedef struct {
    const ci_object_t *object;
    ci_mask_t mask;
    const ci_where_t *where;
    int nwhere;
    int guarded;
} change_t;

/* Rows that the statement matched; 0 if it failed. */
static apr_int64_t affected(call_t *call)
{
    apr_int64_t rows = 0;

    if (call->statement) {
        rows = (apr_int64_t)mysql_stmt_affected_rows(call->statement->stmt);
        finish(call);
    }
    return rows;
}

static const char *update_text(const void *baton, apr_pool_t *pool)
{
    const change_t *change = baton;

    return ci_sql_update(change->object, change->mask, change->where,
                         change->nwhere, change->guarded, pool);
}

static const char *delete_text(const void *baton, apr_pool_t *pool)
{
    const change_t *change = baton;

    return ci_sql_delete(change->object, change->where, change->nwhere, pool);
}

static ci_error_t *update(apr_int64_t *matched, ci_store_t *store,
                          const ci_record_t *record, ci_mask_t mask,
                          const ci_where_t *where, int nwhere, apr_pool_t *pool)
{
    change_t change = {record->object, mask, where, nwhere,
                       is_guarded(record->object, &store->scope)};
    call_t call = {.what = record->object->name, .pool = pool};
    ci_slot_t slots[CI_MAX_COLUMNS];
    int i, count = ci_object_columns(record->object, mask, CI_COLUMN, slots);
    ci_error_t *err;

    ci_shape_begin(&call.shape, CI_VERB_UPDATE, record->object, mask);
    ci_shape_add(&call.shape, (apr_uint64_t)change.guarded);
    ci_shape_where(&call.shape, where, nwhere);
    ci_params_init(&call.params,
                   count + ci_sql_params_of_where(where, nwhere) + 2, pool);
    for (i = 0; i < count; i++) {
        ci_params_add(&call.params, slots[i].field,
                      ci_record_at(record, slots[i]));
    }
    ci_sql_params_where(&call.params, &store->scope, record->object, where,
                        nwhere);
    if (change.guarded) {
        ci_params_add_integer(&call.params, &store->scope.organisation);
        ci_params_add_integer(&call.params, &store->scope.generation);
    }
    err = run((mysql_store_t *)store, &call, update_text, &change);
    *matched = affected(&call);
    return err;
}

static ci_error_t *delete_rows(apr_int64_t *removed, ci_store_t *store,
                               const ci_object_t *object,
                               const ci_where_t *where, int nwhere,
                               apr_pool_t *pool)
{
    change_t change = {object, 0, where, nwhere, 0};
    call_t call = {.what = object->name, .pool = pool};
    ci_error_t *err;

    ci_shape_begin(&call.shape, CI_VERB_DELETE, object, 0);
    ci_shape_where(&call.shape, where, nwhere);
    ci_params_init(&call.params, ci_sql_params_of_where(where, nwhere), pool);
    ci_sql_params_where(&call.params, &store->scope, object, where, nwhere);
    err = run((mysql_store_t *)store, &call, delete_text, &change);
    *removed = affected(&call);
    return err;
}

/* ------------------------------------------------------ transactions --- */

static ci_error_t *query_once(mysql_store_t *my, call_t *call)
{
    ci_error_t *err = take_connection(my, call->pool);
    MYSQL *mysql;

    call->number = 0;
    call->again = 0;
    if (err) {
        return err;
    }
    mysql = ci_dbconn_mysql(my->conn);
    if (mysql_real_query(mysql, call->what, strlen(call->what))) {
        call->number = mysql_errno(mysql);
        return failed(my, call);
    }
    return NULL;
}

static ci_error_t *begin(ci_store_t *store, apr_pool_t *pool)
{
    mysql_store_t *my = (mysql_store_t *)store;
    call_t call = {.what = "START TRANSACTION", .pool = pool};
    ci_error_t *err;

    do {
        err = query_once(my, &call);
    } while (err && call.again);
    my->store.in_transaction = !err;
    return err;
}

/* After COMMIT was sent a lost connection says nothing about its outcome. */
static int outcome_is_unknown(unsigned number)
{
    ci_dbclass_e class = ci_dberror_class(number);

    return class == CI_DB_GONE || number == 1180;
}

static ci_error_t *commit(ci_store_t *store, apr_pool_t *pool)
{
    mysql_store_t *my = (mysql_store_t *)store;
    call_t call = {.what = "COMMIT", .pool = pool};
    ci_error_t *err = query_once(my, &call);

    if (err && outcome_is_unknown(call.number)) {
        err->code = CI_OUTCOME_UNKNOWN;
        err->retry = CI_FINAL;
    }
    my->store.in_transaction = err && my->store.in_transaction;
    my->store.proofs |= err ? 0 : CI_PROOF_WRITE;
    return err;
}

static void rollback(ci_store_t *store)
{
    mysql_store_t *my = (mysql_store_t *)store;

    if (!my->conn || !my->store.in_transaction) {
        return;
    }
    if (mysql_rollback(ci_dbconn_mysql(my->conn))) {
        drop_connection(my, 1);
    }
    my->store.in_transaction = 0;
}

static void release(ci_store_t *store)
{
    mysql_store_t *my = (mysql_store_t *)store;

    rollback(store);
    drop_connection(my, 0);
}

static apr_status_t release_late(void *data)
{
    release(data);
    return APR_SUCCESS;
}

ci_store_t *ci_store_mysql_create(ci_dbpool_t *connections, apr_time_t deadline,
                                  apr_pool_t *pool)
{
    static const ci_store_methods_t methods = {
        .fetch = fetch,
        .insert = insert,
        .insert_if = insert_if,
        .update = update,
        .remove = delete_rows,
        .begin = begin,
        .commit = commit,
        .rollback = rollback,
        .release = release,
    };
    mysql_store_t *my = apr_pcalloc(pool, sizeof *my);

    my->store.methods = &methods;
    my->store.deadline = deadline;
    my->connections = connections;
    apr_pool_cleanup_register(pool, &my->store, release_late,
                              apr_pool_cleanup_null);
    return &my->store;
}
