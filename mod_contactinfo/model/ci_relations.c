/* SPDX-License-Identifier: Apache-2.0 */
/* Relations in the store. */
#include "model/ci_relations.h"

#include <apr_hash.h>
#include <apr_strings.h>

#include "model/ci_contact.h"
#include "model/ci_objects.h"
#include "model/ci_projection.h"

/* Contacts that one look-up of identifiers reads at most. More than this share
   numbers, and then at least one of them is ambiguous. */
#define MAX_MATCHES 10000

static const ci_identifier_t *identifier_of(const ci_record_t *relation)
{
    const ci_value_t *value = &relation->values[CI_RELATION_IDENTIFIER];

    return ci_value_is_set(value) ? value->as.identifier : NULL;
}

/* -------------------------------------------------------------- resolve */

/* Give the relations that name this row its sequence; a second row that they
   name makes them ambiguous. */
static void match_row(const ci_value_t *relations, ci_slot_t slot,
                      ci_record_t *row)
{
    const ci_value_t *value = ci_record_at(row, slot);
    const ci_identifier_t *identifier;
    ci_value_t wanted, *seq;
    apr_uint32_t i;

    for (i = 0; i < relations->length; i++) {
        identifier = identifier_of(relations->as.set[i]);
        if (!identifier || identifier->slot.field != slot.field) {
            continue;
        }
        wanted = ci_value_bytes(identifier->text, identifier->length);
        seq = &relations->as.set[i]->values[CI_RELATION_RELATED_SEQ];
        if (ci_value_same_text(value, &wanted)) {
            *seq = seq->state == CI_ABSENT ? row->values[CI_CONTACT_SEQ]
                                           : ci_value_null();
        }
    }
}

/* Look up all identifiers of one field. */
static ci_error_t *resolve_field(const ci_value_t *relations, ci_slot_t slot,
                                 ci_store_t *store, apr_pool_t *pool)
{
    ci_value_t *values =
        apr_palloc(pool, relations->length * sizeof(ci_value_t));
    ci_where_t where = {slot, CI_OP_IN, 0, values};
    ci_select_t query = {
        .object = &ci_contact,
        .mask = CI_MASK(CI_CONTACT_SEQ) | CI_MASK(slot.outer),
        .nwhere = 1,
        .where = &where,
        .limit = MAX_MATCHES,
    };
    const ci_identifier_t *identifier;
    ci_error_t *err;
    ci_rows_t rows;
    apr_uint32_t i;
    int j;

    for (i = 0; i < relations->length; i++) {
        identifier = identifier_of(relations->as.set[i]);
        if (identifier && identifier->slot.field == slot.field) {
            values[where.count++] =
                ci_value_bytes(identifier->text, identifier->length);
        }
    }
    err = ci_store_fetch(&rows, store, &query, pool);
    for (j = 0; !err && j < rows.count; j++) {
        match_row(relations, slot, rows.records[j]);
    }
    return err;
}

static ci_error_t *check_resolved(const ci_value_t *relations, apr_pool_t *pool)
{
    ci_error_t *err = NULL;
    const ci_value_t *seq;
    const char *path;
    apr_uint32_t i;

    for (i = 0; i < relations->length; i++) {
        seq = &relations->as.set[i]->values[CI_RELATION_RELATED_SEQ];
        if (!identifier_of(relations->as.set[i]) || ci_value_is_set(seq)) {
            continue;
        }
        path = apr_psprintf(
            pool, "relation_set[%u].contact_information_identifier", i);
        err = ci_error_join(
            err, seq->state == CI_ABSENT
                     ? ci_error_create(pool, CI_UNKNOWN_REFERENCE, path,
                                       "there is no such contact")
                     : ci_error_create(pool, CI_AMBIGUOUS_IDENTIFIER, path,
                                       "there is more than one such contact"));
    }
    return err;
}

/* 1 if an earlier relation goes by the same field. */
static int is_done(const ci_value_t *relations, apr_uint32_t upto,
                   ci_slot_t slot)
{
    const ci_identifier_t *identifier;
    apr_uint32_t i;

    for (i = 0; i < upto; i++) {
        identifier = identifier_of(relations->as.set[i]);
        if (identifier && identifier->slot.field == slot.field) {
            return 1;
        }
    }
    return 0;
}

