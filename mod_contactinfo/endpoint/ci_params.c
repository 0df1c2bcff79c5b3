/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of parameters and their reader. */
#include "endpoint/ci_params.h"

#include "base/ci_identifier.h"
#include "base/ci_number.h"
#include "model/ci_objects.h"

#define ANY_LENGTH 0

#define QUOTE(text)        #text
#define QUOTE_VALUE(macro) QUOTE(macro)

#define MANDATORY (CI_INPUT | CI_REQUIRED)

#define FIELDS_SET                                                             \
    CI_TEXT("fields_set", ANY_LENGTH, CI_INPUT,                                \
            "Names of the top-level fields to answer, with commas between "    \
            "them; all others are left out, unknown names are ignored")

#define UNIT                                                                   \
    CI_TEXT("unit", ANY_LENGTH, CI_INPUT,                                      \
            "Identifier of the unit to work in, by default the user's own")

static const ci_field_t login_rows[] = {
    [CI_LOGIN_USERNAME] =
        CI_TEXT("username", ANY_LENGTH, MANDATORY, "Login name"),
    [CI_LOGIN_PASSWORD] = CI_TEXT("password", ANY_LENGTH, MANDATORY,
                                  "Password, at most 72 bytes"),
    [CI_LOGIN_ORGANISATION] = CI_TEXT("organisation", ANY_LENGTH, MANDATORY,
                                      "Name of the organisation"),
    [CI_LOGIN_UNIT] = UNIT,
};
const ci_object_t ci_params_login = CI_OBJECT("login", NULL, login_rows);

static const ci_field_t web_api_key_rows[] = {
    [CI_WEB_API_KEY_UNIT] = UNIT,
};
const ci_object_t ci_params_web_api_key =
    CI_OBJECT("web_api_key_login", NULL, web_api_key_rows);

static const ci_field_t create_rows[] = {
    [CI_CREATE_FIELDS_SET] = FIELDS_SET,
};
const ci_object_t ci_params_create =
    CI_OBJECT("create_contact", NULL, create_rows);

#define FILTER(name, what)                                                     \
    CI_TEXT(name, ANY_LENGTH, CI_INPUT,                                        \
            what "; one of the filters is mandatory, several are ANDed")

static const ci_field_t list_rows[] = {
    [CI_LIST_ID_NUMBER] = FILTER("id_number", "Number of the identity card"),
    [CI_LIST_PASSPORT_NUMBER] =
        FILTER("passport_number", "Number of the passport"),
    [CI_LIST_SOCIAL_SECURITY_NUMBER] =
        FILTER("social_security_number", "Social security number"),
    [CI_LIST_VAT_REGISTRATION_NUMBER] =
        FILTER("vat_registration_number", "VAT registration number"),
    [CI_LIST_EMAIL_ADDRESS] =
        FILTER("email_address", "An e-mail address, in any case of letters"),
    [CI_LIST_PHONE_NUMBER] =
        FILTER("phone_number", "Digits of a phone: its number, its area code "
                               "and number, or its full number"),
    [CI_LIST_NUMBER_OF_RESULTS] =
        CI_INTEGER("number_of_results", 1, APR_INT32_MAX, CI_INPUT,
                   "How many contacts at most, by default " QUOTE_VALUE(
                       CI_PAGE_DEFAULT) " or what the server allows"),
    [CI_LIST_OFFSET] = CI_INTEGER("offset", 0, APR_INT32_MAX, CI_INPUT,
                                  "How many contacts to skip, by default 0"),
    [CI_LIST_FIELDS_SET] = FIELDS_SET,
};
const ci_object_t ci_params_list = CI_OBJECT("list", NULL, list_rows);

static const ci_field_t contact_rows[] = {
    [CI_PARAM_CONTACT] = CI_IDENTIFIER("contact_information_identifier",
                                       &ci_contact, MANDATORY, "Which contact"),
    [CI_PARAM_FIELDS_SET] = FIELDS_SET,
    [CI_PARAM_FILE] =
        CI_BLOB(CI_FORM_FILE, ANY_LENGTH, MANDATORY,
                "The photo: JPEG, PNG, GIF or WebP by its content"),
};
const ci_object_t ci_params_choose = {
    .name = "choose", .fields = contact_rows, .nfields = CI_PARAM_CONTACT + 1};
const ci_object_t ci_params_contact = {.name = "choose_contact",
                                       .fields = contact_rows,
                                       .nfields = CI_PARAM_FIELDS_SET + 1};
