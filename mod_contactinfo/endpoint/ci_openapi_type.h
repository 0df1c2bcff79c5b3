/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_openapi_type.h
 * How each type of field is said in JSON Schema: one row a type.
 */
#ifndef CI_OPENAPI_TYPE_H
#define CI_OPENAPI_TYPE_H

#include "endpoint/ci_openapi.h"

/** Writes the members of the schema of a field.
    @param null 1: the value may be null as well */
typedef void (*ci_openapi_type_fn)(ci_openapi_t *openapi,
                                   const ci_field_t *field, ci_form_e form,
                                   int null);

/** One row a type. */
typedef struct {
    ci_openapi_type_fn answer;
    ci_openapi_type_fn request;
    ci_openapi_type_fn parameter; /**< of a query or a form; NULL: none */
} ci_openapi_type_t;

extern const ci_openapi_type_t ci_openapi_types[CI_TYPE_COUNT];

/** 1 for a form that requests have. */
int ci_openapi_is_request(ci_form_e form);

/** A regular expression of some words, in any case, blanks for underscores. */
const char *ci_openapi_word_pattern(ci_words_t *words, int count,
                                    apr_pool_t *pool);

/** The same of the text field=value that chooses an object. */
const char *ci_openapi_identifier_pattern(const ci_object_t *object,
                                          apr_pool_t *pool);

/** Write the fields that choose an object as members of "properties". */
void ci_openapi_identifying(ci_openapi_t *openapi, const ci_object_t *object);

#endif
