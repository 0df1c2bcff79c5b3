/* SPDX-License-Identifier: Apache-2.0 */
/* The database alone: threads that read one finished document by its key, or,
   in the module's tables, read or store the chunks of a photo or store a
   contact with what belongs to it, as fast as they can. Prints one line of JSON
   as load.lua does. */
#include <mysql.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LARGEST     65536
#define PHOTO_BYTES 200000
#define CHUNK_BYTES 65536
#define MAX_THREADS 64
#define MAX_SAMPLES 1000000
#define ID_BYTES    33 /* a line of the file of identifiers */

typedef struct worker_t worker_t;

/* What is done again and again. */
typedef struct {
    const char *name;
    void (*open)(worker_t *w);
    int (*call)(worker_t *w); /* not 0: it failed */
} kind_t;

typedef struct {
    const kind_t *kind;
    const char *option_file;
    const char *ids;
    size_t nids;
    double seconds;
} task_t;

struct worker_t {
    const task_t *task;
    unsigned seed;
    int number;
    MYSQL *mysql;
    MYSQL_STMT *read, *photo, *chunk;             /* of documents and photos */
    MYSQL_STMT *find, *contact, *keys, *relation; /* of a create */
    char id[ID_BYTES];                            /* chosen among the file's */
    char new_id[ID_BYTES];                        /* of what is stored */
    char email[2][ID_BYTES + 20];
    unsigned long id_length, new_id_length, email_length[2], length;
    long long sequence, related;
    long long chunk_number;
    char *data;
    float *took; /* ms of each call */
    size_t count, errors;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "client: %s\n", what);
    exit(1);
}

static MYSQL_BIND text(char *buffer, unsigned long size, unsigned long *length)
{
    MYSQL_BIND bind = {0};

    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = buffer;
    bind.buffer_length = size;
    bind.length = length;
    return bind;
}

static MYSQL_STMT *prepare(worker_t *w, const char *query, MYSQL_BIND *binds)
{
    MYSQL_STMT *stmt = mysql_stmt_init(w->mysql);

    if (mysql_stmt_prepare(stmt, query, strlen(query)) ||
        mysql_stmt_bind_param(stmt, binds)) {
        fail(mysql_stmt_error(stmt));
    }
    return stmt;
}

static MYSQL_BIND number(long long *value)
{
    MYSQL_BIND bind = {0};

    bind.buffer_type = MYSQL_TYPE_LONGLONG;
    bind.buffer = value;
    return bind;
}

/* A statement that finds one column by the chosen id. */
static MYSQL_STMT *prepare_select(worker_t *w, const char *query,
                                  MYSQL_BIND column)
{
    MYSQL_BIND id = text(w->id, ID_BYTES, &w->id_length);
    MYSQL_STMT *stmt = prepare(w, query, &id);

    if (mysql_stmt_bind_result(stmt, &column)) {
        fail(mysql_stmt_error(stmt));
    }
    return stmt;
}

static void open_worker(worker_t *w)
{
    w->mysql = mysql_init(NULL);
    mysql_options(w->mysql, MYSQL_READ_DEFAULT_FILE, w->task->option_file);
    if (!mysql_real_connect(w->mysql, NULL, NULL, NULL, NULL, 0, NULL, 0)) {
        fail(mysql_error(w->mysql));
    }
    w->task->kind->open(w);
}

static void make_new_id(worker_t *w)
{
    snprintf(w->new_id, sizeof(w->new_id), "%08lX%08X%016lX",
             (unsigned long)time(NULL) & 0xffffffffUL, (unsigned)w->number,
             (unsigned long)w->count);
    w->new_id_length = strlen(w->new_id);
}

/* All rows of a statement with the column that is bound. */
static int read_rows(MYSQL_STMT *stmt, int expected)
{
    int n = 0, failed = mysql_stmt_execute(stmt);

    while (!failed && mysql_stmt_fetch(stmt) == 0) {
        n++;
    }
    mysql_stmt_free_result(stmt);
    return failed || n != expected;
}

/* ----------------------------------------------------------- documents - */

static void open_read(worker_t *w)
{
    w->read = prepare_select(w, "SELECT document FROM ready WHERE id = ?",
                             text(w->data, LARGEST, &w->length));
}

static int read_one(worker_t *w)
{
    return read_rows(w->read, 1);
}

/* -------------------------------------------------------------- photos - */

static void open_chunks(worker_t *w)
{
    w->read = prepare_select(w,
                             "SELECT data FROM contactinfo.profile_photo_chunk"
                             " WHERE organisation_id = 1 AND file_id = ?",
                             text(w->data, LARGEST, &w->length));
}

static int read_chunks(worker_t *w)
{
    return read_rows(w->read, (PHOTO_BYTES + CHUNK_BYTES - 1) / CHUNK_BYTES);
}

