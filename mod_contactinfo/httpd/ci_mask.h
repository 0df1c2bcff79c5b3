/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_mask.h
 * No token in a log: the query of a request is kept aside and what everybody
 * else sees of it has its token masked.
 */
#ifndef CI_QUERY_MASK_H
#define CI_QUERY_MASK_H

#include <httpd.h>

/**
 * post_read_request: mask the token in the request line, in r->args and in the
 * URIs of a request below one of the module's locations.
 */
int ci_mask_request(request_rec *r);

/** The query as it came, or NULL. */
const char *ci_mask_query(const request_rec *r);

#endif
