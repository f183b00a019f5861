/* SPDX-License-Identifier: MIT */
/* A struct described once, for JSON, BSON and templates. */
#ifndef DECANT_RECORD_H
#define DECANT_RECORD_H

#include "arena.h"
#include "buf.h"
#include "error.h"

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
    FIELD_BOOL,   /* bool */
    FIELD_INT,    /* int */
    FIELD_INT64,  /* int64_t */
    FIELD_DOUBLE, /* double */
    FIELD_TEXT, /* const char *, NUL-terminated UTF-8; NULL is null in JSON, false in a template */
    FIELD_TIME, /* int64_t, ms since 1970 UTC: a date in BSON, RFC 3339 in JSON and templates */
    FIELD_RECORD, /* const void * to a struct described by .of; NULL is null */
    FIELD_LIST,   /* struct list of structs described by .of */
    FIELD_TEXTS,  /* struct list of const char * */
};

struct record;

struct field {
    const char *name;
    enum field_type type;
    size_t offset; /* offsetof(struct thing, member) */
    const struct record *of;
};

struct record {
    const struct field *fields;
    size_t count;
    size_t size; /* sizeof(struct thing), the step of a list */
};

/* static const struct record post_record = RECORD(struct post, post_fields); */
#define RECORD(type, table)                                                                        \
    {                                                                                              \
        (table), sizeof(table) / sizeof((table)[0]), sizeof(type)                                  \
    }

struct list {
    const void *items;
    size_t count;
};

/* A time as JSON and templates show it, 2013-05-01T12:00:00.000Z, NUL-terminated; returns its
 * length. 0 and "" outside the years 0 to 9999, which RFC 3339 cannot tell. */
enum { RECORD_TIME_SIZE = 25 };
size_t record_time(int64_t ms, char out[RECORD_TIME_SIZE]);

/* The field of this name (len bytes), or NULL. */
const struct field *record_find(const struct record *record, const char *name, size_t len);

/* Append the struct at data as a JSON object. A time that record_time() cannot tell is null. */
void record_to_json(const struct record *record, const void *data, struct buf *out);

/* Append each member as a BSON element to doc (initialised by the caller). NULL texts and records,
 * and lists whose items are NULL, are left out; a NULL in a list of texts is null. */
void record_to_bson(const struct record *record, const void *data, bson_t *doc);

/* Fill the struct at data from the BSON bytes; members that are missing or of another type are left
 * as they are. Texts, lists and nested structs are copied into arena. Any BSON number fits a
 * numeric member if its value does (exactly: 3.0 fits an int, 3.5 does not). Items of a list that
 * are of another type are skipped. Nesting beyond 100 is left out. False (ERROR_INTERNAL) only for
 * bytes that are not BSON; members before the fault may then have been set. */
struct bson_bytes {
    const uint8_t *data;
    size_t len;
};
bool record_from_bson(const struct record *record, struct bson_bytes bytes, struct arena *arena,
                      void *data, struct error *err);

#endif
