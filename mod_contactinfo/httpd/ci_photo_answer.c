/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of the image location. */
#include "httpd/ci_private.h"

#include "httpd/ci_photo_answer.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "httpd/ci_photo_bucket.h"
#include "model/ci_objects.h"

static const char *text_of(const ci_record_t *photo, int row, apr_pool_t *pool)
{
    return ci_value_string(&photo->values[row], pool);
}

/* The name for readers of ASCII; sets plain to 0 if that is another one. */
static const char *quoted_name(const char *name, int *plain, apr_pool_t *pool)
{
    char *quoted = apr_pstrdup(pool, name);
    char *s;

    *plain = 1;
    for (s = quoted; *s; s++) {
        if (*s < ' ' || *s > '~' || strchr("\"\\%", *s)) {
            *s = '_';
            *plain = 0;
        }
    }
    return quoted;
}

/* All but attr-char of RFC 8187 section 3.2.1 as %XX. */
static const char *encoded_name(const char *name, apr_pool_t *pool)
{
    static const char hex[] = "0123456789ABCDEF";
    char *encoded = apr_palloc(pool, 3 * strlen(name) + 1);
    char *to = encoded;

    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;

        if (c < 0x80 && (apr_isalnum(c) || strchr("!#$&+-.^_`|~", c))) {
            *to++ = *name;
            continue;
        }
        *to++ = '%';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    *to = '\0';
    return encoded;
}

static const char *disposition(const char *name, apr_pool_t *pool)
{
    int plain;
    const char *quoted = quoted_name(name, &plain, pool);

    return apr_pstrcat(pool, "inline; filename=\"", quoted, "\"",
                       plain ? "" : "; filename*=UTF-8''",
                       plain ? "" : encoded_name(name, pool), NULL);
}

static void set_headers(request_rec *r, const ci_record_t *photo)
{
    apr_table_t *headers = r->headers_out;

    ap_set_content_type(r, text_of(photo, CI_PHOTO_MIME_TYPE, r->pool));
    ap_set_content_length(r, photo->values[CI_PHOTO_SIZE].as.integer);
    ap_set_accept_ranges(r);
    apr_table_setn(headers, "Content-Security-Policy",
                   "default-src 'none'; sandbox");
    apr_table_setn(
        headers, "Content-Disposition",
        disposition(text_of(photo, CI_PHOTO_FILE_NAME, r->pool), r->pool));
}

int ci_photo_answer(request_rec *r, const ci_record_t *photo,
                    const ci_scope_t *scope)
{
    apr_bucket_alloc_t *list = r->connection->bucket_alloc;
    apr_bucket_brigade *bb;
    int status;

    apr_table_setn(r->headers_out, "ETag",
                   apr_pstrcat(r->pool, "\"",
                               text_of(photo, CI_PHOTO_ID, r->pool), "\"",
                               NULL));
    apr_table_setn(r->headers_out, "Cache-Control",
                   "private, max-age=31536000, immutable");
    status = ap_meets_conditions(r);
    if (status != OK) {
        return status;
    }
    set_headers(r, photo);
    bb = apr_brigade_create(r->pool, list);
    APR_BRIGADE_INSERT_TAIL(bb, ci_photo_bucket_create(r, photo, scope, list));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(list));
    (void)ap_pass_brigade(r->output_filters, bb);
    return OK;
}
