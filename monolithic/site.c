/* SPDX-License-Identifier: MIT */
#include "site.h"

#include <string.h>
#include <strings.h>

#include "../app/likes.h"
#include "visit.h"

static const char *const page_names[PAGE_COUNT] = {
    [PAGE_FRONT] = "front", [PAGE_RECOMMENDED] = "recommended", [PAGE_SEARCH] = "search",
    [PAGE_POST] = "post",   [PAGE_HIDDEN] = "hidden",           [PAGE_SHARES] = "shares",
    [PAGE_LOGIN] = "login", [PAGE_SIGNUP] = "signup",           [PAGE_ACCOUNT] = "account",
    [PAGE_ERROR] = "error",
};

struct site *call_site(struct call *call)
{
    return call_context(call);
}

bool site_load_pages(struct site *site, struct error *err)
{
    for (int page = 0; page < PAGE_COUNT; page++) {
        site->pages[page] = templates_get(site->templates, page_names[page], err);
        if (!site->pages[page])
            return false;
    }
    return true;
}

/* What is about one person, or holds a token of a form, is kept nowhere. */
static bool is_personal(struct call *call, enum page page)
{
    return page >= PAGE_HIDDEN || visit_cookie(call) || call_cookie(call, "flash");
}

static void add_headers(struct call *call, bool personal)
{
    call_add_header(call, "vary", "Cookie");
    call_add_header(call, "cache-control", personal ? "no-store" : "private, no-cache");
}

/* Grows whenever something changes that a page for strangers shows. */
static uint64_t pages_version(struct call *call)
{
    return store_version(call_store(call), &posts_collection) +
           store_version(call_store(call), &like_totals_collection) +
           recommender_version(call_site(call)->recommender);
}

bool site_recall(struct call *call, struct place *place, enum outcome *outcome)
{
    const struct list *page;

    *place = (struct place){0};
    if (call_site(call)->reload || call_header(call, "cookie"))
        return false;
    place->key = (struct memo_key){.bytes = call_target(call),
                                   .len = strlen(call_target(call)),
                                   .version = pages_version(call)};
    page = memo_get(call_site(call)->pages_made, &place->key, call_arena(call));
    if (!page)
        return false;
    add_headers(call, false);
    *outcome = call_bytes(call, 200, "text/html; charset=utf-8", *page);
    return true;
}

enum outcome site_page_kept(struct call *call, const struct place *place, enum page page,
                            struct template_value data)
{
    struct arena made = {0};
    struct buf text = {0};
    struct list *kept;
    struct error err;

    if (!place->key.bytes)
        return site_page(call, 200, page, data);
    if (!template_render(call_site(call)->pages[page], data, &text, &err)) {
        buf_release(&text);
        return call_fail(call, &err);
    }
    kept = arena_alloc(&made, sizeof(*kept));
    *kept = (struct list){arena_copy(&made, text.data, text.len), text.len};
    buf_release(&text);
    memo_put(call_site(call)->pages_made, &place->key, &made, kept, call_arena(call));
    add_headers(call, false);
    return call_bytes(call, 200, "text/html; charset=utf-8", *kept);
}

static const struct template *find_page(struct site *site, enum page page, struct error *err)
{
    return site->reload ? templates_get(site->templates, page_names[page], err) : site->pages[page];
}

enum outcome site_page(struct call *call, int status, enum page page, struct template_value data)
{
    struct error err;
    const struct template *template = find_page(call_site(call), page, &err);

    add_headers(call, is_personal(call, page));
    if (!template)
        return page == PAGE_ERROR ? call_text(call, status, "internal error\n")
                                  : call_fail(call, &err);
    return call_html(call, status, template, data);
}

/* Whether address is one of the comma-separated names. */
static bool is_listed(const char *names, const char *address)
{
    size_t len = strlen(address);

    for (const char *at = names; *at; at += strspn(at, ", ")) {
        size_t name_len = strcspn(at, ", ");

        if (name_len == len && len && !strncasecmp(at, address, len))
            return true;
        at += name_len;
    }
    return false;
}

/* The last address of the last list is the one that the proxy beside us saw itself; what stands
 * before it was written by strangers. Some proxies add to the list, others send one more. */
const char *site_client(struct call *call)
{
    const char *peer = call_client(call);
    const char *trusted = call_site(call)->trusted_proxies;
    const char *forwarded;
    const char *last;

    if (!trusted || !*trusted || !is_listed(trusted, peer))
        return peer;
    forwarded = call_header_last(call, "x-forwarded-for");
    if (!forwarded)
        return peer;
    last = strrchr(forwarded, ',');
    last = last ? last + 1 : forwarded;
    last += strspn(last, " \t");
    return *last && strlen(last) < 64 ? last : peer;
}
