/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_endpoint.h
 * All that an endpoint may use, and what it answers with.
 *
 * Nothing here has heard of httpd: the glue fills in the request, calls
 * ci_endpoint_serve() and turns the response or the error into HTTP.
 */
#ifndef CI_ENDPOINT_H
#define CI_ENDPOINT_H

#include <apr_tables.h>
#include <jansson.h>

#include "base/ci_form.h"
#include "base/ci_query.h"
#include "base/ci_sink.h"
#include "model/ci_references.h"
#include "model/ci_session.h"
#include "model/ci_throttle.h"
#include "model/ci_token_cache.h"

typedef struct ci_route_t ci_route_t;

/** Directives that endpoints go by. */
typedef struct {
    const char *default_country;        /**< ContactInfoDefaultCountry */
    const char *api_path;               /**< of the location of the API */
    const char *image_path;             /**< of the location of the photos */
    apr_interval_time_t token_lifetime; /**< ContactInfoTokenLifetime */
    int page_max;                       /**< ContactInfoPageMax */
    int compat;                         /**< ContactInfoErrorStatus compat */
    int login_rate_user;                /**< ContactInfoLoginRate, a minute */
    int login_rate_address;
    const apr_array_header_t *unique; /**< ContactInfoUnique, or NULL */
} ci_settings_t;

/**
 * Lets a thread hash a password; without it logins could keep all cores busy.
 */
typedef struct {
    /** @return APR_SUCCESS, or APR_TIMEUP if there is no turn before then */
    apr_status_t (*enter)(void *baton, apr_time_t deadline);
    void (*leave)(void *baton);
    void *baton;
} ci_gate_t;

/** What an endpoint may use; lives as long as the request. */
typedef struct {
    ci_store_t *store;
    ci_reference_cache_t *references;
    ci_token_cache_t *tokens;
    const ci_gate_t *gate;   /**< for hashing passwords */
    ci_throttle_t *throttle; /**< of failed logins */
    const char *address;     /**< of the client */
    const ci_settings_t *settings;
    apr_time_t now;
    ci_session_t session; /**< valid if the route is CI_ROUTE_USER */
    ci_digest_t token;    /**< of the token that it came with */
    apr_pool_t *pool;
} ci_endpoint_t;

/** What came. */
typedef struct {
    const ci_route_t *route;
    const ci_query_t *query; /**< never NULL */
    const json_t *json;      /**< body of a POST, else NULL */
    const ci_form_t *form;   /**< body of a CI_ROUTE_FORM, else NULL */
    const char *bearer;      /**< token of the Authorization header, or NULL */
    const char *basic;       /**< its user name, or NULL */
    const char *idempotency_key; /**< Idempotency-Key header, or NULL */
    const char *if_match;        /**< If-Match header, or NULL */
} ci_request_t;

/** What goes. */
typedef struct {
    ci_sink_t *sink;          /**< the whole envelope */
    apr_int64_t version;      /**< of the contact that is shown; 0: none */
    const char *next;         /**< query of the next page of a list, or NULL */
    const ci_record_t *photo; /**< its bytes are the answer; NULL: the sink */
} ci_response_t;

/** Answers one request; the envelope is written only when all went well. */
typedef ci_error_t *(*ci_handler_fn)(ci_endpoint_t *ep, const ci_request_t *req,
                                     ci_response_t *res);

enum {
    CI_ROUTE_USER = 1,    /**< needs a valid token */
    CI_ROUTE_BODY = 2,    /**< takes a JSON object */
    CI_ROUTE_BARE = 4,    /**< the body may be missing */
    CI_ROUTE_FORM = 8,    /**< takes a multipart form instead of JSON */
    CI_ROUTE_CREATE = 16, /**< the body has the fields of a new contact */
    CI_ROUTE_UPDATE = 32, /**< the body has changes of a contact */
    CI_ROUTE_BASIC = 64   /**< takes its credentials as HTTP Basic has them */
};

