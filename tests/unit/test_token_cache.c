/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of model/ci_token_cache: what makes an entry bad, and threads that
 * write and read one slot. */
#include "model/ci_token_cache.h"
#include "unit.h"

#include <apr_general.h>

#include <check.h>

#include <pthread.h>
#include <string.h>

#define THREADS 64
#define ROUNDS  3000
#define TTL     apr_time_from_sec(5)
#define NOW     apr_time_from_sec(1700000000)

static apr_pool_t *pool;
static apr_uint64_t generation;
static ci_token_cache_t *cache;
static ci_digest_t token;
static ci_session_t session;

static void setup(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    generation = 0;
    cache = ci_token_cache_create(TTL, &generation, pool);
    ci_digest_make(&token, "token", 5);
    memset(&session, 0, sizeof session);
    session.organisation = 7;
    session.expires = NOW + 2 * TTL;
}

static void teardown(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static void put(ci_token_cache_t *into)
{
    ci_token_cache_put(into, &token, &session, ci_token_cache_generation(into),
                       NOW);
}

static int is_found(apr_time_t now)
{
    ci_session_t found = {0};
    int hit = ci_token_cache_get(&found, cache, &token, now);

    ck_assert_int_eq(found.organisation, hit ? session.organisation : 0);
    return hit;
}

START_TEST(an_entry_is_good_until_its_time_is_over)
{
    ck_assert(!is_found(NOW));
    put(cache);
    ck_assert(is_found(NOW));
    ck_assert(is_found(NOW + TTL - 1));
    ck_assert(!is_found(NOW + TTL));
}
END_TEST

START_TEST(an_entry_of_the_future_is_not_used)
{
    put(cache);
    ck_assert(!is_found(NOW - 1));
}
END_TEST

START_TEST(an_entry_does_not_outlive_its_session)
{
    session.expires = NOW + 1;
    put(cache);
    ck_assert(is_found(NOW));
    ck_assert(!is_found(NOW + 1));
}
END_TEST

START_TEST(another_token_in_the_same_slot_is_not_taken_for_it)
{
    put(cache);
    token.bytes[CI_DIGEST_SIZE - 1] ^= 1;
    ck_assert(!is_found(NOW));
}
END_TEST

START_TEST(raising_the_generation_makes_every_entry_bad)
{
    put(cache);
    ci_token_cache_raise(cache);
    ck_assert(!is_found(NOW));
    put(cache);
    ck_assert(is_found(NOW));
}
END_TEST

START_TEST(what_was_looked_up_before_the_generation_rose_is_bad)
{
    apr_uint64_t before = ci_token_cache_generation(cache);

    ci_token_cache_raise(cache);
    ci_token_cache_put(cache, &token, &session, before, NOW);
    ck_assert(!is_found(NOW));
}
END_TEST

START_TEST(a_cache_without_time_keeps_nothing)
{
    cache = ci_token_cache_create(0, &generation, pool);
    put(cache);
    ck_assert(!is_found(NOW));
}
END_TEST

/* A session whose parts say which one it is. */
static ci_session_t session_of(int number)
{
    ci_session_t made = session;

    made.organisation = made.generation = made.clearance = number;
    memset(made.user, 'a' + number % 26, CI_ID_SIZE - 1);
    memset(made.unit, 'a' + number % 26, CI_ID_SIZE - 1);
    memset(made.group, 'a' + number % 26, CI_ID_SIZE - 1);
    return made;
}

typedef struct {
    pthread_t thread;
    ci_digest_t token;
    ci_session_t session;
    int hits;
    int wrong;
} worker_t;

static pthread_barrier_t begin;

static int is_same(const ci_session_t *a, const ci_session_t *b)
{
    return a->organisation == b->organisation &&
           a->generation == b->generation && a->clearance == b->clearance &&
           strcmp(a->user, b->user) == 0 && strcmp(a->unit, b->unit) == 0 &&
           strcmp(a->group, b->group) == 0;
}

/* Write a session into the slot that all share, and read it. */
static void *write_and_read(void *data)
{
    worker_t *worker = data;
    ci_session_t found;
    int i;

    pthread_barrier_wait(&begin);
    for (i = 0; i < ROUNDS; i++) {
        ci_token_cache_put(cache, &worker->token, &worker->session,
                           ci_token_cache_generation(cache), NOW);
        if (ci_token_cache_get(&found, cache, &worker->token, NOW)) {
            worker->hits++;
            worker->wrong += !is_same(&found, &worker->session);
        }
    }
    return NULL;
}

START_TEST(threads_never_read_the_session_of_another)
{
    worker_t workers[THREADS] = {{0}};
    int i, hits = 0;

    pthread_barrier_init(&begin, NULL, THREADS);
    for (i = 0; i < THREADS; i++) {
        workers[i].token = token;
        workers[i].token.bytes[CI_DIGEST_SIZE - 1] = (unsigned char)i;
        workers[i].session = session_of(i);
    }
    for (i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL,
                                        write_and_read, &workers[i]),
                         0);
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        ck_assert_int_eq(workers[i].wrong, 0);
        hits += workers[i].hits;
    }
    pthread_barrier_destroy(&begin);
    ck_assert_int_gt(hits, 0);
}
END_TEST

static TCase *cache_case(void)
{
    TCase *tc = tcase_create("token_cache");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, an_entry_is_good_until_its_time_is_over);
    tcase_add_test(tc, an_entry_of_the_future_is_not_used);
    tcase_add_test(tc, an_entry_does_not_outlive_its_session);
    tcase_add_test(tc, another_token_in_the_same_slot_is_not_taken_for_it);
    tcase_add_test(tc, raising_the_generation_makes_every_entry_bad);
    tcase_add_test(tc, what_was_looked_up_before_the_generation_rose_is_bad);
    tcase_add_test(tc, a_cache_without_time_keeps_nothing);
    tcase_add_test(tc, threads_never_read_the_session_of_another);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("token_cache");

    suite_add_tcase(suite, cache_case());
    return unit_run(suite);
}
