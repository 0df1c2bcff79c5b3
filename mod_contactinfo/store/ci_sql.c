/* SPDX-License-Identifier: Apache-2.0 */
/* Statement text from the tables. The wanted table is always "t", the tables
   that lead to it "v0", "v1" and "v2". */
#include "store/ci_sql.h"

#include <apr_strings.h>

#include "base/ci_sink.h"

static void put(ci_sink_t *sink, const char *text)
{
    ci_sink_write(sink, text, strlen(text));
}

static void put_name(ci_sink_t *sink, const char *alias,
                     const ci_field_t *field)
{
    if (alias && !(field->flags & CI_JOINED)) {
        put(sink, alias);
        ci_sink_char(sink, '.');
    }
    put(sink, field->column ? field->column : field->name);
}

static void put_list(ci_sink_t *sink, const char *alias, const ci_slot_t *slots,
                     int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (i) {
            put(sink, ", ");
        }
        put_name(sink, alias, slots[i].field);
    }
}

static void put_parameters(ci_sink_t *sink, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        put(sink, i ? ", ?" : "?");
    }
}

static void put_condition(ci_sink_t *sink, const char *alias,
                          const ci_where_t *where)
{
    if (where->op == CI_OP_IN && where->count == 0) {
        put(sink, "FALSE");
        return;
    }
    put_name(sink, alias, where->slot.field);
    switch (where->op) {
    case CI_OP_EQUAL:
        put(sink, " = ?");
        break;
    case CI_OP_BEFORE:
        put(sink, " < ?");
        break;
    case CI_OP_AFTER:
        put(sink, " > ?");
        break;
    case CI_OP_IN:
        put(sink, " IN (");
        put_parameters(sink, where->count);
        put(sink, ")");
        break;
    }
}

/* The tenant and the conditions of one table; returns what separates the next
   condition from them. */
static const char *put_where(ci_sink_t *sink, const char *separator,
                             const char *alias, const ci_object_t *object,
                             const ci_where_t *where, int nwhere)
{
    int tenant = ci_object_role(object, CI_ROLE_TENANT);
    int i;

    if (tenant >= 0) {
        put(sink, separator);
        put_name(sink, alias, &object->fields[tenant]);
        put(sink, " = ?");
        separator = " AND ";
    }
    for (i = 0; i < nwhere; i++) {
        put(sink, separator);
        put_condition(sink, alias, &where[i]);
        separator = " AND ";
    }
    return separator;
}

static const char *via_alias(int index)
{
    static const char *const aliases[CI_MAX_VIA] = {"v0", "v1", "v2"};

    return aliases[index];
}

static void put_table(ci_sink_t *sink, const ci_object_t *object,
                      const char *alias)
{
    put(sink, object->table);
    ci_sink_char(sink, ' ');
    put(sink, alias);
}

static void put_link(ci_sink_t *sink, const ci_select_t *query, int index)
{
    const ci_via_t *via = &query->via[index];
    int sequence = ci_object_role(query->object, CI_ROLE_SEQUENCE);

    put(sink, " ON ");
    put_name(sink, via_alias(index), &via->object->fields[via->link]);
    put(sink, " = ");
    put_name(sink, "t", &query->object->fields[sequence]);
}

/* Rows that are found by their sequence only: the server need not weigh their
   other keys. */
static void put_by_sequence(ci_sink_t *sink, const ci_object_t *object)
{
    put_table(sink, object, "t");
    put(sink, " FORCE INDEX FOR JOIN (PRIMARY)");
}

/* One table leads to the wanted one: there is no order to choose either. */
static void put_led(ci_sink_t *sink, const ci_select_t *query)
{
    put_table(sink, query->via->object, via_alias(0));
    if (query->via->index) {
        put(sink, " FORCE INDEX (");
        put(sink, query->via->index);
        ci_sink_char(sink, ')');
    }
    put(sink, " STRAIGHT_JOIN ");
    put_by_sequence(sink, query->object);
    put_link(sink, query, 0);
}

