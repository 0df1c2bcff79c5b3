/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_photo.h
 * Profile photos: at most one a contact, its bytes in rows of CI_PHOTO_CHUNK.
 *
 * Whoever may see the contact may see its photo, nobody else: all that is found
 * here is found by way of the contact.
 */
#ifndef CI_PHOTO_H
#define CI_PHOTO_H

#include "base/ci_form.h"
#include "store/ci_store.h"

/** Bytes of each row but the last. */
#define CI_PHOTO_CHUNK 65536

/** Characters of a file's name that are kept. */
#define CI_PHOTO_NAME_MAX 100

/**
 * Make the photo that an upload is: a fresh file id, the type by its content,
 * the client's name without folders and control characters.
 * @param photo set on success; its sequence of the contact is not set
 * @param created UTC
 * @return UNSUPPORTED_MEDIA_TYPE if it is no image, PAYLOAD_TOO_LARGE if the
 *         image has too many pixels, INTERNAL_ERROR
 */
ci_error_t *ci_photo_make(ci_record_t **photo, const ci_upload_t *upload,
                          const ci_datetime_t *created, apr_pool_t *pool);

/**
 * Find the contact that an identifier names.
 * @param contact_seq set on success
 * @return NOT_FOUND, AMBIGUOUS_IDENTIFIER, else what the store returned
 */
ci_error_t *ci_photo_contact(ci_value_t *contact_seq, ci_store_t *store,
                             const ci_identifier_t *identifier,
                             apr_pool_t *pool);

/**
 * Find the photo of a contact that was found.
 * @return NOT_FOUND if it has none, else what the store returned
 */
ci_error_t *ci_photo_find(ci_record_t **photo, ci_store_t *store,
                          const ci_value_t *contact_seq, apr_pool_t *pool);

/**
 * Find a photo by its file id, if its contact may be seen.
 * @return NOT_FOUND, else what the store returned
 */
ci_error_t *ci_photo_find_file(ci_record_t **photo, ci_store_t *store,
                               const char *file_id, apr_pool_t *pool);

/**
 * Put a photo in the place of the contact's present one, if there is any, in
 * one transaction. Memory does not grow with the photo.
 * @param photo its sequence of the contact is set
 * @param spool its bytes
 * @param then the last work of the transaction, or NULL
 * @param baton of then
 * @return what then or the store returned; INTERNAL_ERROR if the spool cannot
 *         be read
 */
ci_error_t *ci_photo_replace(const ci_record_t *photo, ci_spool_t *spool,
                             ci_transaction_fn then, void *baton,
                             ci_store_t *store, apr_pool_t *pool);

/** Remove the photo of a contact that was found; there need not be one. */
ci_error_t *ci_photo_remove(ci_store_t *store, const ci_value_t *contact_seq,
                            apr_pool_t *pool);

/**
 * Read rows of a photo's bytes in one statement.
 * @param rows room for count values, set to BLOBs in the pool
 * @param first number of the first row, from 0
 * @return NOT_FOUND if the photo has been replaced or removed or has not so
 *         many rows, else what the store returned
 */
ci_error_t *ci_photo_rows_read(ci_value_t *rows, ci_store_t *store,
                               const ci_value_t *file_id, apr_int64_t first,
                               int count, apr_pool_t *pool);

/**
 * Fill in what an answer shows and what is not stored so: the long file name
 * and the URL.
 * @param image_path path of the location that serves the bytes
 */
void ci_photo_derive(ci_record_t *photo, const char *image_path,
                     apr_pool_t *pool);

#endif
