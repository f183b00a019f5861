/* SPDX-License-Identifier: MIT */
/* The first byte says how a body came (JSON, a form, multipart) and what for; the rest is validated
 * against a schema with every rule that needs no store. What passes can be stored, and passes
 * again. */
#include "../../lib/document.h"
#include "../../lib/utf8.h"
#include "../body.h"
#include "../validate.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
    "{\"DOMAIN\": {\"posts\": {\"allow_unknown\": true, \"schema\": {"
    "\"s\": {\"type\": \"string\", \"minlength\": 1, \"maxlength\": 9, \"regex\": \"[a-z]*\"},"
    "\"i\": {\"type\": \"integer\", \"min\": 1, \"max\": 9, \"default\": 5},"
    "\"f\": {\"type\": \"float\", \"nullable\": true, \"forbidden\": [0]},"
    "\"b\": {\"type\": \"boolean\"}, \"t\": {\"type\": \"datetime\"},"
    "\"o\": {\"type\": \"objectid\"}, \"p\": {\"type\": [\"point\", \"polygon\"]},"
    "\"l\": {\"type\": \"list\", \"schema\": {\"type\": \"integer\"}, \"contains\": [1]},"
    "\"e\": {\"type\": \"list\", \"items\": [{\"type\": \"string\"}, {\"type\": \"dict\"}]},"
    "\"a\": {\"type\": \"list\", \"allowed\": [\"x\", \"y\"], \"empty\": false},"
    "\"d\": {\"type\": \"dict\", \"schema\": {\"x\": {\"type\": \"integer\", \"default\": 1},"
    "\"y\": {\"dependencies\": \"^s\"}, \"z\": {\"readonly\": true}}, \"purge_unknown\": true},"
    "\"v\": {\"type\": \"dict\", \"keysrules\": {\"type\": \"string\", \"regex\": \"[a-c]\"},"
    "\"valuesrules\": {\"type\": [\"integer\", \"dict\"]}},"
    "\"w\": {\"anyof\": [{\"type\": \"integer\"}, {\"type\": \"dict\", \"schema\": {\"x\": {}}}],"
    "\"noneof\": [{\"type\": \"integer\", \"min\": 5}]},"
    "\"c\": {\"coerce\": \"lower\", \"excludes\": [\"k\"]}, \"k\": {\"coerce\": \"string\"},"
    "\"q\": {\"type\": \"string\", \"unique\": true}, \"m\": {\"unique\": true},"
    "\"r\": {\"readonly\": true}, \"u\": {\"dependencies\": {\"i\": [5]}}}}}}";

static void require(bool truth)
{
    if (!truth)
        abort();
}

static const struct resource *fuzzed_resource(void)
{
    static struct settings settings;
    static const struct resource *resource;
    struct buf mistakes = {0};

    if (!resource) {
        if (!settings_read(text, strlen(text), &settings, &mistakes)) {
            fputs(buf_text(&mistakes), stderr);
            abort();
        }
        resource = settings_resource(&settings, "posts");
    }
    return resource;
}

static void check_issues(const struct issues *issues, struct arena *arena)
{
    struct buf out = {0};
    struct error err;
    struct json json;

    issues_write(issues, false, &out);
    require(json_parse_unique(arena, out.data, out.len, &json, &err) ||
            strstr(err.message, "nested"));
    buf_release(&out);
}

/* What passed once is what it should be: nothing more changes, and nothing is wrong with it. */
static void check_again(const struct validation *validation, const bson_t *made)
{
    struct error err = {0};
    struct issues issues;
    bson_t again;

    require(document_check(bson_get_data(made), made->len, &err));
    if (validation->how == VALIDATE_POST && bson_has_field(made, "r"))
        return;
    issues_init(&issues, validation->arena);
    require(validate(validation, made, &again, &issues, &err));
    require(again.len == made->len &&
            memcmp(bson_get_data(&again), bson_get_data(made), made->len) == 0);
    bson_destroy(&again);
}

static void validate_one(const struct validation *validation, const bson_t *sent)
{
    struct error err = {0};
    struct issues issues;
    bson_t made;

    issues_init(&issues, validation->arena);
    if (validate(validation, sent, &made, &issues, &err))
        check_again(validation, &made);
    else
        check_issues(&issues, validation->arena);
    require(err.kind == ERROR_NONE);
    bson_destroy(&made);
}

static void check_body(const struct validation *validation, const struct body *body)
{
    struct bson_bytes stored = {bson_get_data(body->documents), body->documents->len};
    struct validation copy = *validation;
    struct issues *issues = arena_alloc(copy.arena, body->count * sizeof(*issues));

    for (size_t i = 0; i < body->count; i++) {
        validate_one(&copy, &body->documents[i]);
        if (copy.how != VALIDATE_POST)
            copy.stored = &stored;
        issues_init(&issues[i], copy.arena);
    }
    validate_batch(copy.resource, body->documents, body->count, issues);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"application/json", "application/x-www-form-urlencoded",
                                        "multipart/form-data; boundary=X", "application/json"};
    struct arena arena = {0};
    struct validation validation = {.resource = fuzzed_resource(), .arena = &arena};
    struct error err = {0};
    struct sent sent;
    struct body body;
    struct form form;

    if (!size)
        return 0;
    sent = (struct sent){.type = types[data[0] & 3], .len = size - 1};
    sent.bytes = arena_copy(&arena, data + 1, size - 1);
    validation.how = (enum validate_how)((data[0] >> 2) % 3);
    if ((data[0] & 3) == 1 &&
        form_parse(&arena, (struct form_text){sent.bytes, sent.len, true}, &form, &err))
        sent.form = &form;
    if (body_parse(&arena, validation.resource, &sent, &body, &err))
        check_body(&validation, &body);
    else
        require((err.kind == ERROR_INVALID || err.kind == ERROR_REFUSED) &&
                utf8_valid(err.message, strlen(err.message)));
    arena_release(&arena);
    return 0;
}
