/* SPDX-License-Identifier: MIT */
/* The collections that the resources are kept in: one for each source, with what its resources
 * declare together. Fields with a duty come first, as a collection has room for some only. */
#include "settings_tables.h"

#include <string.h>

#include "versions.h"

enum { MOST_FIELDS = 60, MOST_SEARCHED = 8 };

struct growing {
    struct collection collection;
    struct store_field fields[MOST_FIELDS];
    struct store_index *indexes;
    bool id_known;
};

struct garden {
    struct reader *reader;
    struct growing *items;
    size_t count;
    size_t most_indexes; /* in any of them */
};

/* -- types ---------------------------------------------------------------------------------------
 */

enum { NUMBERS = RULE_INTEGER | RULE_FLOAT | RULE_NUMBER };

static enum value_type scalar_type(unsigned types)
{
    switch (types) {
    case RULE_STRING:
        return TYPE_TEXT;
    case RULE_BOOLEAN:
        return TYPE_BOOL;
    case RULE_INTEGER:
        return TYPE_INT;
    case RULE_DATETIME:
        return TYPE_DATE;
    case RULE_OBJECTID:
        return TYPE_OBJECT_ID;
    default:
        return types && !(types & ~(unsigned)NUMBERS) ? TYPE_NUMBER : TYPE_ANY;
    }
}

/* Whether a field holds scalars, or lists of them, whatever their types. */
static bool is_declared(const struct rules *rules)
{
    enum { NESTED = RULE_DICT | RULE_LIST | RULE_GEOJSON };

    if (rules->types == RULE_LIST)
        return rules->each && rules->each->types && !(rules->each->types & NESTED);
    return rules->types && !(rules->types & NESTED);
}

static enum value_type declared_type(const struct rules *rules, unsigned flags)
{
    if (!rules || !is_declared(rules))
        return TYPE_ANY;
    if (rules->types == RULE_LIST) /* what lists are indexed by would be their elements */
        return flags & STORE_UNIQUE ? TYPE_ANY : TYPE_LIST;
    return scalar_type(rules->types);
}

/* -- fields --------------------------------------------------------------------------------------
 */

static struct store_field *find_field(struct growing *growing, const char *path)
{
    for (size_t i = 0; i < growing->collection.field_count; i++)
        if (strcmp(growing->fields[i].path, path) == 0)
            return &growing->fields[i];
    return NULL;
}

/* NULL: there is no room. A field that two resources declare differently is of any type. */
static struct store_field *add_field(struct growing *growing, const char *path,
                                     enum value_type type, unsigned flags)
{
    struct store_field *field = find_field(growing, path);

    if (!field && growing->collection.field_count == MOST_FIELDS)
        return NULL;
    if (!field) {
        field = &growing->fields[growing->collection.field_count++];
        *field = (struct store_field){path, type, 0};
    }
    if (field->type != type)
        field->type = TYPE_ANY;
    field->flags |= flags;
    return field;
}

static struct store_field *need_field(const struct spot *spot, struct growing *growing,
                                      struct store_field wanted)
{
    struct store_field *field = add_field(growing, wanted.path, wanted.type, wanted.flags);

    if (!field)
        mistake(spot, "%.60s would be more than %d fields with an index", wanted.path, MOST_FIELDS);
    return field;
}

static unsigned flags_of(const struct resource *resource, const struct rules *rules)
{
    unsigned flags = rules->relation ? STORE_INDEXED : 0;

    if (rules->unique && !(rules->unique_to_user && resource->auth_field))
        flags |= STORE_UNIQUE;
    if (strcmp(rules->path, resource->id_field) == 0)
        flags |= STORE_UNIQUE;
    return flags;
}

/* The fields with a duty, or all others. */
static void add_schema(const struct draft *draft, const struct schema *schema,
                       struct growing *growing, bool with_duty)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct rules *rules = &schema->fields[i];
        unsigned flags = flags_of(draft->resource, rules);

        if (!*rules->path || strcmp(rules->path, "_id") == 0)
            continue;
        if (flags && with_duty)
            need_field(&draft->spot, growing,
                       (struct store_field){rules->path, declared_type(rules, flags), flags});
        else if (!flags && !with_duty && is_declared(rules) && !find_field(growing, rules->path))
            add_field(growing, rules->path, declared_type(rules, 0), 0);
        if (rules->schema)
            add_schema(draft, rules->schema, growing, with_duty);
    }
}

