/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_doc.h
 * JSON text that is no record, straight into a sink: objects and arrays are
 * opened and closed, the commas come by themselves.
 *
 * A name of NULL stands for an element of an array. Names and texts are UTF-8.
 */
#ifndef CI_DOC_H
#define CI_DOC_H

#include "base/ci_sink.h"

typedef struct {
    ci_sink_t *sink;
    int after; /**< 1: a comma is due before what comes next */
} ci_doc_t;

/** Open a member; bracket is '{' or '['. */
void ci_doc_open(ci_doc_t *doc, const char *name, char bracket);
/** Close what was opened; bracket is '}' or ']'. */
void ci_doc_close(ci_doc_t *doc, char bracket);

void ci_doc_text(ci_doc_t *doc, const char *name, const char *text);
void ci_doc_integer(ci_doc_t *doc, const char *name, apr_int64_t integer);
/** A member whose value is JSON text already. */
void ci_doc_json(ci_doc_t *doc, const char *name, const char *json);

#endif
