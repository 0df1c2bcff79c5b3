/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How to reach the database: the group [contactinfo] of a MySQL option file.
 *
 * One table says which options there are, of which kind, and where in the
 * structure they go; reading, checking and the identity are loops over it.
 */
#include "store/ci_dboption.h"

#include <apr_errno.h>
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <mysql.h>
#include <openssl/evp.h>

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* An option file is a few lines; more is surely another kind of file. */
#define MAX_BYTES 65536

#define GROUP "contactinfo"

/*
 * Plugins that prove the password without telling it: the others hand it, in
 * clear text or encrypted with whatever key the server sends, to anyone who
 * answers in the server's place.
 */
#define PROOFS "mysql_native_password,client_ed25519,parsec"

typedef enum {
    TEXT,   /* any text but the empty one */
    SECRET, /* any text, also the empty one */
    PATH,   /* an absolute path of something that exists */
    PORT,   /* 1 to 65535 */
    SWITCH  /* on, off, or without a value */
} kind_e;

typedef struct {
    const char *name;
    kind_e kind;
    apr_size_t offset;
} option_t;

#define AT(member) offsetof(ci_dboption_t, member)

static const option_t known[] = {
    {"host", TEXT, AT(host)},
    {"port", PORT, AT(port)},
    {"socket", PATH, AT(socket)},
    {"user", TEXT, AT(user)},
    {"password", SECRET, AT(password)},
    {"database", TEXT, AT(database)},
    {"ssl", SWITCH, AT(ssl)},
    {"ssl-ca", PATH, AT(ssl_ca)},
    {"ssl-capath", PATH, AT(ssl_capath)},
    {"ssl-cert", PATH, AT(ssl_cert)},
    {"ssl-key", PATH, AT(ssl_key)},
    {"ssl-cipher", TEXT, AT(ssl_cipher)},
    {"ssl-verify-server-cert", SWITCH, AT(ssl_verify)},
};

#define KNOWN (sizeof known / sizeof known[0])

/* What is being read; seen holds the line that last set an option, or 0. */
typedef struct {
    ci_dboption_t *options;
    const char *path;
    apr_pool_t *pool;
    int line;
    int seen[KNOWN];
    bool in_group;   /* this line belongs to our group */
    bool any_group;  /* some group has begun */
    bool have_group; /* our group was there */
} reader_t;

static const char *at_line(const reader_t *reader, const char *what)
{
    return apr_psprintf(reader->pool, "%s line %d: %s", reader->path,
                        reader->line, what);
}

static char *trim(char *text)
{
    char *end;

    while (apr_isspace(*text)) {
        text++;
    }
    end = text + strlen(text);
    while (end > text && apr_isspace(end[-1])) {
        *--end = '\0';
    }
    return text;
}

/* Cut the line at a # outside of quotes. */
static void cut_comment(char *line)
{
    char quote = '\0';
    bool escaped = false;

    for (; *line; line++) {
        if ((*line == '"' || *line == '\'') && !escaped) {
            quote = !quote ? *line : quote == *line ? '\0' : quote;
        }
        if (*line == '#' && !quote) {
            *line = '\0';
            return;
        }
        escaped = quote && *line == '\\' && !escaped;
    }
}

/* The byte that an escape stands for, or NUL if it is not an escape. */
static char unescape(char c)
{
    static const char names[] = "ntrbs\"'\\";
    static const char bytes[] = "\n\t\r\b \"'\\";
    const char *found = c ? strchr(names, c) : NULL;

    return found ? bytes[found - names] : '\0';
}

/* Take off one pair of quotes and resolve escapes, in place. */
static char *unquote(char *value)
{
    apr_size_t len = strlen(value);
    char *from;
    char *to;

    if (len > 1 && (*value == '"' || *value == '\'') &&
        value[len - 1] == *value) {
        value[len - 1] = '\0';
        value++;
    }
    for (from = to = value; *from; from++, to++) {
        *to = *from;
        if (*from == '\\' && unescape(from[1])) {
            *to = unescape(*++from);
        }
    }
    *to = '\0';
    return value;
}

/* Names are compared as MySQL does: "_" is as good as "-". */
static bool same_name(const char *name, const char *as_written)
{
    for (; *name && *as_written; name++, as_written++) {
        if (*name != (*as_written == '_' ? '-' : *as_written)) {
            return false;
        }
    }
    return *name == *as_written;
}

static const option_t *find_option(const char *name)
{
    apr_size_t i;

    for (i = 0; i < KNOWN; i++) {
        if (same_name(known[i].name, name)) {
            return &known[i];
        }
    }
    return NULL;
}

static const char *unknown_option(const reader_t *reader, const char *name)
{
    const char *names = known[0].name;
    apr_size_t i;

    for (i = 1; i < KNOWN; i++) {
        names = apr_pstrcat(reader->pool, names, ", ", known[i].name, NULL);
    }
    return at_line(reader, apr_psprintf(reader->pool,
                                        "%s is not an option of [" GROUP
                                        "]; write one of %s",
                                        name, names));
}

