/* SPDX-License-Identifier: MIT */
/* Any text is a filter that the store takes and that can be asked of a document, or is refused with
 * a reason. The first octet picks the resource's settings. */
#include "../where.h"

#include <stdlib.h>
#include <string.h>

#include "../../lib/utf8.h"
#include "../tests/resources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static struct resource resource_of(uint8_t choice)
{
    static const char *const listed[] = {"author", "meta.lang", "tags"};
    static const char *const operators[] = {"$text", "$contains"};
    struct resource posts = posts_resource();

    posts.validate_filters = choice & 1;
    posts.soft_delete = choice & 2;
    posts.any_filter = !(choice & 4);
    posts.allowed_filters = (struct texts){listed, choice & 4 ? 3 : 0};
    posts.query_whitelist = (struct texts){operators, choice & 8 ? 2 : 0};
    posts.showing = choice & 16 ? SHOW_UNLISTED : choice & 32 ? SHOW_LISTED : SHOW_SCHEMA;
    posts.shown = (struct texts){listed, 3};
    posts.iso_dates = choice & 64;
    return posts;
}

static void fill(bson_t *document)
{
    bson_t *more = bson_new_from_json(
        (const uint8_t
             *)"{\"title\":\"a\",\"score\":5,\"rate\":1.5,\"url\":null,\"tags\":[\"a\",[1]],"
               "\"meta\":{\"lang\":\"en\"},\"comments\":[{\"text\":\"x\"},{\"text\":1}]}",
        -1, NULL);

    bson_concat(document, more);
    bson_destroy(more);
}

static void ask(const struct where *where)
{
    bson_t document = BSON_INITIALIZER;
    struct error err;

    require(filter_check(where->filter, &err));
    fill(&document);
    filter_matches(where->filter, bson_get_data(&document), document.len);
    bson_destroy(&document);
}

static void refused(const struct error *err)
{
    require(err->kind == ERROR_INVALID && err->message[0]);
    require(utf8_valid(err->message, strlen(err->message)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct error err = {0};
    struct resource resource;
    struct where where;
    const char *text;

    if (!size)
        return 0;
    resource = resource_of(data[0]);
    text = arena_copy(&arena, data + 1, size - 1);
    if (where_parse(&arena, &resource, text, &where, &err))
        ask(&where);
    else
        refused(&err);
    if (where_parse_python(&arena, &resource, text, &where, &err))
        ask(&where);
    else
        refused(&err);
    arena_release(&arena);
    return 0;
}
