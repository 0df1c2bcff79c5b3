/* SPDX-License-Identifier: Apache-2.0 */
/* The schemas of objects: one loop over the rows of a table. */
#include "endpoint/ci_openapi.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "endpoint/ci_openapi_type.h"

/* What the forms of an object are called, and which of its rows they have. */
static const struct {
    const char *prefix;
    const char *suffix;
    unsigned flags; /* one of them */
} forms[CI_FORM_COUNT] = {
    [CI_FORM_CREATE] = {"Create", "", CI_CREATE},
    [CI_FORM_UPDATE] = {"Update", "", CI_UPDATE},
    [CI_FORM_PARAMETER] = {"", "", CI_INPUT},
    [CI_FORM_SELECTED] = {"", "", CI_SHOWN},
    [CI_FORM_REDUCED] = {"Reduced", "", CI_REDUCED},
    [CI_FORM_RELATED] = {"Related", "", CI_RELATED},
    [CI_FORM_INNER] = {"", "", CI_SHOWN},
    [CI_FORM_REFERENCE] = {"", "", CI_SHOWN},
    [CI_FORM_IDENTIFIER] = {"", "Identifier", CI_IDENTIFIES},
};

/* An element of an update has all that an ADD takes as well. */
static int is_part(const ci_object_t *object, const ci_field_t *field,
                   ci_form_e form)
{
    unsigned flags = forms[form].flags;

    if (form == CI_FORM_UPDATE && ci_object_role(object, CI_ROLE_ACTION) >= 0) {
        flags = CI_INPUT;
    }
    return (field->flags & flags) != 0;
}

static const char *name_of(const ci_field_t *field, ci_form_e form)
{
    return ci_openapi_is_request(form) ? ci_field_request(field) : field->name;
}

/* "industry_sector" as "IndustrySector". */
static const char *schema_name(const ci_openapi_schema_t *schema,
                               apr_pool_t *pool)
{
    char *name =
        apr_pstrcat(pool, forms[schema->form].prefix, "_", schema->object->name,
                    forms[schema->form].suffix, NULL);
    const char *in;
    char *out = name;

    for (in = name; *in; in++) {
        if (*in == '_') {
            *out++ = (char)apr_toupper(*++in);
        }
        else {
            *out++ = *in;
        }
    }
    *out = '\0';
    return name;
}

/* Ask for a schema; once is enough. */
static void want(ci_openapi_t *openapi, const ci_openapi_schema_t *wanted)
{
    const ci_openapi_schema_t *schema;
    int i;

    for (i = 0; i < openapi->schemas->nelts; i++) {
        schema = &APR_ARRAY_IDX(openapi->schemas, i, ci_openapi_schema_t);
        if (schema->object == wanted->object && schema->form == wanted->form) {
            return;
        }
    }
    APR_ARRAY_PUSH(openapi->schemas, ci_openapi_schema_t) = *wanted;
}

void ci_openapi_refer(ci_openapi_t *openapi, const char *name,
                      const ci_object_t *object, ci_form_e form)
{
    apr_pool_t *pool = openapi->schemas->pool;
    ci_openapi_schema_t schema = {object, form};

    want(openapi, &schema);
    ci_doc_text(&openapi->doc, name,
                apr_pstrcat(pool, "#/components/schemas/",
                            schema_name(&schema, pool), NULL));
}

void ci_openapi_properties(ci_openapi_t *openapi, const ci_object_t *object,
                           ci_form_e form)
{
    const ci_field_t *field;
    int i;

    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        if (!is_part(object, field, form)) {
            continue;
        }
        ci_openapi_field(openapi, name_of(field, form), field, form);
        if (field->alias && ci_openapi_is_request(form)) {
            ci_openapi_field(openapi, field->alias, field, form);
        }
    }
}

/* 1 for a field that is always there. What only one type of contact needs, and
   what has two names, is said elsewhere. */
