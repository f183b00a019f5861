/* SPDX-License-Identifier: MIT */
/* What templates are given: the frame around every page, posts as cards, the pager. */
#ifndef DECANT_VIEW_H
#define DECANT_VIEW_H

#include "../app/posts.h"
#include "../lib/call.h"
#include "flash.h"
#include "visit.h"

enum { PAGE_SIZE = 20 };

/* First member of every page's view. */
struct frame {
    const char *title; /* the page's own matter */
    const char *user;  /* NULL: anonymous */
    const char *token; /* for forms; NULL without a session */
    const char *query; /* what stands in the search box */
    const char *next;  /* where to come back to after a login, encoded; NULL: the front page */
    const struct flash *flash;
    bool on_front, on_recommended, on_hidden, on_shares, on_account;
};

/* The frame's rows of a view's field table. */
#define FRAME_FIELDS(view)                                                                         \
    {"title", FIELD_TEXT, offsetof(view, frame.title), NULL},                                      \
        {"user", FIELD_TEXT, offsetof(view, frame.user), NULL},                                    \
        {"token", FIELD_TEXT, offsetof(view, frame.token), NULL},                                  \
        {"query", FIELD_TEXT, offsetof(view, frame.query), NULL},                                  \
        {"next", FIELD_TEXT, offsetof(view, frame.next), NULL},                                    \
        {"flash", FIELD_RECORD, offsetof(view, frame.flash), &flash_record},                       \
        {"on_front", FIELD_BOOL, offsetof(view, frame.on_front), NULL},                            \
        {"on_recommended", FIELD_BOOL, offsetof(view, frame.on_recommended), NULL},                \
        {"on_hidden", FIELD_BOOL, offsetof(view, frame.on_hidden), NULL},                          \
        {"on_shares", FIELD_BOOL, offsetof(view, frame.on_shares), NULL},                          \
    {                                                                                              \
        "on_account", FIELD_BOOL, offsetof(view, frame.on_account), NULL                           \
    }

/* Fill the frame for a visit (in a step that may read). */
void frame_fill(struct call *call, const struct visit *visit, const char *title, struct frame *out);

/* One post of a list. Texts that are missing are NULL. */
struct card {
    const char *id;
    const char *slug; /* the id, as a piece of a URL */
    const char *title;
    const char *url;
    const char *domain;
    const char *author;
    const char *date; /* "9 June 2013" */
    int64_t created_ms;
    const char *score;
    const char *unit; /* what the score counts */
    int64_t comments;
    bool one_comment;
    int64_t likes;
    bool liked;
};

extern const struct record card_record;

/* Cards of posts (list of struct post), with their likes, in the order given. */
bool cards_fill(struct call *call, const struct visit *visit, const struct list *posts,
                struct list *out, struct error *err);

/* Show a tenth of the posts' scores on their cards, as recommendations do. */
void cards_rate(struct call *call, const struct list *posts, struct list *cards);

struct page_link {
    int64_t number;
    bool current;
    bool gap; /* pages before this one are left out */
};

struct pager {
    const char *base; /* path and query up to the page's number, escaped for a URL */
    int64_t page;
    int64_t pages;
    int64_t previous, next;
    bool has_previous, has_next;
    struct list links; /* of struct page_link */
};

extern const struct record pager_record;

/* NULL where there is one page only. */
const struct pager *pager_make(struct call *call, const char *base, int64_t page, int64_t pages);

/* The page asked for: 1 if none, ERROR_INVALID if it is no number. */
bool page_number(struct call *call, int64_t *page, struct error *err);

/* How many pages hold so many things; and whether there is such a page (the first always is). */
int64_t page_total(int64_t things);
bool page_exists(int64_t page, int64_t pages, struct error *err);

/* "9 June 2013"; NULL for 0. */
const char *date_text(struct arena *arena, int64_t ms);

/* NULL for the empty text, so that a section can ask for it. */
const char *text_or_null(const char *text);

/* A message as a sentence: with a capital and a full stop. */
const char *sentence(struct arena *arena, const char *message);

/* What stands in the way of a form: where, and in which words. */
struct problem {
    const char *field;
    const char *text;
};
extern const struct record problem_record;

#endif
