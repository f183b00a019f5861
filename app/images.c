/* SPDX-License-Identifier: MIT */
#include "images.h"
#include "images_cache.h"
#include "images_card.h"
#include "images_gd.h"
#include "../lib/clock.h"
#include "../lib/identity.h"
#include "../lib/outbound.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    RETRY_MS = 10 * 60 * 1000, /* a picture that could not be had is tried again after this */
    BIG_PIXELS = 4 * 1000 * 1000,
    MOST_MAKERS = 64,
    KEY_SIZE = CACHE_KEY_LEN + 1,
};

enum tag { TAG_PNG = 1, TAG_JPEG = 2, TAG_CARD = 4 };

struct images {
    struct images_options options;
    struct cache *cache;
    pthread_mutex_t big_lock; /* one big picture at a time: each may take 160 MB decoded */
    pthread_mutex_t lock;     /* of what follows */
    pthread_cond_t finished;
    char making[MOST_MAKERS][KEY_SIZE]; /* keys; "" is a free place */
    struct metric *hits, *fetched, *drawn, *failed, *unkept;
};

/* -- opening ------------------------------------------------------------------------------------
 */

static void open_metrics(struct images *images, struct metrics *metrics)
{
    static const char help[] = "Pictures made, by what was made: one fetched, a card where a post "
                               "has none, a card because it could not be had";

    if (!metrics)
        return;
    images->hits = metrics_counter(metrics, "images_cache_hits_total",
                                   "Pictures answered from the cache", NULL);
    images->fetched = metrics_counter(metrics, "images_made_total", help, "result=\"fetched\"");
    images->drawn = metrics_counter(metrics, "images_made_total", help, "result=\"card\"");
    images->failed = metrics_counter(metrics, "images_made_total", help, "result=\"failed\"");
    images->unkept = metrics_counter(metrics, "images_cache_errors_total",
                                     "Pictures that could not be written to the cache", NULL);
}

static void count(struct metric *metric)
{
    if (metric)
        metric_add(metric, 1);
}

struct images *images_open(const struct images_options *options, struct error *err)
{
    struct cache *cache = cache_open(options->directory, options->cache_size, err);
    struct images *images;

    if (!cache)
        return NULL;
    images = calloc(1, sizeof(*images));
    if (!images)
        abort();
    images->options = *options;
    images->cache = cache;
    pthread_mutex_init(&images->big_lock, NULL);
    pthread_mutex_init(&images->lock, NULL);
    pthread_cond_init(&images->finished, NULL);
    open_metrics(images, options->metrics);
    return images;
}

void images_close(struct images *images)
{
    if (!images)
        return;
    cache_close(images->cache);
    pthread_cond_destroy(&images->finished);
    pthread_mutex_destroy(&images->lock);
    pthread_mutex_destroy(&images->big_lock);
    free(images);
}

/* -- what a post shows --------------------------------------------------------------------------
 */

static bool names_a_picture(const char *url)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png", ".gif", ".webp"};
    size_t len = strcspn(url, "?#");

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t ending = strlen(endings[i]);

        if (len > ending && strncasecmp(url + len - ending, endings[i], ending) == 0)
            return true;
    }
    return false;
}

/* "" if it has no picture. */
static const char *source_of(const struct post *post)
{
    if (post->thumbnail[0])
        return post->thumbnail;
    return names_a_picture(post->url) ? post->url : "";
}

/* Posts of one site look alike; those that lead nowhere else are known by who wrote them. */
static const char *label_of(const struct post *post)
{
    if (post->author[0] && (post->is_self || !post->domain[0]))
        return post->author;
    return strncasecmp(post->domain, "www.", 4) == 0 ? post->domain + 4 : post->domain;
}

static void key_of(const struct picture_wish *wish, struct arena *arena, char key[KEY_SIZE])
{
    const char *source = source_of(wish->post);
    const char *text;

    /* Cards do not depend on the post's id, so that posts which look the same share one. */
    if (source[0])
        text = arena_printf(arena, "picture %d %zu %s %s", wish->width, strlen(wish->post->id),
                            wish->post->id, source);
    else
        text = arena_printf(arena, "card %d %s", wish->width, label_of(wish->post));
    identity_digest(text, key);
}

/* -- from the cache -----------------------------------------------------------------------------
 */

static void to_picture(const char *key, const struct cached *entry, struct arena *arena,
                       struct picture *out)
{
    *out = (struct picture){
        .bytes = entry->bytes,
        .len = entry->len,
        .type = entry->tag & TAG_JPEG ? "image/jpeg" : "image/png",
        .etag = arena_printf(arena, "\"%.16s%08x\"", key, entry->checksum),
        .card = entry->tag & TAG_CARD,
    };
}

static bool get(struct images *images, const char *key, struct arena *arena, struct picture *out)
{
    struct cached entry;

    if (!cache_get(images->cache, key, arena, &entry))
        return false;
    to_picture(key, &entry, arena, out);
    count(images->hits);
    return true;
}

bool images_cached(struct images *images, const struct picture_wish *wish, struct arena *arena,
                   struct picture *out)
{
    char key[KEY_SIZE];

