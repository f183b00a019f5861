/* SPDX-License-Identifier: MIT */
#include "stack.h"

#include "../../lib/document.h"
#include "html_text.h"
#include "times.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool read_int(const struct stack_row *row, enum stack_attribute which, int64_t *out)
{
    const char *text = row->values[which];
    char *end;

    if (!text || (text[0] != '-' && (text[0] < '0' || text[0] > '9')))
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && end[-1] != '-';
}

static int64_t read_count(const struct stack_row *row, enum stack_attribute which)
{
    int64_t count;

    return read_int(row, which, &count) && count > 0 && count < INT64_MAX / 2 ? count : 0;
}

/* As mongoimport would: 32 bits if they hold it. */
static void append_int(bson_t *to, const char *key, int64_t number)
{
    if (number >= INT32_MIN && number <= INT32_MAX)
        bson_append_int32(to, key, -1, (int32_t)number);
    else
        bson_append_int64(to, key, -1, number);
}

/* "se-beer-12": Reddit's ids have no dash. The site's usual ending is left out. */
static bool write_id(const char *site, int64_t number, char out[STACK_ID_SIZE])
{
    static const char usual[] = ".stackexchange.com";
    size_t len = strlen(site);
    const char *dot = strrchr(site, '.');
    int used;

    if (len > sizeof(usual) && strcmp(site + len - (sizeof(usual) - 1), usual) == 0)
        len -= sizeof(usual) - 1;
    else if (dot)
        len = (size_t)(dot - site);
    used = snprintf(out, STACK_ID_SIZE, len ? "se-%.*s-%" PRId64 : "se%.*s-%" PRId64, (int)len,
                    site, number);
    for (char *at = out; *at; at++)
        if (*at == '.')
            *at = '-';
    return used > 0 && used < STACK_ID_SIZE;
}

/* `<a><b>` as it was until 2024, `|a|b|` since. */
static void append_topics(bson_t *to, const char *tags)
{
    static const char marks[] = "<>|";
    bson_t list;
    uint32_t count = 0;

    bson_append_array_begin(to, "topics", -1, &list);
    for (tags += strspn(tags, marks); *tags; tags += strspn(tags, marks)) {
        size_t len = strcspn(tags, marks);
        char room[16];
        const char *key;
        int key_len = (int)bson_uint32_to_string(count++, &key, room, sizeof(room));

        bson_append_utf8(&list, key, key_len, tags, (int)len);
        tags += len;
    }
    bson_append_array_end(to, &list);
}

static void append_author(bson_t *to, const struct stack_row *row)
{
    const char *name = row->values[STACK_OWNER_NAME];
    char number[32];
    int64_t owner;

    if (!name && read_int(row, STACK_OWNER, &owner)) {
        snprintf(number, sizeof(number), "user%" PRId64, owner);
        name = owner == -1 ? "Community" : number;
    }
    bson_append_utf8(to, "author", -1, name ? name : "", -1);
}

static void append_links(bson_t *to, const char *site, int64_t number)
{
    char link[256] = "";

    if (*site)
        snprintf(link, sizeof(link), "https://%s/posts/%" PRId64, site, number);
    bson_append_utf8(to, "domain", -1, site, -1);
    bson_append_utf8(to, "permalink", -1, link, -1);
    bson_append_utf8(to, "url", -1, link, -1);
    bson_append_utf8(to, "thumbnail", -1, "", 0);
}

/* Dumps name the licence of each post since 2020; before, the day it was written decided. */
static const char *licence_of(const struct stack_row *row, int64_t created_ms)
{
    static const int64_t to_3 = 1302220800000; /* 2011-04-08 */
    static const int64_t to_4 = 1525219200000; /* 2018-05-02 */

    if (row->values[STACK_LICENCE])
        return row->values[STACK_LICENCE];
    return created_ms < to_3 ? "CC BY-SA 2.5" : created_ms < to_4 ? "CC BY-SA 3.0" : "CC BY-SA 4.0";
}

static void append_body(bson_t *to, const struct stack_row *row)
{
    const char *html = row->values[STACK_BODY] ? row->values[STACK_BODY] : "";
    struct buf text = {0};

    html_text(&text, html, strlen(html));
    bson_append_utf8(to, "selftext", -1, buf_text(&text), (int)text.len);
    buf_release(&text);
}

/* What is checked before anything is written. */
struct essentials {
    int64_t number;
    int64_t score;
    int64_t created_ms;
    int64_t edited_ms; /* 0: never */
    bool question;
};

