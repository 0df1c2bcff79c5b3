/* SPDX-License-Identifier: Apache-2.0 */
/* The database of one invocation: its connections, its schema, and the
   transaction that every change runs in. */
#include "ctl/ci_ctl.h"

#include <apr_strings.h>
#include <string.h>

#include "model/ci_objects.h"
#include "model/ci_schema.h"
#include "store/ci_store_mysql.h"

/* Whole seconds that each step of connecting may take. */
#define CONNECT_TIMEOUT apr_time_from_sec(10)

/* How long connecting may take in all, and how long a command may. */
#define CONNECT_LIMIT apr_time_from_sec(30)
#define COMMAND_LIMIT apr_time_from_sec(3600)

/* ---------------------------------------------------------- connecting -- */

ci_error_t *ci_ctl_open(ci_ctl_t *ctl)
{
    /* one for the store, one for the administrator */
    const ci_dbpool_config_t config = {
        .max = 2,
        .idle = COMMAND_LIMIT,
        .wait = CONNECT_LIMIT,
        .connect_timeout = CONNECT_TIMEOUT,
    };
    const char *path = ci_ctl_given(ctl, "option-file");
    ci_dboption_t *database;
    const char *message;
    apr_status_t rv;

    if (ctl->store) {
        return NULL;
    }
    message = ci_dboption_read(&database, path, ctl->pool);
    if (message) {
        return ci_ctl_usage(ctl->pool, "%s", message);
    }
    rv = ci_dbpool_create(&ctl->connections, database, &config, ctl->pool);
    if (rv != APR_SUCCESS) {
        return ci_error_server(ctl->pool, CI_INTERNAL_ERROR, rv,
                               "no pool of connections");
    }
    ctl->store = ci_store_mysql_create(
        ctl->connections, apr_time_now() + COMMAND_LIMIT, ctl->pool);
    return NULL;
}

ci_error_t *ci_ctl_admin(ci_ctl_t *ctl)
{
    ci_error_t *err = ci_ctl_open(ctl);

    if (err || ctl->admin) {
        return err;
    }
    return ci_dbadmin_open(&ctl->admin, ctl->connections,
                           apr_time_now() + CONNECT_LIMIT, ctl->pool);
}

/* -------------------------------------------------------------- schema -- */

/* Before the schema is read: no connection is not a schema that misfits. */
static ci_error_t *connect_store(ci_ctl_t *ctl)
{
    ci_error_t *err = ctl->store->methods->begin(ctl->store, ctl->pool);

    ctl->store->methods->rollback(ctl->store);
    return err;
}

ci_error_t *ci_ctl_ready(ci_ctl_t *ctl)
{
    static const char sql[] =
        "SELECT 1 FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_name = 'schema_version'";
    ci_dbresult_t result = {NULL, 0, 0};
    ci_error_t *err = ci_ctl_admin(ctl);

    if (!err) {
        err = ci_dbadmin_query(&result, ctl->admin, "schema_version", sql, NULL,
                               ctl->pool);
    }
    if (!err) {
        err = connect_store(ctl);
    }
    if (err) {
        return err;
    }
    err = result.count ? ci_schema_check(ctl->store, ctl->pool)
                       : ci_ctl_refuse(ctl->pool, CI_CONFLICT,
                                       "the database has no schema yet: run"
                                       " contactinfoctl migrate");
    ctl->misfit = err != NULL;
    return err;
}

const ci_object_t *ci_ctl_table(const ci_ctl_t *ctl, const ci_object_t *object)
{
    apr_size_t size = (apr_size_t)object->nfields * sizeof *object->fields;
    ci_field_t *fields = apr_pmemdup(ctl->pool, object->fields, size);
    ci_object_t *table = apr_pmemdup(ctl->pool, object, sizeof *object);
    int tenant =
        ci_object_find(object, "organisation_id", strlen("organisation_id"));

    if (tenant >= 0 && fields[tenant].role == CI_ROLE_NONE) {
        fields[tenant].role = CI_ROLE_TENANT;
    }
    table->fields = fields;
    table->joins = NULL;
    return table;
}

