/* SPDX-License-Identifier: MIT */
/* A folder of files that a test makes, looks at and removes. */
#ifndef DECANT_TESTS_FOLDER_H
#define DECANT_TESTS_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the files hold together; hidden ones are left out and left alone. */
static size_t bytes_in(const char *path, bool remove_them)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    size_t bytes = 0;

    while (directory && (entry = readdir(directory))) {
        struct stat stat;

        if (entry->d_name[0] == '.' || fstatat(dirfd(directory), entry->d_name, &stat, 0) != 0)
            continue;
        bytes += (size_t)stat.st_size;
        if (remove_them)
            unlinkat(dirfd(directory), entry->d_name, 0);
    }
    if (directory)
        closedir(directory);
    return bytes;
}

#endif
