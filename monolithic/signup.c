/* SPDX-License-Identifier: MIT */
/* Becoming a user. */
#include "routes.h"

#include "../app/accounts.h"
#include "../lib/form.h"
#include "flash.h"
#include "login_view.h"
#include "view.h"
#include "visit.h"

struct newcomer {
    struct entry *entry;
    char hash[PASSWORD_HASH_SIZE];
};

/* GET /signup - the form. */
enum outcome signup_page(struct call *call)
{
    struct entry entry = {.next = call_query(call, "next")};

    if (!entry.next || !path_is_local(entry.next))
        entry.next = "/";
    return entry_show(call, 200, PAGE_SIGNUP, &entry);
}

/* A name that is taken is the form's matter, told at its field. */
static enum outcome create_account(struct call *call)
{
    struct newcomer *newcomer = call_state(call);
    struct entry *entry = newcomer->entry;
    struct error err;

    if (!account_create(call_store(call), entry->name, newcomer->hash, &err)) {
        if (err.kind != ERROR_CONFLICT || call_wants_json(call))
            return call_fail(call, &err);
        entry->name_problem = sentence(call_arena(call), err.message);
        return entry_show(call, 409, PAGE_SIGNUP, entry);
    }
    if (!visit_log_in(call, entry->name, &err))
        return call_fail(call, &err);
    call_set_user(call, entry->name);
    flash_set(call, FLASH_WELCOME, "");
    return call_redirect(call, 303, entry->next);
}

/* What is wrong with name and password, each at its field; true if nothing is. */
static bool is_acceptable(struct call *call, struct entry *entry)
{
    struct error err;

    if (!account_name_ok(entry->name, &err))
        entry->name_problem = sentence(call_arena(call), err.message);
    if (!account_password_ok(entry->name, entry->password, &err))
        entry->password_problem = sentence(call_arena(call), err.message);
    return !entry->name_problem && !entry->password_problem;
}

/* POST /signup - a new user, logged in at once. */
enum outcome signup(struct call *call)
{
    struct newcomer *newcomer = arena_zalloc(call_arena(call), sizeof(*newcomer));
    struct entry *entry = entry_read(call);
    struct error err;

    newcomer->entry = entry;
    if (!visit_same_site(call, &err))
        return call_fail(call, &err);
    if (!visit_guest_ok(call, &err))
        return entry_refuse(call, PAGE_SIGNUP, entry, &err);
    if (!is_acceptable(call, entry))
        return entry_show(call, 422, PAGE_SIGNUP, entry);
    if (!password_hash(entry->password, newcomer->hash, &err))
        return call_fail(call, &err);
    call_set_state(call, newcomer);
    return call_then(call, WRITES, create_account);
}
