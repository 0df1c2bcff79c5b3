/* SPDX-License-Identifier: Apache-2.0 */
/* What a table in memory does with rows: comparing and copying values, joining
   columns of other tables, refusing what a table refuses. */
#include "store_mem_table.h"

#include <apr_strings.h>

#include <stdlib.h>

#include "base/ci_number.h"
#include "base/ci_sink.h"
#include "model/ci_objects.h"
#include "model/ci_session.h"

/* Columns, beginning with the tenant's, that no two rows share. */
static const struct {
    const ci_object_t *object;
    const char *columns[4];
} unique_keys[] = {
    {&ci_contact, {"organisation_id", "id"}},
    {&ci_contact_key, {"organisation_id", "kind", "value", "contact_seq"}},
    {&ci_contact_unique, {"organisation_id", "rule", "value"}},
    {&ci_idempotency,
     {"organisation_id", "user_id", "operation", "key_digest"}},
    {&ci_photo, {"organisation_id", "file_id"}},
    {&ci_photo, {"organisation_id", "contact_seq"}},
    {&ci_photo_chunk, {"organisation_id", "file_id", "chunk_number"}},
    {&ci_relation, {"organisation_id", "id"}},
    {&ci_country, {"id"}},
    {&ci_industry, {"organisation_id", "id"}},
    {&ci_industry_sector, {"organisation_id", "id"}},
    {&ci_category, {"organisation_id", "id"}},
    {&ci_privacy_level, {"organisation_id", "id"}},
    {&ci_community, {"organisation_id", "id"}},
    {&ci_group, {"organisation_id", "id"}},
    {&ci_unit, {"organisation_id", "id"}},
    {&ci_user, {"organisation_id", "id"}},
    {&ci_user, {"organisation_id", "username"}},
    {&ci_user_unit, {"organisation_id", "user_id", "unit_id"}},
    {&ci_organisation, {"name"}},
    {&ci_api_key, {"key_digest"}},
    {&ci_api_key, {"organisation_id", "key_id"}},
    {&ci_login_session, {"token_digest"}},
    {&ci_schema_version, {"id"}},
};

/* ---------------------------------------------------------------- values */

static int row_named(const ci_object_t *object, const char *name)
{
    int row = ci_object_find(object, name, strlen(name));

    if (row < 0) {
        abort();
    }
    return row;
}

static const ci_value_t *named(const ci_record_t *record, const char *name)
{
    return &record->values[row_named(record->object, name)];
}

int mem_order(apr_int64_t a, apr_int64_t b)
{
    return a < b ? -1 : a > b;
}

/* Smaller, equal or greater; both are set. */
int mem_compare(const ci_field_t *field, const ci_value_t *a,
                const ci_value_t *b)
{
    apr_size_t shorter = a->length < b->length ? a->length : b->length;
    int order;

    switch (field->type) {
    case CI_TYPE_TEXT:
    case CI_TYPE_BLOB:
    case CI_TYPE_REFERENCE:
        order = memcmp(a->as.text, b->as.text, shorter);
        return order ? order : mem_order(a->length, b->length);
    case CI_TYPE_DATETIME:
        return mem_order(ci_datetime_time(&a->as.datetime),
                         ci_datetime_time(&b->as.datetime));
    default:
        return mem_order(a->as.integer, b->as.integer);
    }
}

int mem_equal(const ci_field_t *field, const ci_value_t *a, const ci_value_t *b)
{
    return ci_value_is_set(a) && ci_value_is_set(b) &&
           mem_compare(field, a, b) == 0;
}

/* A value as a column holds it: absent is null, and memory is its own. */
static ci_value_t column_copy(const ci_field_t *field, const ci_value_t *value,
                              apr_pool_t *pool)
{
    if (!ci_value_is_set(value)) {
        return ci_value_null();
    }
    if (field->type == CI_TYPE_TEXT || field->type == CI_TYPE_BLOB ||
        field->type == CI_TYPE_REFERENCE) {
        return ci_value_bytes(
            apr_pstrmemdup(pool, value->as.text, value->length), value->length);
    }
    return *value;
}

void mem_copy(ci_record_t *into, const ci_record_t *from, ci_mask_t mask,
              unsigned flags, apr_pool_t *pool)
{
    ci_slot_t slots[CI_MAX_COLUMNS];
    int i, n = ci_object_columns(from->object, mask, flags, slots);

    for (i = 0; i < n; i++) {
        *ci_record_put(into, slots[i], pool) =
            column_copy(slots[i].field, ci_record_at(from, slots[i]), pool);
    }
}

ci_record_t *mem_project(const ci_record_t *row, ci_mask_t mask, unsigned flags,
                         apr_pool_t *pool)
{
    ci_record_t *copy = ci_record_make(row->object, pool);

    mem_copy(copy, row, mask, flags, pool);
    return copy;
}