/* -- wishes --------------------------------------------------------------------------------------
 */

/* What every row has in columns of its own. */
static bool is_own(const char *path)
{
    return strcmp(path, "_id") == 0 || strcmp(path, "_created") == 0 ||
           strcmp(path, "_updated") == 0;
}

static size_t count_searched(const struct growing *growing)
{
    size_t count = 0;

    for (size_t i = 0; i < growing->collection.field_count; i++)
        count += (growing->fields[i].flags & STORE_SEARCHED) != 0;
    return count;
}

static void check_duty(const struct spot *spot, const struct growing *growing,
                       const struct store_field *field)
{
    if (field->flags & STORE_EXPIRES && field->type != TYPE_DATE)
        mistake(spot, "expireAfterSeconds needs a field of type datetime");
    if (field->flags & STORE_SEARCHED && field->type != TYPE_TEXT && field->type != TYPE_ANY)
        mistake(spot, "text needs a field of type string");
    if (field->flags & STORE_SEARCHED && count_searched(growing) > MOST_SEARCHED)
        mistake(spot, "more than %d searched fields are not supported", MOST_SEARCHED);
}

static void add_simple(const struct draft *draft, const struct index_wish *wish,
                       struct growing *growing)
{
    const char *path = wish->paths[0];
    const struct rules *rules = schema_at(&draft->resource->schema, path);
    const struct store_field *field;

    field = need_field(wish->spot, growing,
                       (struct store_field){path, declared_type(rules, wish->flags), wish->flags});
    if (field)
        check_duty(wish->spot, growing, field);
}

/* What a field needs besides its place in an index of several. Pages behind a key of the first one
 * are ranges of an index of that alone: the other would have all of one value sorted. */
static unsigned flags_beside(const struct draft *draft, enum value_type type, size_t place)
{
    bool paged = place == 0 && draft->resource->keyset_pagination && type != TYPE_LIST;

    return type == TYPE_ANY || paged ? STORE_INDEXED : 0;
}

static void add_index(const struct draft *draft, const struct index_wish *wish,
                      struct growing *growing)
{
    struct store_index *index = &growing->indexes[growing->collection.index_count];

    for (size_t i = 0; i < wish->count; i++) {
        const struct rules *rules = schema_at(&draft->resource->schema, wish->paths[i]);
        enum value_type type = declared_type(rules, 0);
        const struct store_field wanted = {wish->paths[i], type, flags_beside(draft, type, i)};

        index->paths[i] = wish->paths[i];
        if (type == TYPE_LIST)
            mistake(wish->spot, "a list cannot be one of several fields of an index");
        if (!is_own(wish->paths[i]) && !need_field(wish->spot, growing, wanted))
            return;
    }
    growing->collection.index_count++;
}

static void add_wishes(const struct draft *draft, struct growing *growing)
{
    for (const struct index_wish *wish = draft->wishes; wish; wish = wish->next) {
        if (wish->count == 1 && strcmp(wish->paths[0], "_id") == 0)
            continue; /* there anyhow */
        if (wish->count > 1 || is_own(wish->paths[0]))
            add_index(draft, wish, growing);
        else
            add_simple(draft, wish, growing);
    }
}

/* -- a collection --------------------------------------------------------------------------------
 */

static bool id_type_of(const struct resource *resource, enum value_type *out)
{
    const struct rules *rules = schema_find(&resource->schema, "_id", 3);

    *out = rules ? scalar_type(rules->types) : TYPE_OBJECT_ID;
    return *out == TYPE_OBJECT_ID || *out == TYPE_TEXT || *out == TYPE_INT;
}

