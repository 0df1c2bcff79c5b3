/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_outage: how often the log hears of trouble. */
#include "base/ci_outage.h"
#include "unit.h"

#include <apr_general.h>

#include <check.h>

#include <pthread.h>

#define SECOND  APR_USEC_PER_SEC
#define START   apr_time_from_sec(1700000000)
#define THREADS 64UL
#define ROUNDS  2500

static apr_pool_t *pool;
static ci_outage_t *outage;
static apr_uint64_t unsaid;
static ci_outage_end_t end;

static void setup(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    ck_assert_int_eq(ci_outage_create(&outage, pool), APR_SUCCESS);
}

static void teardown(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static int note(ci_trouble_e kind, apr_time_t after)
{
    return ci_outage_note(&unsaid, outage, kind, START + after);
}

static int over(apr_time_t after)
{
    return ci_outage_over(&end, outage, START + after);
}

START_TEST(the_first_failure_is_logged)
{
    ck_assert_int_eq(note(CI_TROUBLE_DOWN, 0), 1);
    ck_assert_uint_eq(unsaid, 0);
}
END_TEST

START_TEST(one_line_a_second_says_how_many_it_stands_for)
{
    int i, lines = 0, failures = 0;

    for (i = 0; i < 10000; i++) {
        if (note(CI_TROUBLE_DOWN, i * SECOND / 1000)) {
            lines++;
            failures += 1 + (int)unsaid;
        }
    }
    ck_assert_int_eq(lines, 10);
    ck_assert_int_eq(failures, 9001);
    ck_assert_int_eq(note(CI_TROUBLE_DOWN, 10 * SECOND), 1);
    ck_assert_uint_eq(unsaid, 999);
}
END_TEST

START_TEST(kinds_do_not_hide_each_other)
{
    int kind;

    for (kind = CI_TROUBLE_NONE + 1; kind < CI_TROUBLE_COUNT; kind++) {
        ck_assert_int_eq(note((ci_trouble_e)kind, 0), 1);
        ck_assert_int_eq(note((ci_trouble_e)kind, 1), 0);
    }
}
END_TEST

START_TEST(it_is_over_once_after_the_database_answered)
{
    int i;

    for (i = 0; i < 300; i++) {
        note(CI_TROUBLE_DOWN, i * SECOND / 10);
    }
    ck_assert_int_eq(over(40 * SECOND), 0);
    ci_outage_prove(outage, CI_PROOF_READ);
    ck_assert_int_eq(over(40 * SECOND), 1);
    ck_assert_uint_eq(end.failures, 300);
    ck_assert_int_eq(end.duration, 299 * SECOND / 10);
    ck_assert_str_eq(end.what, "the database did not answer");
    ck_assert_int_eq(over(41 * SECOND), 0);
}
END_TEST

START_TEST(an_answer_between_two_failures_does_not_end_it)
{
    note(CI_TROUBLE_DOWN, 0);
    ci_outage_prove(outage, CI_PROOF_READ);
    ck_assert_int_eq(over(SECOND / 2), 0);
    note(CI_TROUBLE_DOWN, SECOND);
    ck_assert_int_eq(over(10 * SECOND), 0);
}
END_TEST

START_TEST(a_new_outage_is_another_one)
{
    note(CI_TROUBLE_DOWN, 0);
    ci_outage_prove(outage, CI_PROOF_READ);
    ck_assert_int_eq(over(SECOND), 1);
    ck_assert_int_eq(note(CI_TROUBLE_DOWN, 2 * SECOND), 1);
    ck_assert_uint_eq(unsaid, 0);
    ci_outage_prove(outage, CI_PROOF_READ);
    ck_assert_int_eq(over(4 * SECOND), 1);
    ck_assert_uint_eq(end.failures, 1);
    ck_assert_int_eq(end.duration, 0);
}
END_TEST

/* Reads go on while the disk is full. */
START_TEST(only_a_change_ends_what_hinders_changes)
{
    static const ci_trouble_e kinds[] = {CI_TROUBLE_FULL, CI_TROUBLE_READ_ONLY};

    note(kinds[_i], 0);
    ci_outage_prove(outage, CI_PROOF_READ);
    ck_assert_int_eq(over(20 * SECOND), 0);
    ci_outage_prove(outage, CI_PROOF_READ | CI_PROOF_WRITE);
    ck_assert_int_eq(over(20 * SECOND), 1);
}
END_TEST

/* One request in ten fails, nine succeed: one outage. */
START_TEST(trouble_of_some_requests_does_not_flap)
{
    int i, ends = 0;

    for (i = 0; i < 100; i++) {
        note(CI_TROUBLE_BUSY, i * SECOND);
        ci_outage_prove(outage, CI_PROOF_READ);
        ends += over(i * SECOND + SECOND - 1);
    }
    ck_assert_int_eq(ends, 0);
    ck_assert_int_eq(over(104 * SECOND), 1);
    ck_assert_uint_eq(end.failures, 100);
}
END_TEST

START_TEST(a_single_bug_has_no_end)
{
    note(CI_TROUBLE_INTERNAL, 0);
    ck_assert_int_eq(over(60 * SECOND), 0);
    note(CI_TROUBLE_INTERNAL, 100 * SECOND);
    note(CI_TROUBLE_INTERNAL, 100 * SECOND + 1);
    ck_assert_int_eq(over(160 * SECOND), 1);
    ck_assert_uint_eq(end.failures, 2);
}
END_TEST

START_TEST(a_clock_that_is_set_back_silences_nothing)
{
    note(CI_TROUBLE_DOWN, 0);
    ck_assert_int_eq(note(CI_TROUBLE_DOWN, -3600 * SECOND), 1);
    ci_outage_prove(outage, CI_PROOF_READ);
    ck_assert_int_eq(over(-3599 * SECOND), 1);
}
END_TEST

static void *fail_often(void *said)
{
    apr_uint64_t hidden;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        if (ci_outage_note(&hidden, outage, CI_TROUBLE_DOWN, START)) {
            __atomic_add_fetch((int *)said, 1, __ATOMIC_RELAXED);
        }
        ci_outage_prove(outage, CI_PROOF_WRITE);
    }
    return NULL;
}

START_TEST(threads_lose_no_failure)
{
    pthread_t threads[THREADS];
    int i, said = 0;

    for (i = 0; i < (int)THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, fail_often, &said),
                         0);
    }
    for (i = 0; i < (int)THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_int_eq(said, 1);
    ci_outage_prove(outage, CI_PROOF_READ);
    ck_assert_int_eq(over(SECOND), 1);
    ck_assert_uint_eq(end.failures, THREADS * ROUNDS);
}
END_TEST

static TCase *outage_case(void)
{
    TCase *tc = tcase_create("outage");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_first_failure_is_logged);
    tcase_add_test(tc, one_line_a_second_says_how_many_it_stands_for);
    tcase_add_test(tc, kinds_do_not_hide_each_other);
    tcase_add_test(tc, it_is_over_once_after_the_database_answered);
    tcase_add_test(tc, an_answer_between_two_failures_does_not_end_it);
    tcase_add_test(tc, a_new_outage_is_another_one);
    tcase_add_loop_test(tc, only_a_change_ends_what_hinders_changes, 0, 2);
    tcase_add_test(tc, trouble_of_some_requests_does_not_flap);
    tcase_add_test(tc, a_single_bug_has_no_end);
    tcase_add_test(tc, a_clock_that_is_set_back_silences_nothing);
    tcase_add_test(tc, threads_lose_no_failure);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("outage");

    suite_add_tcase(suite, outage_case());
    return unit_run(suite);
}
