/* SPDX-License-Identifier: MIT */
/* Making MongoDB's query documents: query.c, query_operator.c. */
#ifndef DECANT_MONGO_QUERY_H
#define DECANT_MONGO_QUERY_H

#include "mongo.h"

/* query_operator.c */
/* Append a value, or a document, to what is written as a list. */
void query_list_value(bson_t *list, uint32_t *count, const bson_value_t *value);
void query_list_document(bson_t *list, uint32_t *count, const bson_t *document);
/* The field that a condition speaks of. */
const char *query_path(const struct filter *filter);
/* Append {field: {operators}} for a condition on one. */
void query_field(const struct filter *filter, bson_t *out);

/* query.c */
/* Append the members of a query document; plain: of what has no members that are the store's. */
void query_write_filter(const struct filter *filter, bool plain, bson_t *out);
/* Let a query ask for the members of another one as well. */
void query_also(bson_t *query, const bson_t *more);

#endif
