/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of any entity: add, list, change, remove. Options and columns of the
   list come from the object's table. */
#include "ctl/ci_ctl.h"

#include <apr_strings.h>
#include <stdlib.h>
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

    if (!(field->flags & CI_COLUMN) || row == entity->key
        || entity->fixed & CI_MASK(row)) {
        return 0;
    }
    return (field->role == CI_ROLE_NONE || field->role == CI_ROLE_LEVEL)
           && (field->type == CI_TYPE_TEXT || field->type == CI_TYPE_INTEGER
               || field->type == CI_TYPE_BOOLEAN);
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
        option = ci_ctl_option(
            ctl, ci_ctl_value_option(field, ctl->pool), "VALUE",
            apr_pstrcat(ctl->pool, field->doc, "; ",
                        ci_ctl_value_help(field, ctl->pool), NULL));
        option->row = i;
        option->required = creating && !(field->flags & CI_NULLABLE)
                           && field->type != CI_TYPE_BOOLEAN;
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

static void row_make(ci_ctl_row_t *row, const ci_ctl_t *ctl)
{
    row->object = ci_ctl_table(ctl, ctl->entity->object);
    row->record = ci_record_make(row->object, ctl->pool);
    row->mask = 0;
}

ci_error_t *ci_ctl_row_key(ci_ctl_row_t *row, ci_ctl_t *ctl)
{
    const char *option = ci_ctl_value_option(key_field(ctl), ctl->pool);
    const char *id = ci_ctl_given(ctl, option);

    row_make(row, ctl);
    if (ctl->entity->owner != CI_CTL_SELF && id) {
        row->record->values[ctl->entity->key] = ci_value_text(id);
    }
    return NULL;
}

