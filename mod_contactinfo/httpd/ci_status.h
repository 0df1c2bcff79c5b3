/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_status.h
 * The module's part of httpd's server-status page, HTML and ?auto.
 */
#ifndef CI_STATUS_H
#define CI_STATUS_H

#include <httpd.h>

/** status_hook of mod_status: counters and connections, nothing of a tenant. */
int ci_status_show(request_rec *r, int flags);

#endif
