/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of store/ci_durability: which settings may lose what was acknowledged.
 */
#include "store/ci_durability.h"
#include "unit.h"

#include <apr_general.h>

#include <check.h>

#include <string.h>

#include "base/ci_field.h"

/* What a server says, NULL: it lacks the variable; and what is wrong with it.
 */
static const struct {
    const char *flush;
    const char *binlog;
    const char *sync;
    const char *wsrep;
    const char *setting; /* NULL: nothing */
    const char *mend;
} servers[] = {
    {"1", "OFF", "0", "OFF", NULL, NULL},
    {"1", "ON", "1", "OFF", NULL, NULL},
    {"1", "ON", "1", "ON", NULL, NULL},
    {"1", "ON", "1", NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
    {"0", "OFF", "0", "OFF", "innodb_flush_log_at_trx_commit", "last second"},
    {"2", "OFF", "0", NULL, "innodb_flush_log_at_trx_commit", "last second"},
    {"2", "ON", "1", "ON", "innodb_flush_log_at_trx_commit", "wsrep_on"},
    {"1", "ON", "0", "OFF", "sync_binlog", "binary log"},
    {"1", "ON", "1000", NULL, "sync_binlog", "binary log"},
};

static apr_pool_t *pool;
static apr_array_header_t *found;

static void setup(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    found = apr_array_make(pool, 1, sizeof(ci_relaxed_t));
}

static void teardown(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static void set(apr_table_t *variables, const char *name, const char *value)
{
    if (value) {
        apr_table_setn(variables, name, value);
    }
}

START_TEST(what_is_relaxed_is_named_and_nothing_else)
{
    apr_table_t *variables = apr_table_make(pool, 4);
    const ci_relaxed_t *relaxed;

    set(variables, "innodb_flush_log_at_trx_commit", servers[_i].flush);
    set(variables, "log_bin", servers[_i].binlog);
    set(variables, "sync_binlog", servers[_i].sync);
    set(variables, "wsrep_on", servers[_i].wsrep);
    ci_durability_judge(found, variables);
    ck_assert_int_eq(found->nelts, servers[_i].setting != NULL);
    if (servers[_i].setting) {
        relaxed = &APR_ARRAY_IDX(found, 0, ci_relaxed_t);
        ck_assert_str_eq(relaxed->setting, servers[_i].setting);
        ck_assert_str_eq(relaxed->value,
                         apr_table_get(variables, relaxed->setting));
        ck_assert_ptr_nonnull(strstr(relaxed->mend, servers[_i].mend));
    }
}
END_TEST

START_TEST(both_are_named_if_both_are_relaxed)
{
    apr_table_t *variables = apr_table_make(pool, 4);

    set(variables, "innodb_flush_log_at_trx_commit", "2");
    set(variables, "log_bin", "ON");
    set(variables, "sync_binlog", "0");
    ci_durability_judge(found, variables);
    ck_assert_int_eq(found->nelts, 2);
}
END_TEST

START_TEST(a_table_of_another_engine_is_named)
{
    const ci_relaxed_t *relaxed;

    ci_durability_add_table(found, "contact", "MyISAM");
    relaxed = &APR_ARRAY_IDX(found, 0, ci_relaxed_t);
    ck_assert_str_eq(relaxed->setting, "engine of contact");
    ck_assert_str_eq(relaxed->value, "MyISAM");
    ck_assert_ptr_nonnull(
        strstr(relaxed->mend, "ALTER TABLE contact ENGINE = InnoDB"));
}
END_TEST

static TCase *durability_case(void)
{
    TCase *tc = tcase_create("durability");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, what_is_relaxed_is_named_and_nothing_else, 0,
                        CI_ALEN(servers));
    tcase_add_test(tc, both_are_named_if_both_are_relaxed);
    tcase_add_test(tc, a_table_of_another_engine_is_named);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("durability");

    suite_add_tcase(suite, durability_case());
    return unit_run(suite);
}
