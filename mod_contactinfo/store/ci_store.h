/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_store.h
 * Rows of any object that has a table: the wall between the model and SQL.
 *
 * A store belongs to one request and one thread. It takes a connection when the
 * first statement needs one and keeps it until ci_store_release(), which the
 * caller calls before it waits for a client. Every statement about an object
 * with a tenant column is bound to the scope's organisation, and every fetch of
 * an object with a hierarchy level to its clearance: a caller cannot forget
 * either.
 */
#ifndef CI_STORE_H
#define CI_STORE_H

#include <apr_pools.h>
#include <apr_time.h>

#include "base/ci_error.h"
#include "base/ci_outage.h"
#include "base/ci_record.h"

/** Whose rows there are. */
typedef struct {
    apr_int64_t organisation; /**< 0: none yet; no tenant's rows are reached */
    apr_int64_t generation;   /**< of the references that the caller holds; 0:
                                   inserts do not look at it */
    apr_int64_t clearance;    /**< highest hierarchy level that is seen */
    int has_clearance;        /**< 0: all levels are seen */
} ci_scope_t;

typedef enum {
    CI_OP_EQUAL,  /**< one value */
    CI_OP_IN,     /**< any of the values */
    CI_OP_BEFORE, /**< smaller than the value */
    CI_OP_AFTER   /**< greater than the value */
} ci_op_e;

/** A condition; several are joined by AND. */
typedef struct {
    ci_slot_t slot;
    ci_op_e op;
    int count; /**< values; 1 unless IN; IN of none matches nothing */
    const ci_value_t *values;
} ci_where_t;

#define CI_MAX_WHERE 8
#define CI_MAX_VIA   3

/** Rows of another table that point at the wanted ones. */
typedef struct {
    const ci_object_t *object;
    int link; /**< its row that holds the sequence of the wanted row */
    int nwhere;
    const ci_where_t *where; /**< conditions on it */
    ci_mask_t mask;          /**< what to read of it; only of the first */
    const char *index;       /**< the index that the conditions go by, for a
                                  query of nothing else; NULL: the server
                                  chooses */
} ci_via_t;

/** What to fetch. */
typedef struct {
    const ci_object_t *object;
    ci_mask_t mask; /**< fields; of nested objects all columns */
    int nwhere;
    const ci_where_t *where;
    int nvia;
    const ci_via_t *via;
    int limit; /**< rows at most, 0: all */
    int offset;
    unsigned ordered : 1;  /**< by sequence */
    unsigned revealed : 1; /**< the clearance does not filter */
    unsigned locked : 1;   /**< FOR UPDATE */
} ci_select_t;

/** What was fetched, in the pool of the call. */
typedef struct {
    int count;
    ci_record_t **records;
    ci_record_t **links; /**< rows of the first via; NULL if none is read */
} ci_rows_t;

typedef struct ci_store_t ci_store_t;

/**
 * What a store can do. All errors: SERVICE_UNAVAILABLE, CONFLICT (a unique or
 * foreign key), INTERNAL_ERROR; with retry TRANSIENT inside a transaction, or
 * STALE when an insert found another generation than the scope's.
 */
typedef struct {
    ci_error_t *(*fetch)(ci_rows_t *rows, ci_store_t *store,
                         const ci_select_t *query, apr_pool_t *pool);
    /** Store records of one object; the tenant is the scope's. A sequence that
        the database gives is set in a record that is stored alone. */
    ci_error_t *(*insert)(ci_store_t *store, ci_record_t *const *records,
                          int count, apr_pool_t *pool);
    /**
     * Store one record if a query finds a row, which gives it one field. It is
     * one statement: what the query goes by stays as it is until the record is
     * stored.
     * @param inserted 1, or 0 if the query found nothing
     * @param row field of the record that the query gives; it cannot be null
     * @param query finds at most one row, of which it reads one field
     */
    ci_error_t *(*insert_if)(int *inserted, ci_store_t *store,
                             const ci_record_t *record, int row,
                             const ci_select_t *query, apr_pool_t *pool);
    /** Change the fields of a mask in all rows that match; an object that
        inserts guard matches nothing at another generation. */
    ci_error_t *(*update)(apr_int64_t *matched, ci_store_t *store,
                          const ci_record_t *record, ci_mask_t mask,
                          const ci_where_t *where, int nwhere,
                          apr_pool_t *pool);
    ci_error_t *(*remove)(apr_int64_t *removed, ci_store_t *store,
                          const ci_object_t *object, const ci_where_t *where,
                          int nwhere, apr_pool_t *pool);
    ci_error_t *(*begin)(ci_store_t *store, apr_pool_t *pool);
    /** OUTCOME_UNKNOWN when the answer was lost. */
    ci_error_t *(*commit)(ci_store_t *store, apr_pool_t *pool);
    /** Never fails: a connection that cannot roll back is closed, which does.
     */
    void (*rollback)(ci_store_t *store);
    /** Give the connection back; rolls back what is open. */
    void (*release)(ci_store_t *store);
} ci_store_methods_t;

struct ci_store_t {
    const ci_store_methods_t *methods;
    ci_scope_t scope;
    apr_time_t deadline; /**< no statement begins after it */
    unsigned proofs;     /**< what the database did so far; CI_PROOF_* */
    int in_transaction;  /**< between begin and commit or rollback */
};

/** The work of one transaction; may be called several times. */
typedef ci_error_t *(*ci_transaction_fn)(void *baton, ci_store_t *store,
                                         apr_pool_t *pool);

/**
 * Begin, work, commit; all again from the start after a transient error, at
 * most 5 times and never past the deadline. On any error nothing is stored.
 * @param pool results live in it; each try gets a subpool's worth of it
 * @return what the work or the store returned last; a transient error that
 *         outlived all tries is SERVICE_UNAVAILABLE
 */
ci_error_t *ci_store_transaction(ci_store_t *store, ci_transaction_fn work,
                                 void *baton, apr_pool_t *pool);

/**
 * The same without a transaction, for work of one statement that may be done
 * twice: whether a lost answer was a success does not matter then.
 */
ci_error_t *ci_store_repeat(ci_store_t *store, ci_transaction_fn work,
                            void *baton, apr_pool_t *pool);

/**
 * Fetch; outside of a transaction again after a transient error, as often as
 * ci_store_transaction().
 */
ci_error_t *ci_store_fetch(ci_rows_t *rows, ci_store_t *store,
                           const ci_select_t *query, apr_pool_t *pool);

/**
 * Fetch at most one row, as ci_store_fetch().
 * @param record NULL if there is none
 */
ci_error_t *ci_store_fetch_one(ci_record_t **record, ci_store_t *store,
                               const ci_select_t *query, apr_pool_t *pool);

/** A condition: row of the object equals value. */
ci_where_t ci_where_equal(const ci_object_t *object, int row,
                          const ci_value_t *value);

#endif
