/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connections of one child to one database, shared by its threads.
 *
 * A slot is in one of three places: on the list idle (connected, latest first),
 * on the list empty, or out with the thread that took it. Threads that find
 * neither wait in a queue, and only the first in the queue may take; whoever
 * puts a slot on a list, or leaves the queue, wakes the first.
 */
#include "store/ci_dbpool.h"
#include "store/ci_dbbreaker.h"
#include "store/ci_dbconnect.h"

#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include <errmsg.h>

#include <stdatomic.h>

/* How often the first in the queue asks a budget that refused it. */
#define BUDGET_POLL apr_time_from_msec(50)

/* Waiters share the conditions in turn, so that one signal wakes one thread. */
#define CONDITIONS 64

struct ci_dbconn_t {
    ci_dbpool_t *owner;
    MYSQL *mysql; /* NULL: the slot is empty */
    apr_pool_t *pool;
    void *data;
    apr_time_t idle_since;
    unsigned int episode; /* of the breaker when the slot was taken empty */
    ci_dbconn_t *next;
};

typedef struct waiter_t {
    apr_thread_cond_t *wakeup;
    struct waiter_t *next;
} waiter_t;

struct ci_dbpool_t {
    const ci_dboption_t *options;
    ci_dbpool_config_t config;
    apr_pool_t *own; /* holds the pool itself; without a parent */
    apr_thread_mutex_t *mutex;
    /* all that follows up to the figures is under the mutex */
    ci_dbconn_t *idle;
    ci_dbconn_t *empty;
    waiter_t *queue;
    apr_thread_cond_t *conditions[CONDITIONS];
    unsigned int turn;
    ci_dbbreaker_t breaker;
    bool draining;
    bool orphaned; /* the creator's pool is gone */
    /* figures, written under the mutex, read without */
    atomic_uint in_use;
    atomic_uint idle_count;
    atomic_ullong opened;
    atomic_ullong waits;
    atomic_ullong timeouts;
    atomic_ullong connect_failures;
};

static MYSQL *connect_mysql(const ci_dboption_t *options,
                            apr_interval_time_t timeout,
                            apr_interval_time_t limit, ci_dbfailure_t *failure,
                            void *baton)
{
    (void)baton;
    return ci_dbconnect(options, timeout, limit, failure);
}

static void close_mysql(MYSQL *mysql, void *baton)
{
    (void)baton;
    mysql_close(mysql);
}

static apr_time_t wall_clock(void *baton)
{
    (void)baton;
    return apr_time_now();
}

const ci_dbpool_hooks_t ci_dbpool_mysql = {
    .connect = connect_mysql,
    .close = close_mysql,
    .now = wall_clock,
};

static apr_time_t now_of(const ci_dbpool_t *pool)
{
    return pool->config.hooks->now(pool->config.hooks->baton);
}

/* Free an orphaned pool with the last thread that has to do with it. */
static void unlock(ci_dbpool_t *pool)
{
    bool last = pool->orphaned && !pool->queue && !atomic_load(&pool->in_use);

    apr_thread_mutex_unlock(pool->mutex);
    if (last) {
        apr_pool_destroy(pool->own);
    }
}

static void push(ci_dbconn_t **list, ci_dbconn_t *conn)
{
    conn->next = *list;
    *list = conn;
}

static ci_dbconn_t *pop(ci_dbconn_t **list)
{
    ci_dbconn_t *conn = *list;

    *list = conn->next;
    conn->next = NULL;
    return conn;
}

static void wake_first(ci_dbpool_t *pool)
{
    if (pool->queue) {
        apr_thread_cond_broadcast(pool->queue->wakeup);
    }
}

/* Take out all connections that are unused since that time or longer. */
static ci_dbconn_t *cut_idle(ci_dbpool_t *pool, apr_time_t since)
{
    ci_dbconn_t **link = &pool->idle;
    ci_dbconn_t *cut;
    ci_dbconn_t *conn;

    while (*link && (*link)->idle_since > since) {
        link = &(*link)->next;
    }
    cut = *link;
    *link = NULL;
    for (conn = cut; conn; conn = conn->next) {
        atomic_fetch_sub(&pool->idle_count, 1);
        atomic_fetch_add(&pool->in_use, 1);
    }
    return cut;
}

