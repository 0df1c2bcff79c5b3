/* SPDX-License-Identifier: Apache-2.0 */
/* Splitting and decoding of parameters; see the header. */
#include "base/ci_query.h"
#include "base/ci_text.h"

#include <apr_hash.h>
#include <apr_strings.h>

#include <string.h>

#define PARAMETERS_MAX 100

/* Characters of a name that an error repeats. */
#define FIELD_MAX 100

struct ci_query_t {
    apr_hash_t *values; /* by name */
};

/* Decode a text in place; returns what is wrong with it, or NULL. */
static const char *decode(char *s)
{
    char *start = s;
    char *out = s;
    unsigned char byte;

    for (; *s; ++s, ++out) {
        *out = *s;
        if (*s == '+') {
            *out = ' ';
        }
        if (*s != '%') {
            continue;
        }
        /* a NUL in the place of a digit is no digit */
        if (!s[1] || !ci_hex_decode(&byte, s + 1, 2)) {
            return "'%' must be followed by two hexadecimal digits";
        }
        if (byte == 0) {
            return "%00 is not allowed";
        }
        *out = (char)byte;
        s += 2;
    }
    *out = '\0';
    return ci_utf8_valid(start, (apr_size_t)(out - start), NULL)
               ? NULL
               : "must be UTF-8 once decoded";
}

/* The beginning of a decoded name as an error may show it, or NULL. */
static const char *legible(const char *name, apr_pool_t *pool)
{
    apr_size_t len = 0;
    apr_size_t characters = 0;

    for (; name[len]; ++len) {
        if ((name[len] & 0xc0) != 0x80 && ++characters > FIELD_MAX) {
            break;
        }
    }
    return len > 0 && ci_text_clean(name, len, 0)
               ? apr_pstrmemdup(pool, name, len)
               : NULL;
}

static ci_error_t *invalid(apr_pool_t *pool, const char *name,
                           const char *expected)
{
    const char *field = name ? legible(name, pool) : NULL;

    return ci_error_create(pool, CI_INVALID_REQUEST, field, "%s", expected);
}

/* Take one piece, "name=value" or "name". */
static ci_error_t *add(ci_query_t *params, char *piece, apr_pool_t *pool)
{
    char *value = piece + strcspn(piece, "=");
    const char *wrong;

    if (*value) {
        *value++ = '\0';
    }
    wrong = decode(piece);
    if (wrong) {
        return invalid(pool, NULL, wrong);
    }
    wrong = decode(value);
    if (wrong) {
        return invalid(pool, piece, wrong);
    }
    if (apr_hash_get(params->values, piece, APR_HASH_KEY_STRING)) {
        return invalid(pool, piece, "the parameter must not be given twice");
    }
    if (apr_hash_count(params->values) == PARAMETERS_MAX) {
        return ci_error_create(pool, CI_INVALID_REQUEST, NULL,
                               "at most %d parameters are allowed",
                               PARAMETERS_MAX);
    }
    apr_hash_set(params->values, piece, APR_HASH_KEY_STRING, value);
    return NULL;
}

ci_error_t *ci_query_parse(ci_query_t **params, const char *query,
                           apr_pool_t *pool)
{
    ci_query_t *found = apr_palloc(pool, sizeof *found);
    char *piece = apr_pstrdup(pool, query ? query : "");
    char *next;
    ci_error_t *err;

    found->values = apr_hash_make(pool);
    for (; piece; piece = next) {
        next = strchr(piece, '&');
        if (next) {
            *next++ = '\0';
        }
        err = *piece ? add(found, piece, pool) : NULL;
        if (err) {
            return err;
        }
    }
    *params = found;
    return NULL;
}

const char *ci_query_get(const ci_query_t *params, const char *name)
{
    return apr_hash_get(params->values, name, APR_HASH_KEY_STRING);
}
