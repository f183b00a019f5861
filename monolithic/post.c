/* SPDX-License-Identifier: MIT */
/* One post with its text, and its picture. */
#include "post_view.h"

#include <string.h>

#include "../app/hide.h"
#include "routes.h"
#include "site.h"
#include "view.h"

struct post_view {
    struct frame frame;
    struct list card; /* the post, as a list of one */
    const char *selftext;
    const char *permalink;
    const char *to;
    const char *problem;
    struct list problems;
    bool hidden;
    bool over_18;
    struct list topics;
};

static const struct field post_fields[] = {
    FRAME_FIELDS(struct post_view),
    {"card", FIELD_LIST, offsetof(struct post_view, card), &card_record},
    {"selftext", FIELD_TEXT, offsetof(struct post_view, selftext), NULL},
    {"permalink", FIELD_TEXT, offsetof(struct post_view, permalink), NULL},
    {"to", FIELD_TEXT, offsetof(struct post_view, to), NULL},
    {"problem", FIELD_TEXT, offsetof(struct post_view, problem), NULL},
    {"problems", FIELD_LIST, offsetof(struct post_view, problems), &problem_record},
    {"hidden", FIELD_BOOL, offsetof(struct post_view, hidden), NULL},
    {"over_18", FIELD_BOOL, offsetof(struct post_view, over_18), NULL},
    {"topics", FIELD_TEXTS, offsetof(struct post_view, topics), NULL},
};
static const struct record post_view_record = RECORD(struct post_view, post_fields);

enum outcome post_show(struct call *call, const struct visit *visit, const struct post *post,
                       const struct share_form *form)
{
    struct post_view view = {0};
    struct problem problem = {"to", form->problem};
    struct list one = {post, 1};
    struct list hidden;
    struct error err;

    if (!cards_fill(call, visit, &one, &view.card, &err) ||
        !hidden_posts(call_store(call), visit->user, call_arena(call), &hidden, &err))
        return call_fail(call, &err);
    frame_fill(call, visit, ((const struct card *)view.card.items)->title, &view.frame);
    view.selftext = text_or_null(post->selftext);
    view.permalink = text_or_null(post->permalink);
    view.to = text_or_null(form->to);
    view.problem = form->problem;
    view.problems = (struct list){&problem, form->problem ? 1 : 0};
    view.hidden = hidden_has(&hidden, post->id);
    view.over_18 = post->over_18;
    view.topics = post->topics;
    if (form->place)
        return site_page_kept(call, form->place, PAGE_POST,
                              template_record(&post_view_record, &view));
    return site_page(call, form->problem ? 422 : 200, PAGE_POST,
                     template_record(&post_view_record, &view));
}

/* GET /posts/:id - the post; `?to=` puts an address into the share form. */
enum outcome post_page(struct call *call)
{
    struct place place;
    struct share_form form = {call_query(call, "to"), NULL, &place};
    const struct posts_source source = {call_store(call), call_site(call)->posts};
    enum outcome instead;
    struct visit visit;
    const struct post *post;
    struct error err;

    if (site_recall(call, &place, &instead))
        return instead;
    if (!visit_begin(call, &visit, post_page, &instead))
        return instead;
    if (!posts_recall(&source, call_param(call, "id"), call_arena(call), &post, &err))
        return call_fail(call, &err);
    return post_show(call, &visit, post, &form);
}

static enum outcome send_picture(struct call *call, const struct picture *picture)
{
    call_add_header(call, "etag", picture->etag);
    call_add_header(call, "cache-control",
                    picture->card ? "public, max-age=300" : "public, max-age=86400");
    if (call_has_tag(call, picture->etag))
        return call_bytes(call, 304, picture->type, (struct list){"", 0});
    return call_bytes(call, 200, picture->type, (struct list){picture->bytes, picture->len});
}

/* Fetching and scaling block, so they are done on a lane of their own. */
static enum outcome make_picture(struct call *call)
{
    const struct picture_wish *wish = call_state(call);
    struct picture picture;
    struct error err;

    if (!images_make(call_site(call)->images, wish, call_arena(call), &picture, &err))
        return call_fail(call, &err);
    return send_picture(call, &picture);
}

/* GET /images/:id?w= - the post's picture, w pixels wide. */
enum outcome picture(struct call *call)
{
    struct int_range widths = {IMAGES_LEAST_WIDTH, IMAGES_MOST_WIDTH, IMAGES_WIDTH};
    struct arena *arena = call_arena(call);
    struct picture_wish *wish = arena_zalloc(arena, sizeof(*wish));
    struct post *post = arena_zalloc(arena, sizeof(*post));
    struct picture found;
    struct error err;
    int64_t width;

    if (!call_query_int(call, "w", widths, &width, &err) ||
        !posts_get(call_store(call), call_param(call, "id"), arena, post, &err))
        return call_fail(call, &err);
    wish->post = post;
    wish->width = (int)width;
    if (images_cached(call_site(call)->images, wish, arena, &found))
        return send_picture(call, &found);
    call_set_state(call, wish);
    return call_then(call, BLOCKS, make_picture);
}
