/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of endpoint/ci_openapi: what the tables say is in the document, and
 * what the document refers to is in it. */
#include "endpoint/ci_openapi.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <stdlib.h>
#include <string.h>

#include "endpoint/ci_openapi_type.h"
#include "endpoint/ci_params.h"
#include "model/ci_objects.h"

static apr_pool_t *pool;
static json_t *document;

static const ci_settings_t settings = {
    .api_path = "/api", .image_path = "/image", .page_max = 123};

static json_t *write_document(const ci_settings_t *with)
{
    ci_sink_t *sink = ci_sink_create(pool);
    json_error_t error;
    apr_size_t length;
    const char *text;
    json_t *json;

    ci_openapi_write(sink, with, pool);
    text = ci_sink_text(sink, &length, pool);
    json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(json != NULL, "%s at %d", error.text, error.position);
    return json;
}

static void document_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    document = write_document(&settings);
}

static void document_close(void)
{
    json_decref(document);
    apr_pool_destroy(pool);
    apr_terminate();
}

/* What names with '.' between them lead to; NULL if there is nothing. */
static json_t *at(json_t *json, const char *path)
{
    char *rest = apr_pstrdup(pool, path);
    char *name;

    for (name = apr_strtok(rest, ".", &rest); name;
         name = apr_strtok(NULL, ".", &rest)) {
        json = json_object_get(json, name);
    }
    return json;
}

static const char *text_at(json_t *json, const char *path)
{
    const char *text = json_string_value(at(json, path));

    ck_assert_msg(text != NULL, "no text at %s", path);
    return text;
}

static int has_text(const json_t *array, const char *text)
{
    const json_t *element;
    size_t i;

    json_array_foreach(array, i, element)
    {
        if (strcmp(json_string_value(element), text) == 0) {
            return 1;
        }
    }
    return 0;
}

static json_t *operation(const ci_route_t *route)
{
    json_t *paths = at(document, "paths");
    const char *path = apr_pstrcat(pool, "/", route->path, NULL);

    return json_object_get(json_object_get(paths, path),
                           strcmp(route->method, "GET") == 0 ? "get" : "post");
}

static int count_routes(void)
{
    int n = 0;

    while (ci_routes[n].method) {
        n++;
    }
    return n;
}

START_TEST(every_route_is_an_operation)
{
    const ci_route_t *route = &ci_routes[_i];
    json_t *found = operation(route);

    ck_assert_msg(found != NULL, "%s", route->path);
    ck_assert_str_eq(text_at(found, "summary"), route->summary);
    ck_assert_ptr_nonnull(at(found, "responses.200"));
    ck_assert_ptr_nonnull(at(found, "responses.500"));
    ck_assert_int_eq(at(found, "responses.401") != NULL,
                     (route->flags & CI_ROUTE_USER) ||
                         route->data == CI_DATA_TOKEN);
    ck_assert_int_eq(at(found, "requestBody") != NULL,
                     strcmp(route->method, "POST") == 0);
}
END_TEST

START_TEST(the_image_location_is_a_path_of_its_own)
{
    json_t *path = json_object_get(at(document, "paths"), "/image");

    ck_assert_ptr_nonnull(at(path, "get.responses.200"));
    ck_assert_ptr_nonnull(at(path, "get.responses.304"));
    ck_assert_ptr_nonnull(at(path, "servers"));
}
END_TEST

/* A parameter of a GET route, by its name. */
static json_t *parameter(json_t *parameters, const char *name)
{
    json_t *one;
    size_t i;

    json_array_foreach(parameters, i, one)
    {
        if (strcmp(text_at(one, "name"), name) == 0) {
            return one;
        }
    }
    return NULL;
}

START_TEST(every_row_of_parameters_is_in_the_query_or_the_body)
{
    const ci_route_t *route = &ci_routes[_i];
    int is_get = strcmp(route->method, "GET") == 0;
    const ci_field_t *field;
    char *body;
    int i;

    for (i = 0; route->params && i < route->params->nfields; i++) {
        field = &route->params->fields[i];
        body = json_dumps(at(operation(route), "requestBody"), JSON_ENCODE_ANY);
        if (is_get) {
            ck_assert_ptr_nonnull(
                parameter(at(operation(route), "parameters"), field->name));
        }
        else {
            ck_assert_ptr_nonnull(strstr(body, field->key));
        }
        free(body);
    }
}
END_TEST

