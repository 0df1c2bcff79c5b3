/* SPDX-License-Identifier: Apache-2.0 */
/* contact_information/list: the rows of a page in one statement, their
   relations in one more; then the connection goes back and the documents are
   printed one by one. */
#include "endpoint/ci_endpoint.h"

#include <apr_escape.h>
#include <apr_strings.h>

#include "endpoint/ci_answer.h"
#include "endpoint/ci_envelope.h"
#include "endpoint/ci_params.h"
#include "model/ci_contact.h"
#include "model/ci_objects.h"
#include "model/ci_projection.h"
#include "model/ci_relations.h"

/* A filter: a column of the contact, or a kind of its keys. */
typedef struct {
    int row;  /* of the parameters */
    int kind; /* of the key, or -1 */
} filter_t;

static const filter_t filters[] = {
    {CI_LIST_ID_NUMBER, -1},
    {CI_LIST_PASSPORT_NUMBER, -1},
    {CI_LIST_SOCIAL_SECURITY_NUMBER, -1},
    {CI_LIST_VAT_REGISTRATION_NUMBER, -1},
    {CI_LIST_EMAIL_ADDRESS, CI_WORD_EMAIL},
    {CI_LIST_PHONE_NUMBER, CI_WORD_PHONE},
};

/* The query of a list with the memory that its conditions point to. */
typedef struct {
    ci_select_t select;
    ci_where_t where[CI_ALEN(filters)];
    ci_via_t via[CI_MAX_VIA];
    ci_where_t keys[CI_MAX_VIA][2];
    ci_value_t kinds[CI_MAX_VIA];
    ci_value_t values[CI_ALEN(filters)];
} page_t;

/* The text of a key as it is stored. */
static ci_value_t key_of(int kind, const char *text, apr_pool_t *pool)
{
    apr_size_t length = strlen(text);
    char *key = apr_palloc(pool, length + 1);

    if (kind == CI_WORD_EMAIL) {
        ci_text_lower(key, text, length);
        return ci_value_bytes(key, length);
    }
    return ci_value_bytes(key, ci_text_digits(key, text, length));
}

static void add_key(page_t *page, int kind, ci_value_t *value)
{
    int n = page->select.nvia++;

    page->kinds[n] = ci_value_integer(kind);
    page->keys[n][0] =
        ci_where_equal(&ci_contact_key, CI_KEY_KIND, &page->kinds[n]);
    page->keys[n][1] = ci_where_equal(&ci_contact_key, CI_KEY_VALUE, value);
    page->via[n] = (ci_via_t){
        &ci_contact_key, CI_KEY_CONTACT_SEQ, 2, page->keys[n], 0, "PRIMARY"};
}

static void add_column(page_t *page, const char *name, ci_value_t *value)
{
    ci_where_t *where = &page->where[page->select.nwhere++];

    ci_object_identifying(&ci_contact, name, &where->slot);
    where->op = CI_OP_EQUAL;
    where->count = 1;
    where->values = value;
}

static ci_error_t *read_filters(page_t *page, const ci_record_t *params,
                                apr_pool_t *pool)
{
    const char *text;
    int i, n = 0;

    for (i = 0; i < CI_ALEN(filters); i++) {
        text = ci_params_text(params, filters[i].row);
        if (!text || ci_text_blank(text, strlen(text))) {
            continue;
        }
        if (filters[i].kind < 0) {
            page->values[n] = ci_value_text(text);
            add_column(page, ci_params_list.fields[filters[i].row].name,
                       &page->values[n]);
        }
        else {
            page->values[n] = key_of(filters[i].kind, text, pool);
            add_key(page, filters[i].kind, &page->values[n]);
        }
        n++;
    }
    if (n == 0) {
        return ci_error_create(pool, CI_MISSING_PARAMETER, "id_number",
                               "expected at least one of id_number, "
                               "passport_number, social_security_number, "
                               "vat_registration_number, email_address, "
                               "phone_number");
    }
    return NULL;
}

static int integer_or(const ci_record_t *params, int row, int otherwise)
{
    const ci_value_t *value = &params->values[row];

    return ci_value_is_set(value) ? (int)value->as.integer : otherwise;
}

