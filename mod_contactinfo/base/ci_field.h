/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_field.h
 * The shape of an object: one row a field.
 *
 * Everything that is known of a field stands in its row: how requests and
 * answers name it, its type and limits, where it is stored, what it is for.
 * Parsing, validation, SQL, JSON and OpenAPI are loops over rows. A row is
 * written with the constructor of its type, which asks for what the type needs;
 * the last arguments are the documentation and, where a field needs them,
 * further designated members.
 */
#ifndef CI_FIELD_H
#define CI_FIELD_H

#include <apr.h>

/** What a value is; each floor has one row a type. */
typedef enum {
    CI_TYPE_TEXT,       /**< UTF-8 */
    CI_TYPE_BLOB,       /**< bytes; never in JSON */
    CI_TYPE_TOKEN,      /**< one word of a list; the value is its index */
    CI_TYPE_INTEGER,    /**< whole number within min and max */
    CI_TYPE_NUMBER,     /**< finite double */
    CI_TYPE_BOOLEAN,    /**< 0 or 1 */
    CI_TYPE_DATETIME,   /**< YYYY-MM-DDTHH:MM:SS, no zone */
    CI_TYPE_DATE,       /**< {day, month, year} */
    CI_TYPE_NAME_DAY,   /**< {day, month} */
    CI_TYPE_REFERENCE,  /**< id of a record of reference data */
    CI_TYPE_IDENTIFIER, /**< one field and its value that choose a record */
    CI_TYPE_OBJECT,     /**< one record inside this one */
    CI_TYPE_SET,        /**< several records inside this one */
    CI_TYPE_COUNT
} ci_type_e;

/** What code that must find a field asks for. */
typedef enum {
    CI_ROLE_NONE,
    CI_ROLE_SEQUENCE,   /**< order of insertion, primary key of a table */
    CI_ROLE_TENANT,     /**< organisation; every statement is bound to it */
    CI_ROLE_KEY,        /**< the public id */
    CI_ROLE_VERSION,    /**< counts the changes of a record */
    CI_ROLE_DOCUMENT,   /**< JSON text of the members of a row */
    CI_ROLE_LEVEL,      /**< hierarchy level that a clearance is held against */
    CI_ROLE_GENERATION, /**< generation of the organisation's references */
    CI_ROLE_TYPE,       /**< PERSON or COMPANY; HOME, MOBILE, ... */
    CI_ROLE_STATE,      /**< Active or Inactive */
    CI_ROLE_ACTION,     /**< ADD, UPDATE, REMOVE */
    CI_ROLE_CHOICE      /**< identifier that an UPDATE or REMOVE goes by */
} ci_role_e;

/* Where a field is taken from */
#define CI_CREATE 0x00001U /**< create, and ADD to a set, take it */
#define CI_UPDATE 0x00002U /**< update takes it */
/* Where it is shown */
#define CI_SHOWN   0x00004U /**< in answers */
#define CI_REDUCED 0x00008U /**< in the reduced contact that create answers */
#define CI_RELATED 0x00010U /**< in the short contact of a relation */
/* Where it is stored; neither: derived, or request only */
#define CI_COLUMN 0x00020U /**< a column of the table */
#define CI_JOINED 0x00040U /**< a column that only a join gives, read only */
#define CI_MEMBER 0x00080U /**< a member of the row's JSON document */
/* Rules */
#define CI_REQUIRED   0x00100U /**< mandatory where it applies, never emptied */
#define CI_PERSON     0x00200U /**< of a PERSON only */
#define CI_COMPANY    0x00400U /**< of a COMPANY only */
#define CI_MULTILINE  0x00800U /**< tab and line breaks are allowed */
#define CI_IDENTIFIES 0x01000U /**< an identifier may name it */
#define CI_BYTES      0x02000U /**< VARBINARY column: compared as bytes */
#define CI_OMIT_NULL  0x04000U /**< left out of answers when null */
#define CI_NULLABLE   0x08000U /**< a column, or what is derived, may be NULL */
#define CI_BRIEF      0x10000U /**< nested object: only its CI_RELATED rows */

#define CI_INPUT (CI_CREATE | CI_UPDATE)

typedef struct ci_object_t ci_object_t;
typedef struct ci_field_t ci_field_t;

/** Words of an enumeration, upper case, ended by NULL. */
typedef const char *const ci_words_t;

/** A subset of the fields of an object: bit n is row n. */
typedef apr_uint64_t ci_mask_t;

#define CI_MASK(index) ((ci_mask_t)1 << (index))
#define CI_ALEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

/** One row. */
struct ci_field_t {
    const char *name;          /**< in answers and in the document */
    const char *key;           /**< the same as JSON key: "name": */
    const char *request;       /**< in requests, NULL: as in answers */
    const char *alias;         /**< second name in requests, or NULL */
    const char *column;        /**< in SQL, NULL: as in answers; with a dot: a
                                    column of a joined table */
    const char *doc;           /**< for OpenAPI */
    ci_words_t *words;         /**< TOKEN */
    const ci_object_t *object; /**< OBJECT, SET, REFERENCE, IDENTIFIER */
    int (*check)(const char *text, apr_size_t length); /**< TEXT, or NULL */
    apr_int64_t min;     /**< INTEGER: smallest value */
    apr_int64_t max;     /**< INTEGER: largest value; TEXT: characters;
                              SET: elements; BLOB: bytes */
    unsigned key_length; /**< bytes of key */
    unsigned flags;
    ci_type_e type;
    ci_role_e role;
};