START_TEST(a_form_keeps_the_fields_that_its_route_reads)
{
    const ci_route_t *route = &ci_routes[_i];
    const ci_field_t *field;
    int i, j;

    for (i = 0; route->flags & CI_ROUTE_FORM && i < route->params->nfields;
         i++) {
        field = &route->params->fields[i];
        for (j = 0; ci_form_fields[j] &&
                    strcmp(ci_form_fields[j], field->name) != 0;) {
            j++;
        }
        ck_assert_int_eq(ci_form_fields[j] == NULL,
                         field->type == CI_TYPE_BLOB);
    }
}
END_TEST

START_TEST(the_page_has_the_limit_of_the_settings)
{
    json_t *list = at(document, "paths./contact_information/list.get");
    json_t *number = parameter(at(list, "parameters"), "number_of_results");

    ck_assert_int_eq(json_integer_value(at(number, "schema.maximum")), 123);
}
END_TEST

START_TEST(every_code_is_in_the_response_of_its_status)
{
    const ci_code_t *code = &ci_codes[_i];
    json_t *schema =
        at(document,
           apr_psprintf(pool, "components.schemas.Error%d", code->status));
    json_t *response =
        at(document,
           apr_psprintf(pool, "components.responses.Error%d", code->status));

    ck_assert(has_text(at(schema, "properties.status.properties.code.enum"),
                       code->name));
    ck_assert(
        has_text(at(document, "components.schemas.Code.enum"), code->name));
    ck_assert_ptr_nonnull(json_object_get(
        at(response, "content.application/json.examples"), code->name));
}
END_TEST

START_TEST(compat_answers_refusals_with_200)
{
    ci_settings_t compat = settings;
    json_t *json, *show, *image;

    compat.compat = 1;
    json = write_document(&compat);
    ck_assert(has_text(at(json, "components.schemas.Error200.properties.status."
                                "properties.code.enum"),
                       "NOT_FOUND"));
    show = at(json, "paths./contact_information/show.get.responses");
    image = at(json, "paths./image.get.responses");
    ck_assert_ptr_null(at(show, "404"));
    ck_assert_ptr_nonnull(at(show, "412"));
    ck_assert_ptr_nonnull(at(show, "503"));
    ck_assert_ptr_nonnull(at(image, "404"));
    json_decref(json);
}
END_TEST

/* --------------------------------------------------------------- schemas - */

static const struct {
    const char *name;
    const ci_object_t *object;
    unsigned flag; /* of the rows that it has */
    int request;
} schemas[] = {
    {"Contact", &ci_contact, CI_SHOWN, 0},
    {"ReducedContact", &ci_contact, CI_REDUCED, 0},
    {"RelatedContact", &ci_contact, CI_RELATED, 0},
    {"CreateContact", &ci_contact, CI_CREATE, 1},
    {"UpdateContact", &ci_contact, CI_UPDATE, 1},
    {"Demographics", &ci_demographics, CI_SHOWN, 0},
    {"RelatedDemographics", &ci_demographics, CI_RELATED, 0},
    {"CreateDemographics", &ci_demographics, CI_CREATE, 1},
    {"UpdateDemographics", &ci_demographics, CI_UPDATE, 1},
    {"CompanyProfile", &ci_company_profile, CI_SHOWN, 0},
    {"CreateCompanyProfile", &ci_company_profile, CI_CREATE, 1},
    {"UpdateCompanyProfile", &ci_company_profile, CI_UPDATE, 1},
    {"Address", &ci_address, CI_SHOWN, 0},
    {"CreateAddress", &ci_address, CI_CREATE, 1},
    {"UpdateAddress", &ci_address, CI_UPDATE, 1},
    {"Phone", &ci_phone, CI_SHOWN, 0},
    {"CreatePhone", &ci_phone, CI_CREATE, 1},
    {"UpdatePhone", &ci_phone, CI_UPDATE, 1},
    {"Email", &ci_email, CI_SHOWN, 0},
    {"CreateEmail", &ci_email, CI_CREATE, 1},
    {"UpdateEmail", &ci_email, CI_UPDATE, 1},
    {"Relation", &ci_relation, CI_SHOWN, 0},
    {"CreateRelation", &ci_relation, CI_CREATE, 1},
    {"UpdateRelation", &ci_relation, CI_INPUT, 1},
    {"AuthorizationSettings", &ci_authorization_settings, CI_SHOWN, 0},
    {"LogInformation", &ci_log_information, CI_SHOWN, 0},
    {"ProfilePhoto", &ci_photo, CI_SHOWN, 0},
    {"Country", &ci_country, CI_SHOWN, 0},
    {"Industry", &ci_industry, CI_SHOWN, 0},
    {"IndustrySector", &ci_industry_sector, CI_SHOWN, 0},
    {"Category", &ci_category, CI_SHOWN, 0},
    {"PrivacyLevel", &ci_privacy_level, CI_SHOWN, 0},
    {"Group", &ci_group, CI_SHOWN, 0},
    {"Unit", &ci_unit, CI_SHOWN, 0},
    {"User", &ci_user, CI_SHOWN, 0},
    {"ContactIdentifier", &ci_contact, 0, 1},
    {"CountryIdentifier", &ci_country, 0, 1},
    {"AddressIdentifier", &ci_address, 0, 1},
};

