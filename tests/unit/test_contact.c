/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of model/ci_contact: the rules of a contact that reach across fields,
 * its document, and the keys that list finds it by. */
#include "model/ci_contact.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"
#include "store_mem_demo.h"

#define PERSON  "\"type\":\"PERSON\",\"first_name\":\"A\",\"last_name\":\"B\""
#define COMPANY "\"type\":\"COMPANY\",\"company_name\":\"C Ltd\""

static apr_pool_t *pool;
static ci_store_t *store;
static ci_session_t session;
static ci_change_t change;

static void store_open(void)
{
    ci_reference_cache_t *cache;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    store = demo_create(pool);
    session = (ci_session_t){.user = "1", .unit = "U1", .group = "G1"};
    change = (ci_change_t){.session = &session, .default_country = "US"};
    ci_datetime_now(&change.now, apr_time_from_sec(1700000000));
    ck_assert_int_eq(ci_reference_cache_create(&cache, pool), APR_SUCCESS);
    ck_assert_ptr_null(
        ci_references_get(&change.references, cache, store, 0, pool));
}

static void pool_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

/* Read a create request; members stand behind a comma. */
static ci_error_t *create(ci_record_t **contact, const char *first,
                          const char *members)
{
    const char *text = apr_pstrcat(pool, "{", first, members, "}", NULL);
    ci_read_t read = {CI_FROM_CREATE, 0, ci_references_resolve,
                      change.references, pool};
    json_t *json;
    ci_error_t *err = ci_json_parse(&json, text, strlen(text), pool);

    ck_assert_msg(!err, "%s", text);
    read.type = ci_contact_type_of(json);
    err = ci_json_read(contact, &read, &ci_contact, json);
    ck_assert_msg(!err, "%s: %s", text, err ? err->field : "");
    return ci_contact_begin(*contact, &change, pool);
}

static ci_record_t *created(const char *first, const char *members)
{
    ci_record_t *contact;
    ci_error_t *err = create(&contact, first, members);

    ck_assert_msg(!err, "%s: %s", members, err ? err->field : "");
    return contact;
}

static ci_record_t *element(const ci_record_t *contact, int set,
                            apr_uint32_t index)
{
    ck_assert_uint_gt(contact->values[set].length, index);
    return contact->values[set].as.set[index];
}

static const char *text_at(const ci_record_t *record, int row)
{
    return ci_value_string(&record->values[row], pool);
}

static void check_text(const ci_record_t *record, int row, const char *text)
{
    if (text) {
        ck_assert_pstr_eq(text_at(record, row), text);
    }
    else {
        ck_assert_ptr_null(text_at(record, row));
    }
}

START_TEST(a_new_contact_is_complete)
{
    ci_record_t *contact = created(PERSON, "");
    const ci_value_t *values = contact->values, *log;

    ck_assert_uint_eq(values[CI_CONTACT_ID].length, 32);
    ck_assert_uint_eq(
        strspn(text_at(contact, CI_CONTACT_ID), "0123456789ABCDEF"), 32);
    ck_assert_int_eq(values[CI_CONTACT_VERSION].as.integer, 1);
    ck_assert_int_eq(values[CI_CONTACT_LIFE_CYCLE_STATE].as.integer,
                     CI_WORD_MARKETING);
    check_text(contact, CI_CONTACT_OWNED_BY_GROUP, "G1");
    ck_assert(!ci_value_is_set(&values[CI_CONTACT_AUTHORIZATION]));
    log = values[CI_CONTACT_LOG].as.record->values;
    ck_assert_str_eq(log[CI_LOG_CREATED_BY_USER].as.text, "1");
    ck_assert_str_eq(log[CI_LOG_UPDATED_BY_UNIT].as.text, "U1");
    ck_assert_int_eq(ci_datetime_time(&log[CI_LOG_UPDATED_DATE].as.datetime),
                     apr_time_from_sec(1700000000));
    ck_assert_str_ne(text_at(created(PERSON, ""), CI_CONTACT_ID),
                     text_at(contact, CI_CONTACT_ID));
}
END_TEST

START_TEST(a_contact_that_was_begun_can_be_stored)
{
    ci_record_t *contact = created(_i ? COMPANY : PERSON, "");
    ci_error_t *err;

    ci_contact_pack(contact, pool);
    err = store->methods->insert(store, &contact, 1, pool);
    ck_assert_msg(!err, "%s", err ? err->detail : "");
    ck_assert_int_gt(contact->values[CI_CONTACT_SEQ].as.integer, 0);
}
END_TEST

