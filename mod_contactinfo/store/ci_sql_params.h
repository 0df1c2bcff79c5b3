/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_sql_params.h
 * The parameters of statements, in the order that ci_sql.h says.
 *
 * What is bound must live until the statement was executed: scope, values,
 * records.
 */
#ifndef CI_SQL_PARAMS_H
#define CI_SQL_PARAMS_H

#include "store/ci_bind.h"
#include "store/ci_store.h"

/** How many the tenant and the conditions of one table are at most. */
int ci_sql_params_of_where(const ci_where_t *where, int nwhere);

/** How many a query has at most. */
int ci_sql_params_of_query(const ci_select_t *query);

/** Bind the tenant and the conditions of one table. */
void ci_sql_params_where(ci_params_t *params, const ci_scope_t *scope,
                         const ci_object_t *object, const ci_where_t *where,
                         int nwhere);

/**
 * Bind all that a query has.
 * @param bounds set to its limit and offset, and bound
 */
void ci_sql_params_query(ci_params_t *params, const ci_scope_t *scope,
                         const ci_select_t *query, apr_int64_t bounds[2]);

/**
 * Bind some columns of a row that is inserted; the tenant is the scope's.
 * @param guarded 1: the generation follows the tenant
 */
void ci_sql_params_row(ci_params_t *params, const ci_scope_t *scope,
                       const ci_record_t *record, const ci_slot_t *slots,
                       int count, int guarded);

#endif