/** What the data of an answer are. */
typedef enum {
    CI_DATA_NOTHING,  /**< {} */
    CI_DATA_TOKEN,    /**< a token */
    CI_DATA_CREATED,  /**< a reduced contact */
    CI_DATA_CONTACT,  /**< a contact */
    CI_DATA_CONTACTS, /**< an array of contacts */
    CI_DATA_PHOTO,    /**< where a photo is */
    CI_DATA_BYTES,    /**< no envelope, but the bytes of a photo */
    CI_DATA_DOCUMENT, /**< no envelope, but the OpenAPI document */
    CI_DATA_COUNT
} ci_data_e;

struct ci_route_t {
    const char *method; /**< GET or POST; HEAD works as GET */
    const char *path;   /**< below the location, without slashes at its ends */
    ci_handler_fn handler;
    unsigned flags;
    const ci_object_t *params; /**< besides the token; NULL: none */
    ci_data_e data;            /**< what it answers */
    const char *summary;       /**< for OpenAPI */
};

/** All routes of the API; the last one has no method. */
extern const ci_route_t ci_routes[];

/** The same for the location of the photos. */
extern const ci_route_t ci_image_routes[];

/** Fields of a form, ended by NULL; its file is the part CI_FORM_FILE. */
extern const char *const ci_form_fields[];
#define CI_FORM_FILE "file"

/**
 * Find the route of a request.
 * @param routes ci_routes or ci_image_routes
 * @param path below the location; slashes at its ends do not count
 * @param allow set to the methods that the path has, for 405 and OPTIONS
 * @return NOT_FOUND, METHOD_NOT_ALLOWED
 */
ci_error_t *ci_route_find(const ci_route_t **route, const char **allow,
                          const ci_route_t *routes, const char *method,
                          const char *path, apr_pool_t *pool);

/**
 * Find out who calls, as ci_endpoint_serve() does: for whoever wants to know
 * before a large body is read. Afterwards no connection is held.
 * @return INVALID_TOKEN; INVALID_REQUEST if the token was given twice; else
 *         what the store returned
 */
ci_error_t *ci_endpoint_authenticate(ci_endpoint_t *ep,
                                     const ci_request_t *req);

/**
 * Serve a request: find out who calls, then call the handler.
 * @return what goes wrong; the response is then not to be used
 */
ci_error_t *ci_endpoint_serve(ci_endpoint_t *ep, const ci_request_t *req,
                              ci_response_t *res);

/* One handler a file */
ci_error_t *ci_ep_token(ci_endpoint_t *ep, const ci_request_t *req,
                        ci_response_t *res);
ci_error_t *ci_ep_token_release(ci_endpoint_t *ep, const ci_request_t *req,
                                ci_response_t *res);
ci_error_t *ci_ep_web_api_key_token(ci_endpoint_t *ep, const ci_request_t *req,
                                    ci_response_t *res);
ci_error_t *ci_ep_contact_create(ci_endpoint_t *ep, const ci_request_t *req,
                                 ci_response_t *res);
ci_error_t *ci_ep_contact_update(ci_endpoint_t *ep, const ci_request_t *req,
                                 ci_response_t *res);
ci_error_t *ci_ep_contact_list(ci_endpoint_t *ep, const ci_request_t *req,
                               ci_response_t *res);
ci_error_t *ci_ep_contact_show(ci_endpoint_t *ep, const ci_request_t *req,
                               ci_response_t *res);
ci_error_t *ci_ep_photo_view(ci_endpoint_t *ep, const ci_request_t *req,
                             ci_response_t *res);
ci_error_t *ci_ep_photo_add(ci_endpoint_t *ep, const ci_request_t *req,
                            ci_response_t *res);
ci_error_t *ci_ep_photo_remove(ci_endpoint_t *ep, const ci_request_t *req,
                               ci_response_t *res);
ci_error_t *ci_ep_photo_image(ci_endpoint_t *ep, const ci_request_t *req,
                              ci_response_t *res);
ci_error_t *ci_ep_health(ci_endpoint_t *ep, const ci_request_t *req,
                         ci_response_t *res);
ci_error_t *ci_ep_openapi(ci_endpoint_t *ep, const ci_request_t *req,
                          ci_response_t *res);

#endif