ci_error_t *ci_ctl_row_read(ci_ctl_row_t *row, ci_ctl_t *ctl)
{
    ci_error_t *err = ci_ctl_row_key(row, ctl);
    const ci_ctl_option_t *option;
    int i;

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

/* A conflict of keys in words; the database's own follow. */
static ci_error_t *explain(ci_error_t *err, const ci_ctl_t *ctl,
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

    return explain(
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
    return explain(err, ctl, "exists already", pool);
}

ci_error_t *ci_ctl_row_remove(void *baton, ci_ctl_t *ctl, apr_pool_t *pool)
{
    const ci_ctl_row_t *row = baton;
    ci_where_t where = by_key(row, ctl);
    apr_int64_t removed;
    ci_error_t *err = ctl->store->methods->remove(
        &removed, ctl->store, row->object, &where, 1, pool);

    if (!err && !removed) {
        return not_found(ctl, pool);
    }
    if (!err) {
        return ci_ctl_check_documents(ctl, where.values, pool);
    }
    return explain(err, ctl, "is still referred to", pool);
}

/* ------------------------------------------------------------- actions -- */

void ci_ctl_print_key(const ci_ctl_t *ctl, const ci_ctl_row_t *row,
                      int in_json_only)
{
    const ci_value_t *key = &row->record->values[ctl->entity->key];
    const char *name = key_field(ctl)->name;
    int numeric = key_field(ctl)->type == CI_TYPE_INTEGER;

    if (ci_ctl_given(ctl, "json")) {
        ci_ctl_print_json(
            numeric
                ? json_pack("{s:I}", name, (json_int_t)key->as.integer)
                : json_pack("{s:s%}", name, key->as.text, (size_t)key->length));
    }
    else if (!in_json_only && numeric) {
        printf("%" APR_INT64_T_FMT "\n", key->as.integer);
    }
    else if (!in_json_only) {
        printf("%.*s\n", (int)key->length, key->as.text);
    }
}

ci_error_t *ci_ctl_add(ci_ctl_t *ctl)
{
    ci_ctl_row_t row;
    ci_error_t *err = ci_ctl_row_new(&row, ctl);

    if (!err) {
        err = ci_ctl_change(ctl, ci_ctl_row_insert, &row);
    }
    if (!err) {
        ci_ctl_print_key(ctl, &row, 0);
    }
    return err;
}

ci_error_t *ci_ctl_modify(ci_ctl_t *ctl)
{
    ci_ctl_row_t row;
    ci_error_t *err = ci_ctl_row_read(&row, ctl);

    if (!err && !row.mask) {
        err = ci_ctl_usage(ctl->pool, "%s needs an option that changes"
                                      " something",
                           ctl->title);
    }
    if (!err) {
        err = ci_ctl_change(ctl, ci_ctl_row_update, &row);
    }
    if (!err) {
        ci_ctl_print_key(ctl, &row, 1);
    }
    return err;
}

ci_error_t *ci_ctl_remove(ci_ctl_t *ctl)
{
    ci_ctl_row_t row;
    ci_error_t *err = ci_ctl_row_key(&row, ctl);

    if (!err) {
        err = ci_ctl_change(ctl, ci_ctl_row_remove, &row);
    }
    if (!err) {
        ci_ctl_print_key(ctl, &row, 1);
    }
    return err;
}

/* Columns that are listed: no digests, nothing that --organisation says. */
static ci_mask_t listed(const ci_ctl_entity_t *entity,
                        const ci_object_t *object)
{
    ci_mask_t mask = ci_object_mask(object, CI_COLUMN) & ~entity->hidden;
    int i;

    for (i = 0; i < object->nfields; i++) {
        if (object->fields[i].type == CI_TYPE_BLOB
            || object->fields[i].role == CI_ROLE_TENANT) {
            mask &= ~CI_MASK(i);
        }
    }
    return mask;
}

/* The row of the text that people know a record by. */
static int label_of(const ci_object_t *object)
{
    static const char *const names[] = {"name", "username", "label"};
    int i, row = -1;

    for (i = 0; row < 0 && i < CI_ALEN(names); i++) {
        row = ci_object_find(object, names[i], strlen(names[i]));
    }
    return row;
}

static int by_label(const void *a, const void *b)
{
    const ci_record_t *const *left = a;
    const ci_record_t *const *right = b;
    int row = label_of((*left)->object);
    const ci_value_t *x = &(*left)->values[row];
    const ci_value_t *y = &(*right)->values[row];
    unsigned common = x->length < y->length ? x->length : y->length;
    int order;

    if (!ci_value_is_set(x) || !ci_value_is_set(y)) {
        return ci_value_is_set(x) - ci_value_is_set(y);
    }
    order = memcmp(x->as.text, y->as.text, common);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

ci_error_t *ci_ctl_list(ci_ctl_t *ctl)
{
    const ci_object_t *table = ci_ctl_table(ctl, ctl->entity->object);
    ci_query_t query = {.object = table, .mask = listed(ctl->entity, table)};
    ci_rows_t rows;
    ci_error_t *err = ci_ctl_scope(ctl);

    if (!err) {
        err = ctl->store->methods->fetch(&rows, ctl->store, &query, ctl->pool);
    }
    if (!err) {
        qsort(rows.records, (size_t)rows.count, sizeof(ci_record_t *),
              by_label);
        ci_ctl_print_records(ctl, rows.records, rows.count, query.mask);
    }
    return err;
}

/* ------------------------------------------------------------ entities -- */

static const ci_ctl_action_t actions[] = {
    {"add", "add a record, print its id", ci_ctl_add_options, ci_ctl_add},
    {"list", "list all", ci_ctl_list_options, ci_ctl_list},
    {"change", "change what is given", ci_ctl_change_options, ci_ctl_modify},
    {"remove", "remove a record that nothing refers to", ci_ctl_key_options,
     ci_ctl_remove},
    {.name = NULL},
};

const ci_ctl_entity_t ci_ctl_entities[] = {
    {"organisation", &ci_organisation, ci_ctl_organisation_actions, CI_CTL_SELF,
     CI_ORGANISATION_ID, 0, 0},
    {"community", &ci_community, actions, CI_CTL_TENANT, CI_REFERENCE_ID, 0, 0},
    {"group", &ci_group, actions, CI_CTL_TENANT, CI_REFERENCE_ID, 0, 0},
    {"unit", &ci_unit, actions, CI_CTL_TENANT, CI_REFERENCE_ID, 0, 0},
    {"user", &ci_user, ci_ctl_user_actions, CI_CTL_TENANT, CI_USER_ID,
     CI_MASK(CI_USER_PASSWORD_HASH) | CI_MASK(CI_USER_DISABLED),
     CI_MASK(CI_USER_PASSWORD_HASH)},
    {"key", &ci_api_key, ci_ctl_key_actions, CI_CTL_TENANT, CI_API_KEY_ID,
     CI_MASK(CI_API_KEY_ORGANISATION), CI_MASK(CI_API_KEY_ORGANISATION)},
    {"category", &ci_category, actions, CI_CTL_TENANT, CI_REFERENCE_ID, 0, 0},
    {"industry", &ci_industry, actions, CI_CTL_TENANT, CI_REFERENCE_ID, 0, 0},
    {"sector", &ci_industry_sector, actions, CI_CTL_TENANT, CI_REFERENCE_ID, 0,
     0},
    {"privacy-level", &ci_privacy_level, actions, CI_CTL_TENANT,
     CI_REFERENCE_ID, 0, 0},
    {"country", &ci_country, actions, CI_CTL_GLOBAL, CI_COUNTRY_ID, 0, 0},
    {.name = NULL},
};