static void open_photo(worker_t *w)
{
    MYSQL_BIND id = text(w->id, ID_BYTES, &w->id_length);
    MYSQL_BIND photo[2] = {text(w->new_id, ID_BYTES, &w->new_id_length), id};
    MYSQL_BIND chunk[3] = {photo[0], number(&w->chunk_number),
                           text(w->data, LARGEST, &w->length)};

    w->photo = prepare(
        w,
        "INSERT INTO contactinfo.profile_photo (organisation_id, file_id,"
        " contact_seq, file_name, mime_type, size, created_date)"
        " SELECT organisation_id, ?, contact_seq, 'a.png', 'image/png', 200000,"
        " UTC_TIMESTAMP() FROM contactinfo.contact"
        " WHERE organisation_id = 1 AND contact_id = ?",
        photo);
    w->chunk = prepare(w,
                       "INSERT INTO contactinfo.profile_photo_chunk"
                       " (organisation_id, file_id, chunk_number, data)"
                       " VALUES (1, ?, ?, ?)",
                       chunk);
}

static int store_chunks(worker_t *w)
{
    unsigned long left = PHOTO_BYTES;

    for (w->chunk_number = 0; left; w->chunk_number++) {
        w->length = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        left -= w->length;
        if (mysql_stmt_execute(w->chunk)) {
            return 1;
        }
    }
    return 0;
}

/* A contact has one photo: an old one is replaced. */
static int store_photo(worker_t *w)
{
    char query[300];

    make_new_id(w);
    snprintf(query, sizeof(query),
             "DELETE p FROM contactinfo.profile_photo p"
             " JOIN contactinfo.contact c USING (organisation_id, contact_seq)"
             " WHERE c.organisation_id = 1 AND c.contact_id = '%s'",
             w->id);
    if (mysql_query(w->mysql, "BEGIN") || mysql_query(w->mysql, query) ||
        mysql_stmt_execute(w->photo) || store_chunks(w) ||
        mysql_query(w->mysql, "COMMIT")) {
        mysql_query(w->mysql, "ROLLBACK");
        return 1;
    }
    return 0;
}

/* ------------------------------------------------------------ contacts - */

/* The document and the references of all that is stored: those of one contact
   of the file. */
static const char like_others[] =
    "INSERT INTO contactinfo.contact (organisation_id, contact_id, type,"
    " life_cycle_state, title, first_name, middle_name, last_name, id_number,"
    " passport_number, social_security_number, category_id, owned_by_group_id,"
    " privacy_level_id, created_date, created_by_user_id, created_by_unit_id,"
    " updated_date, updated_by_user_id, updated_by_unit_id, relation_count,"
    " document) VALUES (%s, 1, ?)";
static const char values_of[] =
    "SELECT CONCAT_WS(',', 1, '?', QUOTE(type), QUOTE(life_cycle_state),"
    " QUOTE(title), QUOTE(first_name), QUOTE(middle_name), QUOTE(last_name),"
    " '?', '?', '?', QUOTE(category_id), QUOTE(owned_by_group_id),"
    " QUOTE(privacy_level_id), 'UTC_TIMESTAMP()', QUOTE(created_by_user_id),"
    " QUOTE(created_by_unit_id), 'UTC_TIMESTAMP()', QUOTE(updated_by_user_id),"
    " QUOTE(updated_by_unit_id)), document FROM contactinfo.contact"
    " WHERE organisation_id = 1 AND contact_id = '%.32s'";

static void open_contact(worker_t *w)
{
    MYSQL_BIND id = text(w->new_id, ID_BYTES, &w->new_id_length);
    MYSQL_BIND binds[] = {id, id, id, id, text(w->data, LARGEST, &w->length)};
    char query[4000];
    MYSQL_RES *rows;
    MYSQL_ROW row = NULL;

    snprintf(query, sizeof(query), values_of, w->task->ids);
    rows = mysql_query(w->mysql, query) ? NULL : mysql_store_result(w->mysql);
    row = rows ? mysql_fetch_row(rows) : NULL;
    if (!row) {
        fail("no contact to store others like");
    }
    w->length = mysql_fetch_lengths(rows)[1];
    memcpy(w->data, row[1], w->length);
    snprintf(query, sizeof(query), like_others, row[0]);
    mysql_free_result(rows);
    w->contact = prepare(w, query, binds);
}

static void open_create(worker_t *w)
{
    MYSQL_BIND of = number(&w->sequence);
    MYSQL_BIND keys[] = {
        text(w->email[0], sizeof(w->email[0]), &w->email_length[0]),
        of,
        text(w->email[1], sizeof(w->email[1]), &w->email_length[1]),
        of,
        of,
        of,
        of,
        of,
        of,
        of};
    MYSQL_BIND relation[] = {text(w->new_id, ID_BYTES, &w->new_id_length), of,
                             number(&w->related)};

    open_contact(w);
    w->find = prepare_select(w,
                             "SELECT contact_seq FROM contactinfo.contact"
                             " WHERE organisation_id = 1 AND contact_id = ?",
                             number(&w->related));
    w->keys = prepare(
        w,
        "INSERT INTO contactinfo.contact_key (organisation_id, kind, value,"
        " contact_seq) VALUES (1, 'EMAIL', ?, ?), (1, 'EMAIL', ?, ?),"
        " (1, 'PHONE', '22000000', ?), (1, 'PHONE', '35722000000', ?),"
        " (1, 'PHONE', '0035722000000', ?), (1, 'PHONE', '99000000', ?),"
        " (1, 'PHONE', '35799000000', ?), (1, 'PHONE', '0035799000000', ?)",
        keys);
    w->relation =
        prepare(w,
                "INSERT INTO contactinfo.contact_relation (relation_id, type,"
                " organisation_id, contact_seq, related_contact_seq)"
                " VALUES (?, 'FAMILY_MEMBER', 1, ?, ?)",
                relation);
}

