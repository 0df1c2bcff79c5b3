/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of store/ci_store over rows in memory, and of the promises that the
   store in memory makes in place of a database. */
#include "store_mem_demo.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_time.h>

#include <check.h>

#include "model/ci_objects.h"

static apr_pool_t *pool;
static ci_store_t *store;
static const char *before;

static void set_up(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    store = demo_create(pool);
    before = store_mem_dump(store, pool);
}

static void tear_down(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static ci_error_t failure(ci_code_e code, ci_retry_e retry)
{
    ci_error_t err = {.code = code, .retry = retry, .detail = "as told"};

    return err;
}

/* What the work of a transaction did, and how it is to end. */
typedef struct {
    int runs;
    ci_error_t *result; /* of the first fails runs */
    int fails;
} work_t;

static ci_error_t *work(void *baton, ci_store_t *st, apr_pool_t *p)
{
    work_t *w = baton;
    ci_record_t *row =
        demo_record(&ci_industry, "{'id':'NEW','name':'New','code':'N'}", p);
    ci_error_t *err = st->methods->insert(st, &row, 1, p);

    w->runs++;
    if (err) {
        return err;
    }
    return w->runs <= w->fails ? w->result : NULL;
}

static void check_unchanged(void)
{
    ck_assert_str_eq(store_mem_dump(store, pool), before);
    ck_assert_int_eq(store_mem_in_transaction(store), 0);
}

START_TEST(transaction_stores_what_its_work_did)
{
    work_t w = {0};

    ck_assert_ptr_null(ci_store_transaction(store, work, &w, pool));
    ck_assert_int_eq(w.runs, 1);
    ck_assert_int_eq(store_mem_in_transaction(store), 0);
    ck_assert_str_ne(store_mem_dump(store, pool), before);
}
END_TEST

START_TEST(final_and_stale_errors_are_not_tried_again)
{
    ci_error_t err = failure(CI_CONFLICT, _i ? CI_STALE : CI_FINAL);
    work_t w = {0, &err, 99};

    ck_assert_ptr_eq(ci_store_transaction(store, work, &w, pool), &err);
    ck_assert_int_eq(w.runs, 1);
    check_unchanged();
}
END_TEST

START_TEST(transient_error_begins_the_whole_work_again)
{
    ci_error_t err = failure(CI_SERVICE_UNAVAILABLE, CI_TRANSIENT);
    work_t w = {0, &err, _i};

    ck_assert_ptr_null(ci_store_transaction(store, work, &w, pool));
    ck_assert_int_eq(w.runs, _i + 1);
    ck_assert_int_eq(store_mem_count(store, &ci_industry), 4);
}
END_TEST

START_TEST(work_is_tried_five_times_at_most)
{
    ci_error_t err = failure(CI_SERVICE_UNAVAILABLE, CI_TRANSIENT);
    work_t w = {0, &err, 99};
    ci_error_t *got = ci_store_transaction(store, work, &w, pool);

    ck_assert_ptr_nonnull(got);
    ck_assert_int_eq(got->code, CI_SERVICE_UNAVAILABLE);
    ck_assert_int_eq(w.runs, 5);
    check_unchanged();
}
END_TEST

START_TEST(nothing_begins_after_the_deadline)
{
    work_t w = {0};
    ci_error_t *got;

    store->deadline = apr_time_now() - 1;
    got = ci_store_transaction(store, work, &w, pool);
    ck_assert_ptr_nonnull(got);
    ck_assert_int_eq(got->code, CI_SERVICE_UNAVAILABLE);
    ck_assert_int_eq(w.runs, 0);
    check_unchanged();
}
END_TEST

START_TEST(transient_error_is_not_tried_again_past_the_deadline)
{
    ci_error_t err = failure(CI_SERVICE_UNAVAILABLE, CI_TRANSIENT);
    work_t w = {0, &err, 99};
    apr_time_t begun = apr_time_now();

    store->deadline = begun + 12000;
    ck_assert_ptr_nonnull(ci_store_transaction(store, work, &w, pool));
    ck_assert_int_lt(w.runs, 5);
    ck_assert_int_lt(apr_time_now() - begun, 500000);
    check_unchanged();
}
END_TEST

/* Begin, insert and commit: each of the three fails once. */
START_TEST(failure_of_any_call_leaves_the_rows_as_they_were)
{
    ci_error_t err = failure(CI_SERVICE_UNAVAILABLE, CI_FINAL);
    work_t w = {0};
    ci_error_t *got;

    store_mem_fail(store, _i, &err);
    got = ci_store_transaction(store, work, &w, pool);
    ck_assert_int_eq(store_mem_calls(store), _i);
    ck_assert_ptr_nonnull(got);
    ck_assert_str_eq(got->detail, "as told");
    check_unchanged();
}
END_TEST

START_TEST(fetch_one_without_a_row_is_no_error)
{
    ci_value_t id = ci_value_text(_i ? "I1" : "nobody");
    ci_where_t where = ci_where_equal(&ci_industry, CI_REFERENCE_ID, &id);
    ci_select_t query = {.object = &ci_industry,
                         .mask = ~(ci_mask_t)0,
                         .nwhere = 1,
                         .where = &where};
    ci_record_t *record = NULL;

    ck_assert_ptr_null(ci_store_fetch_one(&record, store, &query, pool));
    ck_assert_int_eq(record != NULL, _i);
}
END_TEST

START_TEST(fetch_one_that_fails_gives_no_row)
{
    ci_error_t err = failure(CI_SERVICE_UNAVAILABLE, CI_FINAL);
    ci_select_t query = {.object = &ci_industry, .mask = ~(ci_mask_t)0};
    ci_record_t untouched, *record = &untouched;

    store_mem_fail(store, 1, &err);
    ck_assert_ptr_nonnull(ci_store_fetch_one(&record, store, &query, pool));
    ck_assert_ptr_null(record);
}
END_TEST

START_TEST(rows_of_another_tenant_are_out_of_reach)
{
    ci_value_t id = ci_value_text("I9");
    ci_where_t where = ci_where_equal(&ci_industry, CI_REFERENCE_ID, &id);
    ci_select_t query = {.object = &ci_industry,
                         .mask = ~(ci_mask_t)0,
                         .nwhere = 1,
                         .where = &where};
    apr_int64_t removed;
    ci_record_t *record;

    store->scope.organisation = _i;
    ck_assert_ptr_null(ci_store_fetch_one(&record, store, &query, pool));
    ck_assert_int_eq(record != NULL, _i == OTHER);
    if (_i != OTHER) {
        ck_assert_ptr_null(store->methods->remove(&removed, store, &ci_industry,
                                                  &where, 1, pool));
        ck_assert_int_eq(removed, 0);
        check_unchanged();
    }
}
END_TEST

START_TEST(duplicate_key_of_one_row_refuses_all_of_them)
{
    ci_record_t *rows[] = {
        demo_record(&ci_industry, "{'id':'A','name':'A'}", pool),
        demo_record(&ci_industry, "{'id':'I1','name':'B'}", pool),
    };
    ci_error_t *err = store->methods->insert(store, rows, 2, pool);

    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_CONFLICT);
    check_unchanged();
}
END_TEST