int mem_meets(const ci_record_t *row, const ci_where_t *where)
{
    const ci_field_t *field = where->slot.field;
    const ci_value_t *value = ci_record_at(row, where->slot);
    int i;

    if (where->op == CI_OP_BEFORE || where->op == CI_OP_AFTER) {
        return ci_value_is_set(value) && ci_value_is_set(where->values) &&
               (where->op == CI_OP_BEFORE
                    ? mem_compare(field, value, where->values) < 0
                    : mem_compare(field, value, where->values) > 0);
    }
    for (i = 0; i < where->count; i++) {
        if (mem_equal(field, value, &where->values[i])) {
            return 1;
        }
    }
    return 0;
}

/* ---------------------------------------------------------------- tables */

table_t *mem_table(database_t *db, const ci_object_t *object)
{
    int i;

    for (i = 0; ci_objects[i] && ci_objects[i] != object; i++) {
    }
    if (!ci_objects[i] || !object->table || i >= MAX_TABLES) {
        abort();
    }
    return &db->tables[i];
}

const ci_record_t *mem_row(const table_t *table, int index)
{
    return APR_ARRAY_IDX(table->rows, index, const ci_record_t *);
}

/* The row of an object that another row of the same organisation names. */
static const ci_record_t *parent_of(database_t *db, const ci_object_t *object,
                                    const ci_record_t *row, const char *link)
{
    const table_t *table = mem_table(db, object);
    const ci_record_t *other;
    int i;

    for (i = 0; i < table->rows->nelts; i++) {
        other = mem_row(table, i);
        if (named(other, "organisation_id")->as.integer ==
                named(row, "organisation_id")->as.integer &&
            ci_value_same_text(named(other, "id"), named(row, link))) {
            return other;
        }
    }
    return NULL;
}

const ci_record_t *mem_organisation(database_t *db, const ci_record_t *row)
{
    apr_int64_t id = named(row, "organisation_id")->as.integer;
    const table_t *table = mem_table(db, &ci_organisation);
    int i;

    for (i = 0; i < table->rows->nelts; i++) {
        if (mem_row(table, i)->values[CI_ORGANISATION_ID].as.integer == id) {
            return mem_row(table, i);
        }
    }
    return NULL;
}

/* --------------------------------------------------------- joined columns */

/* Each fills in the joined columns of a copy of a row; 0 if the joins drop it.
 */
typedef int join_fn(database_t *db, ci_record_t *view);

static void set_joined(ci_record_t *view, const char *name,
                       const ci_record_t *from, const char *column)
{
    view->values[row_named(view->object, name)] = *named(from, column);
}

static int is_enabled(const ci_record_t *row)
{
    return row && !named(row, "disabled")->as.integer;
}

static int join_contact(database_t *db, ci_record_t *view)
{
    const ci_record_t *organisation = mem_organisation(db, view);
    const ci_record_t *level =
        parent_of(db, &ci_privacy_level, view, "privacy_level");

    if (!organisation) {
        return 0;
    }
    set_joined(view, "generation", organisation, "generation");
    if (level) {
        set_joined(view, "hierarchy_level", level, "hierarchy_level");
    }
    return 1;
}

static int join_group(database_t *db, ci_record_t *view)
{
    const ci_record_t *community =
        parent_of(db, &ci_community, view, "community_id");

    if (community) {
        set_joined(view, "community_name", community, "name");
    }
    return community != NULL;
}

static int join_unit(database_t *db, ci_record_t *view)
{
    const ci_record_t *group = parent_of(db, &ci_group, view, "group_id");
    const ci_record_t *community =
        group ? parent_of(db, &ci_community, group, "community_id") : NULL;

    if (community) {
        set_joined(view, "group_name", group, "name");
        set_joined(view, "community_name", community, "name");
    }
    return community != NULL;
}

static int join_api_key(database_t *db, ci_record_t *view)
{
    const ci_record_t *user = parent_of(db, &ci_user, view, "user_id");

    if (!is_enabled(user) || !is_enabled(mem_organisation(db, view))) {
        return 0;
    }
    set_joined(view, "default_unit_id", user, "default_unit_id");
    return 1;
}

static int join_session(database_t *db, ci_record_t *view)
{
    const ci_record_t *user = parent_of(db, &ci_user, view, "user_id");
    const ci_record_t *unit = parent_of(db, &ci_unit, view, "unit_id");
    const ci_record_t *organisation = mem_organisation(db, view);

    if (!is_enabled(user) || !unit || !is_enabled(organisation)) {
        return 0;
    }
    set_joined(view, "group_id", unit, "group_id");
    set_joined(view, "clearance", unit, "clearance");
    set_joined(view, "generation", organisation, "generation");
    return 1;
}

