/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of all children. */
#include "base/ci_counter.h"

static apr_uint64_t of_this_process[CI_COUNTERS];

/* Set before there are threads. */
static apr_uint64_t *counters = of_this_process;

static const char *const names[CI_COUNT_ERRORS] = {
    [CI_COUNT_REQUESTS] = "Requests",
    [CI_COUNT_TOKEN_HITS] = "TokenHits",
    [CI_COUNT_TOKEN_MISSES] = "TokenMisses",
    [CI_COUNT_RETRIES] = "Retries",
    [CI_COUNT_RECONNECTS] = "Reconnects",
    [CI_COUNT_POOL_TIMEOUTS] = "PoolTimeouts",
    [CI_COUNT_VALUE_ERRORS] = "ValueErrors",
    [CI_COUNT_RELAXED_SETTINGS] = "RelaxedSettings",
};

void ci_counter_use(apr_uint64_t *memory)
{
    counters = memory;
}

void ci_counter_add(ci_counter_e counter)
{
    __atomic_add_fetch(&counters[counter], 1, __ATOMIC_RELAXED);
}

apr_uint64_t ci_counter_get(ci_counter_e counter)
{
    return __atomic_load_n(&counters[counter], __ATOMIC_RELAXED);
}

const char *ci_counter_name(ci_counter_e counter)
{
    return counter < CI_COUNT_ERRORS ? names[counter]
                                     : ci_codes[counter - CI_COUNT_ERRORS].name;
}
