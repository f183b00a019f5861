/* SPDX-License-Identifier: MIT */
#include "mailbox.h"

#include <stdbool.h>

static void on_wake(uv_async_t *async)
{
    struct mailbox *mailbox = async->data;
    struct letter *letters;

    pthread_mutex_lock(&mailbox->lock);
    letters = mailbox->first;
    mailbox->first = NULL;
    mailbox->last = &mailbox->first;
    pthread_mutex_unlock(&mailbox->lock);
    if (letters)
        mailbox->deliver(mailbox->context, letters);
}

int mailbox_open(struct mailbox *mailbox, uv_loop_t *loop,
                 void (*deliver)(void *context, struct letter *letters), void *context)
{
    int status = uv_async_init(loop, &mailbox->async, on_wake);

    if (status)
        return status;
    mailbox->async.data = mailbox;
    pthread_mutex_init(&mailbox->lock, NULL);
    mailbox->first = NULL;
    mailbox->last = &mailbox->first;
    mailbox->deliver = deliver;
    mailbox->context = context;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct mailbox *mailbox = handle->data;

    pthread_mutex_destroy(&mailbox->lock);
}

void mailbox_close(struct mailbox *mailbox)
{
    uv_close((uv_handle_t *)&mailbox->async, on_closed);
}

void mailbox_send(struct mailbox *mailbox, struct letter *letter)
{
    bool empty;

    letter->next = NULL;
    pthread_mutex_lock(&mailbox->lock);
    empty = !mailbox->first;
    *mailbox->last = letter;
    mailbox->last = &letter->next;
    /* Inside the lock: once it is released the loop may take the letter, end and close the box. */
    if (empty)
        uv_async_send(&mailbox->async);
    pthread_mutex_unlock(&mailbox->lock);
}
