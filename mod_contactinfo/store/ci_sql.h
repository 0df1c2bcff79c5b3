/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_sql.h
 * Statement text from the tables; pure, no connection.
 *
 * Names come from table rows only, values are always parameters. The order of
 * the parameters is said with each function. Plain SQL that MariaDB 10.6 and
 * MySQL 8.0 read alike.
 */
#ifndef CI_SQL_H
#define CI_SQL_H

#include "store/ci_store.h"

/**
 * SELECT. Columns: those of the mask, then those of the first via's mask.
 * Parameters: the tenant (if the object has one), where, each via's tenant and
 * where, the clearance (if it filters), limit and offset (if there is a limit).
 */
const char *ci_sql_select(const ci_select_t *query, int has_clearance,
                          apr_pool_t *pool);

/**
 * INSERT of count rows, all columns but the sequence. Parameters: all columns
 * of the first row, then of the next. With guarded the tenant's column takes
 * two parameters, organisation and generation, and is NULL, which fails, if
 * that is no longer the organisation's generation.
 */
const char *ci_sql_insert(const ci_object_t *object, int count, int guarded,
                          apr_pool_t *pool);

/**
 * INSERT of one row, one of whose columns is read by a query; what it reads is
 * locked as by FOR SHARE. Parameters: all columns of the row; in the place of
 * that column those of the query.
 * @param row of the object, cannot be null: if the query finds nothing, the
 *        statement fails
 */
const char *ci_sql_insert_if(const ci_object_t *object, int row,
                             const ci_select_t *query, int has_clearance,
                             apr_pool_t *pool);

/**
 * UPDATE. Parameters: columns of the mask, the tenant, where. With guarded two
 * more, organisation and generation: nothing matches if that is no longer the
 * organisation's generation.
 */
const char *ci_sql_update(const ci_object_t *object, ci_mask_t mask,
                          const ci_where_t *where, int nwhere, int guarded,
                          apr_pool_t *pool);

/** DELETE. Parameters: the tenant, where. */
const char *ci_sql_delete(const ci_object_t *object, const ci_where_t *where,
                          int nwhere, apr_pool_t *pool);

/** The columns that an INSERT writes, in their order. */
int ci_sql_insert_columns(const ci_object_t *object, ci_slot_t *slots);

/** 1 if a fetch of the query is filtered by a clearance. */
int ci_sql_is_filtered(const ci_select_t *query, int has_clearance);

#endif
