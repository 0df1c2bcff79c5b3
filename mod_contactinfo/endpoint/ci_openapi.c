/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI document as a whole, and its paths. */
#include "endpoint/ci_openapi.h"

#include <apr_strings.h>

#include "endpoint/ci_examples.h"
#include "endpoint/ci_params.h"
#include "model/ci_objects.h"

/* Schemas of a document, more or less. */
#define SCHEMAS 64

/* Version of the document: that of the API's path. */
#define VERSION "2"

#define TOKEN_DOC "The token; not needed if the Authorization header brings it"

/* Headers of requests, by what the route is. */
static const struct {
    const char *name;
    const char *doc;
    unsigned nature;
} headers[] = {
    {"Idempotency-Key",
     "Makes a second try safe: the same content gets the first answer again",
     CI_IS_CREATE | CI_IS_UPLOAD},
    {"If-Match", "ETag that must still be the current one",
     CI_IS_UPDATE | CI_IS_SHOW | CI_IS_DOWNLOAD},
    {"If-None-Match", "ETag of what the client has already",
     CI_IS_SHOW | CI_IS_DOWNLOAD},
};

/* Which published examples belong to which route. */
static const struct {
    const char *path;
    const char *name; /* without ".request" and ".response" */
} published[] = {
    {"contact_information/create", "create-person"},
    {"contact_information/create", "create-company"},
    {"contact_information/create", "create-person-fields-set"},
    {"contact_information/update", "update"},
    {"contact_information/profile_photo/view", "profile-photo-view"},
    {"contact_information/profile_photo/remove", "profile-photo-remove"},
};

/* -------------------------------------------------------------- examples - */

static const char *find_example(const char *name, const char *kind)
{
    apr_size_t length = strlen(name);
    const ci_example_t *example;

    for (example = ci_examples; example->name; example++) {
        if (strncmp(example->name, name, length) == 0 &&
            strcmp(example->name + length, kind) == 0) {
            return example->json;
        }
    }
    return NULL;
}

void ci_openapi_examples(ci_openapi_t *openapi, const ci_route_t *route,
                         const char *kind)
{
    ci_doc_t *doc = &openapi->doc;
    const char *json;
    int i, opened = 0;

    for (i = 0; i < CI_ALEN(published); i++) {
        json = strcmp(published[i].path, route->path) == 0
                   ? find_example(published[i].name, kind)
                   : NULL;
        if (!json) {
            continue;
        }
        if (!opened++) {
            ci_doc_open(doc, "examples", '{');
        }
        ci_doc_open(doc, published[i].name, '{');
        ci_doc_json(doc, "value", json);
        ci_doc_close(doc, '}');
    }
    if (opened) {
        ci_doc_close(doc, '}');
    }
}

/* -------------------------------------------------------------- requests - */

static void write_header_parameters(ci_doc_t *doc, unsigned nature)
{
    int i;

    for (i = 0; i < CI_ALEN(headers); i++) {
        if (!(headers[i].nature & nature)) {
            continue;
        }
        ci_doc_open(doc, NULL, '{');
        ci_doc_text(doc, "name", headers[i].name);
        ci_doc_text(doc, "in", "header");
        ci_doc_text(doc, "description", headers[i].doc);
        ci_doc_json(doc, "schema", "{\"type\":\"string\"}");
        ci_doc_close(doc, '}');
    }
}

static void write_query_parameters(ci_openapi_t *openapi,
                                   const ci_object_t *params)
{
    ci_doc_t *doc = &openapi->doc;
    const ci_field_t *field;
    int i;

    for (i = 0; params && i < params->nfields; i++) {
        field = &params->fields[i];
        ci_doc_open(doc, NULL, '{');
        ci_doc_text(doc, "name", field->name);
        ci_doc_text(doc, "in", "query");
        ci_doc_text(doc, "description", field->doc);
        ci_doc_json(doc, "required",
                    field->flags & CI_REQUIRED ? "true" : "false");
        ci_openapi_field(openapi, "schema", field, CI_FORM_PARAMETER);
        ci_doc_close(doc, '}');
    }
}

