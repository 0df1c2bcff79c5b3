/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_identifier.h
 * JSON text to a tree, and identifiers as requests write them. An identifier is
 * one field and its value that choose a record.
 */
#ifndef CI_IDENTIFIER_H
#define CI_IDENTIFIER_H

#include <jansson.h>

#include "base/ci_error.h"
#include "base/ci_record.h"

/** What a JSON value is, for messages: "an object", "a string", ... */
const char *ci_json_kind(const json_t *json);

/** 1 if a member is absent, null or a blank string. */
int ci_json_is_empty(const json_t *json);

/**
 * Read an identifier as requests write it: {"field":"text"} or "field=text".
 * @param object whose CI_IDENTIFIES fields may be named
 * @param param name of the parameter, for the error
 * @param json NULL or null: MISSING_PARAMETER
 * @return INVALID_IDENTIFIER unless exactly one field that the object has
 */
ci_error_t *ci_json_identifier(ci_identifier_t **identifier,
                               const ci_object_t *object, const char *param,
                               const json_t *json, apr_pool_t *pool);

/**
 * The same from "field=text" of a query or form.
 * @param text NULL or blank: MISSING_PARAMETER
 */
ci_error_t *ci_text_identifier(ci_identifier_t **identifier,
                               const ci_object_t *object, const char *param,
                               const char *text, apr_pool_t *pool);

/**
 * Parse the text of a JSON object (RFC 8259); the tree is freed with the pool.
 * @return INVALID_REQUEST with the position for anything else
 */
ci_error_t *ci_json_parse(json_t **json, const char *text, apr_size_t length,
                          apr_pool_t *pool);

#endif
