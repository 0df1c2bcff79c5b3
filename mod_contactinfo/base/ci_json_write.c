/* SPDX-License-Identifier: Apache-2.0 */
/* Record to JSON text: one writer a type, one loop over the rows. */
#include "base/ci_json_write.h"

#include "base/ci_number.h"

/* How a byte stands in a JSON string: 0 as it is, 'u' as \u00xx, else behind a
   backslash (RFC 8259 section 7). */
static const char escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u',         'u',           'u',          'b',
    't', 'n', 'u', 'f', 'r', 'u',         'u',           'u',          'u',
    'u', 'u', 'u', 'u', 'u', 'u',         'u',           'u',          'u',
    'u', 'u', 'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\', [0x7f] = 'u',
};

static void write_escape(ci_sink_t *sink, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";

    ci_sink_reserve(sink, 6);
    *sink->at++ = '\\';
    *sink->at++ = escapes[c];
    if (escapes[c] == 'u') {
        *sink->at++ = '0';
        *sink->at++ = '0';
        *sink->at++ = hex[c >> 4];
        *sink->at++ = hex[c & 15];
    }
}

void ci_json_write_text(ci_sink_t *sink, const char *text, apr_size_t length)
{
    const char *end = text + length;
    const char *run = text;

    ci_sink_reserve(sink, length + 2);
    *sink->at++ = '"';
    for (; text < end; text++) {
        if (!escapes[(unsigned char)*text]) {
            continue;
        }
        ci_sink_write(sink, run, (apr_size_t)(text - run));
        write_escape(sink, (unsigned char)*text);
        run = text + 1;
    }
    ci_sink_write(sink, run, (apr_size_t)(end - run));
    ci_sink_char(sink, '"');
}

static void write_integer(ci_sink_t *sink, apr_int64_t integer)
{
    char text[24];

    ci_sink_write(sink, text, ci_integer_format(text, integer));
}

static void put_text(const ci_write_t *write, const ci_field_t *field,
                     const ci_value_t *value)
{
    (void)field;
    ci_json_write_text(write->sink, value->as.text, value->length);
}

static void put_token(const ci_write_t *write, const ci_field_t *field,
                      const ci_value_t *value)
{
    const char *word = field->words[value->as.integer];

    ci_json_write_text(write->sink, word, strlen(word));
}

static void put_integer(const ci_write_t *write, const ci_field_t *field,
                        const ci_value_t *value)
{
    (void)field;
    write_integer(write->sink, value->as.integer);
}

static void put_number(const ci_write_t *write, const ci_field_t *field,
                       const ci_value_t *value)
{
    char text[32];

    (void)field;
    ci_sink_write(write->sink, text, ci_number_format(text, value->as.number));
}

static void put_boolean(const ci_write_t *write, const ci_field_t *field,
                        const ci_value_t *value)
{
    (void)field;
    if (value->as.integer) {
        CI_SINK_LITERAL(write->sink, "true");
    }
    else {
        CI_SINK_LITERAL(write->sink, "false");
    }
}

static void put_datetime(const ci_write_t *write, const ci_field_t *field,
                         const ci_value_t *value)
{
    char text[20];

    (void)field;
    ci_datetime_format(text, &value->as.datetime);
    ci_json_write_text(write->sink, text, 19);
}

static void put_date(const ci_write_t *write, const ci_field_t *field,
                     const ci_value_t *value)
{
    const ci_datetime_t *date = &value->as.datetime;

    CI_SINK_LITERAL(write->sink, "{\"day\":");
    write_integer(write->sink, date->day);
    CI_SINK_LITERAL(write->sink, ",\"month\":");
    write_integer(write->sink, date->month);
    if (field->type == CI_TYPE_DATE) {
        CI_SINK_LITERAL(write->sink, ",\"year\":");
        write_integer(write->sink, date->year);
    }
    ci_sink_char(write->sink, '}');
}

static void put_reference(const ci_write_t *write, const ci_field_t *field,
                          const ci_value_t *value)
{
    if (write->view == CI_VIEW_DOCUMENT) {
        ci_json_write_text(write->sink, value->as.text, value->length);
    }
    else {
        write->lookup->write(write->sink, write->lookup->baton, field->object,
                             value);
    }
}

static void put_object(const ci_write_t *write, const ci_field_t *field,
                       const ci_value_t *value)
{
    ci_write_t nested = *write;

    if (field->flags & CI_BRIEF) {
        nested.view = CI_VIEW_RELATED;
    }
    ci_json_write(&nested, value->as.record, ~(ci_mask_t)0);
}

