/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_photo_answer.h
 * The answer of the image location: headers, conditions, bytes.
 */
#ifndef CI_PHOTO_ANSWER_H
#define CI_PHOTO_ANSWER_H

#include <httpd.h>

#include "store/ci_store.h"

/**
 * Send a photo, or what the conditions of the request ask for. Range is left to
 * httpd's filter.
 * @param photo of ci_photo, as it was stored; lives as long as r
 * @param scope of the caller
 * @return OK when it was sent; HTTP_NOT_MODIFIED, HTTP_PRECONDITION_FAILED
 * @see RFC 9110 section 13, RFC 6266
 */
int ci_photo_answer(request_rec *r, const ci_record_t *photo,
                    const ci_scope_t *scope);

#endif
