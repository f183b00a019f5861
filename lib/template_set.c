/* SPDX-License-Identifier: MIT */
/* All templates of a directory: found, compiled, tied together, and compiled again when changed. */
#include "template.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "template_node.h"

enum { MAX_FILE = 1 << 24 };

static const char suffix[] = ".mustache";

struct templates {
    char *directory; /* NULL: from memory */
    bool reload;
    pthread_mutex_t mutex; /* over newest, which changes only with reload */
    struct template_set *newest;
};

static void set_free(struct template_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        arena_release(&set->templates[i].arena);
    free(set->templates);
    free(set);
}

static struct template *add_template(struct template_set *set, const char *name, size_t len)
{
    struct template *template;

    if ((set->count & (set->count - 1)) == 0) {
        size_t room = set->count ? set->count * 2 : 1;

        set->templates = realloc(set->templates, room * sizeof(*set->templates));
        if (!set->templates)
            abort();
    }
    template = &set->templates[set->count++];
    *template = (struct template){.set = set};
    template->name = arena_copy(&template->arena, name, len);
    return template;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct template *)a)->name, ((const struct template *)b)->name);
}

static int compare_names(const struct template *template, const char *name, size_t len)
{
    size_t own = strlen(template->name);
    int order = memcmp(template->name, name, own < len ? own : len);

    return order || own == len ? order : (own < len ? -1 : 1);
}

