/* SPDX-License-Identifier: Apache-2.0 */
/* How each type of field is said in JSON Schema. */
#include "endpoint/ci_openapi_type.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "endpoint/ci_params.h"

#define NOT_BLANK "[^ \\t\\r\\n]"
#define WHOLE     "^-?(?:0|[1-9][0-9]*)$"
#define NUMBER    "^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"
#define DATETIME                                                               \
    "^[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"              \
    "T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"

int ci_openapi_is_request(ci_form_e form)
{
    return form == CI_FORM_CREATE || form == CI_FORM_UPDATE ||
           form == CI_FORM_PARAMETER;
}

/* "type": one of up to two, or null. */
static void write_type(ci_openapi_t *openapi, const char *type,
                       const char *other, int null)
{
    ci_doc_t *doc = &openapi->doc;

    if (!other && !null) {
        ci_doc_text(doc, "type", type);
        return;
    }
    ci_doc_open(doc, "type", '[');
    ci_doc_text(doc, NULL, type);
    if (other) {
        ci_doc_text(doc, NULL, other);
    }
    if (null) {
        ci_doc_text(doc, NULL, "null");
    }
    ci_doc_close(doc, ']');
}

static void write_reference(ci_openapi_t *openapi, const ci_object_t *object,
                            ci_form_e form, int null)
{
    ci_doc_t *doc = &openapi->doc;

    if (!null) {
        ci_openapi_refer(openapi, "$ref", object, form);
        return;
    }
    ci_doc_open(doc, "anyOf", '[');
    ci_doc_open(doc, NULL, '{');
    ci_openapi_refer(openapi, "$ref", object, form);
    ci_doc_close(doc, '}');
    ci_doc_json(doc, NULL, "{\"type\":\"null\"}");
    ci_doc_close(doc, ']');
}

static void write_range(ci_openapi_t *openapi, const ci_field_t *field)
{
    ci_doc_integer(&openapi->doc, "minimum", field->min);
    ci_doc_integer(&openapi->doc, "maximum",
                   ci_params_max(field, openapi->settings));
}

static void write_words(ci_doc_t *doc, ci_words_t *words, int null)
{
    int i;

    ci_doc_open(doc, "enum", '[');
    for (i = 0; words[i]; i++) {
        ci_doc_text(doc, NULL, words[i]);
    }
    if (null) {
        ci_doc_json(doc, NULL, "null");
    }
    ci_doc_close(doc, ']');
}

/* ------------------------------------------------------------- patterns - */

/* A word in any case; a blank is as good as an underscore. */
static const char *word_pattern(const char *word, apr_pool_t *pool)
{
    char *pattern = apr_palloc(pool, 4 * strlen(word) + 1);
    char *at = pattern;

    for (; *word; word++) {
        if (apr_isdigit(*word)) {
            *at++ = *word;
            continue;
        }
        *at++ = '[';
        *at++ = *word;
        *at++ = *word == '_' ? ' ' : (char)apr_tolower(*word);
        *at++ = ']';
    }
    *at = '\0';
    return pattern;
}

const char *ci_openapi_word_pattern(ci_words_t *words, int count,
                                    apr_pool_t *pool)
{
    const char *pattern = "";
    int i;

    for (i = 0; i < count; i++) {
        pattern = apr_pstrcat(pool, pattern, i ? "|" : "",
                              word_pattern(words[i], pool), NULL);
    }
    return apr_pstrcat(pool, "^(?:", pattern, ")$", NULL);
}

/* Identifying fields that an object has at most, nested ones included. */
#define MAX_IDENTIFYING 16

static int add_identifying(const ci_field_t **fields, int n,
                           const ci_object_t *object, const ci_object_t *of)
{
    ci_slot_t slot;
    int i;

    for (i = 0; i < of->nfields && n < MAX_IDENTIFYING; i++) {
        if (of->fields[i].flags & CI_IDENTIFIES &&
            ci_object_identifying(object, of->fields[i].name, &slot) &&
            slot.field == &of->fields[i]) {
            fields[n++] = slot.field;
        }
    }
    return n;
}

