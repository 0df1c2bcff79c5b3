/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of store/ci_dbpool with a connector that can be held, fail and count,
 * and with a clock that can be set. Connector and closer call into the pool, so
 * that a call under the pool's lock would never end.
 */
#include "store/ci_dbpool.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_thread_proc.h>

#include <check.h>
#include <mysql.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 64
#define ROUNDS      50
#define SECOND      APR_USEC_PER_SEC
#define FAR_AWAY    APR_INT64_MAX
#define AWAY        2002
#define REFUSED     1045

/* The world outside of the pool. */
typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool hold;            /* connects that begin now wait */
    int waiting;          /* connects that wait */
    int batch;            /* changes when those that wait may go on */
    atomic_uint failure;  /* error of every connect, or 0 */
    atomic_llong timeout; /* what the last connect got */
    atomic_llong limit;   /* likewise */
    atomic_int attempts;
    atomic_int open;
    atomic_int most;
    atomic_bool frozen;
    atomic_llong frozen_now;
    ci_dbpool_t *pool;
} world_t;

/* One thread that acquires. */
typedef struct {
    apr_thread_t *thread;
    ci_dbconn_t *conn;
    apr_status_t rv;
    int place; /* in the order of success */
} taker_t;

static apr_pool_t *root;
static world_t world;
static ci_dbpool_config_t config;
static atomic_int order;

static void note_open(void)
{
    int now = atomic_fetch_add(&world.open, 1) + 1;
    int most = atomic_load(&world.most);

    while (now > most &&
           !atomic_compare_exchange_weak(&world.most, &most, now)) {
    }
}

static void wait_if_held(void)
{
    int batch;

    pthread_mutex_lock(&world.mutex);
    batch = world.batch;
    if (world.hold) {
        world.waiting++;
        pthread_cond_broadcast(&world.changed);
        while (world.batch == batch) {
            pthread_cond_wait(&world.changed, &world.mutex);
        }
        world.waiting--;
    }
    pthread_mutex_unlock(&world.mutex);
}

static MYSQL *fake_connect(const ci_dboption_t *options,
                           apr_interval_time_t timeout,
                           apr_interval_time_t limit, ci_dbfailure_t *failure,
                           void *baton)
{
    (void)options;
    (void)baton;
    atomic_fetch_add(&world.attempts, 1);
    atomic_store(&world.timeout, timeout);
    atomic_store(&world.limit, limit);
    ci_dbpool_reap(world.pool);
    failure->code = atomic_load(&world.failure);
    strcpy(failure->text, "fake");
    wait_if_held();
    if (failure->code) {
        return NULL;
    }
    note_open();
    return calloc(1, sizeof(MYSQL));
}

static void fake_close(MYSQL *mysql, void *baton)
{
    ci_dbfailure_t failure;

    (void)baton;
    ci_dbpool_last_error(world.pool, &failure);
    atomic_fetch_sub(&world.open, 1);
    free(mysql);
}

static apr_time_t fake_now(void *baton)
{
    (void)baton;
    return atomic_load(&world.frozen) ? atomic_load(&world.frozen_now)
                                      : apr_time_now();
}

static const ci_dbpool_hooks_t hooks = {
    .connect = fake_connect, .close = fake_close, .now = fake_now};

static void world_open(void)
{
    apr_initialize();
    apr_pool_create(&root, NULL);
    memset(&world, 0, sizeof world);
    pthread_mutex_init(&world.mutex, NULL);
    pthread_cond_init(&world.changed, NULL);
    atomic_store(&order, 0);
    memset(&config, 0, sizeof config);
    config.max = 3;
    config.idle = 300 * SECOND;
    config.wait = 60 * SECOND;
    config.connect_timeout = 2 * SECOND;
    config.limit = 7 * SECOND;
    config.hooks = &hooks;
}

static void world_close(void)
{
    apr_pool_destroy(root);
    ck_assert_int_eq(atomic_load(&world.open), 0);
    pthread_cond_destroy(&world.changed);
    pthread_mutex_destroy(&world.mutex);
    apr_terminate();
}

static ci_dbpool_t *make_pool(void)
{
    static const ci_dboption_t options;

    ck_assert_int_eq(ci_dbpool_create(&world.pool, &options, &config, root),
                     APR_SUCCESS);
    return world.pool;
}