ci_error_t *ci_relations_resolve(const ci_value_t *relations, ci_store_t *store,
                                 apr_pool_t *pool)
{
    const ci_identifier_t *identifier;
    ci_error_t *err = NULL;
    apr_uint32_t i;

    if (!ci_value_is_set(relations)) {
        return NULL;
    }
    for (i = 0; i < relations->length; i++) {
        relations->as.set[i]->values[CI_RELATION_RELATED_SEQ].state = CI_ABSENT;
    }
    for (i = 0; !err && i < relations->length; i++) {
        identifier = identifier_of(relations->as.set[i]);
        if (identifier && !is_done(relations, i, identifier->slot)) {
            err = resolve_field(relations, identifier->slot, store, pool);
        }
    }
    return err ? err : check_resolved(relations, pool);
}

/* --------------------------------------------------------------- insert */

ci_error_t *ci_relations_insert(const ci_value_t *relations,
                                apr_int64_t contact_seq, ci_store_t *store,
                                apr_pool_t *pool)
{
    ci_error_t *err = NULL;
    ci_record_t *relation;
    apr_uint32_t i;

    if (!ci_value_is_set(relations) || !relations->length) {
        return NULL;
    }
    for (i = 0; !err && i < relations->length; i++) {
        relation = relations->as.set[i];
        relation->values[CI_RELATION_CONTACT_SEQ] =
            ci_value_integer(contact_seq);
        err = ci_contact_new_id(&relation->values[CI_RELATION_ID], pool);
    }
    return err ? err
               : store->methods->insert(store, relations->as.set,
                                        (int)relations->length, pool);
}

/* --------------------------------------------------------------- change */

/* What is wrong with one relation of the request. */
static ci_error_t *refuse(ci_code_e code, apr_uint32_t index, const char *name,
                          const char *expected, apr_pool_t *pool)
{
    return ci_error_create(
        pool, code, apr_psprintf(pool, "relation_set[%u].%s", index, name),
        "%s", expected);
}

static int action_of(const ci_record_t *relation)
{
    return (int)relation->values[CI_RELATION_ACTION].as.integer;
}

/* The relations to add. */
static ci_value_t added(const ci_value_t *relations, apr_pool_t *pool)
{
    ci_record_t **set = apr_palloc(pool, (relations->length + 1) * sizeof *set);
    int count = 0;
    apr_uint32_t i;

    for (i = 0; i < relations->length; i++) {
        if (action_of(relations->as.set[i]) == CI_WORD_ADD) {
            set[count++] = relations->as.set[i];
        }
    }
    return ci_value_set(set, count);
}

static ci_error_t *check_self(const ci_value_t *relations,
                              apr_int64_t contact_seq, apr_pool_t *pool)
{
    const ci_value_t *seq;
    ci_error_t *err = NULL;
    apr_uint32_t i;

    for (i = 0; i < relations->length; i++) {
        seq = &relations->as.set[i]->values[CI_RELATION_RELATED_SEQ];
        if (ci_value_is_set(seq) && seq->as.integer == contact_seq) {
            err = ci_error_join(
                err, refuse(CI_INVALID_PARAMETER, i,
                            "contact_information_identifier",
                            "a contact is not related to itself", pool));
        }
    }
    return err;
}

