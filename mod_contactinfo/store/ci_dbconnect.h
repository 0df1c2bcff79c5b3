/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_dbconnect.h
 * A connection to the database, made within a time and, once made, given a
 * deadline. The timeouts of Connector/C begin again with each byte that
 * arrives; what is here does not.
 *
 * Times are microseconds, deadlines are on the wall clock.
 */
#ifndef CI_DBCONNECT_H
#define CI_DBCONNECT_H

#include "store/ci_dboption.h"

#include <apr_time.h>

#include <mysql.h>
#include <ma_pvio.h>

/**
 * Connect, and make the session what the module relies on whatever the server's
 * defaults are: utf8mb4 with its binary collation, strict SQL mode, UTC,
 * autocommit, READ COMMITTED, lock waits of 3 s at most. UPDATE counts the rows
 * it found, not those it changed.
 * @param timeout for all of it, save for the look-up of the host's name; stays
 *        the limit of each wait for the server until a guard is set
 * @param limit of each statement, kept by the server, also when the client has
 *        gone; longer ones count as a day; 0: none
 * @param failure filled in on failure
 * @return the connection, to be closed with mysql_close(); NULL on failure
 */
MYSQL *ci_dbconnect(const ci_dboption_t *options, apr_interval_time_t timeout,
                    apr_interval_time_t limit, ci_dbfailure_t *failure);

/** Stands between the client library and the socket of one connection. */
typedef struct {
    PVIO_METHODS methods;       /**< what the library calls; first member */
    const PVIO_METHODS *socket; /**< what it called before */
    apr_time_t deadline;        /**< of all reads and writes; may be changed */
} ci_dbguard_t;

/**
 * Guard a new connection; its reads and writes fail with CR_SERVER_LOST once
 * the deadline has passed. Inside of TLS that holds between two records.
 * @param guard lives longer than the connection
 */
void ci_dbguard_set(ci_dbguard_t *guard, MYSQL *mysql, apr_time_t deadline);

#endif
