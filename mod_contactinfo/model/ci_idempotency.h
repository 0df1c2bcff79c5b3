/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_idempotency.h
 * Requests that may be repeated: the answer is kept under the client's key, in
 * the transaction of its effect.
 *
 * A key belongs to a user of an organisation and to an operation, and is kept
 * for 24 hours.
 */
#ifndef CI_IDEMPOTENCY_H
#define CI_IDEMPOTENCY_H

#include "model/ci_session.h"

/** Characters of a key at most. */
#define CI_IDEMPOTENCY_KEY_MAX 255

/** One request with a key; NULL stands for one without. */
typedef struct {
    const char *user;
    const char *operation; /**< path of the endpoint */
    ci_digest_t key;
    ci_digest_t request; /**< of its content without token and boundary */
    apr_time_t now;
} ci_idempotency_t;

/**
 * Make it from the header's text.
 * @param idempotency NULL if there is no header
 * @param text the header, or NULL
 * @return INVALID_REQUEST unless 1 to 255 visible ASCII characters
 */
ci_error_t *ci_idempotency_make(ci_idempotency_t **idempotency,
                                const char *text, const char *operation,
                                const ci_session_t *session, apr_time_t now,
                                apr_pool_t *pool);

/**
 * Look for the answer of an earlier request.
 * @param answer set if there is one; NULL if not
 * @return CONFLICT if the key was used with other content; NOT_FOUND if the
 *         contact that it is about may not be seen any more
 */
ci_error_t *ci_idempotency_find(const ci_value_t **answer,
                                const ci_idempotency_t *idempotency,
                                ci_store_t *store, apr_pool_t *pool);

/**
 * Keep an answer; part of the transaction.
 * @param contact_id id of the contact that it is about
 * @return CONFLICT if another request with the key was faster
 */
ci_error_t *ci_idempotency_store(const ci_idempotency_t *idempotency,
                                 const ci_value_t *contact_id,
                                 const char *answer, apr_size_t length,
                                 ci_store_t *store, apr_pool_t *pool);

#endif
