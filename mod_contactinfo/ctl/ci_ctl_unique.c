/* SPDX-License-Identifier: Apache-2.0 */
/* unique: give the contacts that are stored already the keys of a rule, before
   or after ContactInfoUnique says it. May be run again at any time. */
#include "ctl/ci_ctl.h"

#include <apr_strings.h>

#include "model/ci_contact.h"
#include "model/ci_objects.h"
#include "model/ci_unique.h"

/* Contacts of one transaction. */
#define BATCH 200

void ci_ctl_unique_options(ci_ctl_t *ctl)
{
    ci_ctl_organisation_option(ctl);
    ci_ctl_option(ctl, "rule", "RULE",
                  "as ContactInfoUnique has it, such as \"PERSON id_number\"")
        ->required = 1;
}

typedef struct {
    ci_ctl_t *ctl;
    apr_array_header_t *rules; /* one */
    apr_int64_t last;          /* sequence of the last contact that is done */
    int count;                 /* contacts of the last batch */
    json_int_t seen;
    const char *conflicts; /* ids of contacts that break the rule */
    json_int_t broken;
} fill_t;

static ci_error_t *fetch_batch(ci_rows_t *rows, const fill_t *fill,
                               ci_store_t *store, apr_pool_t *pool)
{
    ci_value_t last = ci_value_integer(fill->last);
    ci_where_t where = ci_where_equal(&ci_contact, CI_CONTACT_SEQ, &last);
    ci_select_t query = {
        .object = &ci_contact,
        .mask = ci_object_mask(&ci_contact, CI_COLUMN),
        .nwhere = 1,
        .where = &where,
        .ordered = 1,
        .limit = BATCH,
    };

    where.op = CI_OP_AFTER;
    return ci_store_fetch(rows, store, &query, pool);
}

/* What a batch found; taken over when it is committed. */
typedef struct {
    const char *conflicts;
    json_int_t broken;
} found_t;

static ci_error_t *fill_contact(const fill_t *fill, ci_record_t *contact,
                                found_t *found, ci_store_t *store,
                                apr_pool_t *pool)
{
    ci_error_t *err = ci_contact_unpack(contact, CI_WHOLE, pool);

    if (!err) {
        err = ci_unique_replace(fill->rules, contact, store, pool);
    }
    if (err && err->code == CI_CONFLICT) {
        found->broken++;
        found->conflicts = apr_pstrcat(
            fill->ctl->pool, found->conflicts, *found->conflicts ? " " : "",
            ci_value_string(&contact->values[CI_CONTACT_ID], pool), NULL);
        return NULL;
    }
    return err;
}

static ci_error_t *fill_batch(void *baton, ci_store_t *store, apr_pool_t *pool)
{
    fill_t *fill = baton;
    found_t found = {fill->conflicts, 0};
    ci_rows_t rows;
    ci_error_t *err = fetch_batch(&rows, fill, store, pool);
    int i;

    for (i = 0; !err && i < rows.count; i++) {
        err = fill_contact(fill, rows.records[i], &found, store, pool);
    }
    if (err) {
        return err;
    }
    fill->count = rows.count;
    fill->seen += rows.count;
    fill->broken += found.broken;
    fill->conflicts = found.conflicts;
    if (rows.count) {
        fill->last =
            rows.records[rows.count - 1]->values[CI_CONTACT_SEQ].as.integer;
    }
    return NULL;
}

static ci_error_t *fill_all(fill_t *fill)
{
    ci_ctl_t *ctl = fill->ctl;
    ci_error_t *err;
    apr_pool_t *pool;

    apr_pool_create(&pool, ctl->pool);
    apr_pool_tag(pool, "ci_ctl_unique");
    do {
        apr_pool_clear(pool);
        ctl->store->deadline = apr_time_now() + apr_time_from_sec(60);
        err = ci_store_transaction(ctl->store, fill_batch, fill, pool);
    } while (!err && fill->count == BATCH);
    return ci_error_copy(err, ctl->pool);
}

ci_error_t *ci_ctl_unique(ci_ctl_t *ctl)
{
    fill_t fill = {.ctl = ctl, .conflicts = ""};
    ci_unique_t *rule;
    const char *problem =
        ci_unique_parse(&rule, ci_ctl_given(ctl, "rule"), ctl->pool);
    ci_error_t *err;

    if (problem) {
        return ci_ctl_usage(ctl->pool, "--rule: %s", problem);
    }
    err = ci_ctl_ready(ctl);
    if (!err) {
        err = ci_ctl_scope(ctl);
    }
    if (err) {
        return err;
    }
    fill.rules = apr_array_make(ctl->pool, 1, sizeof(ci_unique_t *));
    APR_ARRAY_PUSH(fill.rules, ci_unique_t *) = rule;
    err = fill_all(&fill);
    if (err) {
        return err;
    }
    ci_ctl_print_object(ctl, json_pack("{s:I,s:s}", "contacts", fill.seen,
                                       "conflicts", fill.conflicts));
    return fill.broken
               ? ci_ctl_refuse(ctl->pool, CI_CONFLICT,
                               "%" APR_INT64_T_FMT " contacts break the rule",
                               (apr_int64_t)fill.broken)
               : NULL;
}
