/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of endpoint/ci_ep_contact_create and _show. */
#include "service_mem.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"
#include "model/ci_unique.h"

#define PERSON  "'type':'PERSON','first_name':'Ann','last_name':'Bo'"
#define COMPANY "'type':'COMPANY','company_name':'C Ltd'"

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

static void check(const json_t *json, const char *path, const char *text)
{
    service_check(service, json, path, text);
}

static call_t create_of(const char *members)
{
    call_t call = {.path = "contact_information/create"};

    call.json = apr_pstrcat(pool, "{", members, "}", NULL);
    return call;
}

static json_t *create(const char *members)
{
    call_t call = create_of(members);

    return service_ok(service, &call);
}

static void refuse(const char *members, ci_code_e code, const char *field)
{
    call_t call = create_of(members);

    service_fails(service, &call, code, field);
}

static const char *add(const char *members)
{
    return service_add(service, apr_pstrcat(pool, "{", members, "}", NULL));
}

static int rows(const ci_object_t *object)
{
    return store_mem_count(service->store, object);
}

/* -------------------------------------------------------------- create - */

START_TEST(create_answers_the_reduced_contact)
{
    static const char *const names[] = {
        "id",          "type",         "life_cycle_state", "name",
        "first_name",  "last_name",    "company_name",     "title",
        "middle_name", "demographics", "company_profile"};
    const json_t *data = create(PERSON ",'demographics':{'id_number':'7',"
                                       "'gender':'female'},'notes':'n'");
    int i;

    for (i = 0; i < CI_ALEN(names); i++) {
        ck_assert_ptr_nonnull(json_object_get(data, names[i]));
    }
    ck_assert_uint_eq(json_object_size(data), CI_ALEN(names));
    check(data, "name", "'Ann Bo'");
    check(data, "demographics.id_number", "'7'");
    check(data, "demographics.gender", "'FEMALE'");
    check(data, "company_profile", "null");
}
END_TEST

START_TEST(create_of_a_company_has_no_demographics)
{
    const json_t *data =
        create(COMPANY ",'company_profile':{'vat_registration_number':'V1'}");

    check(data, "name", "'C Ltd'");
    check(data, "demographics", "null");
    check(data, "company_profile.vat_registration_number", "'V1'");
}
END_TEST

START_TEST(create_answers_what_fields_set_names_and_no_tag)
{
    call_t call = create_of(PERSON ",'fields_set':'notes,emails_set,none,"
                                   "log_information','notes':'n',"
                                   "'email_set':[{'type':'BUSINESS',"
                                   "'email_address':'a@b.cy'}]");
    const answer_t *answer = service_call(service, &call);

    ck_assert_ptr_null(answer->err);
    ck_assert_int_eq(answer->version, 0);
    ck_assert_uint_eq(json_object_size(answer->data), 3);
    check(answer->data, "notes", "'n'");
    check(answer->data, "emails_set.0.email", "'a@b.cy'");
    check(answer->data, "log_information.created_by_user.username", "'admin'");
    check(answer->data, "log_information.created_by_unit.id", "'U1'");
    check(answer->data, "log_information.created_date",
          "'2023-11-14T22:13:20'");
}
END_TEST

START_TEST(create_stores_a_row_and_its_keys)
{
    const json_t *shown = service_show(
        service,
        add(PERSON ",'address_set':[{'type':'home','street_name':'s',"
                   "'country_identifier':{'two_character_code':'CY'}}],"
                   "'phone_set':[{'type':'FAX','number':'22-11'}],"
                   "'email_set':[{'type':'PERSONAL','email_address':'A@B'}],"
                   "'category_identifier':{'code':'GO'}"));

    ck_assert_int_eq(rows(&ci_contact), 1);
    ck_assert_int_eq(rows(&ci_contact_key), 4);
    check(shown, "addresses_set.0.country.name", "'CYPRUS'");
    check(shown, "phones_set.0.full_number", "'00122-11'");
    check(shown, "emails_set.0.email", "'A@B'");
    check(shown, "category.name", "'Gold'");
    check(shown, "owned_by_group.name", "'Main Group'");
    check(shown, "relation_set", "[]");
}
END_TEST

START_TEST(create_relates_the_contact_to_others)
{
    const char *other = add(PERSON ",'demographics':{'id_number':'7'}");
    const json_t *data =
        create(COMPANY ",'fields_set':'id,relation_set','relation_set':["
                       "{'type':'EMPLOYEE','notes':'n',"
                       "'contact_information_identifier':{'id_number':'7'}},"
                       "{'type':'FRIEND','contact_information_identifier':"
                       "{'id_number':'7'}}]");
    const char *id = json_string_value(json_object_get(data, "id"));

    ck_assert_int_eq(rows(&ci_relation), 2);
    check(data, "relation_set.0.type", "'EMPLOYEE'");
    check(data, "relation_set.0.contact.id",
          apr_pstrcat(pool, "'", other, "'", NULL));
    check(data, "relation_set.0.contact.name", "'Ann Bo'");
    check(data, "relation_set.1.type", "'FRIEND'");
    data = service_show(service, id);
    check(data, "relation_set.0.notes", "'n'");
    check(data, "relation_set.1.contact.demographics.id_number", "'7'");
    check(data, "relation_set.2", NULL);
    check(service_show(service, other), "relation_set", "[]");
}
END_TEST

