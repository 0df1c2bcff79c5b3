/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_document.h
 * The document of a row to record, in one pass over its text and without a
 * tree: what ci_json_write() writes in CI_VIEW_DOCUMENT, and nothing else.
 */
#ifndef CI_DOCUMENT_H
#define CI_DOCUMENT_H

#include "base/ci_record.h"

/** All of a document is needed, to its end. */
#define CI_WHOLE (~(ci_mask_t)0)

/**
 * Read a document that has the form in which documents are written: no white
 * space, members in the order of the table.
 * @param record set when the answer is 1
 * @param wanted members that are needed, or CI_WHOLE; once all were found what
 *        comes behind them is not looked at
 * @param text must live as long as the record, whose texts point into it
 * @return 1; 0 if the form is another, which is no error: ci_json_read() reads
 *         any and says what is wrong
 */
int ci_document_read(ci_record_t **record, const ci_object_t *object,
                     ci_mask_t wanted, const char *text, apr_size_t length,
                     apr_pool_t *pool);

#endif
