/* SPDX-License-Identifier: MIT */
/* SETTINGS.md against the tables. */
#include "../settings_tables.h"

#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>
#include <cmocka.h>

static char text[64 * 1024];

static int load(void **state)
{
    FILE *file = fopen("rest/SETTINGS.md", "re");
    size_t len;

    (void)state;
    assert_non_null(file);
    len = fread(text, 1, sizeof(text) - 1, file);
    text[len] = '\0';
    fclose(file);
    return len == 0;
}

/* Every name stands there as code. */
static void assert_documented(const struct entry *entries, bool capitals)
{
    for (; entries->name; entries++) {
        char name[80], *at = name;

        snprintf(name, sizeof(name), "`%s`", entries->name);
        for (; capitals && *at; at++)
            *at = (char)toupper((unsigned char)*at);
        if (!strstr(text, name))
            fail_msg("SETTINGS.md lacks %s", name);
    }
}

static void test_every_key_is_documented(void **state)
{
    (void)state;
    assert_documented(global_entries, true);
    assert_documented(common_entries, true);
    assert_documented(resource_entries, false);
    assert_documented(draft_entries, false);
    assert_documented(datasource_entries, false);
    assert_documented(rule_entries, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_key_is_documented)};

    return cmocka_run_group_tests(tests, load, NULL);
}
