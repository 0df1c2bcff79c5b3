/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of endpoint/ci_ep_contact_update: what a request changes, and what
 * happens when others change the contact at the same time. */
#include "service_mem.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"
#include "model/ci_unique.h"

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
        "'notes':'n','demographics':{'id_number':'1','gender':'FEMALE',"
        "'date_of_birth':{'day':1,'month':2,'year':1990}},"
        "'address_set':[{'type':'HOME','street_name':'s','town_city':'t'}],"
        "'phone_set':[{'type':'FAX','number':'22'}],"
        "'email_set':[{'type':'BUSINESS','email_address':'a@b.cy'}]}");
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
                            id, "'}", *members ? "," : "", members, "}", NULL);
    return call;
}

static json_t *update(const char *members)
{
    call_t call = update_of(members);

    return service_ok(service, &call);
}

static void refuse(const char *members, ci_code_e code, const char *field)
{
    call_t call = update_of(members);

    service_fails(service, &call, code, field);
}

static void check(const json_t *json, const char *path, const char *text)
{
    service_check(service, json, path, text);
}

static apr_int64_t version(void)
{
    return store_mem_row(service->store, &ci_contact, 0)
        ->values[CI_CONTACT_VERSION]
        .as.integer;
}

/* ------------------------------------------------------------- changes - */

/* One member of a request and what it makes of the contact. */
static const struct {
    const char *members;
    const char *path;
    const char *text;
} changes[] = {
    {"", "title", "'Dr'"},
    {"'title':'Sir'", "title", "'Sir'"},
    {"'title':'Sir'", "notes", "'n'"},
    {"'title':null", "title", "null"},
    {"'notes':null", "notes", "null"},
    {"'first_name':'Eve'", "name", "'Eve Bo'"},
    {"'demographics':{'gender':null}", "demographics.gender", "null"},
    {"'demographics':{'gender':null}", "demographics.id_number", "'1'"},
    {"'demographics':{'passport_number':'P'}", "demographics.gender",
     "'FEMALE'"},
    {"'demographics':{'passport_number':'P'}", "demographics.passport_number",
     "'P'"},
    {"'demographics':null", "demographics.id_number", "null"},
    {"'demographics':null", "demographics.gender", "null"},
    {"'email_set':null", "emails_set.0.email", "'a@b.cy'"},
    {"'email_set':[]", "emails_set.0.email", "'a@b.cy'"},
    {"'email_set':[{'action':'add','type':'PERSONAL','email_address':'c@d'}]",
     "emails_set.1.email", "'c@d'"},
    {"'email_set':[{'action':'UPDATE','email_identifier':{'type':'BUSINESS'},"
     "'email_address':'c@d'}]",
     "emails_set.0.email", "'c@d'"},
    {"'email_set':[{'action':'REMOVE','email_identifier':"
     "{'type':'BUSINESS'}}]",
     "emails_set", "[]"},
    {"'email_set':[{'action':'REMOVE','email_identifier':"
     "{'type':'BUSINESS'}},{'action':'ADD','type':'BUSINESS',"
     "'email_address':'c@d'}]",
     "emails_set.0.email", "'c@d'"},
    {"'address_set':[{'action':'UPDATE','address_identifier':{'type':'HOME'},"
     "'street_name':'x'}]",
     "addresses_set.0.town_city", "'t'"},
    {"'address_set':[{'action':'UPDATE','address_identifier':{'type':'HOME'},"
     "'town_city':null}]",
     "addresses_set.0.town_city", "null"},
    {"'phone_set':[{'action':'UPDATE','phone_identifier':{'type':'FAX'},"
     "'country_identifier':{'id':'CY'}}]",
     "phones_set.0.full_number", "'0035722'"},
    {"'send_direct_marketing_material':1",
     "authorization_settings.direct_marketing_setting_updated_by_user.id",
     "'1'"},
};

START_TEST(a_request_changes_what_it_names_and_nothing_else)
{
    const json_t *shown = update(changes[_i].members);

    check(shown, changes[_i].path, changes[_i].text);
    ck_assert(json_equal(shown, service_show(service, id)));
    ck_assert_int_eq(version(), 2);
}
END_TEST

