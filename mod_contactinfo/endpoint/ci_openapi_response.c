/* SPDX-License-Identifier: Apache-2.0 */
/* What comes back: data in their envelope, and the table of codes. */
#include "endpoint/ci_openapi.h"

#include <apr_strings.h>

#include "endpoint/ci_envelope.h"
#include "model/ci_objects.h"

#define JSON_CONTENT "application/json"

/* Which routes may answer with a code; none: what is not in the document. */
static const unsigned causes[CI_CODE_COUNT] = {
    [CI_INVALID_REQUEST] = CI_IS_ANY,
    [CI_MISSING_PARAMETER] = CI_IS_INPUT,
    [CI_INVALID_PARAMETER] = CI_IS_INPUT,
    [CI_INVALID_IDENTIFIER] = CI_IS_CHOICE | CI_IS_CREATE,
    [CI_INVALID_CREDENTIALS] = CI_IS_LOGIN,
    [CI_INVALID_TOKEN] = CI_IS_USER,
    [CI_NOT_FOUND] = CI_IS_CHOICE,
    [CI_AMBIGUOUS_IDENTIFIER] = CI_IS_CHOICE | CI_IS_CREATE,
    [CI_CONFLICT] = CI_IS_CREATE | CI_IS_UPDATE | CI_IS_UPLOAD,
    [CI_PRECONDITION_FAILED] = CI_IS_UPDATE | CI_IS_SHOW | CI_IS_DOWNLOAD,
    [CI_PAYLOAD_TOO_LARGE] = CI_IS_BODY,
    [CI_UNSUPPORTED_MEDIA_TYPE] = CI_IS_BODY,
    [CI_UNKNOWN_REFERENCE] = CI_IS_CREATE | CI_IS_UPDATE,
    [CI_TOO_MANY_REQUESTS] = CI_IS_LOGIN,
    [CI_INTERNAL_ERROR] = CI_IS_ANY,
    [CI_SERVICE_UNAVAILABLE] = CI_IS_ANY,
    [CI_OUTCOME_UNKNOWN] = CI_IS_CREATE | CI_IS_UPDATE | CI_IS_UPLOAD,
};

/* Headers of answers, by what the route is or by the status. */
static const struct {
    const char *name;
    const char *doc;
    unsigned nature;
    int status; /* 0: of answers that are no errors; -1: of all */
} headers[] = {
    {"X-Request-Id", "What the error log calls the request", CI_IS_ANY, -1},
    {"WWW-Authenticate", "Bearer, or Basic for a Web API key", CI_IS_ANY, 401},
    {"Allow", "The methods that are allowed", CI_IS_ANY, 405},
    {"Retry-After", "Seconds to wait", CI_IS_ANY, 429},
    {"Retry-After", "Seconds to wait", CI_IS_ANY, 503},
    {"ETag", "Version of the contact and hash of the answer",
     CI_IS_SHOW | CI_IS_UPDATE | CI_IS_DOWNLOAD, 0},
};

/* What answers say, in order of ci_data_e. */
static const struct {
    const char *doc;
    const ci_object_t *object; /* NULL: no record */
} answers[CI_DATA_COUNT] = {
    [CI_DATA_NOTHING] = {"Done", NULL},
    [CI_DATA_TOKEN] = {"The token", NULL},
    [CI_DATA_CREATED] = {"The new contact; what it has by default, or what "
                         "fields_set names",
                         &ci_contact},
    [CI_DATA_CONTACT] = {"The contact, all of it or what fields_set names",
                         &ci_contact},
    [CI_DATA_CONTACTS] = {"The contacts in order of insertion, all of each or "
                          "what fields_set names",
                          &ci_contact},
    [CI_DATA_PHOTO] = {"Where the photo is", &ci_photo},
    [CI_DATA_BYTES] = {"The photo", NULL},
    [CI_DATA_DOCUMENT] = {"An OpenAPI document", NULL},
};

