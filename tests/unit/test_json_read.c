/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_json_read: what a request may say, and what is answered to
 * each thing that it may not. */
#include "base/ci_json_read.h"
#include "model/ci_objects.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#define PERSON "\"type\":\"PERSON\",\"first_name\":\"A\",\"last_name\":\"B\""
#define TEN    "1234567890"
#define FIFTY  TEN TEN TEN TEN TEN
#define EURO   "\xe2\x82\xac"
#define EUROS5 EURO EURO EURO EURO EURO
#define EUROS50                                                                \
    EUROS5 EUROS5 EUROS5 EUROS5 EUROS5 EUROS5 EUROS5 EUROS5 EUROS5 EUROS5

static apr_pool_t *pool;

static void pool_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
}

static void pool_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static ci_found_e resolve(ci_value_t *id, void *baton,
                          const ci_object_t *object,
                          const ci_identifier_t *identifier)
{
    (void)baton;
    (void)object;
    if (strcmp(identifier->text, "twice") == 0) {
        return CI_FOUND_SEVERAL;
    }
    if (strcmp(identifier->text, "none") == 0) {
        return CI_FOUND_NONE;
    }
    *id = ci_value_text("ID1");
    return CI_FOUND_ONE;
}

static ci_error_t *read_text(ci_record_t **record, ci_source_e source,
                             unsigned type, const char *text)
{
    ci_read_t read = {source, type, resolve, NULL, pool};
    json_t *json;

    ck_assert_msg(!ci_json_parse(&json, text, strlen(text), pool), "%s", text);
    return ci_json_read(record, &read, &ci_contact, json);
}

/* The first error as "field:CODE", or "". */
static const char *outcome(const ci_error_t *err)
{
    if (!err) {
        return "";
    }
    return apr_pstrcat(pool, err->field ? err->field : "", ":",
                       ci_codes[err->code].name, err->next ? "+" : "", NULL);
}

static const char *const no_object[] = {
    "",
    " ",
    "null",
    "[]",
    "\"x\"",
    "1",
    "true",
    "{",
    "{}x",
    "{}{}",
    "{\"a\":NaN}",
    "{\"a\":Infinity}",
    "{\"a\":1e999}",
    "{\"a\":-1e999}",
    "{\"a\":0x10}",
    "{\"a\":01}",
    "{\"a\":1.}",
    "{\"a\":.5}",
    "{\"a\":+1}",
    "{\"a\":9223372036854775808}",
    "{\"a\":\"\\u0000\"}",
    "{\"\\u0000\":1}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\udc00\"}",
    "{\"a\":\"\\ud800\\u0041\"}",
    "{\"a\":\"\xc0\xaf\"}",
    "{\"a\":\"\xed\xa0\x80\"}",
    "{\"a\":\"\xf4\x90\x80\x80\"}",
    "{\"\xfe\":1}",
    "{\"a\":\"\xe2\x82\"}",
    "\xef\xbb\xbf{}",
    "{'a':1}",
    "{\"a\":1,}",
    "{\"a\":\"\n\"}",
};

START_TEST(a_text_that_is_no_json_object_is_refused)
{
    const char *text = no_object[_i];
    json_t *json;
    ci_error_t *err = ci_json_parse(&json, text, strlen(text), pool);

    ck_assert_msg(err && err->code == CI_INVALID_REQUEST, "%s", text);
    ck_assert_ptr_nonnull(err->expected);
}
END_TEST

START_TEST(a_request_cut_at_any_byte_is_refused)
{
    static const char text[] =
        "{" PERSON ",\"phone_set\":[{\"number\":\"1\"}],\"x\":-1.5e3}";
    json_t *json;
    apr_size_t length;

    for (length = 0; length < sizeof text - 1; length++) {
        ck_assert(ci_json_parse(&json, text, length, pool) != NULL);
    }
    ck_assert(ci_json_parse(&json, text, length, pool) == NULL);
    ck_assert(ci_json_parse(&json, text, length + 1, pool) != NULL);
}
END_TEST

START_TEST(too_deep_nesting_is_refused)
{
    static const int depth[] = {2049, 100000};
    char *text = apr_palloc(pool, (apr_size_t)depth[_i] + 5);
    json_t *json;
    ci_error_t *err;

    memset(text, '[', (apr_size_t)depth[_i] + 5);
    memcpy(text, "{\"a\":", 5);
    err = ci_json_parse(&json, text, (apr_size_t)depth[_i] + 5, pool);
    ck_assert(err && err->code == CI_INVALID_REQUEST);
}
END_TEST

