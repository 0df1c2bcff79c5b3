/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_dbpool.h
 * The connections of one child to one database, shared by its threads.
 *
 * The pool is a fixed number of slots. A thread takes a slot, with the
 * connection in it or empty; an empty one it connects by itself. Connecting and
 * closing never happen under the pool's lock, so that nobody waits for somebody
 * else's server. Connections are reused last in, first out: those that are
 * too many grow old and are closed.
 *
 * A breaker guards the server: after a failed connect nobody connects until the
 * next attempt is due, 1 to 1.5 s later (5 to 5.5 s if the server refused user
 * or database, errors 1044, 1045, 1049); then one thread tries.
 *
 * MariaDB Connector/C keeps no state per thread: any thread may use a
 * connection that another opened, and needs no mysql_thread_init() or
 * mysql_thread_end(). The library is initialised with the first pool, by a
 * child that has one thread yet.
 *
 * ci_dbpool_* may be called by all threads, ci_dbconn_* only by the thread that
 * acquired the connection.
 *
 * Times are microseconds. A deadline is a time on the clock of the hook now.
 */
#ifndef CI_DBPOOL_H
#define CI_DBPOOL_H

#include "store/ci_dbbudget.h"
#include "store/ci_dboption.h"

#include <apr_pools.h>
#include <apr_time.h>

/** Prepared statements that a connection keeps at most. */
#define CI_DBCONN_STATEMENTS 64

typedef struct ci_dbpool_t ci_dbpool_t;
typedef struct ci_dbconn_t ci_dbconn_t;

/** How the pool reaches the world; tests put something else in its place. */
typedef struct {
    /**
     * Connect and make the session ready.
     * @param timeout for all of it
     * @param limit of each statement on the server; 0: none
     * @param failure filled in on failure
     * @return NULL on failure
     */
    struct st_mysql *(*connect)(const ci_dboption_t *options,
                                apr_interval_time_t timeout,
                                apr_interval_time_t limit,
                                ci_dbfailure_t *failure, void *baton);
    /** Close what connect returned. */
    void (*close)(struct st_mysql *mysql, void *baton);
    /** The clock; need not be the wall clock. Called under the lock. */
    apr_time_t (*now)(void *baton);
    void *baton;
} ci_dbpool_hooks_t;

/** The client library and the wall clock. */
extern const ci_dbpool_hooks_t ci_dbpool_mysql;

/** Directives ContactInfoDBPool, ContactInfoDBTimeout. */
typedef struct {
    int max;                             /**< slots, at least 1 */
    apr_interval_time_t idle;            /**< unused that long: closed */
    apr_interval_time_t wait;            /**< longest wait for a slot */
    apr_interval_time_t connect_timeout; /**< at least 1 s */
    apr_interval_time_t limit;           /**< of a statement; 0: none */
    ci_dbbudget_t *budget;               /**< of all children; NULL: no limit */
    const ci_dbpool_hooks_t *hooks;      /**< NULL: ci_dbpool_mysql */
} ci_dbpool_config_t;

/** Figures at one moment; each is exact, together they may be torn. */
typedef struct {
    unsigned int in_use;           /**< slots out, also while connecting */
    unsigned int idle;             /**< connections waiting to be used */
    apr_uint64_t opened;           /**< connections made since the start */
    apr_uint64_t waits;            /**< acquires that found no slot at once */
    apr_uint64_t timeouts;         /**< acquires that ended in APR_TIMEUP */
    apr_uint64_t connect_failures; /**< attempts that failed */
} ci_dbpool_stats_t;

/**
 * Make an empty pool, in child_init; nothing is connected.
 *
 * When p is destroyed the pool drains. If connections are out at that time
 * their holders may still give them back; the pool is freed with the last one.
 * Nobody may begin to acquire any more.
 * @param pool set on success
 * @param options not copied; must live as long as p and every acquire
 * @param config copied; the budget was joined by this process, the hooks and
 *        the budget live as long as the options
 * @param p pool of the child
 * @return APR_SUCCESS, or what APR says if it cannot make mutex or condition
 */
apr_status_t ci_dbpool_create(ci_dbpool_t **pool, const ci_dboption_t *options,
                              const ci_dbpool_config_t *config, apr_pool_t *p);

/**
 * Take one connection for the calling thread, first come, first served.
 * @param conn set on success; owned by the pool, give it back with
 *        ci_dbpool_release() or ci_dbpool_discard()
 * @param deadline when the caller must be done with everything
 * @return APR_SUCCESS;
 *         APR_TIMEUP if no slot (or no place in the budget) came free before
 *         min(now + wait, deadline), or if less than 1 s is left to connect;
 *         APR_EGENERAL if the caller connected, which failed: see
 *         ci_dbpool_last_error();
 *         APR_ECONNREFUSED if it was not tried, since another attempt failed
 *         just now;
 *         APR_ECONNABORTED if the pool was drained
 */
apr_status_t ci_dbpool_acquire(ci_dbconn_t **conn, ci_dbpool_t *pool,
                               apr_time_t deadline)
    __attribute__((warn_unused_result));

/**
 * Give back a connection that is fit for the next user: no open transaction, no
 * unread result. Costs no round trip, never waits for the server unless it
 * closes connections that were idle for too long.
 */
void ci_dbpool_release(ci_dbconn_t *conn);

/** Give back a connection that is not: it is closed. */
void ci_dbpool_discard(ci_dbconn_t *conn);

/**
 * Close the connections that were idle for too long, and one more if another
 * child was refused by the budget. Acquire and release do the former, too;
 * a timer that calls this makes both happen in a child without requests.
 */
void ci_dbpool_reap(ci_dbpool_t *pool);

/**
 * Close idle connections and refuse new ones, in child_stopping. Waiting
 * threads return at once; connections that are out are closed when they come
 * back.
 */
void ci_dbpool_drain(ci_dbpool_t *pool);

/** Copy what the last failed connect said; code 0 if none ever failed. */
void ci_dbpool_last_error(ci_dbpool_t *pool, ci_dbfailure_t *failure);

/** Read the figures, without the lock. */
void ci_dbpool_stats(const ci_dbpool_t *pool, ci_dbpool_stats_t *stats);

/** The connection itself (MYSQL of <mysql.h>). */
struct st_mysql *ci_dbconn_mysql(const ci_dbconn_t *conn);

/**
 * A pool for what hangs on the connection, as prepared statements. It is
 * destroyed just before the connection is closed: its cleanups may use it.
 */
apr_pool_t *ci_dbconn_pool(const ci_dbconn_t *conn);

/** A pointer for the user of the connection; NULL after connecting. */
void *ci_dbconn_data(const ci_dbconn_t *conn);

/** Set that pointer; what it points to lives in ci_dbconn_pool(). */
void ci_dbconn_set_data(ci_dbconn_t *conn, void *data);

#endif
