/* SPDX-License-Identifier: Apache-2.0 */
/* migrate: bring the schema up to the newest numbered script.

   A script runs as one batch and is recorded afterwards. Killed in between it
   runs again, which the scripts are written for. A named lock keeps two
   administrators apart.

   While a statement waits to change a table that somebody has been reading for
   long, a backup for instance, all requests wait behind it. So it waits shorter
   than they do, and its script is tried again. */
#include "ctl/ci_ctl.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "base/ci_text.h"
#include "model/ci_session.h"

/* Where the scripts are installed; the Makefile knows better. */
#ifndef CI_SCHEMA_DIR
#define CI_SCHEMA_DIR "/usr/local/share/mod_contactinfo/schema"
#endif

/* Digits that begin the name of a script. */
#define DIGITS 3

/* How often a script that got no lock is tried, and the pause between. */
#define MAX_TRIES 200
#define PAUSE     apr_time_from_sec(1)

typedef struct {
    const char *file;    /* its name in the directory */
    const char *version; /* digits without leading zeros */
    const char *text;
    apr_size_t length;    /* of text, bytes */
    const char *checksum; /* SHA-256, lower case as sha256sum prints it */
    int applied;
} script_t;

void ci_ctl_migrate_options(ci_ctl_t *ctl)
{
    ci_ctl_option(ctl, "schema-dir", "DIR",
                  "where the scripts NNN_*.sql are; default " CI_SCHEMA_DIR);
    ci_ctl_option(ctl, "dry-run", NULL,
                  "say what would be applied, and change nothing");
}

/* ------------------------------------------------------------- scripts -- */

static int is_script(const char *file)
{
    int i;

    for (i = 0; i < DIGITS; i++) {
        if (!apr_isdigit(file[i])) {
            return 0;
        }
    }
    return file[DIGITS] == '_' &&
           strcmp(apr_filepath_name_get(file), file) == 0 &&
           strlen(file) > strlen(".sql") &&
           strcmp(file + strlen(file) - strlen(".sql"), ".sql") == 0;
}

static const char *checksum_of(const char *text, apr_size_t length,
                               apr_pool_t *pool)
{
    ci_digest_t digest;
    char *hex = apr_palloc(pool, 2 * sizeof digest.bytes + 1);

    ci_digest_make(&digest, text, length);
    ci_hex_encode(hex, digest.bytes, sizeof digest.bytes);
    ci_text_lower(hex, hex, 2 * sizeof digest.bytes);
    return hex;
}

static apr_status_t read_file(script_t *script, const char *path,
                              apr_pool_t *pool)
{
    apr_file_t *file;
    apr_finfo_t info;
    char *text;
    apr_status_t rv =
        apr_file_open(&file, path, APR_READ | APR_BINARY, 0, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    if (rv == APR_SUCCESS) {
        script->length = (apr_size_t)info.size;
        text = apr_pcalloc(pool, script->length + 1);
        rv = apr_file_read_full(file, text, script->length, NULL);
        script->text = text;
    }
    apr_file_close(file);
    return rv;
}

static ci_error_t *read_script(script_t *script, const char *directory,
                               apr_pool_t *pool)
{
    const char *path = apr_pstrcat(pool, directory, "/", script->file, NULL);
    apr_status_t rv = read_file(script, path, pool);
    char reason[120];

    if (rv != APR_SUCCESS) {
        return ci_ctl_usage(pool, "%s cannot be read: %s", path,
                            apr_strerror(rv, reason, sizeof reason));
    }
    script->version = apr_ltoa(pool, strtol(script->file, NULL, 10));
    script->checksum = checksum_of(script->text, script->length, pool);
    return NULL;
}

static int by_file(const void *a, const void *b)
{
    return strcmp(((const script_t *)a)->file, ((const script_t *)b)->file);
}

static ci_error_t *list_files(apr_array_header_t *scripts,
                              const char *directory, apr_pool_t *pool)
{
    apr_dir_t *dir;
    apr_finfo_t info;
    char reason[120];
    script_t *script;
    apr_status_t rv = apr_dir_open(&dir, directory, pool);

    if (rv != APR_SUCCESS) {
        return ci_ctl_usage(pool, "--schema-dir %s cannot be read: %s",
                            directory, apr_strerror(rv, reason, sizeof reason));
    }
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (is_script(info.name)) {
            script = apr_array_push(scripts);
            memset(script, 0, sizeof *script);
            script->file = apr_pstrdup(pool, info.name);
        }
    }
    apr_dir_close(dir);
    return NULL;
}

static script_t *script_at(const apr_array_header_t *scripts, int i)
{
    return &APR_ARRAY_IDX(scripts, i, script_t);
}

/* All scripts of the directory, in order. */
static ci_error_t *read_scripts(apr_array_header_t *scripts,
                                const char *directory, apr_pool_t *pool)
{
    ci_error_t *err = list_files(scripts, directory, pool);
    int i;

    if (err) {
        return err;
    }
    if (!scripts->nelts) {
        return ci_ctl_usage(pool, "--schema-dir %s has no script NNN_*.sql",
                            directory);
    }
    qsort(scripts->elts, (size_t)scripts->nelts, sizeof(script_t), by_file);
    for (i = 0; !err && i < scripts->nelts; i++) {
        err = read_script(script_at(scripts, i), directory, pool);
        if (!err && i > 0 &&
            strncmp(script_at(scripts, i - 1)->file,
                    script_at(scripts, i)->file, DIGITS) == 0) {
            err = ci_ctl_usage(pool, "%s and %s have the same number",
                               script_at(scripts, i - 1)->file,
                               script_at(scripts, i)->file);
        }
    }
    return err;
}

