/* SPDX-License-Identifier: MIT */
#include "identity_key.h"

#include "random.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_DIGITS = 2 * IDENTITY_KEY_SIZE };

/* Write a new key under a name of its own and link it to path: whoever links first wins, and nobody
 * ever sees half a file. */
static bool make_key(const char *path, struct error *err)
{
    char line[KEY_DIGITS + 2];
    char suffix[17];
    char *temporary = NULL;
    bool made = false;
    int fd;

    random_hex(suffix, 8);
    random_hex(line, IDENTITY_KEY_SIZE);
    line[KEY_DIGITS] = '\n';
    if (asprintf(&temporary, "%s.%s", path, suffix) < 0)
        abort();
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        made = write(fd, line, KEY_DIGITS + 1) == KEY_DIGITS + 1 && fsync(fd) == 0;
        made = close(fd) == 0 && made;
        made = made && (link(temporary, path) == 0 || errno == EEXIST);
        unlink(temporary);
    }
    free(temporary);
    sodium_memzero(line, sizeof(line));
    return made ||
           fail(err, ERROR_INTERNAL, "cannot make the key file %s: %s", path, strerror(errno));
}

static bool read_line(const char *line, struct identity_keys *out)
{
    size_t digits = strcspn(line, "\r\n");
    size_t len;

    if (digits == 0)
        return true;
    if (digits != KEY_DIGITS || out->count == IDENTITY_MOST_KEYS ||
        sodium_hex2bin(out->keys[out->count], IDENTITY_KEY_SIZE, line, digits, NULL, &len, NULL) !=
            0 ||
        len != IDENTITY_KEY_SIZE)
        return false;
    out->count++;
    return true;
}

static bool read_keys(FILE *file, const char *path, struct identity_keys *out, struct error *err)
{
    char line[KEY_DIGITS + 64];
    struct stat status;
    bool good = true;

    if (fstat(fileno(file), &status) != 0)
        return fail(err, ERROR_INTERNAL, "cannot look at the key file %s: %s", path,
                    strerror(errno));
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return fail(err, ERROR_INTERNAL, "the key file %s may be read by others: chmod 600 it",
                    path);
    out->count = 0;
    while (good && fgets(line, sizeof(line), file))
        good = read_line(line, out);
    sodium_memzero(line, sizeof(line));
    if (!good || out->count == 0)
        return fail(err, ERROR_INTERNAL, "the key file %s is not one or two lines of %d hex digits",
                    path, KEY_DIGITS);
    return true;
}

bool identity_keys_read(const char *path, bool make, struct identity_keys *out, struct error *err)
{
    FILE *file = fopen(path, "re");
    bool good;

    if (!file && errno == ENOENT && make) {
        if (!make_key(path, err))
            return false;
        file = fopen(path, "re");
    }
    if (!file)
        return fail(err, ERROR_INTERNAL, "cannot read the key file %s: %s", path, strerror(errno));
    good = read_keys(file, path, out, err);
    fclose(file);
    return good;
}
