/* SPDX-License-Identifier: Apache-2.0 */
/* status: what the database holds and whether its schema fits.
   purge: remove what has expired. */
#include "ctl/ci_ctl.h"

#include <apr_strings.h>
#include <stdlib.h>

#include "model/ci_schema.h"

/* Rows that one DELETE removes: short locks, short binary log events. */
#define BATCH "1000"

static json_int_t number_at(const ci_dbresult_t *result, int column)
{
    return result->count ? strtoll(result->rows[0][column], NULL, 10) : 0;
}

/* -------------------------------------------------------------- status -- */

ci_error_t *ci_ctl_status(ci_ctl_t *ctl)
{
    static const char sql[] = "SELECT v.version, v.compatible_from,"
                              " (SELECT COUNT(*) FROM organisation),"
                              " (SELECT COUNT(*) FROM org_user),"
                              " (SELECT COUNT(*) FROM login_session"
                              " WHERE expires_date > UTC_TIMESTAMP())"
                              " FROM schema_version v";
    ci_dbresult_t result;
    ci_error_t *misfit = ci_ctl_ready(ctl);
    ci_error_t *err;

    if (misfit && !ctl->misfit) {
        return misfit;
    }
    err = ci_dbadmin_query(&result, ctl->admin, "status", sql, NULL, ctl->pool);
    if (err) {
        return misfit ? misfit : err;
    }
    ci_ctl_print_object(ctl, json_pack("{s:I,s:I,s:i,s:b,s:I,s:I,s:I}",
                                       "schema_version", number_at(&result, 0),
                                       "compatible_from", number_at(&result, 1),
                                       "supported_version", CI_SCHEMA_NEEDED,
                                       "fits", misfit == NULL, "organisations",
                                       number_at(&result, 2), "users",
                                       number_at(&result, 3), "sessions",
                                       number_at(&result, 4)));
    return misfit;
}

/* --------------------------------------------------------------- purge -- */

#define SESSIONS "login_session WHERE expires_date <= UTC_TIMESTAMP()"
#define ANSWERS                                                                \
    "idempotency WHERE created_date < UTC_TIMESTAMP() - INTERVAL 24 HOUR"

void ci_ctl_purge_options(ci_ctl_t *ctl)
{
    ci_ctl_option(ctl, "dry-run", NULL,
                  "count what would be removed, and change nothing");
}

static ci_error_t *count(json_int_t *rows, ci_ctl_t *ctl, const char *from)
{
    ci_dbresult_t result = {NULL, 0, 0};
    ci_error_t *err = ci_dbadmin_query(
        &result, ctl->admin, "purge",
        apr_pstrcat(ctl->pool, "SELECT COUNT(*) FROM ", from, NULL), NULL,
        ctl->pool);

    *rows = number_at(&result, 0);
    return err;
}

static ci_error_t *remove_batches(json_int_t *rows, ci_ctl_t *ctl,
                                  const char *from)
{
    const char *sql =
        apr_pstrcat(ctl->pool, "DELETE FROM ", from, " LIMIT " BATCH, NULL);
    ci_dbresult_t result = {NULL, 0, 0};
    ci_error_t *err;
    apr_pool_t *pool;

    apr_pool_create(&pool, ctl->pool);
    apr_pool_tag(pool, "ci_ctl_purge");
    *rows = 0;
    do {
        apr_pool_clear(pool);
        err = ci_dbadmin_query(&result, ctl->admin, "purge", sql, NULL, pool);
        *rows += err ? 0 : result.affected;
    } while (!err && result.affected > 0);
    return err;
}

ci_error_t *ci_ctl_purge(ci_ctl_t *ctl)
{
    ci_error_t *(*const step)(json_int_t *, ci_ctl_t *, const char *) =
        ci_ctl_given(ctl, "dry-run") ? count : remove_batches;
    json_int_t sessions, answers;
    ci_error_t *err = ci_ctl_ready(ctl);

    if (!err) {
        err = step(&sessions, ctl, SESSIONS);
    }
    if (!err) {
        err = step(&answers, ctl, ANSWERS);
    }
    if (!err) {
        ci_ctl_print_object(ctl, json_pack("{s:I,s:I}", "sessions", sessions,
                                           "idempotency_keys", answers));
    }
    return err;
}
