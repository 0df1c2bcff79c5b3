/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_bridge.h
 * From httpd to the endpoints and back: request_rec to ci_request_t, response
 * or error to brigade.
 */
#ifndef CI_BRIDGE_H
#define CI_BRIDGE_H

#include <httpd.h>

#include "httpd/ci_config.h"

/**
 * Serve one request of an API location.
 * @return OK when an answer was sent, else the status that httpd must answer
 */
int ci_bridge_serve(request_rec *r, const ci_dir_config_t *dir);

/**
 * Give an answer that httpd itself makes in a location of the module the
 * headers that every answer of the module has.
 * @param r the request, before the answer's headers are sent
 */
void ci_bridge_mark_error(request_rec *r);

#endif
