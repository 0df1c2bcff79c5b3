/* SPDX-License-Identifier: Apache-2.0 */
/* References that no foreign key guards: ids in the documents of contacts. */
#include "ctl/ci_ctl.h"

#include <apr_strings.h>

#include "base/ci_json_write.h"
#include "model/ci_objects.h"

/* The member of a document that refers to the record, as the module writes it:
   "country":"181". */
static const char *member_text(const ci_field_t *field, const ci_value_t *id,
                               apr_pool_t *pool)
{
    ci_sink_t *sink = ci_sink_create(pool);
    apr_size_t length;

    ci_sink_write(sink, field->key, field->key_length);
    ci_json_write_text(sink, id->as.text, id->length);
    return ci_sink_text(sink, &length, pool);
}

/* One parameter for each member of documents that refers to the entity. */
static void add_members(apr_array_header_t *parameters,
                        const ci_object_t *object, const ci_object_t *target,
                        const ci_value_t *id)
{
    const ci_field_t *field;
    int i;

    for (i = 0; i < object->nfields; i++) {
        field = &object->fields[i];
        if (field->type == CI_TYPE_REFERENCE && field->object == target &&
            field->flags & CI_MEMBER) {
            APR_ARRAY_PUSH(parameters, const char *) =
                member_text(field, id, parameters->pool);
        }
    }
}

/* SELECT of a contact whose document has one of n texts in it. */
static const char *search_sql(const ci_ctl_t *ctl, int n, apr_pool_t *pool)
{
    const char *sql = "SELECT contact_id FROM contact WHERE (";
    int i;

    for (i = 0; i < n; i++) {
        sql = apr_pstrcat(pool, sql, i ? " OR " : "", "LOCATE(?, document) > 0",
                          NULL);
    }
    return apr_pstrcat(
        pool, sql, ")",
        ctl->entity->owner == CI_CTL_GLOBAL ? "" : " AND organisation_id = ?",
        " LIMIT 1", NULL);
}

ci_error_t *ci_ctl_documents_check(ci_ctl_t *ctl, const ci_value_t *id,
                                   apr_pool_t *pool)
{
    apr_array_header_t *parameters = apr_array_make(pool, 8, sizeof(char *));
    ci_dbresult_t result = {NULL, 0, 0};
    const char *sql;
    ci_error_t *err;
    int i;

    for (i = 0; ci_objects[i]; i++) {
        add_members(parameters, ci_objects[i], ctl->entity->object, id);
    }
    if (!parameters->nelts) {
        return NULL;
    }
    sql = search_sql(ctl, parameters->nelts, pool);
    if (ctl->entity->owner != CI_CTL_GLOBAL) {
        APR_ARRAY_PUSH(parameters, const char *) = apr_psprintf(
            pool, "%" APR_INT64_T_FMT, ctl->store->scope.organisation);
    }
    err = ci_dbadmin_query(&result, ctl->admin, "documents", sql, parameters,
                           pool);
    if (err || !result.count) {
        return err;
    }
    return ci_ctl_refuse(pool, CI_CONFLICT,
                         "%s is still referred to, for one by contact %s",
                         ctl->entity->name, result.rows[0][0]);
}
