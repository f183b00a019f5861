/* SPDX-License-Identifier: MIT */
/* What a handler may ask about its request. */
#include "call_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct arena *call_arena(struct call *call)
{
    return call->stream ? &call->stream->arena : &call->arena;
}

struct store *call_store(struct call *call)
{
    return call->server->app->store;
}

void *call_context(struct call *call)
{
    return call->server->app->context;
}

const void *call_about(struct call *call)
{
    return call->entry->route.about;
}

const char *call_allow(struct call *call)
{
    return call->allow ? call->allow : "";
}

bool call_is_head(struct call *call)
{
    return call->method == HEAD;
}

bool call_is_rerun(struct call *call)
{
    return call->rerun;
}

const char *call_user(struct call *call)
{
    return call->user;
}

const char *call_method(struct call *call)
{
    return method_name(call->method == HEAD ? GET : call->method);
}

const char *call_path(struct call *call)
{
    if (!call->path)
        call->path = arena_copy(&call->arena, call->head.path.at, call->head.path.len);
    return call->path;
}

const char *call_target(struct call *call)
{
    if (!call->target)
        call->target = arena_copy(&call->arena, call->head.target.at, call->head.target.len);
    return call->target;
}

const char *call_id(struct call *call)
{
    return call->id;
}

const char *call_client(struct call *call)
{
    return call->client;
}

const char *call_param(struct call *call, const char *name)
{
    const struct entry *entry = call->entry;

    for (size_t i = 0; i < entry->param_count; i++)
        if (strcmp(entry->params[i], name) == 0)
            return call->param_values[i];
    return NULL;
}

const char *call_query(struct call *call, const char *name)
{
    return form_get(&call->query, name);
}

const char *call_form(struct call *call, const char *name)
{
    return call->has_form ? form_get(&call->form, name) : NULL;
}

const struct form *call_query_fields(struct call *call)
{
    return &call->query;
}

const struct form *call_form_fields(struct call *call)
{
    return call->has_form ? &call->form : NULL;
}

static bool read_int(const char *text, int64_t *out)
{
    bool negative = *text == '-';
    uint64_t number = 0, most = (uint64_t)INT64_MAX + (negative ? 1 : 0);

    text += negative;
    if (!*text)
        return false;
    for (; *text; text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (*text < '0' || *text > '9' || number > (most - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = negative ? (int64_t)-number : (int64_t)number;
    return true;
}

bool call_query_int(struct call *call, const char *name, struct int_range range, int64_t *out,
                    struct error *err)
{
    const char *text = call_query(call, name);
    int64_t number;

    if (!text) {
        *out = range.fallback;
        return true;
    }
    if (!read_int(text, &number))
        return fail(err, ERROR_INVALID, "%s must be a whole number", name);
    if (number < range.least || number > range.most)
        return fail(err, ERROR_INVALID, "%s must be between %lld and %lld", name,
                    (long long)range.least, (long long)range.most);
    *out = number;
    return true;
}

const char *call_header(struct call *call, const char *name)
{
    const struct span *value = head_find(&call->head, name);

    return value ? value->at : NULL; /* ended with a NUL by call_read() */
}

bool call_has_tag(struct call *call, const char *etag)
{
    return etag_listed(call_header(call, "if-none-match"), etag);
}

const char *call_header_last(struct call *call, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = call->head.count; i > 0; i--) {
        const struct head_field *field = &call->head.fields[i - 1];

        if (field->name.len == len && strncasecmp(field->name.at, name, len) == 0)
            return field->value.at;
    }
    return NULL;
}

static const char *find_cookie(const char *text, const char *name, size_t *len)
{
    size_t name_len = strlen(name);

    while (*text) {
        const char *end;

        text += strspn(text, "; \t");
        end = text + strcspn(text, ";");
        if (strncmp(text, name, name_len) == 0 && text[name_len] == '=') {
            text += name_len + 1;
            while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
            *len = (size_t)(end - text);
            return text;
        }
        text = end;
    }
    return NULL;
}

const char *call_cookie(struct call *call, const char *name)
{
    for (size_t i = 0; i < call->head.count; i++) {
        const struct head_field *field = &call->head.fields[i];
        const char *value;
        size_t len;

        if (field->name.len != 6 || strncasecmp(field->name.at, "cookie", 6) != 0)
            continue;
        value = find_cookie(field->value.at, name, &len);
        if (!value)
            continue;
        if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
            return arena_copy(&call->arena, value + 1, len - 2);
        return arena_copy(&call->arena, value, len);
    }
    return NULL;
}

const char *call_body(struct call *call, size_t *len)
{
    *len = call->body_len;
    return call->body ? call->body : "";
}

bool call_wants_json(struct call *call)
{
    return accept_prefers_json(call_header(call, "accept"));
}

int call_prefers(struct call *call, const char *const *types, size_t count)
{
    return accept_best(call_header(call, "accept"), types, count);
}

void *call_state(struct call *call)
{
    return call->state;
}

void call_set_state(struct call *call, void *state)
{
    call->state = state;
}

void call_set_user(struct call *call, const char *user)
{
    call->user = user ? arena_text(&call->arena, user) : NULL;
}
