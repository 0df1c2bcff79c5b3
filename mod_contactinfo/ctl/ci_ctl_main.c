/* SPDX-License-Identifier: Apache-2.0 */
/* contactinfoctl: administration of mod_contactinfo's database. Finds the
   command, reads its options, runs it. */
#include "ctl/ci_ctl.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

static void no_options(ci_ctl_t *ctl)
{
    (void)ctl;
}

static const ci_ctl_action_t commands[] = {
    {"migrate", "bring the schema up to date", ci_ctl_migrate_options,
     ci_ctl_migrate},
    {"status", "schema version, numbers of organisations, users, sessions",
     no_options, ci_ctl_status},
    {"doctor",
     "examine rights, schema and settings; exits 0 good, 1 warning, 2 critical,"
     " 3 unknown",
     ci_ctl_doctor_options, ci_ctl_doctor},
    {"purge", "remove expired sessions and idempotency keys",
     ci_ctl_purge_options, ci_ctl_purge},
    {"unique", "give stored contacts the keys of a ContactInfoUnique rule",
     ci_ctl_unique_options, ci_ctl_unique},
    {.name = NULL},
};

/* Options that are good for every command, before and behind it; the first. */
#define COMMON_OPTIONS 3

static void add_common_options(ci_ctl_t *ctl)
{
    ci_ctl_option(ctl, "option-file", "FILE",
                  "MySQL option file, group [contactinfo]: host, port, socket,"
                  " user, password, database, ssl-*")
        ->required = 1;
    ci_ctl_option(ctl, "json", NULL, "print results as JSON");
    ci_ctl_option(ctl, "help", NULL, "print this");
}

/* ---------------------------------------------------------------- help -- */

static void print_actions(const ci_ctl_action_t *action)
{
    for (; action->name; action++) {
        printf("  %-14s %s\n", action->name, action->doc);
    }
}

static void print_usage(const ci_ctl_t *ctl, const char *what)
{
    printf("usage: contactinfoctl --option-file FILE [--json] %s%s\n\n",
           ctl->title, what);
}

static void print_common_options(const ci_ctl_t *ctl)
{
    printf("\nOptions of every command:\n");
    ci_ctl_options_help(ctl, 0, COMMON_OPTIONS);
}

static void print_program_help(const ci_ctl_t *ctl)
{
    const ci_ctl_entity_t *entity;
    const ci_ctl_action_t *action;

    print_usage(ctl, "COMMAND [options]");
    print_actions(commands);
    for (entity = ci_ctl_entities; entity->name; entity++) {
        printf("  %-14s", entity->name);
        for (action = entity->actions; action->name; action++) {
            printf(" %s", action->name);
        }
        putchar('\n');
    }
    print_common_options(ctl);
    printf("\nCOMMAND --help says more about each.\n"
           "Exit code: %d done; %d refused: not found, conflict, still"
           " referred to;\n%d usage; %d the schema does not fit; %d the"
           " database does not answer\n",
           CI_CTL_DONE, CI_CTL_REFUSED, CI_CTL_USAGE, CI_CTL_SCHEMA,
           CI_CTL_UNREACHABLE);
}

static void print_entity_help(const ci_ctl_t *ctl)
{
    print_usage(ctl, " ACTION [options]");
    print_actions(ctl->entity->actions);
    printf("\n%s ACTION --help says more about each.\n", ctl->title);
}

static void print_command_help(const ci_ctl_t *ctl,
                               const ci_ctl_action_t *command)
{
    print_usage(ctl, " [options]");
    printf("%s: %s\n", ctl->title, command->doc);
    if (ctl->options->nelts > COMMON_OPTIONS) {
        putchar('\n');
    }
    ci_ctl_options_help(ctl, COMMON_OPTIONS, ctl->options->nelts);
    print_common_options(ctl);
}

/* ------------------------------------------------------------ dispatch -- */

static const ci_ctl_action_t *find_action(const ci_ctl_action_t *action,
                                          const char *name)
{
    while (action->name && strcmp(action->name, name) != 0) {
        action++;
    }
    return action->name ? action : NULL;
}

