/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of endpoint/ci_ep_photo_add, _view, _remove and _image: one photo a
 * contact, for those who see the contact. */
#include "service_mem.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#include "model/ci_objects.h"
#include "model/ci_photo.h"

#define FIELD "contact_information_identifier"
#define N1    FIELD "=id_number=N1"

static apr_pool_t *pool;
static service_t *service;

static void service_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    service = service_create(pool);
    service_add(service, "{'type':'PERSON','first_name':'Ann','last_name':'Bo',"
                         "'demographics':{'id_number':'N1'}}");
    service_add(service, "{'type':'COMPANY','company_name':'C Ltd',"
                         "'company_profile':{'registration_number':'N2'}}");
}

static void service_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static void check(const json_t *json, const char *path, const char *text)
{
    service_check(service, json, path, text);
}

static call_t upload_of(const char *form, const char *file)
{
    call_t call = {.path = "contact_information/profile_photo/add",
                   .form = form,
                   .file = file};

    return call;
}

static call_t view_of(const char *query)
{
    call_t call = {.path = "contact_information/profile_photo/view",
                   .query = query};

    return call;
}

static call_t remove_of(const char *json)
{
    call_t call = {.path = "contact_information/profile_photo/remove",
                   .json = json};

    return call;
}

static call_t image_of(const char *id)
{
    call_t call = {
        .path = "", .query = apr_pstrcat(pool, "id=", id, NULL), .is_image = 1};

    return call;
}

static json_t *add(const char *file)
{
    call_t call = upload_of(N1, file);

    return service_ok(service, &call);
}

static json_t *view(const char *query)
{
    call_t call = view_of(query);

    return service_ok(service, &call);
}

static const char *text_at(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    ck_assert_ptr_nonnull(text);
    return text;
}

/* The file id that an answer tells. */
static const char *file_id(const json_t *data)
{
    const char *url = text_at(data, "file_content_url");

    ck_assert(strncmp(url, "/images?id=", 11) == 0);
    return url + 11;
}

static void check_gone(const char *id)
{
    call_t call = image_of(id);

    service_fails(service, &call, CI_NOT_FOUND, "id");
}

static int rows(const ci_object_t *object)
{
    return store_mem_count(service->store, object);
}

/* ---------------------------------------------------------------- uses - */

START_TEST(a_contact_without_a_photo_has_none_to_view)
{
    call_t call = view_of(N1);

    service_fails(service, &call, CI_NOT_FOUND, NULL);
}
END_TEST

START_TEST(what_is_added_is_viewed)
{
    const json_t *added = add("a b.jpg");
    const char *id = file_id(added);

    ck_assert_uint_eq(json_object_size(added), 3);
    ck_assert_uint_eq(strlen(id), 32);
    check(added, "file_name",
          apr_pstrcat(pool, "'", id, "_key_contacts-profilephoto_a b.jpg'",
                      NULL));
    check(added, "file_mime_type", "'image/gif'");
    ck_assert(json_equal(view(N1), added));
}
END_TEST

START_TEST(fields_set_chooses_among_the_three_fields)
{
    call_t call = upload_of(N1 "&fields_set=file_mime_type,none", "a.gif");
    const json_t *data = service_ok(service, &call);

    ck_assert_uint_eq(json_object_size(data), 1);
    check(data, "file_mime_type", "'image/gif'");
    data = view(N1 "&fields_set=file_name,file_size,id");
    ck_assert_uint_eq(json_object_size(data), 1);
    ck_assert_ptr_nonnull(json_object_get(data, "file_name"));
}
END_TEST

START_TEST(a_photo_is_found_by_any_identifier_of_its_contact)
{
    call_t call = upload_of(FIELD "=registration_number=N2", "a.gif");
    const json_t *added = service_ok(service, &call);

    ck_assert(json_equal(view(FIELD "=registration_number%3DN2"), added));
    call = view_of(N1);
    service_fails(service, &call, CI_NOT_FOUND, NULL);
}
END_TEST

