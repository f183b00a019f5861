/* SPDX-License-Identifier: MIT */
#include "document.h"

#include "utf8.h"

#include <stdio.h>
#include <string.h>

bool document_get(const uint8_t *bson, size_t len, const char *path, bson_value_t *out)
{
    bson_iter_t iter;

    if (!bson_iter_init_from_data(&iter, bson, len))
        return false;
    for (;;) {
        size_t segment = strcspn(path, ".");
        bson_iter_t inner;

        if (!bson_iter_find_w_len(&iter, path, (int)segment))
            return false;
        if (path[segment] == '\0')
            break;
        if (!BSON_ITER_HOLDS_DOCUMENT(&iter) || !bson_iter_recurse(&iter, &inner))
            return false;
        iter = inner;
        path += segment + 1;
    }
    *out = *bson_iter_value(&iter);
    return true;
}

/* -- what may be stored ------------------------------------------------------------------------ */

/* The way to the value being looked at, innermost first. */
struct step {
    const struct step *outer;
    const char *key;
    int depth;
};

/* "a.b.c", the middle left out when it is long. */
static void write_path(const struct step *step, char *out, size_t size)
{
    const char *keys[DOCUMENT_MAX_DEPTH + 1] = {NULL};
    size_t count = 0;
    size_t used = 0;

    out[0] = '\0';
    for (; step && count < DOCUMENT_MAX_DEPTH + 1; step = step->outer)
        keys[count++] = step->key;
    while (count-- && used + 1 < size) {
        int more = snprintf(out + used, size - used, "%s%s", used ? "." : "", keys[count]);

        if (more < 0)
            return;
        used += (size_t)more;
    }
}

static bool refuse(struct error *err, const struct step *step, const char *why)
{
    char path[160];
    size_t len;

    write_path(step, path, sizeof(path));
    /* A name that is no text, or was cut inside a character, is shown as far as it is one. */
    for (len = strlen(path); !utf8_valid(path, len); len--)
        continue;
    return fail(err, ERROR_REFUSED, "\"%.*s\": %s", (int)len, path, why);
}

static bool check_key(const struct step *step, bool named, struct error *err)
{
    const char *key = step->key;

    if (!utf8_valid(key, strlen(key)))
        return refuse(err, step, "the field's name is not UTF-8");
    if (!named)
        return true;
    if (key[0] == '\0')
        return refuse(err, step, "a field's name must not be empty");
    if (key[0] == '$')
        return refuse(err, step, "a field's name must not start with $");
    if (strchr(key, '.'))
        return refuse(err, step, "a field's name must not hold a dot");
    return true;
}

static bool check_text(const bson_iter_t *iter)
{
    uint32_t len = 0;
    const char *text = "";

    switch (bson_iter_type(iter)) {
    case BSON_TYPE_UTF8:
        text = bson_iter_utf8(iter, &len);
        break;
    case BSON_TYPE_SYMBOL:
        text = bson_iter_symbol(iter, &len);
        break;
    case BSON_TYPE_CODE:
        text = bson_iter_code(iter, &len);
        break;
    case BSON_TYPE_REGEX:
        text = bson_iter_regex(iter, NULL);
        len = (uint32_t)strlen(text);
        break;
    default:
        break;
    }
    return utf8_valid(text, len);
}

static bool check_members(struct bson_bytes object, const struct step *outer, bool named,
                          struct error *err);

static bool check_member(const bson_iter_t *iter, const struct step *step, struct error *err)
{
    bool object = BSON_ITER_HOLDS_DOCUMENT(iter);
    struct bson_bytes inner = {0};
    uint32_t len = 0;

    if (!object && !BSON_ITER_HOLDS_ARRAY(iter)) {
        if (BSON_ITER_HOLDS_CODEWSCOPE(iter) || BSON_ITER_HOLDS_DBPOINTER(iter))
            return refuse(err, step, "code with a scope and database pointers are not stored");
        return check_text(iter) || refuse(err, step, "the text is not UTF-8");
    }
    if (step->depth >= DOCUMENT_MAX_DEPTH)
        return refuse(err, step, "nested too deeply");
    if (object)
        bson_iter_document(iter, &len, &inner.data);
    else
        bson_iter_array(iter, &len, &inner.data);
    inner.len = len;
    return check_members(inner, step, object, err);
}

static bool check_members(struct bson_bytes object, const struct step *outer, bool named,
                          struct error *err)
{
    struct step step = {.outer = outer, .key = "", .depth = outer ? outer->depth + 1 : 1};
    size_t end = sizeof(uint32_t);
    bson_iter_t iter;

    if (!bson_iter_init_from_data(&iter, object.data, object.len))
        return refuse(err, &step, "not valid BSON");
    while (bson_iter_next(&iter)) {
        end = iter.next_off;
        step.key = bson_iter_key(&iter);
        if (!check_key(&step, named, err) || !check_member(&iter, &step, err))
            return false;
    }
    /* The iterator stops without a word where the last name swallowed the closing zero. */
    if (iter.err_off || end + 1 != object.len)
        return refuse(err, &step, "not valid BSON after this field");
    return true;
}

void document_append(bson_t *out, const uint8_t *members, size_t len)
{
    uint32_t end = out->len - 1;
    uint8_t *bytes = bson_reserve_buffer(out, out->len + (uint32_t)len);
    uint32_t length = BSON_UINT32_TO_LE(out->len);

    if (!bytes)
        return;
    memcpy(bytes, &length, sizeof(length));
    memcpy(bytes + end, members, len);
    bytes[end + len] = 0;
}

bool document_check(const uint8_t *bson, size_t len, struct error *err)
{
    if (len > DOCUMENT_MAX_BYTES)
        return fail(err, ERROR_REFUSED, "the document has %zu bytes, more than %d", len,
                    DOCUMENT_MAX_BYTES);
    return check_members((struct bson_bytes){bson, len}, NULL, true, err);
}
