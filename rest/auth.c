/* SPDX-License-Identifier: MIT */
#include "auth.h"

#include "../lib/identity.h"

#include <string.h>
#include <strings.h>

/* All users are compared, so that the time tells nothing about names. */
static bool read_basic(const struct auth *auth, struct arena *arena, const char *authorization,
                       struct person *out)
{
    const char *name, *password;
    bool found = false;

    if (!identity_basic(arena, authorization, &name, &password))
        return false;
    for (size_t i = 0; i < auth->user_count; i++) {
        const struct user *user = &auth->users[i];
        bool meant = identity_equal(user->name, name) | identity_equal(user->name, "*");

        if (meant & identity_equal(user->secret, password)) {
            *out = (struct person){name, user};
            found = true;
        }
    }
    return found;
}

static const char *token_of(struct arena *arena, const char *authorization)
{
    static const char *const schemes[] = {"bearer ", "token "};
    const char *name, *password;

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strncasecmp(authorization, schemes[i], strlen(schemes[i])) == 0) {
            authorization += strlen(schemes[i]);
            return authorization + strspn(authorization, " ");
        }
    if (identity_basic(arena, authorization, &name, &password))
        return name;
    return authorization;
}

static bool read_token(const struct auth *auth, struct arena *arena, const char *authorization,
                       struct person *out)
{
    const char *token = token_of(arena, authorization);
    bool found = false;

    for (size_t i = 0; i < auth->user_count; i++)
        if (identity_equal(auth->users[i].secret, token)) {
            *out = (struct person){auth->users[i].name, &auth->users[i]};
            found = true;
        }
    return found && *token;
}

bool auth_read(const struct auth *auth, struct arena *arena, const char *authorization,
               struct person *out)
{
    if (!authorization)
        return false;
    return auth->kind == AUTH_BASIC ? read_basic(auth, arena, authorization, out)
                                    : read_token(auth, arena, authorization, out);
}

bool auth_has_role(const struct user *user, const struct texts *roles)
{
    if (!roles->count)
        return true;
    for (size_t i = 0; i < roles->count; i++)
        for (size_t j = 0; j < user->role_count; j++)
            if (strcmp(roles->items[i], user->roles[j]) == 0)
                return true;
    return false;
}

bool auth_owns_rows(const struct resource *resource)
{
    return resource->auth_field && resource->authentication &&
           resource->settings->auth.kind != AUTH_NONE &&
           !(resource->public_item_methods & METHOD_GET);
}
