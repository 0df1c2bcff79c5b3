/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_dbconnect.h
 * Connections to the database that are waited for until a deadline, however
 * many bytes arrive until then. The timeouts of Connector/C begin again with
 * each byte.
 *
 * Times are microseconds, deadlines are on the wall clock.
 */
#ifndef CI_DBCONNECT_H
#define CI_DBCONNECT_H

#include "store/ci_dboption.h"

#include <apr_time.h>

#include <mysql.h>

/**
 * Connect, and make the session what the module relies on whatever the server's
 * defaults are: utf8mb4 with its binary collation, strict SQL mode, UTC,
 * autocommit, READ COMMITTED, lock waits of 3 s at most. UPDATE counts the rows
 * it found, not those it changed.
 * @param timeout for all of it, save for the look-up of the host's name
 * @param limit of each statement, kept by the server, also when the client has
 *        gone; longer ones count as a day; 0: none
 * @param failure filled in on failure
 * @return the connection, to be closed with mysql_close(); NULL on failure
 */
MYSQL *ci_dbconnect(const ci_dboption_t *options, apr_interval_time_t timeout,
                    apr_interval_time_t limit, ci_dbfailure_t *failure);

/**
 * Say until when the calling thread waits for the database, whatever it does
 * with connections that were made here: a call that would have to wait longer
 * fails with CR_SERVER_LOST. A thread that has said nothing waits as long as
 * connecting might have taken, for each piece of an answer.
 */
void ci_dbconnect_wait_until(apr_time_t deadline);

#endif
