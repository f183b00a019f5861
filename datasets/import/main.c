/* SPDX-License-Identifier: MIT */
/* import - loads posts into a store: what mongoexport writes, or a Stack Exchange dump. */
#include "../../app/posts.h"
#include "../../lib/clock.h"
#include "../../lib/config.h"
#include "../../lib/store_settings.h"
#include "loader.h"
#include "mongo.h"
#include "source.h"
#include "stack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The exit status where all was read and records were bad, but not all of them. */
enum { SOME_BAD = 3 };
enum { FORMAT_REDDIT, FORMAT_STACKEXCHANGE };

struct options {
    struct store_settings store;
    int format;
    const char *site;
    bool strict;
};

static const struct setting settings[] = {
    {"store", SETTING_TEXT, offsetof(struct options, store.address), NULL,
     "where to load to, such as sqlite:var/reddit.db or mongodb://localhost/reddit", 0, 0, NULL},
    {"format", SETTING_CHOICE, offsetof(struct options, format), "reddit",
     "what the files are: mongoexport's JSON, or a dump's Posts.xml", 0, 0, "reddit|stackexchange"},
    {"site", SETTING_TEXT, offsetof(struct options, site), "",
     "host a dump is from, for links and ids, such as beer.stackexchange.com", 0, 0, NULL},
    {"strict", SETTING_BOOL, offsetof(struct options, strict), "false",
     "stop at the first bad record and load nothing", 0, 0, NULL},
    {0},
};

struct import {
    struct options options;
    struct store *store;
    struct loader *loader;
    struct source *sources;
    size_t count;
};

/* False if reading is to end here; err has a kind only if something failed. */
static bool read_source(struct import *import, const struct source *source, struct error *err)
{
    const struct intake *intake = loader_intake(import->loader);
    FILE *file = source_open(source, err);
    enum intake_end end;

    if (!file)
        return false;
    loader_file(import->loader, source_name(source));
    end = import->options.format == FORMAT_STACKEXCHANGE
              ? stack_read(file, import->options.site, intake, err)
              : mongo_read(file, intake, err);
    source_close(source, file);
    if (end == INTAKE_FAILED) {
        struct error why = *err;

        return fail(err, why.kind, "%s %s", source_name(source), why.message);
    }
    if (end == INTAKE_STOPPED)
        loader_failed(import->loader, err);
    return end == INTAKE_ALL;
}

static bool read_all(struct import *import, struct error *err)
{
    for (size_t i = 0; i < import->count; i++)
        if (!read_source(import, &import->sources[i], err))
            return false;
    return true;
}

/* All as one change. May be run again: each run starts over. */
static bool load_inside(void *context, struct store *store, struct error *err)
{
    struct import *import = context;

    (void)store;
    err->kind = ERROR_NONE;
    loader_restart(import->loader);
    return read_all(import, err);
}

/* First everything is looked at, which finds nearly all faults without keeping other writers
 * waiting, then loaded as one change, so that what only the store can refuse undoes all the rest.
 */
static bool load_strictly(struct import *import, struct error *err)
{
    for (size_t i = 0; i < import->count; i++)
        if (!source_keep(&import->sources[i], err))
            return false;
    loader_mode(import->loader, LOADER_CHECKS);
    if (!read_all(import, err))
        return false;
    loader_mode(import->loader, LOADER_INSIDE);
    if (store_write(import->store, load_inside, import, err))
        return true;
    loader_complain(import->loader);
    return false;
}

static bool load_in_batches(struct import *import, struct error *err)
{
    for (size_t i = 0; i < import->count; i++) {
        bool read = read_source(import, &import->sources[i], err);
        struct error flushing;

        /* What was read before a file broke off is good. */
        if (!loader_flush(import->loader, &flushing)) {
            *err = flushing;
            return false;
        }
        if (!read)
            return false;
    }
    return true;
}

static void tell(const struct import *import, int64_t took_us, bool complete)
{
    struct loader_counts counts = loader_counts(import->loader);
    uint64_t loaded = counts.added + counts.changed + counts.equal;

    if (import->options.strict && !complete) {
        puts("nothing was loaded");
        return;
    }
    printf("%" PRIu64 " post%s in %.1f s: %" PRIu64 " added, %" PRIu64 " changed, %" PRIu64
           " as they were; %" PRIu64 " bad",
           loaded, loaded == 1 ? "" : "s", (double)took_us / 1e6, counts.added, counts.changed,
           counts.equal, counts.bad);
    if (counts.left_out)
        printf(", %" PRIu64 " left out as no posts", counts.left_out);
    puts(complete ? "" : " (not all was read)");
}

static bool open_store(struct import *import, struct error *err)
{
    static const struct collection *const collections[] = {&posts_collection};
    struct store_options options = store_settings_options(&import->options.store);

    options.queue = 4;
    /* Loading again completes what was broken off, so that transactions are not needed unless it is
     * to be all or nothing. */
    options.needs_set = import->options.strict ? "--strict" : NULL;
    options.cache_kib = 64 << 10;
    import->store = store_open(import->options.store.address, &options, err);
    return import->store && store_prepare(import->store, collections, 1, err);
}

/* The exit status. */
static int run(struct import *import)
{
    int64_t start = clock_monotonic_us();
    struct error err = {0};
    struct loader_counts counts;
    bool complete;

    if (!open_store(import, &err)) {
        fprintf(stderr, "import: %s\n", err.message);
        store_close(import->store);
        return 1;
    }
    err.kind = ERROR_NONE;
    import->loader = loader_open(import->store, stderr);
    complete = import->options.strict ? load_strictly(import, &err) : load_in_batches(import, &err);
    if (!complete && err.kind != ERROR_NONE)
        fprintf(stderr, "import: %s\n", err.message);
    loader_quiet(import->loader);
    tell(import, clock_monotonic_us() - start, complete);
    counts = loader_counts(import->loader);
    loader_close(import->loader);
    store_thread_end(import->store);
    store_close(import->store);
    if (!complete || (counts.bad && !counts.added && !counts.changed && !counts.equal))
        return 1;
    return counts.bad ? SOME_BAD : 0;
}

static bool is_host(const char *site)
{
    return strlen(site) <= 100 &&
           strspn(site, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(site);
}

int main(int argc, char **argv)
{
    struct import import = {0};
    const struct setting_group groups[] = {{settings, &import.options},
                                           {store_remote_setting_table, &import.options.store},
                                           {NULL, NULL}};
    const struct program program = {
        .name = "import",
        .about = "Loads posts into a store; those that are there already are updated.",
        .arguments = "FILE…",
        .groups = groups,
    };
    int first;
    int status;

    first = config_load_or_exit(&program, argc, argv);
    if (first == argc || !is_host(import.options.site)) {
        fprintf(stderr, "import: %s\n",
                first == argc ? "name the files to load (- is standard input)"
                              : "--site must be a host such as beer.stackexchange.com");
        return 2;
    }
    import.count = (size_t)(argc - first);
    import.sources = calloc(import.count, sizeof(*import.sources));
    if (!import.sources)
        abort();
    for (size_t i = 0; i < import.count; i++)
        import.sources[i].name = argv[first + (int)i];
    status = run(&import);
    for (size_t i = 0; i < import.count; i++)
        source_release(&import.sources[i]);
    free(import.sources);
    return status;
}