static int is_required(const ci_object_t *object, const ci_field_t *field,
                       ci_form_e form)
{
    if (!is_part(object, field, form)) {
        return 0;
    }
    switch (form) {
    case CI_FORM_SELECTED:
    case CI_FORM_IDENTIFIER:
        return 0;
    case CI_FORM_CREATE:
    case CI_FORM_PARAMETER:
        return field->flags & CI_REQUIRED && !field->alias &&
               !(field->flags & (CI_PERSON | CI_COMPANY));
    case CI_FORM_UPDATE:
        return field->role == CI_ROLE_ACTION;
    default:
        return !(field->flags & CI_OMIT_NULL);
    }
}

void ci_openapi_required(ci_openapi_t *openapi, const ci_object_t *object,
                         ci_form_e form)
{
    int i;

    for (i = 0; i < object->nfields; i++) {
        if (is_required(object, &object->fields[i], form)) {
            ci_doc_text(&openapi->doc, NULL, name_of(&object->fields[i], form));
        }
    }
}

static void write_required(ci_openapi_t *openapi, const ci_object_t *object,
                           ci_form_e form)
{
    ci_doc_open(&openapi->doc, "required", '[');
    ci_openapi_required(openapi, object, form);
    ci_doc_close(&openapi->doc, ']');
}

/* ------------------------------------------------------- across fields -- */

/* One of two names of each mandatory field that has two. */
static void write_aliases(ci_doc_t *doc, const ci_object_t *object)
{
    const ci_field_t *field;
    int i;

    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        if (!field->alias || !(field->flags & CI_REQUIRED)) {
            continue;
        }
        ci_doc_open(doc, "anyOf", '[');
        ci_doc_open(doc, NULL, '{');
        ci_doc_open(doc, "required", '[');
        ci_doc_text(doc, NULL, ci_field_request(field));
        ci_doc_close(doc, ']');
        ci_doc_close(doc, '}');
        ci_doc_open(doc, NULL, '{');
        ci_doc_open(doc, "required", '[');
        ci_doc_text(doc, NULL, field->alias);
        ci_doc_close(doc, ']');
        ci_doc_close(doc, '}');
        ci_doc_close(doc, ']');
    }
}

/* Open "then", of the objects whose field is one of count words. */
static void open_case(ci_openapi_t *openapi, const ci_field_t *field, int first,
                      int count)
{
    ci_doc_t *doc = &openapi->doc;

    ci_doc_open(doc, NULL, '{');
    ci_doc_open(doc, "if", '{');
    ci_doc_open(doc, "required", '[');
    ci_doc_text(doc, NULL, ci_field_request(field));
    ci_doc_close(doc, ']');
    ci_doc_open(doc, "properties", '{');
    ci_doc_open(doc, ci_field_request(field), '{');
    ci_doc_text(doc, "type", "string");
    ci_doc_text(doc, "pattern",
                ci_openapi_word_pattern(field->words + first, count,
                                        openapi->schemas->pool));
    ci_doc_close(doc, '}');
    ci_doc_close(doc, '}');
    ci_doc_close(doc, '}');
    ci_doc_open(doc, "then", '{');
}

static void close_case(ci_openapi_t *openapi)
{
    ci_doc_close(&openapi->doc, '}');
    ci_doc_close(&openapi->doc, '}');
}

/* A PERSON needs its mandatory fields and has none of a COMPANY, and the other
   way round. */
static void write_contact_type(ci_openapi_t *openapi, const ci_object_t *object,
                               unsigned own, unsigned other)
{
    ci_doc_t *doc = &openapi->doc;
    const ci_field_t *field;
    int i;

    ci_doc_open(doc, "required", '[');
    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        if (field->flags & own && field->flags & CI_REQUIRED) {
            ci_doc_text(doc, NULL, ci_field_request(field));
        }
    }
    ci_doc_close(doc, ']');
    ci_doc_open(doc, "properties", '{');
    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        if (field->flags & own && field->flags & CI_REQUIRED) {
            ci_doc_json(doc, ci_field_request(field), "{\"type\":\"string\"}");
        }
        else if (field->flags & other) {
            ci_doc_json(doc, ci_field_request(field), "{\"type\":\"null\"}");
        }
    }
    ci_doc_close(doc, '}');
}

