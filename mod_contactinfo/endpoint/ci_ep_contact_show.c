/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/show: one contact, one statement, one more if it has
   relations. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_answer.h"
#include "endpoint/ci_params.h"
#include "model/ci_find.h"
#include "model/ci_contact.h"
#include "model/ci_objects.h"
#include "model/ci_projection.h"
#include "model/ci_relations.h"

ci_error_t *ci_ep_contact_show(ci_endpoint_t *ep, const ci_request_t *req,
                               ci_response_t *res)
{
    ci_references_t *references;
    ci_record_t *params, *contact;
    ci_mask_t shown;
    ci_error_t *err = ci_params_read(&params, ep, req);

    shown = ci_projection_parse(ci_params_text(params, CI_PARAM_FIELDS_SET),
                                ci_projection_full());
    if (!err) {
        err = ci_find_contact(&contact, ep->store,
                              params->values[CI_PARAM_CONTACT].as.identifier,
                              ci_projection_columns(shown), ep->pool);
    }
    if (!err) {
        err = ci_references_get(
            &references, ep->references, ep->store,
            contact->values[CI_CONTACT_GENERATION].as.integer, ep->pool);
    }
    if (!err) {
        err = ci_contact_unpack(contact, shown, ep->pool);
    }
    if (!err && contact->values[CI_CONTACT_RELATION_COUNT].as.integer) {
        err = ci_relations_load(&contact, 1, ep->store, ep->pool);
    }
    if (!err) {
        ep->store->methods->release(ep->store);
        ci_contact_derive(contact, ep->pool);
        ci_answer_contact(res, contact, shown, references);
    }
    return err;
}
