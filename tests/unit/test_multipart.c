/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_multipart: what forms mean, however they are cut, and what
 * is refused. */
#include "base/ci_multipart.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <string.h>

#define ALEN(a) (sizeof(a) / sizeof *(a))
#define TEN     "1234567890"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN
#define FORM    "multipart/form-data"

/* A boundary line, one with the header of a field, a field, the last one. */
#define B        "--B\r\n"
#define CD       "Content-Disposition: form-data; "
#define NAMED(n) B CD "name=\"" n "\"\r\n"
#define FIELD    NAMED("a") "\r\n1\r\n"
#define END      "--B--\r\n"
#define BYTES(s)                                                               \
    {                                                                          \
        s, sizeof(s) - 1                                                       \
    }

typedef struct {
    const char *data;
    size_t len;
} bytes_t;

typedef struct {
    bytes_t body;
    const char *events; /* name(file)<type>=content; of each part */
} form_t;

/* What the events said, in the form of form_t, and what they should answer. */
typedef struct {
    char text[65536];
    size_t len;
    int calls;         /* of events, */
    int fail;          /* the number of the one that fails, */
    ci_error_t *error; /* and with what */
} log_t;

static apr_pool_t *pool;    /* of a test */
static apr_pool_t *parsing; /* of one body in it */

static void pool_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    apr_pool_create(&parsing, pool);
}

static void pool_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static void log_bytes(log_t *log, const char *data, size_t len)
{
    ck_assert_uint_lt(log->len + len, sizeof log->text);
    memcpy(log->text + log->len, data, len);
    log->len += len;
}

static void log_text(log_t *log, const char *text)
{
    log_bytes(log, text, strlen(text));
}

static ci_error_t *answer(log_t *log)
{
    log->calls++;
    return log->calls == log->fail ? log->error : NULL;
}

static ci_error_t *part_begin(void *baton, const ci_part_t *part)
{
    log_t *log = baton;

    log_text(log, part->name);
    if (part->file_name) {
        log_text(log, "(");
        log_text(log, part->file_name);
        log_text(log, ")");
    }
    if (part->content_type) {
        log_text(log, "<");
        log_text(log, part->content_type);
        log_text(log, ">");
    }
    log_text(log, "=");
    return answer(log);
}

static ci_error_t *part_data(void *baton, const char *data, apr_size_t len)
{
    ck_assert_uint_gt(len, 0);
    log_bytes(baton, data, len);
    return answer(baton);
}

static ci_error_t *part_end(void *baton)
{
    log_text(baton, ";");
    return answer(baton);
}

static const ci_multipart_events_t events = {part_begin, part_data, part_end};

static ci_multipart_t *parser_of(log_t *log, const char *boundary)
{
    ci_multipart_t *parser;

    memset(log, 0, sizeof *log);
    ci_multipart_create(&parser, boundary, &ci_multipart_limits, &events, log,
                        parsing);
    return parser;
}

static ci_code_e code_of(const ci_error_t *err)
{
    return err ? err->code : CI_OK;
}

/* Feeds a body in a first piece and then pieces of a size. */
static ci_code_e parse(log_t *log, const char *boundary, bytes_t body,
                       size_t first, size_t size)
{
    ci_multipart_t *parser = parser_of(log, boundary);
    ci_error_t *err = ci_multipart_feed(parser, body.data, first);
    ci_error_t *last;
    size_t at;

    for (at = first; at < body.len && !err; at += size) {
        size = size < body.len - at ? size : body.len - at;
        err = ci_multipart_feed(parser, body.data + at, size);
    }
    last = ci_multipart_finish(parser);
    ck_assert(!err || last == err);
    return code_of(last);
}

static void check_parse(bytes_t body, size_t first, size_t size, ci_code_e code,
                        bytes_t expected)
{
    log_t log;

    ck_assert_int_eq(parse(&log, "B", body, first, size), code);
    ck_assert_uint_eq(log.len, expected.len);
    ck_assert_mem_eq(log.text, expected.data, log.len);
    apr_pool_clear(parsing);
}

