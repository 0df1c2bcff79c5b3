/* SPDX-License-Identifier: Apache-2.0 */
/* What children and threads share. */
#include "httpd/ci_private.h"

#include "httpd/ci_service.h"

#include <apr_hash.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <http_main.h>
#include <jansson.h>
#include <mpm_common.h>
#include <util_mutex.h>

#include <unistd.h>

#include "base/ci_counter.h"
#include "httpd/ci_watch.h"

static const char mutex_type[] = "contactinfo-hash";

/* How long a thread sleeps before it asks for a turn again, microseconds. */
#define TURN_INTERVAL 2000

#define MAX_TURNS 64

/* The shared memory: the generation, the counters, the throttle, the budget.
   Each begins at a multiple of 8. */
#define COUNTERS_OFFSET 64
#define THROTTLE_OFFSET (COUNTERS_OFFSET + CI_COUNTERS * sizeof(apr_uint64_t))
#define BUDGET_OFFSET   (THROTTLE_OFFSET + ci_throttle_size())

/* Kept over restarts, as long as the server runs: old children go on using
   it. */
typedef struct {
    apr_shm_t *shm;
    int connections;
} retained_t;

/* Of this process. Written before there are threads, then only read. */
static struct {
    apr_uint64_t *generation;
    ci_throttle_t *throttle;
    ci_dbbudget_t *budget;
    apr_uint64_t parsing; /* bytes that JSON trees may take now; atomic */
    int nturns;
    apr_global_mutex_t *turns[MAX_TURNS];
    apr_hash_t *services;
} shared;

int ci_service_pre_config(apr_pool_t *pconf, apr_pool_t *plog,
                          apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    return ap_mutex_register(pconf, mutex_type, NULL, APR_LOCK_DEFAULT, 0) ==
                   APR_SUCCESS
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}

static apr_status_t make_memory(retained_t *kept, server_rec *s)
{
    apr_pool_t *pool = s->process->pool;
    int children = 0;
    apr_status_t rv;
    char *memory;

    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children);
    rv = apr_shm_create(
        &kept->shm, BUDGET_OFFSET + ci_dbbudget_size(2 * children), NULL, pool);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    memory = apr_shm_baseaddr_get(kept->shm);
    memset(memory, 0, BUDGET_OFFSET);
    ci_dbbudget_init(memory + BUDGET_OFFSET, kept->connections, 2 * children);
    return APR_SUCCESS;
}

/* The budget and the generation outlive a restart unless the limit changed.
   Its layout is in the name: a graceful restart may load another version of the
   module, which must not take it for its own. */
static apr_status_t use_memory(server_rec *s)
{
    char key[64];
    int connections = ci_config_connections(ci_config_server(s));
    apr_status_t rv = APR_SUCCESS;
    retained_t *kept;
    char *memory;

    apr_snprintf(key, sizeof key, "contactinfo %d %d %d", (int)COUNTERS_OFFSET,
                 (int)THROTTLE_OFFSET, (int)BUDGET_OFFSET);
    kept = ap_retained_data_get(key);
    if (!kept) {
        kept = ap_retained_data_create(key, sizeof *kept);
    }
    if (!kept->shm || kept->connections != connections) {
        kept->connections = connections;
        rv = make_memory(kept, s);
    }
    if (rv == APR_SUCCESS) {
        memory = apr_shm_baseaddr_get(kept->shm);
        shared.generation = (void *)memory;
        ci_counter_use((void *)(memory + COUNTERS_OFFSET));
        shared.throttle = (void *)(memory + THROTTLE_OFFSET);
        shared.budget = (void *)(memory + BUDGET_OFFSET);
    }
    return rv;
}

/* At most half the cores hash at once. */
static apr_status_t make_turns(apr_pool_t *pconf, server_rec *s)
{
    long half = sysconf(_SC_NPROCESSORS_ONLN) / 2;
    apr_status_t rv = APR_SUCCESS;
    int i;

    shared.nturns = half < 1 ? 1 : half > MAX_TURNS ? MAX_TURNS : (int)half;
    for (i = 0; rv == APR_SUCCESS && i < shared.nturns; i++) {
        rv = ap_global_mutex_create(&shared.turns[i], NULL, mutex_type,
                                    apr_itoa(pconf, i), s, pconf, 0);
    }
    return rv;
}

static int is_configured(server_rec *s)
{
    for (; s; s = s->next) {
        if (ci_config_server(s)->options) {
            return 1;
        }
    }
    return 0;
}

int ci_service_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s)
{
    apr_status_t rv;

    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG ||
        !is_configured(s)) {
        return OK;
    }
    rv = use_memory(s);
    if (rv == APR_SUCCESS) {
        rv = make_turns(pconf, s);
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, rv, s,
                     "CI0001: no shared memory or mutex for mod_contactinfo: "
                     "raise the system's limits or see the Mutex directive");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

/* ---------------------------------------------------------------- child  */

