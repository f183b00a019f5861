/* SPDX-License-Identifier: MIT */
/* From source to nodes, tag by tag. Which spaces and newlines belong to a tag that is alone on its
 * line is decided here, by looking at the source around it. */
#include "template_parser.h"

#include <string.h>

static struct node *add_node(struct parser *parser, enum node_kind kind, const char *at)
{
    struct node *node = arena_zalloc(&parser->template->arena, sizeof(*node));

    node->kind = kind;
    node->starts_line = template_line_begins(parser, at);
    *parser->tail = node;
    parser->tail = &node->next;
    return node;
}

static struct node *add_text(struct parser *parser, const char *from, const char *to)
{
    struct node *node;

    if (from >= to)
        return NULL;
    node = add_node(parser, NODE_TEXT, from);
    node->text = (struct slice){from, (size_t)(to - from)};
    return node;
}

/* The text before the tag; a tag that is alone takes its line's space and newline with it. */
static void step_over(struct parser *parser, const struct tag *tag, bool alone)
{
    add_text(parser, parser->at, alone ? tag->space : tag->start);
    parser->at = alone ? tag->after : tag->end;
}

static bool push(struct parser *parser, const struct tag *tag, struct node *node)
{
    if (parser->depth == MAX_NESTING)
        return template_fail_at(parser->template, tag->start, parser->err,
                                "more than %d sections in one another", MAX_NESTING);
    parser->stack[parser->depth++] =
        (struct open_tag){.node = node, .outer_tail = parser->tail, .at = tag->start};
    parser->tail = &node->children;
    return true;
}

static bool in_parent(const struct parser *parser)
{
    return parser->depth && parser->stack[parser->depth - 1].node->kind == NODE_PARENT;
}

static bool parse_value(struct parser *parser, const struct tag *tag)
{
    step_over(parser, tag, false);
    return template_set_names(parser, tag, tag->name,
                              add_node(parser, tag->sigil ? NODE_RAW : NODE_ESCAPED, tag->start));
}

static bool parse_section(struct parser *parser, const struct tag *tag)
{
    bool alone = tag->left && tag->right;
    struct node *node;

    step_over(parser, tag, alone);
    node = add_node(parser, tag->sigil == '#' ? NODE_SECTION : NODE_INVERTED, tag->start);
    node->standalone = alone;
    node->text = tag->name;
    return template_set_names(parser, tag, tag->name, node) && push(parser, tag, node);
}

static void add_reference(struct parser *parser, struct node *node, struct slice name)
{
    node->text = name;
    node->next_reference = parser->template->references;
    parser->template->references = node;
}

static bool parse_partial(struct parser *parser, const struct tag *tag)
{
    bool alone = tag->left && tag->right;
    bool dynamic = tag->name.len && *tag->name.bytes == '*';
    struct node *node;

    step_over(parser, tag, alone);
    node = add_node(parser, dynamic ? NODE_DYNAMIC : NODE_PARTIAL, tag->start);
    node->standalone = alone;
    if (alone)
        node->indent = (struct slice){tag->space, (size_t)(tag->start - tag->space)};
    if (dynamic)
        return template_set_names(
            parser, tag, template_trim(tag->name.bytes + 1, tag->name.bytes + tag->name.len), node);
    add_reference(parser, node, tag->name);
    return template_check_name(parser, tag, tag->name);
}

/* Whether a parent is alone on its lines shows only at its end, so the space is kept apart. */
static bool parse_parent(struct parser *parser, const struct tag *tag)
{
    struct node *space;
    struct node *node;

    add_text(parser, parser->at, tag->left ? tag->space : tag->start);
    space = tag->left ? add_text(parser, tag->space, tag->start) : NULL;
    parser->at = tag->end;
    parser->clean_end = tag->left ? tag->end : NULL;
    node = add_node(parser, NODE_PARENT, tag->start);
    add_reference(parser, node, tag->name);
    if (!template_check_name(parser, tag, tag->name) || !push(parser, tag, node))
        return false;
    parser->stack[parser->depth - 1].space = space;
    parser->stack[parser->depth - 1].left = tag->left;
    return true;
}

