/* SPDX-License-Identifier: Apache-2.0 */
/* Values to and from MYSQL_BIND. */
#include "store/ci_bind.h"

#include <apr_strings.h>

/* First room for a document, in bytes; a longer one is fetched by itself. */
#define DOCUMENT_ROOM 16384

/* Bytes of a UTF-8 character at most. */
#define UTF8_BYTES 4

/* my_bool in Connector/C, bool in MySQL's own library */
typedef __typeof__(*((MYSQL_BIND *)0)->is_null) flag_t;

struct ci_columns_t {
    int count;
    ci_slot_t *slots;
    MYSQL_BIND *binds;
    MYSQL_TIME *times;
    apr_int64_t *integers;
    unsigned long *lengths;
    flag_t *nulls;
    flag_t *errors;
};

void ci_params_init(ci_params_t *params, int room, apr_pool_t *pool)
{
    apr_size_t n = (apr_size_t)room;

    params->binds = apr_pcalloc(pool, n * sizeof *params->binds);
    params->times = apr_palloc(pool, n * sizeof *params->times);
    params->room = room;
    params->count = 0;
}

/* The client library only reads parameters; its type has no const. */
static void *unconst(const void *data)
{
    return (void *)(apr_uintptr_t)data;
}

static void bind_bytes(MYSQL_BIND *bind, enum enum_field_types type,
                       const char *bytes, apr_size_t length)
{
    bind->buffer_type = type;
    bind->buffer = unconst(bytes);
    bind->buffer_length = (unsigned long)length;
}

static void bind_datetime(MYSQL_BIND *bind, MYSQL_TIME *time,
                          const ci_datetime_t *datetime)
{
    memset(time, 0, sizeof *time);
    time->year = (unsigned)datetime->year;
    time->month = datetime->month;
    time->day = datetime->day;
    time->hour = datetime->hour;
    time->minute = datetime->minute;
    time->second = datetime->second;
    time->time_type = MYSQL_TIMESTAMP_DATETIME;
    bind->buffer_type = MYSQL_TYPE_DATETIME;
    bind->buffer = time;
}

void ci_params_add_integer(ci_params_t *params, const apr_int64_t *integer)
{
    MYSQL_BIND *bind = &params->binds[params->count++];

    bind->buffer_type = MYSQL_TYPE_LONGLONG;
    bind->buffer = unconst(integer);
}

void ci_params_add(ci_params_t *params, const ci_field_t *field,
                   const ci_value_t *value)
{
    MYSQL_BIND *bind = &params->binds[params->count];
    const char *word;

    if (!ci_value_is_set(value)) {
        bind->buffer_type = MYSQL_TYPE_NULL;
        params->count++;
        return;
    }
    switch (field->type) {
    case CI_TYPE_TOKEN:
        word = field->words[value->as.integer];
        bind_bytes(bind, MYSQL_TYPE_STRING, word, strlen(word));
        break;
    case CI_TYPE_INTEGER:
    case CI_TYPE_BOOLEAN:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = unconst(&value->as.integer);
        break;
    case CI_TYPE_NUMBER:
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = unconst(&value->as.number);
        break;
    case CI_TYPE_DATETIME:
        bind_datetime(bind, &params->times[params->count], &value->as.datetime);
        break;
    default:
        bind_bytes(bind,
                   field->type == CI_TYPE_BLOB || field->flags & CI_BYTES
                       ? MYSQL_TYPE_BLOB
                       : MYSQL_TYPE_STRING,
                   value->as.text, value->length);
        break;
    }
    params->count++;
}

/* Bytes that a column may need, as far as they are reserved at once. */
static apr_size_t room_of(const ci_field_t *field)
{
    apr_size_t room;

    switch (field->type) {
    case CI_TYPE_TOKEN:
        return 64;
    case CI_TYPE_BLOB:
        return 0; /* fetched by itself, to where it stays */
    default:
        room = (apr_size_t)field->max * UTF8_BYTES;
        break;
    }
    return room < DOCUMENT_ROOM ? room : DOCUMENT_ROOM;
}

