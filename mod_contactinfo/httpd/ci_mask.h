/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_mask.h
 * No token in a log: the query of a request is kept aside and what everybody
 * else sees of it has its token masked. The same holds for the header
 * Authorization, which httpd's core logs at trace4, until that is over.
 *
 * Out of reach: the line that core logs at trace5 when it has read the request
 * line, before any hook.
 */
#ifndef CI_MASK_H
#define CI_MASK_H

#include <httpd.h>

/**
 * post_read_request: mask the token in the request line, in r->args and in the
 * URIs of a request below one of the module's locations, and all of its header
 * Authorization.
 */
int ci_mask_request(request_rec *r);

/**
 * quick_handler, the first hook after core's log of the headers: give the
 * header Authorization back.
 * @return DECLINED
 */
int ci_mask_end(request_rec *r, int lookup);

/** The query as it came, or NULL. */
const char *ci_mask_query(const request_rec *r);

#endif
