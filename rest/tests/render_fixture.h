/* SPDX-License-Identifier: MIT */
/* Settings made by hand for tests of rendering: posts with authors, as few things set as they need,
 * with Eve's own names. A test changes what it is about. */
#ifndef RENDER_FIXTURE_H
#define RENDER_FIXTURE_H

#include "../render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* ours */

#define EVE_NAMES                                                                                  \
    {                                                                                              \
        .items = "_items", .meta = "_meta", .links = "_links", .status = "_status",                \
        .status_ok = "OK", .status_err = "ERR", .issues = "_issues", .error = "_error",            \
        .info = "_info", .etag = "_etag", .created = "_created", .updated = "_updated",            \
        .deleted = "_deleted", .version = "_version", .latest_version = "_latest_version",         \
        .version_param = "version"                                                                 \
    }

#define A_ID "650000009e3779b100000001"
#define B_ID "650000009e3779b100000002"
#define ETAG "0123456789abcdef0123456789abcdef01234567"

struct fixture {
    struct settings settings;
    struct resource posts, authors;
    struct rules post_fields[8], author_fields[4], each;
    struct relation to_author;
    struct buf out;
    bson_t bson;
};

static void fill_resource(struct fixture *f, struct resource *resource, const char *name,
                          const char *title)
{
    *resource = (struct resource){
        .name = name,
        .url = name,
        .title = name,
        .item_title = title,
        .id_field = "_id",
        .if_match = true,
        .hateoas = true,
        .settings = &f->settings,
    };
}

static int make_fixture(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->settings = (struct settings){.names = EVE_NAMES, .link_base = "", .date_format = ""};
    f->settings.json = f->settings.xml = true;
    fill_resource(f, &f->posts, "posts", "Post");
    fill_resource(f, &f->authors, "authors", "Author");
    f->to_author = (struct relation){.resource = &f->authors, .field = "_id", .embeddable = true};
    f->each = (struct rules){.name = "", .relation = &f->to_author};
    f->post_fields[0].name = "title";
    f->post_fields[1].name = "score";
    f->post_fields[2].name = "loc";
    f->post_fields[3].name = "tags";
    f->post_fields[4] = (struct rules){.name = "author_ref", .relation = &f->to_author};
    f->post_fields[5] = (struct rules){.name = "readers", .each = &f->each};
    f->posts.schema = (struct schema){.fields = f->post_fields, .count = 6};
    f->author_fields[0].name = "name";
    f->author_fields[1] = (struct rules){.name = "friend", .relation = &f->to_author};
    f->authors.schema = (struct schema){.fields = f->author_fields, .count = 2};
    *state = f;
    return 0;
}

static int release_fixture(void **state)
{
    struct fixture *f = *state;

    buf_release(&f->out);
    if (f->bson.len)
        bson_destroy(&f->bson);
    free(f);
    return 0;
}

/* A document of MongoDB's extended JSON, borrowed from the fixture until the next one. */
static inline struct document document_of(struct fixture *f, const char *json)
{
    struct document document = {.etag = ETAG, .created_ms = 0, .updated_ms = 1704067200999};
    bson_error_t err;

    if (f->bson.len)
        bson_destroy(&f->bson);
    if (!bson_init_from_json(&f->bson, json, -1, &err)) {
        print_error("%s: %s\n", json, err.message);
        abort();
    }
    document.bson = bson_get_data(&f->bson);
    document.len = f->bson.len;
    return document;
}

static inline const char *shown(struct fixture *f, const struct view *view, const char *json)
{
    struct document document = document_of(f, json);

    f->out.len = 0;
    render_document(view, &document, &f->out);
    return buf_text(&f->out);
}

#endif
