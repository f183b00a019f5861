/* SPDX-License-Identifier: MIT */
/* Rules that name other fields and resources. What they name is looked for when all is read. */
#include "settings_tables.h"

#include <string.h>

/* -- names of fields -----------------------------------------------------------------------------
 */

static void say_no_field(const struct spot *spot, const struct schema *schema, const char *path)
{
    struct nearest nearest = nearest_to(path);

    for (size_t i = 0; i < schema->count; i++)
        nearest_consider(&nearest, schema->fields[i].name);
    if (nearest.best)
        mistake(spot, "no such field as %.60s, did you mean %s?", path, nearest.best);
    else
        mistake(spot, "no such field as %.60s", path);
}

static bool is_meta(const struct names *names, const char *path)
{
    return strcmp(path, "_id") == 0 || strcmp(path, names->created) == 0 ||
           strcmp(path, names->updated) == 0 || strcmp(path, names->etag) == 0 ||
           strcmp(path, names->deleted) == 0 || strcmp(path, names->version) == 0;
}

bool check_field(const struct spot *spot, const struct resource *resource, const char *path)
{
    const struct schema *schema = &resource->schema;

    if (schema->allow_unknown || schema_at(schema, path) ||
        is_meta(&spot->reader->settings->names, path))
        return true;
    say_no_field(spot, schema, path);
    return false;
}

/* -- data_relation -------------------------------------------------------------------------------
 */

static void read_resource_name(const struct spot *spot, const struct entry *entry, void *member)
{
    struct relation *relation = member;
    struct nearest nearest;

    (void)entry;
    if (!take_text(spot, &relation->resource_name))
        return;
    relation->resource = reader_resource(spot->reader, relation->resource_name);
    if (relation->resource)
        return;
    nearest = nearest_to(relation->resource_name);
    for (size_t i = 0; i < spot->reader->resource_count; i++)
        nearest_consider(&nearest, spot->reader->resources[i].name);
    if (nearest.best)
        mistake(spot, "no such resource as %.60s, did you mean %s?", relation->resource_name,
                nearest.best);
    else
        mistake(spot, "no such resource as %.60s", relation->resource_name);
}

const struct entry relation_entries[] = {
    {.name = "resource", .read = read_resource_name},
    {.name = "field", .read = read_text, .offset = offsetof(struct relation, field)},
    {.name = "embeddable", .read = read_bool, .offset = offsetof(struct relation, embeddable)},
    {.name = "version", .read = read_bool, .offset = offsetof(struct relation, version)},
    {0},
};

static void finish_relation(const struct spot *spot, void *context)
{
    struct relation *relation = context;

    if (!relation->resource)
        return;
    if (!relation->field)
        relation->field = relation->resource->id_field;
    check_field(spot, relation->resource, relation->field);
    if (relation->version && !relation->resource->versioning)
        mistake(spot, "version needs versioning in %s", relation->resource_name);
}

void read_relation(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;
    struct relation *relation = arena_zalloc(spot->reader->arena, sizeof(*relation));
    struct entries tables[] = {{.keys = relation_entries, .into = relation}, {0}};
    struct spot resource;

    (void)entry;
    entries_read(spot, tables, KEYS_PLAIN);
    if (json_type(spot->value) != JSON_OBJECT)
        return;
    field->rules.relation = relation;
    if (spot_get(spot, "resource", &resource))
        check_later(spot, finish_relation, relation);
    else
        mistake(spot, "needs a resource");
}

/* -- dependencies and excludes -------------------------------------------------------------------
 */

/* A field that another one names; where it is looked for. */
struct mention {
    struct dependency *dependency; /* NULL: excludes */
    const char *path;
    const struct schema *schema; /* NULL: outside any dict, where nothing can be said */
    bool has_values;             /* the spot's value is what the field must be among */
};

static void finish_mention(const struct spot *spot, void *context)
{
    struct mention *mention = context;
    const struct rules *rules = mention->schema ? schema_at(mention->schema, mention->path) : NULL;

    if (!rules && mention->schema && !mention->schema->allow_unknown &&
        !is_meta(&spot->reader->settings->names, mention->path))
        say_no_field(spot, mention->schema, mention->path);
    else if (mention->has_values)
        take_values(spot, rules, &mention->dependency->among);
}

static void add_mention(const struct spot *spot, const struct field_draft *field,
                        struct mention mention)
{
    struct mention *kept = arena_alloc(spot->reader->arena, sizeof(*kept));
    bool rooted = mention.path[0] == '^' && mention.path[1] != '^';

    mention.path += mention.path[0] == '^'; /* ^^name is the field ^name */
    mention.schema = field->scope.siblings;
    if (rooted)
        mention.schema = field->scope.resource ? &field->scope.resource->schema : NULL;
    if (mention.dependency)
        *mention.dependency = (struct dependency){.path = mention.path, .rooted = rooted};
    *kept = mention;
    check_later(spot, finish_mention, kept);
}

/* name, [name, …] or {name: value or [value, …], …} */
void read_dependencies(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;
    bool in_object = json_type(spot->value) == JSON_OBJECT;
    struct dependency *items;
    struct texts paths = {0};
    struct spots members;
    struct spot one;
    size_t count = 0;

    items = arena_zalloc(spot->reader->arena, (json_count(spot->value) + 1) * sizeof(*items));
    if (!in_object)
        read_text_or_texts(spot, entry, &paths);
    for (; count < paths.count; count++)
        add_mention(spot, field,
                    (struct mention){.dependency = &items[count], .path = paths.items[count]});
    spot_each(spot, &members);
    while (in_object && spot_next(&members, &one))
        add_mention(
            &one, field,
            (struct mention){.dependency = &items[count++], .path = one.name, .has_values = true});
    field->rules.dependencies = items;
    field->rules.dependency_count = count;
}

void read_excludes(const struct spot *spot, const struct entry *entry, void *member)
{
    struct field_draft *field = member;
    struct texts names = {0};

    read_text_or_texts(spot, entry, &names);
    for (size_t i = 0; i < names.count; i++)
        add_mention(spot, field, (struct mention){.path = names.items[i]});
    field->rules.excludes = names.items;
    field->rules.exclude_count = names.count;
}
