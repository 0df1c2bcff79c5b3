/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the reader of documents in the form in which they are written. */
#include <apr_general.h>
#include <apr_strings.h>
#include <check.h>

#include "base/ci_document.h"
#include "base/ci_json_read.h"
#include "base/ci_json_write.h"
#include "model/ci_objects.h"
#include "unit.h"

static apr_pool_t *pool;

static void setup(void)
{
    apr_pool_create(&pool, NULL);
}

static void teardown(void)
{
    apr_pool_destroy(pool);
}

static const char *write_document(const ci_record_t *record)
{
    ci_write_t write = {ci_sink_create(pool), NULL, CI_VIEW_DOCUMENT};
    apr_size_t length;

    ci_json_write(&write, record, ~(ci_mask_t)0);
    return ci_sink_text(write.sink, &length, pool);
}

static ci_record_t *read_by_jansson(const char *text)
{
    ci_read_t read = {.source = CI_FROM_DOCUMENT, .pool = pool};
    ci_record_t *record;
    json_t *json;

    ck_assert_ptr_null(ci_json_parse(&json, text, strlen(text), pool));
    ck_assert_ptr_null(ci_json_read(&record, &read, &ci_contact, json));
    return record;
}

/* Documents as they are written, of all types. */
static const char *const written[] = {
    "{}",
    "{\"demographics\":{\"industry\":\"31BC\",\"gender\":\"FEMALE\","
    "\"date_of_birth\":{\"day\":29,\"month\":2,\"year\":2000},"
    "\"name_day\":{\"day\":29,\"month\":2}}}",
    "{\"company_profile\":{\"profile_year\":1999,\"annual_turnover\":0.1,"
    "\"established_date\":\"1999-05-05T15:49:59\"}}",
    "{\"addresses_set\":[{\"id\":\"A\",\"type\":\"HOME\",\"state\":\"Active\","
    "\"street_name\":\"X\",\"floor\":-2,\"country\":\"181\","
    "\"udf_string_16\":\"z\",\"udf_float_1\":1e+21},"
    "{\"id\":\"B\",\"type\":\"CUSTOM5\",\"state\":\"Inactive\","
    "\"street_name\":\"Y\"}]}",
    "{\"phones_set\":[{\"id\":\"P\",\"type\":\"FAX\",\"state\":\"Active\","
    "\"number\":\"1\"}],\"emails_set\":[{\"id\":\"E\",\"type\":\"BUSINESS\","
    "\"state\":\"Active\",\"email\":\"a@b\"}]}",
    "{\"authorization_settings\":{\"send_direct_marketing_material\":true,"
    "\"send_affiliate_marketing_material\":false}}",
    "{\"notes\":\"a \\\"quote\\\", a \\\\ and\\nlines\\tof \xc3\xa9 \\\\\","
    "\"preferred_language\":\"ELL\",\"udf_float_8\":-12.5,"
    "\"udf_date_8\":\"1000-01-01T00:00:00\"}",
};

START_TEST(what_is_written_is_read)
{
    const char *text = written[_i];
    ci_record_t *record;

    ck_assert_int_eq(ci_document_read(&record, &ci_contact, CI_WHOLE, text,
                                      strlen(text), pool),
                     1);
    ck_assert_str_eq(write_document(record), text);
    ck_assert_str_eq(write_document(read_by_jansson(text)), text);
}
END_TEST

START_TEST(what_is_cut_short_is_left_to_the_other_reader)
{
    const char *text = written[_i];
    ci_record_t *record;
    apr_size_t length;

    for (length = 0; length < strlen(text); length++) {
        ck_assert_int_eq(ci_document_read(&record, &ci_contact, CI_WHOLE,
                                          apr_pmemdup(pool, text, length),
                                          length, pool),
                         0);
    }
}
END_TEST

