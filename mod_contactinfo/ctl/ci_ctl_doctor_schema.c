/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: the schema, and what its tables let the module do. */
#include "ctl/ci_ctl_doctor.h"

#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "model/ci_schema.h"
#include "store/ci_durability.h"

/* What the module's account does to a table, as schema/grants.sql says: SELECT,
   INSERT, DELETE; UPDATE where a column is named. */
static const struct {
    const char *table;
    const char *column;
    int inserts;
    int deletes;
} tables[] = {
    {"schema_version", NULL, 0, 0},
    {"organisation", NULL, 0, 0},
    {"org_community", NULL, 0, 0},
    {"org_group", NULL, 0, 0},
    {"org_unit", NULL, 0, 0},
    {"org_user", NULL, 0, 0},
    {"org_user_unit", NULL, 0, 0},
    {"api_key", NULL, 0, 0},
    {"country", NULL, 0, 0},
    {"industry", NULL, 0, 0},
    {"industry_sector", NULL, 0, 0},
    {"category", NULL, 0, 0},
    {"privacy_level", NULL, 0, 0},
    {"login_session", NULL, 1, 1},
    {"contact", "version", 1, 0},
    {"contact_key", NULL, 1, 1},
    {"contact_relation", "notes", 1, 1},
    {"contact_unique", NULL, 1, 1},
    {"profile_photo", NULL, 1, 1},
    {"profile_photo_chunk", NULL, 1, 0},
    {"idempotency", "answer", 1, 1},
};

static void check_version(ci_doctor_t *doctor)
{
    static const char check[] = "schema";
    ci_dbresult_t result;
    long version, compatible;

    if (!ci_doctor_query(
            &result, doctor, check,
            "SELECT version, compatible_from FROM schema_version")) {
        return;
    }
    version = result.count ? strtol(result.rows[0][0], NULL, 10) : 0;
    compatible = result.count ? strtol(result.rows[0][1], NULL, 10) : 0;
    if (version < CI_SCHEMA_NEEDED) {
        ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, check,
                       "version %ld, %d is needed; run contactinfoctl migrate",
                       version, CI_SCHEMA_NEEDED);
    }
    else if (compatible > CI_SCHEMA_NEEDED) {
        ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, check,
                       "version %ld, compatible from %ld; install a module made"
                       " for it, this one is for %d",
                       version, compatible, CI_SCHEMA_NEEDED);
    }
    ci_doctor_good(doctor, check, "version %ld", version);
}

static void check_engines(ci_doctor_t *doctor)
{
    static const char check[] = "engine";
    apr_array_header_t *found =
        apr_array_make(doctor->ctl->pool, 4, sizeof(ci_relaxed_t));
    const ci_relaxed_t *relaxed;
    ci_dbresult_t result = {NULL, 0, 0};
    int i;

    (void)ci_doctor_query(&result, doctor, check, ci_durability_tables);
    for (i = 0; i < result.count; i++) {
        ci_durability_add_table(found, result.rows[i][0], result.rows[i][1]);
        relaxed = &APR_ARRAY_IDX(found, i, ci_relaxed_t);
        ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, check, "%s is %s; %s",
                       relaxed->setting, relaxed->value, relaxed->mend);
    }
    ci_doctor_good(doctor, check, "all tables are InnoDB");
}

static void check_keys(ci_doctor_t *doctor)
{
    static const char check[] = "primary key";
    ci_dbresult_t result = {NULL, 0, 0};
    int i;

    (void)ci_doctor_query(
        &result, doctor, check,
        "SELECT c.table_name FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'"
        " GROUP BY c.table_name HAVING SUM(c.column_key = 'PRI') = 0");
    for (i = 0; i < result.count; i++) {
        ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, check,
                       "%s has none; restore it as schema/ has it",
                       result.rows[i][0]);
    }
    ci_doctor_good(doctor, check, "every table has one");
}

static void check_columns(ci_doctor_t *doctor)
{
    static const char check[] = "collation";
    ci_dbresult_t result = {NULL, 0, 0};
    int i;

    (void)ci_doctor_query(
        &result, doctor, check,
        "SELECT c.table_name, c.column_name, c.collation_name"
        " FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'"
        " AND c.collation_name NOT IN ('utf8mb4_bin', 'ascii_bin')"
        " ORDER BY c.table_name, c.ordinal_position");
    for (i = 0; i < result.count; i++) {
        ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, check,
                       "%s.%s is %s; schema/ has utf8mb4_bin or ascii_bin: text"
                       " would be lost or taken for other text",
                       result.rows[i][0], result.rows[i][1], result.rows[i][2]);
    }
    ci_doctor_good(doctor, check, "all columns are utf8mb4_bin or ascii_bin");
}

/* ------------------------------------------------------------- rights --- */

/* Try what EXPLAIN checks without doing it: it needs the same rights. A server
   that is read-only says so first, which another check reports. */
static void try_right(ci_doctor_t *doctor, const char *verb, const char *table,
                      const char *sql)
{
    static const char check[] = "rights";
    ci_error_t *err = ci_dbadmin_query(NULL, doctor->ctl->admin, check, sql,
                                       NULL, doctor->ctl->pool);

    if (!err || err->trouble == CI_TROUBLE_READ_ONLY) {
        return;
    }
    if (err->trouble == CI_TROUBLE_RIGHTS) {
        ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, check,
                       "the account lacks %s on %s; run schema/grants.sql",
                       verb, table);
    }
    else {
        ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, check, "%s on %s: %s", verb,
                       table, err->detail);
    }
}

static void check_rights(ci_doctor_t *doctor)
{
    apr_pool_t *pool = doctor->ctl->pool;
    const char *table, *column;
    int i;

    for (i = 0; i < CI_ALEN(tables); i++) {
        table = tables[i].table;
        column = tables[i].column;
        try_right(doctor, "SELECT", table,
                  apr_pstrcat(pool, "EXPLAIN SELECT 1 FROM ", table, NULL));
        if (tables[i].inserts) {
            try_right(doctor, "INSERT", table,
                      apr_pstrcat(pool, "EXPLAIN INSERT INTO ", table,
                                  " SELECT * FROM ", table, " WHERE 1 = 0",
                                  NULL));
        }
        if (column) {
            try_right(doctor, "UPDATE", table,
                      apr_pstrcat(pool, "EXPLAIN UPDATE ", table, " SET ",
                                  column, " = ", column, " WHERE 1 = 0", NULL));
        }
        if (tables[i].deletes) {
            try_right(doctor, "DELETE", table,
                      apr_pstrcat(pool, "EXPLAIN DELETE FROM ", table,
                                  " WHERE 1 = 0", NULL));
        }
    }
    ci_doctor_good(doctor, "rights", "all that the module needs");
}

void ci_doctor_schema(ci_doctor_t *doctor)
{
    check_version(doctor);
    check_engines(doctor);
    check_keys(doctor);
    check_columns(doctor);
    check_rights(doctor);
}