/* -------------------------------------------------------- what is done -- */

static ci_error_t *take_lock(ci_ctl_t *ctl)
{
    static const char sql[] =
        "SELECT GET_LOCK(CONCAT('contactinfo.', SHA1(DATABASE())), 60)";
    ci_dbresult_t result;
    ci_error_t *err =
        ci_dbadmin_query(&result, ctl->admin, "GET_LOCK", sql, NULL, ctl->pool);

    if (err) {
        return err;
    }
    if (!result.rows[0][0] || strcmp(result.rows[0][0], "1") != 0) {
        return ci_ctl_refuse(ctl->pool, CI_CONFLICT,
                             "another migrate has been at work for a minute");
    }
    return NULL;
}

/* Compare one row of schema_migration with the scripts. */
static ci_error_t *mark_applied(const apr_array_header_t *scripts,
                                const char *const *row, apr_pool_t *pool)
{
    script_t *script;
    int i;

    for (i = 0; i < scripts->nelts; i++) {
        script = script_at(scripts, i);
        if (strcmp(script->version, row[0]) != 0) {
            continue;
        }
        script->applied = 1;
        if (strcmp(script->checksum, row[1]) != 0) {
            return ci_ctl_refuse(pool, CI_CONFLICT,
                                 "%s was changed after it had been applied:"
                                 " put it back and write a new script",
                                 script->file);
        }
    }
    return NULL;
}

static ci_error_t *read_applied(const apr_array_header_t *scripts,
                                ci_ctl_t *ctl)
{
    static const char exists[] =
        "SELECT 1 FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_name = 'schema_migration'";
    static const char sql[] = "SELECT version, checksum FROM schema_migration"
                              " ORDER BY version";
    ci_dbresult_t result = {NULL, 0, 0};
    ci_error_t *err = ci_dbadmin_query(&result, ctl->admin, "schema_migration",
                                       exists, NULL, ctl->pool);
    int i;

    if (err || !result.count) {
        return err;
    }
    err = ci_dbadmin_query(&result, ctl->admin, "schema_migration", sql, NULL,
                           ctl->pool);
    for (i = 0; !err && i < result.count; i++) {
        err = mark_applied(scripts, result.rows[i], ctl->pool);
    }
    return err;
}

static ci_error_t *record(const script_t *script, ci_ctl_t *ctl)
{
    static const char sql[] =
        "INSERT INTO schema_migration (version, name, checksum, applied_date)"
        " VALUES (?, ?, ?, UTC_TIMESTAMP())";
    apr_array_header_t *values = apr_array_make(ctl->pool, 3, sizeof(char *));

    APR_ARRAY_PUSH(values, const char *) = script->version;
    APR_ARRAY_PUSH(values, const char *) = script->file;
    APR_ARRAY_PUSH(values, const char *) = script->checksum;
    return ci_dbadmin_query(NULL, ctl->admin, "schema_migration", sql, values,
                            ctl->pool);
}

static ci_error_t *run(const script_t *script, ci_ctl_t *ctl)
{
    static const char sql[] = "SET SESSION lock_wait_timeout = 2";
    ci_error_t *err = ci_dbadmin_query(NULL, ctl->admin, "lock_wait_timeout",
                                       sql, NULL, ctl->pool);
    int tries = 0;

    if (err) {
        return err;
    }
    for (;;) {
        err = ci_dbadmin_script(ctl->admin, script->file, script->text,
                                script->length, ctl->pool);
        if (!err || err->retry != CI_TRANSIENT || ++tries == MAX_TRIES) {
            return err;
        }
        apr_sleep(PAUSE);
    }
}

static ci_error_t *apply(const script_t *script, ci_ctl_t *ctl)
{
    ci_error_t *err;

    if (ci_ctl_given(ctl, "dry-run")) {
        return NULL;
    }
    err = run(script, ctl);
    return err ? err : record(script, ctl);
}

/* Say of each script what was done when it is done. */
static ci_error_t *apply_all(const apr_array_header_t *scripts, ci_ctl_t *ctl)
{
    const char *verb = ci_ctl_given(ctl, "dry-run") ? "would apply" : "applied";
    json_t *done = json_array();
    ci_error_t *err = NULL;
    int i;

    for (i = 0; !err && i < scripts->nelts; i++) {
        if (script_at(scripts, i)->applied) {
            continue;
        }
        err = apply(script_at(scripts, i), ctl);
        if (!err) {
            json_array_append_new(done,
                                  json_string(script_at(scripts, i)->file));
        }
        if (!err && !ci_ctl_given(ctl, "json")) {
            printf("%s %s\n", verb, script_at(scripts, i)->file);
            fflush(stdout);
        }
    }
    if (!err && ci_ctl_given(ctl, "json")) {
        ci_ctl_print_json(json_pack("{s:O,s:b}", "applied", done, "dry_run",
                                    ci_ctl_given(ctl, "dry-run") != NULL));
    }
    json_decref(done);
    return err;
}

ci_error_t *ci_ctl_migrate(ci_ctl_t *ctl)
{
    const char *directory = ci_ctl_given(ctl, "schema-dir");
    apr_array_header_t *scripts =
        apr_array_make(ctl->pool, 8, sizeof(script_t));
    ci_error_t *err =
        read_scripts(scripts, directory ? directory : CI_SCHEMA_DIR, ctl->pool);

    if (!err) {
        err = ci_ctl_admin(ctl);
    }
    if (!err && !ci_ctl_given(ctl, "dry-run")) {
        err = take_lock(ctl);
    }
    if (!err) {
        err = read_applied(scripts, ctl);
    }
    return err ? err : apply_all(scripts, ctl);
}
