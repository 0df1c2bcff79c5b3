/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in memory. A stored row is never changed, only replaced, so that a copy
   of the lists is a copy of the database. */
#include "store_mem.h"

#include <apr_strings.h>

#include <stdlib.h>

#include "model/ci_objects.h"
#include "store_mem_table.h"

typedef struct {
    ci_store_t store; /* first: methods get a pointer to it */
    database_t *db;
    table_t *saved; /* the tables at begin; NULL: no transaction */
    int forgotten;  /* a transaction was open when the store was released */
    int calls;
    int fail_at;
    int fails_late; /* the call that fails has its effect */
    int goes_down;  /* all calls behind it fail */
    const ci_error_t *failure;
    store_mem_hook_fn hook; /* or NULL */
    void *baton;
} mem_t;

/* ------------------------------------------------------------ conditions */

/* 1 if the row is of the scope's tenant and meets the conditions. */
static int matches(const ci_store_t *store, const ci_record_t *row,
                   const ci_where_t *where, int nwhere)
{
    int tenant = ci_object_role(row->object, CI_ROLE_TENANT);
    int i;

    if (tenant >= 0 &&
        row->values[tenant].as.integer != store->scope.organisation) {
        return 0;
    }
    for (i = 0; i < nwhere; i++) {
        if (!mem_meets(row, &where[i])) {
            return 0;
        }
    }
    return 1;
}

static int is_cleared(const ci_scope_t *scope, const ci_select_t *query,
                      const ci_record_t *view)
{
    int level = ci_object_role(view->object, CI_ROLE_LEVEL);

    return level < 0 || query->revealed || !scope->has_clearance ||
           !ci_value_is_set(&view->values[level]) ||
           view->values[level].as.integer <= scope->clearance;
}

/* ----------------------------------------------------------------- calls */

static void call_hook(const mem_t *mem)
{
    if (mem->hook) {
        mem->hook(mem->baton);
    }
}

static ci_error_t *begin_call(mem_t *mem, apr_pool_t *pool)
{
    apr_thread_mutex_lock(mem->db->mutex);
    mem->calls++;
    if (mem->calls == mem->fail_at && !mem->fails_late) {
        return ci_error_copy(mem->failure, pool);
    }
    if (mem->goes_down && mem->calls > mem->fail_at) {
        return ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_EGENERAL,
                               "the database is down");
    }
    if (apr_time_now() >= mem->store.deadline) {
        return ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_TIMEUP,
                               "the deadline of the request has passed");
    }
    return NULL;
}

static ci_error_t *end_call(mem_t *mem, ci_error_t *err, apr_pool_t *pool)
{
    if (!err && mem->calls == mem->fail_at) {
        err = ci_error_copy(mem->failure, pool);
    }
    apr_thread_mutex_unlock(mem->db->mutex);
    return err;
}

/* ----------------------------------------------------------------- fetch */

typedef struct {
    const ci_record_t *record;
    const ci_record_t *link; /* row of the first via, or NULL */
    apr_int64_t order;
} hit_t;

typedef struct {
    mem_t *mem;
    const ci_select_t *query;
    apr_array_header_t *hits;
    apr_pool_t *pool;
} fetch_t;

static apr_int64_t order_value(const ci_record_t *record)
{
    int sequence = ci_object_role(record->object, CI_ROLE_SEQUENCE);

    return sequence < 0 ? 0 : record->values[sequence].as.integer;
}

static void add_hit(fetch_t *f, const ci_record_t *view,
                    const ci_record_t *link)
{
    hit_t *hit = apr_array_push(f->hits);

    hit->record = view;
    hit->link = link;
    hit->order = order_value(view);
}

/* Follow the ways that lead to a row from the index-th on. */
static void follow(fetch_t *f, const ci_record_t *view, const ci_record_t *link,
                   int index)
{
    const ci_via_t *via;
    const table_t *table;
    const ci_record_t *row;
    int i;

    if (index == f->query->nvia) {
        add_hit(f, view, link);
        return;
    }
    via = &f->query->via[index];
    table = mem_table(f->mem->db, via->object);
    for (i = 0; i < table->rows->nelts; i++) {
        row = mem_row(table, i);
        if (row->values[via->link].as.integer == order_value(view) &&
            matches(&f->mem->store, row, via->where, via->nwhere)) {
            follow(f, view, index ? link : row, index + 1);
        }
    }
}

static int by_order(const void *a, const void *b)
{
    return mem_order(((const hit_t *)a)->order, ((const hit_t *)b)->order);
}

static int in_reverse(const void *a, const void *b)
{
    return by_order(b, a);
}

