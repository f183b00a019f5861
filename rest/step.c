/* SPDX-License-Identifier: MIT */
#include "step.h"

#include <string.h>

const char *step_rest(const struct step *step, const struct step *base, const char *path)
{
    if (step->outer != base) {
        path = step_rest(step->outer, base, path);
        if (!path || *path++ != '.')
            return NULL;
    }
    if (strncmp(path, step->key, step->len) != 0)
        return NULL;
    path += step->len;
    return *path == '\0' || *path == '.' ? path : NULL;
}
