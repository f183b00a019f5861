/* SPDX-License-Identifier: MIT */
#include "form.h"

#include "utf8.h"

#include <string.h>

enum { NAME_SHOWN = 60 };

/* -- percent escapes -------------------------------------------------------------------------- */

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit = (char)(digit | 0x20);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The byte that `%XX` at text stands for, -1 if it stands for none. */
static int read_escape(const char *text, size_t len)
{
    int high, low;

    if (len < 3)
        return -1;
    high = hex_value(text[1]);
    low = hex_value(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Decode into the arena; the byte space (-1: none) stands for a space. NULL if that cannot be, and
 * then *why. */
static char *decode(struct arena *arena, const char *text, size_t len, int space, const char **why)
{
    char *out = arena_alloc(arena, len + 1);
    size_t at = 0;

    for (size_t i = 0; i < len; i++) {
        int byte = (unsigned char)text[i];

        if (byte == '%') {
            byte = read_escape(text + i, len - i);
            i += 2;
        } else if (byte == space) {
            byte = ' ';
        }
        if (byte <= 0) {
            *why = byte < 0 ? "holds a malformed percent escape" : "holds a NUL";
            return NULL;
        }
        out[at++] = (char)byte;
    }
    out[at] = '\0';
    if (!utf8_valid(out, at)) {
        *why = "is not valid UTF-8";
        return NULL;
    }
    return out;
}

char *path_decode(struct arena *arena, const char *text, size_t len)
{
    const char *why;

    return decode(arena, text, len, -1, &why);
}

static bool is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

void path_encode(struct buf *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (is_unreserved(*text))
            buf_byte(out, *text);
        else
            buf_add(out, (const char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
    }
}

bool path_is_local(const char *path)
{
    if (path[0] != '/')
        return false;
    for (const char *at = path; *at; at++) {
        unsigned char byte = (unsigned char)*at;

        if (byte < 0x20 || byte == 0x7F || byte == '\\' || (byte == '/' && at[1] == '/'))
            return false;
    }
    return true;
}

/* -- forms ------------------------------------------------------------------------------------ */

/* A name for a message: cut between characters, controls taken out. */
static void show_name(const char *name, char out[NAME_SHOWN + 1])
{
    size_t len = strlen(name);

    if (len > NAME_SHOWN) {
        len = NAME_SHOWN;
        while (len && ((unsigned char)name[len] & 0xC0) == 0x80)
            len--;
    }
    for (size_t i = 0; i < len; i++)
        out[i] = (unsigned char)name[i] < 0x20 || name[i] == 0x7F ? '?' : name[i];
    out[len] = '\0';
}

static bool refuse_field(const char *name, const char *why, struct error *err)
{
    char shown[NAME_SHOWN + 1];

    show_name(name, shown);
    return fail(err, ERROR_INVALID, "the field \"%s\" %s", shown, why);
}

static bool add_field(struct arena *arena, struct form_text piece, struct form *form,
                      struct error *err)
{
    const char *equals = memchr(piece.at, '=', piece.len);
    size_t name_len = equals ? (size_t)(equals - piece.at) : piece.len;
    struct form_field *field = &form->fields[form->count];
    const char *why;

    field->name = decode(arena, piece.at, name_len, '+', &why);
    if (!field->name)
        return fail(err, ERROR_INVALID, "the name of field %zu %s", form->count + 1, why);
    if (!piece.repeats && form_get(form, field->name))
        return refuse_field(field->name, "is given twice", err);
    field->value = equals ? decode(arena, equals + 1, piece.len - name_len - 1, '+', &why) : "";
    if (!field->value)
        return refuse_field(field->name, why, err);
    form->count++;
    return true;
}

/* Pieces between `&` that are not empty, at most one more than are allowed. */
static size_t count_pieces(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len && count <= FORM_MAX_FIELDS; i++)
        if (text[i] != '&' && (i == 0 || text[i - 1] == '&'))
            count++;
    return count;
}

bool form_parse(struct arena *arena, struct form_text text, struct form *out, struct error *err)
{
    size_t count = count_pieces(text.at, text.len);
    struct form form = {NULL, 0};
    const char *at = text.at, *end = text.len ? at + text.len : at;

    if (count > FORM_MAX_FIELDS)
        return fail(err, ERROR_INVALID, "there are more than %d fields", FORM_MAX_FIELDS);
    form.fields = arena_alloc(arena, count * sizeof(*form.fields));
    while (at < end) {
        const char *mark = memchr(at, '&', (size_t)(end - at));
        size_t len = (size_t)((mark ? mark : end) - at);

        if (len && !add_field(arena, (struct form_text){at, len, text.repeats}, &form, err))
            return false;
        at += len + 1;
        if (!mark)
            break;
    }
    *out = form;
    return true;
}

const char *form_get(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return form->fields[i].value;
    return NULL;
}
