/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_json_write.h
 * Record to JSON text, straight into a sink; an answer is never a tree.
 *
 * The same writer makes answers and the document that a row stores; the view
 * says which fields are written and how.
 */
#ifndef CI_JSON_WRITE_H
#define CI_JSON_WRITE_H

#include "base/ci_record.h"
#include "base/ci_sink.h"

/** Which fields, and in which form. */
typedef enum {
    CI_VIEW_ANSWER,  /**< all that is shown; what is not set is null */
    CI_VIEW_RELATED, /**< the same, of the fields that are CI_RELATED */
    CI_VIEW_DOCUMENT /**< what is CI_MEMBER and set; references as ids */
} ci_view_e;

/** How a reference becomes text. */
typedef struct {
    /**
     * Write the record that an id refers to.
     * @param baton as below
     * @param object its kind
     * @param id a set REFERENCE
     */
    void (*write)(ci_sink_t *sink, void *baton, const ci_object_t *object,
                  const ci_value_t *id);
    void *baton;
} ci_lookup_t;

typedef struct {
    ci_sink_t *sink;
    const ci_lookup_t *lookup; /**< not used by CI_VIEW_DOCUMENT */
    ci_view_e view;
} ci_write_t;

/**
 * Write a record as a JSON object.
 * @param mask fields to write, of those that the view has; it does not reach
 *        into nested objects
 */
void ci_json_write(const ci_write_t *write, const ci_record_t *record,
                   ci_mask_t mask);

/** Write text as a JSON string; it must be UTF-8 (RFC 8259 section 7). */
void ci_json_write_text(ci_sink_t *sink, const char *text, apr_size_t length);

#endif
