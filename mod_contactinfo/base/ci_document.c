/* SPDX-License-Identifier: Apache-2.0 */
/* A document's text to record in one pass: one reader a type, one loop over
   the rows. Every reader stands behind what it has read, or answers 0. */
#include "base/ci_document.h"

#include <apr_strings.h>

#include "base/ci_number.h"

#define MAX_SET 50

typedef struct {
    const char *at;
    const char *end;
    apr_pool_t *pool;
} reader_t;

typedef int read_fn(reader_t *reader, const ci_field_t *field,
                    ci_value_t *value);

static ci_record_t *read_record(reader_t *reader, const ci_object_t *object,
                                ci_mask_t wanted);

static int take(reader_t *reader, char c)
{
    if (reader->at == reader->end || *reader->at != c) {
        return 0;
    }
    reader->at++;
    return 1;
}

static int take_text(reader_t *reader, const char *text, apr_size_t length)
{
    if ((apr_size_t)(reader->end - reader->at) < length ||
        memcmp(reader->at, text, length) != 0) {
        return 0;
    }
    reader->at += length;
    return 1;
}

/* What an escape that ci_json_write() writes stands for; 0 if it is another. */
static int take_escape(reader_t *reader, char *out)
{
    static const char names[] = "\"\\bfnrt";
    static const char bytes[] = "\"\\\b\f\n\r\t";
    const char *name;

    if (!take(reader, '\\') || reader->at == reader->end || !*reader->at) {
        return 0;
    }
    name = strchr(names, *reader->at++);
    if (!name) {
        return 0;
    }
    *out = bytes[name - names];
    return 1;
}

/* A string with escapes, from its first byte on, into the pool. */
static int take_escaped(reader_t *reader, const char **text, apr_size_t *length)
{
    const char *quote =
        memchr(reader->at, '"', (apr_size_t)(reader->end - reader->at));
    char *out, *begin;

    /* room for the whole of it: no quote before this one ends it */
    while (quote && quote[-1] == '\\') {
        quote = memchr(quote + 1, '"', (apr_size_t)(reader->end - quote - 1));
    }
    if (!quote) {
        return 0;
    }
    out = begin =
        apr_palloc(reader->pool, (apr_size_t)(quote - reader->at) + 1);
    for (; reader->at < reader->end && *reader->at != '"'; out++) {
        if ((unsigned char)*reader->at < ' ') {
            return 0;
        }
        if (*reader->at != '\\') {
            *out = *reader->at++;
        }
        else if (!take_escape(reader, out)) {
            return 0;
        }
    }
    *text = begin;
    *length = (apr_size_t)(out - begin);
    return take(reader, '"');
}

/* The bytes of a string, in place unless it has escapes. */
static int take_string(reader_t *reader, const char **text, apr_size_t *length)
{
    const char *at;

    if (!take(reader, '"')) {
        return 0;
    }
    for (at = reader->at; at < reader->end && *at != '"'; at++) {
        if (*at == '\\') {
            return take_escaped(reader, text, length);
        }
        if ((unsigned char)*at < ' ') {
            return 0;
        }
    }
    *text = reader->at;
    *length = (apr_size_t)(at - reader->at);
    reader->at = at;
    return take(reader, '"');
}

static int read_text(reader_t *reader, const ci_field_t *field,
                     ci_value_t *value)
{
    const char *text;
    apr_size_t length, characters;

    if (!take_string(reader, &text, &length)) {
        return 0;
    }
    if (length > (apr_size_t)field->max &&
        (!ci_utf8_valid(text, length, &characters) ||
         characters > (apr_size_t)field->max)) {
        return 0;
    }
    *value = ci_value_bytes(text, length);
    return 1;
}

static int read_token(reader_t *reader, const ci_field_t *field,
                      ci_value_t *value)
{
    const char *text;
    apr_size_t length;
    int i;

    if (!take_string(reader, &text, &length)) {
        return 0;
    }
    for (i = 0; field->words[i]; i++) {
        if (strlen(field->words[i]) == length &&
            memcmp(field->words[i], text, length) == 0) {
            *value = ci_value_integer(i);
            return 1;
        }
    }
    return 0;
}

/* The characters that a number is made of. */
static apr_size_t number_length(const reader_t *reader)
{
    const char *at = reader->at;

    while (at < reader->end &&
           ((*at >= '0' && *at <= '9') || *at == '-' || *at == '.' ||
            *at == 'e' || *at == 'E' || *at == '+')) {
        at++;
    }
    return (apr_size_t)(at - reader->at);
}

static int take_integer(reader_t *reader, apr_int64_t *integer)
{
    apr_size_t length = number_length(reader);

    if (!ci_integer_parse(integer, reader->at, length)) {
        return 0;
    }
    reader->at += length;
    return 1;
}

static int read_integer(reader_t *reader, const ci_field_t *field,
                        ci_value_t *value)
{
    apr_int64_t integer;

    if (!take_integer(reader, &integer) || integer < field->min ||
        integer > field->max) {
        return 0;
    }
    *value = ci_value_integer(integer);
    return 1;
}

static int read_number(reader_t *reader, const ci_field_t *field,
                       ci_value_t *value)
{
    apr_size_t length = number_length(reader);
    apr_int64_t integer;

    (void)field;
    if (length < 16 && ci_integer_parse(&integer, reader->at, length)) {
        value->as.number = (double)integer;
    }
    else if (!ci_number_parse(&value->as.number, reader->at, length)) {
        return 0;
    }
    value->state = CI_SET_VALUE;
    reader->at += length;
    return 1;
}

