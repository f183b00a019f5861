/* SPDX-License-Identifier: MIT */
/* One resource's own settings, and what must agree in it. */
#include "settings_tables.h"

#include <ctype.h>
#include <string.h>

#define AT(member) offsetof(struct resource, member)

/* false and null open a resource; there is nothing else that could be given in JSON. */
static void read_authentication(const struct spot *spot, const struct entry *entry, void *member)
{
    (void)entry;
    if (json_type(spot->value) != JSON_NULL && json_type(spot->value) != JSON_BOOL)
        mistake(spot, "must be true or false: AUTH says how users are known");
    else
        *(bool *)member = json_bool(spot->value);
}

const struct entry resource_entries[] = {
    {.name = "resource_title", .read = read_text, .offset = AT(title)},
    {.name = "authentication", .read = read_authentication, .offset = AT(authentication)},
    {.name = "embedded_fields", .read = read_texts, .offset = AT(embedded_fields)},
    {.name = "query_objectid_as_string", .read = read_bool, .offset = AT(objectid_as_string)},
    {.name = "etag_ignore_fields",
     .read = read_fixed,
     .initial = "null",
     .note = "an etag changes with every write"},
    {.name = "mongo_prefix",
     .read = read_unsupported,
     .note = "all resources are in the one store that --store names"},
    {0},
};

static void read_schema(const struct spot *spot, const struct entry *entry, void *member)
{
    struct draft *draft = member;
    struct scope scope = {.resource = draft->resource, .inherited = draft->resource->schema};

    (void)entry;
    schema_read(spot, &scope, &draft->resource->schema);
    draft->schema = spot->value;
    draft->has_schema = json_type(spot->value) == JSON_OBJECT;
}

const struct entry draft_entries[] = {
    {.name = "schema", .read = read_schema, .phase = KEYS_SCHEMA},
    {.name = "url", .read = read_url, .phase = KEYS_NAMING},
    {.name = "additional_lookup", .read = read_lookup, .phase = KEYS_NAMING},
    {.name = "datasource", .read = read_datasource, .phase = KEYS_NAMING},
    {.name = "mongo_indexes", .read = read_indexes, .phase = KEYS_NAMING},
    {0},
};

void resource_read(struct draft *draft, int phase)
{
    struct entries tables[] = {
        {.keys = resource_entries, .into = draft->resource},
        {.keys = common_entries, .into = draft->resource},
        {.keys = draft_entries, .into = draft},
        {0},
    };

    entries_read(&draft->spot, tables, phase);
    if (draft->forced.reader)
        entries_read(&draft->forced, tables, phase);
}

/* "Blogpost" for blogPosts, as Python's rstrip("s").capitalize() has it. */
static const char *title_of_item(struct arena *arena, const char *name)
{
    size_t len = strlen(name);
    char *title;

    while (len > 0 && name[len - 1] == 's')
        len--;
    title = arena_copy(arena, name, len);
    for (size_t i = 0; i < len; i++)
        title[i] = (char)(i ? tolower((unsigned char)title[i]) : toupper((unsigned char)title[i]));
    return title;
}

/* Documents can be addressed and found by their id, so its rules are always there. */
static void add_id_rules(struct arena *arena, struct resource *resource)
{
    struct rules *fields;
    struct schema *schema = &resource->schema;

    fields = arena_alloc(arena, (schema->count + 1) * sizeof(*fields));
    if (schema->count)
        memcpy(fields, schema->fields, schema->count * sizeof(*fields));
    fields[schema->count] = (struct rules){
        .name = resource->id_field,
        .path = resource->id_field,
        .types = RULE_OBJECTID,
        .type_name = "objectid",
        .min_len = -1,
        .max_len = -1,
    };
    schema->fields = fields;
    schema->count++;
}

/* Items are addressed by it: a second one with the same is an issue, before the store refuses it.
 */
static void make_id_unique(struct arena *arena, struct resource *resource)
{
    struct schema *schema = &resource->schema;
    size_t size = schema->count * sizeof(*schema->fields);
    struct rules *fields = arena_alloc(arena, size);

    memcpy(fields, schema->fields, size);
    for (size_t i = 0; i < schema->count; i++)
        if (strcmp(fields[i].name, resource->id_field) == 0)
            fields[i].unique = true;
    schema->fields = fields;
}

/* As configured, and with the rules of its id where there are none. */
static const char *write_schema(const struct draft *draft, bool id_is_there)
{
    const char *id_field = draft->resource->id_field;
    struct buf out = {0};
    const char *text;

    if (draft->has_schema)
        json_write_value(&out, draft->schema);
    else
        buf_puts(&out, "{}");
    if (!id_is_there) {
        out.len--;
        buf_puts(&out, out.len > 1 ? "," : "");
        json_write_text(&out, id_field, strlen(id_field));
        buf_puts(&out, ":{\"type\":\"objectid\"}}");
    }
    text = arena_copy(draft->spot.reader->arena, out.data, out.len);
    buf_release(&out);
    return text;
}

