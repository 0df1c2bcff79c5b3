/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_error.h
 * What a client can cause, as a value: NULL means that all is well.
 *
 * An error names a row of one table (code, HTTP status, sentence for a
 * person), the JSON path of the offending parameter and what was expected
 * there. Several errors of one request hang together by @c next. What only the
 * operator may see stands in @c detail. Plumbing that no client can cause
 * returns apr_status_t instead; the two are never mixed.
 */
#ifndef CI_ERROR_H
#define CI_ERROR_H

#include <apr_errno.h>
#include <apr_pools.h>

/** The stable codes of the API, in the order of the table ci_codes. */
typedef enum {
    CI_OK,
    CI_INVALID_REQUEST,
    CI_MISSING_PARAMETER,
    CI_INVALID_PARAMETER,
    CI_INVALID_IDENTIFIER,
    CI_INVALID_CREDENTIALS,
    CI_INVALID_TOKEN,
    CI_NOT_FOUND,
    CI_METHOD_NOT_ALLOWED,
    CI_AMBIGUOUS_IDENTIFIER,
    CI_CONFLICT,
    CI_PRECONDITION_FAILED,
    CI_PAYLOAD_TOO_LARGE,
    CI_UNSUPPORTED_MEDIA_TYPE,
    CI_UNKNOWN_REFERENCE,
    CI_TOO_MANY_REQUESTS,
    CI_INTERNAL_ERROR,
    CI_SERVICE_UNAVAILABLE,
    CI_OUTCOME_UNKNOWN,
    CI_CODE_COUNT
} ci_code_e;

/** One row of the table of codes. */
typedef struct {
    const char *name;    /**< as it stands in status.code */
    int status;          /**< HTTP status, RFC 9110 section 15, RFC 6585 */
    const char *message; /**< one sentence fit to show to a person */
} ci_code_t;

/** The table, indexed by ci_code_e. */
extern const ci_code_t ci_codes[CI_CODE_COUNT];

/** How the store may go on after an error; CI_FINAL for all other errors. */
typedef enum {
    CI_FINAL,     /**< repeating the statement would give the same */
    CI_TRANSIENT, /**< the whole transaction may be repeated */
    CI_STALE      /**< repeat after reloading the reference data */
} ci_retry_e;

/** What is wrong on the server's side: kinds that the log tells apart. */
typedef enum {
    CI_TROUBLE_NONE,       /**< the client erred, or others were faster */
    CI_TROUBLE_INTERNAL,   /**< all that has no kind of its own */
    CI_TROUBLE_DOWN,       /**< the database does not answer */
    CI_TROUBLE_BUSY,       /**< pool or host has as much to do as it may */
    CI_TROUBLE_EXHAUSTED,  /**< too many connections or statements there */
    CI_TROUBLE_NODE_OUT,   /**< a cluster node without quorum */
    CI_TROUBLE_READ_ONLY,  /**< a demoted primary or a replica */
    CI_TROUBLE_CONTENTION, /**< lock conflicts that outlived all tries */
    CI_TROUBLE_SLOW,       /**< a time limit was passed */
    CI_TROUBLE_FULL,       /**< disk or memory of the database */
    CI_TROUBLE_RIGHTS,     /**< account, grants, database name */
    CI_TROUBLE_SCHEMA,     /**< tables are not those of this version */
    CI_TROUBLE_VALUE,      /**< a value that validation must have caught */
    CI_TROUBLE_TOO_LARGE,  /**< larger than max_allowed_packet */
    CI_TROUBLE_COUNT
} ci_trouble_e;

typedef struct ci_error_t ci_error_t;

/** One thing that is wrong; lives as long as the pool it was made in. */
struct ci_error_t {
    ci_code_e code;
    ci_retry_e retry;
    ci_trouble_e trouble; /**< NONE: at level info, else at level error */
    const char *field;    /**< JSON path, "address_set[1].type", or NULL */
    const char *expected; /**< for the integrator: what came, what should */
    const char *detail;   /**< for the log only, or NULL */
    apr_status_t rv;      /**< status of the plumbing, or APR_SUCCESS */
    int retry_after;      /**< seconds; 0: the answer has no Retry-After */
    ci_error_t *next;     /**< the next offending parameter, or NULL */
};

/**
 * Make an error about a request.
 * @param pool the error and its text live in it
 * @param code any but CI_OK
 * @param field JSON path of the parameter, copied; NULL if there is none
 * @param format what came and what was expected, as for printf; no secret and
 *        no value of a contact belongs here
 * @return never NULL
 */
ci_error_t *ci_error_create(apr_pool_t *pool, ci_code_e code, const char *field,
                            const char *format, ...)
    __attribute__((format(printf, 4, 5), returns_nonnull, warn_unused_result));

/**
 * Make an error of the server: the client learns the code, the log the detail.
 * @param pool the error and its text live in it
 * @param code CI_INTERNAL_ERROR, CI_SERVICE_UNAVAILABLE, CI_OUTCOME_UNKNOWN
 * @param rv status of the plumbing
 * @param format for the log, as for printf
 * @return never NULL; its trouble is INTERNAL; retry_after is set for the two
 *         503
 */
ci_error_t *ci_error_server(apr_pool_t *pool, ci_code_e code, apr_status_t rv,
                            const char *format, ...)
    __attribute__((format(printf, 4, 5), returns_nonnull, warn_unused_result));

/** A copy of the whole chain in another pool. */
ci_error_t *ci_error_copy(const ci_error_t *err, apr_pool_t *pool);

/**
 * Hang one chain of errors behind another; either may be NULL.
 * @return the chain that begins with first, or with second if first is NULL
 */
ci_error_t *ci_error_join(ci_error_t *first, ci_error_t *second);

#endif
