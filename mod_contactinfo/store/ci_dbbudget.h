/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_dbbudget.h
 * One limit for the connections that all children hold to one database.
 *
 * The budget lives in memory shared by the children. Every child owns one slot
 * that holds its process id and its number of connections in one 64-bit word,
 * so that a killed child leaves nothing behind that a sibling could not take
 * back in one step. There is no lock: a child may die anywhere.
 *
 * The rule comes from the directive ContactInfoDBConnections.
 */
#ifndef CI_DBBUDGET_H
#define CI_DBBUDGET_H

#include <apr.h>
#include <apr_errno.h>

#include <stdbool.h>

typedef struct ci_dbbudget_t ci_dbbudget_t;

/**
 * Bytes that a budget needs.
 * @param max_processes slots; httpd's hard limit of children
 */
apr_size_t ci_dbbudget_size(int max_processes);

/**
 * Lay an empty budget into memory, before the first child is forked.
 * @param memory ci_dbbudget_size() bytes, aligned to 8, shared with all
 *        children, for example an anonymous apr_shm_t; the caller keeps it
 *        until the last child is gone
 * @param limit connections in all, at least 1
 * @param max_processes as given to ci_dbbudget_size()
 * @return the budget, at the address of memory
 */
ci_dbbudget_t *ci_dbbudget_init(void *memory, int limit, int max_processes);

/**
 * Give the calling process a slot, once, in child_init, and take back what
 * dead processes held. A slot that an earlier process of the same id left is
 * emptied and used.
 * @return APR_SUCCESS; APR_ENOSPC if living processes hold all slots: every
 *         ci_dbbudget_take() of this process will be refused
 */
apr_status_t ci_dbbudget_join(ci_dbbudget_t *budget);

/**
 * Count one connection of the calling process, before it is opened.
 * @return false if the limit is reached or the process has no slot. At the
 *         limit two callers at the same moment may both be refused though one
 *         place was free; the limit itself is never passed.
 */
bool ci_dbbudget_take(ci_dbbudget_t *budget);

/** Count one connection less, after it was closed; only after a take. */
void ci_dbbudget_give(ci_dbbudget_t *budget);

/**
 * Ask whether some process was refused since the last call, and forget it.
 * A pool that is about to keep a connection idle closes it instead if so.
 */
bool ci_dbbudget_wanted(ci_dbbudget_t *budget);

/**
 * Take back the slots of processes that no longer exist (kill(2) with signal
 * 0 says ESRCH; a child that httpd has not waited for still exists).
 */
void ci_dbbudget_sweep(ci_dbbudget_t *budget);

/** Connections that all processes hold at this moment. */
int ci_dbbudget_used(const ci_dbbudget_t *budget);

#endif
