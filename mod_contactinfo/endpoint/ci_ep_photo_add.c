/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/profile_photo/add: the photo of a contact, in the place
   of the one that it may have. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_answer.h"
#include "endpoint/ci_params.h"
#include "endpoint/ci_replay.h"
#include "model/ci_find.h"
#include "model/ci_objects.h"
#include "model/ci_photo.h"

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

/* One upload on its way; the answer is made in its transaction. */
typedef struct {
    ci_endpoint_t *ep;
    ci_response_t *res;
    const ci_idempotency_t *idempotency; /* NULL: no key */
    const char *fields_set;
    const ci_record_t *photo;
    ci_record_t *contact;
} add_t;

static ci_error_t *finish(void *baton, ci_store_t *store, apr_pool_t *pool)
{
    const add_t *add = baton;

    ci_sink_clear(add->res->sink);
    ci_answer_photo(add->res, ci_record_copy(add->photo, pool), add->fields_set,
                    add->ep);
    return ci_replay_keep(add->idempotency,
                          &add->contact->values[CI_CONTACT_ID], add->res, store,
                          pool);
}

/* The answer to COMMIT was lost: the photo is there, or nobody knows. */
static ci_error_t *confirm(const add_t *add, ci_error_t *unknown)
{
    const char *id =
        ci_value_string(&add->photo->values[CI_PHOTO_ID], add->ep->pool);
    ci_record_t *found;

    return ci_photo_find_file(&found, add->ep->store, id, add->ep->pool)
               ? unknown
               : NULL;
}

static ci_error_t *store_photo(add_t *add, const ci_identifier_t *identifier,
                               const ci_upload_t *upload)
{
    ci_endpoint_t *ep = add->ep;
    ci_record_t *photo;
    ci_error_t *err = make_photo(&photo, upload, ep);

    if (!err) {
        err = ci_find_contact(&add->contact, ep->store, identifier,
                              CI_MASK(CI_CONTACT_SEQ) | CI_MASK(CI_CONTACT_ID),
                              ep->pool);
    }
    if (err) {
        return err;
    }
    photo->values[CI_PHOTO_CONTACT_SEQ] = add->contact->values[CI_CONTACT_SEQ];
    add->photo = photo;
    err = ci_photo_replace(photo, upload->spool, finish, add, ep->store,
                           ep->pool);
    return err && err->code == CI_OUTCOME_UNKNOWN ? confirm(add, err) : err;
}

ci_error_t *ci_ep_photo_add(ci_endpoint_t *ep, const ci_request_t *req,
                            ci_response_t *res)
{
    add_t add = {.ep = ep, .res = res};
    ci_idempotency_t *idempotency;
    ci_record_t *params;
    int replayed = 0;
    ci_error_t *err = ci_params_read(&params, ep, req);

    add.fields_set = ci_params_text(params, CI_PARAM_FIELDS_SET);
    if (!err) {
        err = ci_replay_begin(&idempotency, &replayed, ep, req, res);
    }
    ep->store->methods->release(ep->store);
    if (err || replayed) {
        return err;
    }
    add.idempotency = idempotency;
    err = store_photo(&add, params->values[CI_PARAM_CONTACT].as.identifier,
                      ci_form_file(req->form));
    return err ? ci_replay_after(err, idempotency, ep, res) : NULL;
}
