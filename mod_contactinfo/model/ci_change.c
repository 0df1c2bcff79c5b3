/* SPDX-License-Identifier: Apache-2.0 */
/* An update request applied to a contact. */
#include "model/ci_change.h"

#include <apr_strings.h>

#include <string.h>

#include "model/ci_objects.h"

/* Rows of the request that do not simply replace the contact's. */
#define RELATIONS CI_MASK(CI_CONTACT_RELATIONS)
#define CONSENTS                                                               \
    (CI_MASK(CI_CONTACT_SEND_DIRECT) | CI_MASK(CI_CONTACT_SEND_AFFILIATE))

static const char *path_of(const ci_field_t *set, apr_uint32_t index,
                           const char *name, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s[%u].%s", ci_field_request(set), index, name);
}

/* -------------------------------------------------------------- elements */

/* The word of a type as an identifier gives it; -1 if there is none. */
static apr_int64_t type_of(const ci_field_t *type,
                           const ci_identifier_t *identifier)
{
    char word[40];
    int i;

    if (!ci_token_normalise(word, sizeof word, identifier->text,
                            identifier->length)) {
        return -1;
    }
    for (i = 0; type->words[i]; i++) {
        if (strcmp(type->words[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

static int is_active(const ci_record_t *element)
{
    return element->values[CI_ELEMENT_STATE].as.integer == CI_WORD_ACTIVE;
}

/* 1 if an identifier chooses an element: by its id, or as the active one of a
   type. */
static int is_chosen(const ci_record_t *element,
                     const ci_identifier_t *identifier)
{
    ci_value_t id = ci_value_bytes(identifier->text, identifier->length);

    if (identifier->slot.outer == CI_ELEMENT_ID) {
        return ci_value_same_text(&element->values[CI_ELEMENT_ID], &id);
    }
    return is_active(element) &&
           element->values[CI_ELEMENT_TYPE].as.integer ==
               type_of(identifier->slot.field, identifier);
}

/* Where the chosen element stands; the length of the set if nowhere. */
static apr_uint32_t find_element(const ci_value_t *set,
                                 const ci_identifier_t *identifier)
{
    apr_uint32_t i;

    for (i = 0; i < set->length; i++) {
        if (is_chosen(set->as.set[i], identifier)) {
            break;
        }
    }
    return i;
}

/* Another active element of this type, or NULL. */
static const ci_record_t *same_type(const ci_value_t *set,
                                    const ci_record_t *element)
{
    apr_uint32_t i;

    for (i = 0; i < set->length; i++) {
        if (set->as.set[i] != element && is_active(set->as.set[i]) &&
            set->as.set[i]->values[CI_ELEMENT_TYPE].as.integer ==
                element->values[CI_ELEMENT_TYPE].as.integer) {
            return set->as.set[i];
        }
    }
    return NULL;
}

/* One element of the request on its way into the contact. */
typedef struct {
    const ci_field_t *field; /* of the set */
    ci_value_t *set;         /* of the contact; has room for one more */
    ci_record_t *edit;
    apr_uint32_t index; /* of the edit in the request */
    const ci_change_t *change;
    apr_pool_t *pool;
} edit_t;

static ci_error_t *add_element(const edit_t *edit)
{
    ci_error_t *err;

    if (edit->set->length >= edit->field->max) {
        return ci_error_create(edit->pool, CI_INVALID_PARAMETER,
                               apr_psprintf(edit->pool, "%s[%u]",
                                            ci_field_request(edit->field),
                                            edit->index),
                               "there are as many as there may be");
    }
    err = ci_contact_begin_element(edit->edit, edit->change, edit->pool);
    if (!err && same_type(edit->set, edit->edit)) {
        err = ci_error_create(
            edit->pool, CI_CONFLICT,
            path_of(edit->field, edit->index, "type", edit->pool),
            "there is an active element of this type already");
    }
    edit->set->as.set[edit->set->length++] = edit->edit;
    return err;
}

/* Copy what the request has of an element; a country that changes alone brings
   its calling code. */
static void merge_element(ci_record_t *element, const edit_t *edit)
{
    const ci_value_t *value;
    int i;

    for (i = CI_ELEMENT_OWN; i < element->object->nfields; i++) {
        value = &edit->edit->values[i];
        if (value->state != CI_ABSENT) {
            element->values[i] = *value;
        }
    }
    if (element->object == &ci_phone &&
        ci_value_is_set(&edit->edit->values[CI_PHONE_COUNTRY]) &&
        !ci_value_is_set(&edit->edit->values[CI_PHONE_AREA_CODE])) {
        element->values[CI_PHONE_AREA_CODE] = ci_value_null();
        ci_contact_set_area_code(element, edit->change);
    }
}

static ci_error_t *update_element(const edit_t *edit, apr_uint32_t at)
{
    ci_record_t *element = ci_record_copy(edit->set->as.set[at], edit->pool);
    const ci_value_t *type = &edit->edit->values[CI_ELEMENT_TYPE];

    if (ci_value_is_set(type) &&
        type->as.integer != element->values[CI_ELEMENT_TYPE].as.integer) {
        return ci_error_create(
            edit->pool, CI_INVALID_PARAMETER,
            path_of(edit->field, edit->index, "type", edit->pool),
            "the type of an element cannot be changed");
    }
    merge_element(element, edit);
    edit->set->as.set[at] = element;
    return NULL;
}

static void remove_element(const edit_t *edit, apr_uint32_t at)
{
    ci_record_t **records = edit->set->as.set;

    memmove(&records[at], &records[at + 1],
            (edit->set->length - at - 1) * sizeof *records);
    edit->set->length--;
}

static ci_error_t *apply_edit(const edit_t *edit)
{
    const ci_value_t *values = edit->edit->values;
    apr_uint32_t at;

    if (values[CI_ELEMENT_ACTION].as.integer == CI_WORD_ADD) {
        return add_element(edit);
    }
    at = find_element(edit->set, values[CI_ELEMENT_CHOICE].as.identifier);
    if (at == edit->set->length) {
        return ci_error_create(
            edit->pool, CI_NOT_FOUND,
            path_of(edit->field, edit->index,
                    edit->edit->object->fields[CI_ELEMENT_CHOICE].name,
                    edit->pool),
            "the contact has no such element");
    }
    if (values[CI_ELEMENT_ACTION].as.integer == CI_WORD_UPDATE) {
        return update_element(edit, at);
    }
    remove_element(edit, at);
    return NULL;
}

/* Apply the edits of one set to a copy of the contact's. */
static ci_error_t *apply_set(ci_value_t *set, const ci_value_t *edits,
                             const ci_field_t *field, const ci_change_t *change,
                             apr_pool_t *pool)
{
    apr_uint32_t had = ci_value_is_set(set) ? set->length : 0;
    ci_record_t **room =
        apr_palloc(pool, (had + edits->length + 1) * sizeof *room);
    edit_t edit = {field, set, NULL, 0, change, pool};
    ci_error_t *err = NULL;

    if (had) {
        memcpy(room, set->as.set, had * sizeof *room);
    }
    *set = ci_value_set(room, (int)had);
    for (edit.index = 0; edit.index < edits->length; edit.index++) {
        edit.edit = edits->as.set[edit.index];
        err = ci_error_join(err, apply_edit(&edit));
    }
    return err;
}

/* ---------------------------------------------------------------- fields */

/* Merge a nested object member by member into a copy. */
static void merge_object(ci_value_t *value, const ci_value_t *from,
                         apr_pool_t *pool)
{
    const ci_record_t *request = from->as.record;
    ci_record_t *record = ci_value_is_set(value)
                              ? ci_record_copy(value->as.record, pool)
                              : ci_record_make(request->object, pool);
    int i;

    for (i = 0; i < request->object->nfields; i++) {
        if (request->values[i].state != CI_ABSENT) {
            record->values[i] = request->values[i];
        }
    }
    *value = ci_value_record(record);
}

static ci_error_t *apply_field(ci_record_t *contact, const ci_record_t *request,
                               int row, const ci_change_t *change,
                               apr_pool_t *pool)
{
    const ci_field_t *field = &ci_contact.fields[row];
    const ci_value_t *from = &request->values[row];
    ci_value_t *value = &contact->values[row];

    if (field->type == CI_TYPE_SET) {
        return apply_set(value, from, field, change, pool);
    }
    if (field->type == CI_TYPE_OBJECT && ci_value_is_set(from)) {
        merge_object(value, from, pool);
        return NULL;
    }
    if (row == CI_CONTACT_OWNED_BY_GROUP && !ci_value_is_set(from)) {
        return ci_error_create(pool, CI_MISSING_PARAMETER,
                               ci_field_request(field),
                               "a contact has an owner");
    }
    *value = *from;
    return NULL;
}

/* The relations that the contact has after the request. */
static void count_relations(ci_record_t *contact, const ci_value_t *edits)
{
    apr_int64_t *count = &contact->values[CI_CONTACT_RELATION_COUNT].as.integer;
    apr_int64_t action;
    apr_uint32_t i;

    for (i = 0; ci_value_is_set(edits) && i < edits->length; i++) {
        action = edits->as.set[i]->values[CI_RELATION_ACTION].as.integer;
        *count += action == CI_WORD_ADD;
        *count -= action == CI_WORD_REMOVE && *count > 0; /* else not found */
    }
}

static void touch(ci_record_t *contact, const ci_change_t *change)
{
    ci_value_t *log = contact->values[CI_CONTACT_LOG].as.record->values;

    contact->values[CI_CONTACT_VERSION].as.integer++;
    log[CI_LOG_UPDATED_DATE] = ci_value_datetime(&change->now);
    log[CI_LOG_UPDATED_BY_USER] = ci_value_text(change->session->user);
    log[CI_LOG_UPDATED_BY_UNIT] = ci_value_text(change->session->unit);
}

ci_error_t *ci_change_apply(ci_record_t *contact, const ci_record_t *request,
                            const ci_change_t *change, apr_pool_t *pool)
{
    ci_mask_t rows =
        ci_object_mask(&ci_contact, CI_UPDATE) & ~RELATIONS & ~CONSENTS;
    ci_error_t *err = NULL;
    int i;

    for (i = 0; i < ci_contact.nfields; i++) {
        if ((rows & CI_MASK(i)) && request->values[i].state != CI_ABSENT) {
            err = ci_error_join(err,
                                apply_field(contact, request, i, change, pool));
        }
    }
    ci_contact_set_consent(contact, request, change, pool);
    count_relations(contact, &request->values[CI_CONTACT_RELATIONS]);
    touch(contact, change);
    if (ci_value_is_set(&request->values[CI_CONTACT_PRIVACY_LEVEL])) {
        err = ci_error_join(err, ci_contact_check_level(contact, change, pool));
    }
    return err;
}
