/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of model/ci_references: loading, reloading on a new generation, what a
 * failing store leaves behind, many threads. */
#include "model/ci_references.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_thread_proc.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"
#include "store_mem_demo.h"

#define THREADS 64
#define ROUNDS  20
#define LOADS   9 /* calls of one load: the generation and eight kinds */

static apr_pool_t *pool;
static ci_store_t *store;
static ci_reference_cache_t *cache;

static void store_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    store = demo_create(pool);
    ck_assert_int_eq(ci_reference_cache_create(&cache, pool), APR_SUCCESS);
}

static void pool_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static ci_references_t *get(apr_int64_t generation)
{
    ci_references_t *references;

    ck_assert_ptr_null(
        ci_references_get(&references, cache, store, generation, pool));
    ck_assert_ptr_nonnull(references);
    return references;
}

static const struct {
    const ci_object_t *object;
    const char *field;
    const char *text;
    ci_found_e found;
    const char *id;
} names[] = {
    {&ci_country, "two_character_code", "CY", CI_FOUND_ONE, "CY"},
    {&ci_country, "two_character_code", "cy", CI_FOUND_NONE, NULL},
    {&ci_country, "two_character_code", "CY ", CI_FOUND_NONE, NULL},
    {&ci_country, "name", "UNITED STATES", CI_FOUND_ONE, "US"},
    {&ci_country, "alternative_code", "", CI_FOUND_NONE, NULL},
    {&ci_country, "id", "US", CI_FOUND_ONE, "US"},
    {&ci_industry, "name", "Energy", CI_FOUND_SEVERAL, NULL},
    {&ci_industry, "code", "EN", CI_FOUND_ONE, "I1"},
    {&ci_industry_sector, "name", "Oil", CI_FOUND_ONE, "S1"},
    {&ci_category, "code", "GO", CI_FOUND_ONE, "C1"},
    {&ci_privacy_level, "number", "8", CI_FOUND_ONE, "P8"},
    {&ci_group, "alternative_code", "MG1", CI_FOUND_ONE, "G1"},
    {&ci_group, "id", "U1", CI_FOUND_NONE, NULL},
};

START_TEST(names_compare_as_bytes)
{
    ci_identifier_t identifier = {
        {NULL, 0, -1}, names[_i].text, strlen(names[_i].text)};
    ci_value_t id = {0};

    ck_assert(ci_object_identifying(names[_i].object, names[_i].field,
                                    &identifier.slot));
    ck_assert_int_eq(
        ci_references_resolve(&id, get(0), names[_i].object, &identifier),
        names[_i].found);
    if (names[_i].id) {
        ck_assert_str_eq(ci_value_string(&id, pool), names[_i].id);
    }
}
END_TEST

static const struct {
    const ci_object_t *object;
    const char *id;
    const char *json;
} texts[] = {
    {&ci_country, "XX",
     "{\"id\":\"XX\",\"two_character_code\":\"XX\",\"name\":\"NOWHERE\","
     "\"alternative_code\":null,\"three_character_code\":null}"},
    {&ci_group, "G1",
     "{\"id\":\"G1\",\"name\":\"Main Group\",\"description\":null,"
     "\"alternative_code\":\"MG1\",\"community_name\":\"Community\"}"},
    {&ci_unit, "U2",
     "{\"id\":\"U2\",\"name\":\"Low Unit\",\"description\":null,"
     "\"alternative_code\":null,\"group_name\":\"Main Group\","
     "\"community_name\":\"Community\"}"},
    {&ci_user, "1",
     "{\"id\":\"1\",\"username\":\"admin\",\"person_name\":\"Admin\","
     "\"email\":\"mp@ministrator.com\"}"},
    {&ci_user, "9", "{\"id\":\"9\",\"username\":null,\"person_name\":null}"},
    {&ci_privacy_level, "P8",
     "{\"id\":\"P8\",\"name\":\"High\",\"hierarchy_level\":8,\"number\":"
     "\"8\"}"},
};

START_TEST(a_reference_is_written_as_its_record)
{
    ci_lookup_t lookup = ci_references_lookup(get(0));
    ci_sink_t *sink = ci_sink_create(pool);
    ci_value_t id = ci_value_text(texts[_i].id);
    apr_size_t length;

    lookup.write(sink, lookup.baton, texts[_i].object, &id);
    ck_assert_str_eq(ci_sink_text(sink, &length, pool), texts[_i].json);
}
END_TEST

START_TEST(no_hash_of_a_password_is_kept)
{
    ci_value_t id = ci_value_text("1");
    const ci_record_t *user = ci_references_find(get(0), &ci_user, &id);

    ck_assert_ptr_nonnull(user);
    ck_assert(!ci_value_is_set(&user->values[CI_USER_PASSWORD_HASH]));
}
END_TEST

START_TEST(a_snapshot_is_loaded_once)
{
    ci_references_t *first = get(DEMO_GENERATION);
    int calls = store_mem_calls(store);

    ck_assert_int_eq(calls, LOADS);
    ck_assert_ptr_eq(get(DEMO_GENERATION), first);
    ck_assert_ptr_eq(get(0), first);
    ck_assert_int_eq(store_mem_calls(store), calls);
    ck_assert_int_eq(ci_references_generation(first), DEMO_GENERATION);
}
END_TEST