static const struct {
    const char *json;
    unsigned type;
} types[] = {
    {"{\"type\":\"PERSON\"}", CI_PERSON},
    {"{\"type\":\"person\"}", CI_PERSON},
    {"{\"type\":\"Company\"}", CI_COMPANY},
    {"{\"type\":\"\"}", 0},
    {"{\"type\":1}", 0},
    {"{}", 0},
    {"{\"type\":\"COMPANYCOMPANYCOMPANY\"}", 0},
};

START_TEST(the_type_is_what_the_request_names)
{
    json_t *json;

    ck_assert_ptr_null(
        ci_json_parse(&json, types[_i].json, strlen(types[_i].json), pool));
    ck_assert_uint_eq(ci_contact_type_of(json), types[_i].type);
}
END_TEST

#define PHONE ",\"phone_set\":[{\"type\":\"MOBILE\",\"number\":\"22 11-44\""

static const struct {
    const char *members;
    const char *default_country;
    const char *country;
    const char *area_code;
    const char *full_number;
} phones[] = {
    {PHONE "}]", "US", "US", "1", "00122 11-44"},
    {PHONE "}]", NULL, NULL, NULL, NULL},
    {PHONE "}]", "QQ", NULL, NULL, NULL},
    {PHONE ",\"country_identifier\":null}]", "US", "US", "1", "00122 11-44"},
    {PHONE ",\"country_identifier\":{\"id\":\"CY\"}}]", "US", "CY", "357",
     "0035722 11-44"},
    {PHONE ",\"country_identifier\":{\"id\":\"CY\"},\"area_code\":\"99\"}]",
     "US", "CY", "99", "009922 11-44"},
    {PHONE ",\"area_code\":\"99\"}]", "US", "US", "99", "009922 11-44"},
    {PHONE ",\"area_code\":\"99\"}]", NULL, NULL, "99", "009922 11-44"},
    {PHONE ",\"country_identifier\":{\"id\":\"XX\"}}]", "US", "XX", NULL, NULL},
};

START_TEST(a_phone_has_a_country_and_its_calling_code)
{
    ci_record_t *contact, *phone;

    change.default_country = phones[_i].default_country;
    contact = created(PERSON, phones[_i].members);
    ci_contact_derive(contact, pool);
    phone = element(contact, CI_CONTACT_PHONES, 0);
    check_text(phone, CI_PHONE_NUMBER, "22 11-44");
    check_text(phone, CI_PHONE_COUNTRY, phones[_i].country);
    check_text(phone, CI_PHONE_AREA_CODE, phones[_i].area_code);
    check_text(phone, CI_PHONE_FULL_NUMBER, phones[_i].full_number);
    ck_assert_int_eq(phone->values[CI_ELEMENT_STATE].as.integer,
                     CI_WORD_ACTIVE);
    ck_assert_uint_eq(phone->values[CI_ELEMENT_ID].length, 32);
}
END_TEST

#define HOME "{\"type\":\"HOME\",\"street_name\":\"s\"}"
#define MAIL "{\"type\":\"PERSONAL\",\"email_address\":\"a@b\"}"

static const struct {
    const char *members;
    const char *field;
} conflicts[] = {
    {",\"address_set\":[" HOME "]", NULL},
    {",\"address_set\":[" HOME
     ",{\"type\":\"BUSINESS\",\"street_name\":\"s\"}]",
     NULL},
    {",\"address_set\":[" HOME "," HOME "]", "address_set[1].type"},
    {",\"email_set\":[" MAIL
     ",{\"type\":\"BUSINESS\",\"email_address\":\"a@b\"}," MAIL "]",
     "email_set[2].type"},
    {PHONE "},{\"type\":\"mobile\",\"number\":\"1\"}]", "phone_set[1].type"},
};

START_TEST(a_second_active_element_of_a_type_is_a_conflict)
{
    ci_record_t *contact;
    ci_error_t *err = create(&contact, PERSON, conflicts[_i].members);

    if (!conflicts[_i].field) {
        ck_assert_ptr_null(err);
        return;
    }
    ck_assert(err && err->code == CI_CONFLICT && !err->next);
    ck_assert_str_eq(err->field, conflicts[_i].field);
}
END_TEST