/* Whole, in two pieces cut at every place, in pieces of 1 to 7 bytes. */
static void check_every_split(bytes_t body, ci_code_e code, bytes_t expected)
{
    size_t i;

    for (i = 0; i <= body.len; i++) {
        check_parse(body, i, body.len, code, expected);
    }
    for (i = 1; i <= 7; i++) {
        check_parse(body, 0, i, code, expected);
    }
}

static bytes_t text_bytes(const char *text)
{
    bytes_t bytes = {text, strlen(text)};

    return bytes;
}

static const form_t forms[] = {
    {BYTES(FIELD END), "a=1;"},
    {BYTES(FIELD "--B--"), "a=1;"},
    {BYTES(FIELD "--B-- \t"), "a=1;"},
    {BYTES(FIELD "--B--\t\r\n"), "a=1;"},
    {BYTES("--B \t \r\n" CD "name=a\r\n\r\n1\r\n" END), "a=1;"},
    {BYTES(FIELD NAMED("b") "\r\n2\r\n" FIELD END), "a=1;b=2;a=1;"},
    {BYTES(NAMED("a") "\r\n" END), "a=;"},
    {BYTES(END), ""},
    /* preamble and epilogue */
    {BYTES("\r\n" FIELD END), "a=1;"},
    {BYTES("--A\r\n --B\r\nx--B\r\n" FIELD END), "a=1;"},
    {BYTES(FIELD END FIELD END "\n\0"), "a=1;"},
};

static const bytes_t damaged_forms[] = {
    /* without an end, or without one at its place */
    BYTES(""),
    BYTES("a=1&b=2"),
    BYTES("--"),
    BYTES("--B"),
    BYTES("--B-"),
    BYTES("--A--\r\n"),
    BYTES("x--B--\r\n"),
    BYTES(B),
    BYTES(NAMED("a")),
    /* something behind the boundary */
    BYTES("--BOUN\r\n" FIELD END),
    BYTES("--BOUN\r\n" CD "name=a\r\n\r\n1\r\n" END),
    BYTES("--B--x\r\n"),
    BYTES("--B -\r\n"),
    /* other line ends */
    BYTES("--B--\n"),
    BYTES("--B\n" CD "name=a\r\n\r\n" END),
    BYTES("--B\r" CD "name=a\r\n\r\n" END),
    BYTES(B CD "name=a\n\r\n" END),
    BYTES(B CD "name=a\r\r\n\r\n" END),
    BYTES(B CD "name=a\rX: y\r\n\r\n" END),
    BYTES(NAMED("a") "\n1\r\n" END),
    BYTES(NAMED("a") "\r1\r\n" END),
    BYTES("x\n" FIELD END),
    BYTES("\r" FIELD END),
    /* headers without a name */
    BYTES(B "\r\n1\r\n" END),
    BYTES(B "X-Any: thing; name=a\r\n\r\n1\r\n" END),
};

/* Forms that are damaged behind a part, or in its content. */
static const form_t damaged_later[] = {
    {BYTES(FIELD), "a=1"},
    {BYTES(FIELD "--B"), "a=1;"},
    {BYTES(FIELD "--B-"), "a=1;"},
    {BYTES(FIELD "--B--x\r\n"), "a=1;"},
    {BYTES(FIELD "--BOUN\r\n" END), "a=1;"},
    {BYTES(FIELD "--B\r\n\r\n" END), "a=1;"},
    {BYTES(NAMED("a") "\r\n1--B--\r\n"), "a=1--B--"},
    {BYTES(NAMED("a") "\r\n--"), "a="},
    {BYTES(NAMED("a") "\r\n1\n--B\r\n" END), "a=1"},
    {BYTES(NAMED("a") "\r\n1\r--B\r\n" END), "a=1"},
    {BYTES(NAMED("a") "\r\n1\r\r--B--\r\n"), "a=1\r"},
    {BYTES(NAMED("a") "\r\n1\n\n--B--\r\n"), "a=1\n"},
};

