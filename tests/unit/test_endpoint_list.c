/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of endpoint/ci_ep_contact_list. */
#include "service_mem.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"

#define NAMED(name) "'type':'PERSON','last_name':'L','first_name':'" name "'"

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

static const char *add(const char *members)
{
    return service_add(service, apr_pstrcat(pool, "{", members, "}", NULL));
}

static answer_t *list(const char *query)
{
    call_t call = {.path = "contact_information/list", .query = query};
    answer_t *answer = service_call(service, &call);

    ck_assert_msg(!answer->err, "%s: %s", query, answer->text);
    ck_assert(json_is_array(answer->data));
    return answer;
}

/* The first names of a page, in order. */
static const char *names_of(const answer_t *answer)
{
    const char *names = "";
    const json_t *contact;
    size_t i;

    json_array_foreach(answer->data, i, contact)
    {
        names = apr_pstrcat(
            pool, names,
            json_string_value(json_object_get(contact, "first_name")), NULL);
    }
    return names;
}

/* ------------------------------------------------------------- filters - */

static void add_all(void)
{
    add(NAMED("A") ",'demographics':{'id_number':'1','passport_number':'P',"
                   "'social_security_number':'S'},'email_set':[{'type':"
                   "'PERSONAL','email_address':'Ann@Example.org'}]");
    add(NAMED("B") ",'demographics':{'id_number':'1'},'phone_set':[{'type':"
                   "'FAX','number':'22-33 44','area_code':'357'}]");
    add(NAMED("C") ",'demographics':{'id_number':'2','passport_number':'P'},"
                   "'email_set':[{'type':'BUSINESS','email_address':"
                   "'ann@example.ORG'}],'phone_set':[{'type':'FAX',"
                   "'number':'223344','area_code':'1'}]");
    add("'type':'COMPANY','company_name':'D','company_profile':"
        "{'vat_registration_number':'V'}");
}

static const struct {
    const char *query;
    const char *names;
} filters[] = {
    {"id_number=1", "AB"},
    {"id_number=3", ""},
    {"passport_number=P", "AC"},
    {"passport_number=p", ""},
    {"social_security_number=S", "A"},
    {"id_number=1&passport_number=P", "A"},
    {"id_number=2&social_security_number=S", ""},
    {"email_address=ann@example.org", "AC"},
    {"email_address=ANN@EXAMPLE.ORG&id_number=1", "A"},
    {"phone_number=223344", "BC"},
    {"phone_number=(00357)+22+33+44", "B"},
    {"phone_number=357223344", "B"},
    {"phone_number=2233", ""},
    {"phone_number=none", ""},
    {"phone_number=1223344&email_address=ann@example.org", "C"},
    {"phone_number=357223344&email_address=ann@example.org", ""},
    {"id_number=&passport_number=P", "AC"},
    {"id_number=1&number_of_results=&x=y", NULL},
};

START_TEST(filters_are_exact_and_anded)
{
    call_t call = {.path = "contact_information/list",
                   .query = filters[_i].query};

    add_all();
    if (filters[_i].names) {
        ck_assert_str_eq(names_of(list(filters[_i].query)), filters[_i].names);
    }
    else {
        service_fails(service, &call, CI_INVALID_PARAMETER,
                      "number_of_results");
    }
}
END_TEST

START_TEST(a_company_is_found_by_its_vat_registration)
{
    add_all();
    service_check(service, list("vat_registration_number=V")->data,
                  "0.company_name", "'D'");
}
END_TEST