#define RELATION(identifier)                                                   \
    ",'relation_set':[{'type':'FRIEND','contact_information_identifier':"      \
    "{" identifier "}}]"

static const struct {
    const char *members;
    ci_code_e code;
    const char *field;
} refused[] = {
    {"'first_name':'A'", CI_MISSING_PARAMETER, "type"},
    {"'type':'PERSON','first_name':'A'", CI_MISSING_PARAMETER, "last_name"},
    {COMPANY ",'first_name':'A'", CI_INVALID_PARAMETER, "first_name"},
    {PERSON ",'fields_set':1", CI_INVALID_PARAMETER, "fields_set"},
    {PERSON ",'category_identifier':{'code':'none'}", CI_UNKNOWN_REFERENCE,
     "category_identifier"},
    {PERSON ",'demographics':{'industry_identifier':{'name':'Energy'}}",
     CI_AMBIGUOUS_IDENTIFIER, "demographics.industry_identifier"},
    {PERSON ",'demographics':{'industry_identifier':{'id':'I9'}}",
     CI_UNKNOWN_REFERENCE, "demographics.industry_identifier"},
    {PERSON RELATION("'id_number':'none'"), CI_UNKNOWN_REFERENCE,
     "relation_set[0].contact_information_identifier"},
    {PERSON RELATION("'id_number':'twice'"), CI_AMBIGUOUS_IDENTIFIER,
     "relation_set[0].contact_information_identifier"},
    {PERSON RELATION("'last_name':'Bo'"), CI_INVALID_IDENTIFIER,
     "relation_set[0].contact_information_identifier"},
};

START_TEST(create_that_is_refused_stores_nothing)
{
    add(PERSON ",'demographics':{'id_number':'twice'}");
    add(PERSON ",'demographics':{'id_number':'twice'}");
    refuse(refused[_i].members, refused[_i].code, refused[_i].field);
}
END_TEST

START_TEST(create_keeps_a_unique_rule)
{
    apr_array_header_t *rules = apr_array_make(pool, 1, sizeof(void *));
    ci_unique_t *rule;

    ck_assert_ptr_null(ci_unique_parse(&rule, "PERSON id_number", pool));
    APR_ARRAY_PUSH(rules, ci_unique_t *) = rule;
    service->settings.unique = rules;
    create(PERSON ",'demographics':{'id_number':'7'}");
    create(PERSON ",'demographics':{'id_number':'8'}");
    create(PERSON);
    create(PERSON);
    refuse(PERSON ",'demographics':{'id_number':'7'}", CI_CONFLICT,
           "id_number");
}
END_TEST

/* ---------------------------------------------------------- generation - */

/* What an administrator does between a look-up and an insert: new generations
   of the references. */
typedef struct {
    ci_store_t *store;
    int changes; /* left */
    int done;
} admin_t;

static void change_references(void *baton)
{
    admin_t *admin = baton;

    if (admin->changes > 0) {
        admin->changes--;
        admin->done++;
        demo_set_generation(admin->store, DEMO, DEMO_GENERATION + admin->done,
                            pool);
    }
}

static void watch(admin_t *admin, int changes)
{
    admin->store = store_mem_open(service->store, pool);
    admin->store->scope.organisation = DEMO;
    admin->changes = changes;
    admin->done = 0;
    store_mem_hook(service->store, change_references, admin);
}

START_TEST(create_is_done_again_when_the_references_changed_meanwhile)
{
    admin_t admin;

    create(PERSON);
    watch(&admin, _i);
    create(PERSON ",'category_identifier':{'code':'GO'}");
    ck_assert_int_eq(admin.done, _i);
    ck_assert_int_eq(rows(&ci_contact), 2);
}
END_TEST

START_TEST(create_gives_up_when_the_references_never_rest)
{
    call_t call = create_of(PERSON);
    const ci_error_t *err;
    admin_t admin;

    watch(&admin, 99);
    err = service_call(service, &call)->err;
    ck_assert(err && err->code == CI_SERVICE_UNAVAILABLE);
    ck_assert_int_gt(err->retry_after, 0);
    ck_assert_int_eq(rows(&ci_contact), 0);
    ck_assert_int_eq(admin.done, 3);
}
END_TEST

