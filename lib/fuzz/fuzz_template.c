/* SPDX-License-Identifier: MIT */
/* Two templates that may include each other (the input, split at its first NUL) over data that
 * makes each kind of section run, but no list long enough for nested ones to take forever. */
#include "../template.h"

#include <stdlib.h>
#include <string.h>

#include "../template_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char values[] = "{\"a\":\"<x>\\n\",\"b\":[{\"a\":1.5}],\"c\":{\"a\":true,\"b\":null},"
                             "\"d\":false,\"p\":\"q\"}";

static void render(const struct template *template, struct template_value value)
{
    struct buf out = {0};
    struct error err = {0};

    if (!template_render(template, value, &out, &err) && (out.len || err.kind != ERROR_INTERNAL))
        abort();
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *split = size ? memchr(text, '\0', size) : NULL;
    size_t len = split ? (size_t)(split - text) : size;
    struct template_source sources[] = {
        {"p", text, len},
        {"q", split ? split + 1 : "{{$a}}q\n{{/a}}", split ? size - len - 1 : 14},
    };
    struct arena arena = {0};
    struct error err = {0};
    struct templates *templates = templates_from_memory(sources, 2, true, &err);
    struct json value;

    if (templates) {
        if (!json_parse(&arena, values, sizeof(values) - 1, &value, &err))
            abort();
        render(templates_get(templates, "p", &err), template_json(value));
        templates_close(templates);
    } else if (err.kind != ERROR_INTERNAL || !err.message[0]) {
        abort();
    }
    arena_release(&arena);
    return 0;
}
