/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For clang-tidy only: tells the analyser that functions which make an error
 * or a text never return NULL; it takes that neither from returns_nonnull nor
 * from APR, which ends the process when memory is short.
 */
#ifndef CLANG_ANALYZER_H
#define CLANG_ANALYZER_H

#include <apr_strings.h>

#include "base/ci_error.h"

#define NEVER_NULL(call)                                                       \
    ({                                                                         \
        __typeof__(call) made_ = call;                                         \
        if (!made_) {                                                          \
            __builtin_unreachable();                                           \
        }                                                                      \
        made_;                                                                 \
    })

#define ci_error_create(...) NEVER_NULL(ci_error_create(__VA_ARGS__))
#define ci_error_server(...) NEVER_NULL(ci_error_server(__VA_ARGS__))
#define apr_psprintf(...)    NEVER_NULL(apr_psprintf(__VA_ARGS__))

#endif
