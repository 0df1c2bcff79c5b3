/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_service.h
 * What a child shares among its threads, one for each database, and what all
 * children share: the budget of connections, the generation of tokens and the
 * turns to hash a password.
 */
#ifndef CI_SERVICE_H
#define CI_SERVICE_H

#include "base/ci_outage.h"
#include "httpd/ci_config.h"

struct ci_service_t {
    const char *identity; /**< of the options; hosts with equal ones share */
    ci_dbpool_t *connections;
    ci_reference_cache_t *references;
    ci_token_cache_t *tokens;
    ci_outage_t *outage;
    server_rec *host;    /**< the first one, whose log has what concerns all */
    apr_time_t examined; /**< when its durability was; atomic, 0: never */
};

/** pre_config: let Mutex directives configure the turns. */
int ci_service_pre_config(apr_pool_t *pconf, apr_pool_t *plog,
                          apr_pool_t *ptemp);

/** post_config: make what all children share. */
int ci_service_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s);

/** child_init: make what the threads of this child share. */
void ci_service_child_init(apr_pool_t *pchild, server_rec *s);

/** child_stopping: let no new connection be taken; requests that may end
    gracefully go on taking them. */
void ci_service_child_stopping(apr_pool_t *pchild, int graceful);

/** Connections that all children hold now. */
apr_uint64_t ci_service_connections(void);

/** The failed logins of the whole server. */
ci_throttle_t *ci_service_throttle(void);

/**
 * Take what a JSON text may need as a tree from the budget of this child, until
 * the pool is cleared.
 * @param budget ContactInfoParseBudget, bytes
 * @return PAYLOAD_TOO_LARGE if it is too much at any time,
 *         SERVICE_UNAVAILABLE if it is too much now
 */
ci_error_t *ci_service_take_parsing(const char *text, apr_size_t length,
                                    apr_off_t budget, apr_pool_t *pool);

/** A turn at hashing, for one request; the baton lives in the pool. */
ci_gate_t *ci_service_gate(apr_pool_t *pool);

#endif
