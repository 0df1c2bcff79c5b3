/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to record: one reader a type, one loop over the rows. */
#include "base/ci_json_read.h"

#include <apr_strings.h>

#include <math.h>
#include <string.h>

#include "base/ci_number.h"

/* Errors that one answer names at most. */
#define MAX_ERRORS 20

/* Longest word of an enumeration. */
#define MAX_WORD 40

/* Where the reader stands; becomes text only when there is an error. */
typedef struct path_t {
    const struct path_t *parent;
    const char *name; /* NULL: an element of a set */
    int index;
} path_t;

/* What is fixed for one object while its fields are read. */
typedef struct {
    const ci_read_t *read;
    ci_error_t **errors;
    int *nerrors;
    unsigned wanted; /* CI_CREATE or CI_UPDATE */
    int required;    /* a mandatory field must be there */
    int null_is_absent;
} context_t;

typedef void read_fn(const context_t *context, const ci_field_t *field,
                     ci_value_t *value, const json_t *json, const path_t *path);

static const char *path_text(const path_t *path, apr_pool_t *pool)
{
    if (path->name && (!path->parent)) {
        return path->name;
    }
    if (path->name) {
        return apr_pstrcat(pool, path_text(path->parent, pool), ".", path->name,
                           NULL);
    }
    return apr_psprintf(pool, "%s[%d]", path_text(path->parent, pool),
                        path->index);
}

static void fail(const context_t *context, ci_code_e code, const path_t *path,
                 const char *expected)
{
    apr_pool_t *pool = context->read->pool;

    if (++*context->nerrors > MAX_ERRORS) {
        return;
    }
    *context->errors = ci_error_join(
        *context->errors,
        ci_error_create(pool, code, path_text(path, pool), "%s", expected));
}

static void fail_type(const context_t *context, const path_t *path,
                      const json_t *json, const char *expected)
{
    fail(context, CI_INVALID_PARAMETER, path,
         apr_psprintf(context->read->pool, "expected %s, got %s", expected,
                      ci_json_kind(json)));
}

static void read_text(const context_t *context, const ci_field_t *field,
                      ci_value_t *value, const json_t *json, const path_t *path)
{
    const char *text = json_string_value(json);
    apr_size_t length = json_string_length(json);
    apr_size_t characters;

    if (!text) {
        fail_type(context, path, json, "a string");
    }
    else if (!ci_utf8_valid(text, length, &characters) ||
             characters > (apr_size_t)field->max) {
        fail(context, CI_INVALID_PARAMETER, path,
             apr_psprintf(context->read->pool,
                          "expected at most %" APR_INT64_T_FMT " characters",
                          field->max));
    }
    else if (!ci_text_clean(text, length, field->flags & CI_MULTILINE)) {
        fail(context, CI_INVALID_PARAMETER, path,
             "control characters are not allowed");
    }
    else if (field->check && !field->check(text, length)) {
        fail(context, CI_INVALID_PARAMETER, path,
             apr_pstrcat(context->read->pool, "not a valid ", field->name,
                         NULL));
    }
    else {
        *value = ci_value_bytes(text, length);
    }
}

static const char *word_list(const ci_field_t *field, apr_pool_t *pool)
{
    const char *list = "expected one of";
    int i;

    for (i = 0; field->words[i]; i++) {
        list = apr_pstrcat(pool, list, i ? ", " : " ", field->words[i], NULL);
    }
    return list;
}

