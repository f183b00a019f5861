/* SPDX-License-Identifier: MIT */
/* Settings' values: from the notation of the command line into the member of a struct. */
#include "config_private.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *suffix;
    long long factor;
};

static const struct unit size_units[] = {
    {"", 1},           {"k", 1LL << 10}, {"kb", 1LL << 10}, {"m", 1LL << 20},
    {"mb", 1LL << 20}, {"g", 1LL << 30}, {"gb", 1LL << 30}, {NULL, 0},
};
static const struct unit time_units[] = {
    {"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}, {NULL, 0},
};
static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

/* Decimal digits, perhaps behind a minus, and one of the suffixes. */
static bool read_number(const char *text, const struct unit *units, long long *out)
{
    char *rest;
    long long number;

    if (!isdigit((unsigned char)text[0]) && !(text[0] == '-' && isdigit((unsigned char)text[1])))
        return false;
    errno = 0;
    number = strtoll(text, &rest, 10);
    if (errno)
        return false;
    for (; units->suffix; units++)
        if (strcasecmp(units->suffix, rest) == 0)
            return !__builtin_mul_overflow(number, units->factor, out);
    return false;
}

static bool in_range(const struct setting *setting, long long number, const char *unit,
                     struct error *err)
{
    bool bounded = setting->least || setting->most;
    long long least = bounded ? setting->least : setting->type == SETTING_SIZE ? 0 : INT_MIN;
    long long most = bounded ? setting->most : setting->type == SETTING_SIZE ? LLONG_MAX : INT_MAX;

    if (setting->type == SETTING_MS && !bounded)
        least = 0;
    if (number >= least && number <= most)
        return true;
    return fail(err, ERROR_INVALID, "is not between %lld and %lld%s", least, most, unit);
}

static bool store_int(const struct setting *setting, int *out, const char *text, struct error *err)
{
    bool is_time = setting->type == SETTING_MS;
    long long number;

    if (!read_number(text, is_time ? time_units : no_units, &number))
        return fail(err, ERROR_INVALID, "%s",
                    is_time ? "is not a time such as 500ms, 10s, 5m or 1h"
                            : "is not a whole number");
    if (!in_range(setting, number, is_time ? " ms" : "", err))
        return false;
    if (number < INT_MIN || number > INT_MAX)
        return fail(err, ERROR_INVALID, "is too large");
    *out = (int)number;
    return true;
}

static bool store_size(const struct setting *setting, size_t *out, const char *text,
                       struct error *err)
{
    long long number;

    if (!read_number(text, size_units, &number))
        return fail(err, ERROR_INVALID, "is not a size such as 4096, 64K, 1M or 2G");
    if (!in_range(setting, number, " bytes", err))
        return false;
    *out = (size_t)number;
    return true;
}

static bool store_bool(bool *out, const char *text, struct error *err)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(words[i], text) == 0) {
            *out = i % 2 == 1;
            return true;
        }
    }
    return fail(err, ERROR_INVALID, "is neither true nor false");
}

static bool store_choice(const char *choices, int *out, const char *text, struct error *err)
{
    const char *at = choices;
    size_t len = strlen(text);

    for (int i = 0;; i++) {
        size_t span = strcspn(at, "|");

        if (span == len && memcmp(at, text, len) == 0) {
            *out = i;
            return true;
        }
        if (!at[span])
            return fail(err, ERROR_INVALID, "is none of %s", choices);
        at += span + 1;
    }
}

bool config_store(const struct setting *setting, void *into, const char *text, struct error *err)
{
    void *member = (char *)into + setting->offset;

    switch (setting->type) {
    case SETTING_TEXT:
        *(const char **)member = text;
        return true;
    case SETTING_INT:
    case SETTING_MS:
        return store_int(setting, member, text, err);
    case SETTING_BOOL:
        return store_bool(member, text, err);
    case SETTING_SIZE:
        return store_size(setting, member, text, err);
    case SETTING_CHOICE:
        return store_choice(setting->choices, member, text, err);
    }
    abort();
}

void config_environment_name(const char *name, char out[CONFIG_NAME_SIZE])
{
    size_t len = strnlen(name, CONFIG_NAME_SIZE - 1);

    for (size_t i = 0; i < len; i++)
        out[i] = (char)(name[i] == '-' ? '_' : toupper((unsigned char)name[i]));
    out[len] = '\0';
}
