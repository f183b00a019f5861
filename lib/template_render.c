/* SPDX-License-Identifier: MIT */
#include "template_node.h"

#include <string.h>

enum { MAX_DEPTH = 100 };

/* What names are looked up in, innermost first. */
struct scope {
    struct template_value value;
    struct scope *outer;
};

/* The blocks that a parent was given, innermost parent first. */
struct given {
    const struct node *blocks;
    struct given *outer;
};

struct render {
    struct buf *out;
    const struct template_set *set;
    struct scope *scope;
    struct given *given;
    struct buf pad;  /* indentations, one after the other */
    size_t pad_from; /* where those that count now begin */
    bool pending;    /* a line of a template begins here and was not indented yet */
    int depth;
    struct error *err;
};

static bool render_nodes(struct render *render, const struct node *node);

/* What HTML cannot hold, not even escaped, stands as the sign for a character that is none. */
#define NO_CHARACTER                                                                               \
    {                                                                                              \
        "\xEF\xBF\xBD", 3                                                                          \
    }
static const struct slice entities[256] = {
    [0x00 ... 0x08] = NO_CHARACTER,
    [0x0B] = NO_CHARACTER,
    [0x0E ... 0x1F] = NO_CHARACTER,
    [0x7F] = NO_CHARACTER,
    ['&'] = {"&amp;", 5},
    ['<'] = {"&lt;", 4},
    ['>'] = {"&gt;", 4},
    ['"'] = {"&quot;", 6},
    ['\''] = {"&#39;", 5},
};

static void add_escaped(struct buf *out, struct template_text text)
{
    size_t run = 0;

    for (size_t i = 0; i < text.len; i++) {
        const struct slice *entity = &entities[(unsigned char)text.bytes[i]];

        if (!entity->len)
            continue;
        buf_add(out, text.bytes + run, i - run);
        buf_add(out, entity->bytes, entity->len);
        run = i + 1;
    }
    buf_add(out, text.bytes + run, text.len - run);
}

static void add_indent(struct render *render)
{
    if (render->pending && render->pad.len > render->pad_from)
        buf_add(render->out, render->pad.data + render->pad_from,
                render->pad.len - render->pad_from);
    render->pending = false;
}

static void render_text(struct render *render, struct slice text)
{
    if (!text.len)
        return;
    if (render->pad.len == render->pad_from) {
        buf_add(render->out, text.bytes, text.len);
        render->pending = text.bytes[text.len - 1] == '\n';
        return;
    }
    while (text.len) {
        const char *newline = memchr(text.bytes, '\n', text.len);
        size_t len = newline ? (size_t)(newline - text.bytes) + 1 : text.len;

        if (*text.bytes != '\n' && *text.bytes != '\r')
            add_indent(render);
        buf_add(render->out, text.bytes, len);
        render->pending = newline != NULL;
        text.bytes += len;
        text.len -= len;
    }
}

static bool look_up(const struct render *render, const struct node *node,
                    struct template_value *out)
{
    const struct scope *scope = render->scope;

    if (!node->name_count) {
        *out = scope->value;
        return true;
    }
    while (scope && !scope->value.kind->get(scope->value, &node->names[0], out))
        scope = scope->outer;
    if (!scope)
        return false;
    for (size_t i = 1; i < node->name_count; i++) {
        struct template_value whole = *out;

        if (!whole.kind->get(whole, &node->names[i], out))
            return false;
    }
    return true;
}

static void render_value(struct render *render, const struct node *node)
{
    char scratch[TEMPLATE_SCRATCH];
    struct template_value value;
    struct template_text text;

    add_indent(render);
    if (!look_up(render, node, &value))
        return;
    text = value.kind->text(value, scratch);
    if (node->kind == NODE_RAW)
        buf_add(render->out, text.bytes, text.len);
    else
        add_escaped(render->out, text);
}

static bool render_with(struct render *render, const struct node *node, struct template_value value)
{
    struct scope scope = {value, render->scope};
    bool ok;

    render->scope = &scope;
    ok = render_nodes(render, node->children);
    render->scope = scope.outer;
    return ok;
}

static bool render_section(struct render *render, const struct node *node)
{
    struct template_cursor cursor = {0};
    struct template_value value;
    struct template_value item;
    enum template_shape shape = TEMPLATE_FALSE;

    if (!node->standalone)
        add_indent(render);
    if (look_up(render, node, &value))
        shape = value.kind->shape(value);
    if (node->kind == NODE_INVERTED)
        return shape != TEMPLATE_FALSE || render_nodes(render, node->children);
    if (shape == TEMPLATE_ONE)
        return render_with(render, node, value);
    if (shape == TEMPLATE_FALSE)
        return true;
    while (value.kind->next(value, &cursor, &item))
        if (!render_with(render, node, item))
            return false;
    return true;
}

