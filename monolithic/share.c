/* SPDX-License-Identifier: MIT */
/* Sending a post somewhere, and the list of what was sent. */
#include "routes.h"

#include <string.h>

#include "../app/share.h"
#include "post_view.h"
#include "site.h"
#include "view.h"

/* From step to step. */
struct sharing {
    struct visit visit;
    struct post post;
    const char *to;
    struct share share;
};

struct share_row {
    const char *slug;
    const char *title;
    const char *to;
    const char *detail;
    const char *date;
    int64_t created_ms;
    bool delivered;
};

static const struct field row_fields[] = {
    {"slug", FIELD_TEXT, offsetof(struct share_row, slug), NULL},
    {"post_title", FIELD_TEXT, offsetof(struct share_row, title), NULL},
    {"to", FIELD_TEXT, offsetof(struct share_row, to), NULL},
    {"detail", FIELD_TEXT, offsetof(struct share_row, detail), NULL},
    {"date", FIELD_TEXT, offsetof(struct share_row, date), NULL},
    {"created", FIELD_TIME, offsetof(struct share_row, created_ms), NULL},
    {"delivered", FIELD_BOOL, offsetof(struct share_row, delivered), NULL},
};
static const struct record row_record = RECORD(struct share_row, row_fields);

struct shares_view {
    struct frame frame;
    struct list rows;
    const struct pager *pager;
    bool empty;
    int64_t total;
};

static const struct field shares_fields[] = {
    FRAME_FIELDS(struct shares_view),
    {"rows", FIELD_LIST, offsetof(struct shares_view, rows), &row_record},
    {"pager", FIELD_RECORD, offsetof(struct shares_view, pager), &pager_record},
    {"empty", FIELD_BOOL, offsetof(struct shares_view, empty), NULL},
    {"total", FIELD_INT64, offsetof(struct shares_view, total), NULL},
};
static const struct record shares_record = RECORD(struct shares_view, shares_fields);

/* Keep what came of it, then back to where the form was. */
static enum outcome keep_share(struct call *call)
{
    struct sharing *sharing = call_state(call);
    const struct share *share = &sharing->share;
    bool delivered = !strcmp(share->status, "delivered");
    struct error err;

    if (!share_record_outcome(call_store(call), share, &err))
        return call_fail(call, &err);
    if (call_wants_json(call))
        return call_json(call, 201, &share_record, share);
    flash_set(call, delivered ? FLASH_SHARED : FLASH_SHARE_FAILED,
              delivered ? share->post : share->detail);
    return call_redirect(call, 303,
                         visit_back(call, arena_printf(call_arena(call), "/posts/%s",
                                                       visit_encode(call, share->post))));
}

/* An address that is not allowed is the form's matter; nothing was sent. */
static enum outcome deliver_share(struct call *call)
{
    struct sharing *sharing = call_state(call);
    struct share_wish wish = {&sharing->post, sharing->visit.user, sharing->to};
    struct share_form form = {.to = sharing->to};
    struct error err;

    if (share_deliver(call_site(call)->guard, &wish, call_arena(call), &sharing->share, &err))
        return call_then(call, WRITES, keep_share);
    if (err.kind != ERROR_REFUSED || call_wants_json(call))
        return call_fail(call, &err);
    form.problem = sentence(call_arena(call), err.message);
    return post_show(call, &sharing->visit, &sharing->post, &form);
}

/* Where to come back to after a login, with what was typed. */
static const char *share_form_path(struct call *call, const char *to)
{
    const char *id = visit_encode(call, call_param(call, "id"));

    return arena_printf(call_arena(call), "/posts/%s?to=%s", id, visit_encode(call, to));
}

/* What was typed, without the blanks around it: one within is for the guard to refuse, as what
 * stands before it may well be another host. */
static const char *typed_address(struct call *call)
{
    const char *to = call_form(call, "to");
    size_t len;

    if (!to)
        return "";
    to += strspn(to, " \t");
    len = strlen(to);
    while (len && strchr(" \t", to[len - 1]))
        len--;
    return arena_copy(call_arena(call), to, len);
}

/* POST /posts/:id/share - deliver the post to the address in `to`. */
enum outcome share(struct call *call)
{
    struct sharing *sharing = arena_zalloc(call_arena(call), sizeof(*sharing));
    struct share_form form = {.problem = "Enter the address that the post shall be sent to."};
    struct error err;

    sharing->to = typed_address(call);
    if (!visit_act(call, &sharing->visit, &err))
        return visit_refused(call, &err, share_form_path(call, sharing->to));
    if (!posts_get(call_store(call), call_param(call, "id"), call_arena(call), &sharing->post,
                   &err))
        return call_fail(call, &err);
    if (!*sharing->to && !call_wants_json(call))
        return post_show(call, &sharing->visit, &sharing->post, &form);
    call_set_state(call, sharing);
    return call_then(call, BLOCKS, deliver_share);
}

static struct list share_rows(struct call *call, const struct list *shares)
{
    struct share_row *rows = arena_zalloc(call_arena(call), shares->count * sizeof(*rows));
    const struct share *share = shares->items;

    for (size_t i = 0; i < shares->count; i++) {
        rows[i].slug = visit_encode(call, share[i].post);
        rows[i].title = share[i].title;
        rows[i].to = share[i].to;
        rows[i].detail = text_or_null(sentence(call_arena(call), share[i].detail));
        rows[i].date = date_text(call_arena(call), share[i].created_ms);
        rows[i].created_ms = share[i].created_ms;
        rows[i].delivered = !strcmp(share[i].status, "delivered");
    }
    return (struct list){rows, shares->count};
}

/* GET /shares - what the user sent, newest first. */
enum outcome shares_page(struct call *call)
{
    struct shares_page page = {.arena = call_arena(call), .page_size = PAGE_SIZE};
    struct shares_view view = {0};
    enum outcome instead;
    struct visit visit;
    struct error err;

    if (!page_number(call, &page.page, &err))
        return call_fail(call, &err);
    if (!visit_begin(call, &visit, shares_page, &instead))
        return instead;
    if (!visit.user) {
        fail(&err, ERROR_UNAUTHORIZED, "Please log in to see what you shared.");
        return visit_refused(call, &err, "/shares");
    }
    if (!shares_list(call_store(call), visit.user, &page, &err) ||
        !page_exists(page.page, page_total(page.total), &err))
        return call_fail(call, &err);
    frame_fill(call, &visit, "Shared posts", &view.frame);
    view.frame.on_shares = true;
    view.rows = share_rows(call, &page.shares);
    view.total = page.total;
    view.empty = !page.total;
    view.pager = pager_make(call, "/shares?", page.page, page_total(page.total));
    return site_page(call, 200, PAGE_SHARES, template_record(&shares_record, &view));
}