/* The token and the parameters of a route as a schema. */
static void write_own_schema(ci_openapi_t *openapi, const ci_route_t *route,
                             ci_form_e form)
{
    ci_doc_t *doc = &openapi->doc;

    ci_doc_text(doc, "type", "object");
    ci_doc_open(doc, "properties", '{');
    if (route->flags & CI_ROUTE_USER) {
        ci_doc_json(doc, "token",
                    "{\"description\":\"" TOKEN_DOC "\","
                    "\"type\":\"string\"}");
    }
    if (route->params) {
        ci_openapi_properties(openapi, route->params, form);
    }
    ci_doc_close(doc, '}');
    ci_doc_open(doc, "required", '[');
    if (route->params) {
        ci_openapi_required(openapi, route->params, form);
    }
    ci_doc_close(doc, ']');
}

/* The same, with the fields of a contact if the route takes them. */
static void write_body_schema(ci_openapi_t *openapi, const ci_route_t *route)
{
    ci_doc_t *doc = &openapi->doc;

    if (!(route->flags & (CI_ROUTE_CREATE | CI_ROUTE_UPDATE))) {
        write_own_schema(openapi, route,
                         route->flags & CI_ROUTE_FORM ? CI_FORM_PARAMETER
                                                      : CI_FORM_CREATE);
        return;
    }
    ci_doc_open(doc, "allOf", '[');
    ci_doc_open(doc, NULL, '{');
    write_own_schema(openapi, route, CI_FORM_CREATE);
    ci_doc_close(doc, '}');
    ci_doc_open(doc, NULL, '{');
    ci_openapi_refer(openapi, "$ref", &ci_contact,
                     route->flags & CI_ROUTE_CREATE ? CI_FORM_CREATE
                                                    : CI_FORM_UPDATE);
    ci_doc_close(doc, '}');
    ci_doc_close(doc, ']');
}

static void write_body(ci_openapi_t *openapi, const ci_route_t *route)
{
    ci_doc_t *doc = &openapi->doc;

    ci_doc_open(doc, "requestBody", '{');
    ci_doc_json(doc, "required",
                route->flags & CI_ROUTE_BARE ? "false" : "true");
    ci_doc_open(doc, "content", '{');
    ci_doc_open(doc,
                route->flags & CI_ROUTE_FORM ? "multipart/form-data"
                                             : "application/json",
                '{');
    ci_doc_open(doc, "schema", '{');
    write_body_schema(openapi, route);
    ci_doc_close(doc, '}');
    ci_openapi_examples(openapi, route, ".request");
    ci_doc_close(doc, '}');
    ci_doc_close(doc, '}');
    ci_doc_close(doc, '}');
}

/* A token in the header or the query; a body has a member for it. */
static void write_security(ci_openapi_t *openapi, unsigned nature,
                           const ci_route_t *route)
{
    const char *security = "[]";

    if (nature & CI_IS_USER) {
        security = nature & CI_IS_BODY ? "[{\"bearer\":[]},{}]"
                                       : "[{\"bearer\":[]},{\"token\":[]}]";
    }
    else if (route->params == &ci_params_web_api_key) {
        security = "[{\"web_api_key\":[]}]";
    }
    ci_doc_json(&openapi->doc, "security", security);
}

/* ----------------------------------------------------------------- paths - */

/* "contact_information" of "contact_information/show". */
static const char *tag_of(const ci_route_t *route, apr_pool_t *pool)
{
    const char *slash = strchr(route->path, '/');

    return slash ? apr_pstrmemdup(pool, route->path,
                                  (apr_size_t)(slash - route->path))
                 : "service";
}

/* "contact_information_show" of "contact_information/show". */
static const char *operation_of(const ci_route_t *route, apr_pool_t *pool)
{
    char *name = apr_pstrdup(pool, *route->path ? route->path : "image");
    char *at;

    for (at = name; *at; at++) {
        if (*at == '/' || *at == '.') {
            *at = '_';
        }
    }
    return name;
}

