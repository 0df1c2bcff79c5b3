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

ci_error_t *ci_store_transaction(ci_store_t *store, ci_transaction_fn work,
                                 void *baton, apr_pool_t *pool)
{
    ci_error_t *err = NULL;
    int attempt;

    for (attempt = 0; attempt < MAX_TRIES; attempt++) {
        if (attempt > 0) {
            ci_counter_add(CI_COUNT_RETRIES);
            wait_a_little(attempt - 1);
        }
        err = try_once(store, work, baton, pool);
        if (!err || err->retry != CI_TRANSIENT ||
            apr_time_now() >= store->deadline) {
            break;
        }
    }
    return err;
}

ci_error_t *ci_store_fetch_one(ci_record_t **record, ci_store_t *store,
                               const ci_select_t *query, apr_pool_t *pool)
{
    ci_rows_t rows;
    ci_error_t *err = store->methods->fetch(&rows, store, query, pool);

    *record = !err && rows.count ? rows.records[0] : NULL;
    return err;
}

ci_where_t ci_where_equal(const ci_object_t *object, int row,
                          const ci_value_t *value)
{
    ci_where_t where = {{&object->fields[row], row, -1}, CI_OP_EQUAL, 1, value};

    return where;
}
