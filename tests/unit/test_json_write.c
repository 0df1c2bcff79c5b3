/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_json_write: the bytes of answers and documents. */
#include "base/ci_json_read.h"
#include "base/ci_json_write.h"
#include "model/ci_objects.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <float.h>
#include <string.h>

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

static void write_id(ci_sink_t *sink, void *baton, const ci_object_t *object,
                     const ci_value_t *id)
{
    ck_assert_ptr_eq(baton, pool);
    ci_sink_char(sink, '<');
    ci_sink_write(sink, object->name, strlen(object->name));
    ci_sink_char(sink, ' ');
    ci_sink_write(sink, id->as.text, id->length);
    ci_sink_char(sink, '>');
}

static const char *written(const ci_record_t *record, ci_view_e view,
                           ci_mask_t mask)
{
    ci_lookup_t lookup = {write_id, pool};
    ci_write_t write = {ci_sink_create(pool), &lookup, view};
    apr_size_t length;

    ci_json_write(&write, record, mask);
    return ci_sink_text(write.sink, &length, pool);
}

static int row_of(const ci_object_t *object, const char *name)
{
    int row = ci_object_find(object, name, strlen(name));

    ck_assert_int_ge(row, 0);
    return row;
}

static const struct {
    const char *text;
    const char *json;
} texts[] = {
    {"", "\"\""},
    {"abc", "\"abc\""},
    {"\"\\/", "\"\\\"\\\\/\""},
    {"a\b\t\n\f\rz", "\"a\\b\\t\\n\\f\\rz\""},
    {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
    {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
    {"<script>'", "\"<script>'\""},
};

START_TEST(text_is_escaped_as_json_needs_it)
{
    ci_sink_t *sink = ci_sink_create(pool);
    apr_size_t length;

    ci_json_write_text(sink, texts[_i].text, strlen(texts[_i].text));
    ck_assert_str_eq(ci_sink_text(sink, &length, pool), texts[_i].json);
}
END_TEST

/* Every byte alone and around the end of a chunk reads back as itself. */
START_TEST(each_ascii_character_reads_back)
{
    char text[3] = {'a', (char)_i, 'b'};
    ci_sink_t *sink = ci_sink_create(pool);
    apr_size_t length;
    const char *json;
    json_t *read;

    ci_sink_reserve(sink, 1);
    while (sink->end - sink->at > 6) {
        *sink->at++ = ' ';
    }
    CI_SINK_LITERAL(sink, "{\"x\":");
    ci_json_write_text(sink, text, 3);
    ci_sink_char(sink, '}');
    json = ci_sink_text(sink, &length, pool);
    read = json_loadb(json, length, JSON_ALLOW_NUL, NULL);
    ck_assert_ptr_nonnull(read);
    ck_assert_uint_eq(json_string_length(json_object_get(read, "x")), 3);
    ck_assert_int_eq(
        memcmp(json_string_value(json_object_get(read, "x")), text, 3), 0);
    json_decref(read);
}
END_TEST

START_TEST(an_empty_answer_has_null_or_empty_of_each_type)
{
    ci_record_t *record = ci_record_make(&ci_demographics, pool);

    ck_assert_str_eq(
        written(record, CI_VIEW_ANSWER, ~(ci_mask_t)0),
        "{\"industry\":null,\"industry_sector\":null,\"gender\":null,"
        "\"id_number\":null,\"passport_number\":null,"
        "\"social_security_number\":null,\"country_of_residence\":null,"
        "\"id_issued_by_country\":null,\"passport_issued_by_country\":null,"
        "\"date_of_birth\":{\"day\":null,\"month\":null,\"year\":null},"
        "\"name_day\":{\"day\":null,\"month\":null}}");
    record = ci_record_make(&ci_authorization_settings, pool);
    ck_assert_str_eq(written(record, CI_VIEW_ANSWER, 7),
                     "{\"send_direct_marketing_material\":false,"
                     "\"direct_marketing_setting_updated_date\":null,"
                     "\"direct_marketing_setting_updated_by_user\":null}");
    record = ci_record_make(&ci_contact, pool);
    ck_assert_str_eq(written(record, CI_VIEW_ANSWER,
                             CI_MASK(CI_CONTACT_PHONES) |
                                 CI_MASK(CI_CONTACT_COMPANY_PROFILE)),
                     "{\"company_profile\":null,\"phones_set\":[]}");
}
END_TEST

START_TEST(null_is_written_like_absent)
{
    ci_record_t *record = ci_record_make(&ci_demographics, pool);
    const char *absent = written(record, CI_VIEW_ANSWER, ~(ci_mask_t)0);
    int i;

    for (i = 0; i < ci_demographics.nfields; i++) {
        record->values[i] = ci_value_null();
    }
    ck_assert_str_eq(written(record, CI_VIEW_ANSWER, ~(ci_mask_t)0), absent);
    ck_assert_str_eq(written(record, CI_VIEW_DOCUMENT, ~(ci_mask_t)0), "{}");
}
END_TEST

START_TEST(a_user_without_an_email_has_no_such_member)
{
    ci_record_t *user = ci_record_make(&ci_user, pool);

    user->values[CI_USER_ID] = ci_value_text("1");
    user->values[CI_USER_PASSWORD_HASH] = ci_value_text("secret");
    ck_assert_str_eq(written(user, CI_VIEW_ANSWER, ~(ci_mask_t)0),
                     "{\"id\":\"1\",\"username\":null,\"person_name\":null}");
    user->values[row_of(&ci_user, "email")] = ci_value_text("a@b");
    ck_assert_str_eq(written(user, CI_VIEW_ANSWER, ~(ci_mask_t)0),
                     "{\"id\":\"1\",\"username\":null,\"person_name\":null,"
                     "\"email\":\"a@b\"}");
}
END_TEST

static const struct {
    double number;
    const char *json;
} numbers[] = {
    {10, "10"},      {12.5, "12.5"},
    {-0.0, "0"},     {0.1, "0.1"},
    {-3, "-3"},      {1e-7, NULL},
    {DBL_MAX, NULL}, {5e-324, NULL},
    {1e15, NULL},    {123456789, "123456789"},
};

START_TEST(numbers_have_no_needless_point_and_read_back)
{
    ci_record_t *record = ci_record_make(&ci_contact, pool);
    int row = row_of(&ci_contact, "udf_float_1");
    const char *text;
    json_t *json;

    record->values[row].state = CI_SET_VALUE;
    record->values[row].as.number = numbers[_i].number;
    text = written(record, CI_VIEW_ANSWER, CI_MASK(row));
    ck_assert_ptr_null(ci_json_parse(&json, text, strlen(text), pool));
    ck_assert(json_number_value(json_object_get(json, "udf_float_1")) ==
              numbers[_i].number);
    if (numbers[_i].json) {
        ck_assert_str_eq(text, apr_pstrcat(pool, "{\"udf_float_1\":",
                                           numbers[_i].json, "}", NULL));
    }
}
END_TEST

/* One phone, with all that a phone of a contact can have. */
static ci_record_t *make_contact(void)
{
    ci_record_t *contact = ci_record_make(&ci_contact, pool);
    ci_record_t *phone = ci_record_make(&ci_phone, pool);
    ci_record_t **set = apr_palloc(pool, sizeof *set);

    phone->values[CI_ELEMENT_ACTION] = ci_value_integer(CI_WORD_ADD);
    phone->values[CI_ELEMENT_ID] = ci_value_text("P1");
    phone->values[CI_ELEMENT_TYPE] = ci_value_integer(1);
    phone->values[CI_ELEMENT_STATE] = ci_value_integer(CI_WORD_INACTIVE);
    phone->values[CI_PHONE_NUMBER] = ci_value_text("22");
    phone->values[CI_PHONE_FULL_NUMBER] = ci_value_text("0035722");
    phone->values[CI_PHONE_COUNTRY] = ci_value_text("CY");
    *set = phone;
    contact->values[CI_CONTACT_ID] = ci_value_text("A");
    contact->values[CI_CONTACT_DOCUMENT] = ci_value_text("{}");
    contact->values[CI_CONTACT_PHONES] = ci_value_set(set, 1);
    return contact;
}

START_TEST(a_document_has_members_only_and_references_as_ids)
{
    ck_assert_str_eq(
        written(make_contact(), CI_VIEW_DOCUMENT, ~(ci_mask_t)0),
        "{\"phones_set\":[{\"id\":\"P1\",\"type\":\"MOBILE\","
        "\"state\":\"Inactive\",\"number\":\"22\",\"country\":\"CY\"}]}");
}
END_TEST

START_TEST(an_answer_has_references_as_objects)
{
    const char *text =
        written(make_contact(), CI_VIEW_ANSWER, CI_MASK(CI_CONTACT_PHONES));

    ck_assert_ptr_nonnull(strstr(text, "\"full_number\":\"0035722\""));
    ck_assert_ptr_nonnull(strstr(text, "\"country\":<country CY>"));
    ck_assert_ptr_null(strstr(text, "action"));
}
END_TEST

START_TEST(the_related_contact_of_a_relation_is_short)
{
    ci_record_t *relation = ci_record_make(&ci_relation, pool);
    ci_record_t *contact = make_contact();
    ci_slot_t slot;
    const char *text;

    ck_assert(ci_object_identifying(&ci_contact, "id_number", &slot));
    *ci_record_put(contact, slot, pool) = ci_value_text("142536");
    contact->values[CI_CONTACT_RELATIONS] = ci_value_set(&relation, 1);
    relation->values[CI_RELATION_ID] = ci_value_text("R");
    relation->values[CI_RELATION_RELATED_SEQ] = ci_value_integer(99);
    relation->values[CI_RELATION_CONTACT] = ci_value_record(contact);
    text = written(relation, CI_VIEW_ANSWER, ~(ci_mask_t)0);
    ck_assert_str_eq(
        text,
        "{\"id\":\"R\",\"type\":null,\"notes\":null,\"contact\":{\"id\":\"A\","
        "\"type\":null,\"life_cycle_state\":null,\"name\":null,"
        "\"first_name\":null,\"last_name\":null,\"company_name\":null,"
        "\"demographics\":{\"gender\":null,\"id_number\":\"142536\","
        "\"passport_number\":null,\"social_security_number\":null,"
        "\"date_of_birth\":{\"day\":null,\"month\":null,\"year\":null},"
        "\"name_day\":{\"day\":null,\"month\":null}},\"company_profile\":null,"
        "\"title\":null,\"middle_name\":null}}");
}
END_TEST

START_TEST(nothing_that_is_not_shown_is_ever_written)
{
    const char *text = written(make_contact(), CI_VIEW_ANSWER, ~(ci_mask_t)0);

    ck_assert_ptr_null(strstr(text, "document"));
    ck_assert_ptr_null(strstr(text, "organisation"));
    ck_assert_ptr_null(strstr(text, "contact_seq"));
    ck_assert_str_eq(written(make_contact(), CI_VIEW_ANSWER, 0), "{}");
}
END_TEST

static TCase *json_write_case(void)
{
    TCase *tc = tcase_create("json_write");

    tcase_add_checked_fixture(tc, pool_open, pool_close);
    tcase_add_loop_test(tc, text_is_escaped_as_json_needs_it, 0,
                        CI_ALEN(texts));
    tcase_add_loop_test(tc, each_ascii_character_reads_back, 0, 128);
    tcase_add_test(tc, an_empty_answer_has_null_or_empty_of_each_type);
    tcase_add_test(tc, null_is_written_like_absent);
    tcase_add_test(tc, a_user_without_an_email_has_no_such_member);
    tcase_add_loop_test(tc, numbers_have_no_needless_point_and_read_back, 0,
                        CI_ALEN(numbers));
    tcase_add_test(tc, a_document_has_members_only_and_references_as_ids);
    tcase_add_test(tc, an_answer_has_references_as_objects);
    tcase_add_test(tc, the_related_contact_of_a_relation_is_short);
    tcase_add_test(tc, nothing_that_is_not_shown_is_ever_written);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("json_write");

    suite_add_tcase(suite, json_write_case());
    return unit_run(suite);
}
