/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_token_cache.h
 * What a child remembers of tokens that it looked up, so that not every request
 * asks the database.
 *
 * An entry is good for a few seconds and only as long as the server's
 * generation, which lives in memory that all children share, is the one that
 * was current before its look-up: raising the generation makes every token be
 * looked up again, also one whose look-up is under way. A hit takes no lock:
 * each slot has a counter that is odd while it is written.
 */
#ifndef CI_TOKEN_CACHE_H
#define CI_TOKEN_CACHE_H

#include "model/ci_session.h"

typedef struct ci_token_cache_t ci_token_cache_t;

/**
 * Make an empty cache.
 * @param ttl how long an entry is good, microseconds; 0: never
 * @param generation the server's, in shared memory; outlives the cache
 * @param pool of the child
 */
ci_token_cache_t *ci_token_cache_create(apr_interval_time_t ttl,
                                        apr_uint64_t *generation,
                                        apr_pool_t *pool);

/** The generation to hand to ci_token_cache_put(); read it before looking up.
 */
apr_uint64_t ci_token_cache_generation(const ci_token_cache_t *cache);

/** Make all servers' processes of this machine look up every token again. */
void ci_token_cache_raise(ci_token_cache_t *cache);

/**
 * Find an entry that is still good.
 * @return 1 and the session, or 0
 */
int ci_token_cache_get(ci_session_t *session, const ci_token_cache_t *cache,
                       const ci_digest_t *digest, apr_time_t now);

/**
 * Remember a session.
 * @param generation what ci_token_cache_generation() said before the look-up
 * @param now when it was looked up
 */
void ci_token_cache_put(ci_token_cache_t *cache, const ci_digest_t *digest,
                        const ci_session_t *session, apr_uint64_t generation,
                        apr_time_t now);

#endif
