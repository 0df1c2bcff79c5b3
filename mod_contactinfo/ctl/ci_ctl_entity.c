/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to administer, and the actions that most of it has: add, list,
   change, remove. */
#include "ctl/ci_ctl.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "model/ci_objects.h"

/* ------------------------------------------------------------- actions -- */

static const ci_field_t *key_field(const ci_ctl_t *ctl)
{
    return &ctl->entity->object->fields[ctl->entity->key];
}

void ci_ctl_print_key(const ci_ctl_t *ctl, const ci_ctl_row_t *row)
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
    else if (numeric) {
        printf("%" APR_INT64_T_FMT "\n", key->as.integer);
    }
    else {
        printf("%.*s\n", (int)key->length, key->as.text);
    }
}

void ci_ctl_print_done(const ci_ctl_t *ctl, const ci_ctl_row_t *row)
{
    if (ci_ctl_given(ctl, "json")) {
        ci_ctl_print_key(ctl, row);
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
        ci_ctl_print_key(ctl, &row);
    }
    return err;
}

ci_error_t *ci_ctl_change_row(ci_ctl_t *ctl, ci_ctl_work_fn work)
{
    ci_ctl_row_t row;
    ci_error_t *err = ci_ctl_row_read(&row, ctl);

    if (!err && !row.mask) {
        err = ci_ctl_usage(ctl->pool,
                           "%s needs an option that changes"
                           " something",
                           ctl->title);
    }
    if (!err) {
        err = ci_ctl_change(ctl, work, &row);
    }
    if (!err) {
        ci_ctl_print_done(ctl, &row);
    }
    return err;
}

static ci_error_t *change(ci_ctl_t *ctl)
{
    return ci_ctl_change_row(ctl, ci_ctl_row_update);
}

ci_error_t *ci_ctl_remove(ci_ctl_t *ctl)
{
    ci_ctl_row_t row;
    ci_error_t *err;

    ci_ctl_row_key(&row, ctl);
    err = ci_ctl_change(ctl, ci_ctl_row_remove, &row);
    if (!err) {
        ci_ctl_print_done(ctl, &row);
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
        if (object->fields[i].type == CI_TYPE_BLOB ||
            object->fields[i].role == CI_ROLE_TENANT) {
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
    ci_select_t query = {.object = table, .mask = listed(ctl->entity, table)};
    ci_rows_t rows = {0, NULL, NULL};
    ci_error_t *err = ci_ctl_scope(ctl);

    if (!err) {
        err = ci_store_fetch(&rows, ctl->store, &query, ctl->pool);
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
    {"change", "change what is given", ci_ctl_change_options, change},
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
