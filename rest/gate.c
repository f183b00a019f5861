/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include "../lib/clock.h"
#include "auth.h"
#include "limits.h"
#include "render.h"

#include <stdio.h>
#include <string.h>

static const struct endpoint *endpoint_of(struct call *call)
{
    return call_about(call);
}

static unsigned method_bit(struct call *call)
{
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    const char *method = call_method(call);

    if (call_is_head(call))
        return METHOD_HEAD;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], method) == 0)
            return 1U << i;
    return 0;
}

/* -- how often --------------------------------------------------------------------------------- */

static struct rate rate_of(struct call *call)
{
    const struct endpoint *endpoint = endpoint_of(call);
    const struct rate *rates =
        endpoint->resource ? endpoint->resource->rates : rest_of(call)->settings->rates;
    unsigned bit = method_bit(call);

    for (unsigned i = 0; i < 5; i++)
        if (bit == 1U << i)
            return rates[i];
    return (struct rate){0};
}

static void add_number(struct call *call, const char *name, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)number);
    call_add_header(call, name, text);
}

/* A client is a user, as far as it says so, or an address. */
static const char *client_of(struct call *call)
{
    const struct settings *settings = rest_of(call)->settings;
    const char *authorization = call_header(call, "authorization");
    struct person person;

    if (!authorization)
        return call_client(call);
    if (auth_read(&settings->auth, call_arena(call), authorization, &person))
        return arena_printf(call_arena(call), "user %s", person.name);
    return call_client(call);
}

static bool is_in_time(struct call *call)
{
    struct rate rate = rate_of(call);
    struct limit_state state;

    if (!rest_of(call)->limits || !rate.requests)
        return true;
    state = limits_ask(rest_of(call)->limits, client_of(call), rate, !call_is_rerun(call));
    if (state.count > rate.requests)
        return false;
    add_number(call, "X-RateLimit-Limit", rate.requests);
    add_number(call, "X-RateLimit-Remaining", rate.requests - state.count);
    add_number(call, "X-RateLimit-Reset", state.reset_s);
    return true;
}

/* -- who -----------------------------------------------------------------------------------------
 */

static bool is_public(struct call *call)
{
    const struct endpoint *endpoint = endpoint_of(call);
    unsigned bit = method_bit(call);

    if (rest_of(call)->settings->auth.kind == AUTH_NONE)
        return true;
    if (!endpoint->resource)
        return rest_of(call)->settings->public_methods & bit;
    if (!endpoint->resource->authentication)
        return true;
    return (endpoint->kind == AT_ITEM ? endpoint->resource->public_item_methods
                                      : endpoint->resource->public_methods) &
           bit;
}

/* A role of either list will do. */
static bool has_role(const struct user *user, const struct texts *all, const struct texts *some)
{
    if (!all->count && !some->count)
        return true;
    return (all->count && auth_has_role(user, all)) || (some->count && auth_has_role(user, some));
}

static bool may(struct call *call, const struct user *user)
{
    const struct endpoint *endpoint = endpoint_of(call);
    const struct settings *settings = rest_of(call)->settings;
    const struct resource *resource = endpoint->resource;
    bool reads = method_bit(call) & (METHOD_GET | METHOD_HEAD);

    if (!resource)
        return has_role(user, &settings->allowed_roles, &settings->allowed_read_roles);
    if (endpoint->kind == AT_ITEM)
        return has_role(user, &resource->allowed_item_roles,
                        reads ? &resource->allowed_item_read_roles
                              : &resource->allowed_item_write_roles);
    return has_role(user, &resource->allowed_roles,
                    reads ? &resource->allowed_read_roles : &resource->allowed_write_roles);
}

static bool is_known(struct call *call)
{
    const struct auth *auth = &rest_of(call)->settings->auth;
    struct person person;

    if (!auth_read(auth, call_arena(call), call_header(call, "authorization"), &person) ||
        !may(call, person.user))
        return false;
    call_set_user(call, person.name);
    return true;
}