static void freeze(apr_time_t now)
{
    atomic_store(&world.frozen_now, now);
    atomic_store(&world.frozen, true);
}

/* Connects that begin from now on wait, or do not. */
static void hold_connects(bool hold)
{
    pthread_mutex_lock(&world.mutex);
    world.hold = hold;
    pthread_mutex_unlock(&world.mutex);
}

/* Those that wait go on. */
static void let_go(void)
{
    pthread_mutex_lock(&world.mutex);
    world.hold = false;
    world.batch++;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.mutex);
}

static void await_held_connects(int count)
{
    pthread_mutex_lock(&world.mutex);
    while (world.waiting < count) {
        pthread_cond_wait(&world.changed, &world.mutex);
    }
    pthread_mutex_unlock(&world.mutex);
}

static ci_dbpool_stats_t stats_of(const ci_dbpool_t *pool)
{
    ci_dbpool_stats_t stats;

    ci_dbpool_stats(pool, &stats);
    return stats;
}

static void await_waits(const ci_dbpool_t *pool, apr_uint64_t count)
{
    while (stats_of(pool).waits < count) {
        apr_sleep(1000);
    }
}

static ci_dbconn_t *take(ci_dbpool_t *pool)
{
    ci_dbconn_t *conn = NULL;

    ck_assert_int_eq(ci_dbpool_acquire(&conn, pool, FAR_AWAY), APR_SUCCESS);
    ck_assert_ptr_nonnull(conn);
    ck_assert_ptr_nonnull(ci_dbconn_mysql(conn));
    return conn;
}

static apr_status_t refuse(ci_dbpool_t *pool, apr_time_t deadline)
{
    ci_dbconn_t *conn = NULL;
    apr_status_t rv = ci_dbpool_acquire(&conn, pool, deadline);

    ck_assert_ptr_null(conn);
    return rv;
}

static void *APR_THREAD_FUNC run_taker(apr_thread_t *thread, void *data)
{
    taker_t *taker = data;

    (void)thread;
    taker->rv = ci_dbpool_acquire(&taker->conn, world.pool, FAR_AWAY);
    taker->place = atomic_fetch_add(&order, 1);
    return NULL;
}

static void start(taker_t *taker)
{
    memset(taker, 0, sizeof *taker);
    ck_assert_int_eq(
        apr_thread_create(&taker->thread, NULL, run_taker, taker, root),
        APR_SUCCESS);
}

static void finish(taker_t *taker)
{
    apr_status_t rv;

    apr_thread_join(&rv, taker->thread);
}

START_TEST(nothing_is_connected_before_the_first_acquire)
{
    ci_dbpool_t *pool = make_pool();

    ck_assert_int_eq(atomic_load(&world.attempts), 0);
    ci_dbpool_release(take(pool));
    ck_assert_int_eq(atomic_load(&world.attempts), 1);
    ck_assert_uint_eq(stats_of(pool).idle, 1);
    ck_assert_uint_eq(stats_of(pool).in_use, 0);
}
END_TEST

START_TEST(the_connection_released_last_is_used_first)
{
    ci_dbpool_t *pool = make_pool();
    ci_dbconn_t *first = take(pool);
    ci_dbconn_t *second = take(pool);

    ck_assert_ptr_ne(first, second);
    ci_dbpool_release(second);
    ci_dbpool_release(first);
    ck_assert_ptr_eq(take(pool), first);
    ck_assert_ptr_eq(take(pool), second);
    ck_assert_uint_eq(stats_of(pool).opened, 2);
    ci_dbpool_release(second);
    ci_dbpool_discard(first);
}
END_TEST

