/* SPDX-License-Identifier: MIT */
/* What a document may be: Cerberus' rules (https://docs.python-cerberus.org/validation-rules.html)
 * as a settings file has them. Read once, immutable; all of it lives in the settings' arena. */
#ifndef DECANT_REST_RULES_H
#define DECANT_REST_RULES_H

#include "../lib/store.h"
#include "pattern.h"

/* A field may be of several types; none given: of any. */
enum rule_type {
    RULE_STRING = 1,
    RULE_BOOLEAN = 2,
    RULE_INTEGER = 4,
    RULE_FLOAT = 8,   /* a whole number too */
    RULE_NUMBER = 16, /* integer or float, no boolean */
    RULE_DATETIME = 32,
    RULE_DICT = 64,
    RULE_LIST = 128,
    RULE_OBJECTID = 256,
    RULE_GEOJSON = 512, /* point, polygon… : an object with type and coordinates or geometries */
};

enum rule_coerce {
    COERCE_NONE,
    COERCE_INTEGER,
    COERCE_FLOAT,
    COERCE_STRING,
    COERCE_BOOLEAN,
    COERCE_LOWER,
    COERCE_UPPER,
    COERCE_STRIP
};

/* Several values, such as those allowed. */
struct values {
    const bson_value_t *items;
    size_t count;
};

struct resource;

/* data_relation. */
struct relation {
    const struct resource *resource;
    const char *resource_name;
    const char *field; /* "_id" unless said otherwise */
    bool embeddable;
    bool version; /* the reference is an object with the field and _version */
};

/* dependencies: each field must be there, and with values have one of them. */
struct dependency {
    const char *path; /* dotted; from the root of the document if rooted ("^name") */
    bool rooted;
    struct values among; /* count 0: any */
};

struct schema;
struct rules;

/* anyof, allof, noneof, oneof: alternatives, each a set of rules. */
struct choices {
    const struct rules *items;
    size_t count;
};

struct rules {
    const char *name; /* the key; "" of what has none (items of lists) */
    const char
        *path; /* dotted, from the document's root; "" where a list or unknown key is on the way */
    unsigned types;        /* of enum rule_type; 0: any */
    const char *type_name; /* as messages say it: "string", or "['string', 'integer']" */
    bool required, nullable, readonly, unique, empty_refused;
    bool unique_to_user; /* unique, among the rows of one user alone */
    bool has_initial;    /* a default */
    bson_value_t initial;
    int64_t min_len, max_len;      /* -1: none; in characters, items or members */
    const bson_value_t *min, *max; /* numbers or dates; NULL: none */
    bool has_allowed;
    struct values allowed, forbidden, contains;
    const struct pattern *regex;
    const char *regex_text;
    enum rule_coerce coerce;
    const struct dependency *dependencies;
    size_t dependency_count;
    const char *const *excludes; /* fields that must not be there together with it */
    size_t exclude_count;
    const struct relation *relation;
    const struct schema *schema; /* of a dict */
    const struct rules *each;    /* of every item of a list ("schema" of a list) */
    const struct rules *items;   /* of the items by position ("items") */
    size_t item_count;           /* of items; 0: no such rule */
    const struct rules *keys;    /* keysrules, keyschema: of the keys, as texts */
    const struct rules *values;  /* valuesrules, valueschema */
    struct choices any_of, all_of, none_of, one_of;
    const char *title, *description; /* for the documentation; NULL if not given */
    bool searched;                   /* in a text index of mongo_indexes */
};

/* The fields of a dict or document, in the settings' order. */
struct schema {
    const struct rules *fields;
    size_t count;
    bool allow_unknown;
    const struct rules *unknown; /* the rules of unknown fields; NULL: anything goes */
    bool purge_unknown;
};

/* The rules of a field, or NULL. */
const struct rules *schema_find(const struct schema *schema, const char *name, size_t len);

/* The rules at a dotted path: through dicts and, as MongoDB's paths, the items of lists. NULL if
 * none are declared there. */
const struct rules *schema_at(const struct schema *schema, const char *path);

#endif
