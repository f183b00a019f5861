/* SPDX-License-Identifier: MIT */
#include "oplog.h"

#include "gate.h"

static const char *method_name(enum methods method)
{
    switch (method) {
    case METHOD_POST:
        return "POST";
    case METHOD_PUT:
        return "PUT";
    case METHOD_PATCH:
        return "PATCH";
    case METHOD_DELETE:
        return "DELETE";
    default:
        return "GET";
    }
}

bool oplog_wants(const struct resource *resource, enum methods method)
{
    const struct oplog *oplog = &resource->settings->oplog;

    return oplog->enabled && oplog->methods & method && oplog->resource != resource;
}

static void append_audit(struct call *call, const struct operation *operation, bson_t *entry)
{
    const struct oplog *oplog = &resource_of(call)->settings->oplog;
    const char *user = gate_user(call);

    BSON_APPEND_UTF8(entry, "ip", call_client(call));
    BSON_APPEND_UTF8(entry, "u", user ? user : "n/a");
    if (oplog->change_methods & operation->method)
        BSON_APPEND_DOCUMENT(entry, "c", operation->changes);
}

bool oplog_keep(struct call *call, const struct operation *operation, struct error *err)
{
    const struct resource *resource = resource_of(call);
    const struct oplog *oplog = &resource->settings->oplog;
    bson_t entry;
    bool ok;

    if (!oplog_wants(resource, operation->method))
        return true;
    bson_init(&entry);
    BSON_APPEND_UTF8(&entry, "r", resource->url);
    BSON_APPEND_UTF8(&entry, "o", method_name(operation->method));
    BSON_APPEND_VALUE(&entry, "i", operation->id);
    if (oplog->audit)
        append_audit(call, operation, &entry);
    ok = store_insert(call_store(call), oplog->resource->collection, &entry, NULL, err);
    bson_destroy(&entry);
    return ok;
}
