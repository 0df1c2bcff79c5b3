/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_outage.h
 * What the log says of trouble that lasts: one line a second and kind, and one
 * when it is over.
 *
 * A child has one for each database, which its threads share. While nothing is
 * wrong it costs one read of memory a request, no lock.
 */
#ifndef CI_OUTAGE_H
#define CI_OUTAGE_H

#include <apr_pools.h>
#include <apr_time.h>

#include "base/ci_error.h"

typedef struct ci_outage_t ci_outage_t;

/** What a request has seen the database do. */
enum {
    CI_PROOF_READ = 1, /**< a statement succeeded */
    CI_PROOF_WRITE = 2 /**< a change was stored for good */
};

/** Trouble that is over. */
typedef struct {
    const char *what;             /**< for the log */
    apr_interval_time_t duration; /**< from its first failure to its last */
    apr_uint64_t failures;        /**< requests that failed */
} ci_outage_end_t;

/** Make one that knows of no trouble, in child_init. */
apr_status_t ci_outage_create(ci_outage_t **outage, apr_pool_t *p);

/**
 * Note a request that failed.
 * @param unsaid set to the failures of the kind since its last line
 * @param kind not CI_TROUBLE_NONE
 * @param now on the clock of all calls
 * @return 1 if the log gets a line about it, 0 if it had one in this second
 */
int ci_outage_note(apr_uint64_t *unsaid, ci_outage_t *outage, ci_trouble_e kind,
                   apr_time_t now);

/** Note what a request has seen; CI_PROOF_*, 0: nothing. */
void ci_outage_prove(ci_outage_t *outage, unsigned proofs);

/**
 * Find trouble that is over: the database has since done what it could not do,
 * and nobody has failed for 1 s, or for 5 s where the trouble hits some and
 * others not. A single failure that was logged needs no end where the trouble
 * is no outage (a bug, a conflict). Called about once a second.
 * @return 1 if there is one, which is then forgotten; 0 if there is none left
 */
int ci_outage_over(ci_outage_end_t *end, ci_outage_t *outage, apr_time_t now);

#endif
