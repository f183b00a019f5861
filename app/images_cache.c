/* SPDX-License-Identifier: MIT */
/* The directory is the truth: a file's name is its key, its time of change is when it was last used
 * (written once an hour at most), its head says what it holds. So nothing has to be read at start,
 * and a restart, another process or a person with rm change nothing. */
#include "images_cache.h"
#include "images_hot.h"
#include "images_trim.h"
#include "../lib/clock.h"
#include "../lib/random.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { USE_STEP_MS = 60 * 60 * 1000, MOST_FILE = 16 * 1024 * 1024 };

static const char MAGIC[4] = {'D', 'P', 'C', '1'};

/* In the machine's own byte order: a cache is not carried from one to another. */
struct head {
    char magic[4];
    uint32_t checksum;
    int64_t expires_ms;
    uint32_t len;
    uint8_t tag;
    uint8_t unused[3];
};

struct cache {
    int directory;
    struct hot *hot;
    pthread_mutex_t trim_lock;
    struct trim trim;
};

/* -- opening ------------------------------------------------------------------------------------
 */

static bool make_directories(const char *path)
{
    char *partial = strdup(path);
    char *slash = partial;
    bool made = true;

    if (!partial)
        abort();
    while (made && *slash && (slash = strchr(slash + 1, '/'))) {
        *slash = '\0';
        made = mkdir(partial, 0755) == 0 || errno == EEXIST;
        *slash = '/';
    }
    free(partial);
    return made && (mkdir(path, 0755) == 0 || errno == EEXIST);
}

struct cache *cache_open(const char *directory, size_t most_bytes, struct error *err)
{
    struct cache *cache;
    int fd = -1;

    if (make_directories(directory))
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || faccessat(fd, ".", W_OK | X_OK, 0) != 0) {
        fail(err, ERROR_INTERNAL, "%.150s: %s", directory, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    cache = calloc(1, sizeof(*cache));
    if (!cache)
        abort();
    cache->directory = fd;
    cache->hot = hot_open();
    cache->trim = (struct trim){.directory = fd, .most_bytes = most_bytes};
    pthread_mutex_init(&cache->trim_lock, NULL);
    return cache;
}

void cache_close(struct cache *cache)
{
    if (!cache)
        return;
    hot_close(cache->hot);
    pthread_mutex_destroy(&cache->trim_lock);
    close(cache->directory);
    free(cache);
}

/* -- reading ------------------------------------------------------------------------------------
 */

static bool read_whole(int fd, char *bytes, size_t len)
{
    while (len) {
        ssize_t got = read(fd, bytes, len);

        if (got <= 0)
            return false;
        bytes += got;
        len -= (size_t)got;
    }
    return true;
}

static bool read_file(const struct cache *cache, const char *key, struct arena *arena,
                      struct hot_file *out)
{
    int fd = openat(cache->directory, key, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat stat;
    char *bytes = NULL;

    if (fd < 0)
        return false;
    if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size <= MOST_FILE) {
        bytes = arena_alloc(arena, (size_t)stat.st_size);
        if (!read_whole(fd, bytes, (size_t)stat.st_size))
            bytes = NULL;
        *out = (struct hot_file){bytes, (size_t)stat.st_size,
                                 stat.st_mtim.tv_sec * 1000 + stat.st_mtim.tv_nsec / 1000000};
    }
    close(fd);
    return bytes;
}

/* False for what is no whole file of ours, as a power cut may leave one, or is over. */
static bool open_head(const struct hot_file *file, struct cached *out)
{
    struct head head;

    if (file->len < sizeof(head))
        return false;
    memcpy(&head, file->bytes, sizeof(head));
    if (memcmp(head.magic, MAGIC, sizeof(MAGIC)) != 0 || head.len != file->len - sizeof(head) ||
        (head.expires_ms && head.expires_ms <= clock_now_ms()))
        return false;
    *out = (struct cached){file->bytes + sizeof(head), head.len, head.expires_ms, head.checksum,
                           head.tag};
    return true;
}

static uint32_t checksum(const struct cached *entry)
{
    return (uint32_t)crc32(0, (const Bytef *)entry->bytes, (uInt)entry->len);
}

static void mark_used(struct cache *cache, const char *key, int64_t now)
{
    struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = now / 1000, .tv_nsec = now % 1000 * 1000000},
    };

    utimensat(cache->directory, key, times, AT_SYMLINK_NOFOLLOW);
}

bool cache_get(struct cache *cache, const char *key, struct arena *arena, struct cached *out)
{
    struct hot_file file;
    struct cached entry;
    int64_t now = clock_now_ms();
    bool was_hot = hot_get(cache->hot, key, arena, &file);
    bool is_hot = was_hot;

    if (!was_hot && !read_file(cache, key, arena, &file))
        return false;
    if (!open_head(&file, &entry) || (!was_hot && checksum(&entry) != entry.checksum)) {
        hot_drop(cache->hot, key);
        return false;
    }
    if (now - file.used_ms > USE_STEP_MS) {
        mark_used(cache, key, now);
        file.used_ms = now;
        is_hot = false;
    }
    if (!is_hot)
        hot_put(cache->hot, key, &file);
    *out = entry;
    return true;
}

/* -- writing ------------------------------------------------------------------------------------
 */

static bool write_whole(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len) {
        ssize_t put = write(fd, at, len);

        if (put < 0)
            return false;
        at += put;
        len -= (size_t)put;
    }
    return true;
}

static bool write_file(const struct cache *cache, const char *name, const struct cached *entry)
{
    struct head head = {.checksum = entry->checksum,
                        .expires_ms = entry->expires_ms,
                        .len = (uint32_t)entry->len,
                        .tag = entry->tag};
    int fd = openat(cache->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool written;

    if (fd < 0)
        return false;
    memcpy(head.magic, MAGIC, sizeof(MAGIC));
    written = write_whole(fd, &head, sizeof(head)) && write_whole(fd, entry->bytes, entry->len);
    return close(fd) == 0 && written;
}

bool cache_put(struct cache *cache, const char *key, struct cached *entry, struct error *err)
{
    char name[TRIM_UNFINISHED_SIZE] = TRIM_UNFINISHED;

    entry->checksum = checksum(entry);
    if (entry->len > MOST_FILE - sizeof(struct head))
        return fail(err, ERROR_INTERNAL, "the picture is too large to be kept");
    random_hex(name + strlen(TRIM_UNFINISHED), 16);
    if (!write_file(cache, name, entry) ||
        renameat(cache->directory, name, cache->directory, key) != 0) {
        fail(err, ERROR_INTERNAL, "the picture cannot be kept: %s", strerror(errno));
        unlinkat(cache->directory, name, 0);
        return false;
    }
    mark_used(cache, key, clock_now_ms());
    hot_drop(cache->hot, key);
    pthread_mutex_lock(&cache->trim_lock);
    trim_added(&cache->trim, sizeof(struct head) + entry->len);
    pthread_mutex_unlock(&cache->trim_lock);
    return true;
}
