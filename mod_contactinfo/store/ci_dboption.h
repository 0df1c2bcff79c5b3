/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_dboption.h
 * How to reach the database: the group [contactinfo] of a MySQL option file,
 * and a connection made from it.
 *
 * The file is read once, when httpd starts, with the rights httpd has then. It
 * holds the password; nothing here repeats it in a message. The files that the
 * ssl-* options name are read again at every connect, by a child: they must be
 * readable to the user that the children run as.
 *
 * @see MySQL Reference Manual, "Using Option Files": groups, comments that
 * begin with # or ;, quotes, escapes, "_" for "-" in names, the last of several
 * equal options counts. "!include" and "!includedir" are refused.
 */
#ifndef CI_DBOPTION_H
#define CI_DBOPTION_H

#include <apr_pools.h>

#include <stdbool.h>

/** MYSQL of <mysql.h>, which callers on other floors need not see. */
struct st_mysql;

/** The options; a text that the file does not set is NULL. */
typedef struct {
    const char *host;       /**< NULL: localhost */
    const char *socket;     /**< absolute path; only with host localhost */
    const char *user;       /**< never NULL */
    const char *password;   /**< NULL: none */
    const char *database;   /**< never NULL */
    const char *ssl_ca;     /**< absolute path, PEM */
    const char *ssl_capath; /**< absolute path, directory of hashed PEM files */
    const char *ssl_cert;   /**< absolute path, PEM */
    const char *ssl_key;    /**< absolute path, PEM */
    const char *ssl_cipher; /**< OpenSSL cipher list */
    int port;               /**< 1 to 65535; 0: the default port */
    bool ssl;               /**< no connection without TLS */
    bool ssl_verify;        /**< check the name in the certificate, too */
} ci_dboption_t;

/** What the server or the client library said about a failed connect. */
typedef struct {
    unsigned int code; /**< error number, or 0: there was no failure */
    char text[512];    /**< for the log only; never holds the password */
} ci_dbfailure_t;

/**
 * Read the group [contactinfo] of an option file.
 *
 * TLS is on if any ssl-* option is set and ssl is not 0. The server's name is
 * verified if ssl-ca or ssl-capath is set and ssl-verify-server-cert is not 0.
 * @param options set on success; it and its texts live in pool
 * @param path of the file, from the directive ContactInfoDBOptionFile
 * @param pool for the options and for the message
 * @return NULL, or one sentence fit for `httpd -t` that names file, line,
 *         option and what to write instead; never a value that could be secret
 */
const char *ci_dboption_read(ci_dboption_t **options, const char *path,
                             apr_pool_t *pool)
    __attribute__((warn_unused_result));

/**
 * Tell two databases apart: equal if, and only if, all options are equal.
 * @return 64 hexadecimal digits (SHA-256) in pool, or NULL if libcrypto fails;
 *         not for the log, since the password could be guessed from it
 */
const char *ci_dboption_identity(const ci_dboption_t *options,
                                 apr_pool_t *pool);

/**
 * Set what depends on the options, between mysql_init() and
 * mysql_real_connect(): transport, TLS and how the password may be proven. A
 * server that is neither behind a socket nor verified by TLS is never told it.
 * The texts are copied.
 *
 * Connector/C goes on in clear text if the server offers no TLS and names need
 * not be verified; who connects asks mysql_get_ssl_cipher() afterwards.
 */
void ci_dboption_apply(const ci_dboption_t *options, struct st_mysql *mysql);

#endif
