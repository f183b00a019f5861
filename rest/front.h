/* SPDX-License-Identifier: MIT */
/* The pages in front of the API, on a port of their own: one page, the files it loads, and where
 * the API is. */
#ifndef DECANT_REST_FRONT_H
#define DECANT_REST_FRONT_H

#include "../lib/server.h"

struct front_options {
    int port;
    const char *folder;  /* has rest/index.html; its files are served under /static/ */
    const char *api_url; /* as browsers reach it */
    bool reload;         /* look at the files again when they change */
};

struct pages;

/* ERROR_INTERNAL: the folder cannot be read or has no page. The options must outlive the pages. */
struct pages *pages_open(const struct front_options *options, struct error *err);
void pages_close(struct pages *pages);

/* For struct app. */
const struct front *pages_front(const struct pages *pages);

#endif