static bool go_deeper(struct render *render)
{
    if (render->depth == MAX_DEPTH)
        return fail(render->err, ERROR_INTERNAL, "templates include one another %d levels deep",
                    MAX_DEPTH);
    render->depth++;
    return true;
}

/* Nodes of another file where this tag stands. Each of their lines is indented as the tag, if that
 * is alone on its line; if not, none is, whatever the indentation around. */
static bool render_included(struct render *render, const struct node *tag,
                            const struct template *target)
{
    size_t pad_from = render->pad_from;
    size_t pad_len = render->pad.len;
    bool ok;

    if (!tag->standalone)
        add_indent(render);
    if (!target)
        return true;
    if (!go_deeper(render))
        return false;
    if (tag->standalone)
        buf_add(&render->pad, tag->indent.bytes, tag->indent.len);
    else
        render->pad_from = pad_len;
    render->pending = tag->standalone;
    ok = render_nodes(render, target->nodes);
    render->pending = tag->standalone;
    render->pad.len = pad_len;
    render->pad_from = pad_from;
    render->depth--;
    return ok;
}

static bool render_dynamic(struct render *render, const struct node *node)
{
    const struct template *target = NULL;
    char scratch[TEMPLATE_SCRATCH];
    struct template_value value;
    struct template_text name;

    if (look_up(render, node, &value)) {
        name = value.kind->text(value, scratch);
        target = template_find(render->set, name.bytes, name.len);
    }
    return render_included(render, node, target);
}

static bool render_parent(struct render *render, const struct node *node)
{
    struct given given = {node->children, render->given};
    bool ok;

    render->given = &given;
    ok = render_included(render, node, node->target);
    render->given = given.outer;
    return ok;
}

/* The outermost parent's tag decides, as it is the one nearest to the page. */
static const struct node *find_given(struct given *given, const struct node *block,
                                     struct given **from)
{
    const struct node *found = NULL;

    for (; given; given = given->outer)
        for (const struct node *at = given->blocks; at; at = at->next)
            if (at->text.len == block->text.len &&
                memcmp(at->text.bytes, block->text.bytes, at->text.len) == 0) {
                found = at;
                *from = given;
            }
    return found;
}

/* What a parent was given may itself have blocks: those are for parents further out. */
static bool render_block(struct render *render, const struct node *node)
{
    struct given *given = render->given;
    struct given *from = NULL;
    const struct node *body = find_given(given, node, &from);
    size_t pad_len = render->pad.len;
    bool ok;

    if (body && !go_deeper(render))
        return false;
    if (body)
        render->given = from->outer;
    if (body || node->standalone)
        buf_add(&render->pad, node->indent.bytes, node->indent.len);
    if (node->standalone)
        render->pending = true;
    ok = render_nodes(render, body ? body->children : node->children);
    render->pad.len = pad_len;
    render->given = given;
    render->depth -= body != NULL;
    return ok;
}

static bool render_node(struct render *render, const struct node *node)
{
    switch (node->kind) {
    case NODE_TEXT:
        render_text(render, node->text);
        return true;
    case NODE_ESCAPED:
    case NODE_RAW:
        render_value(render, node);
        return true;
    case NODE_SECTION:
    case NODE_INVERTED:
        return render_section(render, node);
    case NODE_PARTIAL:
        return render_included(render, node, node->target);
    case NODE_DYNAMIC:
        return render_dynamic(render, node);
    case NODE_PARENT:
        return render_parent(render, node);
    case NODE_BLOCK:
        return render_block(render, node);
    }
    return true;
}

static bool render_nodes(struct render *render, const struct node *node)
{
    for (; node; node = node->next)
        if (!render_node(render, node))
            return false;
    return true;
}

bool template_render(const struct template *template, struct template_value data, struct buf *out,
                     struct error *err)
{
    struct scope root = {data, NULL};
    struct render render = {.out = out, .set = template->set, .scope = &root, .err = err};
    size_t len = out->len;
    bool ok;

    render.pending = true;
    ok = render_nodes(&render, template->nodes);
    if (!ok)
        out->len = len;
    buf_release(&render.pad);
    return ok;
}
