/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a contact that reach across fields. */
#include "model/ci_contact.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <string.h>

#include "base/ci_document.h"
#include "model/ci_objects.h"

/* The sets of elements that a document holds. */
static const int sets[] = {CI_CONTACT_ADDRESSES, CI_CONTACT_PHONES,
                           CI_CONTACT_EMAILS};

unsigned ci_contact_type(const ci_record_t *contact)
{
    const ci_value_t *type = &contact->values[CI_CONTACT_TYPE];

    if (!ci_value_is_set(type)) {
        return 0;
    }
    return type->as.integer == CI_WORD_PERSON ? CI_PERSON : CI_COMPANY;
}

unsigned ci_contact_type_of(const json_t *json)
{
    const json_t *type = json_object_get(json, "type");
    char word[16];

    if (!json_is_string(type) ||
        !ci_token_normalise(word, sizeof word, json_string_value(type),
                            json_string_length(type))) {
        return 0;
    }
    if (strcmp(word, "PERSON") == 0) {
        return CI_PERSON;
    }
    return strcmp(word, "COMPANY") == 0 ? CI_COMPANY : 0;
}

ci_error_t *ci_contact_new_id(ci_value_t *id, apr_pool_t *pool)
{
    unsigned char random[16];
    char *text = apr_palloc(pool, 2 * sizeof random + 1);
    apr_status_t rv = apr_generate_random_bytes(random, sizeof random);

    if (rv != APR_SUCCESS) {
        return ci_error_server(pool, CI_INTERNAL_ERROR, rv, "no randomness");
    }
    ci_hex_encode(text, random, sizeof random);
    *id = ci_value_bytes(text, 2 * sizeof random);
    return NULL;
}

/* ------------------------------------------------------------ elements - */

static void set_default_country(ci_record_t *phone, const ci_change_t *change)
{
    ci_identifier_t identifier = {
        {&ci_country.fields[CI_COUNTRY_TWO_CHARACTER_CODE],
         CI_COUNTRY_TWO_CHARACTER_CODE, -1},
        change->default_country,
        change->default_country ? strlen(change->default_country) : 0,
    };
    ci_value_t *country = &phone->values[CI_PHONE_COUNTRY];
    ci_value_t id;

    if (country->state == CI_ABSENT && change->default_country &&
        ci_references_resolve(&id, change->references, &ci_country,
                              &identifier) == CI_FOUND_ONE) {
        *country = id;
    }
}

/* Without an area code the calling code of the country. */
void ci_contact_set_area_code(ci_record_t *phone, const ci_change_t *change)
{
    const ci_record_t *country;

    if (ci_value_is_set(&phone->values[CI_PHONE_AREA_CODE]) ||
        !ci_value_is_set(&phone->values[CI_PHONE_COUNTRY])) {
        return;
    }
    country = ci_references_find(change->references, &ci_country,
                                 &phone->values[CI_PHONE_COUNTRY]);
    if (country) {
        phone->values[CI_PHONE_AREA_CODE] =
            country->values[CI_COUNTRY_CALLING_CODE];
    }
}

ci_error_t *ci_contact_begin_element(ci_record_t *element,
                                     const ci_change_t *change,
                                     apr_pool_t *pool)
{
    if (element->object == &ci_phone) {
        set_default_country(element, change);
        ci_contact_set_area_code(element, change);
    }
    element->values[CI_ELEMENT_STATE] = ci_value_integer(CI_WORD_ACTIVE);
    return ci_contact_new_id(&element->values[CI_ELEMENT_ID], pool);
}

static ci_error_t *begin_set(ci_value_t *set, const ci_change_t *change,
                             apr_pool_t *pool)
{
    ci_error_t *err = NULL;
    apr_uint32_t i;

    for (i = 0; !err && ci_value_is_set(set) && i < set->length; i++) {
        err = ci_contact_begin_element(set->as.set[i], change, pool);
    }
    return err;
}

/* At most one active element of each type. */
static ci_error_t *check_types(const ci_field_t *field, const ci_value_t *set,
                               apr_pool_t *pool)
{
    apr_uint32_t i, seen = 0, bit;
    const ci_value_t *values;
    ci_error_t *err = NULL;

    for (i = 0; ci_value_is_set(set) && i < set->length; i++) {
        values = set->as.set[i]->values;
        if (values[CI_ELEMENT_STATE].as.integer != CI_WORD_ACTIVE) {
            continue;
        }
        bit = 1U << values[CI_ELEMENT_TYPE].as.integer;
        if (seen & bit) {
            err = ci_error_join(
                err, ci_error_create(
                         pool, CI_CONFLICT,
                         apr_psprintf(pool, "%s[%u].type",
                                      ci_field_request(field), i),
                         "there is an active element of this type already"));
        }
        seen |= bit;
    }
    return err;
}

