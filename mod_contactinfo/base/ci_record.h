/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_record.h
 * A record: the object that describes it and one value a field.
 *
 * A value is absent (not sent: update leaves it), null (update clears it) or
 * set. Values point to memory that they do not own: a JSON tree, a row, a pool.
 * Whoever makes a record says how long that memory lives.
 */
#ifndef CI_RECORD_H
#define CI_RECORD_H

#include <apr_pools.h>

#include "base/ci_field.h"
#include "base/ci_text.h"

typedef enum {
    CI_ABSENT, /**< zeroed memory is absent */
    CI_NULL,
    CI_SET_VALUE
} ci_state_e;

typedef struct ci_record_t ci_record_t;

/** What chooses a record: a field and the text that it must have. */
typedef struct {
    ci_slot_t slot;
    const char *text;
    apr_size_t length; /**< bytes of text */
} ci_identifier_t;

/** One value; which member of the union holds it follows from the type. */
typedef struct {
    apr_uint16_t state;  /**< ci_state_e */
    apr_uint32_t length; /**< TEXT, BLOB, REFERENCE: bytes; SET: elements */
    union {
        const char *text;       /**< TEXT, BLOB, REFERENCE; not always ended by
                                     NUL: use length */
        apr_int64_t integer;    /**< INTEGER, BOOLEAN, TOKEN (index) */
        double number;          /**< NUMBER */
        ci_datetime_t datetime; /**< DATETIME, DATE, NAME_DAY */
        ci_record_t *record;    /**< OBJECT */
        ci_record_t **set;      /**< SET */
        const ci_identifier_t *identifier; /**< IDENTIFIER */
    } as;
} ci_value_t;

struct ci_record_t {
    const ci_object_t *object;
    ci_value_t values[]; /**< object->nfields of them */
};

/** Make a record all of whose values are absent; lives in the pool. */
ci_record_t *ci_record_make(const ci_object_t *object, apr_pool_t *pool);

/** A copy of the values, not of what they point to. */
ci_record_t *ci_record_copy(const ci_record_t *record, apr_pool_t *pool);

/**
 * The value in a slot.
 * @return NULL when the nested object is not there
 */
const ci_value_t *ci_record_at(const ci_record_t *record, ci_slot_t slot);

/**
 * The value in a slot, for writing; a nested object that is not there is made.
 */
ci_value_t *ci_record_put(ci_record_t *record, ci_slot_t slot,
                          apr_pool_t *pool);

/** The value of the field with a role; the object must have it. */
ci_value_t *ci_record_role(ci_record_t *record, ci_role_e role);

static inline int ci_value_is_set(const ci_value_t *value)
{
    return value && value->state == CI_SET_VALUE;
}

/** Text ended by NUL. */
ci_value_t ci_value_text(const char *text);
/** Text or bytes of a length. */
ci_value_t ci_value_bytes(const char *bytes, apr_size_t length);
/** INTEGER, BOOLEAN or TOKEN. */
ci_value_t ci_value_integer(apr_int64_t integer);
ci_value_t ci_value_datetime(const ci_datetime_t *datetime);
ci_value_t ci_value_record(ci_record_t *record);
ci_value_t ci_value_set(ci_record_t **records, int count);
ci_value_t ci_value_null(void);

/** 1 if both are set texts of the same bytes. */
int ci_value_same_text(const ci_value_t *a, const ci_value_t *b);

/** The text of a set value, ended by NUL, in the pool; NULL if not set. */
const char *ci_value_string(const ci_value_t *value, apr_pool_t *pool);

#endif
