/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_record and base/ci_field: values, slots, masks, columns. */
#include "base/ci_record.h"
#include "model/ci_objects.h"
#include "unit.h"

#include <apr_general.h>

#include <check.h>

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

START_TEST(a_fresh_record_is_all_absent)
{
    ci_record_t *record = ci_record_make(&ci_contact, pool);
    int i;

    ck_assert_ptr_eq(record->object, &ci_contact);
    for (i = 0; i < ci_contact.nfields; i++) {
        ck_assert_int_eq(record->values[i].state, CI_ABSENT);
        ck_assert(!ci_value_is_set(&record->values[i]));
    }
}
END_TEST

START_TEST(a_copy_has_values_of_its_own)
{
    ci_record_t *record = ci_record_make(&ci_contact, pool), *copy;

    record->values[CI_CONTACT_VERSION] = ci_value_integer(1);
    copy = ci_record_copy(record, pool);
    copy->values[CI_CONTACT_VERSION] = ci_value_integer(2);
    ck_assert_int_eq(record->values[CI_CONTACT_VERSION].as.integer, 1);
    ck_assert_int_eq(copy->values[CI_CONTACT_VERSION].as.integer, 2);
    ck_assert_ptr_eq(copy->object, &ci_contact);
}
END_TEST

START_TEST(writing_into_a_slot_makes_the_nested_object)
{
    ci_record_t *record = ci_record_make(&ci_contact, pool);
    ci_slot_t slot;

    ck_assert(ci_object_identifying(&ci_contact, "id_number", &slot));
    ck_assert_int_eq(slot.outer, CI_CONTACT_DEMOGRAPHICS);
    ck_assert_str_eq(slot.field->name, "id_number");
    ck_assert_ptr_null(ci_record_at(record, slot));
    *ci_record_put(record, slot, pool) = ci_value_text("142536");
    ck_assert_str_eq(ci_record_at(record, slot)->as.text, "142536");
    ck_assert_ptr_eq(ci_record_put(record, slot, pool),
                     ci_record_at(record, slot));
}
END_TEST

START_TEST(a_role_finds_its_value)
{
    ci_record_t *record = ci_record_make(&ci_contact, pool);

    ck_assert_ptr_eq(ci_record_role(record, CI_ROLE_KEY),
                     &record->values[CI_CONTACT_ID]);
    ck_assert_int_eq(ci_object_role(&ci_contact, CI_ROLE_ACTION), -1);
    ck_assert_int_eq(ci_object_role(&ci_phone, CI_ROLE_STATE),
                     CI_ELEMENT_STATE);
}
END_TEST

START_TEST(values_are_set_null_or_absent)
{
    ci_value_t null = ci_value_null(), absent = {0}, zero = ci_value_integer(0);

    ck_assert(!ci_value_is_set(&null));
    ck_assert(!ci_value_is_set(&absent));
    ck_assert(!ci_value_is_set(NULL));
    ck_assert(ci_value_is_set(&zero));
    ck_assert_int_ne(null.state, absent.state);
    ck_assert_ptr_null(ci_value_string(&null, pool));
    ck_assert_ptr_null(ci_value_string(&absent, pool));
}
END_TEST

START_TEST(a_text_ends_where_its_length_says)
{
    ci_value_t text = ci_value_bytes("abcdef", 3);

    ck_assert_str_eq(ci_value_string(&text, pool), "abc");
}
END_TEST

static const struct {
    const char *a;
    const char *b; /* NULL: not set */
    int same;
} texts[] = {
    {"a", "a", 1}, {"", "", 1},    {"a", "b", 0},  {"a", "ab", 0},
    {"a", "A", 0}, {"a", "a ", 0}, {"a", NULL, 0}, {"", NULL, 0},
};

START_TEST(texts_are_the_same_byte_by_byte)
{
    ci_value_t a = ci_value_text(texts[_i].a);
    ci_value_t b = texts[_i].b ? ci_value_text(texts[_i].b) : ci_value_null();

    ck_assert_int_eq(ci_value_same_text(&a, &b), texts[_i].same);
    ck_assert_int_eq(ci_value_same_text(&b, &a), texts[_i].same);
}
END_TEST

START_TEST(names_are_found_whole_only)
{
    ck_assert_int_eq(ci_object_find(&ci_contact, "name", 4), CI_CONTACT_NAME);
    ck_assert_int_eq(ci_object_find(&ci_contact, "name", 3), -1);
    ck_assert_int_eq(ci_object_find(&ci_contact, "names", 5), -1);
    ck_assert_int_eq(ci_object_find(&ci_contact, "", 0), -1);
    ck_assert_int_eq(ci_object_find(&ci_contact, "phone_set", 9), -1);
    ck_assert_int_eq(ci_object_find(&ci_contact, "phones_set", 10),
                     CI_CONTACT_PHONES);
}
END_TEST

START_TEST(a_mask_has_what_has_all_flags)
{
    ci_mask_t mask = ci_object_mask(&ci_contact, CI_SHOWN | CI_COLUMN);
    int i;

    for (i = 0; i < ci_contact.nfields; i++) {
        ck_assert_int_eq((mask & CI_MASK(i)) != 0,
                         (ci_contact.fields[i].flags & CI_SHOWN) &&
                             (ci_contact.fields[i].flags & CI_COLUMN));
    }
}
END_TEST

START_TEST(columns_of_nested_objects_are_flattened)
{
    ci_slot_t slots[CI_MAX_COLUMNS];
    int i, n = ci_object_columns(&ci_contact,
                                 CI_MASK(CI_CONTACT_ID) |
                                     CI_MASK(CI_CONTACT_DEMOGRAPHICS) |
                                     CI_MASK(CI_CONTACT_PHONES),
                                 CI_COLUMN, slots);

    ck_assert_int_eq(n, 4);
    ck_assert_str_eq(slots[0].field->name, "id");
    ck_assert_int_eq(slots[0].inner, -1);
    for (i = 1; i < n; i++) {
        ck_assert_int_eq(slots[i].outer, CI_CONTACT_DEMOGRAPHICS);
        ck_assert_ptr_eq(slots[i].field,
                         &ci_demographics.fields[slots[i].inner]);
        ck_assert(slots[i].field->flags & CI_COLUMN);
    }
}
END_TEST

static TCase *record_case(void)
{
    TCase *tc = tcase_create("record");

    tcase_add_checked_fixture(tc, pool_open, pool_close);
    tcase_add_test(tc, a_fresh_record_is_all_absent);
    tcase_add_test(tc, a_copy_has_values_of_its_own);
    tcase_add_test(tc, writing_into_a_slot_makes_the_nested_object);
    tcase_add_test(tc, a_role_finds_its_value);
    tcase_add_test(tc, values_are_set_null_or_absent);
    tcase_add_test(tc, a_text_ends_where_its_length_says);
    tcase_add_loop_test(tc, texts_are_the_same_byte_by_byte, 0, CI_ALEN(texts));
    tcase_add_test(tc, names_are_found_whole_only);
    tcase_add_test(tc, a_mask_has_what_has_all_flags);
    tcase_add_test(tc, columns_of_nested_objects_are_flattened);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("record");

    suite_add_tcase(suite, record_case());
    return unit_run(suite);
}
