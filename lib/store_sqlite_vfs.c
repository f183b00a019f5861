/* SPDX-License-Identifier: MIT */
/* Writing the log in one piece. SQLite writes each frame of its write-ahead log with two system
 * calls (24 octets of header, then the page): a commit of thirty pages makes sixty. The writer's
 * connection opens its files through this VFS, which gathers frames that follow one another and
 * writes them when the commit frame is complete - a frame whose header holds the database's size at
 * octet 4 (file format, section 4.1) - or when anything else is asked of the log. Errors are
 * therefore those of the commit, and a frame that others may look for is in the file before SQLite
 * says so. */
#include "store_sqlite.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* SQLite's system VFS cannot write 128 KiB or more at once (it masks the length). */
enum { FRAME_HEADER = 24, MOST_GATHERED = 1 << 20, MOST_AT_ONCE = 64 * 1024 };

struct log_file {
    sqlite3_file base; /* first */
    sqlite3_file *real;
    sqlite3_int64 end; /* where the last write ended, gathered or not */
    bool committing;   /* the frame under way ends a transaction */
    char *gathered;
    int len;
    int cap;
};

static struct log_file *log_of(sqlite3_file *file)
{
    return (struct log_file *)file;
}

static int flush(struct log_file *log)
{
    sqlite3_int64 start = log->end - log->len;
    int len = log->len;
    int code = SQLITE_OK;

    log->len = 0;
    for (int done = 0; done < len && code == SQLITE_OK; done += MOST_AT_ONCE) {
        int piece = len - done < MOST_AT_ONCE ? len - done : MOST_AT_ONCE;

        code = log->real->pMethods->xWrite(log->real, log->gathered + done, piece, start + done);
    }
    return code;
}

/* Room for so many octets more, at least; false: write what is there first. */
static bool make_room(struct log_file *log, int len)
{
    int cap = log->cap ? log->cap : 64 * 1024;
    char *gathered;

    if (log->len + len > MOST_GATHERED)
        return false;
    while (cap < log->len + len)
        cap *= 2;
    if (cap == log->cap)
        return true;
    gathered = realloc(log->gathered, (size_t)cap);
    if (!gathered)
        return false;
    log->gathered = gathered;
    log->cap = cap;
    return true;
}

static int write_through(struct log_file *log, const void *bytes, int len, sqlite3_int64 at)
{
    int code = flush(log);

    if (code == SQLITE_OK)
        code = log->real->pMethods->xWrite(log->real, bytes, len, at);
    log->end = at + len;
    return code;
}

static bool ends_transaction(const unsigned char *header)
{
    return header[4] | header[5] | header[6] | header[7];
}

static int log_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    struct log_file *log = log_of(file);
    bool complete = log->committing && len > FRAME_HEADER;

    if (len == FRAME_HEADER)
        log->committing = ends_transaction(bytes);
    if (at != log->end || !make_room(log, len))
        return write_through(log, bytes, len, at);
    memcpy(log->gathered + log->len, bytes, (size_t)len);
    log->len += len;
    log->end += len;
    if (!complete)
        return SQLITE_OK;
    log->committing = false;
    return flush(log);
}

static int log_close(sqlite3_file *file)
{
    struct log_file *log = log_of(file);
    int code = flush(log);
    int closed = log->real->pMethods->xClose(log->real);

    free(log->gathered);
    return code == SQLITE_OK ? closed : code;
}

static int log_read(sqlite3_file *file, void *out, int len, sqlite3_int64 at)
{
    struct log_file *log = log_of(file);
    int code = flush(log);

    return code == SQLITE_OK ? log->real->pMethods->xRead(log->real, out, len, at) : code;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct log_file *log = log_of(file);
    int code = flush(log);

    return code == SQLITE_OK ? log->real->pMethods->xTruncate(log->real, size) : code;
}

static int log_sync(sqlite3_file *file, int flags)
{
    struct log_file *log = log_of(file);
    int code = flush(log);

    return code == SQLITE_OK ? log->real->pMethods->xSync(log->real, flags) : code;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct log_file *log = log_of(file);
    int code = flush(log);

    return code == SQLITE_OK ? log->real->pMethods->xFileSize(log->real, size) : code;
}

static int log_lock(sqlite3_file *file, int level)
{
    return log_of(file)->real->pMethods->xLock(log_of(file)->real, level);
}

static int log_unlock(sqlite3_file *file, int level)
{
    return log_of(file)->real->pMethods->xUnlock(log_of(file)->real, level);
}

static int log_check_lock(sqlite3_file *file, int *out)
{
    return log_of(file)->real->pMethods->xCheckReservedLock(log_of(file)->real, out);
}

static int log_control(sqlite3_file *file, int what, void *argument)
{
    struct log_file *log = log_of(file);
    int code = flush(log);

    return code == SQLITE_OK ? log->real->pMethods->xFileControl(log->real, what, argument) : code;
}

static int log_sector(sqlite3_file *file)
{
    return log_of(file)->real->pMethods->xSectorSize(log_of(file)->real);
}

static int log_traits(sqlite3_file *file)
{
    return log_of(file)->real->pMethods->xDeviceCharacteristics(log_of(file)->real);
}

static const sqlite3_io_methods log_methods = {
    .iVersion = 1, /* shared memory and mapping are the database file's */
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_check_lock,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_traits,
};

/* Only the log is ours; every other file is the system's own. */
static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    sqlite3_vfs *system = vfs->pAppData;
    struct log_file *log = log_of(file);
    int code;

    if (!(flags & SQLITE_OPEN_WAL))
        return system->xOpen(system, name, file, flags, out_flags);
    *log = (struct log_file){.real = (sqlite3_file *)(log + 1)};
    code = system->xOpen(system, name, log->real, flags, out_flags);
    if (code == SQLITE_OK)
        log->base.pMethods = &log_methods;
    return code;
}

static sqlite3_vfs gathering;

static void make_vfs(void)
{
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);

    gathering = *system;
    gathering.zName = "decant";
    gathering.pNext = NULL;
    gathering.pAppData = system;
    gathering.szOsFile = (int)sizeof(struct log_file) + system->szOsFile;
    gathering.xOpen = open_file;
    sqlite3_vfs_register(&gathering, 0);
}

const char *vfs_name(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_vfs);
    return gathering.zName;
}