/* The fields that an identifier of an object may name, as its reader finds
   them. */
static int identifying(const ci_field_t *fields[MAX_IDENTIFYING],
                       const ci_object_t *object)
{
    int n = add_identifying(fields, 0, object, object);
    int i;

    for (i = 0; i < object->nfields; i++) {
        if (object->fields[i].type == CI_TYPE_OBJECT) {
            n = add_identifying(fields, n, object, object->fields[i].object);
        }
    }
    return n;
}

const char *ci_openapi_identifier_pattern(const ci_object_t *object,
                                          apr_pool_t *pool)
{
    const ci_field_t *fields[MAX_IDENTIFYING];
    int n = identifying(fields, object);
    const char *names = "";
    int i;

    for (i = 0; i < n; i++) {
        names = apr_pstrcat(pool, names, i ? "|" : "", fields[i]->name, NULL);
    }
    return apr_pstrcat(pool, "^(?:", names, ")=.*" NOT_BLANK, NULL);
}

void ci_openapi_identifying(ci_openapi_t *openapi, const ci_object_t *object)
{
    const ci_field_t *fields[MAX_IDENTIFYING];
    int n = identifying(fields, object);
    ci_doc_t *doc = &openapi->doc;
    int i;

    for (i = 0; i < n; i++) {
        ci_doc_open(doc, fields[i]->name, '{');
        ci_doc_text(doc, "description", fields[i]->doc);
        ci_doc_text(doc, "type", "string");
        ci_doc_text(doc, "pattern", NOT_BLANK);
        ci_doc_close(doc, '}');
    }
}

/* ---------------------------------------------------------- one a type -- */

static void put_text(ci_openapi_t *openapi, const ci_field_t *field,
                     ci_form_e form, int null)
{
    write_type(openapi, "string", NULL, null);
    if (field->max) {
        ci_doc_integer(&openapi->doc, "maxLength", field->max);
    }
    if (ci_openapi_is_request(form) && field->flags & CI_REQUIRED) {
        ci_doc_text(&openapi->doc, "pattern", NOT_BLANK);
    }
}

static void put_blob(ci_openapi_t *openapi, const ci_field_t *field,
                     ci_form_e form, int null)
{
    (void)field;
    (void)form;
    write_type(openapi, "string", NULL, null);
    ci_doc_text(&openapi->doc, "contentMediaType", "application/octet-stream");
}

static void put_token(ci_openapi_t *openapi, const ci_field_t *field,
                      ci_form_e form, int null)
{
    (void)form;
    write_type(openapi, "string", NULL, null);
    write_words(&openapi->doc, field->words, null);
}

static void take_token(ci_openapi_t *openapi, const ci_field_t *field,
                       ci_form_e form, int null)
{
    ci_doc_t *doc = &openapi->doc;
    int count = 0;

    (void)form;
    while (field->words[count]) {
        count++;
    }
    write_type(openapi, "string", NULL, null);
    ci_doc_open(doc, "anyOf", '[');
    ci_doc_open(doc, NULL, '{');
    write_words(doc, field->words, null);
    ci_doc_close(doc, '}');
    ci_doc_open(doc, NULL, '{');
    ci_doc_text(
        doc, "pattern",
        ci_openapi_word_pattern(field->words, count, openapi->schemas->pool));
    ci_doc_close(doc, '}');
    ci_doc_close(doc, ']');
}

static void put_integer(ci_openapi_t *openapi, const ci_field_t *field,
                        ci_form_e form, int null)
{
    (void)form;
    write_type(openapi, "integer", NULL, null);
    write_range(openapi, field);
}

static void take_integer(ci_openapi_t *openapi, const ci_field_t *field,
                         ci_form_e form, int null)
{
    (void)form;
    write_type(openapi, "integer", "string", null);
    write_range(openapi, field);
    ci_doc_text(&openapi->doc, "pattern", WHOLE);
}

static void put_number(ci_openapi_t *openapi, const ci_field_t *field,
                       ci_form_e form, int null)
{
    (void)field;
    (void)form;
    write_type(openapi, "number", NULL, null);
}