/* A block's first line may be shared with the parent's tag that it is for. */
static bool parse_block(struct parser *parser, const struct tag *tag)
{
    bool clean = tag->left || tag->space == parser->clean_end || in_parent(parser);
    struct node *node;

    step_over(parser, tag, clean && tag->right);
    parser->clean_end = clean ? tag->end : NULL;
    node = add_node(parser, NODE_BLOCK, tag->start);
    node->standalone = clean && tag->right;
    node->text = tag->name;
    if (tag->left)
        node->indent = (struct slice){tag->space, (size_t)(tag->start - tag->space)};
    return template_check_name(parser, tag, tag->name) && push(parser, tag, node);
}

static void end_parent(struct parser *parser, const struct open_tag *open, const struct tag *tag)
{
    struct node **keep = &open->node->children;

    step_over(parser, tag, false);
    parser->clean_end = NULL;
    for (struct node *child = open->node->children; child; child = child->next) {
        if (child->kind != NODE_BLOCK)
            continue;
        *keep = child;
        keep = &child->next;
    }
    *keep = NULL;
    if (!open->left || !tag->right)
        return;
    parser->at = tag->after;
    open->node->standalone = true;
    if (!open->space)
        return;
    open->node->indent = open->space->text;
    open->space->text.len = 0;
}

static void end_block(struct parser *parser, const struct open_tag *open, const struct tag *tag)
{
    bool given = parser->depth && parser->stack[parser->depth - 1].node->kind == NODE_PARENT;
    bool clean = tag->space == parser->clean_end;

    if (given && tag->left && !tag->right) {
        add_text(parser, parser->at, tag->space);
        parser->at = tag->end;
    } else {
        step_over(parser, tag, tag->left && tag->right);
    }
    parser->clean_end = clean || tag->left ? tag->end : NULL;
    if (open->node->standalone)
        template_unindent(&parser->template->arena, open->node->children, &open->node->indent);
}

static bool parse_end(struct parser *parser, const struct tag *tag)
{
    const struct open_tag *open;
    struct slice name;

    if (!parser->depth)
        return template_fail_at(parser->template, tag->start, parser->err,
                                "{{/%.*s}} closes nothing", (int)tag->name.len, tag->name.bytes);
    open = &parser->stack[parser->depth - 1];
    name = open->node->text;
    if (name.len != tag->name.len || memcmp(name.bytes, tag->name.bytes, name.len) != 0)
        return template_fail_at(parser->template, tag->start, parser->err,
                                "{{/%.*s}} where {{/%.*s}} is expected", (int)tag->name.len,
                                tag->name.bytes, (int)name.len, name.bytes);
    parser->depth--;
    if (open->node->kind == NODE_PARENT)
        end_parent(parser, open, tag);
    else if (open->node->kind == NODE_BLOCK)
        end_block(parser, open, tag);
    else
        step_over(parser, tag, tag->left && tag->right);
    parser->tail = open->outer_tail;
    return true;
}

static bool parse_tag(struct parser *parser, const struct tag *tag)
{
    switch (tag->sigil) {
    case '#':
    case '^':
        return parse_section(parser, tag);
    case '/':
        return parse_end(parser, tag);
    case '>':
        return parse_partial(parser, tag);
    case '<':
        return parse_parent(parser, tag);
    case '$':
        return parse_block(parser, tag);
    case '!':
        step_over(parser, tag, tag->left && tag->right);
        return true;
    case '=':
        step_over(parser, tag, tag->left && tag->right);
        return template_set_delimiters(parser, tag);
    default:
        return parse_value(parser, tag);
    }
}

bool template_parse(struct template *template, struct error *err)
{
    struct parser parser = {
        .template = template,
        .at = template->source,
        .end = template->source + template->len,
        .open = "{{",
        .close = "}}",
        .tail = &template->nodes,
        .err = err,
    };
    const char *start;
    struct tag tag;

    while ((start = memmem(parser.at, (size_t)(parser.end - parser.at), parser.open,
                           strlen(parser.open)))) {
        if (!template_read_tag(&parser, start, &tag) || !parse_tag(&parser, &tag))
            return false;
    }
    if (parser.depth)
        return template_fail_at(template, parser.stack[parser.depth - 1].at, err,
                                "{{%.*s}} is never closed",
                                (int)parser.stack[parser.depth - 1].node->text.len,
                                parser.stack[parser.depth - 1].node->text.bytes);
    add_text(&parser, parser.at, parser.end);
    return true;
}
