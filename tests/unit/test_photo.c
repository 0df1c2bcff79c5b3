/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of model/ci_photo: what is stored of an upload, and that a photo is
 * replaced as a whole or not at all. */
#include "model/ci_photo.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"
#include "store_mem.h"

#define ALEN(a) (sizeof(a) / sizeof *(a))
#define SIZE    (2 * CI_PHOTO_CHUNK + 10)

/* A GIF of one pixel; bytes behind its end are not looked at. */
static const char image[] = "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;";

static const ci_datetime_t created = {2026, 11, 24, 10, 0, 0};

static apr_pool_t *pool;

static void pool_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
}

static void pool_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static ci_upload_t upload_of(const char *name, apr_size_t size, char fill)
{
    ci_upload_t upload = {name, NULL};
    char *bytes = apr_palloc(pool, size);

    memset(bytes, fill, size);
    memcpy(bytes, image, sizeof image);
    ck_assert_ptr_null(
        ci_spool_create(&upload.spool, "/tmp", (apr_off_t)size, pool));
    ck_assert_ptr_null(ci_spool_append(upload.spool, bytes, size));
    return upload;
}

static ci_record_t *photo_of(const ci_upload_t *upload)
{
    ci_record_t *photo = NULL;

    ck_assert_ptr_null(ci_photo_make(&photo, upload, &created, pool));
    photo->values[CI_PHOTO_CONTACT_SEQ] = ci_value_integer(1);
    return photo;
}

static const char *text_of(const ci_record_t *record, int row)
{
    return ci_value_string(&record->values[row], pool);
}

static ci_store_t *store_make(void)
{
    ci_store_t *store = store_mem_create(pool);

    store->scope.organisation = 7;
    store->deadline = apr_time_now() + apr_time_from_sec(60);
    return store;
}

/* ---------------------------------------------------------------- make -- */

#define TEN     "1234567890"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
    const char *given;
    const char *kept;
} names[] = {
    {"a.jpg", "a.jpg"},
    {"../../etc/passwd", "passwd"},
    {"C:\\x\\a.jpg", "a.jpg"},
    {"/x\\y/z", "z"},
    {NULL, "photo.gif"},
    {"", "photo.gif"},
    {" . .. ", "photo.gif"},
    {"x/", "photo.gif"},
    {"\1\r\n\t", "photo.gif"},
    {"a\x01\x7f\xc2\x85"
     "b",
     "ab"},
    {"\xce\x9c\xf0\x9f\x98\x80", "\xce\x9c\xf0\x9f\x98\x80"},
    {"\"; x=\"", "\"; x=\""},
    {HUNDRED "x", HUNDRED},
    {HUNDRED "\xce\x9c", HUNDRED},
};

START_TEST(names_are_tamed)
{
    ci_upload_t upload = upload_of(names[_i].given, sizeof image, 'x');

    ck_assert_str_eq(text_of(photo_of(&upload), CI_PHOTO_FILE_NAME),
                     names[_i].kept);
}
END_TEST

START_TEST(name_is_cut_by_characters_not_by_bytes)
{
    char *name = apr_pstrdup(pool, "");
    ci_upload_t upload;
    int i;

    for (i = 0; i < CI_PHOTO_NAME_MAX; i++) {
        name = apr_pstrcat(pool, name, "\xf0\x9f\x98\x80", NULL);
    }
    upload = upload_of(apr_pstrcat(pool, name, "x", NULL), sizeof image, 'x');
    ck_assert_str_eq(text_of(photo_of(&upload), CI_PHOTO_FILE_NAME), name);
}
END_TEST

START_TEST(photo_says_what_was_uploaded)
{
    ci_upload_t upload = upload_of("a.html", SIZE, 'x');
    ci_record_t *photo = photo_of(&upload);

    ck_assert_str_eq(text_of(photo, CI_PHOTO_MIME_TYPE), "image/gif");
    ck_assert_int_eq(photo->values[CI_PHOTO_SIZE].as.integer, SIZE);
    ck_assert_int_eq(photo->values[CI_PHOTO_ID].length, 32);
    ck_assert(!ci_value_same_text(&photo->values[CI_PHOTO_ID],
                                  &photo_of(&upload)->values[CI_PHOTO_ID]));
}
END_TEST

START_TEST(empty_file_is_no_image)
{
    ci_upload_t upload = {"a.jpg", NULL};
    ci_record_t *photo;
    ci_error_t *err;

    ck_assert_ptr_null(ci_spool_create(&upload.spool, "/tmp", 10, pool));
    err = ci_photo_make(&photo, &upload, &created, pool);
    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_UNSUPPORTED_MEDIA_TYPE);
}
END_TEST

START_TEST(answer_has_the_long_name_and_the_url)
{
    ci_upload_t upload = upload_of("a.gif", sizeof image, 'x');
    ci_record_t *photo = photo_of(&upload);

    photo->values[CI_PHOTO_ID] = ci_value_text("F1");
    ci_photo_derive(photo, "/images", pool);
    ck_assert_str_eq(text_of(photo, CI_PHOTO_FILE_NAME),
                     "F1_key_contacts-profilephoto_a.gif");
    ck_assert_str_eq(text_of(photo, CI_PHOTO_URL), "/images?id=F1");
}
END_TEST

/* ------------------------------------------------------------- replace -- */

