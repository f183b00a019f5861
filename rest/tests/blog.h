/* SPDX-License-Identifier: MIT */
/* A blog with a store, for tests of rules that ask the store. */
#ifndef DECANT_REST_TESTS_BLOG_H
#define DECANT_REST_TESTS_BLOG_H

#include "validating.h"

static struct store *store;

static const char blog[] =
    "{`DOMAIN`: {"
    "`authors`: {`auth_field`: `owner`, `soft_delete`: true, `versioning`: true, `schema`: {"
    "`name`: {`type`: `string`, `unique`: true}, `nick`: {`type`: `string`}, "
    "`owner`: {`type`: `string`}}}, "
    "`posts`: {`auth_field`: `owner`, `soft_delete`: true, `schema`: {"
    "`id`: {`type`: `string`, `unique`: true}, "
    "`n`: {`type`: `integer`, `unique`: true, `nullable`: true}, "
    "`mine`: {`type`: `string`, `unique_to_user`: true}, "
    "`tags`: {`type`: `list`, `unique`: true}, "
    "`d`: {`type`: `dict`, `schema`: {`u`: {`type`: `string`, `unique`: true}}}, "
    "`by`: {`type`: `integer`, `data_relation`: {`resource`: `people`}}, "
    "`maybe`: {`type`: `integer`, `nullable`: true, `data_relation`: {`resource`: `people`}}, "
    "`with`: {`type`: `list`, `schema`: {`type`: `integer`, "
    "`data_relation`: {`resource`: `people`}}}, "
    "`all`: {`type`: `list`, `data_relation`: {`resource`: `people`}}, "
    "`nick`: {`type`: `string`, `data_relation`: {`resource`: `people`, `field`: `nick`}}, "
    "`nicks`: {`type`: `list`, `schema`: {`type`: `string`, "
    "`data_relation`: {`resource`: `people`, `field`: `nick`}}}, "
    "`names`: {`type`: `list`, `schema`: {`type`: `string`, "
    "`data_relation`: {`resource`: `authors`, `field`: `name`}}}, "
    "`either`: {`anyof`: [{`type`: `integer`, `data_relation`: {`resource`: `people`}}, "
    "{`type`: `string`}]}, "
    "`version`: {`type`: `dict`, `schema`: {`_id`: {`type`: `objectid`}, "
    "`_version`: {`type`: `integer`}}, "
    "`data_relation`: {`resource`: `authors`, `version`: true}}"
    "}}, "
    "`people`: {`schema`: {`_id`: {`type`: `integer`}, `nick`: {`type`: `string`}}}}}";

struct insert {
    const struct collection *collection;
    const bson_t *document;
};

static bool insert(void *context, struct store *in, struct error *err)
{
    const struct insert *one = context;

    return store_insert(in, one->collection, one->document, NULL, err);
}

static inline void put_bson(const struct collection *collection, const bson_t *document)
{
    struct error err = {0};

    if (!store_write(store, insert, &(struct insert){collection, document}, &err))
        fail_msg("%s", err.message);
}

/* Extended JSON. */
static inline void put(const struct collection *collection, const char *text)
{
    const char *json = quoted(text);
    bson_error_t error;
    bson_t *document = bson_new_from_json((const uint8_t *)json, -1, &error);

    assert_non_null(document);
    put_bson(collection, document);
    bson_destroy(document);
}

static inline int open_blog(void **state)
{
    struct error err = {0};

    (void)state;
    served(blog);
    store = store_open("sqlite::memory:", &(struct store_options){.queue = 100}, &err);
    if (!store || !store_prepare(store, settings.collections, settings.collection_count, &err))
        fail_msg("%s", err.message);
    return 0;
}

static inline int close_blog(void **state)
{
    (void)state;
    store_close(store);
    arena_release(&arena);
    close_settings();
    return 0;
}

static inline struct validation posting(void)
{
    return (struct validation){.resource = settings_resource(&settings, "posts"), .store = store};
}

static inline const struct collection *of(const char *resource)
{
    return settings_resource(&settings, resource)->collection;
}

#define MISSING(value) "value '" value "' must exist in resource 'people', field '_id'."

#define in_blog(name) cmocka_unit_test_setup_teardown(name, open_blog, close_blog)

#endif
