/* SPDX-License-Identifier: MIT */
#include "tags.h"

#include "validate.h"

#include <string.h>

enum { SLACK_MS = 1000 };

/* The next tag without what is around it; NULL at the end. */
static const char *next_tag(const char **at, size_t *len)
{
    const char *text = *at + strspn(*at, ", \t");

    if (text[0] == 'W' && text[1] == '/')
        text += 2;
    if (!*text)
        return NULL;
    if (*text == '"') {
        *len = strcspn(++text, "\"");
        *at = text + *len + (text[*len] == '"');
    } else {
        *len = strcspn(text, ", \t\"");
        *at = text + *len + (text[*len] == '"');
    }
    return text;
}

bool tags_name(const char *header, const char *tag)
{
    size_t tag_len = strlen(tag), len;
    const char *named;

    while ((named = next_tag(&header, &len)))
        if (len == tag_len && memcmp(named, tag, len) == 0)
            return true;
    return false;
}

static bool modified(int64_t updated_ms, int64_t since_ms)
{
    int64_t second_ms = updated_ms - (updated_ms % 1000 + 1000) % 1000;

    return second_ms > since_ms + SLACK_MS;
}

bool tags_unchanged(const struct validators *validators, const char *tag, int64_t updated_ms)
{
    const char *since = validators->modified_since;
    bool held = false;
    int64_t since_ms;

    if (since && read_date(since, strlen(since), false, &since_ms)) {
        if (modified(updated_ms, since_ms))
            return false;
        held = true;
    }
    if (validators->none_match) {
        if (!tag || !tags_name(validators->none_match, tag))
            return false;
        held = true;
    }
    return held;
}
