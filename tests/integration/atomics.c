/* SPDX-License-Identifier: Apache-2.0 */
/*
 * APR's atomic operations for a server under ThreadSanitizer. Preloaded, they
 * stand before those of libapr, which was not built for it: it would not see
 * that httpd hands pools from thread to thread by them, and would take what two
 * requests do with the same memory for a race.
 */
#include <apr_atomic.h>

#define ORDER __ATOMIC_SEQ_CST

apr_uint32_t apr_atomic_add32(volatile apr_uint32_t *mem, apr_uint32_t val)
{
    return __atomic_fetch_add(mem, val, ORDER);
}

apr_uint32_t apr_atomic_inc32(volatile apr_uint32_t *mem)
{
    return __atomic_fetch_add(mem, 1, ORDER);
}

int apr_atomic_dec32(volatile apr_uint32_t *mem)
{
    return __atomic_sub_fetch(mem, 1, ORDER) != 0;
}

apr_uint32_t apr_atomic_cas32(volatile apr_uint32_t *mem, apr_uint32_t with,
                              apr_uint32_t cmp)
{
    __atomic_compare_exchange_n(mem, &cmp, with, 0, ORDER, ORDER);
    return cmp;
}

void *apr_atomic_casptr(volatile void **mem, void *with, const void *cmp)
{
    volatile void *was = (volatile void *)(apr_uintptr_t)cmp;

    __atomic_compare_exchange_n(mem, &was, with, 0, ORDER, ORDER);
    return (void *)(apr_uintptr_t)was;
}
