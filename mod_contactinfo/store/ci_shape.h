/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_shape.h
 * The shape of a statement: verb, object, fields and conditions, without the
 * values. Two statements of one shape have the same text, and a shape is
 * cheaper to make and to compare.
 */
#ifndef CI_SHAPE_H
#define CI_SHAPE_H

#include "store/ci_store.h"

/** Rows or values up to which a statement is worth keeping; of values powers of
    two, too. */
#define CI_MAX_KEPT_ROWS 16

enum {
    CI_VERB_SELECT = 1,
    CI_VERB_INSERT,
    CI_VERB_INSERT_IF,
    CI_VERB_UPDATE,
    CI_VERB_DELETE
};

typedef struct {
    apr_uint64_t words[48];
    int count;
    int kept; /**< 0: too particular to be kept, closed after use */
} ci_shape_t;

/** Begin a shape that is worth keeping. */
void ci_shape_begin(ci_shape_t *shape, int verb, const ci_object_t *object,
                    ci_mask_t mask);

/** Add a word; a shape that gets too long is not kept. */
void ci_shape_add(ci_shape_t *shape, apr_uint64_t word);

/** Add conditions; one with many values makes it not worth keeping. */
void ci_shape_where(ci_shape_t *shape, const ci_where_t *where, int nwhere);

/**
 * Add what a query is besides its object and mask.
 * @param filtered 1 if the clearance is one of its conditions
 */
void ci_shape_query(ci_shape_t *shape, const ci_select_t *query, int filtered);

#endif
