/* SPDX-License-Identifier: Apache-2.0 */
/* A multipart form as it arrives. */
#include "base/ci_form.h"

#include <apr_strings.h>

#include <string.h>

#include "base/ci_multipart.h"
#include "base/ci_text.h"

/* What becomes of the part that is arriving, if it is no field */
enum { SKIPPED = -1, SPOOLED = -2 };

struct ci_form_t {
    const ci_form_parts_t *parts;
    ci_multipart_t *parser;
    int current;       /* index of a field, or one of the above */
    apr_size_t length; /* bytes in text */
    const char *values[CI_FORM_FIELDS];
    ci_upload_t file;
    apr_pool_t *pool;
    char text[CI_FORM_FIELD_MAX];
};

static int field_index(const ci_form_t *form, const char *name)
{
    int i;

    for (i = 0; form->parts->fields[i]; i++) {
        if (strcmp(form->parts->fields[i], name) == 0) {
            return i;
        }
    }
    return SKIPPED;
}

static ci_error_t *begin_file(ci_form_t *form, const ci_part_t *part)
{
    form->file.name = part->file_name;
    return ci_spool_create(&form->file.spool, form->parts->folder,
                           form->parts->limit, form->pool);
}

static ci_error_t *part_begin(void *baton, const ci_part_t *part)
{
    ci_form_t *form = baton;
    int is_file = strcmp(part->name, form->parts->file) == 0;
    int i = is_file ? SPOOLED : field_index(form, part->name);

    if (is_file ? form->file.spool != NULL : i >= 0 && form->values[i]) {
        return ci_error_create(form->pool, CI_INVALID_REQUEST, part->name,
                               "it was given twice");
    }
    form->current = i;
    form->length = 0;
    return is_file ? begin_file(form, part) : NULL;
}

static ci_error_t *append_file(ci_form_t *form, const char *data,
                               apr_size_t length)
{
    ci_error_t *err = ci_spool_append(form->file.spool, data, length);

    if (err && err->code == CI_PAYLOAD_TOO_LARGE) {
        err->field = form->parts->file;
    }
    return err;
}

static ci_error_t *append_field(ci_form_t *form, const char *data,
                                apr_size_t length)
{
    if (length > sizeof form->text - form->length) {
        return ci_error_create(form->pool, CI_PAYLOAD_TOO_LARGE,
                               form->parts->fields[form->current],
                               "expected at most %d bytes", CI_FORM_FIELD_MAX);
    }
    memcpy(form->text + form->length, data, length);
    form->length += length;
    return NULL;
}

static ci_error_t *part_data(void *baton, const char *data, apr_size_t length)
{
    ci_form_t *form = baton;

    switch (form->current) {
    case SKIPPED:
        return NULL;
    case SPOOLED:
        return append_file(form, data, length);
    default:
        return append_field(form, data, length);
    }
}

static ci_error_t *part_end(void *baton)
{
    ci_form_t *form = baton;

    if (form->current < 0) {
        return NULL;
    }
    if (memchr(form->text, '\0', form->length) ||
        !ci_utf8_valid(form->text, form->length, NULL)) {
        return ci_error_create(form->pool, CI_INVALID_REQUEST,
                               form->parts->fields[form->current],
                               "expected UTF-8 without NUL");
    }
    form->values[form->current] =
        apr_pstrmemdup(form->pool, form->text, form->length);
    return NULL;
}

ci_error_t *ci_form_create(ci_form_t **form, const char *content_type,
                           const ci_form_parts_t *parts, apr_pool_t *pool)
{
    static const ci_multipart_events_t events = {part_begin, part_data,
                                                 part_end};
    ci_form_t *made;
    const char *boundary;
    ci_error_t *err = ci_multipart_boundary(&boundary, content_type, pool);

    if (err) {
        return err;
    }
    made = apr_pcalloc(pool, sizeof *made);
    made->parts = parts;
    made->pool = pool;
    ci_multipart_create(&made->parser, boundary, &ci_multipart_limits, &events,
                        made, pool);
    *form = made;
    return NULL;
}

ci_error_t *ci_form_feed(void *form, const char *data, apr_size_t length)
{
    return ci_multipart_feed(((ci_form_t *)form)->parser, data, length);
}

ci_error_t *ci_form_finish(ci_form_t *form)
{
    return ci_multipart_finish(form->parser);
}

const char *ci_form_get(const ci_form_t *form, const char *name)
{
    int i = field_index(form, name);

    return i < 0 ? NULL : form->values[i];
}

const ci_upload_t *ci_form_file(const ci_form_t *form)
{
    return form->file.spool ? &form->file : NULL;
}