static void take_hits(ci_rows_t *rows, const fetch_t *f)
{
    const ci_select_t *query = f->query;
    const ci_via_t *via = query->nvia && query->via[0].mask ? query->via : NULL;
    int i, end = f->hits->nelts;
    const hit_t *hit;

    qsort(f->hits->elts, (size_t)end, sizeof(hit_t),
          query->ordered ? by_order : in_reverse);
    if (query->limit && query->limit < end - query->offset) {
        end = query->offset + query->limit;
    }
    rows->records =
        apr_pcalloc(f->pool, ((apr_size_t)end + 1) * sizeof(void *));
    rows->links = apr_pcalloc(f->pool, ((apr_size_t)end + 1) * sizeof(void *));
    for (i = query->limit ? query->offset : 0; i < end; i++) {
        hit = &APR_ARRAY_IDX(f->hits, i, hit_t);
        rows->records[rows->count] = mem_project(
            hit->record, query->mask, CI_COLUMN | CI_JOINED, f->pool);
        if (via) {
            rows->links[rows->count] =
                mem_project(hit->link, via->mask, CI_COLUMN, f->pool);
        }
        rows->count++;
    }
    rows->links = via ? rows->links : NULL;
}

static void find(ci_rows_t *rows, mem_t *mem, const ci_select_t *query,
                 apr_pool_t *pool)
{
    fetch_t f = {mem, query, apr_array_make(pool, 8, sizeof(hit_t)), pool};
    const table_t *table = mem_table(mem->db, query->object);
    ci_record_t *view;
    int i;

    for (i = 0; i < table->rows->nelts; i++) {
        view = mem_view(mem->db, mem_row(table, i), pool);
        if (view && matches(&mem->store, view, query->where, query->nwhere) &&
            is_cleared(&mem->store.scope, query, view)) {
            follow(&f, view, NULL, 0);
        }
    }
    take_hits(rows, &f);
}

static ci_error_t *fetch(ci_rows_t *rows, ci_store_t *store,
                         const ci_select_t *query, apr_pool_t *pool)
{
    mem_t *mem = (mem_t *)store;
    ci_error_t *err = begin_call(mem, pool);

    memset(rows, 0, sizeof *rows);
    if (!err) {
        find(rows, mem, query, pool);
    }
    return end_call(mem, err, pool);
}

/* ---------------------------------------------------------------- change */

static apr_int64_t give_sequence(table_t *table, ci_record_t *row)
{
    int sequence = ci_object_role(row->object, CI_ROLE_SEQUENCE);
    ci_value_t *value = sequence < 0 ? NULL : &row->values[sequence];

    if (!value) {
        return 0;
    }
    if (!ci_value_is_set(value)) {
        *value = ci_value_integer(table->sequence + 1);
    }
    if (value->as.integer > table->sequence) {
        table->sequence = value->as.integer;
    }
    return value->as.integer;
}

/* Rows that hold references are only stored and changed while the caller's
   generation of them is the organisation's. */
static int is_stale(mem_t *mem, const ci_record_t *row)
{
    const ci_record_t *organisation;

    if (!mem->store.scope.generation ||
        ci_object_role(row->object, CI_ROLE_TENANT) < 0 ||
        ci_object_role(row->object, CI_ROLE_GENERATION) < 0) {
        return 0;
    }
    organisation = mem_organisation(mem->db, row);
    return !organisation ||
           organisation->values[CI_ORGANISATION_GENERATION].as.integer !=
               mem->store.scope.generation;
}

static ci_error_t *check_generation(mem_t *mem, const ci_record_t *row,
                                    apr_pool_t *pool)
{
    ci_error_t *err;

    if (!is_stale(mem, row)) {
        return NULL;
    }
    err = ci_error_server(pool, CI_INTERNAL_ERROR, APR_EGENERAL,
                          "the references have another generation");
    err->retry = CI_STALE;
    return err;
}

/* The value of the first field of a mask. */
static const ci_value_t *the_field(const ci_record_t *record, ci_mask_t mask)
{
    int row = 0;

    while (!(mask & CI_MASK(row))) {
        row++;
    }
    return &record->values[row];
}

static ci_error_t *insert_row(mem_t *mem, table_t *table,
                              ci_record_t *const record, int alone,
                              apr_pool_t *pool)
{
    ci_record_t *row =
        mem_project(record, ~(ci_mask_t)0, CI_COLUMN, mem->db->pool);
    int tenant = ci_object_role(row->object, CI_ROLE_TENANT);
    int sequence = ci_object_role(row->object, CI_ROLE_SEQUENCE);
    ci_error_t *err;

    if (tenant >= 0) {
        row->values[tenant] = ci_value_integer(mem->store.scope.organisation);
    }
    if (sequence >= 0) {
        row->values[sequence] = ci_value_null();
    }
    give_sequence(table, row);
    APR_ARRAY_PUSH(table->rows, const ci_record_t *) = row;
    err = check_generation(mem, row, pool);
    err = err ? err : mem_check(table->rows, row, pool);
    if (!err && sequence >= 0 && alone) {
        record->values[sequence] = row->values[sequence];
    }
    return err;
}

