/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/create: one transaction of a constant few statements. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_answer.h"
#include "model/ci_contact_store.h"
#include "model/ci_objects.h"
#include "model/ci_projection.h"
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

static ci_error_t *create(ci_record_t **contact, ci_endpoint_t *ep,
                          const json_t *json, ci_references_t *references)
{
    ci_read_t read = {CI_FROM_CREATE, ci_contact_type_of(json),
                      ci_references_resolve, references, ep->pool};
    ci_change_t change = {
        &ep->session, references, ep->settings->default_country, {0}};
    ci_error_t *err = ci_json_read(contact, &read, &ci_contact, json);

    if (err) {
        return err;
    }
    ci_datetime_now(&change.now, ep->now);
    err = ci_contact_begin(*contact, &change, ep->pool);
    if (err) {
        return err;
    }
    ci_contact_pack(*contact, ep->pool);
    ep->store->scope.generation = ci_references_generation(references);
    return ci_store_transaction(ep->store, ci_contact_insert, *contact,
                                ep->pool);
}

/* Create, again with new reference data if they changed meanwhile. */
static ci_error_t *create_fresh(ci_record_t **contact,
                                ci_references_t **references, ci_endpoint_t *ep,
                                const json_t *json)
{
    apr_int64_t generation = 0, current;
    ci_error_t *err, *failed;
    int i;

    for (i = 0; i < MAX_RELOADS; i++) {
        failed = ci_references_get(references, ep->references, ep->store,
                                   generation, ep->pool);
        if (failed) {
            return failed;
        }
        generation = ci_references_generation(*references);
        err = create(contact, ep, json, *references);
        if (!err || !may_be_stale(err)) {
            return err;
        }
        failed = ci_references_current(&current, ep->store, ep->pool);
        if (failed || current == generation) {
            return failed ? failed : err;
        }
        generation = current;
    }
    return err;
}

ci_error_t *ci_ep_contact_create(ci_endpoint_t *ep, const ci_request_t *req,
                                 ci_response_t *res)
{
    ci_mask_t shown;
    const char *fields_set;
    ci_references_t *references;
    ci_record_t *contact;
    ci_error_t *err = ci_answer_fields_set(&fields_set, req, ep->pool);

    if (!err) {
        err = create_fresh(&contact, &references, ep, req->json);
    }
    if (err) {
        return err;
    }
    shown = ci_projection_parse(fields_set, ci_projection_reduced());
    if (shown & CI_MASK(CI_CONTACT_RELATIONS)) {
        err = ci_relations_load(&contact, 1, ep->store, ep->pool);
    }
    ep->store->methods->release(ep->store);
    if (err) {
        return err;
    }
    ci_contact_derive(contact, ep->pool);
    if (shown == ci_projection_reduced()) {
        ci_contact_reduce(contact);
    }
    ci_answer_contact(res, contact, shown, references);
    return NULL;
}
