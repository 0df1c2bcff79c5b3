/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of model/ci_objects: each row of each table is complete, names are
 * unique, and the answers have the members that the contract counts. */
#include "base/ci_json_read.h"
#include "base/ci_json_write.h"
#include "model/ci_objects.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

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

static int count_objects(void)
{
    int n = 0;

    while (ci_objects[n]) {
        n++;
    }
    return n;
}

/* Names of a field; what it has no name for is NULL. */
typedef const char *name_fn(const ci_field_t *field);

static const char *answer_name(const ci_field_t *field)
{
    return field->name;
}

static const char *request_name(const ci_field_t *field)
{
    return field->flags & CI_INPUT ? ci_field_request(field) : NULL;
}

static const char *alias_name(const ci_field_t *field)
{
    return field->alias;
}

static const char *column_name(const ci_field_t *field)
{
    if (!(field->flags & (CI_COLUMN | CI_JOINED)) ||
        field->type == CI_TYPE_OBJECT) {
        return NULL;
    }
    return field->column ? field->column : field->name;
}

static void check_unique(const ci_object_t *object, name_fn *name,
                         name_fn *other)
{
    const char *a, *b;
    int i, j;

    for (i = 0; i < object->nfields; i++) {
        for (j = 0; j < object->nfields; j++) {
            a = name(&object->fields[i]);
            b = other(&object->fields[j]);
            ck_assert_msg(i == j || !a || !b || strcmp(a, b) != 0,
                          "%s has two rows %s", object->name, a);
        }
    }
}

START_TEST(an_object_has_a_name_of_its_own_and_at_most_64_rows)
{
    const ci_object_t *object = ci_objects[_i];
    int i;

    ck_assert_int_gt(object->nfields, 0);
    ck_assert_int_le(object->nfields, 64);
    for (i = 0; i < _i; i++) {
        ck_assert_str_ne(object->name, ci_objects[i]->name);
    }
}
END_TEST

START_TEST(no_row_is_empty)
{
    const ci_object_t *object = ci_objects[_i];
    const ci_field_t *field;
    int i;

    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        ck_assert_msg(field->name != NULL, "%s row %d is empty", object->name,
                      i);
        ck_assert_int_lt((int)field->type, CI_TYPE_COUNT);
        ck_assert_msg(field->doc && *field->doc, "%s.%s has no doc",
                      object->name, field->name);
        ck_assert_msg(field->flags != 0, "%s.%s is of no use", object->name,
                      field->name);
    }
}
END_TEST

START_TEST(names_are_unique_within_an_object)
{
    check_unique(ci_objects[_i], answer_name, answer_name);
    check_unique(ci_objects[_i], request_name, request_name);
    check_unique(ci_objects[_i], request_name, alias_name);
    check_unique(ci_objects[_i], alias_name, alias_name);
    check_unique(ci_objects[_i], column_name, column_name);
}
END_TEST

START_TEST(key_text_is_the_quoted_name_and_a_colon)
{
    const ci_object_t *object = ci_objects[_i];
    const ci_field_t *field;
    const char *key;
    int i;

    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        key = apr_psprintf(pool, "\"%s\":", field->name);
        ck_assert_str_eq(field->key, key);
        ck_assert_uint_eq(field->key_length, strlen(key));
    }
}
END_TEST

static int has_what_its_type_needs(const ci_field_t *field)
{
    switch (field->type) {
    case CI_TYPE_TEXT:
    case CI_TYPE_BLOB:
        return field->max > 0;
    case CI_TYPE_TOKEN:
        return field->words && field->words[0] != NULL;
    case CI_TYPE_INTEGER:
        return field->min <= field->max;
    case CI_TYPE_SET:
        return field->object && field->max > 0;
    case CI_TYPE_REFERENCE:
    case CI_TYPE_IDENTIFIER:
    case CI_TYPE_OBJECT:
        return field->object != NULL;
    default:
        return 1;
    }
}

START_TEST(each_row_has_what_its_type_needs)
{
    const ci_object_t *object = ci_objects[_i];
    int i;

    for (i = 0; i < object->nfields; i++) {
        ck_assert_msg(has_what_its_type_needs(&object->fields[i]), "%s.%s",
                      object->name, object->fields[i].name);
    }
}
END_TEST