static const int sizes[] = {0,
                            1000,
                            CI_PHOTO_CHUNK - 1,
                            CI_PHOTO_CHUNK,
                            CI_PHOTO_CHUNK + 1,
                            3 * CI_PHOTO_CHUNK};

START_TEST(the_bytes_are_stored_in_as_few_rows_as_they_need)
{
    call_t call = upload_of(N1, "a.gif");
    apr_int64_t size, sum = 0;
    const answer_t *answer;
    ci_value_t data;
    int i;

    call.file_size = sizes[_i];
    call.file_fill = 'x';
    call = image_of(file_id(service_ok(service, &call)));
    answer = service_call(service, &call);
    ck_assert_ptr_null(answer->err);
    size = answer->photo->values[CI_PHOTO_SIZE].as.integer;
    ck_assert(!sizes[_i] || size == sizes[_i]);
    ck_assert_int_eq(rows(&ci_photo_chunk),
                     (size + CI_PHOTO_CHUNK - 1) / CI_PHOTO_CHUNK);
    for (i = 0; i < rows(&ci_photo_chunk); i++) {
        ck_assert_ptr_null(ci_photo_rows_read(
            &data, service->store, &answer->photo->values[CI_PHOTO_ID], i, 1,
            pool));
        ck_assert_int_eq(data.as.text[0], i ? 'x' : 'G');
        sum += data.length;
    }
    ck_assert_int_eq(sum, size);
}
END_TEST

START_TEST(the_image_tells_its_type_size_and_name)
{
    call_t call = image_of(file_id(add("a.gif")));
    const answer_t *answer = service_call(service, &call);
    const ci_value_t *values;

    ck_assert_ptr_null(answer->err);
    ck_assert_ptr_null(answer->text);
    ck_assert_ptr_nonnull(answer->photo);
    values = answer->photo->values;
    ck_assert_str_eq(ci_value_string(&values[CI_PHOTO_MIME_TYPE], pool),
                     "image/gif");
    ck_assert_str_eq(ci_value_string(&values[CI_PHOTO_FILE_NAME], pool),
                     "a.gif");
}
END_TEST

START_TEST(a_photo_takes_the_place_of_another_under_a_new_id)
{
    const char *first = file_id(add("a.gif"));
    const json_t *second = add("b.gif");

    ck_assert_str_ne(file_id(second), first);
    ck_assert(json_equal(view(N1), second));
    ck_assert_int_eq(rows(&ci_photo), 1);
    check_gone(first);
}
END_TEST

START_TEST(a_photo_that_is_removed_is_gone_and_may_be_removed_again)
{
    const char *id = file_id(add("a.gif"));
    call_t call = remove_of("{'" FIELD "':{'id_number':'N1'}}");
    call_t look = view_of(N1);

    ck_assert_uint_eq(json_object_size(service_ok(service, &call)), 0);
    service_fails(service, &look, CI_NOT_FOUND, NULL);
    check_gone(id);
    service_ok(service, &call);
    ck_assert_int_eq(rows(&ci_photo), 0);
    add("b.gif");
}
END_TEST

START_TEST(removing_a_photo_leaves_those_of_others)
{
    call_t call = upload_of(FIELD "=registration_number=N2", "a.gif");
    const json_t *other = service_ok(service, &call);

    add("b.gif");
    call = remove_of("{'" FIELD "':'id_number=N1'}");
    service_ok(service, &call);
    ck_assert(json_equal(view(FIELD "=registration_number=N2"), other));
}
END_TEST

START_TEST(a_view_is_two_statements_and_an_image_one)
{
    call_t call = image_of(file_id(add("a.gif")));

    store_mem_fail(service->store, 0, NULL);
    view(N1);
    ck_assert_int_eq(store_mem_calls(service->store), 2);
    service_call(service, &call);
    ck_assert_int_eq(store_mem_calls(service->store), 3);
}
END_TEST

/* -------------------------------------------------------------- refused  */

