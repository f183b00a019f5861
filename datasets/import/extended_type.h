/* SPDX-License-Identifier: MIT */
/* Private to extended JSON: objects that stand for a value of a type JSON has not. */
#ifndef DECANT_EXTENDED_TYPE_H
#define DECANT_EXTENDED_TYPE_H

#include "../../lib/error.h"
#include "../../lib/json.h"

#include <bson/bson.h>
#include <stdbool.h>

/* Where a value goes. */
struct extended_slot {
    bson_t *to;
    const char *key;
    int len;
};

enum extended_result { EXTENDED_PLAIN, EXTENDED_APPENDED, EXTENDED_REFUSED };

/* Append what {"$oid": …} and its like stand for. */
enum extended_result extended_type(const struct extended_slot *slot, struct json object,
                                   struct error *err);

/* ERROR_REFUSED with the field's name; false. */
bool extended_refuse(const struct extended_slot *slot, const char *why, struct error *err);

#endif