START_TEST(another_generation_is_loaded_and_the_old_one_stays_whole)
{
    ci_references_t *old = get(DEMO_GENERATION), *fresh;
    ci_value_t id = ci_value_text("DE");

    demo_set_generation(store, DEMO, DEMO_GENERATION + 1, pool);
    demo_put(store, &ci_country, "{'id':'DE','name':'GERMANY'}", pool);
    ck_assert_ptr_eq(get(0), old);
    fresh = get(DEMO_GENERATION + 1);
    ck_assert_ptr_ne(fresh, old);
    ck_assert_int_eq(ci_references_generation(fresh), DEMO_GENERATION + 1);
    ck_assert_ptr_nonnull(ci_references_find(fresh, &ci_country, &id));
    ck_assert_ptr_null(ci_references_find(old, &ci_country, &id));
    ck_assert_ptr_eq(get(0), fresh);
}
END_TEST

START_TEST(a_snapshot_outlives_the_request_that_loaded_it)
{
    ci_references_t *references;
    ci_value_t id = ci_value_text("CY");
    apr_pool_t *request;

    apr_pool_create(&request, pool);
    ck_assert_ptr_null(
        ci_references_get(&references, cache, store, 0, request));
    apr_pool_destroy(request);
    ck_assert_ptr_eq(get(DEMO_GENERATION), references);
    ck_assert_ptr_nonnull(ci_references_find(references, &ci_country, &id));
}
END_TEST

START_TEST(organisations_have_snapshots_of_their_own)
{
    ci_references_t *first = get(0), *second;
    ci_value_t id = ci_value_text("C1");

    store->scope.organisation = OTHER;
    second = get(0);
    ck_assert_ptr_ne(first, second);
    ck_assert_ptr_nonnull(ci_references_find(first, &ci_category, &id));
    ck_assert_ptr_null(ci_references_find(second, &ci_category, &id));
    id = ci_value_text("CY");
    ck_assert_ptr_nonnull(ci_references_find(second, &ci_country, &id));
}
END_TEST

START_TEST(an_organisation_that_is_gone_is_no_tenant)
{
    ci_references_t *references;
    ci_error_t *err;

    store->scope.organisation = 99;
    err = ci_references_get(&references, cache, store, 0, pool);
    ck_assert(err && err->code == CI_INVALID_TOKEN);
}
END_TEST

/* Whichever statement fails, the error comes back and the next try works. */
START_TEST(a_load_that_fails_leaves_nothing_behind)
{
    ci_error_t *failure =
        ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_TIMEUP, "no");
    ci_references_t *references;
    ci_error_t *err;

    store_mem_fail(store, _i + 1, failure);
    err = ci_references_get(&references, cache, store, 0, pool);
    ck_assert(err && err->code == CI_SERVICE_UNAVAILABLE);
    ck_assert_str_eq(err->detail, "no");
    ck_assert_ptr_null(references);
    get(0);
}
END_TEST

typedef struct {
    ci_store_t *store;
    int failed;
} worker_t;

/* Ask for a generation that only sometimes is the one at hand. */
static void *work(apr_thread_t *thread, void *data)
{
    worker_t *worker = data;
    ci_references_t *references;
    ci_value_t id = ci_value_text("CY");
    apr_pool_t *request;
    int i;

    (void)thread;
    for (i = 0; i < ROUNDS; i++) {
        apr_pool_create(&request, NULL);
        if (ci_references_get(&references, cache, worker->store,
                              DEMO_GENERATION + i % 2, request) ||
            !ci_references_find(references, &ci_country, &id)) {
            worker->failed++;
        }
        apr_pool_destroy(request);
    }
    return NULL;
}

START_TEST(threads_share_snapshots)
{
    apr_thread_t *threads[THREADS];
    worker_t workers[THREADS] = {{0}};
    apr_pool_t *own[THREADS];
    apr_status_t rv;
    int i;

    for (i = 0; i < THREADS; i++) {
        apr_pool_create(&own[i], NULL);
        workers[i].store = demo_create(own[i]);
    }
    for (i = 0; i < THREADS; i++) {
        ck_assert_int_eq(
            apr_thread_create(&threads[i], NULL, work, &workers[i], pool),
            APR_SUCCESS);
    }
    for (i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
        ck_assert_int_eq(workers[i].failed, 0);
        apr_pool_destroy(own[i]);
    }
}
END_TEST

static TCase *references_case(void)
{
    TCase *tc = tcase_create("references");

    tcase_add_checked_fixture(tc, store_open, pool_close);
    tcase_add_loop_test(tc, names_compare_as_bytes, 0, CI_ALEN(names));
    tcase_add_loop_test(tc, a_reference_is_written_as_its_record, 0,
                        CI_ALEN(texts));
    tcase_add_test(tc, no_hash_of_a_password_is_kept);
    tcase_add_test(tc, a_snapshot_is_loaded_once);
    tcase_add_test(tc,
                   another_generation_is_loaded_and_the_old_one_stays_whole);
    tcase_add_test(tc, a_snapshot_outlives_the_request_that_loaded_it);
    tcase_add_test(tc, organisations_have_snapshots_of_their_own);
    tcase_add_test(tc, an_organisation_that_is_gone_is_no_tenant);
    tcase_add_loop_test(tc, a_load_that_fails_leaves_nothing_behind, 0, LOADS);
    tcase_add_test(tc, threads_share_snapshots);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("references");

    suite_add_tcase(suite, references_case());
    return unit_run(suite);
}