START_TEST(surplus_connections_grow_old_and_are_closed)
{
    ci_dbpool_t *pool = make_pool();
    ci_dbconn_t *conn[3];
    int i;

    freeze(1000 * SECOND);
    for (i = 0; i < 3; i++) {
        conn[i] = take(pool);
    }
    for (i = 0; i < 3; i++) {
        ci_dbpool_release(conn[i]);
    }
    freeze(1299 * SECOND);
    ck_assert_ptr_eq(take(pool), conn[2]);
    ci_dbpool_release(conn[2]);
    ck_assert_int_eq(atomic_load(&world.open), 3);
    freeze(1300 * SECOND);
    ck_assert_ptr_eq(take(pool), conn[2]);
    ck_assert_int_eq(atomic_load(&world.open), 1);
    freeze(1700 * SECOND);
    ci_dbpool_release(conn[2]);
    ck_assert_int_eq(atomic_load(&world.open), 1);
    freeze(2000 * SECOND);
    ci_dbpool_reap(pool);
    ck_assert_int_eq(atomic_load(&world.open), 0);
    ck_assert_uint_eq(stats_of(pool).idle, 0);
}
END_TEST

START_TEST(release_does_not_wait_for_a_connect_in_progress)
{
    ci_dbpool_t *pool = make_pool();
    ci_dbconn_t *conn = take(pool);
    taker_t slow;

    hold_connects(true);
    start(&slow);
    await_held_connects(1);
    ci_dbpool_release(conn);
    ck_assert_ptr_eq(take(pool), conn);
    ck_assert_int_eq(atomic_load(&order), 0);
    ci_dbpool_discard(conn);
    ck_assert_int_eq(atomic_load(&order), 0);
    let_go();
    finish(&slow);
    ck_assert_int_eq(slow.rv, APR_SUCCESS);
    ci_dbpool_release(slow.conn);
}
END_TEST

START_TEST(a_wait_ends_after_the_time_for_waiting)
{
    apr_time_t begin = apr_time_now();
    ci_dbpool_t *pool;
    ci_dbconn_t *conn;

    config.max = 1;
    config.wait = 50000;
    pool = make_pool();
    conn = take(pool);
    ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_TIMEUP);
    ck_assert_int_ge(apr_time_now() - begin, 50000);
    ck_assert_uint_eq(stats_of(pool).waits, 1);
    ck_assert_uint_eq(stats_of(pool).timeouts, 1);
    ci_dbpool_release(conn);
    ck_assert_ptr_eq(take(pool), conn);
    ci_dbpool_release(conn);
}
END_TEST

START_TEST(a_wait_ends_at_the_deadline)
{
    apr_time_t begin = apr_time_now();
    ci_dbpool_t *pool;
    ci_dbconn_t *conn;

    config.max = 1;
    pool = make_pool();
    conn = take(pool);
    ck_assert_int_eq(refuse(pool, begin + 30000), APR_TIMEUP);
    ck_assert_int_ge(apr_time_now() - begin, 30000);
    ck_assert_int_lt(apr_time_now() - begin, config.wait / 2);
    ck_assert_int_eq(refuse(pool, begin - 1), APR_TIMEUP);
    ci_dbpool_release(conn);
}
END_TEST

START_TEST(waiters_are_served_in_the_order_they_came)
{
    taker_t takers[5];
    ci_dbpool_t *pool;
    ci_dbconn_t *conn;
    int i;

    config.max = 1;
    pool = make_pool();
    conn = take(pool);
    for (i = 0; i < 5; i++) {
        start(&takers[i]);
        await_waits(pool, (apr_uint64_t)i + 1);
    }
    for (i = 0; i < 5; i++) {
        ci_dbpool_release(conn);
        finish(&takers[i]);
        ck_assert_int_eq(takers[i].rv, APR_SUCCESS);
        ck_assert_int_eq(takers[i].place, i);
        ck_assert_ptr_eq(takers[i].conn, conn);
    }
    ck_assert_uint_eq(stats_of(pool).opened, 1);
    ci_dbpool_release(conn);
}
END_TEST

START_TEST(the_slot_of_a_discarded_connection_goes_to_a_waiter)
{
    taker_t waiter;
    ci_dbpool_t *pool;
    ci_dbconn_t *conn;

    config.max = 1;
    pool = make_pool();
    conn = take(pool);
    start(&waiter);
    await_waits(pool, 1);
    ci_dbpool_discard(conn);
    finish(&waiter);
    ck_assert_int_eq(waiter.rv, APR_SUCCESS);
    ck_assert_uint_eq(stats_of(pool).opened, 2);
    ck_assert_int_eq(atomic_load(&world.open), 1);
    ci_dbpool_release(waiter.conn);
}
END_TEST

