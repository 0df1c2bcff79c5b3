/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_form.h
 * A multipart form as it arrives: its known fields are kept, its file is
 * spooled, all other parts are skipped. Parts may come in any order.
 *
 * Memory is bounded by the number of known fields, whatever is sent.
 */
#ifndef CI_FORM_H
#define CI_FORM_H

#include "base/ci_spool.h"

/** Bytes of a field at most. */
#define CI_FORM_FIELD_MAX 8192

/** Fields that a form may be asked to keep. */
#define CI_FORM_FIELDS 8

/** One form; for one thread at a time. */
typedef struct ci_form_t ci_form_t;

/** What is looked for in a form; must live as long as the form. */
typedef struct {
    const char *const *fields; /**< names, at most CI_FORM_FIELDS, then NULL */
    const char *file;          /**< name of the part that is spooled */
    const char *folder;        /**< where: see ci_spool_create() */
    apr_off_t limit;           /**< bytes of the file at most */
} ci_form_parts_t;

/** The file of a form. */
typedef struct {
    const char *name; /**< UTF-8, whatever the client chose, or NULL */
    ci_spool_t *spool;
} ci_upload_t;

/**
 * Begin a form.
 * @param form set on success; lives in the pool, as do its file and errors
 * @param content_type of the body, or NULL
 * @return UNSUPPORTED_MEDIA_TYPE if that is not multipart/form-data,
 *         INVALID_REQUEST if it names no usable boundary
 */
ci_error_t *ci_form_create(ci_form_t **form, const char *content_type,
                           const ci_form_parts_t *parts, apr_pool_t *pool)
    __attribute__((warn_unused_result));

/**
 * Take the next bytes of the body.
 * @param form a ci_form_t
 * @return what ci_multipart_feed() and ci_spool_append() return;
 *         INVALID_REQUEST if a field or the file comes twice, or a field is not
 *         UTF-8 or holds NUL; PAYLOAD_TOO_LARGE for a field above the limit
 */
ci_error_t *ci_form_feed(void *form, const char *data, apr_size_t length)
    __attribute__((warn_unused_result));

/**
 * Tell that the body is complete.
 * @return what ci_multipart_finish() returns
 */
ci_error_t *ci_form_finish(ci_form_t *form) __attribute__((warn_unused_result));

/** The text of a field, ended by NUL; NULL if it did not come. */
const char *ci_form_get(const ci_form_t *form, const char *name);

/** The file; NULL if it did not come. */
const ci_upload_t *ci_form_file(const ci_form_t *form);

#endif
