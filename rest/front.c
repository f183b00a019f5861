/* SPDX-License-Identifier: MIT */
#include "front.h"

#include "../lib/files.h"
#include "../lib/json.h"

#include <stdlib.h>
#include <string.h>

static const char page[] = "rest/index.html";

struct pages {
    const struct front_options *options;
    struct front front;
    struct route routes[4];
    const char *headers[5];
    struct files *files;
    char *policy;
};

/* GET / and /posts/:id - the page; its script shows what the address says. */
static enum outcome get_page(struct call *call)
{
    const struct pages *pages = call_about(call);
    const struct file *file = files_find(pages->files, page);
    struct error err;

    if (!file) {
        fail(&err, ERROR_NOT_FOUND, "%s is gone", page);
        return call_fail(call, &err);
    }
    call_add_header(call, "etag", file->etag);
    call_add_header(call, "cache-control", "no-cache");
    if (call_has_tag(call, file->etag))
        return call_bytes(call, 304, NULL, (struct list){0});
    return call_bytes(call, 200, file->type, (struct list){file->bytes, file->len});
}

/* GET /config.json - where the API is. */
static enum outcome get_config(struct call *call)
{
    const struct pages *pages = call_about(call);
    const char *url = pages->options->api_url;
    struct buf text = {0};
    const char *body;
    size_t len;

    buf_puts(&text, "{\"api\":");
    json_write_text(&text, url, strlen(url));
    buf_puts(&text, "}\n");
    len = text.len;
    body = arena_copy(call_arena(call), text.data, len);
    buf_release(&text);
    call_add_header(call, "cache-control", "no-store");
    return call_bytes(call, 200, "application/json", (struct list){body, len});
}

/* Scripts and styles are its own; it talks to itself and to the API. */
static void set_headers(struct pages *pages)
{
    struct buf policy = {0};

    buf_printf(&policy,
               "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
               "img-src 'self' https: http:; connect-src 'self' %s; base-uri 'none'; "
               "form-action 'self'; frame-ancestors 'none'",
               pages->options->api_url);
    pages->policy = strdup(buf_text(&policy));
    buf_release(&policy);
    if (!pages->policy)
        abort();
    pages->headers[0] = pages->policy;
    pages->headers[1] = "Referrer-Policy: same-origin";
    pages->headers[2] = "Cross-Origin-Opener-Policy: same-origin";
}

struct pages *pages_open(const struct front_options *options, struct error *err)
{
    struct pages *pages = calloc(1, sizeof(*pages));

    if (!pages)
        abort();
    pages->options = options;
    pages->files = files_open(options->folder, options->reload, err);
    if (!pages->files || !files_find(pages->files, page)) {
        if (pages->files)
            fail(err, ERROR_INTERNAL, "%s has no %s", options->folder, page);
        pages_close(pages);
        return NULL;
    }
    pages->routes[0] = (struct route){"GET", "/", get_page, READS, pages};
    pages->routes[1] = (struct route){"GET", "/posts/:id", get_page, READS, pages};
    pages->routes[2] = (struct route){"GET", "/config.json", get_config, READS, pages};
    set_headers(pages);
    pages->front = (struct front){options->port, pages->routes, pages->files, pages->headers};
    return pages;
}

void pages_close(struct pages *pages)
{
    if (!pages)
        return;
    if (pages->files)
        files_close(pages->files);
    free(pages->policy);
    free(pages);
}

const struct front *pages_front(const struct pages *pages)
{
    return &pages->front;
}
