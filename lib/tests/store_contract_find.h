/* SPDX-License-Identifier: MIT */
/* The contract's part on finding. What a filter or an order means is filter.h's to say; here random
 * ones are held against it, over documents whose fields are often not what was declared. */
#ifndef STORE_CONTRACT_FIND_H
#define STORE_CONTRACT_FIND_H

#include "store_contract.h"

#include "../filter.h"

/* -- random documents, filters and orders ------------------------------------------------------ */

static unsigned dice_state;

static unsigned dice(unsigned sides)
{
    dice_state = dice_state * 1103515245 + 12345;
    return (dice_state >> 16) % sides;
}

static bson_value_t scalar(void)
{
    static const char *const texts[] = {"", "a", "b", "ab", "5"};
    static const double numbers[] = {-1.5, 2, 0, 5, 1e300};

    switch (dice(12)) {
    case 0:
        return value_null();
    case 1:
        return value_bool(dice(2));
    case 2:
        return value_date((int64_t)dice(4) - 1);
    case 3:
    case 4:
        return value_double(numbers[dice(5)]);
    case 5:
    case 6:
    case 7:
        return value_text(texts[dice(5)]);
    default:
        return value_int((int64_t)dice(8) - 2);
    }
}

static void append_odd(bson_t *document, const char *name)
{
    bson_t child;
    bson_value_t value = scalar();

    if (dice(3)) {
        bson_append_array_begin(document, name, -1, &child);
        bson_append_value(&child, "0", 1, &value);
        value = scalar();
        bson_append_value(&child, "1", 1, &value);
        bson_append_array_end(document, &child);
    } else {
        bson_append_document_begin(document, name, -1, &child);
        bson_append_value(&child, "x", 1, &value);
        bson_append_document_end(document, &child);
    }
}

static const char *const names[] = {"author", "score", "ratio", "over_18", "at", "topics", "free"};

static void fill_fields(bson_t *document, bool strict)
{
    bson_t child;
    bson_value_t value;

    for (size_t i = 0; i < 7; i++) {
        if (dice(4) == 0)
            continue;
        value = scalar();
        if (!strict && dice(5) == 0)
            append_odd(document, names[i]);
        else if (!strict || (i == 0 && value.value_type == BSON_TYPE_UTF8) ||
                 (i == 1 && value.value_type == BSON_TYPE_INT64) || i > 4)
            bson_append_value(document, names[i], -1, &value);
    }
    if (dice(2)) {
        value = scalar();
        bson_append_document_begin(document, "meta", 4, &child);
        bson_append_value(&child, "lang", 4, &value);
        bson_append_document_end(document, &child);
    }
}

static const char *any_path(void)
{
    static const char *const paths[] = {"author", "score", "ratio", "over_18",   "at",
                                        "topics", "free",  "id",    "meta.lang", "_id"};

    return paths[dice(10)];
}

/* One of those that ask for more than order. */
static const struct filter *random_leaf(struct arena *arena)
{
    static const int types[] = {-1, 1, 2, 3, 4, 8, 9, 10, 16};
    bson_value_t *values = arena_alloc(arena, 2 * sizeof(*values));

    switch (dice(4)) {
    case 0:
        values[0] = value_int((int64_t)dice(3) + 2);
        values[1] = value_int((int64_t)dice(5) - 2);
        return filter_among(arena, FILTER_MOD, any_path(), (struct filter_values){values, 2});
    case 1:
        values[0] = value_int(types[dice(9)]);
        values[1] = value_int(types[dice(9)]);
        return filter_among(arena, FILTER_TYPE, any_path(),
                            (struct filter_values){values, 1 + dice(2)});
    case 2:
        return filter_compare(arena, FILTER_CONTAINS, any_path(),
                              value_text((const char *[]){"", "a", "b", "ab", "5"}[dice(5)]));
    default:
        return filter_compare(arena, (enum filter_op)(FILTER_BITS_ALL_SET + dice(4)), any_path(),
                              value_int(dice(8)));
    }
}

