/* SPDX-License-Identifier: MIT */
/* An intake that keeps all it is told as lines of text, for tests of the readers. */
#ifndef DECANT_COLLECT_H
#define DECANT_COLLECT_H

#include "../../../lib/buf.h"
#include "../intake.h"

#include <inttypes.h>
#include <stdlib.h>

struct collected {
    struct buf posts; /* "LINE JSON\n", " QUESTION" before JSON for answers */
    struct buf bad;   /* "LINE: WHY\n" */
    int left_out;
    int most; /* posts and bad ones before the reader is stopped; 0: any number */
    int seen;
};

static inline bool collect_more(struct collected *collected)
{
    return ++collected->seen != collected->most;
}

static inline bool collect_post(void *context, const bson_t *document, const char *question,
                                uint64_t line)
{
    struct collected *collected = context;
    char *json = bson_as_canonical_extended_json(document, NULL);

    buf_printf(&collected->posts, "%" PRIu64 " %s%s%s\n", line, question ? question : "",
               question ? " " : "", json);
    bson_free(json);
    return collect_more(collected);
}

static inline bool collect_bad(void *context, uint64_t line, const char *why)
{
    struct collected *collected = context;

    buf_printf(&collected->bad, "%" PRIu64 ": %s\n", line, why);
    return collect_more(collected);
}

static inline void collect_left_out(void *context)
{
    ((struct collected *)context)->left_out++;
}

static inline struct intake collecting(struct collected *collected)
{
    return (struct intake){collected, collect_post, collect_bad, collect_left_out};
}

static inline void collected_release(struct collected *collected)
{
    buf_release(&collected->posts);
    buf_release(&collected->bad);
}

#endif
