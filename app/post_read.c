/* SPDX-License-Identifier: MIT */
/* A stored document of any origin becomes a struct post: one pass over the BSON notes where things
 * are, then each text is made clean. Texts that are clean already, which is nearly all, are
 * borrowed where the document lives as long as the post. */
#include "posts.h"

#include "entities.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum text_slot {
    TEXT_ID,
    TEXT_TITLE,
    TEXT_AUTHOR,
    TEXT_URL,
    TEXT_PERMALINK,
    TEXT_DOMAIN,
    TEXT_SELFTEXT,
    TEXT_THUMBNAIL,
    TEXT_SOURCE,
    TEXT_SLOTS,
};

struct text {
    const char *bytes; /* NULL: none */
    size_t len;
};

struct reading {
    struct arena *arena;
    bool borrow;  /* the document's bytes live in arena */
    bool escaped; /* texts are HTML-escaped once */
    struct text texts[TEXT_SLOTS];
    struct post *out;
};

enum member_kind { MEMBER_TEXT, MEMBER_COUNT, MEMBER_FLAG, MEMBER_TIME, MEMBER_TOPICS };

struct member {
    const char *key;
    enum member_kind kind;
    size_t slot; /* of reading.texts, or an offset into struct post */
};

enum { MOST_TOPICS = 32 };

static const struct member *member_find(const char *key)
{
    static const struct member members[] = {
        {"author", MEMBER_TEXT, TEXT_AUTHOR},
        {"created_utc", MEMBER_TIME, offsetof(struct post, created_ms)},
        {"domain", MEMBER_TEXT, TEXT_DOMAIN},
        {"downs", MEMBER_COUNT, offsetof(struct post, downs)},
        {"id", MEMBER_TEXT, TEXT_ID},
        {"is_self", MEMBER_FLAG, offsetof(struct post, is_self)},
        {"num_comments", MEMBER_COUNT, offsetof(struct post, num_comments)},
        {"over_18", MEMBER_FLAG, offsetof(struct post, over_18)},
        {"permalink", MEMBER_TEXT, TEXT_PERMALINK},
        {"score", MEMBER_COUNT, offsetof(struct post, score)},
        {"selftext", MEMBER_TEXT, TEXT_SELFTEXT},
        {"source", MEMBER_TEXT, TEXT_SOURCE},
        {"thumbnail", MEMBER_TEXT, TEXT_THUMBNAIL},
        {"title", MEMBER_TEXT, TEXT_TITLE},
        {"topics", MEMBER_TOPICS, 0},
        {"ups", MEMBER_COUNT, offsetof(struct post, ups)},
        {"url", MEMBER_TEXT, TEXT_URL},
    };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && members[i].key[0] <= key[0]; i++)
        if (members[i].key[0] == key[0] && members[i].key[1] == key[1] &&
            strcmp(members[i].key, key) == 0)
            return &members[i];
    return NULL;
}

/* Towards zero; what int64 cannot hold gives its nearest end. */
static int64_t whole(double number)
{
    if (isnan(number))
        return 0;
    if (number >= 9223372036854775808.0)
        return INT64_MAX;
    return number <= -9223372036854775808.0 ? INT64_MIN : (int64_t)number;
}

static bool is_number(const bson_iter_t *iter)
{
    return BSON_ITER_HOLDS_INT32(iter) || BSON_ITER_HOLDS_INT64(iter) ||
           BSON_ITER_HOLDS_DOUBLE(iter);
}

static int64_t read_count(const bson_iter_t *iter)
{
    if (BSON_ITER_HOLDS_DOUBLE(iter))
        return whole(bson_iter_double(iter));
    return is_number(iter) ? bson_iter_as_int64(iter) : 0;
}

static bool read_flag(const bson_iter_t *iter)
{
    if (BSON_ITER_HOLDS_UTF8(iter))
        return strcasecmp(bson_iter_utf8(iter, NULL), "true") == 0;
    if (BSON_ITER_HOLDS_BOOL(iter))
        return bson_iter_bool(iter);
    return read_count(iter) != 0;
}

