/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file unit.h
 * What every unit test program ends with.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>

/** Run the suite, which is freed, and print what failed.
    @return what main() returns */
int unit_run(Suite *suite);

#endif
