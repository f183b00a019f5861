/* SPDX-License-Identifier: MIT */
/* The contract on MongoDB, on the server that MONGO_TEST_URI names: each test in a database of its
 * own, dropped at the end. */
#include "../../tests/store_contract_list.h"
#include "place.h"

static char addresses[512][ADDRESS_SIZE];
static int made;

static const char *contract_address(void)
{
    assert_true(made < 512 && place_address(addresses[made], made));
    return addresses[made++];
}

/* Each takes a command or two of the server. */
static int contract_rounds(int usual)
{
    return (usual + 3) / 4;
}

/* SecantusDB finds remainders of numbers that no 64-bit integer can hold, for which MongoDB finds
 * none (https://www.mongodb.com/docs/manual/reference/operator/query/mod/). */
static bool is_secantus(void)
{
    static int known = -1;
    struct other other;
    bson_t *hello, reply;
    bson_iter_t iter;

    if (known < 0) {
        other = other_open(addresses[0]);
        hello = BCON_NEW("hello", BCON_INT32(1));
        mongoc_client_command_simple(other.client, "admin", hello, NULL, &reply, NULL);
        known = bson_iter_init_find(&iter, &reply, "setName") && BSON_ITER_HOLDS_UTF8(&iter) &&
                strcmp(bson_iter_utf8(&iter, NULL), "secantus") == 0;
        bson_destroy(hello);
        bson_destroy(&reply);
        other_close(&other, false);
    }
    return known;
}

static bool asks_for_remainders(const struct filter *filter)
{
    bool asks = filter->op == FILTER_MOD;

    for (size_t i = 0; !asks && filter->children && i < filter->count; i++)
        asks = asks_for_remainders(filter->children[i]);
    return asks;
}

static bool contract_excuses(const struct filter *filter)
{
    return asks_for_remainders(filter) && is_secantus();
}

static void drop_all(void)
{
    for (int i = 0; i < made; i++) {
        struct other other = other_open(addresses[i]);

        other_close(&other, true);
    }
}

/* Every so many'th test from one on: "2/4" is the second quarter of them. */
static size_t share_of(const char *text, struct CMUnitTest tests[])
{
    const size_t all = sizeof(contract_tests) / sizeof(*contract_tests);
    size_t part = 1, parts = 1, count = 0;

    if (text && (sscanf(text, "%zu/%zu", &part, &parts) != 2 || part < 1 || part > parts))
        return 0;
    for (size_t i = part - 1; i < all; i += parts)
        tests[count++] = contract_tests[i];
    return count;
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[sizeof(contract_tests) / sizeof(*contract_tests)];
    size_t count = share_of(argc > 1 ? argv[1] : NULL, tests);
    int failed;

    if (!count) {
        fprintf(stderr, "%s: %s: no part of the tests (2/4, say)\n", argv[0], argv[1]);
        return 2;
    }
    if (!getenv("MONGO_TEST_URI")) {
        puts("skip: the store's contract on MongoDB (no MONGO_TEST_URI)");
        return 0;
    }
    if (getenv("ONLY"))
        cmocka_set_test_filter(getenv("ONLY"));
    failed = _cmocka_run_group_tests("on MongoDB", tests, count, NULL, NULL);
    drop_all();
    return failed;
}
