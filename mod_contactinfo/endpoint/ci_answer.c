/* SPDX-License-Identifier: Apache-2.0 */
/* What the endpoints that show a contact share. */
#include "endpoint/ci_answer.h"

#include "endpoint/ci_envelope.h"
#include "model/ci_objects.h"
#include "model/ci_photo.h"
#include "model/ci_projection.h"

void ci_answer_contact(ci_response_t *res, const ci_record_t *contact,
                       ci_mask_t shown, const ci_references_t *references)
{
    ci_lookup_t lookup = ci_references_lookup(references);
    ci_write_t write = {res->sink, &lookup, CI_VIEW_ANSWER};

    res->version = contact->values[CI_CONTACT_VERSION].as.integer;
    ci_envelope_begin(res->sink);
    ci_json_write(&write, contact, shown);
    ci_envelope_end(res->sink);
}

void ci_answer_photo(ci_response_t *res, ci_record_t *photo,
                     const char *fields_set, const ci_endpoint_t *ep)
{
    ci_write_t write = {res->sink, NULL, CI_VIEW_ANSWER};
    ci_mask_t all = ci_object_mask(&ci_photo, CI_SHOWN);

    ci_photo_derive(photo, ep->settings->image_path, ep->pool);
    ci_envelope_begin(res->sink);
    ci_json_write(&write, photo, ci_projection_of(&ci_photo, fields_set, all));
    ci_envelope_end(res->sink);
}