static const struct {
    const char *members;
    ci_code_e code;
    const char *field;
} refused[] = {
    {"'first_name':null", CI_MISSING_PARAMETER, "first_name"},
    {"'owned_by_group_identifier':null", CI_MISSING_PARAMETER,
     "owned_by_group_identifier"},
    {"'company_name':'C'", CI_INVALID_PARAMETER, "company_name"},
    {"'email_set':[{'action':'ADD','type':'BUSINESS','email_address':'c@d'}]",
     CI_CONFLICT, "email_set[0].type"},
    {"'email_set':[{'action':'REMOVE','email_identifier':"
     "{'type':'PERSONAL'}}]",
     CI_NOT_FOUND, "email_set[0].email_identifier"},
    {"'relation_set':[{'action':'REMOVE','relation_identifier':{'id':'x'}}]",
     CI_NOT_FOUND, "relation_set[0].relation_identifier"},
    {"'relation_set':[{'action':'ADD','type':'FRIEND',"
     "'contact_information_identifier':{'id_number':'1'}}]",
     CI_INVALID_PARAMETER, "relation_set[0].contact_information_identifier"},
    {"'relation_set':[{'action':'ADD','type':'FRIEND',"
     "'contact_information_identifier':{'id_number':'9'}}]",
     CI_UNKNOWN_REFERENCE, "relation_set[0].contact_information_identifier"},
    {"'category_identifier':{'code':'x'}", CI_UNKNOWN_REFERENCE,
     "category_identifier"},
};

START_TEST(a_change_that_is_refused_changes_nothing)
{
    refuse(refused[_i].members, refused[_i].code, refused[_i].field);
}
END_TEST

START_TEST(a_contact_that_is_not_there_is_not_changed)
{
    id = "NONE";
    refuse("'title':'Sir'", CI_NOT_FOUND, "contact_information_identifier");
}
END_TEST

START_TEST(relations_are_added_changed_and_removed)
{
    const json_t *shown;
    const char *relation;

    service_add(service, "{'type':'COMPANY','company_name':'C',"
                         "'company_profile':{'registration_number':'R'}}");
    shown = update("'relation_set':[{'action':'ADD','type':'EMPLOYER',"
                   "'contact_information_identifier':"
                   "{'registration_number':'R'}},"
                   "{'action':'ADD','type':'CLIENT','notes':'n',"
                   "'contact_information_identifier':"
                   "{'registration_number':'R'}}]");
    check(shown, "relation_set.0.contact.company_name", "'C'");
    check(shown, "relation_set.1.notes", "'n'");
    relation = service_at(service, shown, "relation_set.0.id");
    shown = update(apr_pstrcat(
        pool, "'relation_set':[{'action':'UPDATE','type':'BUSINESS',",
        "'relation_identifier':{'id':", relation, "}}]", NULL));
    check(shown, "relation_set.0.type", "'BUSINESS'");
    check(shown, "relation_set.1.type", "'CLIENT'");
    shown = update(apr_pstrcat(
        pool, "'relation_set':[{'action':'REMOVE','relation_identifier':",
        "{'id':", relation, "}}]", NULL));
    check(shown, "relation_set.0.type", "'CLIENT'");
    check(shown, "relation_set.1", NULL);
    ck_assert(json_equal(shown, service_show(service, id)));
}
END_TEST

START_TEST(keys_follow_the_contact)
{
    call_t list = {.path = "contact_information/list"};

    update("'email_set':[{'action':'UPDATE','email_identifier':"
           "{'type':'BUSINESS'},'email_address':'C@D'}],"
           "'phone_set':[{'action':'REMOVE','phone_identifier':"
           "{'type':'FAX'}}]");
    list.query = _i == 0   ? "email_address=c@d"
                 : _i == 1 ? "email_address=a@b.cy"
                           : "phone_number=22";
    ck_assert_uint_eq(json_array_size(service_ok(service, &list)), _i == 0);
    ck_assert_int_eq(store_mem_count(service->store, &ci_contact_key), 1);
}
END_TEST

