/* SPDX-License-Identifier: MIT */
#include "login_view.h"

#include "../lib/form.h"
#include "view.h"

struct entry_view {
    struct frame frame;
    const char *form_token;
    const char *name;
    const char *back;
    const char *back_encoded;
    const char *name_problem;
    const char *password_problem;
    const char *old_problem;
    struct list problems;
    bool failed;
};

static const struct field entry_fields[] = {
    FRAME_FIELDS(struct entry_view),
    {"form_token", FIELD_TEXT, offsetof(struct entry_view, form_token), NULL},
    {"name", FIELD_TEXT, offsetof(struct entry_view, name), NULL},
    {"back", FIELD_TEXT, offsetof(struct entry_view, back), NULL},
    {"back_encoded", FIELD_TEXT, offsetof(struct entry_view, back_encoded), NULL},
    {"name_problem", FIELD_TEXT, offsetof(struct entry_view, name_problem), NULL},
    {"password_problem", FIELD_TEXT, offsetof(struct entry_view, password_problem), NULL},
    {"old_problem", FIELD_TEXT, offsetof(struct entry_view, old_problem), NULL},
    {"problems", FIELD_LIST, offsetof(struct entry_view, problems), &problem_record},
    {"failed", FIELD_BOOL, offsetof(struct entry_view, failed), NULL},
};
static const struct record entry_record = RECORD(struct entry_view, entry_fields);

static const char *form_text(struct call *call, const char *name)
{
    const char *text = call_form(call, name);

    return text ? text : "";
}

struct entry *entry_read(struct call *call)
{
    struct entry *entry = arena_zalloc(call_arena(call), sizeof(*entry));

    entry->name = form_text(call, "name");
    entry->password = form_text(call, "password");
    entry->old = form_text(call, "old");
    entry->next = form_text(call, "next");
    if (!path_is_local(entry->next))
        entry->next = "/";
    return entry;
}

/* All that stands in the way, in the order of the fields. */
static struct list list_problems(struct call *call, const struct entry *entry)
{
    struct problem *problems = arena_alloc(call_arena(call), 4 * sizeof(*problems));
    size_t count = 0;

    if (entry->other_problem)
        problems[count++] = (struct problem){"name", entry->other_problem};
    if (entry->name_problem)
        problems[count++] = (struct problem){"name", entry->name_problem};
    if (entry->old_problem)
        problems[count++] = (struct problem){"old", entry->old_problem};
    if (entry->password_problem)
        problems[count++] = (struct problem){"password", entry->password_problem};
    return (struct list){problems, count};
}

static const char *page_title(enum page page)
{
    if (page == PAGE_LOGIN)
        return "Log in";
    return page == PAGE_SIGNUP ? "Sign up" : "Your account";
}

enum outcome entry_show(struct call *call, int status, enum page page, const struct entry *entry)
{
    struct entry_view view = {0};
    struct visit visit;
    struct error err;

    if (!visit_open(call, &visit, &err))
        return call_fail(call, &err);
    frame_fill(call, &visit, page_title(page), &view.frame);
    view.frame.on_account = page == PAGE_ACCOUNT;
    view.frame.next = NULL;
    view.form_token = page == PAGE_ACCOUNT ? view.frame.token : visit_guest_token(call);
    view.name = text_or_null(entry->name);
    view.back = entry->next ? entry->next : "/";
    view.back_encoded = visit_encode(call, view.back);
    view.name_problem = entry->name_problem;
    view.password_problem = entry->password_problem;
    view.old_problem = entry->old_problem;
    view.problems = list_problems(call, entry);
    view.failed = view.problems.count > 0;
    return site_page(call, status, page, template_record(&entry_record, &view));
}

enum outcome entry_refuse(struct call *call, enum page page, struct entry *entry,
                          const struct error *err)
{
    if (call_wants_json(call) || err->kind == ERROR_INTERNAL || err->kind == ERROR_BUSY)
        return call_fail(call, err);
    if (err->retry_after_s)
        call_add_header(call, "retry-after",
                        arena_printf(call_arena(call), "%d", err->retry_after_s));
    entry->other_problem = sentence(call_arena(call), err->message);
    return entry_show(call, error_status(err->kind), page, entry);
}
