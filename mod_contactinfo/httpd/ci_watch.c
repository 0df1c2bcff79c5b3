/* SPDX-License-Identifier: Apache-2.0 */
/* How a child watches over its databases. */
#include "httpd/ci_private.h"

#include "httpd/ci_watch.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_proc.h>

#include <signal.h>

#include "base/ci_counter.h"
#include "store/ci_durability.h"

#define INTERVAL apr_time_from_sec(1)

/* Between two looks at what the server keeps. */
#define EXAMINATION apr_time_from_sec(300)

/* ---------------------------------------------------------- durability - */

static void examine(ci_service_t *service, struct st_mysql *mysql)
{
    const apr_array_header_t *found;
    const ci_relaxed_t *relaxed;
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, NULL);
    apr_pool_tag(pool, "ci_watch");
    found = ci_durability_read(mysql, pool);
    for (i = 0; found && i < found->nelts; i++) {
        relaxed = &APR_ARRAY_IDX(found, i, ci_relaxed_t);
        ci_counter_add(CI_COUNT_RELAXED_SETTINGS);
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, service->host,
                     "CI0007: the database may lose what it has acknowledged:"
                     " %s is %s; %s",
                     relaxed->setting, relaxed->value, relaxed->mend);
    }
    apr_pool_destroy(pool);
}

static int is_due(ci_service_t *service)
{
    apr_time_t last = __atomic_load_n(&service->examined, __ATOMIC_RELAXED);
    apr_time_t now = apr_time_now();

    return (now >= last + EXAMINATION || now < last) &&
           __atomic_compare_exchange_n(&service->examined, &last, now, 0,
                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static struct st_mysql *connect_and_look(const ci_dboption_t *options,
                                         apr_interval_time_t timeout,
                                         apr_interval_time_t limit,
                                         ci_dbfailure_t *failure, void *service)
{
    struct st_mysql *mysql =
        ci_dbpool_mysql.connect(options, timeout, limit, failure, NULL);

    if (mysql && is_due(service)) {
        examine(service, mysql);
    }
    return mysql;
}

const ci_dbpool_hooks_t *ci_watch_hooks(ci_service_t *service,
                                        apr_pool_t *pchild)
{
    ci_dbpool_hooks_t *hooks =
        apr_pmemdup(pchild, &ci_dbpool_mysql, sizeof *hooks);

    hooks->connect = connect_and_look;
    hooks->baton = service;
    return hooks;
}

/* ------------------------------------------------------------- trouble - */

int ci_watch_level(const char **more, request_rec *r, const ci_error_t *err)
{
    const ci_service_t *service = ci_config_server(r->server)->service;
    apr_uint64_t unsaid;

    *more = "";
    if (!service) {
        return APLOG_ERR;
    }
    if (!ci_outage_note(&unsaid, service->outage, err->trouble,
                        apr_time_now())) {
        return APLOG_DEBUG;
    }
    if (unsaid) {
        *more = apr_psprintf(r->pool, " (%" APR_UINT64_T_FMT " more like this)",
                             unsaid);
    }
    return APLOG_ERR;
}

static void tell_what_is_over(const ci_service_t *service)
{
    ci_outage_end_t end;

    while (ci_outage_over(&end, service->outage, apr_time_now())) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, service->host,
                     "CI0008: %s: over after %" APR_TIME_T_FMT
                     " s, %" APR_UINT64_T_FMT " requests of this child failed",
                     end.what,
                     apr_time_sec(end.duration + APR_USEC_PER_SEC - 1),
                     end.failures);
    }
}

/* -------------------------------------------------------------- thread - */

typedef struct {
    apr_array_header_t *services; /* ci_service_t * */
    apr_thread_t *thread;
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *wakeup;
    int stopping; /* under the mutex */
} watch_t;

static void look_around(const watch_t *watch)
{
    const ci_service_t *service;
    int i;

    for (i = 0; i < watch->services->nelts; i++) {
        service = APR_ARRAY_IDX(watch->services, i, const ci_service_t *);
        ci_dbpool_reap(service->connections);
        tell_what_is_over(service);
    }
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *data)
{
    watch_t *watch = data;

    (void)thread;
    apr_thread_mutex_lock(watch->mutex);
    while (!watch->stopping) {
        apr_thread_cond_timedwait(watch->wakeup, watch->mutex, INTERVAL);
        apr_thread_mutex_unlock(watch->mutex);
        look_around(watch);
        apr_thread_mutex_lock(watch->mutex);
    }
    apr_thread_mutex_unlock(watch->mutex);
    return NULL;
}

static apr_status_t stop(void *data)
{
    watch_t *watch = data;
    apr_status_t rv;

    apr_thread_mutex_lock(watch->mutex);
    watch->stopping = 1;
    apr_thread_cond_signal(watch->wakeup);
    apr_thread_mutex_unlock(watch->mutex);
    apr_thread_join(&rv, watch->thread);
    return APR_SUCCESS;
}

/* Signals are the business of the MPM's own threads. */
static apr_status_t start_thread(watch_t *watch, apr_pool_t *pchild)
{
    sigset_t all, before;
    apr_status_t rv;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rv = apr_thread_create(&watch->thread, NULL, run, watch, pchild);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rv;
}

apr_status_t ci_watch_start(apr_hash_t *services, apr_pool_t *pchild)
{
    watch_t *watch = apr_pcalloc(pchild, sizeof *watch);
    apr_hash_index_t *index;
    apr_status_t rv;

    watch->services = apr_array_make(pchild, 4, sizeof(ci_service_t *));
    for (index = apr_hash_first(pchild, services); index;
         index = apr_hash_next(index)) {
        APR_ARRAY_PUSH(watch->services, void *) = apr_hash_this_val(index);
    }
    rv = apr_thread_mutex_create(&watch->mutex, APR_THREAD_MUTEX_DEFAULT,
                                 pchild);
    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&watch->wakeup, pchild);
    }
    if (rv == APR_SUCCESS) {
        rv = start_thread(watch, pchild);
    }
    if (rv == APR_SUCCESS) {
        apr_pool_pre_cleanup_register(pchild, watch, stop);
    }
    return rv;
}