START_TEST(column_that_may_not_be_null_refuses_the_row)
{
    ci_record_t *row = demo_record(&ci_industry, "{'id':'A'}", pool);
    ci_error_t *err = store->methods->insert(store, &row, 1, pool);

    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_INTERNAL_ERROR);
    check_unchanged();
}
END_TEST

/* Store a unit of a user if the user has an id and a name. */
static ci_error_t *insert_unit_if(int *inserted, const char *id,
                                  const char *name, const char *unit)
{
    ci_value_t values[] = {ci_value_text(id), ci_value_text(name)};
    ci_where_t where[] = {
        ci_where_equal(&ci_user, CI_USER_ID, &values[0]),
        ci_where_equal(&ci_user, CI_USER_USERNAME, &values[1])};
    ci_select_t query = {.object = &ci_user,
                         .mask = CI_MASK(CI_USER_ID),
                         .nwhere = 2,
                         .where = where};
    ci_record_t *row = ci_record_make(&ci_user_unit, pool);

    row->values[CI_USER_UNIT_UNIT] = ci_value_text(unit);
    return store->methods->insert_if(inserted, store, row, CI_USER_UNIT_USER,
                                     &query, pool);
}

START_TEST(a_row_is_stored_with_what_a_query_finds)
{
    int inserted, count = store_mem_count(store, &ci_user_unit);
    const ci_value_t *values;

    ck_assert_ptr_null(insert_unit_if(&inserted, "2", "plain", "U1"));
    ck_assert_int_eq(inserted, 1);
    ck_assert_int_eq(store_mem_count(store, &ci_user_unit), count + 1);
    values = store_mem_row(store, &ci_user_unit, count)->values;
    ck_assert_int_eq(values[CI_USER_UNIT_ORGANISATION].as.integer, DEMO);
    ck_assert_str_eq(ci_value_string(&values[CI_USER_UNIT_USER], pool), "2");
    ck_assert_str_eq(ci_value_string(&values[CI_USER_UNIT_UNIT], pool), "U1");
}
END_TEST

