/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the text of an Idempotency-Key, of an If-Match and of tags that
 * mod_deflate and mod_brotli have marked. */
#include "base/ci_etag.h"
#include "model/ci_idempotency.h"

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

static int is_visible(const char *text)
{
    for (; *text > ' ' && *text < 0x7f; text++) {
    }
    return *text == '\0';
}

/* A key is what can be seen, and its digest depends on all of it. */
static void check_key(const char *text, apr_pool_t *pool)
{
    static const ci_session_t session = {.user = "U"};
    ci_idempotency_t *one, *two;
    ci_error_t *err = ci_idempotency_make(&one, text, "op", &session, 0, pool);
    size_t length = strlen(text);

    require(!err == (is_visible(text) && length > 0 &&
                     length <= CI_IDEMPOTENCY_KEY_MAX));
    if (err) {
        require(err->code == CI_INVALID_REQUEST && err->expected);
        return;
    }
    require(!ci_idempotency_make(&two, apr_pstrcat(pool, text + 1, "x", NULL),
                                 "op", &session, 0, pool));
    require(memcmp(&one->key, &two->key, sizeof one->key) != 0 ||
            strspn(text, "x") == length);
}

/* Tags before a list change nothing unless they apply themselves. */
static void check_tags(const char *text, apr_int64_t version, apr_pool_t *pool)
{
    char *own = apr_psprintf(pool, "\"%" APR_INT64_T_FMT "-", version);
    int applies = ci_etag_applies(text, version);
    int is_any = strcmp(text, "*") == 0;

    require(!applies || is_any || strstr(text, own) != NULL);
    require(ci_etag_applies(
                apr_pstrcat(pool, "\"x\" ,W/", own, "a\", ", text, NULL),
                version) == (applies && !is_any));
    require(
        ci_etag_applies(apr_pstrcat(pool, own, "a\",", text, NULL), version));
}

/* A mark of one kind that stands behind one of the other is left. */
static void check_marks(const char *text, apr_pool_t *pool)
{
    char *tags = apr_pstrdup(pool, text);
    size_t length = strlen(text);

    ci_etag_unmark(tags);
    require(strlen(tags) <= length && !strstr(tags, "-br\""));
    require(strchr(text, 'b') || !strstr(tags, "-gzip\""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_int64_t version;
    apr_pool_t *pool;
    char *text;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    text = apr_pstrmemdup(pool, (const char *)data, size);
    check_key(text, pool);
    for (version = 1; version <= 12; version += 11) {
        check_tags(text, version, pool);
    }
    check_marks(text, pool);
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