static void write_contact_types(ci_openapi_t *openapi,
                                const ci_object_t *object)
{
    static const unsigned only[] = {CI_PERSON, CI_COMPANY};
    int row = ci_object_role(object, CI_ROLE_TYPE);
    int i;

    if (row < 0 || !ci_object_mask(object, CI_PERSON)) {
        return;
    }
    ci_doc_open(&openapi->doc, "allOf", '[');
    for (i = 0; i < CI_ALEN(only); i++) {
        open_case(openapi, &object->fields[row], i, 1);
        write_contact_type(openapi, object, only[i], only[1 - i]);
        close_case(openapi);
    }
    ci_doc_close(&openapi->doc, ']');
}

/* The first action adds, the others choose an element that is there. */
static void write_actions(ci_openapi_t *openapi, const ci_object_t *object)
{
    ci_doc_t *doc = &openapi->doc;
    int action = ci_object_role(object, CI_ROLE_ACTION);
    int choice = ci_object_role(object, CI_ROLE_CHOICE);

    if (action < 0) {
        return;
    }
    ci_doc_open(doc, "allOf", '[');
    open_case(openapi, &object->fields[action], 0, 1);
    write_required(openapi, object, CI_FORM_CREATE);
    write_aliases(doc, object);
    close_case(openapi);
    open_case(openapi, &object->fields[action], 1, 2);
    ci_doc_open(doc, "required", '[');
    ci_doc_text(doc, NULL, ci_field_request(&object->fields[choice]));
    ci_doc_close(doc, ']');
    close_case(openapi);
    ci_doc_close(doc, ']');
}

/* ------------------------------------------------------------- schemas -- */

static void write_object(ci_openapi_t *openapi,
                         const ci_openapi_schema_t *schema)
{
    ci_doc_text(&openapi->doc, "type", "object");
    ci_doc_open(&openapi->doc, "properties", '{');
    ci_openapi_properties(openapi, schema->object, schema->form);
    ci_doc_close(&openapi->doc, '}');
    write_required(openapi, schema->object, schema->form);
    if (schema->form == CI_FORM_CREATE) {
        write_aliases(&openapi->doc, schema->object);
        write_contact_types(openapi, schema->object);
    }
    if (schema->form == CI_FORM_UPDATE) {
        write_actions(openapi, schema->object);
    }
}

/* An object with one of the fields, or the same as text. */
static void write_identifier(ci_openapi_t *openapi,
                             const ci_openapi_schema_t *schema)
{
    ci_doc_t *doc = &openapi->doc;

    ci_doc_text(doc, "description",
                "One field and its value, as an object or as the text "
                "field=value");
    ci_doc_open(doc, "anyOf", '[');
    ci_doc_open(doc, NULL, '{');
    ci_doc_text(doc, "type", "object");
    ci_doc_open(doc, "properties", '{');
    ci_openapi_identifying(openapi, schema->object);
    ci_doc_close(doc, '}');
    ci_doc_json(doc, "additionalProperties", "false");
    ci_doc_integer(doc, "minProperties", 1);
    ci_doc_integer(doc, "maxProperties", 1);
    ci_doc_close(doc, '}');
    ci_doc_open(doc, NULL, '{');
    ci_doc_text(doc, "type", "string");
    ci_doc_text(
        doc, "pattern",
        ci_openapi_identifier_pattern(schema->object, openapi->schemas->pool));
    ci_doc_close(doc, '}');
    ci_doc_close(doc, ']');
}

void ci_openapi_schemas(ci_openapi_t *openapi)
{
    ci_openapi_schema_t schema;
    int i;

    for (i = 0; i < openapi->schemas->nelts; i++) {
        schema = APR_ARRAY_IDX(openapi->schemas, i, ci_openapi_schema_t);
        ci_doc_open(&openapi->doc, schema_name(&schema, openapi->schemas->pool),
                    '{');
        if (schema.form == CI_FORM_IDENTIFIER) {
            write_identifier(openapi, &schema);
        }
        else {
            write_object(openapi, &schema);
        }
        ci_doc_close(&openapi->doc, '}');
    }
}
