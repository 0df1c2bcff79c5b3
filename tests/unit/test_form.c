/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_form: fields are kept, the file is spooled, the rest is
 * skipped, however the body is cut. */
#include "base/ci_form.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#define ALEN(a) (sizeof(a) / sizeof *(a))
#define TYPE    "multipart/form-data; boundary=B"
#define PART(n) "--B\r\nContent-Disposition: form-data; name=\"" n "\"\r\n\r\n"
#define FILE_PART(f)                                                           \
    "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" f      \
    "\"\r\nContent-Type: image/png\r\n\r\n"
#define END   "--B--\r\n"
#define LIMIT 20000

static const char *const fields[] = {"token", "id", NULL};
static const ci_form_parts_t parts = {fields, "file", "/tmp", LIMIT};

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

static ci_form_t *form_make(void)
{
    ci_form_t *form = NULL;

    ck_assert_ptr_null(ci_form_create(&form, TYPE, &parts, pool));
    return form;
}

static ci_error_t *feed(ci_form_t *form, const char *text)
{
    return ci_form_feed(form, text, strlen(text));
}

/* What becomes of a whole body. */
static ci_error_t *read_body(ci_form_t **form, const char *body)
{
    ci_error_t *err;

    *form = form_make();
    err = feed(*form, body);
    return err ? err : ci_form_finish(*form);
}

static const char *file_text(const ci_form_t *form)
{
    const ci_upload_t *file = ci_form_file(form);
    apr_size_t size = (apr_size_t)ci_spool_size(file->spool);
    char *text = apr_pcalloc(pool, size + 1);

    if (size) {
        ck_assert_int_eq(ci_spool_read(file->spool, 0, text, size),
                         APR_SUCCESS);
    }
    return text;
}

static const char *const orders[] = {
    FILE_PART("a b.png") "12\r\n345\r\n" PART("token") "T\r\n" PART(
        "id") "id=1\r\n" END,
    PART("token") "T\r\n" PART("id") "id=1\r\n" FILE_PART(
        "a b.png") "12\r\n345\r\n" END,
    PART("other") "x\r\n" PART("id") "id=1\r\n" FILE_PART(
        "a b.png") "12\r\n345\r\n" PART("other") "y\r\n" PART("token") "T\r"
                                                                       "\n" END,
};

static void check_order(const ci_form_t *form)
{
    ck_assert_str_eq(ci_form_get(form, "token"), "T");
    ck_assert_str_eq(ci_form_get(form, "id"), "id=1");
    ck_assert_ptr_null(ci_form_get(form, "other"));
    ck_assert_str_eq(ci_form_file(form)->name, "a b.png");
    ck_assert_str_eq(file_text(form), "12\r\n345");
}

START_TEST(parts_come_in_any_order)
{
    ci_form_t *form;

    ck_assert_ptr_null(read_body(&form, orders[_i]));
    check_order(form);
}
END_TEST

START_TEST(body_may_be_cut_anywhere)
{
    const char *body = orders[_i];
    apr_size_t i;
    ci_form_t *form;

    for (i = 0; i <= strlen(body); i++) {
        form = form_make();
        ck_assert_ptr_null(ci_form_feed(form, body, i));
        ck_assert_ptr_null(feed(form, body + i));
        ck_assert_ptr_null(ci_form_finish(form));
        check_order(form);
    }
}
END_TEST

START_TEST(what_did_not_come_is_null)
{
    ci_form_t *form;

    ck_assert_ptr_null(read_body(&form, PART("id") "\r\n" END));
    ck_assert_str_eq(ci_form_get(form, "id"), "");
    ck_assert_ptr_null(ci_form_get(form, "token"));
    ck_assert_ptr_null(ci_form_file(form));
}
END_TEST

START_TEST(empty_file_without_a_name_is_a_file)
{
    ci_form_t *form;

    ck_assert_ptr_null(read_body(&form, PART("file") "\r\n" END));
    ck_assert_ptr_nonnull(ci_form_file(form));
    ck_assert_ptr_null(ci_form_file(form)->name);
    ck_assert_int_eq(ci_spool_size(ci_form_file(form)->spool), 0);
}
END_TEST

