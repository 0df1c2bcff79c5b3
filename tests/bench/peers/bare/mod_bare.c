/* SPDX-License-Identifier: Apache-2.0 */
/* What httpd and the database cost without an API: "bare-constant" answers a
   text of as many bytes as the file BareFile has, "bare-row" reads one finished
   document by its key, with a statement prepared once a thread. */
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <mysql.h>

#define KEY      "mod_bare"
#define LARGEST  65536
#define ID_CHARS 32

extern module AP_MODULE_DECLARE_DATA bare_module;

typedef struct {
    const char *constant;
    apr_size_t length;
    const char *option_file;
} bare_conf_t;

/* A thread's connection. */
typedef struct {
    MYSQL *mysql;
    MYSQL_STMT *stmt;
    unsigned long id_length;
    unsigned long length;
    char id[ID_CHARS + 1];
    char document[LARGEST];
} reader_t;

static void *create_conf(apr_pool_t *p, server_rec *s)
{
    (void)s;
    return apr_pcalloc(p, sizeof(bare_conf_t));
}

static const char *set_file(cmd_parms *cmd, void *unused, const char *path)
{
    bare_conf_t *conf =
        ap_get_module_config(cmd->server->module_config, &bare_module);
    apr_finfo_t info;
    char *text;

    (void)unused;
    if (apr_stat(&info, path, APR_FINFO_SIZE, cmd->temp_pool)) {
        return apr_pstrcat(cmd->pool, "BareFile: no such file: ", path, NULL);
    }
    conf->length = (apr_size_t)info.size;
    text = apr_palloc(cmd->pool, conf->length);
    memset(text, 'x', conf->length);
    conf->constant = text;
    return NULL;
}

static const char *set_option_file(cmd_parms *cmd, void *unused,
                                   const char *path)
{
    bare_conf_t *conf =
        ap_get_module_config(cmd->server->module_config, &bare_module);

    (void)unused;
    conf->option_file = path;
    return NULL;
}

static int bind_reader(reader_t *reader)
{
    MYSQL_BIND in = {0}, out = {0};

    in.buffer_type = MYSQL_TYPE_STRING;
    in.buffer = reader->id;
    in.buffer_length = ID_CHARS;
    in.length = &reader->id_length;
    out.buffer_type = MYSQL_TYPE_STRING;
    out.buffer = reader->document;
    out.buffer_length = LARGEST;
    out.length = &reader->length;
    return mysql_stmt_bind_param(reader->stmt, &in) == 0 &&
           mysql_stmt_bind_result(reader->stmt, &out) == 0;
}

static int open_reader(reader_t *reader, const char *option_file)
{
    static const char query[] = "SELECT document FROM ready WHERE id = ?";

    reader->mysql = mysql_init(NULL);
    mysql_options(reader->mysql, MYSQL_READ_DEFAULT_FILE, option_file);
    if (!mysql_real_connect(reader->mysql, NULL, NULL, NULL, NULL, 0, NULL,
                            0)) {
        return 0;
    }
    reader->stmt = mysql_stmt_init(reader->mysql);
    return mysql_stmt_prepare(reader->stmt, query, sizeof(query) - 1) == 0 &&
           bind_reader(reader);
}

/* The connection of the thread that serves this request, or NULL. */
static reader_t *reader_of(request_rec *r, const bare_conf_t *conf)
{
    apr_thread_t *thread = r->connection->current_thread;
    void *found;

    apr_thread_data_get(&found, KEY, thread);
    if (!found) {
        found = apr_pcalloc(apr_thread_pool_get(thread), sizeof(reader_t));
        if (!open_reader(found, conf->option_file)) {
            return NULL;
        }
        apr_thread_data_set(found, KEY, NULL, thread);
    }
    return found;
}

static int send_text(request_rec *r, const char *text, apr_size_t length)
{
    ap_set_content_type(r, "application/json");
    ap_set_content_length(r, (apr_off_t)length);
    ap_rwrite(text, (int)length, r);
    return OK;
}

static int send_row(request_rec *r, const bare_conf_t *conf)
{
    reader_t *reader = reader_of(r, conf);

    if (!reader || !r->args) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    apr_cpystrn(reader->id, r->args, sizeof(reader->id));
    reader->id_length = strlen(reader->id);
    if (mysql_stmt_execute(reader->stmt) ||
        mysql_stmt_store_result(reader->stmt)) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (mysql_stmt_fetch(reader->stmt)) {
        return HTTP_NOT_FOUND;
    }
    mysql_stmt_free_result(reader->stmt);
    return send_text(r, reader->document, reader->length);
}

static int handler(request_rec *r)
{
    const bare_conf_t *conf =
        ap_get_module_config(r->server->module_config, &bare_module);

    if (strcmp(r->handler, "bare-constant") == 0) {
        return send_text(r, conf->constant, conf->length);
    }
    return strcmp(r->handler, "bare-row") == 0 ? send_row(r, conf) : DECLINED;
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}

static const command_rec commands[] = {
    AP_INIT_TAKE1("BareFile", set_file, NULL, RSRC_CONF,
                  "the file whose size bare-constant answers"),
    AP_INIT_TAKE1("BareOptionFile", set_option_file, NULL, RSRC_CONF,
                  "MySQL option file, group [client]"),
    {.name = NULL}};

AP_DECLARE_MODULE(bare) = {STANDARD20_MODULE_STUFF,
                           .create_server_config = create_conf,
                           .cmds = commands, .register_hooks = register_hooks};