START_TEST(words_fit_their_column_and_are_unique)
{
    const ci_object_t *object = ci_objects[_i];
    ci_words_t *words;
    int i, j, k;

    for (i = 0; i < object->nfields; i++) {
        words = object->fields[i].words;
        for (j = 0; words && words[j]; j++) {
            ck_assert_uint_le(strlen(words[j]), 20);
            for (k = 0; k < j; k++) {
                ck_assert_str_ne(words[j], words[k]);
            }
        }
    }
}
END_TEST

START_TEST(at_most_one_field_has_a_role)
{
    const ci_object_t *object = ci_objects[_i];
    int count[CI_ROLE_CHOICE + 1] = {0};
    int i;

    for (i = 0; i < object->nfields; i++) {
        if (object->fields[i].role != CI_ROLE_NONE) {
            ck_assert_int_eq(++count[object->fields[i].role], 1);
        }
    }
    ck_assert_int_eq(count[CI_ROLE_ACTION], count[CI_ROLE_CHOICE]);
}
END_TEST

START_TEST(columns_of_a_row_fit_their_room)
{
    ci_slot_t slots[4 * CI_MAX_COLUMNS];
    int n = ci_object_columns(ci_objects[_i], ~(ci_mask_t)0,
                              CI_COLUMN | CI_JOINED, slots);

    ck_assert_int_le(n, CI_MAX_COLUMNS);
    ck_assert(n > 0 || !ci_objects[_i]->table);
}
END_TEST

START_TEST(what_json_can_hold_is_read_and_written)
{
    const ci_object_t *object = ci_objects[_i];
    const ci_field_t *field;
    int i;

    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        ck_assert(
            !(field->flags & (CI_SHOWN | CI_MEMBER)) ||
            (field->type != CI_TYPE_BLOB && field->type != CI_TYPE_IDENTIFIER));
        ck_assert(!(field->flags & CI_INPUT) || field->type != CI_TYPE_BLOB);
        ck_assert_msg(!(field->flags & CI_REDUCED) || field->flags & CI_SHOWN,
                      "%s.%s", object->name, field->name);
    }
}
END_TEST

/* A secret, a sequence or a tenant in an answer would be a leak. */
START_TEST(internal_columns_are_never_shown_nor_taken)
{
    static const ci_role_e internal[] = {
        CI_ROLE_SEQUENCE, CI_ROLE_TENANT,     CI_ROLE_VERSION,
        CI_ROLE_DOCUMENT, CI_ROLE_GENERATION,
    };
    const ci_object_t *object = ci_objects[_i];
    int i, row;

    for (i = 0; i < CI_ALEN(internal); i++) {
        row = ci_object_role(object, internal[i]);
        ck_assert(row < 0 || !(object->fields[row].flags &
                               (CI_SHOWN | CI_RELATED | CI_INPUT)));
    }
    row = ci_object_find(object, "password_hash", 13);
    ck_assert(row < 0 || !(object->fields[row].flags & CI_SHOWN));
}
END_TEST

static const struct {
    const ci_object_t *object;
    unsigned flags;
    int count;
} counts[] = {
    {&ci_contact, CI_SHOWN, 55},
    {&ci_contact, CI_SHOWN | CI_REDUCED, 11},
    {&ci_contact, CI_SHOWN | CI_RELATED, 11},
    {&ci_demographics, CI_SHOWN, 11},
    {&ci_demographics, CI_SHOWN | CI_RELATED, 6},
    {&ci_company_profile, CI_SHOWN, 12},
    {&ci_address, CI_SHOWN, 40},
    {&ci_phone, CI_SHOWN, 24},
    {&ci_email, CI_SHOWN, 21},
    {&ci_relation, CI_SHOWN, 4},
    {&ci_authorization_settings, CI_SHOWN, 6},
    {&ci_log_information, CI_SHOWN, 6},
    {&ci_country, CI_SHOWN, 5},
    {&ci_industry, CI_SHOWN, 3},
    {&ci_industry_sector, CI_SHOWN, 3},
    {&ci_category, CI_SHOWN, 3},
    {&ci_privacy_level, CI_SHOWN, 4},
    {&ci_group, CI_SHOWN, 5},
    {&ci_unit, CI_SHOWN, 6},
    {&ci_user, CI_SHOWN, 4},
};

