/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of store/ci_dboption: option files, their mistakes, and identity. */
#include "store/ci_dboption.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>
#include <mysql.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALEN(a) (sizeof(a) / sizeof *(a))
#define SECRET  "Hidden7Word"
#define HEAD    "[contactinfo]\nuser=u\ndatabase=d\n"

static apr_pool_t *pool;
static char path[] = "/tmp/test_dboption.XXXXXX";

static void file_open(void)
{
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    close(fd);
    apr_initialize();
    apr_pool_create(&pool, NULL);
}

static void file_close(void)
{
    unlink(path);
    memset(path + strlen(path) - 6, 'X', 6);
    apr_pool_destroy(pool);
    apr_terminate();
}

static const char *read_bytes(ci_dboption_t **options, const char *bytes,
                              size_t len)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
    return ci_dboption_read(options, path, pool);
}

static ci_dboption_t *read_good(const char *text)
{
    ci_dboption_t *options = NULL;
    const char *message = read_bytes(&options, text, strlen(text));

    ck_assert_msg(message == NULL, "%s", message);
    return options;
}

START_TEST(every_option_reaches_its_member)
{
    const ci_dboption_t *o = read_good(
        "[contactinfo]\nhost=localhost\nport=3307\nsocket=/run/db.sock\n"
        "user=ci\npassword=pw\ndatabase=crm\nssl\nssl-ca=/etc/passwd\n"
        "ssl-capath=/etc\nssl-cert=/etc/group\nssl-key=/etc/hosts\n"
        "ssl-cipher=HIGH\nssl-verify-server-cert=0\n");

    ck_assert_str_eq(o->host, "localhost");
    ck_assert_int_eq(o->port, 3307);
    ck_assert_str_eq(o->socket, "/run/db.sock");
    ck_assert_str_eq(o->user, "ci");
    ck_assert_str_eq(o->password, "pw");
    ck_assert_str_eq(o->database, "crm");
    ck_assert_str_eq(o->ssl_ca, "/etc/passwd");
    ck_assert_str_eq(o->ssl_capath, "/etc");
    ck_assert_str_eq(o->ssl_cert, "/etc/group");
    ck_assert_str_eq(o->ssl_key, "/etc/hosts");
    ck_assert_str_eq(o->ssl_cipher, "HIGH");
    ck_assert(o->ssl);
    ck_assert(!o->ssl_verify);
}
END_TEST

START_TEST(what_the_file_does_not_set_is_unset)
{
    const ci_dboption_t *o = read_good(HEAD);

    ck_assert_ptr_null(o->host);
    ck_assert_ptr_null(o->socket);
    ck_assert_ptr_null(o->password);
    ck_assert_ptr_null(o->ssl_ca);
    ck_assert_int_eq(o->port, 0);
    ck_assert(!o->ssl);
    ck_assert(!o->ssl_verify);
}
END_TEST

/* One line of the file, and the password that it means. */
static const struct {
    const char *line;
    const char *password;
} values[] = {
    {"password=plain", "plain"},
    {"  password \t=  spaced out  \r", "spaced out"},
    {"password=", ""},
    {"password=''", ""},
    {"password='it''s'", "it''s"},
    {"password=\"a b\"", "a b"},
    {"password='\"'", "\""},
    {"password=\"", "\""},
    {"password='half", "'half"},
    {"password=a=b==", "a=b=="},
    {"password=cut # comment", "cut"},
    {"password=cut#comment", "cut"},
    {"password='kept # here' # not here", "kept # here"},
    {"password=\"a\\\"#b\"", "a\"#b"},
    {"password=semi;colon", "semi;colon"},
    {"password=a\\nb\\tc\\sd\\\\e\\bf\\rg", "a\nb\tc d\\e\bf\rg"},
    {"password=\\'\\\"", "'\""},
    {"password=\\q\\", "\\q\\"},
    {"password=caf\xc3\xa9", "caf\xc3\xa9"},
    {"password=old\npassword=new", "new"},
};

