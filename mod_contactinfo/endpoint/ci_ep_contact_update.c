/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/update: read, apply, compare-and-set; again if somebody
   else was faster, so that no change is lost. */
#include "endpoint/ci_endpoint.h"

#include <apr_strings.h>

#include <string.h>

#include "endpoint/ci_answer.h"
#include "endpoint/ci_params.h"
#include "model/ci_change.h"
#include "model/ci_contact_store.h"
#include "model/ci_find.h"
#include "model/ci_objects.h"
#include "model/ci_projection.h"
#include "model/ci_relations.h"

/* How often a change is tried against others' changes of the contact. */
#define MAX_TRIES 10

/* A contact as it is now, with its references. */
static ci_error_t *fetch(ci_record_t **contact, ci_references_t **references,
                         ci_endpoint_t *ep, const ci_identifier_t *identifier)
{
    ci_mask_t all = ci_projection_columns(ci_projection_full());
    ci_error_t *err =
        ci_find_contact(contact, ep->store, identifier, all, ep->pool);

    if (!err) {
        err = ci_references_get(
            references, ep->references, ep->store,
            (*contact)->values[CI_CONTACT_GENERATION].as.integer, ep->pool);
    }
    return err ? err : ci_contact_unpack(*contact, ep->pool);
}

/* Apply the request to the contact and store it. */
static ci_error_t *change(ci_record_t *contact, ci_references_t *references,
                          ci_endpoint_t *ep, const json_t *json)
{
    ci_read_t read = {CI_FROM_UPDATE, ci_contact_type(contact),
                      ci_references_resolve, references, ep->pool};
    ci_change_t with = {
        &ep->session, references, ep->settings->default_country, {0}};
    ci_modification_t modification = {
        .contact = contact,
        .rules = ep->settings->unique,
        .keys = ci_contact_keys(contact, ep->pool),
        .version = contact->values[CI_CONTACT_VERSION].as.integer,
    };
    ci_record_t *request;
    ci_error_t *err = ci_json_read(&request, &read, &ci_contact, json);

    if (err) {
        return err;
    }
    ci_datetime_now(&with.now, ep->now);
    err = ci_change_apply(contact, request, &with, ep->pool);
    if (err) {
        return err;
    }
    ci_contact_pack(contact, ep->pool);
    modification.relations = &request->values[CI_CONTACT_RELATIONS];
    ep->store->scope.generation = ci_references_generation(references);
    return ci_store_transaction(ep->store, ci_contact_update, &modification,
                                ep->pool);
}

/* If-Match (RFC 9110 section 13.1.1): one of the tags begins with the version.
   Weak tags never match. */
static int is_current(const ci_record_t *contact, const char *if_match,
                      apr_pool_t *pool)
{
    const char *start =
        apr_psprintf(pool, "\"%" APR_INT64_T_FMT "-",
                     contact->values[CI_CONTACT_VERSION].as.integer);
    const char *tag;

    if (!if_match || strcmp(if_match, "*") == 0) {
        return 1;
    }
    for (tag = strstr(if_match, start); tag; tag = strstr(tag + 1, start)) {
        if (tag == if_match || tag[-1] == ' ' || tag[-1] == ',' ||
            tag[-1] == '\t') {
            return 1;
        }
    }
    return 0;
}

static ci_error_t *change_current(ci_record_t **contact,
                                  ci_references_t **references,
                                  ci_endpoint_t *ep, const ci_request_t *req,
                                  const ci_identifier_t *identifier)
{
    ci_error_t *err;
    int i = 0;

    do {
        err = fetch(contact, references, ep, identifier);
        if (!err && !is_current(*contact, req->if_match, ep->pool)) {
            return ci_error_create(ep->pool, CI_PRECONDITION_FAILED, "If-Match",
                                   "the contact has another version");
        }
        if (!err) {
            err = change(*contact, *references, ep, req->json);
        }
    } while (err && err->retry == CI_STALE && ++i < MAX_TRIES &&
             apr_time_now() < ep->store->deadline);
    return err;
}

ci_error_t *ci_ep_contact_update(ci_endpoint_t *ep, const ci_request_t *req,
                                 ci_response_t *res)
{
    ci_references_t *references;
    ci_record_t *params, *contact;
    ci_mask_t shown;
    ci_error_t *err = ci_params_read(&params, ep, req);

    if (!err) {
        err = change_current(&contact, &references, ep, req,
                             params->values[CI_PARAM_CONTACT].as.identifier);
    }
    shown = ci_projection_parse(ci_params_text(params, CI_PARAM_FIELDS_SET),
                                ci_projection_full());
    if (!err && (shown & CI_MASK(CI_CONTACT_RELATIONS)) &&
        contact->values[CI_CONTACT_RELATION_COUNT].as.integer) {
        err = ci_relations_load(&contact, 1, ep->store, ep->pool);
    }
    if (!err) {
        ep->store->methods->release(ep->store);
        ci_contact_derive(contact, ep->pool);
        ci_answer_contact(res, contact, shown, references);
    }
    return err;
}
