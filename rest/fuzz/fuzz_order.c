/* SPDX-License-Identifier: MIT */
/* Any text is an order, a projection or a wish to embed that keeps to its bounds, or is refused
 * with a reason. */
#include "../where.h"

#include <stdlib.h>
#include <string.h>

#include "../../lib/utf8.h"
#include "../tests/resources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void check_order(const struct order *order)
{
    require(order->count <= ORDER_MAX_KEYS);
    for (size_t i = 0; i < order->count; i++) {
        require(order->keys[i].path[0] &&
                utf8_valid(order->keys[i].path, strlen(order->keys[i].path)));
        for (size_t k = 0; k < i; k++)
            require(strcmp(order->keys[i].path, order->keys[k].path) != 0);
    }
}

static size_t dots(const char *path)
{
    size_t count = 0;

    for (; *path; path++)
        count += *path == '.';
    return count;
}

/* Parents stand before what is embedded in them. */
static void check_embedded(const struct texts *paths)
{
    for (size_t i = 1; i < paths->count; i++)
        require(dots(paths->items[i - 1]) <= dots(paths->items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct resource resource = posts_resource();
    struct arena arena = {0};
    struct error err = {0};
    struct projection projection;
    struct order order;
    struct texts paths;
    const char *text = arena_copy(&arena, data, size);

    if (order_parse(&arena, &resource, text, &order, &err))
        check_order(&order);
    else
        require(err.kind == ERROR_INVALID && utf8_valid(err.message, strlen(err.message)));
    if (projection_parse(&arena, &resource, text, &projection, &err))
        for (size_t i = 0; i < projection.paths.count; i++)
            projection_reaches(&arena, &resource, projection.paths.items[i]);
    if (embedded_parse(&arena, &resource, text, &paths, &err))
        check_embedded(&paths);
    arena_release(&arena);
    return 0;
}