START_TEST(answers_have_as_many_members_as_published)
{
    ci_mask_t mask = ci_object_mask(counts[_i].object, counts[_i].flags);
    int n = 0;

    for (; mask; mask &= mask - 1) {
        n++;
    }
    ck_assert_msg(n == counts[_i].count, "%s: %d", counts[_i].object->name, n);
}
END_TEST

/* The reader knows these three by their index. */
START_TEST(actions_are_add_update_remove)
{
    int row = ci_object_role(ci_objects[_i], CI_ROLE_ACTION);
    ci_words_t *words = row < 0 ? NULL : ci_objects[_i]->fields[row].words;

    if (words) {
        ck_assert_str_eq(words[0], "ADD");
        ck_assert_str_eq(words[1], "UPDATE");
        ck_assert_str_eq(words[2], "REMOVE");
        ck_assert_ptr_null(words[3]);
    }
}
END_TEST

static const struct {
    const ci_object_t *object;
    const char *names; /* fields that identify, blank before and after */
} identifying[] = {
    {&ci_contact, " id id_number passport_number social_security_number"
                  " vat_registration_number registration_number "},
    {&ci_country, " id name alternative_code two_character_code"
                  " three_character_code "},
    {&ci_group, " id name alternative_code "},
    {&ci_privacy_level, " id number "},
    {&ci_category, " id name code "},
    {&ci_industry, " id name code "},
    {&ci_industry_sector, " id name alternative_code "},
    {&ci_address, " id type "},
    {&ci_phone, " id type "},
    {&ci_email, " id type "},
    {&ci_relation, " id "},
};

/* Each name that any object has is tried on this one. */
START_TEST(identifiers_are_the_published_ones)
{
    const char *name, *wanted;
    ci_slot_t slot;
    int i, j;

    for (i = 0; ci_objects[i]; i++) {
        for (j = 0; j < ci_objects[i]->nfields; j++) {
            name = ci_objects[i]->fields[j].name;
            wanted = apr_pstrcat(pool, " ", name, " ", NULL);
            ck_assert_msg(
                ci_object_identifying(identifying[_i].object, name, &slot) ==
                    (strstr(identifying[_i].names, wanted) != NULL),
                "%s: %s", identifying[_i].object->name, name);
        }
    }
}
END_TEST

static TCase *objects_case(void)
{
    TCase *tc = tcase_create("objects");

    tcase_add_checked_fixture(tc, pool_open, pool_close);
    tcase_add_loop_test(tc, an_object_has_a_name_of_its_own_and_at_most_64_rows,
                        0, count_objects());
    tcase_add_loop_test(tc, no_row_is_empty, 0, count_objects());
    tcase_add_loop_test(tc, names_are_unique_within_an_object, 0,
                        count_objects());
    tcase_add_loop_test(tc, key_text_is_the_quoted_name_and_a_colon, 0,
                        count_objects());
    tcase_add_loop_test(tc, each_row_has_what_its_type_needs, 0,
                        count_objects());
    tcase_add_loop_test(tc, words_fit_their_column_and_are_unique, 0,
                        count_objects());
    tcase_add_loop_test(tc, at_most_one_field_has_a_role, 0, count_objects());
    tcase_add_loop_test(tc, columns_of_a_row_fit_their_room, 0,
                        count_objects());
    tcase_add_loop_test(tc, what_json_can_hold_is_read_and_written, 0,
                        count_objects());
    tcase_add_loop_test(tc, internal_columns_are_never_shown_nor_taken, 0,
                        count_objects());
    tcase_add_loop_test(tc, answers_have_as_many_members_as_published, 0,
                        CI_ALEN(counts));
    tcase_add_loop_test(tc, actions_are_add_update_remove, 0, count_objects());
    tcase_add_loop_test(tc, identifiers_are_the_published_ones, 0,
                        CI_ALEN(identifying));
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("objects");

    suite_add_tcase(suite, objects_case());
    return unit_run(suite);
}
