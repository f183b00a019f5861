/* SPDX-License-Identifier: MIT */
/* What the files that prepare collections share: index.c, duplicates.c, keys.c, hidden.c,
 * hidden_pass.c. They run on one thread, before anything else does, and later on the keeper's. */
#ifndef DECANT_MONGO_INDEX_H
#define DECANT_MONGO_INDEX_H

#include "query.h"

struct preparing {
    struct mongo_store *store;
    mongoc_client_t *client;
    struct table *table;
    mongoc_collection_t *collection;
};

/* Fill err from a command that failed: that the user may not do `what` ("make indexes") is told as
 * such. Returns false. */
bool prepare_fail(const struct preparing *preparing, const bson_error_t *error, const char *what,
                  struct error *err);

/* keys.c */
/* Whether a member is the same in two documents, or in none of them. */
bool same_member(const bson_t *a, const bson_t *b, const char *name);
/* The indexes a declaration asks for, a list of what createIndexes takes. out is initialised. */
void keys_wanted(const struct table *table, bson_t *out);
/* The documents that a unique index holds apart by a path, as a query. out is initialised. */
void keys_apart(const struct table *table, const char *path, bson_t *out);
/* Whether two indexes are the same but for their names. */
bool keys_equal(const bson_t *a, const bson_t *b);
/* Whether their keys are. */
bool keys_alike(const bson_t *a, const bson_t *b);
/* The same index on one key, the other way round: other than by its key it cannot be told from one
 * that somebody else made. out is initialised. */
void keys_turn(const bson_t *spec, bson_t *out);

/* index.c */
/* What is wrong with the indexes of a collection that was prepared. */
struct looked {
    bson_t there;      /* those there are */
    bson_t missing;    /* of the declared ones, as keys_wanted() has them */
    bool absent;       /* there is no such collection: nothing is missing */
    size_t count;      /* of the missing ones */
    struct buf names;  /* theirs, for people */
    size_t other;      /* declared ones that another has taken the name of */
    struct buf others; /* their names */
    size_t left;       /* missing ones that were not made */
};
/* out is to be ended in any case. */
bool index_look(const struct preparing *preparing, struct looked *out, struct error *err);
/* Try once to make each missing one. False: `left` were not, and why the last of them was not;
 * ERROR_BUSY: not now, others were not tried. */
bool index_make(const struct preparing *preparing, struct looked *looked, struct error *err);
void index_looked_end(struct looked *looked);

/* duplicates.c */
/* Fill err from a unique index that could not be made: ERROR_CONFLICT names some of the values that
 * several documents have. Returns false. */
bool duplicates_fail(const struct preparing *preparing, const char *path, struct error *err);

/* hidden.c */
/* Add what documents lack that others put there, or that was made of other fields. */
bool hidden_prepare(const struct preparing *preparing, struct error *err);

/* hidden_pass.c */
/* A way through documents of a collection that gives each the hidden members it should have. */
struct pass {
    struct preparing preparing;
    mongoc_cursor_t *cursor;
    mongoc_bulk_operation_t *bulk; /* collected; NULL: nothing */
    size_t bytes;
    struct arena arena;
    int64_t changed, too_large;
    int64_t refused;      /* documents that the server does not let be changed */
    struct error refusal; /* the first of them: ERROR_CONFLICT: a value of it is another's */
};
/* preparing's collection and client must outlive it. */
void pass_open(struct pass *pass, const struct preparing *preparing, const bson_t *query);
/* Some hundred documents on. False: the pass has failed. */
bool pass_step(struct pass *pass, bool *more, struct error *err);
void pass_close(struct pass *pass);

#endif
