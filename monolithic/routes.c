/* SPDX-License-Identifier: MIT */
#include "routes.h"

#include "site.h"

const struct route site_routes[] = {
    {"GET", "/", front_page, READS, NULL},
    {"GET", "/index", front_page, READS, NULL},
    {"GET", "/recommended/", recommended_page, READS, NULL},
    {"GET", "/recommended", recommended_page, READS, NULL},

    {"POST", "/search", search_form, READS, NULL},
    {"GET", "/search_results/", search_page, READS, NULL},
    {"GET", "/search_results", search_page, READS, NULL},
    {"GET", "/search_results/:query", search_page, READS, NULL},

    {"GET", "/posts/:id", post_page, READS, NULL},
    {"GET", "/images/:id", picture, READS, NULL},
    {"POST", "/posts/:id/like", like, READS, NULL},
    {"POST", "/posts/:id/unlike", unlike, READS, NULL},
    {"POST", "/posts/:id/hide", hide, READS, NULL},
    {"POST", "/posts/:id/unhide", unhide, READS, NULL},
    {"POST", "/posts/:id/share", share, READS, NULL},
    {"GET", "/hidden", hidden_page, READS, NULL},
    {"GET", "/shares", shares_page, READS, NULL},

    {"GET", "/login", login_page, READS, NULL},
    {"POST", "/login", login, READS, NULL},
    {"POST", "/logout", logout, WRITES, NULL},
    {"GET", "/signup", signup_page, READS, NULL},
    {"POST", "/signup", signup, WORKS, NULL},
    {"GET", "/account", account_page, READS, NULL},
    {"POST", "/account/password", change_password, READS, NULL},
    {"POST", "/account/sessions/end", end_other_sessions, WRITES, NULL},
    {0},
};
