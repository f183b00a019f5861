/* SPDX-License-Identifier: MIT */
/* What the parts of validate share. A document is read into a tree of the arena (validate_tree.c),
 * made to fit (validate_fit.c, validate_cast.c), checked (validate_check.c, validate_rules.c,
 * validate_store.c) and written again. */
#ifndef DECANT_REST_VALIDATE_PRIVATE_H
#define DECANT_REST_VALIDATE_PRIVATE_H

#include "../lib/document.h"
#include "../lib/value.h"
#include "validate.h"

struct level;

/* A field or an item. */
struct node {
    const char *key; /* NUL-terminated; NULL in lists */
    uint32_t key_len;
    bool added;            /* a default: it was not sent */
    bool read_only;        /* it was sent, and must not be */
    bson_value_t value;    /* of objects and lists: as they were read */
    struct level *level;   /* what is in an object or list */
    const char *odd;       /* why it cannot be stored, whatever the rules; NULL if it can */
    const char *uncoerced; /* why `coerce` failed */
};

/* The members of an object or the items of a list. */
struct level {
    struct node *nodes;
    size_t count;
    bool list;
    bool changed; /* here or below: value bytes are out of date */
    const struct schema *matched;
    const struct rules **rules; /* by node, of matched; NULL: unknown */
    bool *there;                /* by field of matched */
    uint32_t *sorted;           /* nodes by key; NULL until asked for */
};

struct ahead;

struct walk {
    const struct validation *validation;
    const struct resource *resource;
    struct arena *arena;
    struct issues *issues;
    struct error *err; /* of the store */
    struct level *root;
    const struct ahead *ahead; /* what the store has answered before; NULL: nothing */
    bool fills;                /* defaults, coerce and purging take place */
    bool dotted;               /* a key holds a dot */
    bool odd;                  /* something has .odd, or a name that no key may have */
    bool failed;               /* the store did */
};

/* What is stored where an object stands that was sent; looked for when asked. */
struct past {
    struct past *outer; /* NULL: the root */
    const struct node *node;
    struct level *level; /* NULL: nothing, or no object */
    bool known;
    bool merges; /* what is stored stays where nothing is sent */
};

/* -- validate_tree.c */

struct level *tree_read(struct walk *walk, struct bson_bytes bytes);
/* A value as a node's, with what is in it. */
void tree_fill(struct walk *walk, struct node *node, const bson_value_t *value);
void tree_write(const struct level *level, bson_t *out);
/* A node's value as it is now. */
bson_value_t tree_value(struct walk *walk, const struct node *node);
struct node *level_find(struct walk *walk, struct level *level, const char *key, size_t len);
/* Find the rules of every node. */
void level_match(struct walk *walk, struct level *level, const struct schema *schema);
/* Its nodes are others now. */
void level_forget(struct level *level);
/* Why no stored field may be called so; NULL if it may. */
const char *odd_name(const char *key, size_t len);

/* -- validate_dots.c */

/* Dotted keys become objects, everywhere. */
void tree_unfold(struct walk *walk);

/* -- validate_cast.c */

bool type_fits(unsigned types, const char *type_name, const struct node *node);
/* Make a node be of a declared type, if that can be; false if nothing changed. */
bool cast_node(struct walk *walk, struct node *node, const struct rules *rules);
bool cast_level(struct walk *walk, struct level *level, const struct schema *schema);

/* What single values say; false if they are none such. A text: */
bool read_integer(const bson_value_t *text, int64_t *out);
bool read_float(const bson_value_t *text, double *out);
/* 1, 0, true and false, in any case. */
bool read_boolean(const bson_value_t *value, bool *out);

/* -- validate_coerce.c */

/* The rule `coerce`; false if nothing changed. */
bool coerce_node(struct walk *walk, struct node *node, const struct rules *rules);

/* -- validate_geo.c */

/* Whether an object is a geometry of one of the kinds a type is called by. */
bool is_geometry(const struct level *object, const char *type_name);

/* -- validate_fit.c */

/* Defaults, coerce, what is purged; and which read-only fields must not be there. */
bool fit_level(struct walk *walk, struct level *level, const struct schema *schema,
               struct past *past);
