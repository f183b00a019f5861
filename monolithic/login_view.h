/* SPDX-License-Identifier: MIT */
/* The forms that ask for a name and a password, with what was wrong with them. */
#ifndef DECANT_LOGIN_VIEW_H
#define DECANT_LOGIN_VIEW_H

#include "../lib/call.h"
#include "site.h"

/* What was typed, and what came of it. Zeroed: an empty form. */
struct entry {
    const char *name;
    const char *password;
    const char *old;  /* the account page's */
    const char *next; /* where to go afterwards; always a local path */
    const char *name_problem;
    const char *password_problem;
    const char *old_problem;
    const char *other_problem; /* of no field */
};

/* Read name, password, old and next from the form. Missing ones are "". */
struct entry *entry_read(struct call *call);

/* The form as a page: PAGE_LOGIN, PAGE_SIGNUP or PAGE_ACCOUNT. In a step that may read. */
enum outcome entry_show(struct call *call, int status, enum page page, const struct entry *entry);

/* The same with a refusal that belongs to no field, at its own status and with its Retry-After. */
enum outcome entry_refuse(struct call *call, enum page page, struct entry *entry,
                          const struct error *err);

#endif
