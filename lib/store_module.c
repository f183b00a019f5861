/* SPDX-License-Identifier: MIT */
/* Finding and loading the modules of stores. */
#include "store_adapter.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder that the program is in; false where that cannot be told. */
static bool program_folder(char *out, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", out, size - 1);
    char *slash;

    if (len <= 0)
        return false;
    out[len] = '\0';
    slash = strrchr(out, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

static void *load_from(const char *folder, const char *below, const char *name)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s%s/%s.so", folder, below, name);

    if (len < 0 || (size_t)len >= sizeof(path) || access(path, R_OK) != 0)
        return NULL;
    /* Never closed: libraries that come with it leave threads and handlers behind. */
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

const struct store_adapter *store_module(const char *name, struct error *err)
{
    const char *wanted = getenv("DECANT_MODULES");
    char folder[PATH_MAX];
    void *module = wanted && wanted[0] ? load_from(wanted, "", name) : NULL;
    const struct store_adapter *adapter;
    const char *why;

    dlerror();
    if (!module && program_folder(folder, sizeof(folder))) {
        module = load_from(folder, "", name);
        if (!module)
            module = load_from(folder, "/../lib/decant", name);
    }
    if (!module) {
        why = dlerror();
        fail(err, ERROR_INTERNAL, "the module %s.so is not to be had: %s", name,
             why ? why : "it is not beside the program");
        return NULL;
    }
    adapter = dlsym(module, name);
    if (!adapter)
        fail(err, ERROR_INTERNAL, "the module %s.so is none of this program's", name);
    return adapter;
}
