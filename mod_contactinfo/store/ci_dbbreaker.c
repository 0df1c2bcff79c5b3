/* SPDX-License-Identifier: Apache-2.0 */
/* When a pool may try to connect to a server that did not let it. */
#include "store/ci_dbbreaker.h"

#include <apr_general.h>

#include "store/ci_dberror.h"

/* Between two attempts to connect to a server that is away, plus jitter. */
#define RETRY_AWAY    apr_time_from_sec(1)
#define RETRY_REFUSED apr_time_from_sec(5)
#define JITTER        apr_time_from_msec(500)

/* A due time too far ahead means that the clock was set back. */
bool ci_dbbreaker_admits(const ci_dbbreaker_t *breaker, apr_time_t now)
{
    return !breaker->open ||
           (!breaker->probing && (now >= breaker->due ||
                                  breaker->due - now > RETRY_REFUSED + JITTER));
}

unsigned int ci_dbbreaker_enter(ci_dbbreaker_t *breaker)
{
    breaker->probing = breaker->open;
    return breaker->episode;
}

void ci_dbbreaker_close(ci_dbbreaker_t *breaker)
{
    if (breaker->open) {
        breaker->open = false;
        breaker->probing = false;
        breaker->episode++;
    }
}

/* How long to leave the server alone; children must not come in step. */
static apr_interval_time_t retry_after(unsigned int code)
{
    apr_uint32_t random = 0;
    bool refused = ci_dberror_class(code) == CI_DB_RIGHTS;

    apr_generate_random_bytes((unsigned char *)&random, sizeof random);
    return (refused ? RETRY_REFUSED : RETRY_AWAY) + random % JITTER;
}

void ci_dbbreaker_open(ci_dbbreaker_t *breaker, unsigned int episode,
                       const ci_dbfailure_t *failure, apr_time_t now)
{
    breaker->failure = *failure;
    if (episode == breaker->episode) {
        breaker->open = true;
        breaker->probing = false;
        breaker->due = now + retry_after(failure->code);
        breaker->episode++;
    }
}
