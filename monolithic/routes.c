/* SPDX-License-Identifier: MIT */
#include "routes.h"

#include "site.h"

const struct route site_routes[] = {
    {"GET", "/", front_page, READS},
    {"GET", "/index", front_page, READS},
    {"GET", "/recommended/", recommended_page, READS},
    {"GET", "/recommended", recommended_page, READS},

    {"POST", "/search", search_form, READS},
    {"GET", "/search_results/", search_page, READS},
    {"GET", "/search_results", search_page, READS},
    {"GET", "/search_results/:query", search_page, READS},

    {"GET", "/posts/:id", post_page, READS},
    {"GET", "/images/:id", picture, READS},
    {"POST", "/posts/:id/like", like, READS},
    {"POST", "/posts/:id/unlike", unlike, READS},
    {"POST", "/posts/:id/hide", hide, READS},
    {"POST", "/posts/:id/unhide", unhide, READS},
    {"POST", "/posts/:id/share", share, READS},
    {"GET", "/hidden", hidden_page, READS},
    {"GET", "/shares", shares_page, READS},

    {"GET", "/login", login_page, READS},
    {"POST", "/login", login, READS},
    {"POST", "/logout", logout, WRITES},
    {"GET", "/signup", signup_page, READS},
    {"POST", "/signup", signup, WORKS},
    {"GET", "/account", account_page, READS},
    {"POST", "/account/password", change_password, READS},
    {"POST", "/account/sessions/end", end_other_sessions, WRITES},
    {0},
};
