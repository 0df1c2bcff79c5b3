/* SPDX-License-Identifier: Apache-2.0 */
/* Idempotency-Key: the same content gets the first answer again. */
#include "endpoint/ci_replay.h"

#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

/* Bytes of a file that are digested at a time. */
#define PIECE 16384

/* The content of a JSON request: all members but the token, in one form. */
static ci_error_t *digest_json(ci_digest_t *digest, const json_t *json,
                               apr_pool_t *pool)
{
    json_t *content = json_copy((json_t *)(apr_uintptr_t)json);
    char *text;

    json_object_del(content, "token");
    text = json_dumps(content, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(content);
    if (!text) {
        return ci_error_server(pool, CI_INTERNAL_ERROR, APR_ENOMEM,
                               "no memory to digest the request");
    }
    ci_digest_make(digest, text, strlen(text));
    free(text);
    return NULL;
}

/* Each piece is digested together with the digest of all before it. */
static ci_error_t *digest_file(ci_digest_t *digest, const ci_upload_t *upload,
                               apr_pool_t *pool)
{
    apr_off_t size = ci_spool_size(upload->spool);
    char *buffer = apr_palloc(pool, sizeof *digest + PIECE);
    apr_status_t rv = APR_SUCCESS;
    apr_off_t offset;
    apr_size_t length;

    for (offset = 0; offset < size; offset += PIECE) {
        length = size - offset < PIECE ? (apr_size_t)(size - offset) : PIECE;
        memcpy(buffer, digest, sizeof *digest);
        rv = ci_spool_read(upload->spool, offset, buffer + sizeof *digest,
                           length);
        if (rv != APR_SUCCESS) {
            return ci_error_server(pool, CI_INTERNAL_ERROR, rv,
                                   "cannot read the photo back");
        }
        ci_digest_make(digest, buffer, sizeof *digest + length);
    }
    return NULL;
}

/* The content of a form: all fields but the token, and the file. */
static ci_error_t *digest_form(ci_digest_t *digest, const ci_form_t *form,
                               apr_pool_t *pool)
{
    const ci_upload_t *upload = ci_form_file(form);
    const char *text = upload && upload->name ? upload->name : "";
    const char *field;
    int i;

    for (i = 0; ci_form_fields[i]; i++) {
        field = strcmp(ci_form_fields[i], "token") == 0
                    ? NULL
                    : ci_form_get(form, ci_form_fields[i]);
        text = apr_pstrcat(pool, text, "\n", field ? field : "", NULL);
    }
    ci_digest_make(digest, text, strlen(text));
    return upload ? digest_file(digest, upload, pool) : NULL;
}

static ci_error_t *replay(int *replayed, const ci_idempotency_t *idempotency,
                          ci_endpoint_t *ep, ci_response_t *res)
{
    const ci_value_t *answer;
    ci_error_t *err =
        ci_idempotency_find(&answer, idempotency, ep->store, ep->pool);

    *replayed = !err && answer;
    if (*replayed) {
        ci_sink_clear(res->sink);
        ci_sink_write(res->sink, answer->as.text, answer->length);
    }
    return err;
}

ci_error_t *ci_replay_begin(ci_idempotency_t **idempotency, int *replayed,
                            ci_endpoint_t *ep, const ci_request_t *req,
                            ci_response_t *res)
{
    ci_error_t *err =
        ci_idempotency_make(idempotency, req->idempotency_key, req->route->path,
                            &ep->session, ep->now, ep->pool);

    *replayed = 0;
    if (err || !*idempotency) {
        return err;
    }
    err = req->form
              ? digest_form(&(*idempotency)->request, req->form, ep->pool)
              : digest_json(&(*idempotency)->request, req->json, ep->pool);
    return err ? err : replay(replayed, *idempotency, ep, res);
}

ci_error_t *ci_replay_keep(const ci_idempotency_t *idempotency,
                           const ci_value_t *contact_id, ci_response_t *res,
                           ci_store_t *store, apr_pool_t *pool)
{
    apr_size_t length;
    const char *answer;

    if (!idempotency) {
        return NULL;
    }
    answer = ci_sink_text(res->sink, &length, pool);
    return ci_idempotency_store(idempotency, contact_id, answer, length, store,
                                pool);
}

ci_error_t *ci_replay_after(ci_error_t *err,
                            const ci_idempotency_t *idempotency,
                            ci_endpoint_t *ep, ci_response_t *res)
{
    ci_error_t *failed;
    int replayed;

    if (!idempotency ||
        (err->code != CI_CONFLICT && err->code != CI_OUTCOME_UNKNOWN)) {
        return err;
    }
    failed = replay(&replayed, idempotency, ep, res);
    if (failed && err->code == CI_OUTCOME_UNKNOWN) {
        return err;
    }
    return failed ? failed : replayed ? NULL : err;
}
