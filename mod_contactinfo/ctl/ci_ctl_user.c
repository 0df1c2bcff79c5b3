/* SPDX-License-Identifier: Apache-2.0 */
/* Users: passwords, units, locking out. Whatever takes a right from a user ends
   the user's sessions in the same transaction, so that tokens are dead as soon
   as servers look at the database again. */
#include "ctl/ci_ctl.h"

#include <apr_strings.h>
#include <string.h>

#include "model/ci_objects.h"

/* What is done to one user. */
typedef struct {
    ci_ctl_row_t row;          /* first: a ci_ctl_row_t is a baton, too */
    apr_array_header_t *units; /* ci_value_t; NULL: not changed */
    ci_value_t wanted;         /* default unit that was asked for, if set */
} user_t;

static ci_value_t *value_of(const user_t *user, int row)
{
    return &user->row.record->values[row];
}

/* --------------------------------------------------------------- units -- */

static int has_unit(const apr_array_header_t *units, const ci_value_t *unit)
{
    int i;

    for (i = 0; i < units->nelts; i++) {
        if (ci_value_same_text(&APR_ARRAY_IDX(units, i, ci_value_t), unit)) {
            return 1;
        }
    }
    return 0;
}

static ci_error_t *add_unit(apr_array_header_t *units, const char *text)
{
    ci_value_t unit = ci_value_text(text);

    if (!ci_ctl_id_valid(text)) {
        return ci_ctl_usage(units->pool,
                            "--units: expected ids separated by commas");
    }
    if (!has_unit(units, &unit)) {
        APR_ARRAY_PUSH(units, ci_value_t) = unit;
    }
    return NULL;
}

/* The ids of --units, each once. */
static ci_error_t *read_units(user_t *user, ci_ctl_t *ctl)
{
    const char *text = ci_ctl_given(ctl, "units");
    ci_error_t *err = NULL;
    const char *end;

    if (!text) {
        return NULL;
    }
    user->units = apr_array_make(ctl->pool, 4, sizeof(ci_value_t));
    while (!err && *text) {
        end = text + strcspn(text, ",");
        err = add_unit(user->units, apr_pstrmemdup(ctl->pool, text,
                                                   (apr_size_t)(end - text)));
        text = *end ? end + 1 : end;
    }
    return err;
}

/* The default is one of the units: the one asked for, the one before, the
   first. */
static ci_error_t *choose_default(user_t *user, const ci_value_t *before,
                                  apr_pool_t *pool)
{
    ci_value_t *unit = value_of(user, CI_USER_DEFAULT_UNIT);

    if (ci_value_is_set(&user->wanted)) {
        *unit = user->wanted;
    }
    else if (has_unit(user->units, before)) {
        *unit = *before;
    }
    else {
        *unit = user->units->nelts ? APR_ARRAY_IDX(user->units, 0, ci_value_t)
                                   : ci_value_null();
    }
    if (ci_value_is_set(unit) && !has_unit(user->units, unit)) {
        return ci_ctl_usage(pool, "--default-unit-id: expected one of --units");
    }
    return NULL;
}

static ci_error_t *insert_units(const user_t *user, ci_ctl_t *ctl,
                                apr_pool_t *pool)
{
    ci_record_t *record = ci_record_make(&ci_user_unit, pool);
    ci_error_t *err = NULL;
    int i;

    for (i = 0; !err && i < user->units->nelts; i++) {
        record->values[CI_USER_UNIT_USER] = *value_of(user, CI_USER_ID);
        record->values[CI_USER_UNIT_UNIT] =
            APR_ARRAY_IDX(user->units, i, ci_value_t);
        err = ctl->store->methods->insert(ctl->store, &record, 1, pool);
    }
    return ci_ctl_explain(err, ctl, "is in the unit already", pool);
}

static ci_error_t *remove_units(const user_t *user, ci_ctl_t *ctl,
                                apr_pool_t *pool)
{
    ci_where_t where = ci_where_equal(&ci_user_unit, CI_USER_UNIT_USER,
                                      value_of(user, CI_USER_ID));
    apr_int64_t removed;

    return ctl->store->methods->remove(&removed, ctl->store, &ci_user_unit,
                                       &where, 1, pool);
}

static ci_error_t *fetch_units(ci_rows_t *rows, const user_t *user,
                               ci_ctl_t *ctl, apr_pool_t *pool)
{
    ci_where_t where = ci_where_equal(&ci_user_unit, CI_USER_UNIT_USER,
                                      value_of(user, CI_USER_ID));
    ci_select_t query = {
        .object = &ci_user_unit,
        .mask = CI_MASK(CI_USER_UNIT_UNIT),
        .nwhere = 1,
        .where = &where,
    };

    return ci_store_fetch(rows, ctl->store, &query, pool);
}

