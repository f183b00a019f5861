/* SPDX-License-Identifier: MIT */
/* Liking and hiding: a step that decides, and one on the writer that changes. */
#include "routes.h"

#include "../app/accounts.h"
#include "../app/hide.h"
#include "../app/likes.h"
#include "flash.h"
#include "site.h"
#include "view.h"

struct hidden_state {
    const char *post;
    bool hidden;
};

static const struct field hidden_fields[] = {
    {"post", FIELD_TEXT, offsetof(struct hidden_state, post), NULL},
    {"hidden", FIELD_BOOL, offsetof(struct hidden_state, hidden), NULL},
};
static const struct record hidden_record = RECORD(struct hidden_state, hidden_fields);

typedef bool (*likes_change)(struct store *store, const char *post, const char *user,
                             struct likes *out, struct error *err);
typedef bool (*hide_change)(struct store *store, const char *post, const char *user,
                            struct error *err);

/* Who acts and on which post, from the deciding step to the writing one. */
struct action {
    struct visit visit;
    const struct post *post;
};

/* Session, form token and post are looked at on the loop, mostly in what is remembered; only the
 * change itself takes the writer's time. */
static enum outcome decide(struct call *call, handler change)
{
    const struct posts_source source = {call_store(call), call_site(call)->posts};
    struct action *action = arena_alloc(call_arena(call), sizeof(*action));
    struct error err;

    if (!visit_act(call, &action->visit, &err))
        return visit_refused(call, &err, NULL);
    if (!posts_recall(&source, call_param(call, "id"), call_arena(call), &action->post, &err))
        return call_fail(call, &err);
    call_set_state(call, action);
    return call_then(call, WRITES, change);
}

/* What was done: as JSON, or said on the page that the form was on. */
static enum outcome tell(struct call *call, const struct record *record, const void *state,
                         enum flash_kind flash)
{
    const struct action *action = call_state(call);

    if (call_wants_json(call))
        return call_json(call, 200, record, state);
    flash_set(call, flash, action->post->id);
    return call_redirect(call, 303, visit_back(call, "/"));
}

static enum outcome change_like(struct call *call, likes_change change, enum flash_kind flash)
{
    const struct action *action = call_state(call);
    struct likes likes;
    struct error err;

    if (!change(call_store(call), action->post->id, action->visit.user, &likes, &err))
        return call_fail(call, &err);
    return tell(call, &likes_record, &likes, flash);
}

static enum outcome write_like(struct call *call)
{
    return change_like(call, likes_add, FLASH_LIKED);
}

static enum outcome write_unlike(struct call *call)
{
    return change_like(call, likes_remove, FLASH_UNLIKED);
}

/* POST /posts/:id/like - back to the page it was on, or the new total as JSON. */
enum outcome like(struct call *call)
{
    return decide(call, write_like);
}

/* POST /posts/:id/unlike - the same, the other way round. */
enum outcome unlike(struct call *call)
{
    return decide(call, write_unlike);
}

static enum outcome change_hidden(struct call *call, hide_change change, bool hidden)
{
    const struct action *action = call_state(call);
    struct hidden_state state = {action->post->id, hidden};
    struct error err;

    if (!change(call_store(call), state.post, action->visit.user, &err))
        return call_fail(call, &err);
    return tell(call, &hidden_record, &state, hidden ? FLASH_HIDDEN : FLASH_UNHIDDEN);
}

static enum outcome write_hidden(struct call *call)
{
    return change_hidden(call, hide_post, true);
}

static enum outcome write_unhidden(struct call *call)
{
    return change_hidden(call, hide_undo, false);
}

/* POST /posts/:id/hide - out of this user's lists; the next page offers to undo it. */
enum outcome hide(struct call *call)
{
    return decide(call, write_hidden);
}

/* POST /posts/:id/unhide - back in the lists. */
enum outcome unhide(struct call *call)
{
    return decide(call, write_unhidden);
}