struct level *past_level(struct walk *walk, struct past *past);
/* The past of what is in a node of a past's object. */
struct past past_below(const struct walk *walk, struct past *past, const struct node *node);

/* -- validate_print.c: values as Python has them */

const char *python_str(struct arena *arena, const bson_value_t *value);
const char *python_repr(struct arena *arena, const bson_value_t *value);

/* -- validate_check.c */

/* The object that the fields being checked are in. */
struct around {
    struct level *level;
    const struct schema *schema; /* NULL: none */
    struct past *past;
    bool *excused; /* by field of schema: not required, as `excludes` names it; NULL: none is */
};

enum reference { REFERENCE_UNKNOWN, REFERENCE_FOUND, REFERENCE_MISSING };

/* A field or item while it is checked. */
struct spot {
    struct walk *walk;
    struct spot *outer; /* the object or list it is in; NULL: the document */
    const struct node *node;
    size_t index; /* in a list */
    struct around *around;
    bool entered;             /* what is in it was looked at */
    bool again;               /* its outer one was entered before: it may have an issue */
    enum reference reference; /* asked for together with the list's other items */
    struct issues *home;      /* where its issue goes, if not below outer's */
    const char *label;        /* what it is called there */
    struct issue *issue;      /* NULL until there is one */
};

void spot_say(struct spot *spot, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The issues nested in its own. */
struct issues *spot_below(struct spot *spot);

/* All rules of one value. */
void check_node(struct spot *spot, const struct rules *rules);
/* What is in an object or list. */
void check_inside(struct spot *spot, const struct rules *rules);
void check_document(struct walk *walk, struct past *past);

/* -- validate_rules.c: the rules of a value that is of a declared type */

void check_rules(struct spot *spot, const struct rules *rules);

/* -- validate_company.c: dependencies and excludes, which are asked of null too */

void check_company(struct spot *spot, const struct rules *rules);

/* -- validate_choice.c: allof, anyof, noneof and oneof */

void check_all_of(struct spot *spot, const struct rules *rules);
void check_any_of(struct spot *spot, const struct rules *rules);
void check_none_of(struct spot *spot, const struct rules *rules);
void check_one_of(struct spot *spot, const struct rules *rules);

/* -- validate_ask.c: whether documents have values, asked of the store for many values at once.
 *
 * A store that fails ends the walk. */

struct answer {
    bson_value_t value;
    enum reference state;
};

struct question {
    const void *about; /* the rules or relation that asks; NULL: it is no matter */
    const struct collection *collection;
    const char *path;
    const struct filter *within; /* NULL: all documents */
    struct answer *answers;      /* once asked: each value once, sorted */
    size_t count, room;
};

void question_add(struct walk *walk, struct question *question, const bson_value_t *value);
/* Find the answers, in few commands as long as few documents have the same value. */
bool question_ask(struct walk *walk, struct question *question);
/* Of a question that was asked; NULL: not for this value. */
struct answer *question_find(const struct question *question, const bson_value_t *value);
/* For one value alone; UNKNOWN: the store failed. */
enum reference question_one(struct walk *walk, const struct question *question,
                            const bson_value_t *value);

/* -- validate_ahead.c: what documents that come together ask, before they are checked */

struct ahead {
    struct question *questions;
    size_t count, room;
};

/* Add what will be asked of a tree that was made to fit. */
void ahead_collect(struct ahead *ahead, struct walk *walk);
/* Find the answers; the walk is any of theirs. */
bool ahead_ask(struct ahead *ahead, struct walk *walk);
/* Its answer to a question; NULL: nobody asked. ahead may be NULL. */
const struct answer *ahead_answer(const struct ahead *ahead, const struct question *question,
                                  const bson_value_t *value);

/* -- validate_store.c */

void check_unique(struct spot *spot, const struct rules *rules);
void check_relation(struct spot *spot, const struct rules *rules);
/* What these rules ask of the value at a spot. False: nothing, or not by its value alone. */
bool unique_question(const struct spot *spot, const struct rules *rules, struct question *out);
bool relation_question(const struct spot *spot, const struct rules *rules, struct question *out);
/* Of a list whose items are references: which of them are there, by item. NULL: nobody asked. */
const enum reference *find_references(struct walk *walk, const struct level *list,
                                      const struct relation *relation);

#endif