START_TEST(a_unique_rule_follows_the_contact)
{
    apr_array_header_t *rules = apr_array_make(pool, 1, sizeof(void *));
    ci_unique_t *rule;

    ck_assert_ptr_null(ci_unique_parse(&rule, "PERSON id_number", pool));
    APR_ARRAY_PUSH(rules, ci_unique_t *) = rule;
    service->settings.unique = rules;
    update("'demographics':{'id_number':'2'}");
    service_add(service, "{'type':'PERSON','first_name':'A','last_name':'B',"
                         "'demographics':{'id_number':'1'}}");
    refuse("'demographics':{'id_number':'1'}", CI_CONFLICT, "id_number");
    update("'demographics':{'id_number':'2'}");
    update("'demographics':{'id_number':null}");
    ck_assert_int_eq(store_mem_count(service->store, &ci_contact_unique), 1);
}
END_TEST

START_TEST(the_answer_has_the_fields_that_are_asked_for_and_the_new_tag)
{
    call_t call = update_of("'title':'Sir','fields_set':'title,x'");
    const answer_t *answer = service_call(service, &call);

    ck_assert_ptr_null(answer->err);
    ck_assert_uint_eq(json_object_size(answer->data), 1);
    ck_assert_int_eq(answer->version, 2);
}
END_TEST

/* ------------------------------------------------------------ If-Match - */

static const struct {
    const char *if_match; /* the contact has version 2 */
    int matches;
} tags[] = {
    {"\"2-abc\"", 1},
    {"*", 1},
    {"\"1-abc\", \"2-abc\"", 1},
    {"\"1-abc\",\t\"2-abc\"", 1},
    {"\"1-abc\",\"2-abc\"", 1},
    {"\"1-abc\"", 0},
    {"\"3-abc\"", 0},
    {"\"22-abc\"", 0},
    {"W/\"2-abc\"", 0},
    {"2-abc", 0},
    {"\"2\"", 0},
    {"", 0},
};

START_TEST(if_match_is_a_tag_of_the_present_version)
{
    call_t call = update_of("'notes':'x'");

    update("'title':'Sir'");
    call.if_match = tags[_i].if_match;
    if (tags[_i].matches) {
        service_ok(service, &call);
        ck_assert_int_eq(version(), 3);
    }
    else {
        service_fails(service, &call, CI_PRECONDITION_FAILED, "If-Match");
    }
}
END_TEST

/* --------------------------------------------------------- other writers */

/* Another child that changes the contact before a transaction begins. */
typedef struct {
    service_t *service;
    const char *members;
    int times; /* left */
    int done;
} writer_t;

static void change_contact(void *baton)
{
    writer_t *writer = baton;
    call_t call = update_of(writer->members);

    if (writer->times > 0) {
        writer->times--;
        writer->done++;
        service_ok(writer->service, &call);
    }
}

static void watch(writer_t *writer, const char *members, int times)
{
    *writer = (writer_t){service_beside(service), members, times, 0};
    store_mem_hook(service->store, change_contact, writer);
}

START_TEST(no_change_of_another_writer_is_lost)
{
    const json_t *shown;
    writer_t writer;

    watch(&writer,
          "'notes':'other','demographics':{'passport_number':'P'},"
          "'phone_set':[{'action':'UPDATE','phone_identifier':{'type':'FAX'},"
          "'number':'33'}]",
          _i);
    shown = update("'title':'Sir','demographics':{'gender':'MALE'},"
                   "'email_set':[{'action':'ADD','type':'PERSONAL',"
                   "'email_address':'c@d'}]");
    ck_assert_int_eq(writer.done, _i);
    ck_assert_int_eq(version(), 2 + _i);
    ck_assert(json_equal(shown, service_show(service, id)));
    check(shown, "notes", _i ? "'other'" : "'n'");
    check(shown, "demographics.passport_number", _i ? "'P'" : "null");
    check(shown, "phones_set.0.number", _i ? "'33'" : "'22'");
    check(shown, "title", "'Sir'");
    check(shown, "demographics.gender", "'MALE'");
    check(shown, "emails_set.1.email", "'c@d'");
    ck_assert_int_eq(store_mem_count(service->store, &ci_contact_key), 5);
}
END_TEST

