/* SPDX-License-Identifier: MIT */
/* libcurl, loaded when the first request is sent. Private to outbound.c.
 *
 * Linked in, libcurl and the thirty libraries it brings cost a process that sends nothing 6 MB of
 * memory (PSS 9.7 instead of 3.7 MB beside h2o, sqlite and sodium) and 5 ms at its start. */
#ifndef DECANT_OUTBOUND_CURL_H
#define DECANT_OUTBOUND_CURL_H

#include "error.h"

#include <curl/curl.h>

struct curl_functions {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_setopt) *setopt;
    __typeof__(curl_easy_perform) *perform;
    __typeof__(curl_easy_getinfo) *getinfo;
    __typeof__(curl_easy_strerror) *strerror;
    __typeof__(curl_easy_cleanup) *cleanup;
    __typeof__(curl_slist_append) *slist_append;
    __typeof__(curl_slist_free_all) *slist_free_all;
};

/* The functions, for good; NULL (ERROR_INTERNAL) if the library is not installed. Thread-safe. */
const struct curl_functions *curl_load(struct error *err);

#endif