START_TEST(a_drained_pool_closes_and_refuses)
{
    taker_t waiters[2];
    ci_dbpool_t *pool;
    ci_dbconn_t *out;
    ci_dbconn_t *lost;
    int i;

    config.max = 2;
    pool = make_pool();
    out = take(pool);
    lost = take(pool);
    for (i = 0; i < 2; i++) {
        start(&waiters[i]);
        await_waits(pool, (apr_uint64_t)i + 1);
    }
    ci_dbpool_drain(pool);
    for (i = 0; i < 2; i++) {
        finish(&waiters[i]);
        ck_assert_int_eq(waiters[i].rv, APR_ECONNABORTED);
    }
    ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_ECONNABORTED);
    ck_assert_int_eq(atomic_load(&world.open), 2);
    ci_dbpool_release(out);
    ck_assert_int_eq(atomic_load(&world.open), 1);
    ci_dbpool_discard(lost);
    ck_assert_int_eq(atomic_load(&world.open), 0);
    ck_assert_uint_eq(stats_of(pool).in_use, 0);
}
END_TEST

START_TEST(draining_closes_idle_connections)
{
    ci_dbpool_t *pool = make_pool();

    ci_dbpool_release(take(pool));
    ci_dbpool_drain(pool);
    ck_assert_int_eq(atomic_load(&world.open), 0);
    ck_assert_uint_eq(stats_of(pool).idle, 0);
}
END_TEST

START_TEST(a_connection_may_come_back_after_its_pool_was_destroyed)
{
    taker_t slow;
    ci_dbpool_t *pool = make_pool();
    ci_dbconn_t *conn = take(pool);
    apr_pool_t *threads = root;

    hold_connects(true);
    start(&slow);
    await_held_connects(1);
    apr_pool_create(&root, NULL);
    ci_dbpool_drain(pool);
    ci_dbpool_release(conn);
    let_go();
    finish(&slow);
    ck_assert_int_eq(slow.rv, APR_SUCCESS);
    apr_pool_destroy(threads);
    ck_assert_int_eq(atomic_load(&world.open), 1);
    ci_dbpool_release(slow.conn);
    ck_assert_int_eq(atomic_load(&world.open), 0);
}
END_TEST

START_TEST(after_a_failure_nobody_connects_until_the_next_attempt_is_due)
{
    ci_dbpool_t *pool = make_pool();
    ci_dbfailure_t failure;
    ci_dbconn_t *conn = take(pool);
    ci_dbconn_t *second;

    freeze(1000 * SECOND);
    atomic_store(&world.failure, AWAY);
    ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_EGENERAL);
    ci_dbpool_last_error(pool, &failure);
    ck_assert_uint_eq(failure.code, AWAY);
    ck_assert_str_eq(failure.text, "fake");
    freeze(1001 * SECOND - 1);
    ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_ECONNREFUSED);
    ck_assert_int_eq(atomic_load(&world.attempts), 2);
    ci_dbpool_release(conn);
    ck_assert_ptr_eq(take(pool), conn);
    atomic_store(&world.failure, 0);
    freeze(1001 * SECOND + SECOND / 2);
    second = take(pool);
    ci_dbpool_release(take(pool));
    ci_dbpool_release(second);
    ci_dbpool_release(conn);
    ck_assert_uint_eq(stats_of(pool).connect_failures, 1);
    ck_assert_uint_eq(stats_of(pool).opened, 3);
}
END_TEST

START_TEST(one_thread_probes_while_the_others_are_refused)
{
    taker_t takers[MAX_THREADS];
    ci_dbpool_t *pool;
    int served = 0;
    int i;

    config.max = MAX_THREADS;
    pool = make_pool();
    freeze(1000 * SECOND);
    atomic_store(&world.failure, AWAY);
    ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_EGENERAL);
    atomic_store(&world.failure, 0);
    freeze(1002 * SECOND);
    hold_connects(true);
    for (i = 0; i < MAX_THREADS; i++) {
        start(&takers[i]);
    }
    while (atomic_load(&order) < MAX_THREADS - 1) {
        apr_sleep(1000);
    }
    ck_assert_int_eq(atomic_load(&world.attempts), 2);
    let_go();
    for (i = 0; i < MAX_THREADS; i++) {
        finish(&takers[i]);
        if (takers[i].rv == APR_SUCCESS) {
            served++;
            ci_dbpool_release(takers[i].conn);
        }
        else {
            ck_assert_int_eq(takers[i].rv, APR_ECONNREFUSED);
        }
    }
    ck_assert_int_eq(served, 1);
}
END_TEST

