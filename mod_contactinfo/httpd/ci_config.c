/* SPDX-License-Identifier: Apache-2.0 */
/* The directives. */
#include "httpd/ci_private.h"

#include "httpd/ci_config.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/ci_number.h"
#include "model/ci_unique.h"
#include "base/ci_spool.h"

/* Defaults; durations in microseconds */
#define DEFAULT_POOL_MAX        16
#define DEFAULT_POOL_IDLE       apr_time_from_sec(300)
#define DEFAULT_POOL_WAIT       apr_time_from_sec(2)
#define DEFAULT_MAX_IN_FLIGHT   0
#define DEFAULT_CONNECTIONS     150
#define DEFAULT_CONNECT_TIMEOUT apr_time_from_sec(2)
#define DEFAULT_DEADLINE        apr_time_from_sec(10)
#define DEFAULT_TOKEN_LIFETIME  apr_time_from_sec(7200)
#define DEFAULT_TOKEN_CACHE_TTL apr_time_from_sec(5)
#define DEFAULT_PARSE_BUDGET    67108864
#define DEFAULT_RATE_USER       20
#define DEFAULT_RATE_ADDRESS    60
#define DEFAULT_PAGE_MAX        200
#define DEFAULT_MAX_BODY        262144
#define DEFAULT_MAX_PHOTO       5242880
#define DEFAULT_TEMP_DIR        "/tmp"
#define DEFAULT_IMAGE_PATH      "/crm/ImageDownloadServlet"

/* Longest duration that a directive takes: a year */
#define LONGEST apr_time_from_sec(365 * 86400)

/* Directives of the whole server, of a host, and of either or a location; none
   reaches .htaccess */
#define IN_HOST     RSRC_CONF
#define IN_LOCATION ACCESS_CONF
#define ANYWHERE    (RSRC_CONF | ACCESS_CONF)

void *ci_config_create_server(apr_pool_t *p, server_rec *s)
{
    ci_server_config_t *config = apr_pcalloc(p, sizeof *config);

    (void)s;
    config->pool_idle = CI_UNSET;
    config->pool_wait = CI_UNSET;
    config->connect_timeout = CI_UNSET;
    config->deadline = CI_UNSET;
    config->token_lifetime = CI_UNSET;
    config->token_cache_ttl = CI_UNSET;
    config->parse_budget = CI_UNSET;
    config->login_rate_user = CI_UNSET;
    config->login_rate_address = CI_UNSET;
    config->pool_max = CI_UNSET;
    config->max_in_flight = CI_UNSET;
    config->connections = CI_UNSET;
    config->locations = apr_array_make(p, 2, sizeof(const char *));
    return config;
}

#define MERGE(member)                                                          \
    merged->member = over->member != CI_UNSET ? over->member : under->member
#define MERGE_POINTER(member)                                                  \
    merged->member = over->member ? over->member : under->member

void *ci_config_merge_server(apr_pool_t *p, void *base, void *add)
{
    const ci_server_config_t *under = base;
    const ci_server_config_t *over = add;
    ci_server_config_t *merged = apr_pcalloc(p, sizeof *merged);

    MERGE_POINTER(options);
    MERGE_POINTER(identity);
    MERGE_POINTER(temp_dir);
    MERGE_POINTER(image_path);
    MERGE(pool_idle);
    MERGE(pool_wait);
    MERGE(connect_timeout);
    MERGE(deadline);
    MERGE(token_lifetime);
    MERGE(token_cache_ttl);
    MERGE(parse_budget);
    MERGE(login_rate_user);
    MERGE(login_rate_address);
    MERGE(pool_max);
    MERGE(max_in_flight);
    MERGE(connections);
    merged->locations = apr_array_append(p, under->locations, over->locations);
    return merged;
}

void *ci_config_create_dir(apr_pool_t *p, char *path)
{
    ci_dir_config_t *dir = apr_pcalloc(p, sizeof *dir);

    (void)path;
    dir->page_max = CI_UNSET;
    dir->max_body = CI_UNSET;
    dir->max_photo = CI_UNSET;
    dir->serves = CI_UNSET;
    dir->compat = CI_UNSET;
    return dir;
}

