/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a statement. */
#include "store/ci_shape.h"

void ci_shape_add(ci_shape_t *shape, apr_uint64_t word)
{
    if (shape->count == CI_ALEN(shape->words)) {
        shape->kept = 0;
        return;
    }
    shape->words[shape->count++] = word;
}

void ci_shape_begin(ci_shape_t *shape, int verb, const ci_object_t *object,
                    ci_mask_t mask)
{
    shape->count = 0;
    shape->kept = 1;
    ci_shape_add(shape, (apr_uint64_t)verb);
    ci_shape_add(shape, (apr_uint64_t)(apr_uintptr_t)object);
    ci_shape_add(shape, mask);
}

/* A list that was filled up to a power of two will come again. */
static int is_common(int count)
{
    return count <= CI_MAX_KEPT_ROWS || (count & (count - 1)) == 0;
}

void ci_shape_where(ci_shape_t *shape, const ci_where_t *where, int nwhere)
{
    int i;

    ci_shape_add(shape, (apr_uint64_t)nwhere);
    for (i = 0; i < nwhere; i++) {
        ci_shape_add(shape, (apr_uint64_t)(apr_uintptr_t)where[i].slot.field);
        ci_shape_add(shape, (apr_uint64_t)where[i].op << 32 |
                                (apr_uint32_t)where[i].count);
        shape->kept &= is_common(where[i].count);
    }
}

void ci_shape_query(ci_shape_t *shape, const ci_select_t *query, int filtered)
{
    int i;

    ci_shape_where(shape, query->where, query->nwhere);
    for (i = 0; i < query->nvia; i++) {
        ci_shape_add(shape, (apr_uint64_t)(apr_uintptr_t)query->via[i].object);
        ci_shape_add(shape, query->via[i].mask);
        ci_shape_add(shape, (apr_uint64_t)(apr_uintptr_t)query->via[i].index);
        ci_shape_where(shape, query->via[i].where, query->via[i].nwhere);
    }
    ci_shape_add(shape, (apr_uint64_t)(query->limit > 0) |
                            (apr_uint64_t)query->ordered << 1 |
                            (apr_uint64_t)query->locked << 2 |
                            (apr_uint64_t)(filtered != 0) << 3);
}
