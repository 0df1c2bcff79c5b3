/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_image: what is an image, of which size, and what is none.
 * The images are as small as their formats allow; many have no pixel data that
 * a decoder would take. */
#include "base/ci_image.h"
#include "unit.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <check.h>

#include <stdlib.h>
#include <string.h>

#define ALEN(a)  (sizeof(a) / sizeof *(a))
#define BYTES(s) s, sizeof(s) - 1

/* Sides of 50,000,000 pixels and of a line more, with either end first. */
#define BE_MOST "\x13\x88" /* 5000 high */
#define BE_MORE "\x13\x89"
#define BE_WIDE "\x27\x10" /* 10000 wide */
#define LE_MOST "\x88\x13"
#define LE_MORE "\x89\x13"
#define LE_WIDE "\x10\x27"

#define SOI "\xff\xd8"
#define APP                                                                    \
    "\xff\xe0\0\x04"                                                           \
    "ab"
#define DHT          "\xff\xc4\0\x02"
#define SOF(m, h, w) "\xff" m "\0\x0b\x08" h w "\x01\x01\x11\0"
#define SOS          "\xff\xda\0\x08\x01\x01\0\0\x3f\0"
#define SCAN                                                                   \
    SOS "1\xff\0"                                                              \
        "2\xff\xd0"                                                            \
        "3"
#define EOI "\xff\xd9"
#define JPEG(h, w)                                                             \
    SOI APP SOF("\xc0", h, w)                                                  \
    DHT SCAN EOI
#define HEAD SOI SOF("\xc0", "\0\2", "\0\3")

#define PNG                "\x89PNG\r\n\x1a\n"
#define CHUNK(len, type)   "\0\0\0" len type
#define HEADER(w, h, form) CHUNK("\x0d", "IHDR") w h form "crc!"
#define IHDR               HEADER("\0\0\0\3", "\0\0\0\2", "\x08\2\0\0\0")
#define IDAT               CHUNK("\1", "IDAT") "xcrc!"
#define IEND               CHUNK("\0", "IEND") "crc!"

#define GIF(w, h)   "GIF89a" w h "\0\0\0"
#define GIF_COLORS  "GIF87a\3\0\2\0\x81\0\0rgbrgbrgbrgb"
#define EXT         "\x21\xf9\4abcd\1e\0"
#define AT(x, y)    "\x2c" x y
#define FRAME(w, h) w h "\0\2\2xy\0"
#define CANVAS      GIF("\3\0", "\2\0")
#define ORIGIN      AT("\0\0", "\0\0")
#define STILL       ORIGIN FRAME("\3\0", "\2\0")

/* The size of the file is filled in where it says so. */
#define WEBP          "RIFFsizeWEBP"
#define VP8(w, h)     "VP8 \x0a\0\0\0\x10\0\0\x9d\1\x2a" w h
#define VP8L(bits)    "VP8L\5\0\0\0\x2f" bits "\0"
#define VP8X(w, h)    "VP8X\x0a\0\0\0\x10\0\0\0" w h
#define ANMF(w, h)    "ANMF\x22\0\0\0\0\0\0\0\0\0" w h "\0\0\0\0"
#define ANMF_AT(x, y) "ANMF\x22\0\0\0" x y "\2\0\0\1\0\0\0\0\0\0"
#define LOSSY         VP8("\3\0", "\2\0")
#define LOSSLESS      VP8L("\2\x40\0\0")
#define EXTENDED      VP8X("\2\0\0", "\1\0\0")

typedef struct {
    const char *data;
    size_t len;
} bytes_t;

typedef struct {
    const char *data;
    size_t len;
    const char *mime_type;
    apr_uint32_t width;
    apr_uint32_t height;
} image_t;

/* A file in memory that allows what pread() does, and only forward. */
typedef struct {
    char *data;
    apr_off_t len;
    apr_off_t end; /* of the last read */
    int reads;
    int fail; /* the number of the read that fails */
} memory_t;

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