void *ci_config_merge_dir(apr_pool_t *p, void *base, void *add)
{
    const ci_dir_config_t *under = base;
    const ci_dir_config_t *over = add;
    ci_dir_config_t *merged = apr_pcalloc(p, sizeof *merged);

    MERGE_POINTER(path);
    MERGE_POINTER(default_country);
    MERGE_POINTER(unique);
    MERGE_POINTER(origins);
    MERGE(page_max);
    MERGE(max_body);
    MERGE(max_photo);
    MERGE(serves);
    MERGE(compat);
    return merged;
}

/* -------------------------------------------------------------- values - */

ci_server_config_t *ci_config_server(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &contactinfo_module);
}

#define VALUE(member, fallback)                                                \
    (config->member != CI_UNSET ? config->member : (fallback))

ci_serves_e ci_config_serves(const ci_dir_config_t *config)
{
    return (ci_serves_e)VALUE(serves, CI_SERVES_NOTHING);
}

int ci_config_is_compat(const ci_dir_config_t *config)
{
    return ci_config_serves(config) == CI_SERVES_API && VALUE(compat, 0);
}

int ci_config_page_max(const ci_dir_config_t *config)
{
    return VALUE(page_max, DEFAULT_PAGE_MAX);
}

apr_off_t ci_config_max_body(const ci_dir_config_t *config)
{
    return VALUE(max_body, DEFAULT_MAX_BODY);
}

apr_off_t ci_config_max_photo(const ci_dir_config_t *config)
{
    return VALUE(max_photo, DEFAULT_MAX_PHOTO);
}

const char *ci_config_temp_dir(const ci_server_config_t *config)
{
    return config->temp_dir ? config->temp_dir : DEFAULT_TEMP_DIR;
}

const char *ci_config_image_path(const ci_server_config_t *config)
{
    return config->image_path ? config->image_path : DEFAULT_IMAGE_PATH;
}

apr_uint32_t ci_config_max_in_flight(const ci_server_config_t *config)
{
    return (apr_uint32_t)VALUE(max_in_flight, DEFAULT_MAX_IN_FLIGHT);
}

int ci_config_connections(const ci_server_config_t *config)
{
    return VALUE(connections, DEFAULT_CONNECTIONS);
}

apr_off_t ci_config_parse_budget(const ci_server_config_t *config)
{
    return VALUE(parse_budget, DEFAULT_PARSE_BUDGET);
}

int ci_config_login_rate_user(const ci_server_config_t *config)
{
    return VALUE(login_rate_user, DEFAULT_RATE_USER);
}

int ci_config_login_rate_address(const ci_server_config_t *config)
{
    return VALUE(login_rate_address, DEFAULT_RATE_ADDRESS);
}

apr_interval_time_t ci_config_deadline(const ci_server_config_t *config)
{
    return VALUE(deadline, DEFAULT_DEADLINE);
}

apr_interval_time_t ci_config_token_cache_ttl(const ci_server_config_t *config)
{
    return VALUE(token_cache_ttl, DEFAULT_TOKEN_CACHE_TTL);
}

apr_interval_time_t ci_config_token_lifetime(const ci_server_config_t *config)
{
    return VALUE(token_lifetime, DEFAULT_TOKEN_LIFETIME);
}

ci_dbpool_config_t ci_config_dbpool(const ci_server_config_t *config)
{
    ci_dbpool_config_t pool = {
        .max = VALUE(pool_max, DEFAULT_POOL_MAX),
        .idle = VALUE(pool_idle, DEFAULT_POOL_IDLE),
        .wait = VALUE(pool_wait, DEFAULT_POOL_WAIT),
        .connect_timeout = VALUE(connect_timeout, DEFAULT_CONNECT_TIMEOUT),
        /* the server gives up first, which leaves time to hear of it */
        .limit = ci_config_deadline(config) * 4 / 5,
    };

    return pool;
}

/* -------------------------------------------------------------- parsing  */

static const char *bad_value(const cmd_parms *cmd, const char *arg,
                             const char *wanted)
{
    return apr_psprintf(cmd->pool, "%s: \"%s\" is not %s", cmd->cmd->name, arg,
                        wanted);
}

