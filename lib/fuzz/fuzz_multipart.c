/* SPDX-License-Identifier: MIT */
/* The first line is the Content-Type, the rest the body: a form whose texts can be sent again and
 * read back the same, or a refusal with a reason. */
#include "../buf.h"
#include "../multipart.h"
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

static void write_part(struct buf *out, const struct form_field *field)
{
    buf_puts(out, "--again-again\r\nContent-Disposition: form-data; name=\"");
    for (const char *at = field->name; *at; at++) {
        if (*at == '"' || *at == '\\')
            buf_byte(out, '\\');
        buf_byte(out, *at);
    }
    buf_puts(out, "\"\r\n\r\n");
    buf_puts(out, field->value);
    buf_puts(out, "\r\n");
}

static void check_reads_back(struct arena *arena, const struct form *form)
{
    struct buf text = {0};
    struct form again;
    struct error err;

    for (size_t i = 0; i < form->count; i++) {
        require(utf8_valid(form->fields[i].name, strlen(form->fields[i].name)));
        require(utf8_valid(form->fields[i].value, strlen(form->fields[i].value)));
        if (strstr(form->fields[i].value, "--again-again") || strlen(form->fields[i].name) > 400) {
            buf_release(&text);
            return;
        }
        write_part(&text, &form->fields[i]);
    }
    buf_puts(&text, "--again-again--");
    require(multipart_parse(
        arena, (struct multipart){"multipart/form-data; boundary=again-again", text.data, text.len},
        &again, &err));
    require(again.count == form->count);
    for (size_t i = 0; i < form->count; i++) {
        require(strcmp(again.fields[i].name, form->fields[i].name) == 0);
        require(strcmp(again.fields[i].value, form->fields[i].value) == 0);
    }
    buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    struct arena arena = {0};
    struct error err = {0};
    struct multipart sent;
    struct form form;

    if (!line)
        return 0;
    sent.content_type = arena_copy(&arena, data, (size_t)(line - data));
    sent.len = size - (size_t)(line - data) - 1;
    sent.body = arena_copy(&arena, line + 1, sent.len);
    if (multipart_parse(&arena, sent, &form, &err)) {
        require(form.count <= MULTIPART_MAX_FIELDS);
        check_reads_back(&arena, &form);
    } else {
        require(err.kind == ERROR_INVALID || err.kind == ERROR_REFUSED);
        require(err.message[0] && utf8_valid(err.message, strlen(err.message)));
    }
    arena_release(&arena);
    return 0;
}
