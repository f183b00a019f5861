/* SPDX-License-Identifier: MIT */
#include "render_fixture.h"

#include "../embed.h"
#include "../versions.h"

static const struct store_field author_fields[] = {{"_deleted", TYPE_BOOL, STORE_DELETED},
                                                   {"name", TYPE_TEXT, STORE_INDEXED}};
static const struct collection authors = {
    .name = "authors", .id_type = TYPE_INT, .fields = author_fields, .field_count = 2};
static const struct store_field version_fields[] = {{VERSIONS_ID, TYPE_INT, STORE_INDEXED},
                                                    {"_version", TYPE_INT, 0}};
static const struct collection versions = {.name = "versions",
                                           .bare = true,
                                           .id_type = TYPE_OBJECT_ID,
                                           .fields = version_fields,
                                           .field_count = 2};
static const struct collection *const collections[] = {&authors, &versions};

struct library {
    struct fixture *f;
    struct arena arena;
    struct store *store;
    struct rules loc_field;
    struct schema loc;
    const char *user;
    struct error err;
};

static int open_library(void **state)
{
    struct library *library = calloc(1, sizeof(*library));
    struct store_options options = {0};
    void *f;

    assert_non_null(library);
    make_fixture(&f);
    library->f = f;
    library->f->authors.collection = &authors;
    library->f->authors.versions = &versions;
    library->f->authors.authentication = true;
    library->f->authors.any_schema = true;
    library->f->posts.any_schema = true;
    library->loc_field = (struct rules){.name = "ref", .relation = &library->f->to_author};
    library->loc = (struct schema){.fields = &library->loc_field, .count = 1};
    library->f->post_fields[2].schema = &library->loc;
    library->f->post_fields[2].types = RULE_DICT;
    library->store = store_open("sqlite::memory:", &options, &library->err);
    assert_non_null(library->store);
    assert_true(store_prepare(library->store, collections, 2, &library->err));
    *state = library;
    return 0;
}

static int close_library(void **state)
{
    struct library *library = *state;
    void *f = library->f;

    store_thread_end(library->store);
    store_close(library->store);
    arena_release(&library->arena);
    free(library);
    return release_fixture(&f);
}

struct keeping {
    struct library *library;
    bson_t *bson;
};

/* Put, with its version where there are any. */
static bool keep(void *context, struct store *store, struct error *err)
{
    struct keeping *keeping = context;
    struct document after = {.arena = &keeping->library->arena};
    struct replacement replacement = {.document = keeping->bson, .upsert = true, .after = &after};
    struct key key = {0};
    bson_iter_t iter;

    if (!bson_iter_init_find(&iter, keeping->bson, "_id"))
        return false;
    key.value = *bson_iter_value(&iter);
    return store_replace(store, &authors, key, &replacement, err) &&
           (!keeping->library->f->authors.versioning ||
            versions_keep(store, &keeping->library->f->authors, &after, err));
}

static void put(struct library *library, const char *json)
{
    bson_error_t wrong;
    bson_t *bson = bson_new_from_json((const uint8_t *)json, -1, &wrong);
    struct keeping keeping = {library, bson};

    assert_non_null(bson);
    if (!store_write(library->store, keep, &keeping, &library->err)) {
        print_error("%s\n", library->err.message);
        abort();
    }
    bson_destroy(bson);
}

static bool read_embeds(struct library *library, struct document *document,
                        const char *const *paths, const struct embeds **embeds)
{
    struct texts texts = {paths, 0};
    struct documents documents = {.items = document, .count = 1};
    struct embed_request request = {&library->arena, library->store, library->user,
                                    &library->f->posts, &texts};

    while (paths[texts.count])
        texts.count++;
    return embed_read(&request, &documents, embeds, &library->err);
}

