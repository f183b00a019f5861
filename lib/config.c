/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct flag {
    char name[CONFIG_NAME_SIZE];
    const char *value; /* NULL: `--name` alone */
};

/* One sentence, whatever it is made of. */
static enum config_result complain(const struct program *program, const char *sentence)
{
    fprintf(stderr, "%s: %s\n", program->name, sentence);
    return CONFIG_BAD;
}

static bool is_flag(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0';
}

/* Split `--name=value`; false for what cannot be one of ours. */
static bool read_flag(const char *argument, struct flag *flag)
{
    const char *name = argument + 2;
    size_t len;

    if (argument[0] != '-' || argument[1] != '-')
        return false;
    len = strcspn(name, "=");
    if (len == 0 || len >= sizeof(flag->name))
        return false;
    memcpy(flag->name, name, len);
    flag->name[len] = '\0';
    flag->value = name[len] ? name + len + 1 : NULL;
    return true;
}

static const struct setting *find_setting(const struct program *program, const char *name)
{
    for (const struct setting_group *group = program->groups; group->settings; group++)
        for (const struct setting *setting = group->settings; setting->name; setting++)
            if (strcmp(setting->name, name) == 0)
                return setting;
    return NULL;
}

static bool unknown(const struct program *program, const char *argument, struct error *err)
{
    char name[CONFIG_NAME_SIZE];
    const char *bare = argument + strspn(argument, "-");
    const char *nearest;

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(bare, "="), bare);
    nearest = config_nearest(program, name);
    if (nearest)
        return fail(err, ERROR_INVALID, "unknown setting %.60s, did you mean --%s?", argument,
                    nearest);
    return fail(err, ERROR_INVALID, "unknown setting %.60s, --help lists them all", argument);
}

static bool check_flag(const struct program *program, const char *argument, struct error *err)
{
    struct flag flag;
    const struct setting *setting;

    if (!read_flag(argument, &flag))
        return unknown(program, argument, err);
    setting = find_setting(program, flag.name);
    if (!setting)
        return unknown(program, argument, err);
    if (!flag.value && setting->type != SETTING_BOOL)
        return fail(err, ERROR_INVALID, "--%s needs a value: --%s=...", flag.name, flag.name);
    return true;
}

/* Settings behind an argument would be taken for files, say; better to refuse them. */
static bool check_arguments(const struct program *program, int argc, char **argv, int first,
                            struct error *err)
{
    if (!program->arguments && first < argc)
        return fail(err, ERROR_INVALID,
                    "unexpected argument %.60s, settings look like --name=value", argv[first]);
    for (int i = first; i < argc; i++)
        if (is_flag(argv[i]))
            return fail(
                err, ERROR_INVALID,
                "%.60s stands behind an argument, settings go first (or use -- to end them)",
                argv[i]);
    return true;
}

/* Where settings end and arguments begin; every flag before is known. */
static bool check_command_line(const struct program *program, int argc, char **argv, int *first,
                               struct error *err)
{
    int at = 1;

    for (; at < argc && is_flag(argv[at]); at++) {
        if (strcmp(argv[at], "--") == 0) {
            *first = at + 1;
            return program->arguments || *first == argc ||
                   check_arguments(program, argc, argv, *first, err);
        }
        if (!check_flag(program, argv[at], err))
            return false;
    }
    *first = at;
    return check_arguments(program, argc, argv, at, err);
}

static bool from_command_line(const struct setting *setting, int argc, char **argv,
                              const char **value)
{
    bool found = false;
    struct flag flag;

    for (int i = 1; i < argc && is_flag(argv[i]) && strcmp(argv[i], "--") != 0; i++) {
        if (read_flag(argv[i], &flag) && strcmp(flag.name, setting->name) == 0) {
            *value = flag.value ? flag.value : "true";
            found = true;
        }
    }
    return found;
}

static bool fill(const struct setting *setting, void *into, int argc, char **argv,
                 struct error *err)
{
    char variable[CONFIG_NAME_SIZE];
    struct error problem = {0};
    const char *value = NULL;

    config_environment_name(setting->name, variable);
    if (from_command_line(setting, argc, argv, &value))
        return config_store(setting, into, value, &problem) ||
               fail(err, ERROR_INVALID, "--%s=%.80s %s", setting->name, value, problem.message);
    value = getenv(variable);
    if (value && *value)
        return config_store(setting, into, value, &problem) ||
               fail(err, ERROR_INVALID, "%s=%.80s in the environment %s", variable, value,
                    problem.message);
    if (!setting->initial)
        return fail(err, ERROR_INVALID, "--%s is required (or %s in the environment)",
                    setting->name, variable);
    return config_store(setting, into, setting->initial, &problem) ||
           fail(err, ERROR_INTERNAL, "the default of --%s, %.80s, %s", setting->name,
                setting->initial, problem.message);
}

/* --help wins even where other settings are wrong, as it is how to find out. */
static bool asks_for(const char *what, const char *brief, int argc, char **argv)
{
    for (int i = 1; i < argc && is_flag(argv[i]) && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], what) == 0 || strcmp(argv[i], brief) == 0)
            return true;
    return false;
}

enum config_result config_load(const struct program *program, int argc, char **argv,
                               int *first_argument)
{
    struct error err = {0};
    int first;

    if (asks_for("--help", "-h", argc, argv)) {
        config_print_help(program);
        return CONFIG_DONE;
    }
    if (asks_for("--version", "-V", argc, argv)) {
        printf("%s %s\n", program->name, program->version ? program->version : "unknown");
        fflush(stdout);
        return CONFIG_DONE;
    }
    if (!check_command_line(program, argc, argv, &first, &err))
        return complain(program, err.message);
    for (const struct setting_group *group = program->groups; group->settings; group++)
        for (const struct setting *setting = group->settings; setting->name; setting++)
            if (!fill(setting, group->into, argc, argv, &err))
                return complain(program, err.message);
    *first_argument = first;
    return CONFIG_RUN;
}

int config_load_or_exit(const struct program *program, int argc, char **argv)
{
    int first;

    switch (config_load(program, argc, argv, &first)) {
    case CONFIG_RUN:
        return first;
    case CONFIG_DONE:
        exit(0);
    case CONFIG_BAD:
        break;
    }
    exit(2);
}
