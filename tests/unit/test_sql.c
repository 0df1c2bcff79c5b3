/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of store/ci_sql: the exact texts of statements, and that each has as
 * many parameters as its header says. */
#include "store/ci_sql.h"
#include "unit.h"

#include <apr_general.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"

#define FROM_CONTACT                                                           \
    " FROM contact t JOIN organisation o ON o.organisation_id = "              \
    "t.organisation_id"
#define LEVEL_JOIN                                                             \
    " LEFT JOIN privacy_level p ON p.organisation_id = t.organisation_id"      \
    " AND p.privacy_level_id = t.privacy_level_id"
#define CLEARED " AND (p.hierarchy_level IS NULL OR p.hierarchy_level <= ?)"

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

static int parameters(const char *text)
{
    int n = 0;

    for (; *text; text++) {
        n += *text == '?';
    }
    return n;
}

static void check_text(const char *text, const char *expected, int count)
{
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(parameters(text), count);
}

START_TEST(a_contact_is_chosen_by_tenant_and_key)
{
    ci_value_t id = ci_value_text("A");
    ci_where_t where = ci_where_equal(&ci_contact, CI_CONTACT_ID, &id);
    ci_select_t query = {.object = &ci_contact,
                         .mask = CI_MASK(CI_CONTACT_SEQ) |
                                 CI_MASK(CI_CONTACT_GENERATION) |
                                 CI_MASK(CI_CONTACT_PRIVACY_LEVEL),
                         .nwhere = 1,
                         .where = &where};

    check_text(
        ci_sql_select(&query, 0, pool),
        "SELECT t.contact_seq, o.generation, t.privacy_level_id" FROM_CONTACT
        " WHERE t.organisation_id = ? AND t.contact_id = ?",
        2);
    check_text(
        ci_sql_select(&query, 1, pool),
        "SELECT t.contact_seq, o.generation, t.privacy_level_id" FROM_CONTACT
            LEVEL_JOIN
        " WHERE t.organisation_id = ? AND t.contact_id = ?" CLEARED,
        3);
    query.revealed = 1;
    query.mask = CI_MASK(CI_CONTACT_HIERARCHY_LEVEL);
    query.locked = 1;
    check_text(ci_sql_select(&query, 1, pool),
               "SELECT p.hierarchy_level FROM contact t" LEVEL_JOIN
               " WHERE t.organisation_id = ? AND t.contact_id = ? FOR UPDATE",
               2);
}
END_TEST

START_TEST(an_identity_number_is_a_column_of_the_contact)
{
    ci_value_t number = ci_value_text("142536");
    ci_where_t where = {.op = CI_OP_EQUAL, .count = 1, .values = &number};
    ci_select_t query = {.object = &ci_contact,
                         .mask = CI_MASK(CI_CONTACT_DEMOGRAPHICS),
                         .nwhere = 1,
                         .where = &where,
                         .limit = 2};

    ck_assert(ci_object_identifying(&ci_contact, "id_number", &where.slot));
    check_text(ci_sql_select(&query, 0, pool),
               "SELECT t.id_number, t.passport_number, "
               "t.social_security_number FROM contact t WHERE "
               "t.organisation_id = ? AND t.id_number = ?"
               " LIMIT ? OFFSET ?",
               4);
}
END_TEST

START_TEST(list_goes_over_its_keys_in_order)
{
    ci_value_t kind[] = {ci_value_integer(0), ci_value_integer(1)};
    ci_value_t value[] = {ci_value_text("a@b"), ci_value_text("22")};
    ci_where_t where[2][2] = {
        {ci_where_equal(&ci_contact_key, CI_KEY_KIND, &kind[0]),
         ci_where_equal(&ci_contact_key, CI_KEY_VALUE, &value[0])},
        {ci_where_equal(&ci_contact_key, CI_KEY_KIND, &kind[1]),
         ci_where_equal(&ci_contact_key, CI_KEY_VALUE, &value[1])}};
    ci_via_t via[] = {
        {&ci_contact_key, CI_KEY_CONTACT_SEQ, 2, where[0], 0, NULL},
        {&ci_contact_key, CI_KEY_CONTACT_SEQ, 2, where[1], 0, NULL}};
    ci_select_t query = {.object = &ci_contact,
                         .mask = CI_MASK(CI_CONTACT_ID),
                         .nvia = 2,
                         .via = via,
                         .limit = 51,
                         .ordered = 1};

    check_text(
        ci_sql_select(&query, 1, pool),
        "SELECT t.contact_id FROM contact t FORCE INDEX FOR JOIN (PRIMARY)"
        " JOIN contact_key v0 ON v0.contact_seq = t.contact_seq"
        " JOIN contact_key v1 ON v1.contact_seq = t.contact_seq" LEVEL_JOIN
        " WHERE t.organisation_id = ?"
        " AND v0.organisation_id = ? AND v0.kind = ? AND v0.value = ?"
        " AND v1.organisation_id = ? AND v1.kind = ? AND v1.value = ?" CLEARED
        " ORDER BY t.contact_seq LIMIT ? OFFSET ?",
        10);
}
END_TEST

