/* SPDX-License-Identifier: MIT */
#include "files.h"

#include "arena.h"
#include "buf.h"
#include "hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { MOST_DEPTH = 8, GZIP_LEAST = 256 };
static const size_t most_bytes = 64 << 20;

/* What a directory held at one time. In reload mode older ones stay until the end. */
struct snapshot {
    struct snapshot *older;
    struct arena arena;
    struct file *files; /* sorted by path */
    size_t count;
    size_t cap;
    size_t bytes;
    uint64_t state; /* of names, sizes and times */
};

struct files {
    char *directory;
    bool reload;
    pthread_mutex_t lock; /* only taken in reload mode */
    struct snapshot *now;
};

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".html", "text/html; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".svg", "image/svg+xml; charset=utf-8"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".ico", "image/x-icon"},
        {".webp", "image/webp"},
        {".woff2", "font/woff2"},
        {".wasm", "application/wasm"},
    };
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcasecmp(dot, types[i][0]) == 0)
            return types[i][1];
    return "application/octet-stream";
}

static bool compressible(const char *type)
{
    return strncmp(type, "text/", 5) == 0 || strstr(type, "json") || strstr(type, "svg");
}

/* The gzip form of a file, where it is smaller. */
static void compress_file(struct arena *arena, struct file *file)
{
    z_stream stream = {0};
    size_t size;

    if (file->len < GZIP_LEAST || !compressible(file->type) ||
        deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    size = deflateBound(&stream, file->len);
    stream.next_in = (unsigned char *)(uintptr_t)file->bytes;
    stream.avail_in = (unsigned)file->len;
    stream.next_out = arena_alloc(arena, size);
    stream.avail_out = (unsigned)size;
    file->gzip = (const char *)stream.next_out;
    if (deflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out < file->len)
        file->gzip_len = stream.total_out;
    else
        file->gzip = NULL;
    deflateEnd(&stream);
}

static bool read_whole(int fd, size_t len, char *out)
{
    while (len) {
        ssize_t got = read(fd, out, len);

        if (got <= 0)
            return false;
        out += got;
        len -= (size_t)got;
    }
    return true;
}

/* A file of the tree that is being read. */
struct found {
    int directory; /* open */
    const char *name;
    const char *path; /* below the top */
    const struct stat *status;
};

static bool add_file(struct snapshot *snapshot, const struct found *found, struct error *err)
{
    size_t len = (size_t)found->status->st_size;
    char *bytes = arena_alloc(&snapshot->arena, len);
    int fd = openat(found->directory, found->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool good = fd >= 0 && read_whole(fd, len, bytes);
    struct file file = {.bytes = bytes, .len = len, .path = found->path};
    uint64_t tag = HASH_START;

    if (fd >= 0)
        close(fd);
    if (!good)
        return fail(err, ERROR_INTERNAL, "cannot read the file %s", found->path);
    hash_bytes(&tag, bytes, len);
    file.type = type_of(file.path);
    file.etag = arena_printf(&snapshot->arena, "\"%016" PRIx64 "\"", tag);
    file.gzip_etag = arena_printf(&snapshot->arena, "\"%016" PRIx64 "-gzip\"", tag);
    compress_file(&snapshot->arena, &file);
    if (snapshot->count == snapshot->cap) {
        snapshot->cap = snapshot->cap ? 2 * snapshot->cap : 16;
        snapshot->files = realloc(snapshot->files, snapshot->cap * sizeof(file));
        if (!snapshot->files)
            abort();
    }
    snapshot->files[snapshot->count++] = file;
    return true;
}

/* Where the walk through a tree stands. */
struct walk {
    struct snapshot *into; /* takes the files' state, and the files unless only_state */
    bool only_state;
    int depth;
};

static bool walk_directory(struct walk *walk, int directory, const char *prefix, struct error *err);

static bool walk_entry(struct walk *walk, int directory, struct found *found, struct error *err)
{
    const struct stat *status = found->status;
    int inner;

    if (S_ISDIR(status->st_mode) && walk->depth < MOST_DEPTH) {
        inner = openat(directory, found->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return inner < 0 || walk_directory(walk, inner, found->path, err);
    }
    if (!S_ISREG(status->st_mode))
        return true;
    hash_bytes(&walk->into->state, found->path, strlen(found->path));
    hash_bytes(&walk->into->state, &status->st_mtim, sizeof(status->st_mtim));
    hash_bytes(&walk->into->state, &status->st_size, sizeof(status->st_size));
    walk->into->bytes += (size_t)status->st_size;
    if (walk->into->bytes > most_bytes)
        return fail(err, ERROR_INTERNAL, "static files of more than 64 MiB");
    return walk->only_state || add_file(walk->into, found, err);
}

/* Takes directory, an open one. */
static bool walk_directory(struct walk *walk, int directory, const char *prefix, struct error *err)
{
    DIR *stream = fdopendir(directory);
    struct dirent *entry;
    bool good = true;

    if (!stream) {
        close(directory);
        return fail(err, ERROR_INTERNAL, "cannot list static files: %s", strerror(errno));
    }
    walk->depth++;
    while (good && (entry = readdir(stream))) {
        struct stat status;
        struct found found = {.directory = directory, .name = entry->d_name, .status = &status};

        if (entry->d_name[0] == '.' ||
            fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        found.path =
            arena_printf(&walk->into->arena, "%s%s%s", prefix, *prefix ? "/" : "", entry->d_name);
        good = walk_entry(walk, directory, &found, err);
    }
    walk->depth--;
    closedir(stream);
    return good;
}

static void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    arena_release(&snapshot->arena);
    free(snapshot->files);
    free(snapshot);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static struct snapshot *take_snapshot(const char *directory, bool only_state, struct error *err)
{
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
    struct walk walk = {.into = snapshot, .only_state = only_state};
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (!snapshot)
        abort();
    if (fd < 0) {
        fail(err, ERROR_INTERNAL, "cannot read the directory %s: %s", directory, strerror(errno));
        free(snapshot);
        return NULL;
    }
    if (!walk_directory(&walk, fd, "", err)) {
        snapshot_free(snapshot);
        return NULL;
    }
    if (snapshot->count)
        qsort(snapshot->files, snapshot->count, sizeof(struct file), by_path);
    return snapshot;
}

struct files *files_open(const char *directory, bool reload, struct error *err)
{
    struct snapshot *now = take_snapshot(directory, false, err);
    struct files *files;

    if (!now)
        return NULL;
    files = calloc(1, sizeof(*files));
    if (!files || !(files->directory = strdup(directory)))
        abort();
    files->reload = reload;
    files->now = now;
    pthread_mutex_init(&files->lock, NULL);
    return files;
}

void files_close(struct files *files)
{
    if (!files)
        return;
    for (struct snapshot *at = files->now, *older; at; at = older) {
        older = at->older;
        snapshot_free(at);
    }
    pthread_mutex_destroy(&files->lock);
    free(files->directory);
    free(files);
}

/* Read the directory again if anything in it changed; what cannot be read now is tried next time.
 */
static void refresh(struct files *files)
{
    struct error err;
    struct snapshot *seen = take_snapshot(files->directory, true, &err);
    struct snapshot *fresh;

    if (seen && seen->state != files->now->state) {
        fresh = take_snapshot(files->directory, false, &err);
        if (fresh) {
            fresh->older = files->now;
            files->now = fresh;
        }
    }
    snapshot_free(seen);
}

const struct file *files_find(struct files *files, const char *path)
{
    struct file key = {.path = path};
    const struct snapshot *now;
    const struct file *found;

    if (files->reload) {
        pthread_mutex_lock(&files->lock);
        refresh(files);
    }
    now = files->now;
    found = now->count ? bsearch(&key, now->files, now->count, sizeof(key), by_path) : NULL;
    if (files->reload)
        pthread_mutex_unlock(&files->lock);
    return found;
}
