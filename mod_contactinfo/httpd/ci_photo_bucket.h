/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_photo_bucket.h
 * A bucket whose bytes are the rows of a photo.
 *
 * Its length is known. Reading it takes a connection, fetches one row, gives
 * the connection back and leaves a heap bucket in front of the rest: there is
 * one row of each download in memory, and a slow reader holds no connection.
 */
#ifndef CI_PHOTO_BUCKET_H
#define CI_PHOTO_BUCKET_H

#include <apr_buckets.h>
#include <httpd.h>

#include "store/ci_store.h"

/**
 * Make a bucket for all bytes of a photo. Reading it returns APR_EGENERAL, and
 * the connection to the client ends with the answer, when the database fails or
 * the photo has been replaced meanwhile.
 * @param r must live as long as the bucket, as it does before its EOR bucket
 * @param photo of ci_photo; its values live as long as r
 * @param scope copied
 */
apr_bucket *ci_photo_bucket_create(request_rec *r, const ci_record_t *photo,
                                   const ci_scope_t *scope,
                                   apr_bucket_alloc_t *list);

#endif
