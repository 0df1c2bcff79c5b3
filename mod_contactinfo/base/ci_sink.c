/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks of text in a pool. */
#include "base/ci_sink.h"

ci_sink_t *ci_sink_create(apr_pool_t *pool)
{
    ci_sink_t *sink = apr_pcalloc(pool, sizeof *sink);

    sink->pool = pool;
    sink->chunks = apr_array_make(pool, 4, sizeof(ci_chunk_t));
    sink->full = apr_array_make(pool, 4, sizeof(char *));
    sink->spare = apr_array_make(pool, 4, sizeof(char *));
    return sink;
}

static void close_chunk(ci_sink_t *sink)
{
    ci_chunk_t *chunk;

    if (sink->at == sink->start) {
        return;
    }
    chunk = apr_array_push(sink->chunks);
    chunk->data = sink->start;
    chunk->length = (apr_size_t)(sink->at - sink->start);
    sink->total += chunk->length;
    sink->start = sink->at;
}

/* Memory for a chunk; a longer one than usual is not kept. */
static char *take_memory(ci_sink_t *sink, apr_size_t room)
{
    if (room == CI_SINK_CHUNK && sink->spare->nelts > 0) {
        return *(char **)apr_array_pop(sink->spare);
    }
    return apr_palloc(sink->pool, room);
}

void ci_sink_grow(ci_sink_t *sink, apr_size_t size)
{
    apr_size_t room = size > CI_SINK_CHUNK ? size : CI_SINK_CHUNK;

    close_chunk(sink);
    if (sink->end - sink->base == CI_SINK_CHUNK) {
        APR_ARRAY_PUSH(sink->full, char *) = sink->base;
    }
    sink->base = sink->start = sink->at = take_memory(sink, room);
    sink->end = sink->at + room;
}

const apr_array_header_t *ci_sink_chunks(ci_sink_t *sink)
{
    close_chunk(sink);
    return sink->chunks;
}

apr_size_t ci_sink_length(const ci_sink_t *sink)
{
    return sink->total + (apr_size_t)(sink->at - sink->start);
}

char *ci_sink_text(ci_sink_t *sink, apr_size_t *length, apr_pool_t *pool)
{
    const apr_array_header_t *chunks = ci_sink_chunks(sink);
    char *text = apr_palloc(pool, sink->total + 1);
    const ci_chunk_t *chunk;
    char *at = text;
    int i;

    for (i = 0; i < chunks->nelts; i++) {
        chunk = &((const ci_chunk_t *)chunks->elts)[i];
        memcpy(at, chunk->data, chunk->length);
        at += chunk->length;
    }
    *at = '\0';
    *length = sink->total;
    return text;
}

void ci_sink_clear(ci_sink_t *sink)
{
    apr_array_cat(sink->spare, sink->full);
    apr_array_clear(sink->full);
    apr_array_clear(sink->chunks);
    sink->total = 0;
    sink->at = sink->start = sink->base;
}

ci_error_t *ci_sink_flush(ci_sink_t *sink)
{
    ci_error_t *err;

    if (!sink->flush || ci_sink_length(sink) < (apr_size_t)4 * CI_SINK_CHUNK) {
        return NULL;
    }
    close_chunk(sink);
    sink->flushed = 1;
    err = sink->flush(sink->baton, sink);
    ci_sink_clear(sink);
    return err;
}
