/* SPDX-License-Identifier: Apache-2.0 */
/* The table of database errors and what follows from each class. */
#include "store/ci_dberror.h"

#include <apr_strings.h>

#include "base/ci_field.h"

typedef struct {
    unsigned number;
    ci_dbclass_e class;
} number_t;

/* Sorted by what they mean; the list is short and only read after an error. */
static const number_t numbers[] = {
    {1205, CI_DB_TRANSIENT}, /* lock wait timeout */
    {1213, CI_DB_TRANSIENT}, /* deadlock; Galera certification */
    {3101, CI_DB_TRANSIENT}, /* group replication certification */
    {1047, CI_DB_NODE_OUT},  /* Galera node not ready */
    {1180, CI_DB_NODE_OUT},  /* quorum lost during commit */
    {1290, CI_DB_READ_ONLY}, {1792, CI_DB_READ_ONLY}, {1836, CI_DB_READ_ONLY},
    {1053, CI_DB_GONE}, /* shutdown in progress */
    {1927, CI_DB_GONE}, /* connection was killed */
    {4031, CI_DB_GONE}, /* idle connection was closed */
    {2006, CI_DB_GONE},      {2013, CI_DB_GONE},      {2055, CI_DB_GONE},
    {2014, CI_DB_GONE}, /* commands out of sync */
    {2002, CI_DB_DOWN},      {2003, CI_DB_DOWN},      {2005, CI_DB_DOWN},
    {2026, CI_DB_GONE}, /* TLS failed, also by a read timeout */
    {2012, CI_DB_DOWN},      {1040, CI_DB_EXHAUSTED}, {1129, CI_DB_EXHAUSTED},
    {1203, CI_DB_EXHAUSTED}, {1226, CI_DB_EXHAUSTED}, {1461, CI_DB_EXHAUSTED},
    {1243, CI_DB_REPREPARE}, {1615, CI_DB_REPREPARE}, {2030, CI_DB_REPREPARE},
    {2057, CI_DB_REPREPARE}, /* other columns than those that were prepared */
    {1317, CI_DB_SLOW},      {1969, CI_DB_SLOW},      {3024, CI_DB_SLOW},
    {1062, CI_DB_DUPLICATE}, {1452, CI_DB_PARENT},    {1216, CI_DB_PARENT},
    {1451, CI_DB_CHILD},     {1217, CI_DB_CHILD},     {1048, CI_DB_VALUE},
    {1264, CI_DB_VALUE},     {1292, CI_DB_VALUE},     {1366, CI_DB_VALUE},
    {1406, CI_DB_VALUE},     {4025, CI_DB_VALUE},     {3819, CI_DB_VALUE},
    {1105, CI_DB_TOO_LARGE}, {1153, CI_DB_TOO_LARGE}, {1301, CI_DB_TOO_LARGE},
    {2020, CI_DB_TOO_LARGE}, {3, CI_DB_FULL},         {1021, CI_DB_FULL},
    {1026, CI_DB_FULL}, /* of the binary log, at COMMIT */
    {1041, CI_DB_FULL},      {1114, CI_DB_FULL},      {1044, CI_DB_RIGHTS},
    {1045, CI_DB_RIGHTS},    {1049, CI_DB_RIGHTS},    {1142, CI_DB_RIGHTS},
    {1143, CI_DB_RIGHTS},    {1227, CI_DB_RIGHTS},    {1698, CI_DB_RIGHTS},
    {1054, CI_DB_SCHEMA},    {1146, CI_DB_SCHEMA},    {1364, CI_DB_SCHEMA},
    {1176, CI_DB_SCHEMA}, /* no such index */
};

typedef struct {
    const char *hint; /* for the log */
    ci_code_e code;
    ci_retry_e retry;
    ci_trouble_e trouble;
    int lost;             /* the connection */
    const char *expected; /* what the client learns; NULL: nothing */
} consequence_t;

