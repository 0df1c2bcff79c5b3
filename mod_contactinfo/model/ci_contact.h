/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_contact.h
 * The rules of a contact that reach across fields.
 *
 * A contact is one record: its columns are values of the record and of the
 * nested objects, the rest comes from and goes to the row's JSON document.
 */
#ifndef CI_CONTACT_H
#define CI_CONTACT_H

#include <apr_tables.h>

#include "base/ci_document.h"
#include "model/ci_references.h"
#include "model/ci_session.h"

/** What a change of a contact is made with. */
typedef struct {
    const ci_session_t *session;
    ci_references_t *references;
    const char *default_country; /**< two-character code, or NULL */
    ci_datetime_t now;           /**< UTC */
} ci_change_t;

/**
 * CI_PERSON or CI_COMPANY.
 * @return 0 if the record has no type
 */
unsigned ci_contact_type(const ci_record_t *contact);

/** The type that a create request names, for ci_read_t.type; 0 if none. */
unsigned ci_contact_type_of(const json_t *json);

/**
 * Complete a contact that was read from a create request: ids, state, owner,
 * times, area codes, consent, name.
 * @param contact changed in place
 * @return INVALID_PARAMETER for a privacy level above the session's clearance;
 *         CONFLICT for a second active element of one type; INTERNAL_ERROR if
 *         there is no randomness
 */
ci_error_t *ci_contact_begin(ci_record_t *contact, const ci_change_t *change,
                             apr_pool_t *pool);

/**
 * Complete an element that is new: id, state, and a phone's country and area
 * code.
 * @return INTERNAL_ERROR if there is no randomness
 */
ci_error_t *ci_contact_begin_element(ci_record_t *element,
                                     const ci_change_t *change,
                                     apr_pool_t *pool);

/** Give a phone without an area code the calling code of its country. */
void ci_contact_set_area_code(ci_record_t *phone, const ci_change_t *change);

/** Move the consents of a request to the contact's settings. */
void ci_contact_set_consent(ci_record_t *contact, const ci_record_t *request,
                            const ci_change_t *change, apr_pool_t *pool);

/**
 * A caller cannot hide a contact from himself.
 * @return INVALID_PARAMETER for a level above the session's clearance
 */
ci_error_t *ci_contact_check_level(const ci_record_t *contact,
                                   const ci_change_t *change, apr_pool_t *pool);

/**
 * Write the members of a contact to its document; call before it is stored.
 */
void ci_contact_pack(ci_record_t *contact, apr_pool_t *pool);

/**
 * Read members of a contact from its document; call after it was fetched.
 * @param wanted fields that are needed, or CI_WHOLE; others may be read, too
 * @return INTERNAL_ERROR if the document is damaged, as far as it was read
 */
ci_error_t *ci_contact_unpack(ci_record_t *contact, ci_mask_t wanted,
                              apr_pool_t *pool);

/**
 * Fill in what is derived and not stored: name, full numbers, mirrored and
 * empty objects. Call before an answer is written.
 */
void ci_contact_derive(ci_record_t *contact, apr_pool_t *pool);

/**
 * Make a derived contact the reduced one that create answers: a PERSON has no
 * company profile there.
 */
void ci_contact_reduce(ci_record_t *contact);

/**
 * What list finds the contact by.
 * @return array of ci_record_t * of ci_contact_key, each value once
 */
apr_array_header_t *ci_contact_keys(const ci_record_t *contact,
                                    apr_pool_t *pool);

/** A fresh id: 128 random bits as 32 hexadecimal digits. */
ci_error_t *ci_contact_new_id(ci_value_t *id, apr_pool_t *pool);

#endif
