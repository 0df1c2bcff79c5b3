/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A push parser for multipart/form-data.
 *
 * Content is searched for a line end, "--" and the boundary. A boundary has no
 * line end inside, so a match that fails can begin again only at the byte where
 * it failed: no byte is looked at more than twice, and what was held back at
 * the end of a piece is known without being kept. All else in a body is short
 * lines, which are gathered and then read.
 */
#include "base/ci_multipart.h"
#include "base/ci_param.h"
#include "base/ci_text.h"

#include <apr_cstr.h>
#include <apr_strings.h>

#include <string.h>

#define BLANKS         " \t"
#define LETTERS        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define HEADER_BYTES   LETTERS "0123456789!#$%&'*+-.^_`|~"
#define BOUNDARY_MAX   70
#define BOUNDARY_BYTES LETTERS "0123456789'()+_,-./:=? "

/* What the next byte belongs to; the preamble is content of no part. */
typedef enum { AT_CONTENT, AT_BOUNDARY, AT_HEADER, AT_EPILOGUE } place_e;

/* The line end just before; content begins behind one that is not its own. */
typedef enum { EOL_NONE, EOL_START, EOL_CR, EOL_LF, EOL_CRLF } eol_e;

static const char *const eols[] = {
    [EOL_NONE] = "", [EOL_START] = "",    [EOL_CR] = "\r",
    [EOL_LF] = "\n", [EOL_CRLF] = "\r\n",
};

struct ci_multipart_t {
    apr_pool_t *pool;
    const ci_multipart_events_t *events;
    void *baton;
    ci_multipart_limits_t limits;
    ci_error_t *failed; /* what stopped the parser */
    place_e place;

    const char *dash; /* "--" and the boundary */
    apr_size_t dash_len;
    eol_e eol;
    apr_size_t matched; /* bytes of dash that follow on eol */
    apr_size_t preamble;

    char *line; /* room for limits.header_bytes and a NUL */
    apr_size_t line_len;
    int after_cr;
    apr_size_t header_bytes;

    int parts;
    int headers;
    ci_part_t part;
};

const ci_multipart_limits_t ci_multipart_limits = {
    .parts = 16,
    .headers = 8,
    .header_bytes = 4096,
    .preamble = 1024,
};

static ci_error_t *refuse(const ci_multipart_t *parser, ci_code_e code,
                          const char *expected)
{
    return ci_error_create(parser->pool, code, NULL,
                           "multipart body, part %d: %s", parser->parts,
                           expected);
}

static ci_error_t *damaged(const ci_multipart_t *parser, const char *expected)
{
    return refuse(parser, CI_INVALID_REQUEST, expected);
}

/* Keeps a value; 0 if there is one already or this one is no UTF-8. */
static int keep(const char **kept, const ci_param_t *param, apr_pool_t *pool)
{
    if (*kept || !ci_utf8_valid(param->value, param->len, NULL)) {
        return 0;
    }
    *kept = apr_pstrmemdup(pool, param->value, param->len);
    return 1;
}

static int read_names(ci_part_t *part, char *at, apr_pool_t *pool)
{
    ci_param_t extended = {.name = NULL};
    ci_param_t param;
    int good;

    while ((good = ci_param_next(&param, &at)) && param.name) {
        if (ci_param_is(&param, "filename*")) {
            good = !extended.name;
            extended = param;
        }
        else if (ci_param_is(&param, "filename")) {
            ci_param_unescape(&param);
            good = keep(&part->file_name, &param, pool);
        }
        else if (ci_param_is(&param, "name")) {
            good = keep(&part->name, &param, pool);
        }
        if (!good) {
            return 0;
        }
    }
    if (good && extended.name && !part->file_name) {
        good = ci_param_decode_extended(&extended) &&
               keep(&part->file_name, &extended, pool);
    }
    return good && part->name && *part->name;
}

static ci_error_t *take_disposition(ci_multipart_t *parser, char *value)
{
    apr_size_t len = strcspn(value, ";" BLANKS);

    if (parser->part.name || len != strlen("form-data") ||
        apr_cstr_casecmpn(value, "form-data", len) != 0 ||
        !read_names(&parser->part, value + len, parser->pool)) {
        return damaged(parser, "expected one Content-Disposition: form-data "
                               "with one name and at most one filename");
    }
    return NULL;
}

static ci_error_t *take_type(ci_multipart_t *parser, char *value)
{
    if (parser->part.content_type) {
        return damaged(parser, "expected at most one Content-Type");
    }
    if (apr_cstr_casecmpn(value, "multipart/", strlen("multipart/")) == 0) {
        return refuse(parser, CI_UNSUPPORTED_MEDIA_TYPE,
                      "expected a part that is not multipart itself");
    }
    parser->part.content_type = apr_pstrdup(parser->pool, value);
    return NULL;
}

static ci_error_t *take_transfer_encoding(ci_multipart_t *parser, char *value)
{
    if (apr_cstr_casecmp(value, "binary") == 0 ||
        apr_cstr_casecmp(value, "8bit") == 0 ||
        apr_cstr_casecmp(value, "7bit") == 0) {
        return NULL;
    }
    return damaged(parser, "expected no Content-Transfer-Encoding");
}