/* -------------------------------------------------------- transactions -- */

typedef struct {
    ci_ctl_t *ctl;
    ci_ctl_work_fn work;
    void *baton;
} change_t;

/* The organisations that a command is about: that of --organisation, or all if
   the rows are everyone's, or none. */
static ci_error_t *find_organisations(ci_rows_t *rows, ci_ctl_t *ctl,
                                      int locked, apr_pool_t *pool)
{
    const char *name = ci_ctl_given(ctl, "organisation");
    ci_value_t wanted = ci_value_text(name ? name : "");
    ci_where_t where =
        ci_where_equal(&ci_organisation, CI_ORGANISATION_NAME, &wanted);
    ci_select_t query = {
        .object = &ci_organisation,
        .mask =
            CI_MASK(CI_ORGANISATION_ID) | CI_MASK(CI_ORGANISATION_GENERATION),
        .nwhere = name != NULL,
        .where = &where,
        .ordered = 1,
        .locked = locked != 0,
    };
    ci_error_t *err;

    memset(rows, 0, sizeof *rows);
    if (!name && ctl->entity->owner != CI_CTL_GLOBAL) {
        return NULL;
    }
    err = ci_store_fetch(rows, ctl->store, &query, pool);
    if (!err && name && !rows->count) {
        err = ci_ctl_refuse(pool, CI_NOT_FOUND,
                            "there is no organisation \"%s\"", name);
    }
    if (!err && name) {
        ctl->store->scope.organisation =
            rows->records[0]->values[CI_ORGANISATION_ID].as.integer;
    }
    return err;
}

/* Servers see by it that what they know of the organisation is old. */
static ci_error_t *raise_generation(ci_ctl_t *ctl, ci_record_t *organisation,
                                    apr_pool_t *pool)
{
    ci_value_t *values = organisation->values;
    ci_where_t where = ci_where_equal(&ci_organisation, CI_ORGANISATION_ID,
                                      &values[CI_ORGANISATION_ID]);
    apr_int64_t matched;

    values[CI_ORGANISATION_GENERATION].as.integer++;
    return ctl->store->methods->update(&matched, ctl->store, organisation,
                                       CI_MASK(CI_ORGANISATION_GENERATION),
                                       &where, 1, pool);
}

static ci_error_t *change(void *baton, ci_store_t *store, apr_pool_t *pool)
{
    const change_t *change = baton;
    ci_ctl_t *ctl = change->ctl;
    ci_rows_t organisations;
    ci_error_t *err = find_organisations(&organisations, ctl, 1, pool);
    int i;

    (void)store;
    if (!err) {
        err = change->work(change->baton, ctl, pool);
    }
    for (i = 0; !err && i < organisations.count; i++) {
        err = raise_generation(ctl, organisations.records[i], pool);
    }
    return err;
}

ci_error_t *ci_ctl_change(ci_ctl_t *ctl, ci_ctl_work_fn work, void *baton)
{
    change_t job = {ctl, work, baton};
    ci_error_t *err = ci_ctl_ready(ctl);

    return err ? err
               : ci_store_transaction(ctl->store, change, &job, ctl->pool);
}

ci_error_t *ci_ctl_scope(ci_ctl_t *ctl)
{
    ci_rows_t organisations;
    ci_error_t *err = ci_ctl_ready(ctl);

    if (!err && ci_ctl_given(ctl, "organisation")) {
        err = find_organisations(&organisations, ctl, 0, ctl->pool);
    }
    return err;
}

ci_error_t *ci_ctl_end_sessions(ci_ctl_t *ctl, const ci_value_t *user,
                                apr_pool_t *pool)
{
    const ci_object_t *table = ci_ctl_table(ctl, &ci_login_session);
    ci_where_t where = ci_where_equal(table, CI_SESSION_USER, user);
    apr_int64_t removed;

    return ctl->store->methods->remove(&removed, ctl->store, table, &where,
                                       user != NULL, pool);
}
