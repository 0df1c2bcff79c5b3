/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells by its content whether a file is a JPEG, PNG, GIF or WebP image.
 *
 * One walk for each format, forward only, over a window of the file. Each step
 * of a walk takes at least one byte, so that time is linear in the size.
 */
#include "base/ci_image.h"

#include <string.h>

#define PNG_MAX       0x7fffffffU /* of widths and heights */
#define GIF_EXTENSION 0x21
#define GIF_FRAME     0x2c
#define GIF_TRAILER   0x3b
#define JPEG_SOS      0xda
#define JPEG_EOI      0xd9

typedef enum { SOUND, DAMAGED, TOO_LARGE } verdict_e;

/* The file, of which a window is in memory. */
typedef struct {
    ci_image_read_fn read;
    void *baton;
    apr_off_t size;
    unsigned char *window;
    apr_off_t start;
    apr_off_t end;
    apr_status_t rv; /* of the last read */
} file_t;

/* A chunk of a RIFF file: offsets of its content, of its end and what follows.
 */
typedef struct {
    char type[4];
    apr_off_t at;
    apr_off_t end;
    apr_off_t next;
} chunk_t;

/* The bytes at an offset, len <= 32; NULL if the file is shorter. They are
 * valid up to the next call. */
static const unsigned char *peek(file_t *file, apr_off_t at, apr_off_t len)
{
    apr_off_t rest = file->size - at;

    if (rest < len) {
        return NULL;
    }
    if (at < file->start || at + len > file->end) {
        file->start = at;
        file->end = at + (rest < CI_IMAGE_READ_MAX ? rest : CI_IMAGE_READ_MAX);
        file->rv = file->read(file->baton, at, file->window,
                              (apr_size_t)(file->end - at));
        if (file->rv != APR_SUCCESS) {
            file->size = 0; /* no walk gets any further */
            return NULL;
        }
    }
    return file->window + (at - file->start);
}

/* The offset of the next byte of a value, or the size if there is none. */
static apr_off_t seek(file_t *file, apr_off_t at, int byte)
{
    const unsigned char *p;

    while ((p = peek(file, at, 1)) != NULL) {
        apr_size_t len = (apr_size_t)(file->end - at);
        const unsigned char *found = memchr(p, byte, len);

        if (found) {
            return at + (found - p);
        }
        at = file->end;
    }
    return file->size;
}

static apr_uint32_t be16(const unsigned char *p)
{
    return (apr_uint32_t)p[0] << 8 | p[1];
}

static apr_uint32_t be32(const unsigned char *p)
{
    return be16(p) << 16 | be16(p + 2);
}

static apr_uint32_t le16(const unsigned char *p)
{
    return (apr_uint32_t)p[1] << 8 | p[0];
}

static apr_uint32_t le24(const unsigned char *p)
{
    return (apr_uint32_t)p[2] << 16 | le16(p);
}

static apr_uint32_t le32(const unsigned char *p)
{
    return le16(p + 2) << 16 | le16(p);
}

static verdict_e check_size(apr_uint32_t width, apr_uint32_t height)
{
    if (width == 0 || height == 0) {
        return DAMAGED;
    }
    return (apr_uint64_t)width * height > CI_IMAGE_PIXELS_MAX ? TOO_LARGE
                                                              : SOUND;
}

static verdict_e set_size(ci_image_t *image, apr_uint32_t width,
                          apr_uint32_t height)
{
    image->width = width;
    image->height = height;
    return check_size(width, height);
}

/* Moves at behind a marker and gives its code; -1 if there is none. Between
 * scans there is nothing but markers; in a scan, FF 00 and RSTn are data. */
static int jpeg_marker(file_t *file, apr_off_t *at, int in_scan)
{
    const unsigned char *p;

    for (;;) {
        if (in_scan) {
            *at = seek(file, *at, 0xff);
        }
        p = peek(file, *at, 2);
        if (!p || p[0] != 0xff) {
            return -1;
        }
        if (p[1] == 0xff) {
            *at += 1; /* a fill byte */
            continue;
        }
        *at += 2;
        if (!in_scan || (p[1] != 0 && (p[1] < 0xd0 || p[1] > 0xd7))) {
            return p[1];
        }
    }
}

