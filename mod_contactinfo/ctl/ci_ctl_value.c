/* SPDX-License-Identifier: Apache-2.0 */
/* Columns as options: their names, their values as text. */
#include "ctl/ci_ctl.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <string.h>

#include "base/ci_number.h"
#include "base/ci_text.h"
#include "model/ci_session.h"

const char *ci_ctl_value_option(const ci_field_t *field, apr_pool_t *pool)
{
    char *name = apr_pstrdup(pool, field->name);
    char *p;

    for (p = name; *p; p++) {
        *p = (char)(*p == '_' ? '-' : *p);
    }
    return name;
}

const char *ci_ctl_value_argument(const ci_field_t *field)
{
    switch (field->type) {
    case CI_TYPE_INTEGER:
        return "NUMBER";
    case CI_TYPE_BOOLEAN:
        return "yes|no";
    default:
        return "TEXT";
    }
}

const char *ci_ctl_value_help(const ci_field_t *field, apr_pool_t *pool)
{
    switch (field->type) {
    case CI_TYPE_INTEGER:
        return field->flags & CI_NULLABLE ? "a whole number or none"
                                          : "a whole number";
    case CI_TYPE_BOOLEAN:
        return "yes or no";
    default:
        return apr_psprintf(
            pool, "at most %" APR_INT64_T_FMT " characters%s", field->max,
            field->flags & CI_NULLABLE ? ", empty for none" : "");
    }
}

/* A column that may be empty is emptied. */
static int is_none(const ci_field_t *field, const char *text)
{
    return field->flags & CI_NULLABLE &&
           (*text == '\0' ||
            (field->type == CI_TYPE_INTEGER && strcmp(text, "none") == 0));
}

static int read_text(ci_value_t *value, const ci_field_t *field,
                     const char *text)
{
    apr_size_t length = strlen(text);
    apr_size_t characters;

    *value = ci_value_bytes(text, length);
    return ci_utf8_valid(text, length, &characters) &&
           characters <= (apr_size_t)field->max &&
           ci_text_clean(text, length, (field->flags & CI_MULTILINE) != 0) &&
           !ci_text_blank(text, length) &&
           (!field->check || field->check(text, length));
}

static int read_integer(ci_value_t *value, const ci_field_t *field,
                        const char *text)
{
    apr_int64_t integer;

    if (!ci_integer_parse(&integer, text, strlen(text)) ||
        integer < field->min || integer > field->max) {
        return 0;
    }
    *value = ci_value_integer(integer);
    return 1;
}

static int read_boolean(ci_value_t *value, const char *text)
{
    int yes = strcmp(text, "yes") == 0;

    *value = ci_value_integer(yes);
    return yes || strcmp(text, "no") == 0;
}

static int read_value(ci_value_t *value, const ci_field_t *field,
                      const char *text)
{
    switch (field->type) {
    case CI_TYPE_INTEGER:
        return read_integer(value, field, text);
    case CI_TYPE_BOOLEAN:
        return read_boolean(value, text);
    default:
        return read_text(value, field, text);
    }
}

ci_error_t *ci_ctl_value_read(ci_value_t *value, const ci_field_t *field,
                              const char *option, const char *text,
                              apr_pool_t *pool)
{
    if (is_none(field, text)) {
        *value = ci_value_null();
        return NULL;
    }
    if (read_value(value, field, text)) {
        return NULL;
    }
    return ci_ctl_usage(pool, "--%s: expected %s", option,
                        ci_ctl_value_help(field, pool));
}

int ci_ctl_id_valid(const char *text)
{
    static const char allowed[] = "0123456789-_"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz";
    apr_size_t length = strlen(text);

    return length > 0 && length < CI_ID_SIZE && strspn(text, allowed) == length;
}

ci_error_t *ci_ctl_id_make(const char **id, apr_pool_t *pool)
{
    unsigned char random[CI_TOKEN_LENGTH / 2];
    apr_status_t rv = apr_generate_random_bytes(random, sizeof random);

    if (rv != APR_SUCCESS) {
        return ci_error_server(pool, CI_INTERNAL_ERROR, rv, "no randomness");
    }
    *id = ci_hex_encode(apr_palloc(pool, CI_TOKEN_LENGTH + 1), random,
                        sizeof random);
    return NULL;
}
