/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_private.h
 * What the files of the glue share. mod_contactinfo.c does not include it:
 * AP_DECLARE_MODULE() defines the index that APLOG_USE_MODULE() refers to.
 */
#ifndef CI_PRIVATE_H
#define CI_PRIVATE_H

#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

extern module AP_MODULE_DECLARE_DATA contactinfo_module;
APLOG_USE_MODULE(contactinfo);

#endif
