/* SPDX-License-Identifier: MIT */
#include "outbound_curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static struct curl_functions functions;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool look_up(void *library, const char *name, void *slot)
{
    void *symbol = dlsym(library, name);

    memcpy(slot, &symbol, sizeof(symbol));
    return symbol;
}

/* Never unloaded: libraries beneath it (OpenSSL) leave handlers behind that run at exit. */
static void load(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

    loaded = library && look_up(library, "curl_global_init", &functions.global_init) &&
             look_up(library, "curl_easy_init", &functions.easy_init) &&
             look_up(library, "curl_easy_setopt", &functions.setopt) &&
             look_up(library, "curl_easy_perform", &functions.perform) &&
             look_up(library, "curl_easy_getinfo", &functions.getinfo) &&
             look_up(library, "curl_easy_strerror", &functions.strerror) &&
             look_up(library, "curl_easy_cleanup", &functions.cleanup) &&
             look_up(library, "curl_slist_append", &functions.slist_append) &&
             look_up(library, "curl_slist_free_all", &functions.slist_free_all) &&
             functions.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const struct curl_functions *curl_load(struct error *err)
{
    pthread_once(&once, load);
    if (loaded)
        return &functions;
    fail(err, ERROR_INTERNAL, "libcurl.so.4 cannot be loaded (package libcurl4)");
    return NULL;
}
