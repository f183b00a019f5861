/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool is_stdin(const struct source *source)
{
    return strcmp(source->name, "-") == 0;
}

const char *source_name(const struct source *source)
{
    return is_stdin(source) ? "stdin" : source->name;
}

FILE *source_open(const struct source *source, struct error *err)
{
    struct stat status;
    FILE *file;

    if (source->copy) {
        rewind(source->copy);
        return source->copy;
    }
    if (is_stdin(source))
        return stdin;
    file = fopen(source->name, "rbe");
    if (!file) {
        fail(err, ERROR_INVALID, "cannot open %s: %s", source->name, strerror(errno));
    } else if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        fail(err, ERROR_INVALID, "%s is a directory", source->name);
        fclose(file);
        file = NULL;
    }
    return file;
}

void source_close(const struct source *source, FILE *file)
{
    if (file != source->copy && file != stdin)
        fclose(file);
}

static bool copy_all(FILE *from, FILE *to)
{
    char block[64 * 1024];
    size_t len;

    while ((len = fread(block, 1, sizeof(block), from)) > 0)
        if (fwrite(block, 1, len, to) != len)
            return false;
    return !ferror(from) && fflush(to) == 0;
}

bool source_keep(struct source *source, struct error *err)
{
    struct stat status;
    FILE *file;
    bool good;

    if (!is_stdin(source) && stat(source->name, &status) == 0 && S_ISREG(status.st_mode))
        return true;
    file = source_open(source, err);
    if (!file)
        return false;
    source->copy = tmpfile();
    good = source->copy && copy_all(file, source->copy);
    if (!good)
        fail(err, ERROR_INTERNAL, "cannot keep a copy of %s: %s", source_name(source),
             strerror(errno));
    if (file != stdin)
        fclose(file);
    return good;
}

void source_release(struct source *source)
{
    if (source->copy)
        fclose(source->copy);
    source->copy = NULL;
}
