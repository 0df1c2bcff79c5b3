/* SPDX-License-Identifier: Apache-2.0 */
/* openapi.json: what this service takes and answers. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_openapi.h"

ci_error_t *ci_ep_openapi(ci_endpoint_t *ep, const ci_request_t *req,
                          ci_response_t *res)
{
    (void)req;
    ci_openapi_write(res->sink, ep->settings, ep->pool);
    return NULL;
}