/* The post's text without what every post has, times and tags of authors cut out. */
static const char *embedded(struct library *library, const char *const *paths, const char *json)
{
    struct fixture *f = library->f;
    struct document document = document_of(f, json);
    struct view view = {.resource = &f->posts};
    char *from, *to;

    if (!read_embeds(library, &document, paths, &view.embeds)) {
        print_error("%s\n", library->err.message);
        abort();
    }
    f->out.len = 0;
    render_document(&view, &document, &f->out);
    from = buf_text(&f->out);
    while ((from = strstr(from, ",\"_updated\":")) && (to = strstr(from, "\"_etag\":\"")))
        memmove(from, to + 50, strlen(to + 50) + 1);
    return f->out.data;
}

#define PATHS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_references_become_documents(void **state)
{
    struct library *library = *state;

    put(library, "{\"_id\":1,\"name\":\"A\",\"friend\":2}");
    assert_string_equal(
        embedded(library, PATHS("author_ref"), "{\"_id\":7,\"author_ref\":1,\"title\":\"t\"}"),
        "{\"_id\":7,\"author_ref\":{\"_id\":1,\"name\":\"A\",\"friend\":2},\"title\":\"t\"}");
    assert_string_equal(embedded(library, PATHS("title"), "{\"_id\":7,\"author_ref\":1}"),
                        "{\"_id\":7,\"author_ref\":1}");
}

static void test_embedded_documents_have_meta_but_no_links(void **state)
{
    struct library *library = *state;
    struct fixture *f = library->f;
    const struct embeds *embeds;
    struct document document;
    const char *text;

    put(library, "{\"_id\":1,\"name\":\"A\"}");
    document = document_of(f, "{\"_id\":7,\"author_ref\":1}");
    assert_true(read_embeds(library, &document, PATHS("author_ref"), &embeds));
    text = shown(f, &(struct view){.resource = &f->posts, .embeds = embeds, .links = true},
                 "{\"_id\":7,\"author_ref\":1}");
    assert_non_null(strstr(text, "\"name\":\"A\",\"_updated\":\""));
    assert_non_null(strstr(strstr(text, "\"name\""), "\"_etag\":\""));
    assert_null(strstr(strstr(text, "_links") + 1, "_links"));
    assert_non_null(strstr(text, "\"related\":{\"author_ref\":{\"title\":\"Author\",\"href\":"
                                 "\"authors/1\"}}"));
    assert_true(embed_updated(embeds) > 1704067200999);
    assert_true(read_embeds(library, &document, PATHS("readers"), &embeds));
    assert_int_equal(embed_updated(embeds), 0);
}

static void test_dangling_references_are_null_or_left_out(void **state)
{
    struct library *library = *state;

    put(library, "{\"_id\":1}");
    put(library, "{\"_id\":2}");
    put(library, "{\"_id\":3,\"_deleted\":true}");
    assert_string_equal(embedded(library, PATHS("author_ref", "readers"),
                                 "{\"_id\":7,\"author_ref\":9,\"readers\":[2,9,1,null,3,2,\"x\"]}"),
                        "{\"_id\":7,\"author_ref\":null,\"readers\":[{\"_id\":2},{\"_id\":1},"
                        "{\"_id\":2}]}");
    assert_string_equal(embedded(library, PATHS("author_ref"), "{\"_id\":7,\"author_ref\":null}"),
                        "{\"_id\":7,\"author_ref\":null}");
    assert_string_equal(embedded(library, PATHS("author_ref", "readers"),
                                 "{\"_id\":7,\"author_ref\":{\"a\":1},\"readers\":[[[1],4],{}]}"),
                        "{\"_id\":7,\"author_ref\":null,\"readers\":[[[{\"_id\":1}]]]}");
}