static enum outcome ask_who(struct call *call)
{
    const struct auth *auth = &rest_of(call)->settings->auth;
    struct error err;

    call_add_header(call, "WWW-Authenticate",
                    arena_printf(call_arena(call), "%s realm=\"%s\"",
                                 auth->kind == AUTH_BASIC ? "Basic" : "Bearer", auth->realm));
    fail(&err, ERROR_UNAUTHORIZED, "Please provide proper credentials");
    return call_fail(call, &err);
}

bool gate_pass(struct call *call, enum outcome *out)
{
    struct error err;

    if (!is_in_time(call)) {
        fail(&err, ERROR_TOO_MANY, "Rate limit exceeded");
        err.retry_after_s = rate_of(call).seconds; /* asking sooner begins the period anew */
        *out = call_fail(call, &err);
        return false;
    }
    if (is_public(call) || is_known(call))
        return true;
    *out = ask_who(call);
    return false;
}

bool gate_may_read(struct call *call, const struct resource *resource)
{
    const struct auth *auth = &rest_of(call)->settings->auth;
    struct person person;

    if (!(resource->resource_methods & METHOD_GET))
        return false;
    if (auth->kind == AUTH_NONE || !resource->authentication ||
        resource->public_methods & METHOD_GET)
        return true;
    return auth_read(auth, call_arena(call), call_header(call, "authorization"), &person) &&
           has_role(person.user, &resource->allowed_roles, &resource->allowed_read_roles);
}

const char *gate_user(struct call *call)
{
    return call_user(call);
}

const char *gate_owner(struct call *call)
{
    const struct resource *resource = endpoint_of(call)->resource;

    return resource && resource->auth_field && !is_public(call) ? call_user(call) : NULL;
}

/* -- headers -------------------------------------------------------------------------------------
 */

static bool is_listed(const struct cors *cors, const char *origin)
{
    for (size_t i = 0; i < cors->domains.count; i++)
        if (strcmp(cors->domains.items[i], origin) == 0)
            return true;
    for (size_t i = 0; i < cors->pattern_count; i++)
        if (pattern_matches(cors->patterns[i], origin, strlen(origin)))
            return true;
    return false;
}

/* https://fetch.spec.whatwg.org/#http-cors-protocol; an origin that is not allowed gets an empty
 * name, as Eve's. The answer depends on the origin, which caches have to know. */
void gate_begin(struct call *call)
{
    const struct cors *cors = &rest_of(call)->settings->cors;
    const char *origin = call_header(call, "origin");
    bool allowed;

    if (!cors->enabled || !origin)
        return;
    allowed = cors->any || is_listed(cors, origin);
    call_add_header(call, "Access-Control-Allow-Origin", allowed ? origin : "");
    call_add_header(call, "Vary", "Origin");
    call_add_header(call, "Access-Control-Allow-Methods", call_allow(call));
    if (cors->headers)
        call_add_header(call, "Access-Control-Allow-Headers", cors->headers);
    if (cors->expose_headers)
        call_add_header(call, "Access-Control-Expose-Headers", cors->expose_headers);
    if (cors->credentials && allowed)
        call_add_header(call, "Access-Control-Allow-Credentials", "true");
    add_number(call, "Access-Control-Max-Age", cors->max_age);
}

static void add_cache(struct call *call, const char *control, int expires)
{
    char date[RENDER_DATE_SIZE];

    if (control && *control)
        call_add_header(call, "Cache-Control", control);
    if (!expires)
        return;
    render_http_date(clock_now_ms() + (int64_t)expires * 1000, date);
    call_add_header(call, "Expires", date);
}

void gate_cache_headers(struct call *call)
{
    const struct resource *resource = resource_of(call);

    add_cache(call, resource->cache_control, resource->cache_expires);
}

void gate_common_cache_headers(struct call *call)
{
    const struct settings *settings = rest_of(call)->settings;

    if (strcmp(call_method(call), "GET") == 0)
        add_cache(call, settings->cache_control, settings->cache_expires);
}