static void take_number(ci_openapi_t *openapi, const ci_field_t *field,
                        ci_form_e form, int null)
{
    (void)field;
    (void)form;
    write_type(openapi, "number", "string", null);
    ci_doc_text(&openapi->doc, "pattern", NUMBER);
}

static void put_boolean(ci_openapi_t *openapi, const ci_field_t *field,
                        ci_form_e form, int null)
{
    (void)field;
    (void)form;
    write_type(openapi, "boolean", NULL, null);
}

static void take_boolean(ci_openapi_t *openapi, const ci_field_t *field,
                         ci_form_e form, int null)
{
    (void)field;
    (void)form;
    ci_doc_json(&openapi->doc, "enum",
                null ? "[true,false,1,0,\"1\",\"0\",\"true\",\"false\",null]"
                     : "[true,false,1,0,\"1\",\"0\",\"true\",\"false\"]");
}

static void put_datetime(ci_openapi_t *openapi, const ci_field_t *field,
                         ci_form_e form, int null)
{
    (void)field;
    (void)form;
    write_type(openapi, "string", NULL, null);
    ci_doc_text(&openapi->doc, "pattern", DATETIME);
}

static void write_part(ci_openapi_t *openapi, const char *name, int min,
                       int max, int request)
{
    ci_doc_t *doc = &openapi->doc;

    ci_doc_open(doc, name, '{');
    write_type(openapi, "integer", request ? "string" : NULL, 1);
    ci_doc_integer(doc, "minimum", min);
    ci_doc_integer(doc, "maximum", max);
    if (request) {
        ci_doc_text(doc, "pattern", WHOLE);
    }
    ci_doc_close(doc, '}');
}

/* DATE and NAME_DAY: an object whose members are all null when it is not set */
static void put_date(ci_openapi_t *openapi, const ci_field_t *field,
                     ci_form_e form, int null)
{
    ci_doc_t *doc = &openapi->doc;
    int with_year = field->type == CI_TYPE_DATE;
    int request = ci_openapi_is_request(form);

    write_type(openapi, "object", NULL, null);
    ci_doc_open(doc, "properties", '{');
    write_part(openapi, "day", 1, 31, request);
    write_part(openapi, "month", 1, 12, request);
    if (with_year) {
        write_part(openapi, "year", 1000, 9999, request);
    }
    ci_doc_close(doc, '}');
    if (!request) {
        ci_doc_json(doc, "required",
                    with_year ? "[\"day\",\"month\",\"year\"]"
                              : "[\"day\",\"month\"]");
    }
}

static void put_reference(ci_openapi_t *openapi, const ci_field_t *field,
                          ci_form_e form, int null)
{
    (void)form;
    write_reference(openapi, field->object, CI_FORM_REFERENCE, null);
}

static void take_identifier(ci_openapi_t *openapi, const ci_field_t *field,
                            ci_form_e form, int null)
{
    (void)form;
    write_reference(openapi, field->object, CI_FORM_IDENTIFIER, null);
}

static void take_identifier_text(ci_openapi_t *openapi, const ci_field_t *field,
                                 ci_form_e form, int null)
{
    (void)form;
    write_type(openapi, "string", NULL, null);
    ci_doc_text(
        &openapi->doc, "pattern",
        ci_openapi_identifier_pattern(field->object, openapi->schemas->pool));
}

/* The form of what is nested in a form. */
static ci_form_e nested_form(const ci_field_t *field, ci_form_e form)
{
    if (field->flags & CI_BRIEF) {
        return CI_FORM_RELATED;
    }
    return ci_openapi_is_request(form) || form == CI_FORM_RELATED
               ? form
               : CI_FORM_INNER;
}

static void put_object(ci_openapi_t *openapi, const ci_field_t *field,
                       ci_form_e form, int null)
{
    write_reference(openapi, field->object, nested_form(field, form), null);
}

static void put_set(ci_openapi_t *openapi, const ci_field_t *field,
                    ci_form_e form, int null)
{
    write_type(openapi, "array", NULL, null);
    ci_doc_integer(&openapi->doc, "maxItems", field->max);
    ci_doc_open(&openapi->doc, "items", '{');
    write_reference(openapi, field->object, nested_form(field, form), 0);
    ci_doc_close(&openapi->doc, '}');
}

