/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_unique.h
 * ContactInfoUnique: combinations of fields that occur once in an organisation.
 *
 * Each contact that a rule applies to has a row with the rule's text and a
 * digest of its values; the unique index decides. A contact that lacks one of
 * the values has no row.
 */
#ifndef CI_UNIQUE_H
#define CI_UNIQUE_H

#include <apr_tables.h>

#include "store/ci_store.h"

#define CI_UNIQUE_FIELDS 6

typedef struct {
    const char *name; /**< "PERSON id_number" */
    unsigned type;    /**< CI_PERSON or CI_COMPANY */
    int nslots;
    ci_slot_t slots[CI_UNIQUE_FIELDS];
} ci_unique_t;

/**
 * Parse a rule.
 * @param unique lives in the pool
 * @param text "PERSON field..." or "COMPANY field..."
 * @return NULL, or what is wrong, fit for a message
 */
const char *ci_unique_parse(ci_unique_t **unique, const char *text,
                            apr_pool_t *pool);

/**
 * Store the rows of a contact; part of the transaction.
 * @param rules ci_unique_t *, or NULL
 * @param contact stored, so that it has its sequence
 * @return CONFLICT naming the first field of the rule that is broken
 */
ci_error_t *ci_unique_insert(const apr_array_header_t *rules,
                             const ci_record_t *contact, ci_store_t *store,
                             apr_pool_t *pool);

/** The same after a change: the rows that the contact has by these rules are
    replaced. */
ci_error_t *ci_unique_replace(const apr_array_header_t *rules,
                              const ci_record_t *contact, ci_store_t *store,
                              apr_pool_t *pool);

#endif