/* Other forms, and damage. */
static const char *const others[] = {
    " {}",
    "{} ",
    "[]",
    "{\"notes\": \"a\"}",
    "{\"udf_string_1\":\"a\",\"notes\":\"b\"}",
    "{\"notes\":null}",
    "{\"notes\":\"a\",}",
    "{\"nothing\":1}",
    "{\"first_name\":\"a column\"}",
    "{\"notes\":\"\\u0041\"}",
    "{\"notes\":\"\\x\"}",
    "{\"notes\":\"\n\"}",
    "{\"notes\":\"\\\\\n\"}",
    "{\"notes\":\"\xff\"}",
    "{\"preferred_language\":\"XXX\"}",
    "{\"udf_float_1\":1e999}",
    "{\"udf_float_1\":}",
    "{\"udf_date_1\":\"2014-02-30T00:00:00\"}",
    "{\"demographics\":{\"date_of_birth\":{\"day\":30,\"month\":2}}}",
    "{\"demographics\":{\"name_day\":{\"day\":31,\"month\":4}}}",
    "{\"company_profile\":{\"profile_year\":10000}}",
    "{\"addresses_set\":[]}",
    "{\"addresses_set\":[1]}",
    "{\"addresses_set\":{}}",
    "{\"authorization_settings\":{\"send_direct_marketing_material\":1}}",
};

START_TEST(another_form_is_left_to_the_other_reader)
{
    ci_record_t *record;

    ck_assert_int_eq(ci_document_read(&record, &ci_contact, CI_WHOLE,
                                      others[_i], strlen(others[_i]), pool),
                     0);
}
END_TEST

START_TEST(behind_what_is_wanted_nothing_is_looked_at)
{
    static const char *const ends[] = {"}", ",\"notes\":\"b\"}", ",\xff", ""};
    const char *text = apr_pstrcat(
        pool, "{\"demographics\":{\"gender\":\"MALE\"}", ends[_i], NULL);
    ci_record_t *record;

    ck_assert_int_eq(ci_document_read(&record, &ci_contact,
                                      CI_MASK(CI_CONTACT_DEMOGRAPHICS), text,
                                      strlen(text), pool),
                     1);
    ck_assert_str_eq(write_document(record),
                     "{\"demographics\":{\"gender\":\"MALE\"}}");
}
END_TEST

START_TEST(what_is_wanted_is_looked_for_to_the_end)
{
    static const char *const whole[] = {
        "{}", "{\"notes\":\"a\"}",
        "{\"company_profile\":{\"profile_year\":1},\"notes\":\"a\"}"};
    ci_record_t *record;

    ck_assert_int_eq(ci_document_read(&record, &ci_contact,
                                      CI_MASK(CI_CONTACT_DEMOGRAPHICS),
                                      whole[_i], strlen(whole[_i]), pool),
                     1);
    ck_assert_str_eq(write_document(record), whole[_i]);
    ck_assert_int_eq(ci_document_read(&record, &ci_contact,
                                      CI_MASK(CI_CONTACT_DEMOGRAPHICS),
                                      whole[_i], strlen(whole[_i]) - 1, pool),
                     0);
}
END_TEST

/* Another order of the members: found later, by the other reader. */
START_TEST(what_is_wanted_may_stand_behind_others)
{
    static const char text[] = "{\"notes\":\"a\","
                               "\"demographics\":{\"gender\":\"MALE\"}}";
    ci_record_t *record;

    ck_assert_int_eq(ci_document_read(&record, &ci_contact,
                                      CI_MASK(CI_CONTACT_DEMOGRAPHICS), text,
                                      strlen(text), pool),
                     0);
}
END_TEST

START_TEST(of_nothing_wanted_nothing_is_read)
{
    ci_record_t *record;

    ck_assert_int_eq(ci_document_read(&record, &ci_contact, 0, "\xff", 1, pool),
                     1);
    ck_assert_str_eq(write_document(record), "{}");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("document");
    TCase *tcase = tcase_create("document");
    int failed;

    apr_initialize();
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, what_is_written_is_read, 0, CI_ALEN(written));
    tcase_add_loop_test(tcase, what_is_cut_short_is_left_to_the_other_reader, 0,
                        CI_ALEN(written));
    tcase_add_loop_test(tcase, another_form_is_left_to_the_other_reader, 0,
                        CI_ALEN(others));
    tcase_add_loop_test(tcase, behind_what_is_wanted_nothing_is_looked_at, 0,
                        4);
    tcase_add_loop_test(tcase, what_is_wanted_is_looked_for_to_the_end, 0, 3);
    tcase_add_test(tcase, what_is_wanted_may_stand_behind_others);
    tcase_add_test(tcase, of_nothing_wanted_nothing_is_read);
    suite_add_tcase(suite, tcase);
    failed = unit_run(suite);
    apr_terminate();
    return failed;
}