typedef struct {
    const char *member;
    const char *outcome;
} case_t;

#define WRONG(path) path ":INVALID_PARAMETER"
#define GONE(path)  path ":MISSING_PARAMETER"

/* Each stands behind a complete PERSON. */
static const case_t created[] = {
    {"", ""},
    {",\"unknown\":{\"a\":[1]},\"type \":\"x\"", ""},
    {",\"first_name\":\"\"", GONE("first_name")},
    {",\"first_name\":\" \"", GONE("first_name")},
    {",\"first_name\":null", GONE("first_name")},
    {",\"first_name\":5", WRONG("first_name")},
    {",\"first_name\":true", WRONG("first_name")},
    {",\"first_name\":[]", WRONG("first_name")},
    {",\"first_name\":{}", WRONG("first_name")},
    {",\"first_name\":\"a\\nb\"", WRONG("first_name")},
    {",\"first_name\":\"a\\tb\"", WRONG("first_name")},
    {",\"first_name\":\"a\\u007fb\"", WRONG("first_name")},
    {",\"first_name\":\"a\\u0085b\"", WRONG("first_name")},
    {",\"first_name\":\"\\ud83d\\ude00\"", ""},
    {",\"first_name\":5,\"first_name\":\"C\"", ""},
    {",\"notes\":\"a\\r\\n\\tb\"", ""},
    {",\"notes\":\"a\\u0007b\"", WRONG("notes")},
    {",\"title\":\"" FIFTY "\"", ""},
    {",\"title\":\"" FIFTY "1\"", WRONG("title")},
    {",\"title\":\"" EUROS50 "\"", ""},
    {",\"title\":\"" EUROS50 "1\"", WRONG("title")},
    {",\"title\":null", ""},
    {",\"company_name\":\"C\"", WRONG("company_name")},
    {",\"company_name\":null", ""},
    {",\"company_profile\":{}", WRONG("company_profile")},
    {",\"type\":\"person\"", ""},
    {",\"type\":\"PERSONS\"", WRONG("type")},
    {",\"type\":null", GONE("type")},
    {",\"type\":0", WRONG("type")},
    {",\"preferred_language\":\"eng\"", ""},
    {",\"preferred_language\":\"XXX\"", WRONG("preferred_language")},
    {",\"udf_float_1\":1e-999", ""},
    {",\"udf_float_1\":-0", ""},
    {",\"udf_float_1\":\"12.5\"", ""},
    {",\"udf_float_1\":\"\"", WRONG("udf_float_1")},
    {",\"udf_float_1\":\" 1\"", WRONG("udf_float_1")},
    {",\"udf_float_1\":\"0x1\"", WRONG("udf_float_1")},
    {",\"udf_float_1\":\"nan\"", WRONG("udf_float_1")},
    {",\"udf_float_1\":\"1e999\"", WRONG("udf_float_1")},
    {",\"udf_float_1\":true", WRONG("udf_float_1")},
    {",\"udf_float_1\":null", ""},
    {",\"udf_date_1\":\"2023-02-29T00:00:00\"", WRONG("udf_date_1")},
    {",\"udf_date_1\":\"0000-01-01T00:00:00\"", WRONG("udf_date_1")},
    {",\"udf_date_1\":\"2014-05-05T24:00:00\"", WRONG("udf_date_1")},
    {",\"udf_date_1\":\"2014-05-05T23:59:60\"", WRONG("udf_date_1")},
    {",\"udf_date_1\":\"2014-05-05T10:00:00Z\"", WRONG("udf_date_1")},
    {",\"udf_date_1\":\"2014-05-05\"", WRONG("udf_date_1")},
    {",\"udf_date_1\":20140505", WRONG("udf_date_1")},
    {",\"udf_date_1\":\"2016-02-29T23:59:59\"", ""},
    {",\"send_direct_marketing_material\":0", ""},
    {",\"send_direct_marketing_material\":\"true\"", ""},
    {",\"send_direct_marketing_material\":2",
     WRONG("send_direct_marketing_material")},
    {",\"send_direct_marketing_material\":1.0",
     WRONG("send_direct_marketing_material")},
    {",\"send_direct_marketing_material\":\"TRUE\"",
     WRONG("send_direct_marketing_material")},
    {",\"send_direct_marketing_material\":\"yes\"",
     WRONG("send_direct_marketing_material")},
    {",\"category_identifier\":{\"name\":\"x\"}", ""},
    {",\"category_identifier\":\"code=x\"", ""},
    {",\"category_identifier\":null", ""},
    {",\"category_identifier\":{}", "category_identifier:INVALID_IDENTIFIER"},
    {",\"category_identifier\":[]", "category_identifier:INVALID_IDENTIFIER"},
    {",\"category_identifier\":{\"id\":null}",
     "category_identifier:INVALID_IDENTIFIER"},
    {",\"category_identifier\":{\"id\":0}",
     "category_identifier:INVALID_IDENTIFIER"},
    {",\"category_identifier\":{\"number\":\"1\"}",
     "category_identifier:INVALID_IDENTIFIER"},
    {",\"category_identifier\":{\"id\":\"a\",\"name\":\"b\"}",
     "category_identifier:INVALID_IDENTIFIER"},
    {",\"category_identifier\":\"x\"",
     "category_identifier:INVALID_IDENTIFIER"},
    {",\"category_identifier\":{\"name\":\"none\"}",
     "category_identifier:UNKNOWN_REFERENCE"},
    {",\"category_identifier\":{\"name\":\"twice\"}",
     "category_identifier:AMBIGUOUS_IDENTIFIER"},
    {",\"demographics\":null", ""},
    {",\"demographics\":[]", WRONG("demographics")},
    {",\"demographics\":{\"gender\":\"x\"}", WRONG("demographics.gender")},
    {",\"phone_set\":null", ""},
    {",\"phone_set\":{}", WRONG("phone_set")},
    {",\"phone_set\":[5]", WRONG("phone_set[0]")},
    {",\"phone_set\":[null]", WRONG("phone_set[0]")},
    {",\"phone_set\":[{\"type\":\"FAX\"}]", GONE("phone_set[0].number")},
    {",\"phone_set\":[{\"number\":\"1\"}]", GONE("phone_set[0].type")},
    {",\"phone_set\":[{\"number\":\"1\",\"type\":\"FAX\"},{\"number\":\"1\","
     "\"type\":\"HOME\"}]",
     WRONG("phone_set[1].type")},
    {",\"phone_set\":[{}]", GONE("phone_set[0].type") "+"},
    {",\"email_set\":[{\"type\":\"PERSONAL\",\"email_address\":\"a@b\"}]", ""},
    {",\"email_set\":[{\"type\":\"PERSONAL\",\"email_address\":\"a@b\\r\\nBcc:"
     "c\"}]",
     WRONG("email_set[0].email_address")},
    {",\"email_set\":[{\"type\":\"PERSONAL\",\"email\":\"a@b\"}]",
     GONE("email_set[0].email_address")},
    {",\"address_set\":[{\"type\":\"HOME\",\"street_name\":\"s\",\"floor\":\"-"
     "2\","
     "\"udf_float_8\":1,\"notes\":\"n\"}]",
     ""},
    {",\"address_set\":[{\"type\":\"HOME\",\"street_name\":\"s\",\"floor\":"
     "2147483648}]",
     WRONG("address_set[0].floor")},
    {",\"address_set\":[{\"type\":\"HOME\",\"street_name\":\"s\",\"floor\":2.5}"
     "]",
     WRONG("address_set[0].floor")},
    {",\"address_set\":[{\"type\":\"HOME\",\"street_name\":\"s\",\"floor\":"
     "true}]",
     WRONG("address_set[0].floor")},
    {",\"relation_set\":[{\"type\":\"Family Member\","
     "\"contact_information\":{\"id\":\"a\"}}]",
     ""},
    {",\"relation_set\":[{\"type\":\"FAMILY_MEMBER\"}]",
     GONE("relation_set[0].contact_information_identifier")},
    {",\"relation_set\":[{\"type\":\"FRIEND\","
     "\"contact_information_identifier\":{\"name\":\"Maria\"}}]",
     "relation_set[0].contact_information_identifier:INVALID_IDENTIFIER"},
};

