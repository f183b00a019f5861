/* SPDX-License-Identifier: MIT */
#include "view.h"

#include <ctype.h>
#include <string.h>

#include "../app/likes.h"
#include "site.h"

enum { NEXT_MAX = 1000, MOST_PAGES = 1000000 };

static const struct field card_fields[] = {
    {"id", FIELD_TEXT, offsetof(struct card, id), NULL},
    {"slug", FIELD_TEXT, offsetof(struct card, slug), NULL},
    {"title", FIELD_TEXT, offsetof(struct card, title), NULL},
    {"url", FIELD_TEXT, offsetof(struct card, url), NULL},
    {"domain", FIELD_TEXT, offsetof(struct card, domain), NULL},
    {"author", FIELD_TEXT, offsetof(struct card, author), NULL},
    {"date", FIELD_TEXT, offsetof(struct card, date), NULL},
    {"created", FIELD_TIME, offsetof(struct card, created_ms), NULL},
    {"score", FIELD_TEXT, offsetof(struct card, score), NULL},
    {"unit", FIELD_TEXT, offsetof(struct card, unit), NULL},
    {"comments", FIELD_INT64, offsetof(struct card, comments), NULL},
    {"one_comment", FIELD_BOOL, offsetof(struct card, one_comment), NULL},
    {"likes", FIELD_INT64, offsetof(struct card, likes), NULL},
    {"liked", FIELD_BOOL, offsetof(struct card, liked), NULL},
};
const struct record card_record = RECORD(struct card, card_fields);

static const struct field link_fields[] = {
    {"number", FIELD_INT64, offsetof(struct page_link, number), NULL},
    {"current", FIELD_BOOL, offsetof(struct page_link, current), NULL},
    {"gap", FIELD_BOOL, offsetof(struct page_link, gap), NULL},
};
static const struct record link_record = RECORD(struct page_link, link_fields);

static const struct field pager_fields[] = {
    {"base", FIELD_TEXT, offsetof(struct pager, base), NULL},
    {"page", FIELD_INT64, offsetof(struct pager, page), NULL},
    {"pages", FIELD_INT64, offsetof(struct pager, pages), NULL},
    {"previous", FIELD_INT64, offsetof(struct pager, previous), NULL},
    {"next_page", FIELD_INT64, offsetof(struct pager, next), NULL},
    {"has_previous", FIELD_BOOL, offsetof(struct pager, has_previous), NULL},
    {"has_next", FIELD_BOOL, offsetof(struct pager, has_next), NULL},
    {"links", FIELD_LIST, offsetof(struct pager, links), &link_record},
};
const struct record pager_record = RECORD(struct pager, pager_fields);

static const struct field problem_fields[] = {
    {"field", FIELD_TEXT, offsetof(struct problem, field), NULL},
    {"text", FIELD_TEXT, offsetof(struct problem, text), NULL},
};
const struct record problem_record = RECORD(struct problem, problem_fields);

const char *text_or_null(const char *text)
{
    return text && *text ? text : NULL;
}

const char *sentence(struct arena *arena, const char *message)
{
    size_t len = strlen(message);
    char *text =
        arena_printf(arena, len && strchr(".!?", message[len - 1]) ? "%s" : "%s.", message);

    text[0] = (char)toupper((unsigned char)text[0]);
    return text;
}

void frame_fill(struct call *call, const struct visit *visit, const char *title, struct frame *out)
{
    const char *target = call_target(call);

    *out = (struct frame){.title = title, .user = visit->user};
    out->flash = flash_take(call);
    if (visit->session)
        out->token =
            identity_form_token(call_site(call)->identity, call_arena(call), visit->session);
    else if (!strcmp(call_method(call), "GET") && strcmp(target, "/") != 0 &&
             strlen(target) <= NEXT_MAX)
        out->next = visit_encode(call, target);
}

/* Days since 1970 to a date (Howard Hinnant's derivation over 400-year eras). */
const char *date_text(struct arena *arena, int64_t ms)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    struct buf text;
    int64_t days = ms / 86400000 - (ms % 86400000 < 0);
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month + 2) / 5 + 1;

    if (!ms)
        return NULL;
    month += month < 10 ? 2 : -10;
    year += era * 400 + (month <= 1);
    /* Longest: a day, "September", a year of ten digits. */
    text = (struct buf){.data = arena_alloc(arena, 64), .cap = 64};
    buf_int(&text, day);
    buf_byte(&text, ' ');
    buf_puts(&text, months[month]);
    buf_byte(&text, ' ');
    buf_int(&text, year);
    return buf_text(&text);
}

