/* SPDX-License-Identifier: MIT */
/* A block is written where it is convenient and shown somewhere else, so the indentation of the one
 * place is taken off and that of the other put on (the latter when rendering). */
#include "template_node.h"

#include <string.h>

struct common {
    struct slice indent;
    bool any;
};

static void meet(struct common *common, struct slice indent)
{
    size_t len = 0;

    if (!common->any) {
        common->indent = indent;
        common->any = true;
        return;
    }
    while (len < common->indent.len && len < indent.len &&
           common->indent.bytes[len] == indent.bytes[len])
        len++;
    common->indent.len = len;
}

static size_t line_len(struct slice text)
{
    const char *newline = memchr(text.bytes, '\n', text.len);

    return newline ? (size_t)(newline - text.bytes) + 1 : text.len;
}

static size_t space_len(struct slice line)
{
    size_t len = 0;

    while (len < line.len && (line.bytes[len] == ' ' || line.bytes[len] == '\t'))
        len++;
    return len;
}

static bool blank(struct slice line)
{
    size_t space = space_len(line);

    return space < line.len && (line.bytes[space] == '\n' || line.bytes[space] == '\r');
}

static void meet_text(struct common *common, const struct node *node)
{
    struct slice rest = node->text;
    bool line_start = node->starts_line;

    while (rest.len) {
        struct slice line = {rest.bytes, line_len(rest)};

        if (line_start && !blank(line))
            meet(common, (struct slice){line.bytes, space_len(line)});
        line_start = true;
        rest.bytes += line.len;
        rest.len -= line.len;
    }
}

/* A standalone block has been unindented on its own: its body is not looked into. The tags of a
 * standalone section vanish with their lines. */
static void meet_nodes(struct common *common, const struct node *node)
{
    for (; node; node = node->next) {
        bool section = node->kind == NODE_SECTION || node->kind == NODE_INVERTED;

        if (node->kind == NODE_TEXT)
            meet_text(common, node);
        else if (node->standalone && !section)
            meet(common, node->indent);
        else if (node->starts_line)
            meet(common, (struct slice){"", 0});
        if (section || (node->kind == NODE_BLOCK && !node->standalone))
            meet_nodes(common, node->children);
    }
}

static struct slice without(struct slice line, struct slice indent)
{
    size_t len = 0;

    while (len < indent.len && len < line.len && line.bytes[len] == indent.bytes[len])
        len++;
    return len ? (struct slice){line.bytes + len, line.len - len} : line;
}

static void strip_text(struct arena *arena, struct node *node, struct slice indent)
{
    struct slice rest = node->text;
    char *out = arena_alloc(arena, rest.len);
    bool line_start = node->starts_line;

    node->text = (struct slice){out, 0};
    while (rest.len) {
        struct slice line = {rest.bytes, line_len(rest)};
        struct slice kept = line_start ? without(line, indent) : line;

        memcpy(out + node->text.len, kept.bytes, kept.len);
        node->text.len += kept.len;
        line_start = true;
        rest.bytes += line.len;
        rest.len -= line.len;
    }
}

static void strip_nodes(struct arena *arena, struct node *node, struct slice indent)
{
    for (; node; node = node->next) {
        bool section = node->kind == NODE_SECTION || node->kind == NODE_INVERTED;

        if (node->kind == NODE_TEXT)
            strip_text(arena, node, indent);
        else
            node->indent = without(node->indent, indent);
        if (section || (node->kind == NODE_BLOCK && !node->standalone))
            strip_nodes(arena, node->children, indent);
    }
}

bool template_unindent(struct arena *arena, struct node *nodes, struct slice *indent)
{
    struct common common = {0};

    meet_nodes(&common, nodes);
    if (!common.any)
        return false;
    *indent = common.indent;
    if (common.indent.len)
        strip_nodes(arena, nodes, common.indent);
    return true;
}