static const char *parse_integer(const cmd_parms *cmd, const char *arg, int min,
                                 int max, int *value)
{
    apr_int64_t integer;

    if (!ci_integer_parse(&integer, arg, strlen(arg)) || integer < min ||
        integer > max) {
        return bad_value(
            cmd, arg,
            apr_psprintf(cmd->pool, "a number from %d to %d", min, max));
    }
    *value = (int)integer;
    return NULL;
}

/* A number with the unit h, min, s or ms; without a unit seconds. */
static const char *parse_duration(const cmd_parms *cmd, const char *arg,
                                  apr_interval_time_t min,
                                  apr_interval_time_t *value)
{
    apr_interval_time_t duration;

    if (!apr_isdigit(arg[0]) ||
        ap_timeout_parameter_parse(arg, &duration, "s") != APR_SUCCESS ||
        duration < min || duration > LONGEST) {
        return bad_value(cmd, arg,
                         apr_psprintf(cmd->pool,
                                      "a duration such as 5s or 500ms, from "
                                      "%" APR_TIME_T_FMT "ms to a year",
                                      apr_time_as_msec(min)));
    }
    *value = duration;
    return NULL;
}

/* "name=text": the text if the name is this one. */
static const char *value_of(const char *arg, const char *name)
{
    apr_size_t length = strlen(name);

    return strncmp(arg, name, length) == 0 && arg[length] == '='
               ? arg + length + 1
               : NULL;
}

static const char *set_serves(cmd_parms *cmd, void *config, const char *arg)
{
    ci_dir_config_t *dir = config;
    ci_server_config_t *server = ci_config_server(cmd->server);
    const ap_directive_t *section = cmd->directive->parent;

    if (!section || strcasecmp(section->directive, "<Location") != 0 ||
        !cmd->path || cmd->path[0] != '/') {
        return "ContactInfo: put it into <Location \"/path\">";
    }
    if (strcmp(arg, "api") == 0) {
        dir->serves = CI_SERVES_API;
    }
    else if (strcmp(arg, "image") == 0) {
        dir->serves = CI_SERVES_IMAGE;
        if (!server->image_path) {
            server->image_path = ap_os_escape_path(cmd->pool, cmd->path, 1);
        }
    }
    else {
        return bad_value(cmd, arg, "api or image");
    }
    dir->path = cmd->path;
    APR_ARRAY_PUSH(server->locations, const char *) = cmd->path;
    return NULL;
}

static const char *set_option_file(cmd_parms *cmd, void *config,
                                   const char *arg)
{
    ci_server_config_t *server = ci_config_server(cmd->server);
    const char *path = ap_server_root_relative(cmd->pool, arg);
    ci_dboption_t *options;
    const char *problem;

    (void)config;
    if (!path) {
        return bad_value(cmd, arg, "a path");
    }
    problem = ci_dboption_read(&options, path, cmd->pool);
    if (problem) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, ": ", problem, NULL);
    }
    server->options = options;
    server->identity = ci_dboption_identity(options, cmd->pool);
    return server->identity ? NULL : "ContactInfoDBOptionFile: no SHA-256";
}

static const char *set_pool(cmd_parms *cmd, void *config, const char *arg)
{
    ci_server_config_t *server = ci_config_server(cmd->server);
    const char *value;

    (void)config;
    if ((value = value_of(arg, "max"))) {
        return parse_integer(cmd, value, 1, 1000, &server->pool_max);
    }
    if ((value = value_of(arg, "idle"))) {
        return parse_duration(cmd, value, apr_time_from_sec(1),
                              &server->pool_idle);
    }
    if ((value = value_of(arg, "wait"))) {
        return parse_duration(cmd, value, 0, &server->pool_wait);
    }
    return bad_value(cmd, arg, "max=, idle= or wait=");
}

static const char *set_timeout(cmd_parms *cmd, void *config, const char *arg)
{
    ci_server_config_t *server = ci_config_server(cmd->server);
    const char *value;

    (void)config;
    if ((value = value_of(arg, "connect"))) {
        return parse_duration(cmd, value, apr_time_from_sec(1),
                              &server->connect_timeout);
    }
    if ((value = value_of(arg, "deadline"))) {
        /* the pool connects only while 1 s is left */
        return parse_duration(cmd, value, apr_time_from_sec(2),
                              &server->deadline);
    }
    return bad_value(cmd, arg, "connect= or deadline=");
}

