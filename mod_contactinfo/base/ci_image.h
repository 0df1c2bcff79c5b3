/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_image.h
 * Tells by its content whether a file is a JPEG, PNG, GIF or WebP image.
 *
 * The structure of the file is walked from its first to its last marker, chunk
 * or block: an image that was cut off is not taken. Nothing is decoded or
 * inflated and no checksum is verified. Bytes behind the end of the image are
 * ignored. Animations are images. Which formats count is decided here alone: a
 * name or type that a client claims is never looked at.
 */
#ifndef CI_IMAGE_H
#define CI_IMAGE_H

#include "base/ci_error.h"

/** Pixels, width times height, that no image and no frame may exceed. */
#define CI_IMAGE_PIXELS_MAX 50000000

/** Bytes that are read at a time, at most. */
#define CI_IMAGE_READ_MAX 16384

/** What was recognised. */
typedef struct {
    const char *mime_type; /**< static: "image/jpeg", "image/png"... */
    apr_uint32_t width;    /**< pixels, 1 or more; of the whole canvas */
    apr_uint32_t height;   /**< pixels, 1 or more */
} ci_image_t;

/**
 * Read a piece of the file, as pread() does, but all of it.
 * @param buffer room for len bytes
 * @param len 1 to CI_IMAGE_READ_MAX; offset + len is never above the file size
 * @return APR_SUCCESS when len bytes were read
 */
typedef apr_status_t (*ci_image_read_fn)(void *baton, apr_off_t offset,
                                         void *buffer, apr_size_t len);

/**
 * Recognise an image. Reads go forward and overlap by less than 32 bytes, so
 * there are at most size / (CI_IMAGE_READ_MAX - 32) + 1 of them; time is linear
 * in size.
 * @param image set on success, else undefined
 * @param baton passed to read
 * @param size of the file, in bytes; 0 is no image
 * @param pool for the error, and for a buffer of CI_IMAGE_READ_MAX bytes
 * @return NULL; CI_UNSUPPORTED_MEDIA_TYPE if it is none of the four formats, is
 *         damaged or not complete; CI_PAYLOAD_TOO_LARGE if it, or a frame of
 *         it, has more than CI_IMAGE_PIXELS_MAX pixels; CI_INTERNAL_ERROR if
 *         read failed
 * @see ITU-T T.81 annex B; PNG (W3C) section 5; GIF89a; RFC 9649 (WebP)
 */
ci_error_t *ci_image_inspect(ci_image_t *image, ci_image_read_fn read,
                             void *baton, apr_off_t size, apr_pool_t *pool)
    __attribute__((warn_unused_result));

#endif
