/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_change.h
 * An update request applied to a contact.
 */
#ifndef CI_CHANGE_H
#define CI_CHANGE_H

#include "model/ci_contact.h"

/**
 * Apply what an update request says to a contact that was fetched and unpacked.
 * Absent is untouched, null clears; demographics and company_profile are merged
 * member by member; elements of sets are added, updated and removed in the
 * order given. Relations are rows of their own and only counted here.
 * @param contact changed in place, with its version, times and users; after an
 *        error it is to be thrown away
 * @param request as read with CI_FROM_UPDATE
 * @return all that is wrong: NOT_FOUND for an element that is not there,
 *         CONFLICT for a second active one of a type, MISSING_PARAMETER,
 *         INVALID_PARAMETER
 */
ci_error_t *ci_change_apply(ci_record_t *contact, const ci_record_t *request,
                            const ci_change_t *change, apr_pool_t *pool);

#endif
