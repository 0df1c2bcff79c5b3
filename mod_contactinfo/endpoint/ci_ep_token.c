/* SPDX-License-Identifier: Apache-2.0 */
/* The logins: by password, by Web API key, and the end of a token. */
#include "endpoint/ci_endpoint.h"

#include <apr_md5.h>
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "endpoint/ci_envelope.h"
#include "endpoint/ci_params.h"

/* bcrypt looks at no more bytes of a password. */
#define MAX_PASSWORD 72

/* bcrypt cost above which a stored hash is not computed: 12 is 0.3 s. */
#define MAX_COST 12

/* The same for yescrypt's cost, 'B' is 7 of Debian's 1 to 11, and for the
   rounds of SHA-512. */
#define MAX_YESCRYPT 'B'
#define MAX_ROUNDS   200000

/* What an unknown user is checked against, so that he costs what others do:
   bcrypt, cost 10, of a password that nobody knows. */
static const char no_hash[] =
    "$2y$10$yiZfghEMHXSE2HxKYRzWlu5qPdD1LcNUmh6OMUnEn3jLX5GuvC5tK";

static ci_error_t *refuse(apr_pool_t *pool)
{
    return ci_error_create(pool, CI_INVALID_CREDENTIALS, NULL,
                           "expected valid credentials");
}

static ci_error_t *send_token(const char *token, ci_response_t *res)
{
    ci_envelope_begin(res->sink);
    CI_SINK_LITERAL(res->sink, "{\"token\":\"");
    ci_sink_write(res->sink, token, strlen(token));
    CI_SINK_LITERAL(res->sink, "\"}");
    ci_envelope_end(res->sink);
    return NULL;
}

/* 1 for a hash that would take too long: of bcrypt; of yescrypt, whose cost is
   the second character of its parameters; of those that name their rounds. */
static int costs_too_much(const char *hash)
{
    const char *rounds = strstr(hash, "rounds=");

    if (strncmp(hash, "$2", 2) == 0 && strlen(hash) > 6) {
        return (hash[4] - '0') * 10 + (hash[5] - '0') > MAX_COST;
    }
    if (strncmp(hash, "$y$", 3) == 0 && strlen(hash) > 5) {
        return hash[4] > MAX_YESCRYPT;
    }
    return rounds && strtol(rounds + strlen("rounds="), NULL, 10) > MAX_ROUNDS;
}

/* Compare a password with a hash when there is a turn; no connection is held
   meanwhile. */
static ci_error_t *check_password(ci_endpoint_t *ep, const char *password,
                                  const char *hash)
{
    int known = hash && !costs_too_much(hash);
    apr_status_t rv = ep->gate->enter(ep->gate->baton, ep->store->deadline);

    if (rv != APR_SUCCESS) {
        return ci_error_server(ep->pool, CI_SERVICE_UNAVAILABLE, rv,
                               "no turn to hash a password");
    }
    rv = apr_password_validate(password, known ? hash : no_hash);
    ep->gate->leave(ep->gate->baton);
    return known && rv == APR_SUCCESS ? NULL : refuse(ep->pool);
}

/* ------------------------------------------------------------ throttle - */

/* Who tries: a user of an organisation, if one is named, and an address. */
typedef struct {
    ci_digest_t user;
    ci_digest_t address;
    int has_user;
} who_t;

static void who_is(who_t *who, const char *organisation, const char *username,
                   const ci_endpoint_t *ep)
{
    const char *user =
        apr_pstrcat(ep->pool, "user\n", organisation, "\n", username, NULL);
    const char *address = apr_pstrcat(ep->pool, "address\n", ep->address, NULL);

    who->has_user = organisation != NULL;
    ci_digest_make(&who->user, user, strlen(user));
    ci_digest_make(&who->address, address, strlen(address));
}

