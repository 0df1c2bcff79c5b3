/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_spool: bytes come back, the file has no name, the limit is
 * exact. */
#include "base/ci_spool.h"
#include "unit.h"

#include <apr_file_info.h>
#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LIMIT 100000

static apr_pool_t *pool;
static char folder[32];

static void folder_make(void)
{
    strcpy(folder, "/tmp/test_spool.XXXXXX");
    apr_initialize();
    apr_pool_create(&pool, NULL);
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void folder_remove(void)
{
    ck_assert_int_eq(rmdir(folder), 0);
    apr_pool_destroy(pool);
    apr_terminate();
}

static ci_spool_t *spool_make(apr_pool_t *p)
{
    ci_spool_t *spool = NULL;

    ck_assert_ptr_null(ci_spool_create(&spool, folder, LIMIT, p));
    return spool;
}

static int count_files(void)
{
    apr_finfo_t info;
    apr_dir_t *dir;
    int count = 0;

    ck_assert_int_eq(apr_dir_open(&dir, folder, pool), APR_SUCCESS);
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        count += info.name[0] != '.';
    }
    apr_dir_close(dir);
    return count;
}

START_TEST(bytes_come_back_from_any_offset)
{
    ci_spool_t *spool = spool_make(pool);
    char written[1000], read[1000];
    apr_size_t i;

    for (i = 0; i < sizeof written; i++) {
        written[i] = (char)(i * 7);
        ck_assert_ptr_null(ci_spool_append(spool, &written[i], 1));
    }
    ck_assert_int_eq(ci_spool_size(spool), sizeof written);
    for (i = 0; i < sizeof written; i += 111) {
        ck_assert_int_eq(
            ci_spool_read(spool, (apr_off_t)i, read, sizeof written - i),
            APR_SUCCESS);
        ck_assert_mem_eq(read, written + i, sizeof written - i);
    }
    ck_assert_ptr_null(ci_spool_append(spool, written, 10));
    ck_assert_int_eq(ci_spool_read(spool, 1000, read, 10), APR_SUCCESS);
    ck_assert_mem_eq(read, written, 10);
}
END_TEST

START_TEST(reading_beyond_the_end_is_an_error)
{
    ci_spool_t *spool = spool_make(pool);
    char byte;

    ck_assert_int_eq(ci_spool_read(spool, 0, &byte, 1), APR_EOF);
    ck_assert_ptr_null(ci_spool_append(spool, "ab", 2));
    ck_assert_int_eq(ci_spool_read(spool, 2, &byte, 1), APR_EOF);
}
END_TEST

START_TEST(limit_is_exact)
{
    ci_spool_t *spool = spool_make(pool);
    char *bytes = apr_pcalloc(pool, LIMIT);
    ci_error_t *err;

    ck_assert_ptr_null(ci_spool_append(spool, bytes, LIMIT - 1));
    err = ci_spool_append(spool, bytes, 2);
    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_PAYLOAD_TOO_LARGE);
    ck_assert_int_eq(ci_spool_size(spool), LIMIT - 1);
    ck_assert_ptr_null(ci_spool_append(spool, bytes, 1));
    ck_assert_ptr_nonnull(ci_spool_append(spool, bytes, 1));
}
END_TEST

START_TEST(file_has_no_name)
{
    ci_spool_t *spool = spool_make(pool);

    ck_assert_int_eq(count_files(), 0);
    ck_assert_ptr_null(ci_spool_append(spool, "x", 1));
    ck_assert_int_eq(count_files(), 0);
}
END_TEST

START_TEST(file_is_closed_with_its_pool)
{
    apr_pool_t *request;
    int i;

    for (i = 0; i < 5000; i++) {
        apr_pool_create(&request, pool);
        ck_assert_ptr_null(ci_spool_append(spool_make(request), "x", 1));
        apr_pool_destroy(request);
    }
}
END_TEST

START_TEST(folder_that_is_not_there_is_an_error_of_the_server)
{
    ci_spool_t *spool;
    ci_error_t *err = ci_spool_create(&spool, "/nowhere/at/all", LIMIT, pool);

    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_SERVICE_UNAVAILABLE);
    ck_assert(APR_STATUS_IS_ENOENT(err->rv));
    ck_assert_ptr_nonnull(strstr(err->detail, "ContactInfoTempDir"));
}
END_TEST

START_TEST(full_file_system_is_an_error_of_the_server)
{
    ci_spool_t *spool = spool_make(pool);
    char *bytes = apr_pcalloc(pool, LIMIT);
    struct rlimit kept, small;
    ci_error_t *err;

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &kept), 0);
    small = kept;
    small.rlim_cur = LIMIT / 2;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    err = ci_spool_append(spool, bytes, LIMIT);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &kept), 0);
    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_SERVICE_UNAVAILABLE);
    ck_assert_int_gt(err->retry_after, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("spool");
    TCase *t = tcase_create("spool");

    tcase_add_checked_fixture(t, folder_make, folder_remove);
    tcase_add_test(t, bytes_come_back_from_any_offset);
    tcase_add_test(t, reading_beyond_the_end_is_an_error);
    tcase_add_test(t, limit_is_exact);
    tcase_add_test(t, file_has_no_name);
    tcase_add_test(t, file_is_closed_with_its_pool);
    tcase_add_test(t, folder_that_is_not_there_is_an_error_of_the_server);
    tcase_add_test(t, full_file_system_is_an_error_of_the_server);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
