/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_contact_store.h
 * A contact and the rows that belong to it, stored together.
 */
#ifndef CI_CONTACT_STORE_H
#define CI_CONTACT_STORE_H

#include "model/ci_contact.h"
#include "model/ci_unique.h"

/**
 * Create a contact; part of a transaction. The relations' contacts are looked
 * up, then the contact, its keys and its relations stored, one statement each.
 * @param contact packed; gets its sequence
 * @param rules ContactInfoUnique, or NULL
 * @return as ci_relations_resolve(), ci_unique_insert() and the store
 */
ci_error_t *ci_contact_insert(ci_record_t *contact,
                              const apr_array_header_t *rules,
                              ci_store_t *store, apr_pool_t *pool);

/** A change of a contact; the baton of ci_contact_update(). */
typedef struct {
    ci_record_t *contact;            /**< as it is to be, packed */
    const ci_value_t *relations;     /**< of the request */
    const apr_array_header_t *rules; /**< ContactInfoUnique, or NULL */
    apr_array_header_t *keys;        /**< of the contact as it was */
    apr_int64_t version;             /**< of the contact as it was */
} ci_modification_t;

/**
 * The work of the transaction that changes a contact. Nothing is changed if the
 * contact or the reference data are no longer what they were: retry STALE then,
 * with SERVICE_UNAVAILABLE or CONFLICT.
 * @param baton ci_modification_t
 */
ci_error_t *ci_contact_update(void *baton, ci_store_t *store, apr_pool_t *pool);

/**
 * Keep others from changing a contact or its photo until the transaction ends.
 * @param contact_seq of a contact that was found
 * @return what the store returned
 */
ci_error_t *ci_contact_lock_row(ci_store_t *store,
                                const ci_value_t *contact_seq,
                                apr_pool_t *pool);

/**
 * After the answer to COMMIT was lost: find out whether an update was stored.
 * @param stored 1 if the row is what the update made of it in every column,
 *        version, time and user among them; 0 if nobody knows, as after a
 *        change of relations, which are rows of their own
 * @return what the store returned
 */
ci_error_t *ci_contact_is_stored(int *stored, const ci_modification_t *change,
                                 ci_store_t *store, apr_pool_t *pool);

#endif