static ci_dbconn_t *cut_expired(ci_dbpool_t *pool)
{
    return cut_idle(pool, now_of(pool) - pool->config.idle);
}

static ci_dbconn_t *take_idle(ci_dbpool_t *pool)
{
    atomic_fetch_sub(&pool->idle_count, 1);
    atomic_fetch_add(&pool->in_use, 1);
    return pop(&pool->idle);
}

/* Close the connection of a slot that is out, without the lock. */
static void disconnect(ci_dbconn_t *conn)
{
    const ci_dbpool_config_t *config = &conn->owner->config;

    /* to take leave must not take longer than to greet */
    ci_dbconnect_wait_until(apr_time_now() + config->connect_timeout);
    if (conn->pool) {
        apr_pool_destroy(conn->pool);
    }
    if (conn->mysql) {
        config->hooks->close(conn->mysql, config->hooks->baton);
    }
    if (config->budget) {
        ci_dbbudget_give(config->budget);
    }
    conn->pool = NULL;
    conn->mysql = NULL;
    conn->data = NULL;
}

static void put_empty(ci_dbpool_t *pool, ci_dbconn_t *conn)
{
    push(&pool->empty, conn);
    atomic_fetch_sub(&pool->in_use, 1);
    wake_first(pool);
}

/* Close the connections of slots that are out; then the slots are empty. */
static void retire(ci_dbconn_t *list)
{
    ci_dbpool_t *pool;
    ci_dbconn_t *conn;

    if (!list) {
        return;
    }
    pool = list->owner;
    for (conn = list; conn; conn = conn->next) {
        disconnect(conn);
    }
    apr_thread_mutex_lock(pool->mutex);
    while (list) {
        put_empty(pool, pop(&list));
    }
    unlock(pool);
}

static bool budget_wanted(const ci_dbpool_t *pool)
{
    return pool->config.budget && ci_dbbudget_wanted(pool->config.budget);
}

/*
 * Take a slot if there is one: connected, or empty and allowed to connect.
 * APR_EAGAIN: wait, for a slot or, if there are empty ones, for the budget.
 */
static apr_status_t try_claim(ci_dbconn_t **slot, ci_dbpool_t *pool,
                              apr_time_t deadline)
{
    apr_time_t now = now_of(pool);

    if (pool->draining) {
        return APR_ECONNABORTED;
    }
    if (pool->idle) {
        *slot = take_idle(pool);
        return APR_SUCCESS;
    }
    if (!pool->empty) {
        return APR_EAGAIN;
    }
    if (!ci_dbbreaker_admits(&pool->breaker, now)) {
        return APR_ECONNREFUSED;
    }
    if (deadline - now < apr_time_from_sec(1)) {
        return APR_TIMEUP;
    }
    if (pool->config.budget && !ci_dbbudget_take(pool->config.budget)) {
        return APR_EAGAIN;
    }
    *slot = pop(&pool->empty);
    (*slot)->episode = ci_dbbreaker_enter(&pool->breaker);
    atomic_fetch_add(&pool->in_use, 1);
    return APR_SUCCESS;
}

static void enqueue(ci_dbpool_t *pool, waiter_t *self)
{
    waiter_t **link = &pool->queue;

    while (*link) {
        link = &(*link)->next;
    }
    *link = self;
    self->next = NULL;
    self->wakeup = pool->conditions[pool->turn++ % CONDITIONS];
    atomic_fetch_add(&pool->waits, 1);
}

static void dequeue(ci_dbpool_t *pool, waiter_t *self)
{
    waiter_t **link = &pool->queue;

    while (*link != self) {
        link = &(*link)->next;
    }
    *link = self->next;
    wake_first(pool);
}

/* One sleep in the queue, cut short if only a poll of the budget helps. */
static void sleep_in_queue(ci_dbpool_t *pool, const waiter_t *self,
                           apr_interval_time_t left)
{
    if (pool->queue == self && pool->empty && left > BUDGET_POLL) {
        left = BUDGET_POLL;
    }
    apr_thread_cond_timedwait(self->wakeup, pool->mutex, left);
}

