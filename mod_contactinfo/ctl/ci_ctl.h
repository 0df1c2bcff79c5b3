/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_ctl.h
 * What the files of contactinfoctl share: one invocation, its options, its
 * connection and its output.
 *
 * A command is a row: name, options, function. Commands about rows of the
 * database (add, list, change, remove) take their options from the columns of
 * the object, so that a new column needs no new code.
 */
#ifndef CI_CTL_H
#define CI_CTL_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>
#include <stdio.h>

#include "base/ci_error.h"
#include "base/ci_record.h"
#include "store/ci_dbadmin.h"
#include "store/ci_store.h"

/** How the program exits. */
typedef enum {
    CI_CTL_DONE,
    CI_CTL_REFUSED,    /**< not found, conflict, still referred to */
    CI_CTL_USAGE,      /**< the command line, or the option file */
    CI_CTL_SCHEMA,     /**< the schema does not fit */
    CI_CTL_UNREACHABLE /**< the database does not answer */
} ci_ctl_exit_e;

/** How a command that is a monitoring plugin exits when it cannot tell. */
#define CI_CTL_PLUGIN_UNKNOWN 3

typedef struct ci_ctl_t ci_ctl_t;
typedef struct ci_ctl_entity_t ci_ctl_entity_t;

/** One option of a command. */
typedef struct {
    const char *name;     /**< without the dashes */
    const char *argument; /**< what help calls its value; NULL: a flag */
    const char *doc;
    const char *value; /**< as given, "" for a flag; NULL: not given */
    int required;
    int row; /**< of the entity's object that it sets, or -1 */
} ci_ctl_option_t;

/** One command, or one action of an entity. */
typedef struct {
    const char *name; /**< NULL ends a table */
    const char *doc;
    void (*options)(ci_ctl_t *ctl); /**< adds those that it takes */
    ci_error_t *(*run)(ci_ctl_t *ctl);
} ci_ctl_action_t;

/** Whose the rows of an entity are. */
typedef enum {
    CI_CTL_TENANT, /**< an organisation's: --organisation */
    CI_CTL_GLOBAL, /**< everyone's */
    CI_CTL_SELF    /**< they are the organisations */
} ci_ctl_owner_e;

/** One kind of rows. */
struct ci_ctl_entity_t {
    const char *name; /**< as on the command line; NULL ends the table */
    const ci_object_t *object;
    const ci_ctl_action_t *actions;
    ci_ctl_owner_e owner;
    int key;          /**< row of the object that chooses a record */
    ci_mask_t fixed;  /**< rows that have no option */
    ci_mask_t hidden; /**< rows that are not listed */
};

/** All kinds of rows. */
extern const ci_ctl_entity_t ci_ctl_entities[];

/** One invocation. */
struct ci_ctl_t {
    apr_pool_t *pool;
    const char *title;             /**< the command, for messages */
    const ci_ctl_entity_t *entity; /**< or NULL */
    apr_array_header_t *options;   /**< ci_ctl_option_t */
    ci_dbpool_t *connections;      /**< the same */
    ci_store_t *store;             /**< the same */
    ci_dbadmin_t *admin;           /**< set by ci_ctl_admin() */
    int misfit;    /**< the schema does not fit: CI_CTL_SCHEMA */
    int is_plugin; /**< exits as monitoring plugins do, see ci_doctor_e */
    int verdict;   /**< its exit code if nothing went wrong */
};

/* ------------------------------------------------ ci_ctl_option.c ------- */

/** Add an option; valid until the next is added. */
ci_ctl_option_t *ci_ctl_option(ci_ctl_t *ctl, const char *name,
                               const char *argument, const char *doc);

/** What was given for an option; NULL if nothing was, or if it has none. */
const char *ci_ctl_given(const ci_ctl_t *ctl, const char *name);

/**
 * Read the options of the command line into ctl->options.
 * @param argc as of main(); argv[0] is not looked at
 * @param rest set to the index of the first argument that is no option
 * @return INVALID_PARAMETER for what is unknown or lacks its value; a value is
 *         never repeated
 */
ci_error_t *ci_ctl_options_read(int *rest, ci_ctl_t *ctl, int argc,
                                const char *const *argv);

/** MISSING_PARAMETER for each required option that was not given. */
ci_error_t *ci_ctl_options_check(const ci_ctl_t *ctl);

