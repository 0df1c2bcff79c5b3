/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_projection.h
 * What an answer shows and what must be read for it.
 */
#ifndef CI_PROJECTION_H
#define CI_PROJECTION_H

#include "base/ci_field.h"

/**
 * The fields that a fields_set names.
 * @param fields_set comma-separated names of top-level fields of the answer;
 *        unknown names are ignored; NULL or empty: the default
 * @param standard the default, a mask of ci_contact
 */
ci_mask_t ci_projection_parse(const char *fields_set, ci_mask_t standard);

/** The same for the answer of any object. */
ci_mask_t ci_projection_of(const ci_object_t *object, const char *fields_set,
                           ci_mask_t standard);

/** All fields of the full contact. */
ci_mask_t ci_projection_full(void);

/** The eleven fields that create answers. */
ci_mask_t ci_projection_reduced(void);

/**
 * What must be fetched to show these fields: they themselves as far as they are
 * columns, the document if one of them is in it, what others are derived from,
 * and what every reader needs (sequence, version, generation, type).
 */
ci_mask_t ci_projection_columns(ci_mask_t shown);

#endif