static ci_error_t *insert(ci_store_t *store, ci_record_t *const *records,
                          int count, apr_pool_t *pool)
{
    mem_t *mem = (mem_t *)store;
    ci_error_t *err = begin_call(mem, pool);
    table_t *table = mem_table(mem->db, records[0]->object);
    int i, before = table->rows->nelts;

    for (i = 0; !err && i < count; i++) {
        err = insert_row(mem, table, records[i], count == 1, pool);
    }
    if (err) {
        table->rows->nelts = before;
    }
    return end_call(mem, err, pool);
}

/* What the hook does is done before the query looks. */
static ci_error_t *insert_if(int *inserted, ci_store_t *store,
                             const ci_record_t *record, int row,
                             const ci_select_t *query, apr_pool_t *pool)
{
    mem_t *mem = (mem_t *)store;
    table_t *table = mem_table(mem->db, record->object);
    ci_record_t *copy = ci_record_copy(record, pool);
    ci_rows_t rows = {0};
    ci_error_t *err;

    call_hook(mem);
    err = begin_call(mem, pool);
    if (!err) {
        find(&rows, mem, query, pool);
    }
    if (rows.count == 1) {
        copy->values[row] = *the_field(rows.records[0], query->mask);
        err = insert_row(mem, table, copy, 0, pool);
        table->rows->nelts -= err != NULL;
    }
    *inserted = !err && rows.count == 1;
    return end_call(mem, err, pool);
}

static ci_record_t *changed(const ci_record_t *row, const ci_record_t *record,
                            ci_mask_t mask, apr_pool_t *pool)
{
    ci_record_t *copy = mem_project(row, ~(ci_mask_t)0, CI_COLUMN, pool);

    mem_copy(copy, record, mask, CI_COLUMN, pool);
    return copy;
}

static ci_error_t *update(apr_int64_t *matched, ci_store_t *store,
                          const ci_record_t *record, ci_mask_t mask,
                          const ci_where_t *where, int nwhere, apr_pool_t *pool)
{
    mem_t *mem = (mem_t *)store;
    ci_error_t *err = begin_call(mem, pool);
    table_t *table = mem_table(mem->db, record->object);
    apr_array_header_t *rows = apr_array_copy(mem->db->pool, table->rows);
    const ci_record_t **row;
    int i;

    *matched = 0;
    for (i = 0; !err && i < rows->nelts; i++) {
        row = &APR_ARRAY_IDX(rows, i, const ci_record_t *);
        if (matches(store, *row, where, nwhere) && !is_stale(mem, *row)) {
            *row = changed(*row, record, mask, mem->db->pool);
            err = mem_check(rows, *row, pool);
            ++*matched;
        }
    }
    if (!err) {
        table->rows = rows;
    }
    return end_call(mem, err, pool);
}

static ci_error_t *delete_rows(apr_int64_t *removed, ci_store_t *store,
                               const ci_object_t *object,
                               const ci_where_t *where, int nwhere,
                               apr_pool_t *pool)
{
    mem_t *mem = (mem_t *)store;
    ci_error_t *err = begin_call(mem, pool);
    table_t *table = mem_table(mem->db, object);
    apr_array_header_t *left =
        apr_array_make(mem->db->pool, table->rows->nelts + 1, sizeof(void *));
    int i;

    *removed = 0;
    for (i = 0; !err && i < table->rows->nelts; i++) {
        if (matches(store, mem_row(table, i), where, nwhere)) {
            ++*removed;
        }
        else {
            APR_ARRAY_PUSH(left, const ci_record_t *) = mem_row(table, i);
        }
    }
    if (!err) {
        table->rows = left;
    }
    return end_call(mem, err, pool);
}

/* ---------------------------------------------------------- transactions */

static ci_error_t *begin(ci_store_t *store, apr_pool_t *pool)
{
    mem_t *mem = (mem_t *)store;
    ci_error_t *err;
    int i;

    call_hook(mem);
    err = begin_call(mem, pool);
    if (!err && mem->saved) {
        err = ci_error_server(pool, CI_INTERNAL_ERROR, APR_EGENERAL,
                              "a transaction is open");
    }
    if (!err) {
        store->in_transaction = 1;
        mem->saved =
            apr_pmemdup(mem->db->pool, mem->db->tables, sizeof mem->db->tables);
        for (i = 0; i < MAX_TABLES; i++) {
            mem->saved[i].rows =
                apr_array_copy(mem->db->pool, mem->db->tables[i].rows);
        }
    }
    return end_call(mem, err, pool);
}