/** Print the options from one index up to another, one a line. */
void ci_ctl_options_help(const ci_ctl_t *ctl, int from, int to);

/** A usage error. */
ci_error_t *ci_ctl_usage(apr_pool_t *pool, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull, warn_unused_result));

/** A refusal: what was asked for cannot be done. */
ci_error_t *ci_ctl_refuse(apr_pool_t *pool, ci_code_e code, const char *format,
                          ...)
    __attribute__((format(printf, 3, 4), returns_nonnull, warn_unused_result));

/* ------------------------------------------------ ci_ctl_database.c ----- */

/**
 * Read the option file and make the store; nothing is connected yet.
 * @return MISSING_PARAMETER, INVALID_PARAMETER
 */
ci_error_t *ci_ctl_open(ci_ctl_t *ctl);

/** Open, and connect the administrator's connection, once. */
ci_error_t *ci_ctl_admin(ci_ctl_t *ctl);

/** Connect and see that the schema fits; if not, ctl->misfit is set, too. */
ci_error_t *ci_ctl_ready(ci_ctl_t *ctl);

/**
 * An object as its table alone: nothing joined, and bound to the tenant even if
 * its rows are also looked up without knowing him. It lives in the pool of ctl.
 */
const ci_object_t *ci_ctl_table(const ci_ctl_t *ctl, const ci_object_t *object);

/** The work of one transaction; may be called several times. */
typedef ci_error_t *(*ci_ctl_work_fn)(void *baton, ci_ctl_t *ctl,
                                      apr_pool_t *pool);

/**
 * Work in a transaction that begins with locking the organisation of
 * --organisation, whose the scope then is, and ends with raising its
 * generation; for rows that are everyone's, of all organisations.
 * @return NOT_FOUND if there is no such organisation, else what the work or the
 *         store returned
 */
ci_error_t *ci_ctl_change(ci_ctl_t *ctl, ci_ctl_work_fn work, void *baton);

/** Set the scope to the organisation of --organisation, if there is one. */
ci_error_t *ci_ctl_scope(ci_ctl_t *ctl);

/** End the sessions of a user, or of all users if the id is NULL. */
ci_error_t *ci_ctl_end_sessions(ci_ctl_t *ctl, const ci_value_t *user,
                                apr_pool_t *pool);

/* ------------------------------------------------ ci_ctl_value.c -------- */

/**
 * Read the value of an option as its column wants it.
 * @return INVALID_PARAMETER that says what was expected
 */
ci_error_t *ci_ctl_value_read(ci_value_t *value, const ci_field_t *field,
                              const char *option, const char *text,
                              apr_pool_t *pool);

/** What help calls the value of a column: TEXT, NUMBER, yes|no. */
const char *ci_ctl_value_argument(const ci_field_t *field);

/** What help says of the value of a column, besides its documentation. */
const char *ci_ctl_value_help(const ci_field_t *field, apr_pool_t *pool);

/** The name of the option that sets a column. */
const char *ci_ctl_value_option(const ci_field_t *field, apr_pool_t *pool);

/** 1 if a text can be an id: 1 to 32 letters, digits, "-" and "_" of ASCII. */
int ci_ctl_id_valid(const char *text);

/** 32 random upper-case hexadecimal digits. */
ci_error_t *ci_ctl_id_make(const char **id, apr_pool_t *pool);

/* ------------------------------------------------ ci_ctl_output.c ------- */

/** Print one line about an error on standard error; the exit code. */
ci_ctl_exit_e ci_ctl_report(const ci_ctl_t *ctl, const ci_error_t *err);

/** Print the rows of a mask of some records, as a table or as JSON. */
void ci_ctl_print_records(const ci_ctl_t *ctl, ci_record_t *const *records,
                          int count, ci_mask_t mask);

/**
 * Print one JSON object, or its members one a line.
 * @param json freed
 */
void ci_ctl_print_object(const ci_ctl_t *ctl, json_t *json);

/** Print a JSON value and a line break; it is freed. */
void ci_ctl_print_json(json_t *json);

/* ------------------------------------------------ ci_ctl_row.c ---------- */

/** The record of a command: what its options set. */
typedef struct {
    const ci_object_t *object; /**< as of ci_ctl_table() */
    ci_record_t *record;
    ci_mask_t mask; /**< rows that an option set */
} ci_ctl_row_t;