static bool parse_port(int *port, const char *value)
{
    char *end;
    apr_int64_t number = apr_strtoi64(value, &end, 10);

    *port = (int)number;
    return apr_isdigit(*value) && !*end && number >= 1 && number <= 65535;
}

/* MySQL takes these words, in any case. */
static bool parse_switch(bool *on, const char *value)
{
    static const char *const words[] = {"0", "1", "off", "on", "false", "true"};
    apr_size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(value, words[i]) == 0) {
            *on = i % 2;
            return true;
        }
    }
    return false;
}

static bool path_exists(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;

    return *path == '/' &&
           apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS;
}

/* What to write instead of a value of this kind, or NULL if it is fine. */
static const char *store_value(const reader_t *reader, const option_t *option,
                               const char *value)
{
    void *member = (char *)reader->options + option->offset;

    switch (option->kind) {
    case PORT:
        return parse_port(member, value) ? NULL : "a number from 1 to 65535";
    case SWITCH:
        return parse_switch(member, value) ? NULL : "1 or 0";
    case PATH:
        if (option->offset != AT(socket) && !path_exists(value, reader->pool)) {
            return "the absolute path of an existing file";
        }
        if (*value != '/') {
            return "an absolute path";
        }
        break;
    case TEXT:
        if (!*value) {
            return "a value";
        }
        break;
    case SECRET:
        break;
    }
    *(const char **)member = apr_pstrdup(reader->pool, value);
    return NULL;
}

static const char *read_option(reader_t *reader, char *line)
{
    char *equals = strchr(line, '=');
    const char *value = NULL;
    const option_t *option;
    const char *mend;
    const char *name;

    if (equals) {
        *equals = '\0';
        value = unquote(trim(equals + 1));
    }
    name = trim(line);
    option = find_option(name);
    if (!option && (!value || name[strcspn(name, " \t\"':")])) {
        return at_line(reader, "this is no option; write name=value");
    }
    if (!option) {
        return unknown_option(reader, name);
    }
    if (!value && option->kind == SWITCH) {
        value = "1";
    }
    mend = value ? store_value(reader, option, value) : "a value";
    if (mend) {
        return at_line(reader, apr_psprintf(reader->pool,
                                            "%s is unusable; write %s=<%s>",
                                            option->name, option->name, mend));
    }
    reader->seen[option - known] = reader->line;
    return NULL;
}

static const char *read_group(reader_t *reader, char *line)
{
    char *end = strchr(line, ']');

    if (!end) {
        return at_line(reader, "the group has no end; write [" GROUP "]");
    }
    *end = '\0';
    reader->any_group = true;
    reader->in_group = strcmp(trim(line + 1), GROUP) == 0;
    reader->have_group |= reader->in_group;
    return NULL;
}

static const char *read_line(reader_t *reader, char *line)
{
    line = trim(line);
    if (!*line || *line == '#' || *line == ';') {
        return NULL;
    }
    if (*line == '!') {
        return at_line(reader, "other files are not included; write the "
                               "options of [" GROUP "] into this file");
    }
    if (*line == '[') {
        return read_group(reader, line);
    }
    if (!reader->any_group) {
        return at_line(reader, "an option stands before the first group; "
                               "write [" GROUP "] above it");
    }
    if (!reader->in_group) {
        return NULL;
    }
    cut_comment(line);
    return read_option(reader, line);
}

static bool was_seen(const reader_t *reader, const char *name)
{
    return reader->seen[find_option(name) - known] != 0;
}

static void set_defaults(const reader_t *reader)
{
    ci_dboption_t *options = reader->options;
    bool authority = options->ssl_ca || options->ssl_capath;

    if (!was_seen(reader, "ssl-verify-server-cert")) {
        options->ssl_verify = authority;
    }
    if (!was_seen(reader, "ssl")) {
        options->ssl = authority || options->ssl_cert || options->ssl_key ||
                       options->ssl_cipher || options->ssl_verify;
    }
}

/* Rules over several options; the sentence without the file, or NULL. */
static const char *check(const reader_t *reader)
{
    const ci_dboption_t *options = reader->options;

    if (!reader->have_group) {
        return "there is no group [" GROUP "]; write one with user, password "
               "and database";
    }
    if (!options->user) {
        return "user is missing; write user=<name> into [" GROUP "]";
    }
    if (!options->database) {
        return "database is missing; write database=<name> into [" GROUP "]";
    }
    if (options->socket && options->host &&
        strcmp(options->host, "localhost") != 0) {
        return "socket has no effect with another host than localhost; write "
               "only one of host and socket";
    }
    if (!options->ssl_cert != !options->ssl_key) {
        return "ssl-cert and ssl-key belong together; write both or neither";
    }
    /* Connector/C checks the name only if it was given an authority. */
    if (options->ssl_verify && !options->ssl_ca && !options->ssl_capath) {
        return "ssl-verify-server-cert needs an authority; write ssl-ca=<the "
               "absolute path of an existing file>, too";
    }
    return NULL;
}

