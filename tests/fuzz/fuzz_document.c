/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: bytes as the document of a stored contact. It is damaged, or
 * the contact can be derived, keyed and answered, and the answer is JSON. */
#include "base/ci_json_write.h"
#include "model/ci_contact.h"
#include "model/ci_objects.h"
#include "model/ci_projection.h"

#include <apr_general.h>

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void write_id(ci_sink_t *sink, void *baton, const ci_object_t *object,
                     const ci_value_t *id)
{
    (void)baton;
    (void)object;
    ci_json_write_text(sink, id->as.text, id->length);
}

/* The answer must be an object with one member for each field shown. */
static void check_answer(const ci_record_t *contact, ci_mask_t mask,
                         size_t members, apr_pool_t *pool)
{
    static const ci_lookup_t lookup = {write_id, NULL};
    ci_write_t write = {ci_sink_create(pool), &lookup, CI_VIEW_ANSWER};
    apr_size_t length;
    const char *text;
    json_t *json;

    ci_json_write(&write, contact, mask);
    text = ci_sink_text(write.sink, &length, pool);
    require(ci_json_parse(&json, text, length, pool) == NULL);
    require(json_object_size(json) == members);
}

static void use(ci_record_t *contact, apr_pool_t *pool)
{
    ci_contact_keys(contact, pool);
    ci_contact_derive(contact, pool);
    check_answer(contact, ci_projection_full(), 55, pool);
    ci_contact_reduce(contact);
    check_answer(contact, ci_projection_reduced(), 11, pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ci_record_t *contact;
    apr_pool_t *pool;
    ci_error_t *err;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    contact = ci_record_make(&ci_contact, pool);
    contact->values[CI_CONTACT_ID] = ci_value_text("A1");
    contact->values[CI_CONTACT_TYPE] = ci_value_integer((int)size & 1);
    contact->values[CI_CONTACT_DOCUMENT] =
        ci_value_bytes((const char *)data, size);
    err = ci_contact_unpack(contact, CI_WHOLE, pool);
    if (err) {
        require(err->code == CI_INTERNAL_ERROR && err->detail &&
                !err->expected);
    }
    else {
        use(contact, pool);
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