static void test_paths_lead_through_objects_and_across_relations(void **state)
{
    struct library *library = *state;

    put(library, "{\"_id\":1,\"friend\":2}");
    put(library, "{\"_id\":2,\"friend\":1}");
    assert_string_equal(
        embedded(library, PATHS("author_ref", "author_ref.friend", "author_ref.friend.friend"),
                 "{\"_id\":7,\"author_ref\":1}"),
        "{\"_id\":7,\"author_ref\":{\"_id\":1,\"friend\":{\"_id\":2,\"friend\":{\"_id\":1,"
        "\"friend\":2}}}}");
    assert_string_equal(embedded(library, PATHS("loc.ref"),
                                 "{\"_id\":7,\"loc\":{\"x\":1,\"ref\":2,\"y\":{\"ref\":2}}}"),
                        "{\"_id\":7,\"loc\":{\"x\":1,\"ref\":{\"_id\":2,\"friend\":1},"
                        "\"y\":{\"ref\":2}}}");
    assert_string_equal(
        embedded(library, PATHS("author_ref.friend"), "{\"_id\":7,\"author_ref\":1}"),
        "{\"_id\":7,\"author_ref\":1}");
    assert_string_equal(
        embedded(library, PATHS("readers", "readers.friend"), "{\"_id\":7,\"readers\":[2,1]}"),
        "{\"_id\":7,\"readers\":[{\"_id\":2,\"friend\":{\"_id\":1,\"friend\":2}},{\"_id\":1,"
        "\"friend\":{\"_id\":2,\"friend\":1}}]}");
}

static void test_relations_lead_by_their_field_to_the_first_hit(void **state)
{
    struct library *library = *state;

    library->f->to_author.field = "name";
    for (int i = 0; i < 20; i++) {
        char json[60];

        snprintf(json, sizeof(json), "{\"_id\":%d,\"name\":\"%s\"}", i, i < 19 ? "many" : "one");
        put(library, json);
    }
    assert_string_equal(
        embedded(library, PATHS("readers"), "{\"_id\":7,\"readers\":[\"one\",\"many\",\"none\"]}"),
        "{\"_id\":7,\"readers\":[{\"_id\":19,\"name\":\"one\"},{\"_id\":0,"
        "\"name\":\"many\"}]}");
}

static void test_more_than_a_thousand_references(void **state)
{
    struct library *library = *state;
    struct buf json = {0};
    const char *text;

    put(library, "{\"_id\":0}");
    put(library, "{\"_id\":1500}");
    put(library, "{\"_id\":2499}");
    buf_puts(&json, "{\"_id\":7,\"readers\":[0");
    for (int i = 1; i < 2500; i++)
        buf_printf(&json, ",%d", i);
    buf_puts(&json, "]}");
    text = embedded(library, PATHS("readers"), buf_text(&json));
    assert_string_equal(text,
                        "{\"_id\":7,\"readers\":[{\"_id\":0},{\"_id\":1500},{\"_id\":2499}]}");
    buf_release(&json);
}

static void test_the_targets_own_projection_and_filter_hold(void **state)
{
    static const char *const hidden = "secret";
    struct library *library = *state;

    put(library, "{\"_id\":1,\"secret\":1,\"name\":\"A\"}");
    put(library, "{\"_id\":2,\"secret\":1,\"name\":\"B\"}");
    library->f->authors.showing = SHOW_UNLISTED;
    library->f->authors.shown = (struct texts){&hidden, 1};
    library->f->authors.default_filter =
        filter_compare(&library->arena, FILTER_EQ, "name", value_text("A"));
    assert_string_equal(embedded(library, PATHS("readers"), "{\"_id\":7,\"readers\":[1,2]}"),
                        "{\"_id\":7,\"readers\":[{\"_id\":1,\"name\":\"A\"}]}");
}

static void test_rows_of_others_dangle(void **state)
{
    struct library *library = *state;
    const char *post = "{\"_id\":7,\"readers\":[1,2]}";

    put(library, "{\"_id\":1,\"owner\":\"u\"}");
    put(library, "{\"_id\":2,\"owner\":\"v\"}");
    library->f->authors.auth_field = "owner";
    library->f->settings.auth.kind = AUTH_BASIC;
    library->user = "u";
    assert_string_equal(embedded(library, PATHS("readers"), post),
                        "{\"_id\":7,\"readers\":[{\"_id\":1}]}");
    library->user = NULL;
    assert_string_equal(embedded(library, PATHS("readers"), post), "{\"_id\":7,\"readers\":[]}");
    library->f->authors.public_item_methods = METHOD_GET;
    assert_string_equal(embedded(library, PATHS("readers"), post),
                        "{\"_id\":7,\"readers\":[{\"_id\":1},{\"_id\":2}]}");
}

