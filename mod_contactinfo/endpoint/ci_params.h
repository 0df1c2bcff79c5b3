/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_params.h
 * The parameters of the routes, one table of rows a kind of route.
 *
 * What a query, a form or the top of a JSON body says besides the token and the
 * fields of a contact is a row here. The rows that a handler reads are the ones
 * that the OpenAPI document shows. The largest length of a text is 0: any.
 */
#ifndef CI_PARAMS_H
#define CI_PARAMS_H

#include "endpoint/ci_endpoint.h"

/** authentication/token */
extern const ci_object_t ci_params_login;
/** authentication/web_api_key/token */
extern const ci_object_t ci_params_web_api_key;
/** contact_information/create, besides the fields of a contact */
extern const ci_object_t ci_params_create;
/** contact_information/list */
extern const ci_object_t ci_params_list;
/** which contact */
extern const ci_object_t ci_params_choose;
/** which contact, and what to answer of it */
extern const ci_object_t ci_params_contact;
/** the same with a file */
extern const ci_object_t ci_params_upload;
/** the image location */
extern const ci_object_t ci_params_image;

/* Rows of ci_params_login */
enum {
    CI_LOGIN_USERNAME,
    CI_LOGIN_PASSWORD,
    CI_LOGIN_ORGANISATION,
    CI_LOGIN_UNIT
};

/* Rows of ci_params_web_api_key */
enum { CI_WEB_API_KEY_UNIT };

/* Rows of ci_params_create */
enum { CI_CREATE_FIELDS_SET };

/* Rows of ci_params_choose, ci_params_contact and ci_params_upload: as many of
   them as each has */
enum { CI_PARAM_CONTACT, CI_PARAM_FIELDS_SET, CI_PARAM_FILE };

/* Rows of ci_params_list */
enum {
    CI_LIST_ID_NUMBER,
    CI_LIST_PASSPORT_NUMBER,
    CI_LIST_SOCIAL_SECURITY_NUMBER,
    CI_LIST_VAT_REGISTRATION_NUMBER,
    CI_LIST_EMAIL_ADDRESS,
    CI_LIST_PHONE_NUMBER,
    CI_LIST_NUMBER_OF_RESULTS,
    CI_LIST_OFFSET,
    CI_LIST_FIELDS_SET
};

/* Rows of ci_params_image */
enum { CI_IMAGE_ID };

/** Rows of a page of a list that says nothing of it. */
#define CI_PAGE_DEFAULT 50

/**
 * Read the parameters of a request's route: the body's members, the form's
 * fields or the query's parameters. Blank text that need not be there is taken
 * as it is; of a file only its presence is looked at.
 * @param params one value a row of req->route->params, as old as the request
 * @return all that is wrong: MISSING_PARAMETER, INVALID_PARAMETER,
 *         INVALID_IDENTIFIER
 */
ci_error_t *ci_params_read(ci_record_t **params, const ci_endpoint_t *ep,
                           const ci_request_t *req)
    __attribute__((warn_unused_result));

/** The text of a parameter, ended by NUL; NULL if it did not come. */
const char *ci_params_text(const ci_record_t *params, int row);

/** The largest value of an INTEGER, which a directive may have set. */
apr_int64_t ci_params_max(const ci_field_t *field,
                          const ci_settings_t *settings);

#endif
