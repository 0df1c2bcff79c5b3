/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: settings and state of the server. */
#include "ctl/ci_ctl_doctor.h"

#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "store/ci_durability.h"

/* What the largest row takes: a contact of ContactInfoMaxBody, its answer kept
   under an idempotency key, a row of a photo. */
#define PACKET 1048576

/* How far clocks may be apart, in seconds. */
#define DRIFT 5

static const char variables[] =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN"
    " ('innodb_flush_log_at_trx_commit', 'log_bin', 'sync_binlog', 'wsrep_on',"
    " 'max_allowed_packet', 'max_connections', 'max_prepared_stmt_count',"
    " 'wait_timeout', 'read_only', 'super_read_only')";

static const char status[] =
    "SHOW GLOBAL STATUS WHERE Variable_name IN"
    " ('wsrep_cluster_status', 'wsrep_ready', 'wsrep_cluster_size')";

/* Names and values; none if the server does not say. */
static apr_table_t *read_table(ci_doctor_t *doctor, const char *check,
                               const char *sql)
{
    apr_table_t *table = apr_table_make(doctor->ctl->pool, 16);
    ci_dbresult_t result = {NULL, 0, 0};
    int i;

    (void)ci_doctor_query(&result, doctor, check, sql);
    for (i = 0; i < result.count; i++) {
        apr_table_setn(table, result.rows[i][0], result.rows[i][1]);
    }
    return table;
}

static const char *variable(const ci_doctor_t *doctor, const char *name)
{
    const char *value = apr_table_get(doctor->variables, name);

    return value ? value : "";
}

/* A variable that the server lacks limits nothing. */
static apr_int64_t number(const ci_doctor_t *doctor, const char *name)
{
    const char *value = apr_table_get(doctor->variables, name);

    return value ? apr_strtoi64(value, NULL, 10) : APR_INT64_MAX;
}

static int is_on(const char *value)
{
    return *value && strcmp(value, "OFF") != 0 && strcmp(value, "0") != 0;
}

static void check_durability(ci_doctor_t *doctor)
{
    static const char check[] = "durability";
    apr_array_header_t *found =
        apr_array_make(doctor->ctl->pool, 4, sizeof(ci_relaxed_t));
    const ci_relaxed_t *relaxed;
    int i;

    ci_durability_judge(found, doctor->variables);
    for (i = 0; i < found->nelts; i++) {
        relaxed = &APR_ARRAY_IDX(found, i, ci_relaxed_t);
        ci_doctor_note(doctor, CI_DOCTOR_WARNING, check, "%s is %s; %s",
                       relaxed->setting, relaxed->value, relaxed->mend);
    }
    ci_doctor_good(doctor, check, "what is acknowledged is on disk");
}

/* Warn of a variable that is smaller than it should be. */
static void check_at_least(ci_doctor_t *doctor, const char *check,
                           const char *name, apr_int64_t least, const char *why)
{
    apr_int64_t value = number(doctor, name);

    if (value < least) {
        ci_doctor_note(doctor, CI_DOCTOR_WARNING, check,
                       "%s is %" APR_INT64_T_FMT "; set it to %" APR_INT64_T_FMT
                       " or more: %s",
                       name, value, least, why);
    }
}

static void check_limits(ci_doctor_t *doctor)
{
    check_at_least(doctor, "packet", "max_allowed_packet", PACKET,
                   "larger contacts cannot be stored");
    ci_doctor_good(doctor, "packet", "max_allowed_packet is large enough");
    check_at_least(doctor, "connections", "max_connections",
                   doctor->connections + 1,
                   "ContactInfoDBConnections could not be reached");
    ci_doctor_good(doctor, "connections", "there is room for %ld",
                   doctor->connections);
    check_at_least(doctor, "statements", "max_prepared_stmt_count",
                   (apr_int64_t)doctor->connections * CI_DBCONN_STATEMENTS,
                   "connections share it, each keeps up to " APR_STRINGIFY(
                       CI_DBCONN_STATEMENTS));
    ci_doctor_good(doctor, "statements", "max_prepared_stmt_count is enough");
    check_at_least(doctor, "timeout", "wait_timeout", doctor->idle,
                   "the server closes connections before ContactInfoDBPool"
                   " idle= does");
    ci_doctor_good(doctor, "timeout", "wait_timeout is long enough");
}

static void check_writable(ci_doctor_t *doctor)
{
    static const char check[] = "read-only";
    static const char *const names[] = {"read_only", "super_read_only"};
    int i;

    for (i = 0; i < CI_ALEN(names); i++) {
        if (is_on(variable(doctor, names[i]))) {
            ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, check,
                           "%s is %s; a replica? The module needs the primary",
                           names[i], variable(doctor, names[i]));
        }
    }
    ci_doctor_good(doctor, check, "the server takes writes");
}

/* What a status must be. */
static void check_status(ci_doctor_t *doctor, const char *name,
                         const char *good, const char *what)
{
    const char *value = apr_table_get(doctor->status, name);

    if (!value || strcmp(value, good) != 0) {
        ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, "cluster", "%s is %s; %s",
                       name, value ? value : "not known", what);
    }
}

static void check_cluster(ci_doctor_t *doctor)
{
    static const char check[] = "cluster";
    const char *size = apr_table_get(doctor->status, "wsrep_cluster_size");

    if (!is_on(variable(doctor, "wsrep_on"))) {
        ci_doctor_good(doctor, check, "none");
        return;
    }
    check_status(doctor, "wsrep_cluster_status", "Primary",
                 "the node has no quorum: bring back the others");
    check_status(doctor, "wsrep_ready", "ON", "the node takes no statements");
    if (size && atoi(size) < 3) {
        ci_doctor_note(doctor, CI_DOCTOR_WARNING, check,
                       "wsrep_cluster_size is %s; with less than 3 nodes or an"
                       " arbitrator the loss of one stops the rest",
                       size);
    }
    ci_doctor_good(doctor, check, "%s nodes with quorum", size ? size : "?");
}

/* NOW() is in UTC: the session says so. */
static void check_clock(ci_doctor_t *doctor)
{
    static const char check[] = "clock";
    ci_dbresult_t result;
    apr_int64_t difference;

    if (!ci_doctor_query(&result, doctor, check,
                         "SELECT UNIX_TIMESTAMP(NOW())")) {
        return;
    }
    difference = apr_strtoi64(result.rows[0][0], NULL, 10) -
                 apr_time_sec(apr_time_now());
    if (difference > DRIFT || difference < -DRIFT) {
        ci_doctor_note(doctor, CI_DOCTOR_WARNING, check,
                       "the server is %" APR_INT64_T_FMT
                       " seconds %s this machine; keep both"
                       " by NTP: tokens and idempotency keys expire by them",
                       difference < 0 ? -difference : difference,
                       difference < 0 ? "behind" : "before");
    }
    ci_doctor_good(doctor, check, "within %d seconds of this machine", DRIFT);
}

void ci_doctor_server(ci_doctor_t *doctor)
{
    doctor->variables = read_table(doctor, "durability", variables);
    doctor->status = read_table(doctor, "cluster", status);
    check_durability(doctor);
    check_limits(doctor);
    check_writable(doctor);
    check_cluster(doctor);
    check_clock(doctor);
}
