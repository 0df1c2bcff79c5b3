/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to the database, and its deadline. */
#include "store/ci_dbconnect.h"

#include <apr_strings.h>

#include <errmsg.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>

/*
 * What the module relies on, whatever the server's defaults are. MySQL 8 and
 * MariaDB before 11.1 name the isolation level and the limit of a statement
 * differently; each executes the comment that is meant for it. MySQL limits
 * only SELECT, in milliseconds; MariaDB also a COMMIT that waits for its disk.
 */
#define SESSION                                                                \
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin, "                                  \
    "SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,"            \
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE', "               \
    "SESSION time_zone = '+00:00', "                                           \
    "SESSION autocommit = 1, "                                                 \
    "SESSION innodb_lock_wait_timeout = 3, "                                   \
    "SESSION /*!80000 transaction_isolation */ /*M! tx_isolation */ = "        \
    "'READ-COMMITTED', "                                                       \
    "SESSION /*!80000 max_execution_time = %d */ "                             \
    "/*M! max_statement_time = %d.%03d */"

/* The longest limit of a statement. */
#define LIMIT apr_time_from_sec(86400)

/* Milliseconds, rounded up; 0 if it has passed. */
static int left_until(apr_time_t deadline)
{
    apr_interval_time_t left = deadline - apr_time_now();

    if (left <= 0) {
        return 0;
    }
    return left > apr_time_from_msec((apr_time_t)INT_MAX)
               ? INT_MAX
               : (int)apr_time_as_msec(left + 999);
}

/* ------------------------------------------------------------- connect - */

static void note_failure(ci_dbfailure_t *failure, unsigned int code,
                         const char *text)
{
    failure->code = code;
    apr_cpystrn(failure->text, text, sizeof failure->text);
}

/* Until when this thread waits; 0 if it has not been said. */
static __thread apr_time_t waits_until;

void ci_dbconnect_wait_until(apr_time_t deadline)
{
    waits_until = deadline;
}

/*
 * How the library waits for the socket of a connection. Its own way knows only
 * the timeout, which begins anew with each wait. 1 if the socket is ready, 0 if
 * the time is over, -1 on error.
 */
static int wait_for(my_socket socket, my_bool is_read, int timeout)
{
    struct pollfd one = {.fd = socket, .events = is_read ? POLLIN : POLLOUT};
    int ready;

    do {
        ready = poll(&one, 1, waits_until ? left_until(waits_until) : timeout);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) {
        errno = ETIMEDOUT;
    }
    return ready;
}

static void set_behaviour(MYSQL *mysql, apr_interval_time_t timeout, int limit)
{
    char session[sizeof SESSION + 30];
    const my_bool no = 0;
    const unsigned int off = 0;
    const unsigned int seconds = (unsigned int)apr_time_sec(timeout) + 1;

    mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &seconds);
    mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
    mysql_optionsv(mysql, MARIADB_OPT_IO_WAIT, wait_for);
    mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    apr_snprintf(session, sizeof session, SESSION, limit, limit / 1000,
                 limit % 1000);
    mysql_options(mysql, MYSQL_INIT_COMMAND, session);
}

/* Not in the library's non-blocking way: where connect(2) fails at once that
   closes the socket twice, and with it one that another thread may just have
   got (Connector/C 3.3). */
static bool connect_until(MYSQL *mysql, const ci_dboption_t *options,
                          apr_time_t deadline)
{
    apr_time_t before = waits_until;
    MYSQL *connected;

    waits_until = deadline;
    connected = mysql_real_connect(mysql, options->host, options->user,
                                   options->password, options->database,
                                   (unsigned int)options->port, options->socket,
                                   CLIENT_FOUND_ROWS);
    waits_until = before;
    return connected != NULL;
}

MYSQL *ci_dbconnect(const ci_dboption_t *options, apr_interval_time_t timeout,
                    apr_interval_time_t limit, ci_dbfailure_t *failure)
{
    MYSQL *mysql = mysql_init(NULL);

    if (!mysql) {
        note_failure(failure, CR_OUT_OF_MEMORY, "out of memory");
        return NULL;
    }
    set_behaviour(mysql, timeout,
                  (int)apr_time_as_msec(limit < LIMIT ? limit : LIMIT));
    ci_dboption_apply(options, mysql);
    if (!connect_until(mysql, options, apr_time_now() + timeout)) {
        note_failure(failure, mysql_errno(mysql), mysql_error(mysql));
    }
    else if (options->ssl && !mysql_get_ssl_cipher(mysql)) {
        note_failure(failure, CR_SSL_CONNECTION_ERROR, "the server has no TLS");
    }
    else {
        /* TLS would wait within read(2) otherwise, which knows no deadline */
        (void)fcntl(mysql_get_socket(mysql), F_SETFL, O_NONBLOCK);
        return mysql;
    }
    mysql_close(mysql);
    return NULL;
}
