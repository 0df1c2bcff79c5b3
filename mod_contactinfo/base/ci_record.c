/* SPDX-License-Identifier: Apache-2.0 */
/* Making records and values. */
#include "base/ci_record.h"

#include <apr_strings.h>

#include <string.h>

static apr_size_t record_size(const ci_object_t *object)
{
    return sizeof(ci_record_t) +
           (apr_size_t)object->nfields * sizeof(ci_value_t);
}

ci_record_t *ci_record_make(const ci_object_t *object, apr_pool_t *pool)
{
    ci_record_t *record = apr_pcalloc(pool, record_size(object));

    record->object = object;
    return record;
}

ci_record_t *ci_record_copy(const ci_record_t *record, apr_pool_t *pool)
{
    return apr_pmemdup(pool, record, record_size(record->object));
}

const ci_value_t *ci_record_at(const ci_record_t *record, ci_slot_t slot)
{
    const ci_value_t *value = &record->values[slot.outer];

    if (slot.inner < 0) {
        return value;
    }
    if (value->state != CI_SET_VALUE) {
        return NULL;
    }
    return &value->as.record->values[slot.inner];
}

ci_value_t *ci_record_put(ci_record_t *record, ci_slot_t slot, apr_pool_t *pool)
{
    ci_value_t *value = &record->values[slot.outer];

    if (slot.inner < 0) {
        return value;
    }
    if (value->state != CI_SET_VALUE) {
        *value = ci_value_record(
            ci_record_make(record->object->fields[slot.outer].object, pool));
    }
    return &value->as.record->values[slot.inner];
}

ci_value_t *ci_record_role(ci_record_t *record, ci_role_e role)
{
    return &record->values[ci_object_role(record->object, role)];
}

ci_value_t ci_value_text(const char *text)
{
    return ci_value_bytes(text, strlen(text));
}

ci_value_t ci_value_bytes(const char *bytes, apr_size_t length)
{
    ci_value_t value = {CI_SET_VALUE, (apr_uint32_t)length, {.text = bytes}};

    return value;
}

ci_value_t ci_value_integer(apr_int64_t integer)
{
    ci_value_t value = {CI_SET_VALUE, 0, {.integer = integer}};

    return value;
}

ci_value_t ci_value_datetime(const ci_datetime_t *datetime)
{
    ci_value_t value = {CI_SET_VALUE, 0, {.datetime = *datetime}};

    return value;
}

ci_value_t ci_value_record(ci_record_t *record)
{
    ci_value_t value = {CI_SET_VALUE, 0, {.record = record}};

    return value;
}

ci_value_t ci_value_set(ci_record_t **records, int count)
{
    ci_value_t value = {CI_SET_VALUE, (apr_uint32_t)count, {.set = records}};

    return value;
}

ci_value_t ci_value_null(void)
{
    ci_value_t value = {CI_NULL, 0, {.integer = 0}};

    return value;
}

int ci_value_same_text(const ci_value_t *a, const ci_value_t *b)
{
    return ci_value_is_set(a) && ci_value_is_set(b) && a->length == b->length &&
           memcmp(a->as.text, b->as.text, a->length) == 0;
}

const char *ci_value_string(const ci_value_t *value, apr_pool_t *pool)
{
    if (!ci_value_is_set(value)) {
        return NULL;
    }
    return apr_pstrmemdup(pool, value->as.text, value->length);
}