static const struct {
    const char *form;
    const char *file;
    int size;
    ci_code_e code;
    const char *field;
} bad_uploads[] = {
    {"fields_set=", "a.gif", 0, CI_MISSING_PARAMETER, FIELD},
    {FIELD "= ", "a.gif", 0, CI_MISSING_PARAMETER, FIELD},
    {N1, NULL, 0, CI_MISSING_PARAMETER, "file"},
    {FIELD "=N1", "a.gif", 0, CI_INVALID_IDENTIFIER, FIELD},
    {FIELD "=last_name=Bo", "a.gif", 0, CI_INVALID_IDENTIFIER, FIELD},
    {FIELD "=id=N1", "a.gif", 0, CI_NOT_FOUND, FIELD},
    {FIELD "=id_number=twice", "a.gif", 0, CI_AMBIGUOUS_IDENTIFIER, FIELD},
    {N1, "a.gif", 3, CI_UNSUPPORTED_MEDIA_TYPE, "file"},
    {N1, "a.gif", 12, CI_UNSUPPORTED_MEDIA_TYPE, "file"},
};

START_TEST(an_upload_that_is_refused_leaves_the_present_photo)
{
    call_t call = upload_of(bad_uploads[_i].form, bad_uploads[_i].file);
    const json_t *present = add("a.gif");
    int i;

    for (i = 0; i < 2; i++) {
        service_add(service,
                    "{'type':'PERSON','first_name':'A','last_name':'B',"
                    "'demographics':{'id_number':'twice'}}");
    }
    call.file_size = bad_uploads[_i].size;
    service_fails(service, &call, bad_uploads[_i].code, bad_uploads[_i].field);
    ck_assert(json_equal(view(N1), present));
}
END_TEST

START_TEST(all_that_an_upload_lacks_is_named)
{
    call_t call = upload_of("fields_set=x", NULL);
    const ci_error_t *err = service_call(service, &call)->err;

    ck_assert_ptr_nonnull(err);
    ck_assert_str_eq(err->field, FIELD);
    ck_assert_ptr_nonnull(err->next);
    ck_assert_str_eq(err->next->field, "file");
}
END_TEST

static const struct {
    const char *query; /* NULL: remove */
    const char *json;
    ci_code_e code;
} bad_choices[] = {
    {"fields_set=x", NULL, CI_MISSING_PARAMETER},
    {FIELD "=N1", NULL, CI_INVALID_IDENTIFIER},
    {FIELD "=id_number=N2", NULL, CI_NOT_FOUND},
    {NULL, "{}", CI_MISSING_PARAMETER},
    {NULL, "{'" FIELD "':null}", CI_MISSING_PARAMETER},
    {NULL, "{'" FIELD "':{}}", CI_INVALID_IDENTIFIER},
    {NULL, "{'" FIELD "':{'id_number':'N1','id':'x'}}", CI_INVALID_IDENTIFIER},
    {NULL, "{'" FIELD "':{'id_number':'N2'}}", CI_NOT_FOUND},
};

START_TEST(a_contact_that_is_not_chosen_well_is_not_touched)
{
    call_t call = bad_choices[_i].query ? view_of(bad_choices[_i].query)
                                        : remove_of(bad_choices[_i].json);

    add("a.gif");
    service_fails(service, &call, bad_choices[_i].code, FIELD);
}
END_TEST

START_TEST(an_image_is_chosen_by_its_whole_id)
{
    const char *id = file_id(add("a.gif"));
    const char *const ids[] = {"N1", apr_pstrmemdup(pool, id, 31),
                               apr_pstrcat(pool, id, "0", NULL),
                               apr_pstrcat(pool, id, "%20", NULL), "%25"};
    call_t call = image_of("");

    service_fails(service, &call, CI_MISSING_PARAMETER, "id");
    check_gone(ids[_i]);
}
END_TEST

/* ----------------------------------------------------------- visibility  */

/* Whoever does not see the contact sees no photo, and changes none. */
static void check_hidden(const char *id)
{
    call_t calls[] = {view_of(N1), upload_of(N1, "b.gif"),
                      remove_of("{'" FIELD "':{'id_number':'N1'}}"),
                      image_of(id)};
    int i;

    for (i = 0; i < CI_ALEN(calls); i++) {
        service_fails(service, &calls[i], CI_NOT_FOUND, NULL);
    }
}

