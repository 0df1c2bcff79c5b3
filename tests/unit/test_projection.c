/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of model/ci_projection: fields_set, and what must be read for it. */
#include "model/ci_objects.h"
#include "model/ci_projection.h"
#include "unit.h"

#include <check.h>

#include <string.h>

#define ALWAYS                                                                 \
    (CI_MASK(CI_CONTACT_SEQ) | CI_MASK(CI_CONTACT_ID) |                        \
     CI_MASK(CI_CONTACT_VERSION) | CI_MASK(CI_CONTACT_GENERATION) |            \
     CI_MASK(CI_CONTACT_TYPE))

static int count_bits(ci_mask_t mask)
{
    int n = 0;

    for (; mask; mask &= mask - 1) {
        n++;
    }
    return n;
}

START_TEST(the_full_contact_has_55_fields_and_the_reduced_one_11)
{
    ck_assert_int_eq(count_bits(ci_projection_full()), 55);
    ck_assert_int_eq(count_bits(ci_projection_reduced()), 11);
    ck_assert_uint_eq(ci_projection_reduced() & ~ci_projection_full(), 0);
}
END_TEST

static const struct {
    const char *text;
    ci_mask_t mask;
} sets[] = {
    {"id", CI_MASK(CI_CONTACT_ID)},
    {"type,id", CI_MASK(CI_CONTACT_ID) | CI_MASK(CI_CONTACT_TYPE)},
    {"id,id,id", CI_MASK(CI_CONTACT_ID)},
    {"first_name,last_name,demographics,email_set",
     CI_MASK(CI_CONTACT_FIRST_NAME) | CI_MASK(CI_CONTACT_LAST_NAME) |
         CI_MASK(CI_CONTACT_DEMOGRAPHICS)},
    {"emails_set", CI_MASK(CI_CONTACT_EMAILS)},
    {"unknown", 0},
    {",", 0},
    {",,id,,", CI_MASK(CI_CONTACT_ID)},
    {"*", 0},
    {"ID", 0},
    {"i", 0},
    {"idx", 0},
    {"__proto__", 0},
    {"contact_seq,organisation_id,version,document,generation", 0},
    {"hierarchy_level,relation_count", 0},
    {"send_direct_marketing_material", 0},
    {"demographics.id_number", 0},
};

START_TEST(only_named_fields_that_are_shown_are_chosen)
{
    ck_assert_uint_eq(ci_projection_parse(sets[_i].text, ci_projection_full()),
                      sets[_i].mask);
}
END_TEST

START_TEST(without_names_the_default_is_chosen)
{
    ck_assert_uint_eq(ci_projection_parse(NULL, ci_projection_reduced()),
                      ci_projection_reduced());
    ck_assert_uint_eq(ci_projection_parse("", ci_projection_full()),
                      ci_projection_full());
}
END_TEST

/* A field outside the default can be asked for, also on create. */
START_TEST(each_shown_field_can_be_asked_for)
{
    const ci_field_t *field = &ci_contact.fields[_i];

    ck_assert_uint_eq(ci_projection_parse(field->name, ci_projection_reduced()),
                      field->flags & CI_SHOWN ? CI_MASK(_i) : 0);
}
END_TEST

START_TEST(each_field_is_read_with_what_it_stands_in)
{
    const ci_field_t *field = &ci_contact.fields[_i];
    ci_mask_t columns = ci_projection_columns(CI_MASK(_i));

    if (!(field->flags & CI_SHOWN)) {
        return;
    }
    ck_assert_uint_eq(columns & ALWAYS, ALWAYS);
    ck_assert_int_eq((columns & CI_MASK(CI_CONTACT_DOCUMENT)) != 0,
                     (field->flags & CI_MEMBER) != 0);
    ck_assert(!(field->flags & CI_COLUMN) || columns & CI_MASK(_i));
    ck_assert_int_eq((columns & CI_MASK(CI_CONTACT_RELATION_COUNT)) != 0,
                     _i == CI_CONTACT_RELATIONS);
}
END_TEST

START_TEST(a_name_is_read_with_its_parts)
{
    ci_mask_t parts = CI_MASK(CI_CONTACT_FIRST_NAME) |
                      CI_MASK(CI_CONTACT_LAST_NAME) |
                      CI_MASK(CI_CONTACT_COMPANY_NAME);

    ck_assert_uint_eq(ci_projection_columns(CI_MASK(CI_CONTACT_NAME)) & parts,
                      parts);
    ck_assert_uint_eq(ci_projection_columns(0), ALWAYS);
}
END_TEST

/* A PERSON's company profile mirrors the industries of the demographics. */
START_TEST(the_profile_of_a_person_is_read_with_the_document)
{
    ck_assert(ci_projection_columns(CI_MASK(CI_CONTACT_COMPANY_PROFILE)) &
              CI_MASK(CI_CONTACT_DOCUMENT));
}
END_TEST

static TCase *projection_case(void)
{
    TCase *tc = tcase_create("projection");

    tcase_add_test(tc, the_full_contact_has_55_fields_and_the_reduced_one_11);
    tcase_add_loop_test(tc, only_named_fields_that_are_shown_are_chosen, 0,
                        CI_ALEN(sets));
    tcase_add_test(tc, without_names_the_default_is_chosen);
    tcase_add_loop_test(tc, each_shown_field_can_be_asked_for, 0,
                        ci_contact.nfields);
    tcase_add_loop_test(tc, each_field_is_read_with_what_it_stands_in, 0,
                        ci_contact.nfields);
    tcase_add_test(tc, a_name_is_read_with_its_parts);
    tcase_add_test(tc, the_profile_of_a_person_is_read_with_the_document);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("projection");

    suite_add_tcase(suite, projection_case());
    return unit_run(suite);
}
