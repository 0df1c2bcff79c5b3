/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_json_read.h
 * JSON to record, by the rows of the object's table.
 *
 * The same reader takes requests and the document of a row. Texts of the record
 * point into the JSON tree: keep the tree as long as the record.
 */
#ifndef CI_JSON_READ_H
#define CI_JSON_READ_H

#include "base/ci_identifier.h"

/** Where the JSON comes from. */
typedef enum {
    CI_FROM_CREATE,  /**< a create request: null means absent */
    CI_FROM_UPDATE,  /**< an update request: null means clear */
    CI_FROM_DOCUMENT /**< the document of a row */
} ci_source_e;

/** Why a resolver did not give an id. */
typedef enum { CI_FOUND_ONE, CI_FOUND_NONE, CI_FOUND_SEVERAL } ci_found_e;

/** What the reader needs to know. */
typedef struct {
    ci_source_e source;
    /** CI_PERSON or CI_COMPANY: fields of the other type are refused */
    unsigned type;
    /**
     * Find the record of reference data that an identifier names.
     * @param id set to its id, which outlives the record that is read
     */
    ci_found_e (*resolve)(ci_value_t *id, void *baton,
                          const ci_object_t *object,
                          const ci_identifier_t *identifier);
    void *baton;
    apr_pool_t *pool; /**< record and errors live in it */
} ci_read_t;

/**
 * Read a JSON object.
 * @param record set if there is no error
 * @param json an object; must live as long as the record
 * @return all that is wrong, not only the first: MISSING_PARAMETER,
 *         INVALID_PARAMETER, INVALID_IDENTIFIER, UNKNOWN_REFERENCE,
 *         AMBIGUOUS_IDENTIFIER
 */
ci_error_t *ci_json_read(ci_record_t **record, const ci_read_t *read,
                         const ci_object_t *object, const json_t *json);

#endif