static const struct {
    const char *query;
    ci_code_e code;
    const char *field;
} refused[] = {
    {NULL, CI_MISSING_PARAMETER, "id_number"},
    {"id_number=", CI_MISSING_PARAMETER, "id_number"},
    {"id_number=+&phone_number=%20", CI_MISSING_PARAMETER, "id_number"},
    {"first_name=A", CI_MISSING_PARAMETER, "id_number"},
    {"id_number=1&number_of_results=0", CI_INVALID_PARAMETER,
     "number_of_results"},
    {"id_number=1&number_of_results=-1", CI_INVALID_PARAMETER,
     "number_of_results"},
    {"id_number=1&number_of_results=201", CI_INVALID_PARAMETER,
     "number_of_results"},
    {"id_number=1&number_of_results=1.5", CI_INVALID_PARAMETER,
     "number_of_results"},
    {"id_number=1&offset=-1", CI_INVALID_PARAMETER, "offset"},
    {"id_number=1&offset=2147483648", CI_INVALID_PARAMETER, "offset"},
    {"id_number=1&offset=x", CI_INVALID_PARAMETER, "offset"},
};

START_TEST(list_refuses_what_it_cannot_use)
{
    call_t call = {.path = "contact_information/list",
                   .query = refused[_i].query};

    service_fails(service, &call, refused[_i].code, refused[_i].field);
}
END_TEST

START_TEST(list_shows_what_fields_set_names)
{
    answer_t *answer;

    add_all();
    answer = list("id_number=1&fields_set=name,emails_set,x");
    ck_assert_uint_eq(json_object_size(json_array_get(answer->data, 0)), 2);
    service_check(service, answer->data, "0.emails_set.0.email",
                  "'Ann@Example.org'");
    service_check(service, answer->data, "1.emails_set", "[]");
    ck_assert_int_eq(answer->version, 0);
}
END_TEST

START_TEST(list_reads_all_relations_of_a_page_in_one_statement)
{
    answer_t *answer;

    add_all();
    add(NAMED("E") ",'demographics':{'id_number':'1'},'relation_set':["
                   "{'type':'FRIEND','contact_information_identifier':"
                   "{'social_security_number':'S'}}]");
    add(NAMED("F") ",'demographics':{'id_number':'1'},'relation_set':["
                   "{'type':'FRIEND','contact_information_identifier':"
                   "{'id_number':'2'}},{'type':'CLIENT',"
                   "'contact_information_identifier':{'id_number':'2'}}]");
    store_mem_fail(service->store, 0, NULL);
    answer = list("id_number=1");
    ck_assert_int_eq(store_mem_calls(service->store), 2);
    ck_assert_str_eq(names_of(answer), "ABEF");
    service_check(service, answer->data, "0.relation_set", "[]");
    service_check(service, answer->data, "2.relation_set.0.contact.first_name",
                  "'A'");
    service_check(service, answer->data, "3.relation_set.0.contact.first_name",
                  "'C'");
    service_check(service, answer->data, "3.relation_set.1.type", "'CLIENT'");
    list("id_number=1&fields_set=name");
    ck_assert_int_eq(store_mem_calls(service->store), 3);
}
END_TEST

/* -------------------------------------------------------------- paging - */

static void add_many(const char *letters)
{
    for (; *letters; letters++) {
        add(apr_psprintf(pool,
                         "'type':'PERSON','last_name':'L','first_name':'%c',"
                         "'demographics':{'id_number':'a&b=c'}",
                         *letters));
    }
}

#define BOTH "id_number=a%26b%3Dc"

START_TEST(the_next_link_leads_through_all_pages_without_a_token)
{
    const char *query = apr_pstrcat(
        pool, BOTH "&number_of_results=2&fields_set=first_name,id&token=",
        service->token, NULL);
    const char *names = "";
    answer_t *answer;
    int pages = 0;

    add_many("ABCDE");
    for (; query && pages < 9; query = answer->next) {
        answer = list(query);
        pages++;
        names = apr_pstrcat(pool, names, names_of(answer), "|", NULL);
        ck_assert_uint_eq(json_object_size(json_array_get(answer->data, 0)), 2);
        ck_assert(!answer->next || !strstr(answer->next, "token"));
    }
    ck_assert_str_eq(names, "AB|CD|E|");
}
END_TEST

