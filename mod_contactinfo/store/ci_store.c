/* SPDX-License-Identifier: Apache-2.0 */
/* What every store does the same way. */
#include "store/ci_store.h"

#include <apr_general.h>

#include "base/ci_counter.h"

/* How often the work of a transaction is begun. */
#define MAX_TRIES 5

/* Longest wait before the second try, in microseconds; doubles each time. */
#define FIRST_WAIT 5000

static void wait_a_little(int attempt)
{
    apr_uint16_t noise = 0;
    apr_interval_time_t longest = (apr_interval_time_t)FIRST_WAIT << attempt;

    if (apr_generate_random_bytes((unsigned char *)&noise, sizeof noise)) {
        noise = 0x8000;
    }
    apr_sleep(longest / 2 + longest * noise / 0x20000);
}

static ci_error_t *try_once(ci_store_t *store, ci_transaction_fn work,
                            void *baton, apr_pool_t *pool)
{
    ci_error_t *err = store->methods->begin(store, pool);

    if (!err) {
        err = work(baton, store, pool);
        if (!err) {
            err = store->methods->commit(store, pool);
        }
        if (err) {
            store->methods->rollback(store);
        }
    }
    return err;
}

static ci_error_t *work_once(ci_store_t *store, ci_transaction_fn work,
                             void *baton, apr_pool_t *pool)
{
    return work(baton, store, pool);
}

/* One way to do the work. */
typedef ci_error_t *(*once_fn)(ci_store_t *store, ci_transaction_fn work,
                               void *baton, apr_pool_t *pool);

static ci_error_t *repeat(once_fn once, ci_store_t *store,
                          ci_transaction_fn work, void *baton, apr_pool_t *pool)
{
    ci_error_t *err = NULL;
    int attempt;

    for (attempt = 0; attempt < MAX_TRIES; attempt++) {
        if (attempt > 0) {
            ci_counter_add(CI_COUNT_RETRIES);
            store->methods->release(store); /* for others meanwhile */
            wait_a_little(attempt - 1);
        }
        err = once(store, work, baton, pool);
        if (!err || err->retry != CI_TRANSIENT ||
            apr_time_now() >= store->deadline) {
            break;
        }
    }
    return err;
}

ci_error_t *ci_store_transaction(ci_store_t *store, ci_transaction_fn work,
                                 void *baton, apr_pool_t *pool)
{
    return repeat(try_once, store, work, baton, pool);
}

ci_error_t *ci_store_repeat(ci_store_t *store, ci_transaction_fn work,
                            void *baton, apr_pool_t *pool)
{
    return repeat(work_once, store, work, baton, pool);
}

typedef struct {
    ci_rows_t *rows;
    const ci_select_t *query;
} fetch_t;

static ci_error_t *fetch(void *baton, ci_store_t *store, apr_pool_t *pool)
{
    const fetch_t *work = baton;

    return store->methods->fetch(work->rows, store, work->query, pool);
}

ci_error_t *ci_store_fetch(ci_rows_t *rows, ci_store_t *store,
                           const ci_select_t *query, apr_pool_t *pool)
{
    fetch_t work = {rows, query};

    return store->in_transaction ? fetch(&work, store, pool)
                                 : ci_store_repeat(store, fetch, &work, pool);
}

ci_error_t *ci_store_fetch_one(ci_record_t **record, ci_store_t *store,
                               const ci_select_t *query, apr_pool_t *pool)
{
    ci_rows_t rows;
    ci_error_t *err = ci_store_fetch(&rows, store, query, pool);

    *record = !err && rows.count ? rows.records[0] : NULL;
    return err;
}

ci_where_t ci_where_equal(const ci_object_t *object, int row,
                          const ci_value_t *value)
{
    ci_where_t where = {{&object->fields[row], row, -1}, CI_OP_EQUAL, 1, value};

    return where;
}