static void test_references_to_versions_lead_to_them(void **state)
{
    struct library *library = *state;
    const char *text;

    library->f->authors.versioning = true;
    library->f->to_author.version = true;
    put(library, "{\"_id\":1,\"name\":\"old\",\"_version\":1}");
    put(library, "{\"_id\":1,\"name\":\"new\",\"_version\":2}");
    text = embedded(library, PATHS("readers"),
                    "{\"_id\":7,\"readers\":[{\"_id\":1,\"_version\":1},{\"_id\":1,\"_version\":2},"
                    "{\"_id\":1,\"_version\":3},{\"_id\":1},{\"_id\":2,\"_version\":1},1,"
                    "{\"_id\":1,\"_version\":\"x\"}]}");
    assert_string_equal(text, "{\"_id\":7,\"readers\":["
                              "{\"_id\":1,\"name\":\"old\",\"_version\":1,\"_latest_version\":2},"
                              "{\"_id\":1,\"name\":\"new\",\"_version\":2,\"_latest_version\":2}"
                              "]}");
}

static void test_deleted_documents_embed_nothing(void **state)
{
    struct library *library = *state;
    struct fixture *f = library->f;
    struct view view = {.resource = &f->posts};
    struct document document;

    put(library, "{\"_id\":1}");
    document = document_of(f, "{\"_id\":7,\"author_ref\":1}");
    document.deleted = true;
    assert_true(read_embeds(library, &document, PATHS("author_ref"), &view.embeds));
    f->out.len = 0;
    render_document(&view, &document, &f->out);
    assert_non_null(strstr(buf_text(&f->out), "\"author_ref\":1,"));
}

/* 100 friends who are friends of one another: a million documents in the third generation. */
static void test_embedding_does_not_grow_without_bound(void **state)
{
    struct library *library = *state;
    const struct embeds *embeds;
    struct document document;
    struct buf friends = {0};
    struct rules each = {.name = "", .relation = &library->f->to_author};

    library->f->author_fields[1] = (struct rules){.name = "friends", .each = &each};
    for (int i = 0; i < 100; i++)
        buf_printf(&friends, "%s%d", i ? "," : "", i);
    for (int i = 0; i < 100; i++) {
        char json[1000];

        snprintf(json, sizeof(json), "{\"_id\":%d,\"friends\":[%s]}", i, buf_text(&friends));
        put(library, json);
    }
    document = document_of(library->f, "{\"_id\":7,\"author_ref\":1}");
    assert_true(
        read_embeds(library, &document, PATHS("author_ref", "author_ref.friends"), &embeds));
    assert_false(read_embeds(library, &document,
                             PATHS("author_ref", "author_ref.friends", "author_ref.friends.friends",
                                   "author_ref.friends.friends.friends"),
                             &embeds));
    assert_int_equal(library->err.kind, ERROR_INVALID);
    buf_release(&friends);
}

#define EMBEDS(test) cmocka_unit_test_setup_teardown(test, open_library, close_library)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EMBEDS(test_references_become_documents),
        EMBEDS(test_embedded_documents_have_meta_but_no_links),
        EMBEDS(test_dangling_references_are_null_or_left_out),
        EMBEDS(test_paths_lead_through_objects_and_across_relations),
        EMBEDS(test_relations_lead_by_their_field_to_the_first_hit),
        EMBEDS(test_more_than_a_thousand_references),
        EMBEDS(test_the_targets_own_projection_and_filter_hold),
        EMBEDS(test_rows_of_others_dangle),
        EMBEDS(test_references_to_versions_lead_to_them),
        EMBEDS(test_deleted_documents_embed_nothing),
        EMBEDS(test_embedding_does_not_grow_without_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