static const struct {
    const ci_object_t *object;
    join_fn *join;
} joins[] = {
    {&ci_contact, join_contact},
    {&ci_group, join_group},
    {&ci_unit, join_unit},
    {&ci_api_key, join_api_key},
    {&ci_login_session, join_session},
};

/* A row with its joined columns, in the pool; NULL if the joins drop it. */
ci_record_t *mem_view(database_t *db, const ci_record_t *row, apr_pool_t *pool)
{
    ci_record_t *view = mem_project(row, ~(ci_mask_t)0, CI_COLUMN, pool);
    int i;

    for (i = 0; i < CI_ALEN(joins); i++) {
        if (joins[i].object == row->object) {
            return joins[i].join(db, view) ? view : NULL;
        }
    }
    return view;
}

/* ---------------------------------------------------------------- checks */

static int same_key(const char *const columns[4], const ci_record_t *a,
                    const ci_record_t *b)
{
    int i;

    for (i = 0; i < 4 && columns[i]; i++) {
        if (!mem_equal(&a->object->fields[row_named(a->object, columns[i])],
                       named(a, columns[i]), named(b, columns[i]))) {
            return 0;
        }
    }
    return 1;
}

static int is_duplicate(const ci_record_t *a, const ci_record_t *b)
{
    int i;

    for (i = 0; i < CI_ALEN(unique_keys); i++) {
        if (unique_keys[i].object == a->object &&
            same_key(unique_keys[i].columns, a, b)) {
            return 1;
        }
    }
    return 0;
}

/* What a table says of a row that is to stand among others. */
ci_error_t *mem_check(const apr_array_header_t *rows, const ci_record_t *row,
                      apr_pool_t *pool)
{
    ci_slot_t slots[CI_MAX_COLUMNS];
    int i, n = ci_object_columns(row->object, ~(ci_mask_t)0, CI_COLUMN, slots);
    const ci_record_t *other;

    for (i = 0; i < n; i++) {
        if (!(slots[i].field->flags & CI_NULLABLE) &&
            !ci_value_is_set(ci_record_at(row, slots[i]))) {
            return ci_error_server(pool, CI_INTERNAL_ERROR, APR_EGENERAL,
                                   "column %s.%s cannot be null",
                                   row->object->table, slots[i].field->name);
        }
    }
    for (i = 0; i < rows->nelts; i++) {
        other = APR_ARRAY_IDX(rows, i, const ci_record_t *);
        if (other != row && is_duplicate(other, row)) {
            return ci_error_server(pool, CI_CONFLICT, APR_EGENERAL,
                                   "duplicate key of %s", row->object->table);
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ dump */

/* Bytes as their digest: a zero byte would end the text. */
static void dump_bytes(ci_sink_t *sink, const ci_value_t *value)
{
    char text[2 * CI_DIGEST_SIZE + 1];
    ci_digest_t digest;

    ci_digest_make(&digest, value->as.text, value->length);
    ci_hex_encode(text, digest.bytes, sizeof digest.bytes);
    ci_sink_write(sink, text, sizeof text - 1);
}

static void dump_value(ci_sink_t *sink, const ci_field_t *field,
                       const ci_value_t *value)
{
    char text[CI_INTEGER_SIZE];

    if (!ci_value_is_set(value)) {
        CI_SINK_LITERAL(sink, "|-");
        return;
    }
    ci_sink_char(sink, '|');
    switch (field->type) {
    case CI_TYPE_TEXT:
    case CI_TYPE_REFERENCE:
        ci_sink_write(sink, value->as.text, value->length);
        break;
    case CI_TYPE_BLOB:
        dump_bytes(sink, value);
        break;
    case CI_TYPE_DATETIME:
        ci_datetime_format(text, &value->as.datetime);
        ci_sink_write(sink, text, strlen(text));
        break;
    default:
        ci_sink_write(sink, text, ci_integer_format(text, value->as.integer));
        break;
    }
}

static void dump_row(ci_sink_t *sink, const ci_record_t *row)
{
    ci_slot_t slots[CI_MAX_COLUMNS];
    int i, n = ci_object_columns(row->object, ~(ci_mask_t)0, CI_COLUMN, slots);

    ci_sink_write(sink, row->object->table, strlen(row->object->table));
    for (i = 0; i < n; i++) {
        dump_value(sink, slots[i].field, ci_record_at(row, slots[i]));
    }
    ci_sink_char(sink, '\n');
}

const char *mem_dump(database_t *db, apr_pool_t *pool)
{
    ci_sink_t *sink = ci_sink_create(pool);
    apr_size_t length;
    int i, j;

    for (i = 0; i < MAX_TABLES; i++) {
        for (j = 0; j < db->tables[i].rows->nelts; j++) {
            dump_row(sink, mem_row(&db->tables[i], j));
        }
    }
    return ci_sink_text(sink, &length, pool);
}
