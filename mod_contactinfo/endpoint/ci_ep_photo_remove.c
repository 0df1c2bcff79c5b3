/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/profile_photo/remove: a contact without a photo, whether
   it had one or not. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_envelope.h"
#include "model/ci_objects.h"
#include "model/ci_photo.h"

ci_error_t *ci_ep_photo_remove(ci_endpoint_t *ep, const ci_request_t *req,
                               ci_response_t *res)
{
    static const char param[] = "contact_information_identifier";
    ci_identifier_t *identifier;
    ci_value_t contact_seq;
    ci_error_t *err =
        ci_json_identifier(&identifier, &ci_contact, param,
                           json_object_get(req->json, param), ep->pool);

    if (!err) {
        err = ci_photo_contact(&contact_seq, ep->store, identifier, ep->pool);
    }
    if (!err) {
        err = ci_photo_remove(ep->store, &contact_seq, ep->pool);
    }
    if (!err) {
        ci_envelope_empty(res->sink);
    }
    return err;
}