static ci_error_t *begin_sets(ci_record_t *contact, const ci_change_t *change,
                              apr_pool_t *pool)
{
    ci_error_t *err = NULL;
    int i;

    for (i = 0; i < CI_ALEN(sets); i++) {
        err = ci_error_join(err,
                            begin_set(&contact->values[sets[i]], change, pool));
        err = ci_error_join(err, check_types(&ci_contact.fields[sets[i]],
                                             &contact->values[sets[i]], pool));
    }
    return err;
}

/* ---------------------------------------------------------------- begin */

/* A consent that the request gives, or takes back with null, moves to the
   settings, with who and when. */
static void set_consent(ci_record_t *contact, const ci_value_t *consent,
                        int base, const ci_change_t *change, apr_pool_t *pool)
{
    const ci_object_t *object = &ci_authorization_settings;
    ci_slot_t slot = {&object->fields[base], CI_CONTACT_AUTHORIZATION, base};
    ci_value_t *flag;

    if (consent->state == CI_ABSENT) {
        return;
    }
    flag = ci_record_put(contact, slot, pool);
    flag[CI_MARKETING_FLAG] = *consent;
    flag[CI_MARKETING_DATE] = ci_value_datetime(&change->now);
    flag[CI_MARKETING_USER] = ci_value_text(change->session->user);
}

void ci_contact_set_consent(ci_record_t *contact, const ci_record_t *request,
                            const ci_change_t *change, apr_pool_t *pool)
{
    set_consent(contact, &request->values[CI_CONTACT_SEND_DIRECT], 0, change,
                pool);
    set_consent(contact, &request->values[CI_CONTACT_SEND_AFFILIATE], 3, change,
                pool);
}

static void set_log(ci_record_t *contact, const ci_change_t *change,
                    apr_pool_t *pool)
{
    ci_record_t *log = ci_record_make(&ci_log_information, pool);
    ci_value_t now = ci_value_datetime(&change->now);
    ci_value_t user = ci_value_text(change->session->user);
    ci_value_t unit = ci_value_text(change->session->unit);

    log->values[CI_LOG_CREATED_DATE] = log->values[CI_LOG_UPDATED_DATE] = now;
    log->values[CI_LOG_CREATED_BY_USER] = user;
    log->values[CI_LOG_UPDATED_BY_USER] = user;
    log->values[CI_LOG_CREATED_BY_UNIT] = unit;
    log->values[CI_LOG_UPDATED_BY_UNIT] = unit;
    contact->values[CI_CONTACT_LOG] = ci_value_record(log);
}

/* A caller cannot hide a contact from himself. */
ci_error_t *ci_contact_check_level(const ci_record_t *contact,
                                   const ci_change_t *change, apr_pool_t *pool)
{
    const ci_value_t *id = &contact->values[CI_CONTACT_PRIVACY_LEVEL];
    const ci_record_t *level;

    if (!ci_value_is_set(id) || !change->session->has_clearance) {
        return NULL;
    }
    level = ci_references_find(change->references, &ci_privacy_level, id);
    if (level && level->values[CI_LEVEL_HIERARCHY].as.integer <=
                     change->session->clearance) {
        return NULL;
    }
    return ci_error_create(pool, CI_INVALID_PARAMETER,
                           "privacy_level_identifier",
                           "the level is above the clearance of the unit");
}

ci_error_t *ci_contact_begin(ci_record_t *contact, const ci_change_t *change,
                             apr_pool_t *pool)
{
    ci_value_t *values = contact->values;
    ci_error_t *err = ci_contact_new_id(&values[CI_CONTACT_ID], pool);

    if (err) {
        return err;
    }
    values[CI_CONTACT_VERSION] = ci_value_integer(1);
    values[CI_CONTACT_RELATION_COUNT] =
        ci_value_integer(ci_value_is_set(&values[CI_CONTACT_RELATIONS])
                             ? values[CI_CONTACT_RELATIONS].length
                             : 0);
    values[CI_CONTACT_LIFE_CYCLE_STATE] = ci_value_integer(CI_WORD_MARKETING);
    if (!ci_value_is_set(&values[CI_CONTACT_OWNED_BY_GROUP])) {
        values[CI_CONTACT_OWNED_BY_GROUP] =
            ci_value_text(change->session->group);
    }
    set_log(contact, change, pool);
    ci_contact_set_consent(contact, contact, change, pool);
    return ci_error_join(ci_contact_check_level(contact, change, pool),
                         begin_sets(contact, change, pool));
}

