/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into httpd: makes chosen calls of the database's client library
   fail, with a chosen error number.

   The test says which through a file that the environment variable FAULT_FILE
   names; it is mapped when httpd starts, so children that may not open it share
   it. A call counts if it talks to the server or, on demand, if it does not.
   Calls that the library makes itself do not count. What a failure of that
   number does to the server's side is done for real: a lost connection is shut
   down, a deadlock rolls the transaction back. Linked with the client library,
   which makes RTLD_NEXT find it.

   With FAULT_LOCALE set, httpd runs in the locale of its environment, as it
   does when some other module asks for that. */
#include <mysql.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* The file; shim.py knows this layout. */
typedef struct {
    uint32_t k;      /* which call fails, from 1; 0: none */
    uint32_t number; /* its error number */
    uint32_t after;  /* 1: it is executed, and its answer is lost */
    uint32_t local;  /* 1: calls that do not talk to the server count */
    uint32_t repeat; /* 1: every k-th call fails */
    uint32_t calls;  /* counted since the test set k */
    uint32_t failed;
    char what[100]; /* the last call that failed */
} fault_t;

static fault_t *fault;

/* Above 0 within the library. */
static __thread int depth;

__attribute__((constructor)) static void map_file(void)
{
    const char *name = getenv("FAULT_FILE");
    int file = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    void *memory = MAP_FAILED;

    if (file >= 0) {
        memory = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED,
                      file, 0);
        close(file);
    }
    fault = memory == MAP_FAILED ? NULL : memory;
    if (getenv("FAULT_LOCALE")) {
        setlocale(LC_ALL, "");
    }
}

/* The error number with which this call fails, or 0. */
static unsigned due(const char *what, const char *text, size_t length,
                    int local)
{
    uint32_t k = fault ? __atomic_load_n(&fault->k, __ATOMIC_ACQUIRE) : 0;
    uint32_t call;

    if (depth || !k || (int)fault->local != local) {
        return 0;
    }
    call = __atomic_add_fetch(&fault->calls, 1, __ATOMIC_ACQ_REL);
    if (fault->repeat ? call % k != 0 : call != k) {
        return 0;
    }
    __atomic_add_fetch(&fault->failed, 1, __ATOMIC_ACQ_REL);
    snprintf(fault->what, sizeof fault->what, "%s %.*s", what,
             length < 80 ? (int)length : 80, text);
    return fault->number;
}

static int loses_connection(unsigned number)
{
    switch (number) {
    case 1053:
    case 1927:
    case 2002:
    case 2006:
    case 2013:
    case 2055:
    case 4031:
        return 1;
    default:
        return 0;
    }
}

static int ends_transaction(unsigned number)
{
    return number == 1213 || number == 3101;
}

/* What the library does when the server reports an error. */
static void set_error(MYSQL *mysql, MYSQL_STMT *stmt, unsigned number)
{
    if (mysql) {
        mysql->net.last_errno = number;
        strcpy(mysql->net.sqlstate, "HY000");
        strcpy(mysql->net.last_error, "made by a test");
    }
    if (stmt) {
        stmt->last_errno = number;
        strcpy(stmt->sqlstate, "HY000");
        strcpy(stmt->last_error, "made by a test");
    }
}

/* What the failure does to connection and transaction. */
static void strike(MYSQL *mysql, unsigned number)
{
    if (loses_connection(number)) {
        shutdown((int)mysql_get_socket(mysql), SHUT_RDWR);
    }
    else if (ends_transaction(number)) {
        mysql_real_query(mysql, "ROLLBACK", 8);
    }
}

#define FIND(real)                                                             \
    do {                                                                       \
        if (!(real)) {                                                         \
            *(void **)&(real) = dlsym(RTLD_NEXT, __func__);                    \
        }                                                                      \
    } while (0)

/* ------------------------------------------------- they talk to the server */

MYSQL *mysql_real_connect(MYSQL *mysql, const char *host, const char *user,
                          const char *password, const char *database,
                          unsigned port, const char *socket_name,
                          unsigned long flags)
{
    static __typeof__(mysql_real_connect) *real;
    unsigned number = due("connect", "", 0, 0);
    MYSQL *made = NULL;

    FIND(real);
    depth++;
    if (!number || fault->after) {
        made = real(mysql, host, user, password, database, port, socket_name,
                    flags);
    }
    if (number) {
        if (made) {
            strike(mysql, number);
        }
        set_error(mysql, NULL, number);
        made = NULL;
    }
    depth--;
    return made;
}