START_TEST(a_row_is_not_stored_if_a_query_finds_nothing)
{
    int inserted;

    ck_assert_ptr_null(insert_unit_if(&inserted, "2", "admin", "U1"));
    ck_assert_int_eq(inserted, 0);
    check_unchanged();
}
END_TEST

START_TEST(a_row_that_the_table_refuses_is_not_stored_though_the_query_finds)
{
    int inserted;
    ci_error_t *err = insert_unit_if(&inserted, "1", "admin", "U1");

    ck_assert(err && err->code == CI_CONFLICT);
    ck_assert_int_eq(inserted, 0);
    check_unchanged();
}
END_TEST

static ci_record_t *contact(const char *id)
{
    ci_record_t *row = demo_record(
        &ci_contact,
        "{'type':'PERSON','life_cycle_state':'MARKETING','version':1,"
        "'relation_count':0,"
        "'first_name':'A','last_name':'B','owned_by_group':'G1',"
        "'document':'{}'}",
        pool);

    row->values[CI_CONTACT_ID] = ci_value_text(id);
    row->values[CI_CONTACT_LOG] = ci_value_record(demo_record(
        &ci_log_information,
        "{'created_date':'2016-01-01T00:00:00','created_by_user':'1',"
        "'created_by_unit':'U1','updated_date':'2016-01-01T00:00:00',"
        "'updated_by_user':'1','updated_by_unit':'U1'}",
        pool));
    return row;
}

static void put_contact(const char *id, const char *level)
{
    ci_record_t *row = contact(id);

    row->values[CI_CONTACT_ORGANISATION] = ci_value_integer(DEMO);
    if (level) {
        row->values[CI_CONTACT_PRIVACY_LEVEL] = ci_value_text(level);
    }
    store_mem_put(store, row);
}

static const struct {
    apr_int64_t held; /* generation of the caller's references */
    int stored;
} generations[] = {{7, 1}, {0, 1}, {6, 0}, {8, 0}};

START_TEST(contact_is_stored_at_the_caller_s_generation_only)
{
    ci_record_t *row = contact("X");
    ci_error_t *err;

    store->scope.generation = generations[_i].held;
    err = store->methods->insert(store, &row, 1, pool);
    if (generations[_i].stored) {
        ck_assert_ptr_null(err);
        ck_assert_int_eq(row->values[CI_CONTACT_SEQ].as.integer, 1);
    }
    else {
        ck_assert_ptr_nonnull(err);
        ck_assert_int_eq(err->retry, CI_STALE);
        check_unchanged();
    }
}
END_TEST