static void write_operation(ci_openapi_t *openapi, const ci_route_t *route)
{
    ci_doc_t *doc = &openapi->doc;
    apr_pool_t *pool = openapi->schemas->pool;
    unsigned nature = ci_openapi_nature(route);

    ci_doc_open(doc, strcmp(route->method, "GET") == 0 ? "get" : "post", '{');
    ci_doc_text(doc, "operationId", operation_of(route, pool));
    ci_doc_text(doc, "summary", route->summary);
    ci_doc_open(doc, "tags", '[');
    ci_doc_text(doc, NULL, tag_of(route, pool));
    ci_doc_close(doc, ']');
    write_security(openapi, nature, route);
    ci_doc_open(doc, "parameters", '[');
    if (!(nature & CI_IS_BODY)) {
        write_query_parameters(openapi, route->params);
    }
    write_header_parameters(doc, nature);
    ci_doc_close(doc, ']');
    if (nature & CI_IS_BODY) {
        write_body(openapi, route);
    }
    ci_openapi_responses(openapi, route);
    ci_doc_close(doc, '}');
}

void ci_openapi_paths(ci_openapi_t *openapi)
{
    ci_doc_t *doc = &openapi->doc;
    const ci_route_t *route;

    ci_doc_open(doc, "paths", '{');
    openapi->compat = openapi->settings->compat;
    for (route = ci_routes; route->method; route++) {
        ci_doc_open(doc,
                    apr_pstrcat(openapi->schemas->pool, "/", route->path, NULL),
                    '{');
        write_operation(openapi, route);
        ci_doc_close(doc, '}');
    }
    openapi->compat = 0; /* the image location knows nothing of it */
    for (route = ci_image_routes; route->method; route++) {
        ci_doc_open(doc, openapi->settings->image_path, '{');
        ci_doc_json(doc, "servers", "[{\"url\":\"/\"}]");
        write_operation(openapi, route);
        ci_doc_close(doc, '}');
    }
    ci_doc_close(doc, '}');
}

/* -------------------------------------------------------------- document - */

static void write_head(ci_openapi_t *openapi)
{
    ci_doc_t *doc = &openapi->doc;

    ci_doc_text(doc, "openapi", "3.1.0");
    ci_doc_open(doc, "info", '{');
    ci_doc_text(doc, "title", "contact_information");
    ci_doc_text(doc, "version", VERSION);
    ci_doc_text(doc, "description",
                "Contacts: persons and companies. Every answer is an envelope; "
                "members that a request has and no schema knows are ignored.");
    ci_doc_json(doc, "license",
                "{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}");
    ci_doc_close(doc, '}');
    ci_doc_open(doc, "servers", '[');
    ci_doc_open(doc, NULL, '{');
    ci_doc_text(doc, "url", openapi->settings->api_path);
    ci_doc_close(doc, '}');
    ci_doc_close(doc, ']');
}

static void write_components(ci_openapi_t *openapi)
{
    ci_doc_t *doc = &openapi->doc;

    ci_doc_open(doc, "components", '{');
    ci_doc_json(doc, "securitySchemes",
                "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
                "\"token\":{\"type\":\"apiKey\",\"in\":\"query\","
                "\"name\":\"token\"},"
                "\"web_api_key\":{\"type\":\"http\",\"scheme\":\"basic\","
                "\"description\":\"The key as the user name, no password\"}}");
    ci_doc_open(doc, "responses", '{');
    ci_openapi_error_responses(openapi);
    ci_doc_close(doc, '}');
    ci_doc_open(doc, "schemas", '{');
    ci_openapi_error_schemas(openapi);
    ci_openapi_schemas(openapi);
    ci_doc_close(doc, '}');
    ci_doc_close(doc, '}');
}

void ci_openapi_write(ci_sink_t *sink, const ci_settings_t *settings,
                      apr_pool_t *pool)
{
    ci_openapi_t openapi = {
        {sink, 0},
        settings,
        0,
        apr_array_make(pool, SCHEMAS, sizeof(ci_openapi_schema_t))};

    ci_doc_open(&openapi.doc, NULL, '{');
    write_head(&openapi);
    ci_openapi_paths(&openapi);
    write_components(&openapi);
    ci_doc_close(&openapi.doc, '}');
}