START_TEST(a_reference_that_is_new_is_found_though_others_are_remembered)
{
    create(PERSON);
    refuse(PERSON ",'category_identifier':{'code':'NEW'}", CI_UNKNOWN_REFERENCE,
           "category_identifier");
    demo_put(service->store, &ci_category,
             "{'organisation_id':1,'id':'C2','name':'New','code':'NEW'}", pool);
    refuse(PERSON ",'category_identifier':{'code':'NEW'}", CI_UNKNOWN_REFERENCE,
           "category_identifier");
    demo_set_generation(service->store, DEMO, DEMO_GENERATION + 1, pool);
    create(PERSON ",'category_identifier':{'code':'NEW'}");
}
END_TEST

START_TEST(an_unknown_reference_costs_one_more_statement)
{
    create(PERSON);
    store_mem_fail(service->store, 0, NULL);
    refuse(PERSON ",'category_identifier':{'code':'NEW'}", CI_UNKNOWN_REFERENCE,
           "category_identifier");
    ck_assert_int_eq(store_mem_calls(service->store), 1);
}
END_TEST

/* ---------------------------------------------------------------- show - */

static call_t show_of(const char *identifier, const char *more)
{
    call_t call = {.path = "contact_information/show"};

    call.query = apr_pstrcat(
        pool, "contact_information_identifier=", identifier, more, NULL);
    return call;
}

static const struct {
    const char *identifier;
    const char *name; /* NULL: nobody */
} identifiers[] = {
    {"id_number=N1", "'Ann Bo'"},
    {"id_number%3DN1", "'Ann Bo'"},
    {"passport_number=N2", "'Ann Bo'"},
    {"social_security_number=N3", "'Ann Bo'"},
    {"registration_number=N4", "'C Ltd'"},
    {"vat_registration_number=N5", "'C Ltd'"},
    {"id_number=n1", NULL},
    {"id_number=N1%20", NULL},
    {"id_number=N2", NULL},
    {"id=N1", NULL},
};

static void add_both(void)
{
    add(PERSON ",'demographics':{'id_number':'N1','passport_number':'N2',"
               "'social_security_number':'N3'}");
    add(COMPANY ",'company_profile':{'registration_number':'N4',"
                "'vat_registration_number':'N5'}");
}

START_TEST(show_finds_by_each_identifying_field)
{
    call_t call = show_of(identifiers[_i].identifier, "");

    add_both();
    if (identifiers[_i].name) {
        check(service_ok(service, &call), "name", identifiers[_i].name);
    }
    else {
        service_fails(service, &call, CI_NOT_FOUND,
                      "contact_information_identifier");
    }
}
END_TEST

static const struct {
    const char *identifier;
    ci_code_e code;
} malformed[] = {
    {"", CI_MISSING_PARAMETER},
    {"%20", CI_MISSING_PARAMETER},
    {"N1", CI_INVALID_IDENTIFIER},
    {"last_name=Bo", CI_INVALID_IDENTIFIER},
    {"organisation_id=1", CI_INVALID_IDENTIFIER},
    {"id_number=", CI_INVALID_IDENTIFIER},
};

START_TEST(show_refuses_what_is_no_identifier)
{
    call_t call = show_of(malformed[_i].identifier, "");

    service_fails(service, &call, malformed[_i].code,
                  "contact_information_identifier");
}
END_TEST

START_TEST(show_never_picks_one_of_several)
{
    call_t call = show_of("id_number=N1", "");

    add_both();
    add_both();
    service_fails(service, &call, CI_AMBIGUOUS_IDENTIFIER,
                  "contact_information_identifier");
}
END_TEST

START_TEST(show_has_a_tag_and_the_fields_that_are_asked_for)
{
    call_t call = show_of("id_number=N1", "&fields_set=name,demographics,x");
    const answer_t *answer;

    add_both();
    answer = service_call(service, &call);
    ck_assert_ptr_null(answer->err);
    ck_assert_int_eq(answer->version, 1);
    ck_assert_uint_eq(json_object_size(answer->data), 2);
    check(answer->data, "demographics.passport_number", "'N2'");
    call = show_of("id_number=N1", "&fields_set=x");
    ck_assert_uint_eq(json_object_size(service_ok(service, &call)), 0);
    call = show_of("id_number=N1", "&fields_set=");
    ck_assert_uint_gt(json_object_size(service_ok(service, &call)), 30);
}
END_TEST

