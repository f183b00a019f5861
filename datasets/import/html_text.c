/* SPDX-License-Identifier: MIT */
#include "html_text.h"

#include "../../app/entities.h"

#include <stdbool.h>

#include <string.h>
#include <strings.h>

struct fragment {
    struct buf *out;
    size_t start; /* of ours in out */
    const char *at;
    const char *end;
    int breaks; /* line ends owed before the next text */
    bool blank; /* a space is owed */
    int preformatted;
};

struct tag {
    const char *name;
    size_t len;
    bool closing;
};

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_named(const struct tag *tag, const char *name)
{
    return strlen(name) == tag->len && strncasecmp(tag->name, name, tag->len) == 0;
}

/* How many line ends stand before and after an element; 0 for those inside a line. */
static int block_breaks(const struct tag *tag)
{
    static const struct {
        const char *name;
        int breaks;
    } blocks[] = {
        {"p", 2},          {"br", 1}, {"li", 1}, {"ul", 2},    {"ol", 2}, {"pre", 2},
        {"div", 1},        {"h1", 2}, {"h2", 2}, {"h3", 2},    {"h4", 2}, {"h5", 2},
        {"h6", 2},         {"hr", 2}, {"tr", 1}, {"td", 1},    {"dl", 2}, {"dt", 1},
        {"blockquote", 2}, {"dd", 1}, {"th", 1}, {"table", 2},
    };

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
        if (is_named(tag, blocks[i].name))
            return blocks[i].breaks;
    return 0;
}

static void pay_blanks(struct fragment *fragment)
{
    if (fragment->out->len > fragment->start) {
        for (int i = 0; i < fragment->breaks; i++)
            buf_byte(fragment->out, '\n');
        if (!fragment->breaks && fragment->blank)
            buf_byte(fragment->out, ' ');
    }
    fragment->breaks = 0;
    fragment->blank = false;
}

/* Text between tags. References are decoded after blanks were folded, so that those written as
 * references stay. */
static void add_text(struct fragment *fragment, const char *text, size_t len)
{
    size_t from = 0;
    bool any = false;

    for (size_t i = 0; i < len; i++) {
        bool blank = strchr(" \t\r\n\f", text[i]) && text[i];

        if (blank && !fragment->preformatted) {
            fragment->blank = true;
            continue;
        }
        if (!any || (!fragment->preformatted && fragment->blank))
            pay_blanks(fragment);
        if (!any)
            from = fragment->out->len;
        any = true;
        if (text[i] != '\r')
            buf_byte(fragment->out, text[i]);
    }
    if (any)
        fragment->out->len =
            from + entities_decode(fragment->out->data + from, fragment->out->data + from,
                                   fragment->out->len - from);
}

/* Past the `>` of a tag that begins at `at`; NULL if it has none. A quoted `>` does not count. */
static const char *tag_end(const char *at, const char *end)
{
    char quote = 0;

    for (; at < end; at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '>')
            return at + 1;
        else if (*at == '"' || *at == '\'')
            quote = *at;
    }
    return NULL;
}

/* Past a script or style, whose content is no text. */
static const char *skip_raw(const struct tag *tag, const char *at, const char *end)
{
    for (; at + 2 + tag->len <= end; at++)
        if (at[0] == '<' && at[1] == '/' && strncasecmp(at + 2, tag->name, tag->len) == 0)
            return at;
    return end;
}

static void apply_tag(struct fragment *fragment, const struct tag *tag)
{
    int breaks = block_breaks(tag);

    if (is_named(tag, "pre"))
        fragment->preformatted = !tag->closing;
    if (is_named(tag, "br") && !tag->closing)
        fragment->breaks = fragment->breaks ? 2 : 1;
    else if (fragment->breaks < breaks)
        fragment->breaks = breaks;
    if (is_named(tag, "li") && !tag->closing) {
        add_text(fragment, "-", 1);
        fragment->blank = true;
    }
    if (!tag->closing && (is_named(tag, "script") || is_named(tag, "style")))
        fragment->at = skip_raw(tag, fragment->at, fragment->end);
}

static const char *skip_comment(const char *at, const char *end)
{
    const char *close = end - at >= 4 ? memmem(at + 4, (size_t)(end - at) - 4, "-->", 3) : NULL;

    return close ? close + 3 : end;
}

/* What begins with `<`: false if it is no tag but text. */
static bool take_tag(struct fragment *fragment)
{
    const char *at = fragment->at;
    size_t left = (size_t)(fragment->end - at);
    struct tag tag = {0};
    const char *end;

    if (left >= 4 && memcmp(at, "<!--", 4) == 0) {
        fragment->at = skip_comment(at, fragment->end);
        return true;
    }
    tag.closing = left > 1 && at[1] == '/';
    tag.name = at + 1 + tag.closing;
    if (tag.name >= fragment->end ||
        (!is_letter(*tag.name) && (tag.closing || !strchr("!?", *tag.name) || !*tag.name)))
        return false;
    end = tag_end(tag.name, fragment->end);
    if (!end)
        return false;
    while (is_letter(tag.name[tag.len]) || (tag.name[tag.len] >= '0' && tag.name[tag.len] <= '9'))
        tag.len++;
    fragment->at = end;
    apply_tag(fragment, &tag);
    return true;
}

void html_text(struct buf *out, const char *html, size_t len)
{
    struct fragment fragment = {out, out->len, html, html + len, 0, false, 0};

    while (fragment.at < fragment.end) {
        size_t left = (size_t)(fragment.end - fragment.at);
        const char *next;

        if (*fragment.at == '<' && take_tag(&fragment))
            continue;
        next = memchr(fragment.at + 1, '<', left - 1);
        if (!next)
            next = fragment.end;
        add_text(&fragment, fragment.at, (size_t)(next - fragment.at));
        fragment.at = next;
    }
    while (out->len > fragment.start && strchr(" \t\n", out->data[out->len - 1]) &&
           out->data[out->len - 1])
        out->len--;
}
