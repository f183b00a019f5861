/* SPDX-License-Identifier: MIT */
/* Reading header values that say what a client likes or has (RFC 9110
 * sections 8.8.3, 12.4.2, 12.5), and ids. Pure functions. */
#include "call_private.h"

#include <string.h>
#include <strings.h>

struct choice {
    const char *at;
    size_t len;
    int quality; /* thousandths */
};

static const char *skip_blank(const char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

/* "0.85" is 850; what is malformed counts as 0, so that it is never preferred. */
static int read_quality(const char *text, const char *end)
{
    int quality, unit = 100;

    if (text == end || (*text != '0' && *text != '1'))
        return 0;
    quality = (*text - '0') * 1000;
    text++;
    if (text < end && *text == '.')
        text++;
    for (; text < end && *text >= '0' && *text <= '9' && unit; text++, unit /= 10)
        quality += (*text - '0') * unit;
    return quality > 1000 ? 0 : quality;
}

static int quality_of(const char *parameters, const char *end)
{
    const char *at = parameters;

    while (at < end && (at = memchr(at, ';', (size_t)(end - at)))) {
        at = skip_blank(at + 1);
        if ((*at == 'q' || *at == 'Q') && at[1] == '=') {
            const char *stop = at + 2;

            while (stop < end && *stop != ';' && *stop != ' ' && *stop != '\t')
                stop++;
            return read_quality(at + 2, stop);
        }
    }
    return 1000;
}

/* The next item of a comma-separated list with its quality; false at the end. */
static bool next_choice(const char **text, struct choice *choice)
{
    const char *end, *stop;

    *text = skip_blank(*text);
    while (**text == ',')
        *text = skip_blank(*text + 1);
    if (!**text)
        return false;
    end = *text + strcspn(*text, ",");
    stop = *text + strcspn(*text, ",; \t");
    choice->at = *text;
    choice->len = (size_t)(stop - *text);
    choice->quality = quality_of(stop, end);
    *text = end;
    return true;
}

static bool choice_is(const struct choice *choice, const char *name)
{
    return strlen(name) == choice->len && strncasecmp(choice->at, name, choice->len) == 0;
}

struct liking {
    int specific; /* 3 named, 2 type, 1 anything, 0 not at all */
    int quality;
};

static void consider(struct liking *liking, const struct choice *choice, int specific)
{
    if (specific > liking->specific ||
        (specific == liking->specific && choice->quality > liking->quality))
        *liking = (struct liking){specific, choice->quality};
}

/* Whether a choice is one of the names, which are separated by blanks. */
static bool is_among(const struct choice *choice, const char *names)
{
    while (*names) {
        size_t len = strcspn(names, " ");

        if (len == choice->len && strncasecmp(choice->at, names, len) == 0)
            return true;
        names = skip_blank(names + len);
    }
    return false;
}

/* How a media type is liked; a range of subtypes speaks of its first name. */
static struct liking liking_of(const char *accept, const char *names)
{
    size_t type = strcspn(names, "/") + 1;
    struct liking liking = {0, 0};
    struct choice choice;

    while (next_choice(&accept, &choice)) {
        if (is_among(&choice, names))
            consider(&liking, &choice, 3);
        else if (choice.len == type + 1 && choice.at[type] == '*' &&
                 strncasecmp(choice.at, names, type) == 0)
            consider(&liking, &choice, 2);
        else if (choice_is(&choice, "*/*"))
            consider(&liking, &choice, 1);
    }
    return liking;
}

int accept_best(const char *accept, const char *const *types, size_t count)
{
    struct liking best = {0, 0};
    int at = -1;

    for (size_t i = 0; accept && i < count; i++) {
        struct liking liking = liking_of(accept, types[i]);

        if (liking.quality > best.quality ||
            (liking.quality && liking.quality == best.quality && liking.specific > best.specific)) {
            best = liking;
            at = (int)i;
        }
    }
    return at;
}

bool accept_prefers_json(const char *accept)
{
    static const char *const types[] = {"text/html application/xhtml+xml",
                                        "application/json application/problem+json"};

    return accept_best(accept, types, 2) == 1;
}

bool accept_gzip(const char *accept_encoding)
{
    struct liking gzip = {0, 0};
    struct choice choice;

    if (!accept_encoding)
        return false;
    while (next_choice(&accept_encoding, &choice)) {
        if (choice_is(&choice, "gzip") || choice_is(&choice, "x-gzip"))
            consider(&gzip, &choice, 3);
        else if (choice_is(&choice, "*"))
            consider(&gzip, &choice, 1);
    }
    return gzip.quality > 0;
}

static const char *strong_part(const char *tag)
{
    return tag[0] == 'W' && tag[1] == '/' ? tag + 2 : tag;
}

bool etag_listed(const char *if_none_match, const char *etag)
{
    const char *at = if_none_match ? skip_blank(if_none_match) : "";
    size_t len;

    etag = strong_part(etag);
    len = strlen(etag);
    if (*at == '*')
        return true;
    while (*at) {
        const char *close;

        at = strong_part(at);
        if (*at != '"' || !(close = strchr(at + 1, '"')))
            return false;
        if ((size_t)(close + 1 - at) == len && memcmp(at, etag, len) == 0)
            return true;
        at = skip_blank(close + 1);
        if (*at == ',')
            at = skip_blank(at + 1);
    }
    return false;
}

bool request_id_ok(const char *text, size_t len)
{
    if (len < 1 || len > 64)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}

static bool lower_hex(const char *text, size_t len, bool *all_zero)
{
    *all_zero = true;
    for (size_t i = 0; i < len; i++) {
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return false;
        if (text[i] != '0')
            *all_zero = false;
    }
    return true;
}

bool traceparent_read(const char *text, char trace_id[33])
{
    enum { LEN = 55 };
    size_t len = strlen(text);
    bool zero, version_zero;

    if (len < LEN || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return false;
    if (!lower_hex(text, 2, &version_zero) || memcmp(text, "ff", 2) == 0)
        return false;
    if (version_zero ? len != LEN : len > LEN && text[LEN] != '-')
        return false;
    if (!lower_hex(text + 36, 16, &zero) || zero || !lower_hex(text + 53, 2, &zero))
        return false;
    if (!lower_hex(text + 3, 32, &zero) || zero)
        return false;
    memcpy(trace_id, text + 3, 32);
    trace_id[32] = '\0';
    return true;
}