static ci_error_t *take_content_encoding(ci_multipart_t *parser, char *value)
{
    (void)value;
    return refuse(parser, CI_UNSUPPORTED_MEDIA_TYPE,
                  "expected no Content-Encoding");
}

static const struct {
    const char *name;
    ci_error_t *(*take)(ci_multipart_t *parser, char *value);
} known_headers[] = {
    {"Content-Disposition", take_disposition},
    {"Content-Type", take_type},
    {"Content-Transfer-Encoding", take_transfer_encoding},
    {"Content-Encoding", take_content_encoding},
};

static ci_error_t *take_header(ci_multipart_t *parser)
{
    apr_size_t len = strspn(parser->line, HEADER_BYTES);
    char *end = parser->line + parser->line_len;
    char *value;
    apr_size_t i;

    if (len == 0 || parser->line[len] != ':') {
        return damaged(parser, "expected a header, \"Name: value\", unfolded");
    }
    if (++parser->headers > parser->limits.headers) {
        return refuse(parser, CI_PAYLOAD_TOO_LARGE, "too many headers");
    }
    parser->line[len] = '\0';
    value = parser->line + len + 1;
    value += strspn(value, BLANKS);
    while (end > value && strchr(BLANKS, end[-1])) {
        *--end = '\0';
    }
    for (i = 0; i < sizeof known_headers / sizeof *known_headers; i++) {
        if (apr_cstr_casecmp(parser->line, known_headers[i].name) == 0) {
            return known_headers[i].take(parser, value);
        }
    }
    return NULL;
}

static void begin_content(ci_multipart_t *parser)
{
    parser->place = AT_CONTENT;
    parser->eol = EOL_START;
    parser->matched = 0;
}

static ci_error_t *end_headers(ci_multipart_t *parser)
{
    if (!parser->part.name) {
        return damaged(parser, "expected a Content-Disposition");
    }
    begin_content(parser);
    return parser->events->part_begin(parser->baton, &parser->part);
}

static int blank(const char *s)
{
    return s[strspn(s, BLANKS)] == '\0';
}

static int closes(const char *line)
{
    return strncmp(line, "--", 2) == 0 && blank(line + 2);
}

static ci_error_t *take_boundary(ci_multipart_t *parser)
{
    if (closes(parser->line)) {
        parser->place = AT_EPILOGUE;
        return NULL;
    }
    if (!blank(parser->line)) {
        return damaged(parser, "expected a line end behind the boundary");
    }
    if (parser->parts == parser->limits.parts) {
        return refuse(parser, CI_PAYLOAD_TOO_LARGE, "too many parts");
    }
    parser->parts++;
    parser->place = AT_HEADER;
    parser->headers = 0;
    memset(&parser->part, 0, sizeof parser->part);
    return NULL;
}

static ci_error_t *end_line(ci_multipart_t *parser)
{
    ci_error_t *err;

    parser->line[parser->line_len] = '\0';
    if (parser->place == AT_BOUNDARY) {
        err = take_boundary(parser);
    }
    else {
        err = parser->line_len ? take_header(parser) : end_headers(parser);
    }
    parser->line_len = 0;
    parser->after_cr = 0;
    return err;
}

/* Gathers the rest of a line, which is a boundary's or a header's. */
static ci_error_t *feed_line(ci_multipart_t *parser, const char **at,
                             const char *end)
{
    while (*at < end) {
        char c = *(*at)++;

        if (++parser->header_bytes > parser->limits.header_bytes) {
            return refuse(parser, CI_PAYLOAD_TOO_LARGE, "headers too long");
        }
        if (c == '\n' && parser->after_cr) {
            return end_line(parser);
        }
        if (c == '\0' || c == '\n' || parser->after_cr) {
            return damaged(parser, "expected lines that end with CRLF, no NUL");
        }
        if (c == '\r') {
            parser->after_cr = 1;
        }
        else {
            parser->line[parser->line_len++] = c;
        }
    }
    return NULL;
}

static ci_error_t *pass(ci_multipart_t *parser, const char *data,
                        apr_size_t len)
{
    if (parser->parts > 0) {
        return len > 0 ? parser->events->part_data(parser->baton, data, len)
                       : NULL;
    }
    parser->preamble += len;
    return parser->preamble > parser->limits.preamble
               ? damaged(parser, "expected the boundary at the beginning")
               : NULL;
}

/* Bytes that are held back since a boundary may begin with them. */
static apr_size_t held(const ci_multipart_t *parser)
{
    return strlen(eols[parser->eol]) + parser->matched;
}

static ci_error_t *pass_held(ci_multipart_t *parser)
{
    const char *eol = eols[parser->eol];
    ci_error_t *err = pass(parser, eol, strlen(eol));

    return err ? err : pass(parser, parser->dash, parser->matched);
}

