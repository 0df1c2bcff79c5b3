/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of a header's value, read in place. */
#include "base/ci_param.h"
#include "base/ci_text.h"

#include <apr_cstr.h>

#include <string.h>

#define BLANKS " \t"
#define TOKEN_BYTES                                                            \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"           \
    "!#$%&'*+-.^_`|~"

static char *take_quoted(ci_param_t *param, char *s)
{
    char *out = ++s;

    param->value = out;
    for (; *s && *s != '"'; s++) {
        if (*s == '\\' && (s[1] == '"' || s[1] == '\\')) {
            s++;
        }
        *out++ = *s;
    }
    param->len = (apr_size_t)(out - param->value);
    return *s ? s + 1 : NULL;
}

static char *take_unquoted(ci_param_t *param, char *s)
{
    param->value = s;
    param->len = strspn(s, TOKEN_BYTES);
    return param->len > 0 ? s + param->len : NULL;
}

int ci_param_next(ci_param_t *param, char **at)
{
    char *s = *at + strspn(*at, BLANKS);
    apr_size_t len;

    param->name = NULL;
    if (*s && *s != ';') {
        return 0;
    }
    s += strspn(s, ";" BLANKS);
    if (!*s) {
        *at = s;
        return 1;
    }
    len = strspn(s, TOKEN_BYTES);
    if (len == 0 || s[len] != '=') {
        return 0;
    }
    s[len] = '\0';
    if (strchr(s, '*') && apr_cstr_casecmp(s, "filename*") != 0) {
        return 0;
    }
    param->name = s;
    s += len + 1;
    *at = *s == '"' ? take_quoted(param, s) : take_unquoted(param, s);
    return *at != NULL;
}

int ci_param_is(const ci_param_t *param, const char *name)
{
    return apr_cstr_casecmp(param->name, name) == 0;
}

/* The byte that "XX" at s stands for, or 0. */
static unsigned char hex_byte(const char *s)
{
    unsigned char byte;

    return ci_hex_decode(&byte, s, 2) ? byte : 0;
}

void ci_param_unescape(ci_param_t *param)
{
    apr_size_t in;
    apr_size_t out = 0;

    for (in = 0; in < param->len; in++) {
        char c = param->value[in];

        if (c == '%' && param->len - in > 2) {
            unsigned char byte = hex_byte(param->value + in + 1);

            if (byte == '"' || byte == '\r' || byte == '\n') {
                c = (char)byte;
                in += 2;
            }
        }
        param->value[out++] = c;
    }
    param->len = out;
}

static int decode_all(ci_param_t *param)
{
    apr_size_t in;
    apr_size_t out = 0;

    for (in = 0; in < param->len; in++) {
        unsigned char byte = (unsigned char)param->value[in];

        if (byte == '%') {
            byte = param->len - in > 2 ? hex_byte(param->value + in + 1) : 0;
            in += 2;
        }
        if (byte == 0) {
            return 0;
        }
        param->value[out++] = (char)byte;
    }
    param->len = out;
    return 1;
}

int ci_param_decode_extended(ci_param_t *param)
{
    static const char charset[] = "UTF-8'";
    const apr_size_t len = sizeof charset - 1;
    char *text;

    if (param->len < len ||
        apr_cstr_casecmpn(param->value, charset, len) != 0) {
        return 0;
    }
    text = memchr(param->value + len, '\'', param->len - len);
    if (!text) {
        return 0;
    }
    param->len -= (apr_size_t)(text + 1 - param->value);
    param->value = text + 1;
    return decode_all(param);
}
