/* SPDX-License-Identifier: Apache-2.0 */
/* The database alone: threads that read one finished document by its key, or
   store the chunks of a photo as the module does, as fast as they can. Prints
   one line of JSON as load.lua does. */
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

typedef struct {
    const char *option_file;
    const char *ids;
    size_t nids;
    double seconds;
    int photos;
} task_t;

typedef struct {
    const task_t *task;
    unsigned seed;
    int number;
    MYSQL *mysql;
    MYSQL_STMT *read, *photo, *chunk;
    char id[ID_BYTES], file_id[ID_BYTES];
    unsigned long id_length, file_id_length, length;
    int chunk_number;
    char *data;
    float *took; /* ms of each call */
    size_t count, errors;
} worker_t;

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

static void open_worker(worker_t *w)
{
    MYSQL_BIND id = text(w->id, ID_BYTES, &w->id_length);
    MYSQL_BIND row = text(w->data, LARGEST, &w->length);
    MYSQL_BIND photo[2] = {text(w->file_id, ID_BYTES, &w->file_id_length), id};
    MYSQL_BIND chunk[3] = {photo[0], {0}, text(w->data, LARGEST, &w->length)};

    chunk[1].buffer_type = MYSQL_TYPE_LONG;
    chunk[1].buffer = &w->chunk_number;
    w->mysql = mysql_init(NULL);
    mysql_options(w->mysql, MYSQL_READ_DEFAULT_FILE, w->task->option_file);
    if (!mysql_real_connect(w->mysql, NULL, NULL, NULL, NULL, 0, NULL, 0)) {
        fail(mysql_error(w->mysql));
    }
    w->read = prepare(w, "SELECT document FROM ready WHERE id = ?", &id);
    if (mysql_stmt_bind_result(w->read, &row)) {
        fail(mysql_stmt_error(w->read));
    }
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

static int read_one(worker_t *w)
{
    int failed = mysql_stmt_execute(w->read) ||
                 mysql_stmt_store_result(w->read) || mysql_stmt_fetch(w->read);

    mysql_stmt_free_result(w->read);
    return failed;
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

    snprintf(w->file_id, sizeof(w->file_id), "%08lX%08X%016lX",
             (unsigned long)time(NULL) & 0xffffffffUL, (unsigned)w->number,
             (unsigned long)w->count);
    w->file_id_length = strlen(w->file_id);
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

static void *work(void *argument)
{
    worker_t *w = argument;
    double end = now() + w->task->seconds, begin;

    while ((begin = now()) < end && w->count < MAX_SAMPLES) {
        size_t i = (size_t)rand_r(&w->seed) % w->task->nids;

        memcpy(w->id, w->task->ids + i * ID_BYTES, ID_BYTES - 1);
        w->id_length = ID_BYTES - 1;
        if (w->task->photos ? store_photo(w) : read_one(w)) {
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

    if (argc != 6) {
        fail("usage: client read|photo OPTION_FILE IDS THREADS SECONDS");
    }
    task.photos = strcmp(argv[1], "photo") == 0;
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