static bool read_essentials(const struct stack_row *row, struct essentials *out, struct error *err)
{
    const char *edited = row->values[STACK_EDITED];
    int64_t type;

    *out = (struct essentials){0};
    if (!read_int(row, STACK_ID, &out->number) || out->number < 1)
        return fail(err, ERROR_REFUSED, "Id must be a whole number above 0");
    if (!read_int(row, STACK_TYPE, &type))
        return fail(err, ERROR_REFUSED, "PostTypeId must be a whole number");
    if (!row->values[STACK_CREATED] || !time_parse(row->values[STACK_CREATED], &out->created_ms))
        return fail(err, ERROR_REFUSED, "CreationDate must be a date such as 2024-01-31T10:30:00");
    if (edited && !time_parse(edited, &out->edited_ms))
        return fail(err, ERROR_REFUSED, "LastEditDate must be a date such as 2024-01-31T10:30:00");
    if (!read_int(row, STACK_SCORE, &out->score) || out->score < -INT64_MAX)
        return fail(err, ERROR_REFUSED, "Score must be a whole number");
    out->question = type == 1;
    if (out->question && !row->values[STACK_TITLE])
        return fail(err, ERROR_REFUSED, "a question needs a Title");
    return true;
}

static void append_counts(bson_t *to, const struct stack_row *row, const struct essentials *post)
{
    append_int(to, "ups", post->score > 0 ? post->score : 0);
    append_int(to, "downs", post->score < 0 ? -post->score : 0);
    append_int(to, "score", post->score);
    append_int(to, "num_comments",
               read_count(row, STACK_ANSWERS) + read_count(row, STACK_COMMENTS));
}

static void append_rest(bson_t *to, const struct stack_row *row, const struct essentials *post)
{
    append_int(to, "created_utc", post->created_ms / 1000);
    bson_append_bool(to, "is_self", -1, true);
    bson_append_bool(to, "over_18", -1, false);
    if (post->edited_ms)
        append_int(to, "edited", post->edited_ms / 1000);
    else
        bson_append_bool(to, "edited", -1, false);
    bson_append_utf8(to, "source", -1, "stackexchange", -1);
    bson_append_utf8(to, "licence", -1, licence_of(row, post->created_ms), -1);
    if (post->question)
        append_topics(to, row->values[STACK_TAGS] ? row->values[STACK_TAGS] : "");
}

bool stack_post(const struct stack_row *row, const char *site, bson_t *out,
                char question[STACK_ID_SIZE], struct error *err)
{
    struct essentials post;
    char id[STACK_ID_SIZE];
    int64_t parent;

    if (!read_essentials(row, &post, err))
        return false;
    question[0] = '\0';
    if (!write_id(site, post.number, id) ||
        (!post.question && read_int(row, STACK_PARENT, &parent) &&
         !write_id(site, parent, question)))
        return fail(err, ERROR_REFUSED, "the site's name is too long");
    bson_init(out);
    bson_append_utf8(out, "id", -1, id, -1);
    if (post.question)
        bson_append_utf8(out, "title", -1, row->values[STACK_TITLE], -1);
    append_body(out, row);
    append_author(out, row);
    append_counts(out, row, &post);
    append_links(out, site, post.number);
    append_rest(out, row, &post);
    return true;
}

bool stack_is_post(const struct stack_row *row)
{
    int64_t type;

    return read_int(row, STACK_TYPE, &type) && (type == 1 || type == 2);
}

struct turning {
    const struct intake *intake;
    const char *site;
};

static bool take_row(void *context, const struct stack_row *row)
{
    const struct turning *turning = context;
    const struct intake *intake = turning->intake;
    char question[STACK_ID_SIZE] = "";
    struct error err = {0};
    bson_t post = {0};
    bool go_on;

    if (row->values[STACK_TYPE] && !stack_is_post(row)) {
        if (intake->left_out)
            intake->left_out(intake->context);
        return true;
    }
    if (!stack_post(row, turning->site, &post, question, &err))
        return intake->bad(intake->context, row->line, err.message);
    if (document_check(bson_get_data(&post), post.len, &err))
        go_on = intake->post(intake->context, &post,
                             bson_has_field(&post, "title") ? NULL : question, row->line);
    else
        go_on = intake->bad(intake->context, row->line, err.message);
    bson_destroy(&post);
    return go_on;
}

static bool take_bad(void *context, uint64_t line, const char *why)
{
    const struct turning *turning = context;

    return turning->intake->bad(turning->intake->context, line, why);
}

enum intake_end stack_read(FILE *file, const char *site, const struct intake *intake,
                           struct error *err)
{
    struct turning turning = {intake, site};
    const struct stack_rows rows = {&turning, take_row, take_bad};

    return stack_xml_read(file, &rows, err);
}
