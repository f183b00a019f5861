/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <stdio.h>
#include <string.h>

#include "settings_tables.h"

enum { MOST_BYTES = 1 << 20 };

static void check_distinct(const struct spot *whole, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
                mistake(whole, "two parts of replies are called %.60s", names[i]);
}

/* Fields that the server fills in, and parameters, are told apart by their names. */
static void check_names(const struct spot *whole)
{
    const struct names *names = &whole->reader->settings->names;
    const char *const fields[] = {
        names->etag,    names->created,        names->updated, names->deleted,
        names->version, names->latest_version, names->links,
    };
    const char *const parameters[] = {
        names->where, names->sort,          names->projection,   names->embedded,
        names->page,  names->max_results,   names->show_deleted, names->aggregate,
        names->after, names->version_param,
    };

    check_distinct(whole, fields, sizeof(fields) / sizeof(fields[0]));
    check_distinct(whole, parameters, sizeof(parameters) / sizeof(parameters[0]));
}

static const char *make_prefix(const struct settings *settings, struct arena *arena)
{
    const char *prefix = settings->prefix;
    const char *version = settings->api_version;

    return arena_printf(arena, "%s%s%s%s", prefix ? "/" : "", prefix ? prefix : "",
                        version ? "/" : "", version ? version : "");
}

static void global_finish(const struct spot *whole)
{
    struct reader *reader = whole->reader;
    struct settings *settings = reader->settings;

    settings->prefix = make_prefix(settings, reader->arena);
    if (!settings->api_version)
        settings->api_version = "";
    if (*settings->date_format) /* what is written can be read */
        reader->common.iso_dates = true;
    settings->hateoas = reader->common.hateoas;
    settings->cache_control = reader->common.cache_control;
    settings->cache_expires = reader->common.cache_expires;
    settings->public_methods = reader->common.public_methods;
    settings->allowed_roles = reader->common.allowed_roles;
    settings->allowed_read_roles = reader->common.allowed_read_roles;
    memcpy(settings->rates, reader->common.rates, sizeof(settings->rates));
    if (!settings->json && !settings->xml)
        mistake(whole, "JSON and XML must not both be false");
    check_names(whole);
    check_same_id(whole, "ID_FIELD", "ITEM_LOOKUP_FIELD");
    mongo_finish(whole);
}

/* FNV-1a over texts, ends included. */
static uint64_t hash_more(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    } while (*text++);
    return hash;
}

static uint64_t shape_of(const struct settings *settings)
{
    const struct names *names = &settings->names;
    const char *const texts[] = {
        names->links,
        names->etag,
        names->created,
        names->updated,
        names->deleted,
        names->version,
        names->latest_version,
        settings->date_format,
        settings->link_base,
        settings->hateoas ? "h" : "",
        settings->sort_keys ? "s" : "",
    };
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        hash = hash_more(hash, texts[i]);
    return hash;
}

static void read_all(const struct spot *whole)
{
    struct reader *reader = whole->reader;
    struct entries tables[] = {
        {.keys = global_entries, .into = reader->settings, .capitals = true},
        {.keys = common_entries, .into = &reader->common, .capitals = true},
        {0},
    };

    domain_name(whole);
    reader->common.authentication = true;
    entries_defaults(reader, &tables[0]);
    entries_defaults(reader, &tables[1]);
    entries_read(whole, tables, KEYS_PLAIN);
    global_finish(whole);
    reader->settings->shape = shape_of(reader->settings);
    domain_read(whole);
    if (reader->mistake_count == 0)
        texts_keep(reader);
}

bool settings_read(const char *json, size_t len, struct settings *out, struct buf *mistakes)
{
    struct reader reader = {.settings = out, .arena = &out->arena, .mistakes = mistakes};
    struct spot whole = {.reader = &reader};
    struct error err = {0};

    *out = (struct settings){0};
    if (len > MOST_BYTES)
        mistake(&whole, "more than %d bytes", MOST_BYTES);
    else if (!json_parse_unique(&out->arena, json, len, &whole.value, &err))
        mistake(&whole, "%s", err.message);
    else if (json_type(whole.value) != JSON_OBJECT)
        mistake_type(&whole, "an object of settings");
    else
        read_all(&whole);
    mistakes_end(&reader);
    if (reader.mistake_count)
        settings_release(out);
    return reader.mistake_count == 0;
}

bool settings_load(const char *path, struct settings *out, struct buf *mistakes)
{
    FILE *file = fopen(path, "re");
    struct buf text = {0};
    size_t got;
    bool ok;

    *out = (struct settings){0};
    if (!file) {
        buf_printf(mistakes, "%s: %m\n", path);
        return false;
    }
    do {
        buf_reserve(&text, 1 << 16);
        got = fread(text.data + text.len, 1, 1 << 16, file);
        text.len += got;
    } while (got && text.len <= MOST_BYTES);
    ok = !ferror(file);
    if (!ok)
        buf_printf(mistakes, "%s: %m\n", path);
    fclose(file);
    ok = ok && settings_read(text.data, text.len, out, mistakes);
    buf_release(&text);
    return ok;
}

void settings_release(struct settings *settings)
{
    arena_release(&settings->arena);
    *settings = (struct settings){0};
}

const char *settings_url_piece(const char **at, size_t *len)
{
    const char *piece = *at;

    *len = strcspn(piece, "<");
    *at = piece + *len;
    if (**at)
        *at += strcspn(*at, ">") + 1;
    return piece;
}

const struct resource *settings_resource(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->resource_count; i++)
        if (strcmp(settings->resources[i].name, name) == 0)
            return &settings->resources[i];
    return NULL;
}