static int64_t read_time(const bson_iter_t *iter)
{
    if (BSON_ITER_HOLDS_DATE_TIME(iter))
        return bson_iter_date_time(iter);
    if (BSON_ITER_HOLDS_DOUBLE(iter))
        return whole(round(bson_iter_double(iter) * 1000));
    return is_number(iter) ? whole((double)bson_iter_as_int64(iter) * 1000) : 0;
}

/* Ids and authors of digits alone became numbers in earlier imports. */
static struct text read_text(const struct reading *reading, const bson_iter_t *iter)
{
    uint32_t len = 0;
    const char *text;

    if (BSON_ITER_HOLDS_UTF8(iter)) {
        text = bson_iter_utf8(iter, &len);
        return (struct text){text, len};
    }
    if (!is_number(iter))
        return (struct text){0};
    if (BSON_ITER_HOLDS_DOUBLE(iter) && trunc(bson_iter_double(iter)) != bson_iter_double(iter))
        text = arena_printf(reading->arena, "%.15g", bson_iter_double(iter));
    else
        text = arena_printf(reading->arena, "%" PRId64, read_count(iter));
    return (struct text){text, strlen(text)};
}

/* -- making texts clean -------------------------------------------------------------------------
 */

enum text_style {
    STYLE_ESCAPED = 1, /* HTML-escaped once */
    STYLE_LINE = 2,    /* one line: no control characters at all */
};

static bool is_control(unsigned char c, unsigned style)
{
    if (c >= 0x20)
        return c == 0x7F;
    return (style & STYLE_LINE) || (c != '\n' && c != '\t');
}

/* C1 controls are C2 80 to C2 9F, so C2 is looked at closer. */
static bool is_suspect_byte(unsigned char c, unsigned style)
{
    return is_control(c, style) || c == 0xC2 || (c == '&' && (style & STYLE_ESCAPED));
}

/* Whether one of eight bytes equals byte; whether one is below 0x20. May take a harmless one for
 * bad, never the other way round. */
static bool any_equals(uint64_t eight, uint64_t byte)
{
    uint64_t differs = eight ^ (UINT64_C(0x0101010101010101) * byte);

    return (differs - UINT64_C(0x0101010101010101)) & ~differs & UINT64_C(0x8080808080808080);
}

static bool any_below_space(uint64_t eight)
{
    return (eight - UINT64_C(0x2020202020202020)) & ~eight & UINT64_C(0x8080808080808080);
}

/* Whether the text may need work: nearly none does, so eight bytes at a time. */
static bool is_suspect(struct text text, unsigned style)
{
    size_t at = 0;

    while (at < text.len) {
        size_t end = at + 8;
        uint64_t eight = 0;

        if (end <= text.len)
            memcpy(&eight, text.bytes + at, 8);
        else
            end = text.len;
        if (any_below_space(eight) || any_equals(eight, 0x7F) || any_equals(eight, 0xC2) ||
            any_equals(eight, '&')) {
            for (size_t i = at; i < end; i++)
                if (is_suspect_byte((unsigned char)text.bytes[i], style))
                    return true;
        }
        at = end;
    }
    return false;
}

/* Bytes of the control character at text, 0 if it is none. */
static size_t control_size(const char *text, size_t len, unsigned style)
{
    unsigned char c = (unsigned char)text[0];

    if (is_control(c, style))
        return 1;
    return c == 0xC2 && len > 1 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xA0
               ? 2
               : 0;
}

/* Take out control characters, in place. In a line, those that separate words, and the spaces
 * around them, become one space, or nothing at its ends. */
static size_t strip_controls(char *text, size_t len, unsigned style)
{
    size_t to = 0;
    bool broken = false; /* a line break was met, and no word since */

    for (size_t from = 0; from < len;) {
        size_t size = control_size(text + from, len - from, style);
        bool breaks = size && (style & STYLE_LINE) && text[from] >= '\t' && text[from] <= '\r';

        broken |= breaks;
        if (breaks)
            while (to && text[to - 1] == ' ')
                to--;
        if (size || (broken && text[from] == ' ')) {
            from += size ? size : 1;
            continue;
        }
        if (broken && to)
            text[to++] = ' ';
        broken = false;
        text[to++] = text[from++];
    }
    return to;
}

