/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_envelope.h
 * The envelope of every answer: {"status":{code,message,description},"data":…}.
 */
#ifndef CI_ENVELOPE_H
#define CI_ENVELOPE_H

#include "base/ci_error.h"
#include "base/ci_sink.h"

/** Write everything up to the data of a successful answer. */
void ci_envelope_begin(ci_sink_t *sink);

/** Write what follows the data. */
void ci_envelope_end(ci_sink_t *sink);

/** Write a successful answer whose data is {}. */
void ci_envelope_empty(ci_sink_t *sink);

/**
 * The HTTP status of an answer.
 * @param compat 1: ContactInfoErrorStatus compat, which makes every 4xx but 412
 *        a 200
 */
int ci_envelope_status(ci_code_e code, int compat);

/** Write an error: its code, the code's sentence, and what each parameter of
    the chain should have been. */
void ci_envelope_error(ci_sink_t *sink, const ci_error_t *err);

#endif