static const bytes_t contents[] = {
    BYTES(""),
    BYTES("1"),
    BYTES("\0"),
    BYTES("\r"),
    BYTES("\n"),
    BYTES("\r\n"),
    BYTES("\r\n\n\r"),
    BYTES("\n\n\r\r\r\n\r\n"),
    BYTES("--"),
    BYTES("-\r\n-\r\n--\r\n--"),
    BYTES("x--B\r\n --B"),
    BYTES("\r\n-B\r\n---B\r\n--b"),
    BYTES("\n--b\r--b\r\n--\r--\n"),
    BYTES("\xff\xd8\xff\xe0\0\x10JFIF\0"),
};

static const struct {
    const char *params;  /* of Content-Disposition, */
    const char *meaning; /* name(file), or NULL: refused */
} dispositions[] = {
    {"name=a", "a"},
    {"name=\"a\"", "a"},
    {"name=\"%22%0d%0A%41%2%\"", "%22%0d%0A%41%2%"},
    {"name=\"\xe2\x82\xac\"", "\xe2\x82\xac"},
    {"filename=\"\"; name=a", "a()"},
    {"name=a; filename=p.jpg", "a(p.jpg)"},
    {"name=a; filename=\"\\\\\\\"; x=\\\"\"", "a(\\\"; x=\")"},
    {"name=a; filename=\"%22%0d%0A%41%2%\"", "a(\"\r\n%41%2%)"},
    {"name=a; filename=\"../..\t\x01\"", "a(../..\t\x01)"},
    {"name=a; filename=\"\xe2\x82\xac\"", "a(\xe2\x82\xac)"},
    {"name=a; filename*=utf-8''%e2%82%AC%20x%22", "a(\xe2\x82\xac x\")"},
    {"name=a; FileName*=UTF-8'en'x'y", "a(x'y)"},
    {"name=a; filename*=UTF-8''", "a()"},
    {"name=a; filename*=UTF-8''x; filename=y", "a(y)"},
    {"name=a; filename=y; filename*=latin1''x", "a(y)"},
    {"name=a; filename=\"\"; filename*=UTF-8''x", "a()"},
    {"", NULL},
    {"name", NULL},
    {"name=", NULL},
    {"name=\"\"", NULL},
    {"filename=x", NULL},
    {"name=a; name=a", NULL},
    {"name=a; NAME=b", NULL},
    {"name=a; filename=x; filename=x", NULL},
    {"name=a; filename*=UTF-8''x; filename*=UTF-8''x", NULL},
    {"name=\"a", NULL},
    {"name=a;\r\n x=y", NULL},
    {"name*=UTF-8''a", NULL},
    {"name=a; name*=UTF-8''b", NULL},
    {"name=a; filename*0=x", NULL},
    {"name=a; filename*=latin1''x", NULL},
    {"name=a; filename*=UTF-8''x%00", NULL},
    {"name=a; filename*=UTF-8''%ff", NULL},
    {"name=\"\xff\"", NULL},
    {"name=a; filename=\"\xc0\xaf\"", NULL},
};