int mysql_real_query(MYSQL *mysql, const char *text, unsigned long length)
{
    static __typeof__(mysql_real_query) *real;
    unsigned number = due("query", text, length, 0);
    int failed = 0;

    FIND(real);
    depth++;
    if (!number || fault->after) {
        failed = real(mysql, text, length);
    }
    if (number && !failed) {
        strike(mysql, number);
        set_error(mysql, NULL, number);
        failed = 1;
    }
    depth--;
    return failed;
}

int mysql_query(MYSQL *mysql, const char *text)
{
    return mysql_real_query(mysql, text, (unsigned long)strlen(text));
}

my_bool mysql_rollback(MYSQL *mysql)
{
    return mysql_real_query(mysql, "ROLLBACK", 8) ? 1 : 0;
}

int mysql_stmt_prepare(MYSQL_STMT *stmt, const char *text, unsigned long length)
{
    static __typeof__(mysql_stmt_prepare) *real;
    unsigned number = due("prepare", text, length, 0);
    int failed = 0;

    FIND(real);
    depth++;
    if (!number || fault->after) {
        failed = real(stmt, text, length);
    }
    if (number && !failed) {
        strike(stmt->mysql, number);
        set_error(stmt->mysql, stmt, number);
        failed = 1;
    }
    depth--;
    return failed;
}

int mysql_stmt_execute(MYSQL_STMT *stmt)
{
    static __typeof__(mysql_stmt_execute) *real;
    unsigned number = due("execute", "", 0, 0);
    int failed = 0;

    FIND(real);
    depth++;
    if (!number || fault->after) {
        failed = real(stmt);
    }
    if (number && !failed) {
        if (fault->after && !loses_connection(number)) {
            mysql_stmt_free_result(stmt);
        }
        strike(stmt->mysql, number);
        set_error(stmt->mysql, stmt, number);
        failed = 1;
    }
    depth--;
    return failed;
}

/* An error packet in place of a row: it ends the rows. */
int mysql_stmt_fetch(MYSQL_STMT *stmt)
{
    static __typeof__(mysql_stmt_fetch) *real;
    unsigned number = due("fetch", "", 0, 0);
    int status = 1;

    FIND(real);
    depth++;
    if (!number) {
        status = real(stmt);
    }
    else {
        if (!loses_connection(number)) {
            mysql_stmt_free_result(stmt);
        }
        strike(stmt->mysql, number);
        set_error(stmt->mysql, stmt, number);
    }
    depth--;
    return status;
}

/* --------------------------------------------- they do not: out of memory */

MYSQL *mysql_init(MYSQL *mysql)
{
    static __typeof__(mysql_init) *real;

    FIND(real);
    return due("init", "", 0, 1) ? NULL : real(mysql);
}

MYSQL_STMT *mysql_stmt_init(MYSQL *mysql)
{
    static __typeof__(mysql_stmt_init) *real;
    unsigned number = due("stmt_init", "", 0, 1);

    FIND(real);
    if (number) {
        set_error(mysql, NULL, number);
        return NULL;
    }
    return real(mysql);
}

my_bool mysql_stmt_bind_param(MYSQL_STMT *stmt, MYSQL_BIND *binds)
{
    static __typeof__(mysql_stmt_bind_param) *real;
    unsigned number = due("bind_param", "", 0, 1);

    FIND(real);
    if (number) {
        set_error(NULL, stmt, number);
        return 1;
    }
    return real(stmt, binds);
}

my_bool mysql_stmt_bind_result(MYSQL_STMT *stmt, MYSQL_BIND *binds)
{
    static __typeof__(mysql_stmt_bind_result) *real;
    unsigned number = due("bind_result", "", 0, 1);

    FIND(real);
    if (number) {
        set_error(NULL, stmt, number);
        return 1;
    }
    return real(stmt, binds);
}

int mysql_stmt_fetch_column(MYSQL_STMT *stmt, MYSQL_BIND *bind, unsigned column,
                            unsigned long offset)
{
    static __typeof__(mysql_stmt_fetch_column) *real;
    unsigned number = due("fetch_column", "", 0, 1);

    FIND(real);
    if (number) {
        set_error(NULL, stmt, number);
        return 1;
    }
    return real(stmt, bind, column, offset);
}
