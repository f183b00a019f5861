/* SPDX-License-Identifier: MIT */
/* What a settings file may hold, as tables, and who reads the parts that are more than a value. */
#ifndef DECANT_REST_SETTINGS_TABLES_H
#define DECANT_REST_SETTINGS_TABLES_H

#include "settings_reader.h"

/* A wish for an index, of mongo_indexes or of what refers to the field. One path: flags of it;
 * several: an index of several fields. */
struct index_wish {
    const char *paths[4];
    size_t count;
    unsigned flags; /* of enum store_field_flags */
    const struct spot *spot;
    struct index_wish *next;
};

/* A resource while it is read. */
struct draft {
    struct resource *resource;
    struct spot spot;
    struct spot forced; /* of the oplog: settings that go over its own; reader NULL: none */
    const char *source; /* the name of its collection */
    struct json schema; /* as configured, if it is */
    bool has_schema;
    struct index_wish *wishes;
};

/* -- the tables, each ended by .name NULL --------------------------------------------------------
 */

extern const struct entry global_entries[];     /* struct settings, in capitals */
extern const struct entry common_entries[];     /* struct resource, also global in capitals */
extern const struct entry resource_entries[];   /* struct resource */
extern const struct entry draft_entries[];      /* struct draft */
extern const struct entry datasource_entries[]; /* struct draft */
extern const struct entry rule_entries[];       /* struct field_draft */
extern const struct entry relation_entries[];   /* struct relation */

/* -- global settings -----------------------------------------------------------------------------
 */

void read_auth(const struct spot *spot, const struct entry *entry, void *member);    /* auth */
void read_domains(const struct spot *spot, const struct entry *entry, void *member); /* cors */
void read_domain_patterns(const struct spot *spot, const struct entry *entry, void *member);
void read_header_list(const struct spot *spot, const struct entry *entry, void *member);
void read_mongo_part(const struct spot *spot, const struct entry *entry, void *member);
void read_mongo_options(const struct spot *spot, const struct entry *entry, void *member);
/* The address of a MongoDB from MONGO_…; whole is the file. */
void mongo_finish(const struct spot *whole);

/* -- URLs ----------------------------------------------------------------------------------------
 */

/* Whether this may stand in a path as it is: segments of unreserved characters. */
bool url_is_plain(const char *text);
void read_endpoint(const struct spot *spot, const struct entry *entry, void *member);
void read_item_url(const struct spot *spot, const struct entry *entry, void *resource);
void read_lookup(const struct spot *spot, const struct entry *entry, void *draft);
void read_url(const struct spot *spot, const struct entry *entry, void *draft);

/* -- resources -----------------------------------------------------------------------------------
 */

/* Name the resources of DOMAIN, so that rules can refer to them. */
void domain_name(const struct spot *whole);
/* Read all of DOMAIN, and what follows from it: histories and the log of operations. */
void domain_read(const struct spot *whole);
/* One phase of a resource; then, when its schema is there; then, when all is. */
void resource_read(struct draft *draft, int phase);
void resource_complete_schema(struct draft *draft);
void resource_finish(struct draft *draft);
/* Two keys that must name the same field where both are given. */
void check_same_id(const struct spot *object, const char *id_field, const char *lookup_field);
void read_datasource(const struct spot *spot, const struct entry *entry, void *draft);
void read_default_filter(const struct spot *spot, const struct entry *entry, void *draft);
void read_indexes(const struct spot *spot, const struct entry *entry, void *draft);
/* As sorts and indexes name it: what the server fills in has names of its own in the store. */
const char *stored_path(const struct spot *spot, const char *path);
/* Wish for an index of one field, unless flags are 0. */
void wish(struct draft *draft, const struct spot *spot, const char *path, unsigned flags);
/* Whether a path names what the resource's documents may have; else a mistake, "no such field". */
bool check_field(const struct spot *spot, const struct resource *resource, const char *path);

/* Name the collections of all resources, and give each its own. */
void collections_make(const struct spot *whole, struct draft *drafts, size_t count);
/* Keep the texts of replies where a collection is of one resource. When all else is there. */
void texts_keep(struct reader *reader);

/* -- schemas -------------------------------------------------------------------------------------
 */

/* What a field's rules take from where it stands. */
struct scope {
    const struct resource *resource;
    const struct schema *siblings; /* NULL: outside any dict */
    struct schema inherited;       /* allow_unknown, unknown and purge_unknown */
    bool require_all;
    const char *name;
    const char *path; /* NULL: the document itself */
    unsigned types;   /* of an alternative that names none */
    const char *types_text;
};

struct field_draft {
    struct rules rules;
    struct scope scope;
};

/* The members of an object are fields. */
void schema_read(const struct spot *spot, const struct scope *scope, struct schema *out);
/* One field's rules. */
void rules_read(const struct spot *spot, const struct scope *scope, struct rules *out);
/* One rule alone, as in anyof_type. False: there is no such rule. */
bool rules_read_one(const struct spot *spot, const char *rule, const struct scope *scope,
                    struct rules *out);
/* Rules that hold others. */
void read_schema_rule(const struct spot *spot, const struct entry *entry, void *field);
void read_items(const struct spot *spot, const struct entry *entry, void *field);
void read_keys(const struct spot *spot, const struct entry *entry, void *field);
void read_values(const struct spot *spot, const struct entry *entry, void *field);
void read_choices(const struct spot *spot, const struct entry *entry, void *field);
/* `anyof_type` and the like. */
bool read_short_choices(const struct spot *spot, void *field, int phase);
/* true, false, or the rules of unknown fields. */
void read_allow_unknown(const struct spot *spot, const struct entry *entry, void *schema);
void read_relation(const struct spot *spot, const struct entry *entry, void *field);
void read_dependencies(const struct spot *spot, const struct entry *entry, void *field);
void read_excludes(const struct spot *spot, const struct entry *entry, void *field);
void read_types(const struct spot *spot, const struct entry *entry, void *field);
void read_coerce(const struct spot *spot, const struct entry *entry, void *field);

/* -- values of fields ----------------------------------------------------------------------------
 */

/* Cast to the field's type. False: it does not fit, which is said. */
bool take_value(const struct spot *spot, const struct rules *rules, bson_value_t *out);
void read_initial(const struct spot *spot, const struct entry *entry, void *field);
void read_allowed(const struct spot *spot, const struct entry *entry, void *field);
void read_forbidden(const struct spot *spot, const struct entry *entry, void *field);
void read_contains(const struct spot *spot, const struct entry *entry, void *field);
void read_bound(const struct spot *spot, const struct entry *entry, void *field);
/* A value or a list of them, of the type of some field's rules (NULL: as they are). */
bool take_values(const struct spot *spot, const struct rules *rules, struct values *out);

#endif