#define RELATED_BY                                                             \
    "SELECT t.contact_id, v0.relation_id, v0.type FROM contact_relation v0"    \
    " FORCE INDEX (contact_relation_contact)"                                  \
    " STRAIGHT_JOIN contact t FORCE INDEX FOR JOIN (PRIMARY)"                  \
    " ON v0.related_contact_seq = t.contact_seq WHERE t.organisation_id = ?"   \
    " AND v0.organisation_id = ? AND "

START_TEST(relations_lead_to_their_contacts)
{
    ci_value_t seqs[3] = {{0}};
    ci_where_t where = {{&ci_relation.fields[CI_RELATION_CONTACT_SEQ],
                         CI_RELATION_CONTACT_SEQ, -1},
                        CI_OP_IN,
                        3,
                        seqs};
    ci_via_t via = {&ci_relation,
                    CI_RELATION_RELATED_SEQ,
                    1,
                    &where,
                    CI_MASK(CI_RELATION_ID) | CI_MASK(CI_RELATION_TYPE),
                    "contact_relation_contact"};
    ci_select_t query = {.object = &ci_contact,
                         .mask = CI_MASK(CI_CONTACT_ID),
                         .nvia = 1,
                         .via = &via,
                         .revealed = 1};

    check_text(ci_sql_select(&query, 1, pool),
               RELATED_BY "v0.contact_seq IN (?, ?, ?)", 5);
    where.count = 0;
    check_text(ci_sql_select(&query, 1, pool), RELATED_BY "FALSE", 2);
}
END_TEST

START_TEST(a_table_of_everyone_has_no_tenant)
{
    ci_select_t query = {.object = &ci_country,
                         .mask = ci_object_mask(&ci_country, CI_SHOWN)};

    check_text(ci_sql_select(&query, 1, pool),
               "SELECT t.country_id, t.two_character_code, t.name,"
               " t.alternative_code, t.three_character_code FROM country t",
               0);
}
END_TEST

START_TEST(joined_names_come_from_their_tables)
{
    ci_select_t query = {.object = &ci_unit,
                         .mask = ci_object_mask(&ci_unit, CI_SHOWN)};

    check_text(
        ci_sql_select(&query, 0, pool),
        "SELECT t.unit_id, t.name, t.description, t.alternative_code, g.name,"
        " m.name FROM org_unit t JOIN org_group g ON g.organisation_id = "
        "t.organisation_id AND g.group_id = t.group_id JOIN org_community m"
        " ON m.organisation_id = g.organisation_id AND m.community_id = "
        "g.community_id WHERE t.organisation_id = ?",
        1);
}
END_TEST

START_TEST(an_insert_writes_all_columns_but_the_sequence)
{
    static const ci_object_t *const objects[] = {&ci_contact, &ci_contact_key,
                                                 &ci_relation, &ci_user};
    ci_slot_t slots[CI_MAX_COLUMNS];
    int i, n = ci_sql_insert_columns(objects[_i], slots);
    const char *text = ci_sql_insert(objects[_i], 2, 0, pool);

    for (i = 0; i < n; i++) {
        ck_assert_int_ne((int)slots[i].field->role, CI_ROLE_SEQUENCE);
        ck_assert(!(slots[i].field->flags & CI_JOINED));
    }
    ck_assert_int_eq(parameters(text), n + n);
    ck_assert_int_eq(parameters(ci_sql_insert(objects[_i], 3, 1, pool)),
                     (n + 1) + (n + 1) + (n + 1));
}
END_TEST

START_TEST(keys_are_inserted_many_at_once)
{
    check_text(ci_sql_insert(&ci_contact_key, 2, 0, pool),
               "INSERT INTO contact_key (organisation_id, kind, value, "
               "contact_seq) VALUES (?, ?, ?, ?), (?, ?, ?, ?)",
               8);
}
END_TEST

START_TEST(a_guarded_insert_needs_the_generation)
{
    check_text(ci_sql_insert(&ci_user_unit, 1, 1, pool),
               "INSERT INTO org_user_unit (organisation_id, user_id, unit_id) "
               "VALUES ((SELECT g.organisation_id FROM organisation g WHERE "
               "g.organisation_id = ? AND g.generation = ?), ?, ?)",
               4);
}
END_TEST