static apr_status_t make_service(ci_service_t **service, server_rec *s,
                                 apr_pool_t *pchild)
{
    const ci_server_config_t *config = ci_config_server(s);
    ci_service_t *made = apr_pcalloc(pchild, sizeof *made);
    ci_dbpool_config_t pool = ci_config_dbpool(config);
    apr_status_t rv;

    pool.budget = shared.budget;
    pool.hooks = ci_watch_hooks(made, pchild);
    made->identity = config->identity;
    made->host = s;
    rv = ci_dbpool_create(&made->connections, config->options, &pool, pchild);
    if (rv == APR_SUCCESS) {
        rv = ci_reference_cache_create(&made->references, pchild);
    }
    if (rv == APR_SUCCESS) {
        rv = ci_outage_create(&made->outage, pchild);
    }
    made->tokens = ci_token_cache_create(ci_config_token_cache_ttl(config),
                                         shared.generation, pchild);
    *service = made;
    return rv;
}

/* Hosts whose options are equal share one service. */
static apr_status_t find_service(server_rec *s, apr_pool_t *pchild)
{
    ci_server_config_t *config = ci_config_server(s);
    apr_status_t rv = APR_SUCCESS;

    config->service =
        apr_hash_get(shared.services, config->identity, APR_HASH_KEY_STRING);
    if (!config->service) {
        rv = make_service(&config->service, s, pchild);
        apr_hash_set(shared.services, config->identity, APR_HASH_KEY_STRING,
                     config->service);
    }
    return rv;
}

static apr_status_t join_turns(apr_pool_t *pchild)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < shared.nturns; i++) {
        rv = apr_global_mutex_child_init(
            &shared.turns[i], apr_global_mutex_lockfile(shared.turns[i]),
            pchild);
    }
    return rv;
}

void ci_service_child_init(apr_pool_t *pchild, server_rec *s)
{
    server_rec *main_server = s;
    apr_status_t rv = APR_SUCCESS;

    shared.services = apr_hash_make(pchild);
    if (!shared.budget || !is_configured(s)) {
        return;
    }
    json_object_seed(0);
    ci_dbbudget_join(shared.budget);
    rv = join_turns(pchild);
    for (; rv == APR_SUCCESS && s; s = s->next) {
        if (ci_config_server(s)->options) {
            rv = find_service(s, pchild);
        }
    }
    if (rv == APR_SUCCESS) {
        rv = ci_watch_start(shared.services, pchild);
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, main_server,
                     "CI0002: this child cannot serve mod_contactinfo");
    }
}

void ci_service_child_stopping(apr_pool_t *pchild, int graceful)
{
    apr_hash_index_t *index;
    void *service;

    if (graceful || !shared.services) {
        return;
    }
    for (index = apr_hash_first(pchild, shared.services); index;
         index = apr_hash_next(index)) {
        apr_hash_this(index, NULL, NULL, &service);
        ci_dbpool_drain(((ci_service_t *)service)->connections);
    }
}

/* ----------------------------------------------------------------- turns */

static apr_status_t enter(void *baton, apr_time_t deadline)
{
    int *taken = baton;

    do {
        for (*taken = 0; *taken < shared.nturns; ++*taken) {
            if (apr_global_mutex_trylock(shared.turns[*taken]) == APR_SUCCESS) {
                return APR_SUCCESS;
            }
        }
        apr_sleep(TURN_INTERVAL);
    } while (apr_time_now() < deadline);
    return APR_TIMEUP;
}

static void leave(void *baton)
{
    apr_global_mutex_unlock(shared.turns[*(int *)baton]);
}

ci_gate_t *ci_service_gate(apr_pool_t *pool)
{
    ci_gate_t *gate = apr_palloc(pool, sizeof *gate);

    gate->enter = enter;
    gate->leave = leave;
    gate->baton = apr_pcalloc(pool, sizeof(int));
    return gate;
}

apr_uint64_t ci_service_connections(void)
{
    return shared.budget ? (apr_uint64_t)ci_dbbudget_used(shared.budget) : 0;
}

ci_throttle_t *ci_service_throttle(void)
{
    return shared.throttle;
}

/* -------------------------------------------------------------- parsing  */

/* What a request took of the budget. */
static apr_status_t give_parsing(void *data)
{
    __atomic_sub_fetch(&shared.parsing, *(const apr_uint64_t *)data,
                       __ATOMIC_RELAXED);
    return APR_SUCCESS;
}

/* Memory that a JSON text may take as a tree: jansson needs about 240 bytes for
   each smallest value. */
static apr_uint64_t cost_of(const char *text, apr_size_t length)
{
    apr_uint64_t values = 1;
    apr_size_t i;

    for (i = 0; i < length; i++) {
        values += text[i] == ',' || text[i] == '{' || text[i] == '[';
    }
    return 2 * length + 120 * values;
}

ci_error_t *ci_service_take_parsing(const char *text, apr_size_t length,
                                    apr_off_t budget, apr_pool_t *pool)
{
    apr_uint64_t *cost = apr_palloc(pool, sizeof *cost);

    *cost = cost_of(text, length);
    if (*cost > (apr_uint64_t)budget) {
        return ci_error_create(pool, CI_PAYLOAD_TOO_LARGE, NULL,
                               "the body has too many values");
    }
    if (__atomic_add_fetch(&shared.parsing, *cost, __ATOMIC_RELAXED) >
        (apr_uint64_t)budget) {
        give_parsing(cost);
        return ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_ENOMEM,
                               "ContactInfoParseBudget is used up");
    }
    apr_pool_cleanup_register(pool, cost, give_parsing, apr_pool_cleanup_null);
    return NULL;
}