const ci_object_t ci_params_upload = {
    .name = "upload", .fields = contact_rows, .nfields = CI_PARAM_FILE + 1};

static const ci_field_t image_rows[] = {
    [CI_IMAGE_ID] =
        CI_TEXT("id", ANY_LENGTH, MANDATORY, "Identifier of the file"),
};
const ci_object_t ci_params_image = CI_OBJECT("image", NULL, image_rows);

/* --------------------------------------------------------------- reader - */

/* A parameter on its way from the request to its value. */
typedef struct {
    const ci_field_t *field;
    const json_t *member; /* NULL: not from JSON, or not there */
    const char *text;     /* NULL: not there, or no text */
    const ci_settings_t *settings;
    apr_pool_t *pool;
} param_t;

static ci_error_t *read_identifier(const param_t *param, ci_value_t *value)
{
    const ci_field_t *field = param->field;
    ci_identifier_t *identifier;
    ci_error_t *err =
        param->member
            ? ci_json_identifier(&identifier, field->object, field->name,
                                 param->member, param->pool)
            : ci_text_identifier(&identifier, field->object, field->name,
                                 param->text, param->pool);

    if (!err) {
        value->state = CI_SET_VALUE;
        value->as.identifier = identifier;
    }
    return err;
}

static ci_error_t *read_integer(const param_t *param, ci_value_t *value)
{
    const ci_field_t *field = param->field;
    apr_int64_t max = ci_params_max(field, param->settings);
    apr_int64_t integer;

    if (!ci_integer_parse(&integer, param->text, strlen(param->text)) ||
        integer < field->min || integer > max) {
        return ci_error_create(param->pool, CI_INVALID_PARAMETER, field->name,
                               "expected a whole number from %" APR_INT64_T_FMT
                               " to %" APR_INT64_T_FMT,
                               field->min, max);
    }
    *value = ci_value_integer(integer);
    return NULL;
}

static ci_error_t *read_param(const param_t *param, ci_value_t *value)
{
    const ci_field_t *field = param->field;
    const char *text = param->text;

    if (field->type == CI_TYPE_IDENTIFIER) {
        return read_identifier(param, value);
    }
    if (param->member && !json_is_null(param->member) && !text) {
        return ci_error_create(param->pool, CI_INVALID_PARAMETER, field->name,
                               "expected a string, got %s",
                               ci_json_kind(param->member));
    }
    if (field->flags & CI_REQUIRED &&
        (!text || ci_text_blank(text, strlen(text)))) {
        return ci_error_create(param->pool, CI_MISSING_PARAMETER, field->name,
                               "it is mandatory");
    }
    if (!text) {
        return NULL;
    }
    if (field->type == CI_TYPE_INTEGER) {
        return read_integer(param, value);
    }
    *value = ci_value_text(text);
    return NULL;
}

/* Text of a parameter; a file counts as its part's name. */
static const char *text_of(const ci_request_t *req, const ci_field_t *field,
                           const json_t *member)
{
    if (field->type == CI_TYPE_BLOB) {
        return ci_form_file(req->form) ? field->name : NULL;
    }
    return req->json   ? json_string_value(member)
           : req->form ? ci_form_get(req->form, field->name)
                       : ci_query_get(req->query, field->name);
}

ci_error_t *ci_params_read(ci_record_t **params, const ci_endpoint_t *ep,
                           const ci_request_t *req)
{
    const ci_object_t *object = req->route->params;
    param_t param = {.settings = ep->settings, .pool = ep->pool};
    ci_error_t *err = NULL;
    int i;

    *params = ci_record_make(object, ep->pool);
    for (i = 0; i < object->nfields; i++) {
        param.field = &object->fields[i];
        param.member = json_object_get(req->json, param.field->name);
        param.text = text_of(req, param.field, param.member);
        err = ci_error_join(err, read_param(&param, &(*params)->values[i]));
    }
    return err;
}

const char *ci_params_text(const ci_record_t *params, int row)
{
    const ci_value_t *value = &params->values[row];

    return ci_value_is_set(value) ? value->as.text : NULL;
}

apr_int64_t ci_params_max(const ci_field_t *field,
                          const ci_settings_t *settings)
{
    return field == &list_rows[CI_LIST_NUMBER_OF_RESULTS] ? settings->page_max
                                                          : field->max;
}
