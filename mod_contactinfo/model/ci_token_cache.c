/* SPDX-License-Identifier: Apache-2.0 */
/* Slots that are read without a lock. */
#include "model/ci_token_cache.h"

#include <openssl/crypto.h>

#define SLOTS 1024

/* What a slot holds, as words so that each is read and written at once. */
typedef union {
    struct {
        ci_digest_t digest;
        ci_session_t session;
        apr_uint64_t generation;
        apr_time_t looked_up;
    } as;
    apr_uint64_t words[24];
} entry_t;

_Static_assert(sizeof(entry_t) == 24 * sizeof(apr_uint64_t),
               "an entry fits into its words");

typedef struct {
    apr_uint64_t counter; /* odd: being written */
    apr_uint64_t words[24];
} slot_t;

struct ci_token_cache_t {
    apr_interval_time_t ttl;
    apr_uint64_t *generation;
    slot_t slots[SLOTS];
};

ci_token_cache_t *ci_token_cache_create(apr_interval_time_t ttl,
                                        apr_uint64_t *generation,
                                        apr_pool_t *pool)
{
    ci_token_cache_t *cache = apr_pcalloc(pool, sizeof *cache);

    cache->ttl = ttl;
    cache->generation = generation;
    return cache;
}

apr_uint64_t ci_token_cache_generation(const ci_token_cache_t *cache)
{
    return __atomic_load_n(cache->generation, __ATOMIC_ACQUIRE);
}

void ci_token_cache_raise(ci_token_cache_t *cache)
{
    __atomic_add_fetch(cache->generation, 1, __ATOMIC_ACQ_REL);
}

/* The digest of a random token is random in every bit. */
static unsigned slot_of(const ci_digest_t *digest)
{
    return (digest->bytes[0] | (unsigned)digest->bytes[1] << 8) % SLOTS;
}

int ci_token_cache_get(ci_session_t *session, const ci_token_cache_t *cache,
                       const ci_digest_t *digest, apr_time_t now)
{
    const slot_t *slot = &cache->slots[slot_of(digest)];
    apr_uint64_t before = __atomic_load_n(&slot->counter, __ATOMIC_ACQUIRE);
    entry_t entry;
    unsigned i;

    if (before % 2 || before == 0) {
        return 0;
    }
    for (i = 0; i < sizeof entry.words / sizeof entry.words[0]; i++) {
        entry.words[i] = __atomic_load_n(&slot->words[i], __ATOMIC_ACQUIRE);
    }
    if (__atomic_load_n(&slot->counter, __ATOMIC_RELAXED) != before ||
        CRYPTO_memcmp(&entry.as.digest, digest, sizeof *digest) != 0 ||
        entry.as.generation != ci_token_cache_generation(cache) ||
        now < entry.as.looked_up || now >= entry.as.looked_up + cache->ttl ||
        now >= entry.as.session.expires) {
        return 0;
    }
    *session = entry.as.session;
    return 1;
}

void ci_token_cache_put(ci_token_cache_t *cache, const ci_digest_t *digest,
                        const ci_session_t *session, apr_uint64_t generation,
                        apr_time_t now)
{
    slot_t *slot = &cache->slots[slot_of(digest)];
    apr_uint64_t before = __atomic_load_n(&slot->counter, __ATOMIC_RELAXED);
    entry_t entry = {.words = {0}};
    unsigned i;

    if (cache->ttl <= 0 || before % 2 ||
        !__atomic_compare_exchange_n(&slot->counter, &before, before + 1, 0,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        return;
    }
    entry.as.digest = *digest;
    entry.as.session = *session;
    entry.as.generation = generation;
    entry.as.looked_up = now;
    for (i = 0; i < sizeof entry.words / sizeof entry.words[0]; i++) {
        __atomic_store_n(&slot->words[i], entry.words[i], __ATOMIC_RELEASE);
    }
    __atomic_store_n(&slot->counter, before + 2, __ATOMIC_RELEASE);
}
