/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/profile_photo/add: the photo of a contact, in the place
   of the one that it may have. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_answer.h"
#include "model/ci_objects.h"
#include "model/ci_photo.h"

/* What the form says, all that is wrong with it. */
static ci_error_t *read_form(ci_identifier_t **identifier,
                             const char **fields_set,
                             const ci_upload_t **upload,
                             const ci_request_t *req, apr_pool_t *pool)
{
    static const char param[] = "contact_information_identifier";
    ci_error_t *err = ci_answer_fields_set(fields_set, req, pool);

    err = ci_error_join(err, ci_text_identifier(identifier, &ci_contact, param,
                                                ci_form_get(req->form, param),
                                                pool));
    *upload = ci_form_file(req->form);
    if (!*upload) {
        err = ci_error_join(err,
                            ci_error_create(pool, CI_MISSING_PARAMETER,
                                            CI_FORM_FILE, "it is mandatory"));
    }
    return err;
}

static ci_error_t *make_photo(ci_record_t **photo, const ci_upload_t *upload,
                              ci_endpoint_t *ep)
{
    ci_datetime_t now;
    ci_error_t *err;

    ci_datetime_now(&now, ep->now);
    err = ci_photo_make(photo, upload, &now, ep->pool);
    if (err && !err->detail) {
        err->field = CI_FORM_FILE;
    }
    return err;
}

ci_error_t *ci_ep_photo_add(ci_endpoint_t *ep, const ci_request_t *req,
                            ci_response_t *res)
{
    const char *fields_set;
    const ci_upload_t *upload;
    ci_identifier_t *identifier;
    ci_record_t *photo;
    ci_error_t *err =
        read_form(&identifier, &fields_set, &upload, req, ep->pool);

    ep->store->methods->release(ep->store);
    if (!err) {
        err = make_photo(&photo, upload, ep);
    }
    if (!err) {
        err = ci_photo_contact(&photo->values[CI_PHOTO_CONTACT_SEQ], ep->store,
                               identifier, ep->pool);
    }
    if (!err) {
        err = ci_photo_replace(photo, upload->spool, ep->store, ep->pool);
    }
    if (!err) {
        ci_answer_photo(res, photo, fields_set, ep);
    }
    return err;
}