static void bind_column(ci_columns_t *columns, int i, apr_pool_t *pool)
{
    const ci_field_t *field = columns->slots[i].field;
    MYSQL_BIND *bind = &columns->binds[i];

    bind->length = &columns->lengths[i];
    bind->is_null = &columns->nulls[i];
    bind->error = &columns->errors[i];
    switch (field->type) {
    case CI_TYPE_INTEGER:
    case CI_TYPE_BOOLEAN:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = &columns->integers[i];
        bind->buffer_length = sizeof columns->integers[i];
        break;
    case CI_TYPE_DATETIME:
        bind->buffer_type = MYSQL_TYPE_DATETIME;
        bind->buffer = &columns->times[i];
        bind->buffer_length = sizeof columns->times[i];
        break;
    default:
        bind->buffer_type =
            field->type == CI_TYPE_BLOB ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
        bind->buffer_length = (unsigned long)room_of(field);
        bind->buffer = apr_palloc(pool, bind->buffer_length);
        break;
    }
}

ci_columns_t *ci_columns_make(const ci_slot_t *slots, int count,
                              apr_pool_t *pool)
{
    ci_columns_t *columns = apr_pcalloc(pool, sizeof *columns);
    apr_size_t n = (apr_size_t)count;
    int i;

    columns->count = count;
    columns->slots = apr_pmemdup(pool, slots, n * sizeof *slots);
    columns->binds = apr_pcalloc(pool, n * sizeof *columns->binds);
    columns->times = apr_pcalloc(pool, n * sizeof *columns->times);
    columns->integers = apr_pcalloc(pool, n * sizeof *columns->integers);
    columns->lengths = apr_pcalloc(pool, n * sizeof *columns->lengths);
    columns->nulls = apr_pcalloc(pool, n * sizeof *columns->nulls);
    columns->errors = apr_pcalloc(pool, n * sizeof *columns->errors);
    for (i = 0; i < count; i++) {
        bind_column(columns, i, pool);
    }
    return columns;
}

MYSQL_BIND *ci_columns_binds(ci_columns_t *columns)
{
    return columns->binds;
}

/* 1 if a column of a type that the server names may arrive as what is bound:
   the client library converts more than a table of the module can need, and
   knows no bounds for types that are none. */
static int fits(enum enum_field_types bound, enum enum_field_types sent)
{
    switch (sent) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
        return bound == MYSQL_TYPE_LONGLONG;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return bound == MYSQL_TYPE_DATETIME;
    case MYSQL_TYPE_JSON:
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB:
    case MYSQL_TYPE_BLOB:
    case MYSQL_TYPE_VAR_STRING:
    case MYSQL_TYPE_STRING:
        return bound == MYSQL_TYPE_STRING || bound == MYSQL_TYPE_BLOB;
    default:
        return 0;
    }
}

int ci_columns_fit(const ci_columns_t *columns, MYSQL_STMT *stmt)
{
    int i = 0;

    if (mysql_stmt_field_count(stmt) != (unsigned)columns->count) {
        return 0;
    }
    while (i < columns->count &&
           fits(columns->binds[i].buffer_type, stmt->fields[i].type)) {
        i++;
    }
    return i == columns->count;
}

static ci_error_t *damaged(const ci_field_t *field, apr_pool_t *pool)
{
    return ci_error_server(pool, CI_INTERNAL_ERROR, APR_EGENERAL,
                           "column %s holds a value that is not known",
                           field->column ? field->column : field->name);
}

static ci_error_t *read_token(ci_value_t *value, const ci_field_t *field,
                              const char *text, apr_size_t length,
                              apr_pool_t *pool)
{
    int i;

    for (i = 0; field->words[i]; i++) {
        if (strlen(field->words[i]) == length &&
            memcmp(field->words[i], text, length) == 0) {
            *value = ci_value_integer(i);
            return NULL;
        }
    }
    return damaged(field, pool);
}

