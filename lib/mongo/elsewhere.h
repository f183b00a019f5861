/* SPDX-License-Identifier: MIT */
/* Reads outside of works on other members of a replica set than the primary, where the address
 * asks for them by a read preference. All else is the primary's: works, the change stream, what is
 * prepared.
 *
 * A member may be behind. What a process remembers goes by versions, and a version must not stand
 * for what was before it; so each such read asks for at least what the process knows to be
 * committed, its own changes and those that the change stream has told of: a causally consistent
 * session (https://www.mongodb.com/docs/manual/core/causal-consistency-read-write-concerns/). */
#ifndef DECANT_MONGO_ELSEWHERE_H
#define DECANT_MONGO_ELSEWHERE_H

#include "mongo.h"

/* Take the preference out of the address, so that the primary is asked by default; nothing where
 * that is what it says. */
void elsewhere_open(struct mongo_store *store);
void elsewhere_close(struct mongo_store *store);

/* Whether the servers that are read from can be reached; the primary's where it is that. */
struct breaker *elsewhere_breaker(struct mongo_store *store);

/* A server's reply: the times it carries. Thread-safe. */
void elsewhere_note(struct mongo_store *store, const bson_t *reply);

/* Sends a reading that is none of a work to where the address says; it may get a session of its
 * own. False with err. */
bool elsewhere_begin(struct reading *reading, struct error *err);
/* Before its client goes back. */
void elsewhere_end(struct reading *reading);

#endif
