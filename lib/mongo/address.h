/* SPDX-License-Identifier: MIT */
/* A store's address on MongoDB, what is added to what it says, and the server that it names. */
#ifndef DECANT_MONGO_ADDRESS_H
#define DECANT_MONGO_ADDRESS_H

#include "mongo.h"

/* The caller destroys it. NULL with ERROR_INTERNAL: one sentence, without a password in it. */
mongoc_uri_t *address_read(const char *address, const struct store_options *options,
                           struct error *err);

/* A client of one's own for what takes long, such as making an index; to be destroyed. NULL with
 * err. */
mongoc_client_t *address_connect_patiently(const mongoc_uri_t *uri, struct error *err);

/* The address as the pool has it, for a client of a thread's own whose commands end soon whatever
 * the server does; to be destroyed. NULL with err. */
mongoc_uri_t *address_hurried(struct mongo_store *store, int connect_ms, int answer_ms,
                              struct error *err);

/* mongodb://host:port,host:port/database, for people; the caller frees it. */
char *address_tell(const mongoc_uri_t *uri, const char *database);

/* greet.c: make the pool, and wait for a server that will do as long as the options say. Sets what
 * it can. ERROR_INTERNAL: one sentence. */
bool greet(struct mongo_store *store, struct error *err);

#endif