/* Fail once, then find out, to 10 ms, when the next attempt is made. */
static apr_interval_time_t pause_after_failure(ci_dbpool_t *pool)
{
    apr_time_t failed = fake_now(NULL);
    apr_time_t now = failed;

    do {
        now += 10000;
        freeze(now);
    } while (refuse(pool, FAR_AWAY) == APR_ECONNREFUSED);
    return now - failed;
}

/* Error of the server, shortest and longest pause in milliseconds. */
static const struct {
    unsigned int failure;
    int shortest;
    int longest;
} pauses[] = {
    {AWAY, 1000, 1510}, {2003, 1000, 1510}, {2013, 1000, 1510},
    {1040, 1000, 1510}, {1044, 5000, 5510}, {REFUSED, 5000, 5510},
    {1049, 5000, 5510},
};

START_TEST(pauses_keep_their_length_and_are_not_in_step)
{
    ci_dbpool_t *pool = make_pool();
    apr_interval_time_t first;
    apr_interval_time_t pause;
    int different = 0;
    int i;

    freeze(1000 * SECOND);
    atomic_store(&world.failure, pauses[_i].failure);
    ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_EGENERAL);
    first = pause_after_failure(pool);
    for (i = 0; i < 50; i++) {
        pause = pause_after_failure(pool);
        ck_assert_int_ge(apr_time_as_msec(pause), pauses[_i].shortest);
        ck_assert_int_le(apr_time_as_msec(pause), pauses[_i].longest);
        different += pause != first;
    }
    ck_assert_int_gt(different, 0);
}
END_TEST

START_TEST(ten_thousand_failures_do_not_shorten_or_lengthen_the_pause)
{
    ci_dbpool_t *pool = make_pool();
    apr_time_t now = 1000 * SECOND;
    int i;

    freeze(now);
    atomic_store(&world.failure, AWAY);
    for (i = 0; i < 10000; i++) {
        ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_EGENERAL);
        freeze(now + SECOND - 1);
        ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_ECONNREFUSED);
        now += SECOND + SECOND / 2;
        freeze(now);
    }
    ck_assert_int_eq(atomic_load(&world.attempts), 10000);
}
END_TEST

START_TEST(a_clock_that_is_set_back_does_not_lengthen_the_pause)
{
    ci_dbpool_t *pool = make_pool();

    freeze(10000 * SECOND);
    atomic_store(&world.failure, AWAY);
    ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_EGENERAL);
    freeze(6400 * SECOND);
    ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_EGENERAL);
}
END_TEST

START_TEST(attempts_that_began_together_count_as_one_failure)
{
    taker_t takers[3];
    ci_dbpool_t *pool = make_pool();
    int i;

    freeze(1000 * SECOND);
    hold_connects(true);
    atomic_store(&world.failure, AWAY);
    for (i = 0; i < 3; i++) {
        start(&takers[i]);
    }
    await_held_connects(3);
    let_go();
    for (i = 0; i < 3; i++) {
        finish(&takers[i]);
        ck_assert_int_eq(takers[i].rv, APR_EGENERAL);
    }
    ck_assert_uint_eq(stats_of(pool).connect_failures, 3);
    ck_assert_uint_eq(stats_of(pool).in_use, 0);
    freeze(1002 * SECOND);
    atomic_store(&world.failure, 0);
    ci_dbpool_release(take(pool));
}
END_TEST

START_TEST(an_attempt_that_fails_late_is_old_news)
{
    taker_t late;
    ci_dbpool_t *pool = make_pool();

    freeze(1000 * SECOND);
    atomic_store(&world.failure, AWAY);
    hold_connects(true);
    start(&late);
    await_held_connects(1);
    hold_connects(false);
    ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_EGENERAL);
    freeze(1002 * SECOND);
    let_go();
    finish(&late);
    ck_assert_int_eq(late.rv, APR_EGENERAL);
    atomic_store(&world.failure, 0);
    ci_dbpool_release(take(pool));
}
END_TEST

