/* SPDX-License-Identifier: MIT */
/* Stage 1: everything in one process. This file only wires. */
#include <stdio.h>
#include <stdlib.h>

#include "../app/accounts.h"
#include "../app/hide.h"
#include "../app/likes.h"
#include "../app/share.h"
#include "../lib/config.h"
#include "../lib/files.h"
#include "../lib/log.h"
#include "../lib/outbound.h"
#include "../lib/server.h"
#include "../lib/store_settings.h"
#include "site.h"

#define VERSION "1.0.0"

struct options {
    struct store_settings store;
    const char *key_file;
    const char *templates;
    const char *files;
    const char *images;
    size_t images_size;
    int images_timeout_ms;
    const char *allow_hosts;
    const char *trusted_proxies;
    bool reload;
    bool secure;
};

static const struct setting option_table[] = {
    {"store", SETTING_TEXT, offsetof(struct options, store.address), "sqlite:var/reddit.db",
     STORE_ADDRESS_HELP, 0, 0, NULL},
    {"key-file", SETTING_TEXT, offsetof(struct options, key_file), "var/key",
     "signs cookies and forms; made where missing", 0, 0, NULL},
    {"templates", SETTING_TEXT, offsetof(struct options, templates), "templates",
     "folder of the pages' templates", 0, 0, NULL},
    {"static", SETTING_TEXT, offsetof(struct options, files), "static",
     "folder of what is served under /static/", 0, 0, NULL},
    {"reload", SETTING_BOOL, offsetof(struct options, reload), "no",
     "look at templates and static files again when they change", 0, 0, NULL},
    {"image-cache", SETTING_TEXT, offsetof(struct options, images), "var/images",
     "folder where scaled pictures are kept", 0, 0, NULL},
    {"image-cache-size", SETTING_SIZE, offsetof(struct options, images_size), "256M",
     "bytes kept there", 1 << 20, 1L << 40, NULL},
    {"image-timeout", SETTING_MS, offsetof(struct options, images_timeout_ms), "5s",
     "longest time to fetch a picture", 10, 60000, NULL},
    {"allow-hosts", SETTING_TEXT, offsetof(struct options, allow_hosts), "",
     "host:port pairs in private networks that posts may be shared to", 0, 0, NULL},
    {"trusted-proxies", SETTING_TEXT, offsetof(struct options, trusted_proxies), "",
     "addresses whose X-Forwarded-For is believed", 0, 0, NULL},
    {"secure-cookies", SETTING_BOOL, offsetof(struct options, secure), "no",
     "the site is reached by HTTPS alone: __Host- cookies and HSTS", 0, 0, NULL},
    {0},
};

static const struct collection *const collections[] = {
    &posts_collection, &users_collection,       &sessions_collection, &throttles_collection,
    &likes_collection, &like_totals_collection, &hidden_collection,   &shares_collection,
};

/* Pages load nothing from elsewhere, run no inline script and are in nobody's frame. HSTS is last,
 * so that it can be left out. */
static const char content_policy[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'";
static const char *page_headers[] = {
    content_policy, "Referrer-Policy: same-origin", "Cross-Origin-Opener-Policy: same-origin", NULL,
    NULL,
};

/* What is opened in order and closed in reverse. */
struct parts {
    struct site site;
    struct app app;
};

static bool open_store(const struct options *options, struct app *app, struct error *err)
{
    struct store_options store = store_settings_options(&options->store);

    store.needs_set = "liking";
    store.metrics = app->metrics;
    app->store_threads = store_settings_readers(&options->store);
    app->store = store_open(options->store.address, &store, err);
    return app->store && store_prepare(app->store, collections,
                                       sizeof(collections) / sizeof(collections[0]), err);
}

static struct memo *open_memo(struct parts *parts, const char *name)
{
    return memo_open(&(struct memo_options){
        .entries = 1024, .bytes = 4 << 20, .name = name, .metrics = parts->app.metrics});
}

static bool open_site(const struct options *options, struct parts *parts, struct error *err)
{
    struct site *site = &parts->site;
    struct images_options images = {.directory = options->images,
                                    .cache_size = options->images_size,
                                    .fetch_timeout_ms = options->images_timeout_ms,
                                    .max_source = 10 << 20,
                                    .metrics = parts->app.metrics};

    site->reload = options->reload;
    site->secure = options->secure;
    site->trusted_proxies = options->trusted_proxies;
    site->templates = templates_open(options->templates, options->reload, err);
    if (!site->templates || !site_load_pages(site, err))
        return false;
    parts->app.files = files_open(options->files, options->reload, err);
    if (!parts->app.files)
        return false;
    site->identity = identity_open(options->key_file, true, err);
    if (!site->identity || !open_store(options, &parts->app, err))
        return false;
    site->guard = guard_open(options->allow_hosts, err);
    if (!site->guard)
        return false;
    images.guard = site->guard;
    site->images = images_open(&images, err);
    site->recommender = recommender_open(parts->app.store);
    site->pages_made = open_memo(parts, "pages");
    site->searches = open_memo(parts, "searches");
    site->totals = open_memo(parts, "totals");
    site->posts = open_memo(parts, "posts");
    site->sessions = open_memo(parts, "sessions");
    return site->images != NULL;
}

static void close_site(struct parts *parts)
{
    struct site *site = &parts->site;

    memo_close(site->pages_made);
    memo_close(site->searches);
    memo_close(site->totals);
    memo_close(site->posts);
    memo_close(site->sessions);
    if (site->recommender)
        recommender_close(site->recommender);
    if (site->images)
        images_close(site->images);
    if (site->guard)
        guard_close(site->guard);
    if (parts->app.store)
        store_close(parts->app.store);
    if (site->identity)
        identity_close(site->identity);
    if (parts->app.files)
        files_close(parts->app.files);
    if (site->templates)
        templates_close(site->templates);
    metrics_close(parts->app.metrics);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct server_settings settings;
    struct setting_group groups[] = {{option_table, &options},
                                     {store_setting_table, &options.store},
                                     {store_remote_setting_table, &options.store},
                                     {server_setting_table, &settings},
                                     {NULL, NULL}};
    struct program program = {.name = "monolithic",
                              .about = "Decant in one process: pages, forms and their store.",
                              .version = VERSION,
                              .groups = groups};
    struct parts parts = {.app = {.name = "monolithic",
                                  .version = VERSION,
                                  .routes = site_routes,
                                  .on_error = site_error,
                                  .headers = page_headers,
                                  .forms_only = true}};
    struct error err;
    bool served;

    config_load_or_exit(&program, argc, argv);
    log_set_level((enum log_level)settings.log_level);
    if (options.secure)
        page_headers[3] = "Strict-Transport-Security: max-age=31536000; includeSubDomains";
    outbound_init();
    parts.app.metrics = metrics_open();
    parts.app.context = &parts.site;
    served = open_site(&options, &parts, &err) && server_run(&settings, &parts.app, &err);
    close_site(&parts);
    if (!served)
        fprintf(stderr, "monolithic: %s\n", err.message);
    return served ? 0 : 1;
}
