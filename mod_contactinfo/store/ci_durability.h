/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_durability.h
 * Whether the server keeps what it has acknowledged when it or its machine
 * dies: settings that trade that for speed.
 *
 * @see MySQL Reference Manual, innodb_flush_log_at_trx_commit, sync_binlog;
 * MariaDB and MySQL name them alike, a variable that a server lacks counts as
 * good.
 */
#ifndef CI_DURABILITY_H
#define CI_DURABILITY_H

#include <apr_pools.h>
#include <apr_tables.h>

struct st_mysql;

/** One setting that may lose what was acknowledged. */
typedef struct {
    const char *setting; /**< variable, or "engine of TABLE" */
    const char *value;
    const char *mend; /**< what to do */
} ci_relaxed_t;

/** The tables that no crash recovery covers: rows of name and engine. */
extern const char ci_durability_tables[];

/**
 * Judge variables.
 * @param found ci_relaxed_t, added to; the values are those of the table
 * @param variables by name
 */
void ci_durability_judge(apr_array_header_t *found,
                         const apr_table_t *variables);

/** Add a table that ci_durability_tables found. */
void ci_durability_add_table(apr_array_header_t *found, const char *table,
                             const char *engine);

/**
 * Ask a server: two statements.
 * @param mysql a connection that nobody else uses and that has no result open
 * @return ci_relaxed_t in the pool, none if all is well; NULL if the server
 *         does not say
 */
apr_array_header_t *ci_durability_read(struct st_mysql *mysql,
                                       apr_pool_t *pool);

#endif
