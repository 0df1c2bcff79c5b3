/* SPDX-License-Identifier: Apache-2.0 */
/* health: whether a real table of the database can be read and fits. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_envelope.h"
#include "model/ci_schema.h"

ci_error_t *ci_ep_health(ci_endpoint_t *ep, const ci_request_t *req,
                         ci_response_t *res)
{
    ci_error_t *err = ci_schema_check(ep->store, ep->pool);

    (void)req;
    if (!err) {
        ci_envelope_empty(res->sink);
    }
    return err;
}