static const char *set_connections(cmd_parms *cmd, void *config,
                                   const char *arg)
{
    const char *problem = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)config;
    return problem ? problem
                   : parse_integer(cmd, arg, 1, 100000,
                                   &ci_config_server(cmd->server)->connections);
}

/* Bytes, with K, M or G behind them. */
static const char *set_parse_budget(cmd_parms *cmd, void *config,
                                    const char *arg)
{
    const char *problem = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    apr_off_t bytes = 0;
    char *end = NULL;

    (void)config;
    if (problem) {
        return problem;
    }
    if (!apr_isdigit(arg[0]) || apr_strtoff(&bytes, arg, &end, 10) != 0 ||
        strlen(end) != 1 || bytes < 1 || bytes > 1048576 ||
        !strchr("KMG", *end)) {
        return bad_value(cmd, arg, "a size such as 64M, from 1K");
    }
    bytes *= *end == 'G' ? 1073741824 : *end == 'M' ? 1048576 : 1024;
    ci_config_server(cmd->server)->parse_budget = bytes;
    return NULL;
}

static const char *set_login_rate(cmd_parms *cmd, void *config,
                                  const char *user, const char *address)
{
    ci_server_config_t *server = ci_config_server(cmd->server);
    const char *problem = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)config;
    if (!problem) {
        problem = parse_integer(cmd, user, 0, 60000, &server->login_rate_user);
    }
    return problem ? problem
                   : parse_integer(cmd, address, 0, 60000,
                                   &server->login_rate_address);
}

static const char *set_max_in_flight(cmd_parms *cmd, void *config,
                                     const char *arg)
{
    (void)config;
    return parse_integer(cmd, arg, 0, 100000,
                         &ci_config_server(cmd->server)->max_in_flight);
}

static const char *set_token_lifetime(cmd_parms *cmd, void *config,
                                      const char *arg)
{
    (void)config;
    return parse_duration(cmd, arg, apr_time_from_sec(1),
                          &ci_config_server(cmd->server)->token_lifetime);
}

static const char *set_token_cache_ttl(cmd_parms *cmd, void *config,
                                       const char *arg)
{
    (void)config;
    return parse_duration(cmd, arg, 0,
                          &ci_config_server(cmd->server)->token_cache_ttl);
}

static const char *set_max_body(cmd_parms *cmd, void *config, const char *arg)
{
    int bytes = 0;
    const char *problem = parse_integer(cmd, arg, 1, 16777216, &bytes);

    if (!problem) {
        ((ci_dir_config_t *)config)->max_body = bytes;
    }
    return problem;
}

static const char *set_max_photo(cmd_parms *cmd, void *config, const char *arg)
{
    int bytes = 0;
    const char *problem = parse_integer(cmd, arg, 1, 1073741824, &bytes);

    if (!problem) {
        ((ci_dir_config_t *)config)->max_photo = bytes;
    }
    return problem;
}

/* What is done there later is tried once: the account of the children may
   still have less rights. */
static const char *set_temp_dir(cmd_parms *cmd, void *config, const char *arg)
{
    const char *path = ap_server_root_relative(cmd->pool, arg);
    ci_spool_t *spool;

    (void)config;
    if (!path || ci_spool_create(&spool, path, 0, cmd->temp_pool)) {
        return bad_value(cmd, arg,
                         "a folder where files can be made: make it, or let "
                         "the account of httpd write there");
    }
    ci_config_server(cmd->server)->temp_dir = path;
    return NULL;
}

static const char *set_origin(cmd_parms *cmd, void *config, const char *arg)
{
    ci_dir_config_t *dir = config;
    const char *host = strstr(arg, "://");

    if (!host || strchr(host + 3, '/') || !host[3] || strchr(arg, '*')) {
        return bad_value(cmd, arg, "an origin such as https://crm.example.org");
    }
    if (!dir->origins) {
        dir->origins = apr_array_make(cmd->pool, 2, sizeof(const char *));
    }
    APR_ARRAY_PUSH(dir->origins, const char *) = arg;
    return NULL;
}

