/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_replay.h
 * Idempotency-Key for the endpoints that take one.
 */
#ifndef CI_REPLAY_H
#define CI_REPLAY_H

#include "endpoint/ci_endpoint.h"
#include "model/ci_idempotency.h"

/**
 * Before the work: answer a request that was answered before.
 * @param idempotency set to NULL if the request has no key
 * @param replayed set to 1 if the answer was written
 * @return as ci_idempotency_make() and ci_idempotency_find()
 */
ci_error_t *ci_replay_begin(ci_idempotency_t **idempotency, int *replayed,
                            ci_endpoint_t *ep, const ci_request_t *req,
                            ci_response_t *res);

/**
 * Part of the transaction: keep the answer that was written.
 * @param idempotency NULL: nothing to keep
 */
ci_error_t *ci_replay_keep(const ci_idempotency_t *idempotency,
                           const ci_value_t *contact_id, ci_response_t *res,
                           ci_store_t *store, apr_pool_t *pool);

/**
 * After work that failed: if that is because a request with the same key was
 * faster, answer as it did.
 * @return NULL if the answer was written; a conflict that could not be looked
 *         up is what ci_idempotency_find() says; else err
 */
ci_error_t *ci_replay_after(ci_error_t *err,
                            const ci_idempotency_t *idempotency,
                            ci_endpoint_t *ep, ci_response_t *res);

#endif