static int store_rows(worker_t *w)
{
    if (read_rows(w->find, 1) || mysql_stmt_execute(w->contact)) {
        return 1;
    }
    w->sequence = (long long)mysql_stmt_insert_id(w->contact);
    return mysql_stmt_execute(w->keys) || mysql_stmt_execute(w->relation);
}

static int store_contact(worker_t *w)
{
    int i;

    make_new_id(w);
    for (i = 0; i < 2; i++) {
        w->email_length[i] =
            (unsigned long)snprintf(w->email[i], sizeof(w->email[i]),
                                    "%s.%d@example.com", w->new_id, i);
    }
    if (mysql_query(w->mysql, "START TRANSACTION") || store_rows(w) ||
        mysql_query(w->mysql, "COMMIT")) {
        mysql_query(w->mysql, "ROLLBACK");
        return 1;
    }
    return 0;
}

static const kind_t kinds[] = {
    {"read", open_read, read_one},
    {"chunks", open_chunks, read_chunks},
    {"photo", open_photo, store_photo},
    {"create", open_create, store_contact},
};

/* -------------------------------------------------------------- workers - */

static void *work(void *argument)
{
    worker_t *w = argument;
    double end = now() + w->task->seconds, begin;

    while ((begin = now()) < end && w->count < MAX_SAMPLES) {
        size_t i = (size_t)rand_r(&w->seed) % w->task->nids;

        memcpy(w->id, w->task->ids + i * ID_BYTES, ID_BYTES - 1);
        w->id_length = ID_BYTES - 1;
        if (w->task->kind->call(w)) {
            w->errors++;
        }
        w->took[w->count++] = (float)((now() - begin) * 1e3);
    }
    mysql_close(w->mysql);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

static void report(worker_t *workers, int n, double seconds)
{
    size_t total = 0, errors = 0;
    float *all;
    int i;

    for (i = 0; i < n; i++) {
        total += workers[i].count;
        errors += workers[i].errors;
    }
    all = calloc(total + 1, sizeof(float));
    for (i = 0, total = 0; i < n; i++) {
        memcpy(all + total, workers[i].took, workers[i].count * sizeof(float));
        total += workers[i].count;
    }
    qsort(all, total, sizeof(float), by_value);
    printf("{\"requests\": %zu, \"seconds\": %.3f, \"p50\": %.3f, "
           "\"p99\": %.3f, \"bytes\": 0, \"errors\": %zu}\n",
           total, seconds, (double)all[total / 2],
           (double)all[total * 99 / 100], errors);
    free(all);
}

static char *load_ids(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    char *ids;
    long size = 0;

    if (!file || fseek(file, 0, SEEK_END)) {
        fail(path);
    }
    size = ftell(file);
    rewind(file);
    ids = malloc((size_t)size);
    *count = fread(ids, ID_BYTES, (size_t)size / ID_BYTES, file);
    fclose(file);
    if (*count == 0) {
        fail("no identifiers");
    }
    return ids;
}

int main(int argc, char **argv)
{
    static worker_t workers[MAX_THREADS];
    pthread_t threads[MAX_THREADS];
    task_t task = {0};
    int i, n;
    double begin;

    for (i = 0; argc == 6 && i < (int)(sizeof(kinds) / sizeof(kinds[0])); i++) {
        if (strcmp(argv[1], kinds[i].name) == 0) {
            task.kind = &kinds[i];
        }
    }
    if (!task.kind) {
        fail("usage: client read|chunks|photo|create OPTION_FILE IDS THREADS"
             " SECONDS");
    }
    task.option_file = argv[2];
    task.ids = load_ids(argv[3], &task.nids);
    n = atoi(argv[4]) < MAX_THREADS ? atoi(argv[4]) : MAX_THREADS;
    task.seconds = atof(argv[5]);
    for (i = 0; i < n; i++) {
        workers[i].task = &task;
        workers[i].number = i;
        workers[i].seed = (unsigned)time(NULL) * 100 + (unsigned)i;
        workers[i].data = calloc(1, LARGEST);
        workers[i].took = malloc(MAX_SAMPLES * sizeof(float));
        open_worker(&workers[i]);
    }
    begin = now();
    for (i = 0; i < n; i++) {
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
    report(workers, n, now() - begin);
    return 0;
}
