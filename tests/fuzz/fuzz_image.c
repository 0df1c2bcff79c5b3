/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: an image is read forward and within its file only, in few
 * reads; with one more byte behind it, it is the same image. */
#include "base/ci_image.h"

#include <apr_general.h>
#include <apr_strings.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    const uint8_t *data;
    apr_off_t len;
    apr_off_t end; /* of the last read */
    int reads;
} memory_t;

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static apr_status_t read_memory(void *baton, apr_off_t offset, void *buffer,
                                apr_size_t len)
{
    memory_t *memory = baton;

    require(len > 0 && len <= CI_IMAGE_READ_MAX);
    require(offset > memory->end - 32);
    require(offset >= 0 && offset + (apr_off_t)len <= memory->len);
    memory->end = offset + (apr_off_t)len;
    memory->reads++;
    memcpy(buffer, memory->data + offset, len);
    return APR_SUCCESS;
}

static ci_code_e inspect(ci_image_t *image, const uint8_t *data, size_t size,
                         apr_pool_t *pool)
{
    memory_t memory = {.data = data, .len = (apr_off_t)size};
    ci_error_t *err =
        ci_image_inspect(image, read_memory, &memory, memory.len, pool);

    require(memory.reads <= memory.len / (CI_IMAGE_READ_MAX - 32) + 1);
    return err ? err->code : CI_OK;
}

static void check_image(const ci_image_t *image, const uint8_t *data,
                        size_t size, apr_pool_t *pool)
{
    uint8_t *longer = apr_palloc(pool, size + 1);
    ci_image_t other;

    require(image->width > 0 && image->height > 0);
    require((uint64_t)image->width * image->height <= CI_IMAGE_PIXELS_MAX);
    require(strncmp(image->mime_type, "image/", 6) == 0);
    memcpy(longer, data, size);
    longer[size] = 0xff;
    require(inspect(&other, longer, size + 1, pool) == CI_OK);
    require(other.mime_type == image->mime_type);
    require(other.width == image->width && other.height == image->height);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ci_image_t image;
    apr_pool_t *pool;
    ci_code_e code;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    code = inspect(&image, data, size, pool);
    if (code == CI_OK) {
        check_image(&image, data, size, pool);
    }
    else {
        require(code == CI_UNSUPPORTED_MEDIA_TYPE ||
                code == CI_PAYLOAD_TOO_LARGE);
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
