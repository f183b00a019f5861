/* SPDX-License-Identifier: MIT */
/* mongo_indexes: {NAME: [[field, 1], …]} or {NAME: [[[field, 1], …], {options}]}. */
#include "settings_tables.h"

#include <string.h>

enum { MOST_PATHS = sizeof(((struct store_index *)0)->paths) / sizeof(const char *) };

static void add_wish(struct draft *draft, const struct spot *spot, const struct index_wish *wished)
{
    struct index_wish *kept = arena_alloc(spot->reader->arena, sizeof(*kept));

    *kept = *wished;
    kept->spot = spot_keep(spot);
    kept->next = draft->wishes;
    draft->wishes = kept;
}

void wish(struct draft *draft, const struct spot *spot, const char *path, unsigned flags)
{
    struct index_wish wished = {.paths = {path}, .count = 1, .flags = flags};

    if (flags)
        add_wish(draft, spot, &wished);
}

/* -- options -------------------------------------------------------------------------------------
 */

struct options {
    bool unique, expires;
};

/* Rows expire at the time that the field holds, not some time after it. */
static void read_expiry(const struct spot *spot, const struct entry *entry, void *member)
{
    struct options *options = member;
    int64_t seconds;

    (void)entry;
    if (!take_int(spot, 0, INT64_MAX, &seconds))
        return;
    options->expires = true;
    if (seconds)
        mistake(spot, "anything but 0 is not supported: the field holds when a document expires");
}

static const struct entry option_entries[] = {
    {.name = "unique", .read = read_bool, .offset = offsetof(struct options, unique)},
    {.name = "expireAfterSeconds", .read = read_expiry},
    {.name = "sparse", .read = read_bool_in_vain},
    {.name = "background", .read = read_bool_in_vain},
    {.name = "weights", .read = read_unsupported, .note = "all words weigh the same"},
    {.name = "default_language", .read = read_unsupported, .note = "words are stemmed one way"},
    {.name = "partialFilterExpression",
     .read = read_unsupported,
     .note = "an index holds all documents"},
    {.name = "collation", .read = read_unsupported, .note = "texts are ordered by their bytes"},
    {0},
};

/* -- one index -----------------------------------------------------------------------------------
 */

/* [field, 1], [field, -1] or [field, "text"]. Rules of a searched field know that they are. */
static bool take_path(const struct spot *spot, const struct resource *resource, const char **path,
                      bool *searched)
{
    struct spot parts[2];
    struct spots list;
    int64_t direction;

    if (json_type(spot->value) != JSON_LIST || json_count(spot->value) != 2) {
        mistake(spot, "must be [field, 1], [field, -1] or [field, \"text\"]");
        return false;
    }
    spot_each(spot, &list);
    for (int i = 0; i < 2; i++)
        spot_next(&list, &parts[i]);
    *searched = json_type(parts[1].value) == JSON_TEXT;
    if (*searched && strcmp(json_string(parts[1].value, NULL), "text") != 0) {
        mistake(&parts[1], "an index of this kind is not supported: 1, -1 or \"text\"");
        return false;
    }
    return take_text(&parts[0], path) && check_field(&parts[0], resource, *path) &&
           (*searched || take_int(&parts[1], -1, 1, &direction));
}

/* The settings' own rules, which are const to those who use them. */
static void mark_searched(const struct resource *resource, const char *path)
{
    struct rules *rules = (struct rules *)(uintptr_t)schema_at(&resource->schema, path);

    if (rules)
        rules->searched = true;
}

static void add_path(const struct spot *spot, struct draft *draft, struct index_wish *wished)
{
    const char *path;
    bool searched;

    if (!take_path(spot, draft->resource, &path, &searched))
        return;
    if (searched) {
        mark_searched(draft->resource, path);
        wish(draft, spot, path, STORE_SEARCHED);
    } else if (wished->count == MOST_PATHS) {
        mistake(spot, "an index of more than %d fields is not supported", MOST_PATHS);
    } else {
        wished->paths[wished->count++] = stored_path(spot, path);
    }
}

static void finish_index(const struct spot *spot, struct draft *draft, struct index_wish *wished,
                         const struct options *options)
{
    if (wished->count > 1 && (options->unique || options->expires))
        mistake(spot, "unique and expireAfterSeconds are not supported over several fields");
    wished->flags = options->expires ? STORE_EXPIRES : STORE_INDEXED;
    if (options->unique)
        wished->flags |= STORE_UNIQUE;
    if (wished->count)
        add_wish(draft, spot, wished);
}

/* Whether this is [[…], {…}]: the fields, and options. */
static bool has_options(const struct spot *spot, struct spot *fields, struct spot *options)
{
    struct spots list;

    if (json_type(spot->value) != JSON_LIST || json_count(spot->value) != 2)
        return false;
    spot_each(spot, &list);
    return spot_next(&list, fields) && spot_next(&list, options) &&
           json_type(options->value) == JSON_OBJECT;
}

static void read_index(const struct spot *spot, struct draft *draft)
{
    struct spot parts[2];
    struct options options = {0};
    struct entries tables[] = {{.keys = option_entries, .into = &options}, {0}};
    const struct spot *fields = spot;
    struct index_wish wished = {0};
    struct spots list;
    struct spot field;

    if (has_options(spot, &parts[0], &parts[1])) {
        fields = &parts[0];
        entries_read(&parts[1], tables, KEYS_PLAIN);
    }
    if (!take_type(fields, JSON_LIST, "a list of [field, 1]"))
        return;
    spot_each(fields, &list);
    while (spot_next(&list, &field))
        add_path(&field, draft, &wished);
    finish_index(spot, draft, &wished, &options);
}

void read_indexes(const struct spot *spot, const struct entry *entry, void *draft)
{
    struct spots members;
    struct spot index;

    (void)entry;
    if (!take_type(spot, JSON_OBJECT, "an object of indexes"))
        return;
    spot_each(spot, &members);
    while (spot_next(&members, &index))
        read_index(&index, draft);
}
