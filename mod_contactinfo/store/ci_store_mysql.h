/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_store_mysql.h
 * The store over MariaDB or MySQL.
 */
#ifndef CI_STORE_MYSQL_H
#define CI_STORE_MYSQL_H

#include "store/ci_dbpool.h"
#include "store/ci_store.h"

/**
 * Make the store of one request. No connection is taken yet; the one that is
 * taken later goes back with ci_store_methods_t.release, and at the latest when
 * the pool is cleared.
 * @param connections where connections come from; outlives the store
 * @param deadline nothing begins after it, and no answer is awaited longer
 */
ci_store_t *ci_store_mysql_create(ci_dbpool_t *connections, apr_time_t deadline,
                                  apr_pool_t *pool);

#endif
