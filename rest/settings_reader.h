/* SPDX-License-Identifier: MIT */
/* How a settings file is read: values that know their place in it, and tables of keys. */
#ifndef DECANT_REST_SETTINGS_READER_H
#define DECANT_REST_SETTINGS_READER_H

#include "../lib/json.h"
#include "../lib/nearest.h"
#include "settings.h"

struct check;

/* One reading of one file. */
struct reader {
    struct settings *settings;
    struct arena *arena;
    struct buf *mistakes;
    size_t mistake_count;
    struct resource common;     /* what each resource begins as: the global settings */
    struct resource *resources; /* those of DOMAIN first, named before anything else is read */
    size_t resource_count;
    struct check *first_check, *last_check;
};

/* A value and where it stands. Places are chained on the stack. */
struct spot {
    struct reader *reader;
    const struct spot *up; /* NULL: the whole file */
    const char *name;      /* the key; NULL: an item of a list */
    size_t index;
    struct json value;
};

enum { MOST_MISTAKES = 1000 }; /* lines; then how many more there are */

/* One line: the place, a colon, the sentence. */
void mistake(const struct spot *spot, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "must be a list, not a number". */
void mistake_type(const struct spot *spot, const char *wanted);
/* The last line, where there were more mistakes than lines. */
void mistakes_end(struct reader *reader);

/* A member of an object; false if it has none. */
bool spot_get(const struct spot *object, const char *name, struct spot *out);
struct spot spot_item(const struct spot *list, size_t index, struct json value);
/* The same chain in the reader's arena. */
const struct spot *spot_keep(const struct spot *spot);

/* Walk an object's members or a list's items: spot_each(), then spot_next() until it is false. A
 * member whose name holds NUL is a mistake and left out. */
struct spots {
    const struct spot *container;
    struct json_iter iter;
    size_t index;
};
void spot_each(const struct spot *container, struct spots *spots);
bool spot_next(struct spots *spots, struct spot *out);

/* -- keys ---------------------------------------------------------------------------------------
 */

/* Keys of a later phase are read when those of the earlier ones are known: a field's type first of
 * all, the schema when what a resource allows is known, then what names fields or has their type.
 * Unknown keys are said in the plain phase. */
enum { KEYS_FIRST = -1, KEYS_PLAIN, KEYS_SCHEMA, KEYS_NAMING };

struct entry {
    const char *name;
    /* Check the value and put it into the member at offset of the table's struct. */
    void (*read)(const struct spot *spot, const struct entry *entry, void *member);
    size_t offset;
    const char *initial; /* the default, as JSON; NULL: all zero */
    const char *note;    /* of read_fixed and read_unsupported: why; of others: which there are */
    int phase;
};

struct entries {
    const struct entry *keys; /* ended by .name NULL */
    void *into;
    bool capitals; /* the file has these names in capitals */
    /* Names beyond the table, or NULL: false if it is none of these either. */
    bool (*other)(const struct spot *spot, void *into, int phase);
};

/* Read those members of an object that are of a phase. tables end with .keys NULL. Unknown names
 * are mistakes, with the nearest known one. */
void entries_read(const struct spot *object, const struct entries *tables, int phase);
/* Fill in all defaults. */
void entries_defaults(struct reader *reader, const struct entries *table);
const struct entry *entries_find(const struct entry *entry, const char *name);

/* -- values of common kinds ----------------------------------------------------------------------
 */

void read_bool(const struct spot *spot, const struct entry *entry, void *member);
void read_bool_or_none(const struct spot *spot, const struct entry *entry, void *member);
void read_not(const struct spot *spot, const struct entry *entry, void *member);
void read_text(const struct spot *spot, const struct entry *entry, void *member);
void read_text_or_none(const struct spot *spot, const struct entry *entry, void *member);
/* The name of a field or a parameter: no NUL, control, dot or dollar. */
void read_name(const struct spot *spot, const struct entry *entry, void *member);
void read_name_or_none(const struct spot *spot, const struct entry *entry, void *member);
/* What fits into a header: printable ASCII; a token as field names are. */
void read_header_text(const struct spot *spot, const struct entry *entry, void *member);
void read_header_name(const struct spot *spot, const struct entry *entry, void *member);
void read_count(const struct spot *spot, const struct entry *entry, void *member); /* int, 0… */
void read_positive(const struct spot *spot, const struct entry *entry, void *member); /* int, 1… */
void read_length(const struct spot *spot, const struct entry *entry,
                 void *member); /* int64_t, 0… */
void read_error_status(const struct spot *spot, const struct entry *entry, void *member);
void read_texts(const struct spot *spot, const struct entry *entry, void *member);
/* One text alone, or a list of them. */
void read_text_or_texts(const struct spot *spot, const struct entry *entry, void *member);
void read_methods(const struct spot *spot, const struct entry *entry, void *member);
/* Names of operators in `where`. */
void read_operators(const struct spot *spot, const struct entry *entry, void *member);
void read_rate(const struct spot *spot, const struct entry *entry, void *member);
void read_pattern(const struct spot *spot, const struct entry *entry, void *member);
/* Known, and only its default is served. */
void read_fixed(const struct spot *spot, const struct entry *entry, void *member);
void read_unsupported(const struct spot *spot, const struct entry *entry, void *member);
/* Checked, without effect here. */
void read_object_in_vain(const struct spot *spot, const struct entry *entry, void *member);
void read_bool_in_vain(const struct spot *spot, const struct entry *entry, void *member);

/* A text without NUL. False: it is a mistake, and said. */
bool take_text(const struct spot *spot, const char **out);
bool take_int(const struct spot *spot, int64_t least, int64_t most, int64_t *out);
/* Whether the value is of this type; else a mistake, "must be WANTED". */
bool take_type(const struct spot *spot, enum json_type type, const char *wanted);
/* A pattern that lives as long as the settings, or NULL after a mistake. */
const struct pattern *take_pattern(const struct spot *spot, const char *text);

/* -- what has to wait until all is read ----------------------------------------------------------
 */

/* Call act when every resource has its schema. spot is kept. */
void check_later(const struct spot *spot, void (*act)(const struct spot *spot, void *context),
                 void *context);
void checks_run(struct reader *reader);

/* By name, whether it has been read or only named yet. */
struct resource *reader_resource(const struct reader *reader, const char *name);

#endif