START_TEST(show_reads_relations_only_if_there_are_any_to_show)
{
    call_t full = show_of("vat_registration_number=N6", "");
    call_t brief = show_of("vat_registration_number=N6", "&fields_set=name");
    call_t alone = show_of("id_number=N1", "");

    add_both();
    add(COMPANY ",'company_profile':{'vat_registration_number':'N6'}" RELATION(
        "'id_number':'N1'"));
    store_mem_fail(service->store, 0, NULL);
    service_ok(service, &alone);
    ck_assert_int_eq(store_mem_calls(service->store), 1);
    service_ok(service, &brief);
    ck_assert_int_eq(store_mem_calls(service->store), 2);
    service_ok(service, &full);
    ck_assert_int_eq(store_mem_calls(service->store), 4);
}
END_TEST

START_TEST(another_organisation_sees_nothing)
{
    const char *id = add(PERSON ",'demographics':{'id_number':'N1'}");
    call_t calls[] = {
        show_of(apr_pstrcat(pool, "id=", id, NULL), ""),
        show_of("id_number=N1", ""),
        {.path = "contact_information/list", .query = "id_number=N1"}};

    service->token = service_login(service, OTHER, "U1");
    service_fails(service, &calls[0], CI_NOT_FOUND, NULL);
    service_fails(service, &calls[1], CI_NOT_FOUND, NULL);
    ck_assert_uint_eq(json_array_size(service_ok(service, &calls[2])), 0);
    refuse(PERSON RELATION("'id_number':'N1'"), CI_UNKNOWN_REFERENCE, NULL);
    add(PERSON ",'demographics':{'id_number':'N1'}");
    check(service_ok(service, &calls[1]), "owned_by_group.name",
          "'Other Group'");
}
END_TEST

START_TEST(a_unit_sees_up_to_its_clearance)
{
    static const char *const levels[] = {"",
                                         ",'privacy_level_identifier':"
                                         "{'number':'1'}",
                                         ",'privacy_level_identifier':"
                                         "{'number':'8'}"};
    const char *id = add(apr_pstrcat(
        pool, PERSON ",'demographics':{'id_number':'N1'}", levels[_i], NULL));
    const char *holder = add(COMPANY RELATION("'id_number':'N1'"));
    call_t call = show_of("id_number=N1", "");
    call_t listing = {.path = "contact_information/list",
                      .query = "id_number=N1"};
    const json_t *shown;

    service->token = service_login(service, DEMO, "U2");
    shown = service_show(service, holder);
    check(shown, "relation_set.0.contact.id",
          apr_pstrcat(pool, "'", id, "'", NULL));
    check(shown, "relation_set.0.contact.name", _i == 2 ? "null" : "'Ann Bo'");
    ck_assert_uint_eq(json_array_size(service_ok(service, &listing)), _i < 2);
    if (_i < 2) {
        service_ok(service, &call);
        return;
    }
    service_fails(service, &call, CI_NOT_FOUND, NULL);
    refuse(PERSON RELATION("'id_number':'N1'"), CI_UNKNOWN_REFERENCE, NULL);
    refuse(apr_pstrcat(pool, PERSON, levels[2], NULL), CI_INVALID_PARAMETER,
           "privacy_level_identifier");
}
END_TEST

static TCase *create_case(void)
{
    TCase *tc = tcase_create("create");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_test(tc, create_answers_the_reduced_contact);
    tcase_add_test(tc, create_of_a_company_has_no_demographics);
    tcase_add_test(tc, create_answers_what_fields_set_names_and_no_tag);
    tcase_add_test(tc, create_stores_a_row_and_its_keys);
    tcase_add_test(tc, create_relates_the_contact_to_others);
    tcase_add_loop_test(tc, create_that_is_refused_stores_nothing, 0,
                        CI_ALEN(refused));
    tcase_add_test(tc, create_keeps_a_unique_rule);
    tcase_add_loop_test(
        tc, create_is_done_again_when_the_references_changed_meanwhile, 0, 3);
    tcase_add_test(tc, create_gives_up_when_the_references_never_rest);
    tcase_add_test(
        tc, a_reference_that_is_new_is_found_though_others_are_remembered);
    tcase_add_test(tc, an_unknown_reference_costs_one_more_statement);
    return tc;
}

static TCase *show_case(void)
{
    TCase *tc = tcase_create("show");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_loop_test(tc, show_finds_by_each_identifying_field, 0,
                        CI_ALEN(identifiers));
    tcase_add_loop_test(tc, show_refuses_what_is_no_identifier, 0,
                        CI_ALEN(malformed));
    tcase_add_test(tc, show_never_picks_one_of_several);
    tcase_add_test(tc, show_has_a_tag_and_the_fields_that_are_asked_for);
    tcase_add_test(tc, show_reads_relations_only_if_there_are_any_to_show);
    tcase_add_test(tc, another_organisation_sees_nothing);
    tcase_add_loop_test(tc, a_unit_sees_up_to_its_clearance, 0, 3);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("endpoint_contact");

    suite_add_tcase(suite, create_case());
    suite_add_tcase(suite, show_case());
    return unit_run(suite);
}