static const struct {
    int has_clearance;
    apr_int64_t clearance;
    const char *level;
    int allowed;
} levels[] = {
    {0, 0, "P8", 1}, {1, 8, "P8", 1}, {1, 7, "P8", 0},
    {1, 0, "P1", 0}, {1, 1, "P1", 1}, {1, -5, "P1", 0},
};

START_TEST(nobody_hides_a_contact_from_himself)
{
    const char *members =
        apr_psprintf(pool, ",\"privacy_level_identifier\":{\"id\":\"%s\"}",
                     levels[_i].level);
    ci_record_t *contact;
    ci_error_t *err;

    session.has_clearance = levels[_i].has_clearance;
    session.clearance = levels[_i].clearance;
    err = create(&contact, PERSON, members);
    ck_assert_int_eq(err == NULL, levels[_i].allowed);
    if (err) {
        ck_assert_int_eq(err->code, CI_INVALID_PARAMETER);
        ck_assert_str_eq(err->field, "privacy_level_identifier");
    }
    ck_assert_ptr_null(create(&contact, PERSON, ""));
}
END_TEST

static const struct {
    const char *members;
    int set[2];     /* direct, affiliate: whether it was given */
    int allowed[2]; /* what was given */
} consents[] = {
    {"", {0, 0}, {0, 0}},
    {",\"send_direct_marketing_material\":0", {1, 0}, {0, 0}},
    {",\"send_direct_marketing_material\":true", {1, 0}, {1, 0}},
    {",\"send_affiliate_marketing_material\":\"1\"", {0, 1}, {0, 1}},
    {",\"send_direct_marketing_material\":0,"
     "\"send_affiliate_marketing_material\":1",
     {1, 1},
     {0, 1}},
};

START_TEST(a_consent_is_kept_with_who_and_when)
{
    ci_record_t *contact = created(PERSON, consents[_i].members);
    const ci_value_t *values;
    int i;

    ci_contact_derive(contact, pool);
    for (i = 0; i < 2; i++) {
        values = contact->values[CI_CONTACT_AUTHORIZATION].as.record->values +
                 (apr_size_t)3 * (apr_size_t)i;
        ck_assert_int_eq(ci_value_is_set(&values[CI_MARKETING_FLAG]),
                         consents[_i].set[i]);
        ck_assert_int_eq(values[CI_MARKETING_FLAG].as.integer,
                         consents[_i].allowed[i]);
        ck_assert_int_eq(ci_value_is_set(&values[CI_MARKETING_DATE]),
                         consents[_i].set[i]);
        ck_assert_int_eq(ci_value_is_set(&values[CI_MARKETING_USER]),
                         consents[_i].set[i]);
    }
}
END_TEST

#define EVERYTHING                                                             \
    ",\"udf_string_1\":\"\\u00e9\\\"\\ud83d\\ude00\",\"udf_float_1\":0.1,"     \
    "\"udf_float_8\":-1e300,\"udf_date_8\":\"9999-12-31T23:59:59\","           \
    "\"notes\":\"a\\r\\n\\tb\",\"preferred_language\":\"CUSTOM8\","            \
    "\"send_direct_marketing_material\":1,\"title\":\"Sir\"," HOME_AND_PHONE
#define HOME_AND_PHONE                                                         \
    "\"address_set\":[{\"type\":\"CUSTOM5\",\"street_name\":\"s\","            \
    "\"floor\":-2147483648,\"country_identifier\":\"id=CY\","                  \
    "\"udf_string_16\":\"x\",\"udf_float_4\":2.5}],"                           \
    "\"phone_set\":[{\"type\":\"FAX\",\"number\":\"22\"}],"                    \
    "\"email_set\":[{\"type\":\"BUSINESS\",\"email_address\":\"A@B.cy\","      \
    "\"notes\":\"n\"}]"

static const struct {
    const char *first;
    const char *members;
} documents[] = {
    {PERSON, ""},
    {COMPANY, ""},
    {PERSON, EVERYTHING},
    {PERSON,
     ",\"demographics\":{\"gender\":\"FEMALE\",\"id_number\":\"142536\","
     "\"country_of_residence_identifier\":\"id=US\","
     "\"industry_identifier\":\"code=EN\",\"date_of_birth\":{\"day\":29,"
     "\"month\":2,\"year\":2012},\"name_day\":{\"day\":29,\"month\":2}}"},
    {COMPANY, ",\"company_profile\":{\"profile_year\":2014,\"annual_turnover\":"
              "10,\"number_of_employees\":2147483647,\"established_date\":"
              "\"1000-01-01T00:00:00\",\"vat_registration_number\":\"V\","
              "\"industry_sector_identifier\":\"name=Oil\"}"},
};

