/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text to a tree, and identifiers from JSON, queries and forms. */
#include "base/ci_identifier.h"

#include <apr_strings.h>

#include <string.h>

const char *ci_json_kind(const json_t *json)
{
    static const char *const kinds[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
        [JSON_STRING] = "a string",  [JSON_INTEGER] = "an integer",
        [JSON_REAL] = "a number",    [JSON_TRUE] = "a Boolean",
        [JSON_FALSE] = "a Boolean",  [JSON_NULL] = "null",
    };

    return kinds[json_typeof(json)];
}

int ci_json_is_empty(const json_t *json)
{
    return !json || json_is_null(json) ||
           (json_is_string(json) &&
            ci_text_blank(json_string_value(json), json_string_length(json)));
}

static ci_error_t *make_identifier(ci_identifier_t **identifier,
                                   const ci_object_t *object, const char *param,
                                   const char *name, apr_pool_t *pool)
{
    *identifier = apr_pcalloc(pool, sizeof **identifier);
    if (!ci_object_identifying(object, name, &(*identifier)->slot)) {
        return ci_error_create(pool, CI_INVALID_IDENTIFIER, param,
                               "a %s has no such identifier field",
                               object->name);
    }
    return NULL;
}

static ci_error_t *check_identifier(const ci_identifier_t *identifier,
                                    const char *param, apr_pool_t *pool)
{
    apr_size_t characters;

    if (ci_text_blank(identifier->text, identifier->length)) {
        return ci_error_create(pool, CI_INVALID_IDENTIFIER, param,
                               "the identifier field is blank");
    }
    if (!ci_utf8_valid(identifier->text, identifier->length, &characters) ||
        !ci_text_clean(identifier->text, identifier->length, 0)) {
        return ci_error_create(pool, CI_INVALID_PARAMETER, param,
                               "control characters are not allowed");
    }
    return NULL;
}

ci_error_t *ci_text_identifier(ci_identifier_t **identifier,
                               const ci_object_t *object, const char *param,
                               const char *text, apr_pool_t *pool)
{
    const char *equals = text ? strchr(text, '=') : NULL;
    ci_error_t *err;

    if (!text || ci_text_blank(text, strlen(text))) {
        return ci_error_create(pool, CI_MISSING_PARAMETER, param,
                               "it is mandatory");
    }
    if (!equals) {
        return ci_error_create(pool, CI_INVALID_IDENTIFIER, param,
                               "expected field=value");
    }
    err = make_identifier(
        identifier, object, param,
        apr_pstrmemdup(pool, text, (apr_size_t)(equals - text)), pool);
    if (err) {
        return err;
    }
    (*identifier)->text = equals + 1;
    (*identifier)->length = strlen(equals + 1);
    return check_identifier(*identifier, param, pool);
}

/* The one member of an identifier that is not null; NULL unless there is
   exactly one. */
static void *only_member(json_t *json)
{
    void *member, *found = NULL;

    for (member = json_object_iter(json); member;
         member = json_object_iter_next(json, member)) {
        if (json_is_null(json_object_iter_value(member))) {
            continue;
        }
        if (found) {
            return NULL;
        }
        found = member;
    }
    return found;
}

ci_error_t *ci_json_identifier(ci_identifier_t **identifier,
                               const ci_object_t *object, const char *param,
                               const json_t *json, apr_pool_t *pool)
{
    void *member;
    ci_error_t *err;

    if (ci_json_is_empty(json)) {
        return ci_error_create(pool, CI_MISSING_PARAMETER, param,
                               "it is mandatory");
    }
    if (json_is_string(json)) {
        return ci_text_identifier(identifier, object, param,
                                  json_string_value(json), pool);
    }
    /* jansson's iterator takes no const; nothing is written through it */
    member = only_member((json_t *)(apr_uintptr_t)json);
    if (!member) {
        return ci_error_create(pool, CI_INVALID_IDENTIFIER, param,
                               "expected an object with exactly one field");
    }
    err = make_identifier(identifier, object, param,
                          json_object_iter_key(member), pool);
    if (err) {
        return err;
    }
    json = json_object_iter_value(member);
    if (!json_is_string(json)) {
        return ci_error_create(pool, CI_INVALID_IDENTIFIER, param,
                               "expected a string, got %s", ci_json_kind(json));
    }
    (*identifier)->text = json_string_value(json);
    (*identifier)->length = json_string_length(json);
    return check_identifier(*identifier, param, pool);
}

static apr_status_t free_json(void *data)
{
    json_decref(data);
    return APR_SUCCESS;
}

ci_error_t *ci_json_parse(json_t **json, const char *text, apr_size_t length,
                          apr_pool_t *pool)
{
    json_error_t error;

    *json = json_loadb(text, length, 0, &error);
    if (!*json) {
        return ci_error_create(pool, CI_INVALID_REQUEST, NULL,
                               "not JSON in line %d, column %d", error.line,
                               error.column);
    }
    apr_pool_cleanup_register(pool, *json, free_json, apr_pool_cleanup_null);
    if (!json_is_object(*json)) {
        return ci_error_create(pool, CI_INVALID_REQUEST, NULL,
                               "expected a JSON object, got %s",
                               ci_json_kind(*json));
    }
    return NULL;
}