START_TEST(a_create_request_is_judged_member_by_member)
{
    const char *text =
        apr_pstrcat(pool, "{" PERSON, created[_i].member, "}", NULL);
    ci_record_t *record;
    ci_error_t *err = read_text(&record, CI_FROM_CREATE, CI_PERSON, text);

    ck_assert_msg(strcmp(outcome(err), created[_i].outcome) == 0,
                  "%s: %s, expected %s", text, outcome(err),
                  created[_i].outcome);
}
END_TEST

#define BIRTH "demographics.date_of_birth"

static const case_t dates[] = {
    {"\"date_of_birth\":{\"day\":29,\"month\":2,\"year\":2012}", ""},
    {"\"date_of_birth\":{\"day\":\"1\",\"month\":\"2\",\"year\":\"2013\"}", ""},
    {"\"date_of_birth\":{\"day\":null,\"month\":null,\"year\":null}", ""},
    {"\"date_of_birth\":{}", ""},
    {"\"date_of_birth\":null", ""},
    {"\"date_of_birth\":{\"day\":29,\"month\":2,\"year\":2013}", WRONG(BIRTH)},
    {"\"date_of_birth\":{\"day\":31,\"month\":2}", WRONG(BIRTH)},
    {"\"date_of_birth\":{\"year\":2013}", WRONG(BIRTH)},
    {"\"date_of_birth\":{\"day\":1,\"month\":1,\"year\":999}", WRONG(BIRTH)},
    {"\"date_of_birth\":{\"day\":1,\"month\":1,\"year\":10000}", WRONG(BIRTH)},
    {"\"date_of_birth\":{\"day\":0,\"month\":1,\"year\":2000}", WRONG(BIRTH)},
    {"\"date_of_birth\":{\"day\":257,\"month\":1,\"year\":2000}", WRONG(BIRTH)},
    {"\"date_of_birth\":{\"day\":1.5,\"month\":1,\"year\":2000}", WRONG(BIRTH)},
    {"\"date_of_birth\":{\"day\":true,\"month\":1,\"year\":2000}",
     WRONG(BIRTH)},
    {"\"date_of_birth\":\"2000-01-01\"", WRONG(BIRTH)},
    {"\"date_of_birth\":[]", WRONG(BIRTH)},
    {"\"name_day\":{\"day\":29,\"month\":2}", ""},
    {"\"name_day\":{\"day\":29,\"month\":2,\"year\":\"x\"}", ""},
    {"\"name_day\":{\"day\":30,\"month\":2}", WRONG("demographics.name_day")},
    {"\"name_day\":{\"day\":1}", WRONG("demographics.name_day")},
};