START_TEST(the_queue_is_sent_away_when_the_server_is_gone)
{
    taker_t takers[4];
    ci_dbpool_t *pool;
    ci_dbconn_t *conn;
    int failed = 0;
    int i;

    config.max = 1;
    pool = make_pool();
    conn = take(pool);
    freeze(1000 * SECOND);
    for (i = 0; i < 4; i++) {
        start(&takers[i]);
        await_waits(pool, (apr_uint64_t)i + 1);
    }
    atomic_store(&world.failure, AWAY);
    ci_dbpool_discard(conn);
    for (i = 0; i < 4; i++) {
        finish(&takers[i]);
        failed += takers[i].rv == APR_EGENERAL;
        ck_assert(takers[i].rv == APR_EGENERAL ||
                  takers[i].rv == APR_ECONNREFUSED);
    }
    ck_assert_int_eq(failed, 1);
    ck_assert_int_eq(atomic_load(&world.attempts), 2);
}
END_TEST

/* Time left for everything; the connect timeout, or 0: none. Milliseconds */
static const struct {
    int left;
    int timeout;
} deadlines[] = {
    {60000, 2000}, {2000, 2000}, {1999, 1999}, {1000, 1000},
    {999, 0},      {0, 0},       {-5, 0},
};

START_TEST(a_connect_is_given_no_more_time_than_is_left)
{
    apr_time_t deadline =
        1000 * SECOND + apr_time_from_msec(deadlines[_i].left);
    ci_dbpool_t *pool = make_pool();
    ci_dbconn_t *conn;

    freeze(1000 * SECOND);
    if (deadlines[_i].timeout) {
        ck_assert_int_eq(ci_dbpool_acquire(&conn, pool, deadline), APR_SUCCESS);
        ck_assert_int_eq(atomic_load(&world.limit), 7 * SECOND);
        ci_dbpool_release(conn);
    }
    else {
        ck_assert_int_eq(refuse(pool, deadline), APR_TIMEUP);
    }
    ck_assert_int_eq(atomic_load(&world.timeout),
                     apr_time_from_msec(deadlines[_i].timeout));
}
END_TEST

static apr_status_t note_order(void *data)
{
    *(int *)data = atomic_load(&world.open);
    return APR_SUCCESS;
}

START_TEST(what_hangs_on_a_connection_dies_before_it)
{
    ci_dbpool_t *pool = make_pool();
    ci_dbconn_t *conn = take(pool);
    int open_at_cleanup = 0;

    ck_assert_ptr_null(ci_dbconn_data(conn));
    ci_dbconn_set_data(conn, &open_at_cleanup);
    apr_pool_cleanup_register(ci_dbconn_pool(conn), &open_at_cleanup,
                              note_order, apr_pool_cleanup_null);
    ci_dbpool_release(conn);
    ck_assert_ptr_eq(take(pool), conn);
    ck_assert_ptr_eq(ci_dbconn_data(conn), &open_at_cleanup);
    ck_assert_int_eq(open_at_cleanup, 0);
    ci_dbpool_discard(conn);
    ck_assert_int_eq(open_at_cleanup, 1);
    ck_assert_int_eq(atomic_load(&world.open), 0);
    conn = take(pool);
    ck_assert_ptr_null(ci_dbconn_data(conn));
    ci_dbpool_release(conn);
}
END_TEST

/* Two pools that share a budget of two connections. */
static ci_dbpool_t *make_two_pools(ci_dbpool_t **other)
{
    config.budget =
        ci_dbbudget_init(apr_palloc(root, ci_dbbudget_size(1)), 2, 1);
    config.wait = 20000;
    ck_assert_int_eq(ci_dbbudget_join(config.budget), APR_SUCCESS);
    *other = make_pool();
    config.wait = 60 * SECOND;
    return make_pool();
}

