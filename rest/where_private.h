/* SPDX-License-Identifier: MIT */
/* Shared by the readers of the two syntaxes of `where`: fields, values and conditions. */
#ifndef DECANT_REST_WHERE_PRIVATE_H
#define DECANT_REST_WHERE_PRIVATE_H

#include "../lib/json.h"
#include "where.h"

struct where_reader {
    struct arena *arena;
    const struct resource *resource;
    struct error *err;
    struct where out; /* so far */
};

/* What a condition speaks of. */
struct where_field {
    const char *name;          /* as it was sent, with the names it is below */
    const char *path;          /* as the filter has it: "" for an element itself */
    const struct rules *rules; /* NULL: undeclared */
    bool meta;
};

/* Where a condition stands. */
struct where_place {
    const struct where_field *within; /* of an $elemMatch; NULL outside of any */
    bool top;                         /* in the query itself, or in an $and of it */
};

struct where_list {
    const struct filter **items;
    size_t count, cap;
};

/* A field by the name sent; refused are names that no field can have and those that
 * allowed_filters, validate_filters or a server-side projection keep out. */
bool where_field(struct where_reader *reader, const struct where_place *place, const char *name,
                 size_t len, struct where_field *out);

/* A JSON value as a field's values are stored. Operators inside are refused. */
bool where_value(struct where_reader *reader, const struct rules *rules, struct json json,
                 bson_value_t *out);
/* The same for one that is no list and no object, and was not written in JSON. */
void where_cast(const struct where_reader *reader, const struct rules *rules, bson_value_t *value);
/* False: validate_filters keeps the field from being compared with it. */
bool where_fits(struct where_reader *reader, const struct where_field *field,
                const bson_value_t *value);

/* The condition a field's operators make ({"$gt": 1, …}). */
bool where_operators(struct where_reader *reader, const struct where_field *field,
                     struct json operators, const struct filter **out);
/* A whole query; NULL for {}. */
bool where_query(struct where_reader *reader, const struct where_place *place, struct json query,
                 const struct filter **out);
/* Whether an object's first key is an operator. */
bool where_is_operators(struct json value);
/* Whether the resource allows an operator beyond the usual ones. */
bool where_whitelisted(const struct where_reader *reader, const char *operator);

/* An operator of a field, and how its operand is read. */
struct where_operation {
    const char *name;
    bool (*read)(struct where_reader *reader, const struct where_field *field,
                 const struct where_operation *how, struct json json, const struct filter **out);
    enum filter_op op;
};
bool where_refuse(struct where_reader *reader, const struct where_operation *how, const char *why);
/* A number without a fraction that fits; false for anything else. */
bool where_integer(struct json json, int64_t *out);
bool where_mod(struct where_reader *reader, const struct where_field *field,
               const struct where_operation *how, struct json json, const struct filter **out);
bool where_type(struct where_reader *reader, const struct where_field *field,
                const struct where_operation *how, struct json json, const struct filter **out);
bool where_bits(struct where_reader *reader, const struct where_field *field,
                const struct where_operation *how, struct json json, const struct filter **out);

void where_add(struct arena *arena, struct where_list *list, const struct filter *filter);
/* The list as one condition; NULL if it is empty, its only one where op does not change that. */
const struct filter *where_join(struct arena *arena, enum filter_op op,
                                const struct where_list *list);

/* A name for a message: not too long, and whole characters. */
const char *where_shown(struct arena *arena, const char *name, size_t len);

#endif