static ci_error_t *commit(ci_store_t *store, apr_pool_t *pool)
{
    mem_t *mem = (mem_t *)store;
    ci_error_t *err = begin_call(mem, pool);

    if (!err) {
        mem->saved = NULL;
        store->in_transaction = 0;
    }
    return end_call(mem, err, pool);
}

/* As a database does it: the sequences that were given stay given. */
static void rollback(ci_store_t *store)
{
    mem_t *mem = (mem_t *)store;
    int i;

    apr_thread_mutex_lock(mem->db->mutex);
    for (i = 0; mem->saved && i < MAX_TABLES; i++) {
        mem->db->tables[i].rows = mem->saved[i].rows;
    }
    mem->saved = NULL;
    store->in_transaction = 0;
    apr_thread_mutex_unlock(mem->db->mutex);
}

static void release(ci_store_t *store)
{
    mem_t *mem = (mem_t *)store;

    mem->forgotten |= mem->saved != NULL;
    rollback(store);
}

/* ------------------------------------------------------------- for tests */

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

static ci_store_t *make_store(database_t *db, apr_pool_t *pool)
{
    mem_t *mem = apr_pcalloc(pool, sizeof *mem);

    mem->store.methods = &methods;
    mem->store.deadline = APR_INT64_MAX;
    mem->db = db;
    return &mem->store;
}

ci_store_t *store_mem_create(apr_pool_t *pool)
{
    database_t *db = apr_pcalloc(pool, sizeof *db);
    int i;

    db->pool = pool;
    if (apr_thread_mutex_create(&db->mutex, APR_THREAD_MUTEX_DEFAULT, pool)) {
        abort();
    }
    for (i = 0; i < MAX_TABLES; i++) {
        db->tables[i].rows = apr_array_make(pool, 8, sizeof(void *));
    }
    return make_store(db, pool);
}

ci_store_t *store_mem_open(ci_store_t *store, apr_pool_t *pool)
{
    return make_store(((mem_t *)store)->db, pool);
}

apr_int64_t store_mem_put(ci_store_t *store, const ci_record_t *record)
{
    database_t *db = ((mem_t *)store)->db;
    table_t *table = mem_table(db, record->object);
    ci_record_t *row = mem_project(record, ~(ci_mask_t)0, CI_COLUMN, db->pool);
    apr_int64_t sequence;

    apr_thread_mutex_lock(db->mutex);
    sequence = give_sequence(table, row);
    APR_ARRAY_PUSH(table->rows, const ci_record_t *) = row;
    if (mem_check(table->rows, row, db->pool)) {
        abort();
    }
    apr_thread_mutex_unlock(db->mutex);
    return sequence;
}

void store_mem_clear(ci_store_t *store, const ci_object_t *object)
{
    apr_array_clear(mem_table(((mem_t *)store)->db, object)->rows);
}

int store_mem_count(ci_store_t *store, const ci_object_t *object)
{
    return mem_table(((mem_t *)store)->db, object)->rows->nelts;
}

const ci_record_t *store_mem_row(ci_store_t *store, const ci_object_t *object,
                                 int index)
{
    return mem_row(mem_table(((mem_t *)store)->db, object), index);
}

const char *store_mem_dump(ci_store_t *store, apr_pool_t *pool)
{
    return mem_dump(((mem_t *)store)->db, pool);
}

void store_mem_fail(ci_store_t *store, int n, const ci_error_t *error)
{
    mem_t *mem = (mem_t *)store;

    mem->calls = 0;
    mem->fail_at = n;
    mem->fails_late = mem->goes_down = 0;
    mem->failure = error;
}

void store_mem_fail_late(ci_store_t *store, int n, const ci_error_t *error)
{
    store_mem_fail(store, n, error);
    ((mem_t *)store)->fails_late = 1;
}

void store_mem_go_down(ci_store_t *store, int n, const ci_error_t *error)
{
    store_mem_fail(store, n, error);
    ((mem_t *)store)->goes_down = 1;
}

void store_mem_hook(ci_store_t *store, store_mem_hook_fn hook, void *baton)
{
    mem_t *mem = (mem_t *)store;

    mem->hook = hook;
    mem->baton = baton;
}

int store_mem_calls(ci_store_t *store)
{
    return ((mem_t *)store)->calls;
}

int store_mem_in_transaction(ci_store_t *store)
{
    const mem_t *mem = (const mem_t *)store;

    return mem->saved || mem->forgotten;
}
