/* SPDX-License-Identifier: MIT */
/* What config says to people: the page of --help and the nearest name to a mistyped one. */
#include "config_private.h"

#include <stdio.h>

#include "nearest.h"

static const char *type_word(const struct setting *setting)
{
    switch (setting->type) {
    case SETTING_TEXT:
        return "TEXT";
    case SETTING_INT:
        return "NUMBER";
    case SETTING_BOOL:
        return "true|false";
    case SETTING_SIZE:
        return "SIZE";
    case SETTING_MS:
        return "TIME";
    case SETTING_CHOICE:
        return setting->choices;
    }
    return "";
}

static void print_range(const struct setting *setting)
{
    const char *unit = setting->type == SETTING_MS     ? " ms"
                       : setting->type == SETTING_SIZE ? " bytes"
                                                       : "";

    if (setting->type == SETTING_TEXT || setting->type == SETTING_BOOL ||
        setting->type == SETTING_CHOICE || (!setting->least && !setting->most))
        return;
    printf("; %ld to %ld%s", setting->least, setting->most, unit);
}

static void print_setting(const struct setting *setting)
{
    char variable[CONFIG_NAME_SIZE];

    config_environment_name(setting->name, variable);
    printf("  --%s=%s\n      %s\n      ", setting->name, type_word(setting), setting->help);
    if (!setting->initial)
        printf("required");
    else
        printf("default: %s", *setting->initial ? setting->initial : "none");
    print_range(setting);
    printf("; environment: %s\n", variable);
}

void config_print_help(const struct program *program)
{
    printf("Usage: %s [--setting=value...]%s%s\n%s\n\nSettings:\n", program->name,
           program->arguments ? " " : "", program->arguments ? program->arguments : "",
           program->about ? program->about : "");
    for (const struct setting_group *group = program->groups; group->settings; group++)
        for (const struct setting *setting = group->settings; setting->name; setting++)
            print_setting(setting);
    printf(
        "  --help\n      print this and exit\n"
        "  --version\n      print name and version and exit\n\n"
        "The command line wins over the environment. SIZE takes K, M or G behind the number, TIME\n"
        "takes ms, s, m or h (a bare number is ms); true may be left out: --name means "
        "--name=true.\n");
    fflush(stdout);
}

const char *config_nearest(const struct program *program, const char *name)
{
    struct nearest nearest = nearest_to(name);

    for (const struct setting_group *group = program->groups; group->settings; group++)
        for (const struct setting *setting = group->settings; setting->name; setting++)
            nearest_consider(&nearest, setting->name);
    nearest_consider(&nearest, "help");
    nearest_consider(&nearest, "version");
    return nearest.best;
}