/* Take a slot under the lock; wait in the queue if need be. */
static apr_status_t claim(ci_dbconn_t **slot, ci_dbpool_t *pool,
                          apr_time_t deadline)
{
    apr_time_t end = now_of(pool) + pool->config.wait;
    apr_status_t rv =
        pool->queue ? APR_EAGAIN : try_claim(slot, pool, deadline);
    apr_interval_time_t left;
    waiter_t self;

    if (rv != APR_EAGAIN) {
        return rv;
    }
    end = end < deadline ? end : deadline;
    enqueue(pool, &self);
    while (rv == APR_EAGAIN) {
        left = end - now_of(pool);
        if (left <= 0) {
            rv = APR_TIMEUP;
        }
        else {
            sleep_in_queue(pool, &self, left);
            if (pool->queue == &self || pool->draining) {
                rv = try_claim(slot, pool, deadline);
            }
        }
    }
    dequeue(pool, &self);
    return rv;
}

static apr_interval_time_t connect_timeout(const ci_dbpool_t *pool,
                                           apr_time_t deadline)
{
    apr_interval_time_t left = deadline - now_of(pool);

    return left < pool->config.connect_timeout ? left
                                               : pool->config.connect_timeout;
}

/* Connect an empty slot that is out; if that fails, give the slot back. */
static apr_status_t connect_slot(ci_dbconn_t *conn, apr_time_t deadline)
{
    ci_dbpool_t *pool = conn->owner;
    const ci_dbpool_hooks_t *hooks = pool->config.hooks;
    ci_dbfailure_t failure = {CR_OUT_OF_MEMORY, "out of memory"};
    apr_status_t rv = APR_SUCCESS;

    if (apr_pool_create_unmanaged_ex(&conn->pool, NULL, NULL) == APR_SUCCESS) {
        apr_pool_tag(conn->pool, "ci_dbconn");
        conn->mysql =
            hooks->connect(pool->options, connect_timeout(pool, deadline),
                           pool->config.limit, &failure, hooks->baton);
    }
    if (!conn->mysql) {
        disconnect(conn);
    }
    apr_thread_mutex_lock(pool->mutex);
    if (conn->mysql) {
        ci_dbbreaker_close(&pool->breaker);
        atomic_fetch_add(&pool->opened, 1);
    }
    else {
        ci_dbbreaker_open(&pool->breaker, conn->episode, &failure,
                          now_of(pool));
        atomic_fetch_add(&pool->connect_failures, 1);
        put_empty(pool, conn);
        rv = APR_EGENERAL;
    }
    unlock(pool);
    return rv;
}

/* Refuse what is new, send away who waits, close what is idle. */
static void stop(ci_dbpool_t *pool, bool orphaned)
{
    ci_dbconn_t *idle;
    waiter_t *waiter;

    apr_thread_mutex_lock(pool->mutex);
    pool->draining = true;
    pool->orphaned = orphaned;
    for (waiter = pool->queue; waiter; waiter = waiter->next) {
        apr_thread_cond_broadcast(waiter->wakeup);
    }
    idle = cut_idle(pool, APR_INT64_MAX);
    unlock(pool);
    retire(idle);
}

static apr_status_t orphan(void *pool)
{
    stop(pool, true);
    return APR_SUCCESS;
}

static apr_status_t make_locks(ci_dbpool_t *pool)
{
    apr_status_t rv = apr_thread_mutex_create(
        &pool->mutex, APR_THREAD_MUTEX_DEFAULT, pool->own);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < CONDITIONS; i++) {
        rv = apr_thread_cond_create(&pool->conditions[i], pool->own);
    }
    return rv;
}