static const struct {
    int has_clearance, revealed;
    apr_int64_t clearance;
    int seen; /* of a contact without level, one of level 1, one of level 8 */
} clearances[] = {
    {0, 0, 0, 3}, {1, 0, 0, 1}, {1, 0, 1, 2},
    {1, 0, 7, 2}, {1, 0, 8, 3}, {1, 1, 0, 3},
};

START_TEST(clearance_filters_by_level_unless_revealed)
{
    ci_select_t query = {.object = &ci_contact,
                         .mask = CI_MASK(CI_CONTACT_ID),
                         .ordered = 1,
                         .revealed = clearances[_i].revealed ? 1U : 0U};
    ci_rows_t rows;

    put_contact("N", NULL);
    put_contact("L1", "P1");
    put_contact("L8", "P8");
    store->scope.has_clearance = clearances[_i].has_clearance;
    store->scope.clearance = clearances[_i].clearance;
    ck_assert_ptr_null(store->methods->fetch(&rows, store, &query, pool));
    ck_assert_int_eq(rows.count, clearances[_i].seen);
    ck_assert_str_eq(
        ci_value_string(&rows.records[0]->values[CI_CONTACT_ID], pool), "N");
}
END_TEST

static const struct {
    int limit, offset;
    const char *ids;
} pages[] = {
    {0, 0, "abcde"}, {2, 0, "ab"}, {2, 2, "cd"},
    {2, 4, "e"},     {2, 5, ""},   {9, 1, "bcde"},
};

START_TEST(ordered_pages_follow_the_sequence)
{
    ci_select_t query = {.object = &ci_contact,
                         .mask = CI_MASK(CI_CONTACT_ID),
                         .limit = pages[_i].limit,
                         .offset = pages[_i].offset,
                         .ordered = 1};
    const char *id, all[] = "abcde";
    ci_rows_t rows;
    int i;

    for (i = 0; all[i]; i++) {
        put_contact(apr_pstrmemdup(pool, all + i, 1), NULL);
    }
    ck_assert_ptr_null(store->methods->fetch(&rows, store, &query, pool));
    ck_assert_int_eq(rows.count, (int)strlen(pages[_i].ids));
    for (i = 0; i < rows.count; i++) {
        id = rows.records[i]->values[CI_CONTACT_ID].as.text;
        ck_assert_int_eq(*id, pages[_i].ids[i]);
    }
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, transaction_stores_what_its_work_did);
    tcase_add_loop_test(tc, final_and_stale_errors_are_not_tried_again, 0, 2);
    tcase_add_loop_test(tc, transient_error_begins_the_whole_work_again, 0, 5);
    tcase_add_test(tc, work_is_tried_five_times_at_most);
    tcase_add_test(tc, nothing_begins_after_the_deadline);
    tcase_add_test(tc, transient_error_is_not_tried_again_past_the_deadline);
    tcase_add_loop_test(tc, failure_of_any_call_leaves_the_rows_as_they_were, 1,
                        4);
    tcase_add_loop_test(tc, fetch_one_without_a_row_is_no_error, 0, 2);
    tcase_add_test(tc, fetch_one_that_fails_gives_no_row);
    tcase_add_loop_test(tc, rows_of_another_tenant_are_out_of_reach, 0, 3);
    tcase_add_test(tc, duplicate_key_of_one_row_refuses_all_of_them);
    tcase_add_test(tc, column_that_may_not_be_null_refuses_the_row);
    tcase_add_test(tc, a_row_is_stored_with_what_a_query_finds);
    tcase_add_test(tc, a_row_is_not_stored_if_a_query_finds_nothing);
    tcase_add_test(
        tc, a_row_that_the_table_refuses_is_not_stored_though_the_query_finds);
    tcase_add_loop_test(tc, contact_is_stored_at_the_caller_s_generation_only,
                        0, CI_ALEN(generations));
    tcase_add_loop_test(tc, clearance_filters_by_level_unless_revealed, 0,
                        CI_ALEN(clearances));
    tcase_add_loop_test(tc, ordered_pages_follow_the_sequence, 0,
                        CI_ALEN(pages));
}

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *tc = tcase_create("store");

    add_tests(tc);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
