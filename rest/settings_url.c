/* SPDX-License-Identifier: MIT */
/* Addresses: what may stand in a path, and the converters of Werkzeug and Eve in `<…>`. */
#include "settings_tables.h"

#include <stdlib.h>
#include <string.h>

/* What a segment may be. */
struct converter {
    const struct pattern *pattern;
    const char *text;
};

bool url_is_plain(const char *text)
{
    static const char unreserved[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    for (;;) {
        size_t len = strspn(text, unreserved);

        if (len == 0 || (text[0] == '.' && strspn(text, ".") == len && len <= 2))
            return false;
        if (!text[len])
            return true;
        if (text[len] != '/')
            return false;
        text += len + 1;
    }
}

static const char not_plain[] =
    "must be segments of letters, digits and -._~ without a slash at either end";

void read_endpoint(const struct spot *spot, const struct entry *entry, void *member)
{
    const char *text = NULL;

    (void)entry;
    if (json_type(spot->value) != JSON_NULL && !take_text(spot, &text))
        return;
    if (text && *text && !url_is_plain(text))
        mistake(spot, "%s", not_plain);
    else
        *(const char **)member = text && *text ? text : NULL;
}

/* The regular expression that a converter stands for; NULL: there is none of that name. */
static const char *converter_text(struct arena *arena, const char *text, size_t len)
{
    static const char *const known[][2] = {
        {"int", "[0-9]+"},
        {"float", "[0-9]+\\.[0-9]+"},
        {"string", "[^/]+"},
        {"default", "[^/]+"},
        {"objectid", "[a-f0-9]{24}"},
        {"uuid", "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strlen(known[i][0]) == len && memcmp(known[i][0], text, len) == 0)
            return known[i][1];
    if (len < 9 || memcmp(text, "regex(", 6) != 0 || text[len - 1] != ')' ||
        (text[6] != '"' && text[6] != '\'') || text[len - 2] != text[6])
        return NULL;
    return arena_copy(arena, text + 7, len - 9);
}

static bool converter_read(const struct spot *spot, const char *text, size_t len,
                           struct converter *out)
{
    out->text = converter_text(spot->reader->arena, text, len);
    if (!out->text) {
        mistake(spot, "must be regex(\"…\"), int, float, string, uuid or objectid, not %.*s",
                (int)(len < 60 ? len : 60), text);
        return false;
    }
    out->pattern = take_pattern(spot, out->text);
    return out->pattern != NULL;
}

void read_item_url(const struct spot *spot, const struct entry *entry, void *resource)
{
    struct resource *into = resource;
    struct converter converter;
    const char *text;

    (void)entry;
    if (!take_text(spot, &text) || !converter_read(spot, text, strlen(text), &converter))
        return;
    into->item_url = converter.pattern;
    into->item_url_text = converter.text;
}

/* -- additional_lookup ---------------------------------------------------------------------------
 */

struct lookup {
    const char *field;
    struct converter url;
};

static void read_lookup_url(const struct spot *spot, const struct entry *entry, void *member)
{
    const char *text;

    (void)entry;
    if (take_text(spot, &text))
        converter_read(spot, text, strlen(text), member);
}

static const struct entry lookup_entries[] = {
    {.name = "field", .read = read_text, .offset = offsetof(struct lookup, field)},
    {.name = "url", .read = read_lookup_url, .offset = offsetof(struct lookup, url)},
    {0},
};

/* Numbers need no rule; Eve then ignores one that is given. */
static void finish_lookup(const struct spot *spot, struct draft *draft, struct lookup *lookup)
{
    const struct rules *rules = schema_at(&draft->resource->schema, lookup->field);
    struct spot url;

    if (rules && rules->types == RULE_INTEGER)
        converter_read(spot, "int", 3, &lookup->url);
    else if (!spot_get(spot, "url", &url))
        mistake(spot, "needs a url, such as regex(\"[\\w]+\")");
    draft->resource->lookup_field = lookup->field;
    draft->resource->lookup_url = lookup->url.pattern;
    wish(draft, spot, lookup->field, STORE_INDEXED);
}

void read_lookup(const struct spot *spot, const struct entry *entry, void *draft)
{
    struct lookup lookup = {0};
    struct entries tables[] = {{.keys = lookup_entries, .into = &lookup}, {0}};
    struct draft *into = draft;
    struct spot field;

    (void)entry;
    if (json_type(spot->value) == JSON_NULL)
        return;
    entries_read(spot, tables, KEYS_PLAIN);
    if (json_type(spot->value) != JSON_OBJECT)
        return;
    if (!spot_get(spot, "field", &field))
        mistake(spot, "needs a field");
    else if (lookup.field && check_field(&field, into->resource, lookup.field))
        finish_lookup(spot, into, &lookup);
}

/* -- url -----------------------------------------------------------------------------------------
 */

/* What stands in `<…>`: converter:field, or a field alone. */
struct part {
    const char *text;
    size_t len;
};

/* Take a part apart; url becomes longer by the one form that all parts have there. */
static bool add_parent(const struct spot *spot, struct draft *draft, struct part part,
                       struct buf *url)
{
    enum { MOST = sizeof(draft->resource->parent_fields) / sizeof(const char *) };
    struct resource *resource = draft->resource;
    const char *colon = memrchr(part.text, ':', part.len);
    const char *name = colon ? colon + 1 : part.text;
    size_t at = resource->parent_count;
    struct converter converter;

    name = arena_copy(spot->reader->arena, name, part.len - (size_t)(name - part.text));
    if (at == MOST)
        mistake(spot, "has more than %d parts in <…>", MOST);
    if (at == MOST || !check_field(spot, resource, name) ||
        !converter_read(spot, colon ? part.text : "string",
                        colon ? (size_t)(colon - part.text) : strlen("string"), &converter))
        return false;
    resource->parent_fields[at] = name;
    resource->parent_patterns[at] = converter.pattern;
    resource->parent_count++;
    buf_printf(url, "<%s>", name);
    wish(draft, spot, name, STORE_INDEXED);
    return true;
}

/* The end of `<…>`: behind a regex, as that may hold `>` itself. NULL: it is not closed. */
static const char *end_of_part(const char *open)
{
    const char *at = open + 1;

    if (strncmp(at, "regex(\"", 7) == 0)
        at = strstr(at + 7, "\")");
    else if (strncmp(at, "regex('", 7) == 0)
        at = strstr(at + 7, "')");
    return at ? strchr(at, '>') : NULL;
}

/* A part is all of a segment; at is its `<`. */
static bool fills_segment(const char *text, const char *at, const char *end)
{
    return (at == text || at[-1] == '/') && (end[1] == '\0' || end[1] == '/');
}

/* An address, with its parts in one form, and with a letter in place of each. */
struct address_texts {
    struct buf url, plain;
};

static bool read_parts(const struct spot *spot, struct draft *draft, const char *text,
                       struct address_texts *out)
{
    for (const char *at = text; *at; at++) {
        const char *end = *at == '<' ? end_of_part(at) : at;

        buf_byte(&out->plain, *at == '<' ? 'x' : *at);
        if (*at != '<') {
            buf_byte(&out->url, *at);
            continue;
        }
        if (!end || !fills_segment(text, at, end)) {
            mistake(spot, "has a <…> that is not closed or not a whole segment");
            return false;
        }
        if (!add_parent(spot, draft, (struct part){at + 1, (size_t)(end - at - 1)}, &out->url))
            return false;
        at = end;
    }
    return true;
}

void read_url(const struct spot *spot, const struct entry *entry, void *draft)
{
    struct draft *into = draft;
    struct address_texts texts = {0};
    const char *text;

    (void)entry;
    if (!take_text(spot, &text))
        return;
    if (read_parts(spot, into, text, &texts) && !url_is_plain(buf_text(&texts.plain)))
        mistake(spot, "%s", not_plain);
    into->resource->url = arena_text(spot->reader->arena, buf_text(&texts.url));
    buf_release(&texts.url);
    buf_release(&texts.plain);
}
