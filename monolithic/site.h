/* SPDX-License-Identifier: MIT */
/* What the handlers of stage 1 share: made once by main.c, read by all threads. */
#ifndef DECANT_SITE_H
#define DECANT_SITE_H

#include "../app/images.h"
#include "../app/recommend.h"
#include "../lib/call.h"
#include "../lib/guard.h"
#include "../lib/identity.h"
#include "../lib/memo.h"
#include "../lib/template.h"

enum page {
    PAGE_FRONT,
    PAGE_RECOMMENDED,
    PAGE_SEARCH,
    PAGE_POST,
    PAGE_HIDDEN,
    PAGE_SHARES,
    PAGE_LOGIN,
    PAGE_SIGNUP,
    PAGE_ACCOUNT,
    PAGE_ERROR,
    PAGE_COUNT
};

struct site {
    struct identity *identity;
    struct templates *templates;
    const struct template *pages[PAGE_COUNT];
    struct recommender *recommender;
    struct guard *guard;
    struct images *images;
    struct memo *pages_made; /* whole pages for visitors without cookies */
    struct memo *searches;   /* results */
    struct memo *totals;     /* of likes, by list of posts */
    struct memo *posts;
    struct memo *sessions;
    const char *trusted_proxies; /* addresses, separated by commas; "" for none */
    bool reload;                 /* look at the templates' files at every call */
    bool secure;                 /* cookies for HTTPS alone */
};

extern const struct route site_routes[];

struct site *call_site(struct call *call);

/* Look up every page's template. ERROR_INTERNAL names the one that is missing or wrong. */
bool site_load_pages(struct site *site, struct error *err);

/* Where a page for visitors without cookies is remembered. */
struct place {
    struct memo_key key; /* .bytes NULL: nowhere */
};

/* Answer with the page that was made for this very address, if the visitor has no cookies and
 * nothing changed that pages show; false: make it and end with site_page_kept(). */
bool site_recall(struct call *call, struct place *place, enum outcome *outcome);
enum outcome site_page_kept(struct call *call, const struct place *place, enum page page,
                            struct template_value data);

/* Render a page as the reply. */
enum outcome site_page(struct call *call, int status, enum page page, struct template_value data);

/* app.on_error: a page for people, a problem document for programs. Does not need the store. */
enum outcome site_error(struct call *call, int status, const struct error *err);

/* The address that asked, as told by a trusted proxy or else the peer's. For throttles only. */
const char *site_client(struct call *call);

#endif
