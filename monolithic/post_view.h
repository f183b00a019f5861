/* SPDX-License-Identifier: MIT */
/* The page of one post, which the share form comes back to when it is refused. */
#ifndef DECANT_POST_VIEW_H
#define DECANT_POST_VIEW_H

#include "../app/posts.h"
#include "site.h"
#include "visit.h"

struct share_form {
    const char *to;            /* what was typed; NULL: nothing yet */
    const char *problem;       /* why it was refused; NULL: it was not */
    const struct place *place; /* where the page may be remembered, or NULL */
};

/* In a step that may read. */
enum outcome post_show(struct call *call, const struct visit *visit, const struct post *post,
                       const struct share_form *form);

#endif