/* Once its schema is there. */
void resource_complete_schema(struct draft *draft)
{
    struct resource *resource = draft->resource;
    bool id_is_there;

    if (resource->schema.count == 0) {
        resource->any_schema = true;
        resource->schema.allow_unknown = true;
    }
    id_is_there =
        schema_find(&resource->schema, resource->id_field, strlen(resource->id_field)) != NULL;
    resource->schema_text = write_schema(draft, id_is_there);
    if (!id_is_there)
        add_id_rules(draft->spot.reader->arena, resource);
    if (strcmp(resource->id_field, "_id") != 0)
        make_id_unique(draft->spot.reader->arena, resource);
}

/* Fields that are kept by the server must not be a client's. */
static void check_reserved(const struct draft *draft)
{
    const struct resource *resource = draft->resource;
    const struct names *names = &draft->spot.reader->settings->names;
    const char *const reserved[] = {
        names->created,
        names->updated,
        names->etag,
        resource->soft_delete ? names->deleted : NULL,
        resource->versioning ? names->version : NULL,
        resource->versioning ? names->latest_version : NULL,
        resource->versioning ? "_id_document" : NULL,
    };

    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (reserved[i] && schema_find(&resource->schema, reserved[i], strlen(reserved[i])))
            mistake(&draft->spot, "the schema must not have %s, which the server fills in",
                    reserved[i]);
}

/* Both say which field an item's address holds. */
void check_same_id(const struct spot *object, const char *id_field, const char *lookup_field)
{
    struct spot id, lookup;

    if (spot_get(object, id_field, &id) && spot_get(object, lookup_field, &lookup) &&
        json_type(id.value) == JSON_TEXT && json_type(lookup.value) == JSON_TEXT &&
        strcmp(json_string(id.value, NULL), json_string(lookup.value, NULL)) != 0)
        mistake(&lookup, "another field than %s is not supported", id_field);
}

static void check_agreement(const struct draft *draft)
{
    const struct resource *resource = draft->resource;
    const struct spot *spot = &draft->spot;

    check_same_id(spot, "id_field", "item_lookup_field");
    if (resource->auth_field && strcmp(resource->auth_field, resource->id_field) == 0)
        mistake(spot, "auth_field must not be the id_field (%s)", resource->id_field);
    check_reserved(draft);
}

/* -- what is embedded unasked --------------------------------------------------------------------
 */

static const struct relation *relation_of(const struct rules *rules)
{
    while (rules && rules->each)
        rules = rules->each;
    return rules ? rules->relation : NULL;
}

/* A reference, or one in the documents that another one leads to. */
static bool is_embeddable(struct arena *arena, const struct resource *resource, const char *path)
{
    for (const char *end = path;; end++) {
        const struct relation *relation;

        if (*end && *end != '.')
            continue;
        relation = relation_of(
            schema_at(&resource->schema, arena_copy(arena, path, (size_t)(end - path))));
        if (relation && relation->embeddable)
            return !*end ||
                   (relation->resource && is_embeddable(arena, relation->resource, end + 1));
        if (!*end)
            return false;
    }
}

static void check_embedded(const struct draft *draft)
{
    enum { MOST_LEN = 200 };
    const struct texts *fields = &draft->resource->embedded_fields;
    struct spot spot;

    if (!spot_get(&draft->spot, "embedded_fields", &spot))
        return;
    for (size_t i = 0; i < fields->count; i++)
        if (strlen(fields->items[i]) > MOST_LEN ||
            !is_embeddable(spot.reader->arena, draft->resource, fields->items[i]))
            mistake(&spot, "%.60s has no embeddable data_relation", fields->items[i]);
}

void resource_finish(struct draft *draft)
{
    struct resource *resource = draft->resource;

    if (!resource->url) {
        resource->url = resource->name;
        if (!url_is_plain(resource->url))
            mistake(&draft->spot, "needs a url, as its name cannot be one");
    }
    if (!resource->title)
        resource->title = resource->url;
    if (!resource->item_title)
        resource->item_title = title_of_item(draft->spot.reader->arena, resource->name);
    if (resource->pagination_default > resource->pagination_limit)
        resource->pagination_default = resource->pagination_limit;
    for (size_t i = 0; i < resource->allowed_filters.count; i++)
        if (strcmp(resource->allowed_filters.items[i], "*") == 0)
            resource->any_filter = true;
    resource->where_enabled = resource->allowed_filters.count > 0;
    check_agreement(draft);
    check_embedded(draft);
}
