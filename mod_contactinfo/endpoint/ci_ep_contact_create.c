/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/create: one transaction of a constant few statements; the
   answer is made in it, so that it can be kept with its effect. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_answer.h"
#include "endpoint/ci_params.h"
#include "endpoint/ci_replay.h"
#include "model/ci_contact_store.h"
#include "model/ci_objects.h"
#include "model/ci_projection.h"
#include "model/ci_find.h"
#include "model/ci_relations.h"

/* How often the reference data may change under one request. */
#define MAX_RELOADS 3

/* 1 if an error may be due to reference data that changed meanwhile. */
static int may_be_stale(const ci_error_t *err)
{
    for (; err; err = err->next) {
        if (err->retry == CI_STALE || err->code == CI_UNKNOWN_REFERENCE ||
            err->code == CI_AMBIGUOUS_IDENTIFIER) {
            return 1;
        }
    }
    return 0;
}

/* One create on its way. */
typedef struct {
    ci_endpoint_t *ep;
    const json_t *json;
    ci_response_t *res;
    const ci_idempotency_t *idempotency; /* NULL: no key */
    const char *fields_set;
    ci_references_t *references;
    ci_record_t *contact;
} create_t;

static ci_error_t *write_answer(const create_t *create, ci_store_t *store,
                                apr_pool_t *pool)
{
    ci_mask_t reduced = ci_projection_reduced();
    ci_mask_t shown = ci_projection_parse(create->fields_set, reduced);
    ci_record_t *contact = ci_record_copy(create->contact, pool);
    ci_error_t *err = NULL;

    if (shown & CI_MASK(CI_CONTACT_RELATIONS)) {
        err = ci_relations_load(&contact, 1, store, pool);
    }
    ci_contact_derive(contact, pool);
    if (shown == reduced) {
        ci_contact_reduce(contact);
    }
    ci_sink_clear(create->res->sink);
    ci_answer_contact(create->res, contact, shown, create->references);
    create->res->version = 0; /* a reduced contact has no tag */
    return err;
}

static ci_error_t *store_contact(void *baton, ci_store_t *store,
                                 apr_pool_t *pool)
{
    const create_t *create = baton;
    ci_error_t *err = ci_contact_insert(
        create->contact, create->ep->settings->unique, store, pool);

    if (!err) {
        err = write_answer(create, store, pool);
    }
    return err ? err
               : ci_replay_keep(create->idempotency,
                                &create->contact->values[CI_CONTACT_ID],
                                create->res, store, pool);
}

/* The answer to COMMIT was lost: the contact is there, or nobody knows. */
static ci_error_t *confirm(const create_t *create, ci_error_t *unknown)
{
    const ci_value_t *id = &create->contact->values[CI_CONTACT_ID];
    ci_identifier_t identifier = {
        {&ci_contact.fields[CI_CONTACT_ID], CI_CONTACT_ID, -1},
        id->as.text,
        id->length,
    };
    ci_record_t *found;

    return ci_find_contact(&found, create->ep->store, &identifier,
                           CI_MASK(CI_CONTACT_SEQ), create->ep->pool)
               ? unknown
               : NULL;
}

static ci_error_t *create_once(create_t *create)
{
    ci_endpoint_t *ep = create->ep;
    ci_read_t read = {CI_FROM_CREATE, ci_contact_type_of(create->json),
                      ci_references_resolve, create->references, ep->pool};
    ci_change_t change = {
        &ep->session, create->references, ep->settings->default_country, {0}};
    ci_error_t *err =
        ci_json_read(&create->contact, &read, &ci_contact, create->json);

    if (err) {
        return err;
    }
    ci_datetime_now(&change.now, ep->now);
    err = ci_contact_begin(create->contact, &change, ep->pool);
    if (err) {
        return err;
    }
    ci_contact_pack(create->contact, ep->pool);
    ep->store->scope.generation = ci_references_generation(create->references);
    err = ci_store_transaction(ep->store, store_contact, create, ep->pool);
    return err && err->code == CI_OUTCOME_UNKNOWN ? confirm(create, err) : err;
}

/* Create, again with new reference data if they changed meanwhile. */
static ci_error_t *create_fresh(create_t *create)
{
    ci_endpoint_t *ep = create->ep;
    apr_int64_t generation = 0, current;
    ci_error_t *err, *failed;
    int i;

    for (i = 0; i < MAX_RELOADS; i++) {
        failed = ci_references_get(&create->references, ep->references,
                                   ep->store, generation, ep->pool);
        if (failed) {
            return failed;
        }
        generation = ci_references_generation(create->references);
        err = create_once(create);
        if (!err || !may_be_stale(err)) {
            return err;
        }
        failed = ci_references_current(&current, ep->store, ep->pool);
        if (failed || current == generation) {
            return failed ? failed : err;
        }
        generation = current;
    }
    return err->retry == CI_STALE
               ? ci_error_server(ep->pool, CI_SERVICE_UNAVAILABLE, APR_EAGAIN,
                                 "the references change too often")
               : err;
}

ci_error_t *ci_ep_contact_create(ci_endpoint_t *ep, const ci_request_t *req,
                                 ci_response_t *res)
{
    create_t create = {.ep = ep, .json = req->json, .res = res};
    ci_idempotency_t *idempotency;
    ci_record_t *params;
    int replayed = 0;
    ci_error_t *err = ci_params_read(&params, ep, req);

    create.fields_set = ci_params_text(params, CI_CREATE_FIELDS_SET);
    if (!err) {
        err = ci_replay_begin(&idempotency, &replayed, ep, req, res);
    }
    if (err || replayed) {
        return err;
    }
    create.idempotency = idempotency;
    err = create_fresh(&create);
    return err ? ci_replay_after(err, idempotency, ep, res) : NULL;
}