static void put_from(ci_sink_t *sink, const ci_select_t *query)
{
    int i;

    put(sink, " FROM ");
    if (query->nvia == 1 && !query->nwhere) {
        put_led(sink, query);
        return;
    }
    if (query->nvia && !query->nwhere) {
        put_by_sequence(sink, query->object);
    }
    else {
        put_table(sink, query->object, "t");
    }
    for (i = 0; i < query->nvia; i++) {
        put(sink, " JOIN ");
        put_table(sink, query->via[i].object, via_alias(i));
        put_link(sink, query, i);
    }
}

static void put_columns(ci_sink_t *sink, const ci_select_t *query)
{
    ci_slot_t slots[CI_MAX_COLUMNS];

    put_list(sink, "t", slots,
             ci_object_columns(query->object, query->mask,
                               CI_COLUMN | CI_JOINED, slots));
    if (query->nvia && query->via[0].mask) {
        put(sink, ", ");
        put_list(sink, via_alias(0), slots,
                 ci_object_columns(query->via[0].object, query->via[0].mask,
                                   CI_COLUMN, slots));
    }
}

int ci_sql_is_filtered(const ci_select_t *query, int has_clearance)
{
    return has_clearance && !query->revealed &&
           ci_object_role(query->object, CI_ROLE_LEVEL) >= 0;
}

static void put_join(ci_sink_t *sink, const char *join)
{
    if (join) {
        ci_sink_char(sink, ' ');
        put(sink, join);
    }
}

static int reads(const ci_select_t *query, ci_role_e role)
{
    int row = ci_object_role(query->object, role);

    return row >= 0 && (query->mask & CI_MASK(row));
}

static void put_joins(ci_sink_t *sink, const ci_select_t *query,
                      int has_clearance)
{
    put_join(sink, query->object->joins);
    if (reads(query, CI_ROLE_GENERATION)) {
        put_join(sink, query->object->generation_join);
    }
    if (reads(query, CI_ROLE_LEVEL) ||
        ci_sql_is_filtered(query, has_clearance)) {
        put_join(sink, query->object->level_join);
    }
}

/* Rows without a sequence have no order. */
static void put_order(ci_sink_t *sink, const ci_object_t *object)
{
    int sequence = ci_object_role(object, CI_ROLE_SEQUENCE);

    if (sequence >= 0) {
        put(sink, " ORDER BY ");
        put_name(sink, "t", &object->fields[sequence]);
    }
}

static const char *put_clearance(ci_sink_t *sink, const char *separator,
                                 const ci_object_t *object)
{
    const ci_field_t *level =
        &object->fields[ci_object_role(object, CI_ROLE_LEVEL)];

    put(sink, separator);
    ci_sink_char(sink, '(');
    put_name(sink, "t", level);
    put(sink, " IS NULL OR ");
    put_name(sink, "t", level);
    put(sink, " <= ?)");
    return " AND ";
}

static const char *text_of(ci_sink_t *sink, apr_pool_t *pool)
{
    apr_size_t length;

    return ci_sink_text(sink, &length, pool);
}

const char *ci_sql_select(const ci_select_t *query, int has_clearance,
                          apr_pool_t *pool)
{
    ci_sink_t *sink = ci_sink_create(pool);
    const char *separator;
    int i;

    put(sink, "SELECT ");
    put_columns(sink, query);
    put_from(sink, query);
    put_joins(sink, query, has_clearance);
    separator = put_where(sink, " WHERE ", "t", query->object, query->where,
                          query->nwhere);
    for (i = 0; i < query->nvia; i++) {
        separator =
            put_where(sink, separator, via_alias(i), query->via[i].object,
                      query->via[i].where, query->via[i].nwhere);
    }
    if (ci_sql_is_filtered(query, has_clearance)) {
        put_clearance(sink, separator, query->object);
    }
    if (query->ordered) {
        put_order(sink, query->object);
    }
    if (query->limit) {
        put(sink, " LIMIT ? OFFSET ?");
    }
    if (query->locked) {
        put(sink, " FOR UPDATE");
    }
    return text_of(sink, pool);
}

