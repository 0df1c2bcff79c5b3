/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer costs, as counts: they are the same on every machine.
 * tests/counts.sh runs this under callgrind and holds the instructions of each
 * show to a bound. */
#include "service_mem.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <stdlib.h>

/* A sanitizer has its own malloc(). */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTS_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTS_MALLOC 0
#endif
#endif
#ifndef COUNTS_MALLOC
#define COUNTS_MALLOC 1
#endif

#define SHOWS 100

static apr_pool_t *pool;
static service_t *service;

static void service_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    service = service_create(pool);
}

static void service_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

#define UDF(n)                                                                 \
    ",'udf_string_" #n "':'value " #n "','udf_float_" #n "':" #n ".25,"        \
    "'udf_date_" #n "':'2014-05-" #n "T10:00:00'"
#define ADDRESS(type)                                                          \
    "{'type':'" type                                                           \
    "','street_name':'Makariou Avenue','street_number':'1','town_city':"       \
    "'Nicosia','post_code':'1065','country_code':'CY'}"
#define PHONE(type)                                                            \
    "{'type':'" type "','number':'22334455','country_code':'CY'}"
#define EMAIL(type) "{'type':'" type "','email_address':'a@example.org'}"

static const char document[] =
    "{'type':'PERSON','title':'MR','first_name':'Jon','middle_name':'D',"
    "'last_name':'Doe','notes':'A note'"
    ",'demographics':{'id_number':'1','passport_number':'P','gender':'MALE',"
    "'date_of_birth':{'day':1,'month':2,'year':1970}}"
    ",'address_set':[" ADDRESS("HOME") "," ADDRESS(
        "BUSINESS") "]"
                    ",'phone_set':[" PHONE("MOBILE") "," PHONE(
                        "FAX") "]"
                               ",'email_set':[" EMAIL("PERSONAL") "," EMAIL(
                                   "BUSINESS") "]" UDF(10) UDF(11) UDF(12)
                                   UDF(13) UDF(14) UDF(15) UDF(16) UDF(17) "}";

/* -------------------------------------------------------------- malloc - */

#if COUNTS_MALLOC

static unsigned long mallocs;

void *__libc_malloc(size_t size);
__attribute__((visibility("default"))) void *malloc(size_t size);

void *malloc(size_t size)
{
    mallocs++;
    return __libc_malloc(size);
}

/* 0 under valgrind, which has its own malloc(), too. */
static int counts_mallocs(void)
{
    void *volatile memory = malloc(1);

    free(memory);
    return mallocs > 0;
}

static unsigned long read_mallocs(void)
{
    return mallocs;
}

/* How often one page calls malloc() once a request before it has left its
   memory to the next, as in a server that has been running. */
static unsigned long mallocs_of_page(int contacts)
{
    apr_pool_t *request;
    call_t call = {.path = "contact_information/list",
                   .query = apr_psprintf(
                       pool, "id_number=1&number_of_results=%d", contacts)};
    unsigned long count = 0;
    int i;

    apr_pool_create(&request, pool);
    service->meter = read_mallocs;
    service->pool = request;
    for (i = 0; i < 3; i++) {
        apr_pool_clear(request);
        count = service_call(service, &call)->metered;
    }
    service->pool = pool;
    apr_pool_destroy(request);
    return count;
}

START_TEST(a_page_of_fifty_calls_malloc_as_often_as_one_of_one)
{
    int i;

    if (!counts_mallocs()) {
        return;
    }
    for (i = 0; i < 50; i++) {
        service_add(service, document);
    }
    ck_assert_uint_eq(mallocs_of_page(50), mallocs_of_page(1));
}
END_TEST

#endif

/* -------------------------------------------------------- instructions - */

START_TEST(shows_are_served)
{
    const char *id = service_add(service, document);
    int i;

    for (i = 0; i < SHOWS; i++) {
        service_show(service, id);
    }
}
END_TEST

static void add_case(Suite *suite, const char *name, const TTest *test)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, service_open, service_close);
    tcase_add_test(tcase, test);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("counts");

#if COUNTS_MALLOC
    add_case(suite, "malloc",
             a_page_of_fifty_calls_malloc_as_often_as_one_of_one);
#endif
    add_case(suite, "show", shows_are_served);
    return unit_run(suite);
}
