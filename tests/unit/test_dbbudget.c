/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of store/ci_dbbudget: the limit, and the share of a killed child. */
#include "store/ci_dbbudget.h"
#include "unit.h"

#include <check.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT     5
#define SLOTS     4
#define THREADS   64
#define CHILDREN  3
#define PER_CHILD 4
#define ROUNDS    2500

/* What all processes of a test see. */
typedef struct {
    atomic_int held;
    atomic_int most;
    atomic_int ready;
    atomic_ullong granted;
    unsigned long long budget[64];
} shared_t;

static shared_t *shared;
static ci_dbbudget_t *budget;

static void budget_open(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    ck_assert_uint_le(ci_dbbudget_size(SLOTS), sizeof shared->budget);
    budget = ci_dbbudget_init(shared->budget, LIMIT, SLOTS);
}

static void budget_close(void)
{
    munmap(shared, sizeof *shared);
}

/* Fork a child that joins, takes so many, and then does nothing. */
static pid_t child_that_holds(int count)
{
    int before = atomic_load(&shared->ready);
    pid_t pid = fork();

    if (pid == 0) {
        ci_dbbudget_join(budget);
        while (count-- > 0) {
            ci_dbbudget_take(budget);
        }
        atomic_fetch_add(&shared->ready, 1);
        for (;;) {
            pause();
        }
    }
    while (atomic_load(&shared->ready) == before) {
        usleep(1000);
    }
    return pid;
}

static void kill_child(pid_t pid)
{
    int status;

    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}

START_TEST(a_connection_above_the_limit_is_refused)
{
    int i;

    ck_assert_int_eq(ci_dbbudget_join(budget), APR_SUCCESS);
    for (i = 0; i < LIMIT; i++) {
        ck_assert(ci_dbbudget_take(budget));
    }
    ck_assert(!ci_dbbudget_take(budget));
    ck_assert_int_eq(ci_dbbudget_used(budget), LIMIT);
    ci_dbbudget_give(budget);
    ck_assert_int_eq(ci_dbbudget_used(budget), LIMIT - 1);
    ck_assert(ci_dbbudget_take(budget));
}
END_TEST

START_TEST(a_process_that_did_not_join_is_refused)
{
    ck_assert(!ci_dbbudget_take(budget));
    ci_dbbudget_give(budget);
    ck_assert_int_eq(ci_dbbudget_used(budget), 0);
    ck_assert(!ci_dbbudget_wanted(budget));
}
END_TEST

START_TEST(a_refusal_is_told_once)
{
    int i;

    ci_dbbudget_join(budget);
    for (i = 0; i < LIMIT; i++) {
        ci_dbbudget_take(budget);
    }
    ck_assert(!ci_dbbudget_wanted(budget));
    ci_dbbudget_take(budget);
    ck_assert(ci_dbbudget_wanted(budget));
    ck_assert(!ci_dbbudget_wanted(budget));
}
END_TEST

START_TEST(the_share_of_a_killed_child_comes_back)
{
    pid_t pid = child_that_holds(3);

    ci_dbbudget_join(budget);
    ck_assert_int_eq(ci_dbbudget_used(budget), 3);
    kill_child(pid);
    ck_assert_int_eq(ci_dbbudget_used(budget), 3);
    ci_dbbudget_sweep(budget);
    ck_assert_int_eq(ci_dbbudget_used(budget), 0);
}
END_TEST

START_TEST(the_share_of_a_living_child_stays)
{
    pid_t pid = child_that_holds(3);

    ci_dbbudget_sweep(budget);
    ck_assert_int_eq(ci_dbbudget_used(budget), 3);
    kill_child(pid);
}
END_TEST

START_TEST(a_child_that_joins_takes_back_what_the_dead_held)
{
    pid_t pids[SLOTS];
    int i;

    for (i = 0; i < SLOTS; i++) {
        pids[i] = child_that_holds(1);
    }
    ck_assert_int_eq(ci_dbbudget_join(budget), APR_ENOSPC);
    ck_assert(!ci_dbbudget_take(budget));
    for (i = 0; i < SLOTS; i++) {
        kill_child(pids[i]);
    }
    ck_assert_int_eq(ci_dbbudget_join(budget), APR_SUCCESS);
    ck_assert_int_eq(ci_dbbudget_used(budget), 0);
    ck_assert(ci_dbbudget_take(budget));
}
END_TEST

START_TEST(a_slot_left_under_the_own_process_id_is_emptied)
{
    ci_dbbudget_join(budget);
    ci_dbbudget_take(budget);
    ci_dbbudget_take(budget);
    ck_assert_int_eq(ci_dbbudget_join(budget), APR_SUCCESS);
    ck_assert_int_eq(ci_dbbudget_used(budget), 0);
    ck_assert(ci_dbbudget_take(budget));
    ck_assert_int_eq(ci_dbbudget_used(budget), 1);
}
END_TEST

/* Take and give as fast as possible; note the most that were held at once. */
static void *hammer(void *unused)
{
    int held;
    int most;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        if (!ci_dbbudget_take(budget)) {
            continue;
        }
        held = atomic_fetch_add(&shared->held, 1) + 1;
        most = atomic_load(&shared->most);
        while (held > most &&
               !atomic_compare_exchange_weak(&shared->most, &most, held)) {
        }
        atomic_fetch_add(&shared->granted, 1);
        sched_yield();
        atomic_fetch_sub(&shared->held, 1);
        ci_dbbudget_give(budget);
    }
    return unused;
}

static void hammer_with_threads(int count)
{
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, hammer, NULL) != 0) {
            abort();
        }
    }
    for (i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void check_hammered(void)
{
    ck_assert_int_le(atomic_load(&shared->most), LIMIT);
    ck_assert_int_ge(atomic_load(&shared->most), 1);
    ck_assert_uint_gt(atomic_load(&shared->granted), 0);
}

START_TEST(threads_never_hold_more_than_the_limit)
{
    ci_dbbudget_join(budget);
    hammer_with_threads(THREADS);
    check_hammered();
    ck_assert_int_eq(ci_dbbudget_used(budget), 0);
}
END_TEST

START_TEST(processes_never_hold_more_than_the_limit)
{
    pid_t pids[CHILDREN];
    int status;
    int i;

    for (i = 0; i < CHILDREN; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            ci_dbbudget_join(budget);
            hammer_with_threads(PER_CHILD);
            _exit(EXIT_SUCCESS);
        }
    }
    for (i = 0; i < CHILDREN; i++) {
        ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
        ck_assert_int_eq(status, 0);
    }
    check_hammered();
    ck_assert_int_eq(ci_dbbudget_used(budget), 0);
}
END_TEST

static TCase *budget_case(void)
{
    TCase *tc = tcase_create("budget");

    tcase_add_checked_fixture(tc, budget_open, budget_close);
    tcase_add_test(tc, a_connection_above_the_limit_is_refused);
    tcase_add_test(tc, a_process_that_did_not_join_is_refused);
    tcase_add_test(tc, a_refusal_is_told_once);
    tcase_add_test(tc, the_share_of_a_killed_child_comes_back);
    tcase_add_test(tc, the_share_of_a_living_child_stays);
    tcase_add_test(tc, a_child_that_joins_takes_back_what_the_dead_held);
    tcase_add_test(tc, a_slot_left_under_the_own_process_id_is_emptied);
    tcase_add_test(tc, threads_never_hold_more_than_the_limit);
    tcase_add_test(tc, processes_never_hold_more_than_the_limit);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("dbbudget");

    suite_add_tcase(suite, budget_case());
    return unit_run(suite);
}
