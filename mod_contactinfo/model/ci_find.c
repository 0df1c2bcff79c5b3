/* SPDX-License-Identifier: Apache-2.0 */
/* The contact that an identifier names. */
#include "model/ci_find.h"

#include "model/ci_objects.h"

ci_error_t *ci_find_contact(ci_record_t **contact, ci_store_t *store,
                            const ci_identifier_t *identifier,
                            ci_mask_t columns, apr_pool_t *pool)
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
    ci_error_t *err = ci_store_fetch(&rows, store, &query, pool);

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