unsigned ci_openapi_nature(const ci_route_t *route)
{
    static const struct {
        unsigned flag;
        unsigned nature;
    } by_flag[] = {
        {CI_ROUTE_USER, CI_IS_USER},
        {CI_ROUTE_BODY, CI_IS_BODY},
        {CI_ROUTE_FORM, CI_IS_BODY | CI_IS_UPLOAD},
        {CI_ROUTE_CREATE, CI_IS_CREATE | CI_IS_INPUT},
        {CI_ROUTE_UPDATE, CI_IS_UPDATE | CI_IS_INPUT},
    };
    unsigned nature = CI_IS_ANY;
    int i;

    for (i = 0; i < CI_ALEN(by_flag); i++) {
        if (route->flags & by_flag[i].flag) {
            nature |= by_flag[i].nature;
        }
    }
    for (i = 0; route->params && i < route->params->nfields; i++) {
        nature |= CI_IS_INPUT;
        if (route->params->fields[i].type == CI_TYPE_IDENTIFIER) {
            nature |= CI_IS_CHOICE;
        }
    }
    switch (route->data) {
    case CI_DATA_TOKEN:
        return nature | CI_IS_LOGIN;
    case CI_DATA_BYTES:
        return nature | CI_IS_CHOICE | CI_IS_DOWNLOAD;
    case CI_DATA_CONTACT:
        return nature & CI_IS_UPDATE ? nature : nature | CI_IS_SHOW;
    default:
        return nature;
    }
}

/* --------------------------------------------------------------- errors - */

static int status_of(const ci_openapi_t *openapi, int code)
{
    return ci_envelope_status((ci_code_e)code, openapi->compat);
}

/* The first code with the status of this one. */
static int first_of(const ci_openapi_t *openapi, int code)
{
    int first = CI_OK + 1;

    while (status_of(openapi, first) != status_of(openapi, code)) {
        first++;
    }
    return first;
}

static const char *error_name(ci_openapi_t *openapi, const char *before,
                              int status)
{
    return apr_psprintf(openapi->schemas->pool, "%sError%d", before, status);
}

static void write_codes(ci_openapi_t *openapi)
{
    ci_doc_t *doc = &openapi->doc;
    apr_pool_t *pool = openapi->schemas->pool;
    const char *list = "The code of an answer and its HTTP status:";
    int i;

    for (i = 0; i < CI_CODE_COUNT; i++) {
        list = apr_psprintf(pool, "%s%s %s %d", list, i ? "," : "",
                            ci_codes[i].name, status_of(openapi, i));
    }
    ci_doc_open(doc, "Code", '{');
    ci_doc_text(doc, "description", list);
    ci_doc_text(doc, "type", "string");
    ci_doc_open(doc, "enum", '[');
    for (i = 0; i < CI_CODE_COUNT; i++) {
        ci_doc_text(doc, NULL, ci_codes[i].name);
    }
    ci_doc_close(doc, ']');
    ci_doc_close(doc, '}');
}

static void write_success(ci_doc_t *doc)
{
    ci_doc_json(doc, "Success",
                "{\"type\":\"object\",\"properties\":{"
                "\"code\":{\"const\":\"OK\"},"
                "\"message\":{\"const\":\"\"},"
                "\"description\":{\"const\":\"\"}},"
                "\"required\":[\"code\",\"message\",\"description\"]}");
}

/* The envelope of all errors of a status. */
static void write_error(ci_openapi_t *openapi, int first)
{
    ci_doc_t *doc = &openapi->doc;
    int i;

    ci_doc_open(doc, error_name(openapi, "", status_of(openapi, first)), '{');
    ci_doc_text(doc, "type", "object");
    ci_doc_open(doc, "properties", '{');
    ci_doc_open(doc, "status", '{');
    ci_doc_text(doc, "type", "object");
    ci_doc_open(doc, "properties", '{');
    ci_doc_open(doc, "code", '{');
    ci_doc_text(doc, "$ref", "#/components/schemas/Code");
    ci_doc_open(doc, "enum", '[');
    for (i = first; i < CI_CODE_COUNT; i++) {
        if (first_of(openapi, i) == first) {
            ci_doc_text(doc, NULL, ci_codes[i].name);
        }
    }
    ci_doc_close(doc, ']');
    ci_doc_close(doc, '}');
    ci_doc_json(doc, "message",
                "{\"description\":\"One sentence, fit to show to a person\","
                "\"type\":\"string\",\"minLength\":1}");
    ci_doc_json(doc, "description",
                "{\"description\":\"For the integrator: the path of each "
                "offending parameter and what was expected there\","
                "\"type\":\"string\"}");
    ci_doc_close(doc, '}');
    ci_doc_json(doc, "required", "[\"code\",\"message\",\"description\"]");
    ci_doc_close(doc, '}');
    ci_doc_json(doc, "data", "{\"type\":\"object\",\"maxProperties\":0}");
    ci_doc_close(doc, '}');
    ci_doc_json(doc, "required", "[\"status\",\"data\"]");
    ci_doc_close(doc, '}');
}

