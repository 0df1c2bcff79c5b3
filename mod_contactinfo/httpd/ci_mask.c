/* SPDX-License-Identifier: Apache-2.0 */
/* No token, no key and no password in a log. */
#include "httpd/ci_private.h"

#include "httpd/ci_mask.h"

#include <apr_strings.h>

#include "httpd/ci_config.h"

/* What the masks stand for. */
typedef struct {
    const char *query;         /* NULL: there is none */
    const char *authorization; /* NULL: there is none */
} kept_t;

/* 1 if a path is a location's or below it. */
static int is_below(const char *path, const char *location)
{
    apr_size_t length = strlen(location);

    while (length && location[length - 1] == '/') {
        length--;
    }
    return strncmp(path, location, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

/* The path is made what httpd makes of it before it looks for a location. */
static int is_ours(request_rec *r)
{
    const apr_array_header_t *locations =
        ci_config_server(r->server)->locations;
    char *path;
    int i;

    if (!locations->nelts || !r->uri) {
        return 0;
    }
    path = apr_pstrdup(r->pool, r->uri);
    if (ap_unescape_url(path) != OK ||
        !ap_normalize_path(path, AP_NORMALIZE_MERGE_SLASHES)) {
        return 0;
    }
    for (i = 0; i < locations->nelts; i++) {
        if (is_below(path, APR_ARRAY_IDX(locations, i, const char *))) {
            return 1;
        }
    }
    return 0;
}

/* One parameter; its name may be percent-encoded. */
static const char *mask_piece(const char *piece, apr_pool_t *pool)
{
    char *name = apr_pstrmemdup(pool, piece, strcspn(piece, "="));

    return ap_unescape_urlencoded(name) == OK && strcmp(name, "token") == 0
               ? "token=***"
               : piece;
}

static const char *mask_args(const char *args, apr_pool_t *pool)
{
    const char *masked = NULL;
    char *rest = apr_pstrdup(pool, args);
    char *piece, *end;

    for (piece = rest; piece; piece = end) {
        end = strchr(piece, '&');
        if (end) {
            *end++ = '\0';
        }
        masked = masked ? apr_pstrcat(pool, masked, "&",
                                      mask_piece(piece, pool), NULL)
                        : mask_piece(piece, pool);
    }
    return masked;
}

/* The text with what stands between its first '?' and end replaced. */
static char *replace_query(const char *text, const char *end, const char *query,
                           apr_pool_t *pool)
{
    const char *mark = text ? strchr(text, '?') : NULL;

    if (!mark) {
        return apr_pstrdup(pool, text);
    }
    return apr_pstrcat(
        pool, apr_pstrmemdup(pool, text, (apr_size_t)(mark - text) + 1), query,
        end, NULL);
}

static void mask_query(request_rec *r)
{
    const char *masked = mask_args(r->args, r->pool);
    const char *protocol = strrchr(r->the_request, ' ');

    if (protocol && protocol < strchr(r->the_request, '?')) {
        protocol = NULL;
    }
    r->the_request = replace_query(r->the_request, protocol ? protocol : "",
                                   masked, r->pool);
    r->unparsed_uri = replace_query(r->unparsed_uri, "", masked, r->pool);
    r->args = apr_pstrdup(r->pool, masked);
    r->parsed_uri.query = r->args;
}

int ci_mask_request(request_rec *r)
{
    kept_t *kept;

    if (!is_ours(r)) {
        return DECLINED;
    }
    kept = apr_palloc(r->pool, sizeof *kept);
    kept->query = r->args;
    kept->authorization = apr_table_get(r->headers_in, "Authorization");
    ap_set_module_config(r->request_config, &contactinfo_module, kept);
    if (kept->query) {
        mask_query(r);
    }
    if (kept->authorization) {
        apr_table_setn(r->headers_in, "Authorization", "***");
    }
    return DECLINED;
}

int ci_mask_end(request_rec *r, int lookup)
{
    const kept_t *kept =
        ap_get_module_config(r->request_config, &contactinfo_module);

    (void)lookup;
    if (kept && kept->authorization) {
        apr_table_setn(r->headers_in, "Authorization", kept->authorization);
    }
    return DECLINED;
}

const char *ci_mask_query(const request_rec *r)
{
    const kept_t *kept =
        ap_get_module_config(r->request_config, &contactinfo_module);

    return kept && kept->query ? kept->query : r->args;
}