/* Update or remove one relation of the contact. */
static ci_error_t *change_one(ci_record_t *relation, apr_uint32_t index,
                              const ci_value_t *contact_seq, ci_store_t *store,
                              apr_pool_t *pool)
{
    const ci_identifier_t *choice =
        relation->values[CI_RELATION_CHOICE].as.identifier;
    ci_value_t id = ci_value_bytes(choice->text, choice->length);
    ci_where_t where[] = {
        ci_where_equal(&ci_relation, CI_RELATION_ID, &id),
        ci_where_equal(&ci_relation, CI_RELATION_CONTACT_SEQ, contact_seq),
    };
    ci_mask_t mask = 0;
    apr_int64_t matched = 1;
    ci_error_t *err = NULL;

    if (action_of(relation) == CI_WORD_REMOVE) {
        err = store->methods->remove(&matched, store, &ci_relation, where,
                                     CI_ALEN(where), pool);
    }
    else {
        mask |= relation->values[CI_RELATION_TYPE].state != CI_ABSENT
                    ? CI_MASK(CI_RELATION_TYPE)
                    : 0;
        mask |= relation->values[CI_RELATION_NOTES].state != CI_ABSENT
                    ? CI_MASK(CI_RELATION_NOTES)
                    : 0;
        relation->values[CI_RELATION_CONTACT_SEQ] = *contact_seq;
        err = store->methods->update(&matched, store, relation,
                                     mask | CI_MASK(CI_RELATION_CONTACT_SEQ),
                                     where, CI_ALEN(where), pool);
    }
    return err || matched ? err
                          : refuse(CI_NOT_FOUND, index, "relation_identifier",
                                   "the contact has no such relation", pool);
}

ci_error_t *ci_relations_change(const ci_value_t *relations,
                                apr_int64_t contact_seq, ci_store_t *store,
                                apr_pool_t *pool)
{
    ci_value_t seq = ci_value_integer(contact_seq);
    ci_error_t *err = NULL;
    ci_value_t additions;
    apr_uint32_t i;

    if (!ci_value_is_set(relations) || !relations->length) {
        return NULL;
    }
    err = ci_relations_resolve(relations, store, pool);
    if (!err) {
        err = check_self(relations, contact_seq, pool);
    }
    for (i = 0; !err && i < relations->length; i++) {
        if (action_of(relations->as.set[i]) != CI_WORD_ADD) {
            err = change_one(relations->as.set[i], i, &seq, store, pool);
        }
    }
    additions = added(relations, pool);
    return err ? err
               : ci_relations_insert(&additions, contact_seq, store, pool);
}

/* ----------------------------------------------------------------- load */

static int is_visible(const ci_record_t *contact, const ci_scope_t *scope)
{
    const ci_value_t *level = &contact->values[CI_CONTACT_HIERARCHY_LEVEL];

    return !scope->has_clearance || !ci_value_is_set(level) ||
           level->as.integer <= scope->clearance;
}

/* The related contact as a relation shows it. */
static ci_error_t *shorten(ci_record_t **related, ci_record_t *contact,
                           const ci_scope_t *scope, apr_pool_t *pool)
{
    ci_error_t *err;

    if (!is_visible(contact, scope)) {
        *related = ci_record_make(&ci_contact, pool);
        (*related)->values[CI_CONTACT_ID] = contact->values[CI_CONTACT_ID];
        return NULL;
    }
    err = ci_contact_unpack(contact,
                            ci_contact_type(contact) == CI_PERSON
                                ? CI_MASK(CI_CONTACT_DEMOGRAPHICS)
                                : 0,
                            pool);
    ci_contact_derive(contact, pool);
    contact->values[CI_CONTACT_COMPANY_PROFILE] = ci_value_null();
    *related = contact;
    return err;
}

/* What is read of a relation. */
#define RELATION                                                               \
    (CI_MASK(CI_RELATION_ID) | CI_MASK(CI_RELATION_TYPE) |                     \
     CI_MASK(CI_RELATION_NOTES) | CI_MASK(CI_RELATION_SEQ) |                   \
     CI_MASK(CI_RELATION_CONTACT_SEQ))

/* What is not read of a related contact. */
#define UNUSED                                                                 \
    (CI_MASK(CI_CONTACT_SEQ) | CI_MASK(CI_CONTACT_VERSION) |                   \
     CI_MASK(CI_CONTACT_GENERATION) | CI_MASK(CI_CONTACT_COMPANY_PROFILE))

/* The contacts by their sequence, each with room for its relations; NULL if
   there are others, of another contact. */