/** One table of rows. */
struct ci_object_t {
    const char *name;  /**< for messages and OpenAPI */
    const char *table; /**< SQL table, NULL: lives inside another object */
    const char *joins; /**< SQL text after "FROM <table> t", or NULL */
    const char *generation_join; /**< the same, if CI_ROLE_GENERATION is read */
    const char *level_join;      /**< the same, if CI_ROLE_LEVEL is needed */
    const ci_field_t *fields;
    int nfields; /**< at most 64 */
};

#define CI_OBJECT(object_name, object_table, rows)                             \
    {                                                                          \
        .name = (object_name), .table = (object_table), .fields = (rows),      \
        .nfields = CI_ALEN(rows)                                               \
    }

#define CI_ROW(n, t, f)                                                        \
    .name = (n), .key = "\"" n "\":", .key_length = sizeof("\"" n "\":") - 1,  \
    .type = (t), .flags = (f)

/** Text of at most length characters. */
#define CI_TEXT(name, length, flags, ...)                                      \
    {                                                                          \
        CI_ROW(name, CI_TYPE_TEXT, flags), .max = (length), .doc = __VA_ARGS__ \
    }
#define CI_BLOB(name, length, flags, ...)                                      \
    {                                                                          \
        CI_ROW(name, CI_TYPE_BLOB, flags), .max = (length), .doc = __VA_ARGS__ \
    }
#define CI_TOKEN(name, list, flags, ...)                                       \
    {                                                                          \
        CI_ROW(name, CI_TYPE_TOKEN, flags), .words = (list),                   \
                                            .doc = __VA_ARGS__                 \
    }
#define CI_INTEGER(name, smallest, largest, flags, ...)                        \
    {                                                                          \
        CI_ROW(name, CI_TYPE_INTEGER, flags),                                  \
            .min = (smallest), .max = (largest), .doc = __VA_ARGS__            \
    }
/** NUMBER, BOOLEAN, DATETIME, DATE, NAME_DAY: nothing but the type. */
#define CI_SIMPLE(name, type, flags, ...)                                      \
    {                                                                          \
        CI_ROW(name, type, flags), .doc = __VA_ARGS__                          \
    }
/** Id of a record of reference data. */
#define CI_REFERENCE(name, target, flags, ...)                                 \
    {                                                                          \
        CI_ROW(name, CI_TYPE_REFERENCE, flags), .object = (target), .max = 32, \
                                                .doc = __VA_ARGS__             \
    }
#define CI_IDENTIFIER(name, target, flags, ...)                                \
    {                                                                          \
        CI_ROW(name, CI_TYPE_IDENTIFIER, flags), .object = (target),           \
                                                 .doc = __VA_ARGS__            \
    }
#define CI_NESTED(name, target, flags, ...)                                    \
    {                                                                          \
        CI_ROW(name, CI_TYPE_OBJECT, flags), .object = (target),               \
                                             .doc = __VA_ARGS__                \
    }
/** At most count records. */
#define CI_SET(name, target, count, flags, ...)                                \
    {                                                                          \
        CI_ROW(name, CI_TYPE_SET, flags), .object = (target), .max = (count),  \
                                          .doc = __VA_ARGS__                   \
    }

/** The name of a field in requests. */
static inline const char *ci_field_request(const ci_field_t *field)
{
    return field->request ? field->request : field->name;
}

/**
 * Row number of the field with a role.
 * @return -1 if the object has none
 */
int ci_object_role(const ci_object_t *object, ci_role_e role);

/**
 * Row number of the field that answers call by this name.
 * @return -1 if there is none
 */
int ci_object_find(const ci_object_t *object, const char *name,
                   apr_size_t length);

/**
 * All fields that have all of these flags.
 */
ci_mask_t ci_object_mask(const ci_object_t *object, unsigned flags);

/** A field that may stand one object deeper than the table that holds it. */
typedef struct {
    const ci_field_t *field;
    int outer; /**< row of the object itself */
    int inner; /**< row of the nested object, or -1 */
} ci_slot_t;

/**
 * Find the field that an identifier names, also in nested objects.
 * @param slot set when found
 * @return 1 when found, else 0
 */
int ci_object_identifying(const ci_object_t *object, const char *name,
                          ci_slot_t *slot);

/**
 * The columns of some fields of an object, nested objects flattened.
 * @param slots room for CI_MAX_COLUMNS
 * @param mask fields of the object; a nested object brings all its columns
 * @param flags columns that have one of these: CI_COLUMN, CI_JOINED
 * @return how many
 */
int ci_object_columns(const ci_object_t *object, ci_mask_t mask, unsigned flags,
                      ci_slot_t *slots);

#define CI_MAX_COLUMNS 64

#endif