static int find_word(const ci_field_t *field, const char *word)
{
    int i;

    for (i = 0; field->words[i]; i++) {
        if (strcmp(field->words[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

static void read_token(const context_t *context, const ci_field_t *field,
                       ci_value_t *value, const json_t *json,
                       const path_t *path)
{
    const char *text = json_string_value(json);
    char word[MAX_WORD];
    int index = -1;

    if (text && context->read->source == CI_FROM_DOCUMENT) {
        index = find_word(field, text);
    }
    else if (text && ci_token_normalise(word, sizeof word, text,
                                        json_string_length(json))) {
        index = find_word(field, word);
    }
    if (index < 0) {
        fail(context, CI_INVALID_PARAMETER, path,
             word_list(field, context->read->pool));
        return;
    }
    *value = ci_value_integer(index);
}

/* A whole number, also as a string; 1 if it is one within the limits. */
static int whole_number(apr_int64_t *integer, const json_t *json,
                        apr_int64_t min, apr_int64_t max)
{
    if (json_is_integer(json)) {
        *integer = json_integer_value(json);
    }
    else if (!json_is_string(json) ||
             !ci_integer_parse(integer, json_string_value(json),
                               json_string_length(json))) {
        return 0;
    }
    return *integer >= min && *integer <= max;
}

static void read_integer(const context_t *context, const ci_field_t *field,
                         ci_value_t *value, const json_t *json,
                         const path_t *path)
{
    apr_int64_t integer;

    if (whole_number(&integer, json, field->min, field->max)) {
        *value = ci_value_integer(integer);
        return;
    }
    fail(context, CI_INVALID_PARAMETER, path,
         apr_psprintf(context->read->pool,
                      "expected a whole number from %" APR_INT64_T_FMT
                      " to %" APR_INT64_T_FMT,
                      field->min, field->max));
}

static void read_number(const context_t *context, const ci_field_t *field,
                        ci_value_t *value, const json_t *json,
                        const path_t *path)
{
    double number = json_number_value(json);

    (void)field;
    if (!json_is_number(json) &&
        (!json_is_string(json) ||
         !ci_number_parse(&number, json_string_value(json),
                          json_string_length(json)))) {
        fail_type(context, path, json, "a number");
        return;
    }
    value->state = CI_SET_VALUE;
    value->as.number = number;
}

static int boolean_of(const json_t *json)
{
    const char *text = json_string_value(json);

    if (json_is_boolean(json)) {
        return json_is_true(json);
    }
    if (json_is_integer(json)) {
        return json_integer_value(json) == 0   ? 0
               : json_integer_value(json) == 1 ? 1
                                               : -1;
    }
    if (text && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0)) {
        return 1;
    }
    return text && (strcmp(text, "0") == 0 || strcmp(text, "false") == 0) ? 0
                                                                          : -1;
}

static void read_boolean(const context_t *context, const ci_field_t *field,
                         ci_value_t *value, const json_t *json,
                         const path_t *path)
{
    int boolean = boolean_of(json);

    (void)field;
    if (boolean < 0) {
        fail_type(context, path, json, "true or false");
        return;
    }
    *value = ci_value_integer(boolean);
}

static void read_datetime(const context_t *context, const ci_field_t *field,
                          ci_value_t *value, const json_t *json,
                          const path_t *path)
{
    ci_datetime_t datetime;

    (void)field;
    if (!json_is_string(json) ||
        !ci_datetime_parse(&datetime, json_string_value(json),
                           json_string_length(json))) {
        fail(context, CI_INVALID_PARAMETER, path,
             "expected a date YYYY-MM-DDTHH:MM:SS, years 1000 to 9999");
        return;
    }
    *value = ci_value_datetime(&datetime);
}

/* One of day, month, year: its number, 0 if null or absent, -1 if unusable. */
static int date_part(const json_t *json, const char *name)
{
    const json_t *part = json_object_get(json, name);
    apr_int64_t integer;

    if (!part || json_is_null(part)) {
        return 0;
    }
    return whole_number(&integer, part, 1, 9999) ? (int)integer : -1;
}

static void read_date(const context_t *context, const ci_field_t *field,
                      ci_value_t *value, const json_t *json, const path_t *path)
{
    int with_year = field->type == CI_TYPE_DATE;
    int day = date_part(json, "day");
    int month = date_part(json, "month");
    int year = with_year ? date_part(json, "year") : 0;
    ci_datetime_t date = {0};

    if (json_is_object(json) && day == 0 && month == 0 && year == 0) {
        if (!context->null_is_absent && field->type != CI_TYPE_SET) {
            *value = ci_value_null();
        }
        return;
    }
    if (!json_is_object(json) || day < 1 || month < 1 ||
        !(with_year ? ci_date_valid(year, month, day)
                    : ci_name_day_valid(month, day))) {
        fail(context, CI_INVALID_PARAMETER, path,
             with_year ? "expected day, month and year of a date"
                       : "expected day and month of a date");
        return;
    }
    date.day = (apr_byte_t)day;
    date.month = (apr_byte_t)month;
    date.year = (apr_int16_t)year;
    *value = ci_value_datetime(&date);
}

static void read_identifier(const context_t *context, const ci_field_t *field,
                            ci_value_t *value, const json_t *json,
                            const path_t *path)
{
    ci_identifier_t *identifier;
    ci_error_t *err = ci_json_identifier(&identifier, field->object, path->name,
                                         json, context->read->pool);

    if (err) {
        fail(context, CI_INVALID_IDENTIFIER, path, err->expected);
        return;
    }
    value->state = CI_SET_VALUE;
    value->as.identifier = identifier;
}

static void resolve_reference(const context_t *context, const ci_field_t *field,
                              ci_value_t *value, const json_t *json,
                              const path_t *path)
{
    ci_value_t chosen = {0};
    const char *expected;

    read_identifier(context, field, &chosen, json, path);
    if (chosen.state != CI_SET_VALUE) {
        return;
    }
    switch (context->read->resolve(value, context->read->baton, field->object,
                                   chosen.as.identifier)) {
    case CI_FOUND_ONE:
        break;
    case CI_FOUND_NONE:
        expected = apr_pstrcat(context->read->pool, "there is no such ",
                               field->object->name, NULL);
        fail(context, CI_UNKNOWN_REFERENCE, path, expected);
        break;
    case CI_FOUND_SEVERAL:
        expected = apr_pstrcat(context->read->pool, "there is more than one ",
                               field->object->name, NULL);
        fail(context, CI_AMBIGUOUS_IDENTIFIER, path, expected);
        break;
    }
}

static void read_reference(const context_t *context, const ci_field_t *field,
                           ci_value_t *value, const json_t *json,
                           const path_t *path)
{
    if (context->read->source != CI_FROM_DOCUMENT) {
        resolve_reference(context, field, value, json, path);
    }
    else if (json_is_string(json) &&
             json_string_length(json) <= (apr_size_t)field->max) {
        *value =
            ci_value_bytes(json_string_value(json), json_string_length(json));
    }
    else {
        fail_type(context, path, json, "an id");
    }
}

static ci_record_t *read_record(const context_t *outer,
                                const ci_object_t *object, const json_t *json,
                                const path_t *path);

static void read_object(const context_t *context, const ci_field_t *field,
                        ci_value_t *value, const json_t *json,
                        const path_t *path)
{
    if (!json_is_object(json)) {
        fail_type(context, path, json, "an object");
        return;
    }
    *value = ci_value_record(read_record(context, field->object, json, path));
}

static void read_set(const context_t *context, const ci_field_t *field,
                     ci_value_t *value, const json_t *json, const path_t *path)
{
    size_t i, n = json_array_size(json);
    path_t element = {path, NULL, 0};
    ci_record_t **records;

    if (!json_is_array(json)) {
        fail_type(context, path, json, "an array");
        return;
    }
    if (n > (size_t)field->max) {
        fail(context, CI_INVALID_PARAMETER, path,
             apr_psprintf(context->read->pool,
                          "expected at most %" APR_INT64_T_FMT " elements",
                          field->max));
        return;
    }
    records = apr_pcalloc(context->read->pool, (n + 1) * sizeof *records);
    for (i = 0; i < n; i++) {
        element.index = (int)i;
        if (!json_is_object(json_array_get(json, i))) {
            fail_type(context, &element, json_array_get(json, i), "an object");
            continue;
        }
        records[i] = read_record(context, field->object,
                                 json_array_get(json, i), &element);
    }
    *value = ci_value_set(records, (int)n);
}

static read_fn *const readers[CI_TYPE_COUNT] = {
    [CI_TYPE_TEXT] = read_text,
    [CI_TYPE_TOKEN] = read_token,
    [CI_TYPE_INTEGER] = read_integer,
    [CI_TYPE_NUMBER] = read_number,
    [CI_TYPE_BOOLEAN] = read_boolean,
    [CI_TYPE_DATETIME] = read_datetime,
    [CI_TYPE_DATE] = read_date,
    [CI_TYPE_NAME_DAY] = read_date,
    [CI_TYPE_REFERENCE] = read_reference,
    [CI_TYPE_IDENTIFIER] = read_identifier,
    [CI_TYPE_OBJECT] = read_object,
    [CI_TYPE_SET] = read_set,
};

static int applies(const context_t *context, const ci_field_t *field)
{
    unsigned only = field->flags & (CI_PERSON | CI_COMPANY);

    return !only || !context->read->type || (only & context->read->type);
}

/* A mandatory field: 1 if it is there or need not be. */
static int check_required(const context_t *context, const ci_field_t *field,
                          const json_t *json, const path_t *path)
{
    unsigned only = field->flags & (CI_PERSON | CI_COMPANY);

    if (!(field->flags & CI_REQUIRED) || !ci_json_is_empty(json) ||
        (only && !(only & context->read->type))) {
        return 1;
    }
    if (context->required || json || field->role == CI_ROLE_CHOICE) {
        fail(context, CI_MISSING_PARAMETER, path, "it is mandatory");
        return 0;
    }
    return 1;
}

static void read_field(const context_t *context, const ci_field_t *field,
                       ci_value_t *value, const json_t *json,
                       const path_t *path)
{
    if (!check_required(context, field, json, path) || !json) {
        return;
    }
    if (json_is_null(json)) {
        if (!context->null_is_absent && field->type != CI_TYPE_SET) {
            *value = ci_value_null();
        }
        return;
    }
    if (!applies(context, field)) {
        fail(context, CI_INVALID_PARAMETER, path,
             field->flags & CI_PERSON ? "applies to a PERSON only"
                                      : "applies to a COMPANY only");
        return;
    }
    readers[field->type](context, field, value, json, path);
}

static const json_t *member_of(const json_t *json, const ci_field_t *field,
                               ci_source_e source)
{
    const json_t *member, *other = NULL;

    if (source == CI_FROM_DOCUMENT) {
        return json_object_get(json, field->name);
    }
    member = json_object_get(json, ci_field_request(field));
    if (field->alias && (!member || json_is_null(member))) {
        other = json_object_get(json, field->alias);
    }
    return other ? other : member;
}

/* What an element of an update wants: its action decides what must be there.
   0 if the action itself is wrong. */
static int begin_element(context_t *context, ci_record_t *record,
                         const json_t *json, const path_t *path)
{
    int row = ci_object_role(record->object, CI_ROLE_ACTION);
    const ci_field_t *field = &record->object->fields[row];
    const json_t *member = json_object_get(json, field->name);
    path_t here = {path, field->name, 0};

    if (ci_json_is_empty(member)) {
        fail(context, CI_MISSING_PARAMETER, &here,
             word_list(field, context->read->pool));
        return 0;
    }
    read_token(context, field, &record->values[row], member, &here);
    if (record->values[row].state != CI_SET_VALUE) {
        return 0;
    }
    context->required = record->values[row].as.integer == 0;
    context->null_is_absent = context->required;
    context->wanted = context->required ? CI_CREATE : CI_UPDATE;
    return 1;
}

/* Rows that an element's action leaves to read. */
static ci_mask_t rows_to_read(const ci_record_t *record)
{
    const ci_object_t *object = record->object;
    int action = ci_object_role(object, CI_ROLE_ACTION);
    int choice = ci_object_role(object, CI_ROLE_CHOICE);

    if (action < 0 || record->values[action].state != CI_SET_VALUE) {
        return ~(ci_mask_t)0;
    }
    if (record->values[action].as.integer == 2) {
        return CI_MASK(choice);
    }
    return ~CI_MASK(action);
}

static ci_record_t *read_record(const context_t *outer,
                                const ci_object_t *object, const json_t *json,
                                const path_t *path)
{
    ci_record_t *record = ci_record_make(object, outer->read->pool);
    context_t context = *outer;
    const ci_field_t *field;
    path_t here = {path, NULL, 0};
    const json_t *member;
    ci_mask_t rows;
    int i;

    if (outer->read->source == CI_FROM_UPDATE &&
        ci_object_role(object, CI_ROLE_ACTION) >= 0 &&
        !begin_element(&context, record, json, path)) {
        return record;
    }
    rows = rows_to_read(record);
    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        if (!(field->flags & context.wanted) || !(rows & CI_MASK(i))) {
            continue;
        }
        member = member_of(json, field, outer->read->source);
        here.name = ci_field_request(field);
        read_field(&context, field, &record->values[i], member, &here);
    }
    return record;
}

ci_error_t *ci_json_read(ci_record_t **record, const ci_read_t *read,
                         const ci_object_t *object, const json_t *json)
{
    static const unsigned wanted[] = {
        [CI_FROM_CREATE] = CI_CREATE,
        [CI_FROM_UPDATE] = CI_UPDATE,
        [CI_FROM_DOCUMENT] = CI_MEMBER,
    };
    ci_error_t *errors = NULL;
    int nerrors = 0;
    context_t context = {read,
                         &errors,
                         &nerrors,
                         wanted[read->source],
                         read->source == CI_FROM_CREATE,
                         read->source != CI_FROM_UPDATE};

    *record = read_record(&context, object, json, NULL);
    return errors;
}
