/* SPDX-License-Identifier: MIT */
#include "visit.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "../app/accounts.h"
#include "../lib/clock.h"
#include "../lib/form.h"
#include "../lib/random.h"
#include "flash.h"
#include "site.h"

enum { BACK_MAX = 2000, GUEST_LIFE_MS = 12 * 3600 * 1000 };

/* Kept from the renewing step to the page that follows. */
struct renewal {
    const char *session;
    handler page;
};

/* A `__Host-` cookie cannot be planted by a neighbouring host, but needs HTTPS. */
static const char *session_cookie(struct call *call)
{
    return call_site(call)->secure ? "__Host-session" : "session";
}

static const char *guest_cookie(struct call *call)
{
    return call_site(call)->secure ? "__Host-guest" : "guest";
}

const char *visit_cookie(struct call *call)
{
    const char *token = call_cookie(call, session_cookie(call));

    return token && strlen(token) == SESSION_TOKEN_SIZE - 1 ? token : NULL;
}

bool visit_open(struct call *call, struct visit *out, struct error *err)
{
    const struct sessions_source source = {call_store(call), call_site(call)->sessions};
    const char *token = visit_cookie(call);
    struct session session;

    *out = (struct visit){0};
    if (!token)
        return true;
    if (!session_recall(&source, token, call_arena(call), &session, err))
        return err->kind == ERROR_UNAUTHORIZED;
    out->user = session.user;
    out->session = token;
    out->stale = !call_state(call) && session_is_stale(&session);
    call_set_user(call, session.user);
    return true;
}

/* The page is shown even if the time could not be renewed: the next visit tries again. */
static enum outcome renew_session(struct call *call)
{
    struct renewal *renewal = call_state(call);
    struct error err;

    (void)session_touch(call_store(call), renewal->session, &err);
    return call_then(call, READS, renewal->page);
}

static enum outcome renew(struct call *call, const struct visit *visit, handler page)
{
    struct renewal *renewal = arena_zalloc(call_arena(call), sizeof(*renewal));

    renewal->session = visit->session;
    renewal->page = page;
    call_set_state(call, renewal);
    return call_then(call, WRITES, renew_session);
}

bool visit_begin(struct call *call, struct visit *out, handler page, enum outcome *instead)
{
    struct error err;

    if (!visit_open(call, out, &err)) {
        *instead = call_fail(call, &err);
        return false;
    }
    if (out->stale)
        *instead = renew(call, out, page);
    return !out->stale;
}

/* Whether an Origin or Referer names the host that was asked; *path is what follows it. */
static bool is_our_host(struct call *call, const char *url, const char **path)
{
    const char *host = call_header(call, "host");
    const char *at = strstr(url, "://");
    size_t len;

    if (!host || !at)
        return false;
    at += 3;
    len = strcspn(at, "/?#");
    *path = at + len;
    return strlen(host) == len && !strncasecmp(host, at, len);
}

bool visit_same_site(struct call *call, struct error *err)
{
    const char *site = call_header(call, "sec-fetch-site");
    const char *origin;
    const char *rest;

    if (site && !strcasecmp(site, "cross-site"))
        return fail(err, ERROR_FORBIDDEN, "This form was sent from another site.");
    origin = call_header(call, "origin");
    if (origin && !is_our_host(call, origin, &rest))
        return fail(err, ERROR_FORBIDDEN, "This form was sent from another site.");
    return true;
}

bool visit_act(struct call *call, struct visit *out, struct error *err)
{
    const char *token;

    if (!visit_same_site(call, err) || !visit_open(call, out, err))
        return false;
    if (!out->user)
        return fail(err, ERROR_UNAUTHORIZED, "Please log in first.");
    token = call_form(call, "token");
    if (!token || !identity_form_token_ok(call_site(call)->identity, out->session, token))
        return fail(err, ERROR_FORBIDDEN,
                    "This form is not from your session any more. Go back, reload the page and try "
                    "again.");
    return true;
}

enum outcome visit_refused(struct call *call, const struct error *err, const char *next)
{
    if (err->kind != ERROR_UNAUTHORIZED || call_wants_json(call))
        return call_fail(call, err);
    if (!next)
        next = visit_back(call, "/");
    flash_set(call, FLASH_LOGIN_FIRST, "");
    return call_redirect(
        call, 303, arena_printf(call_arena(call), "/login?next=%s", visit_encode(call, next)));
}

/* A page that a refused form made has the form's address, which cannot be gone back to:
 * /posts/x/share stands for /posts/x. */
static const char *without_verb(struct call *call, const char *path)
{
    size_t prefix = strlen("/posts/");
    size_t len;

    if (strncmp(path, "/posts/", prefix) != 0)
        return path;
    len = prefix + strcspn(path + prefix, "/?#");
    return path[len] == '/' ? arena_copy(call_arena(call), path, len) : path;
}

const char *visit_back(struct call *call, const char *fallback)
{
    const char *referer = call_header(call, "referer");
    const char *path;

    if (!referer || strlen(referer) > BACK_MAX || !is_our_host(call, referer, &path))
        return fallback;
    path = arena_copy(call_arena(call), path, strcspn(path, "#"));
    if (!path_is_local(path) || !strncmp(path, "/login", 6) || !strncmp(path, "/signup", 7))
        return fallback;
    return without_verb(call, path);
}

/* The number that the visitor's browser was given, if the cookie is one of ours. */
static const char *guest_number(struct call *call)
{
    const char *sealed = call_cookie(call, guest_cookie(call));

    return sealed ? identity_unseal(call_site(call)->identity, call_arena(call), "guest", sealed)
                  : NULL;
}

const char *visit_guest_token(struct call *call)
{
    struct site *site = call_site(call);
    const char *number = guest_number(call);
    struct cookie cookie = {guest_cookie(call), NULL, -1, site->secure};
    char *fresh;

    if (!number) {
        fresh = arena_alloc(call_arena(call), SESSION_TOKEN_SIZE);
        random_hex(fresh, 16);
        number = fresh;
        cookie.value = identity_seal(site->identity, call_arena(call), "guest", number,
                                     clock_now_ms() + GUEST_LIFE_MS);
        call_set_cookie(call, &cookie);
    }
    return identity_form_token(site->identity, call_arena(call), number);
}

bool visit_guest_ok(struct call *call, struct error *err)
{
    const char *number = guest_number(call);
    const char *token = call_form(call, "token");

    if (!number || !token || !identity_form_token_ok(call_site(call)->identity, number, token))
        return fail(err, ERROR_FORBIDDEN, "This form has expired. Please send it again.");
    return true;
}

bool visit_log_in(struct call *call, const char *user, struct error *err)
{
    struct store *store = call_store(call);
    const char *old = visit_cookie(call);
    char token[SESSION_TOKEN_SIZE];
    struct cookie cookie = {session_cookie(call), token, SESSION_LIFE_S, call_site(call)->secure};

    if ((old && !session_end(store, old, err)) || !session_create(store, user, token, err))
        return false;
    call_set_cookie(call, &cookie);
    return true;
}

void visit_drop_session(struct call *call)
{
    struct cookie cookie = {session_cookie(call), "", 0, call_site(call)->secure};

    call_set_cookie(call, &cookie);
}

const char *visit_encode(struct call *call, const char *text)
{
    struct buf encoded = {0};
    const char *at = text;
    char *copy;

    while (isalnum((unsigned char)*at) || (*at && strchr("-._~", *at)))
        at++;
    if (!*at)
        return text;
    path_encode(&encoded, text);
    copy = arena_copy(call_arena(call), encoded.data, encoded.len);
    buf_release(&encoded);
    return copy;
}
