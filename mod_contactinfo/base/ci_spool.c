/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary file without a name. */
#include "base/ci_spool.h"

#include <apr_file_io.h>
#include <apr_strings.h>

struct ci_spool_t {
    apr_file_t *file;
    apr_off_t limit;
    apr_off_t size;
    apr_pool_t *pool;
};

static ci_error_t *failed(apr_pool_t *pool, apr_status_t rv, const char *what)
{
    return ci_error_server(pool, CI_SERVICE_UNAVAILABLE, rv,
                           "cannot %s a temporary file in ContactInfoTempDir",
                           what);
}

ci_error_t *ci_spool_create(ci_spool_t **spool, const char *folder,
                            apr_off_t limit, apr_pool_t *pool)
{
    static const apr_int32_t flags =
        APR_FOPEN_CREATE | APR_FOPEN_EXCL | APR_FOPEN_READ | APR_FOPEN_WRITE;
    char *name = apr_pstrcat(pool, folder, "/contactinfo-XXXXXX", NULL);
    ci_spool_t *made = apr_pcalloc(pool, sizeof *made);
    apr_status_t rv = apr_file_mktemp(&made->file, name, flags, pool);

    if (rv == APR_SUCCESS) {
        rv = apr_file_remove(name, pool);
    }
    if (rv != APR_SUCCESS) {
        return failed(pool, rv, "make");
    }
    made->limit = limit;
    made->pool = pool;
    *spool = made;
    return NULL;
}

ci_error_t *ci_spool_append(ci_spool_t *spool, const char *data,
                            apr_size_t length)
{
    apr_status_t rv;

    if ((apr_off_t)length > spool->limit - spool->size) {
        return ci_error_create(spool->pool, CI_PAYLOAD_TOO_LARGE, NULL,
                               "expected at most %" APR_OFF_T_FMT " bytes",
                               spool->limit);
    }
    rv = apr_file_write_full(spool->file, data, length, NULL);
    if (rv != APR_SUCCESS) {
        return failed(spool->pool, rv, "write to");
    }
    spool->size += (apr_off_t)length;
    return NULL;
}

apr_off_t ci_spool_size(const ci_spool_t *spool)
{
    return spool->size;
}

apr_status_t ci_spool_read(void *spool, apr_off_t offset, void *buffer,
                           apr_size_t length)
{
    apr_file_t *file = ((ci_spool_t *)spool)->file;
    apr_status_t rv = apr_file_seek(file, APR_SET, &offset);

    return rv == APR_SUCCESS ? apr_file_read_full(file, buffer, length, NULL)
                             : rv;
}
