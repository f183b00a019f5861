/* SPDX-License-Identifier: MIT */
/* Posts as the application sees them, whatever loaded them: plain mongoimport, our import, rest. */
#ifndef DECANT_POSTS_H
#define DECANT_POSTS_H

#include "../lib/memo.h"
#include "../lib/record.h"
#include "../lib/store.h"

struct post {
    const char *id;        /* public short id */
    const char *title;     /* plain text: what was HTML-escaped in the data is decoded once */
    const char *author;    /* "" if unknown */
    const char *url;       /* http or https, else "" */
    const char *permalink; /* the same */
    const char *domain;
    const char *selftext;
    const char *thumbnail; /* http or https, else "" */
    const char *source;    /* "reddit", "stackexchange" */
    struct list topics;    /* of const char * */
    int64_t score, ups, downs, num_comments;
    int64_t created_ms;
    bool over_18, is_self;
};

extern const struct collection posts_collection;
extern const struct record post_record;

/* Read a stored document of any origin. Texts "True" and "False" are booleans, epoch seconds as
 * numbers or dates are times, ids and authors that became numbers are texts again, control
 * characters are gone (line breaks in a title are spaces).
 *
 * What Reddit exports is HTML-escaped once: title, selftext, url, permalink and thumbnail of a
 * document whose `source` is "reddit" or missing are decoded exactly once; those of every other
 * source are plain text and stay as they are. Whatever writes documents that say "reddit" therefore
 * escapes `&`, `<` and `>`.
 *
 * Texts live in arena; where that is the document's own arena, clean ones are not copied. */
void post_from_document(const struct document *document, struct arena *arena, struct post *out);

/* By public id, text or number. ERROR_NOT_FOUND. */
bool posts_get(struct store *store, const char *id, struct arena *arena, struct post *out,
               struct error *err);

/* The same, remembered in memo while no post changes. *out may be read until arena is released. */
struct posts_source {
    struct store *store;
    struct memo *memo;
};
bool posts_recall(const struct posts_source *source, const char *id, struct arena *arena,
                  const struct post **out, struct error *err);

/* Several by public id, in the order asked; unknown ones are left out. out: list of struct post. */
bool posts_get_many(struct store *store, const struct list *ids, struct arena *arena,
                    struct list *out, struct error *err);

/* Write one: insert it, or replace the one with the same id, which keeps its _id. Inside a work.
 * The document is in the shape of datasets/data.json. Counts stay as the data says. */
bool posts_put(struct store *store, const bson_t *document, struct error *err);

#endif