/* The answer of a contact, references as ids. */
static void write_id(ci_sink_t *sink, void *baton, const ci_object_t *object,
                     const ci_value_t *id)
{
    (void)baton;
    (void)object;
    ci_json_write_text(sink, id->as.text, id->length);
}

static const char *answer(ci_record_t *contact)
{
    ci_lookup_t lookup = {write_id, NULL};
    ci_write_t write = {ci_sink_create(pool), &lookup, CI_VIEW_ANSWER};
    apr_size_t length;

    ci_contact_derive(contact, pool);
    ci_json_write(&write, contact, ~(ci_mask_t)0);
    return ci_sink_text(write.sink, &length, pool);
}

START_TEST(what_was_stored_comes_back_unchanged)
{
    ci_record_t *contact = created(documents[_i].first, documents[_i].members);
    ci_select_t query = {.object = &ci_contact, .mask = ~(ci_mask_t)0};
    ci_record_t *fetched;

    ci_contact_pack(contact, pool);
    ck_assert_ptr_null(store->methods->insert(store, &contact, 1, pool));
    ck_assert_ptr_null(ci_store_fetch_one(&fetched, store, &query, pool));
    ck_assert_ptr_null(ci_contact_unpack(fetched, CI_WHOLE, pool));
    ck_assert_str_eq(answer(fetched), answer(contact));
}
END_TEST

static const char *const damaged[] = {
    "",
    "x",
    "[]",
    "{",
    "{\"phones_set\":5}",
    "{\"phones_set\":[5]}",
    "{\"udf_float_1\":\"x\"}",
    "{\"preferred_language\":\"eng\"}",
    "{\"phones_set\":[{\"state\":\"active\"}]}",
    "{\"demographics\":{\"industry\":{\"id\":\"x\"}}}",
    "{\"demographics\":{\"industry\":\"123456789012345678901234567890123\"}}",
};

START_TEST(a_damaged_document_is_our_error_and_tells_the_client_nothing)
{
    ci_record_t *contact = ci_record_make(&ci_contact, pool);
    ci_error_t *err;

    contact->values[CI_CONTACT_ID] = ci_value_text("A1");
    contact->values[CI_CONTACT_DOCUMENT] = ci_value_text(damaged[_i]);
    err = ci_contact_unpack(contact, CI_WHOLE, pool);
    ck_assert_msg(err && err->code == CI_INTERNAL_ERROR, "%s", damaged[_i]);
    ck_assert_ptr_nonnull(strstr(err->detail, "A1"));
    ck_assert_ptr_null(err->expected);
    ck_assert_ptr_null(err->next);
}
END_TEST

START_TEST(columns_and_members_of_a_nested_object_come_together)
{
    ci_record_t *contact = ci_record_make(&ci_contact, pool);
    ci_slot_t slot;

    ck_assert(ci_object_identifying(&ci_contact, "id_number", &slot));
    *ci_record_put(contact, slot, pool) = ci_value_text("142536");
    contact->values[CI_CONTACT_DOCUMENT] =
        ci_value_text("{\"demographics\":{\"industry\":\"I1\"}}");
    ck_assert_ptr_null(ci_contact_unpack(contact, CI_WHOLE, pool));
    ck_assert_str_eq(ci_record_at(contact, slot)->as.text, "142536");
    check_text(contact->values[CI_CONTACT_DEMOGRAPHICS].as.record,
               CI_SHARED_INDUSTRY, "I1");
}
END_TEST

START_TEST(the_name_leaves_out_the_middle_name)
{
    ci_record_t *contact = created(PERSON, ",\"middle_name\":\"M\"");

    ci_contact_derive(contact, pool);
    check_text(contact, CI_CONTACT_NAME, "A B");
    contact = created(COMPANY, "");
    ci_contact_derive(contact, pool);
    check_text(contact, CI_CONTACT_NAME, "C Ltd");
}
END_TEST

