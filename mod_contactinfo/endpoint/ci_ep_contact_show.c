/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/show: one contact, one statement, one more if it has
   relations. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_answer.h"
#include "model/ci_contact.h"
#include "model/ci_objects.h"
#include "model/ci_projection.h"
#include "model/ci_relations.h"

/* Fetch the contact that an identifier names; never pick one of several. */
static ci_error_t *find(ci_record_t **contact, ci_store_t *store,
                        const ci_identifier_t *identifier, ci_mask_t columns,
                        apr_pool_t *pool)
{
    ci_value_t value = ci_value_bytes(identifier->text, identifier->length);
    ci_where_t where = {identifier->slot, CI_OP_EQUAL, 1, &value};
    ci_select_t query = {
        .object = &ci_contact,
        .mask = columns,
        .nwhere = 1,
        .where = &where,
        .limit = identifier->slot.field->role == CI_ROLE_KEY ? 0 : 2,
    };
    ci_rows_t rows;
    ci_error_t *err = store->methods->fetch(&rows, store, &query, pool);

    if (err) {
        return err;
    }
    if (rows.count > 1) {
        return ci_error_create(pool, CI_AMBIGUOUS_IDENTIFIER,
                               "contact_information_identifier",
                               "there is more than one such contact");
    }
    if (rows.count == 0) {
        return ci_error_create(pool, CI_NOT_FOUND,
                               "contact_information_identifier",
                               "there is no such contact");
    }
    *contact = rows.records[0];
    return NULL;
}

ci_error_t *ci_ep_contact_show(ci_endpoint_t *ep, const ci_request_t *req,
                               ci_response_t *res)
{
    static const char param[] = "contact_information_identifier";
    const char *fields_set;
    ci_identifier_t *identifier;
    ci_references_t *references;
    ci_record_t *contact;
    ci_mask_t shown;
    ci_error_t *err = ci_answer_fields_set(&fields_set, req, ep->pool);

    shown = ci_projection_parse(fields_set, ci_projection_full());
    err = ci_error_join(err, ci_text_identifier(&identifier, &ci_contact, param,
                                                ci_query_get(req->query, param),
                                                ep->pool));
    if (!err) {
        err = find(&contact, ep->store, identifier,
                   ci_projection_columns(shown), ep->pool);
    }
    if (!err) {
        err = ci_references_get(
            &references, ep->references, ep->store,
            contact->values[CI_CONTACT_GENERATION].as.integer, ep->pool);
    }
    if (!err) {
        err = ci_contact_unpack(contact, ep->pool);
    }
    if (!err && contact->values[CI_CONTACT_HAS_RELATIONS].as.integer) {
        err = ci_relations_load(&contact, 1, ep->store, ep->pool);
    }
    if (!err) {
        ep->store->methods->release(ep->store);
        ci_contact_derive(contact, ep->pool);
        ci_answer_contact(res, contact, shown, references);
    }
    return err;
}
