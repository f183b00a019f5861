/* SPDX-License-Identifier: MIT */
/* Whatever is asked of a list, its links are JSON, and who follows them asks for the same again. */
#include "../links.h"

#include <stdlib.h>
#include <string.h>

#include "../../lib/json.h"
#include "../tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct settings settings = {
    .link_base = "",
    .names = {.meta = "_meta",
              .links = "_links",
              .where = "where",
              .sort = "sort",
              .projection = "projection",
              .embedded = "embedded",
              .page = "page",
              .max_results = "max_results",
              .show_deleted = "show_deleted",
              .after = "after",
              .version_param = "version"},
};

static void require(bool truth)
{
    if (!truth)
        abort();
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool read_query(struct arena *arena, const struct resource *resource, struct form_text query,
                       struct asked *out)
{
    struct form *form = arena_alloc(arena, sizeof(*form));
    struct error err;

    return form_parse(arena, query, form, &err) && asked_read(resource, form, out, &err);
}

static void check_href(struct arena *arena, const struct resource *resource,
                       const struct asked *asked, struct json link)
{
    struct asked again;
    struct json href;
    const char *text;

    require(json_get(link, "href", &href));
    text = strchr(json_string(href, NULL), '?');
    text = text ? text + 1 : "";
    require(read_query(arena, resource, (struct form_text){text, strlen(text), true}, &again));
    require(is_same(again.where, asked->where) && is_same(again.sort, asked->sort));
    require(is_same(again.projection, asked->projection));
    require(is_same(again.embedded, asked->embedded) && is_same(again.version, asked->version));
    require(again.show_deleted == asked->show_deleted);
}

static void check_list(struct arena *arena, const struct resource *resource,
                       const struct asked *asked)
{
    struct page page;
    struct linker linker = {.path = "posts"};
    struct listing listing = {.resource = resource,
                              .linker = &linker,
                              .page = &page,
                              .self_title = "posts",
                              .count = 25,
                              .total = 1000};
    struct buf out = {0};
    struct json root, links, link;
    struct error err;

    page_asked(resource, asked->page, asked->max_results, &page);
    require(page.number >= 1 && page.size >= 1 && page.size <= 50 && page_skip(&page) >= 0);
    linker_init(resource, asked, &page, arena, &linker);
    buf_puts(&out, "{\"a\":1");
    listing_write(&listing, &out);
    buf_byte(&out, '}');
    require(json_parse(arena, out.data, out.len, &root, &err) && json_get(root, "_links", &links));
    require(json_get(links, "self", &link));
    check_href(arena, resource, asked, link);
    if (json_get(links, "next", &link))
        check_href(arena, resource, asked, link);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct resource resource = {.url = "posts",
                                      .settings = &settings,
                                      .hateoas = true,
                                      .where_enabled = true,
                                      .sorting = true,
                                      .projection = true,
                                      .embedding = true,
                                      .versioning = true,
                                      .pagination = true,
                                      .pagination_default = 25,
                                      .pagination_limit = 50};
    struct arena arena = {0};
    struct asked asked;

    if (read_query(&arena, &resource, (struct form_text){(const char *)data, size, true}, &asked))
        check_list(&arena, &resource, &asked);
    tags_name(arena_copy(&arena, data, size), "abc");
    arena_release(&arena);
    return 0;
}
