/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_ctl_doctor.h
 * doctor: what of the database would keep the module from working, or from
 * keeping its promises. It changes nothing.
 */
#ifndef CI_CTL_DOCTOR_H
#define CI_CTL_DOCTOR_H

#include "ctl/ci_ctl.h"

/** How bad a finding is, and how the program exits (monitoring plugins). */
typedef enum {
    CI_DOCTOR_OK,
    CI_DOCTOR_WARNING,
    CI_DOCTOR_CRITICAL,
    CI_DOCTOR_UNKNOWN = CI_CTL_PLUGIN_UNKNOWN
} ci_doctor_e;

/** One examination. */
typedef struct {
    ci_ctl_t *ctl;
    apr_array_header_t *findings; /**< of ci_ctl_doctor.c */
    apr_table_t *variables;       /**< of the server, by name */
    apr_table_t *status;          /**< likewise */
    long connections;             /**< ContactInfoDBConnections */
    long idle;                    /**< ContactInfoDBPool idle=, seconds */
} ci_doctor_t;

/** Note a finding: what it is and what to do. */
void ci_doctor_note(ci_doctor_t *doctor, ci_doctor_e state, const char *check,
                    const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Note that a check was good, unless it has noted something. */
void ci_doctor_good(ci_doctor_t *doctor, const char *check, const char *format,
                    ...) __attribute__((format(printf, 3, 4)));

/**
 * Ask the server; if it does not answer that is a finding of the check.
 * @return 0 if there is no result
 */
int ci_doctor_query(ci_dbresult_t *result, ci_doctor_t *doctor,
                    const char *check, const char *sql);

/** Examine the server: its settings and its state. */
void ci_doctor_server(ci_doctor_t *doctor);

/** Examine the schema: version, tables, columns, rights. */
void ci_doctor_schema(ci_doctor_t *doctor);

#endif