const struct template *template_find(const struct template_set *set, const char *name, size_t len)
{
    size_t low = 0;
    size_t high = set->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_names(&set->templates[middle], name, len);

        if (order == 0)
            return &set->templates[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool read_all(int fd, char *out, size_t len)
{
    while (len) {
        ssize_t got = read(fd, out, len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        out += got;
        len -= (size_t)got;
    }
    return true;
}

static bool read_open_file(struct template *template, int fd, struct error *err)
{
    char *source;

    if (fstat(fd, &template->stat) != 0 || !S_ISREG(template->stat.st_mode) ||
        template->stat.st_size > MAX_FILE)
        return fail(err, ERROR_INTERNAL, "%s is not a file of at most %d bytes", template->path,
                    MAX_FILE);
    template->len = (size_t) template->stat.st_size;
    source = arena_alloc(&template->arena, template->len + 1);
    template->source = source;
    if (!read_all(fd, source, template->len))
        return fail(err, ERROR_INTERNAL, "%s cannot be read", template->path);
    return true;
}

static bool read_file(struct template *template, struct error *err)
{
    int fd = open(template->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool ok;

    if (fd < 0)
        return fail(err, ERROR_INTERNAL, "%s: %s", template->path, strerror(errno));
    ok = read_open_file(template, fd, err);
    close(fd);
    return ok;
}

static bool resolve(struct template *template, bool missing_ok, struct error *err)
{
    for (struct node *node = template->references; node; node = node->next_reference) {
        struct slice name = node->text;

        node->target = template_find(template->set, name.bytes, name.len);
        if (!node->target && !missing_ok)
            return template_fail_at(template, name.bytes, err, "there is no template %.*s",
                                    (int)name.len, name.bytes);
    }
    return true;
}

static bool compile_all(struct template_set *set, bool missing_ok, struct error *err)
{
    for (size_t i = 0; i < set->count; i++)
        if (!template_parse(&set->templates[i], err))
            return false;
    for (size_t i = 0; i < set->count; i++)
        if (!resolve(&set->templates[i], missing_ok, err))
            return false;
    return true;
}

static void list_directory(struct template_set *set, const char *directory, DIR *dir)
{
    struct dirent *entry;

    while ((entry = readdir(dir))) {
        size_t len = strlen(entry->d_name);
        struct template *template;

        if (entry->d_name[0] == '.' || len < sizeof(suffix) ||
            strcmp(entry->d_name + len - (sizeof(suffix) - 1), suffix) != 0)
            continue;
        template = add_template(set, entry->d_name, len - (sizeof(suffix) - 1));
        template->path = arena_printf(&template->arena, "%s/%s", directory, entry->d_name);
    }
    qsort(set->templates, set->count, sizeof(*set->templates), by_name);
}

static bool read_files(struct template_set *set, struct error *err)
{
    for (size_t i = 0; i < set->count; i++)
        if (!read_file(&set->templates[i], err))
            return false;
    return true;
}

static struct template_set *set_new(void)
{
    struct template_set *set = calloc(1, sizeof(*set));

    if (!set)
        abort();
    return set;
}

static struct template_set *load(const char *directory, struct error *err)
{
    struct template_set *set;
    DIR *dir = opendir(directory);

    if (!dir) {
        fail(err, ERROR_INTERNAL, "templates cannot be read from %s: %s", directory,
             strerror(errno));
        return NULL;
    }
    set = set_new();
    fstat(dirfd(dir), &set->directory);
    list_directory(set, directory, dir);
    closedir(dir);
    if (read_files(set, err) && compile_all(set, false, err))
        return set;
    set_free(set);
    return NULL;
}

static struct templates *templates_new(struct template_set *set)
{
    struct templates *templates = calloc(1, sizeof(*templates));

    if (!templates)
        abort();
    templates->newest = set;
    pthread_mutex_init(&templates->mutex, NULL);
    return templates;
}

struct templates *templates_open(const char *directory, bool reload, struct error *err)
{
    struct template_set *set = load(directory, err);
    struct templates *templates;

    if (!set)
        return NULL;
    templates = templates_new(set);
    templates->reload = reload;
    templates->directory = strdup(directory);
    if (!templates->directory)
        abort();
    return templates;
}

struct templates *templates_from_memory(const struct template_source *sources, size_t count,
                                        bool missing_ok, struct error *err)
{
    struct template_set *set = set_new();

    for (size_t i = 0; i < count; i++) {
        struct template *template = add_template(set, sources[i].name, strlen(sources[i].name));

        template->path = template->name;
        template->source = arena_copy(&template->arena, sources[i].text, sources[i].len);
        template->len = sources[i].len;
    }
    if (count)
        qsort(set->templates, set->count, sizeof(*set->templates), by_name);
    if (compile_all(set, missing_ok, err))
        return templates_new(set);
    set_free(set);
    return NULL;
}

void templates_close(struct templates *templates)
{
    struct template_set *set;

    if (!templates)
        return;
    set = templates->newest;
    while (set) {
        struct template_set *older = set->older;

        set_free(set);
        set = older;
    }
    pthread_mutex_destroy(&templates->mutex);
    free(templates->directory);
    free(templates);
}

static bool same_file(const char *path, const struct stat *old)
{
    struct stat now;

    return stat(path, &now) == 0 && now.st_ino == old->st_ino && now.st_size == old->st_size &&
           now.st_mtim.tv_sec == old->st_mtim.tv_sec && now.st_mtim.tv_nsec == old->st_mtim.tv_nsec;
}

static bool up_to_date(const struct templates *templates)
{
    const struct template_set *set = templates->newest;

    if (!same_file(templates->directory, &set->directory))
        return false;
    for (size_t i = 0; i < set->count; i++)
        if (!same_file(set->templates[i].path, &set->templates[i].stat))
            return false;
    return true;
}

/* The newest set that compiles, or NULL. What was handed out before stays as it is: its set is kept
 * until the end. */
static const struct template_set *refresh(struct templates *templates, struct error *err)
{
    const struct template_set *newest = NULL;
    struct template_set *set;

    pthread_mutex_lock(&templates->mutex);
    if (up_to_date(templates)) {
        newest = templates->newest;
    } else if ((set = load(templates->directory, err))) {
        set->older = templates->newest;
        templates->newest = set;
        newest = set;
    }
    pthread_mutex_unlock(&templates->mutex);
    return newest;
}

const struct template *templates_get(struct templates *templates, const char *name,
                                     struct error *err)
{
    const struct template_set *set =
        templates->reload ? refresh(templates, err) : templates->newest;
    const struct template *template = set ? template_find(set, name, strlen(name)) : NULL;

    if (set && !template)
        fail(err, ERROR_INTERNAL, "there is no template %s", name);
    return template;
}
