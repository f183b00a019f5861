/* SPDX-License-Identifier: MIT */
#include "../loader.h"

#include "../../../app/posts.h"
#include "../mongo.h"
#include "../stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    struct store *store;
    struct loader *loader;
    FILE *complaints;
};

static int open_bench(void **state)
{
    static const struct collection *const collections[] = {&posts_collection};
    const struct store_options options = {.queue = 8};
    struct bench *bench = calloc(1, sizeof(*bench));
    struct error err;

    *state = bench;
    assert_non_null(bench);
    bench->store = store_open("sqlite::memory:", &options, &err);
    assert_non_null(bench->store);
    assert_true(store_prepare(bench->store, collections, 1, &err));
    bench->complaints = tmpfile();
    bench->loader = loader_open(bench->store, bench->complaints);
    loader_file(bench->loader, "posts.json");
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    loader_close(bench->loader);
    store_thread_end(bench->store);
    store_close(bench->store);
    fclose(bench->complaints);
    free(bench);
    return 0;
}

static enum intake_end load(struct bench *bench, const char *text, struct error *err)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    enum intake_end end = text[0] == '<' ? stack_read(file, "", loader_intake(bench->loader), err)
                                         : mongo_read(file, loader_intake(bench->loader), err);

    fclose(file);
    return end;
}

static struct loader_counts load_all(struct bench *bench, const char *text)
{
    struct error err;

    loader_restart(bench->loader);
    assert_int_equal(load(bench, text, &err), INTAKE_ALL);
    assert_true(loader_flush(bench->loader, &err));
    return loader_counts(bench->loader);
}

static void assert_counts(struct loader_counts counts, int added, int changed, int equal, int bad)
{
    assert_int_equal(counts.added, added);
    assert_int_equal(counts.changed, changed);
    assert_int_equal(counts.equal, equal);
    assert_int_equal(counts.bad, bad);
}

static int64_t count_posts(struct bench *bench)
{
    struct error err;
    int64_t count = -1;

    assert_true(store_count(bench->store, &posts_collection, NULL, &count, &err));
    store_snapshot_end(bench->store);
    return count;
}

/* The title of a post, "" if it has none. */
static void assert_title(struct bench *bench, const char *id, const char *title)
{
    struct arena arena = {0};
    struct error err;
    struct post post;

    if (!posts_get(bench->store, id, &arena, &post, &err))
        fail_msg("%s: %s", id, err.message);
    assert_string_equal(post.title, title);
    store_snapshot_end(bench->store);
    arena_release(&arena);
}

static void assert_complaints(struct bench *bench, const char *wanted)
{
    char text[1000];
    size_t len;

    fflush(bench->complaints);
    rewind(bench->complaints);
    len = fread(text, 1, sizeof(text) - 1, bench->complaints);
    text[len] = '\0';
    assert_string_equal(text, wanted);
}

static void test_loading_again_changes_nothing(void **state)
{
    const char *text =
        "{\"_id\":{\"$oid\":\"55a8c847bb6df3bce60b1ee0\"},\"id\":\"a\",\"title\":\"x\"}\n"
        "{\"id\":\"b\",\"title\":\"y\"}\n";

    assert_counts(load_all(*state, text), 2, 0, 0, 0);
    assert_counts(load_all(*state, text), 0, 0, 2, 0);
    assert_int_equal(count_posts(*state), 2);
}

static void test_a_dump_with_etags_and_times_is_loaded_without_them(void **state)
{
    const char *text =
        "{\"_id\":{\"$oid\":\"55a8c847bb6df3bce60b1ee0\"},\"id\":\"a\",\"title\":\"x\","
        "\"_etag\":\"1\",\"_created\":{\"$date\":5},\"_updated\":{\"$date\":6}}\n";

    assert_counts(load_all(*state, text), 1, 0, 0, 0);
    assert_counts(load_all(*state, text), 0, 0, 1, 0);
    assert_title(*state, "a", "x");
}

static void test_changed_posts_are_updated_and_not_doubled(void **state)
{
    assert_counts(
        load_all(*state, "{\"id\":\"a\",\"title\":\"x\"}\n{\"id\":\"b\",\"title\":\"y\"}"), 2, 0, 0,
        0);
    assert_counts(
        load_all(*state, "{\"id\":\"a\",\"title\":\"x\"}\n{\"id\":\"b\",\"title\":\"z\"}"), 0, 1, 1,
        0);
    assert_int_equal(count_posts(*state), 2);
    assert_title(*state, "b", "z");
}

static void test_an_id_that_became_a_number_is_the_same_post(void **state)
{
    assert_counts(load_all(*state, "{\"id\":180097,\"title\":\"x\"}"), 1, 0, 0, 0);
    assert_counts(load_all(*state, "{\"id\":\"180097\",\"title\":\"y\"}"), 0, 1, 0, 0);
    assert_int_equal(count_posts(*state), 1);
    assert_title(*state, "180097", "y");
}