static const char *set_unique(cmd_parms *cmd, void *config, const char *arg)
{
    ci_dir_config_t *dir = config;
    ci_unique_t *rule;
    const char *problem = ci_unique_parse(&rule, arg, cmd->pool);

    if (problem) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, ": ", problem, NULL);
    }
    if (!dir->unique) {
        dir->unique = apr_array_make(cmd->pool, 2, sizeof(ci_unique_t *));
    }
    APR_ARRAY_PUSH(dir->unique, ci_unique_t *) = rule;
    return NULL;
}

static const char *set_page_max(cmd_parms *cmd, void *config, const char *arg)
{
    return parse_integer(cmd, arg, 1, 1000,
                         &((ci_dir_config_t *)config)->page_max);
}

static const char *set_default_country(cmd_parms *cmd, void *config,
                                       const char *arg)
{
    if (strlen(arg) != 2 || !apr_isupper(arg[0]) || !apr_isupper(arg[1])) {
        return bad_value(cmd, arg, "a two-letter code of ISO 3166, such as US");
    }
    ((ci_dir_config_t *)config)->default_country = arg;
    return NULL;
}

static const char *set_error_status(cmd_parms *cmd, void *config,
                                    const char *arg)
{
    ci_dir_config_t *dir = config;

    if (strcmp(arg, "http") != 0 && strcmp(arg, "compat") != 0) {
        return bad_value(cmd, arg, "http or compat");
    }
    dir->compat = strcmp(arg, "compat") == 0;
    return NULL;
}

const command_rec ci_config_commands[] = {
    AP_INIT_TAKE1("ContactInfo", set_serves, NULL, IN_LOCATION,
                  "api or image: what this location serves"),
    AP_INIT_TAKE1("ContactInfoDBOptionFile", set_option_file, NULL, IN_HOST,
                  "MySQL option file with the group [contactinfo]"),
    AP_INIT_ITERATE("ContactInfoDBPool", set_pool, NULL, IN_HOST,
                    "max=n idle=duration wait=duration, of each child"),
    AP_INIT_TAKE1("ContactInfoDBConnections", set_connections, NULL, IN_HOST,
                  "connections of all children at most"),
    AP_INIT_ITERATE("ContactInfoDBTimeout", set_timeout, NULL, IN_HOST,
                    "connect=duration deadline=duration"),
    AP_INIT_TAKE1("ContactInfoMaxInFlight", set_max_in_flight, NULL, IN_HOST,
                  "requests that a child serves for a host at a time"),
    AP_INIT_TAKE1("ContactInfoTokenLifetime", set_token_lifetime, NULL, IN_HOST,
                  "how long a token is valid"),
    AP_INIT_TAKE1("ContactInfoTokenCacheTTL", set_token_cache_ttl, NULL,
                  IN_HOST, "how long a child remembers a token"),
    AP_INIT_TAKE1("ContactInfoMaxBody", set_max_body, NULL, ANYWHERE,
                  "bytes of a JSON body at most"),
    AP_INIT_TAKE1("ContactInfoMaxPhotoSize", set_max_photo, NULL, ANYWHERE,
                  "bytes of a photo at most"),
    AP_INIT_TAKE1("ContactInfoTempDir", set_temp_dir, NULL, IN_HOST,
                  "where a photo is spooled while it arrives"),
    AP_INIT_RAW_ARGS("ContactInfoUnique", set_unique, NULL, ANYWHERE,
                     "PERSON or COMPANY and fields that together are unique"),
    AP_INIT_ITERATE("ContactInfoAllowOrigin", set_origin, NULL, ANYWHERE,
                    "origins whose browser pages may call the API"),
    AP_INIT_TAKE1("ContactInfoParseBudget", set_parse_budget, NULL, IN_HOST,
                  "memory for JSON that is parsed at a time, of each child"),
    AP_INIT_TAKE2("ContactInfoLoginRate", set_login_rate, NULL, IN_HOST,
                  "failed logins a minute and user, and a minute and address"),
    AP_INIT_TAKE1("ContactInfoPageMax", set_page_max, NULL, ANYWHERE,
                  "rows of a list at most"),
    AP_INIT_TAKE1("ContactInfoDefaultCountry", set_default_country, NULL,
                  ANYWHERE, "two-letter code for phones without a country"),
    AP_INIT_TAKE1("ContactInfoErrorStatus", set_error_status, NULL, ANYWHERE,
                  "http, or compat: errors of the client have status 200"),
    {.name = NULL},
};
