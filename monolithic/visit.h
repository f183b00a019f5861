/* SPDX-License-Identifier: MIT */
/* Who is asking, and whether a form may be believed: sessions, form tokens, where to go back to. */
#ifndef DECANT_VISIT_H
#define DECANT_VISIT_H

#include "../lib/call.h"

struct visit {
    const char *user;    /* NULL: anonymous */
    const char *session; /* what the cookie holds; NULL: anonymous */
    bool stale;          /* its last-seen time should be renewed; for visit_begin() */
};

/* Look the session up. A missing, unknown or expired one is an anonymous visit; false only where
 * the store fails. */
bool visit_open(struct call *call, struct visit *out, struct error *err);

/* The same for a page, which is to be run from its start (a READS step) after the last-seen time of
 * a stale session was renewed (a WRITES step). False: there is an outcome to return instead. */
bool visit_begin(struct call *call, struct visit *out, handler page, enum outcome *instead);

/* For forms of logged-in users: the request comes from our own pages, somebody is logged in
 * (ERROR_UNAUTHORIZED) and the form holds the token of this session (ERROR_FORBIDDEN). */
bool visit_act(struct call *call, struct visit *out, struct error *err);

/* Answer what visit_act() refused: people who are not logged in are sent to do that and come back
 * to next (NULL: the page they were on). */
enum outcome visit_refused(struct call *call, const struct error *err, const char *next);

/* What browsers say about where a request was made: another site is ERROR_FORBIDDEN. */
bool visit_same_site(struct call *call, struct error *err);

/* The page of ours that the request was made from, or fallback. Always a local path. */
const char *visit_back(struct call *call, const char *fallback);

/* A token for forms of visitors without a session (login, signup), bound to a signed cookie that is
 * set where missing; and whether a form holds it. */
const char *visit_guest_token(struct call *call);
bool visit_guest_ok(struct call *call, struct error *err);

/* In a WRITES step: a session of user's for this browser, in place of the one it had. */
bool visit_log_in(struct call *call, const char *user, struct error *err);
void visit_drop_session(struct call *call);
/* The cookie's value, looked up or not; NULL if it cannot be a session's. */
const char *visit_cookie(struct call *call);

/* text as one piece of a URL; the very text where nothing needs escaping. */
const char *visit_encode(struct call *call, const char *text);

#endif
