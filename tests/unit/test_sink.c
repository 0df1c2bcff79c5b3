/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_sink: no byte is lost or doubled at the edges of chunks. */
#include "base/ci_sink.h"
#include "unit.h"

#include <apr_general.h>

#include <check.h>

#include <string.h>

static apr_pool_t *pool;

static void pool_open(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
}

static void pool_close(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
}

static const char *text_of(ci_sink_t *sink)
{
    apr_size_t length;
    const char *text = ci_sink_text(sink, &length, pool);

    ck_assert_uint_eq(length, strlen(text));
    ck_assert_uint_eq(length, ci_sink_length(sink));
    return text;
}

START_TEST(an_unused_sink_is_the_empty_text)
{
    ci_sink_t *sink = ci_sink_create(pool);

    ck_assert_uint_eq(ci_sink_length(sink), 0);
    ck_assert_int_eq(ci_sink_chunks(sink)->nelts, 0);
    ck_assert_str_eq(text_of(sink), "");
    ci_sink_clear(sink);
    ck_assert_str_eq(text_of(sink), "");
    ck_assert_ptr_null(ci_sink_flush(sink));
}
END_TEST

START_TEST(text_comes_out_as_it_went_in)
{
    ci_sink_t *sink = ci_sink_create(pool);

    CI_SINK_LITERAL(sink, "ab");
    ci_sink_char(sink, 'c');
    ck_assert_str_eq(text_of(sink), "abc");
    ci_sink_write(sink, "de", 2);
    ck_assert_str_eq(text_of(sink), "abcde");
}
END_TEST

/* Writes of each size meet the end of the chunk everywhere. */
START_TEST(writes_of_any_size_cross_chunks)
{
    static const apr_size_t sizes[] = {1,    3,     100,   4095,
                                       4097, 16384, 16385, 50000};
    ci_sink_t *sink = ci_sink_create(pool);
    char *piece = apr_palloc(pool, sizes[_i]);
    apr_size_t i, n = 100000 / sizes[_i] + 3, length;
    const char *text;

    for (i = 0; i < n; i++) {
        memset(piece, 'a' + (int)(i % 26), sizes[_i]);
        ci_sink_write(sink, piece, sizes[_i]);
        ck_assert_uint_eq(ci_sink_length(sink), (i + 1) * sizes[_i]);
    }
    text = ci_sink_text(sink, &length, pool);
    ck_assert_uint_eq(length, n * sizes[_i]);
    for (i = 0; i < length; i++) {
        ck_assert_int_eq(text[i], 'a' + (int)(i / sizes[_i] % 26));
    }
}
END_TEST

START_TEST(chunks_are_complete_and_never_empty)
{
    ci_sink_t *sink = ci_sink_create(pool);
    const apr_array_header_t *chunks;
    apr_size_t sum = 0;
    int i;

    for (i = 0; i < 40000; i++) {
        ci_sink_char(sink, 'x');
        if (i % 10000 == 0) {
            ci_sink_chunks(sink);
        }
    }
    chunks = ci_sink_chunks(sink);
    for (i = 0; i < chunks->nelts; i++) {
        ck_assert_uint_gt(((const ci_chunk_t *)chunks->elts)[i].length, 0);
        sum += ((const ci_chunk_t *)chunks->elts)[i].length;
    }
    ck_assert_uint_eq(sum, 40000);
    ck_assert_uint_eq(ci_sink_length(sink), 40000);
}
END_TEST

START_TEST(a_cleared_sink_begins_anew)
{
    ci_sink_t *sink = ci_sink_create(pool);
    int i;

    for (i = 0; i < 3; i++) {
        CI_SINK_LITERAL(sink, "old");
        ci_sink_chunks(sink);
        CI_SINK_LITERAL(sink, "er");
        ci_sink_clear(sink);
        ck_assert_uint_eq(ci_sink_length(sink), 0);
        CI_SINK_LITERAL(sink, "new");
        ck_assert_str_eq(text_of(sink), "new");
        ci_sink_clear(sink);
    }
}
END_TEST

#define PLACES 64

typedef struct {
    apr_size_t taken;
    int calls;
    const char *seen[PLACES]; /* where chunks have been */
    int places;
    ci_error_t *error;
} taker_t;

static void note_place(taker_t *taker, const char *data)
{
    int i = 0;

    while (i < taker->places && taker->seen[i] != data) {
        i++;
    }
    if (i == taker->places && i < PLACES) {
        taker->seen[taker->places++] = data;
    }
}

static ci_error_t *take(void *baton, ci_sink_t *sink)
{
    const apr_array_header_t *chunks = ci_sink_chunks(sink);
    taker_t *taker = baton;
    int i;

    for (i = 0; i < chunks->nelts; i++) {
        note_place(taker, ((const ci_chunk_t *)chunks->elts)[i].data);
    }
    taker->calls++;
    taker->taken += ci_sink_length(sink);
    return taker->error;
}

START_TEST(a_flush_function_gets_all_and_memory_is_used_again)
{
    ci_sink_t *sink = ci_sink_create(pool);
    taker_t taker = {0};
    apr_size_t i;

    sink->flush = take;
    sink->baton = &taker;
    for (i = 1; i <= 50000; i++) {
        CI_SINK_LITERAL(sink, "01234567890123456789");
        ck_assert_ptr_null(ci_sink_flush(sink));
        ck_assert_uint_eq(taker.taken + ci_sink_length(sink), i * 20);
    }
    ck_assert_int_gt(taker.calls, 10);
    ck_assert_int_le(taker.places, 6);
}
END_TEST

START_TEST(what_the_flush_function_returns_is_returned)
{
    ci_sink_t *sink = ci_sink_create(pool);
    taker_t taker = {0};
    int i;

    taker.error = ci_error_create(pool, CI_INTERNAL_ERROR, NULL, "x");
    sink->flush = take;
    sink->baton = &taker;
    ck_assert_ptr_null(ci_sink_flush(sink));
    for (i = 0; i < 5 * CI_SINK_CHUNK; i++) {
        ci_sink_char(sink, 'x');
    }
    ck_assert_ptr_eq(ci_sink_flush(sink), taker.error);
    ck_assert_uint_eq(ci_sink_length(sink), 0);
}
END_TEST

static TCase *sink_case(void)
{
    TCase *tc = tcase_create("sink");

    tcase_add_checked_fixture(tc, pool_open, pool_close);
    tcase_add_test(tc, an_unused_sink_is_the_empty_text);
    tcase_add_test(tc, text_comes_out_as_it_went_in);
    tcase_add_loop_test(tc, writes_of_any_size_cross_chunks, 0, 8);
    tcase_add_test(tc, chunks_are_complete_and_never_empty);
    tcase_add_test(tc, a_cleared_sink_begins_anew);
    tcase_add_test(tc, a_flush_function_gets_all_and_memory_is_used_again);
    tcase_add_test(tc, what_the_flush_function_returns_is_returned);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("sink");

    suite_add_tcase(suite, sink_case());
    return unit_run(suite);
}
