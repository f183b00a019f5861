/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#define JSMN_STATIC
#include <jsmn.h>

#include "json_text.h"

enum { MAX_BYTES = 1 << 30 }; /* jsmn counts in int */

static enum json_type type_of(jsmntype_t type, char first)
{
    switch (type) {
    case JSMN_OBJECT:
        return JSON_OBJECT;
    case JSMN_ARRAY:
        return JSON_LIST;
    case JSMN_STRING:
        return JSON_TEXT;
    default:
        if (first == 'n')
            return JSON_NULL;
        return first == 't' || first == 'f' ? JSON_BOOL : JSON_NUMBER;
    }
}

/* Children follow their parent, so going backwards each one is complete before it is handed on. */
static void link_nodes(struct json_node *nodes, const jsmntok_t *tokens, uint32_t count)
{
    for (uint32_t i = count; i-- > 0;) {
        int parent = tokens[i].parent;

        if (nodes[i].next == 0)
            nodes[i].next = i + 1;
        if (parent >= 0 && nodes[parent].next < nodes[i].next)
            nodes[parent].next = nodes[i].next;
    }
}

/* Only now, as the places of all values are known, bytes may change: a text loses its escapes, and
 * what follows a text or number becomes its NUL. */
static void terminate(struct json_text *text)
{
    for (uint32_t i = 0; i < text->count; i++) {
        struct json_node *node = &text->nodes[i];

        if (node->type == JSON_TEXT)
            node->len = (uint32_t)json_unescape(text->bytes + node->start, node->len);
        if (node->type == JSON_TEXT || node->type == JSON_NUMBER)
            text->bytes[node->start + node->len] = '\0';
    }
}

static bool split(struct json_text *text, size_t len, struct error *err)
{
    jsmntok_t *tokens = malloc(text->count * sizeof(*tokens));
    jsmn_parser parser;
    int found;

    if (!tokens)
        abort();
    jsmn_init(&parser);
    found = jsmn_parse(&parser, text->bytes, len, tokens, text->count);
    if (found < 0 || (uint32_t)found != text->count) {
        free(tokens);
        return fail(err, ERROR_INTERNAL, "JSON that was checked could not be split (%d)", found);
    }
    for (uint32_t i = 0; i < text->count; i++)
        text->nodes[i] = (struct json_node){
            .start = (uint32_t)tokens[i].start,
            .len = (uint32_t)(tokens[i].end - tokens[i].start),
            .count = (uint32_t)tokens[i].size,
            .type = type_of(tokens[i].type, text->bytes[tokens[i].start]),
        };
    link_nodes(text->nodes, tokens, text->count);
    free(tokens);
    return true;
}

/* A scalar that is the whole text: jsmn takes only objects and lists in strict mode. */
static void take_scalar(struct json_text *text, size_t len)
{
    static const char space[] = " \t\r\n";
    size_t start = strspn(text->bytes, space);
    struct json_node *node = &text->nodes[0];

    while (strchr(space, text->bytes[len - 1]))
        len--;
    *node = (struct json_node){.start = (uint32_t)start, .len = (uint32_t)(len - start), .next = 1};
    if (text->bytes[start] == '"') {
        node->type = JSON_TEXT;
        node->start++;
        node->len -= 2;
    } else {
        node->type = type_of(JSMN_PRIMITIVE, text->bytes[start]);
    }
}

/* NULL and err for what is not JSON. */
static struct json_text *parse(struct arena *arena, const char *bytes, size_t len,
                               struct error *err)
{
    struct json_text *text;
    size_t nodes;
    char first;

    if (len > MAX_BYTES) {
        fail(err, ERROR_TOO_LARGE, "JSON of more than %d bytes", MAX_BYTES);
        return NULL;
    }
    if (!json_check(bytes, len, &nodes, err))
        return NULL;
    text = arena_alloc(arena, sizeof(*text));
    text->count = (uint32_t)nodes;
    text->bytes = arena_copy(arena, bytes, len);
    text->nodes = arena_alloc(arena, nodes * sizeof(*text->nodes));
    first = text->bytes[strspn(text->bytes, " \t\r\n")];
    if (first != '{' && first != '[')
        take_scalar(text, len);
    else if (!split(text, len, err))
        return NULL;
    terminate(text);
    return text;
}

bool json_parse(struct arena *arena, const char *bytes, size_t len, struct json *out,
                struct error *err)
{
    const struct json_text *text = parse(arena, bytes, len, err);

    if (text)
        *out = (struct json){text, 0};
    return text != NULL;
}

bool json_parse_unique(struct arena *arena, const char *bytes, size_t len, struct json *out,
                       struct error *err)
{
    const struct json_text *text = parse(arena, bytes, len, err);
    uint32_t second;

    if (!text)
        return false;
    if (!json_keys_unique(text, &second))
        return json_fail_at(bytes, text->nodes[second].start - 1,
                            "expected a key that the object does not have yet", err);
    *out = (struct json){text, 0};
    return true;
}
