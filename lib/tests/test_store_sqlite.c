/* SPDX-License-Identifier: MIT */
/* The contract on the embedded store, in memory and in a file. */
#include "store_contract_list.h"

#include <unistd.h>

static char folder[] = "/tmp/decant-test-XXXXXX";
static bool in_file;
static int files;

static const char *contract_address(void)
{
    static char address[64];

    if (!in_file)
        return "sqlite::memory:";
    snprintf(address, sizeof(address), "sqlite:%s/made/%d.db", folder, files++);
    return address;
}

static int contract_rounds(int usual)
{
    return usual;
}

static bool contract_excuses(const struct filter *filter)
{
    (void)filter;
    return false;
}

int main(void)
{
    char command[64];
    int failed;

    if (!mkdtemp(folder))
        return 1;
    failed = cmocka_run_group_tests_name("in memory", contract_tests, NULL, NULL);
    in_file = true;
    failed += cmocka_run_group_tests_name("in a file", contract_tests, NULL, NULL);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) != 0 || failed;
}