START_TEST(values_are_read_as_mysql_reads_them)
{
    const ci_dboption_t *o =
        read_good(apr_pstrcat(pool, HEAD, values[_i].line, "\n", NULL));

    ck_assert_str_eq(o->password, values[_i].password);
}
END_TEST

START_TEST(comments_blank_lines_and_other_groups_are_passed_over)
{
    const ci_dboption_t *o = read_good(
        "# one\n; two\n\n[client]\nuser=wrong\nno-such-option\n[ contactinfo "
        "]\n"
        "user=right # and\n#user=wrong\n;user=wrong\n[mysqld]\nuser=wrong\n"
        "[contactinfo]\ndatabase=d");

    ck_assert_str_eq(o->user, "right");
    ck_assert_str_eq(o->database, "d");
}
END_TEST

START_TEST(underscore_and_dash_are_alike_in_names)
{
    const ci_dboption_t *o =
        read_good(HEAD "ssl_ca=/etc/passwd\nssl_verify-server_cert=0\n");

    ck_assert_str_eq(o->ssl_ca, "/etc/passwd");
    ck_assert(!o->ssl_verify);
}
END_TEST

/* Lines, and whether TLS is on and the name is verified. */
static const struct {
    const char *lines;
    int ssl;
    int verify;
} switches[] = {
    {"ssl\n", 1, 0},
    {"ssl=1\n", 1, 0},
    {"ssl=On\n", 1, 0},
    {"ssl=TRUE\n", 1, 0},
    {"ssl=0\n", 0, 0},
    {"ssl=off\n", 0, 0},
    {"ssl=false\n", 0, 0},
    {"ssl=1\nssl=0\n", 0, 0},
    {"ssl-cipher=HIGH\n", 1, 0},
    {"ssl-ca=/etc/passwd\n", 1, 1},
    {"ssl-capath=/etc\n", 1, 1},
    {"ssl-ca=/etc/passwd\nssl-verify-server-cert=0\n", 1, 0},
    {"ssl-ca=/etc/passwd\nssl-verify-server-cert\n", 1, 1},
    {"ssl-key=/etc/passwd\nssl-cert=/etc/passwd\n", 1, 0},
    {"ssl=0\nssl-ca=/etc/passwd\n", 0, 1},
};

START_TEST(tls_follows_from_the_options)
{
    const ci_dboption_t *o =
        read_good(apr_pstrcat(pool, HEAD, switches[_i].lines, NULL));

    ck_assert_int_eq(o->ssl, switches[_i].ssl);
    ck_assert_int_eq(o->ssl_verify, switches[_i].verify);
}
END_TEST

