/* SPDX-License-Identifier: MIT */
#include "images_trim.h"
#include "../lib/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNFINISHED_MS = 60 * 60 * 1000, NAME_SIZE = 72 };

struct seen {
    char name[NAME_SIZE];
    int64_t used_ms;
    size_t size;
};

struct seen_list {
    struct seen *items;
    size_t count, room;
    size_t bytes;
};

static void add_seen(struct seen_list *list, const char *name, const struct stat *stat)
{
    struct seen *one;

    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 256;
        list->items = reallocarray(list->items, list->room, sizeof(*list->items));
        if (!list->items)
            abort();
    }
    one = &list->items[list->count++];
    strncpy(one->name, name, NAME_SIZE - 1);
    one->name[NAME_SIZE - 1] = '\0';
    one->used_ms = stat->st_mtim.tv_sec * 1000 + stat->st_mtim.tv_nsec / 1000000;
    one->size = (size_t)stat->st_size;
    list->bytes += one->size;
}

/* Names of any other length are not ours and are left alone. */
static bool is_ours(const char *name, bool *unfinished)
{
    size_t len = strlen(name);

    *unfinished = strncmp(name, TRIM_UNFINISHED, strlen(TRIM_UNFINISHED)) == 0;
    return *unfinished ? len == TRIM_UNFINISHED_SIZE - 1
                       : len == 64 && name[strspn(name, "0123456789abcdef")] == '\0';
}

static void look(const struct trim *trim, struct seen_list *list)
{
    int fd = openat(trim->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    int64_t now = clock_now_ms();
    struct dirent *entry;

    while (directory && (entry = readdir(directory))) {
        struct stat stat;
        bool unfinished;

        if (!is_ours(entry->d_name, &unfinished) ||
            fstatat(trim->directory, entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (!unfinished)
            add_seen(list, entry->d_name, &stat);
        else if (now - stat.st_mtim.tv_sec * 1000 > UNFINISHED_MS)
            unlinkat(trim->directory, entry->d_name, 0);
    }
    if (directory)
        closedir(directory);
}

static int by_last_use(const void *a, const void *b)
{
    const struct seen *one = a, *other = b;

    if (one->used_ms != other->used_ms)
        return one->used_ms < other->used_ms ? -1 : 1;
    return strcmp(one->name, other->name);
}

void trim_added(struct trim *trim, size_t bytes)
{
    struct seen_list list = {0};

    trim->bytes += bytes;
    if (trim->looked && trim->bytes <= trim->most_bytes)
        return;
    look(trim, &list);
    trim->looked = true;
    trim->bytes = list.bytes;
    if (trim->bytes > trim->most_bytes) {
        qsort(list.items, list.count, sizeof(*list.items), by_last_use);
        for (size_t i = 0; i < list.count && trim->bytes > trim->most_bytes / 10 * 9; i++)
            if (unlinkat(trim->directory, list.items[i].name, 0) == 0)
                trim->bytes -= list.items[i].size;
    }
    free(list.items);
}