/* A marker that a segment follows on: none that is reserved or stands alone. */
static int jpeg_has_length(int marker)
{
    return marker >= 0xc0 && (marker < 0xd0 || marker > JPEG_EOI);
}

/* Baseline, extended, progressive; the latter two with arithmetic coding. */
static int jpeg_is_frame(int marker)
{
    return marker == 0xc0 || marker == 0xc1 || marker == 0xc2 ||
           marker == 0xc9 || marker == 0xca;
}

static verdict_e jpeg_frame(ci_image_t *image, const unsigned char *p)
{
    if (!p || image->width > 0 || p[7] < 1 || p[7] > 4 ||
        be16(p) != 8 + 3U * p[7]) {
        return DAMAGED;
    }
    return set_size(image, be16(p + 5), be16(p + 3));
}

static verdict_e jpeg_scan(const ci_image_t *image, const unsigned char *p)
{
    return p && image->width > 0 && p[2] >= 1 && p[2] <= 4 &&
                   be16(p) == 6 + 2U * p[2]
               ? SOUND
               : DAMAGED;
}

static verdict_e walk_jpeg(file_t *file, ci_image_t *image)
{
    apr_off_t at = 2;
    int in_scan = 0;
    int scans = 0;
    int marker;

    while ((marker = jpeg_marker(file, &at, in_scan)) != JPEG_EOI) {
        const unsigned char *p = peek(file, at, 2);
        apr_uint32_t len = p ? be16(p) : 0;
        verdict_e verdict = SOUND;

        if (len < 2 || !jpeg_has_length(marker)) {
            return DAMAGED;
        }
        in_scan = marker == JPEG_SOS;
        if (in_scan) {
            verdict = jpeg_scan(image, peek(file, at, 3));
            scans = 1;
        }
        else if (jpeg_is_frame(marker)) {
            verdict = jpeg_frame(image, peek(file, at, 8));
        }
        if (verdict != SOUND) {
            return verdict;
        }
        at += len;
    }
    return scans ? SOUND : DAMAGED;
}

static int png_is_type(const unsigned char *p)
{
    int i;

    for (i = 0; i < 4; i++) {
        if ((p[i] | 0x20) < 'a' || (p[i] | 0x20) > 'z') {
            return 0;
        }
    }
    return 1;
}

/* The chunk IHDR, whole. */
static verdict_e png_header(ci_image_t *image, const unsigned char *p)
{
    /* bit n is set if the colour type has samples of n bits */
    static const apr_uint32_t depths[] = {
        [0] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16,
        [2] = 1 << 8 | 1 << 16,
        [3] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8,
        [4] = 1 << 8 | 1 << 16,
        [6] = 1 << 8 | 1 << 16,
    };

    if (!p || memcmp(p, "\0\0\0\x0dIHDR", 8) != 0 || p[16] > 16 || p[17] > 6 ||
        !(depths[p[17]] >> p[16] & 1) || p[18] || p[19] || p[20] > 1 ||
        be32(p + 8) > PNG_MAX || be32(p + 12) > PNG_MAX) {
        return DAMAGED;
    }
    return set_size(image, be32(p + 8), be32(p + 12));
}

static verdict_e walk_png(file_t *file, ci_image_t *image)
{
    verdict_e verdict = png_header(image, peek(file, 8, 25));
    apr_off_t at = 8 + 25;
    int has_data = 0;

    while (verdict == SOUND) {
        const unsigned char *p = peek(file, at, 8);
        apr_uint32_t len = p ? be32(p) : 0;

        if (!p || !png_is_type(p + 4) || memcmp(p + 4, "IHDR", 4) == 0 ||
            file->size - at - 12 < len) {
            return DAMAGED;
        }
        if (memcmp(p + 4, "IEND", 4) == 0) {
            return len == 0 && has_data ? SOUND : DAMAGED;
        }
        has_data |= memcmp(p + 4, "IDAT", 4) == 0;
        at += (apr_off_t)len + 12;
    }
    return verdict;
}