START_TEST(another_organisation_has_no_such_photo)
{
    const char *id = file_id(add("a.gif"));

    service->token = service_login(service, OTHER, "U1");
    check_hidden(id);
}
END_TEST

START_TEST(a_unit_below_the_level_of_the_contact_has_no_such_photo)
{
    static const char *const levels[] = {"null", "{'number':'1'}",
                                         "{'number':'8'}"};
    call_t call = {.path = "contact_information/update"};
    const char *id = file_id(add("a.gif"));

    call.json = apr_pstrcat(pool,
                            "{'" FIELD "':{'id_number':'N1'},"
                            "'privacy_level_identifier':",
                            levels[_i], "}", NULL);
    service_ok(service, &call);
    service->token = service_login(service, DEMO, "U2");
    if (_i == 2) {
        check_hidden(id);
        return;
    }
    call = image_of(id);
    ck_assert_ptr_nonnull(service_call(service, &call)->photo);
    ck_assert_str_eq(file_id(view(N1)), id);
}
END_TEST

/* ----------------------------------------------------------- concurrency */

/* Another child that adds a photo before the transaction of this one. */
typedef struct {
    service_t *service;
    int times; /* left */
    int done;
} rival_t;

static void add_first(void *baton)
{
    rival_t *rival = baton;
    call_t call = upload_of(N1, "rival.gif");

    if (rival->times > 0) {
        rival->times--;
        rival->done++;
        service_ok(rival->service, &call);
    }
}

START_TEST(the_last_of_two_photos_at_once_stays)
{
    rival_t rival = {service_beside(service), 1, 0};
    const json_t *added;

    store_mem_hook(service->store, add_first, &rival);
    added = add("a.gif");
    ck_assert_int_eq(rival.done, 1);
    ck_assert(json_equal(view(N1), added));
    ck_assert_int_eq(rows(&ci_photo), 1);
}
END_TEST

static TCase *use_case(void)
{
    TCase *tc = tcase_create("use");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_test(tc, a_contact_without_a_photo_has_none_to_view);
    tcase_add_test(tc, what_is_added_is_viewed);
    tcase_add_test(tc, fields_set_chooses_among_the_three_fields);
    tcase_add_test(tc, a_photo_is_found_by_any_identifier_of_its_contact);
    tcase_add_loop_test(tc, the_bytes_are_stored_in_as_few_rows_as_they_need, 0,
                        CI_ALEN(sizes));
    tcase_add_test(tc, the_image_tells_its_type_size_and_name);
    tcase_add_test(tc, a_photo_takes_the_place_of_another_under_a_new_id);
    tcase_add_test(tc,
                   a_photo_that_is_removed_is_gone_and_may_be_removed_again);
    tcase_add_test(tc, removing_a_photo_leaves_those_of_others);
    tcase_add_test(tc, a_view_is_two_statements_and_an_image_one);
    tcase_add_test(tc, the_last_of_two_photos_at_once_stays);
    return tc;
}

static TCase *refusal_case(void)
{
    TCase *tc = tcase_create("refusal");

    tcase_add_checked_fixture(tc, service_open, service_close);
    tcase_add_loop_test(tc, an_upload_that_is_refused_leaves_the_present_photo,
                        0, CI_ALEN(bad_uploads));
    tcase_add_test(tc, all_that_an_upload_lacks_is_named);
    tcase_add_loop_test(tc, a_contact_that_is_not_chosen_well_is_not_touched, 0,
                        CI_ALEN(bad_choices));
    tcase_add_loop_test(tc, an_image_is_chosen_by_its_whole_id, 0, 5);
    tcase_add_test(tc, another_organisation_has_no_such_photo);
    tcase_add_loop_test(
        tc, a_unit_below_the_level_of_the_contact_has_no_such_photo, 0, 3);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("endpoint_photo");

    suite_add_tcase(suite, use_case());
    suite_add_tcase(suite, refusal_case());
    return unit_run(suite);
}