START_TEST(the_budget_limits_all_pools_together)
{
    ci_dbpool_t *other;
    ci_dbpool_t *pool = make_two_pools(&other);
    ci_dbconn_t *first = take(pool);
    ci_dbconn_t *second = take(pool);

    ck_assert_int_eq(refuse(other, FAR_AWAY), APR_TIMEUP);
    ck_assert_int_eq(ci_dbbudget_used(config.budget), 2);
    ci_dbpool_discard(first);
    ck_assert_int_eq(ci_dbbudget_used(config.budget), 1);
    first = take(other);
    ci_dbpool_discard(second);
    atomic_store(&world.failure, AWAY);
    ck_assert_int_eq(refuse(pool, FAR_AWAY), APR_EGENERAL);
    ck_assert_int_eq(ci_dbbudget_used(config.budget), 1);
    ci_dbpool_discard(first);
    ck_assert_int_eq(ci_dbbudget_used(config.budget), 0);
}
END_TEST

START_TEST(an_idle_connection_is_given_up_for_another_child)
{
    ci_dbpool_t *other;
    ci_dbpool_t *pool = make_two_pools(&other);
    ci_dbconn_t *first = take(pool);
    ci_dbconn_t *second = take(pool);

    ck_assert_int_eq(refuse(other, FAR_AWAY), APR_TIMEUP);
    ci_dbpool_release(first);
    ck_assert_uint_eq(stats_of(pool).idle, 0);
    first = take(other);
    ci_dbpool_release(second);
    ck_assert_uint_eq(stats_of(pool).idle, 1);
    ck_assert_int_eq(refuse(other, FAR_AWAY), APR_TIMEUP);
    ci_dbpool_reap(pool);
    ck_assert_uint_eq(stats_of(pool).idle, 0);
    ci_dbpool_release(take(other));
    ci_dbpool_release(first);
    ci_dbpool_drain(other);
}
END_TEST

START_TEST(a_waiter_gets_the_place_that_another_child_gives_up)
{
    ci_dbpool_t *other;
    ci_dbpool_t *pool = make_two_pools(&other);
    ci_dbconn_t *first = take(other);
    ci_dbconn_t *second = take(other);
    taker_t waiter;

    start(&waiter);
    await_waits(pool, 1);
    ci_dbpool_release(first);
    finish(&waiter);
    ck_assert_int_eq(waiter.rv, APR_SUCCESS);
    ci_dbpool_release(waiter.conn);
    ci_dbpool_release(second);
    ci_dbpool_drain(other);
}
END_TEST

START_TEST(a_newcomer_does_not_overtake_a_waiter)
{
    ci_dbpool_t *other;
    ci_dbpool_t *pool = make_two_pools(&other);
    ci_dbconn_t *first = take(other);
    ci_dbconn_t *second = take(other);
    taker_t waiter;
    taker_t newcomer;

    start(&waiter);
    await_waits(pool, 1);
    ci_dbpool_discard(first);
    start(&newcomer);
    finish(&waiter);
    ck_assert_int_eq(waiter.rv, APR_SUCCESS);
    ck_assert_int_eq(waiter.place, 0);
    ci_dbpool_discard(second);
    finish(&newcomer);
    ck_assert_int_eq(newcomer.rv, APR_SUCCESS);
    ci_dbpool_release(waiter.conn);
    ci_dbpool_release(newcomer.conn);
}
END_TEST

/* Use the pool as threads of a server do whose database is shaky. */
static void *APR_THREAD_FUNC hammer(apr_thread_t *thread, void *data)
{
    unsigned int *seed = data;
    ci_dbconn_t *conn;
    apr_status_t rv;
    int i;

    (void)thread;
    for (i = 0; i < ROUNDS; i++) {
        rv = ci_dbpool_acquire(&conn, world.pool, FAR_AWAY);
        if (rv == APR_SUCCESS && rand_r(seed) % 8 == 0) {
            ci_dbpool_discard(conn);
        }
        else if (rv == APR_SUCCESS) {
            ci_dbconn_set_data(conn, seed);
            apr_palloc(ci_dbconn_pool(conn), 8);
            apr_sleep(rand_r(seed) % 16 ? 0 : 100);
            ci_dbpool_release(conn);
        }
        else {
            atomic_store(&world.failure, 0);
            atomic_fetch_add(&world.frozen_now, SECOND);
        }
        if (rand_r(seed) % 64 == 0) {
            atomic_store(&world.failure, AWAY);
        }
    }
    return NULL;
}

