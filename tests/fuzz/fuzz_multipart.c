/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the parser of forms tells the same story however a body is cut,
 * and never more of it than the limits allow.
 *
 * An input is one byte that chooses how the body is cut, a Content-Type up to
 * the first line feed, and the body. */
#include "base/ci_multipart.h"
#include "base/ci_text.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the events told, as a digest in which content has no pieces. */
typedef struct {
    uint64_t digest;
    size_t content; /* bytes of all parts, */
    size_t before;  /* and of those before this one */
    int begun;
    int ended;
} story_t;

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

/* FNV-1a, as good as any: the stories that it compares are meant to be one. */
static void tell(story_t *story, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;

    for (; len > 0; len--) {
        story->digest = (story->digest ^ *p++) * 1099511628211U;
    }
}

static void tell_text(story_t *story, const char *text)
{
    char present = text != NULL;

    tell(story, &present, 1);
    if (text) {
        tell(story, text, strlen(text) + 1);
    }
}

static ci_error_t *part_begin(void *baton, const ci_part_t *part)
{
    story_t *story = baton;

    require(story->begun == story->ended);
    require(++story->begun <= ci_multipart_limits.parts);
    require(*part->name != '\0');
    require(ci_utf8_valid(part->name, strlen(part->name), NULL));
    require(!part->file_name ||
            ci_utf8_valid(part->file_name, strlen(part->file_name), NULL));
    tell_text(story, part->name);
    tell_text(story, part->file_name);
    tell_text(story, part->content_type);
    story->before = story->content;
    return NULL;
}

static ci_error_t *part_data(void *baton, const char *data, apr_size_t len)
{
    story_t *story = baton;

    require(len > 0 && story->begun == story->ended + 1);
    tell(story, data, len);
    story->content += len;
    return NULL;
}

static ci_error_t *part_end(void *baton)
{
    story_t *story = baton;
    size_t len = story->content - story->before;

    require(++story->ended == story->begun);
    tell(story, &len, sizeof len);
    return NULL;
}

static const ci_multipart_events_t events = {part_begin, part_data, part_end};

/* Feeds a piece that ends where its memory does. */
static ci_error_t *feed_copy(ci_multipart_t *parser, const char *data,
                             size_t len)
{
    char *piece = malloc(len + (len == 0));
    ci_error_t *err;

    require(piece != NULL);
    memcpy(piece, data, len);
    err = ci_multipart_feed(parser, piece, len);
    free(piece);
    return err;
}

/* In pieces of 1 to most bytes, of changing lengths; as a whole if most is 0.
 */
static ci_code_e parse(story_t *story, const char *boundary, const char *body,
                       size_t len, size_t most, apr_pool_t *pool)
{
    ci_multipart_t *parser;
    ci_error_t *err = NULL;
    size_t turn = 0;

    memset(story, 0, sizeof *story);
    ci_multipart_create(&parser, boundary, &ci_multipart_limits, &events, story,
                        pool);
    while (len > 0 && !err) {
        size_t piece = most ? 1 + turn++ * 7 % most : len;

        piece = piece < len ? piece : len;
        err = feed_copy(parser, body, piece);
        body += piece;
        len -= piece;
    }
    require(!err || ci_multipart_finish(parser) == err);
    err = ci_multipart_finish(parser);
    require(err || story->begun == story->ended);
    return err ? err->code : CI_OK;
}

static void check_body(const char *boundary, const char *body, size_t len,
                       size_t most, apr_pool_t *pool)
{
    story_t whole;
    story_t story;

    require(parse(&whole, boundary, body, len, 0, pool) ==
            parse(&story, boundary, body, len, most, pool));
    require(story.digest == whole.digest && story.content == whole.content);
    require(story.begun == whole.begun && story.ended == whole.ended);
    require(whole.content <= len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size > 1 ? memchr(data + 1, '\n', size - 1) : NULL;
    const char *boundary = NULL;
    const char *type;
    apr_pool_t *pool;
    ci_error_t *err;

    if (!line) {
        return 0;
    }
    apr_initialize();
    apr_pool_create(&pool, NULL);
    type =
        apr_pstrmemdup(pool, (const char *)data + 1, (size_t)(line - data - 1));
    err = ci_multipart_boundary(&boundary, type, pool);
    require((err == NULL) == (boundary != NULL));
    if (boundary) {
        require(strlen(boundary) >= 1 && strlen(boundary) <= 70);
        check_body(boundary, (const char *)line + 1,
                   size - (size_t)(line + 1 - data), 1 + data[0] % 100U, pool);
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