static const struct {
    const char *lines;  /* headers of a part, */
    const char *events; /* and what they mean; NULL: refused */
} headers[] = {
    {CD "name=a", "a=;"},
    {"CONTENT-DISPOSITION:FORM-DATA;NAME=a", "a=;"},
    {"Content-Disposition: \t form-data \t; name=a \t", "a=;"},
    {"X-Any: x; name=b\r\n" CD "name=a\r\nX-Any:\r\nY: \t ", "a=;"},
    {"content-TYPE: a/b; c=d \t\r\n" CD "name=a", "a<a/b; c=d>=;"},
    {CD "name=a\r\nContent-Transfer-Encoding: 8BIT", "a=;"},
    {CD "name=a\r\nContent-Transfer-Encoding:7bit", "a=;"},
    {CD "name=a\r\ncontent-transfer-encoding: binary ", "a=;"},
    {CD "name=a\r\n" CD "name=a", NULL},
    {CD "name=a\r\n" CD "filename=x", NULL},
    {"Content-Disposition: form-data", NULL},
    {"Content-Disposition:", NULL},
    {"Content-Disposition: attachment; name=a", NULL},
    {"Content-Disposition: form-datax; name=a", NULL},
    {"Content-Disposition: form; name=a", NULL},
    {"Content-Disposition: ; name=a", NULL},
    {"Content-Disposition: form-data name=a", NULL},
    {"Content-Disposition : form-data; name=a", NULL},
    {"Content-Disposition", NULL},
    {CD "name=a\r\n folded", NULL},
    {"\tX: y\r\n" CD "name=a", NULL},
    {": y\r\n" CD "name=a", NULL},
    {"X\xc3\xa9: y\r\n" CD "name=a", NULL},
    {CD "name=a\r\nContent-Type: a/b\r\nContent-Type: a/b", NULL},
    {CD "name=a\r\nContent-Transfer-Encoding: base64", NULL},
    {CD "name=a\r\nContent-Transfer-Encoding: quoted-printable", NULL},
    {CD "name=a\r\nContent-Transfer-Encoding:", NULL},
};

static const bytes_t unsupported[] = {
    BYTES(NAMED("a") "Content-Encoding: gzip\r\n\r\n" END),
    BYTES(NAMED("a") "Content-Type: multipart/mixed\r\n\r\n" END),
    BYTES(B "Content-Type: Multipart/Mixed; boundary=C\r\n\r\n" END),
};

START_TEST(form_means_the_same_at_every_split)
{
    check_every_split(forms[_i].body, CI_OK, text_bytes(forms[_i].events));
}
END_TEST

START_TEST(damaged_form_is_refused_at_every_split)
{
    check_every_split(damaged_forms[_i], CI_INVALID_REQUEST, text_bytes(""));
}
END_TEST

START_TEST(parts_before_the_damage_are_told_at_every_split)
{
    check_every_split(damaged_later[_i].body, CI_INVALID_REQUEST,
                      text_bytes(damaged_later[_i].events));
}
END_TEST

START_TEST(form_cut_short_is_refused)
{
    static const char form[] = NAMED("a") "Content-Type: a/b\r\n\r\n1\r\n" END;
    bytes_t body = {form, 0};
    log_t log;

    for (; body.len <= sizeof form - 1; body.len++) {
        ck_assert_int_eq(parse(&log, "B", body, body.len, 1),
                         body.len < sizeof form - 3 ? CI_INVALID_REQUEST
                                                    : CI_OK);
    }
}
END_TEST

START_TEST(form_of_the_published_call_is_read)
{
    static const char boundary[] = "------------------------d74496d66958873e";
    static const char form[] =
        "--------------------------d74496d66958873e\r\n" CD
        "name=\"file\"; filename=\"[object Object]\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n\xff\xd8\xff\r\n"
        "--------------------------d74496d66958873e\r\n" CD
        "name=\"contact_information_identifier\"\r\n\r\n"
        "id=18686813304341ECAFC8175A85594C9B\r\n"
        "--------------------------d74496d66958873e\r\n" CD
        "name=\"token\"\r\n\r\nC9464BFEC45F49989AAB17E1C54FA4D0\r\n"
        "--------------------------d74496d66958873e--\r\n";
    static const char expected[] =
        "file([object Object])<application/octet-stream>=\xff\xd8\xff;"
        "contact_information_identifier=id=18686813304341ECAFC8175A85594C9B;"
        "token=C9464BFEC45F49989AAB17E1C54FA4D0;";
    bytes_t body = BYTES(form);
    log_t log;
    size_t i;

    for (i = 0; i <= body.len; i++) {
        ck_assert_int_eq(parse(&log, boundary, body, i, 3), CI_OK);
        ck_assert_uint_eq(log.len, sizeof expected - 1);
        ck_assert_mem_eq(log.text, expected, log.len);
    }
}
END_TEST

