/* SPDX-License-Identifier: MIT */
/* BSON written as JSON, for tests; behind cmocka.h. */
#ifndef DECANT_TESTS_BSON_JSON_H
#define DECANT_TESTS_BSON_JSON_H

#include <bson/bson.h>

/* Destroyed by the caller. Malformed JSON fails the test. */
static bson_t *parse(const char *json)
{
    bson_error_t why;
    bson_t *bson = bson_new_from_json((const uint8_t *)json, -1, &why);

    if (!bson)
        fail_msg("%s: %s", json, why.message);
    return bson;
}

#endif
