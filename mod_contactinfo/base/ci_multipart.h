/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_multipart.h
 * A push parser for multipart/form-data: bytes in, parts out, no input or
 * output of its own.
 *
 * It takes a strict subset of forms, those in which other readers find the same
 * parts and content; all else is refused, never repaired:
 *
 * - A line ends with CRLF. A bare CR or LF, or a NUL, in the line of a
 *   boundary or in a header is refused, and so is "--" and the boundary after
 *   a bare CR or LF, which lenient readers take for a boundary.
 * - A line that begins with "--" and the boundary is a boundary (RFC 2046
 *   section 5.1.1), so only "--", blanks or nothing may follow on it. The last
 *   boundary needs no line end when nothing follows.
 * - What comes before the first boundary (the preamble, at most
 *   ci_multipart_limits_t.preamble bytes) or after the last one (the epilogue,
 *   as much as the caller feeds) is ignored. A form without parts is taken.
 * - Headers are not folded. A part has one Content-Disposition, of type
 *   form-data, with one name that is not empty. No parameter name has a '*'
 *   (RFC 2231, RFC 5987), save filename*, which counts if there is no filename.
 *
 * Memory: one line of a header, and the names of the parts that came; content
 * is passed on, not kept. Time is linear in the bytes fed. How the body is cut
 * into pieces changes nothing but how content is cut.
 * @see RFC 7578, RFC 2046 section 5.1
 */
#ifndef CI_MULTIPART_H
#define CI_MULTIPART_H

#include "base/ci_error.h"

/** A parser of one body; for one thread at a time. */
typedef struct ci_multipart_t ci_multipart_t;

/** How much the parser takes; beyond is CI_PAYLOAD_TOO_LARGE, save preamble. */
typedef struct {
    int parts;               /**< parts in the body */
    int headers;             /**< headers of one part */
    apr_size_t header_bytes; /**< bytes from a boundary to its part's content */
    apr_size_t preamble;     /**< bytes; beyond is CI_INVALID_REQUEST */
} ci_multipart_limits_t;

/** 16 parts, 8 headers and 4,096 bytes of them, 1,024 bytes of preamble. */
extern const ci_multipart_limits_t ci_multipart_limits;

/** What the headers of a part say; lives as long as the parser's pool. */
typedef struct {
    const char *name;         /**< UTF-8, not empty, never percent-decoded */
    const char *file_name;    /**< UTF-8, whatever the client chose: it may be
                                   empty or hold paths and control characters;
                                   NULL when the part is no file */
    const char *content_type; /**< what the client claims, or NULL */
} ci_part_t;

/**
 * Who is told. None may be NULL; an error that one returns stops the parser,
 * and ci_multipart_feed() returns it.
 */
typedef struct {
    /** The headers of a part are complete. */
    ci_error_t *(*part_begin)(void *baton, const ci_part_t *part);
    /** Some content, len > 0; data is valid during the call only. */
    ci_error_t *(*part_data)(void *baton, const char *data, apr_size_t len);
    /** The content of the part is complete. */
    ci_error_t *(*part_end)(void *baton);
} ci_multipart_events_t;

/**
 * Find the boundary in a Content-Type; of several, the last one counts.
 * Parameters are read as in part headers, by ci_param_next().
 * @param boundary set on success: 1 to 70 bytes, in pool
 * @param content_type the value of the header; NULL if the request has none
 * @return NULL; CI_UNSUPPORTED_MEDIA_TYPE if the type is not
 *         multipart/form-data; CI_INVALID_REQUEST if the parameters are
 *         damaged, there is no boundary or one that RFC 2046 does not allow
 * @see RFC 2046 section 5.1.1, RFC 9110 section 8.3.1
 */
ci_error_t *ci_multipart_boundary(const char **boundary,
                                  const char *content_type, apr_pool_t *pool)
    __attribute__((warn_unused_result));

/**
 * Make a parser.
 * @param parser set; lives in pool
 * @param boundary from ci_multipart_boundary(), copied
 * @param limits copied
 * @param events must live as long as the parser
 * @param baton passed to the events
 * @param pool errors and the names of parts live in it too
 */
void ci_multipart_create(ci_multipart_t **parser, const char *boundary,
                         const ci_multipart_limits_t *limits,
                         const ci_multipart_events_t *events, void *baton,
                         apr_pool_t *pool);

/**
 * Parse the next bytes of the body.
 * @param len 0 is allowed
 * @return NULL; CI_INVALID_REQUEST if the body is damaged;
 *         CI_PAYLOAD_TOO_LARGE above a limit; CI_UNSUPPORTED_MEDIA_TYPE for a
 *         part with a Content-Encoding or of a multipart type; what an event
 *         returned. After an error each further call returns the same one.
 */
ci_error_t *ci_multipart_feed(ci_multipart_t *parser, const char *data,
                              apr_size_t len)
    __attribute__((warn_unused_result));

/**
 * Tell the parser that the body is complete.
 * @return NULL; the error that stopped the parser; CI_INVALID_REQUEST if the
 *         last boundary did not come
 */
ci_error_t *ci_multipart_finish(ci_multipart_t *parser)
    __attribute__((warn_unused_result));

#endif