static apr_hash_t *make_room(ci_record_t *const *contacts, int count,
                             const ci_rows_t *rows, apr_pool_t *pool)
{
    apr_hash_t *by_seq = apr_hash_make(pool);
    ci_value_t *seq, *set;
    int i;

    for (i = 0; i < count; i++) {
        seq = &contacts[i]->values[CI_CONTACT_SEQ];
        set = &contacts[i]->values[CI_CONTACT_RELATIONS];
        *set = ci_value_set(NULL, 0);
        apr_hash_set(by_seq, &seq->as.integer, sizeof seq->as.integer, set);
    }
    for (i = 0; i < rows->count; i++) {
        seq = &rows->links[i]->values[CI_RELATION_CONTACT_SEQ];
        set = apr_hash_get(by_seq, &seq->as.integer, sizeof seq->as.integer);
        if (!set) {
            return NULL;
        }
        set->length++;
    }
    for (i = 0; i < count; i++) {
        set = &contacts[i]->values[CI_CONTACT_RELATIONS];
        set->as.set = apr_palloc(pool, set->length * sizeof(ci_record_t *));
        set->length = 0;
    }
    return by_seq;
}

static apr_int64_t order_of(const ci_record_t *relation)
{
    return relation->values[CI_RELATION_SEQ].as.integer;
}

/* Hang a relation on the contact that it is seen from, by its sequence: to have
   the server sort them costs more. */
static void attach(apr_hash_t *by_seq, ci_record_t *relation)
{
    const ci_value_t *seq = &relation->values[CI_RELATION_CONTACT_SEQ];
    ci_value_t *set =
        apr_hash_get(by_seq, &seq->as.integer, sizeof seq->as.integer);
    ci_record_t **place = set->as.set + set->length++;

    for (; place > set->as.set && order_of(place[-1]) > order_of(relation);
         place--) {
        place[0] = place[-1];
    }
    *place = relation;
}

/* The sequences of the contacts, the last one again and again up to a power of
   two: pages of all lengths then share a few statements. */
static int list_sequences(ci_value_t **seqs, ci_record_t *const *contacts,
                          int count, apr_pool_t *pool)
{
    int i, length = 1;

    while (length < count) {
        length *= 2;
    }
    *seqs = apr_palloc(pool, (apr_size_t)length * sizeof **seqs);
    for (i = 0; i < length; i++) {
        (*seqs)[i] =
            contacts[i < count ? i : count - 1]->values[CI_CONTACT_SEQ];
    }
    return length;
}

ci_error_t *ci_relations_load(ci_record_t *const *contacts, int count,
                              ci_store_t *store, apr_pool_t *pool)
{
    ci_mask_t related = ci_object_mask(&ci_contact, CI_RELATED);
    ci_value_t *seqs;
    int length = list_sequences(&seqs, contacts, count, pool);
    ci_where_t where = {{&ci_relation.fields[CI_RELATION_CONTACT_SEQ],
                         CI_RELATION_CONTACT_SEQ, -1},
                        CI_OP_IN,
                        length,
                        seqs};
    ci_via_t via = {&ci_relation, CI_RELATION_RELATED_SEQ,   1, &where,
                    RELATION,     "contact_relation_contact"};
    ci_select_t query = {
        .object = &ci_contact,
        .mask =
            (ci_projection_columns(related) & ~UNUSED) |
            (store->scope.has_clearance ? CI_MASK(CI_CONTACT_HIERARCHY_LEVEL)
                                        : 0),
        .nvia = 1,
        .via = &via,
        .revealed = 1,
    };
    ci_error_t *err;
    ci_rows_t rows;
    apr_hash_t *by_seq;
    ci_record_t *contact;
    int i;

    err = ci_store_fetch(&rows, store, &query, pool);
    by_seq = err ? NULL : make_room(contacts, count, &rows, pool);
    if (!err && !by_seq) {
        return ci_error_server(pool, CI_INTERNAL_ERROR, APR_EGENERAL,
                               "a relation was not asked for");
    }
    for (i = 0; !err && i < rows.count; i++) {
        err = shorten(&contact, rows.records[i], &store->scope, pool);
        rows.links[i]->values[CI_RELATION_CONTACT] = ci_value_record(contact);
        attach(by_seq, rows.links[i]);
    }
    return err;
}
