/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of store/ci_dbconnect: servers that dawdle, and that are not there. */
#include "store/ci_dbconnect.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>
#include <errmsg.h>
#include <mysql.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static apr_pool_t *pool;

/* --- servers ------------------------------------------------------------- */

/* A server that accepts one client and then sends one byte after the other, a
   packet of 16 MiB, for as long as the client listens. */
static struct {
    char folder[40];
    struct sockaddr_un address;
    int listener;
    int trickles; /* else it says nothing */
    pthread_t thread;
} server;

static void *serve(void *unused)
{
    const char head[] = "\xff\xff\xff\x00\x0a";
    const char *byte = head;
    int client = accept(server.listener, NULL, NULL);
    char nothing;

    ck_assert_int_ge(client, 0);
    if (server.trickles) {
        while (send(client, byte, 1, MSG_NOSIGNAL) == 1) {
            byte += byte < head + 4;
            apr_sleep(apr_time_from_msec(20));
        }
    }
    else {
        while (recv(client, &nothing, 1, 0) > 0) {
        }
    }
    close(client);
    return unused;
}

static void server_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    memset(&server, 0, sizeof server);
    strcpy(server.folder, "/tmp/test_dbconnect.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(server.folder));
    server.address.sun_family = AF_UNIX;
    apr_snprintf(server.address.sun_path, sizeof server.address.sun_path,
                 "%s/socket", server.folder);
    server.listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&server.address,
                          sizeof server.address),
                     0);
    ck_assert_int_eq(listen(server.listener, 1), 0);
}

static void server_close(void)
{
    close(server.listener);
    unlink(server.address.sun_path);
    rmdir(server.folder);
    apr_pool_destroy(pool);
    apr_terminate();
}

static const ci_dboption_t *options(void)
{
    ci_dboption_t *made = apr_pcalloc(pool, sizeof *made);

    made->socket = server.address.sun_path;
    made->user = "u";
    made->database = "d";
    return made;
}

static void connect_in_vain(int trickles)
{
    ci_dbfailure_t failure = {0, ""};

    server.trickles = trickles;
    ck_assert_int_eq(pthread_create(&server.thread, NULL, serve, NULL), 0);
    ck_assert_ptr_null(
        ci_dbconnect(options(), apr_time_from_msec(300), 0, &failure));
    ck_assert_int_eq(pthread_join(server.thread, NULL), 0);
    ck_assert_uint_eq(failure.code, CR_SERVER_LOST);
    ck_assert_str_ne(failure.text, "");
}

START_TEST(a_silent_server_is_given_up)
{
    connect_in_vain(0);
}
END_TEST

START_TEST(a_server_that_trickles_is_given_up)
{
    connect_in_vain(1);
}
END_TEST

START_TEST(a_connect_that_fails_says_why)
{
    ci_dbfailure_t failure = {0, ""};
    ci_dboption_t nowhere = *options();

    nowhere.socket = "/no/such/socket";
    ck_assert_ptr_null(ci_dbconnect(&nowhere, APR_USEC_PER_SEC, 0, &failure));
    ck_assert_uint_eq(failure.code, CR_CONNECTION_ERROR);
    ck_assert_ptr_nonnull(strstr(failure.text, "/no/such/socket"));
}
END_TEST

START_TEST(localhost_with_a_port_is_reached_by_tcp)
{
    ci_dbfailure_t failure = {0, ""};
    ci_dboption_t tcp = *options();

    tcp.socket = NULL;
    tcp.host = "localhost";
    tcp.port = 1;
    ck_assert_ptr_null(ci_dbconnect(&tcp, APR_USEC_PER_SEC, 0, &failure));
    ck_assert_msg(strstr(failure.text, "on 'localhost'") != NULL, "%s",
                  failure.text);
}
END_TEST

/* --- what a failure closes ------------------------------------------------ */

static atomic_int strange_closes;

/* For the client library as well. */
__attribute__((visibility("default"))) int close(int fd)
{
    int result = (int)syscall(SYS_close, fd);

    if (result != 0) {
        atomic_fetch_add(&strange_closes, 1);
    }
    return result;
}

/* Between two, another thread may have got a socket of that number. */
START_TEST(a_connect_that_fails_closes_its_socket_once)
{
    ci_dbfailure_t failure = {0, ""};
    ci_dboption_t nowhere = *options();

    atomic_store(&strange_closes, 0);
    nowhere.socket = "/no/such/socket";
    ck_assert_ptr_null(ci_dbconnect(&nowhere, APR_USEC_PER_SEC, 0, &failure));
    nowhere.socket = NULL;
    nowhere.host = "127.0.0.1";
    nowhere.port = 1;
    ck_assert_ptr_null(ci_dbconnect(&nowhere, APR_USEC_PER_SEC, 0, &failure));
    ck_assert_int_eq(atomic_load(&strange_closes), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dbconnect");
    TCase *tc = tcase_create("dbconnect");

    tcase_add_checked_fixture(tc, server_open, server_close);
    tcase_add_test(tc, a_silent_server_is_given_up);
    tcase_add_test(tc, a_server_that_trickles_is_given_up);
    tcase_add_test(tc, a_connect_that_fails_says_why);
    tcase_add_test(tc, localhost_with_a_port_is_reached_by_tcp);
    tcase_add_test(tc, a_connect_that_fails_closes_its_socket_once);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