START_TEST(sixty_four_threads_keep_the_count)
{
    apr_thread_t *threads[MAX_THREADS];
    unsigned int seeds[MAX_THREADS];
    ci_dbpool_stats_t stats;
    ci_dbpool_t *pool;
    apr_status_t rv;
    int i;

    config.max = 4;
    pool = make_pool();
    freeze(1000 * SECOND);
    for (i = 0; i < MAX_THREADS; i++) {
        seeds[i] = (unsigned int)i;
        apr_thread_create(&threads[i], NULL, hammer, &seeds[i], root);
    }
    for (i = 0; i < MAX_THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    stats = stats_of(pool);
    ck_assert_int_le(atomic_load(&world.most), config.max);
    ck_assert_uint_eq(stats.in_use, 0);
    ck_assert_int_eq((int)stats.idle, atomic_load(&world.open));
    ck_assert_uint_gt(stats.opened, 1);
    ck_assert_uint_gt(stats.waits, 0);
    ck_assert_uint_gt(stats.connect_failures, 0);
    ci_dbpool_drain(pool);
    ck_assert_int_eq(atomic_load(&world.open), 0);
}
END_TEST

static TCase *slot_case(void)
{
    TCase *tc = tcase_create("slots");

    tcase_add_checked_fixture(tc, world_open, world_close);
    tcase_add_test(tc, nothing_is_connected_before_the_first_acquire);
    tcase_add_test(tc, the_connection_released_last_is_used_first);
    tcase_add_test(tc, surplus_connections_grow_old_and_are_closed);
    tcase_add_test(tc, release_does_not_wait_for_a_connect_in_progress);
    tcase_add_test(tc, a_wait_ends_after_the_time_for_waiting);
    tcase_add_test(tc, a_wait_ends_at_the_deadline);
    tcase_add_test(tc, waiters_are_served_in_the_order_they_came);
    tcase_add_test(tc, the_slot_of_a_discarded_connection_goes_to_a_waiter);
    tcase_add_test(tc, a_drained_pool_closes_and_refuses);
    tcase_add_test(tc, draining_closes_idle_connections);
    tcase_add_test(tc, a_connection_may_come_back_after_its_pool_was_destroyed);
    tcase_add_test(tc, what_hangs_on_a_connection_dies_before_it);
    tcase_add_test(tc, sixty_four_threads_keep_the_count);
    return tc;
}

static TCase *breaker_case(void)
{
    TCase *tc = tcase_create("breaker");

    tcase_add_checked_fixture(tc, world_open, world_close);
    tcase_add_test(
        tc, after_a_failure_nobody_connects_until_the_next_attempt_is_due);
    tcase_add_test(tc, one_thread_probes_while_the_others_are_refused);
    tcase_add_loop_test(tc, pauses_keep_their_length_and_are_not_in_step, 0,
                        (int)(sizeof pauses / sizeof *pauses));
    tcase_add_test(tc,
                   ten_thousand_failures_do_not_shorten_or_lengthen_the_pause);
    tcase_add_test(tc, a_clock_that_is_set_back_does_not_lengthen_the_pause);
    tcase_add_test(tc, attempts_that_began_together_count_as_one_failure);
    tcase_add_test(tc, an_attempt_that_fails_late_is_old_news);
    tcase_add_test(tc, the_queue_is_sent_away_when_the_server_is_gone);
    tcase_add_loop_test(tc, a_connect_is_given_no_more_time_than_is_left, 0,
                        (int)(sizeof deadlines / sizeof *deadlines));
    return tc;
}

static TCase *budget_case(void)
{
    TCase *tc = tcase_create("budget");

    tcase_add_checked_fixture(tc, world_open, world_close);
    tcase_add_test(tc, the_budget_limits_all_pools_together);
    tcase_add_test(tc, an_idle_connection_is_given_up_for_another_child);
    tcase_add_test(tc, a_waiter_gets_the_place_that_another_child_gives_up);
    tcase_add_test(tc, a_newcomer_does_not_overtake_a_waiter);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("dbpool");

    suite_add_tcase(suite, slot_case());
    suite_add_tcase(suite, breaker_case());
    suite_add_tcase(suite, budget_case());
    return unit_run(suite);
}