/* ----------------------------------------------------- add and change -- */

static void add_options(ci_ctl_t *ctl)
{
    ci_ctl_add_options(ctl);
    ci_ctl_option(ctl, "units", "ID,ID", "units that the user may log in to");
    ci_ctl_password_options(ctl);
}

static ci_error_t *insert(void *baton, ci_ctl_t *ctl, apr_pool_t *pool)
{
    ci_error_t *err = ci_ctl_row_insert(baton, ctl, pool);

    return err ? err : insert_units(baton, ctl, pool);
}

/* Units of a new user: those of --units, else the default one. */
static ci_error_t *read_new(user_t *user, ci_ctl_t *ctl)
{
    const ci_value_t none = ci_value_null();
    ci_error_t *err = ci_ctl_row_new(&user->row, ctl);

    user->wanted = *value_of(user, CI_USER_DEFAULT_UNIT);
    err = ci_error_join(err, read_units(user, ctl));
    if (!err && !user->units) {
        user->units = apr_array_make(ctl->pool, 1, sizeof(ci_value_t));
        if (ci_value_is_set(&user->wanted)) {
            APR_ARRAY_PUSH(user->units, ci_value_t) = user->wanted;
        }
    }
    return err ? err : choose_default(user, &none, ctl->pool);
}

static ci_error_t *add(ci_ctl_t *ctl)
{
    user_t user = {.units = NULL};
    ci_error_t *err = read_new(&user, ctl);

    if (!err) {
        err = ci_ctl_password_read(value_of(&user, CI_USER_PASSWORD_HASH), ctl);
    }
    if (!err) {
        err = ci_ctl_change(ctl, insert, &user);
    }
    if (!err) {
        ci_ctl_print_key(ctl, &user.row);
    }
    return err;
}

/* A default unit that is not the user's would be of no use. */
static ci_error_t *update(void *baton, ci_ctl_t *ctl, apr_pool_t *pool)
{
    user_t user = {.row = *(const ci_ctl_row_t *)baton};
    const ci_value_t *unit = value_of(&user, CI_USER_DEFAULT_UNIT);
    ci_error_t *err = ci_ctl_row_update(baton, ctl, pool);
    ci_rows_t rows = {0, NULL, NULL};
    int i;

    if (err || !ci_value_is_set(unit)) {
        return err;
    }
    err = fetch_units(&rows, &user, ctl, pool);
    for (i = 0; !err && i < rows.count; i++) {
        if (ci_value_same_text(&rows.records[i]->values[CI_USER_UNIT_UNIT],
                               unit)) {
            return NULL;
        }
    }
    return err ? err
               : ci_ctl_refuse(pool, CI_CONFLICT,
                               "the user is not in the unit %.*s; see user"
                               " units",
                               (int)unit->length, unit->as.text);
}

static ci_error_t *change(ci_ctl_t *ctl)
{
    return ci_ctl_change_row(ctl, update);
}

/* -------------------------------------- password, disable, enable, units -- */

static void choice_options(ci_ctl_t *ctl)
{
    ci_ctl_organisation_option(ctl);
    ci_ctl_option(ctl, "id", "ID", "which user");
    ci_ctl_option(ctl, "username", "NAME", "the same, by login name");
}

static void password_options(ci_ctl_t *ctl)
{
    choice_options(ctl);
    ci_ctl_password_options(ctl);
}

static void units_options(ci_ctl_t *ctl)
{
    choice_options(ctl);
    ci_ctl_option(ctl, "units", "ID,ID",
                  "all units that the user is in from now on; not given: list"
                  " them");
    ci_ctl_option(ctl, "default-unit-id", "ID",
                  "unit of a login that names none; not given: as before, or"
                  " the first");
}

/* Begin with a record of the user that --id or --username chooses. */
static ci_error_t *choose(user_t *user, ci_ctl_t *ctl)
{
    const char *id = ci_ctl_given(ctl, "id");
    const char *username = ci_ctl_given(ctl, "username");

    memset(user, 0, sizeof *user);
    ci_ctl_row_key(&user->row, ctl);
    if (!id == !username) {
        return ci_ctl_usage(ctl->pool, "%s needs either --id or --username",
                            ctl->title);
    }
    if (username) {
        *value_of(user, CI_USER_USERNAME) = ci_value_text(username);
    }
    return NULL;
}

/* Complete the record with id and, if there is none, default unit.
   @param before set to the default unit as it is stored */
