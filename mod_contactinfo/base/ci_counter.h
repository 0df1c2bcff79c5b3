/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_counter.h
 * What happened since the server was started, counted by all children together.
 *
 * The counters are words of shared memory; the glue says where, once, before
 * there are threads. Without it they count for the process alone.
 */
#ifndef CI_COUNTER_H
#define CI_COUNTER_H

#include <apr.h>

#include "base/ci_error.h"

typedef enum {
    CI_COUNT_REQUESTS,
    CI_COUNT_TOKEN_HITS,       /**< tokens found in a child's cache */
    CI_COUNT_TOKEN_MISSES,     /**< tokens asked of the database */
    CI_COUNT_RETRIES,          /**< transactions begun again */
    CI_COUNT_RECONNECTS,       /**< statements tried on another connection */
    CI_COUNT_POOL_TIMEOUTS,    /**< requests that got no connection in time */
    CI_COUNT_VALUE_ERRORS,     /**< values that validation missed: always 0 */
    CI_COUNT_RELAXED_SETTINGS, /**< warnings that the server may lose data */
    CI_COUNT_ERRORS,           /**< first of one counter for each ci_code_e */
    CI_COUNTERS = CI_COUNT_ERRORS + CI_CODE_COUNT
} ci_counter_e;

/** Count in this memory from now on: CI_COUNTERS zeroed words. */
void ci_counter_use(apr_uint64_t *memory);

/** Count one more. */
void ci_counter_add(ci_counter_e counter);

/** What was counted so far. */
apr_uint64_t ci_counter_get(ci_counter_e counter);

/** The name of a counter, as in "TokenHits". */
const char *ci_counter_name(ci_counter_e counter);

#endif
