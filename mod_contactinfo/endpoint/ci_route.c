/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes, and what comes before every handler. */
#include "endpoint/ci_endpoint.h"

#include <apr_strings.h>

#include <string.h>

#include "base/ci_counter.h"
#include "endpoint/ci_params.h"

const ci_route_t ci_routes[] = {
    {"POST", "authentication/token", ci_ep_token, CI_ROUTE_BODY,
     &ci_params_login, CI_DATA_TOKEN, "Log in with user name and password"},
    {"POST", "authentication/token/release", ci_ep_token_release,
     CI_ROUTE_USER | CI_ROUTE_BODY, NULL, CI_DATA_NOTHING,
     "Make a token unusable"},
    {"POST", "authentication/web_api_key/token", ci_ep_web_api_key_token,
     CI_ROUTE_BODY | CI_ROUTE_BARE | CI_ROUTE_BASIC, &ci_params_web_api_key,
     CI_DATA_TOKEN, "Log in with a Web API key"},
    {"GET", "contact_information/show", ci_ep_contact_show, CI_ROUTE_USER,
     &ci_params_contact, CI_DATA_CONTACT, "Show one contact"},
    {"POST", "contact_information/create", ci_ep_contact_create,
     CI_ROUTE_USER | CI_ROUTE_BODY | CI_ROUTE_CREATE, &ci_params_create,
     CI_DATA_CREATED, "Create a contact"},
    {"POST", "contact_information/update", ci_ep_contact_update,
     CI_ROUTE_USER | CI_ROUTE_BODY | CI_ROUTE_UPDATE, &ci_params_contact,
     CI_DATA_CONTACT, "Change a contact"},
    {"GET", "contact_information/list", ci_ep_contact_list, CI_ROUTE_USER,
     &ci_params_list, CI_DATA_CONTACTS,
     "List the contacts that some filters match"},
    {"GET", "contact_information/profile_photo/view", ci_ep_photo_view,
     CI_ROUTE_USER, &ci_params_contact, CI_DATA_PHOTO,
     "Tell where the photo of a contact is"},
    {"POST", "contact_information/profile_photo/add", ci_ep_photo_add,
     CI_ROUTE_USER | CI_ROUTE_FORM, &ci_params_upload, CI_DATA_PHOTO,
     "Give a contact a photo"},
    {"POST", "contact_information/profile_photo/remove", ci_ep_photo_remove,
     CI_ROUTE_USER | CI_ROUTE_BODY, &ci_params_choose, CI_DATA_NOTHING,
     "Take the photo of a contact away"},
    {"GET", "health", ci_ep_health, 0, NULL, CI_DATA_NOTHING,
     "Whether the service can work"},
    {"GET", "openapi.json", ci_ep_openapi, 0, NULL, CI_DATA_DOCUMENT,
     "This description"},
    {.method = NULL},
};

const ci_route_t ci_image_routes[] = {
    {"GET", "", ci_ep_photo_image, CI_ROUTE_USER, &ci_params_image,
     CI_DATA_BYTES, "The bytes of a photo"},
    {.method = NULL},
};

const char *const ci_form_fields[] = {"token", "contact_information_identifier",
                                      "fields_set", NULL};

/* 1 if a path is the route's, slashes at its ends aside. */
static int path_is(const char *path, const char *route)
{
    apr_size_t length = strlen(route);

    path += strspn(path, "/");
    return strncmp(path, route, length) == 0 &&
           path[length + strspn(path + length, "/")] == '\0';
}

ci_error_t *ci_route_find(const ci_route_t **route, const char **allow,
                          const ci_route_t *routes, const char *method,
                          const char *path, apr_pool_t *pool)
{
    const ci_route_t *r;

    *route = NULL;
    *allow = NULL;
    if (strcmp(method, "HEAD") == 0) {
        method = "GET";
    }
    for (r = routes; r->method; r++) {
        if (!path_is(path, r->path)) {
            continue;
        }
        *allow = strcmp(r->method, "GET") == 0 ? "GET, HEAD, OPTIONS"
                                               : "POST, OPTIONS";
        if (strcmp(method, r->method) == 0) {
            *route = r;
            return NULL;
        }
    }
    if (!*allow) {
        return ci_error_create(pool, CI_NOT_FOUND, NULL, "no such endpoint");
    }
    return ci_error_create(pool, CI_METHOD_NOT_ALLOWED, NULL, "expected %s",
                           *allow);
}

/* The token: the header wins over the body's member and the query. */
static const char *token_of(const ci_request_t *req)
{
    const char *token = req->form ? ci_form_get(req->form, "token") : NULL;

    if (req->bearer) {
        return req->bearer;
    }
    if (req->json) {
        return json_string_value(json_object_get(req->json, "token"));
    }
    return token ? token : ci_query_get(req->query, "token");
}

static int is_token_given_twice(const ci_request_t *req)
{
    return req->form && ci_form_get(req->form, "token") &&
           ci_query_get(req->query, "token");
}

/* Set the session of the caller. A token that cannot be one is not asked of the
   database. */
static ci_error_t *authenticate(ci_endpoint_t *ep, const ci_request_t *req)
{
    const char *token = token_of(req);
    apr_uint64_t generation = ci_token_cache_generation(ep->tokens);
    unsigned char bytes[CI_TOKEN_LENGTH / 2];
    ci_error_t *err;

    if (is_token_given_twice(req)) {
        return ci_error_create(ep->pool, CI_INVALID_REQUEST, "token",
                               "it was given twice");
    }
    if (!token || strlen(token) != CI_TOKEN_LENGTH ||
        !ci_hex_decode(bytes, token, CI_TOKEN_LENGTH)) {
        return ci_error_create(ep->pool, CI_INVALID_TOKEN, "token",
                               "expected a valid token");
    }
    ci_digest_make(&ep->token, token, CI_TOKEN_LENGTH);
    if (ci_token_cache_get(&ep->session, ep->tokens, &ep->token, ep->now)) {
        ci_counter_add(CI_COUNT_TOKEN_HITS);
        return NULL;
    }
    ci_counter_add(CI_COUNT_TOKEN_MISSES);
    err =
        ci_session_find(&ep->session, ep->store, &ep->token, ep->now, ep->pool);
    if (!err) {
        ci_token_cache_put(ep->tokens, &ep->token, &ep->session, generation,
                           ep->now);
    }
    return err;
}

ci_error_t *ci_endpoint_authenticate(ci_endpoint_t *ep, const ci_request_t *req)
{
    ci_error_t *err = authenticate(ep, req);

    ep->store->methods->release(ep->store);
    return err;
}

ci_error_t *ci_endpoint_serve(ci_endpoint_t *ep, const ci_request_t *req,
                              ci_response_t *res)
{
    ci_scope_t *scope = &ep->store->scope;
    ci_error_t *err = NULL;

    if (req->route->flags & CI_ROUTE_USER) {
        err = authenticate(ep, req);
        scope->organisation = ep->session.organisation;
        scope->has_clearance = ep->session.has_clearance != 0;
        scope->clearance = ep->session.clearance;
    }
    if (!err) {
        err = req->route->handler(ep, req, res);
    }
    ep->store->methods->release(ep->store);
    return err;
}