static void test_bad_records_are_named_in_order_and_passed_over(void **state)
{
    struct bench *bench = *state;

    assert_counts(load_all(bench, "{\"_id\":5,\"id\":\"a\"}\n{\"id\":\"b\"}\nx\n{\"id\":\"c\"}\n"),
                  2, 0, 0, 2);
    assert_int_equal(count_posts(bench), 2);
    fflush(bench->complaints);
    rewind(bench->complaints);
    for (int line = 1; line <= 3; line += 2) {
        char text[300];
        char head[40];

        assert_non_null(fgets(text, sizeof(text), bench->complaints));
        snprintf(head, sizeof(head), "posts.json:%d: ", line);
        assert_memory_equal(text, head, strlen(head));
    }
}

static void test_the_id_of_another_post_cannot_be_taken(void **state)
{
    const char *text =
        "{\"_id\":{\"$oid\":\"55a8c847bb6df3bce60b1ee0\"},\"id\":\"a\",\"title\":\"x\"}\n"
        "{\"_id\":{\"$oid\":\"55a8c847bb6df3bce60b1ee0\"},\"id\":\"b\",\"title\":\"y\"}\n";

    assert_counts(load_all(*state, text), 1, 0, 0, 1);
    assert_int_equal(count_posts(*state), 1);
}

static void test_more_than_one_transaction_is_all_the_same(void **state)
{
    enum { MANY = 5000 };
    struct buf text = {0};

    for (int i = 0; i < MANY; i++)
        buf_printf(&text, "{\"id\":\"p%d\",\"title\":\"post %d\"}\n", i, i);
    assert_counts(load_all(*state, buf_text(&text)), MANY, 0, 0, 0);
    assert_counts(load_all(*state, buf_text(&text)), 0, 0, MANY, 0);
    assert_int_equal(count_posts(*state), MANY);
    assert_title(*state, "p4999", "post 4999");
    buf_release(&text);
}

static void test_checking_writes_nothing_and_stops_at_the_first(void **state)
{
    struct bench *bench = *state;
    struct error err;

    loader_mode(bench->loader, LOADER_CHECKS);
    assert_int_equal(load(bench, "{\"id\":\"a\"}\nx\ny\n", &err), INTAKE_STOPPED);
    assert_int_equal(loader_counts(bench->loader).bad, 1);
    assert_int_equal(count_posts(bench), 0);
    assert_complaints(bench, "posts.json:2: column 1: expected a value\n");
}

struct inside {
    struct bench *bench;
    const char *text;
};

static bool load_inside(void *context, struct store *store, struct error *err)
{
    struct inside *inside = context;

    (void)store;
    err->kind = ERROR_NONE;
    loader_restart(inside->bench->loader);
    return load(inside->bench, inside->text, err) == INTAKE_ALL;
}

static void test_a_refusal_inside_a_work_undoes_all_of_it(void **state)
{
    struct bench *bench = *state;
    struct inside inside = {bench, "{\"id\":\"a\"}\n{\"_id\":5,\"id\":\"b\"}\n{\"id\":\"c\"}\n"};
    struct error err;

    loader_mode(bench->loader, LOADER_INSIDE);
    assert_false(store_write(bench->store, load_inside, &inside, &err));
    assert_int_equal(count_posts(bench), 0);
    loader_complain(bench->loader);
    inside.text = "{\"id\":\"a\"}\n{\"id\":\"c\"}\n";
    assert_true(store_write(bench->store, load_inside, &inside, &err));
    assert_counts(loader_counts(bench->loader), 2, 0, 0, 0);
    assert_int_equal(count_posts(bench), 2);
}

#define ANSWER(id, parent)                                                                         \
    "<row Id='" id "' PostTypeId='2' ParentId='" parent                                            \
    "' CreationDate='2024-01-01T00:00:00' Score='1' Body='x'/>"

static void test_answers_take_over_title_and_topics(void **state)
{
    const char *text = "<posts>" ANSWER("3", "1")
        ANSWER("2", "9") "<row Id='1' PostTypeId='1' CreationDate='2024-01-01T00:00:00' Score='1' "
                         "Body='x' Title='Why?' Tags='|a|b|'/>" ANSWER("4", "1") "</posts>";
    struct arena arena = {0};
    struct error err;
    struct post post;

    assert_counts(load_all(*state, text), 4, 0, 0, 0);
    assert_title(*state, "se-4", "Re: Why?");
    assert_title(*state, "se-2", "An answer");
    assert_title(*state, "se-3", "An answer"); /* it came before its question */
    assert_counts(load_all(*state, text), 0, 1, 3, 0);
    assert_title(*state, "se-3", "Re: Why?");
    assert_true(posts_get(((struct bench *)*state)->store, "se-4", &arena, &post, &err));
    assert_int_equal(post.topics.count, 2);
    assert_string_equal(((const char *const *)post.topics.items)[1], "b");
    arena_release(&arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_loading_again_changes_nothing),
        TEST(test_a_dump_with_etags_and_times_is_loaded_without_them),
        TEST(test_changed_posts_are_updated_and_not_doubled),
        TEST(test_an_id_that_became_a_number_is_the_same_post),
        TEST(test_bad_records_are_named_in_order_and_passed_over),
        TEST(test_the_id_of_another_post_cannot_be_taken),
        TEST(test_more_than_one_transaction_is_all_the_same),
        TEST(test_checking_writes_nothing_and_stops_at_the_first),
        TEST(test_a_refusal_inside_a_work_undoes_all_of_it),
        TEST(test_answers_take_over_title_and_topics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
