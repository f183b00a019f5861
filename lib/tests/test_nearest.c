/* SPDX-License-Identifier: MIT */
#include "../nearest.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

static const char *nearest_of(const char *name)
{
    static const char *const candidates[] = {"maxlength", "minlength", "min", "required"};
    struct nearest nearest = nearest_to(name);

    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
        nearest_consider(&nearest, candidates[i]);
    return nearest.best;
}

static void test_a_name_with_a_slip_has_a_nearest_one(void **state)
{
    (void)state;
    assert_string_equal(nearest_of("maxlenght"), "maxlength");
    assert_string_equal(nearest_of("requird"), "required");
    assert_string_equal(nearest_of("mini"), "min");
}

static void test_nothing_is_near_to_another_word(void **state)
{
    (void)state;
    assert_null(nearest_of("embeddable"));
    assert_null(nearest_to("min").best);
}

static void test_names_too_long_to_compare_have_no_nearest(void **state)
{
    char name[200];

    (void)state;
    memset(name, 'm', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_null(nearest_of(name));
    name[NEAREST_NAME_SIZE] = '\0';
    assert_null(nearest_of(name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_with_a_slip_has_a_nearest_one),
        cmocka_unit_test(test_nothing_is_near_to_another_word),
        cmocka_unit_test(test_names_too_long_to_compare_have_no_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
