/* SPDX-License-Identifier: Apache-2.0 */
/* fields_set to masks. */
#include "model/ci_projection.h"

#include <string.h>

#include "model/ci_objects.h"

ci_mask_t ci_projection_full(void)
{
    return ci_object_mask(&ci_contact, CI_SHOWN);
}

ci_mask_t ci_projection_reduced(void)
{
    return ci_object_mask(&ci_contact, CI_REDUCED);
}

ci_mask_t ci_projection_of(const ci_object_t *object, const char *fields_set,
                           ci_mask_t standard)
{
    ci_mask_t mask = 0;
    const char *end;
    int row;

    if (!fields_set || !*fields_set) {
        return standard;
    }
    for (;;) {
        end = strchr(fields_set, ',');
        end = end ? end : fields_set + strlen(fields_set);
        row =
            ci_object_find(object, fields_set, (apr_size_t)(end - fields_set));
        if (row >= 0) {
            mask |= CI_MASK(row);
        }
        if (!*end) {
            return mask & ci_object_mask(object, CI_SHOWN);
        }
        fields_set = end + 1;
    }
}

ci_mask_t ci_projection_parse(const char *fields_set, ci_mask_t standard)
{
    return ci_projection_of(&ci_contact, fields_set, standard);
}

ci_mask_t ci_projection_columns(ci_mask_t shown)
{
    static const ci_mask_t always =
        CI_MASK(CI_CONTACT_SEQ) | CI_MASK(CI_CONTACT_ID) |
        CI_MASK(CI_CONTACT_VERSION) | CI_MASK(CI_CONTACT_GENERATION) |
        CI_MASK(CI_CONTACT_TYPE);
    ci_mask_t columns =
        always | (shown & ci_object_mask(&ci_contact, CI_COLUMN));

    if (shown & ci_object_mask(&ci_contact, CI_MEMBER)) {
        columns |= CI_MASK(CI_CONTACT_DOCUMENT);
    }
    if (shown & CI_MASK(CI_CONTACT_NAME)) {
        columns |= CI_MASK(CI_CONTACT_FIRST_NAME) |
                   CI_MASK(CI_CONTACT_LAST_NAME) |
                   CI_MASK(CI_CONTACT_COMPANY_NAME);
    }
    if (shown & CI_MASK(CI_CONTACT_RELATIONS)) {
        columns |= CI_MASK(CI_CONTACT_RELATION_COUNT);
    }
    return columns;
}