/* A file, and two things that the message must name. */
static const struct {
    const char *text;
    const char *where;
    const char *mend;
} mistakes[] = {
    {"", "", "there is no group [contactinfo]"},
    {"[client]\nuser=u\n", "", "write one with user"},
    {"[contactinfo]\nuser=u\n", "", "write database=<name>"},
    {"[contactinfo]\ndatabase=d\n", "", "write user=<name>"},
    {"user=u\n", " line 1: ", "write [contactinfo] above"},
    {"[contactinfo\n", " line 1: ", "write [contactinfo]"},
    {HEAD "port=0\n", " line 4: port", "a number from 1 to 65535"},
    {HEAD "port=65536\n", " line 4: port", "a number from 1 to 65535"},
    {HEAD "port=+1\n", " line 4: port", "a number from 1 to 65535"},
    {HEAD "port=12x\n", " line 4: port", "a number from 1 to 65535"},
    {HEAD "port=\n", " line 4: port", "a number from 1 to 65535"},
    {HEAD "port=99999999999999999999\n", " line 4: port", "1 to 65535"},
    {HEAD "port\n", " line 4: port", "port=<a value>"},
    {HEAD "\n\nuser=\n", " line 6: user", "user=<a value>"},
    {HEAD "host=''\n", " line 4: host", "host=<a value>"},
    {HEAD "password\n", " line 4: password", "password=<a value>"},
    {HEAD "socket=db.sock\n", " line 4: socket", "an absolute path"},
    {HEAD "ssl=maybe\n", " line 4: ssl", "ssl=<1 or 0>"},
    {HEAD "ssl-ca=ca.pem\n", " line 4: ssl-ca", "absolute path of an existing"},
    {HEAD "ssl-ca=/no/such\n", " line 4: ssl-ca", "an existing file"},
    {HEAD "ssl-key=/etc/passwd\n", "", "ssl-cert and ssl-key"},
    {HEAD "ssl-cert=/etc/passwd\n", "", "ssl-cert and ssl-key"},
    {HEAD "ssl-verify-server-cert\n", "", "write ssl-ca="},
    {HEAD "host=db\nsocket=/s\n", "", "only one of host and socket"},
    {HEAD "pasword=x\n", " line 4: pasword", "write one of host, port"},
    {HEAD "Port=1\n", " line 4: Port", "ssl-verify-server-cert"},
    {HEAD "ssl-c=x\n", " line 4: ssl-c ", "write one of"},
    {HEAD "!include /etc/my.cnf\n", " line 4: ", "into this file"},
};

START_TEST(a_mistake_is_named_with_its_place_and_mend)
{
    ci_dboption_t *options = NULL;
    const char *text = mistakes[_i].text;
    const char *message = read_bytes(&options, text, strlen(text));

    ck_assert_ptr_nonnull(message);
    ck_assert_ptr_null(options);
    ck_assert_msg(strncmp(message, path, strlen(path)) == 0, "%s", message);
    ck_assert_msg(strstr(message, mistakes[_i].where) != NULL, "%s", message);
    ck_assert_msg(strstr(message, mistakes[_i].mend) != NULL, "%s", message);
}
END_TEST

static const char *const leaks[] = {
    HEAD "password " SECRET "\n",
    HEAD "password: " SECRET "\n",
    HEAD SECRET "\n",
    HEAD "password=x\n " SECRET "\n",
    HEAD "password: " SECRET "=\n",
    HEAD "password='" SECRET "'\nport=" SECRET "\n",
    HEAD "passwd=" SECRET "\n",
    "[contactinfo]\npassword=" SECRET "\nuser=u\n",
    "password=" SECRET "\n",
    "[" SECRET "\n",
};

START_TEST(no_message_repeats_what_could_be_the_password)
{
    ci_dboption_t *options;
    const char *message = read_bytes(&options, leaks[_i], strlen(leaks[_i]));

    ck_assert_ptr_nonnull(message);
    ck_assert_msg(strstr(message, SECRET) == NULL, "%s", message);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
    ci_dboption_t *options;
    const char *message = ci_dboption_read(&options, "/no/such/file", pool);

    ck_assert_ptr_nonnull(strstr(message, "/no/such/file cannot be read"));
    message = ci_dboption_read(&options, "/tmp", pool);
    ck_assert_ptr_nonnull(strstr(message, "/tmp cannot be read"));
}
END_TEST

START_TEST(a_file_of_another_kind_is_refused)
{
    static const char zero[] = HEAD "\0";
    char *large = malloc(70000);
    ci_dboption_t *options;
    const char *message = read_bytes(&options, zero, sizeof zero);

    ck_assert_ptr_nonnull(message);
    ck_assert_ptr_nonnull(strstr(message, "is not an option file"));
    memset(large, '\n', 70000);
    message = read_bytes(&options, large, 70000);
    free(large);
    ck_assert_ptr_nonnull(message);
    ck_assert_ptr_nonnull(strstr(message, "is not an option file"));
}
END_TEST

