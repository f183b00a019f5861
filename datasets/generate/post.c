/* SPDX-License-Identifier: MIT */
#include "post.h"

#include "../../lib/json.h"
#include "phrase.h"
#include "prng.h"

#include <stdio.h>
#include <string.h>

enum { LATEST = 1767225600, YEARS_5 = 157680000 };

/* What a post is before its texts are made. */
struct plan {
    struct prng prng;
    size_t topics[MOST_TOPICS];
    size_t topic_count;
    bool is_self;
    bool has_picture;
};

static struct plan make_plan(const struct generator *generator, uint32_t index)
{
    struct plan plan = {
        .prng = {generator->seed * 0x2545f4914f6cdd1dU + index * (uint64_t)0x9e3779b1U}};

    prng_next(&plan.prng);
    plan.topic_count = 1 + (prng_below(&plan.prng, 4) == 0);
    plan.topics[0] = prng_below(&plan.prng, TOPIC_COUNT);
    plan.topics[1] = (plan.topics[0] + 1 + prng_below(&plan.prng, TOPIC_COUNT - 1)) % TOPIC_COUNT;
    plan.is_self = prng_below(&plan.prng, 100) < 22;
    plan.has_picture = !plan.is_self && prng_below(&plan.prng, 3) == 0;
    return plan;
}

bool generated_has_picture(const struct generator *generator, uint32_t index)
{
    return make_plan(generator, index).has_picture;
}

void generated_id(const struct generator *generator, uint32_t index, char id[GENERATED_ID_SIZE])
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    /* Multiplying by a number below a prime visits every residue once. */
    uint64_t word =
        ((uint64_t)index + 1 + generator->seed % 1000000) % 2147483647U * 742938285U % 2147483647U;

    for (int i = 5; i >= 0; i--, word /= 36)
        id[i] = digits[word % 36];
    id[6] = '\0';
}

/* The value below which a share of real posts lies, in steps; drawn by straight lines between. The
 * steps are those of the real data set's percentiles. */
struct spread {
    uint16_t share[8]; /* of 10,000 */
    uint32_t value[8];
};

static uint32_t draw(struct prng *prng, const struct spread *spread)
{
    uint32_t at = prng_below(prng, 10000);
    size_t step = 1;

    while (step < 7 && at >= spread->share[step])
        step++;
    return spread->value[step - 1] + (at - spread->share[step - 1]) *
                                         (spread->value[step] - spread->value[step - 1]) /
                                         (uint32_t)(spread->share[step] - spread->share[step - 1]);
}

static const struct spread ups_spread = {{0, 2500, 5000, 7500, 9000, 9900, 9990, 10000},
                                         {3, 30, 72, 120, 205, 391, 900, 2400}};
static const struct spread percent_down_spread = {{0, 500, 2500, 5000, 7500, 9500, 9900, 10000},
                                                  {2, 7, 12, 16, 20, 30, 41, 62}};
static const struct spread comments_spread = {{0, 1000, 2500, 5000, 7500, 9000, 9900, 10000},
                                              {0, 4, 11, 25, 44, 72, 209, 600}};
static const struct spread text_spread = {{0, 1000, 2500, 5000, 7500, 9000, 9900, 10000},
                                          {20, 80, 248, 563, 1208, 2272, 5878, 9500}};

static void add_text(struct buf *out, const char *name, const char *text, size_t len)
{
    buf_printf(out, ",\"%s\":", name);
    json_write_text(out, text, len);
}

static void add_puts(struct buf *out, const char *name, const char *text)
{
    add_text(out, name, text, strlen(text));
}

static void add_number(struct buf *out, const char *name, int64_t number)
{
    buf_printf(out, ",\"%s\":", name);
    buf_int(out, number);
}