static const struct filter *random_filter(struct arena *arena, int depth)
{
    static const enum filter_op comparisons[] = {FILTER_EQ,  FILTER_NE, FILTER_GT,
                                                 FILTER_GTE, FILTER_LT, FILTER_LTE};
    bson_value_t *values;
    struct filter *negated;
    const struct filter **children;
    size_t many = dice(6);

    switch (dice(depth > 0 ? 12 : 8)) {
    case 0:
        return filter_compare(arena, FILTER_EXISTS, any_path(), value_bool(dice(2)));
    case 1:
        values = arena_alloc(arena, 6 * sizeof(*values));
        for (size_t i = 0; i < many; i++)
            values[i] = scalar();
        return filter_among(arena, dice(2) ? FILTER_IN : FILTER_NIN, any_path(),
                            (struct filter_values){values, many});
    case 2:
        return random_leaf(arena);
    case 8:
        negated = arena_zalloc(arena, sizeof(*negated));
        children = arena_alloc(arena, sizeof(*children));
        children[0] = dice(3) ? filter_compare(arena, comparisons[dice(6)], any_path(), scalar())
                              : random_leaf(arena);
        *negated = (struct filter){
            .op = FILTER_NOT, .path = children[0]->path, .children = children, .count = 1};
        return negated;
    case 9:
    case 10:
    case 11:
        return filter_join(arena, (enum filter_op)(FILTER_AND + dice(3)),
                           random_filter(arena, depth - 1), random_filter(arena, depth - 1));
    default:
        return filter_compare(arena, comparisons[dice(6)], any_path(), scalar());
    }
}

static bool insert_some(void *context, struct store *store, struct error *err)
{
    bool strict = *(bool *)context;
    bool ok = true;

    for (int i = 0; ok && i < 300; i++) {
        bson_t *document = BCON_NEW("title", "word", "id", BCON_INT32(i));

        fill_fields(document, strict);
        ok = store_insert(store, &posts, document, NULL, err);
        bson_destroy(document);
    }
    return ok;
}

static void compare_filters(struct place *place, bool strict)
{
    struct documents all;

    must(place, store_write(place->store, insert_some, &strict, &place->err));
    all = find(place, &posts, (struct query){0});
    assert_int_equal(all.count, 300);
    for (int round = 0; round < contract_rounds(400); round++) {
        const struct filter *filter = random_filter(&place->arena, 4);
        struct documents found =
            find(place, &posts, (struct query){.where = filter, .count = true});
        size_t at = 0;

        for (size_t i = 0; i < all.count; i++) {
            const struct document *document = &all.items[i];
            bool is_found = at < found.count && strcmp(found.items[at].etag, document->etag) == 0;

            at += is_found;
            if (is_found != filter_matches(filter, document->bson, document->len) &&
                !contract_excuses(filter)) {
                bson_t bytes;
                char *text = NULL;

                if (bson_init_static(&bytes, document->bson, document->len))
                    text = bson_as_json(&bytes, NULL);
                fail_msg("round %d, op %d of %s: found %d: %s", round, filter->op,
                         filter->path ? filter->path : "-", is_found, text);
            }
        }
        assert_int_equal(found.total, found.count);
        assert_int_equal(count(place, &posts, filter), found.count);
    }
}

static void test_random_filters_find_what_they_mean(void **state)
{
    dice_state = 1;
    compare_filters(*state, false);
}

static void test_random_filters_find_what_they_mean_where_all_is_as_declared(void **state)
{
    dice_state = 2;
    compare_filters(*state, true);
}

static int by_key(const struct order_key *a, const struct order_key *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->bytes, b->bytes, len);

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static void check_order(struct place *place, const struct sort *sort, size_t keys)
{
    struct documents found = find(place, &posts, (struct query){.sort = sort, .sort_count = keys});

    assert_int_equal(found.count, 300);
    for (size_t i = 1; i < found.count; i++) {
        const struct document *a = &found.items[i - 1], *b = &found.items[i];
        int order = 0;

        for (size_t k = 0; k <= keys && order == 0; k++) {
            const char *path = k < keys ? sort[k].path : "_id";
            bool ascending = k < keys ? !sort[k].descending : !sort[keys - 1].descending;
            struct order_key left = order_key(&place->arena, a->bson, a->len, path, ascending);
            struct order_key right = order_key(&place->arena, b->bson, b->len, path, ascending);

            order = by_key(&left, &right) * (ascending ? 1 : -1);
        }
        assert_true(order < 0);
    }
}

static void test_random_orders_sort_as_they_mean(void **state)
{
    struct place *place = *state;
    bool strict = false;

    dice_state = 3;
    must(place, store_write(place->store, insert_some, &strict, &place->err));
    for (int round = 0; round < contract_rounds(40); round++) {
        struct sort sort[2] = {{any_path(), dice(2)}, {any_path(), dice(2)}};
        bool both = dice(2) && strcmp(sort[0].path, sort[1].path) != 0;

        check_order(place, sort, 1 + both);
    }
}

static void insert_text(struct place *place, const char *id, const char *text, int len)
{
    bson_t *document = BCON_NEW("title", "t", "id", id);

    bson_append_utf8(document, "author", -1, text, len);
    must(place, insert(place, &posts, document));
}

