/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the tables of all objects that are stored as JSON: what the module
   believes of the database. test_schema.py holds it against the schema. */
#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>

#include "model/ci_objects.h"

static const char *const types[CI_TYPE_COUNT] = {
    [CI_TYPE_TEXT] = "text",
    [CI_TYPE_BLOB] = "blob",
    [CI_TYPE_TOKEN] = "token",
    [CI_TYPE_INTEGER] = "integer",
    [CI_TYPE_NUMBER] = "number",
    [CI_TYPE_BOOLEAN] = "boolean",
    [CI_TYPE_DATETIME] = "datetime",
    [CI_TYPE_DATE] = "date",
    [CI_TYPE_NAME_DAY] = "name_day",
    [CI_TYPE_REFERENCE] = "reference",
    [CI_TYPE_IDENTIFIER] = "identifier",
    [CI_TYPE_OBJECT] = "object",
    [CI_TYPE_SET] = "set",
};

static json_t *words_of(const ci_field_t *field)
{
    json_t *words = json_array();
    int i;

    for (i = 0; field->words && field->words[i]; i++) {
        json_array_append_new(words, json_string(field->words[i]));
    }
    return words;
}

static json_t *column_of(const ci_field_t *field)
{
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:b, s:b, s:o}", "name",
        field->column ? field->column : field->name, "type", types[field->type],
        "min", (json_int_t)field->min, "max", (json_int_t)field->max, "bytes",
        (field->flags & CI_BYTES) != 0, "nullable",
        (field->flags & CI_NULLABLE) != 0, "words", words_of(field));
}

static json_t *columns_of(const ci_object_t *object)
{
    ci_slot_t slots[CI_MAX_COLUMNS];
    int count = ci_object_columns(object, ~(ci_mask_t)0, CI_COLUMN, slots);
    json_t *columns = json_array();
    int i;

    for (i = 0; i < count; i++) {
        json_array_append_new(columns, column_of(slots[i].field));
    }
    return columns;
}

int main(void)
{
    const ci_object_t *const *object;
    json_t *all = json_array();

    for (object = ci_objects; *object; object++) {
        if ((*object)->table) {
            json_array_append_new(all, json_pack("{s:s, s:s, s:o}", "object",
                                                 (*object)->name, "table",
                                                 (*object)->table, "columns",
                                                 columns_of(*object)));
        }
    }
    if (json_dumpf(all, stdout, JSON_INDENT(1)) != 0 || puts("") == EOF) {
        return EXIT_FAILURE;
    }
    json_decref(all);
    return EXIT_SUCCESS;
}