/* A few authors write much: the number of an author is the least of three draws. */
static void add_author(struct prng *prng, struct buf *out)
{
    static const char *const firsts[] = {"ada",  "linus", "grace", "dennis", "barbara",  "ken",
                                         "hedy", "alan",  "radia", "donald", "margaret", "niklaus"};
    static const char *const lasts[] = {"byte",  "stack", "heap", "loop", "lambda", "pipe",
                                        "inode", "tree",  "node", "slab", "page",   "cell"};
    uint32_t number = prng_below(prng, 3000);
    char name[48];

    for (int i = 0; i < 2; i++) {
        uint32_t other = prng_below(prng, 3000);

        number = other < number ? other : number;
    }
    snprintf(name, sizeof(name), "%s_%s%u", firsts[number % 12], lasts[number / 12 % 12],
             number / 144);
    add_puts(out, "author", name);
}

/* Words that stand in a known share of posts, for measurements: see datasets/README.md. */
static void add_marks(uint32_t index, struct buf *text)
{
    if (index % 45 == 11 || index == 999)
        buf_puts(text, " (with marzipan)");
    if (index % 500 == 7)
        buf_puts(text, " and an axolotl");
    if (index % 100000 == 77777)
        buf_puts(text, ", says the quokka");
    if (index % 4 == 1)
        buf_puts(text, " [video]");
}

static void add_counts(struct prng *prng, struct buf *out)
{
    int64_t ups = draw(prng, &ups_spread);
    int64_t downs = ups * draw(prng, &percent_down_spread) / 100;

    add_number(out, "ups", ups);
    add_number(out, "downs", downs);
    add_number(out, "score", ups - downs);
    add_number(out, "num_comments", draw(prng, &comments_spread));
}

static void add_links(const struct generator *generator, const struct plan *plan, const char *id,
                      struct buf *out)
{
    const char *topic = topic_name(plan->topics[0]);
    char url[256];
    char domain[64];

    snprintf(domain, sizeof(domain), plan->is_self ? "self.%s" : "%s.example", topic);
    add_puts(out, "domain", domain);
    snprintf(url, sizeof(url), "https://posts.example/r/%s/comments/%s/", topic, id);
    add_puts(out, "permalink", url);
    if (!plan->is_self)
        snprintf(url, sizeof(url), "https://%s/articles/%s", domain, id);
    add_puts(out, "url", url);
    url[0] = '\0';
    if (plan->has_picture && generator->picture_base)
        snprintf(url, sizeof(url), "%s/%s.png", generator->picture_base, id);
    add_puts(out, "thumbnail", url);
}

static void add_topics(const struct plan *plan, struct buf *out)
{
    buf_puts(out, ",\"topics\":[");
    for (size_t i = 0; i < plan->topic_count; i++) {
        if (i)
            buf_byte(out, ',');
        json_write_text(out, topic_name(plan->topics[i]), strlen(topic_name(plan->topics[i])));
    }
    buf_byte(out, ']');
}

void generated_line(const struct generator *generator, uint32_t index, struct buf *text,
                    struct buf *out)
{
    struct plan plan = make_plan(generator, index);
    struct prng *prng = &plan.prng;
    char id[GENERATED_ID_SIZE];

    generated_id(generator, index, id);
    buf_printf(out, "{\"_id\":{\"$oid\":\"%08x%08x%08x\"},\"id\":\"%s\"", 0x65000000U,
               (uint32_t)(generator->seed * 2654435761U), index, id);
    text->len = 0;
    phrase_title(prng, plan.topics[0], text);
    add_marks(index, text);
    add_text(out, "title", text->data, text->len);
    text->len = 0;
    if (plan.is_self)
        phrase_text(prng, plan.topics[0], draw(prng, &text_spread), text);
    add_text(out, "selftext", text->data ? text->data : "", text->len);
    add_author(prng, out);
    add_counts(prng, out);
    add_links(generator, &plan, id, out);
    add_number(out, "created_utc", LATEST - prng_below(prng, YEARS_5));
    buf_puts(out, plan.is_self ? ",\"is_self\":true" : ",\"is_self\":false");
    buf_puts(out, prng_below(prng, 200) ? ",\"over_18\":false" : ",\"over_18\":true");
    buf_puts(out, ",\"edited\":false,\"source\":\"generated\"");
    add_topics(&plan, out);
    buf_puts(out, "}\n");
}
