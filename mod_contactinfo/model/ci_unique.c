/* SPDX-License-Identifier: Apache-2.0 */
/* Combinations of fields that occur once. */
#include "model/ci_unique.h"

#include <apr_strings.h>

#include <string.h>

#include "model/ci_contact.h"
#include "model/ci_objects.h"

/* --------------------------------------------------------------- rules - */

static int is_usable(const ci_field_t *field, unsigned type)
{
    unsigned only = field->flags & (CI_PERSON | CI_COMPANY);

    return field->type == CI_TYPE_TEXT && (field->flags & CI_CREATE) &&
           (!only || (only & type));
}

/* A field of the contact itself or of the object that its type has. */
static int find_slot(ci_slot_t *slot, const char *name, unsigned type)
{
    int outer = type == CI_PERSON ? CI_CONTACT_DEMOGRAPHICS
                                  : CI_CONTACT_COMPANY_PROFILE;
    const ci_object_t *nested = ci_contact.fields[outer].object;
    int row = ci_object_find(&ci_contact, name, strlen(name));

    if (row >= 0) {
        *slot = (ci_slot_t){&ci_contact.fields[row], row, -1};
        return is_usable(slot->field, type);
    }
    row = ci_object_find(nested, name, strlen(name));
    if (row < 0) {
        return 0;
    }
    *slot = (ci_slot_t){&nested->fields[row], outer, row};
    return is_usable(slot->field, type);
}

const char *ci_unique_parse(ci_unique_t **unique, const char *text,
                            apr_pool_t *pool)
{
    ci_unique_t *rule = apr_pcalloc(pool, sizeof *rule);
    char *state = NULL;
    char *word = apr_strtok(apr_pstrdup(pool, text), " ", &state);

    if (!word ||
        (strcmp(word, "PERSON") != 0 && strcmp(word, "COMPANY") != 0)) {
        return "expected PERSON or COMPANY and the names of fields";
    }
    rule->name = apr_pstrdup(pool, word);
    rule->type = strcmp(word, "PERSON") == 0 ? CI_PERSON : CI_COMPANY;
    while ((word = apr_strtok(NULL, " ", &state))) {
        if (rule->nslots == CI_UNIQUE_FIELDS) {
            return apr_psprintf(pool, "expected at most %d fields",
                                CI_UNIQUE_FIELDS);
        }
        if (!find_slot(&rule->slots[rule->nslots++], word, rule->type)) {
            return apr_psprintf(pool, "a %s has no text field \"%s\"",
                                rule->type == CI_PERSON ? "PERSON" : "COMPANY",
                                word);
        }
        rule->name = apr_pstrcat(pool, rule->name, " ", word, NULL);
    }
    *unique = rule;
    return rule->nslots ? NULL : "expected at least one field";
}

/* ---------------------------------------------------------------- rows - */

/* The digest of the values, each with its length in front; 0 if one is not
   set or the rule is not for this type. */
static int digest_of(ci_digest_t *digest, const ci_unique_t *rule,
                     const ci_record_t *contact, apr_pool_t *pool)
{
    const char *text = "";
    const ci_value_t *value;
    int i;

    if (ci_contact_type(contact) != rule->type) {
        return 0;
    }
    for (i = 0; i < rule->nslots; i++) {
        value = ci_record_at(contact, rule->slots[i]);
        if (!ci_value_is_set(value) || !value->length) {
            return 0;
        }
        text = apr_psprintf(pool, "%s%u:%s", text, value->length,
                            ci_value_string(value, pool));
    }
    ci_digest_make(digest, text, strlen(text));
    return 1;
}

static ci_error_t *insert_row(const ci_unique_t *rule,
                              const ci_digest_t *digest,
                              const ci_record_t *contact, ci_store_t *store,
                              apr_pool_t *pool)
{
    ci_record_t *row = ci_record_make(&ci_contact_unique, pool);
    ci_error_t *err;

    row->values[CI_UNIQUE_RULE] = ci_value_text(rule->name);
    row->values[CI_UNIQUE_VALUE] =
        ci_value_bytes((const char *)digest->bytes, sizeof digest->bytes);
    row->values[CI_UNIQUE_CONTACT_SEQ] = contact->values[CI_CONTACT_SEQ];
    err = store->methods->insert(store, &row, 1, pool);
    if (err && err->code == CI_CONFLICT) {
        return ci_error_create(
            pool, CI_CONFLICT, ci_field_request(rule->slots[0].field),
            "there is a contact with the same %s", rule->name);
    }
    return err;
}

ci_error_t *ci_unique_insert(const apr_array_header_t *rules,
                             const ci_record_t *contact, ci_store_t *store,
                             apr_pool_t *pool)
{
    const ci_unique_t *rule;
    ci_digest_t digest;
    ci_error_t *err = NULL;
    int i;

    for (i = 0; !err && rules && i < rules->nelts; i++) {
        rule = APR_ARRAY_IDX(rules, i, const ci_unique_t *);
        if (digest_of(&digest, rule, contact, pool)) {
            err = insert_row(rule, &digest, contact, store, pool);
        }
    }
    return err;
}

ci_error_t *ci_unique_replace(const apr_array_header_t *rules,
                              const ci_record_t *contact, ci_store_t *store,
                              apr_pool_t *pool)
{
    ci_where_t where[] = {
        ci_where_equal(&ci_contact_unique, CI_UNIQUE_CONTACT_SEQ,
                       &contact->values[CI_CONTACT_SEQ]),
        ci_where_equal(&ci_contact_unique, CI_UNIQUE_RULE, NULL),
    };
    apr_int64_t removed;
    ci_value_t *names;
    ci_error_t *err;
    int i;

    if (!rules || !rules->nelts) {
        return NULL;
    }
    names = apr_palloc(pool, (apr_size_t)rules->nelts * sizeof *names);
    for (i = 0; i < rules->nelts; i++) {
        names[i] =
            ci_value_text(APR_ARRAY_IDX(rules, i, const ci_unique_t *)->name);
    }
    where[1].op = CI_OP_IN;
    where[1].count = rules->nelts;
    where[1].values = names;
    err = store->methods->remove(&removed, store, &ci_contact_unique, where,
                                 CI_ALEN(where), pool);
    return err ? err : ci_unique_insert(rules, contact, store, pool);
}
