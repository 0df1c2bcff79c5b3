/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_sink.h
 * Where text that is being written goes: chunks of a pool, in order.
 *
 * The writer asks for room, fills it and moves on; whoever made the sink takes
 * the chunks when they are complete, or now and then if he set @c flush.
 */
#ifndef CI_SINK_H
#define CI_SINK_H

#include <apr_pools.h>
#include <apr_tables.h>

#include <string.h>

#include "base/ci_error.h"

/** Bytes of one chunk. */
#define CI_SINK_CHUNK 16384

typedef struct {
    const char *data;
    apr_size_t length; /**< bytes */
} ci_chunk_t;

typedef struct ci_sink_t ci_sink_t;

/** Takes all finished chunks, whose memory is used again afterwards; an error
    ends the answer. */
typedef ci_error_t *(*ci_sink_flush_fn)(void *baton, ci_sink_t *sink);

struct ci_sink_t {
    char *at;                   /**< next free byte */
    char *end;                  /**< end of the current chunk */
    char *start;                /**< its first byte that is not yet in chunks */
    char *base;                 /**< its first byte */
    apr_array_header_t *chunks; /**< ci_chunk_t, the finished ones */
    apr_size_t total;           /**< bytes in the finished ones */
    apr_array_header_t *full;   /**< char *, memory behind the current chunk */
    apr_array_header_t *spare;  /**< char *, memory to be used again */
    apr_pool_t *pool;
    int flushed;            /**< some of it was handed out */
    ci_sink_flush_fn flush; /**< or NULL */
    void *baton;
};

/** Make a sink whose chunks live in the pool. */
ci_sink_t *ci_sink_create(apr_pool_t *pool);

/** Close the current chunk and begin one with room for at least size bytes. */
void ci_sink_grow(ci_sink_t *sink, apr_size_t size);

/**
 * All that was written, as chunks; more may be written afterwards.
 * @return the array sink->chunks
 */
const apr_array_header_t *ci_sink_chunks(ci_sink_t *sink);

/** Bytes written so far and not yet forgotten. */
apr_size_t ci_sink_length(const ci_sink_t *sink);

/** All that was written as one text ended by NUL, in the pool. */
char *ci_sink_text(ci_sink_t *sink, apr_size_t *length, apr_pool_t *pool);

/** Forget what was written; its memory is used again. */
void ci_sink_clear(ci_sink_t *sink);

/**
 * Hand what was written to the flush function, if there is one and more than a
 * few chunks have come together, and forget it.
 * @return what the function returned
 */
ci_error_t *ci_sink_flush(ci_sink_t *sink);

/** Room for size bytes at sink->at. */
static inline void ci_sink_reserve(ci_sink_t *sink, apr_size_t size)
{
    if ((apr_size_t)(sink->end - sink->at) < size) {
        ci_sink_grow(sink, size);
    }
}

static inline void ci_sink_write(ci_sink_t *sink, const char *data,
                                 apr_size_t length)
{
    ci_sink_reserve(sink, length);
    memcpy(sink->at, data, length);
    sink->at += length;
}

static inline void ci_sink_char(ci_sink_t *sink, char c)
{
    ci_sink_reserve(sink, 1);
    *sink->at++ = c;
}

/** Write a string literal. */
#define CI_SINK_LITERAL(sink, literal)                                         \
    ci_sink_write(sink, literal, sizeof(literal) - 1)

#endif
