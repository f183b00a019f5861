/* SPDX-License-Identifier: MIT */
#include "flash.h"

#include <string.h>

#include "../app/posts.h"
#include "../lib/clock.h"
#include "site.h"
#include "visit.h"

enum { FLASH_LIFE_MS = 5 * 60 * 1000, FLASH_MAX = 300 };

static const struct {
    const char *text;
    bool names_post;
    bool bad;
    const char *undo;
} flashes[FLASH_COUNT] = {
    [FLASH_LIKED] = {"You like", true, false, NULL},
    [FLASH_UNLIKED] = {"You no longer like", true, false, NULL},
    [FLASH_HIDDEN] = {"You will not see this again:", true, false, "unhide"},
    [FLASH_UNHIDDEN] = {"Back in your lists:", true, false, "hide"},
    [FLASH_SHARED] = {"Delivered:", true, false, NULL},
    [FLASH_SHARE_FAILED] = {"The post was not delivered.", false, true, NULL},
    [FLASH_WELCOME] = {"Welcome! Like what you enjoy, and we will suggest more of it.", false,
                       false, NULL},
    [FLASH_PASSWORD] = {"Your password is changed, and your other sessions are logged out.", false,
                        false, NULL},
    [FLASH_SESSIONS] = {"Your other sessions are logged out.", false, false, NULL},
    [FLASH_BYE] = {"You are logged out.", false, false, NULL},
    [FLASH_LOGIN_FIRST] = {"Please log in to do that.", false, false, NULL},
};

static const struct field flash_fields[] = {
    {"text", FIELD_TEXT, offsetof(struct flash, text), NULL},
    {"title", FIELD_TEXT, offsetof(struct flash, title), NULL},
    {"detail", FIELD_TEXT, offsetof(struct flash, detail), NULL},
    {"undo", FIELD_TEXT, offsetof(struct flash, undo), NULL},
    {"bad", FIELD_BOOL, offsetof(struct flash, bad), NULL},
};
const struct record flash_record = RECORD(struct flash, flash_fields);

void flash_set(struct call *call, enum flash_kind kind, const char *about)
{
    struct site *site = call_site(call);
    struct arena *arena = call_arena(call);
    struct cookie cookie = {"flash", NULL, FLASH_LIFE_MS / 1000, site->secure};
    size_t len = strnlen(about, FLASH_MAX);
    char *value = arena_alloc(arena, len + 2);

    /* Cut between characters. */
    while (len && about[len] && ((unsigned char)about[len] & 0xc0) == 0x80)
        len--;
    value[0] = (char)('a' + kind);
    memcpy(value + 1, about, len);
    value[len + 1] = '\0';
    cookie.value =
        identity_seal(site->identity, arena, "flash", value, clock_now_ms() + FLASH_LIFE_MS);
    call_set_cookie(call, &cookie);
}

/* The post may be gone by now; then the message stands without its title. */
static void name_post(struct call *call, const char *id, const char *undo, struct flash *flash)
{
    struct post post;
    struct error err;

    if (!posts_get(call_store(call), id, call_arena(call), &post, &err))
        return;
    flash->title = post.title;
    if (undo)
        flash->undo = arena_printf(call_arena(call), "/posts/%s/%s", visit_encode(call, id), undo);
}

const struct flash *flash_take(struct call *call)
{
    const char *sealed = call_cookie(call, "flash");
    struct cookie gone = {"flash", "", 0, call_site(call)->secure};
    struct flash *flash;
    const char *value;
    int kind;

    if (!sealed)
        return NULL;
    call_set_cookie(call, &gone);
    value = identity_unseal(call_site(call)->identity, call_arena(call), "flash", sealed);
    if (!value || *value < 'a' || *value >= 'a' + FLASH_COUNT)
        return NULL;
    kind = *value - 'a';
    flash = arena_zalloc(call_arena(call), sizeof(*flash));
    flash->text = flashes[kind].text;
    flash->bad = flashes[kind].bad;
    if (flashes[kind].names_post)
        name_post(call, value + 1, flashes[kind].undo, flash);
    else if (value[1])
        flash->detail = value + 1;
    return flash;
}
