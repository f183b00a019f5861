/* SPDX-License-Identifier: MIT */
/* Logging in and out. A login is three steps: look up (READS), hash (WORKS), remember (WRITES). */
#include "routes.h"

#include <string.h>

#include "../app/accounts.h"
#include "../lib/form.h"
#include "flash.h"
#include "login_view.h"
#include "visit.h"

/* From step to step. */
struct login {
    struct entry *entry;
    const char *account; /* whose failures are counted; "?" stands for all that cannot be a name */
    const char *hash;
    bool matches;
    bool renew; /* the stored hash was made with yesterday's parameters */
    char fresh[PASSWORD_HASH_SIZE];
};

/* GET /login - the form; `?next=` says where to go afterwards. */
enum outcome login_page(struct call *call)
{
    struct entry entry = {.next = call_query(call, "next")};
    struct visit visit;
    struct error err;

    if (!entry.next || !path_is_local(entry.next))
        entry.next = "/";
    if (!visit_open(call, &visit, &err))
        return call_fail(call, &err);
    if (visit.user)
        return call_redirect(call, 303, entry.next);
    return entry_show(call, 200, PAGE_LOGIN, &entry);
}

/* The same words whether the name or the password is wrong. */
static enum outcome refuse_login(struct call *call, struct entry *entry)
{
    struct error err;

    call_add_header(call, "www-authenticate", "Form realm=\"Decant\"");
    if (call_wants_json(call)) {
        fail(&err, ERROR_UNAUTHORIZED, "The name or the password is wrong.");
        return site_error(call, 401, &err); /* not call_fail(), which would undo the count */
    }
    entry->password_problem = "The name or the password is wrong.";
    return entry_show(call, 401, PAGE_LOGIN, entry);
}

/* Asked again, as others may have failed since: guesses sent at once gain nothing. */
static enum outcome finish_login(struct call *call)
{
    struct login *login = call_state(call);
    struct entry *entry = login->entry;
    struct store *store = call_store(call);
    const char *client = site_client(call);
    struct error err;

    if (!throttle_check(store, login->account, client, &err))
        return entry_refuse(call, PAGE_LOGIN, entry, &err);
    if (!login->matches) {
        if (!throttle_failed(store, login->account, client, &err))
            return call_fail(call, &err);
        return refuse_login(call, entry);
    }
    if (!throttle_passed(store, login->account, client, &err) ||
        (login->renew && !account_set_hash(store, entry->name, login->fresh, &err)) ||
        !visit_log_in(call, entry->name, &err))
        return call_fail(call, &err);
    return call_redirect(call, 303, entry->next);
}

static enum outcome check_password(struct call *call)
{
    struct login *login = call_state(call);
    struct error err;

    login->matches = password_matches(login->entry->password, login->hash);
    if (login->matches && password_hash_is_old(login->hash))
        login->renew = password_hash(login->entry->password, login->fresh, &err);
    return call_then(call, WRITES, finish_login);
}

/* Which fields are empty; true if none is. */
static bool is_filled(struct entry *entry)
{
    if (!*entry->name)
        entry->name_problem = "Enter your name.";
    if (!*entry->password)
        entry->password_problem = "Enter your password.";
    return *entry->name && *entry->password;
}

/* POST /login - a session, and on to `next`. Every attempt is in the access log with its name. */
enum outcome login(struct call *call)
{
    struct login *login = arena_zalloc(call_arena(call), sizeof(*login));
    struct entry *entry = entry_read(call);
    struct error err;

    login->entry = entry;
    if (!visit_same_site(call, &err))
        return call_fail(call, &err);
    if (!visit_guest_ok(call, &err))
        return entry_refuse(call, PAGE_LOGIN, entry, &err);
    if (!is_filled(entry))
        return entry_show(call, 422, PAGE_LOGIN, entry);
    login->account = account_name_ok(entry->name, &err) ? entry->name : "?";
    call_set_user(call, login->account);
    if (!throttle_check(call_store(call), login->account, site_client(call), &err))
        return entry_refuse(call, PAGE_LOGIN, entry, &err);
    if (!account_hash(call_store(call), login->account, call_arena(call), &login->hash, &err))
        return call_fail(call, &err);
    call_set_state(call, login);
    return call_then(call, WORKS, check_password);
}

/* POST /logout - the session ends; the browser forgets what it kept of us. */
enum outcome logout(struct call *call)
{
    struct visit visit;
    struct error err;

    if (visit_act(call, &visit, &err)) {
        if (!session_end(call_store(call), visit.session, &err))
            return call_fail(call, &err);
    } else if (err.kind != ERROR_UNAUTHORIZED) {
        return call_fail(call, &err);
    }
    visit_drop_session(call);
    call_add_header(call, "clear-site-data", "\"cache\", \"storage\"");
    flash_set(call, FLASH_BYE, "");
    return call_redirect(call, 303, "/");
}
