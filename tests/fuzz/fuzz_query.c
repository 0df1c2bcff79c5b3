/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: what is accepted is what a plain second reading of the text
 * finds, what is refused has a legible error. */
#include "base/ci_query.h"
#include "base/ci_text.h"

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

/* Decode a text that is known to be sound. */
static char *decode(apr_pool_t *pool, const char *s, apr_size_t len)
{
    char *out = apr_pcalloc(pool, len + 1);
    apr_size_t count = 0;
    apr_size_t i;

    for (i = 0; i < len; ++i) {
        if (s[i] == '%') {
            require(len - i > 2 &&
                    ci_hex_decode((unsigned char *)out + count, s + i + 1, 2));
            i += 2;
        }
        else {
            out[count] = s[i];
            if (s[i] == '+') {
                out[count] = ' ';
            }
        }
        require(out[count++] != '\0');
    }
    return out;
}

static void check_piece(apr_pool_t *pool, const ci_query_t *params,
                        const char *piece, apr_size_t len)
{
    const char *equals = memchr(piece, '=', len);
    apr_size_t name_len = equals ? (apr_size_t)(equals - piece) : len;
    apr_size_t value_from = equals ? name_len + 1 : len;
    const char *found = ci_query_get(params, decode(pool, piece, name_len));

    require(found != NULL && ci_utf8_valid(found, strlen(found), NULL));
    require(strcmp(found, decode(pool, piece + value_from, len - value_from)) ==
            0);
}

static void check_accepted(apr_pool_t *pool, const ci_query_t *params,
                           const char *query)
{
    int count = 0;
    apr_size_t len;

    while (*query) {
        len = strcspn(query, "&");
        if (len > 0) {
            check_piece(pool, params, query, len);
            ++count;
        }
        query += len + (query[len] == '&');
    }
    require(count <= 100);
}

static void check_refused(const ci_error_t *err)
{
    apr_size_t characters = 0;

    require(err->code == CI_INVALID_REQUEST && err->expected && !err->next);
    if (err->field) {
        require(ci_utf8_valid(err->field, strlen(err->field), &characters));
        require(ci_text_clean(err->field, strlen(err->field), 0));
        require(characters > 0 && characters <= 100);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ci_query_t *params = NULL;
    apr_pool_t *pool;
    ci_error_t *err;
    char *query;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    query = apr_pstrmemdup(pool, (const char *)data, size);
    err = ci_query_parse(&params, query, pool);
    if (err) {
        check_refused(err);
    }
    else {
        check_accepted(pool, params, query);
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
