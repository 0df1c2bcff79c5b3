/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to the database, and its deadline. */
#include "store/ci_dbconnect.h"

#include <apr_strings.h>

#include <errmsg.h>
#include <errno.h>
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

/* Of what connects, bytes: name services and TLS need more than the default. */
#define STACK 262144

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

static void set_behaviour(MYSQL *mysql, unsigned int seconds, int limit)
{
    char session[sizeof SESSION + 30];
    const my_bool no = 0;
    const unsigned int off = 0;
    const size_t stack = STACK;

    mysql_options(mysql, MYSQL_OPT_NONBLOCK, &stack);
    mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &seconds);
    mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
    mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    apr_snprintf(session, sizeof session, SESSION, limit, limit / 1000,
                 limit % 1000);
    mysql_options(mysql, MYSQL_INIT_COMMAND, session);
}

/* Wait for what the library waits for; which of it came about. */
static int wait_for(MYSQL *mysql, int wanted, apr_time_t deadline)
{
    struct pollfd one = {.fd = mysql_get_socket(mysql)};
    int ready;

    one.events = (short)((wanted & MYSQL_WAIT_READ ? POLLIN : 0) |
                         (wanted & MYSQL_WAIT_WRITE ? POLLOUT : 0));
    do {
        ready = poll(&one, 1, left_until(deadline));
    } while (ready < 0 && errno == EINTR);
    return ready > 0 ? wanted & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE)
                     : MYSQL_WAIT_TIMEOUT;
}

static bool connect_until(MYSQL *mysql, const ci_dboption_t *options,
                          apr_time_t deadline)
{
    MYSQL *connected = NULL;
    int wanted = mysql_real_connect_start(
        &connected, mysql, options->host, options->user, options->password,
        options->database, (unsigned int)options->port, options->socket,
        CLIENT_FOUND_ROWS);

    while (wanted) {
        wanted = mysql_real_connect_cont(&connected, mysql,
                                         wait_for(mysql, wanted, deadline));
    }
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
    set_behaviour(mysql, (unsigned int)apr_time_sec(timeout) + 1,
                  (int)apr_time_as_msec(limit < LIMIT ? limit : LIMIT));
    ci_dboption_apply(options, mysql);
    if (!connect_until(mysql, options, apr_time_now() + timeout)) {
        note_failure(failure, mysql_errno(mysql), mysql_error(mysql));
    }
    else if (options->ssl && !mysql_get_ssl_cipher(mysql)) {
        note_failure(failure, CR_SSL_CONNECTION_ERROR, "the server has no TLS");
    }
    else {
        return mysql;
    }
    mysql_close(mysql);
    return NULL;
}

/* --------------------------------------------------------------- guard - */

/* Give the library what is left as its timeout, in milliseconds; 0 if nothing
   is. */
static int limit(MARIADB_PVIO *pvio, enum enum_pvio_timeout kind)
{
    const ci_dbguard_t *guard = (const ci_dbguard_t *)pvio->methods;
    int left = left_until(guard->deadline);

    pvio->timeout[kind] = left;
    if (!left) {
        errno = ETIMEDOUT;
    }
    return left;
}

static const PVIO_METHODS *below(const MARIADB_PVIO *pvio)
{
    return ((const ci_dbguard_t *)pvio->methods)->socket;
}

static ssize_t guarded_read(MARIADB_PVIO *pvio, uchar *buffer, size_t length)
{
    return limit(pvio, PVIO_READ_TIMEOUT)
               ? below(pvio)->read(pvio, buffer, length)
               : -1;
}

static ssize_t guarded_write(MARIADB_PVIO *pvio, const uchar *buffer,
                             size_t length)
{
    return limit(pvio, PVIO_WRITE_TIMEOUT)
               ? below(pvio)->write(pvio, buffer, length)
               : -1;
}

/* TLS waits with this, and with timeouts of its own. */
static int guarded_wait(MARIADB_PVIO *pvio, my_bool is_read, int timeout)
{
    int left = limit(pvio, is_read ? PVIO_READ_TIMEOUT : PVIO_WRITE_TIMEOUT);

    (void)timeout;
    return left ? below(pvio)->wait_io_or_timeout(pvio, is_read, left) : 0;
}

void ci_dbguard_set(ci_dbguard_t *guard, MYSQL *mysql, apr_time_t deadline)
{
    MARIADB_PVIO *pvio = mysql->net.pvio;

    guard->deadline = deadline;
    if (pvio) {
        guard->socket = pvio->methods;
        guard->methods = *pvio->methods;
        guard->methods.read = guarded_read;
        guard->methods.write = guarded_write;
        guard->methods.wait_io_or_timeout = guarded_wait;
        pvio->methods = &guard->methods;
    }
}