START_TEST(content_is_passed_on_unchanged)
{
    const bytes_t *content = &contents[_i];
    size_t head = sizeof(NAMED("a") "\r\n") - 1;
    char body[200] = NAMED("a") "\r\n";
    char events_text[100] = "a=";
    bytes_t whole = {body, head + content->len + sizeof("\r\n" END) - 1};
    bytes_t expected = {events_text, content->len + 3};

    memcpy(body + head, content->data, content->len);
    memcpy(body + head + content->len, "\r\n" END, sizeof("\r\n" END) - 1);
    memcpy(events_text + 2, content->data, content->len);
    events_text[content->len + 2] = ';';
    check_every_split(whole, CI_OK, expected);
}
END_TEST

START_TEST(names_are_read_from_the_disposition)
{
    const char *body = apr_pstrcat(pool, B CD, dispositions[_i].params,
                                   "\r\n\r\n1\r\n" END, NULL);
    const char *meaning = dispositions[_i].meaning;

    check_every_split(
        text_bytes(body), meaning ? CI_OK : CI_INVALID_REQUEST,
        text_bytes(meaning ? apr_pstrcat(pool, meaning, "=1;", NULL) : ""));
}
END_TEST

START_TEST(headers_are_read_or_refused)
{
    const char *body =
        apr_pstrcat(pool, B, headers[_i].lines, "\r\n\r\n\r\n" END, NULL);
    const char *expected = headers[_i].events;

    check_every_split(text_bytes(body), expected ? CI_OK : CI_INVALID_REQUEST,
                      text_bytes(expected ? expected : ""));
}
END_TEST

START_TEST(content_to_take_apart_is_refused)
{
    check_every_split(unsupported[_i], CI_UNSUPPORTED_MEDIA_TYPE,
                      text_bytes(""));
}
END_TEST

static const bytes_t nuls[] = {
    BYTES(B CD "name=a; filename=\"a.php\0.jpg\"\r\n\r\n" END),
    BYTES(B CD "name=a\0\r\n\r\n" END),
    BYTES(B "X\0: y\r\n" CD "name=a\r\n\r\n" END),
    BYTES("--B\0\r\n" CD "name=a\r\n\r\n" END),
    BYTES("--B--\0\r\n"),
};

START_TEST(nul_in_a_line_is_refused)
{
    check_every_split(nuls[_i], CI_INVALID_REQUEST, text_bytes(""));
}
END_TEST

static const struct {
    const char *content_type;
    const char *boundary; /* NULL: refused */
} types[] = {
    {FORM "; boundary=B", "B"},
    {"Multipart/FORM-data;BOUNDARY=b", "b"},
    {FORM " ; charset=utf-8;; boundary=B ;", "B"},
    {FORM "; boundary=\"a b\"", "a b"},
    {FORM "; boundary=\"'()+_,-./:=? z\"", "'()+_,-./:=? z"},
    {FORM "; boundary=\"----=_Part/1:2?\"", "----=_Part/1:2?"},
    {FORM "; boundary=" SEVENTY, SEVENTY},
    {FORM "; x=\"; boundary=A\"; boundary=B", "B"},
    {FORM "; boundary=---011000010111000001101001; "
          "boundary=------------------------d74496d66958873e",
     "------------------------d74496d66958873e"},
    {FORM "; boundary=\"\x01\"; boundary=B", "B"},
    {FORM, NULL},
    {FORM ";", NULL},
    {FORM "; charset=utf-8", NULL},
    {FORM "; boundary", NULL},
    {FORM "; boundary=", NULL},
    {FORM "; boundary=\"\"", NULL},
    {FORM "; boundary=A; boundary=\"\"", NULL},
    {FORM "; boundary=\"B", NULL},
    {FORM "; boundary=\"a\\\"b\"", NULL},
    {FORM "; boundary=\"a\\\\b\"", NULL},
    {FORM "; boundary=a\\b", NULL},
    {FORM "; boundary=----=_Part", NULL},
    {FORM "; boundary=\"a \"", NULL},
    {FORM "; boundary=a b", NULL},
    {FORM "; boundary=\"a\tb\"", NULL},
    {FORM "; boundary=\"a\r\n b\"", NULL},
    {FORM "; boundary=a\r\n", NULL},
    {FORM "; boundary=a*b", NULL},
    {FORM "; boundary=\xc3\xa9", NULL},
    {FORM "; boundary=" SEVENTY "1", NULL},
    {FORM "; boundary*=UTF-8''B", NULL},
    {FORM "; boundary=B; boundary*0=C", NULL},
    {FORM " boundary=B", NULL},
    {FORM "; boundary=B, " FORM "; boundary=C", NULL},
};