static const char *clean(const struct reading *reading, enum text_slot slot, unsigned style)
{
    struct text text = reading->texts[slot];
    char *copy;
    size_t len;

    if (!text.bytes || !text.len)
        return "";
    if (!reading->escaped)
        style &= ~(unsigned)STYLE_ESCAPED;
    if (!is_suspect(text, style))
        return reading->borrow ? text.bytes : arena_copy(reading->arena, text.bytes, text.len);
    copy = arena_copy(reading->arena, text.bytes, text.len);
    len = style & STYLE_ESCAPED ? entities_decode(copy, text.bytes, text.len) : text.len;
    copy[strip_controls(copy, len, style)] = '\0';
    return copy;
}

/* Only what is safe as a link: a stored javascript: address must never become one. A control
 * character inside is nothing a person would have written. */
static const char *clean_link(const struct reading *reading, enum text_slot slot)
{
    const char *link = clean(reading, slot, STYLE_ESCAPED);

    if (strncasecmp(link, "http://", 7) != 0 && strncasecmp(link, "https://", 8) != 0)
        return "";
    for (const char *c = link; *c; c++)
        if ((unsigned char)*c < 0x20)
            return "";
    return link;
}

static void read_topics(struct reading *reading, const bson_iter_t *iter)
{
    const char **topics;
    size_t count = 0;
    bson_iter_t item;

    if (!BSON_ITER_HOLDS_ARRAY(iter) || !bson_iter_recurse(iter, &item))
        return;
    topics = arena_alloc(reading->arena, MOST_TOPICS * sizeof(*topics));
    while (count < MOST_TOPICS && bson_iter_next(&item)) {
        uint32_t len;
        const char *topic = BSON_ITER_HOLDS_UTF8(&item) ? bson_iter_utf8(&item, &len) : "";

        if (*topic)
            topics[count++] = reading->borrow ? topic : arena_text(reading->arena, topic);
    }
    reading->out->topics = (struct list){topics, count};
}

static void read_member(struct reading *reading, const struct member *member,
                        const bson_iter_t *iter)
{
    char *out = (char *)reading->out;

    switch (member->kind) {
    case MEMBER_TEXT:
        reading->texts[member->slot] = read_text(reading, iter);
        break;
    case MEMBER_COUNT:
        *(int64_t *)(void *)(out + member->slot) = read_count(iter);
        break;
    case MEMBER_FLAG:
        *(bool *)(out + member->slot) = read_flag(iter);
        break;
    case MEMBER_TIME:
        *(int64_t *)(void *)(out + member->slot) = read_time(iter);
        break;
    case MEMBER_TOPICS:
        read_topics(reading, iter);
        break;
    }
}

void post_from_document(const struct document *document, struct arena *arena, struct post *out)
{
    struct reading reading = {.arena = arena, .borrow = document->arena == arena, .out = out};
    bson_iter_t iter;

    *out = (struct post){0};
    if (bson_iter_init_from_data(&iter, document->bson, document->len)) {
        while (bson_iter_next(&iter)) {
            const struct member *member = member_find(bson_iter_key(&iter));

            if (member)
                read_member(&reading, member, &iter);
        }
    }
    out->source = clean(&reading, TEXT_SOURCE, STYLE_LINE);
    if (!*out->source)
        out->source = "reddit";
    reading.escaped = strcmp(out->source, "reddit") == 0;
    out->id = clean(&reading, TEXT_ID, STYLE_LINE);
    out->title = clean(&reading, TEXT_TITLE, STYLE_ESCAPED | STYLE_LINE);
    out->author = clean(&reading, TEXT_AUTHOR, STYLE_LINE);
    out->url = clean_link(&reading, TEXT_URL);
    out->permalink = clean_link(&reading, TEXT_PERMALINK);
    out->domain = clean(&reading, TEXT_DOMAIN, STYLE_LINE);
    out->selftext = clean(&reading, TEXT_SELFTEXT, STYLE_ESCAPED);
    out->thumbnail = clean_link(&reading, TEXT_THUMBNAIL);
}