START_TEST(a_schema_has_the_rows_of_its_object_and_no_others)
{
    const char *path =
        apr_psprintf(pool, "components.schemas.%s", schemas[_i].name);
    json_t *properties = json_object_get(at(document, path), "properties");
    const ci_object_t *object = schemas[_i].object;
    const ci_field_t *field;
    const char *name;
    size_t count = 0;
    int i;

    ck_assert_msg(at(document, path) != NULL, "no %s", path);
    for (i = 0; schemas[_i].flag && i < object->nfields; i++) {
        field = &object->fields[i];
        if (!(field->flags & schemas[_i].flag)) {
            continue;
        }
        name = schemas[_i].request ? ci_field_request(field) : field->name;
        ck_assert_msg(json_object_get(properties, name) != NULL, "%s.%s", path,
                      name);
        count += schemas[_i].request && field->alias ? 2 : 1;
    }
    ck_assert_uint_eq(json_object_size(properties), count);
}
END_TEST

START_TEST(there_are_no_other_schemas_of_objects)
{
    json_t *all = at(document, "components.schemas");
    const char *name;
    json_t *schema;
    size_t count = 0;

    json_object_foreach(all, name, schema)
    {
        count += strncmp(name, "Error", 5) != 0 && strcmp(name, "Code") != 0 &&
                 strcmp(name, "Success") != 0 && !strstr(name, "Identifier");
    }
    /* the last three are identifiers; no row of a related company is shown */
    ck_assert_uint_eq(count, sizeof schemas / sizeof *schemas - 3 + 1);
    ck_assert_uint_eq(
        json_object_size(at(all, "RelatedCompanyProfile.properties")), 0);
}
END_TEST

static void check_references(json_t *json, int *count)
{
    const char *name, *path;
    char *slash;
    json_t *member;
    size_t i;

    json_object_foreach(json, name, member)
    {
        if (strcmp(name, "$ref") == 0 && json_is_string(member)) {
            path = json_string_value(member);
            ck_assert_int_eq(strncmp(path, "#/components/", 13), 0);
            slash = apr_pstrdup(pool, path + 2);
            path = slash;
            while ((slash = strchr(slash, '/'))) {
                *slash = '.';
            }
            ck_assert_msg(at(document, path) != NULL, "no %s", path);
            ++*count;
        }
        check_references(member, count);
    }
    json_array_foreach(json, i, member)
    {
        check_references(member, count);
    }
}

START_TEST(every_reference_leads_somewhere)
{
    int count = 0;

    check_references(document, &count);
    ck_assert_int_gt(count, 100);
}
END_TEST

/* ---------------------------------------------------------- single fields - */