START_TEST(an_insert_may_depend_on_a_row)
{
    ci_value_t user = ci_value_text("1");
    ci_where_t where = ci_where_equal(&ci_user, CI_USER_ID, &user);
    ci_via_t via = {&ci_user, CI_USER_ORGANISATION, 1, &where, 0, NULL};
    ci_select_t query = {.object = &ci_organisation,
                         .mask = CI_MASK(CI_ORGANISATION_ID),
                         .nvia = 1,
                         .via = &via};

    check_text(
        ci_sql_insert_if(&ci_user_unit, CI_USER_UNIT_ORGANISATION, &query, 0,
                         pool),
        "INSERT INTO org_user_unit (organisation_id, user_id, unit_id) "
        "VALUES ((SELECT t.organisation_id FROM org_user v0 STRAIGHT_JOIN "
        "organisation t FORCE INDEX FOR JOIN (PRIMARY) ON v0.organisation_id = "
        "t.organisation_id WHERE v0.organisation_id = ? AND v0.user_id = ?), "
        "?, ?)",
        4);
}
END_TEST

START_TEST(changes_are_bound_to_the_tenant)
{
    ci_value_t values[2] = {{0}};
    ci_where_t where[] = {
        ci_where_equal(&ci_contact, CI_CONTACT_SEQ, &values[0]),
        ci_where_equal(&ci_contact, CI_CONTACT_VERSION, &values[1])};

    check_text(ci_sql_update(&ci_contact,
                             CI_MASK(CI_CONTACT_VERSION) |
                                 CI_MASK(CI_CONTACT_DOCUMENT) |
                                 CI_MASK(CI_CONTACT_NAME),
                             where, 2, 0, pool),
               "UPDATE contact SET version = ?, document = ? WHERE "
               "organisation_id = ? AND contact_seq = ? AND version = ?",
               5);
    check_text(ci_sql_update(&ci_contact, CI_MASK(CI_CONTACT_VERSION), where, 1,
                             1, pool),
               "UPDATE contact SET version = ? WHERE organisation_id = ? AND "
               "contact_seq = ? AND EXISTS (SELECT 1 FROM organisation g "
               "WHERE g.organisation_id = ? AND g.generation = ?)",
               5);
    check_text(ci_sql_delete(&ci_contact, where, 1, pool),
               "DELETE FROM contact WHERE organisation_id = ? AND "
               "contact_seq = ?",
               2);
}
END_TEST

START_TEST(sessions_that_have_expired_are_removed_by_their_date)
{
    ci_value_t now = {0};
    ci_where_t where = {
        {&ci_login_session.fields[CI_SESSION_EXPIRES], CI_SESSION_EXPIRES, -1},
        CI_OP_BEFORE,
        1,
        &now};

    check_text(ci_sql_delete(&ci_login_session, &where, 1, pool),
               "DELETE FROM login_session WHERE expires_date < ?", 1);
}
END_TEST

START_TEST(only_objects_with_a_level_are_filtered)
{
    ci_select_t query = {.object = &ci_contact};

    ck_assert(ci_sql_is_filtered(&query, 1));
    ck_assert(!ci_sql_is_filtered(&query, 0));
    query.revealed = 1;
    ck_assert(!ci_sql_is_filtered(&query, 1));
    query.revealed = 0;
    query.object = &ci_relation;
    ck_assert(!ci_sql_is_filtered(&query, 1));
}
END_TEST

static TCase *sql_case(void)
{
    TCase *tc = tcase_create("sql");

    tcase_add_checked_fixture(tc, pool_open, pool_close);
    tcase_add_test(tc, a_contact_is_chosen_by_tenant_and_key);
    tcase_add_test(tc, an_identity_number_is_a_column_of_the_contact);
    tcase_add_test(tc, list_goes_over_its_keys_in_order);
    tcase_add_test(tc, relations_lead_to_their_contacts);
    tcase_add_test(tc, a_table_of_everyone_has_no_tenant);
    tcase_add_test(tc, joined_names_come_from_their_tables);
    tcase_add_loop_test(tc, an_insert_writes_all_columns_but_the_sequence, 0,
                        4);
    tcase_add_test(tc, keys_are_inserted_many_at_once);
    tcase_add_test(tc, a_guarded_insert_needs_the_generation);
    tcase_add_test(tc, an_insert_may_depend_on_a_row);
    tcase_add_test(tc, changes_are_bound_to_the_tenant);
    tcase_add_test(tc, sessions_that_have_expired_are_removed_by_their_date);
    tcase_add_test(tc, only_objects_with_a_level_are_filtered);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("sql");

    suite_add_tcase(suite, sql_case());
    return unit_run(suite);
}
