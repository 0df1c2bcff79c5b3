/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/profile_photo/view: where the photo of a contact is. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_answer.h"
#include "model/ci_objects.h"
#include "model/ci_photo.h"

ci_error_t *ci_ep_photo_view(ci_endpoint_t *ep, const ci_request_t *req,
                             ci_response_t *res)
{
    static const char param[] = "contact_information_identifier";
    const char *fields_set;
    ci_identifier_t *identifier;
    ci_value_t contact_seq;
    ci_record_t *photo;
    ci_error_t *err = ci_answer_fields_set(&fields_set, req, ep->pool);

    err = ci_error_join(err, ci_text_identifier(&identifier, &ci_contact, param,
                                                ci_query_get(req->query, param),
                                                ep->pool));
    if (!err) {
        err = ci_photo_contact(&contact_seq, ep->store, identifier, ep->pool);
    }
    if (!err) {
        err = ci_photo_find(&photo, ep->store, &contact_seq, ep->pool);
    }
    if (!err) {
        ci_answer_photo(res, photo, fields_set, ep);
    }
    return err;
}