/* ------------------------------------------------------------- document */

void ci_contact_pack(ci_record_t *contact, apr_pool_t *pool)
{
    ci_write_t write = {ci_sink_create(pool), NULL, CI_VIEW_DOCUMENT};
    apr_size_t length;
    const char *text;

    ci_json_write(&write, contact, ~(ci_mask_t)0);
    text = ci_sink_text(write.sink, &length, pool);
    contact->values[CI_CONTACT_DOCUMENT] = ci_value_bytes(text, length);
}

static void take_members(ci_record_t *into, const ci_record_t *from)
{
    const ci_value_t *value;
    int i;

    for (i = 0; i < from->object->nfields; i++) {
        value = &from->values[i];
        if (value->state != CI_SET_VALUE) {
            continue;
        }
        if (value->as.record &&
            from->object->fields[i].type == CI_TYPE_OBJECT &&
            into->values[i].state == CI_SET_VALUE) {
            take_members(into->values[i].as.record, value->as.record);
        }
        else {
            into->values[i] = *value;
        }
    }
}

ci_error_t *ci_contact_unpack(ci_record_t *contact, ci_mask_t wanted,
                              apr_pool_t *pool)
{
    const ci_value_t *document = &contact->values[CI_CONTACT_DOCUMENT];
    ci_read_t read = {.source = CI_FROM_DOCUMENT, .pool = pool};
    ci_record_t *members;
    ci_error_t *err;
    json_t *json;

    if (!ci_value_is_set(document)) {
        return NULL;
    }
    if (wanted != CI_WHOLE) {
        wanted &= ci_object_mask(&ci_contact, CI_MEMBER);
    }
    if (ci_document_read(&members, &ci_contact, wanted, document->as.text,
                         document->length, pool)) {
        take_members(contact, members);
        return NULL;
    }
    err = ci_json_parse(&json, document->as.text, document->length, pool);
    if (!err) {
        err = ci_json_read(&members, &read, &ci_contact, json);
    }
    if (err) {
        return ci_error_server(
            pool, CI_INTERNAL_ERROR, APR_EGENERAL,
            "the document of contact %s is damaged: %s: %s",
            ci_value_string(&contact->values[CI_CONTACT_ID], pool),
            err->field ? err->field : "text", err->expected);
    }
    take_members(contact, members);
    return NULL;
}

/* --------------------------------------------------------------- derive */

static ci_value_t join_texts(const ci_value_t *const *parts, int count,
                             apr_pool_t *pool)
{
    apr_size_t length = 0;
    char *text, *at;
    int i;

    for (i = 0; i < count; i++) {
        length += parts[i]->length;
    }
    at = text = apr_palloc(pool, length + 1);
    for (i = 0; i < count; i++) {
        memcpy(at, parts[i]->as.text, parts[i]->length);
        at += parts[i]->length;
    }
    *at = '\0';
    return ci_value_bytes(text, length);
}

static void derive_name(ci_record_t *contact, apr_pool_t *pool)
{
    ci_value_t *values = contact->values;
    ci_value_t blank = ci_value_text(" ");
    const ci_value_t *parts[] = {&values[CI_CONTACT_FIRST_NAME], &blank,
                                 &values[CI_CONTACT_LAST_NAME]};

    if (ci_value_is_set(&values[CI_CONTACT_COMPANY_NAME])) {
        values[CI_CONTACT_NAME] = values[CI_CONTACT_COMPANY_NAME];
    }
    else if (ci_value_is_set(parts[0]) && ci_value_is_set(parts[2])) {
        values[CI_CONTACT_NAME] = join_texts(parts, CI_ALEN(parts), pool);
    }
}

/* 00, area code, number; without an area code there is none. */
static void derive_full_number(ci_record_t *phone, apr_pool_t *pool)
{
    ci_value_t prefix = ci_value_text("00");
    const ci_value_t *parts[] = {&prefix, &phone->values[CI_PHONE_AREA_CODE],
                                 &phone->values[CI_PHONE_NUMBER]};

    if (ci_value_is_set(parts[1]) && ci_value_is_set(parts[2])) {
        phone->values[CI_PHONE_FULL_NUMBER] =
            join_texts(parts, CI_ALEN(parts), pool);
    }
}

static ci_record_t *nested_or_empty(ci_record_t *contact, int row,
                                    apr_pool_t *pool)
{
    ci_value_t *value = &contact->values[row];

    if (value->state != CI_SET_VALUE) {
        *value = ci_value_record(
            ci_record_make(contact->object->fields[row].object, pool));
    }
    return value->as.record;
}

