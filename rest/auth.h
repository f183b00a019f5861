/* SPDX-License-Identifier: MIT */
/* Who asks, as the settings' AUTH knows people. Pure functions. */
#ifndef DECANT_REST_AUTH_H
#define DECANT_REST_AUTH_H

#include "settings.h"

struct person {
    const char *name;        /* in arena */
    const struct user *user; /* whose roles they have */
};

/* The person an Authorization header proves; false for NULL and whatever proves nothing. Basic:
 * name and password. Token: "Bearer x", "Token x", a bare x, or Basic with x as the name. */
bool auth_read(const struct auth *auth, struct arena *arena, const char *authorization,
               struct person *out);

/* Whether somebody has one of the roles; no roles ask for none. */
bool auth_has_role(const struct user *user, const struct texts *roles);

/* Whether the rows of a resource are their owners' alone, seen from elsewhere: by what embeds them
 * or refers to them. What anybody may read at its own address is not. */
bool auth_owns_rows(const struct resource *resource);

#endif
