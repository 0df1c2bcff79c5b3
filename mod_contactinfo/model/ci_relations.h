/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_relations.h
 * Relations: rows that point from one contact to another.
 */
#ifndef CI_RELATIONS_H
#define CI_RELATIONS_H

#include "store/ci_store.h"

/**
 * Find the contacts that new relations point to; one statement for each
 * identifier field that occurs, however many relations there are.
 * @param relations of a request; those with an identifier get
 *        CI_RELATION_RELATED_SEQ
 * @return UNKNOWN_REFERENCE for one that is not there or may not be seen,
 *         AMBIGUOUS_IDENTIFIER, else what the store returned
 */
ci_error_t *ci_relations_resolve(const ci_value_t *relations, ci_store_t *store,
                                 apr_pool_t *pool);

/**
 * Store relations of a contact in one statement.
 * @param relations resolved; each gets an id
 */
ci_error_t *ci_relations_insert(const ci_value_t *relations,
                                apr_int64_t contact_seq, ci_store_t *store,
                                apr_pool_t *pool);

/**
 * Apply the relations of an update request: add, update, remove.
 * @param relations of the request, each with its action
 * @return NOT_FOUND for one that the contact does not have; INVALID_PARAMETER
 *         for one with itself; else as ci_relations_resolve() and the store
 */
ci_error_t *ci_relations_change(const ci_value_t *relations,
                                apr_int64_t contact_seq, ci_store_t *store,
                                apr_pool_t *pool);

/**
 * Read the relations of some contacts, each with its related contact, in one
 * statement. A related contact that may not be seen has only its id.
 * @param contacts each gets CI_CONTACT_RELATIONS, maybe empty
 */
ci_error_t *ci_relations_load(ci_record_t *const *contacts, int count,
                              ci_store_t *store, apr_pool_t *pool);

#endif
