/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file service_mem.h
 * The endpoints over rows in memory: requests are written as text, answers are
 * read as JSON.
 *
 * A service stands for one child of the server: its own store, reference cache
 * and token cache. Several may share one database.
 */
#ifndef SERVICE_MEM_H
#define SERVICE_MEM_H

#include <jansson.h>

#include "endpoint/ci_endpoint.h"
#include "store_mem_demo.h"

/** When all requests come. */
#define SERVICE_NOW apr_time_from_sec(1700000000)

/** Calls of a load of the references: the generation and eight kinds. */
#define SERVICE_LOADS 9

typedef struct {
    apr_pool_t *pool;
    ci_store_t *store;
    ci_reference_cache_t *references;
    ci_token_cache_t *tokens;
    apr_uint64_t generation; /**< of the tokens */
    ci_throttle_t *throttle;
    ci_gate_t gate;
    apr_status_t gate_says;   /**< APR_SUCCESS: come in */
    int inside;               /**< who entered the gate and has not left */
    int entered;              /**< who ever did */
    ci_settings_t settings;   /**< may be changed between requests */
    apr_time_t now;           /**< SERVICE_NOW, unless a test sets it */
    const char *token;        /**< what requests bring if they say nothing */
    ci_error_t *flush_answer; /**< what flushing an answer returns */
    unsigned long (*meter)(void); /**< NULL, or what is read before and after */
} service_t;

/** One request. What is NULL did not come. */
typedef struct {
    const char *path;
    const char *query; /**< behind the '?' */
    const char *json;  /**< body with ' for " */
    const char *form;  /**< fields, "name=value" with '&' between them */
    const char *file;  /**< name of the photo in the form */
    int file_size;     /**< 0: of one pixel */
    char file_fill;    /**< what follows the pixel */
    const char *token; /**< Bearer; NULL: the service's, "": none */
    const char *basic;
    const char *key;      /**< Idempotency-Key */
    const char *if_match; /**< If-Match */
    int is_image;         /**< the location of the photos */
} call_t;

/** One answer, as old as the service. */
typedef struct {
    ci_error_t *err;
    const char *text; /**< the envelope, of an error too; NULL: a photo */
    json_t *data;     /**< its data; NULL: there is no envelope */
    apr_int64_t version;
    const char *next;
    const ci_record_t *photo;
    int flushes;
    unsigned long metered; /**< by how much the meter rose while it was made */
} answer_t;

/** Make the two tenants and a service for "admin" of DEMO in the unit "U1". */
service_t *service_create(apr_pool_t *pool);

/** Another child: it has the same rows and remembers nothing. */
service_t *service_beside(const service_t *service);

/** A token of the user "1". */
const char *service_login(service_t *service, apr_int64_t organisation,
                          const char *unit);

/** Serve a request: POST if it has a body, else GET. */
answer_t *service_call(service_t *service, const call_t *call);

/** Serve a request that must succeed; its data. */
json_t *service_ok(service_t *service, const call_t *call);

/** Serve a request that must fail so; field may be NULL. */
void service_fails(service_t *service, const call_t *call, ci_code_e code,
                   const char *field);

/** Check that all rows are what a dump of the store shows. */
void service_unchanged(service_t *service, const char *before);

/**
 * Create a contact.
 * @param json with ' for "
 * @return its id
 */
const char *service_add(service_t *service, const char *json);

/** Show a contact, all of it. */
json_t *service_show(service_t *service, const char *id);

/** What names and indices with '.' between them lead to, as JSON text with '
    for "; NULL if there is nothing. */
const char *service_at(service_t *service, const json_t *json,
                       const char *path);

/** The same, compared with what it must be. */
void service_check(service_t *service, const json_t *json, const char *path,
                   const char *text);

#endif
