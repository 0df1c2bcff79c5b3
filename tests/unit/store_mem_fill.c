/* SPDX-License-Identifier: Apache-2.0 */
/* Filling the store in memory. */
#include "store_mem_fill.h"

#include <apr_strings.h>

#include <stdarg.h>
#include <string.h>

#include "model/ci_objects.h"

static int is_text(const ci_field_t *field)
{
    return field->type == CI_TYPE_TEXT || field->type == CI_TYPE_BLOB ||
           field->type == CI_TYPE_REFERENCE;
}

static int word_index(const ci_field_t *field, const char *word)
{
    int i = 0;

    while (strcmp(field->words[i], word) != 0) {
        i++;
    }
    return i;
}

static ci_value_t value_from(const ci_field_t *field, const char *text)
{
    ci_datetime_t datetime;

    if (is_text(field)) {
        return ci_value_text(text);
    }
    if (field->type == CI_TYPE_TOKEN) {
        return ci_value_integer(word_index(field, text));
    }
    if (field->type == CI_TYPE_DATETIME &&
        ci_datetime_parse(&datetime, text, strlen(text))) {
        return ci_value_datetime(&datetime);
    }
    return ci_value_integer(apr_atoi64(text));
}

void store_mem_add(ci_store_t *store, const ci_object_t *object, ...)
{
    int tenant = ci_object_role(object, CI_ROLE_TENANT);
    const char *text, *equals;
    ci_record_t *row;
    apr_pool_t *pool;
    va_list ap;
    int i;

    apr_pool_create(&pool, NULL);
    row = ci_record_make(object, pool);
    if (tenant >= 0) {
        row->values[tenant] = ci_value_integer(store->scope.organisation);
    }
    va_start(ap, object);
    for (text = va_arg(ap, const char *); text;
         text = va_arg(ap, const char *)) {
        equals = strchr(text, '=');
        i = ci_object_find(object, text, (apr_size_t)(equals - text));
        row->values[i] = value_from(&object->fields[i], equals + 1);
    }
    va_end(ap);
    store_mem_put(store, row);
    apr_pool_destroy(pool);
}

static void fill_organisation(ci_store_t *store)
{
    store->scope.organisation = STORE_MEM_ORGANISATION;
    store_mem_add(store, &ci_organisation, "organisation_id=7", "name=DEMO",
                  "generation=1", "disabled=0", NULL);
    store_mem_add(store, &ci_community, "id=K1", "name=Community", NULL);
    store_mem_add(store, &ci_group, "id=G1", "name=Main Group",
                  "alternative_code=MG1", "community_id=K1", NULL);
    store_mem_add(store, &ci_unit, "id=U1", "name=Admin Unit", "group_id=G1",
                  NULL);
    store_mem_add(store, &ci_unit, "id=U2", "name=Low Unit", "group_id=G1",
                  "clearance=5", NULL);
    store_mem_add(store, &ci_user, "id=1", "username=admin", "disabled=0",
                  "password_hash=$2y$10$hash", "default_unit_id=U1",
                  "person_name=Admin", "email=mp@ministrator.com", NULL);
    store_mem_add(store, &ci_user_unit, "user_id=1", "unit_id=U1", NULL);
    store_mem_add(store, &ci_user_unit, "user_id=1", "unit_id=U2", NULL);
}

void store_mem_fill(ci_store_t *store)
{
    fill_organisation(store);
    store_mem_add(store, &ci_privacy_level, "id=P1", "name=Low",
                  "hierarchy_level=1", "number=1", NULL);
    store_mem_add(store, &ci_privacy_level, "id=P8", "name=High",
                  "hierarchy_level=8", "number=8", NULL);
    store_mem_add(store, &ci_country, "id=US", "name=UNITED STATES",
                  "two_character_code=US", "calling_code=1", NULL);
    store_mem_add(store, &ci_country, "id=CY", "name=CYPRUS",
                  "two_character_code=CY", "calling_code=357", NULL);
    store_mem_add(store, &ci_country, "id=XX", "name=NOWHERE",
                  "two_character_code=XX", NULL);
    store_mem_add(store, &ci_category, "id=C1", "name=Gold", "code=GO", NULL);
    store_mem_add(store, &ci_industry, "id=I1", "name=Energy", "code=EN", NULL);
    store_mem_add(store, &ci_industry, "id=I2", "name=Energy", NULL);
    store_mem_add(store, &ci_industry_sector, "id=S1", "name=Oil", NULL);
}
