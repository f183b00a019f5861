/* SPDX-License-Identifier: MIT */
/* Any bytes are a form that reads back the same from its own encoding, or are refused with a
 * reason; segments of paths too. */
#include "../form.h"
#include "../utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void check_fields(const struct form *form)
{
    require(form->count <= 100);
    for (size_t i = 0; i < form->count; i++) {
        const struct form_field *field = &form->fields[i];

        require(utf8_valid(field->name, strlen(field->name)));
        require(utf8_valid(field->value, strlen(field->value)));
        require(form_get(form, field->name) == field->value);
    }
}

static void check_reads_back(struct arena *arena, const struct form *form)
{
    struct buf text = {0};
    struct form again;
    struct error err;

    for (size_t i = 0; i < form->count; i++) {
        buf_byte(&text, '&');
        path_encode(&text, form->fields[i].name);
        buf_byte(&text, '=');
        path_encode(&text, form->fields[i].value);
    }
    require(form_parse(arena, (struct form_text){text.data, text.len, false}, &again, &err));
    require(again.count == form->count);
    for (size_t i = 0; i < form->count; i++) {
        require(strcmp(again.fields[i].name, form->fields[i].name) == 0);
        require(strcmp(again.fields[i].value, form->fields[i].value) == 0);
    }
    buf_release(&text);
}

static void check_segment(struct arena *arena, const char *text, size_t len)
{
    char *decoded = path_decode(arena, text, len);
    struct buf encoded = {0};
    char *again;

    if (!decoded)
        return;
    require(strlen(decoded) <= len && utf8_valid(decoded, strlen(decoded)));
    path_encode(&encoded, decoded);
    again = path_decode(arena, encoded.data, encoded.len);
    require(again && strcmp(again, decoded) == 0);
    buf_release(&encoded);
}

static void check_local(const char *path)
{
    if (!path_is_local(path))
        return;
    require(path[0] == '/' && path[1] != '/' && !strpbrk(path, "\\\r\n\t"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct form form = {0};
    struct error err = {0};

    if (form_parse(&arena, (struct form_text){(const char *)data, size, false}, &form, &err)) {
        check_fields(&form);
        check_reads_back(&arena, &form);
    } else {
        require(err.kind == ERROR_INVALID && err.message[0]);
        require(utf8_valid(err.message, strlen(err.message)));
    }
    check_segment(&arena, (const char *)data, size);
    check_local(arena_copy(&arena, data, size));
    arena_release(&arena);
    return 0;
}
