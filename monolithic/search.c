/* SPDX-License-Identifier: MIT */
/* Searching: the form's redirect and the pages of results. */
#include "routes.h"

#include <string.h>

#include "../app/hide.h"
#include "../app/search.h"
#include "site.h"
#include "view.h"

/* Longer searches would not fit into the address of their results. */
enum { QUERY_MAX = 6000 };

struct search_view {
    struct frame frame;
    struct list cards;
    const struct pager *pager;
    int64_t page, pages, total;
    bool one;   /* exactly one hit */
    bool asked; /* there were words */
    bool found;
    bool later;   /* not the first page */
    bool bounded; /* only the newest hits were ranked */
};

static const struct field search_fields[] = {
    FRAME_FIELDS(struct search_view),
    {"cards", FIELD_LIST, offsetof(struct search_view, cards), &card_record},
    {"pager", FIELD_RECORD, offsetof(struct search_view, pager), &pager_record},
    {"page", FIELD_INT64, offsetof(struct search_view, page), NULL},
    {"pages", FIELD_INT64, offsetof(struct search_view, pages), NULL},
    {"total", FIELD_INT64, offsetof(struct search_view, total), NULL},
    {"one", FIELD_BOOL, offsetof(struct search_view, one), NULL},
    {"asked", FIELD_BOOL, offsetof(struct search_view, asked), NULL},
    {"found", FIELD_BOOL, offsetof(struct search_view, found), NULL},
    {"later", FIELD_BOOL, offsetof(struct search_view, later), NULL},
    {"bounded", FIELD_BOOL, offsetof(struct search_view, bounded), NULL},
};
static const struct record search_record = RECORD(struct search_view, search_fields);

/* Gateways refuse encoded slashes and browsers resolve dots, so such words travel in the query. */
static bool fits_a_segment(const char *words)
{
    return *words && words[strspn(words, ".")] && !strpbrk(words, "/\\%");
}

/* The address of a search's results; without the number of the page. */
static const char *results_path(struct call *call, const char *words)
{
    return arena_printf(call_arena(call),
                        fits_a_segment(words) ? "/search_results/%s" : "/search_results/?q=%s",
                        visit_encode(call, words));
}

/* POST /search - to the results' own address, which can be kept and sent around. */
enum outcome search_form(struct call *call)
{
    const char *words = call_form(call, "search");
    const char *path;
    struct error err;

    path = results_path(call, words ? words : "");
    if (strlen(path) > QUERY_MAX) {
        fail(&err, ERROR_REFUSED, "This search is too long. Please use fewer words.");
        return call_fail(call, &err);
    }
    return call_redirect(call, 303, path);
}

static bool run_search(struct call *call, const struct visit *visit, struct search *search,
                       struct search_view *view, struct error *err)
{
    struct search_results results = {0};
    struct list *hidden = arena_alloc(call_arena(call), sizeof(*hidden));
    const char *path = results_path(call, search->words);

    if (!hidden_posts(call_store(call), visit->user, call_arena(call), hidden, err))
        return false;
    search->hidden = hidden;
    search->memo = call_site(call)->searches;
    if (!search_posts(call_store(call), search, call_arena(call), &results, err) ||
        !page_exists(search->page, results.pages, err) ||
        !cards_fill(call, visit, &results.posts, &view->cards, err))
        return false;
    view->page = search->page;
    view->pages = results.pages;
    view->total = results.total;
    view->bounded = results.bounded;
    view->pager = pager_make(
        call, arena_printf(call_arena(call), "%s%s", path, strchr(path, '?') ? "&" : "?"),
        search->page, results.pages);
    return true;
}

/* The words are in the path, or in the query for all others. */
static const char *asked_words(struct call *call)
{
    const char *words = call_query(call, "q");

    if (!strncmp(call_path(call), "/search_results/", 16) && call_path(call)[16])
        words = call_param(call, "query");
    return words ? words : "";
}

/* GET /search_results/:query - posts with all these words, best first. */
enum outcome search_page(struct call *call)
{
    struct search search = {.words = asked_words(call), .page_size = PAGE_SIZE};
    struct search_view view = {0};
    enum outcome instead;
    struct place place;
    struct visit visit;
    struct error err;

    if (site_recall(call, &place, &instead))
        return instead;
    if (!page_number(call, &search.page, &err))
        return call_fail(call, &err);
    if (!visit_begin(call, &visit, search_page, &instead))
        return instead;
    if (!run_search(call, &visit, &search, &view, &err))
        return call_fail(call, &err);
    frame_fill(call, &visit, "Search", &view.frame);
    view.frame.query = text_or_null(search.words);
    view.asked = search.words[strspn(search.words, " \t\r\n")] != '\0';
    view.found = view.total > 0;
    view.one = view.total == 1;
    view.later = view.page > 1;
    return site_page_kept(call, &place, PAGE_SEARCH, template_record(&search_record, &view));
}
