/* SPDX-License-Identifier: Apache-2.0 */
/* Two tenants in memory. */
#include "store_mem_demo.h"

#include <apr_strings.h>
#include <jansson.h>

#include <stdlib.h>

#include "model/ci_objects.h"
#include "model/ci_session.h"

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static apr_int64_t word_index(const ci_field_t *field, const char *word)
{
    apr_int64_t i;

    for (i = 0; field->words[i] && strcmp(field->words[i], word) != 0; i++) {
    }
    require(field->words[i] != NULL);
    return i;
}

static ci_value_t text_value(const ci_field_t *field, const char *text,
                             apr_pool_t *pool)
{
    ci_datetime_t datetime;
    ci_digest_t *digest;

    switch (field->type) {
    case CI_TYPE_TOKEN:
        return ci_value_integer(word_index(field, text));
    case CI_TYPE_DATETIME:
        require(ci_datetime_parse(&datetime, text, strlen(text)));
        return ci_value_datetime(&datetime);
    case CI_TYPE_BLOB:
        digest = apr_palloc(pool, sizeof *digest);
        ci_digest_make(digest, text, strlen(text));
        return ci_value_bytes((const char *)digest->bytes, CI_DIGEST_SIZE);
    default:
        return ci_value_text(apr_pstrdup(pool, text));
    }
}

static ci_value_t value_of(const ci_field_t *field, const json_t *json,
                           apr_pool_t *pool)
{
    if (json_is_null(json)) {
        return ci_value_null();
    }
    if (json_is_string(json)) {
        return text_value(field, json_string_value(json), pool);
    }
    require(json_is_integer(json));
    return ci_value_integer(json_integer_value(json));
}

const char *demo_quotes(const char *json, apr_pool_t *pool)
{
    char *text = apr_pstrdup(pool, json);
    char *at;

    for (at = text; (at = strchr(at, '\'')) != NULL;) {
        *at = '"';
    }
    return text;
}

ci_record_t *demo_record(const ci_object_t *object, const char *json,
                         apr_pool_t *pool)
{
    ci_record_t *record = ci_record_make(object, pool);
    const char *key;
    json_t *tree, *value;
    int row;

    tree = json_loads(demo_quotes(json, pool), JSON_REJECT_DUPLICATES, NULL);
    require(tree != NULL);
    json_object_foreach(tree, key, value)
    {
        row = ci_object_find(object, key, strlen(key));
        require(row >= 0);
        record->values[row] = value_of(&object->fields[row], value, pool);
    }
    json_decref(tree);
    return record;
}

void demo_put(ci_store_t *store, const ci_object_t *object, const char *json,
              apr_pool_t *pool)
{
    store_mem_put(store, demo_record(object, json, pool));
}