/* The text of the file in scratch, or NULL and in *message what is wrong. */
static char *slurp(const char **message, const reader_t *reader,
                   apr_pool_t *scratch)
{
    char *text = apr_palloc(scratch, MAX_BYTES + 1);
    char reason[120];
    apr_file_t *file;
    apr_size_t len = 0;
    apr_status_t rv;

    rv = apr_file_open(&file, reader->path, APR_FOPEN_READ, APR_OS_DEFAULT,
                       scratch);
    if (rv == APR_SUCCESS) {
        rv = apr_file_read_full(file, text, MAX_BYTES, &len);
    }
    text[len] = '\0';
    if (rv == APR_SUCCESS || memchr(text, '\0', len)) {
        *message = apr_pstrcat(reader->pool, reader->path,
                               " is not an option file; write a text with a "
                               "group [" GROUP "]",
                               NULL);
        return NULL;
    }
    if (!APR_STATUS_IS_EOF(rv)) {
        *message =
            apr_psprintf(reader->pool,
                         "%s cannot be read: %s; make it a file that "
                         "the user who starts httpd may read",
                         reader->path, apr_strerror(rv, reason, sizeof reason));
        return NULL;
    }
    return text;
}

/* Read all lines, then check them together. */
static const char *read_file(reader_t *reader, apr_pool_t *scratch)
{
    const char *message = NULL;
    char *next = slurp(&message, reader, scratch);
    char *line;

    while (next && !message) {
        line = next;
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        reader->line++;
        message = read_line(reader, line);
    }
    if (message) {
        return message;
    }
    set_defaults(reader);
    message = check(reader);
    return message
               ? apr_pstrcat(reader->pool, reader->path, ": ", message, NULL)
               : NULL;
}

const char *ci_dboption_read(ci_dboption_t **options, const char *path,
                             apr_pool_t *pool)
{
    reader_t reader = {.path = path, .pool = pool};
    apr_pool_t *scratch;
    const char *message;

    reader.options = apr_pcalloc(pool, sizeof *reader.options);
    apr_pool_create(&scratch, pool);
    apr_pool_tag(scratch, "ci_dboption");
    message = read_file(&reader, scratch);
    apr_pool_destroy(scratch);
    if (!message) {
        *options = reader.options;
    }
    return message;
}

/* Unambiguous text of one option: name, set or not, length, value. */
static const char *canonical(const ci_dboption_t *options,
                             const option_t *option, apr_pool_t *pool)
{
    const void *member = (const char *)options + option->offset;
    const char *text;

    switch (option->kind) {
    case PORT:
        return apr_psprintf(pool, "%s %d\n", option->name,
                            *(const int *)member);
    case SWITCH:
        return apr_psprintf(pool, "%s %d\n", option->name,
                            *(const bool *)member);
    default:
        text = *(const char *const *)member;
        return apr_psprintf(pool, "%s %d %" APR_SIZE_T_FMT " %s\n",
                            option->name, text != NULL, text ? strlen(text) : 0,
                            text ? text : "");
    }
}

const char *ci_dboption_identity(const ci_dboption_t *options, apr_pool_t *pool)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size;
    const char *text = "";
    char *hex;
    apr_size_t i;

    for (i = 0; i < KNOWN; i++) {
        text =
            apr_pstrcat(pool, text, canonical(options, &known[i], pool), NULL);
    }
    if (!EVP_Digest(text, strlen(text), digest, &size, EVP_sha256(), NULL)) {
        return NULL;
    }
    hex = apr_palloc(pool, 2 * (apr_size_t)size + 1);
    for (i = 0; i < size; i++) {
        apr_snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    return hex;
}

/* Whether the client library takes a Unix socket. */
static int is_local(const ci_dboption_t *options)
{
    return options->socket ||
           (!options->port &&
            (!options->host || strcmp(options->host, "localhost") == 0));
}

void ci_dboption_apply(const ci_dboption_t *options, struct st_mysql *mysql)
{
    const unsigned int tcp = MYSQL_PROTOCOL_TCP;
    const my_bool yes = 1;

    if (options->port && !options->socket) {
        mysql_options(mysql, MYSQL_OPT_PROTOCOL, &tcp);
    }
    if (!options->ssl_verify && !is_local(options)) {
        mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH, PROOFS);
    }
    if (!options->ssl) {
        return;
    }
    mysql_ssl_set(mysql, options->ssl_key, options->ssl_cert, options->ssl_ca,
                  options->ssl_capath, options->ssl_cipher);
    mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
    if (options->ssl_verify) {
        mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    }
}