/* A PERSON's profile mirrors the industries; a COMPANY has no demographics. */
static void derive_profile(ci_record_t *contact, apr_pool_t *pool)
{
    ci_record_t *profile =
        nested_or_empty(contact, CI_CONTACT_COMPANY_PROFILE, pool);
    ci_record_t *demographics;

    if (ci_contact_type(contact) == CI_COMPANY) {
        contact->values[CI_CONTACT_DEMOGRAPHICS] = ci_value_null();
        return;
    }
    demographics = nested_or_empty(contact, CI_CONTACT_DEMOGRAPHICS, pool);
    profile->values[CI_SHARED_INDUSTRY] =
        demographics->values[CI_SHARED_INDUSTRY];
    profile->values[CI_SHARED_INDUSTRY_SECTOR] =
        demographics->values[CI_SHARED_INDUSTRY_SECTOR];
}

void ci_contact_derive(ci_record_t *contact, apr_pool_t *pool)
{
    const ci_value_t *phones = &contact->values[CI_CONTACT_PHONES];
    apr_uint32_t i;

    derive_name(contact, pool);
    derive_profile(contact, pool);
    nested_or_empty(contact, CI_CONTACT_AUTHORIZATION, pool);
    contact->values[CI_CONTACT_ORGANIZATIONAL_UNIT] = ci_value_integer(0);
    for (i = 0; ci_value_is_set(phones) && i < phones->length; i++) {
        derive_full_number(phones->as.set[i], pool);
    }
}

void ci_contact_reduce(ci_record_t *contact)
{
    if (ci_contact_type(contact) == CI_PERSON) {
        contact->values[CI_CONTACT_COMPANY_PROFILE] = ci_value_null();
    }
}

/* ----------------------------------------------------------------- keys */

static void add_key(apr_array_header_t *keys, int kind, const char *text,
                    apr_size_t length)
{
    ci_value_t value = ci_value_bytes(text, length);
    ci_record_t *key;
    int i;

    if (!length) {
        return;
    }
    for (i = 0; i < keys->nelts; i++) {
        key = APR_ARRAY_IDX(keys, i, ci_record_t *);
        if (key->values[CI_KEY_KIND].as.integer == kind &&
            ci_value_same_text(&key->values[CI_KEY_VALUE], &value)) {
            return;
        }
    }
    key = ci_record_make(&ci_contact_key, keys->pool);
    key->values[CI_KEY_KIND] = ci_value_integer(kind);
    key->values[CI_KEY_VALUE] = value;
    APR_ARRAY_PUSH(keys, ci_record_t *) = key;
}

static void add_email(apr_array_header_t *keys, const ci_record_t *email)
{
    const ci_value_t *address = &email->values[CI_EMAIL_ADDRESS];
    char *folded = apr_palloc(keys->pool, address->length + 1);

    ci_text_lower(folded, address->as.text, address->length);
    add_key(keys, CI_WORD_EMAIL, folded, address->length);
}

/* The three forms that a phone is found by: they are tails of one text. */
static void add_phone(apr_array_header_t *keys, const ci_record_t *phone)
{
    const ci_value_t *area = &phone->values[CI_PHONE_AREA_CODE];
    const ci_value_t *number = &phone->values[CI_PHONE_NUMBER];
    apr_size_t area_room = ci_value_is_set(area) ? area->length : 0;
    char *text = apr_palloc(keys->pool, 2 + area_room + number->length + 2);
    apr_size_t narea = 0, ntext;

    memcpy(text, "00", 2);
    if (area_room) {
        narea = ci_text_digits(text + 2, area->as.text, area->length);
    }
    ntext = ci_text_digits(text + 2 + narea, number->as.text, number->length);
    add_key(keys, CI_WORD_PHONE, text + 2 + narea, ntext);
    if (narea && ntext) {
        add_key(keys, CI_WORD_PHONE, text + 2, narea + ntext);
        add_key(keys, CI_WORD_PHONE, text, 2 + narea + ntext);
    }
}

apr_array_header_t *ci_contact_keys(const ci_record_t *contact,
                                    apr_pool_t *pool)
{
    apr_array_header_t *keys = apr_array_make(pool, 8, sizeof(ci_record_t *));
    const ci_value_t *emails = &contact->values[CI_CONTACT_EMAILS];
    const ci_value_t *phones = &contact->values[CI_CONTACT_PHONES];
    apr_uint32_t i;

    for (i = 0; ci_value_is_set(emails) && i < emails->length; i++) {
        add_email(keys, emails->as.set[i]);
    }
    for (i = 0; ci_value_is_set(phones) && i < phones->length; i++) {
        add_phone(keys, phones->as.set[i]);
    }
    return keys;
}
