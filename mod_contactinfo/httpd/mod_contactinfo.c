/* SPDX-License-Identifier: Apache-2.0 */
/* The module record and the hooks: where httpd comes in.

   A location with "ContactInfo api" is served whatever the file system looks
   like below it: no path is translated, no directory is walked. */
#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_status.h>
#include <mpm_common.h>

#include "httpd/ci_bridge.h"
#include "httpd/ci_config.h"
#include "httpd/ci_mask.h"
#include "httpd/ci_service.h"
#include "httpd/ci_status.h"

module AP_MODULE_DECLARE_DATA contactinfo_module;

static const ci_dir_config_t *served(const request_rec *r)
{
    const ci_dir_config_t *dir =
        ap_get_module_config(r->per_dir_config, &contactinfo_module);

    return ci_config_serves(dir) == CI_SERVES_NOTHING ? NULL : dir;
}

/* Between these two httpd forgets what the location says. */
static const char not_a_file[] = "contactinfo-not-a-file";

static int translate_name(request_rec *r)
{
    if (!served(r)) {
        return DECLINED;
    }
    r->filename = r->uri;
    apr_table_setn(r->notes, not_a_file, not_a_file);
    return OK;
}

static int map_to_storage(request_rec *r)
{
    return apr_table_get(r->notes, not_a_file) ? OK : DECLINED;
}

static int handler(request_rec *r)
{
    const ci_dir_config_t *dir = served(r);

    if (!dir) {
        return DECLINED;
    }
    return ci_bridge_serve(r, dir);
}

/* An answer of httpd's own: no body was read in time, somebody may not. */
static void insert_error_filter(request_rec *r)
{
    if (served(r)) {
        ci_bridge_mark_error(r);
    }
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_pre_config(ci_service_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(ci_service_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(ci_service_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_stopping(ci_service_child_stopping, NULL, NULL,
                           APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(ap, status_hook, ci_status_show, NULL, NULL,
                      APR_HOOK_MIDDLE);
    ap_hook_post_read_request(ci_mask_request, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    ap_hook_quick_handler(ci_mask_end, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_translate_name(translate_name, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_map_to_storage(map_to_storage, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_insert_error_filter(insert_error_filter, NULL, NULL,
                                APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(contactinfo) = {
    STANDARD20_MODULE_STUFF, ci_config_create_dir,   ci_config_merge_dir,
    ci_config_create_server, ci_config_merge_server, ci_config_commands,
    register_hooks,          AP_MODULE_FLAG_NONE,
};
