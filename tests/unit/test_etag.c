/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_etag: which version an If-Match applies to, and tags that
 * mod_deflate and mod_brotli have marked. */
#include "base/ci_etag.h"
#include "unit.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

#define ALEN(a) (sizeof(a) / sizeof *(a))

/* Of a contact that has version 12. */
static const struct {
    const char *if_match;
    int applies;
} headers[] = {
    {NULL, 1},
    {"*", 1},
    {"\"12-a\"", 1},
    {"\"12-\"", 1},
    {"\"1-a\", \"12-a\"", 1},
    {"\"1-a\",\"12-a\"", 1},
    {" ,\t\"1-a\"\t, \"12-a\"", 1},
    {"\"\",\"12-a\"", 1},
    {"W/\"12-a\", \"12-a\"", 1},
    {"\"\xc3\xa9\", \"12-a\"", 1},
    {"", 0},
    {"\"1-a\"", 0},
    {"\"2-a\"", 0},
    {"\"123-a\"", 0},
    {"\"012-a\"", 0},
    {"\"12\"", 0},
    {"\"-12-a\"", 0},
    {"12-a", 0},
    {"W/\"12-a\"", 0},
    {"w/\"12-a\"", 0},
    {"\"12-a", 0},
    {"\"1-a\" x \"12-a\"", 0},
    {"\"a b\", \"12-a\"", 0},
    {"\"\x7f\", \"12-a\"", 0},
    {"\"a,\"12-a\"", 0},
    {"* , \"12-a\"", 0},
    {"\"99999999999999999999-a\"", 0},
};

START_TEST(if_match_applies_to_the_version_that_a_tag_begins_with)
{
    ck_assert_int_eq(ci_etag_applies(headers[_i].if_match, 12),
                     headers[_i].applies);
}
END_TEST

static const struct {
    const char *marked;
    const char *plain;
} marks[] = {
    {"", ""},
    {"*", "*"},
    {"\"1-a\"", "\"1-a\""},
    {"\"1-a-gzip\"", "\"1-a\""},
    {"\"1-a-br\"", "\"1-a\""},
    {"W/\"1-a-gzip\", \"2-b-br\",\"3-c\"", "W/\"1-a\", \"2-b\",\"3-c\""},
    {"\"1-gzip-a\"", "\"1-gzip-a\""},
    {"\"1-gzip-gzip\"", "\"1\""},
};

START_TEST(marks_are_taken_out_of_all_tags)
{
    char *tags = strdup(marks[_i].marked);

    ck_assert_ptr_nonnull(tags);
    ci_etag_unmark(tags);
    ck_assert_str_eq(tags, marks[_i].plain);
    free(tags);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("etag");
    TCase *tcase = tcase_create("etag");

    tcase_add_loop_test(tcase,
                        if_match_applies_to_the_version_that_a_tag_begins_with,
                        0, ALEN(headers));
    tcase_add_loop_test(tcase, marks_are_taken_out_of_all_tags, 0, ALEN(marks));
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
