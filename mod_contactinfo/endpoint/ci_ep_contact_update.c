/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/update: read, apply, compare-and-set, so that no change
   is lost. If somebody else was faster, again with the row locked. */
#include "endpoint/ci_endpoint.h"

#include "base/ci_etag.h"
#include "endpoint/ci_answer.h"
#include "endpoint/ci_params.h"
#include "model/ci_change.h"
#include "model/ci_contact_store.h"
#include "model/ci_find.h"
#include "model/ci_objects.h"
#include "model/ci_projection.h"
#include "model/ci_relations.h"

/* How often a change is tried; against a locked row only a change of the
   reference data is faster. */
#define MAX_TRIES 5

/* One update on its way. */
typedef struct {
    ci_endpoint_t *ep;
    const ci_request_t *req;
    const ci_identifier_t *identifier;
    ci_mask_t shown; /* fields of the answer */
    ci_references_t *references;
    ci_record_t *contact;
    ci_modification_t modification;
} update_t;

/* A contact as it is now, with its references. */
static ci_error_t *fetch(update_t *update)
{
    ci_mask_t all = ci_projection_columns(ci_projection_full());
    ci_endpoint_t *ep = update->ep;
    ci_error_t *err = ci_find_contact(&update->contact, ep->store,
                                      update->identifier, all, ep->pool);

    if (!err) {
        err = ci_references_get(
            &update->references, ep->references, ep->store,
            update->contact->values[CI_CONTACT_GENERATION].as.integer,
            ep->pool);
    }
    return err ? err : ci_contact_unpack(update->contact, CI_WHOLE, ep->pool);
}

/* What the answer needs is read before the commit: nothing can fail behind
   it. */
static ci_error_t *store_change(void *baton, ci_store_t *store,
                                apr_pool_t *pool)
{
    update_t *update = baton;
    ci_error_t *err = ci_contact_update(&update->modification, store, pool);

    if (!err && (update->shown & CI_MASK(CI_CONTACT_RELATIONS)) &&
        update->contact->values[CI_CONTACT_RELATION_COUNT].as.integer) {
        err = ci_relations_load(&update->contact, 1, store, pool);
    }
    return err;
}

/* The answer to COMMIT was lost: the change is there, or nobody knows. */
static ci_error_t *confirm(const update_t *update, ci_error_t *unknown)
{
    int stored;
    ci_error_t *err = ci_contact_is_stored(&stored, &update->modification,
                                           update->ep->store, update->ep->pool);

    return !err && stored ? NULL : unknown;
}

/* Apply the request to the contact. */
static ci_error_t *apply(update_t *update)
{
    ci_endpoint_t *ep = update->ep;
    ci_record_t *contact = update->contact;
    ci_read_t read = {CI_FROM_UPDATE, ci_contact_type(contact),
                      ci_references_resolve, update->references, ep->pool};
    ci_change_t with = {
        &ep->session, update->references, ep->settings->default_country, {0}};
    ci_record_t *request;
    ci_error_t *err =
        ci_json_read(&request, &read, &ci_contact, update->req->json);

    if (err) {
        return err;
    }
    update->modification = (ci_modification_t){
        .contact = contact,
        .relations = &request->values[CI_CONTACT_RELATIONS],
        .rules = ep->settings->unique,
        .keys = ci_contact_keys(contact, ep->pool),
        .version = contact->values[CI_CONTACT_VERSION].as.integer,
    };
    ci_datetime_now(&with.now, ep->now);
    err = ci_change_apply(contact, request, &with, ep->pool);
    if (!err) {
        ci_contact_pack(contact, ep->pool);
        ep->store->scope.generation =
            ci_references_generation(update->references);
    }
    return err;
}

/* Read the contact and apply the request to it, if it is the version that the
   client wants to change. */
static ci_error_t *prepare(update_t *update)
{
    ci_error_t *err = fetch(update);

    if (!err && !ci_etag_applies(
                    update->req->if_match,
                    update->contact->values[CI_CONTACT_VERSION].as.integer)) {
        err = ci_error_create(update->ep->pool, CI_PRECONDITION_FAILED,
                              "If-Match", "the contact has another version");
    }
    return err ? err : apply(update);
}

static ci_error_t *change_locked(void *baton, ci_store_t *store,
                                 apr_pool_t *pool)
{
    update_t *update = baton;
    ci_error_t *err = ci_contact_lock_row(
        store, &update->contact->values[CI_CONTACT_SEQ], pool);

    if (!err) {
        err = prepare(update);
    }
    return err ? err : store_change(update, store, pool);
}

static ci_error_t *change(update_t *update)
{
    ci_endpoint_t *ep = update->ep;
    ci_error_t *err = prepare(update);
    int i;

    if (!err) {
        err = ci_store_transaction(ep->store, store_change, update, ep->pool);
    }
    for (i = 1; err && err->retry == CI_STALE && i < MAX_TRIES; i++) {
        err = ci_store_transaction(ep->store, change_locked, update, ep->pool);
    }
    return err && err->code == CI_OUTCOME_UNKNOWN ? confirm(update, err) : err;
}

ci_error_t *ci_ep_contact_update(ci_endpoint_t *ep, const ci_request_t *req,
                                 ci_response_t *res)
{
    update_t update = {.ep = ep, .req = req};
    ci_record_t *params;
    ci_error_t *err = ci_params_read(&params, ep, req);

    update.shown = ci_projection_parse(
        ci_params_text(params, CI_PARAM_FIELDS_SET), ci_projection_full());
    if (!err) {
        update.identifier = params->values[CI_PARAM_CONTACT].as.identifier;
        err = change(&update);
    }
    if (!err) {
        ep->store->methods->release(ep->store);
        ci_contact_derive(update.contact, ep->pool);
        ci_answer_contact(res, update.contact, update.shown, update.references);
    }
    return err;
}