static const ci_ctl_entity_t *find_entity(const char *name)
{
    const ci_ctl_entity_t *entity = ci_ctl_entities;

    while (entity->name && strcmp(entity->name, name) != 0) {
        entity++;
    }
    return entity->name ? entity : NULL;
}

static ci_error_t *run_command(ci_ctl_t *ctl, const ci_ctl_action_t *command,
                               int argc, const char *const *argv)
{
    ci_error_t *err;
    int rest;

    command->options(ctl);
    err = ci_ctl_options_read(&rest, ctl, argc, argv);
    if (err) {
        return err;
    }
    if (ci_ctl_given(ctl, "help")) {
        print_command_help(ctl, command);
        return NULL;
    }
    if (rest < argc) {
        return ci_ctl_usage(ctl->pool, "%s takes options only; see --help",
                            ctl->title);
    }
    err = ci_ctl_options_check(ctl);
    return err ? err : command->run(ctl);
}

static ci_error_t *run_entity(ci_ctl_t *ctl, int argc, const char *const *argv)
{
    const ci_ctl_action_t *action;
    int rest;
    ci_error_t *err = ci_ctl_options_read(&rest, ctl, argc, argv);

    if (err) {
        return err;
    }
    if (ci_ctl_given(ctl, "help")) {
        print_entity_help(ctl);
        return NULL;
    }
    action = rest < argc ? find_action(ctl->entity->actions, argv[rest]) : NULL;
    if (!action) {
        return ci_ctl_usage(ctl->pool, "%s needs an action; see --help",
                            ctl->title);
    }
    ctl->title = apr_pstrcat(ctl->pool, ctl->title, " ", action->name, NULL);
    return run_command(ctl, action, argc - rest, argv + rest);
}

static ci_error_t *run(ci_ctl_t *ctl, int argc, const char *const *argv)
{
    const ci_ctl_action_t *command;
    int rest;
    ci_error_t *err = ci_ctl_options_read(&rest, ctl, argc, argv);

    if (err) {
        return err;
    }
    if (ci_ctl_given(ctl, "help")) {
        ctl->title = "";
        print_program_help(ctl);
        return NULL;
    }
    if (rest == argc) {
        return ci_ctl_usage(ctl->pool, "which command? See --help");
    }
    ctl->title = argv[rest];
    command = find_action(commands, argv[rest]);
    if (command) {
        return run_command(ctl, command, argc - rest, argv + rest);
    }
    ctl->entity = find_entity(argv[rest]);
    if (!ctl->entity) {
        return ci_ctl_usage(ctl->pool, "there is no command %s; see --help",
                            argv[rest]);
    }
    return run_entity(ctl, argc - rest, argv + rest);
}

/* What was printed arrived. */
static ci_error_t *check_output(apr_pool_t *pool)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return NULL;
    }
    return ci_error_server(pool, CI_INTERNAL_ERROR, APR_EGENERAL,
                           "standard output cannot be written to; the command"
                           " itself was carried out");
}

int main(int argc, const char *const *argv)
{
    ci_ctl_t ctl = {.title = "contactinfoctl"};
    int code;
    ci_error_t *err;

    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS ||
        apr_pool_create(&ctl.pool, NULL) != APR_SUCCESS) {
        fputs("contactinfoctl: APR does not start\n", stderr);
        return CI_CTL_REFUSED;
    }
    ctl.options = apr_array_make(ctl.pool, 16, sizeof(ci_ctl_option_t));
    add_common_options(&ctl);
    err = run(&ctl, argc, argv);
    if (!err) {
        err = check_output(ctl.pool);
    }
    code = err ? (int)ci_ctl_report(&ctl, err) : ctl.verdict;
    if (err && ctl.is_plugin) {
        code = CI_CTL_PLUGIN_UNKNOWN;
    }
    apr_pool_destroy(ctl.pool);
    apr_terminate();
    return code;
}