static const char *number_text(struct arena *arena, int64_t number)
{
    struct buf text = {.data = arena_alloc(arena, 24), .cap = 24};

    buf_int(&text, number);
    return buf_text(&text);
}

/* A tenth of the score, with one decimal. */
static const char *rating_text(struct arena *arena, int64_t score)
{
    struct buf text = {.data = arena_alloc(arena, 32), .cap = 32};
    uint64_t tenths = score < 0 ? -(uint64_t)score : (uint64_t)score;

    if (score < 0)
        buf_byte(&text, '-');
    buf_int(&text, (int64_t)(tenths / 10));
    buf_byte(&text, '.');
    buf_byte(&text, (char)('0' + tenths % 10));
    return buf_text(&text);
}

static void fill_card(struct call *call, const struct post *post, struct card *card)
{
    struct arena *arena = call_arena(call);

    card->id = post->id;
    card->slug = visit_encode(call, post->id);
    card->title = *post->title ? post->title : "(no title)";
    card->url = text_or_null(post->url);
    card->domain = text_or_null(post->domain);
    card->author = text_or_null(post->author);
    card->date = date_text(arena, post->created_ms);
    card->created_ms = post->created_ms;
    card->score = number_text(arena, post->score);
    card->unit = post->score == 1 ? "point" : "points";
    card->comments = post->num_comments;
    card->one_comment = post->num_comments == 1;
}

bool cards_fill(struct call *call, const struct visit *visit, const struct list *posts,
                struct list *out, struct error *err)
{
    struct arena *arena = call_arena(call);
    const struct post *post = posts->items;
    struct card *cards = arena_zalloc(arena, posts->count * sizeof(*cards));
    struct likes *likes = arena_alloc(arena, posts->count * sizeof(*likes));
    const char **ids = arena_alloc(arena, posts->count * sizeof(*ids));
    struct list asked = {ids, posts->count};
    struct likes_question question = {&asked, visit->user, call_site(call)->totals};

    for (size_t i = 0; i < posts->count; i++) {
        ids[i] = post[i].id;
        fill_card(call, &post[i], &cards[i]);
    }
    if (posts->count && !likes_of(call_store(call), &question, likes, err))
        return false;
    for (size_t i = 0; i < posts->count; i++) {
        cards[i].likes = likes[i].total;
        cards[i].liked = likes[i].liked;
    }
    *out = (struct list){cards, posts->count};
    return true;
}

void cards_rate(struct call *call, const struct list *posts, struct list *cards)
{
    const struct post *post = posts->items;
    const struct card *plain = cards->items;
    struct card *rated = arena_alloc(call_arena(call), cards->count * sizeof(*rated));

    for (size_t i = 0; i < cards->count; i++) {
        rated[i] = plain[i];
        rated[i].score = rating_text(call_arena(call), post[i].score);
        rated[i].unit = "rating";
    }
    cards->items = rated;
}

/* The first page, the last and those around the current one. */
static struct list page_links(struct arena *arena, int64_t page, int64_t pages)
{
    struct page_link *links = arena_zalloc(arena, 7 * sizeof(*links));
    size_t count = 0;
    int64_t last = 0;

    for (int64_t number = 1; number <= pages; number++) {
        if (number == 2 && page > 4)
            number = page - 2;
        if (number == page + 3 && number < pages)
            number = pages;
        links[count].number = number;
        links[count].current = number == page;
        links[count++].gap = number != last + 1;
        last = number;
    }
    return (struct list){links, count};
}

const struct pager *pager_make(struct call *call, const char *base, int64_t page, int64_t pages)
{
    struct pager *pager;

    if (pages <= 1)
        return NULL;
    pager = arena_zalloc(call_arena(call), sizeof(*pager));
    pager->base = base;
    pager->page = page;
    pager->pages = pages;
    pager->previous = page - 1;
    pager->next = page + 1;
    pager->has_previous = page > 1;
    pager->has_next = page < pages;
    pager->links = page_links(call_arena(call), page, pages);
    return pager;
}

bool page_number(struct call *call, int64_t *page, struct error *err)
{
    return call_query_int(call, "page", (struct int_range){1, MOST_PAGES, 1}, page, err);
}

int64_t page_total(int64_t things)
{
    return (things + PAGE_SIZE - 1) / PAGE_SIZE;
}

bool page_exists(int64_t page, int64_t pages, struct error *err)
{
    if (page > 1 && page > pages)
        return fail(err, ERROR_NOT_FOUND, "There is no page %lld here.", (long long)page);
    return true;
}