static const struct {
    const ci_object_t *object;
    const char *json;
} rows[] = {
    {&ci_schema_version, "{'id':1,'version':3,'compatible_from':1}"},
    {&ci_organisation,
     "{'organisation_id':1,'name':'DEMO','generation':7,'disabled':0}"},
    {&ci_organisation,
     "{'organisation_id':2,'name':'OTHER','generation':3,'disabled':0}"},
    {&ci_community, "{'organisation_id':1,'id':'K1','name':'Community'}"},
    {&ci_community, "{'organisation_id':2,'id':'K1','name':'Other Community'}"},
    {&ci_group, "{'organisation_id':1,'id':'G1','name':'Main Group',"
                "'alternative_code':'MG1','community_id':'K1'}"},
    {&ci_group, "{'organisation_id':2,'id':'G1','name':'Other Group',"
                "'community_id':'K1'}"},
    {&ci_unit, "{'organisation_id':1,'id':'U1','name':'Admin Unit',"
               "'group_id':'G1'}"},
    {&ci_unit, "{'organisation_id':1,'id':'U2','name':'Low Unit',"
               "'group_id':'G1','clearance':5}"},
    {&ci_unit, "{'organisation_id':2,'id':'U1','name':'Other Unit',"
               "'group_id':'G1'}"},
    {&ci_user, "{'organisation_id':1,'id':'1','username':'admin',"
               "'person_name':'Admin','email':'mp@ministrator.com',"
               "'password_hash':'" DEMO_HASH "','default_unit_id':'U1',"
               "'disabled':0}"},
    {&ci_user, "{'organisation_id':1,'id':'2','username':'plain',"
               "'person_name':'Plain','disabled':0}"},
    {&ci_user, "{'organisation_id':1,'id':'3','username':'locked',"
               "'person_name':'Locked','password_hash':'" DEMO_HASH "',"
               "'default_unit_id':'U1','disabled':1}"},
    {&ci_user, "{'organisation_id':2,'id':'1','username':'admin',"
               "'person_name':'Other','default_unit_id':'U1','disabled':0}"},
    {&ci_user_unit, "{'organisation_id':1,'user_id':'1','unit_id':'U1'}"},
    {&ci_user_unit, "{'organisation_id':1,'user_id':'1','unit_id':'U2'}"},
    {&ci_user_unit, "{'organisation_id':1,'user_id':'3','unit_id':'U1'}"},
    {&ci_user_unit, "{'organisation_id':2,'user_id':'1','unit_id':'U1'}"},
    {&ci_api_key, "{'key_digest':'" DEMO_KEY "','organisation_id':1,"
                  "'key_id':'K1','user_id':'1',"
                  "'created_date':'2016-01-01T00:00:00'}"},
    {&ci_api_key, "{'key_digest':'" DEMO_LOCKED_KEY "','organisation_id':1,"
                  "'key_id':'K3','user_id':'3',"
                  "'created_date':'2016-01-01T00:00:00'}"},
    {&ci_country, "{'id':'US','name':'UNITED STATES',"
                  "'two_character_code':'US','calling_code':'1'}"},
    {&ci_country, "{'id':'CY','name':'CYPRUS','two_character_code':'CY',"
                  "'calling_code':'357'}"},
    {&ci_country, "{'id':'XX','name':'NOWHERE','two_character_code':'XX'}"},
    {&ci_category, "{'organisation_id':1,'id':'C1','name':'Gold','code':'GO'}"},
    {&ci_industry,
     "{'organisation_id':1,'id':'I1','name':'Energy','code':'EN'}"},
    {&ci_industry, "{'organisation_id':1,'id':'I2','name':'Energy'}"},
    {&ci_industry, "{'organisation_id':2,'id':'I9','name':'Secret'}"},
    {&ci_industry_sector, "{'organisation_id':1,'id':'S1','name':'Oil'}"},
    {&ci_privacy_level, "{'organisation_id':1,'id':'P1','name':'Low',"
                        "'number':'1','hierarchy_level':1}"},
    {&ci_privacy_level, "{'organisation_id':1,'id':'P8','name':'High',"
                        "'number':'8','hierarchy_level':8}"},
};

ci_store_t *demo_create(apr_pool_t *pool)
{
    ci_store_t *store = store_mem_create(pool);
    int i;

    for (i = 0; i < CI_ALEN(rows); i++) {
        demo_put(store, rows[i].object, rows[i].json, pool);
    }
    store->scope.organisation = DEMO;
    return store;
}

void demo_set_generation(ci_store_t *store, apr_int64_t organisation,
                         apr_int64_t generation, apr_pool_t *pool)
{
    ci_record_t *record = ci_record_make(&ci_organisation, pool);
    ci_value_t id = ci_value_integer(organisation);
    ci_where_t where =
        ci_where_equal(&ci_organisation, CI_ORGANISATION_ID, &id);
    apr_int64_t matched;

    record->values[CI_ORGANISATION_GENERATION] = ci_value_integer(generation);
    require(!store->methods->update(&matched, store, record,
                                    CI_MASK(CI_ORGANISATION_GENERATION), &where,
                                    1, pool));
    require(matched == 1);
}
