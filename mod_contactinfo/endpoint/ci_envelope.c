/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope of every answer. */
#include "endpoint/ci_envelope.h"

#include <apr_strings.h>

#include "base/ci_json_write.h"

void ci_envelope_begin(ci_sink_t *sink)
{
    CI_SINK_LITERAL(sink, "{\"status\":{\"code\":\"OK\",\"message\":\"\","
                          "\"description\":\"\"},\"data\":");
}

void ci_envelope_end(ci_sink_t *sink)
{
    ci_sink_char(sink, '}');
}

void ci_envelope_empty(ci_sink_t *sink)
{
    ci_envelope_begin(sink);
    CI_SINK_LITERAL(sink, "{}");
    ci_envelope_end(sink);
}

int ci_envelope_status(ci_code_e code, int compat)
{
    int status = ci_codes[code].status;

    return compat && status < 500 && code != CI_PRECONDITION_FAILED ? 200
                                                                    : status;
}

static void write_string(ci_sink_t *sink, const char *text)
{
    ci_json_write_text(sink, text, strlen(text));
}

static const char *describe(const ci_error_t *err, apr_pool_t *pool)
{
    const char *text = "";
    const char *one;

    for (; err; err = err->next) {
        one = err->expected ? err->expected : "";
        if (err->field) {
            one = apr_pstrcat(pool, err->field, ": ", one, NULL);
        }
        text = *text ? apr_pstrcat(pool, text, "; ", one, NULL) : one;
    }
    return text;
}

void ci_envelope_error(ci_sink_t *sink, const ci_error_t *err)
{
    CI_SINK_LITERAL(sink, "{\"status\":{\"code\":");
    write_string(sink, ci_codes[err->code].name);
    CI_SINK_LITERAL(sink, ",\"message\":");
    write_string(sink, ci_codes[err->code].message);
    CI_SINK_LITERAL(sink, ",\"description\":");
    write_string(sink, describe(err, sink->pool));
    CI_SINK_LITERAL(sink, "},\"data\":{}}");
}
