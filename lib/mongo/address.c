/* SPDX-License-Identifier: MIT */
#include "address.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* When a connection breaks, libmongoc's monitor notices within half a second and looks at the
     * server half a second later: a command that waits a little longer than that meets it. */
    SELECTION_MS = 1300,
    CONNECT_MS = 500,
    HEARTBEAT_MS = 2000,
    PATIENT_MS = 24 * 3600 * 1000,
};

static void set_number(mongoc_uri_t *uri, const char *option, int value)
{
    if (!mongoc_uri_has_option(uri, option))
        mongoc_uri_set_option_as_int32(uri, option, value);
}

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

static void set_times(mongoc_uri_t *uri, int timeout_ms)
{
    set_number(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, lesser(SELECTION_MS, timeout_ms));
    set_number(uri, MONGOC_URI_CONNECTTIMEOUTMS, lesser(CONNECT_MS, timeout_ms));
    set_number(uri, MONGOC_URI_SOCKETTIMEOUTMS, timeout_ms);
    set_number(uri, MONGOC_URI_WAITQUEUETIMEOUTMS, timeout_ms);
    set_number(uri, MONGOC_URI_HEARTBEATFREQUENCYMS, HEARTBEAT_MS);
}

/* What was answered is on the disks of most members, and what is read too. */
static void set_concerns(mongoc_uri_t *uri, int timeout_ms)
{
    mongoc_write_concern_t *writes;
    mongoc_read_concern_t *reads;

    if (!mongoc_uri_has_option(uri, MONGOC_URI_W) && !mongoc_uri_has_option(uri, MONGOC_URI_SAFE)) {
        writes = mongoc_write_concern_copy(mongoc_uri_get_write_concern(uri));
        mongoc_write_concern_set_w(writes, MONGOC_WRITE_CONCERN_W_MAJORITY);
        if (!mongoc_uri_has_option(uri, MONGOC_URI_JOURNAL))
            mongoc_write_concern_set_journal(writes, true);
        /* So that the server says what was not confirmed in time, before its connection is given
         * up. */
        if (!mongoc_uri_has_option(uri, MONGOC_URI_WTIMEOUTMS))
            mongoc_write_concern_set_wtimeout_int64(writes, timeout_ms - timeout_ms / 4);
        mongoc_uri_set_write_concern(uri, writes);
        mongoc_write_concern_destroy(writes);
    }
    /* This option is none among the others. */
    if (mongoc_read_concern_get_level(mongoc_uri_get_read_concern(uri)))
        return;
    reads = mongoc_read_concern_new();
    mongoc_read_concern_set_level(reads, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_uri_set_read_concern(uri, reads);
    mongoc_read_concern_destroy(reads);
}

/* "mongodb://user:p@ss@host" is taken for a host named "ss@host", which would be told about. */
static bool hosts_are_names(const mongoc_uri_t *uri)
{
    for (const mongoc_host_list_t *host = mongoc_uri_get_hosts(uri); host; host = host->next)
        if (strchr(host->host, '@'))
            return false;
    return true;
}

mongoc_uri_t *address_read(const char *address, const struct store_options *options,
                           struct error *err)
{
    int timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    bson_error_t error;
    mongoc_uri_t *uri = mongoc_uri_new_with_error(address, &error);

    if (!uri || !hosts_are_names(uri)) {
        /* Its words may hold the password. */
        if (strchr(address, '@'))
            fail(err, ERROR_INTERNAL,
                 "the store's address cannot be read: in a name or a password %% : / @ are to be "
                 "written %%25 %%3A %%2F %%40");
        else
            fail(err, ERROR_INTERNAL, "the store's address cannot be read: %s", error.message);
        mongoc_uri_destroy(uri);
        return NULL;
    }
    if (!mongoc_write_concern_is_acknowledged(mongoc_uri_get_write_concern(uri))) {
        fail(err, ERROR_INTERNAL,
             "the store's address has w=0, so that nobody would know what was stored");
        mongoc_uri_destroy(uri);
        return NULL;
    }
    set_times(uri, timeout_ms);
    set_concerns(uri, timeout_ms);
    set_number(uri, MONGOC_URI_MAXPOOLSIZE, options->pool > 0 ? options->pool : DEFAULT_POOL);
    if (!mongoc_uri_has_option(uri, MONGOC_URI_APPNAME))
        mongoc_uri_set_appname(uri, "decant");
    return uri;
}

mongoc_client_t *address_connect_patiently(const mongoc_uri_t *uri, struct error *err)
{
    mongoc_uri_t *patient = mongoc_uri_copy(uri);
    mongoc_write_concern_t *writes =
        mongoc_write_concern_copy(mongoc_uri_get_write_concern(patient));
    bson_error_t error;
    mongoc_client_t *client;

    mongoc_uri_set_option_as_int32(patient, MONGOC_URI_SOCKETTIMEOUTMS, PATIENT_MS);
    mongoc_write_concern_set_wtimeout_int64(writes, 0);
    mongoc_uri_set_write_concern(patient, writes);
    client = mongoc_client_new_from_uri_with_error(patient, &error);
    if (client)
        mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2);
    else
        fail(err, ERROR_INTERNAL, "the store cannot be used: %s", error.message);
    mongoc_write_concern_destroy(writes);
    mongoc_uri_destroy(patient);
    return client;
}

mongoc_uri_t *address_hurried(struct mongo_store *store, int connect_ms, int answer_ms,
                              struct error *err)
{
    mongoc_client_t *client = client_pop(store, err);
    mongoc_uri_t *uri;

    if (!client)
        return NULL;
    uri = mongoc_uri_copy(mongoc_client_get_uri(client));
    client_push(store, client);
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, answer_ms);
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, connect_ms);
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, connect_ms);
    return uri;
}

char *address_tell(const mongoc_uri_t *uri, const char *database)
{
    const char *service = mongoc_uri_get_srv_hostname(uri);
    struct buf out = {0};
    char *told;

    buf_puts(&out, service ? "mongodb+srv://" : "mongodb://");
    if (service)
        buf_puts(&out, service);
    for (const mongoc_host_list_t *host = service ? NULL : mongoc_uri_get_hosts(uri); host;
         host = host->next)
        buf_printf(&out, "%s%s", host->host_and_port, host->next ? "," : "");
    buf_printf(&out, "/%s", database);
    told = strdup(buf_text(&out));
    if (!told)
        abort();
    buf_release(&out);
    return told;
}