static ci_error_t *check_rate(const who_t *who, const ci_endpoint_t *ep)
{
    int seconds = ci_throttle_wait(ep->throttle, &who->address,
                                   ep->settings->login_rate_address, ep->now);
    ci_error_t *err;

    if (!seconds && who->has_user) {
        seconds = ci_throttle_wait(ep->throttle, &who->user,
                                   ep->settings->login_rate_user, ep->now);
    }
    if (!seconds) {
        return NULL;
    }
    err = ci_error_create(ep->pool, CI_TOO_MANY_REQUESTS, NULL,
                          "too many logins failed in this minute");
    err->retry_after = seconds;
    return err;
}

/* Count a login that was refused. */
static ci_error_t *count_failure(ci_error_t *err, const who_t *who,
                                 ci_endpoint_t *ep)
{
    if (err && err->code == CI_INVALID_CREDENTIALS) {
        ci_throttle_count(ep->throttle, &who->address, ep->now);
        if (who->has_user) {
            ci_throttle_count(ep->throttle, &who->user, ep->now);
        }
    }
    return err;
}

/* -------------------------------------------------------------- logins - */

ci_error_t *ci_ep_token(ci_endpoint_t *ep, const ci_request_t *req,
                        ci_response_t *res)
{
    const char *password, *token;
    ci_account_t *account;
    ci_record_t *params;
    ci_error_t *err = ci_params_read(&params, ep, req);
    who_t who;

    password = ci_params_text(params, CI_LOGIN_PASSWORD);
    if (!err && strlen(password) > MAX_PASSWORD) {
        err = ci_error_create(ep->pool, CI_INVALID_PARAMETER, "password",
                              "expected at most %d bytes", MAX_PASSWORD);
    }
    if (!err) {
        who_is(&who, ci_params_text(params, CI_LOGIN_ORGANISATION),
               ci_params_text(params, CI_LOGIN_USERNAME), ep);
        err = check_rate(&who, ep);
    }
    if (!err) {
        err = ci_account_find(
            &account, ep->store, ci_params_text(params, CI_LOGIN_ORGANISATION),
            ci_params_text(params, CI_LOGIN_USERNAME), ep->pool);
    }
    if (err) {
        return err;
    }
    ep->store->methods->release(ep->store);
    err = check_password(ep, password, account ? account->password_hash : NULL);
    if (!err) {
        err = ci_account_begin(&token, account,
                               ci_params_text(params, CI_LOGIN_UNIT), ep->store,
                               ep->now, ep->settings->token_lifetime, ep->pool);
    }
    return err ? count_failure(err, &who, ep) : send_token(token, res);
}

ci_error_t *ci_ep_web_api_key_token(ci_endpoint_t *ep, const ci_request_t *req,
                                    ci_response_t *res)
{
    ci_account_t *account = NULL;
    const char *token;
    ci_digest_t key;
    who_t who;
    ci_record_t *params;
    ci_error_t *err = ci_params_read(&params, ep, req);

    who_is(&who, NULL, NULL, ep);
    if (!err) {
        err = check_rate(&who, ep);
    }
    if (!err && req->basic) {
        ci_digest_make(&key, req->basic, strlen(req->basic));
        err = ci_account_find_key(&account, ep->store, &key, ep->pool);
    }
    if (!err && !account) {
        err = refuse(ep->pool);
    }
    if (!err) {
        err = ci_account_begin(
            &token, account, ci_params_text(params, CI_WEB_API_KEY_UNIT),
            ep->store, ep->now, ep->settings->token_lifetime, ep->pool);
    }
    return err ? count_failure(err, &who, ep) : send_token(token, res);
}

static ci_error_t *end_session(void *token, ci_store_t *store, apr_pool_t *pool)
{
    return ci_session_end(store, token, pool);
}

ci_error_t *ci_ep_token_release(ci_endpoint_t *ep, const ci_request_t *req,
                                ci_response_t *res)
{
    ci_error_t *err =
        ci_store_repeat(ep->store, end_session, &ep->token, ep->pool);

    (void)req;
    if (!err) {
        ci_token_cache_raise(ep->tokens);
        ci_envelope_empty(res->sink);
    }
    return err;
}
