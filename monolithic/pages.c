/* SPDX-License-Identifier: MIT */
/* The lists of posts: front page, recommendations, hidden posts. */
#include "routes.h"

#include "../app/hide.h"
#include "../app/tastes.h"
#include "site.h"
#include "view.h"

/* Candidates are a thousand. */
enum { RECOMMEND_PAGES = 83 };

struct list_view {
    struct frame frame;
    struct list cards;
    const struct pager *pager;
    bool empty;
    int64_t total;
    bool personal; /* topics of this user stand first */
};

static const struct field list_fields[] = {
    FRAME_FIELDS(struct list_view),
    {"cards", FIELD_LIST, offsetof(struct list_view, cards), &card_record},
    {"pager", FIELD_RECORD, offsetof(struct list_view, pager), &pager_record},
    {"empty", FIELD_BOOL, offsetof(struct list_view, empty), NULL},
    {"total", FIELD_INT64, offsetof(struct list_view, total), NULL},
    {"personal", FIELD_BOOL, offsetof(struct list_view, personal), NULL},
};
static const struct record list_record = RECORD(struct list_view, list_fields);

/* Which of the recommendations. */
struct part {
    int64_t page;
    const struct list *topics; /* to stand first; NULL: none */
};

/* Twelve recommendations as cards, without what the user hid. One more is asked for, to know
 * whether there is a next page. */
static bool recommended_cards(struct call *call, const struct visit *visit, const struct part *part,
                              struct list_view *view, struct error *err)
{
    struct recommend_for wish = {.topics = part->topics,
                                 .count = (size_t)part->page * RECOMMEND_COUNT + 1};
    size_t first = (size_t)(part->page - 1) * RECOMMEND_COUNT;
    struct list hidden;
    struct list posts;
    bool more;

    if (!hidden_posts(call_store(call), visit->user, call_arena(call), &hidden, err))
        return false;
    wish.hidden = &hidden;
    if (!recommend_posts(call_site(call)->recommender, &wish, call_arena(call), &posts, err) ||
        !page_exists(part->page, posts.count > first ? part->page : 1, err))
        return false;
    more = posts.count == wish.count;
    posts.items = (const struct post *)posts.items + first;
    posts.count -= first + more;
    view->empty = !posts.count;
    view->pager = pager_make(call, "/recommended/?", part->page, part->page + more);
    if (!cards_fill(call, visit, &posts, &view->cards, err))
        return false;
    cards_rate(call, &posts, &view->cards);
    return true;
}

/* GET / - what to read next: the twelve best, the same for everybody but for what they hid. */
enum outcome front_page(struct call *call)
{
    struct list_view view = {0};
    struct part part = {1, NULL};
    enum outcome instead;
    struct place place;
    struct visit visit;
    struct error err;

    if (site_recall(call, &place, &instead))
        return instead;
    if (!visit_begin(call, &visit, front_page, &instead))
        return instead;
    if (!recommended_cards(call, &visit, &part, &view, &err))
        return call_fail(call, &err);
    frame_fill(call, &visit, "Worth reading", &view.frame);
    view.frame.on_front = true;
    return site_page_kept(call, &place, PAGE_FRONT, template_record(&list_record, &view));
}

/* GET /recommended/ - the same with the topics on top that the user likes, page after page. */
enum outcome recommended_page(struct call *call)
{
    struct list_view view = {0};
    const struct posts_source source = {call_store(call), call_site(call)->posts};
    struct list topics = {0};
    struct part part = {1, &topics};
    enum outcome instead;
    struct place place;
    struct visit visit;
    struct error err;

    if (site_recall(call, &place, &instead))
        return instead;
    if (!page_number(call, &part.page, &err) || !page_exists(part.page, RECOMMEND_PAGES, &err))
        return call_fail(call, &err);
    if (!visit_begin(call, &visit, recommended_page, &instead))
        return instead;
    if (!tastes_of(&source, visit.user, call_arena(call), &topics, &err))
        return call_fail(call, &err);
    if (!recommended_cards(call, &visit, &part, &view, &err))
        return call_fail(call, &err);
    frame_fill(call, &visit, "For you", &view.frame);
    view.frame.on_recommended = true;
    view.personal = topics.count > 0;
    return site_page_kept(call, &place, PAGE_RECOMMENDED, template_record(&list_record, &view));
}

/* The posts of one page of the hidden ones. */
static bool hidden_cards(struct call *call, const struct visit *visit, int64_t page,
                         struct list_view *view, struct error *err)
{
    struct list hidden;
    struct list shown;
    struct list posts;
    size_t first = (size_t)(page - 1) * PAGE_SIZE;

    if (!hidden_posts(call_store(call), visit->user, call_arena(call), &hidden, err) ||
        !page_exists(page, page_total((int64_t)hidden.count), err))
        return false;
    shown.items = (const char *const *)hidden.items + (hidden.count ? first : 0);
    shown.count = hidden.count ? hidden.count - first : 0;
    if (shown.count > PAGE_SIZE)
        shown.count = PAGE_SIZE;
    view->total = (int64_t)hidden.count;
    view->pager = pager_make(call, "/hidden?", page, page_total(view->total));
    return posts_get_many(call_store(call), &shown, call_arena(call), &posts, err) &&
           cards_fill(call, visit, &posts, &view->cards, err);
}

/* GET /hidden - what the user hid, newest first, each with a way back. */
enum outcome hidden_page(struct call *call)
{
    struct list_view view = {0};
    enum outcome instead;
    struct visit visit;
    struct error err;
    int64_t page;

    if (!page_number(call, &page, &err))
        return call_fail(call, &err);
    if (!visit_begin(call, &visit, hidden_page, &instead))
        return instead;
    if (!visit.user) {
        fail(&err, ERROR_UNAUTHORIZED, "Please log in to see what you hid.");
        return visit_refused(call, &err, "/hidden");
    }
    if (!hidden_cards(call, &visit, page, &view, &err))
        return call_fail(call, &err);
    frame_fill(call, &visit, "Hidden posts", &view.frame);
    view.frame.on_hidden = true;
    view.empty = !view.total;
    return site_page(call, 200, PAGE_HIDDEN, template_record(&list_record, &view));
}