void ci_openapi_error_schemas(ci_openapi_t *openapi)
{
    int i;

    openapi->compat = openapi->settings->compat;
    write_codes(openapi);
    write_success(&openapi->doc);
    if (openapi->compat) {
        write_error(openapi, CI_OK + 1);
    }
    openapi->compat = 0;
    for (i = CI_OK + 1; i < CI_CODE_COUNT; i++) {
        if (first_of(openapi, i) == i) {
            write_error(openapi, i);
        }
    }
}

static void write_headers(ci_openapi_t *openapi, unsigned nature, int status)
{
    ci_doc_t *doc = &openapi->doc;
    int i;

    ci_doc_open(doc, "headers", '{');
    for (i = 0; i < CI_ALEN(headers); i++) {
        if (headers[i].nature & nature &&
            (headers[i].status == status || headers[i].status < 0)) {
            ci_doc_open(doc, headers[i].name, '{');
            ci_doc_text(doc, "description", headers[i].doc);
            ci_doc_json(doc, "schema", "{\"type\":\"string\"}");
            ci_doc_close(doc, '}');
        }
    }
}

/* Each code of a status with its sentence, as an example. */
static void write_examples(ci_openapi_t *openapi, int first)
{
    ci_doc_t *doc = &openapi->doc;
    int i;

    ci_doc_open(doc, "examples", '{');
    for (i = first; i < CI_CODE_COUNT; i++) {
        if (first_of(openapi, i) != first) {
            continue;
        }
        ci_doc_open(doc, ci_codes[i].name, '{');
        ci_doc_open(doc, "value", '{');
        ci_doc_open(doc, "status", '{');
        ci_doc_text(doc, "code", ci_codes[i].name);
        ci_doc_text(doc, "message", ci_codes[i].message);
        ci_doc_text(doc, "description", "");
        ci_doc_close(doc, '}');
        ci_doc_json(doc, "data", "{}");
        ci_doc_close(doc, '}');
        ci_doc_close(doc, '}');
    }
    ci_doc_close(doc, '}');
}

/* One sentence for all codes of a status. */
static const char *describe(const ci_openapi_t *openapi, int first)
{
    const char *text = "";
    int i;

    for (i = first; i < CI_CODE_COUNT; i++) {
        if (first_of(openapi, i) == first) {
            text = apr_pstrcat(openapi->schemas->pool, text,
                               *text ? " or " : "", ci_codes[i].name, NULL);
        }
    }
    return text;
}

static void write_error_response(ci_openapi_t *openapi, int first)
{
    ci_doc_t *doc = &openapi->doc;
    int status = status_of(openapi, first);

    ci_doc_open(doc, error_name(openapi, "", status), '{');
    ci_doc_text(doc, "description", describe(openapi, first));
    write_headers(openapi, CI_IS_ANY, status);
    ci_doc_close(doc, '}');
    ci_doc_open(doc, "content", '{');
    ci_doc_open(doc, JSON_CONTENT, '{');
    ci_doc_open(doc, "schema", '{');
    ci_doc_text(doc, "$ref",
                error_name(openapi, "#/components/schemas/", status));
    ci_doc_close(doc, '}');
    write_examples(openapi, first);
    ci_doc_close(doc, '}');
    ci_doc_close(doc, '}');
    ci_doc_close(doc, '}');
}

void ci_openapi_error_responses(ci_openapi_t *openapi)
{
    int i;

    openapi->compat = 0;
    for (i = CI_OK + 1; i < CI_CODE_COUNT; i++) {
        if (first_of(openapi, i) == i) {
            write_error_response(openapi, i);
        }
    }
}

/* ----------------------------------------------------------------- data - */

