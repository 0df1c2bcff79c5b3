/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_etag.h
 * Entity tags of contacts: "VERSION-HASH", the version of the contact and a
 * hash of the answer.
 */
#ifndef CI_ETAG_H
#define CI_ETAG_H

#include <apr.h>

/**
 * Does a change that has this If-Match apply to this version? It does if one of
 * the tags begins with the version. Weak tags never match; what follows
 * something that is no tag is not looked at.
 * @param if_match text of the header; NULL applies to every version, as does
 *        "*"
 * @see RFC 9110, sections 8.8.3 and 13.1.1
 */
int ci_etag_applies(const char *if_match, apr_int64_t version);

/**
 * Take the marks out of the tags of a header: mod_deflate and mod_brotli mark
 * the tags of what they encode, and clients send them back as they got them.
 * @param tags text of the header, which becomes shorter
 */
void ci_etag_unmark(char *tags);

#endif
