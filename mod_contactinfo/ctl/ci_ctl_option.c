/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a command: what there is, what was given, what help says. */
#include "ctl/ci_ctl.h"

#include <apr_getopt.h>
#include <apr_strings.h>
#include <stdarg.h>
#include <string.h>

/* Long options have numbers that no letter has. */
#define FIRST_NUMBER 256

/* Columns that names of options take in help. */
#define NAME_WIDTH 28

ci_error_t *ci_ctl_usage(apr_pool_t *pool, const char *format, ...)
{
    const char *text;
    va_list ap;

    va_start(ap, format);
    text = apr_pvsprintf(pool, format, ap);
    va_end(ap);
    return ci_error_create(pool, CI_INVALID_PARAMETER, NULL, "%s", text);
}

ci_error_t *ci_ctl_refuse(apr_pool_t *pool, ci_code_e code, const char *format,
                          ...)
{
    const char *text;
    va_list ap;

    va_start(ap, format);
    text = apr_pvsprintf(pool, format, ap);
    va_end(ap);
    return ci_error_create(pool, code, NULL, "%s", text);
}

ci_ctl_option_t *ci_ctl_option(ci_ctl_t *ctl, const char *name,
                               const char *argument, const char *doc)
{
    ci_ctl_option_t *option = apr_array_push(ctl->options);

    memset(option, 0, sizeof *option);
    option->name = name;
    option->argument = argument;
    option->doc = doc;
    option->row = -1;
    return option;
}

static ci_ctl_option_t *option_at(const ci_ctl_t *ctl, int i)
{
    return &APR_ARRAY_IDX(ctl->options, i, ci_ctl_option_t);
}

const char *ci_ctl_given(const ci_ctl_t *ctl, const char *name)
{
    int i;

    for (i = 0; i < ctl->options->nelts; i++) {
        if (strcmp(option_at(ctl, i)->name, name) == 0) {
            return option_at(ctl, i)->value;
        }
    }
    return NULL;
}

/* The table that apr_getopt_long() wants. */
static apr_getopt_option_t *getopt_table(const ci_ctl_t *ctl)
{
    int i, n = ctl->options->nelts;
    apr_getopt_option_t *table =
        apr_pcalloc(ctl->pool, ((apr_size_t)n + 1) * sizeof *table);

    for (i = 0; i < n; i++) {
        table[i].name = option_at(ctl, i)->name;
        table[i].optch = FIRST_NUMBER + i;
        table[i].has_arg = option_at(ctl, i)->argument != NULL;
    }
    return table;
}

/* What apr_getopt_long() choked on, without a value: it may be a secret. */
static ci_error_t *complain(const ci_ctl_t *ctl, apr_status_t rv,
                            const char *argument)
{
    const char *name =
        apr_pstrmemdup(ctl->pool, argument, strcspn(argument, "="));

    if (rv == APR_BADARG) {
        return ci_ctl_usage(ctl->pool, "%s needs a value", name);
    }
    return ci_ctl_usage(ctl->pool, "%s takes no option %s; see --help",
                        ctl->title, name);
}

ci_error_t *ci_ctl_options_read(int *rest, ci_ctl_t *ctl, int argc,
                                const char *const *argv)
{
    const apr_getopt_option_t *table = getopt_table(ctl);
    apr_getopt_t *getopt;
    const char *value;
    int number, before;
    apr_status_t rv = apr_getopt_init(&getopt, ctl->pool, argc, argv);

    if (rv != APR_SUCCESS) {
        return ci_error_server(ctl->pool, CI_INTERNAL_ERROR, rv,
                               "apr_getopt_init");
    }
    getopt->errfn = NULL;
    for (;;) {
        before = getopt->ind;
        value = "";
        rv = apr_getopt_long(getopt, table, &number, &value);
        if (rv != APR_SUCCESS) {
            break;
        }
        option_at(ctl, number - FIRST_NUMBER)->value = value ? value : "";
    }
    *rest = getopt->ind;
    return rv == APR_EOF ? NULL : complain(ctl, rv, argv[before]);
}

ci_error_t *ci_ctl_options_check(const ci_ctl_t *ctl)
{
    ci_error_t *err = NULL;
    const ci_ctl_option_t *option;
    int i;

    for (i = 0; i < ctl->options->nelts; i++) {
        option = option_at(ctl, i);
        if (option->required && !option->value) {
            err = ci_error_join(err, ci_ctl_usage(ctl->pool, "%s needs --%s",
                                                  ctl->title, option->name));
        }
    }
    return err;
}

void ci_ctl_options_help(const ci_ctl_t *ctl, int from, int to)
{
    const ci_ctl_option_t *option;
    const char *name;
    int i;

    for (i = from; i < to; i++) {
        option = option_at(ctl, i);
        name =
            apr_pstrcat(ctl->pool, "--", option->name,
                        option->argument ? " " : NULL, option->argument, NULL);
        printf("  %-*s %s%s\n", NAME_WIDTH, name, option->doc,
               option->required ? " (required)" : "");
    }
}
