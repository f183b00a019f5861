/* SPDX-License-Identifier: MIT */
/* Every handler of the site; routes.c says which address leads to which. */
#ifndef DECANT_ROUTES_H
#define DECANT_ROUTES_H

#include "../lib/call.h"

enum outcome front_page(struct call *call);
enum outcome recommended_page(struct call *call);
enum outcome hidden_page(struct call *call);

enum outcome search_form(struct call *call);
enum outcome search_page(struct call *call);

enum outcome post_page(struct call *call);
enum outcome picture(struct call *call);

enum outcome like(struct call *call);
enum outcome unlike(struct call *call);
enum outcome hide(struct call *call);
enum outcome unhide(struct call *call);

enum outcome share(struct call *call);
enum outcome shares_page(struct call *call);

enum outcome login_page(struct call *call);
enum outcome login(struct call *call);
enum outcome logout(struct call *call);
enum outcome signup_page(struct call *call);
enum outcome signup(struct call *call);

enum outcome account_page(struct call *call);
enum outcome change_password(struct call *call);
enum outcome end_other_sessions(struct call *call);

#endif