    key_of(wish, arena, key);
    return get(images, key, arena, out);
}

/* -- making -------------------------------------------------------------------------------------
 */

/* A picture on its way. */
struct making {
    struct images *images;
    const struct picture_wish *wish;
    struct buf bytes;
    int64_t expires_ms;
    uint8_t tag;
};

static bool fetch(struct making *making, const char *url, struct outbound_reply *reply,
                  struct error *err)
{
    static const char *const headers[] = {"Accept: image/webp,image/png,image/*;q=0.8", NULL};
    const struct images_options *options = &making->images->options;
    struct outbound request = {
        .method = "GET",
        .url = url,
        .headers = headers,
        .max_reply = options->max_source,
        .timeout_ms = options->fetch_timeout_ms,
    };

    if (!outbound_send(options->guard, &request, reply, err))
        return false;
    if (reply->status != 200)
        return fail(err, ERROR_UPSTREAM, "the picture's server answered %d", reply->status);
    return true;
}

static bool scale(struct making *making, const struct source_picture *source, struct error *err)
{
    bool big = (uint64_t)source->head.width * source->head.height > BIG_PIXELS;
    const char *type;
    bool scaled;

    if (big)
        pthread_mutex_lock(&making->images->big_lock);
    scaled = picture_scale(source, making->wish->width, &making->bytes, &type, err);
    if (big)
        pthread_mutex_unlock(&making->images->big_lock);
    if (scaled)
        making->tag = strcmp(type, "image/jpeg") == 0 ? TAG_JPEG : TAG_PNG;
    return scaled;
}

static bool make_from(struct making *making, const char *url)
{
    struct arena arena = {0}; /* the original is gone before the reply is */
    struct outbound_reply reply = {.arena = &arena};
    struct source_picture source;
    struct error err;
    bool made = fetch(making, url, &reply, &err);

    if (made) {
        source.bytes = (const uint8_t *)reply.body;
        source.len = reply.len;
        made = picture_sniff(source.bytes, source.len, &source.head, &err) &&
               scale(making, &source, &err);
    }
    arena_release(&arena);
    return made;
}

static void make_card(struct making *making)
{
    const char *label = label_of(making->wish->post);
    struct card card = {.label = label, .seed = label, .width = making->wish->width};

    card_draw(&card, &making->bytes);
    making->tag = TAG_PNG | TAG_CARD;
}

static void make(struct making *making)
{
    struct images *images = making->images;
    const char *source = source_of(making->wish->post);

    if (!source[0]) {
        make_card(making);
        count(images->drawn);
    } else if (make_from(making, source)) {
        count(images->fetched);
    } else {
        making->bytes.len = 0;
        make_card(making);
        making->expires_ms = clock_now_ms() + RETRY_MS;
        count(images->failed);
    }
}

static void make_and_keep(struct images *images, const struct picture_wish *wish, const char *key,
                          struct arena *arena, struct picture *out)
{
    struct making making = {.images = images, .wish = wish};
    struct error err;
    struct cached entry;

    make(&making);
    entry = (struct cached){
        .bytes = arena_copy(arena, making.bytes.data, making.bytes.len),
        .len = making.bytes.len,
        .expires_ms = making.expires_ms,
        .tag = making.tag,
    };
    buf_release(&making.bytes);
    if (!cache_put(images->cache, key, &entry, &err))
        count(images->unkept); /* a full disk is no reason to show nothing */
    to_picture(key, &entry, arena, out);
}

/* -- each picture by one maker at a time --------------------------------------------------------
 */

static int find_maker(const struct images *images, const char *key)
{
    for (int i = 0; i < MOST_MAKERS; i++)
        if (strcmp(images->making[i], key) == 0)
            return i;
    return -1;
}

/* Wait until nobody makes this picture, then be its maker. With all places taken: -1, and make it
 * without a claim, which may do the work twice but does no harm. */
static int claim(struct images *images, const char *key)
{
    int place;

    pthread_mutex_lock(&images->lock);
    while (find_maker(images, key) >= 0)
        pthread_cond_wait(&images->finished, &images->lock);
    place = find_maker(images, "");
    if (place >= 0)
        memcpy(images->making[place], key, KEY_SIZE);
    pthread_mutex_unlock(&images->lock);
    return place;
}

static void let_go(struct images *images, int place)
{
    if (place < 0)
        return;
    pthread_mutex_lock(&images->lock);
    images->making[place][0] = '\0';
    pthread_cond_broadcast(&images->finished);
    pthread_mutex_unlock(&images->lock);
}

bool images_make(struct images *images, const struct picture_wish *wish, struct arena *arena,
                 struct picture *out, struct error *err)
{
    char key[KEY_SIZE];
    int place;

    if (wish->width < IMAGES_LEAST_WIDTH || wish->width > IMAGES_MOST_WIDTH)
        return fail(err, ERROR_INVALID, "the width must be from %d to %d", IMAGES_LEAST_WIDTH,
                    IMAGES_MOST_WIDTH);
    key_of(wish, arena, key);
    place = claim(images, key);
    if (!get(images, key, arena, out))
        make_and_keep(images, wish, key, arena, out);
    let_go(images, place);
    return true;
}
