/* SPDX-License-Identifier: MIT */
/* What the settings say of the store: where it is, and what it must be able to do. */
#include "settings.h"

#include <string.h>

/* Whether a MongoDB's address names a database: scheme://hosts/NAME?options. */
static bool names_database(const char *address)
{
    const char *hosts = strstr(address, "://");
    const char *path = hosts ? strchr(hosts + 3, '/') : NULL;

    return path && path[1] && path[1] != '?';
}

struct settings_store settings_store(const struct settings *settings, const char *given)
{
    if (given && *given)
        return (struct settings_store){given, settings->mongo_dbname};
    if (settings->mongo_uri)
        return (struct settings_store){settings->mongo_uri, names_database(settings->mongo_uri)
                                                                ? NULL
                                                                : settings->mongo_dbname};
    return (struct settings_store){STORE_DEFAULT, NULL};
}

/* The methods that change something. PATCH of a list is asked for by those of items. */
static const char *resource_needs(const struct settings *settings, const struct resource *resource)
{
    unsigned lists = resource->resource_methods & (METHOD_POST | METHOD_DELETE);
    unsigned items = resource->item_methods & (METHOD_PUT | METHOD_PATCH | METHOD_DELETE);

    if (resource->internal)
        return NULL;
    if (resource->versioning && (lists | items))
        return "VERSIONING";
    if (settings->oplog.enabled && settings->oplog.resource != resource &&
        settings->oplog.methods & (lists | items))
        return "OPLOG";
    if (resource->bulk_enabled && lists & METHOD_POST)
        return "BULK_ENABLED (which is on unless it is set to false)";
    if (resource->bulk_by_filter && (lists & METHOD_DELETE || items & METHOD_PATCH))
        return "BULK_BY_FILTER";
    return resource->soft_delete && lists & METHOD_DELETE ? "SOFT_DELETE of lists" : NULL;
}

const char *settings_need_set(const struct settings *settings)
{
    const char *needs = settings->changes_endpoint ? "CHANGES_ENDPOINT" : NULL;

    for (size_t i = 0; i < settings->resource_count && !needs; i++)
        needs = resource_needs(settings, &settings->resources[i]);
    return needs;
}
