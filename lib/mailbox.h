/* SPDX-License-Identifier: MIT */
/* How other threads hand something to a loop. Only the first letter into an empty box wakes the
 * loop; the loop then takes all. */
#ifndef DECANT_MAILBOX_H
#define DECANT_MAILBOX_H

#include <pthread.h>
#include <uv.h>

/* Embedded in whatever is sent; not touched by the sender afterwards. */
struct letter {
    struct letter *next;
};

struct mailbox {
    uv_async_t async;
    pthread_mutex_t lock;
    struct letter *first;
    struct letter **last;
    void (*deliver)(void *context, struct letter *letters); /* oldest first, linked by next */
    void *context;
};

/* deliver runs on the loop's thread. context is kept. Returns libuv's error code or 0. */
int mailbox_open(struct mailbox *mailbox, uv_loop_t *loop,
                 void (*deliver)(void *context, struct letter *letters), void *context);

/* On the loop, when nobody sends any more; the struct must live until the loop has run once more.
 */
void mailbox_close(struct mailbox *mailbox);

/* Any thread. */
void mailbox_send(struct mailbox *mailbox, struct letter *letter);

#endif
