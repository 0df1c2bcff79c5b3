/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_config.h
 * The directives: what they set, how they are merged, what they default to.
 *
 * A member that no directive has set is NULL or CI_UNSET; defaults live in the
 * getters. None of the directives works in .htaccess.
 */
#ifndef CI_CONFIG_H
#define CI_CONFIG_H

#include <httpd.h>
#include <http_config.h>

#include "endpoint/ci_endpoint.h"
#include "store/ci_dbpool.h"

#define CI_UNSET (-1)

/** What a location serves. */
typedef enum { CI_SERVES_NOTHING, CI_SERVES_API, CI_SERVES_IMAGE } ci_serves_e;

typedef struct ci_service_t ci_service_t;

/** Per server or virtual host; durations in microseconds. */
typedef struct {
    const ci_dboption_t *options; /**< ContactInfoDBOptionFile */
    const char *identity;         /**< of the options: equal ones share */
    ci_service_t *service;        /**< of this child, set in child_init */
    const char *temp_dir;         /**< ContactInfoTempDir */
    const char *image_path;       /**< of the first image location, escaped */
    apr_interval_time_t pool_idle;
    apr_interval_time_t pool_wait;
    apr_interval_time_t connect_timeout;
    apr_interval_time_t deadline;
    apr_interval_time_t token_lifetime;
    apr_interval_time_t token_cache_ttl;
    apr_off_t parse_budget; /**< of the main server only, bytes */
    int login_rate_user;    /**< of the main server only, a minute */
    int login_rate_address; /**< likewise */
    int pool_max;
    int max_in_flight;             /**< requests of a child; 0: no limit */
    apr_uint32_t in_flight;        /**< of this child now; atomic */
    int connections;               /**< of the main server only */
    apr_array_header_t *locations; /**< const char *: paths that are served */
} ci_server_config_t;

/** Per location. */
typedef struct {
    const char *path; /**< of the location that switched it on */
    const char *default_country;
    int page_max;                /**< rows of a list */
    apr_array_header_t *unique;  /**< ci_unique_t *, or NULL: none */
    apr_array_header_t *origins; /**< const char *, or NULL: none */
    apr_off_t max_body;          /**< bytes */
    apr_off_t max_photo;         /**< bytes */
    int serves;                  /**< ci_serves_e */
    int compat;                  /**< ContactInfoErrorStatus */
} ci_dir_config_t;

void *ci_config_create_server(apr_pool_t *p, server_rec *s);
void *ci_config_merge_server(apr_pool_t *p, void *base, void *add);
void *ci_config_create_dir(apr_pool_t *p, char *path);
void *ci_config_merge_dir(apr_pool_t *p, void *base, void *add);

extern const command_rec ci_config_commands[];

/** The configuration of a server. */
ci_server_config_t *ci_config_server(const server_rec *s);

/* Values with their defaults */
ci_serves_e ci_config_serves(const ci_dir_config_t *dir);
/** ContactInfoErrorStatus compat, which only API locations know. */
int ci_config_is_compat(const ci_dir_config_t *dir);
int ci_config_page_max(const ci_dir_config_t *dir);
apr_off_t ci_config_max_body(const ci_dir_config_t *dir);
apr_off_t ci_config_max_photo(const ci_dir_config_t *dir);
const char *ci_config_temp_dir(const ci_server_config_t *config);
const char *ci_config_image_path(const ci_server_config_t *config);
apr_uint32_t ci_config_max_in_flight(const ci_server_config_t *config);
int ci_config_connections(const ci_server_config_t *config);
apr_off_t ci_config_parse_budget(const ci_server_config_t *config);
int ci_config_login_rate_user(const ci_server_config_t *config);
int ci_config_login_rate_address(const ci_server_config_t *config);
apr_interval_time_t ci_config_deadline(const ci_server_config_t *config);
apr_interval_time_t ci_config_token_cache_ttl(const ci_server_config_t *config);
apr_interval_time_t ci_config_token_lifetime(const ci_server_config_t *config);
/** All but budget and hooks. */
ci_dbpool_config_t ci_config_dbpool(const ci_server_config_t *config);

#endif