static void put_set(const ci_write_t *write, const ci_field_t *field,
                    const ci_value_t *value)
{
    apr_uint32_t i;

    (void)field;
    ci_sink_char(write->sink, '[');
    for (i = 0; i < value->length; i++) {
        if (i) {
            ci_sink_char(write->sink, ',');
        }
        ci_json_write(write, value->as.set[i], ~(ci_mask_t)0);
    }
    ci_sink_char(write->sink, ']');
}

/* What stands for a value that is not set. */
static const char *const unset[CI_TYPE_COUNT] = {
    [CI_TYPE_TEXT] = "null",
    [CI_TYPE_TOKEN] = "null",
    [CI_TYPE_INTEGER] = "null",
    [CI_TYPE_NUMBER] = "null",
    [CI_TYPE_BOOLEAN] = "false",
    [CI_TYPE_DATETIME] = "null",
    [CI_TYPE_DATE] = "{\"day\":null,\"month\":null,\"year\":null}",
    [CI_TYPE_NAME_DAY] = "{\"day\":null,\"month\":null}",
    [CI_TYPE_REFERENCE] = "null",
    [CI_TYPE_OBJECT] = "null",
    [CI_TYPE_SET] = "[]",
};

typedef void put_fn(const ci_write_t *write, const ci_field_t *field,
                    const ci_value_t *value);

static put_fn *const put[CI_TYPE_COUNT] = {
    [CI_TYPE_TEXT] = put_text,
    [CI_TYPE_TOKEN] = put_token,
    [CI_TYPE_INTEGER] = put_integer,
    [CI_TYPE_NUMBER] = put_number,
    [CI_TYPE_BOOLEAN] = put_boolean,
    [CI_TYPE_DATETIME] = put_datetime,
    [CI_TYPE_DATE] = put_date,
    [CI_TYPE_NAME_DAY] = put_date,
    [CI_TYPE_REFERENCE] = put_reference,
    [CI_TYPE_OBJECT] = put_object,
    [CI_TYPE_SET] = put_set,
};

static const unsigned view_flags[] = {
    [CI_VIEW_ANSWER] = CI_SHOWN,
    [CI_VIEW_RELATED] = CI_RELATED,
    [CI_VIEW_DOCUMENT] = CI_MEMBER,
};

/* 1 if a document has something to say of this value. */
static int has_member(const ci_field_t *field, const ci_value_t *value)
{
    const ci_record_t *record;
    int i;

    if (value->state != CI_SET_VALUE) {
        return 0;
    }
    if (field->type == CI_TYPE_SET) {
        return value->length > 0;
    }
    if (field->type != CI_TYPE_OBJECT) {
        return 1;
    }
    record = value->as.record;
    for (i = 0; i < record->object->nfields; i++) {
        if ((record->object->fields[i].flags & CI_MEMBER) &&
            has_member(&record->object->fields[i], &record->values[i])) {
            return 1;
        }
    }
    return 0;
}

static int is_written(const ci_write_t *write, const ci_field_t *field,
                      const ci_value_t *value)
{
    if (!(field->flags & view_flags[write->view])) {
        return 0;
    }
    if (write->view == CI_VIEW_DOCUMENT) {
        return has_member(field, value);
    }
    return value->state == CI_SET_VALUE || !(field->flags & CI_OMIT_NULL);
}

void ci_json_write(const ci_write_t *write, const ci_record_t *record,
                   ci_mask_t mask)
{
    ci_sink_t *sink = write->sink;
    const ci_field_t *field;
    const ci_value_t *value;
    char separator = '{';
    int i;

    for (i = 0; i < record->object->nfields; i++) {
        field = &record->object->fields[i];
        value = &record->values[i];
        if (!(mask & CI_MASK(i)) || !is_written(write, field, value)) {
            continue;
        }
        ci_sink_reserve(sink, field->key_length + 1);
        *sink->at++ = separator;
        memcpy(sink->at, field->key, field->key_length);
        sink->at += field->key_length;
        separator = ',';
        if (value->state == CI_SET_VALUE) {
            put[field->type](write, field, value);
        }
        else {
            ci_sink_write(sink, unset[field->type], strlen(unset[field->type]));
        }
    }
    if (separator == '{') {
        ci_sink_char(sink, separator);
    }
    ci_sink_char(sink, '}');
}