const ci_openapi_type_t ci_openapi_types[CI_TYPE_COUNT] = {
    [CI_TYPE_TEXT] = {put_text, put_text, put_text},
    [CI_TYPE_BLOB] = {put_blob, put_blob, put_blob},
    [CI_TYPE_TOKEN] = {put_token, take_token, take_token},
    [CI_TYPE_INTEGER] = {put_integer, take_integer, put_integer},
    [CI_TYPE_NUMBER] = {put_number, take_number, put_number},
    [CI_TYPE_BOOLEAN] = {put_boolean, take_boolean, take_boolean},
    [CI_TYPE_DATETIME] = {put_datetime, put_datetime, put_datetime},
    [CI_TYPE_DATE] = {put_date, put_date, NULL},
    [CI_TYPE_NAME_DAY] = {put_date, put_date, NULL},
    [CI_TYPE_REFERENCE] = {put_reference, take_identifier, NULL},
    [CI_TYPE_IDENTIFIER] = {NULL, take_identifier, take_identifier_text},
    [CI_TYPE_OBJECT] = {put_object, put_object, NULL},
    [CI_TYPE_SET] = {put_set, put_set, NULL},
};

/* --------------------------------------------------------------- fields - */

/* 1 if a value of an answer may be null: if a column or what is made of columns
   may be, and most members of the document. */
static int is_null_shown(const ci_field_t *field, ci_form_e form)
{
    if (field->role == CI_ROLE_KEY) {
        return 0;
    }
    switch (field->type) {
    case CI_TYPE_BOOLEAN:
    case CI_TYPE_DATE:
    case CI_TYPE_NAME_DAY:
    case CI_TYPE_SET:
        return 0;
    case CI_TYPE_OBJECT:
        return (field->flags & (CI_PERSON | CI_COMPANY)) != 0;
    default:
        break;
    }
    if (form == CI_FORM_RELATED || form == CI_FORM_REFERENCE) {
        return !(field->flags & CI_OMIT_NULL);
    }
    if (field->flags & CI_MEMBER) {
        return !(field->flags & CI_REQUIRED) && field->role != CI_ROLE_STATE;
    }
    return (field->flags & (CI_NULLABLE | CI_PERSON | CI_COMPANY)) != 0;
}

/* 1 if a request may say null, for nothing or to clear the field. */
static int is_null_taken(const ci_field_t *field, ci_form_e form)
{
    if (form == CI_FORM_PARAMETER || field->role == CI_ROLE_ACTION) {
        return 0;
    }
    if (form == CI_FORM_CREATE && field->flags & (CI_PERSON | CI_COMPANY)) {
        return 1;
    }
    return !(field->flags & CI_REQUIRED);
}

static const char *doc_of(const ci_field_t *field, ci_form_e form,
                          apr_pool_t *pool)
{
    if (!ci_openapi_is_request(form) ||
        !(field->flags & (CI_PERSON | CI_COMPANY))) {
        return field->doc;
    }
    return apr_pstrcat(pool, field->doc,
                       field->flags & CI_PERSON ? " (of a PERSON only)"
                                                : " (of a COMPANY only)",
                       NULL);
}

void ci_openapi_field(ci_openapi_t *openapi, const char *name,
                      const ci_field_t *field, ci_form_e form)
{
    const ci_openapi_type_t *type = &ci_openapi_types[field->type];
    int request = ci_openapi_is_request(form);

    ci_doc_open(&openapi->doc, name, '{');
    ci_doc_text(&openapi->doc, "description",
                doc_of(field, form, openapi->schemas->pool));
    if (form == CI_FORM_PARAMETER) {
        type->parameter(openapi, field, form, is_null_taken(field, form));
    }
    else if (request) {
        type->request(openapi, field, form, is_null_taken(field, form));
    }
    else {
        type->answer(openapi, field, form, is_null_shown(field, form));
    }
    ci_doc_close(&openapi->doc, '}');
}
