/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_dberror.h
 * What an error number of the database means: one table for MariaDB and MySQL,
 * server and client library.
 */
#ifndef CI_DBERROR_H
#define CI_DBERROR_H

#include "base/ci_error.h"

/** What can be done about an error. */
typedef enum {
    CI_DB_TRANSIENT, /**< deadlock, lock wait: the transaction again */
    CI_DB_NODE_OUT,  /**< cluster node without quorum: another connection */
    CI_DB_READ_ONLY, /**< demoted primary or replica: another connection */
    CI_DB_GONE,      /**< the connection is lost */
    CI_DB_DOWN,      /**< no server answers */
    CI_DB_EXHAUSTED, /**< too many connections or statements */
    CI_DB_REPREPARE, /**< the statement is unknown to the server */
    CI_DB_SLOW,      /**< a time limit ended the statement */
    CI_DB_DUPLICATE, /**< unique key */
    CI_DB_PARENT,    /**< a row that is referred to is gone */
    CI_DB_CHILD,     /**< a row is still referred to */
    CI_DB_VALUE,     /**< a value that validation must have caught */
    CI_DB_TOO_LARGE, /**< larger than max_allowed_packet */
    CI_DB_FULL,      /**< disk or memory of the server */
    CI_DB_RIGHTS,    /**< account, grants, database name */
    CI_DB_SCHEMA,    /**< tables are not those of this version */
    CI_DB_UNKNOWN
} ci_dbclass_e;

/** The class of an error number of server or client library. */
ci_dbclass_e ci_dberror_class(unsigned number);

/** The kind of trouble that a class is for the log. */
ci_trouble_e ci_dberror_trouble(ci_dbclass_e class);

/** 1 if the connection is of no more use after it. */
int ci_dberror_loses_connection(ci_dbclass_e class);

/**
 * The error that a request gets.
 * @param what which statement, for the log
 * @param number error number of server or client library
 * @param text its message, for the log only
 */
ci_error_t *ci_dberror_make(apr_pool_t *pool, const char *what, unsigned number,
                            const char *text);

#endif