START_TEST(boundary_is_the_last_one_of_the_content_type)
{
    const char *boundary = NULL;
    ci_error_t *err =
        ci_multipart_boundary(&boundary, types[_i].content_type, pool);

    ck_assert_int_eq(code_of(err),
                     types[_i].boundary ? CI_OK : CI_INVALID_REQUEST);
    ck_assert_pstr_eq(boundary, types[_i].boundary);
}
END_TEST

static const char *const other_types[] = {
    NULL,
    "",
    "application/json",
    "multipart/mixed; boundary=B",
    "multipart/form-dat; boundary=B",
    "multipart/form-datax; boundary=B",
};

START_TEST(body_of_another_type_is_not_supported)
{
    const char *boundary = NULL;
    ci_error_t *err = ci_multipart_boundary(&boundary, other_types[_i], pool);

    ck_assert_int_eq(code_of(err), CI_UNSUPPORTED_MEDIA_TYPE);
    ck_assert_ptr_null(boundary);
}
END_TEST

START_TEST(boundary_of_8000_bytes_is_refused)
{
    char *value = apr_palloc(pool, 8001);
    const char *boundary = NULL;
    ci_error_t *err;

    memset(value, 'b', 8000);
    value[8000] = '\0';
    err = ci_multipart_boundary(
        &boundary, apr_pstrcat(pool, FORM "; boundary=", value, NULL), pool);
    ck_assert_int_eq(code_of(err), CI_INVALID_REQUEST);
}
END_TEST

/* prefix, count times what, suffix */
static char *repeat(const char *prefix, const char *what, size_t count,
                    const char *suffix)
{
    size_t len = strlen(what);
    char *text = apr_palloc(pool, len * count + 1);
    size_t i;

    for (i = 0; i < count; i++) {
        memcpy(text + i * len, what, len);
    }
    text[len * count] = '\0';
    return apr_pstrcat(pool, prefix, text, suffix, NULL);
}

static void check_repeat(const char *prefix, const char *what, size_t count,
                         const char *suffix, ci_code_e code)
{
    bytes_t body = text_bytes(repeat(prefix, what, count, suffix));
    log_t log;

    ck_assert_int_eq(parse(&log, "B", body, body.len, 1), code);
    ck_assert_int_eq(parse(&log, "B", body, 0, 1), code);
}

START_TEST(limit_of_parts_is_exact)
{
    check_repeat("", FIELD, 16, END, CI_OK);
    check_repeat("", FIELD, 17, END, CI_PAYLOAD_TOO_LARGE);
    check_repeat("", FIELD, 1000, END, CI_PAYLOAD_TOO_LARGE);
}
END_TEST

START_TEST(limit_of_headers_is_exact)
{
    check_repeat(NAMED("a"), "X:\r\n", 7, "\r\n" END, CI_OK);
    check_repeat(NAMED("a"), "X:\r\n", 8, "\r\n" END, CI_PAYLOAD_TOO_LARGE);
    check_repeat(FIELD NAMED("a"), "X:\r\n", 7, "\r\n" END, CI_OK);
}
END_TEST