static const char *identity_of(const char *lines)
{
    return ci_dboption_identity(read_good(apr_pstrcat(pool, HEAD, lines, NULL)),
                                pool);
}

START_TEST(equal_options_have_one_identity)
{
    const char *first = identity_of("host=h\nport=1\npassword=" SECRET "\n");
    const char *second = identity_of("password='" SECRET "'\nhost=h\nport=1");

    ck_assert_str_eq(first, second);
    ck_assert_uint_eq(strlen(first), 64);
    ck_assert_uint_eq(strspn(first, "0123456789abcdef"), 64);
}
END_TEST

static const char *const variants[] = {
    "",
    "host=h\n",
    "host=g\n",
    "port=1\n",
    "socket=/s\n",
    "user=v\n",
    "password=\n",
    "password=p\n",
    "password=' 1 '\n",
    "database=e\n",
    "ssl\n",
    "ssl-ca=/etc/passwd\n",
    "ssl-ca=/etc/passwd\nssl-verify-server-cert=0\n",
    "ssl-capath=/etc\n",
    "ssl-cert=/etc/hosts\nssl-key=/etc/passwd\n",
    "ssl-cert=/etc/passwd\nssl-key=/etc/hosts\n",
    "ssl-cipher=HIGH\n",
    "password=\"x\\nssl-cipher 1 4 HIGH\"\n",
};

START_TEST(options_that_differ_have_different_identities)
{
    const char *mine = identity_of(variants[_i]);
    size_t i;

    for (i = 0; i < ALEN(variants); i++) {
        if (i != (size_t)_i) {
            ck_assert_str_ne(mine, identity_of(variants[i]));
        }
    }
}
END_TEST

START_TEST(tls_options_reach_the_connection)
{
    MYSQL *mysql = mysql_init(NULL);
    const char *text = NULL;
    my_bool on = 0;

    ci_dboption_apply(read_good(HEAD "ssl-ca=/etc/passwd\nssl-cipher=HIGH\n"),
                      mysql);
    mysql_get_option(mysql, MYSQL_OPT_SSL_CA, &text);
    ck_assert_str_eq(text, "/etc/passwd");
    mysql_get_option(mysql, MYSQL_OPT_SSL_CIPHER, &text);
    ck_assert_str_eq(text, "HIGH");
    mysql_get_option(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
    ck_assert_int_eq(on, 1);
    on = 0;
    mysql_get_option(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
    ck_assert_int_ne(on, 0);
    mysql_close(mysql);
}
END_TEST

static TCase *option_case(void)
{
    TCase *tc = tcase_create("option");

    tcase_add_checked_fixture(tc, file_open, file_close);
    tcase_add_test(tc, every_option_reaches_its_member);
    tcase_add_test(tc, what_the_file_does_not_set_is_unset);
    tcase_add_loop_test(tc, values_are_read_as_mysql_reads_them, 0,
                        (int)ALEN(values));
    tcase_add_test(tc, comments_blank_lines_and_other_groups_are_passed_over);
    tcase_add_test(tc, underscore_and_dash_are_alike_in_names);
    tcase_add_loop_test(tc, tls_follows_from_the_options, 0,
                        (int)ALEN(switches));
    tcase_add_loop_test(tc, a_mistake_is_named_with_its_place_and_mend, 0,
                        (int)ALEN(mistakes));
    tcase_add_loop_test(tc, no_message_repeats_what_could_be_the_password, 0,
                        (int)ALEN(leaks));
    tcase_add_test(tc, a_file_that_cannot_be_read_is_named);
    tcase_add_test(tc, a_file_of_another_kind_is_refused);
    tcase_add_test(tc, equal_options_have_one_identity);
    tcase_add_loop_test(tc, options_that_differ_have_different_identities, 0,
                        (int)ALEN(variants));
    tcase_add_test(tc, tls_options_reach_the_connection);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("dboption");

    suite_add_tcase(suite, option_case());
    return unit_run(suite);
}
