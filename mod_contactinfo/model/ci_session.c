/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, accounts and keys in the store. */
#include "model/ci_session.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/sha.h>

#include "model/ci_objects.h"

void ci_digest_make(ci_digest_t *digest, const char *data, apr_size_t length)
{
    SHA256((const unsigned char *)data, length, digest->bytes);
}

static ci_value_t digest_value(const ci_digest_t *digest)
{
    return ci_value_bytes((const char *)digest->bytes, sizeof digest->bytes);
}

static void copy_id(char out[CI_ID_SIZE], const ci_value_t *value)
{
    apr_size_t length =
        value->length < CI_ID_SIZE ? value->length : CI_ID_SIZE - 1;

    memcpy(out, value->as.text, length);
    out[length] = '\0';
}

static void fill_session(ci_session_t *session, const ci_record_t *row)
{
    const ci_value_t *values = row->values;

    memset(session, 0, sizeof *session);
    session->organisation = values[CI_SESSION_ORGANISATION].as.integer;
    session->generation = values[CI_SESSION_GENERATION].as.integer;
    session->has_clearance = ci_value_is_set(&values[CI_SESSION_CLEARANCE]);
    session->clearance = values[CI_SESSION_CLEARANCE].as.integer;
    session->expires =
        ci_datetime_time(&values[CI_SESSION_EXPIRES].as.datetime);
    copy_id(session->user, &values[CI_SESSION_USER]);
    copy_id(session->unit, &values[CI_SESSION_UNIT]);
    copy_id(session->group, &values[CI_SESSION_GROUP]);
}

ci_error_t *ci_session_find(ci_session_t *session, ci_store_t *store,
                            const ci_digest_t *digest, apr_time_t now,
                            apr_pool_t *pool)
{
    ci_value_t wanted = digest_value(digest);
    ci_where_t where =
        ci_where_equal(&ci_login_session, CI_SESSION_DIGEST, &wanted);
    ci_select_t query = {
        .object = &ci_login_session,
        .mask = ~CI_MASK(CI_SESSION_DIGEST),
        .nwhere = 1,
        .where = &where,
    };
    ci_record_t *row;
    ci_error_t *err = ci_store_fetch_one(&row, store, &query, pool);

    if (!err && row) {
        fill_session(session, row);
        if (session->expires > now) {
            return NULL;
        }
    }
    return err ? err
               : ci_error_create(pool, CI_INVALID_TOKEN, "token",
                                 "expected a valid token");
}

ci_error_t *ci_session_end(ci_store_t *store, const ci_digest_t *digest,
                           apr_pool_t *pool)
{
    ci_value_t wanted = digest_value(digest);
    ci_where_t where =
        ci_where_equal(&ci_login_session, CI_SESSION_DIGEST, &wanted);
    apr_int64_t removed;

    return store->methods->remove(&removed, store, &ci_login_session, &where, 1,
                                  pool);
}

/* ------------------------------------------------------------- accounts */

/* The id of an organisation that is not disabled; 0 if there is none. */
static ci_error_t *find_organisation(apr_int64_t *id, ci_store_t *store,
                                     const char *name, apr_pool_t *pool)
{
    ci_value_t wanted = ci_value_text(name);
    ci_where_t where =
        ci_where_equal(&ci_organisation, CI_ORGANISATION_NAME, &wanted);
    ci_select_t query = {
        .object = &ci_organisation,
        .mask = CI_MASK(CI_ORGANISATION_ID) | CI_MASK(CI_ORGANISATION_DISABLED),
        .nwhere = 1,
        .where = &where,
    };
    ci_record_t *row;
    ci_error_t *err = ci_store_fetch_one(&row, store, &query, pool);

    *id = row && !row->values[CI_ORGANISATION_DISABLED].as.integer
              ? row->values[CI_ORGANISATION_ID].as.integer
              : 0;
    return err;
}