START_TEST(limit_of_header_bytes_is_exact)
{
    /* all that counts besides x: the line end of the boundary and the rest */
    size_t rest = strlen("\r\n" CD "name=a\r\nX:\r\n\r\n");

    check_repeat(B CD "name=a\r\nX:", "x", 4096 - rest, "\r\n\r\n" END, CI_OK);
    check_repeat(B CD "name=a\r\nX:", "x", 4097 - rest, "\r\n\r\n" END,
                 CI_PAYLOAD_TOO_LARGE);
    check_repeat(B CD "name=a; filename=\"", "x", 1000000, "\"\r\n\r\n" END,
                 CI_PAYLOAD_TOO_LARGE);
    check_repeat("--B", " ", 4094, "\r\n", CI_INVALID_REQUEST);
    check_repeat("--B", " ", 4095, "\r\n", CI_PAYLOAD_TOO_LARGE);
    check_repeat("--B--", " ", 4092, "\r\n", CI_OK);
}
END_TEST

START_TEST(limit_of_the_preamble_is_exact)
{
    check_repeat("", "x", 1024, "\r\n" FIELD END, CI_OK);
    check_repeat("", "x", 1025, "\r\n" FIELD END, CI_INVALID_REQUEST);
    check_repeat("", "\r", 1024, "\r\n" END, CI_OK);
    check_repeat("", "\r", 1025, "\r\n" END, CI_INVALID_REQUEST);
    check_repeat("", "x", 1000000, "", CI_INVALID_REQUEST);
}
END_TEST

START_TEST(epilogue_of_any_length_is_ignored)
{
    check_repeat(FIELD END, FIELD END "\r\n--B\r\n\n", 30000, "", CI_OK);
}
END_TEST

START_TEST(parameters_are_limited_by_bytes_alone)
{
    check_repeat(B CD "name=a", ";a=\"\"", 600, "\r\n\r\n" END, CI_OK);
    check_repeat(B CD "name=a", ";", 4000, "\r\n\r\n" END, CI_OK);
}
END_TEST

static const char *const near_misses[] = {
    "\r\n--", "\r\n--BOUNDAR", "\n--BOUNDA", "\r--BOUNDARx", "B", "\r",
    "\n",     "\r\n",          "-",
};

START_TEST(near_misses_of_a_boundary_are_passed_in_one_call)
{
    const char *what = near_misses[_i];
    bytes_t body = text_bytes(repeat("--BOUNDARY\r\n" CD "name=a\r\n\r\n", what,
                                     4000, "\r\n--BOUNDARY--"));
    bytes_t expected = text_bytes(repeat("a=", what, 4000, ";"));
    log_t log;

    ck_assert_int_eq(parse(&log, "BOUNDARY", body, body.len, 1), CI_OK);
    ck_assert_int_eq(log.calls, 3);
    ck_assert_uint_eq(log.len, expected.len);
    ck_assert_mem_eq(log.text, expected.data, log.len);
    ck_assert_int_eq(parse(&log, "BOUNDARY", body, 0, 5), CI_OK);
    ck_assert_uint_eq(log.len, expected.len);
    ck_assert_mem_eq(log.text, expected.data, log.len);
}
END_TEST

START_TEST(longest_boundary_is_found_at_every_split)
{
    bytes_t body = BYTES("--" SEVENTY "\r\n" CD "name=a\r\n\r\n1"
                         "\r\n--1234\r\n--" SEVENTY "--");
    log_t log;
    size_t i;

    for (i = 0; i <= body.len; i++) {
        ck_assert_int_eq(parse(&log, SEVENTY, body, i, body.len), CI_OK);
        ck_assert_uint_eq(log.len, strlen("a=1\r\n--1234;"));
        ck_assert_mem_eq(log.text, "a=1\r\n--1234;", log.len);
    }
}
END_TEST

