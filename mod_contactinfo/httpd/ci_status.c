/* SPDX-License-Identifier: Apache-2.0 */
/* The module's part of the server-status page. */
#include "httpd/ci_private.h"

#include "httpd/ci_status.h"

#include <mod_status.h>

#include "base/ci_counter.h"
#include "httpd/ci_service.h"

static void show(request_rec *r, int is_short, const char *name,
                 apr_uint64_t value)
{
    ap_rprintf(r,
               is_short ? "ContactInfo%s: %" APR_UINT64_T_FMT "\n"
                        : "<tr><td>%s</td><td>%" APR_UINT64_T_FMT
                          "</td></tr>\n",
               name, value);
}

int ci_status_show(request_rec *r, int flags)
{
    int is_short = flags & AP_STATUS_SHORT;
    int i;

    if (!is_short) {
        ap_rputs("<hr>\n<h2>mod_contactinfo</h2>\n<table>\n", r);
    }
    show(r, is_short, "Connections", ci_service_connections());
    for (i = 0; i < CI_COUNTERS; i++) {
        if (i != CI_COUNT_ERRORS + CI_OK) {
            show(r, is_short, ci_counter_name((ci_counter_e)i),
                 ci_counter_get((ci_counter_e)i));
        }
    }
    if (!is_short) {
        ap_rputs("</table>\n", r);
    }
    return OK;
}