static void test_texts_are_found_in_texts_byte_by_byte(void **state)
{
    struct place *place = *state;
    bson_value_t hidden = value_text("b");
    bson_value_t with_nul = value_text("a");

    with_nul.value.v_utf8.str = (char[]){"a\0B"};
    with_nul.value.v_utf8.len = 3;
    insert_text(place, "1", "a\0b", 3);
    insert_text(place, "2", "xa\0Bx", 5);
    insert_text(place, "3",
                "\xC3\xA4"
                "b",
                -1);
    must(place, insert(place, &posts, BCON_NEW("title", "t")));
    for (int odd = 0; odd < 2; odd++) {
        assert_int_equal(
            count(place, &posts, filter_compare(&place->arena, FILTER_CONTAINS, "author", hidden)),
            2);
        assert_int_equal(count(place, &posts,
                               filter_compare(&place->arena, FILTER_CONTAINS, "author", with_nul)),
                         1);
        assert_int_equal(
            count(place, &posts,
                  filter_compare(&place->arena, FILTER_CONTAINS, "author", value_text(""))),
            3);
        assert_int_equal(
            count(place, &posts,
                  filter_compare(&place->arena, FILTER_CONTAINS, "author", value_text("B"))),
            1);
        if (!odd)
            must(place, insert(place, &posts, BCON_NEW("title", "t", "author", BCON_INT32(5))));
    }
}

/* -- paging and counting ----------------------------------------------------------------------- */

static void test_pages_follow_one_another(void **state)
{
    struct place *place = *state;
    struct sort by_score = {"score", true};
    struct documents found;

    for (int i = 0; i < 25; i++)
        must(place, insert(place, &posts, BCON_NEW("title", "t", "score", BCON_INT32(i))));
    found = find(
        place, &posts,
        (struct query){.sort = &by_score, .sort_count = 1, .skip = 20, .limit = 10, .count = true});
    assert_int_equal(found.count, 5);
    assert_int_equal(found.total, 25);
    assert_int_equal(number_in(&found.items[0], "score"), 4);
    found = find(place, &posts, (struct query){.limit = -1, .count = true});
    assert_int_equal(found.count, 0);
    assert_int_equal(found.total, 25);
}

static void test_many_ids_are_found_at_once(void **state)
{
    struct place *place = *state;
    bson_value_t ids[40];
    char names_of[40][8];

    for (int i = 0; i < 40; i++) {
        snprintf(names_of[i], sizeof(names_of[i]), "p%02d", i);
        ids[i] = value_text(names_of[i]);
        if (i % 2)
            must(place, insert(place, &likes, BCON_NEW("_id", names_of[i])));
    }
    assert_int_equal(
        count(place, &likes,
              filter_among(&place->arena, FILTER_IN, "_id", (struct filter_values){ids, 40})),
        20);
}

static void test_creation_can_be_asked_for_and_sorted_by(void **state)
{
    struct place *place = *state;
    struct sort newest = {"_created", true};
    struct documents found;
    int64_t now = clock_now_ms();

    must(place, insert(place, &likes, BCON_NEW("_id", "a")));
    clock_shift_ms(60000);
    must(place, insert(place, &likes, BCON_NEW("_id", "b")));
    found = find(place, &likes, (struct query){.sort = &newest, .sort_count = 1});
    assert_string_equal(text_in(&found.items[0], "_id"), "b");
    assert_int_equal(
        count(place, &likes,
              filter_compare(&place->arena, FILTER_GT, "_created", value_date(now + 30000))),
        1);
}

struct visits {
    int64_t seen;
    int64_t last;
    int64_t most;
};

static bool visit(void *context, const struct document *document)
{
    struct visits *visits = context;
    int64_t id = number_in(document, "_id");

    assert_true(id > visits->last);
    visits->last = id;
    return ++visits->seen < visits->most;
}

static void test_each_visits_all_in_the_order_of_ids(void **state)
{
    struct place *place = *state;
    struct visits visits = {.last = -1, .most = 1000};

    for (int i = 0; i < 250; i++)
        must(place, insert(place, &numbered, BCON_NEW("_id", BCON_INT32(i * 7 % 250))));
    must(place, store_each(place->store, &numbered, visit, &visits, &place->err));
    assert_int_equal(visits.seen, 250);
    visits = (struct visits){.last = -1, .most = 120};
    must(place, store_each(place->store, &numbered, visit, &visits, &place->err));
    assert_int_equal(visits.seen, 120);
}

#endif
