/* SPDX-License-Identifier: MIT */
/* Where a store's file is: a path, or a private folder for one in memory. */
#include "store_sqlite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_parents(const char *path, struct error *err)
{
    char *copy = strdup(path);
    bool ok = true;

    if (!copy)
        abort();
    for (char *at = copy + 1; ok && *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        ok = mkdir(copy, 0777) == 0 || errno == EEXIST;
        if (!ok)
            fail(err, ERROR_INTERNAL, "the folder %s cannot be made: %s", copy, strerror(errno));
        *at = '/';
    }
    free(copy);
    return ok;
}

/* -- private folders ---------------------------------------------------------------------------
 * Each is locked (flock) by who uses it, so that what a killed process left behind is known by its
 * missing lock and taken away by the next that makes one. */

static const char prefix[] = "decant-memory-";

static void empty_and_remove(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;

    if (!folder)
        return;
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(path);
}

/* The folder's descriptor with its lock; -1 if somebody has it, or it is gone. */
static int lock_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat held, named;

    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 && stat(path, &named) == 0 &&
        held.st_ino == named.st_ino && held.st_uid == geteuid())
        return fd;
    close(fd);
    return -1;
}

static void remove_forgotten(const char *parent)
{
    DIR *folder = opendir(parent);
    struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        char path[512];
        int fd;

        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 ||
            snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name) >= (int)sizeof(path))
            continue;
        fd = lock_folder(path);
        if (fd < 0)
            continue;
        empty_and_remove(path);
        close(fd);
    }
    if (folder)
        closedir(folder);
}

/* A new folder, locked. Another process may have taken it for forgotten before it was. */
static bool make_folder(struct sqlite_store *store, const char *parent)
{
    for (int tries = 0; tries < 10; tries++) {
        char *name;

        if (asprintf(&name, "%s/%sXXXXXX", parent, prefix) < 0)
            abort();
        if (mkdtemp(name)) {
            store->directory_lock = lock_folder(name);
            if (store->directory_lock >= 0) {
                store->directory = name;
                return true;
            }
        }
        free(name);
    }
    return false;
}

/* A folder in memory where there is one. */
static bool make_private(struct sqlite_store *store, struct error *err)
{
    const char *const parents[] = {"/dev/shm", getenv("TMPDIR"), "/tmp"};

    for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
        if (!parents[i] || !*parents[i])
            continue;
        remove_forgotten(parents[i]);
        if (!make_folder(store, parents[i]))
            continue;
        if (asprintf(&store->path, "%s/store.db", store->directory) < 0)
            abort();
        return true;
    }
    return fail(err, ERROR_INTERNAL, "no folder for a store in memory can be made: %s",
                strerror(errno));
}

bool place_find(struct sqlite_store *store, const char *rest, struct error *err)
{
    if (strcmp(rest, ":memory:") == 0)
        return make_private(store, err);
    if (!*rest)
        return fail(err, ERROR_INTERNAL, "'sqlite:' lacks the path of a file");
    store->path = strdup(rest);
    if (!store->path)
        abort();
    if (store->options.read_only)
        return access(rest, R_OK) == 0 ||
               fail(err, ERROR_INTERNAL, "%s cannot be opened: %s", rest, strerror(errno));
    return make_parents(rest, err);
}

void place_remove(struct sqlite_store *store)
{
    if (!store->directory)
        return;
    empty_and_remove(store->directory);
    close(store->directory_lock);
}