static void write_data(ci_openapi_t *openapi, ci_data_e data)
{
    ci_doc_t *doc = &openapi->doc;
    const ci_object_t *object = answers[data].object;

    ci_doc_open(doc, "data", '{');
    switch (data) {
    case CI_DATA_TOKEN:
        ci_doc_json(doc, "type", "\"object\"");
        ci_doc_json(doc, "properties", "{\"token\":{\"type\":\"string\"}}");
        ci_doc_json(doc, "required", "[\"token\"]");
        break;
    case CI_DATA_CREATED:
        ci_doc_open(doc, "anyOf", '[');
        ci_doc_open(doc, NULL, '{');
        ci_openapi_refer(openapi, "$ref", object, CI_FORM_REDUCED);
        ci_doc_close(doc, '}');
        ci_doc_open(doc, NULL, '{');
        ci_openapi_refer(openapi, "$ref", object, CI_FORM_SELECTED);
        ci_doc_close(doc, '}');
        ci_doc_close(doc, ']');
        break;
    case CI_DATA_CONTACTS:
        ci_doc_text(doc, "type", "array");
        ci_doc_open(doc, "items", '{');
        ci_openapi_refer(openapi, "$ref", object, CI_FORM_SELECTED);
        ci_doc_close(doc, '}');
        break;
    case CI_DATA_CONTACT:
    case CI_DATA_PHOTO:
        ci_openapi_refer(openapi, "$ref", object, CI_FORM_SELECTED);
        break;
    default:
        ci_doc_json(doc, "type", "\"object\"");
        ci_doc_integer(doc, "maxProperties", 0);
        break;
    }
    ci_doc_close(doc, '}');
}

/* Success; with ContactInfoErrorStatus compat an error looks the same. */
static void write_envelope(ci_openapi_t *openapi, ci_data_e data)
{
    ci_doc_t *doc = &openapi->doc;

    ci_doc_open(doc, "schema", '{');
    if (openapi->compat) {
        ci_doc_open(doc, "anyOf", '[');
        ci_doc_open(doc, NULL, '{');
    }
    ci_doc_text(doc, "type", "object");
    ci_doc_open(doc, "properties", '{');
    ci_doc_json(doc, "status", "{\"$ref\":\"#/components/schemas/Success\"}");
    write_data(openapi, data);
    ci_doc_close(doc, '}');
    ci_doc_json(doc, "required", "[\"status\",\"data\"]");
    if (openapi->compat) {
        ci_doc_close(doc, '}');
        ci_doc_json(doc, NULL, "{\"$ref\":\"#/components/schemas/Error200\"}");
        ci_doc_close(doc, ']');
    }
    ci_doc_close(doc, '}');
}

static void write_content(ci_openapi_t *openapi, const ci_route_t *route)
{
    ci_doc_t *doc = &openapi->doc;
    ci_data_e data = route->data;

    ci_doc_open(doc, "content", '{');
    if (data == CI_DATA_BYTES) {
        ci_doc_json(doc, "image/*", "{}");
    }
    else {
        ci_doc_open(doc, JSON_CONTENT, '{');
        if (data == CI_DATA_DOCUMENT) {
            ci_doc_json(doc, "schema", "{\"type\":\"object\"}");
        }
        else {
            write_envelope(openapi, data);
            ci_openapi_examples(openapi, route, ".response");
        }
        ci_doc_close(doc, '}');
    }
    ci_doc_close(doc, '}');
}

static void write_success_response(ci_openapi_t *openapi,
                                   const ci_route_t *route, unsigned nature)
{
    ci_doc_t *doc = &openapi->doc;

    ci_doc_open(doc, "200", '{');
    ci_doc_text(doc, "description", answers[route->data].doc);
    write_headers(openapi, nature, 0);
    if (route->data == CI_DATA_CONTACTS) {
        ci_doc_json(doc, "Link",
                    "{\"description\":\"rel=next: the next page, if there is "
                    "one\",\"schema\":{\"type\":\"string\"}}");
    }
    ci_doc_close(doc, '}');
    write_content(openapi, route);
    ci_doc_close(doc, '}');
    if (nature & (CI_IS_SHOW | CI_IS_DOWNLOAD)) {
        ci_doc_json(doc, "304", "{\"description\":\"If-None-Match holds\"}");
    }
    if (nature & CI_IS_DOWNLOAD) {
        ci_doc_json(doc, "206", "{\"description\":\"A range of the photo\"}");
    }
}

void ci_openapi_responses(ci_openapi_t *openapi, const ci_route_t *route)
{
    ci_doc_t *doc = &openapi->doc;
    unsigned nature = ci_openapi_nature(route);
    int i, status, last = 200;

    ci_doc_open(doc, "responses", '{');
    write_success_response(openapi, route, nature);
    for (i = CI_OK + 1; i < CI_CODE_COUNT; i++) {
        status = status_of(openapi, i);
        if (!(causes[i] & nature) || status == last || status == 200) {
            continue;
        }
        last = status;
        ci_doc_open(doc, apr_itoa(openapi->schemas->pool, status), '{');
        ci_doc_text(doc, "$ref",
                    error_name(openapi, "#/components/responses/", status));
        ci_doc_close(doc, '}');
    }
    ci_doc_close(doc, '}');
}
