/* SPDX-License-Identifier: MIT */
/* Reading what was parsed. */
#include "json_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static const struct json_node *node_of(struct json value)
{
    return &value.text->nodes[value.at];
}

enum json_type json_type(struct json value)
{
    return node_of(value)->type;
}

size_t json_count(struct json value)
{
    return node_of(value)->count;
}

void json_each(struct json container, struct json_iter *iter)
{
    *iter = (struct json_iter){
        .value = container,
        .key = "",
        .left = node_of(container)->count,
        .next = container.at + 1,
    };
    iter->in_object = node_of(container)->type == JSON_OBJECT;
}

bool json_next(struct json_iter *iter)
{
    const struct json_text *text = iter->value.text;
    const struct json_node *node;

    if (!iter->left)
        return false;
    node = &text->nodes[iter->next];
    iter->value.at = iter->next;
    if (iter->in_object) {
        iter->key = text->bytes + node->start;
        iter->key_len = node->len;
        iter->value.at++;
    }
    iter->next = node->next;
    iter->left--;
    return true;
}

bool json_get(struct json object, const char *key, struct json *out)
{
    size_t len = strlen(key);
    struct json_iter iter;
    bool found = false;

    if (json_type(object) != JSON_OBJECT)
        return false;
    json_each(object, &iter);
    while (json_next(&iter)) {
        if (iter.key_len != len || memcmp(iter.key, key, len) != 0)
            continue;
        *out = iter.value;
        found = true;
    }
    return found;
}

bool json_bool(struct json value)
{
    return node_of(value)->type == JSON_BOOL && value.text->bytes[node_of(value)->start] == 't';
}

const char *json_string(struct json value, size_t *len)
{
    const struct json_node *node = node_of(value);
    bool text = node->type == JSON_TEXT;

    if (len)
        *len = text ? node->len : 0;
    return text ? value.text->bytes + node->start : "";
}

const char *json_number(struct json value)
{
    const struct json_node *node = node_of(value);

    return node->type == JSON_NUMBER ? value.text->bytes + node->start : "0";
}

bool json_int64(struct json value, int64_t *out)
{
    const char *digits = json_number(value);
    long long number;

    if (json_type(value) != JSON_NUMBER || strpbrk(digits, ".eE"))
        return false;
    errno = 0;
    number = strtoll(digits, NULL, 10);
    if (errno)
        return false;
    *out = number;
    return true;
}

double json_double(struct json value)
{
    return strtod(json_number(value), NULL);
}

static uint32_t hex4(const char *digits)
{
    uint32_t code = 0;

    for (int i = 0; i < 4; i++) {
        char digit = digits[i];

        code = code * 16 + (uint32_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return code;
}

/* text is behind "\u"; returns how many bytes were read. */
static size_t unescape_unicode(const char *text, char **out)
{
    uint32_t code = hex4(text);
    size_t used = 4;

    if (code >= 0xD800 && code <= 0xDBFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + (hex4(text + 6) - 0xDC00);
        used = 10;
    }
    *out += utf8_encode(code, *out);
    return used;
}

size_t json_unescape(char *text, size_t len)
{
    static const char plain[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    const char *end = text + len;
    char *out = memchr(text, '\\', len);
    const char *at = out;

    if (!out)
        return len;
    while (at < end) {
        if (*at != '\\') {
            *out++ = *at++;
        } else if (at[1] == 'u') {
            at += 2;
            at += unescape_unicode(at, &out);
        } else {
            *out++ = plain[(unsigned char)at[1]];
            at += 2;
        }
    }
    return (size_t)(out - text);
}
