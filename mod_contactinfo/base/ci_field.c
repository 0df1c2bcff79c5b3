/* SPDX-License-Identifier: Apache-2.0 */
/* Finding fields in the tables. */
#include "base/ci_field.h"

#include <string.h>

int ci_object_role(const ci_object_t *object, ci_role_e role)
{
    int i;

    for (i = 0; i < object->nfields; i++) {
        if (object->fields[i].role == role) {
            return i;
        }
    }
    return -1;
}

int ci_object_find(const ci_object_t *object, const char *name,
                   apr_size_t length)
{
    int i;

    for (i = 0; i < object->nfields; i++) {
        if (strlen(object->fields[i].name) == length &&
            memcmp(object->fields[i].name, name, length) == 0) {
            return i;
        }
    }
    return -1;
}

ci_mask_t ci_object_mask(const ci_object_t *object, unsigned flags)
{
    ci_mask_t mask = 0;
    int i;

    for (i = 0; i < object->nfields; i++) {
        if ((object->fields[i].flags & flags) == flags) {
            mask |= CI_MASK(i);
        }
    }
    return mask;
}

static int find_identifying(const ci_object_t *object, const char *name)
{
    int i;

    for (i = 0; i < object->nfields; i++) {
        if ((object->fields[i].flags & CI_IDENTIFIES) &&
            strcmp(object->fields[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

int ci_object_identifying(const ci_object_t *object, const char *name,
                          ci_slot_t *slot)
{
    const ci_object_t *nested;
    int i;

    slot->inner = -1;
    slot->outer = find_identifying(object, name);
    if (slot->outer >= 0) {
        slot->field = &object->fields[slot->outer];
        return 1;
    }
    for (i = 0; i < object->nfields; i++) {
        nested = object->fields[i].object;
        if (object->fields[i].type != CI_TYPE_OBJECT) {
            continue;
        }
        slot->inner = find_identifying(nested, name);
        if (slot->inner >= 0) {
            slot->outer = i;
            slot->field = &nested->fields[slot->inner];
            return 1;
        }
    }
    return 0;
}

static int nested_columns(const ci_object_t *nested, int outer, unsigned flags,
                          ci_slot_t *slots)
{
    int i, n = 0;

    for (i = 0; i < nested->nfields; i++) {
        if (nested->fields[i].flags & flags) {
            slots[n++] = (ci_slot_t){&nested->fields[i], outer, i};
        }
    }
    return n;
}

int ci_object_columns(const ci_object_t *object, ci_mask_t mask, unsigned flags,
                      ci_slot_t *slots)
{
    const ci_field_t *field;
    int i, n = 0;

    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        if (!(mask & CI_MASK(i))) {
            continue;
        }
        if (field->type == CI_TYPE_OBJECT && field->flags & CI_COLUMN) {
            n += nested_columns(field->object, i, flags, slots + n);
        }
        else if (field->flags & flags) {
            slots[n++] = (ci_slot_t){field, i, -1};
        }
    }
    return n;
}