/** Add --organisation, required. */
void ci_ctl_organisation_option(ci_ctl_t *ctl);

/** Options of the actions of that name; key: which record, nothing else. */
void ci_ctl_add_options(ci_ctl_t *ctl);
void ci_ctl_list_options(ci_ctl_t *ctl);
void ci_ctl_change_options(ci_ctl_t *ctl);
void ci_ctl_key_options(ci_ctl_t *ctl);

/** Make a record of which only the key is set, if its option was given. */
void ci_ctl_row_key(ci_ctl_row_t *row, ci_ctl_t *ctl);

/** Make a record of what the options set. */
ci_error_t *ci_ctl_row_read(ci_ctl_row_t *row, ci_ctl_t *ctl);

/** The same for a new record; its id is made if none was given. */
ci_error_t *ci_ctl_row_new(ci_ctl_row_t *row, ci_ctl_t *ctl);

/** A conflict of keys, in words: conflict says what was not a missing parent.
 */
ci_error_t *ci_ctl_explain(ci_error_t *err, const ci_ctl_t *ctl,
                           const char *conflict, apr_pool_t *pool);

/**
 * Insert, change or remove the record: works of ci_ctl_change(), whose baton is
 * a ci_ctl_row_t.
 * @return NOT_FOUND, CONFLICT, or what the store returned
 */
ci_error_t *ci_ctl_row_insert(void *row, ci_ctl_t *ctl, apr_pool_t *pool);
ci_error_t *ci_ctl_row_update(void *row, ci_ctl_t *ctl, apr_pool_t *pool);
ci_error_t *ci_ctl_row_remove(void *row, ci_ctl_t *ctl, apr_pool_t *pool);

/**
 * See that no contact's document refers to a record of the entity, after the
 * record was removed and before that is committed.
 * @return CONFLICT that names such a contact
 */
ci_error_t *ci_ctl_documents_check(ci_ctl_t *ctl, const ci_value_t *id,
                                   apr_pool_t *pool);

/* ------------------------------------------------ ci_ctl_entity.c ------- */

/** Print the key of a record, or a JSON object of it. */
void ci_ctl_print_key(const ci_ctl_t *ctl, const ci_ctl_row_t *row);

/** The same of a record that was there before: nothing unless in JSON. */
void ci_ctl_print_done(const ci_ctl_t *ctl, const ci_ctl_row_t *row);

/** Actions that most entities have. */
ci_error_t *ci_ctl_add(ci_ctl_t *ctl);
ci_error_t *ci_ctl_list(ci_ctl_t *ctl);
ci_error_t *ci_ctl_remove(ci_ctl_t *ctl);

/**
 * Change a record, with a work that includes ci_ctl_row_update().
 * @return also INVALID_PARAMETER if no option changes anything
 */
ci_error_t *ci_ctl_change_row(ci_ctl_t *ctl, ci_ctl_work_fn work);

/* ----------------------------------- commands in files of their own ----- */

/** Ended by a row without a name. */
extern const ci_ctl_action_t ci_ctl_organisation_actions[];
extern const ci_ctl_action_t ci_ctl_user_actions[];
extern const ci_ctl_action_t ci_ctl_key_actions[];

/** The password's hash, read as ci_ctl_password.c says. */
void ci_ctl_password_options(ci_ctl_t *ctl);
ci_error_t *ci_ctl_password_read(ci_value_t *hash, ci_ctl_t *ctl);

/** migrate, in ci_ctl_migrate.c. */
void ci_ctl_migrate_options(ci_ctl_t *ctl);
ci_error_t *ci_ctl_migrate(ci_ctl_t *ctl);

/** doctor, in ci_ctl_doctor.c: exits as monitoring plugins do. */
void ci_ctl_doctor_options(ci_ctl_t *ctl);
ci_error_t *ci_ctl_doctor(ci_ctl_t *ctl);

/** unique, in ci_ctl_unique.c. */
void ci_ctl_unique_options(ci_ctl_t *ctl);
ci_error_t *ci_ctl_unique(ci_ctl_t *ctl);

/** status and purge, in ci_ctl_status.c. */
ci_error_t *ci_ctl_status(ci_ctl_t *ctl);
void ci_ctl_purge_options(ci_ctl_t *ctl);
ci_error_t *ci_ctl_purge(ci_ctl_t *ctl);

#endif
