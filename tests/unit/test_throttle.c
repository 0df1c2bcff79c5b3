/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the throttle of failed logins. */
#include <apr_general.h>
#include <check.h>

#include <pthread.h>
#include <stdlib.h>

#include "model/ci_throttle.h"
#include "unit.h"

#define THREADS 64
#define ROUNDS  100

/* A moment ten seconds into a minute. */
#define NOW apr_time_from_sec(1700000000 - 1700000000 % 60 + 10)

static ci_throttle_t *throttle;

static void setup(void)
{
    throttle = calloc(1, ci_throttle_size());
    ck_assert_ptr_nonnull(throttle);
}

static void teardown(void)
{
    free(throttle);
}

static ci_digest_t who(const char *name)
{
    ci_digest_t digest;

    ci_digest_make(&digest, name, strlen(name));
    return digest;
}

START_TEST(nobody_waits_before_the_limit)
{
    ci_digest_t a = who("a");
    int i;

    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(ci_throttle_wait(throttle, &a, 3, NOW), 0);
        ci_throttle_count(throttle, &a, NOW);
    }
    ck_assert_int_eq(ci_throttle_wait(throttle, &a, 3, NOW), 50);
}
END_TEST

START_TEST(others_do_not_wait)
{
    ci_digest_t a = who("a"), b = who("b");

    ci_throttle_count(throttle, &a, NOW);
    ck_assert_int_gt(ci_throttle_wait(throttle, &a, 1, NOW), 0);
    ck_assert_int_eq(ci_throttle_wait(throttle, &b, 1, NOW), 0);
}
END_TEST

START_TEST(the_next_minute_begins_anew)
{
    ci_digest_t a = who("a");
    apr_time_t later = NOW + apr_time_from_sec(50);

    ci_throttle_count(throttle, &a, NOW);
    ck_assert_int_eq(ci_throttle_wait(throttle, &a, 1, later), 0);
    ci_throttle_count(throttle, &a, later);
    ck_assert_int_eq(ci_throttle_wait(throttle, &a, 1, later), 60);
}
END_TEST

START_TEST(no_limit_means_no_wait)
{
    ci_digest_t a = who("a");

    ci_throttle_count(throttle, &a, NOW);
    ck_assert_int_eq(ci_throttle_wait(throttle, &a, 0, NOW), 0);
}
END_TEST

START_TEST(a_count_stops_at_its_end)
{
    ci_digest_t a = who("a");
    int i;

    for (i = 0; i < 70000; i++) {
        ci_throttle_count(throttle, &a, NOW);
    }
    ck_assert_int_gt(ci_throttle_wait(throttle, &a, 60000, NOW), 0);
}
END_TEST

START_TEST(a_flood_of_names_does_not_block_the_table)
{
    ci_digest_t one;
    char name[16];
    int i;

    for (i = 0; i < 100000; i++) {
        one = who(ci_hex_encode(name, (const unsigned char *)&i, 4));
        ci_throttle_count(throttle, &one, NOW);
    }
    one = who("new");
    ci_throttle_count(throttle, &one, NOW);
    ck_assert_int_gt(ci_throttle_wait(throttle, &one, 1, NOW), 0);
}
END_TEST

/* Count for all and for oneself. */
static void *fail_often(void *name)
{
    ci_digest_t all = who("all"), own = who(name);
    int i;

    for (i = 0; i < ROUNDS; i++) {
        ci_throttle_count(throttle, &all, NOW);
        ci_throttle_count(throttle, &own, NOW);
    }
    return NULL;
}

static int is_at(const char *name, int count)
{
    ci_digest_t one = who(name);

    return ci_throttle_wait(throttle, &one, count, NOW) > 0 &&
           ci_throttle_wait(throttle, &one, count + 1, NOW) == 0;
}

START_TEST(threads_lose_no_count)
{
    pthread_t threads[THREADS];
    char names[THREADS][2] = {{0}};
    int i;

    for (i = 0; i < THREADS; i++) {
        names[i][0] = (char)('!' + i);
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, fail_often, names[i]), 0);
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert(is_at("all", THREADS * ROUNDS));
    for (i = 0; i < THREADS; i++) {
        ck_assert(is_at(names[i], ROUNDS));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("throttle");
    TCase *tcase = tcase_create("throttle");
    int failed;

    apr_initialize();
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, nobody_waits_before_the_limit);
    tcase_add_test(tcase, others_do_not_wait);
    tcase_add_test(tcase, the_next_minute_begins_anew);
    tcase_add_test(tcase, no_limit_means_no_wait);
    tcase_add_test(tcase, a_count_stops_at_its_end);
    tcase_add_test(tcase, a_flood_of_names_does_not_block_the_table);
    tcase_add_test(tcase, threads_lose_no_count);
    suite_add_tcase(suite, tcase);
    failed = unit_run(suite);
    apr_terminate();
    return failed;
}
