/* SPDX-License-Identifier: MIT */
/* A store asked by a program of JSON lines, for tests that compare stores with one another and with
 * a model (tests/differential). Values are MongoDB's canonical extended JSON, which keeps types.
 *
 * The first line declares: {"collections": [{name, id_type, fields: [[path, type, flags]], indexes:
 * [[path, …]], followed, text}], "ms": what time it is}. Each other line is an operation and is
 * answered by a line. What is made by the store and differs from run to run (etags, places to go
 * on behind, cursors) is kept in numbered slots: `save` fills one, `if_etag` and `after` name one.
 */
#ifndef DECANT_TESTS_DIFFER_H
#define DECANT_TESTS_DIFFER_H

#include "../../lib/arena.h"
#include "../../lib/buf.h"
#include "../../lib/store.h"

enum { MAX_COLLECTIONS = 8, MAX_SLOTS = 65536 };

struct differ {
    struct store *store;
    struct collection collections[MAX_COLLECTIONS];
    uint64_t versions[MAX_COLLECTIONS]; /* as last told */
    size_t collection_count;
    const char *slots[MAX_SLOTS]; /* NULL: empty */
    struct arena lasting;         /* declarations, slots */
    struct arena arena;           /* of the operation under way */
    struct buf answer;            /* the line that answers it */
};

/* -- members of an operation (decode.c); missing ones are NULL, 0 or false ----------------------
 */

const char *member_text(const bson_t *operation, const char *name);
int64_t member_number(const bson_t *operation, const char *name);
bool member_flag(const bson_t *operation, const char *name);
/* Borrowed. False if it is not there. */
bool member_value(const bson_t *operation, const char *name, bson_value_t *out);
/* A member that is an object or a list. */
bool member_bson(const bson_t *operation, const char *name, bson_t *out);

/* `key`: {field, value}. */
struct key member_key(const bson_t *operation);
/* A tree of [operator, path, value or values] and [operator, [trees]]; ["elem", path, [tree]]. NULL
 * where there is none. */
const struct filter *member_filter(struct differ *differ, const bson_t *operation,
                                   const char *name);
/* Of the collection `in`. */
const struct collection *member_collection(const struct differ *differ, const bson_t *operation);
/* What the slot holds that a member names; NULL if there is no such member, "" if it is empty. */
const char *member_slot(const struct differ *differ, const bson_t *operation, const char *name);
/* Fill the slot that `save` names, if it does. */
void save_slot(struct differ *differ, const bson_t *operation, const char *text);

/* Read the first line. */
bool declare(struct differ *differ, const bson_t *line, struct error *err);

/* -- operations; each appends its answer --------------------------------------------------------
 */

/* Whether the name was one of its own (read.c). */
bool answer_read(struct differ *differ, struct store *store, const char *name,
                 const bson_t *operation);
/* Acts in one work (work.c). */
void answer_work(struct differ *differ, const bson_t *operation);

void write_error(struct buf *out, const struct error *err);
/* {d: the document, e: etag, c: created, u: updated, x: deleted} */
void write_document(struct buf *out, const struct document *document);

/* The time that the store sees (clock.c): it stands still. */
void clock_stand(int64_t ms);

#endif