static ci_error_t *find(ci_value_t *before, user_t *user, ci_ctl_t *ctl,
                        apr_pool_t *pool)
{
    int row = ci_ctl_given(ctl, "id") ? CI_USER_ID : CI_USER_USERNAME;
    ci_where_t where =
        ci_where_equal(user->row.object, row, value_of(user, row));
    ci_select_t query = {
        .object = user->row.object,
        .mask = CI_MASK(CI_USER_ID) | CI_MASK(CI_USER_DEFAULT_UNIT),
        .nwhere = 1,
        .where = &where,
        .locked = 1,
    };
    ci_record_t *found;
    ci_error_t *err = ci_store_fetch_one(&found, ctl->store, &query, pool);

    if (err) {
        return err;
    }
    if (!found) {
        return ci_ctl_refuse(pool, CI_NOT_FOUND, "there is no such user");
    }
    *value_of(user, CI_USER_ID) = found->values[CI_USER_ID];
    *before = found->values[CI_USER_DEFAULT_UNIT];
    return NULL;
}

/* Set what the mask says; all sessions end. */
static ci_error_t *set(void *baton, ci_ctl_t *ctl, apr_pool_t *pool)
{
    user_t *user = baton;
    ci_value_t before;
    ci_error_t *err = find(&before, user, ctl, pool);

    if (!err && user->units) {
        err = choose_default(user, &before, pool);
    }
    if (!err) {
        err = ci_ctl_end_sessions(ctl, value_of(user, CI_USER_ID), pool);
    }
    if (!err && user->units) {
        err = remove_units(user, ctl, pool);
    }
    if (!err && user->units) {
        err = insert_units(user, ctl, pool);
    }
    return err ? err : ci_ctl_row_update(&user->row, ctl, pool);
}

static ci_error_t *apply(user_t *user, ci_ctl_t *ctl)
{
    ci_error_t *err = ci_ctl_change(ctl, set, user);

    if (!err) {
        ci_ctl_print_done(ctl, &user->row);
    }
    return err;
}

static ci_error_t *password(ci_ctl_t *ctl)
{
    user_t user;
    ci_error_t *err = choose(&user, ctl);

    if (!err) {
        err = ci_ctl_password_read(value_of(&user, CI_USER_PASSWORD_HASH), ctl);
    }
    user.row.mask = CI_MASK(CI_USER_PASSWORD_HASH);
    return err ? err : apply(&user, ctl);
}

static ci_error_t *set_disabled(ci_ctl_t *ctl, int disabled)
{
    user_t user;
    ci_error_t *err = choose(&user, ctl);

    *value_of(&user, CI_USER_DISABLED) = ci_value_integer(disabled);
    user.row.mask = CI_MASK(CI_USER_DISABLED);
    return err ? err : apply(&user, ctl);
}

static ci_error_t *disable(ci_ctl_t *ctl)
{
    return set_disabled(ctl, 1);
}

static ci_error_t *enable(ci_ctl_t *ctl)
{
    return set_disabled(ctl, 0);
}

static ci_error_t *show_units(user_t *user, ci_ctl_t *ctl)
{
    ci_rows_t rows = {0, NULL, NULL};
    ci_value_t before;
    ci_error_t *err = ci_ctl_scope(ctl);

    if (!err) {
        err = find(&before, user, ctl, ctl->pool);
    }
    if (!err) {
        err = fetch_units(&rows, user, ctl, ctl->pool);
    }
    if (!err) {
        ci_ctl_print_records(ctl, rows.records, rows.count,
                             CI_MASK(CI_USER_UNIT_UNIT));
    }
    return err;
}

static ci_error_t *units(ci_ctl_t *ctl)
{
    const char *unit = ci_ctl_given(ctl, "default-unit-id");
    user_t user;
    ci_error_t *err = choose(&user, ctl);

    err = ci_error_join(err, read_units(&user, ctl));
    if (err) {
        return err;
    }
    if (!user.units && unit) {
        return ci_ctl_usage(ctl->pool, "--default-unit-id goes with --units;"
                                       " see user change");
    }
    if (!user.units) {
        return show_units(&user, ctl);
    }
    user.wanted = unit ? ci_value_text(unit) : ci_value_null();
    user.row.mask = CI_MASK(CI_USER_DEFAULT_UNIT);
    return apply(&user, ctl);
}

const ci_ctl_action_t ci_ctl_user_actions[] = {
    {"add", "add a user, print the id; asks for the password", add_options,
     add},
    {"list", "list all users", ci_ctl_list_options, ci_ctl_list},
    {"change", "change what is given", ci_ctl_change_options, change},
    {"remove", "remove a user whom no contact names", ci_ctl_key_options,
     ci_ctl_remove},
    {"password", "set another password; asks for it, ends all sessions",
     password_options, password},
    {"disable", "lock a user out, end all sessions", choice_options, disable},
    {"enable", "let a user in again", choice_options, enable},
    {"units", "set the user's units, end all sessions; or list them",
     units_options, units},
    {.name = NULL},
};