START_TEST(partial_dates_are_whole_or_unset)
{
    const char *text = apr_pstrcat(pool, "{" PERSON ",\"demographics\":{",
                                   dates[_i].member, "}}", NULL);
    ci_record_t *record;
    ci_error_t *err = read_text(&record, CI_FROM_CREATE, CI_PERSON, text);

    ck_assert_msg(strcmp(outcome(err), dates[_i].outcome) == 0, "%s: %s", text,
                  outcome(err));
}
END_TEST

static const case_t updated[] = {
    {"", ""},
    {"\"type\":\"COMPANY\",\"type \":1", ""},
    {"\"first_name\":null", GONE("first_name")},
    {"\"first_name\":\"\"", GONE("first_name")},
    {"\"middle_name\":null", ""},
    {"\"company_name\":\"C\"", WRONG("company_name")},
    {"\"demographics\":null", ""},
    {"\"address_set\":[]", ""},
    {"\"address_set\":null", ""},
    {"\"address_set\":[{}]", GONE("address_set[0].action")},
    {"\"address_set\":[{\"action\":5}]", WRONG("address_set[0].action")},
    {"\"address_set\":[{\"action\":\"drop\"}]", WRONG("address_set[0].action")},
    {"\"address_set\":[{\"action\":\"add\"}]", GONE("address_set[0].type") "+"},
    {"\"address_set\":[{\"action\":\"ADD\",\"type\":\"HOME\",\"street_name\":"
     "\"s\"}]",
     ""},
    {"\"address_set\":[{\"action\":\"update\"}]",
     GONE("address_set[0].address_identifier")},
    {"\"address_set\":[{\"action\":\"Update\",\"address_identifier\":{\"id\":"
     "\"a\"}}]",
     ""},
    {"\"address_set\":[{\"action\":\"update\",\"address_identifier\":{\"id\":"
     "\"a\"},\"street_name\":null}]",
     GONE("address_set[0].street_name")},
    {"\"address_set\":[{\"action\":\"update\",\"address_identifier\":{\"id\":"
     "\"a\",\"type\":\"HOME\"}}]",
     "address_set[0].address_identifier:INVALID_IDENTIFIER"},
    {"\"address_set\":[{\"action\":\"remove\",\"street_name\":5}]",
     GONE("address_set[0].address_identifier")},
    {"\"address_set\":[{\"action\":\"remove\",\"street_name\":5,"
     "\"address_identifier\":\"type=HOME\"}]",
     ""},
    {"\"relation_set\":[{\"action\":\"add\",\"type\":\"FRIEND\","
     "\"contact_information\":{\"id\":\"a\"}}]",
     ""},
    {"\"relation_set\":[{\"action\":\"add\",\"type\":\"FRIEND\"}]",
     GONE("relation_set[0].contact_information_identifier")},
    {"\"relation_set\":[{\"action\":\"update\",\"relation_identifier\":"
     "{\"type\":\"FRIEND\"}}]",
     "relation_set[0].relation_identifier:INVALID_IDENTIFIER"},
    {"\"relation_set\":[{\"action\":\"update\",\"relation_identifier\":"
     "{\"id\":\"a\"},\"notes\":null}]",
     ""},
};

