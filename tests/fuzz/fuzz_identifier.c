/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: an identifier as text and, where the bytes are JSON, as the
 * members of an object. One that is accepted names a field that identifies and
 * a value that is the rest of the text. */
#include "base/ci_json_read.h"
#include "model/ci_objects.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void check_refused(const ci_error_t *err)
{
    require(err->code == CI_MISSING_PARAMETER ||
            err->code == CI_INVALID_PARAMETER ||
            err->code == CI_INVALID_IDENTIFIER);
    require(strcmp(err->field, "param") == 0 && err->expected && !err->next);
}

static void check_accepted(const ci_identifier_t *identifier)
{
    require(identifier->slot.field->flags & CI_IDENTIFIES);
    require(!ci_text_blank(identifier->text, identifier->length));
    require(ci_utf8_valid(identifier->text, identifier->length, NULL));
    require(ci_text_clean(identifier->text, identifier->length, 0));
}

static void try_text(const ci_object_t *object, const char *text,
                     apr_pool_t *pool)
{
    ci_identifier_t *identifier = NULL;
    ci_error_t *err =
        ci_text_identifier(&identifier, object, "param", text, pool);
    const char *name;

    if (err) {
        check_refused(err);
        return;
    }
    check_accepted(identifier);
    name = identifier->slot.field->name;
    require(strncmp(text, name, strlen(name)) == 0);
    require(text[strlen(name)] == '=');
    require(strcmp(text + strlen(name) + 1, identifier->text) == 0);
}

static void try_json(const ci_object_t *object, const json_t *json,
                     apr_pool_t *pool)
{
    ci_identifier_t *identifier = NULL;
    ci_error_t *err =
        ci_json_identifier(&identifier, object, "param", json, pool);

    if (err) {
        check_refused(err);
    }
    else {
        check_accepted(identifier);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text, *name;
    apr_pool_t *pool;
    json_t *json, *member;
    int i;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    text = apr_pstrmemdup(pool, (const char *)data, size);
    for (i = 0; ci_objects[i]; i++) {
        try_text(ci_objects[i], text, pool);
    }
    if (!ci_json_parse(&json, (const char *)data, size, pool)) {
        try_json(&ci_contact, json, pool);
        json_object_foreach(json, name, member)
        {
            try_json(&ci_contact, member, pool);
            try_json(&ci_country, member, pool);
        }
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