ci_error_t *ci_account_find(ci_account_t **account, ci_store_t *store,
                            const char *organisation, const char *username,
                            apr_pool_t *pool)
{
    ci_value_t wanted = ci_value_text(username);
    ci_where_t where = ci_where_equal(&ci_user, CI_USER_USERNAME, &wanted);
    ci_select_t query = {
        .object = &ci_user,
        .mask = CI_MASK(CI_USER_ID) | CI_MASK(CI_USER_PASSWORD_HASH) |
                CI_MASK(CI_USER_DEFAULT_UNIT) | CI_MASK(CI_USER_DISABLED),
        .nwhere = 1,
        .where = &where,
    };
    apr_int64_t id;
    ci_record_t *row;
    ci_error_t *err = find_organisation(&id, store, organisation, pool);

    *account = NULL;
    if (err) {
        return err;
    }
    store->scope.organisation = id;
    err = ci_store_fetch_one(&row, store, &query, pool);
    if (err || !row || row->values[CI_USER_DISABLED].as.integer) {
        return err;
    }
    *account = apr_pcalloc(pool, sizeof **account);
    (*account)->organisation = id;
    (*account)->user = ci_value_string(&row->values[CI_USER_ID], pool);
    (*account)->default_unit =
        ci_value_string(&row->values[CI_USER_DEFAULT_UNIT], pool);
    (*account)->password_hash =
        ci_value_string(&row->values[CI_USER_PASSWORD_HASH], pool);
    return NULL;
}

ci_error_t *ci_account_find_key(ci_account_t **account, ci_store_t *store,
                                const ci_digest_t *key, apr_pool_t *pool)
{
    ci_value_t wanted = digest_value(key);
    ci_where_t where = ci_where_equal(&ci_api_key, CI_API_KEY_DIGEST, &wanted);
    ci_select_t query = {
        .object = &ci_api_key,
        .mask = CI_MASK(CI_API_KEY_ORGANISATION) | CI_MASK(CI_API_KEY_USER) |
                CI_MASK(CI_API_KEY_DEFAULT_UNIT),
        .nwhere = 1,
        .where = &where,
    };
    ci_record_t *row;
    ci_error_t *err = ci_store_fetch_one(&row, store, &query, pool);

    *account = NULL;
    if (err || !row) {
        return err;
    }
    *account = apr_pcalloc(pool, sizeof **account);
    (*account)->key = apr_pmemdup(pool, key, sizeof *key);
    (*account)->organisation = row->values[CI_API_KEY_ORGANISATION].as.integer;
    (*account)->user = ci_value_string(&row->values[CI_API_KEY_USER], pool);
    (*account)->default_unit =
        ci_value_string(&row->values[CI_API_KEY_DEFAULT_UNIT], pool);
    return NULL;
}

/* ------------------------------------------------- sessions of accounts */

/* What must hold when a session begins, with the memory that it points to. */
typedef struct {
    ci_value_t organisation, disabled, user, unit, proof;
    ci_where_t of_organisation[2], of_user[3], of_unit[2], of_key[2];
    ci_via_t via[CI_MAX_VIA];
    ci_select_t query; /* finds the organisation */
} claim_t;

static void set_claim_values(claim_t *claim, const ci_account_t *account,
                             const char *unit)
{
    claim->organisation = ci_value_integer(account->organisation);
    claim->disabled = ci_value_integer(0);
    claim->user = ci_value_text(account->user);
    claim->unit = ci_value_text(unit);
    claim->proof = ci_value_null();
    if (account->key) {
        claim->proof = digest_value(account->key);
    }
    else if (account->password_hash) {
        claim->proof = ci_value_text(account->password_hash);
    }
}

static void set_claim_conditions(claim_t *claim)
{
    claim->of_organisation[0] = ci_where_equal(
        &ci_organisation, CI_ORGANISATION_ID, &claim->organisation);
    claim->of_organisation[1] = ci_where_equal(
        &ci_organisation, CI_ORGANISATION_DISABLED, &claim->disabled);
    claim->of_user[0] = ci_where_equal(&ci_user, CI_USER_ID, &claim->user);
    claim->of_user[1] =
        ci_where_equal(&ci_user, CI_USER_DISABLED, &claim->disabled);
    claim->of_user[2] =
        ci_where_equal(&ci_user, CI_USER_PASSWORD_HASH, &claim->proof);
    claim->of_unit[0] =
        ci_where_equal(&ci_user_unit, CI_USER_UNIT_USER, &claim->user);
    claim->of_unit[1] =
        ci_where_equal(&ci_user_unit, CI_USER_UNIT_UNIT, &claim->unit);
    claim->of_key[0] =
        ci_where_equal(&ci_api_key, CI_API_KEY_USER, &claim->user);
    claim->of_key[1] =
        ci_where_equal(&ci_api_key, CI_API_KEY_DIGEST, &claim->proof);
}

