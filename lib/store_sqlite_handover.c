/* SPDX-License-Identifier: MIT */
/* Turns between processes that change one file. SQLite's own lock is taken by whoever asks at the
 * right moment, so a busy process would keep it for ever. Here a process first takes byte 0 of a
 * lock file (I am next), then byte 1 (it is my turn), and lets go of byte 0: who just had a turn
 * finds byte 0 taken by the one that waits, and queues up behind it. */
#include "store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { NEXT, TURN, BUSY_TRIES = 10000, HASTY_TRIES = 30 };

bool turn_open(struct sqlite_store *store, struct error *err)
{
    char *name;

    if (asprintf(&name, "%s-writer", store->path) < 0)
        abort();
    store->turns = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (store->turns < 0)
        fail(err, ERROR_INTERNAL, "%s cannot be opened: %s", name, strerror(errno));
    free(name);
    return store->turns >= 0;
}

/* Of the open file, not the process: closing another descriptor does not lose it. A failure leaves
 * fairness to chance, but nothing else: SQLite has locks of its own. */
static void set_lock(const struct sqlite_store *store, off_t byte, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

    while (fcntl(store->turns, type == F_UNLCK ? F_OFD_SETLK : F_OFD_SETLKW, &lock) < 0 &&
           errno == EINTR)
        ;
}

void turn_take(struct sqlite_store *store)
{
    set_lock(store, NEXT, F_WRLCK);
    set_lock(store, TURN, F_WRLCK);
    set_lock(store, NEXT, F_UNLCK);
}

void turn_give(struct sqlite_store *store)
{
    set_lock(store, TURN, F_UNLCK);
}

/* 0.2 to 1 ms, for some 5 to 10 s. */
int turn_busy(void *context, int tries)
{
    const struct connection *connection = context;
    struct timespec nap = {.tv_nsec = tries < 8 ? 200000 + tries * 100000 : 1000000};

    if (tries >= (connection->hasty ? HASTY_TRIES : BUSY_TRIES))
        return 0;
    nanosleep(&nap, NULL);
    return 1;
}
