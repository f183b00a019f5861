/* SPDX-License-Identifier: MIT */
/* Sending a post to a URL. In stage 1 the delivery blocks the call that asked for it. */
#ifndef DECANT_SHARE_H
#define DECANT_SHARE_H

#include "posts.h"
#include "../lib/guard.h"

struct share {
    const char *id;
    const char *user;
    const char *post;
    const char *title;
    const char *to;     /* the URL */
    const char *status; /* "delivered" or "failed" */
    const char *detail; /* what the receiver said, or why not, for people */
    int64_t created_ms;
};

extern const struct collection shares_collection;
extern const struct record share_record;

/* POST {"type":"post.shared","timestamp":…,"data":{post}} to the URL, once, blocking (a BLOCKS
 * step); 2xx is delivered, everything else failed with a detail. ERROR_REFUSED if the URL is not
 * allowed: nothing was sent. The headers webhook-id and webhook-timestamp let a receiver tell
 * deliveries apart; they are not signed, so they prove nothing. */
struct share_wish {
    const struct post *post;
    const char *user;
    const char *to;
};
bool share_deliver(const struct guard *guard, const struct share_wish *wish, struct arena *arena,
                   struct share *out, struct error *err);

/* Inside a work: keep the outcome. */
bool share_record_outcome(struct store *store, const struct share *share, struct error *err);

/* A user's shares, newest first; page from 1. out: list of struct share; total of all. */
struct shares_page {
    struct arena *arena; /* in */
    int64_t page;
    int64_t page_size;
    struct list shares;
    int64_t total;
};
bool shares_list(struct store *store, const char *user, struct shares_page *page,
                 struct error *err);

#endif