static void make_claim(claim_t *claim, const ci_account_t *account,
                       const char *unit)
{
    int by_key = account->key != NULL;

    set_claim_values(claim, account, unit);
    set_claim_conditions(claim);
    claim->via[0] = (ci_via_t){
        &ci_user, CI_USER_ORGANISATION, by_key ? 2 : 3, claim->of_user, 0,
        NULL};
    claim->via[1] = (ci_via_t){
        &ci_user_unit, CI_USER_UNIT_ORGANISATION, 2, claim->of_unit, 0, NULL};
    claim->via[2] = (ci_via_t){
        &ci_api_key, CI_API_KEY_ORGANISATION, 2, claim->of_key, 0, NULL};
    claim->query = (ci_select_t){
        .object = &ci_organisation,
        .mask = CI_MASK(CI_ORGANISATION_ID),
        .nwhere = 2,
        .where = claim->of_organisation,
        .nvia = by_key ? 3 : 2,
        .via = claim->via,
    };
}

static ci_error_t *make_token(const char **token, ci_digest_t *digest,
                              apr_pool_t *pool)
{
    unsigned char random[CI_TOKEN_LENGTH / 2];
    char *text = apr_palloc(pool, CI_TOKEN_LENGTH + 1);
    apr_status_t rv = apr_generate_random_bytes(random, sizeof random);

    if (rv != APR_SUCCESS) {
        return ci_error_server(pool, CI_INTERNAL_ERROR, rv, "no randomness");
    }
    *token = ci_hex_encode(text, random, sizeof random);
    ci_digest_make(digest, *token, CI_TOKEN_LENGTH);
    return NULL;
}

/* A session that ends at some time, but for its organisation. */
static ci_record_t *make_session(const claim_t *claim,
                                 const ci_digest_t *digest, apr_time_t now,
                                 apr_time_t expires, apr_pool_t *pool)
{
    ci_record_t *row = ci_record_make(&ci_login_session, pool);
    ci_datetime_t datetime;

    row->values[CI_SESSION_DIGEST] = digest_value(digest);
    row->values[CI_SESSION_USER] = claim->user;
    row->values[CI_SESSION_UNIT] = claim->unit;
    ci_datetime_now(&datetime, now);
    row->values[CI_SESSION_CREATED] = ci_value_datetime(&datetime);
    ci_datetime_now(&datetime, expires);
    row->values[CI_SESSION_EXPIRES] = ci_value_datetime(&datetime);
    return row;
}

typedef struct {
    const claim_t *claim;
    const ci_record_t *session;
    int begun;
} beginning_t;

/* A duplicate of 128 random bits was stored by a try whose answer was lost. */
static ci_error_t *begin_session(void *baton, ci_store_t *store,
                                 apr_pool_t *pool)
{
    beginning_t *beginning = baton;
    ci_error_t *err = store->methods->insert_if(
        &beginning->begun, store, beginning->session, CI_SESSION_ORGANISATION,
        &beginning->claim->query, pool);

    if (err && err->code == CI_CONFLICT && err->retry == CI_FINAL) {
        beginning->begun = 1;
        err = NULL;
    }
    return err;
}

ci_error_t *ci_account_begin(const char **token, const ci_account_t *account,
                             const char *unit, ci_store_t *store,
                             apr_time_t now, apr_interval_time_t lifetime,
                             apr_pool_t *pool)
{
    ci_digest_t digest;
    ci_error_t *err = make_token(token, &digest, pool);
    beginning_t beginning = {0};
    claim_t claim;

    unit = unit ? unit : account->default_unit;
    if (!err && unit && strlen(unit) < CI_ID_SIZE) {
        make_claim(&claim, account, unit);
        store->scope.organisation = account->organisation;
        beginning.claim = &claim;
        beginning.session =
            make_session(&claim, &digest, now, now + lifetime, pool);
        err = ci_store_repeat(store, begin_session, &beginning, pool);
    }
    return err || beginning.begun
               ? err
               : ci_error_create(pool, CI_INVALID_CREDENTIALS, NULL,
                                 "expected valid credentials");
}