START_TEST(an_update_request_is_judged_by_its_actions)
{
    const char *text = apr_pstrcat(pool, "{", updated[_i].member, "}", NULL);
    ci_record_t *record;
    ci_error_t *err = read_text(&record, CI_FROM_UPDATE, CI_PERSON, text);

    ck_assert_msg(strcmp(outcome(err), updated[_i].outcome) == 0,
                  "%s: %s, expected %s", text, outcome(err),
                  updated[_i].outcome);
}
END_TEST

START_TEST(update_with_null_clears_the_field)
{
    ci_record_t *record;

    ck_assert(!read_text(&record, CI_FROM_UPDATE, CI_PERSON,
                         "{\"notes\":null,\"address_set\":[{\"action\":"
                         "\"update\",\"address_identifier\":\"id=a\",\"floor\":"
                         "null}]}"));
    ck_assert_int_eq(
        record->values[ci_object_find(&ci_contact, "notes", 5)].state, CI_NULL);
    ck_assert_int_eq(record->values[CI_CONTACT_PRIVACY_LEVEL].state, CI_ABSENT);
    record = record->values[CI_CONTACT_ADDRESSES].as.set[0];
    ck_assert_int_eq(
        record->values[ci_object_find(&ci_address, "floor", 5)].state, CI_NULL);
}
END_TEST

START_TEST(create_with_null_leaves_the_field_absent)
{
    static const char *const members[] = {
        "\"name_day\":null", "\"name_day\":{}",
        "\"date_of_birth\":{\"day\":null,\"month\":null,\"year\":null}",
        "\"gender\":null"};
    const char *text = apr_pstrcat(pool, "{" PERSON ",\"demographics\":{",
                                   members[_i], "}}", NULL);
    ci_record_t *record;
    int i;

    ck_assert(!read_text(&record, CI_FROM_CREATE, CI_PERSON, text));
    record = record->values[CI_CONTACT_DEMOGRAPHICS].as.record;
    for (i = 0; i < ci_demographics.nfields; i++) {
        ck_assert_int_eq(record->values[i].state, CI_ABSENT);
    }
}
END_TEST

START_TEST(a_client_cannot_set_what_is_not_his)
{
    static const char text[] =
        "{" PERSON ",\"id\":\"X\",\"contact_seq\":1,\"organisation_id\":2,"
        "\"version\":9,\"document\":\"{}\",\"life_cycle_state\":\"FINANCIAL\","
        "\"name\":\"N\",\"log_information\":{},\"authorization_settings\":{},"
        "\"organizational_unit\":1,\"phone_set\":[{\"type\":\"FAX\",\"number\":"
        "\"1\",\"id\":\"Y\",\"state\":\"Inactive\",\"full_number\":\"2\"}]}";
    static const ci_role_e roles[] = {CI_ROLE_SEQUENCE, CI_ROLE_TENANT,
                                      CI_ROLE_KEY, CI_ROLE_VERSION,
                                      CI_ROLE_DOCUMENT};
    ci_record_t *record;
    int i;

    ck_assert(!read_text(&record, CI_FROM_CREATE, CI_PERSON, text));
    for (i = 0; i < CI_ALEN(roles); i++) {
        ck_assert_int_eq(ci_record_role(record, roles[i])->state, CI_ABSENT);
    }
    for (i = 0; i < ci_contact.nfields; i++) {
        ck_assert(ci_contact.fields[i].flags & CI_CREATE ||
                  record->values[i].state == CI_ABSENT);
    }
    record = record->values[CI_CONTACT_PHONES].as.set[0];
    ck_assert_int_eq(record->values[CI_ELEMENT_ID].state, CI_ABSENT);
    ck_assert_int_eq(record->values[CI_ELEMENT_STATE].state, CI_ABSENT);
    ck_assert_int_eq(record->values[CI_PHONE_FULL_NUMBER].state, CI_ABSENT);
}
END_TEST

