/* SPDX-License-Identifier: MIT */
/* JSON as RFC 8259 has it, over jsmn: a strict validator runs first (jsmn alone accepts much that
 * is not JSON), then jsmn splits, then a walk without recursion. More nesting or more values than
 * allowed are refused with line and column. Thread-safe: no state. */
#ifndef DECANT_JSON_H
#define DECANT_JSON_H

#include "arena.h"
#include "buf.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT };

enum { JSON_MAX_DEPTH = 100, JSON_MAX_VALUES = 1 << 20 }; /* keys count as values */

/* One value of a parsed text. Opaque to callers but for passing by value. */
struct json {
    const struct json_text *text;
    uint32_t at; /* which value */
};

/* Parse len bytes. The result refers to a copy in arena. ERROR_INVALID names line and column (both
 * from 1, columns in bytes) and what was expected. A key that an object has twice is legal JSON and
 * accepted; json_get() finds the last one, as most readers do. */
bool json_parse(struct arena *arena, const char *bytes, size_t len, struct json *out,
                struct error *err);

/* The same, but a key that an object has twice (compared unescaped) is ERROR_INVALID. For whatever
 * a client sends: two readers that pick different ones of two values can be played off against each
 * other, and a document cannot hold both. */
bool json_parse_unique(struct arena *arena, const char *bytes, size_t len, struct json *out,
                       struct error *err);

enum json_type json_type(struct json value);

/* Items of a list, members of an object, else 0. */
size_t json_count(struct json value);

/* The member called key, the last one if there are several; false if value is no object or has
 * none. Linear in the members. */
bool json_get(struct json object, const char *key, struct json *out);

/* Walk a list or an object: json_each() starts, each json_next() gives the next item, and for
 * objects its unescaped key (NUL-terminated; key_len counts; "" in lists). Any other value has no
 * items. */
struct json_iter {
    struct json value;
    const char *key;
    size_t key_len;
    uint32_t left;
    uint32_t next;
    bool in_object;
};
void json_each(struct json container, struct json_iter *iter);
bool json_next(struct json_iter *iter);

/* False for anything but true. */
bool json_bool(struct json value);

/* Unescaped text, NUL-terminated in the parse's arena; *len may be NULL. A text may hold U+0000:
 * callers that need a C string compare strlen with len. "" for anything but a text. */
const char *json_string(struct json value, size_t *len);

/* The number as it was written ("1.0e2"), NUL-terminated; "0" for anything else. */
const char *json_number(struct json value);

/* True if the number has neither point nor exponent and fits int64. */
bool json_int64(struct json value, int64_t *out);
/* The nearest double; infinite where the number is beyond them. 0 for anything else. */
double json_double(struct json value);

/* Writing. Texts are escaped as RFC 8259 section 7 requires; `<`, `>` and `&` are left alone, and
 * bytes that are not UTF-8 become U+FFFD. */
void json_write_text(struct buf *out, const char *text, size_t len);
/* Shortest digits that read back the same, ".0" added when integral; infinities and NaN are null.
 */
void json_write_double(struct buf *out, double number);
/* The same into out, NUL-terminated; returns its length. */
enum { JSON_DOUBLE_SIZE = 32 };
size_t json_format_double(double number, char out[JSON_DOUBLE_SIZE]);
/* A parsed value again, without spaces, its numbers as they were written. */
void json_write_value(struct buf *out, struct json value);

#endif