static apr_status_t read_memory(void *baton, apr_off_t offset, void *buffer,
                                apr_size_t len)
{
    memory_t *memory = baton;

    ck_assert_uint_ge(len, 1);
    ck_assert_uint_le(len, CI_IMAGE_READ_MAX);
    ck_assert_int_gt(offset + 32, memory->end);
    ck_assert_int_le(offset + (apr_off_t)len, memory->len);
    memory->end = offset + (apr_off_t)len;
    memory->reads++;
    memcpy(buffer, memory->data + offset, len);
    return memory->reads == memory->fail ? APR_EGENERAL : APR_SUCCESS;
}

static ci_error_t *inspect_memory(ci_image_t *image, memory_t *memory)
{
    ci_error_t *err =
        ci_image_inspect(image, read_memory, memory, memory->len, pool);

    ck_assert_int_le(memory->reads, memory->len / (CI_IMAGE_READ_MAX - 32) + 1);
    return err;
}

static void fill_size(char *data, size_t len)
{
    size_t rest = len - 8;
    int i;

    for (i = 4; i < 8; i++) {
        data[i] = (char)(rest & 0xff);
        rest >>= 8;
    }
}

static ci_code_e inspect(ci_image_t *image, const char *data, size_t len)
{
    memory_t memory = {.len = (apr_off_t)len};
    ci_error_t *err;

    memory.data = apr_pmemdup(pool, data, len + 1);
    if (len > 8 && memcmp(data + 4, "size", 4) == 0) {
        fill_size(memory.data, len);
    }
    err = inspect_memory(image, &memory);
    return err ? err->code : CI_OK;
}

static const image_t images[] = {
    {BYTES(JPEG("\0\2", "\0\3")), "image/jpeg", 3, 2},
    {BYTES(HEAD SOS EOI), "image/jpeg", 3, 2},
    {BYTES(SOI SOF("\xc1", "\0\2", "\0\3") SCAN EOI), "image/jpeg", 3, 2},
    {BYTES(SOI SOF("\xc2", "\0\2", "\0\3") SCAN DHT SCAN SCAN EOI),
     "image/jpeg", 3, 2},
    {BYTES(SOI SOF("\xc9", "\0\2", "\0\3") SCAN EOI), "image/jpeg", 3, 2},
    {BYTES(SOI SOF("\xca", "\0\2", "\0\3") SCAN EOI), "image/jpeg", 3, 2},
    {BYTES(SOI "\xff\xff" APP "\xff\xff\xff\xfe\0\2" SOF(
         "\xc0", "\1\0", "\xff\xff") SCAN "\xff\xff" EOI),
     "image/jpeg", 65535, 256},
    {BYTES(JPEG(BE_MOST, BE_WIDE)), "image/jpeg", 10000, 5000},
    {BYTES(PNG IHDR IDAT IEND), "image/png", 3, 2},
    {BYTES(PNG IHDR CHUNK("\0", "PLTE") "crc!" IDAT IDAT CHUNK(
         "\2", "tEXt") "PKcrc!" IEND),
     "image/png", 3, 2},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\1\0\0\0\1") IDAT IEND),
     "image/png", 1, 1},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\x10\6\0\0\0") IDAT IEND),
     "image/png", 1, 1},
    {BYTES(PNG HEADER("\0\0" BE_WIDE, "\0\0" BE_MOST, "\4\3\0\0\0") IDAT IEND),
     "image/png", 10000, 5000},
    {BYTES(CANVAS STILL ";"), "image/gif", 3, 2},
    {BYTES(GIF_COLORS STILL ";"), "image/gif", 3, 2},
    {BYTES(CANVAS EXT STILL EXT STILL EXT ";"), "image/gif", 3, 2},
    {BYTES(CANVAS ORIGIN "\3\0\2\0\x80rgbrgb\2\1x\0;"), "image/gif", 3, 2},
    {BYTES(GIF(LE_WIDE, LE_MOST) ORIGIN FRAME(LE_WIDE, LE_MOST) ";"),
     "image/gif", 10000, 5000},
    {BYTES(WEBP LOSSY), "image/webp", 3, 2},
    {BYTES(WEBP LOSSY "EXIF\1\0\0\0x\0"), "image/webp", 3, 2},
    {BYTES(WEBP VP8("\3\x40", "\2\x80")), "image/webp", 3, 2},
    {BYTES(WEBP LOSSLESS), "image/webp", 3, 2},
    {BYTES(WEBP VP8L("\xff\xff\x0b\x10")), "image/webp", 16384, 48},
    {BYTES(WEBP EXTENDED LOSSY), "image/webp", 3, 2},
    {BYTES(WEBP EXTENDED "ALPH\1\0\0\0x\0" LOSSY "EXIF\1\0\0\0x"), "image/webp",
     3, 2},
    {BYTES(WEBP EXTENDED LOSSLESS), "image/webp", 3, 2},
    {BYTES(WEBP EXTENDED "ANIM\6\0\0\0abcdef" ANMF("\2\0\0", "\1\0\0")
               LOSSY ANMF_AT("\0\0\0", "\0\0\0") LOSSY),
     "image/webp", 3, 2},
    {BYTES(WEBP VP8X("\4\0\0", "\3\0\0") ANMF_AT("\1\0\0", "\1\0\0") LOSSY),
     "image/webp", 5, 4},
    {BYTES(WEBP VP8(LE_WIDE, LE_MOST)), "image/webp", 10000, 5000},
};