static apr_off_t gif_table(unsigned char flags)
{
    return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

/* The offset behind data in sub-blocks; beyond the file if they do not end. */
static apr_off_t gif_skip(file_t *file, apr_off_t at)
{
    const unsigned char *p;

    while ((p = peek(file, at, 1)) != NULL) {
        at += 1 + p[0];
        if (p[0] == 0) {
            return at;
        }
    }
    return file->size;
}

/* An image descriptor; lenient decoders grow the canvas to hold the frame. */
static verdict_e gif_frame(const unsigned char *p)
{
    if (!p || le16(p + 5) == 0 || le16(p + 7) == 0) {
        return DAMAGED;
    }
    return check_size(le16(p + 1) + le16(p + 5), le16(p + 3) + le16(p + 7));
}

static verdict_e walk_gif(file_t *file, ci_image_t *image)
{
    const unsigned char *p = peek(file, 0, 13);
    apr_off_t at = p ? 13 + gif_table(p[10]) : 0;
    verdict_e verdict = p ? set_size(image, le16(p + 6), le16(p + 8)) : DAMAGED;
    int frames = 0;

    while (verdict == SOUND && (p = peek(file, at, 1)) != NULL) {
        switch (p[0]) {
        case GIF_EXTENSION:
            at = gif_skip(file, at + 2);
            break;
        case GIF_FRAME:
            p = peek(file, at, 10);
            verdict = gif_frame(p);
            at = p ? gif_skip(file, at + 11 + gif_table(p[9])) : file->size;
            frames = 1;
            break;
        case GIF_TRAILER:
            return frames ? SOUND : DAMAGED;
        default:
            return DAMAGED;
        }
    }
    return verdict == SOUND ? DAMAGED : verdict;
}

/* Reads the head of a chunk that has to end within a range; 0 if it does not.
 */
static int webp_chunk(file_t *file, chunk_t *chunk, apr_off_t at, apr_off_t end)
{
    const unsigned char *p = peek(file, at, 8);

    if (!p) {
        return 0;
    }
    memcpy(chunk->type, p, 4);
    chunk->at = at + 8;
    chunk->end = chunk->at + le32(p + 4);
    chunk->next = chunk->end + (le32(p + 4) & 1);
    return chunk->end <= end;
}

static int webp_is(const chunk_t *chunk, const char *type)
{
    return memcmp(chunk->type, type, 4) == 0;
}

/* The first len bytes in a chunk; NULL if it has fewer. */
static const unsigned char *webp_data(file_t *file, const chunk_t *chunk,
                                      apr_off_t len)
{
    return chunk->end - chunk->at < len ? NULL : peek(file, chunk->at, len);
}

/* The chunk of a coded image, lossy or lossless. */
static verdict_e webp_coded(file_t *file, const chunk_t *chunk,
                            ci_image_t *image)
{
    const unsigned char *p;
    apr_uint32_t bits;

    if (webp_is(chunk, "VP8 ")) {
        p = webp_data(file, chunk, 10);
        if (!p || (p[0] & 0x11) != 0x10 ||
            memcmp(p + 3, "\x9d\x01\x2a", 3) != 0) {
            return DAMAGED; /* no key frame, or one that is not shown */
        }
        return set_size(image, le16(p + 6) & 0x3fff, le16(p + 8) & 0x3fff);
    }
    p = webp_data(file, chunk, 5);
    if (!webp_is(chunk, "VP8L") || !p || p[0] != 0x2f || p[4] >> 5 != 0) {
        return DAMAGED;
    }
    bits = le32(p + 1);
    return set_size(image, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
}

static int webp_is_coded(const chunk_t *chunk)
{
    return webp_is(chunk, "VP8 ") || webp_is(chunk, "VP8L");
}

/* A range in which the coded image must have the size that was announced. */
static verdict_e webp_still(file_t *file, apr_off_t at, apr_off_t end,
                            const ci_image_t *announced)
{
    ci_image_t coded = {.width = 0};
    verdict_e verdict;
    chunk_t chunk;

    do {
        if (!webp_chunk(file, &chunk, at, end)) {
            return DAMAGED;
        }
        at = chunk.next;
    } while (!webp_is_coded(&chunk));
    verdict = webp_coded(file, &chunk, &coded);
    if (verdict == SOUND && (coded.width != announced->width ||
                             coded.height != announced->height)) {
        return DAMAGED;
    }
    return verdict;
}

static verdict_e webp_frame(file_t *file, const chunk_t *chunk,
                            const ci_image_t *canvas)
{
    const unsigned char *p = webp_data(file, chunk, 16);
    ci_image_t frame;

    if (!p) {
        return DAMAGED;
    }
    frame.width = le24(p + 6) + 1;
    frame.height = le24(p + 9) + 1;
    if (le24(p) * 2 + frame.width > canvas->width ||
        le24(p + 3) * 2 + frame.height > canvas->height) {
        return DAMAGED;
    }
    return webp_still(file, chunk->at + 16, chunk->end, &frame);
}

/* The chunks behind VP8X: of those that matter, a still image or frames. */
static verdict_e webp_extended(file_t *file, apr_off_t at, apr_off_t end,
                               const ci_image_t *canvas)
{
    verdict_e verdict = SOUND;
    int images = 0;
    chunk_t chunk;

    for (; at < end && verdict == SOUND; at = chunk.next) {
        if (!webp_chunk(file, &chunk, at, end)) {
            return DAMAGED;
        }
        if (webp_is(&chunk, "ANMF")) {
            verdict = webp_frame(file, &chunk, canvas);
            images = 1;
        }
        else if (webp_is_coded(&chunk)) {
            verdict = webp_still(file, at, end, canvas);
            images = 1;
        }
    }
    return verdict == SOUND && !images ? DAMAGED : verdict;
}

static verdict_e walk_webp(file_t *file, ci_image_t *image)
{
    const unsigned char *p = peek(file, 0, 12);
    apr_off_t end = p ? 8 + (apr_off_t)le32(p + 4) : 0;
    verdict_e verdict;
    chunk_t first;

    if (!p || memcmp(p + 8, "WEBP", 4) != 0 || end > file->size ||
        !webp_chunk(file, &first, 12, end)) {
        return DAMAGED;
    }
    if (!webp_is(&first, "VP8X")) {
        return webp_coded(file, &first, image);
    }
    p = webp_data(file, &first, 10);
    if (!p) {
        return DAMAGED;
    }
    verdict = set_size(image, le24(p + 4) + 1, le24(p + 7) + 1);
    return verdict == SOUND ? webp_extended(file, first.next, end, image)
                            : verdict;
}

static const struct {
    const char *magic;
    apr_size_t len;
    const char *mime_type;
    verdict_e (*walk)(file_t *file, ci_image_t *image);
} formats[] = {
    {"\xff\xd8\xff", 3, "image/jpeg", walk_jpeg},
    {"\x89PNG\r\n\x1a\n", 8, "image/png", walk_png},
    {"GIF87a", 6, "image/gif", walk_gif},
    {"GIF89a", 6, "image/gif", walk_gif},
    {"RIFF", 4, "image/webp", walk_webp},
};

static verdict_e walk(file_t *file, ci_image_t *image)
{
    apr_size_t i;

    memset(image, 0, sizeof *image);
    for (i = 0; i < sizeof formats / sizeof *formats; i++) {
        const unsigned char *p = peek(file, 0, (apr_off_t)formats[i].len);

        if (p && memcmp(p, formats[i].magic, formats[i].len) == 0) {
            image->mime_type = formats[i].mime_type;
            return formats[i].walk(file, image);
        }
    }
    return DAMAGED;
}

ci_error_t *ci_image_inspect(ci_image_t *image, ci_image_read_fn read,
                             void *baton, apr_off_t size, apr_pool_t *pool)
{
    file_t file = {.read = read, .baton = baton, .size = size};
    verdict_e verdict;

    file.window = apr_palloc(pool, CI_IMAGE_READ_MAX);
    verdict = walk(&file, image);
    if (file.rv != APR_SUCCESS) {
        return ci_error_server(pool, CI_INTERNAL_ERROR, file.rv,
                               "cannot read the image back");
    }
    if (verdict == TOO_LARGE) {
        return ci_error_create(pool, CI_PAYLOAD_TOO_LARGE, NULL,
                               "expected an image of at most %d pixels",
                               CI_IMAGE_PIXELS_MAX);
    }
    if (verdict == DAMAGED) {
        return ci_error_create(pool, CI_UNSUPPORTED_MEDIA_TYPE, NULL,
                               "expected a whole JPEG, PNG, GIF or WebP image");
    }
    return NULL;
}
