/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_watch.h
 * How a child watches over its databases: once a second it closes connections
 * that were idle for too long and tells the log that trouble is over; when it
 * connects it looks whether the server keeps what it acknowledges.
 */
#ifndef CI_WATCH_H
#define CI_WATCH_H

#include "httpd/ci_service.h"

/**
 * Start watching, in child_init, until the pool is destroyed: a thread of its
 * own, since not every MPM has a timer.
 * @param services ci_service_t by identity; not changed any more
 */
apr_status_t ci_watch_start(apr_hash_t *services, apr_pool_t *pchild);

/**
 * How a service connects: a server that may lose what it has acknowledged is
 * named in the log, at the first connection and then every five minutes at
 * most.
 * @return as old as the pool
 */
const ci_dbpool_hooks_t *ci_watch_hooks(ci_service_t *service,
                                        apr_pool_t *pchild);

/**
 * How the log gets a line about trouble of a request.
 * @param more what the line ends with
 * @param err its trouble is not CI_TROUBLE_NONE
 * @return APLOG_ERR, or APLOG_DEBUG if it had one of the kind in this second
 */
int ci_watch_level(const char **more, request_rec *r, const ci_error_t *err);

#endif