static const struct {
    const char *path; /* below components.schemas */
    const char *json;
} facts[] = {
    {"Contact.properties.id.type", "\"string\""},
    {"Contact.properties.id.maxLength", "32"},
    {"Contact.properties.type.enum", "[\"PERSON\",\"COMPANY\"]"},
    {"Contact.properties.first_name.type", "[\"string\",\"null\"]"},
    {"Contact.properties.name.type", "\"string\""},
    {"Contact.properties.addresses_set.maxItems", "50"},
    {"Contact.properties.addresses_set.items.$ref",
     "\"#/components/schemas/Address\""},
    {"Contact.properties.category.anyOf",
     "[{\"$ref\":\"#/components/schemas/Category\"},{\"type\":\"null\"}]"},
    {"Contact.properties.owned_by_group.$ref",
     "\"#/components/schemas/Group\""},
    {"Contact.required", "[]"},
    {"Relation.properties.contact.$ref",
     "\"#/components/schemas/RelatedContact\""},
    {"RelatedContact.properties.demographics.anyOf",
     "[{\"$ref\":\"#/components/schemas/RelatedDemographics\"},"
     "{\"type\":\"null\"}]"},
    {"Demographics.properties.date_of_birth.required",
     "[\"day\",\"month\",\"year\"]"},
    {"Demographics.properties.name_day.required", "[\"day\",\"month\"]"},
    {"AuthorizationSettings.properties.send_direct_marketing_material.type",
     "\"boolean\""},
    {"Phone.properties.full_number.type", "[\"string\",\"null\"]"},
    {"Phone.properties.number.type", "\"string\""},
    {"User.properties.email.type", "\"string\""},
    {"User.required", "[\"id\",\"username\",\"person_name\"]"},
    {"PrivacyLevel.properties.hierarchy_level.minimum", "-2147483648"},
    {"CreateContact.required", "[\"type\"]"},
    {"CreateContact.properties.notes.maxLength", "4000"},
    {"CreateContact.properties.udf_float_1.type",
     "[\"number\",\"string\",\"null\"]"},
    {"CreateContact.properties.category_identifier.anyOf",
     "[{\"$ref\":\"#/components/schemas/CategoryIdentifier\"},"
     "{\"type\":\"null\"}]"},
    {"CreateAddress.required", "[\"type\",\"street_name\"]"},
    {"CreateAddress.properties.floor.type",
     "[\"integer\",\"string\",\"null\"]"},
    {"CreateRelation.required", "[\"type\"]"},
    {"CreateRelation.anyOf",
     "[{\"required\":[\"contact_information_identifier\"]},"
     "{\"required\":[\"contact_information\"]}]"},
    {"UpdateContact.required", "[]"},
    {"UpdateContact.properties.last_name.type", "\"string\""},
    {"UpdateAddress.required", "[\"action\"]"},
    {"UpdateAddress.properties.action.anyOf",
     "[{\"enum\":[\"ADD\",\"UPDATE\",\"REMOVE\"]},{\"pattern\":"
     "\"^(?:[Aa][Dd][Dd]|[Uu][Pp][Dd][Aa][Tt][Ee]|"
     "[Rr][Ee][Mm][Oo][Vv][Ee])$\"}]"},
};

START_TEST(a_field_is_said_as_its_row_says_it)
{
    const char *path =
        apr_pstrcat(pool, "components.schemas.", facts[_i].path, NULL);
    json_t *expected = json_loads(
        facts[_i].json, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    char *found =
        json_dumps(at(document, path), JSON_ENCODE_ANY | JSON_COMPACT);

    ck_assert_ptr_nonnull(expected);
    ck_assert_msg(json_equal(at(document, path), expected), "%s is %s", path,
                  found ? found : "missing");
    free(found);
    json_decref(expected);
}
END_TEST

START_TEST(every_type_has_a_row)
{
    const ci_openapi_type_t *type = &ci_openapi_types[_i];

    ck_assert(type->request != NULL);
    ck_assert_int_eq(type->answer == NULL, _i == CI_TYPE_IDENTIFIER);
}
END_TEST

static Suite *openapi_suite(void)
{
    Suite *suite = suite_create("openapi");
    TCase *tcase = tcase_create("document");

    tcase_add_checked_fixture(tcase, document_open, document_close);
    tcase_add_loop_test(tcase, every_route_is_an_operation, 0, count_routes());
    tcase_add_test(tcase, the_image_location_is_a_path_of_its_own);
    tcase_add_loop_test(tcase,
                        every_row_of_parameters_is_in_the_query_or_the_body, 0,
                        count_routes());
    tcase_add_loop_test(tcase, a_form_keeps_the_fields_that_its_route_reads, 0,
                        count_routes());
    tcase_add_test(tcase, the_page_has_the_limit_of_the_settings);
    tcase_add_loop_test(tcase, every_code_is_in_the_response_of_its_status,
                        CI_OK + 1, CI_CODE_COUNT);
    tcase_add_test(tcase, compat_answers_refusals_with_200);
    tcase_add_loop_test(tcase,
                        a_schema_has_the_rows_of_its_object_and_no_others, 0,
                        CI_ALEN(schemas));
    tcase_add_test(tcase, there_are_no_other_schemas_of_objects);
    tcase_add_test(tcase, every_reference_leads_somewhere);
    tcase_add_loop_test(tcase, a_field_is_said_as_its_row_says_it, 0,
                        CI_ALEN(facts));
    tcase_add_loop_test(tcase, every_type_has_a_row, 0, CI_TYPE_COUNT);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return unit_run(openapi_suite());
}