START_TEST(the_second_try_reads_what_it_has_locked)
{
    call_t call = update_of("'title':'Sir'");
    writer_t writer;

    watch(&writer, "'notes':'other'", 99);
    service_ok(service, &call);
    ck_assert_int_eq(writer.done, 2);
    check(service_show(service, id), "title", "'Sir'");
    check(service_show(service, id), "notes", "'other'");
}
END_TEST

START_TEST(if_match_is_looked_at_again_after_another_change)
{
    call_t call = update_of("'title':'Sir'");
    const ci_error_t *err;
    writer_t writer;

    call.if_match = "\"1-abc\"";
    watch(&writer, "'notes':'other'", 1);
    err = service_call(service, &call)->err;
    ck_assert(err && err->code == CI_PRECONDITION_FAILED);
    check(service_show(service, id), "title", "'Dr'");
}
END_TEST

START_TEST(an_element_that_another_writer_removed_is_not_found)
{
    call_t call = update_of("'phone_set':[{'action':'UPDATE',"
                            "'phone_identifier':{'type':'FAX'},"
                            "'number':'33'}]");
    const ci_error_t *err;
    writer_t writer;

    watch(&writer,
          "'phone_set':[{'action':'REMOVE','phone_identifier':"
          "{'type':'FAX'}}]",
          1);
    err = service_call(service, &call)->err;
    ck_assert(err && err->code == CI_NOT_FOUND);
    check(service_show(service, id), "phones_set", "[]");
}
END_TEST

/* New references between the look-up of a category and the update. */
static void replace_category(void *baton)
{
    ci_store_t *store = baton;

    if (store_mem_count(store, &ci_category) == 1) {
        demo_put(store, &ci_category,
                 "{'organisation_id':1,'id':'C2','name':'Gold','code':'NEW'}",
                 pool);
        demo_set_generation(store, DEMO, DEMO_GENERATION + 1, pool);
    }
}

START_TEST(an_update_is_done_again_when_the_references_changed_meanwhile)
{
    call_t call = update_of("'category_identifier':{'name':'Gold'}");
    ci_store_t *other = store_mem_open(service->store, pool);
    const ci_error_t *err;

    other->scope.organisation = DEMO;
    store_mem_hook(service->store, replace_category, other);
    if (_i) {
        check(update("'category_identifier':{'code':'GO'}"), "category.id",
              "'C1'");
        return;
    }
    err = service_call(service, &call)->err;
    ck_assert(err && err->code == CI_AMBIGUOUS_IDENTIFIER);
    check(service_show(service, id), "category", "null");
}
END_TEST

static TCase *change_case(void)
{
    TCase *tc = tcase_create("change");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_loop_test(tc, a_request_changes_what_it_names_and_nothing_else, 0,
                        CI_ALEN(changes));
    tcase_add_loop_test(tc, a_change_that_is_refused_changes_nothing, 0,
                        CI_ALEN(refused));
    tcase_add_test(tc, a_contact_that_is_not_there_is_not_changed);
    tcase_add_test(tc, relations_are_added_changed_and_removed);
    tcase_add_loop_test(tc, keys_follow_the_contact, 0, 3);
    tcase_add_test(tc, a_unique_rule_follows_the_contact);
    tcase_add_test(
        tc, the_answer_has_the_fields_that_are_asked_for_and_the_new_tag);
    tcase_add_loop_test(tc, if_match_is_a_tag_of_the_present_version, 0,
                        CI_ALEN(tags));
    return tc;
}

static TCase *writers_case(void)
{
    TCase *tc = tcase_create("writers");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_loop_test(tc, no_change_of_another_writer_is_lost, 0, 3);
    tcase_add_test(tc, the_second_try_reads_what_it_has_locked);
    tcase_add_test(tc, if_match_is_looked_at_again_after_another_change);
    tcase_add_test(tc, an_element_that_another_writer_removed_is_not_found);
    tcase_add_loop_test(
        tc, an_update_is_done_again_when_the_references_changed_meanwhile, 0,
        2);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("endpoint_update");

    suite_add_tcase(suite, change_case());
    suite_add_tcase(suite, writers_case());
    return unit_run(suite);
}
