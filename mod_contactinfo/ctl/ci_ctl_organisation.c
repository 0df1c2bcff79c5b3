/* SPDX-License-Identifier: Apache-2.0 */
/* Organisations: chosen by name; one that is disabled loses its sessions. */
#include "ctl/ci_ctl.h"

#include "model/ci_objects.h"

static ci_error_t *update(void *baton, ci_ctl_t *ctl, apr_pool_t *pool)
{
    const ci_ctl_row_t *row = baton;
    ci_error_t *err = ci_ctl_row_update(baton, ctl, pool);

    if (!err && row->record->values[CI_ORGANISATION_DISABLED].as.integer) {
        err = ci_ctl_end_sessions(ctl, NULL, pool);
    }
    return err;
}

static ci_error_t *change(ci_ctl_t *ctl)
{
    return ci_ctl_change_row(ctl, update);
}

const ci_ctl_action_t ci_ctl_organisation_actions[] = {
    {"add", "add an organisation, print its number", ci_ctl_add_options,
     ci_ctl_add},
    {"list", "list all organisations", ci_ctl_list_options, ci_ctl_list},
    {"change", "rename or disable an organisation", ci_ctl_change_options,
     change},
    {"remove", "remove an organisation that has nothing left",
     ci_ctl_key_options, ci_ctl_remove},
    {.name = NULL},
};