START_TEST(error_of_an_event_stops_the_parser)
{
    bytes_t body = BYTES(FIELD FIELD END);
    log_t log;
    ci_multipart_t *parser = parser_of(&log, "B");
    ci_error_t *err = ci_error_create(pool, CI_CONFLICT, NULL, "of the test");

    log.error = err;
    log.fail = _i;
    ck_assert_ptr_eq(ci_multipart_feed(parser, body.data, body.len), err);
    ck_assert_ptr_eq(ci_multipart_feed(parser, body.data, body.len), err);
    ck_assert_ptr_eq(ci_multipart_finish(parser), err);
    ck_assert_int_eq(log.calls, _i);
}
END_TEST

START_TEST(what_create_is_given_is_copied)
{
    bytes_t body = BYTES(FIELD NAMED("b") "\r\n" END);
    ci_multipart_limits_t limits = {
        .parts = 2, .headers = 1, .header_bytes = 100, .preamble = 0};
    char boundary[] = "B";
    ci_multipart_t *parser;
    log_t log;

    memset(&log, 0, sizeof log);
    ci_multipart_create(&parser, boundary, &limits, &events, &log, pool);
    memset(&limits, 0, sizeof limits);
    boundary[0] = 'x';
    ck_assert_ptr_null(ci_multipart_feed(parser, body.data, body.len));
    ck_assert_ptr_null(ci_multipart_feed(parser, body.data, 0));
    ck_assert_ptr_null(ci_multipart_finish(parser));
    ck_assert_uint_eq(log.len, strlen("a=1;b=;"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("multipart");
    TCase *t = tcase_create("forms");

    tcase_add_checked_fixture(t, pool_open, pool_close);
    tcase_add_loop_test(t, form_means_the_same_at_every_split, 0, ALEN(forms));
    tcase_add_loop_test(t, damaged_form_is_refused_at_every_split, 0,
                        ALEN(damaged_forms));
    tcase_add_loop_test(t, parts_before_the_damage_are_told_at_every_split, 0,
                        ALEN(damaged_later));
    tcase_add_test(t, form_cut_short_is_refused);
    tcase_add_test(t, form_of_the_published_call_is_read);
    tcase_add_loop_test(t, content_is_passed_on_unchanged, 0, ALEN(contents));
    tcase_add_loop_test(t, names_are_read_from_the_disposition, 0,
                        ALEN(dispositions));
    tcase_add_loop_test(t, headers_are_read_or_refused, 0, ALEN(headers));
    tcase_add_loop_test(t, content_to_take_apart_is_refused, 0,
                        ALEN(unsupported));
    tcase_add_loop_test(t, nul_in_a_line_is_refused, 0, ALEN(nuls));
    tcase_add_loop_test(t, boundary_is_the_last_one_of_the_content_type, 0,
                        ALEN(types));
    tcase_add_loop_test(t, body_of_another_type_is_not_supported, 0,
                        ALEN(other_types));
    tcase_add_test(t, boundary_of_8000_bytes_is_refused);
    tcase_add_test(t, limit_of_parts_is_exact);
    tcase_add_test(t, limit_of_headers_is_exact);
    tcase_add_test(t, limit_of_header_bytes_is_exact);
    tcase_add_test(t, limit_of_the_preamble_is_exact);
    tcase_add_test(t, epilogue_of_any_length_is_ignored);
    tcase_add_test(t, parameters_are_limited_by_bytes_alone);
    tcase_add_loop_test(t, near_misses_of_a_boundary_are_passed_in_one_call, 0,
                        ALEN(near_misses));
    tcase_add_test(t, longest_boundary_is_found_at_every_split);
    tcase_add_loop_test(t, error_of_an_event_stops_the_parser, 1, 7);
    tcase_add_test(t, what_create_is_given_is_copied);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
