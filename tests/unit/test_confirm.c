/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what an update answers when the answer to its COMMIT was lost, and
   of what may be done twice instead. */
#include "service_mem.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#include "model/ci_contact_store.h"
#include "model/ci_objects.h"

/* Columns that no update changes. */
#define FIXED                                                                  \
    (CI_MASK(CI_CONTACT_SEQ) | CI_MASK(CI_CONTACT_ORGANISATION) |              \
     CI_MASK(CI_CONTACT_ID) | CI_MASK(CI_CONTACT_TYPE) |                       \
     CI_MASK(CI_CONTACT_LIFE_CYCLE_STATE))

static apr_pool_t *pool;
static service_t *service;
static const char *id;

static void service_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    service = service_create(pool);
    id = service_add(
        service,
        "{'type':'PERSON','first_name':'Ann','last_name':'Bo','title':'Dr',"
        "'demographics':{'id_number':'1','gender':'FEMALE'},"
        "'phone_set':[{'type':'FAX','number':'22'}]}");
}

static void service_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static call_t update_of(const char *members)
{
    call_t call = {.path = "contact_information/update"};

    call.json = apr_pstrcat(pool, "{'contact_information_identifier':{'id':'",
                            id, "'},", members, "}", NULL);
    return call;
}

static const ci_error_t *lost(ci_code_e code)
{
    ci_error_t *err = ci_error_server(pool, code, APR_EGENERAL, "lost");

    err->retry = code == CI_SERVICE_UNAVAILABLE ? CI_TRANSIENT : CI_FINAL;
    return err;
}

/* Which call of a request is its last one. */
static int calls_of(const char *members)
{
    call_t call = update_of(members);

    service_ok(service, &call);
    store_mem_fail(service->store, 0, NULL);
    service_ok(service, &call);
    return store_mem_calls(service->store);
}

START_TEST(an_update_that_was_stored_is_found)
{
    int n = calls_of("'notes':'a'");
    call_t call = update_of("'notes':'b','phone_set':[]");
    json_t *data;

    store_mem_fail_late(service->store, n, lost(CI_OUTCOME_UNKNOWN));
    data = service_ok(service, &call);
    service_check(service, data, "notes", "'b'");
    ck_assert(json_equal(data, service_show(service, id)));
}
END_TEST

START_TEST(an_update_that_was_not_stored_is_not_claimed)
{
    int n = calls_of("'notes':'a'");
    call_t call = update_of("'notes':'b'");

    store_mem_fail(service->store, n, lost(CI_OUTCOME_UNKNOWN));
    service_fails(service, &call, CI_OUTCOME_UNKNOWN, NULL);
    service_check(service, service_show(service, id), "notes", "'a'");
}
END_TEST

START_TEST(a_database_that_is_down_leaves_it_unknown)
{
    int n = calls_of("'notes':'a'");
    call_t call = update_of("'notes':'b'");

    store_mem_go_down(service->store, n, lost(CI_OUTCOME_UNKNOWN));
    service_fails(service, &call, CI_OUTCOME_UNKNOWN, NULL);
}
END_TEST

/* The present row, as an update that made it. */
static void present(ci_modification_t *change, ci_value_t *no_relations)
{
    int i = store_mem_count(service->store, &ci_contact) - 1;

    *no_relations = ci_value_null();
    service->store->scope.organisation = DEMO;
    memset(change, 0, sizeof *change);
    change->relations = no_relations;
    change->contact =
        ci_record_copy(store_mem_row(service->store, &ci_contact, i), pool);
}

static int is_stored(const ci_modification_t *change)
{
    int stored = -1;

    ck_assert_ptr_null(
        ci_contact_is_stored(&stored, change, service->store, pool));
    return stored;
}

static void change_value(ci_value_t *value, const ci_field_t *field)
{
    if (!ci_value_is_set(value)) {
        *value = ci_value_integer(1);
    }
    else if (field->type == CI_TYPE_DATETIME) {
        value->as.datetime.second ^= 1;
    }
    else if (field->type == CI_TYPE_INTEGER || field->type == CI_TYPE_TOKEN ||
             field->type == CI_TYPE_BOOLEAN) {
        value->as.integer++;
    }
    else {
        *value = ci_value_text("another");
    }
}

/* Others may have made any of them what it is. */
START_TEST(a_row_that_differs_in_any_column_is_not_ours)
{
    ci_slot_t slots[CI_MAX_COLUMNS];
    int i, changed = 0;
    int count = ci_object_columns(&ci_contact, ~(ci_mask_t)0, CI_COLUMN, slots);
    ci_modification_t change;
    ci_value_t none, *outer;

    present(&change, &none);
    ck_assert_int_eq(is_stored(&change), 1);
    for (i = 0; i < count; i++) {
        if (CI_MASK(slots[i].outer) & FIXED) {
            continue;
        }
        present(&change, &none);
        outer = &change.contact->values[slots[i].outer];
        if (slots[i].inner >= 0 && ci_value_is_set(outer)) {
            outer->as.record = ci_record_copy(outer->as.record, pool);
        }
        change_value(ci_record_put(change.contact, slots[i], pool),
                     slots[i].field);
        ck_assert_msg(is_stored(&change) == 0, "%s", slots[i].field->name);
        changed++;
    }
    ck_assert_int_ge(changed, 20);
}
END_TEST

START_TEST(relations_are_not_seen_in_the_row)
{
    ci_modification_t change;
    ci_record_t *relation = ci_record_make(&ci_relation, pool);
    ci_value_t none, some = ci_value_set(&relation, 1);

    present(&change, &none);
    change.relations = &some;
    ck_assert_int_eq(is_stored(&change), 0);
}
END_TEST

/* ------------------------------------------------- what may be done twice */

static const struct {
    const char *path;
    int needs_contact;
    int n; /* which call removes */
} removals[] = {
    {"contact_information/profile_photo/remove", 1, 2},
    {"authentication/token/release", 0, 1},
};

START_TEST(a_removal_whose_answer_was_lost_is_done_again)
{
    call_t call = update_of("'notes':'b'");
    int late = _i % 2;
    int n = removals[_i / 2].n;

    call.path = removals[_i / 2].path;
    call.json = removals[_i / 2].needs_contact ? call.json : "{}";
    service->token = service_login(service, DEMO, "U1");
    service_show(service, id);
    if (late) {
        store_mem_fail_late(service->store, n, lost(CI_SERVICE_UNAVAILABLE));
    }
    else {
        store_mem_fail(service->store, n, lost(CI_SERVICE_UNAVAILABLE));
    }
    service_ok(service, &call);
    ck_assert_int_ge(store_mem_calls(service->store), n + 1);
}
END_TEST

static TCase *confirm_case(void)
{
    TCase *tc = tcase_create("confirm");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_test(tc, an_update_that_was_stored_is_found);
    tcase_add_test(tc, an_update_that_was_not_stored_is_not_claimed);
    tcase_add_test(tc, a_database_that_is_down_leaves_it_unknown);
    tcase_add_test(tc, a_row_that_differs_in_any_column_is_not_ours);
    tcase_add_test(tc, relations_are_not_seen_in_the_row);
    tcase_add_loop_test(tc, a_removal_whose_answer_was_lost_is_done_again, 0,
                        4);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("confirm");

    suite_add_tcase(suite, confirm_case());
    return unit_run(suite);
}
