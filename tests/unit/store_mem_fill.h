/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file store_mem_fill.h
 * Rows for the store in memory, written as text.
 */
#ifndef STORE_MEM_FILL_H
#define STORE_MEM_FILL_H

#include "store_mem.h"

/** The organisation that store_mem_fill() makes. */
#define STORE_MEM_ORGANISATION 7

/**
 * Store a record that is written as texts "name=value", ended by NULL: names
 * as answers have them, of the object's own rows. The tenant is the scope's.
 */
void store_mem_add(ci_store_t *store, const ci_object_t *object, ...)
    __attribute__((sentinel));

/**
 * Put a small organisation into the store and its scope: generation 1, group
 * "G1", unit "U1" without a clearance and "U2" with 5, user "1" of both,
 * levels "P1" (hierarchy 1) and "P8" (hierarchy 8), countries "US", "CY" and
 * "XX" (no calling code), category "C1", industries "I1" and "I2" (one name),
 * sector "S1".
 */
void store_mem_fill(ci_store_t *store);

#endif
