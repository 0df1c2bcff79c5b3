/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_answer.h
 * What the endpoints that show a contact share.
 */
#ifndef CI_ANSWER_H
#define CI_ANSWER_H

#include "endpoint/ci_endpoint.h"

/**
 * Write a contact as the answer.
 * @param contact unpacked and derived
 * @param shown fields of the answer
 */
void ci_answer_contact(ci_response_t *res, const ci_record_t *contact,
                       ci_mask_t shown, const ci_references_t *references);

/**
 * Write where a photo is as the answer.
 * @param photo as it was stored; changed
 * @param fields_set or NULL
 */
void ci_answer_photo(ci_response_t *res, ci_record_t *photo,
                     const char *fields_set, const ci_endpoint_t *ep);

#endif