static ci_error_t *read_page(page_t *page, const ci_record_t *params,
                             const ci_endpoint_t *ep)
{
    ci_select_t *select = &page->select;
    int page_max = ep->settings->page_max;

    select->object = &ci_contact;
    select->where = page->where;
    select->via = page->via;
    select->ordered = 1;
    select->limit =
        integer_or(params, CI_LIST_NUMBER_OF_RESULTS,
                   CI_PAGE_DEFAULT < page_max ? CI_PAGE_DEFAULT : page_max);
    select->offset = integer_or(params, CI_LIST_OFFSET, 0);
    return read_filters(page, params, ep->pool);
}

/* The query of the next page: all but the token, another offset. */
static const char *next_page(const ci_record_t *params, int limit, int offset,
                             apr_pool_t *pool)
{
    const char *next = apr_psprintf(pool, "offset=%d&number_of_results=%d",
                                    offset + limit, limit);
    const ci_field_t *field;
    int i;

    for (i = 0; i < params->object->nfields; i++) {
        field = &params->object->fields[i];
        if (field->type == CI_TYPE_TEXT && ci_params_text(params, i)) {
            next = apr_pstrcat(
                pool, next, "&", field->name, "=",
                apr_pescape_urlencoded(pool, ci_params_text(params, i)), NULL);
        }
    }
    return next;
}

/* Read the relations of those rows that have any. */
static ci_error_t *load_relations(const ci_rows_t *rows, ci_store_t *store,
                                  apr_pool_t *pool)
{
    ci_record_t **having =
        apr_palloc(pool, ((apr_size_t)rows->count + 1) * sizeof(ci_record_t *));
    int i, n = 0;

    for (i = 0; i < rows->count; i++) {
        if (rows->records[i]->values[CI_CONTACT_RELATION_COUNT].as.integer) {
            having[n++] = rows->records[i];
        }
    }
    return n ? ci_relations_load(having, n, store, pool) : NULL;
}

static ci_error_t *write_rows(ci_response_t *res, const ci_rows_t *rows,
                              ci_mask_t shown,
                              const ci_references_t *references,
                              apr_pool_t *pool)
{
    ci_lookup_t lookup = ci_references_lookup(references);
    ci_write_t write = {res->sink, &lookup, CI_VIEW_ANSWER};
    ci_error_t *err = NULL;
    apr_pool_t *iteration;
    int i;

    apr_pool_create(&iteration, pool);
    apr_pool_tag(iteration, "ci_list_row");
    ci_envelope_begin(res->sink);
    ci_sink_char(res->sink, '[');
    for (i = 0; !err && i < rows->count; i++) {
        apr_pool_clear(iteration);
        err = ci_contact_unpack(rows->records[i], shown, iteration);
        if (err) {
            err = ci_error_copy(err, pool);
            break;
        }
        ci_contact_derive(rows->records[i], iteration);
        if (i) {
            ci_sink_char(res->sink, ',');
        }
        ci_json_write(&write, rows->records[i], shown);
        err = ci_sink_flush(res->sink);
    }
    apr_pool_destroy(iteration);
    ci_sink_char(res->sink, ']');
    ci_envelope_end(res->sink);
    return err;
}

ci_error_t *ci_ep_contact_list(ci_endpoint_t *ep, const ci_request_t *req,
                               ci_response_t *res)
{
    page_t page = {0};
    int limit;
    ci_references_t *references;
    ci_record_t *params;
    ci_mask_t shown;
    ci_rows_t rows;
    ci_error_t *err = ci_params_read(&params, ep, req);

    err = ci_error_join(err, read_page(&page, params, ep));
    if (err) {
        return err;
    }
    shown = ci_projection_parse(ci_params_text(params, CI_LIST_FIELDS_SET),
                                ci_projection_full());
    page.select.mask = ci_projection_columns(shown);
    limit = page.select.limit++;
    err = ci_store_fetch(&rows, ep->store, &page.select, ep->pool);
    if (!err && rows.count > limit) {
        rows.count = limit;
        res->next = next_page(params, limit, page.select.offset, ep->pool);
    }
    if (!err && (shown & CI_MASK(CI_CONTACT_RELATIONS))) {
        err = load_relations(&rows, ep->store, ep->pool);
    }
    if (!err) {
        err = ci_references_get(
            &references, ep->references, ep->store,
            rows.count
                ? rows.records[0]->values[CI_CONTACT_GENERATION].as.integer
                : 0,
            ep->pool);
    }
    if (err) {
        return err;
    }
    ep->store->methods->release(ep->store);
    return write_rows(res, &rows, shown, references, ep->pool);
}
