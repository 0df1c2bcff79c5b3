/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/profile_photo/remove: a contact without a photo, whether
   it had one or not. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_envelope.h"
#include "endpoint/ci_params.h"
#include "model/ci_objects.h"
#include "model/ci_photo.h"

static ci_error_t *remove_photo(void *contact_seq, ci_store_t *store,
                                apr_pool_t *pool)
{
    return ci_photo_remove(store, contact_seq, pool);
}

ci_error_t *ci_ep_photo_remove(ci_endpoint_t *ep, const ci_request_t *req,
                               ci_response_t *res)
{
    ci_record_t *params;
    ci_value_t contact_seq;
    ci_error_t *err = ci_params_read(&params, ep, req);

    if (!err) {
        err = ci_photo_contact(&contact_seq, ep->store,
                               params->values[CI_PARAM_CONTACT].as.identifier,
                               ep->pool);
    }
    if (!err) {
        err = ci_store_repeat(ep->store, remove_photo, &contact_seq, ep->pool);
    }
    if (!err) {
        ci_envelope_empty(res->sink);
    }
    return err;
}
