/* SPDX-License-Identifier: MIT */
/* One's own account: another password, and an end to sessions elsewhere. */
#include "routes.h"

#include <string.h>

#include "../app/accounts.h"
#include "flash.h"
#include "login_view.h"
#include "view.h"
#include "visit.h"

struct password_change {
    struct entry *entry;
    struct visit visit;
    const char *hash;
    bool matches;
    char fresh[PASSWORD_HASH_SIZE];
};

/* GET /account - the forms. */
enum outcome account_page(struct call *call)
{
    struct entry entry = {0};
    enum outcome instead;
    struct visit visit;
    struct error err;

    if (!visit_begin(call, &visit, account_page, &instead))
        return instead;
    if (!visit.user) {
        fail(&err, ERROR_UNAUTHORIZED, "Please log in to see your account.");
        return visit_refused(call, &err, "/account");
    }
    return entry_show(call, 200, PAGE_ACCOUNT, &entry);
}

/* The other sessions end, as whoever holds one may be why the password is changed. */
static enum outcome keep_password(struct call *call)
{
    struct password_change *change = call_state(call);
    struct store *store = call_store(call);
    const char *user = change->visit.user;
    const char *client = site_client(call);
    struct error err;

    if (!throttle_check(store, user, client, &err))
        return entry_refuse(call, PAGE_ACCOUNT, change->entry, &err);
    if (!change->matches) {
        if (!throttle_failed(store, user, client, &err))
            return call_fail(call, &err);
        change->entry->old_problem = "This is not your password.";
        return entry_show(call, 422, PAGE_ACCOUNT, change->entry);
    }
    if (!account_set_hash(store, user, change->fresh, &err) ||
        !sessions_end_others(store, user, change->visit.session, &err))
        return call_fail(call, &err);
    flash_set(call, FLASH_PASSWORD, "");
    return call_redirect(call, 303, "/account");
}

static enum outcome hash_passwords(struct call *call)
{
    struct password_change *change = call_state(call);
    struct error err;

    change->matches = password_matches(change->entry->old, change->hash);
    if (change->matches && !password_hash(change->entry->password, change->fresh, &err))
        return call_fail(call, &err);
    return call_then(call, WRITES, keep_password);
}

/* POST /account/password - from `old` to `password`. */
enum outcome change_password(struct call *call)
{
    struct password_change *change = arena_zalloc(call_arena(call), sizeof(*change));
    struct entry *entry = entry_read(call);
    struct error err;

    change->entry = entry;
    if (!visit_act(call, &change->visit, &err))
        return visit_refused(call, &err, "/account");
    if (!*entry->old || strlen(entry->old) > 1000)
        entry->old_problem = "Enter the password you have now.";
    if (!account_password_ok(change->visit.user, entry->password, &err))
        entry->password_problem = sentence(call_arena(call), err.message);
    if (entry->old_problem || entry->password_problem)
        return entry_show(call, 422, PAGE_ACCOUNT, entry);
    if (!throttle_check(call_store(call), change->visit.user, site_client(call), &err))
        return entry_refuse(call, PAGE_ACCOUNT, entry, &err);
    if (!account_hash(call_store(call), change->visit.user, call_arena(call), &change->hash, &err))
        return call_fail(call, &err);
    call_set_state(call, change);
    return call_then(call, WORKS, hash_passwords);
}

/* POST /account/sessions/end - every session but this one. */
enum outcome end_other_sessions(struct call *call)
{
    struct visit visit;
    struct error err;

    if (!visit_act(call, &visit, &err))
        return visit_refused(call, &err, "/account");
    if (!sessions_end_others(call_store(call), visit.user, visit.session, &err))
        return call_fail(call, &err);
    flash_set(call, FLASH_SESSIONS, "");
    return call_redirect(call, 303, "/account");
}
