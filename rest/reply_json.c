/* SPDX-License-Identifier: MIT */
/* JSON in another form: sorted, indented. */
#include "reply_private.h"

#include "render.h"

#include <stdlib.h>
#include <string.h>

/* -- sorted -------------------------------------------------------------------------------------
 */

int member_compare(const struct member *a, const struct member *b)
{
    size_t least = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->key, b->key, least);

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare(const void *a, const void *b)
{
    return member_compare(a, b);
}

size_t sorted_members(struct arena *arena, struct json object, struct member **out)
{
    size_t count = 0;
    struct json_iter iter;

    *out = arena_alloc(arena, json_count(object) * sizeof(**out));
    json_each(object, &iter);
    while (json_next(&iter))
        (*out)[count++] = (struct member){iter.key, iter.key_len, iter.value};
    if (count)
        qsort(*out, count, sizeof(**out), compare);
    return count;
}

static void write_sorted(struct arena *arena, struct json value, struct buf *out);

static void write_object(struct arena *arena, struct json object, struct buf *out)
{
    struct member *members;
    size_t count = sorted_members(arena, object, &members);

    buf_byte(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_byte(out, ',');
        render_text(members[i].key, members[i].len, out);
        buf_byte(out, ':');
        write_sorted(arena, members[i].value, out);
    }
    buf_byte(out, '}');
}

static void write_list(struct arena *arena, struct json list, struct buf *out)
{
    struct json_iter iter;
    bool first = true;

    buf_byte(out, '[');
    json_each(list, &iter);
    while (json_next(&iter)) {
        if (!first)
            buf_byte(out, ',');
        first = false;
        write_sorted(arena, iter.value, out);
    }
    buf_byte(out, ']');
}

/* As deep as json_parse() goes at most. */
static void write_sorted(struct arena *arena, struct json value, struct buf *out)
{
    const char *text;
    size_t len;

    switch (json_type(value)) {
    case JSON_OBJECT:
        write_object(arena, value, out);
        return;
    case JSON_LIST:
        write_list(arena, value, out);
        return;
    case JSON_TEXT:
        text = json_string(value, &len);
        render_text(text, len, out);
        return;
    default:
        json_write_value(out, value);
        return;
    }
}

bool json_sort(struct arena *arena, struct list text, struct buf *out, struct error *err)
{
    struct json json;

    if (!json_parse(arena, text.items, text.count, &json, err))
        return false;
    write_sorted(arena, json, out);
    return true;
}

/* -- indented -----------------------------------------------------------------------------------
 */

static void new_line(int depth, struct buf *out)
{
    static const char blanks[4 * JSON_MAX_INDENT + 1] =
        "                                                                "
        "                                                                ";
    size_t indent = 4 * (size_t)(depth < JSON_MAX_INDENT ? depth : JSON_MAX_INDENT);

    buf_byte(out, '\n');
    buf_add(out, blanks, indent);
}

/* What stands behind the text that begins at `at`. */
static const char *text_end(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at < end ? at + 1 : end;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* An empty container stays on its line. Returns how much deeper what follows is. */
static int open_container(const char **at, const char *end, int depth, struct buf *out)
{
    const char *next = skip_space(*at + 1, end);

    buf_byte(out, **at);
    if (next < end && (*next == '}' || *next == ']')) {
        buf_byte(out, *next);
        *at = next + 1;
        return 0;
    }
    *at = next;
    new_line(depth + 1, out);
    return 1;
}

void json_indent(struct list text, struct buf *out)
{
    const char *at = text.items;
    const char *end = at + text.count;
    int depth = 0;

    for (at = skip_space(at, end); at < end; at = skip_space(at, end)) {
        const char *from = at;

        switch (*at) {
        case '"':
            at = text_end(at, end);
            buf_add(out, from, (size_t)(at - from));
            break;
        case '{':
        case '[':
            depth += open_container(&at, end, depth, out);
            break;
        case '}':
        case ']':
            depth -= depth > 0;
            new_line(depth, out);
            buf_byte(out, *at++);
            break;
        case ',':
            buf_byte(out, *at++);
            new_line(depth, out);
            break;
        case ':':
            buf_add(out, ": ", 2);
            at++;
            break;
        default:
            buf_byte(out, *at++);
            break;
        }
    }
}
