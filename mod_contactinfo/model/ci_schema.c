/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the tables are those that this module was written for. */
#include "model/ci_schema.h"

#include "model/ci_objects.h"

ci_error_t *ci_schema_check(ci_store_t *store, apr_pool_t *pool)
{
    ci_select_t query = {.object = &ci_schema_version, .mask = ~(ci_mask_t)0};
    ci_record_t *row;
    ci_error_t *err = ci_store_fetch_one(&row, store, &query, pool);
    apr_int64_t version, compatible;

    if (err) {
        return err;
    }
    version = row ? row->values[CI_SCHEMA_VERSION].as.integer : 0;
    compatible = row ? row->values[CI_SCHEMA_COMPATIBLE_FROM].as.integer : 0;
    if (version >= CI_SCHEMA_NEEDED && compatible <= CI_SCHEMA_NEEDED) {
        return NULL;
    }
    err = ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_EGENERAL,
                          "the schema is version %" APR_INT64_T_FMT
                          ", compatible from %" APR_INT64_T_FMT
                          "; this module needs %d: run contactinfoctl migrate",
                          version, compatible, CI_SCHEMA_NEEDED);
    err->trouble = CI_TROUBLE_SCHEMA;
    return err;
}
