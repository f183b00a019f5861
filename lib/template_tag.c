/* SPDX-License-Identifier: MIT */
/* One tag: where it ends, what it says, and what is around it. */
#include "template_parser.h"

#include <stdio.h>
#include <string.h>

bool template_fail_at(const struct template *template, const char *at, struct error *err,
                      const char *format, ...)
{
    char what[160];
    size_t line = 1;
    va_list args;

    for (const char *byte = template->source; byte < at; byte++)
        line += *byte == '\n';
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return fail(err, ERROR_INTERNAL, "%s:%zu: %s", template->path, line, what);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

struct slice template_trim(const char *from, const char *to)
{
    while (from < to && is_space(*from))
        from++;
    while (to > from && is_space(to[-1]))
        to--;
    return (struct slice){from, (size_t)(to - from)};
}

bool template_line_begins(const struct parser *parser, const char *at)
{
    return at == parser->template->source || at[-1] == '\n';
}

static void look_around(const struct parser *parser, struct tag *tag)
{
    const char *at = tag->start;

    while (at > parser->at && (at[-1] == ' ' || at[-1] == '\t'))
        at--;
    tag->space = at;
    tag->left = template_line_begins(parser, at);
    at = tag->end;
    while (at < parser->end && (*at == ' ' || *at == '\t'))
        at++;
    if (at < parser->end && *at == '\r')
        at++;
    tag->right = at == parser->end || *at == '\n';
    tag->after = at == parser->end ? at : at + 1;
}

bool template_read_tag(struct parser *parser, const char *start, struct tag *tag)
{
    static const char sigils[] = "#^/<>$&{!=";
    const char *at = start + strlen(parser->open);
    char closing[MAX_DELIMITER + 2];
    const char *end;

    *tag = (struct tag){.start = start};
    while (at < parser->end && is_space(*at))
        at++;
    if (at < parser->end && *at && strchr(sigils, *at))
        tag->sigil = *at++;
    snprintf(closing, sizeof(closing), "%s%s",
             tag->sigil == '{' ? "}" : (tag->sigil == '=' ? "=" : ""), parser->close);
    end = memmem(at, (size_t)(parser->end - at), closing, strlen(closing));
    if (!end)
        return template_fail_at(parser->template, start, parser->err, "this tag has no %s",
                                closing);
    tag->name = template_trim(at, end);
    tag->end = end + strlen(closing);
    look_around(parser, tag);
    return true;
}

bool template_check_name(const struct parser *parser, const struct tag *tag, struct slice name)
{
    if (!name.len)
        return template_fail_at(parser->template, tag->start, parser->err, "a tag without a name");
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.bytes[i] <= ' ')
            return template_fail_at(parser->template, tag->start, parser->err,
                                    "a name with a space in it");
    return true;
}

/* Split a.b.c at its dots. */
bool template_set_names(struct parser *parser, const struct tag *tag, struct slice path,
                        struct node *node)
{
    struct arena *arena = &parser->template->arena;
    const char *end = path.bytes + path.len;
    size_t count = 1;

    if (!template_check_name(parser, tag, path))
        return false;
    if (path.len == 1 && *path.bytes == '.')
        return true;
    for (size_t i = 0; i < path.len; i++)
        count += path.bytes[i] == '.';
    node->names = arena_zalloc(arena, count * sizeof(*node->names));
    for (const char *at = path.bytes; node->name_count < count; at++) {
        struct template_name *name = &node->names[node->name_count++];
        const char *dot = memchr(at, '.', (size_t)(end - at));

        name->len = (size_t)((dot ? dot : end) - at);
        name->text = arena_copy(arena, at, name->len);
        if (!name->len)
            return template_fail_at(parser->template, tag->start, parser->err,
                                    "a name with an empty part");
        at += name->len;
    }
    return true;
}

static bool take_delimiter(char out[MAX_DELIMITER + 1], struct slice word)
{
    if (!word.len || word.len > MAX_DELIMITER || memchr(word.bytes, '=', word.len) ||
        memchr(word.bytes, '\0', word.len))
        return false;
    memcpy(out, word.bytes, word.len);
    out[word.len] = '\0';
    return true;
}

bool template_set_delimiters(struct parser *parser, const struct tag *tag)
{
    const char *end = tag->name.bytes + tag->name.len;
    const char *gap = tag->name.bytes;
    struct slice second;
    bool ok;

    while (gap < end && !is_space(*gap))
        gap++;
    second = template_trim(gap, end);
    ok = take_delimiter(parser->open,
                        (struct slice){tag->name.bytes, (size_t)(gap - tag->name.bytes)}) &&
         take_delimiter(parser->close, second);
    for (size_t i = 0; ok && i < second.len; i++)
        ok = !is_space(second.bytes[i]);
    return ok || template_fail_at(parser->template, tag->start, parser->err,
                                  "two delimiters of at most %d bytes, without =, are expected",
                                  MAX_DELIMITER);
}
