/* SPDX-License-Identifier: MIT */
#include "issues.h"

#include "../lib/json.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void issues_init(struct issues *issues, struct arena *arena)
{
    *issues = (struct issues){.arena = arena};
}

static bool says_nothing(const struct issue *issue)
{
    return issue->message_count == 0 && (!issue->nested || issues_empty(issue->nested));
}

bool issues_empty(const struct issues *issues)
{
    for (const struct issue *issue = issues->first; issue; issue = issue->next)
        if (!says_nothing(issue))
            return false;
    return true;
}

struct issue *issues_new(struct issues *issues, const char *field)
{
    struct issue *issue = arena_zalloc(issues->arena, sizeof(*issue));

    issue->field = arena_text(issues->arena, field);
    if (issues->last)
        issues->last->next = issue;
    else
        issues->first = issue;
    issues->last = issue;
    return issue;
}

struct issue *issues_at(struct issues *issues, const char *field)
{
    if (issues->last && strcmp(issues->last->field, field) == 0)
        return issues->last;
    for (struct issue *issue = issues->first; issue; issue = issue->next)
        if (strcmp(issue->field, field) == 0)
            return issue;
    return issues_new(issues, field);
}

static void add_message(struct arena *arena, struct issue *issue, const char *message)
{
    size_t count = issue->message_count;

    /* Room doubles: it is full whenever the count is a power of two. */
    if ((count & (count - 1)) == 0) {
        size_t room = count ? 2 * count : 1;
        const char **wider = arena_alloc(arena, room * sizeof(*wider));

        if (count)
            memcpy(wider, issue->messages, count * sizeof(*wider));
        issue->messages = wider;
    }
    issue->messages[issue->message_count++] = message;
}

static char *text_of(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    char *text;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(len >= 0);
    text = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, args);
    return text;
}

void issue_say(struct arena *arena, struct issue *issue, const char *format, va_list args)
{
    add_message(arena, issue, text_of(arena, format, args));
}

void issues_add(struct issues *issues, const char *field, const char *format, ...)
{
    struct issue *issue = issues_at(issues, field);
    char *message;
    va_list args;

    va_start(args, format);
    message = text_of(issues->arena, format, args);
    va_end(args);
    for (size_t i = 0; i < issue->message_count; i++)
        if (strcmp(issue->messages[i], message) == 0)
            return;
    add_message(issues->arena, issue, message);
}

struct issues *issue_below(struct arena *arena, struct issue *issue)
{
    if (!issue->nested) {
        issue->nested = arena_alloc(arena, sizeof(*issue->nested));
        issues_init(issue->nested, arena);
    }
    return issue->nested;
}

struct issues *issues_below(struct issues *issues, const char *field)
{
    return issue_below(issues->arena, issues_at(issues, field));
}

void issues_take(struct issues *issues, const struct issues *from)
{
    if (!from->first)
        return;
    if (issues->last)
        issues->last->next = from->first;
    else
        issues->first = from->first;
    issues->last = from->last;
}

/* -- as JSON ------------------------------------------------------------------------------------
 */

static void write_issue(const struct issue *issue, bool as_list, struct buf *out)
{
    bool nested = issue->nested && !issues_empty(issue->nested);
    bool list = as_list || issue->message_count + nested > 1;

    if (list)
        buf_byte(out, '[');
    for (size_t i = 0; i < issue->message_count; i++) {
        if (i)
            buf_byte(out, ',');
        json_write_text(out, issue->messages[i], strlen(issue->messages[i]));
    }
    if (nested) {
        if (issue->message_count)
            buf_byte(out, ',');
        issues_write(issue->nested, as_list, out);
    }
    if (list)
        buf_byte(out, ']');
}

void issues_write(const struct issues *issues, bool as_list, struct buf *out)
{
    bool first = true;

    buf_byte(out, '{');
    for (const struct issue *issue = issues->first; issue; issue = issue->next) {
        if (says_nothing(issue))
            continue;
        if (!first)
            buf_byte(out, ',');
        first = false;
        json_write_text(out, issue->field, strlen(issue->field));
        buf_byte(out, ':');
        write_issue(issue, as_list, out);
    }
    buf_byte(out, '}');
}
