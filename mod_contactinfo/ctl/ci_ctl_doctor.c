/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: the command, its findings and how they are printed. */
#include "ctl/ci_ctl_doctor.h"

#include <apr_strings.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Defaults of the directives. */
#define CONNECTIONS 150
#define IDLE        300

/* How long an answer is awaited. */
#define PATIENCE apr_time_from_sec(10)

typedef struct {
    ci_doctor_e state;
    const char *check;
    const char *text;
} finding_t;

static const char *const names[] = {
    [CI_DOCTOR_OK] = "OK",
    [CI_DOCTOR_WARNING] = "WARNING",
    [CI_DOCTOR_CRITICAL] = "CRITICAL",
    [CI_DOCTOR_UNKNOWN] = "UNKNOWN",
};

/* Worst first: monitoring shows the first line. */
static const ci_doctor_e order[] = {CI_DOCTOR_CRITICAL, CI_DOCTOR_UNKNOWN,
                                    CI_DOCTOR_WARNING, CI_DOCTOR_OK};

static void add(ci_doctor_t *doctor, ci_doctor_e state, const char *check,
                const char *text)
{
    finding_t *finding = apr_array_push(doctor->findings);

    finding->state = state;
    finding->check = check;
    finding->text = text;
}

void ci_doctor_note(ci_doctor_t *doctor, ci_doctor_e state, const char *check,
                    const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    add(doctor, state, check, apr_pvsprintf(doctor->ctl->pool, format, ap));
    va_end(ap);
}

void ci_doctor_good(ci_doctor_t *doctor, const char *check, const char *format,
                    ...)
{
    va_list ap;
    int i;

    for (i = 0; i < doctor->findings->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(doctor->findings, i, finding_t).check,
                   check) == 0) {
            return;
        }
    }
    va_start(ap, format);
    add(doctor, CI_DOCTOR_OK, check,
        apr_pvsprintf(doctor->ctl->pool, format, ap));
    va_end(ap);
}

int ci_doctor_query(ci_dbresult_t *result, ci_doctor_t *doctor,
                    const char *check, const char *sql)
{
    ci_error_t *err = ci_dbadmin_query(result, doctor->ctl->admin, check, sql,
                                       NULL, doctor->ctl->pool);

    if (err) {
        ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, check, "%s",
                       err->detail ? err->detail : err->expected);
    }
    return err == NULL;
}

/* -------------------------------------------------------------- output -- */

static json_t *json_of(const ci_doctor_t *doctor, ci_doctor_e verdict)
{
    json_t *checks = json_array();
    const finding_t *finding;
    int i;

    for (i = 0; i < doctor->findings->nelts; i++) {
        finding = &APR_ARRAY_IDX(doctor->findings, i, finding_t);
        json_array_append_new(
            checks, json_pack("{s:s,s:s,s:s}", "check", finding->check, "state",
                              names[finding->state], "text", finding->text));
    }
    return json_pack("{s:s,s:o}", "state", names[verdict], "checks", checks);
}

static void print(const ci_doctor_t *doctor, ci_doctor_e state)
{
    const finding_t *finding;
    int i;

    for (i = 0; i < doctor->findings->nelts; i++) {
        finding = &APR_ARRAY_IDX(doctor->findings, i, finding_t);
        if (finding->state == state) {
            printf("%-8s %s: %s\n", names[state], finding->check,
                   finding->text);
        }
    }
}

static int has(const ci_doctor_t *doctor, ci_doctor_e state)
{
    int i;

    for (i = 0; i < doctor->findings->nelts; i++) {
        if (APR_ARRAY_IDX(doctor->findings, i, finding_t).state == state) {
            return 1;
        }
    }
    return 0;
}

static void conclude(ci_doctor_t *doctor)
{
    int i = 0;

    while (order[i] != CI_DOCTOR_OK && !has(doctor, order[i])) {
        i++;
    }
    doctor->ctl->verdict = (int)order[i];
    if (ci_ctl_given(doctor->ctl, "json")) {
        ci_ctl_print_json(json_of(doctor, order[i]));
        return;
    }
    for (i = 0; i < CI_ALEN(order); i++) {
        print(doctor, order[i]);
    }
}

/* ------------------------------------------------------------- command -- */

void ci_ctl_doctor_options(ci_ctl_t *ctl)
{
    ctl->is_plugin = 1;
    ci_ctl_option(ctl, "connections", "NUMBER",
                  "ContactInfoDBConnections of all servers together (150)");
    ci_ctl_option(ctl, "idle", "SECONDS", "ContactInfoDBPool idle= (300)");
}

static ci_error_t *read_number(long *number, const ci_ctl_t *ctl,
                               const char *option, long otherwise)
{
    const char *text = ci_ctl_given(ctl, option);
    char *end;

    *number = otherwise;
    if (!text) {
        return NULL;
    }
    errno = 0;
    *number = strtol(text, &end, 10);
    if (errno || *end || *number < 1 || *number > 1000000) {
        return ci_ctl_usage(ctl->pool, "--%s: expected 1 to 1000000", option);
    }
    return NULL;
}

/* The database that does not answer is the finding. */
static int reach(ci_doctor_t *doctor)
{
    ci_dbresult_t version;
    ci_error_t *err = ci_ctl_admin(doctor->ctl);

    if (err) {
        ci_doctor_note(doctor, CI_DOCTOR_CRITICAL, "connection", "%s",
                       err->detail);
        return 0;
    }
    ci_dbadmin_set_patience(doctor->ctl->admin, PATIENCE);
    if (ci_doctor_query(&version, doctor, "connection", "SELECT VERSION()")) {
        ci_doctor_good(doctor, "connection", "%s", version.rows[0][0]);
    }
    return 1;
}

ci_error_t *ci_ctl_doctor(ci_ctl_t *ctl)
{
    ci_doctor_t doctor = {
        .ctl = ctl,
        .findings = apr_array_make(ctl->pool, 32, sizeof(finding_t)),
    };
    ci_error_t *err =
        read_number(&doctor.connections, ctl, "connections", CONNECTIONS);

    if (!err) {
        err = read_number(&doctor.idle, ctl, "idle", IDLE);
    }
    if (!err) {
        err = ci_ctl_open(ctl);
    }
    if (err) {
        return err;
    }
    if (reach(&doctor)) {
        ci_doctor_server(&doctor);
        ci_doctor_schema(&doctor);
    }
    conclude(&doctor);
    return NULL;
}