static void set_id_type(const struct draft *draft, struct growing *growing)
{
    enum value_type type;

    if (!id_type_of(draft->resource, &type))
        mistake(&draft->spot, "_id must have the type objectid, string or integer");
    else if (growing->id_known && growing->collection.id_type != type)
        mistake(&draft->spot, "_id has another type than in another resource of the source %.60s",
                draft->source);
    else
        growing->collection.id_type = type;
    growing->id_known = true;
}

static void add_duties(const struct draft *draft, struct growing *growing)
{
    const struct resource *resource = draft->resource;
    const struct names *names = &draft->spot.reader->settings->names;

    set_id_type(draft, growing);
    if (resource->soft_delete)
        need_field(&draft->spot, growing,
                   (struct store_field){names->deleted, TYPE_BOOL, STORE_DELETED});
    if (resource->auth_field)
        need_field(&draft->spot, growing,
                   (struct store_field){resource->auth_field, TYPE_TEXT, STORE_INDEXED});
    if (!resource->internal && resource->changes && resource->settings->changes_endpoint)
        growing->collection.followed = true;
    add_schema(draft, &resource->schema, growing, true);
    add_wishes(draft, growing);
}

static struct growing *grow(struct garden *garden, const char *name)
{
    struct growing *growing = &garden->items[garden->count];

    for (size_t i = 0; i < garden->count; i++)
        if (strcmp(garden->items[i].collection.name, name) == 0)
            return &garden->items[i];
    garden->count++;
    growing->indexes =
        arena_zalloc(garden->reader->arena, garden->most_indexes * sizeof(struct store_index));
    growing->collection.name = name;
    growing->collection.fields = growing->fields;
    growing->collection.indexes = growing->indexes;
    return growing;
}

/* The earlier versions of a collection's documents. */
static void add_history(struct garden *garden, const struct draft *draft)
{
    const struct settings *settings = garden->reader->settings;
    const char *name =
        arena_printf(garden->reader->arena, "%s%s", draft->source, settings->versions_suffix);
    struct resource *history = reader_resource(
        garden->reader, arena_printf(garden->reader->arena, "%s%s", draft->resource->name,
                                     settings->versions_suffix));
    struct growing *growing = grow(garden, name);

    draft->resource->versions = &growing->collection;
    if (history)
        history->collection = &growing->collection;
    if (growing->id_known)
        return; /* of another resource with the same source */
    growing->id_known = true;
    growing->collection.bare = true;
    growing->collection.id_type = TYPE_OBJECT_ID;
    add_field(growing, VERSIONS_ID, draft->resource->collection->id_type, STORE_INDEXED);
    add_field(growing, settings->names.version, TYPE_INT, 0);
    growing->indexes[growing->collection.index_count++] =
        (struct store_index){{VERSIONS_ID, settings->names.version}};
}

static void publish(struct garden *garden)
{
    struct settings *settings = garden->reader->settings;
    const struct collection **list =
        arena_alloc(garden->reader->arena, garden->count * sizeof(struct collection *));

    for (size_t i = 0; i < garden->count; i++)
        list[i] = &garden->items[i].collection;
    settings->collections = list;
    settings->collection_count = garden->count;
}

void collections_make(const struct spot *whole, struct draft *drafts, size_t count)
{
    struct garden garden = {.reader = whole->reader, .most_indexes = 1};

    for (size_t i = 0; i < count; i++)
        for (const struct index_wish *wish = drafts[i].wishes; wish; wish = wish->next)
            garden.most_indexes++;
    garden.items = arena_zalloc(whole->reader->arena, 2 * count * sizeof(*garden.items));
    for (size_t i = 0; i < count; i++) {
        struct growing *growing = grow(&garden, drafts[i].source);

        drafts[i].resource->collection = &growing->collection;
        add_duties(&drafts[i], growing);
    }
    for (size_t i = 0; i < count; i++)
        add_schema(&drafts[i], &drafts[i].resource->schema, grow(&garden, drafts[i].source), false);
    for (size_t i = 0; i < count; i++)
        if (drafts[i].resource->versioning)
            add_history(&garden, &drafts[i]);
    publish(&garden);
}