static void check_bytes(ci_store_t *store, const ci_record_t *photo, char fill)
{
    const ci_value_t *id = &photo->values[CI_PHOTO_ID];
    ci_value_t rows[3];
    ci_error_t *err;

    ck_assert_ptr_null(ci_photo_rows_read(rows, store, id, 0, 3, pool));
    ck_assert_uint_eq(rows[0].length, CI_PHOTO_CHUNK);
    ck_assert_mem_eq(rows[0].as.text, image, sizeof image);
    ck_assert_int_eq(rows[1].as.text[CI_PHOTO_CHUNK - 1], fill);
    ck_assert_uint_eq(rows[2].length, SIZE - 2 * CI_PHOTO_CHUNK);
    ck_assert_ptr_null(ci_photo_rows_read(rows, store, id, 1, 1, pool));
    ck_assert_uint_eq(rows[0].length, CI_PHOTO_CHUNK);
    err = ci_photo_rows_read(rows, store, id, 2, 2, pool);
    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_NOT_FOUND);
}

START_TEST(photo_takes_the_place_of_another)
{
    ci_store_t *store = store_make();
    ci_upload_t old = upload_of("old", SIZE, 'o');
    ci_upload_t new = upload_of("new", SIZE, 'n');
    ci_record_t *photo = photo_of(&old);
    ci_record_t *found;
    ci_value_t seq = ci_value_integer(1);

    ck_assert_ptr_null(
        ci_photo_replace(photo, old.spool, NULL, NULL, store, pool));
    check_bytes(store, photo, 'o');
    photo = photo_of(&new);
    ck_assert_ptr_null(
        ci_photo_replace(photo, new.spool, NULL, NULL, store, pool));
    check_bytes(store, photo, 'n');
    ck_assert_int_eq(store_mem_count(store, &ci_photo), 1);
    ck_assert_ptr_null(ci_photo_find(&found, store, &seq, pool));
    ck_assert(ci_value_same_text(&found->values[CI_PHOTO_ID],
                                 &photo->values[CI_PHOTO_ID]));
    ck_assert_ptr_null(ci_photo_remove(store, &seq, pool));
    ck_assert_ptr_null(ci_photo_remove(store, &seq, pool));
    ck_assert_int_eq(ci_photo_find(&found, store, &seq, pool)->code,
                     CI_NOT_FOUND);
}
END_TEST

/* lock, remove, insert, three rows, begin and commit */
#define CALLS 8

START_TEST(failure_of_any_call_leaves_the_old_photo)
{
    ci_store_t *store = store_make();
    ci_upload_t old = upload_of("old", SIZE, 'o');
    ci_upload_t new = upload_of("new", SIZE, 'n');
    ci_record_t *kept = photo_of(&old);
    ci_record_t *found;
    ci_value_t seq = ci_value_integer(1);
    ci_error_t *err;
    ci_error_t *failure =
        ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_EGENERAL, "broken");

    ck_assert_ptr_null(
        ci_photo_replace(kept, old.spool, NULL, NULL, store, pool));
    store_mem_fail(store, _i, failure);
    err = ci_photo_replace(photo_of(&new), new.spool, NULL, NULL, store, pool);
    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_SERVICE_UNAVAILABLE);
    ck_assert_str_eq(err->detail, "broken");
    store_mem_fail(store, 0, failure);
    ck_assert_ptr_null(ci_photo_find(&found, store, &seq, pool));
    ck_assert(ci_value_same_text(&found->values[CI_PHOTO_ID],
                                 &kept->values[CI_PHOTO_ID]));
    check_bytes(store, found, 'o');
    ck_assert_int_eq(store_mem_count(store, &ci_photo_chunk), 3);
}
END_TEST

START_TEST(transient_failure_of_any_call_is_tried_again)
{
    ci_store_t *store = store_make();
    ci_upload_t upload = upload_of("new", SIZE, 'n');
    ci_record_t *photo = photo_of(&upload);
    ci_error_t *failure =
        ci_error_server(pool, CI_SERVICE_UNAVAILABLE, APR_EGENERAL, "broken");

    failure->retry = CI_TRANSIENT;
    store_mem_fail(store, _i, failure);
    ck_assert_ptr_null(
        ci_photo_replace(photo, upload.spool, NULL, NULL, store, pool));
    check_bytes(store, photo, 'n');
    ck_assert_int_eq(store_mem_count(store, &ci_photo), 1);
    ck_assert_int_eq(store_mem_count(store, &ci_photo_chunk), 3);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("photo");
    TCase *t = tcase_create("photo");

    tcase_add_checked_fixture(t, pool_open, pool_close);
    tcase_add_loop_test(t, names_are_tamed, 0, ALEN(names));
    tcase_add_test(t, name_is_cut_by_characters_not_by_bytes);
    tcase_add_test(t, photo_says_what_was_uploaded);
    tcase_add_test(t, empty_file_is_no_image);
    tcase_add_test(t, answer_has_the_long_name_and_the_url);
    tcase_add_test(t, photo_takes_the_place_of_another);
    tcase_add_loop_test(t, failure_of_any_call_leaves_the_old_photo, 1,
                        CALLS + 1);
    tcase_add_loop_test(t, transient_failure_of_any_call_is_tried_again, 1,
                        CALLS + 1);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
