/* SPDX-License-Identifier: MIT */
/* Whatever JSON there is, what is made of it is well-formed XML: tags close what was opened, and no
 * text holds what would open or end another. Beside it the other forms of a reply. */
#include "../reply.h"
#include "../reply_private.h"

#include "../../lib/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_OPEN = 300 };

struct tag {
    const char *name;
    size_t len;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* A tag from its `<` on; returns what is behind its `>`. */
static const char *check_tag(const char *at, struct tag *open, size_t *count)
{
    bool closes = at[1] == '/';
    const char *name = at + 1 + closes;
    size_t len = strcspn(name, " >");
    const char *end = strchr(name, '>');

    must(len > 0 && end && name[0] != '-' && !strchr("0123456789.", name[0]));
    must(!memchr(at + 1, '<', (size_t)(end - at - 1)));
    if (closes) {
        must(*count > 0 && open[*count - 1].len == len &&
             memcmp(open[*count - 1].name, name, len) == 0);
        --*count;
    } else if (end[-1] != '/') {
        must(*count < MAX_OPEN);
        open[(*count)++] = (struct tag){name, len};
    }
    return end + 1;
}

static void check_xml(const char *xml, size_t len)
{
    struct tag open[MAX_OPEN];
    size_t count = 0;

    must(utf8_valid(xml, len) && strlen(xml) == len);
    for (const char *at = xml; *at;) {
        must((unsigned char)*at >= 0x20 || *at == '\n' || *at == '\t');
        must(count > 0 || *at == '<');
        at = *at == '<' ? check_tag(at, open, &count) : at + 1;
        must(at[-1] != '>' || count > 0 || !*at);
    }
    must(count == 0);
}

static void check_forms(struct arena *arena, struct list json)
{
    struct buf indented = {0}, first = {0}, second = {0};
    struct error err;

    must(json_sort(arena, json, &first, &err));
    json_indent(json, &indented);
    must(json_sort(arena, (struct list){indented.data, indented.len}, &second, &err));
    must(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    buf_release(&indented);
    buf_release(&first);
    buf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct names names = {.items = "_items", .meta = "_meta", .links = "_links"};
    struct arena arena = {0};
    struct buf out = {0};
    struct error err;

    if (xml_from_json(&names, (const char *)data, size, &out, &err)) {
        check_xml(buf_text(&out), out.len);
        check_forms(&arena, (struct list){data, size});
    }
    buf_release(&out);
    arena_release(&arena);
    return 0;
}