START_TEST(a_person_mirrors_the_industries_and_a_company_has_no_demographics)
{
    ci_record_t *contact =
        created(PERSON, ",\"demographics\":{\"industry_identifier\":\"id=I1\","
                        "\"industry_sector_identifier\":\"id=S1\"}");
    const ci_record_t *profile;

    ci_contact_derive(contact, pool);
    profile = contact->values[CI_CONTACT_COMPANY_PROFILE].as.record;
    check_text(profile, CI_SHARED_INDUSTRY, "I1");
    check_text(profile, CI_SHARED_INDUSTRY_SECTOR, "S1");
    ci_contact_reduce(contact);
    ck_assert(!ci_value_is_set(&contact->values[CI_CONTACT_COMPANY_PROFILE]));
    contact = created(COMPANY, "");
    ci_contact_derive(contact, pool);
    ci_contact_reduce(contact);
    ck_assert(!ci_value_is_set(&contact->values[CI_CONTACT_DEMOGRAPHICS]));
    ck_assert(ci_value_is_set(&contact->values[CI_CONTACT_COMPANY_PROFILE]));
    ck_assert_int_eq(contact->values[CI_CONTACT_ORGANIZATIONAL_UNIT].as.integer,
                     0);
}
END_TEST

#define ONE_PHONE(number, area)                                                \
    ",\"phone_set\":[{\"type\":\"FAX\",\"number\":\"" number                   \
    "\",\"area_code\":\"" area "\"}]"

static const struct {
    const char *members;
    const char *keys; /* kind and value of each */
} keyed[] = {
    {"", ""},
    {ONE_PHONE("22-11 44", "+357"), "1:221144 1:357221144 1:00357221144 "},
    {ONE_PHONE("none", "357"), ""},
    {ONE_PHONE("22", "x"), "1:22 "},
    {PHONE "},{\"type\":\"FAX\",\"number\":\"221144\"}]",
     "1:221144 1:1221144 1:001221144 "},
    {",\"email_set\":[{\"type\":\"PERSONAL\",\"email_address\":\"A@B.Cy\"},"
     "{\"type\":\"BUSINESS\",\"email_address\":\"a@b.cy\"}]",
     "0:a@b.cy "},
    {",\"email_set\":[{\"type\":\"PERSONAL\",\"email_address\":"
     "\"\xc3\x89@B.Cy\"}]",
     "0:\xc3\x89@b.cy "},
};

START_TEST(keys_are_folded_and_each_is_there_once)
{
    ci_record_t *contact = created(PERSON, keyed[_i].members), *key;
    apr_array_header_t *keys = ci_contact_keys(contact, pool);
    const char *text = "";
    int i;

    for (i = 0; i < keys->nelts; i++) {
        key = APR_ARRAY_IDX(keys, i, ci_record_t *);
        text = apr_psprintf(pool, "%s%d:%s ", text,
                            (int)key->values[CI_KEY_KIND].as.integer,
                            text_at(key, CI_KEY_VALUE));
    }
    ck_assert_str_eq(text, keyed[_i].keys);
}
END_TEST

static TCase *contact_case(void)
{
    TCase *tc = tcase_create("contact");

    tcase_add_checked_fixture(tc, store_open, pool_close);
    tcase_add_test(tc, a_new_contact_is_complete);
    tcase_add_loop_test(tc, a_contact_that_was_begun_can_be_stored, 0, 2);
    tcase_add_loop_test(tc, the_type_is_what_the_request_names, 0,
                        CI_ALEN(types));
    tcase_add_loop_test(tc, a_phone_has_a_country_and_its_calling_code, 0,
                        CI_ALEN(phones));
    tcase_add_loop_test(tc, a_second_active_element_of_a_type_is_a_conflict, 0,
                        CI_ALEN(conflicts));
    tcase_add_loop_test(tc, nobody_hides_a_contact_from_himself, 0,
                        CI_ALEN(levels));
    tcase_add_loop_test(tc, a_consent_is_kept_with_who_and_when, 0,
                        CI_ALEN(consents));
    tcase_add_loop_test(tc, what_was_stored_comes_back_unchanged, 0,
                        CI_ALEN(documents));
    tcase_add_loop_test(
        tc, a_damaged_document_is_our_error_and_tells_the_client_nothing, 0,
        CI_ALEN(damaged));
    tcase_add_test(tc, columns_and_members_of_a_nested_object_come_together);
    tcase_add_test(tc, the_name_leaves_out_the_middle_name);
    tcase_add_test(
        tc, a_person_mirrors_the_industries_and_a_company_has_no_demographics);
    tcase_add_loop_test(tc, keys_are_folded_and_each_is_there_once, 0,
                        CI_ALEN(keyed));
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("contact");

    suite_add_tcase(suite, contact_case());
    return unit_run(suite);
}