apr_status_t ci_dbpool_create(ci_dbpool_t **pool, const ci_dboption_t *options,
                              const ci_dbpool_config_t *config, apr_pool_t *p)
{
    ci_dbpool_t *made;
    ci_dbconn_t *slots;
    apr_pool_t *own;
    apr_status_t rv = apr_pool_create_unmanaged_ex(&own, NULL, NULL);
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (mysql_library_init(0, NULL, NULL)) {
        apr_pool_destroy(own);
        return APR_EGENERAL;
    }
    apr_pool_tag(own, "ci_dbpool");
    made = apr_pcalloc(own, sizeof *made);
    made->own = own;
    made->options = options;
    made->config = *config;
    if (!config->hooks) {
        made->config.hooks = &ci_dbpool_mysql;
    }
    rv = make_locks(made);
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(own);
        return rv;
    }
    apr_pool_cleanup_register(p, made, orphan, apr_pool_cleanup_null);
    slots = apr_pcalloc(own, (apr_size_t)config->max * sizeof *slots);
    for (i = 0; i < config->max; i++) {
        slots[i].owner = made;
        push(&made->empty, &slots[i]);
    }
    *pool = made;
    return APR_SUCCESS;
}

apr_status_t ci_dbpool_acquire(ci_dbconn_t **conn, ci_dbpool_t *pool,
                               apr_time_t deadline)
{
    ci_dbconn_t *expired;
    ci_dbconn_t *slot;
    apr_status_t rv;

    apr_thread_mutex_lock(pool->mutex);
    while ((expired = cut_expired(pool)) != NULL) {
        unlock(pool);
        retire(expired);
        apr_thread_mutex_lock(pool->mutex);
    }
    rv = claim(&slot, pool, deadline);
    if (rv == APR_TIMEUP) {
        atomic_fetch_add(&pool->timeouts, 1);
    }
    unlock(pool);
    if (rv == APR_SUCCESS && !slot->mysql) {
        rv = connect_slot(slot, deadline);
    }
    if (rv == APR_SUCCESS) {
        *conn = slot;
    }
    return rv;
}

void ci_dbpool_release(ci_dbconn_t *conn)
{
    ci_dbpool_t *pool = conn->owner;
    ci_dbconn_t *surplus = conn;

    apr_thread_mutex_lock(pool->mutex);
    if (!pool->draining && (pool->queue || !budget_wanted(pool))) {
        conn->idle_since = now_of(pool);
        push(&pool->idle, conn);
        atomic_fetch_sub(&pool->in_use, 1);
        atomic_fetch_add(&pool->idle_count, 1);
        wake_first(pool);
        surplus = cut_expired(pool);
    }
    unlock(pool);
    retire(surplus);
}

void ci_dbpool_discard(ci_dbconn_t *conn)
{
    retire(conn);
}

void ci_dbpool_reap(ci_dbpool_t *pool)
{
    ci_dbconn_t *surplus;

    apr_thread_mutex_lock(pool->mutex);
    surplus = cut_expired(pool);
    if (!surplus && pool->idle && budget_wanted(pool)) {
        surplus = take_idle(pool);
    }
    unlock(pool);
    retire(surplus);
}

void ci_dbpool_drain(ci_dbpool_t *pool)
{
    stop(pool, false);
}

void ci_dbpool_last_error(ci_dbpool_t *pool, ci_dbfailure_t *failure)
{
    apr_thread_mutex_lock(pool->mutex);
    *failure = pool->breaker.failure;
    unlock(pool);
}

void ci_dbpool_stats(const ci_dbpool_t *pool, ci_dbpool_stats_t *stats)
{
    stats->in_use = atomic_load(&pool->in_use);
    stats->idle = atomic_load(&pool->idle_count);
    stats->opened = atomic_load(&pool->opened);
    stats->waits = atomic_load(&pool->waits);
    stats->timeouts = atomic_load(&pool->timeouts);
    stats->connect_failures = atomic_load(&pool->connect_failures);
}

MYSQL *ci_dbconn_mysql(const ci_dbconn_t *conn)
{
    return conn->mysql;
}

apr_pool_t *ci_dbconn_pool(const ci_dbconn_t *conn)
{
    return conn->pool;
}

void *ci_dbconn_data(const ci_dbconn_t *conn)
{
    return conn->data;
}

void ci_dbconn_set_data(ci_dbconn_t *conn, void *data)
{
    conn->data = data;
}
