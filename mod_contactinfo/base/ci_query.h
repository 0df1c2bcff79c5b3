/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_query.h
 * The parameters of a query string or of a text of the type
 * application/x-www-form-urlencoded.
 *
 * Damaged encodings are refused, never repaired, and so is a parameter that
 * comes twice: no two readers of one request can disagree about it.
 */
#ifndef CI_QUERY_H
#define CI_QUERY_H

#include "base/ci_error.h"

/** Parameters in one text; names and values live in the pool of the parse. */
typedef struct ci_query_t ci_query_t;

/**
 * Split a text at '&', each piece at its first '=', and decode both halves: '+'
 * is a blank, '%' and two hexadecimal digits are a byte. Empty pieces are
 * skipped; a piece without '=' has an empty value. Takes linear time.
 * @param params set on success; never NULL then
 * @param query NULL is the same as empty; it ends at its NUL, so a body must
 *        have been searched for NULs before
 * @param pool the parameters, or the error, live in it
 * @return NULL; CI_INVALID_REQUEST for a '%' without two digits, for %00, for
 *         bytes that are not UTF-8 once decoded, for a name that comes twice
 *         (compared as bytes) and for more than 100 parameters. The error's
 *         field is the name, at most 100 characters of it, where it is legible
 * @see https://url.spec.whatwg.org/#urlencoded-parsing
 */
ci_error_t *ci_query_parse(ci_query_t **params, const char *query,
                           apr_pool_t *pool)
    __attribute__((warn_unused_result));

/**
 * Find a parameter.
 * @param name compared as bytes
 * @return its value, NUL-terminated UTF-8 as old as the pool of the parse; NULL
 *         if there is none
 */
const char *ci_query_get(const ci_query_t *params, const char *name);

#endif
