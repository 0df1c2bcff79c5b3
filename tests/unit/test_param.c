/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_param: how parameters are taken apart and decoded. */
#include "base/ci_param.h"
#include "unit.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALEN(a) (sizeof(a) / sizeof *(a))
#define ROOM    200

static const struct {
    const char *text;
    const char *params; /* name=value and a line end each; NULL: damaged */
} texts[] = {
    {"", ""},
    {" \t", ""},
    {";", ""},
    {" ; ;\t;", ""},
    {";a=b", "a=b\n"},
    {" ; a=b ; c=d ;", "a=b\nc=d\n"},
    {";;a=b;;;c=d", "a=b\nc=d\n"},
    {";a=b;a=c", "a=b\na=c\n"},
    {";A!#$%&'+-.^_`|~9=b", "A!#$%&'+-.^_`|~9=b\n"},
    {";a=A!#$%&'*+-.^_`|~9", "a=A!#$%&'*+-.^_`|~9\n"},
    {";a=\"/:=?,@\xc3\xa9\"", "a=/:=?,@\xc3\xa9\n"},
    {";a=\"\"", "a=\n"},
    {";a=\"b c\"", "a=b c\n"},
    {";a=\"; b=c\";d=e", "a=; b=c\nd=e\n"},
    {";a=\"\\\"\\\\\"", "a=\"\\\n"},
    {";a=\"\\\\\\\"; b=c\"", "a=\\\"; b=c\n"},
    {";a=\"C:\\x\\y\"", "a=C:\\x\\y\n"},
    {";filename*=UTF-8''x", "filename*=UTF-8''x\n"},
    {"a=b", NULL},
    {"; a", NULL},
    {"; a;", NULL},
    {";a=", NULL},
    {";a=;b=c", NULL},
    {";=b", NULL},
    {";a =b", NULL},
    {";a= b", NULL},
    {";a=b c", NULL},
    {";a=b\\c", NULL},
    {";a=b\"c\"", NULL},
    {";a=b\177", NULL},
    {";a=b/c", NULL},
    {";a=b=c", NULL},
    {";a=b@c", NULL},
    {";a=b,c", NULL},
    {";a=b\xc3\xa9", NULL},
    {";a=\x01", NULL},
    {";a=\"", NULL},
    {";a=\"b", NULL},
    {";a=\"b\\", NULL},
    {";a=\"b\\\"", NULL},
    {";a=\"b\"c", NULL},
    {";a=\"b\"\"c\"", NULL},
    {";\xc3\xa9=b", NULL},
    {";a(b=c", NULL},
    {";a*=UTF-8''b", NULL},
    {";filename*0=b", NULL},
    {";filename*0*=b", NULL},
    {";*=b", NULL},
};

/* Writes what was read as in the table; 0 if the text is damaged. */
static int read_all(char out[ROOM], char *at)
{
    ci_param_t param;
    int len = 0;
    int good;

    out[0] = '\0';
    while ((good = ci_param_next(&param, &at)) && param.name) {
        len += snprintf(out + len, ROOM - (size_t)len, "%s=%.*s\n", param.name,
                        (int)param.len, param.value);
        ck_assert_int_lt(len, ROOM);
    }
    return good;
}

START_TEST(text_is_taken_apart_or_refused)
{
    const char *expected = texts[_i].params;
    char text[ROOM];
    char out[ROOM];

    snprintf(text, sizeof text, "%s", texts[_i].text);
    ck_assert_int_eq(read_all(out, text), expected != NULL);
    if (expected) {
        ck_assert_str_eq(out, expected);
    }
}
END_TEST

START_TEST(name_is_compared_in_any_case)
{
    char text[] = ";NAME=a";
    char *at = text;
    ci_param_t param;

    ck_assert_int_eq(ci_param_next(&param, &at), 1);
    ck_assert_int_eq(ci_param_is(&param, "name"), 1);
    ck_assert_int_eq(ci_param_is(&param, "nam"), 0);
    ck_assert_int_eq(ci_param_is(&param, "names"), 0);
    ck_assert_int_eq(ci_param_next(&param, &at), 1);
    ck_assert_ptr_null(param.name);
}
END_TEST

/* A parameter whose value ends where its memory does. */
static ci_param_t param_of(const char *value)
{
    ci_param_t param = {.name = "a", .len = strlen(value)};

    param.value = malloc(param.len + (param.len == 0));
    ck_assert_ptr_nonnull(param.value);
    memcpy(param.value, value, param.len);
    return param;
}

static void check_value(const ci_param_t *param, const char *expected)
{
    ck_assert_uint_eq(param->len, strlen(expected));
    ck_assert_mem_eq(param->value, expected, param->len);
}

static const struct {
    const char *value;
    const char *unescaped;
} escapes[] = {
    {"", ""},           {"a", "a"},         {"%22", "\""},
    {"%0D%0A", "\r\n"}, {"%0d%0a", "\r\n"}, {"a%22b%22", "a\"b\""},
    {"%2522", "%2522"}, {"%%22", "%\""},    {"%41%00%zz%2", "%41%00%zz%2"},
    {"100%", "100%"},
};

START_TEST(only_what_browsers_escape_is_unescaped)
{
    ci_param_t param = param_of(escapes[_i].value);

    ci_param_unescape(&param);
    check_value(&param, escapes[_i].unescaped);
    free(param.value);
}
END_TEST

static const struct {
    const char *value;
    const char *decoded; /* NULL: damaged */
} extended[] = {
    {"UTF-8''", ""},
    {"UTF-8''x", "x"},
    {"utf-8'en-GB'%e2%82%ac%20rates", "\xe2\x82\xac rates"},
    {"UTF-8''a'b", "a'b"},
    {"UTF-8''%25%41%2", NULL},
    {"", NULL},
    {"x", NULL},
    {"UTF-8", NULL},
    {"UTF-8'", NULL},
    {"UTF-8'x", NULL},
    {"UTF-16''x", NULL},
    {"iso-8859-1'en'%A3", NULL},
    {"''x", NULL},
    {"UTF-8''%", NULL},
    {"UTF-8''%4", NULL},
    {"UTF-8''%zz", NULL},
    {"UTF-8''%00", NULL},
};

START_TEST(extended_value_is_utf_8_or_refused)
{
    ci_param_t param = param_of(extended[_i].value);
    char *value = param.value;

    ck_assert_int_eq(ci_param_decode_extended(&param),
                     extended[_i].decoded != NULL);
    if (extended[_i].decoded) {
        check_value(&param, extended[_i].decoded);
    }
    free(value);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("param");
    TCase *t = tcase_create("params");

    tcase_add_loop_test(t, text_is_taken_apart_or_refused, 0, ALEN(texts));
    tcase_add_test(t, name_is_compared_in_any_case);
    tcase_add_loop_test(t, only_what_browsers_escape_is_unescaped, 0,
                        ALEN(escapes));
    tcase_add_loop_test(t, extended_value_is_utf_8_or_refused, 0,
                        ALEN(extended));
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
