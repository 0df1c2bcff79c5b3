/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_examples.h
 * The published examples that openapi.json shows. The table is made when the
 * module is built, from the files that the tests use.
 */
#ifndef CI_EXAMPLES_H
#define CI_EXAMPLES_H

typedef struct {
    const char *name; /**< "create-person.request"; NULL ends the table */
    const char *json;
} ci_example_t;

extern const ci_example_t ci_examples[];

#endif