/* Takes one byte into the match of a boundary; 0 if it does not fit. */
static int match(ci_multipart_t *parser, char c)
{
    if (parser->eol != EOL_NONE && c == parser->dash[parser->matched]) {
        parser->matched++;
        return 1;
    }
    if (parser->eol == EOL_CR && parser->matched == 0 && c == '\n') {
        parser->eol = EOL_CRLF;
        return 1;
    }
    return 0;
}

/* The byte, or the end. */
static const char *find(const char *at, char byte, const char *end)
{
    const char *found = memchr(at, byte, (apr_size_t)(end - at));

    return found ? found : end;
}

/* Begins a match with the line end at this byte, else steps to the next one.
   @param lf the next line feed, if it is not before the byte; kept between
   calls, so that nothing is searched twice */
static const char *restart(ci_multipart_t *parser, const char *at,
                           const char *end, const char **lf)
{
    parser->matched = 0;
    parser->eol = *at == '\r' ? EOL_CR : *at == '\n' ? EOL_LF : EOL_NONE;
    if (parser->eol != EOL_NONE) {
        return at + 1;
    }
    if (!*lf || *lf < at) {
        *lf = find(at, '\n', end);
    }
    return find(at, '\r', *lf);
}

static ci_error_t *end_content(ci_multipart_t *parser)
{
    if (parser->eol == EOL_CR || parser->eol == EOL_LF) {
        return damaged(parser, "expected CRLF before the boundary");
    }
    parser->place = AT_BOUNDARY;
    parser->header_bytes = 0;
    return parser->parts > 0 ? parser->events->part_end(parser->baton) : NULL;
}

/* Passes content on, up to the next boundary or what may become one. */
static ci_error_t *feed_content(ci_multipart_t *parser, const char **at,
                                const char *end)
{
    const char *mark = *at;         /* not passed on yet: from here, */
    int carried = held(parser) > 0; /* or what an earlier piece left */
    const char *lf = NULL;
    ci_error_t *err = NULL;

    while (*at < end && parser->matched < parser->dash_len && !err) {
        if (match(parser, **at)) {
            ++*at;
            continue;
        }
        if (carried) {
            err = pass_held(parser);
            carried = 0;
            mark = *at;
        }
        *at = restart(parser, *at, end, &lf);
    }
    if (!err && !carried) {
        err = pass(parser, mark, (apr_size_t)(*at - mark) - held(parser));
    }
    if (err || parser->matched < parser->dash_len) {
        return err;
    }
    return end_content(parser);
}

ci_error_t *ci_multipart_boundary(const char **boundary,
                                  const char *content_type, apr_pool_t *pool)
{
    static const char type[] = "multipart/form-data";
    char *at = apr_pstrdup(pool, content_type ? content_type : "");
    apr_size_t len = strcspn(at, ";" BLANKS);
    ci_param_t last = {.len = 0};
    ci_param_t param;
    int good;

    if (len != strlen(type) || apr_cstr_casecmpn(at, type, len) != 0) {
        return ci_error_create(pool, CI_UNSUPPORTED_MEDIA_TYPE, NULL,
                               "Content-Type: expected %s", type);
    }
    at += len;
    while ((good = ci_param_next(&param, &at)) && param.name) {
        if (ci_param_is(&param, "boundary")) {
            last = param;
        }
    }
    if (!good || last.len == 0 || last.len > BOUNDARY_MAX ||
        strspn(last.value, BOUNDARY_BYTES) < last.len ||
        last.value[last.len - 1] == ' ') {
        return ci_error_create(pool, CI_INVALID_REQUEST, NULL,
                               "Content-Type: expected a boundary of 1 to %d "
                               "bytes, as RFC 2046 has it",
                               BOUNDARY_MAX);
    }
    *boundary = apr_pstrmemdup(pool, last.value, last.len);
    return NULL;
}

void ci_multipart_create(ci_multipart_t **parser, const char *boundary,
                         const ci_multipart_limits_t *limits,
                         const ci_multipart_events_t *events, void *baton,
                         apr_pool_t *pool)
{
    ci_multipart_t *made = apr_pcalloc(pool, sizeof *made);

    made->pool = pool;
    made->events = events;
    made->baton = baton;
    made->limits = *limits;
    made->dash = apr_pstrcat(pool, "--", boundary, NULL);
    made->dash_len = strlen(made->dash);
    made->line = apr_palloc(pool, limits->header_bytes + 1);
    begin_content(made);
    *parser = made;
}

ci_error_t *ci_multipart_feed(ci_multipart_t *parser, const char *data,
                              apr_size_t len)
{
    const char *end = data + len;

    while (data < end && !parser->failed && parser->place != AT_EPILOGUE) {
        parser->failed = parser->place == AT_CONTENT
                             ? feed_content(parser, &data, end)
                             : feed_line(parser, &data, end);
    }
    return parser->failed;
}

ci_error_t *ci_multipart_finish(ci_multipart_t *parser)
{
    if (parser->failed || parser->place == AT_EPILOGUE) {
        return parser->failed;
    }
    parser->line[parser->line_len] = '\0';
    if (parser->place != AT_BOUNDARY || !closes(parser->line)) {
        parser->failed = damaged(parser, "expected the last boundary");
    }
    return parser->failed;
}
