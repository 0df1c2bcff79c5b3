/* SPDX-License-Identifier: Apache-2.0 */
/* One line a second and kind, and one when it is over. */
#include "base/ci_outage.h"

#include <apr_thread_mutex.h>

#include <stdatomic.h>
#include <string.h>

#define INTERVAL apr_time_from_sec(1)

/* How long nobody may have failed for trouble to be over. */
#define ALL  apr_time_from_sec(1) /* of trouble that hits every request */
#define SOME apr_time_from_sec(5) /* of trouble that may hit some */

static const struct {
    const char *what;
    unsigned proof; /* that it is over; 0: it is no outage */
    apr_interval_time_t quiet;
} kinds[CI_TROUBLE_COUNT] = {
    [CI_TROUBLE_INTERNAL] = {"internal errors", 0, SOME},
    [CI_TROUBLE_DOWN] = {"the database did not answer", CI_PROOF_READ, ALL},
    [CI_TROUBLE_BUSY] = {"there was more to do than the limits allow",
                         CI_PROOF_READ, SOME},
    [CI_TROUBLE_EXHAUSTED] = {"the database had too many connections or"
                              " statements",
                              CI_PROOF_READ, SOME},
    [CI_TROUBLE_NODE_OUT] = {"the node was out of its cluster", CI_PROOF_READ,
                             ALL},
    [CI_TROUBLE_READ_ONLY] = {"the database was read-only", CI_PROOF_WRITE,
                              ALL},
    [CI_TROUBLE_CONTENTION] = {"lock conflicts", 0, SOME},
    [CI_TROUBLE_SLOW] = {"the database was too slow", CI_PROOF_READ, SOME},
    [CI_TROUBLE_FULL] = {"the database was full", CI_PROOF_WRITE, ALL},
    [CI_TROUBLE_RIGHTS] = {"the account had not the rights", CI_PROOF_READ,
                           SOME},
    [CI_TROUBLE_SCHEMA] = {"the schema did not fit", CI_PROOF_READ, SOME},
    [CI_TROUBLE_VALUE] = {"values that validation missed", 0, SOME},
    [CI_TROUBLE_TOO_LARGE] = {"more than max_allowed_packet", 0, SOME},
};

typedef struct {
    apr_time_t first; /* failure of this outage */
    apr_time_t last;
    apr_time_t said; /* when the log had its last line */
    apr_uint64_t failures;
    apr_uint64_t unsaid;
    unsigned proofs; /* since the last failure */
} kind_t;

struct ci_outage_t {
    atomic_int open; /* kinds that are not over; written under the mutex */
    apr_thread_mutex_t *mutex;
    kind_t kinds[CI_TROUBLE_COUNT];
};

apr_status_t ci_outage_create(ci_outage_t **outage, apr_pool_t *p)
{
    *outage = apr_pcalloc(p, sizeof **outage);
    return apr_thread_mutex_create(&(*outage)->mutex, APR_THREAD_MUTEX_DEFAULT,
                                   p);
}

static void begin(ci_outage_t *outage, kind_t *kind, apr_time_t now)
{
    kind->first = now;
    atomic_fetch_add(&outage->open, 1);
}

int ci_outage_note(apr_uint64_t *unsaid, ci_outage_t *outage,
                   ci_trouble_e which, apr_time_t now)
{
    kind_t *kind = &outage->kinds[which];
    int due;

    apr_thread_mutex_lock(outage->mutex);
    if (!kind->failures) {
        begin(outage, kind, now);
    }
    due = now >= kind->said + INTERVAL || now < kind->said;
    *unsaid = kind->unsaid;
    kind->unsaid = due ? 0 : kind->unsaid + 1;
    kind->said = due ? now : kind->said;
    kind->last = now;
    kind->failures++;
    kind->proofs = 0;
    apr_thread_mutex_unlock(outage->mutex);
    return due;
}

void ci_outage_prove(ci_outage_t *outage, unsigned proofs)
{
    int i;

    if (!proofs || !atomic_load_explicit(&outage->open, memory_order_relaxed)) {
        return;
    }
    apr_thread_mutex_lock(outage->mutex);
    for (i = 0; i < CI_TROUBLE_COUNT; i++) {
        outage->kinds[i].proofs |= proofs;
    }
    apr_thread_mutex_unlock(outage->mutex);
}

/* A last failure in the future means that the clock was set back. */
static int is_over(const kind_t *kind, int i, apr_time_t now)
{
    return kind->failures &&
           (kind->proofs & kinds[i].proof) == kinds[i].proof &&
           (now - kind->last >= kinds[i].quiet || now < kind->last);
}

/* The time of the last line stays: kinds that come and go have one a second. */
static void forget(ci_outage_t *outage, kind_t *kind)
{
    apr_time_t said = kind->said;

    memset(kind, 0, sizeof *kind);
    kind->said = said;
    atomic_fetch_sub(&outage->open, 1);
}

/* 1 if trouble ended that deserves a line. */
static int end_one(ci_outage_end_t *end, ci_outage_t *outage, apr_time_t now)
{
    kind_t *kind;
    int deserved = 0;
    int i;

    for (i = 0; i < CI_TROUBLE_COUNT && !deserved; i++) {
        kind = &outage->kinds[i];
        if (is_over(kind, i, now)) {
            deserved = kinds[i].proof || kind->unsaid;
            end->what = kinds[i].what;
            end->duration = kind->last - kind->first;
            end->failures = kind->failures;
            forget(outage, kind);
        }
    }
    return deserved;
}

int ci_outage_over(ci_outage_end_t *end, ci_outage_t *outage, apr_time_t now)
{
    int found;

    if (!atomic_load_explicit(&outage->open, memory_order_relaxed)) {
        return 0;
    }
    apr_thread_mutex_lock(outage->mutex);
    found = end_one(end, outage, now);
    apr_thread_mutex_unlock(outage->mutex);
    return found;
}
