/* SPDX-License-Identifier: MIT */
/* AUTH: users and their secrets. Eve has a class in Python there. */
#include "settings_tables.h"

#include <string.h>

static void read_kind(const struct spot *spot, const struct entry *entry, void *member)
{
    enum auth_kind *kind = member;
    const char *text;

    (void)entry;
    if (!take_text(spot, &text))
        return;
    if (strcmp(text, "basic") == 0)
        *kind = AUTH_BASIC;
    else if (strcmp(text, "token") == 0)
        *kind = AUTH_TOKEN;
    else if (strcmp(text, "hmac") == 0)
        mistake(spot, "is not supported: HMAC needs code in Python that knows the secrets");
    else
        mistake(spot, "must be \"basic\" or \"token\", not %.40s", text);
}

static void read_secret(const struct spot *spot, const struct entry *entry, void *member)
{
    const char *text;

    (void)entry;
    if (!take_text(spot, &text))
        return;
    if (!*text)
        mistake(spot, "must not be empty");
    else
        *(const char **)member = text;
}

static void read_roles(const struct spot *spot, const struct entry *entry, void *member)
{
    struct user *user = member;
    struct texts roles = {0};

    read_texts(spot, entry, &roles);
    user->roles = roles.items;
    user->role_count = roles.count;
}

static const struct entry user_entries[] = {
    {.name = "secret", .read = read_secret, .offset = offsetof(struct user, secret)},
    {.name = "roles", .read = read_roles},
    {0},
};

static void read_user(const struct spot *spot, struct user *user)
{
    struct entries tables[] = {{.keys = user_entries, .into = user}, {0}};
    struct spot secret;

    *user = (struct user){.name = spot->name};
    if (!*spot->name || strchr(spot->name, ':'))
        mistake(spot, "a user's name must not be empty or hold ':'");
    if (json_type(spot->value) == JSON_TEXT) {
        read_secret(spot, &user_entries[0], &user->secret);
    } else if (json_type(spot->value) == JSON_OBJECT) {
        entries_read(spot, tables, KEYS_PLAIN);
        if (!spot_get(spot, "secret", &secret))
            mistake(spot, "needs a secret");
    } else {
        mistake_type(spot, "a secret, or an object with secret and roles");
    }
}

static void read_users(const struct spot *spot, const struct entry *entry, void *member)
{
    struct auth *auth = member;
    struct user *users;
    struct spots members;
    struct spot user;

    (void)entry;
    if (!take_type(spot, JSON_OBJECT, "an object of users"))
        return;
    users = arena_zalloc(spot->reader->arena, json_count(spot->value) * sizeof(*users));
    spot_each(spot, &members);
    while (spot_next(&members, &user))
        read_user(&user, &users[auth->user_count++]);
    auth->users = users;
}

static const struct entry auth_entries[] = {
    {.name = "type", .read = read_kind, .offset = offsetof(struct auth, kind)},
    {.name = "users", .read = read_users},
    {.name = "realm",
     .read = read_header_text,
     .offset = offsetof(struct auth, realm),
     .initial = "\"eve\""},
    {0},
};

void read_auth(const struct spot *spot, const struct entry *entry, void *member)
{
    struct auth *auth = member;
    struct entries tables[] = {{.keys = auth_entries, .into = auth}, {0}};
    struct spot part;

    (void)entry;
    if (json_type(spot->value) == JSON_NULL)
        return;
    entries_defaults(spot->reader, tables);
    entries_read(spot, tables, KEYS_PLAIN);
    if (json_type(spot->value) != JSON_OBJECT)
        return;
    if (!spot_get(spot, "type", &part))
        mistake(spot, "needs a type: \"basic\" or \"token\"");
    if (!spot_get(spot, "users", &part))
        mistake(spot, "needs users: {NAME: SECRET}");
}