START_TEST(a_set_has_at_most_its_number_of_elements)
{
    const char *text = "{" PERSON ",\"phone_set\":[";
    ci_record_t *record;
    ci_error_t *err;
    int i;

    for (i = 0; i < 50 + _i; i++) {
        text = apr_pstrcat(pool, text, i ? "," : "",
                           "{\"type\":\"FAX\",\"number\":\"1\"}", NULL);
    }
    err = read_text(&record, CI_FROM_CREATE, CI_PERSON,
                    apr_pstrcat(pool, text, "]}", NULL));
    ck_assert_str_eq(outcome(err), _i ? WRONG("phone_set") : "");
}
END_TEST

START_TEST(all_that_is_wrong_is_told_up_to_a_bound)
{
    const char *text = "{\"type\":\"PERSON\"";
    ci_record_t *record;
    ci_error_t *err;
    int i, n = 0;

    for (i = 1; i <= 16; i++) {
        text = apr_psprintf(pool, "%s,\"udf_string_%d\":%d", text, i, i);
    }
    err = read_text(&record, CI_FROM_CREATE, CI_PERSON,
                    apr_pstrcat(pool, text, "}", NULL));
    for (; err; err = err->next) {
        n++;
    }
    ck_assert_int_eq(n, 18);
}
END_TEST

static const case_t identifiers[] = {
    {NULL, ":MISSING_PARAMETER"},
    {"", ":MISSING_PARAMETER"},
    {" ", ":MISSING_PARAMETER"},
    {"id=1F", "1F"},
    {"id=a=b", "a=b"},
    {"id= a ", " a "},
    {"id_number=142536", "142536"},
    {"registration_number=1", "1"},
    {"id=", ":INVALID_IDENTIFIER"},
    {"id= ", ":INVALID_IDENTIFIER"},
    {"id", ":INVALID_IDENTIFIER"},
    {"=1", ":INVALID_IDENTIFIER"},
    {"ID=1", ":INVALID_IDENTIFIER"},
    {"id =1", ":INVALID_IDENTIFIER"},
    {"number=CI1", ":INVALID_IDENTIFIER"},
    {"name=Maria", ":INVALID_IDENTIFIER"},
    {"id=a\tb", ":INVALID_PARAMETER"},
    {"contact_seq=1", ":INVALID_IDENTIFIER"},
};

START_TEST(a_text_identifier_is_split_at_its_first_equals_sign)
{
    ci_identifier_t *identifier;
    ci_error_t *err = ci_text_identifier(&identifier, &ci_contact, "p",
                                         identifiers[_i].member, pool);

    ck_assert_str_eq(
        err ? apr_pstrcat(pool, ":", ci_codes[err->code].name, NULL)
            : identifier->text,
        identifiers[_i].outcome);
    ck_assert(!err || strcmp(err->field, "p") == 0);
}
END_TEST

static TCase *json_read_case(void)
{
    TCase *tc = tcase_create("json_read");

    tcase_add_checked_fixture(tc, pool_open, pool_close);
    tcase_add_loop_test(tc, a_text_that_is_no_json_object_is_refused, 0,
                        CI_ALEN(no_object));
    tcase_add_test(tc, a_request_cut_at_any_byte_is_refused);
    tcase_add_loop_test(tc, too_deep_nesting_is_refused, 0, 2);
    tcase_add_loop_test(tc, a_create_request_is_judged_member_by_member, 0,
                        CI_ALEN(created));
    tcase_add_loop_test(tc, partial_dates_are_whole_or_unset, 0,
                        CI_ALEN(dates));
    tcase_add_loop_test(tc, an_update_request_is_judged_by_its_actions, 0,
                        CI_ALEN(updated));
    tcase_add_test(tc, update_with_null_clears_the_field);
    tcase_add_loop_test(tc, create_with_null_leaves_the_field_absent, 0, 4);
    tcase_add_test(tc, a_client_cannot_set_what_is_not_his);
    tcase_add_loop_test(tc, a_set_has_at_most_its_number_of_elements, 0, 2);
    tcase_add_test(tc, all_that_is_wrong_is_told_up_to_a_bound);
    tcase_add_loop_test(tc, a_text_identifier_is_split_at_its_first_equals_sign,
                        0, CI_ALEN(identifiers));
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("json_read");

    suite_add_tcase(suite, json_read_case());
    return unit_run(suite);
}
