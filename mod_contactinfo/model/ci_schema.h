/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_schema.h
 * Whether the tables are those that this module was written for.
 */
#ifndef CI_SCHEMA_H
#define CI_SCHEMA_H

#include "store/ci_store.h"

/** The last migration that this module needs. */
#define CI_SCHEMA_NEEDED 3

/**
 * Read the schema row and compare.
 * @return SERVICE_UNAVAILABLE if the schema is older than this module needs, or
 *         so new that it is no longer compatible; the detail names both
 */
ci_error_t *ci_schema_check(ci_store_t *store, apr_pool_t *pool);

#endif
