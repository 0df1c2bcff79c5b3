/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that may lose what was acknowledged. */
#include "store/ci_durability.h"

#include <apr_strings.h>

#include <mysql.h>
#include <string.h>

#include "base/ci_field.h"

static const char variables_sql[] =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN"
    " ('innodb_flush_log_at_trx_commit', 'log_bin', 'sync_binlog', 'wsrep_on')";

const char ci_durability_tables[] =
    "SELECT table_name, engine FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
    " AND engine <> 'InnoDB'";

/* What a variable must be, where another one has a value; a server that lacks
   the other one has it off. */
static const struct {
    const char *name;
    const char *good;
    const char *where;
    const char *is;
    const char *mend;
} rules[] = {
    {"innodb_flush_log_at_trx_commit", "1", "wsrep_on", "OFF",
     "set it to 1: a crash loses what was acknowledged in the last second"},
    {"innodb_flush_log_at_trx_commit", "1", "wsrep_on", "ON",
     "set it to 1: with wsrep_on, nodes that crash together lose what was"
     " acknowledged"},
    {"sync_binlog", "1", "log_bin", "ON",
     "set it to 1: after a crash of the machine the binary log lacks what was"
     " acknowledged"},
};

static const char *value_of(const apr_table_t *variables, const char *name)
{
    const char *value = apr_table_get(variables, name);

    return value ? value : "OFF";
}

static void add(apr_array_header_t *found, const char *setting,
                const char *value, const char *mend)
{
    ci_relaxed_t *relaxed = apr_array_push(found);

    relaxed->setting = setting;
    relaxed->value = value;
    relaxed->mend = mend;
}

void ci_durability_judge(apr_array_header_t *found,
                         const apr_table_t *variables)
{
    const char *value;
    int i;

    for (i = 0; i < CI_ALEN(rules); i++) {
        value = apr_table_get(variables, rules[i].name);
        if (value && strcmp(value, rules[i].good) != 0 &&
            strcmp(value_of(variables, rules[i].where), rules[i].is) == 0) {
            add(found, rules[i].name, value, rules[i].mend);
        }
    }
}

void ci_durability_add_table(apr_array_header_t *found, const char *table,
                             const char *engine)
{
    add(found, apr_pstrcat(found->pool, "engine of ", table, NULL), engine,
        apr_pstrcat(found->pool, "ALTER TABLE ", table,
                    " ENGINE = InnoDB: the engine knows no transactions",
                    NULL));
}

/* The rows of a statement with two columns. */
static apr_table_t *pairs(MYSQL *mysql, const char *sql, apr_pool_t *pool)
{
    apr_table_t *table = apr_table_make(pool, 8);
    MYSQL_RES *result;
    MYSQL_ROW row;

    if (mysql_real_query(mysql, sql, (unsigned long)strlen(sql))) {
        return NULL;
    }
    result = mysql_store_result(mysql);
    if (!result) {
        return NULL;
    }
    while ((row = mysql_fetch_row(result))) {
        apr_table_set(table, row[0], row[1] ? row[1] : "");
    }
    mysql_free_result(result);
    return table;
}

static int add_table(void *found, const char *table, const char *engine)
{
    ci_durability_add_table(found, table, engine);
    return 1;
}

apr_array_header_t *ci_durability_read(MYSQL *mysql, apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 4, sizeof(ci_relaxed_t));
    apr_table_t *variables = pairs(mysql, variables_sql, pool);
    apr_table_t *tables =
        variables ? pairs(mysql, ci_durability_tables, pool) : NULL;

    if (!tables) {
        return NULL;
    }
    ci_durability_judge(found, variables);
    apr_table_do(add_table, found, tables, NULL);
    return found;
}
