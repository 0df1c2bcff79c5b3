/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_throttle.h
 * How many logins failed in this minute, by user and by address.
 *
 * The counters are words of memory that all children share; there is no lock. A
 * full table forgets somebody, never the limits of the others.
 */
#ifndef CI_THROTTLE_H
#define CI_THROTTLE_H

#include <apr_time.h>

#include "model/ci_session.h"

typedef struct ci_throttle_t ci_throttle_t;

/** Bytes that a throttle needs; zeroed memory, aligned to 8, is an empty one.
 */
apr_size_t ci_throttle_size(void);

/**
 * Whether somebody has failed too often in this minute.
 * @param who digest of the name that he goes by
 * @param limit failures a minute; 0: no limit
 * @return 0, or the seconds until the next minute
 */
int ci_throttle_wait(const ci_throttle_t *throttle, const ci_digest_t *who,
                     int limit, apr_time_t now);

/** Count a failure. */
void ci_throttle_count(ci_throttle_t *throttle, const ci_digest_t *who,
                       apr_time_t now);

#endif
