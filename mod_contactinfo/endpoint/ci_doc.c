/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text that is no record. */
#include "endpoint/ci_doc.h"

#include "base/ci_json_write.h"
#include "base/ci_number.h"

static void begin(ci_doc_t *doc, const char *name)
{
    if (doc->after) {
        ci_sink_char(doc->sink, ',');
    }
    if (name) {
        ci_json_write_text(doc->sink, name, strlen(name));
        ci_sink_char(doc->sink, ':');
    }
    doc->after = 1;
}

void ci_doc_open(ci_doc_t *doc, const char *name, char bracket)
{
    begin(doc, name);
    ci_sink_char(doc->sink, bracket);
    doc->after = 0;
}

void ci_doc_close(ci_doc_t *doc, char bracket)
{
    ci_sink_char(doc->sink, bracket);
    doc->after = 1;
}

void ci_doc_text(ci_doc_t *doc, const char *name, const char *text)
{
    begin(doc, name);
    ci_json_write_text(doc->sink, text, strlen(text));
}

void ci_doc_integer(ci_doc_t *doc, const char *name, apr_int64_t integer)
{
    char text[CI_INTEGER_SIZE];

    begin(doc, name);
    ci_sink_write(doc->sink, text, ci_integer_format(text, integer));
}

void ci_doc_json(ci_doc_t *doc, const char *name, const char *json)
{
    begin(doc, name);
    ci_sink_write(doc->sink, json, strlen(json));
}
