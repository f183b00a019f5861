/* SPDX-License-Identifier: MIT */
/* What rows are made of, beneath the store's contract. */
#include "../store_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_every_octet_of_an_etag_has_its_digits(void **state)
{
    (void)state;
    for (int octet = 0; octet < 256; octet++) {
        uint8_t etag[20];
        char text[41], want[3];

        for (int at = 0; at < 20; at++)
            etag[at] = (uint8_t)(octet + at);
        read_etag(etag, text);
        assert_int_equal(strlen(text), 40);
        for (int at = 0; at < 20; at++) {
            snprintf(want, sizeof(want), "%02x", etag[at]);
            assert_memory_equal(text + 2 * at, want, 2);
        }
    }
}

static void test_all_columns_are_filled_as_each_alone_would_be(void **state)
{
    static const struct columns columns = {
        .items = {{.number = 0, .path = "n", .type = TYPE_INT},
                  {.number = 1, .path = "n", .type = TYPE_TEXT},
                  {.number = 2, .path = "o.in", .type = TYPE_INT},
                  {.number = 4, .path = "missing", .type = TYPE_INT},
                  {.number = 5, .path = "_id", .type = TYPE_OBJECT_ID},
                  {.number = 6, .path = "null", .type = TYPE_INT},
                  {.number = 7, .path = "o", .type = TYPE_TEXT}},
        .count = 7};
    bson_oid_t oid;
    bson_t document = BSON_INITIALIZER, inner;
    struct cell cells[MAX_COLUMNS], alone;
    struct bson_bytes bytes;
    uint64_t odd, want = 0;

    (void)state;
    bson_oid_init_from_string(&oid, "0123456789abcdef01234567");
    BSON_APPEND_OID(&document, "_id", &oid);
    BSON_APPEND_INT32(&document, "n", 7);
    BSON_APPEND_UTF8(&document, "n", "only the first of a name counts");
    BSON_APPEND_INT32(&document, "o.in", 1);
    BSON_APPEND_NULL(&document, "null");
    BSON_APPEND_DOCUMENT_BEGIN(&document, "o", &inner);
    BSON_APPEND_INT64(&inner, "in", 8);
    bson_append_document_end(&document, &inner);
    bytes = (struct bson_bytes){bson_get_data(&document), document.len};
    odd = cells_of_document(&columns, &bytes, cells);
    for (size_t i = 0; i < columns.count; i++) {
        if (!cell_of_field(&bytes, columns.items[i].path, columns.items[i].type, &alone))
            want |= UINT64_C(1) << columns.items[i].number;
        assert_true(cell_equal(&alone, &cells[i]));
    }
    assert_int_equal(odd, want);
    assert_int_equal(odd, 1U << 1 | 1U << 7);
    assert_int_equal(cells[2].number, 8);
    bson_destroy(&document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_octet_of_an_etag_has_its_digits),
        cmocka_unit_test(test_all_columns_are_filled_as_each_alone_would_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
