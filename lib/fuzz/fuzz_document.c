/* SPDX-License-Identifier: MIT */
/* The input is two documents: one to change, and one whose fields say how (the name's first letter
 * is the kind, the rest the path). Whatever passes the check can be changed, and stays valid BSON.
 */
#include "../document.h"
#include "../filter.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_CHANGES = 8 };

static size_t read_changes(const uint8_t *data, size_t size, struct change *changes)
{
    static const char kinds[] = "sua+p-"; /* as in enum change_kind */
    bson_iter_t iter;
    size_t count = 0;

    if (!bson_iter_init_from_data(&iter, data, size))
        return 0;
    while (count < MOST_CHANGES && bson_iter_next(&iter)) {
        const char *key = bson_iter_key(&iter);
        const char *kind = key[0] ? strchr(kinds, key[0]) : NULL;

        if (kind)
            changes[count++] =
                (struct change){(enum change_kind)(kind - kinds), key + 1, *bson_iter_value(&iter)};
    }
    return count;
}

/* Whether it is what libbson writes of a value, which puts a pattern's options in order. */
static bool is_written(const bson_value_t *found, const bson_value_t *value)
{
    bson_t holder = BSON_INITIALIZER;
    bson_iter_t iter;
    bool same;

    bson_append_value(&holder, "v", 1, value);
    same = bson_iter_init_find(&iter, &holder, "v") &&
           value_compare(found, bson_iter_value(&iter)) == 0;
    bson_destroy(&holder);
    return same;
}

static void apply(const uint8_t *data, size_t size, const struct change *changes, size_t count)
{
    struct bson_bytes document = {data, size};
    struct error err = {0};
    bson_value_t value;
    bson_t out;

    for (size_t i = 0; i < count; i++)
        document_get(data, size, changes[i].path, &value);
    if (!document_apply(&document, changes, count, &out, &err)) {
        if (err.kind != ERROR_REFUSED || !err.message[0])
            abort();
        return;
    }
    if (!bson_validate(&out, BSON_VALIDATE_NONE, NULL))
        abort();
    if (count && changes[count - 1].kind == CHANGE_SET &&
        (!document_get(bson_get_data(&out), out.len, changes[count - 1].path, &value) ||
         !is_written(&value, &changes[count - 1].value)))
        abort();
    bson_destroy(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct change changes[MOST_CHANGES];
    struct error err = {0};
    uint32_t length;
    size_t count;

    if (size < 4)
        return 0;
    length = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
    if (length > size)
        length = (uint32_t)size;
    if (!document_check(data, length, &err)) {
        if (err.kind != ERROR_REFUSED || !err.message[0])
            abort();
        return 0;
    }
    count = read_changes(data + length, size - length, changes);
    if (count && document_check(data + length, size - length, &err))
        apply(data, length, changes, count);
    return 0;
}
