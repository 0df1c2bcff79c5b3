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

ci_error_t *ci_session_begin(const char **token, const ci_session_t *session,
                             ci_store_t *store, apr_time_t now,
                             apr_pool_t *pool)
{
    ci_record_t *row = ci_record_make(&ci_login_session, pool);
    unsigned char random[CI_TOKEN_LENGTH / 2];
    char *text = apr_palloc(pool, CI_TOKEN_LENGTH + 1);
    ci_datetime_t datetime;
    ci_digest_t digest;
    apr_status_t rv = apr_generate_random_bytes(random, sizeof random);

    if (rv != APR_SUCCESS) {
        return ci_error_server(pool, CI_INTERNAL_ERROR, rv, "no randomness");
    }
    *token = ci_hex_encode(text, random, sizeof random);
    ci_digest_make(&digest, *token, CI_TOKEN_LENGTH);
    row->values[CI_SESSION_DIGEST] = digest_value(&digest);
    row->values[CI_SESSION_ORGANISATION] =
        ci_value_integer(session->organisation);
    row->values[CI_SESSION_USER] = ci_value_text(session->user);
    row->values[CI_SESSION_UNIT] = ci_value_text(session->unit);
    ci_datetime_now(&datetime, now);
    row->values[CI_SESSION_CREATED] = ci_value_datetime(&datetime);
    ci_datetime_now(&datetime, session->expires);
    row->values[CI_SESSION_EXPIRES] = ci_value_datetime(&datetime);
    return store->methods->insert(store, &row, 1, pool);
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
    (*account)->organisation = row->values[CI_API_KEY_ORGANISATION].as.integer;
    (*account)->user = ci_value_string(&row->values[CI_API_KEY_USER], pool);
    (*account)->default_unit =
        ci_value_string(&row->values[CI_API_KEY_DEFAULT_UNIT], pool);
    return NULL;
}

/* 1 if the unit is one of the user's. */
static ci_error_t *has_unit(int *has, const ci_account_t *account,
                            const char *unit, ci_store_t *store,
                            apr_pool_t *pool)
{
    ci_value_t values[] = {ci_value_text(account->user), ci_value_text(unit)};
    ci_where_t where[] = {
        ci_where_equal(&ci_user_unit, CI_USER_UNIT_USER, &values[0]),
        ci_where_equal(&ci_user_unit, CI_USER_UNIT_UNIT, &values[1]),
    };
    ci_select_t query = {
        .object = &ci_user_unit,
        .mask = CI_MASK(CI_USER_UNIT_UNIT),
        .nwhere = CI_ALEN(where),
        .where = where,
    };
    ci_record_t *row;
    ci_error_t *err;

    store->scope.organisation = account->organisation;
    err = ci_store_fetch_one(&row, store, &query, pool);
    *has = row != NULL;
    return err;
}

ci_error_t *ci_account_begin(const char **token, const ci_account_t *account,
                             const char *unit, ci_store_t *store,
                             apr_time_t now, apr_interval_time_t lifetime,
                             apr_pool_t *pool)
{
    ci_session_t session = {0};
    ci_error_t *err = NULL;
    int has = 0;

    unit = unit ? unit : account->default_unit;
    if (unit && strlen(unit) < CI_ID_SIZE) {
        err = has_unit(&has, account, unit, store, pool);
    }
    if (err) {
        return err;
    }
    if (!has) {
        return ci_error_create(pool, CI_INVALID_CREDENTIALS, NULL,
                               "expected valid credentials");
    }
    session.organisation = account->organisation;
    session.expires = now + lifetime;
    apr_cpystrn(session.user, account->user, sizeof session.user);
    apr_cpystrn(session.unit, unit, sizeof session.unit);
    return ci_session_begin(token, &session, store, now, pool);
}
