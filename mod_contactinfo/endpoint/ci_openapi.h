/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_openapi.h
 * The OpenAPI 3.1 document, made from the tables that parse, store and print:
 * rows of fields, routes, parameters and codes.
 *
 * A schema says what a client may rely on. Answers may get more members with
 * time; of a request, more is understood than its schema says where two ways to
 * write the same thing exist.
 *
 * @see https://spec.openapis.org/oas/v3.1.0
 */
#ifndef CI_OPENAPI_H
#define CI_OPENAPI_H

#include "endpoint/ci_doc.h"
#include "endpoint/ci_endpoint.h"

/** In which place the fields of an object stand. */
typedef enum {
    CI_FORM_CREATE,     /**< in a create request */
    CI_FORM_UPDATE,     /**< in an update request */
    CI_FORM_PARAMETER,  /**< in a query or a multipart form, as text */
    CI_FORM_SELECTED,   /**< in an answer that fields_set may narrow */
    CI_FORM_REDUCED,    /**< in what create answers */
    CI_FORM_RELATED,    /**< in the contact of a relation */
    CI_FORM_INNER,      /**< elsewhere in an answer */
    CI_FORM_REFERENCE,  /**< reference data in an answer */
    CI_FORM_IDENTIFIER, /**< what chooses a record */
    CI_FORM_COUNT
} ci_form_e;

/** A schema of the document. */
typedef struct {
    const ci_object_t *object;
    ci_form_e form;
} ci_openapi_schema_t;

/** A document on its way. */
typedef struct {
    ci_doc_t doc;
    const ci_settings_t *settings;
    int compat; /**< 1: where it stands, refusals come with 200 */
    apr_array_header_t *schemas; /**< ci_openapi_schema_t, those that were
                                      referred to */
} ci_openapi_t;

/**
 * Write the document.
 * @param pool for what is needed meanwhile
 */
void ci_openapi_write(ci_sink_t *sink, const ci_settings_t *settings,
                      apr_pool_t *pool);

/* Parts of it, one a file */

/** What a route is, for deciding what it may answer and which headers count. */
enum {
    CI_IS_ANY = 1,        /**< of every route */
    CI_IS_USER = 2,       /**< needs a token */
    CI_IS_LOGIN = 4,      /**< gives one */
    CI_IS_INPUT = 8,      /**< has parameters */
    CI_IS_CHOICE = 16,    /**< looks for one record */
    CI_IS_BODY = 32,      /**< has a body */
    CI_IS_CREATE = 64,    /**< takes a new contact */
    CI_IS_UPDATE = 128,   /**< takes changes of a contact */
    CI_IS_UPLOAD = 256,   /**< takes a photo */
    CI_IS_SHOW = 512,     /**< answers a GET of one contact, which has a tag */
    CI_IS_DOWNLOAD = 1024 /**< answers the bytes of a photo */
};

/** What a route is: one or more of the above. */
unsigned ci_openapi_nature(const ci_route_t *route);

/** Write the schemas of the codes and of errors, as members. */
void ci_openapi_error_schemas(ci_openapi_t *openapi);

/** Write the responses that are errors, by their statuses, as members. */
void ci_openapi_error_responses(ci_openapi_t *openapi);

/** Write the responses of a route, as a member. */
void ci_openapi_responses(ci_openapi_t *openapi, const ci_route_t *route);

/**
 * Write the published examples of a route, as a member, if there are any.
 * @param kind ".request" or ".response"
 */
void ci_openapi_examples(ci_openapi_t *openapi, const ci_route_t *route,
                         const char *kind);

/** Write paths and what is in them, as a member. */
void ci_openapi_paths(ci_openapi_t *openapi);

/** Write a reference to the schema of an object, as a member; the schema is
    written by ci_openapi_schemas(). */
void ci_openapi_refer(ci_openapi_t *openapi, const char *name,
                      const ci_object_t *object, ci_form_e form);

/** Write all schemas that were referred to, and those that they refer to. */
void ci_openapi_schemas(ci_openapi_t *openapi);

/** Write the schema of one field as a member: its type, limits and doc. */
void ci_openapi_field(ci_openapi_t *openapi, const char *name,
                      const ci_field_t *field, ci_form_e form);

/** Write rows as members of "properties", and the names of those that must be
    there. */
void ci_openapi_properties(ci_openapi_t *openapi, const ci_object_t *object,
                           ci_form_e form);
void ci_openapi_required(ci_openapi_t *openapi, const ci_object_t *object,
                         ci_form_e form);

#endif
