/* SPDX-License-Identifier: Apache-2.0 */
/* What is printed: results on standard output, as an aligned table or as JSON,
   errors on standard error. */
#include "ctl/ci_ctl.h"

#include <apr_strings.h>
#include <string.h>

#include "base/ci_text.h"

/* ------------------------------------------------------------- errors -- */

/* What an error says to an administrator: what the database said, too. */
static const char *sentence(const ci_error_t *err, apr_pool_t *pool)
{
    char reason[120];

    if (err->expected) {
        return err->expected;
    }
    if (err->rv == APR_SUCCESS || err->rv == APR_EGENERAL) {
        return err->detail;
    }
    return apr_pstrcat(pool, err->detail, ": ",
                       apr_strerror(err->rv, reason, sizeof reason), NULL);
}

/* Control characters as blanks: one line stays one line, and what others wrote
   into the database does not steer the terminal. */
static const char *tame(const char *text, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, text);
    unsigned char *p = (unsigned char *)copy;

    for (; *p; p++) {
        if (*p < ' ' || *p == 0x7f) {
            *p = ' ';
        }
        else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
            *p++ = ' ';
            *p = ' ';
        }
    }
    return copy;
}

ci_ctl_exit_e ci_ctl_report(const ci_ctl_t *ctl, const ci_error_t *err)
{
    const char *text = sentence(err, ctl->pool);
    const ci_error_t *one;

    for (one = err->next; one; one = one->next) {
        text =
            apr_pstrcat(ctl->pool, text, "; ", sentence(one, ctl->pool), NULL);
    }
    fprintf(stderr, "contactinfoctl: %s\n", tame(text, ctl->pool));
    if (ctl->misfit) {
        return CI_CTL_SCHEMA;
    }
    switch (ci_codes[err->code].status) {
    case 400:
        return CI_CTL_USAGE;
    case 503:
        return CI_CTL_UNREACHABLE;
    default:
        return CI_CTL_REFUSED;
    }
}

/* --------------------------------------------------------------- JSON -- */

/* Text that is not UTF-8 is null. */
static json_t *json_of(const ci_value_t *value, const ci_field_t *field)
{
    char datetime[CI_DATETIME_SIZE];
    json_t *json;

    if (!ci_value_is_set(value)) {
        return json_null();
    }
    switch (field->type) {
    case CI_TYPE_INTEGER:
        return json_integer(value->as.integer);
    case CI_TYPE_BOOLEAN:
        return json_boolean(value->as.integer);
    case CI_TYPE_DATETIME:
        return json_string(ci_datetime_format(datetime, &value->as.datetime));
    default:
        json = json_stringn(value->as.text, value->length);
        return json ? json : json_null();
    }
}

static json_t *json_record(const ci_record_t *record, ci_mask_t mask)
{
    json_t *json = json_object();
    const ci_field_t *field;
    int i;

    for (i = 0; i < record->object->nfields; i++) {
        field = &record->object->fields[i];
        if (mask & CI_MASK(i)) {
            json_object_set_new(json, field->name,
                                json_of(&record->values[i], field));
        }
    }
    return json;
}

void ci_ctl_print_json(json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar('\n');
    json_decref(json);
}

/* -------------------------------------------------------------- tables - */

static const char *text_of_json(const json_t *json, apr_pool_t *pool)
{
    switch (json_typeof(json)) {
    case JSON_STRING:
        return tame(json_string_value(json), pool);
    case JSON_INTEGER:
        return apr_psprintf(pool, "%" APR_INT64_T_FMT,
                            (apr_int64_t)json_integer_value(json));
    case JSON_TRUE:
        return "yes";
    case JSON_FALSE:
        return "no";
    default:
        return "-";
    }
}

/* Columns that a text takes on a terminal, one for each character. */
static int width_of(const char *text)
{
    apr_size_t characters = strlen(text);

    (void)ci_utf8_valid(text, characters, &characters);
    return (int)characters;
}

static void print_cell(const char *text, int width, int last)
{
    printf("%s%*s", text, last ? 0 : width - width_of(text) + 2, "");
}

/* One line for each element of the list, below the names of the members. */
static void print_table(json_t *const *rows, int count, apr_pool_t *pool)
{
    const char **cells;
    int *widths;
    int i, j = 0, n = (int)json_object_size(rows[0]);
    const char *name;
    json_t *value;

    cells = apr_pcalloc(pool, (apr_size_t)n * ((apr_size_t)count + 1) *
                                  sizeof *cells);
    widths = apr_pcalloc(pool, (apr_size_t)n * sizeof *widths);
    json_object_foreach(rows[0], name, value)
    {
        cells[j++] = name;
    }
    for (i = 0; i < count; i++) {
        json_object_foreach(rows[i], name, value)
        {
            cells[j++] = text_of_json(value, pool);
        }
    }
    for (j = 0; j < n * (count + 1); j++) {
        i = width_of(cells[j]);
        widths[j % n] = i > widths[j % n] ? i : widths[j % n];
    }
    for (j = 0; j < n * (count + 1); j++) {
        print_cell(cells[j], widths[j % n], j % n == n - 1);
        if (j % n == n - 1) {
            putchar('\n');
        }
    }
}

void ci_ctl_print_records(const ci_ctl_t *ctl, ci_record_t *const *records,
                          int count, ci_mask_t mask)
{
    json_t **rows =
        apr_palloc(ctl->pool, ((apr_size_t)count + 1) * sizeof *rows);
    json_t *list = json_array();
    int i;

    for (i = 0; i < count; i++) {
        rows[i] = json_record(records[i], mask);
        json_array_append_new(list, rows[i]);
    }
    if (ci_ctl_given(ctl, "json")) {
        ci_ctl_print_json(list);
        return;
    }
    if (count) {
        print_table(rows, count, ctl->pool);
    }
    json_decref(list);
}

void ci_ctl_print_object(const ci_ctl_t *ctl, json_t *json)
{
    const char *name;
    json_t *value;
    int width = 0;

    if (ci_ctl_given(ctl, "json")) {
        ci_ctl_print_json(json);
        return;
    }
    json_object_foreach(json, name, value)
    {
        width = width_of(name) > width ? width_of(name) : width;
    }
    json_object_foreach(json, name, value)
    {
        print_cell(name, width, 0);
        printf("%s\n", text_of_json(value, ctl->pool));
    }
    json_decref(json);
}
