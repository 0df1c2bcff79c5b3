/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_find.h
 * The contact that an identifier names, for all endpoints that take one.
 */
#ifndef CI_FIND_H
#define CI_FIND_H

#include "store/ci_store.h"

/**
 * Fetch the contact that an identifier names; never pick one of several.
 * @param columns fields to read
 * @return NOT_FOUND for one that is not there or may not be seen,
 *         AMBIGUOUS_IDENTIFIER, else what the store returned
 */
ci_error_t *ci_find_contact(ci_record_t **contact, ci_store_t *store,
                            const ci_identifier_t *identifier,
                            ci_mask_t columns, apr_pool_t *pool);

#endif
