/* SPDX-License-Identifier: Apache-2.0 */
/* Web API keys: made here, shown once, stored as a digest. */
#include "ctl/ci_ctl.h"

#include "base/ci_text.h"
#include "model/ci_objects.h"
#include "model/ci_session.h"

static void set_digest(ci_ctl_row_t *row, const char *key, apr_pool_t *pool)
{
    ci_digest_t *digest = apr_palloc(pool, sizeof *digest);
    ci_datetime_t now;
    int created =
        ci_object_find(row->object, "created_date", sizeof("created_date") - 1);

    ci_digest_make(digest, key, CI_TOKEN_LENGTH);
    row->record->values[CI_API_KEY_DIGEST] =
        ci_value_bytes((const char *)digest->bytes, sizeof digest->bytes);
    ci_datetime_now(&now, apr_time_now());
    row->record->values[created] = ci_value_datetime(&now);
}

static ci_error_t *add(ci_ctl_t *ctl)
{
    ci_ctl_row_t row;
    const char *key = "";
    ci_error_t *err = ci_ctl_row_new(&row, ctl);

    if (!err) {
        err = ci_ctl_id_make(&key, ctl->pool);
    }
    if (!err) {
        set_digest(&row, key, ctl->pool);
        err = ci_ctl_change(ctl, ci_ctl_row_insert, &row);
    }
    if (!err) {
        ci_ctl_print_object(ctl,
                            json_pack("{s:s,s:s}", "key_id",
                                      row.record->values[CI_API_KEY_ID].as.text,
                                      "key", key));
    }
    return err;
}

/* A session does not know which key it began with: all of the user's end. */
static ci_error_t *remove_key(void *baton, ci_ctl_t *ctl, apr_pool_t *pool)
{
    ci_ctl_row_t *row = baton;
    ci_where_t where = ci_where_equal(row->object, CI_API_KEY_ID,
                                      &row->record->values[CI_API_KEY_ID]);
    ci_select_t query = {
        .object = row->object,
        .mask = CI_MASK(CI_API_KEY_USER),
        .nwhere = 1,
        .where = &where,
        .locked = 1,
    };
    ci_record_t *found;
    ci_error_t *err = ci_store_fetch_one(&found, ctl->store, &query, pool);

    if (!err) {
        err = ci_ctl_row_remove(row, ctl, pool);
    }
    if (!err) {
        err = ci_ctl_end_sessions(ctl, &found->values[CI_API_KEY_USER], pool);
    }
    return err;
}

static ci_error_t *revoke_key(ci_ctl_t *ctl)
{
    ci_ctl_row_t row;
    ci_error_t *err;

    ci_ctl_row_key(&row, ctl);
    err = ci_ctl_change(ctl, remove_key, &row);
    if (!err) {
        ci_ctl_print_done(ctl, &row);
    }
    return err;
}

const ci_ctl_action_t ci_ctl_key_actions[] = {
    {"add", "make a key for a user; it is shown this once", ci_ctl_add_options,
     add},
    {"list", "list all keys, without the keys themselves", ci_ctl_list_options,
     ci_ctl_list},
    {"revoke", "remove a key and end the user's sessions", ci_ctl_key_options,
     revoke_key},
    {.name = NULL},
};
