/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_body.h
 * The one loop that reads a request's body through httpd's input filters.
 */
#ifndef CI_BODY_H
#define CI_BODY_H

#include <httpd.h>

#include "base/ci_error.h"

/** Takes the next bytes of a body; an error ends the reading. */
typedef ci_error_t *(*ci_body_fn)(void *baton, const char *data,
                                  apr_size_t length);

/**
 * Read a body to its end. Memory does not grow with it. After an error that
 * comes before the end the connection is closed with the answer.
 * @param limit bytes; more are PAYLOAD_TOO_LARGE, as soon as that is known
 * @param http_status set to what httpd must answer itself (408, or what a
 *        filter has answered already); else OK
 * @return INVALID_REQUEST if the body is damaged or cut short,
 *         UNSUPPORTED_MEDIA_TYPE if no filter took its Content-Encoding off,
 *         or what take returned
 */
ci_error_t *ci_body_read(request_rec *r, apr_off_t limit, ci_body_fn take,
                         void *baton, int *http_status);

/** Read a body into one text ended by NUL, in the request's pool. */
ci_error_t *ci_body_text(const char **text, apr_size_t *length, request_rec *r,
                         apr_off_t limit, int *http_status);

#endif
