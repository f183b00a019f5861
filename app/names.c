/* SPDX-License-Identifier: MIT */
#include "names.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 16 }; /* up to here insertion beats qsort() and its calls */

static int compare(const void *left, const void *right)
{
    const struct name *a = left;
    const struct name *b = right;
    int order = strcmp(a->text, b->text);

    return order ? order : (a->at > b->at) - (a->at < b->at);
}

static void insert_sorted(struct name *items, size_t count, struct name name)
{
    while (count && compare(&items[count - 1], &name) > 0) {
        items[count] = items[count - 1];
        count--;
    }
    items[count] = name;
}

struct names names_sort(struct name *items, size_t count)
{
    if (count > FEW)
        qsort(items, count, sizeof(*items), compare);
    else
        for (size_t i = 1; i < count; i++)
            insert_sorted(items, i, items[i]);
    return (struct names){items, count};
}

struct names names_of(struct arena *arena, const struct list *texts)
{
    size_t count = texts ? texts->count : 0;
    struct name *items = arena_alloc(arena, count * sizeof(*items));

    for (size_t i = 0; i < count; i++)
        items[i] = (struct name){((const char *const *)texts->items)[i], i};
    return names_sort(items, count);
}

const struct name *names_find(const struct names *names, const char *text)
{
    size_t low = 0;
    size_t high = names->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(names->items[middle].text, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == names->count || strcmp(names->items[low].text, text) != 0)
        return NULL;
    return &names->items[low];
}

const struct name *names_next(const struct names *names, const struct name *name)
{
    const struct name *next = name + 1;

    if (next == names->items + names->count || strcmp(next->text, name->text) != 0)
        return NULL;
    return next;
}

bool list_has(const struct list *texts, const char *text)
{
    const char *const *items = texts ? texts->items : NULL;

    for (size_t i = 0; texts && i < texts->count; i++)
        if (strcmp(items[i], text) == 0)
            return true;
    return false;
}
