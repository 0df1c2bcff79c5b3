/* SPDX-License-Identifier: Apache-2.0 */
/* One row of an entity: its options, what they set, and the statements that
   store it. Options come from the object's table. */
#include "ctl/ci_ctl.h"

#include <apr_strings.h>
#include <string.h>

#include "model/ci_objects.h"

static const ci_field_t *key_field(const ci_ctl_t *ctl)
{
    return &ctl->entity->object->fields[ctl->entity->key];
}

/* ------------------------------------------------------------- options -- */

void ci_ctl_organisation_option(ci_ctl_t *ctl)
{
    ci_ctl_option(ctl, "organisation", "NAME", "name of the organisation")
        ->required = 1;
}

static void key_option(ci_ctl_t *ctl, const char *doc, int required)
{
    ci_ctl_option(ctl, ci_ctl_value_option(key_field(ctl), ctl->pool), "ID",
                  doc)
        ->required = required;
}

/* Columns that have an option: what an administrator sets as text. */
static int has_option(const ci_ctl_entity_t *entity, int row)
{
    const ci_field_t *field = &entity->object->fields[row];

    if (!(field->flags & CI_COLUMN) || row == entity->key ||
        entity->fixed & CI_MASK(row)) {
        return 0;
    }
    return (field->role == CI_ROLE_NONE || field->role == CI_ROLE_LEVEL) &&
           (field->type == CI_TYPE_TEXT || field->type == CI_TYPE_INTEGER ||
            field->type == CI_TYPE_BOOLEAN);
}

static void column_options(ci_ctl_t *ctl, int creating)
{
    const ci_object_t *object = ctl->entity->object;
    const ci_field_t *field;
    ci_ctl_option_t *option;
    int i;

    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        if (!has_option(ctl->entity, i)) {
            continue;
        }
        option = ci_ctl_option(ctl, ci_ctl_value_option(field, ctl->pool),
                               ci_ctl_value_argument(field),
                               apr_pstrcat(ctl->pool, field->doc, "; ",
                                           ci_ctl_value_help(field, ctl->pool),
                                           NULL));
        option->row = i;
        option->required = creating && !(field->flags & CI_NULLABLE) &&
                           field->type != CI_TYPE_BOOLEAN;
    }
}

void ci_ctl_list_options(ci_ctl_t *ctl)
{
    if (ctl->entity->owner == CI_CTL_TENANT) {
        ci_ctl_organisation_option(ctl);
    }
}

void ci_ctl_add_options(ci_ctl_t *ctl)
{
    ci_ctl_list_options(ctl);
    if (ctl->entity->owner != CI_CTL_SELF) {
        key_option(ctl, "letters, digits, - and _; made if it is not given", 0);
    }
    column_options(ctl, 1);
}

void ci_ctl_key_options(ci_ctl_t *ctl)
{
    if (ctl->entity->owner != CI_CTL_GLOBAL) {
        ci_ctl_organisation_option(ctl);
    }
    if (ctl->entity->owner != CI_CTL_SELF) {
        key_option(ctl, "which record", 1);
    }
}

void ci_ctl_change_options(ci_ctl_t *ctl)
{
    ci_ctl_key_options(ctl);
    column_options(ctl, 0);
}

/* ------------------------------------------------------------- reading -- */

void ci_ctl_row_key(ci_ctl_row_t *row, ci_ctl_t *ctl)
{
    const char *option = ci_ctl_value_option(key_field(ctl), ctl->pool);
    const char *id = ci_ctl_given(ctl, option);

    row->object = ci_ctl_table(ctl, ctl->entity->object);
    row->record = ci_record_make(row->object, ctl->pool);
    row->mask = 0;
    if (ctl->entity->owner != CI_CTL_SELF && id) {
        row->record->values[ctl->entity->key] = ci_value_text(id);
    }
}

ci_error_t *ci_ctl_row_read(ci_ctl_row_t *row, ci_ctl_t *ctl)
{
    const ci_ctl_option_t *option;
    ci_error_t *err = NULL;
    int i;

    ci_ctl_row_key(row, ctl);
    for (i = 0; i < ctl->options->nelts; i++) {
        option = &APR_ARRAY_IDX(ctl->options, i, ci_ctl_option_t);
        if (option->row < 0 || !option->value) {
            continue;
        }
        err = ci_error_join(
            err, ci_ctl_value_read(&row->record->values[option->row],
                                   &row->object->fields[option->row],
                                   option->name, option->value, ctl->pool));
        row->mask |= CI_MASK(option->row);
    }
    return err;
}

