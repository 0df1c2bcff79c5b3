/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/profile_photo/view: where the photo of a contact is. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_answer.h"
#include "endpoint/ci_params.h"
#include "model/ci_objects.h"
#include "model/ci_photo.h"

ci_error_t *ci_ep_photo_view(ci_endpoint_t *ep, const ci_request_t *req,
                             ci_response_t *res)
{
    ci_value_t contact_seq;
    ci_record_t *params, *photo;
    ci_error_t *err = ci_params_read(&params, ep, req);

    if (!err) {
        err = ci_photo_contact(&contact_seq, ep->store,
                               params->values[CI_PARAM_CONTACT].as.identifier,
                               ep->pool);
    }
    if (!err) {
        err = ci_photo_find(&photo, ep->store, &contact_seq, ep->pool);
    }
    if (!err) {
        ci_answer_photo(res, photo, ci_params_text(params, CI_PARAM_FIELDS_SET),
                        ep);
    }
    return err;
}
