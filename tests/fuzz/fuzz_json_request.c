/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: a request body as create and as update. What is refused says
 * why; what is accepted for a contact survives pack and unpack unchanged. */
#include "base/ci_json_read.h"
#include "base/ci_json_write.h"
#include "model/ci_contact.h"
#include "model/ci_objects.h"

#include <apr_general.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

/* A few texts name a record, one names two. */
static ci_found_e resolve(ci_value_t *id, void *baton,
                          const ci_object_t *object,
                          const ci_identifier_t *identifier)
{
    static const char *const known[] = {"CYPRUS", "CUBA", "1", "8", "US"};
    ci_value_t wanted = ci_value_bytes(identifier->text, identifier->length);
    ci_value_t one;
    int i;

    (void)baton;
    require(identifier->slot.field->flags & CI_IDENTIFIES);
    require(identifier->slot.outer < object->nfields);
    for (i = 0; i < CI_ALEN(known); i++) {
        one = ci_value_text(known[i]);
        if (ci_value_same_text(&one, &wanted)) {
            *id = ci_value_text("0123456789ABCDEF0123456789ABCDEF");
            return CI_FOUND_ONE;
        }
    }
    one = ci_value_text("Energy");
    return ci_value_same_text(&one, &wanted) ? CI_FOUND_SEVERAL : CI_FOUND_NONE;
}

static void check_errors(const ci_error_t *err)
{
    int count = 0;

    for (; err; err = err->next) {
        require(err->code > CI_OK && err->code < CI_CODE_COUNT);
        require(ci_codes[err->code].status < 500 && err->expected);
        require(err->field && *err->field);
        count++;
    }
    require(count <= 20);
}

/* Write a contact as a document and read it again: the same document. */
static void check_round_trip(ci_record_t *contact, apr_pool_t *pool)
{
    ci_record_t *again = ci_record_make(&ci_contact, pool);
    ci_value_t document;

    ci_contact_pack(contact, pool);
    document = contact->values[CI_CONTACT_DOCUMENT];
    again->values[CI_CONTACT_DOCUMENT] = document;
    require(ci_contact_unpack(again, CI_WHOLE, pool) == NULL);
    ci_contact_pack(again, pool);
    require(ci_value_same_text(&again->values[CI_CONTACT_DOCUMENT], &document));
}

static void read_as(ci_source_e source, unsigned type, const json_t *json,
                    apr_pool_t *pool)
{
    ci_read_t read = {source, type, resolve, NULL, pool};
    ci_record_t *contact = NULL;
    ci_error_t *err = ci_json_read(&contact, &read, &ci_contact, json);

    if (err) {
        check_errors(err);
    }
    else {
        check_round_trip(contact, pool);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ci_error_t *err;
    apr_pool_t *pool;
    json_t *json;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    err = ci_json_parse(&json, (const char *)data, size, pool);
    if (err) {
        require(err->code == CI_INVALID_REQUEST && !err->next);
    }
    else {
        read_as(CI_FROM_CREATE, ci_contact_type_of(json), json, pool);
        read_as(CI_FROM_UPDATE, CI_PERSON, json, pool);
        read_as(CI_FROM_UPDATE, CI_COMPANY, json, pool);
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