static const bytes_t damaged[] = {
    {BYTES("")},
    {BYTES("x")},
    {BYTES("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")},
    {BYTES("<!doctype html>")},
    {BYTES("%PDF-1.4")},
    {BYTES("PK\3\4")},
    {BYTES("BM\x1e\0\0\0")},
    {BYTES("II*\0")},
    {BYTES("\0\0\0\x18"
           "ftypavif")},
    {BYTES("push graphic-context")},
    {BYTES("GIF88a\3\0\2\0\0\0\0" STILL ";")},
    {BYTES(" " PNG IHDR IDAT IEND)},
    /* JPEG */
    {BYTES("\xff\xd8\xff"
           "random bytes, as many as a header would have")},
    {BYTES(SOI SOF("\xc0", "\0\0", "\0\3") SCAN EOI)},
    {BYTES(SOI SOF("\xc0", "\0\2", "\0\0") SCAN EOI)},
    {BYTES(SOI SOF("\xc3", "\0\2", "\0\3") SCAN EOI)},
    {BYTES(SOI APP SCAN EOI)},
    {BYTES(SOI SCAN SOF("\xc0", "\0\2", "\0\3") EOI)},
    {BYTES(HEAD EOI SCAN EOI)},
    {BYTES(HEAD SOF("\xc0", "\0\2", "\0\3") SCAN EOI)},
    {BYTES(HEAD SCAN SOF("\xc0", "\0\2", "\0\3") EOI)},
    {BYTES(HEAD SOI SCAN EOI)},
    {BYTES(HEAD "x" SCAN EOI)},
    {BYTES(HEAD "\xff\0" SCAN EOI)},
    {BYTES(HEAD "\xff\xd0" SCAN EOI)},
    {BYTES(HEAD "\xff\2\0\2" SCAN EOI)},
    {BYTES(HEAD "\xff\xe1\0\1" SCAN EOI)},
    {BYTES(HEAD "\xff\xe1\0\0" SCAN EOI)},
    {BYTES(HEAD "\xff\xe1\xff\xff" SCAN EOI)},
    {BYTES(HEAD SCAN DHT "x" SCAN EOI)},
    {BYTES(HEAD SCAN SOI EOI)},
    {BYTES(HEAD SCAN "\xff")},
    {BYTES(SOI "\xff\xc0\0\x08\x08\0\2\0\3\0" SCAN EOI)},
    {BYTES(SOI "\xff\xc0\0\x0c\x08\0\2\0\3\1\1\x11\0x" SCAN EOI)},
    {BYTES(
        SOI
        "\xff\xc0\0\x17\x08\0\2\0\3\5\1\1\1\2\2\2\3\3\3\4\4\4\5\5\5" SCAN EOI)},
    {BYTES(HEAD "\xff\xda\0\6\0\0\x3f\0" EOI)},
    {BYTES(HEAD "\xff\xda\0\x09\1\1\0\0\x3f\0x" EOI)},
    {BYTES(HEAD "\xff\xda\0\x10\5\1\0\2\0\3\0\4\0\5\0\0\x3f\0" EOI)},
    /* PNG */
    {BYTES(PNG "random bytes, as many as a header would have")},
    {BYTES(PNG IDAT IEND)},
    {BYTES(PNG IEND)},
    {BYTES(PNG IEND IHDR IDAT)},
    {BYTES(PNG IHDR IEND)},
    {BYTES(PNG IHDR IDAT)},
    {BYTES(PNG IDAT IHDR IEND)},
    {BYTES(PNG IHDR IHDR IDAT IEND)},
    {BYTES(PNG IHDR IDAT IHDR IEND)},
    {BYTES(PNG CHUNK("\4", "CgBI") "abcdcrc!" IHDR IDAT IEND)},
    {BYTES(PNG IHDR IDAT "\xff\xff\xff\xff"
                         "IDATxcrc!" IEND)},
    {BYTES(PNG IHDR IDAT "\x7f\xff\xff\xff"
                         "IDATxcrc!" IEND)},
    {BYTES(PNG IHDR IDAT "\x80\0\0\0"
                         "IDATxcrc!" IEND)},
    {BYTES(PNG IHDR IDAT CHUNK("\0", "IE D") "crc!" IEND)},
    {BYTES(PNG IHDR IDAT CHUNK("\0", "\xc9"
                                     "END") "crc!" IEND)},
    {BYTES(PNG IHDR IDAT CHUNK("\1", "IEND") "xcrc!")},
    {BYTES(
        PNG CHUNK("\x0c", "IHDR") "\0\0\0\3\0\0\0\2\x08\2\0\0crc!" IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\0", "\0\0\0\1", "\x08\2\0\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\0", "\x08\2\0\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\x80\0\0\0", "\0\0\0\1", "\x08\2\0\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\xff\xff\xff\xff", "\x08\2\0\0\0")
               IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\x08\1\0\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\x08\7\0\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\x08\xff\0\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\0\2\0\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\3\0\0\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\x10\3\0\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\x28\2\0\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\x08\2\1\0\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\x08\2\0\1\0") IDAT IEND)},
    {BYTES(PNG HEADER("\0\0\0\1", "\0\0\0\1", "\x08\2\0\0\2") IDAT IEND)},
    /* GIF */
    {BYTES(CANVAS "random bytes, as many as a header would have")},
    {BYTES(CANVAS ";")},
    {BYTES(CANVAS EXT ";")},
    {BYTES(CANVAS STILL)},
    {BYTES(CANVAS STILL "\0;")},
    {BYTES(CANVAS "\0" STILL ";")},
    {BYTES(GIF("\0\0", "\2\0") STILL ";")},
    {BYTES(GIF("\3\0", "\0\0") STILL ";")},
    {BYTES(CANVAS ORIGIN FRAME("\0\0", "\2\0") ";")},
    {BYTES(CANVAS ORIGIN FRAME("\3\0", "\0\0") ";")},
    {BYTES(CANVAS ORIGIN "\3\0\2\0\0\2\xff;")},
    {BYTES(CANVAS ORIGIN "\3\0\2\0\x87;")},
    {BYTES("GIF89a\3\0\2\0\x87\0\0" STILL ";")},
    /* WebP */
    {BYTES("RIFFsizeWAVE" LOSSY)},
    {BYTES("RIFFsizeWEBPrandom bytes, as many as a header would have")},
    {BYTES("RIFF\x17\0\0\0WEBP" LOSSY)},
    {BYTES("RIFF\x15\0\0\0WEBP" LOSSY)},
    {BYTES("RIFF\xff\xff\xff\xffWEBP" LOSSY)},
    {BYTES("RIFF\0\0\0\0WEBP" LOSSY)},
    {BYTES(WEBP)},
    {BYTES(WEBP "EXIF\1\0\0\0x\0" LOSSY)},
    {BYTES(WEBP "ALPH\1\0\0\0x\0")},
    {BYTES(WEBP "VP8 \x09\0\0\0\x10\0\0\x9d\1\x2a\3\0\2\0")},
    {BYTES(WEBP "VP8 \xff\xff\xff\xff\x10\0\0\x9d\1\x2a\3\0\2\0")},
    {BYTES(WEBP "VP8 \x0a\0\0\0\x11\0\0\x9d\1\x2a\3\0\2\0")},
    {BYTES(WEBP "VP8 \x0a\0\0\0\0\0\0\x9d\1\x2a\3\0\2\0")},
    {BYTES(WEBP "VP8 \x0a\0\0\0\x10\0\0\x9d\1\x2b\3\0\2\0")},
    {BYTES(WEBP VP8("\0\0", "\2\0"))},
    {BYTES(WEBP VP8("\3\0", "\0\xc0"))},
    {BYTES(WEBP "VP8L\4\0\0\0\x2f\2\x40\0\0")},
    {BYTES(WEBP "VP8L\5\0\0\0\x2e\2\x40\0\0\0")},
    {BYTES(WEBP VP8L("\2\x40\0\x20"))},
    {BYTES(WEBP EXTENDED)},
    {BYTES(WEBP "VP8X\x09\0\0\0\x10\0\0\0\2\0\0\1\0\0\0" LOSSY)},
    {BYTES(WEBP EXTENDED "EXIF\1\0\0\0x\0")},
    {BYTES(WEBP EXTENDED VP8("\4\0", "\2\0"))},
    {BYTES(WEBP EXTENDED VP8("\3\0", "\1\0"))},
    {BYTES(WEBP EXTENDED LOSSY "EXIF\2\0\0\0x")},
    {BYTES(WEBP EXTENDED LOSSY "EXIF")},
    {BYTES(WEBP EXTENDED ANMF("\2\0\0", "\1\0\0") VP8("\4\0", "\2\0"))},
    {BYTES(WEBP EXTENDED ANMF("\3\0\0", "\1\0\0") VP8("\4\0", "\2\0"))},
    {BYTES(WEBP EXTENDED ANMF_AT("\1\0\0", "\0\0\0") LOSSY)},
    {BYTES(WEBP EXTENDED ANMF_AT("\0\0\0", "\xff\xff\xff") LOSSY)},
    {BYTES(WEBP EXTENDED "ANMF\x10\0\0\0\0\0\0\0\0\0\2\0\0\1\0\0\0\0\0\0")},
    {BYTES(WEBP EXTENDED "ANMF\x0e\0\0\0\0\0\0\0\0\0\2\0\0\1\0\0\0\0" LOSSY)},
    {BYTES(WEBP EXTENDED "ANMF\x1c\0\0\0\0\0\0\0\0\0\2\0\0\1\0\0\0\0\0\0"
                         "VP8 \x0a\0\0\0\x10\0\0\x9d\1\x2a\3\0\2\0" LOSSY)},
};

static const bytes_t bombs[] = {
    {BYTES(JPEG(BE_MORE, BE_WIDE))},
    {BYTES(JPEG("\xff\xdc", "\xff\xdc"))},
    {BYTES(PNG HEADER("\0\0" BE_WIDE, "\0\0" BE_MORE, "\x08\2\0\0\0"))},
    {BYTES(PNG HEADER("\0\0\xff\xff", "\0\0\xff\xff", "\x08\2\0\0\0"))},
    {BYTES(PNG HEADER("\x7f\xff\xff\xff", "\x7f\xff\xff\xff", "\1\0\0\0\0"))},
    {BYTES(GIF(LE_WIDE, LE_MORE) STILL ";")},
    {BYTES(GIF("\1\0", "\1\0") ORIGIN FRAME("\xff\xff", "\xff\xff") ";")},
    {BYTES(CANVAS STILL ORIGIN FRAME(LE_WIDE, LE_MORE) ";")},
    {BYTES(CANVAS AT("\xff\xff", "\xff\xff") FRAME("\1\0", "\1\0") ";")},
    {BYTES(WEBP VP8(LE_WIDE, LE_MORE))},
    {BYTES(WEBP VP8("\xff\x3f", "\xff\x3f"))},
    {BYTES(WEBP VP8L("\xff\xff\xff\x0f"))},
    {BYTES(WEBP VP8X("\xff\xff\xff", "\xff\xff\xff") LOSSY)},
    {BYTES(WEBP EXTENDED ANMF("\2\0\0", "\1\0\0") VP8("\xff\x3f", "\xff\x3f"))},
};

START_TEST(image_is_recognised_with_its_size)
{
    const image_t *c = &images[_i];
    ci_image_t image;

    ck_assert_int_eq(inspect(&image, c->data, c->len), CI_OK);
    ck_assert_str_eq(image.mime_type, c->mime_type);
    ck_assert_uint_eq(image.width, c->width);
    ck_assert_uint_eq(image.height, c->height);
}
END_TEST

START_TEST(image_cut_anywhere_is_refused)
{
    const image_t *c = &images[_i];
    char *data = apr_pmemdup(pool, c->data, c->len);
    memory_t memory = {.data = data};
    ci_image_t image;

    if (memcmp(data, "RIFF", 4) == 0) {
        fill_size(data, c->len);
    }
    for (; (size_t)memory.len < c->len; memory.len++) {
        ci_error_t *err;

        memory.reads = 0;
        memory.end = 0;
        err = inspect_memory(&image, &memory);
        ck_assert_ptr_nonnull(err);
        ck_assert_int_eq(err->code, CI_UNSUPPORTED_MEDIA_TYPE);
    }
}
END_TEST

START_TEST(bytes_behind_an_image_are_ignored)
{
    static const char tail[] = "PK\3\4<script>\xff\xd8\xff\0\0\0\0IHDR;";
    const image_t *c = &images[_i];
    char *data = apr_palloc(pool, c->len + sizeof tail);
    ci_image_t image;

    memcpy(data, c->data, c->len);
    memcpy(data + c->len, tail, sizeof tail);
    if (memcmp(data, "RIFF", 4) == 0) {
        fill_size(data, c->len);
    }
    ck_assert_int_eq(inspect(&image, data, c->len + sizeof tail - 1), CI_OK);
    ck_assert_uint_eq(image.width, c->width);
}
END_TEST

START_TEST(what_is_no_whole_image_is_refused)
{
    ci_image_t image;

    ck_assert_int_eq(inspect(&image, damaged[_i].data, damaged[_i].len),
                     CI_UNSUPPORTED_MEDIA_TYPE);
}
END_TEST

START_TEST(image_or_frame_of_too_many_pixels_is_too_large)
{
    ci_image_t image;

    ck_assert_int_eq(inspect(&image, bombs[_i].data, bombs[_i].len),
                     CI_PAYLOAD_TOO_LARGE);
}
END_TEST

/* Images of a head, a unit that may come any number of times, and a tail. */
static const struct {
    bytes_t head;
    bytes_t unit;
    bytes_t tail;
} long_images[] = {
    {{BYTES(SOI)},
     {BYTES("\xff\xfe\0\3x")},
     {BYTES(SOF("\xc0", "\0\2", "\0\3") SCAN EOI)}},
    {{BYTES(SOI)},
     {BYTES("\xff")},
     {BYTES(SOF("\xc0", "\0\2", "\0\3") SCAN EOI)}},
    {{BYTES(HEAD SOS)}, {BYTES("x")}, {BYTES(DHT SCAN EOI)}},
    {{BYTES(HEAD SOS)}, {BYTES("\xff\0")}, {BYTES(DHT SCAN EOI)}},
    {{BYTES(HEAD)}, {BYTES(SCAN)}, {BYTES(EOI)}},
    {{BYTES(PNG IHDR)},
     {BYTES(CHUNK("\1", "tEXt") "xcrc!")},
     {BYTES(IDAT IEND)}},
    {{BYTES(CANVAS)}, {BYTES("\x21\xfe\1x\0")}, {BYTES(STILL ";")}},
    {{BYTES(CANVAS "\x21\xfe")}, {BYTES("\1x")}, {BYTES("\0" STILL ";")}},
    {{BYTES(CANVAS)}, {BYTES(STILL)}, {BYTES(";")}},
    {{BYTES(WEBP EXTENDED)},
     {BYTES("EXIF\2\0\0\0xx")},
     {BYTES(ANMF("\2\0\0", "\1\0\0") LOSSY LOSSLESS)}},
    {{BYTES(WEBP EXTENDED)},
     {BYTES(ANMF("\2\0\0", "\1\0\0") LOSSY)},
     {BYTES(LOSSLESS)}},
};

static memory_t long_image(int i, size_t count)
{
    bytes_t head = long_images[i].head;
    bytes_t unit = long_images[i].unit;
    bytes_t tail = long_images[i].tail;
    size_t len = head.len + count * unit.len + tail.len;
    memory_t memory = {.len = (apr_off_t)len};
    char *at = memory.data = apr_palloc(pool, len);

    memcpy(at, head.data, head.len);
    for (at += head.len; count > 0; count--) {
        memcpy(at, unit.data, unit.len);
        at += unit.len;
    }
    memcpy(at, tail.data, tail.len);
    if (memcmp(memory.data + 4, "size", 4) == 0) {
        fill_size(memory.data, len);
    }
    return memory;
}

/* The lengths are such that each step of the tail does so once. */
START_TEST(a_step_may_cross_the_end_of_what_was_read)
{
    size_t unit = long_images[_i].unit.len;
    size_t count = (CI_IMAGE_READ_MAX - 200) / unit;
    ci_image_t image;

    for (; count * unit <= CI_IMAGE_READ_MAX; count++) {
        memory_t memory = long_image(_i, count);

        ck_assert_ptr_null(inspect_memory(&image, &memory));
        ck_assert_uint_eq(image.width, 3);
        ck_assert_uint_eq(image.height, 2);
        apr_pool_clear(pool);
    }
}
END_TEST

START_TEST(long_image_takes_few_reads)
{
    memory_t memory = long_image(_i, (3 << 20) / long_images[_i].unit.len);
    ci_image_t image;

    ck_assert_ptr_null(inspect_memory(&image, &memory));
    ck_assert_int_ge(memory.reads, (3 << 20) / CI_IMAGE_READ_MAX);
    memory.reads = 0;
    memory.end = 0;
    memory.len -= (apr_off_t)long_images[_i].tail.len;
    ck_assert_ptr_nonnull(inspect_memory(&image, &memory));
}
END_TEST

START_TEST(failure_to_read_is_an_error_of_the_server)
{
    memory_t memory = long_image(_i, (size_t)3 * CI_IMAGE_READ_MAX);
    ci_image_t image;
    int fail;

    for (fail = 1; fail <= 3; fail++) {
        ci_error_t *err;

        memory.fail = fail;
        memory.reads = 0;
        memory.end = 0;
        err = inspect_memory(&image, &memory);
        ck_assert_ptr_nonnull(err);
        ck_assert_int_eq(err->code, CI_INTERNAL_ERROR);
        ck_assert_int_eq(err->rv, APR_EGENERAL);
        ck_assert_int_eq(memory.reads, fail);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("image");
    TCase *t = tcase_create("formats");

    tcase_add_checked_fixture(t, pool_open, pool_close);
    tcase_add_loop_test(t, image_is_recognised_with_its_size, 0, ALEN(images));
    tcase_add_loop_test(t, image_cut_anywhere_is_refused, 0, ALEN(images));
    tcase_add_loop_test(t, bytes_behind_an_image_are_ignored, 0, ALEN(images));
    tcase_add_loop_test(t, what_is_no_whole_image_is_refused, 0, ALEN(damaged));
    tcase_add_loop_test(t, image_or_frame_of_too_many_pixels_is_too_large, 0,
                        ALEN(bombs));
    tcase_add_loop_test(t, a_step_may_cross_the_end_of_what_was_read, 0,
                        ALEN(long_images));
    tcase_add_loop_test(t, long_image_takes_few_reads, 0, ALEN(long_images));
    tcase_add_loop_test(t, failure_to_read_is_an_error_of_the_server, 0,
                        ALEN(long_images));
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return unit_run(suite());
}
