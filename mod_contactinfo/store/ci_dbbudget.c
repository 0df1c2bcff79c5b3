/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One limit for the connections that all children hold to one database.
 *
 * Taking means: count first, add up all slots, and take the count back if the
 * sum is above the limit. Of all who hold a connection, the one who counted
 * last saw the counts of all others, so more than the limit cannot be held.
 */
#include "store/ci_dbbudget.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(long long) == 8,
               "a slot is one lock-free word, also between processes");

/* A slot: the process id in the upper half, its connections in the lower. */
typedef _Atomic unsigned long long slot_t;

struct ci_dbbudget_t {
    int limit;
    int max_processes;
    atomic_bool wanted;
    slot_t slots[];
};

#define NOBODY 0ULL

static unsigned long long slot_of(pid_t pid)
{
    return (unsigned long long)pid << 32;
}

static pid_t pid_of(unsigned long long word)
{
    return (pid_t)(word >> 32);
}

static int count_of(unsigned long long word)
{
    return (int)(word & 0xffffffffULL);
}

static slot_t *own_slot(ci_dbbudget_t *budget)
{
    pid_t self = getpid();
    int i;

    for (i = 0; i < budget->max_processes; i++) {
        if (pid_of(atomic_load(&budget->slots[i])) == self) {
            return &budget->slots[i];
        }
    }
    return NULL;
}

apr_size_t ci_dbbudget_size(int max_processes)
{
    return sizeof(ci_dbbudget_t) + (apr_size_t)max_processes * sizeof(slot_t);
}

ci_dbbudget_t *ci_dbbudget_init(void *memory, int limit, int max_processes)
{
    ci_dbbudget_t *budget = memory;
    int i;

    budget->limit = limit;
    budget->max_processes = max_processes;
    atomic_init(&budget->wanted, false);
    for (i = 0; i < max_processes; i++) {
        atomic_init(&budget->slots[i], NOBODY);
    }
    return budget;
}

apr_status_t ci_dbbudget_join(ci_dbbudget_t *budget)
{
    slot_t *own = own_slot(budget);
    unsigned long long word;
    int i;

    if (own) {
        atomic_store(own, slot_of(getpid()));
    }
    ci_dbbudget_sweep(budget);
    for (i = 0; !own && i < budget->max_processes; i++) {
        word = NOBODY;
        if (atomic_compare_exchange_strong(&budget->slots[i], &word,
                                           slot_of(getpid()))) {
            own = &budget->slots[i];
        }
    }
    return own ? APR_SUCCESS : APR_ENOSPC;
}

bool ci_dbbudget_take(ci_dbbudget_t *budget)
{
    slot_t *own = own_slot(budget);

    if (!own) {
        return false;
    }
    atomic_fetch_add(own, 1);
    if (ci_dbbudget_used(budget) <= budget->limit) {
        return true;
    }
    atomic_fetch_sub(own, 1);
    atomic_store(&budget->wanted, true);
    return false;
}

void ci_dbbudget_give(ci_dbbudget_t *budget)
{
    slot_t *own = own_slot(budget);

    if (own) {
        atomic_fetch_sub(own, 1);
    }
}

bool ci_dbbudget_wanted(ci_dbbudget_t *budget)
{
    return atomic_load_explicit(&budget->wanted, memory_order_relaxed) &&
           atomic_exchange(&budget->wanted, false);
}

void ci_dbbudget_sweep(ci_dbbudget_t *budget)
{
    unsigned long long word;
    int i;

    for (i = 0; i < budget->max_processes; i++) {
        word = atomic_load(&budget->slots[i]);
        if (word != NOBODY && kill(pid_of(word), 0) != 0 && errno == ESRCH) {
            atomic_compare_exchange_strong(&budget->slots[i], &word, NOBODY);
        }
    }
}

int ci_dbbudget_used(const ci_dbbudget_t *budget)
{
    int used = 0;
    int i;

    for (i = 0; i < budget->max_processes; i++) {
        used += count_of(atomic_load(&budget->slots[i]));
    }
    return used;
}