static const struct {
    const char *query;
    const char *names;
    const char *next;
} pages[] = {
    {BOTH "&number_of_results=5", "ABCDE", NULL},
    {BOTH "&number_of_results=4", "ABCD",
     "offset=4&number_of_results=4&id_number=a%26b%3dc"},
    {BOTH "&number_of_results=1&offset=1&passport_number=", "B",
     "offset=2&number_of_results=1&id_number=a%26b%3dc&passport_number="},
    {BOTH "&offset=3", "DE", NULL},
    {BOTH "&offset=5", "", NULL},
    {BOTH "&offset=2147483647", "", NULL},
    {BOTH, "ABCDE", NULL},
};

START_TEST(a_page_has_a_next_one_if_there_is_more)
{
    answer_t *answer;

    add_many("ABCDE");
    answer = list(pages[_i].query);
    ck_assert_str_eq(names_of(answer), pages[_i].names);
    ck_assert_pstr_eq(answer->next, pages[_i].next);
}
END_TEST

START_TEST(a_page_is_no_larger_than_the_server_allows)
{
    add_many("ABCDE");
    service->settings.page_max = 3;
    ck_assert_str_eq(names_of(list(BOTH)), "ABC");
    ck_assert_str_eq(names_of(list(BOTH "&number_of_results=3")), "ABC");
    ck_assert_ptr_nonnull(list(BOTH)->next);
}
END_TEST

/* ------------------------------------------------------------ flushing - */

static void add_long_ones(int count)
{
    char notes[4001];

    memset(notes, 'n', sizeof notes - 1);
    notes[sizeof notes - 1] = '\0';
    while (count--) {
        add(apr_pstrcat(pool, NAMED("A"),
                        ",'demographics':{'id_number':'1'},'notes':'", notes,
                        "'", NULL));
    }
}

START_TEST(a_long_list_is_sent_in_pieces)
{
    answer_t *answer;

    add_long_ones(40);
    answer = list("id_number=1&fields_set=first_name,notes");
    ck_assert_int_ge(answer->flushes, 2);
    ck_assert_int_le(answer->flushes, 4);
    ck_assert_uint_eq(json_array_size(answer->data), 40);
    ck_assert_uint_eq(strlen(names_of(answer)), 40);
    ck_assert_int_eq(list("id_number=1&fields_set=first_name")->flushes, 0);
}
END_TEST

START_TEST(a_client_that_has_gone_ends_the_list)
{
    call_t call = {.path = "contact_information/list",
                   .query = "id_number=1&fields_set=notes"};
    const answer_t *answer;

    add_long_ones(40);
    service->flush_answer =
        ci_error_server(pool, CI_INTERNAL_ERROR, APR_EOF, "gone");
    answer = service_call(service, &call);
    ck_assert_ptr_eq(answer->err, service->flush_answer);
    ck_assert_int_eq(answer->flushes, 1);
}
END_TEST

static TCase *list_case(void)
{
    TCase *tc = tcase_create("list");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_loop_test(tc, filters_are_exact_and_anded, 0, CI_ALEN(filters));
    tcase_add_test(tc, a_company_is_found_by_its_vat_registration);
    tcase_add_loop_test(tc, list_refuses_what_it_cannot_use, 0,
                        CI_ALEN(refused));
    tcase_add_test(tc, list_shows_what_fields_set_names);
    tcase_add_test(tc, list_reads_all_relations_of_a_page_in_one_statement);
    tcase_add_test(tc, the_next_link_leads_through_all_pages_without_a_token);
    tcase_add_loop_test(tc, a_page_has_a_next_one_if_there_is_more, 0,
                        CI_ALEN(pages));
    tcase_add_test(tc, a_page_is_no_larger_than_the_server_allows);
    tcase_add_test(tc, a_long_list_is_sent_in_pieces);
    tcase_add_test(tc, a_client_that_has_gone_ends_the_list);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("endpoint_list");

    suite_add_tcase(suite, list_case());
    return unit_run(suite);
}
