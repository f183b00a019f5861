/* SPDX-License-Identifier: MIT */
/* MONGO_HOST and its kin as one address (https://www.mongodb.com/docs/manual/reference/
 * connection-string/). */
#include "settings_tables.h"

#include <string.h>

#include "../lib/form.h"

void read_mongo_part(const struct spot *spot, const struct entry *entry, void *member)
{
    const char *text;
    int64_t port;

    (void)member;
    if (strcmp(entry->name, "mongo_port") == 0)
        take_int(spot, 1, 65535, &port);
    else if (json_type(spot->value) != JSON_NULL)
        take_text(spot, &text);
}

static bool is_scalar(struct json value)
{
    return json_type(value) != JSON_LIST && json_type(value) != JSON_OBJECT;
}

void read_mongo_options(const struct spot *spot, const struct entry *entry, void *member)
{
    struct spots options;
    struct spot option;

    (void)entry;
    (void)member;
    if (json_type(spot->value) == JSON_NULL || !take_type(spot, JSON_OBJECT, "an object"))
        return;
    spot_each(spot, &options);
    while (spot_next(&options, &option))
        if (!is_scalar(option.value))
            mistake_type(&option, "a text, a number, true or false");
}

/* The text of a setting; NULL where it is not given or of another type, which is said elsewhere. */
static const char *given(const struct spot *whole, const char *name)
{
    struct spot spot;

    if (!spot_get(whole, name, &spot))
        return NULL;
    if (json_type(spot.value) == JSON_NUMBER)
        return json_number(spot.value);
    return json_type(spot.value) == JSON_TEXT ? json_string(spot.value, NULL) : NULL;
}

static void add_option(struct buf *out, char *before, const char *name, const char *value)
{
    if (!value)
        return;
    buf_byte(out, *before);
    *before = '&';
    path_encode(out, name);
    buf_byte(out, '=');
    path_encode(out, value);
}

static void add_value(struct buf *out, struct json value)
{
    if (json_type(value) == JSON_TEXT)
        buf_puts(out, json_string(value, NULL));
    else
        json_write_value(out, value);
}

/* What PyMongo alone understands. */
static bool is_of_python(const char *name)
{
    return strcmp(name, "connect") == 0 || strcmp(name, "tz_aware") == 0 ||
           strcmp(name, "uuidRepresentation") == 0;
}

static void add_options(const struct spot *whole, struct buf *out, char *before)
{
    struct spot spot, option;
    struct spots options;

    if (!spot_get(whole, "MONGO_OPTIONS", &spot))
        return;
    spot_each(&spot, &options);
    while (json_type(spot.value) == JSON_OBJECT && spot_next(&options, &option)) {
        struct buf value = {0};

        add_value(&value, option.value);
        if (!is_of_python(option.name))
            add_option(out, before, option.name, buf_text(&value));
        buf_release(&value);
    }
}

/* authMechanismProperties=NAME:VALUE,NAME:VALUE */
static void add_properties(const struct spot *whole, struct buf *out, char *before)
{
    struct buf list = {0};
    struct spot spot, property;
    struct spots properties;

    if (!spot_get(whole, "MONGO_AUTH_MECHANISM_PROPERTIES", &spot))
        return;
    spot_each(&spot, &properties);
    while (json_type(spot.value) == JSON_OBJECT && spot_next(&properties, &property)) {
        buf_printf(&list, "%s%s:", list.len ? "," : "", property.name);
        add_value(&list, property.value);
    }
    if (list.len)
        add_option(out, before, "authMechanismProperties", buf_text(&list));
    buf_release(&list);
}

static const char *make_address(const struct spot *whole)
{
    const char *user = given(whole, "MONGO_USERNAME");
    const char *password = given(whole, "MONGO_PASSWORD");
    const char *host = given(whole, "MONGO_HOST");
    const char *port = given(whole, "MONGO_PORT");
    struct buf out = {0};
    char before = '?';
    const char *address;

    buf_puts(&out, "mongodb://");
    if (user) {
        path_encode(&out, user);
        buf_byte(&out, ':');
        path_encode(&out, password ? password : "");
        buf_byte(&out, '@');
    }
    buf_printf(&out, "%s:%s/", host ? host : "localhost", port ? port : "27017");
    if (whole->reader->settings->mongo_dbname)
        path_encode(&out, whole->reader->settings->mongo_dbname);
    add_option(&out, &before, "authSource", given(whole, "MONGO_AUTH_SOURCE"));
    add_option(&out, &before, "authMechanism", given(whole, "MONGO_AUTH_MECHANISM"));
    add_properties(whole, &out, &before);
    add_options(whole, &out, &before);
    address = arena_copy(whole->reader->arena, out.data, out.len);
    buf_release(&out);
    return address;
}

static bool is_address(const char *text)
{
    return strncmp(text, "mongodb://", 10) == 0 || strncmp(text, "mongodb+srv://", 14) == 0;
}

void mongo_finish(const struct spot *whole)
{
    struct settings *settings = whole->reader->settings;
    struct spot password, uri;

    if (settings->mongo_uri && !is_address(settings->mongo_uri) &&
        spot_get(whole, "MONGO_URI", &uri))
        mistake(&uri, "must begin with mongodb:// or mongodb+srv://");

    if (given(whole, "MONGO_PASSWORD") && !given(whole, "MONGO_USERNAME") &&
        spot_get(whole, "MONGO_PASSWORD", &password))
        mistake(&password, "needs MONGO_USERNAME");
    if (!settings->mongo_uri && (given(whole, "MONGO_HOST") || given(whole, "MONGO_PORT") ||
                                 given(whole, "MONGO_USERNAME")))
        settings->mongo_uri = make_address(whole);
}
