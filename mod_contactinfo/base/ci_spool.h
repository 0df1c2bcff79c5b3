/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_spool.h
 * A temporary file without a name: bytes are appended as they arrive and read
 * when all are there.
 *
 * The name is removed as soon as the file is made, so that the file ends with
 * the process whatever happens to it. Memory does not grow with the bytes.
 */
#ifndef CI_SPOOL_H
#define CI_SPOOL_H

#include "base/ci_error.h"

/** A file of one request; for one thread at a time. */
typedef struct ci_spool_t ci_spool_t;

/**
 * Make an empty file; it is closed, which removes it, with the pool.
 * @param spool set on success
 * @param folder where; the process may create files there
 * @param limit bytes that it takes
 * @return SERVICE_UNAVAILABLE if the file cannot be made
 */
ci_error_t *ci_spool_create(ci_spool_t **spool, const char *folder,
                            apr_off_t limit, apr_pool_t *pool)
    __attribute__((warn_unused_result));

/**
 * Append some bytes.
 * @return PAYLOAD_TOO_LARGE above the limit, SERVICE_UNAVAILABLE if the file
 *         system takes no more; the file is then not to be used any more
 */
ci_error_t *ci_spool_append(ci_spool_t *spool, const char *data,
                            apr_size_t length)
    __attribute__((warn_unused_result));

/** Bytes that were appended. */
apr_off_t ci_spool_size(const ci_spool_t *spool);

/**
 * Read length bytes from an offset, all of them: a ci_image_read_fn.
 * @param spool a ci_spool_t
 * @return APR_SUCCESS; APR_EOF if there are less; what the file system says
 */
apr_status_t ci_spool_read(void *spool, apr_off_t offset, void *buffer,
                           apr_size_t length);

#endif
