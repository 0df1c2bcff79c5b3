/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_session.h
 * Who is calling: a user in a unit, for as long as a token is valid.
 *
 * Tokens are 128 random bits, kept by the client only; the database holds their
 * SHA-256 digest, and looking up a digest tells nothing by its time.
 */
#ifndef CI_SESSION_H
#define CI_SESSION_H

#include "store/ci_store.h"

#define CI_DIGEST_SIZE 32

/** Hexadecimal digits of a token, of a Web API key and of most ids. */
#define CI_TOKEN_LENGTH 32

/** Bytes of an id with its NUL. */
#define CI_ID_SIZE 33

/** A caller; plain memory, so that a cache can copy it. */
typedef struct {
    apr_int64_t organisation;
    apr_int64_t generation; /**< of its references when it was looked up */
    apr_int64_t clearance;  /**< highest hierarchy level that is seen */
    apr_time_t expires;
    apr_int64_t has_clearance; /**< 0: all levels are seen */
    char user[CI_ID_SIZE];
    char unit[CI_ID_SIZE];
    char group[CI_ID_SIZE]; /**< group of the unit */
} ci_session_t;

typedef struct {
    unsigned char bytes[CI_DIGEST_SIZE];
} ci_digest_t;

/** SHA-256 (FIPS 180-4) of some bytes. */
void ci_digest_make(ci_digest_t *digest, const char *data, apr_size_t length);

/**
 * Look up a session by the digest of its token.
 * @param session set if there is one that has not expired at now
 * @return INVALID_TOKEN if there is none, else what the store returned
 */
ci_error_t *ci_session_find(ci_session_t *session, ci_store_t *store,
                            const ci_digest_t *digest, apr_time_t now,
                            apr_pool_t *pool);

/** End a session; there need not be one. */
ci_error_t *ci_session_end(ci_store_t *store, const ci_digest_t *digest,
                           apr_pool_t *pool);

/** What a login proved: a user, and the unit he asked for. */
typedef struct {
    apr_int64_t organisation;
    const char *user;
    const char *default_unit;  /**< or NULL */
    const char *password_hash; /**< or NULL: no login by password */
    const ci_digest_t *key;    /**< of a login by Web API key, else NULL */
} ci_account_t;

/**
 * Find the user of a login by password; disabled ones do not exist.
 * @param account NULL if there is none
 */
ci_error_t *ci_account_find(ci_account_t **account, ci_store_t *store,
                            const char *organisation, const char *username,
                            apr_pool_t *pool);

/**
 * Find the user that a Web API key acts as.
 * @param account NULL if there is none; it has no password_hash
 */
ci_error_t *ci_account_find_key(ci_account_t **account, ci_store_t *store,
                                const ci_digest_t *key, apr_pool_t *pool);

/**
 * Begin the session of an account in one of its units, if what let it in still
 * does: the key, or the hash that its password was compared with. Whoever takes
 * that away and then ends the user's sessions has ended this one, too.
 * @param token set to 32 upper-case hexadecimal digits
 * @param unit id that the client asked for; NULL: the default unit
 * @return INVALID_CREDENTIALS if the unit is not the user's, or the key, the
 *         hash, the user or the organisation is not what it was; INTERNAL_ERROR
 *         without randomness; else what the store returned
 */
ci_error_t *ci_account_begin(const char **token, const ci_account_t *account,
                             const char *unit, ci_store_t *store,
                             apr_time_t now, apr_interval_time_t lifetime,
                             apr_pool_t *pool);

#endif
