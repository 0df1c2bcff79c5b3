/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoints under many threads that share what the threads of a child
 * share: references, counters and one database. Tokens are looked up each time;
 * their cache is tested by itself. */
#include "service_mem.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include <check.h>

#include "base/ci_counter.h"

#define THREADS 64
#define ROUNDS  3

static apr_pool_t *pool;
static service_t *service;
static const char *id;

static void service_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    service = service_create(pool);
    service->tokens = ci_token_cache_create(0, &service->generation, pool);
    id = service_add(service, "{'type':'PERSON','first_name':'Ann',"
                              "'last_name':'Bo','notes':'0',"
                              "'demographics':{'id_number':'1'}}");
}

static void service_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

typedef struct {
    apr_thread_t *thread;
    service_t service;
    int failed;
} worker_t;

/* What is shared, seen by one thread; its pool has an allocator of its own, as
   those of httpd's threads have. */
static void make_worker(worker_t *worker)
{
    apr_pool_t *own;

    apr_pool_create_unmanaged_ex(&own, NULL, NULL);
    worker->service = *service;
    worker->service.pool = own;
    worker->service.store = store_mem_open(service->store, own);
    worker->service.gate.baton = &worker->service;
}

static int fails(worker_t *worker, const call_t *call)
{
    return service_call(&worker->service, call)->err != NULL;
}

static void *APR_THREAD_FUNC read_often(apr_thread_t *thread, void *data)
{
    worker_t *worker = data;
    call_t show = {
        .path = "contact_information/show",
        .query = apr_pstrcat(worker->service.pool,
                             "contact_information_identifier=id=", id, NULL)};
    call_t list = {.path = "contact_information/list", .query = "id_number=1"};
    call_t none = {.path = "contact_information/list",
                   .token = "00000000000000000000000000000000"};
    int i;

    (void)thread;
    for (i = 0; i < ROUNDS; i++) {
        worker->failed +=
            fails(worker, &show) + fails(worker, &list) + !fails(worker, &none);
    }
    return NULL;
}

/* A store in memory has one writer. */
static void *APR_THREAD_FUNC write_often(apr_thread_t *thread, void *data)
{
    worker_t *worker = data;
    call_t create = {.path = "contact_information/create",
                     .json = "{'type':'PERSON','first_name':'Eve',"
                             "'last_name':'Bo'}"};
    call_t update = {
        .path = "contact_information/update",
        .json = apr_pstrcat(worker->service.pool,
                            "{'contact_information_identifier':{'id':'", id,
                            "'},'notes':'1'}", NULL)};
    int i;

    (void)thread;
    for (i = 0; i < ROUNDS; i++) {
        worker->failed += fails(worker, &create) + fails(worker, &update);
    }
    return NULL;
}

/* Every token that was looked at, in the cache or not. */
static apr_uint64_t tokens_counted(void)
{
    return ci_counter_get(CI_COUNT_TOKEN_HITS) +
           ci_counter_get(CI_COUNT_TOKEN_MISSES);
}

START_TEST(requests_of_many_threads_do_not_meet)
{
    apr_uint64_t before = tokens_counted();
    worker_t workers[THREADS] = {{0}};
    apr_pool_t *threads; /* the database grows in the other */
    apr_status_t rv;
    int i;

    apr_pool_create(&threads, NULL);
    for (i = 0; i < THREADS; i++) {
        make_worker(&workers[i]);
    }
    for (i = 0; i < THREADS; i++) {
        ck_assert_int_eq(apr_thread_create(&workers[i].thread, NULL,
                                           i ? read_often : write_often,
                                           &workers[i], threads),
                         APR_SUCCESS);
    }
    for (i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, workers[i].thread);
        ck_assert_int_eq(workers[i].failed, 0);
        apr_pool_destroy(workers[i].service.pool);
    }
    apr_pool_destroy(threads);
    ck_assert_uint_eq(tokens_counted() - before,
                      (apr_uint64_t)ROUNDS * (3 * (THREADS - 1) + 2));
    service_check(service, service_show(service, id), "notes", "'1'");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("endpoint_threads");
    TCase *tc = tcase_create("endpoint_threads");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_test(tc, requests_of_many_threads_do_not_meet);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