static int read_boolean(reader_t *reader, const ci_field_t *field,
                        ci_value_t *value)
{
    (void)field;
    if (take_text(reader, "true", 4)) {
        *value = ci_value_integer(1);
        return 1;
    }
    *value = ci_value_integer(0);
    return take_text(reader, "false", 5);
}

static int read_datetime(reader_t *reader, const ci_field_t *field,
                         ci_value_t *value)
{
    const char *text;
    apr_size_t length;
    ci_datetime_t datetime;

    (void)field;
    if (!take_string(reader, &text, &length) ||
        !ci_datetime_parse(&datetime, text, length)) {
        return 0;
    }
    *value = ci_value_datetime(&datetime);
    return 1;
}

#define TAKE(reader, literal) take_text(reader, literal, sizeof(literal) - 1)

static int read_date(reader_t *reader, const ci_field_t *field,
                     ci_value_t *value)
{
    apr_int64_t day, month, year = 2000;
    ci_datetime_t date = {0};

    if (!TAKE(reader, "{\"day\":") || !take_integer(reader, &day) ||
        !TAKE(reader, ",\"month\":") || !take_integer(reader, &month) ||
        (field->type == CI_TYPE_DATE &&
         (!TAKE(reader, ",\"year\":") || !take_integer(reader, &year))) ||
        !take(reader, '}') || day < 1 || day > 31 || month < 1 || month > 12 ||
        year < 1000 || year > 9999 ||
        !ci_date_valid((int)year, (int)month, (int)day)) {
        return 0;
    }
    date.day = (apr_byte_t)day;
    date.month = (apr_byte_t)month;
    date.year = (apr_int16_t)(field->type == CI_TYPE_DATE ? year : 0);
    *value = ci_value_datetime(&date);
    return 1;
}

static int read_object(reader_t *reader, const ci_field_t *field,
                       ci_value_t *value)
{
    ci_record_t *record = read_record(reader, field->object, CI_WHOLE);

    if (record) {
        *value = ci_value_record(record);
    }
    return record != NULL;
}

static int read_set(reader_t *reader, const ci_field_t *field,
                    ci_value_t *value)
{
    ci_record_t *records[MAX_SET];
    int n = 0;

    if (!take(reader, '[')) {
        return 0;
    }
    do {
        if (n == MAX_SET || n == field->max) {
            return 0;
        }
        records[n] = read_record(reader, field->object, CI_WHOLE);
        if (!records[n++]) {
            return 0;
        }
    } while (take(reader, ','));
    *value = ci_value_set(
        apr_pmemdup(reader->pool, records, (apr_size_t)n * sizeof records[0]),
        n);
    return take(reader, ']');
}

static read_fn *const readers[CI_TYPE_COUNT] = {
    [CI_TYPE_TEXT] = read_text,       [CI_TYPE_TOKEN] = read_token,
    [CI_TYPE_INTEGER] = read_integer, [CI_TYPE_NUMBER] = read_number,
    [CI_TYPE_BOOLEAN] = read_boolean, [CI_TYPE_DATETIME] = read_datetime,
    [CI_TYPE_DATE] = read_date,       [CI_TYPE_NAME_DAY] = read_date,
    [CI_TYPE_REFERENCE] = read_text,  [CI_TYPE_OBJECT] = read_object,
    [CI_TYPE_SET] = read_set,
};

/* The separator and the key of a field; nothing is taken if it is another. */
static int take_key(reader_t *reader, char separator, const ci_field_t *field)
{
    if ((apr_size_t)(reader->end - reader->at) < field->key_length + 1U ||
        *reader->at != separator ||
        memcmp(reader->at + 1, field->key, field->key_length) != 0) {
        return 0;
    }
    reader->at += field->key_length + 1;
    return 1;
}

/* The members in the order of the table, each behind a comma or the bracket;
   the text may end anywhere behind the last wanted one. */
static ci_record_t *read_record(reader_t *reader, const ci_object_t *object,
                                ci_mask_t wanted)
{
    ci_record_t *record = ci_record_make(object, reader->pool);
    const ci_field_t *field;
    char separator = '{';
    int i;

    for (i = 0; wanted && i < object->nfields; i++) {
        field = &object->fields[i];
        if (!(field->flags & CI_MEMBER) ||
            !take_key(reader, separator, field)) {
            continue;
        }
        separator = ',';
        if (!readers[field->type](reader, field, &record->values[i])) {
            return NULL;
        }
        wanted &= ~CI_MASK(i);
    }
    if (!wanted) {
        reader->end = reader->at;
        return record;
    }
    return (separator == ',' || take(reader, '{')) && take(reader, '}') ? record
                                                                        : NULL;
}

int ci_document_read(ci_record_t **record, const ci_object_t *object,
                     ci_mask_t wanted, const char *text, apr_size_t length,
                     apr_pool_t *pool)
{
    reader_t reader = {text, text + length, pool};
    apr_size_t characters;

    *record = read_record(&reader, object, wanted);
    return *record && reader.at == reader.end &&
           ci_utf8_valid(text, (apr_size_t)(reader.end - text), &characters);
}
