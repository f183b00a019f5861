/* SPDX-License-Identifier: MIT */
/* What came of an action, told on the page that follows it: a signed cookie, shown once. */
#ifndef DECANT_FLASH_H
#define DECANT_FLASH_H

#include "../lib/call.h"

enum flash_kind {
    FLASH_LIKED,
    FLASH_UNLIKED,
    FLASH_HIDDEN,
    FLASH_UNHIDDEN,
    FLASH_SHARED,
    FLASH_SHARE_FAILED,
    FLASH_WELCOME,
    FLASH_PASSWORD,
    FLASH_SESSIONS,
    FLASH_BYE,
    FLASH_LOGIN_FIRST,
    FLASH_COUNT
};

struct flash {
    const char *text;
    const char *title;  /* of the post it is about, or NULL */
    const char *detail; /* more, or NULL */
    const char *undo;   /* path that takes it back, or NULL */
    bool bad;           /* it did not work */
};

extern const struct record flash_record;

/* about: the post's id, or for FLASH_SHARE_FAILED why it failed; "" for nothing. */
void flash_set(struct call *call, enum flash_kind kind, const char *about);

/* What the cookie tells, or NULL; the reply takes the cookie away. In a step that may read. */
const struct flash *flash_take(struct call *call);

#endif