static const struct {
    const char *body;
    ci_code_e code;
    const char *field;
} bad[] = {
    {PART("id") "1\r\n" PART("id") "1\r\n" END, CI_INVALID_REQUEST, "id"},
    {PART("id") "\r\n" PART("id") "1\r\n" END, CI_INVALID_REQUEST, "id"},
    {PART("file") "1\r\n" PART("file") "1\r\n" END, CI_INVALID_REQUEST, "file"},
    {PART("file") "\r\n" PART("file") "\r\n" END, CI_INVALID_REQUEST, "file"},
    {PART("id") "\xff\r\n" END, CI_INVALID_REQUEST, "id"},
    {PART("id") "\xc3\r\n" END, CI_INVALID_REQUEST, "id"},
    {PART("id") "1\r\n", CI_INVALID_REQUEST, NULL},
    {"", CI_INVALID_REQUEST, NULL},
};

START_TEST(bad_forms_are_refused)
{
    ci_form_t *form;
    ci_error_t *err = read_body(&form, bad[_i].body);

    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, bad[_i].code);
    ck_assert_pstr_eq(err->field, bad[_i].field);
}
END_TEST

START_TEST(nul_in_a_field_is_refused)
{
    static const char body[] = PART("id") "a\0b\r\n" END;
    ci_error_t *err = ci_form_feed(form_make(), body, sizeof body - 1);

    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_INVALID_REQUEST);
}
END_TEST

/* A body whose part has length bytes. */
static const char *body_of(const char *head, apr_size_t length)
{
    char *bytes = apr_palloc(pool, length + 1);

    memset(bytes, 'x', length);
    bytes[length] = '\0';
    return apr_pstrcat(pool, head, bytes, "\r\n" END, NULL);
}

static const struct {
    const char *head;
    apr_size_t limit;
    const char *field;
} limits[] = {
    {PART("token"), CI_FORM_FIELD_MAX, "token"},
    {FILE_PART("a"), LIMIT, "file"},
};

START_TEST(limits_are_exact)
{
    apr_size_t limit = limits[_i].limit;
    ci_form_t *form;
    ci_error_t *err = read_body(&form, body_of(limits[_i].head, limit + 1));

    ck_assert_ptr_nonnull(err);
    ck_assert_int_eq(err->code, CI_PAYLOAD_TOO_LARGE);
    ck_assert_str_eq(err->field, limits[_i].field);
    ck_assert_ptr_null(read_body(&form, body_of(limits[_i].head, limit)));
}
END_TEST

START_TEST(part_that_is_skipped_has_no_limit)
{
    ci_form_t *form;

    ck_assert_ptr_null(read_body(&form, body_of(PART("other"), 100000)));
    ck_assert_ptr_null(ci_form_file(form));
}
END_TEST

START_TEST(other_types_are_refused)
{
    ci_form_t *form;
    ci_error_t *err = ci_form_create(&form, "text/plain", &parts, pool);

    ck_assert_int_eq(err->code, CI_UNSUPPORTED_MEDIA_TYPE);
    err = ci_form_create(&form, NULL, &parts, pool);
    ck_assert_int_eq(err->code, CI_UNSUPPORTED_MEDIA_TYPE);
    err = ci_form_create(&form, "multipart/form-data", &parts, pool);
    ck_assert_int_eq(err->code, CI_INVALID_REQUEST);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("form");
    TCase *t = tcase_create("form");

    tcase_add_checked_fixture(t, pool_open, pool_close);
    tcase_add_loop_test(t, parts_come_in_any_order, 0, ALEN(orders));
    tcase_add_loop_test(t, body_may_be_cut_anywhere, 0, ALEN(orders));
    tcase_add_test(t, what_did_not_come_is_null);
    tcase_add_test(t, empty_file_without_a_name_is_a_file);
    tcase_add_loop_test(t, bad_forms_are_refused, 0, ALEN(bad));
    tcase_add_test(t, nul_in_a_field_is_refused);
    tcase_add_loop_test(t, limits_are_exact, 0, ALEN(limits));
    tcase_add_test(t, part_that_is_skipped_has_no_limit);
    tcase_add_test(t, other_types_are_refused);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
