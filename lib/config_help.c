/* SPDX-License-Identifier: MIT */
/* What config says to people: the page of --help and the nearest name to a mistyped one. */
#include "config_private.h"

#include <stdio.h>
#include <string.h>

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

/* Levenshtein's distance, one row at a time. */
static size_t distance(const char *a, const char *b)
{
    size_t row[CONFIG_NAME_SIZE];
    size_t a_len = strnlen(a, CONFIG_NAME_SIZE - 1);
    size_t b_len = strnlen(b, CONFIG_NAME_SIZE - 1);

    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b_len];
}

static void consider(const char *candidate, const char *name, const char **best, size_t *least)
{
    size_t away = distance(candidate, name);

    if (away < *least) {
        *least = away;
        *best = candidate;
    }
}

const char *config_nearest(const struct program *program, const char *name)
{
    size_t len = strlen(name);
    size_t least = (len / 3 > 2 ? len / 3 : 2) + 1;
    const char *best = NULL;

    if (len >= CONFIG_NAME_SIZE)
        return NULL;
    for (const struct setting_group *group = program->groups; group->settings; group++)
        for (const struct setting *setting = group->settings; setting->name; setting++)
            consider(setting->name, name, &best, &least);
    consider("help", name, &best, &least);
    consider("version", name, &best, &least);
    return best;
}