int ci_sql_insert_columns(const ci_object_t *object, ci_slot_t *slots)
{
    ci_mask_t mask = ~(ci_mask_t)0;
    int sequence = ci_object_role(object, CI_ROLE_SEQUENCE);

    if (sequence >= 0) {
        mask &= ~CI_MASK(sequence);
    }
    return ci_object_columns(object, mask, CI_COLUMN, slots);
}

static void put_row(ci_sink_t *sink, const ci_slot_t *slots, int count,
                    int guarded)
{
    int i;

    ci_sink_char(sink, '(');
    for (i = 0; i < count; i++) {
        put(sink, i ? ", " : "");
        if (guarded && slots[i].field->role == CI_ROLE_TENANT) {
            put(sink, "(SELECT g.organisation_id FROM organisation g"
                      " WHERE g.organisation_id = ? AND g.generation = ?)");
        }
        else {
            ci_sink_char(sink, '?');
        }
    }
    ci_sink_char(sink, ')');
}

static void put_insert(ci_sink_t *sink, const ci_object_t *object,
                       const ci_slot_t *slots, int count)
{
    put(sink, "INSERT INTO ");
    put(sink, object->table);
    put(sink, " (");
    put_list(sink, NULL, slots, count);
    put(sink, ") VALUES ");
}

const char *ci_sql_insert(const ci_object_t *object, int count, int guarded,
                          apr_pool_t *pool)
{
    ci_sink_t *sink = ci_sink_create(pool);
    ci_slot_t slots[CI_MAX_COLUMNS];
    int ncolumns = ci_sql_insert_columns(object, slots);
    int i;

    put_insert(sink, object, slots, ncolumns);
    for (i = 0; i < count; i++) {
        put(sink, i ? ", " : "");
        put_row(sink, slots, ncolumns, guarded);
    }
    return text_of(sink, pool);
}

const char *ci_sql_insert_if(const ci_object_t *object, int row,
                             const ci_select_t *query, int has_clearance,
                             apr_pool_t *pool)
{
    ci_sink_t *sink = ci_sink_create(pool);
    ci_slot_t slots[CI_MAX_COLUMNS];
    int count = ci_sql_insert_columns(object, slots);
    int i;

    put_insert(sink, object, slots, count);
    for (i = 0; i < count; i++) {
        put(sink, i ? ", " : "(");
        if (slots[i].outer == row) {
            ci_sink_char(sink, '(');
            put(sink, ci_sql_select(query, has_clearance, pool));
            ci_sink_char(sink, ')');
        }
        else {
            ci_sink_char(sink, '?');
        }
    }
    ci_sink_char(sink, ')');
    return text_of(sink, pool);
}

const char *ci_sql_update(const ci_object_t *object, ci_mask_t mask,
                          const ci_where_t *where, int nwhere, int guarded,
                          apr_pool_t *pool)
{
    ci_sink_t *sink = ci_sink_create(pool);
    ci_slot_t slots[CI_MAX_COLUMNS];
    int count = ci_object_columns(object, mask, CI_COLUMN, slots);
    int i;

    put(sink, "UPDATE ");
    put(sink, object->table);
    put(sink, " SET ");
    for (i = 0; i < count; i++) {
        put(sink, i ? ", " : "");
        put_name(sink, NULL, slots[i].field);
        put(sink, " = ?");
    }
    put_where(sink, " WHERE ", NULL, object, where, nwhere);
    if (guarded) {
        put(sink, " AND EXISTS (SELECT 1 FROM organisation g"
                  " WHERE g.organisation_id = ? AND g.generation = ?)");
    }
    return text_of(sink, pool);
}

const char *ci_sql_delete(const ci_object_t *object, const ci_where_t *where,
                          int nwhere, apr_pool_t *pool)
{
    ci_sink_t *sink = ci_sink_create(pool);

    put(sink, "DELETE FROM ");
    put(sink, object->table);
    put_where(sink, " WHERE ", NULL, object, where, nwhere);
    return text_of(sink, pool);
}