/* Bytes that a column holds at most. */
static apr_uint64_t largest(const ci_field_t *field)
{
    return (apr_uint64_t)field->max *
           (field->type == CI_TYPE_BLOB ? 1 : UTF8_BYTES);
}

/* A text that did not fit into its room: fetch it into memory of its size. */
static ci_error_t *read_long(ci_columns_t *columns, int i, MYSQL_STMT *stmt,
                             ci_value_t *value, apr_pool_t *pool)
{
    const ci_field_t *field = columns->slots[i].field;
    MYSQL_BIND bind = columns->binds[i];

    if (columns->lengths[i] > largest(field)) {
        return damaged(field, pool);
    }
    bind.buffer_length = columns->lengths[i];
    bind.buffer = apr_palloc(pool, bind.buffer_length + 1);
    if (mysql_stmt_fetch_column(stmt, &bind, (unsigned)i, 0)) {
        return damaged(field, pool);
    }
    *value = ci_value_bytes(bind.buffer, columns->lengths[i]);
    return NULL;
}

static ci_error_t *read_integer(ci_value_t *value, const ci_field_t *field,
                                apr_int64_t number, apr_pool_t *pool)
{
    *value = ci_value_integer(number);
    if (field->type == CI_TYPE_INTEGER &&
        (number < field->min || number > field->max)) {
        return damaged(field, pool);
    }
    return NULL;
}

static ci_error_t *read_datetime(ci_value_t *value, const ci_field_t *field,
                                 const MYSQL_TIME *time, apr_pool_t *pool)
{
    ci_datetime_t datetime = {
        (apr_int16_t)time->year,  (apr_byte_t)time->month,
        (apr_byte_t)time->day,    (apr_byte_t)time->hour,
        (apr_byte_t)time->minute, (apr_byte_t)time->second,
    };

    *value = ci_value_datetime(&datetime);
    if (time->year > 9999 || time->month > 12 || time->day > 31 ||
        time->hour > 23 || time->minute > 59 || time->second > 59) {
        return damaged(field, pool);
    }
    return NULL;
}

static ci_error_t *read_column(ci_columns_t *columns, int i, MYSQL_STMT *stmt,
                               ci_value_t *value, apr_pool_t *pool)
{
    const ci_field_t *field = columns->slots[i].field;
    const MYSQL_BIND *bind = &columns->binds[i];

    if (columns->nulls[i]) {
        *value = ci_value_null();
        return field->flags & CI_NULLABLE ? NULL : damaged(field, pool);
    }
    switch (field->type) {
    case CI_TYPE_INTEGER:
    case CI_TYPE_BOOLEAN:
        return read_integer(value, field, columns->integers[i], pool);
    case CI_TYPE_DATETIME:
        return read_datetime(value, field, &columns->times[i], pool);
    case CI_TYPE_TOKEN:
        return read_token(value, field, bind->buffer, columns->lengths[i],
                          pool);
    default:
        if (columns->lengths[i] > bind->buffer_length) {
            return read_long(columns, i, stmt, value, pool);
        }
        *value =
            ci_value_bytes(apr_pmemdup(pool, bind->buffer, columns->lengths[i]),
                           columns->lengths[i]);
        return NULL;
    }
}

ci_error_t *ci_columns_read(ci_columns_t *columns, int from, int count,
                            MYSQL_STMT *stmt, ci_record_t *record,
                            apr_pool_t *pool)
{
    ci_error_t *err;
    int i;

    for (i = from; i < from + count; i++) {
        err = read_column(columns, i, stmt,
                          ci_record_put(record, columns->slots[i], pool), pool);
        if (err) {
            return err;
        }
    }
    return NULL;
}
