/* SPDX-License-Identifier: Apache-2.0 */
/* Failed logins a minute. One word a counter: 32 bits of who, 16 of the minute,
   16 of the count. */
#include "model/ci_throttle.h"

#define SLOTS  8192
#define PROBES 8

#define MAX_COUNT 0xffff

struct ci_throttle_t {
    apr_uint64_t words[SLOTS];
};

apr_size_t ci_throttle_size(void)
{
    return sizeof(ci_throttle_t);
}

static apr_uint64_t minute_of(apr_time_t now)
{
    return (apr_uint64_t)(apr_time_sec(now) / 60) & 0xffff;
}

static apr_uint64_t who_of(const ci_digest_t *who)
{
    const unsigned char *b = who->bytes;

    return (apr_uint64_t)b[0] << 24 | (apr_uint64_t)b[1] << 16 |
           (apr_uint64_t)b[2] << 8 | b[3];
}

static unsigned slot_of(const ci_digest_t *who, int probe)
{
    unsigned start = who->bytes[4] | (unsigned)who->bytes[5] << 8;

    return (start + (unsigned)probe) % SLOTS;
}

/* The part of a word that says whose it is and of which minute. */
static apr_uint64_t label_of(const ci_digest_t *who, apr_time_t now)
{
    return who_of(who) << 32 | minute_of(now) << 16;
}

static int is_of_minute(apr_uint64_t word, apr_time_t now)
{
    return word && (word >> 16 & 0xffff) == minute_of(now);
}

int ci_throttle_wait(const ci_throttle_t *throttle, const ci_digest_t *who,
                     int limit, apr_time_t now)
{
    apr_uint64_t label = label_of(who, now);
    apr_uint64_t word;
    int i;

    for (i = 0; limit && i < PROBES; i++) {
        word = __atomic_load_n(&throttle->words[slot_of(who, i)],
                               __ATOMIC_RELAXED);
        if ((word & ~(apr_uint64_t)MAX_COUNT) == label) {
            return (word & MAX_COUNT) >= (apr_uint64_t)limit
                       ? (int)(60 - apr_time_sec(now) % 60)
                       : 0;
        }
    }
    return 0;
}

/* Count in one slot; 0 if it is somebody else's. */
static int count_in(apr_uint64_t *word, apr_uint64_t label, apr_time_t now,
                    int force)
{
    apr_uint64_t was = __atomic_load_n(word, __ATOMIC_RELAXED);
    apr_uint64_t next;

    do {
        if ((was & ~(apr_uint64_t)MAX_COUNT) == label) {
            next = (was & MAX_COUNT) == MAX_COUNT ? was : was + 1;
        }
        else if (force || !is_of_minute(was, now)) {
            next = label | 1;
        }
        else {
            return 0;
        }
    } while (!__atomic_compare_exchange_n(word, &was, next, 0, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return 1;
}

void ci_throttle_count(ci_throttle_t *throttle, const ci_digest_t *who,
                       apr_time_t now)
{
    apr_uint64_t label = label_of(who, now);
    int i;

    for (i = 0; i < PROBES; i++) {
        if (count_in(&throttle->words[slot_of(who, i)], label, now, 0)) {
            return;
        }
    }
    count_in(&throttle->words[slot_of(who, 0)], label, now, 1);
}
