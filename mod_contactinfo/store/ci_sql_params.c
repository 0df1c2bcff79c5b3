/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of statements. */
#include "store/ci_sql_params.h"

#include "store/ci_sql.h"

/* Parameters of a query besides its conditions: clearance, limit, offset. */
#define MORE 3

int ci_sql_params_of_where(const ci_where_t *where, int nwhere)
{
    int i, n = 1; /* the tenant */

    for (i = 0; i < nwhere; i++) {
        n += where[i].count;
    }
    return n;
}

int ci_sql_params_of_query(const ci_select_t *query)
{
    const ci_via_t *via = query->via;
    int i, n = MORE + ci_sql_params_of_where(query->where, query->nwhere);

    for (i = 0; i < query->nvia; i++) {
        n += ci_sql_params_of_where(via[i].where, via[i].nwhere);
    }
    return n;
}

void ci_sql_params_where(ci_params_t *params, const ci_scope_t *scope,
                         const ci_object_t *object, const ci_where_t *where,
                         int nwhere)
{
    int i, j;

    if (ci_object_role(object, CI_ROLE_TENANT) >= 0) {
        ci_params_add_integer(params, &scope->organisation);
    }
    for (i = 0; i < nwhere; i++) {
        for (j = 0; j < where[i].count; j++) {
            ci_params_add(params, where[i].slot.field, &where[i].values[j]);
        }
    }
}

void ci_sql_params_query(ci_params_t *params, const ci_scope_t *scope,
                         const ci_select_t *query, apr_int64_t bounds[2])
{
    const ci_via_t *via = query->via;
    int i;

    ci_sql_params_where(params, scope, query->object, query->where,
                        query->nwhere);
    for (i = 0; i < query->nvia; i++) {
        ci_sql_params_where(params, scope, via[i].object, via[i].where,
                            via[i].nwhere);
    }
    if (ci_sql_is_filtered(query, scope->has_clearance)) {
        ci_params_add_integer(params, &scope->clearance);
    }
    if (query->limit) {
        bounds[0] = query->limit;
        bounds[1] = query->offset;
        ci_params_add_integer(params, &bounds[0]);
        ci_params_add_integer(params, &bounds[1]);
    }
}

void ci_sql_params_row(ci_params_t *params, const ci_scope_t *scope,
                       const ci_record_t *record, const ci_slot_t *slots,
                       int count, int guarded)
{
    int i;

    for (i = 0; i < count; i++) {
        if (slots[i].field->role != CI_ROLE_TENANT) {
            ci_params_add(params, slots[i].field,
                          ci_record_at(record, slots[i]));
            continue;
        }
        ci_params_add_integer(params, &scope->organisation);
        if (guarded) {
            ci_params_add_integer(params, &scope->generation);
        }
    }
}
