/* SPDX-License-Identifier: Apache-2.0 */
/* The table of codes and the making of error values. */
#include "base/ci_error.h"

#include <apr_strings.h>

#include <stdarg.h>

/* Seconds after which a client may try again what a 503 refused. */
#define RETRY_AFTER 1

const ci_code_t ci_codes[CI_CODE_COUNT] = {
    [CI_OK] = {"OK", 200, ""},
    [CI_INVALID_REQUEST] = {"INVALID_REQUEST", 400,
                            "The request could not be read."},
    [CI_MISSING_PARAMETER] = {"MISSING_PARAMETER", 400,
                              "A mandatory parameter is missing."},
    [CI_INVALID_PARAMETER] = {"INVALID_PARAMETER", 400,
                              "A parameter has a value that is not allowed."},
    [CI_INVALID_IDENTIFIER] = {"INVALID_IDENTIFIER", 400,
                               "An identifier must have exactly one field."},
    [CI_INVALID_CREDENTIALS] = {"INVALID_CREDENTIALS", 401,
                                "The credentials are not valid."},
    [CI_INVALID_TOKEN] = {"INVALID_TOKEN", 401, "The token is not valid."},
    [CI_NOT_FOUND] = {"NOT_FOUND", 404, "What was asked for does not exist."},
    [CI_METHOD_NOT_ALLOWED] = {"METHOD_NOT_ALLOWED", 405,
                               "The method is not allowed here."},
    [CI_AMBIGUOUS_IDENTIFIER] = {"AMBIGUOUS_IDENTIFIER", 409,
                                 "The identifier matches several records."},
    [CI_CONFLICT] = {"CONFLICT", 409,
                     "The request conflicts with what is stored."},
    [CI_PRECONDITION_FAILED] = {"PRECONDITION_FAILED", 412,
                                "The record was changed in the meantime."},
    [CI_PAYLOAD_TOO_LARGE] = {"PAYLOAD_TOO_LARGE", 413,
                              "The request is too large."},
    [CI_UNSUPPORTED_MEDIA_TYPE] = {"UNSUPPORTED_MEDIA_TYPE", 415,
                                   "The type of the content is not supported."},
    [CI_UNKNOWN_REFERENCE] = {"UNKNOWN_REFERENCE", 422,
                              "A record that is referred to does not exist."},
    [CI_TOO_MANY_REQUESTS] = {"TOO_MANY_REQUESTS", 429,
                              "Too many requests; please try again later."},
    [CI_INTERNAL_ERROR] = {"INTERNAL_ERROR", 500,
                           "An internal error occurred."},
    [CI_SERVICE_UNAVAILABLE] = {"SERVICE_UNAVAILABLE", 503,
                                "The service is not available at the moment."},
    [CI_OUTCOME_UNKNOWN] = {"OUTCOME_UNKNOWN", 503,
                            "It is not known whether the change was stored."},
};

ci_error_t *ci_error_create(apr_pool_t *pool, ci_code_e code, const char *field,
                            const char *format, ...)
{
    ci_error_t *err = apr_pcalloc(pool, sizeof *err);
    va_list ap;

    err->code = code;
    err->field = field ? apr_pstrdup(pool, field) : NULL;
    va_start(ap, format);
    err->expected = apr_pvsprintf(pool, format, ap);
    va_end(ap);
    return err;
}

ci_error_t *ci_error_server(apr_pool_t *pool, ci_code_e code, apr_status_t rv,
                            const char *format, ...)
{
    ci_error_t *err = apr_pcalloc(pool, sizeof *err);
    va_list ap;

    err->code = code;
    err->trouble = CI_TROUBLE_INTERNAL;
    err->rv = rv;
    err->retry_after = ci_codes[code].status == 503 ? RETRY_AFTER : 0;
    va_start(ap, format);
    err->detail = apr_pvsprintf(pool, format, ap);
    va_end(ap);
    return err;
}

ci_error_t *ci_error_join(ci_error_t *first, ci_error_t *second)
{
    ci_error_t *last = first;

    if (!first) {
        return second;
    }
    while (last->next) {
        last = last->next;
    }
    last->next = second;
    return first;
}

ci_error_t *ci_error_copy(const ci_error_t *err, apr_pool_t *pool)
{
    ci_error_t *copy = NULL;
    ci_error_t *one;

    for (; err; err = err->next) {
        one = apr_pmemdup(pool, err, sizeof *err);
        one->field = apr_pstrdup(pool, err->field);
        one->expected = apr_pstrdup(pool, err->expected);
        one->detail = apr_pstrdup(pool, err->detail);
        one->next = NULL;
        copy = ci_error_join(copy, one);
    }
    return copy;
}
