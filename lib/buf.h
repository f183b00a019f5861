/* SPDX-License-Identifier: MIT */
/* Bytes that grow at the end. Running out of memory aborts. */
#ifndef DECANT_BUF_H
#define DECANT_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    char *data; /* not NUL-terminated unless buf_text() was asked; NULL while nothing was added */
    size_t len;
    size_t cap;
};

void buf_release(struct buf *buf);

/* Room for more bytes than are there now; the buffer's contents stay. Slow path of buf_add. */
void buf_reserve(struct buf *buf, size_t more);

static inline void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (buf->cap - buf->len < len)
        buf_reserve(buf, len);
    if (len)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
}

static inline void buf_byte(struct buf *buf, char byte)
{
    if (buf->cap == buf->len)
        buf_reserve(buf, 1);
    buf->data[buf->len++] = byte;
}

static inline void buf_puts(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

/* Decimal digits, without stdio. */
void buf_int(struct buf *buf, int64_t number);

void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The contents as a NUL-terminated text; valid until the next change. */
char *buf_text(struct buf *buf);

#endif