/* What a new row has in columns that are never empty and were not given. */
static void set_defaults(ci_ctl_row_t *row)
{
    ci_value_t *value;
    const ci_field_t *field;
    int i;

    for (i = 0; i < row->object->nfields; i++) {
        field = &row->object->fields[i];
        value = &row->record->values[i];
        if (value->state != CI_ABSENT) {
            continue;
        }
        if (field->type == CI_TYPE_BOOLEAN) {
            *value = ci_value_integer(0);
        }
        else if (field->role == CI_ROLE_GENERATION) {
            *value = ci_value_integer(1);
        }
    }
}

ci_error_t *ci_ctl_row_new(ci_ctl_row_t *row, ci_ctl_t *ctl)
{
    ci_error_t *err = ci_ctl_row_read(row, ctl);
    ci_value_t *key = &row->record->values[ctl->entity->key];
    const char *id;

    set_defaults(row);
    if (err || ctl->entity->owner == CI_CTL_SELF) {
        return err;
    }
    if (!ci_value_is_set(key)) {
        err = ci_ctl_id_make(&id, ctl->pool);
        *key = err ? ci_value_null() : ci_value_text(id);
    }
    else if (!ci_ctl_id_valid(key->as.text)) {
        err = ci_ctl_usage(ctl->pool,
                           "--%s: expected 1 to 32 letters, digits, - and _",
                           ci_ctl_value_option(key_field(ctl), ctl->pool));
    }
    return err;
}

/* --------------------------------------------------------------- works -- */

ci_error_t *ci_ctl_explain(ci_error_t *err, const ci_ctl_t *ctl,
                           const char *conflict, apr_pool_t *pool)
{
    if (err && err->code == CI_CONFLICT) {
        err->expected = apr_psprintf(
            pool, "%s %s; %s", ctl->entity->name,
            err->retry == CI_STALE ? "refers to a record that does not exist"
                                   : conflict,
            err->detail);
    }
    return err;
}

static ci_error_t *not_found(const ci_ctl_t *ctl, apr_pool_t *pool)
{
    return ci_ctl_refuse(pool, CI_NOT_FOUND, "there is no such %s",
                         ctl->entity->name);
}

ci_error_t *ci_ctl_row_insert(void *baton, ci_ctl_t *ctl, apr_pool_t *pool)
{
    const ci_ctl_row_t *row = baton;

    return ci_ctl_explain(
        ctl->store->methods->insert(ctl->store, &row->record, 1, pool), ctl,
        "exists already", pool);
}

/* The record by its key; an organisation by the scope. */
static ci_where_t by_key(const ci_ctl_row_t *row, const ci_ctl_t *ctl)
{
    ci_value_t *key = &row->record->values[ctl->entity->key];

    if (ctl->entity->owner == CI_CTL_SELF) {
        *key = ci_value_integer(ctl->store->scope.organisation);
    }
    return ci_where_equal(row->object, ctl->entity->key, key);
}

ci_error_t *ci_ctl_row_update(void *baton, ci_ctl_t *ctl, apr_pool_t *pool)
{
    const ci_ctl_row_t *row = baton;
    ci_where_t where = by_key(row, ctl);
    apr_int64_t matched;
    ci_error_t *err = ctl->store->methods->update(
        &matched, ctl->store, row->record, row->mask, &where, 1, pool);

    if (!err && !matched) {
        err = not_found(ctl, pool);
    }
    return ci_ctl_explain(err, ctl, "exists already", pool);
}

ci_error_t *ci_ctl_row_remove(void *baton, ci_ctl_t *ctl, apr_pool_t *pool)
{
    const ci_ctl_row_t *row = baton;
    ci_where_t where = by_key(row, ctl);
    apr_int64_t removed;
    ci_error_t *err = ctl->store->methods->remove(&removed, ctl->store,
                                                  row->object, &where, 1, pool);

    if (!err && !removed) {
        return not_found(ctl, pool);
    }
    if (!err) {
        return ci_ctl_documents_check(ctl, where.values, pool);
    }
    return ci_ctl_explain(err, ctl, "is still referred to", pool);
}
