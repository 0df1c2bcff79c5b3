/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords: asked for twice on a terminal, or one line of standard input;
   never from the command line, which others can see. */
#include "ctl/ci_ctl.h"

#include <apr_general.h>
#include <apr_lib.h>
#include <apr_md5.h>
#include <string.h>
#include <unistd.h>

#include "base/ci_text.h"

/* bcrypt looks at no more bytes of a password. */
#define MAX_PASSWORD 72

/* Room for one byte more than that and the NUL. */
#define PASSWORD_ROOM (MAX_PASSWORD + 2)

#define BCRYPT_COST 10
#define BCRYPT_SALT 16
#define BCRYPT_ROOM 64

void ci_ctl_password_options(ci_ctl_t *ctl)
{
    ci_ctl_option(ctl, "password-stdin", NULL,
                  "the password is the first line of standard input, also if"
                  " that is a terminal");
    ci_ctl_option(ctl, "no-password", NULL,
                  "no login by password, only by Web API key");
}

/* One line without its end; one that does not fit is cut behind
   MAX_PASSWORD. */
static ci_error_t *read_line(char *password, apr_pool_t *pool)
{
    apr_size_t length = 0;
    int c;

    while ((c = getchar()) != EOF && c != '\n') {
        if (c == '\0') {
            return ci_ctl_usage(pool, "the password has a NUL in it");
        }
        if (length < PASSWORD_ROOM - 1) {
            password[length++] = (char)c;
        }
    }
    if (length && password[length - 1] == '\r') {
        length--;
    }
    password[length] = '\0';
    return NULL;
}

/* APR_ENAMETOOLONG is left to check(): the text is cut behind the room. */
static apr_status_t ask(char *password, const char *prompt)
{
    apr_size_t size = PASSWORD_ROOM;
    apr_status_t rv = apr_password_get(prompt, password, &size);

    return rv == APR_ENAMETOOLONG ? APR_SUCCESS : rv;
}

static ci_error_t *prompt(char *password, apr_pool_t *pool)
{
    char again[PASSWORD_ROOM];
    apr_status_t rv = ask(password, "New password: ");
    int same;

    if (rv == APR_SUCCESS) {
        rv = ask(again, "The same again: ");
    }
    if (rv != APR_SUCCESS) {
        return ci_ctl_usage(pool, "no password was given");
    }
    same = strcmp(password, again) == 0;
    explicit_bzero(again, sizeof again);
    return same ? NULL : ci_ctl_usage(pool, "the two passwords differ");
}

static ci_error_t *check(const char *password, apr_pool_t *pool)
{
    apr_size_t length = strlen(password);

    if (length > MAX_PASSWORD) {
        return ci_ctl_usage(pool,
                            "the password is longer than %d bytes, more than"
                            " bcrypt looks at",
                            MAX_PASSWORD);
    }
    if (ci_text_blank(password, length)) {
        return ci_ctl_usage(pool, "the password is empty");
    }
    if (!ci_utf8_valid(password, length, NULL)) {
        return ci_ctl_usage(pool, "the password is not UTF-8");
    }
    return NULL;
}

static ci_error_t *make_hash(ci_value_t *hash, const char *password,
                             apr_pool_t *pool)
{
    unsigned char salt[BCRYPT_SALT];
    char *text = apr_pcalloc(pool, BCRYPT_ROOM);
    apr_status_t rv = apr_generate_random_bytes(salt, sizeof salt);

    if (rv == APR_SUCCESS) {
        rv = apr_bcrypt_encode(password, BCRYPT_COST, salt, sizeof salt, text,
                               BCRYPT_ROOM);
    }
    if (rv != APR_SUCCESS) {
        return ci_error_server(pool, CI_INTERNAL_ERROR, rv,
                               "no hash of the password");
    }
    *hash = ci_value_text(text);
    return NULL;
}

ci_error_t *ci_ctl_password_read(ci_value_t *hash, ci_ctl_t *ctl)
{
    char password[PASSWORD_ROOM] = "";
    ci_error_t *err;

    if (ci_ctl_given(ctl, "no-password")) {
        *hash = ci_value_null();
        return NULL;
    }
    err = ci_ctl_given(ctl, "password-stdin") || !isatty(STDIN_FILENO)
              ? read_line(password, ctl->pool)
              : prompt(password, ctl->pool);
    if (!err) {
        err = check(password, ctl->pool);
    }
    if (!err) {
        err = make_hash(hash, password, ctl->pool);
    }
    explicit_bzero(password, sizeof password);
    return err;
}
