/* SPDX-License-Identifier: MIT */
/* Documents made at random: what is kept is what would be rendered, whichever way it is written,
 * and is JSON. */
#include "render_fixture.h"

#include "../../lib/json.h"

enum { DOCUMENTS = 3000 };

static uint64_t seed = 88172645463325252U;

static uint64_t number(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

/* Plain, with escapes, not ASCII, not UTF-8, with NULs. */
static size_t random_text(char *out, size_t most)
{
    static const char *const pieces[] = {"plain ", "\"", "\\", "\n", "\x7f", "\xC3\xA9", "\xFF"};
    size_t len = 0;

    for (uint64_t left = number(12); left-- && len + 8 < most;) {
        const char *piece = pieces[number(8) % 7];

        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
        if (number(40) == 0)
            out[len++] = '\0';
    }
    return len;
}

static void append(bson_t *to, const char *key, int depth);

static void append_nested(bson_t *to, const char *key, int depth)
{
    bool list = number(2);
    bson_t inner = BSON_INITIALIZER;
    char names[8][4] = {"a", "b", "c", "d", "e", "f", "g", "h"};

    for (unsigned i = 0, count = (unsigned)number(5); i < count; i++) {
        if (list)
            snprintf(names[i], sizeof(names[i]), "%u", i);
        append(&inner, names[i], depth + 1);
    }
    if (list)
        bson_append_array(to, key, -1, &inner);
    else
        bson_append_document(to, key, -1, &inner);
    bson_destroy(&inner);
}

static void append(bson_t *to, const char *key, int depth)
{
    char text[128];
    double real;
    bson_oid_t oid;

    switch (number(depth > 6 ? 8 : 11)) {
    case 0:
        bson_append_int32(to, key, -1, (int32_t)number(1000) - 500);
        return;
    case 1:
        bson_append_int64(to, key, -1, (int64_t)number(UINT64_MAX));
        return;
    case 2:
        seed += number(3);
        memcpy(&real, &seed, sizeof(real));
        bson_append_double(to, key, -1, number(2) ? real : (double)(int64_t)number(1 << 30));
        return;
    case 3:
        bson_append_date_time(to, key, -1, (int64_t)number(UINT64_MAX));
        return;
    case 4:
        bson_append_date_time(to, key, -1, (int64_t)number(4102444800000));
        return;
    case 5:
        bson_oid_init_from_string(&oid, A_ID);
        bson_append_oid(to, key, -1, &oid);
        return;
    case 6:
        bson_append_binary(to, key, -1, BSON_SUBTYPE_BINARY, (const uint8_t *)text,
                           (uint32_t)random_text(text, sizeof(text)));
        return;
    case 7:
        bson_append_utf8(to, key, -1, text, (int)random_text(text, sizeof(text)));
        return;
    default:
        append_nested(to, key, depth);
        return;
    }
}

static struct document random_document(struct fixture *f)
{
    static const char *const names[] = {"title", "score",      "loc",     "tags",     "author_ref",
                                        "other", "_version",   "readers", "_deleted", "owner",
                                        "_etag", "\xC3\xA9\"", "_links",  "x"};
    struct document document = {.etag = ETAG};

    if (f->bson.len)
        bson_destroy(&f->bson);
    bson_init(&f->bson);
    append(&f->bson, "_id", 7);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (number(2))
            append(&f->bson, names[i], 0);
    document.bson = bson_get_data(&f->bson);
    document.len = f->bson.len;
    document.deleted = number(2);
    document.created_ms = (int64_t)number(UINT64_MAX);
    document.updated_ms = (int64_t)number(4102444800000);
    return document;
}

static void change_settings(struct fixture *f)
{
    static const char *const shown_paths[] = {"title", "loc.a", "tags.b.c", "_id"};

    f->posts.if_match = number(4);
    f->posts.hateoas = number(4);
    f->posts.versioning = number(2);
    f->posts.soft_delete = number(2);
    f->posts.any_schema = number(2);
    f->posts.auth_field = number(2) ? "owner" : NULL;
    f->posts.showing = (enum showing)(number(6) < 3 ? 0 : number(3));
    f->posts.shown = (struct texts){shown_paths, 4};
    f->settings.date_format = number(4) ? "" : "%s";
}

static void must_be_json(struct arena *arena, const struct buf *text)
{
    struct error err = {0};
    struct json json;

    if (!json_parse(arena, text->data, text->len, &json, &err)) {
        print_error("%s in %.*s\n", err.message, (int)text->len, text->data);
        abort();
    }
    assert_int_equal(json_type(json), JSON_OBJECT);
    arena_clear(arena);
}

static void test_what_is_kept_is_what_would_be_rendered(void **state)
{
    /* A projection that hides what is nowhere makes the long way be taken. */
    static const char *const nowhere[] = {"title.no",  "score.no", "loc.a.no",  "loc.b.no",
                                          "tags.a.no", "x.b.c.no", "readers.no"};
    const struct projection projection = {false, {nowhere, 7}};
    struct fixture *f = *state;
    struct arena arena = {0};
    struct buf long_way = {0};

    for (int i = 0; i < DOCUMENTS; i++) {
        struct document document = random_document(f);
        struct view view = {.resource = &f->posts, .links = true};

        change_settings(f);
        f->out.len = long_way.len = 0;
        render_kept(&f->posts, &document, &f->out);
        must_be_json(&arena, &f->out);
        render_document(&view, &document, &long_way);
        assert_int_equal(long_way.len, f->out.len);
        assert_memory_equal(long_way.data, f->out.data, f->out.len);
        long_way.len = 0;
        view.projection = &projection;
        render_document(&view, &document, &long_way);
        assert_int_equal(long_way.len, f->out.len);
        assert_memory_equal(long_way.data, f->out.data, f->out.len);
    }
    buf_release(&long_way);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_kept_is_what_would_be_rendered, make_fixture,
                                        release_fixture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