static const consequence_t consequences[] = {
    [CI_DB_TRANSIENT] = {"lock conflict", CI_SERVICE_UNAVAILABLE, CI_TRANSIENT,
                         CI_TROUBLE_CONTENTION, 0, NULL},
    [CI_DB_NODE_OUT] = {"the node is out of its cluster",
                        CI_SERVICE_UNAVAILABLE, CI_TRANSIENT,
                        CI_TROUBLE_NODE_OUT, 1, NULL},
    [CI_DB_READ_ONLY] = {"the server is read-only", CI_SERVICE_UNAVAILABLE,
                         CI_TRANSIENT, CI_TROUBLE_READ_ONLY, 1, NULL},
    [CI_DB_GONE] = {"connection lost", CI_SERVICE_UNAVAILABLE, CI_TRANSIENT,
                    CI_TROUBLE_DOWN, 1, NULL},
    [CI_DB_DOWN] = {"the server does not answer", CI_SERVICE_UNAVAILABLE,
                    CI_FINAL, CI_TROUBLE_DOWN, 1, NULL},
    [CI_DB_EXHAUSTED] = {"the server has too many connections or statements",
                         CI_SERVICE_UNAVAILABLE, CI_FINAL, CI_TROUBLE_EXHAUSTED,
                         1, NULL},
    [CI_DB_REPREPARE] = {"the server forgot or changed a statement",
                         CI_SERVICE_UNAVAILABLE, CI_TRANSIENT, CI_TROUBLE_DOWN,
                         1, NULL},
    [CI_DB_SLOW] = {"a time limit was passed", CI_SERVICE_UNAVAILABLE, CI_FINAL,
                    CI_TROUBLE_SLOW, 0, NULL},
    [CI_DB_DUPLICATE] = {"duplicate key", CI_CONFLICT, CI_FINAL,
                         CI_TROUBLE_NONE, 0, NULL},
    [CI_DB_PARENT] = {"a row that is referred to is gone", CI_CONFLICT,
                      CI_STALE, CI_TROUBLE_NONE, 0, NULL},
    [CI_DB_CHILD] = {"the row is still referred to", CI_CONFLICT, CI_FINAL,
                     CI_TROUBLE_NONE, 0, NULL},
    [CI_DB_VALUE] = {"a value passed validation that the table refuses",
                     CI_INVALID_PARAMETER, CI_FINAL, CI_TROUBLE_VALUE, 0,
                     "a value cannot be stored"},
    [CI_DB_TOO_LARGE] = {"larger than max_allowed_packet", CI_PAYLOAD_TOO_LARGE,
                         CI_FINAL, CI_TROUBLE_TOO_LARGE, 1,
                         "more than can be stored at once"},
    [CI_DB_FULL] = {"disk or memory of the server is full",
                    CI_SERVICE_UNAVAILABLE, CI_FINAL, CI_TROUBLE_FULL, 0, NULL},
    [CI_DB_RIGHTS] = {"check the account, its grants and the database name",
                      CI_SERVICE_UNAVAILABLE, CI_FINAL, CI_TROUBLE_RIGHTS, 1,
                      NULL},
    [CI_DB_SCHEMA] = {"the schema does not fit, run contactinfoctl migrate",
                      CI_SERVICE_UNAVAILABLE, CI_FINAL, CI_TROUBLE_SCHEMA, 0,
                      NULL},
    [CI_DB_UNKNOWN] = {"unexpected error", CI_INTERNAL_ERROR, CI_FINAL,
                       CI_TROUBLE_INTERNAL, 1, NULL},
};

ci_dbclass_e ci_dberror_class(unsigned number)
{
    int i;

    for (i = 0; i < CI_ALEN(numbers); i++) {
        if (numbers[i].number == number) {
            return numbers[i].class;
        }
    }
    return CI_DB_UNKNOWN;
}

ci_trouble_e ci_dberror_trouble(ci_dbclass_e class)
{
    return consequences[class].trouble;
}

int ci_dberror_loses_connection(ci_dbclass_e class)
{
    return consequences[class].lost;
}

ci_error_t *ci_dberror_make(apr_pool_t *pool, const char *what, unsigned number,
                            const char *text)
{
    const consequence_t *follows = &consequences[ci_dberror_class(number)];
    ci_error_t *err =
        ci_error_server(pool, follows->code, APR_EGENERAL, "%s: %s (%u: %s)",
                        what, follows->hint, number, text);

    err->retry = follows->retry;
    err->trouble = follows->trouble;
    err->expected = follows->expected;
    return err;
}
