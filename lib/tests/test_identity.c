/* SPDX-License-Identifier: MIT */
#include "../clock.h"
#include "../identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/test-identity-XXXXXX";
static char key_path[64];
static struct arena arena;
static struct identity *identity;

static void write_key(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static int set_up(void **state)
{
    struct error err;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(key_path, sizeof(key_path), "%s/key", folder);
    identity = identity_open(key_path, true, &err);
    return identity ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    identity_close(identity);
    arena_release(&arena);
    unlink(key_path);
    return rmdir(folder);
}

static void test_a_sealed_value_opens_again(void **state)
{
    int64_t later = clock_now_ms() + 1000;
    char *sealed = identity_seal(identity, &arena, "flash", "Ünï \"x\" . 1", later);

    (void)state;
    assert_string_equal(identity_unseal(identity, &arena, "flash", sealed), "Ünï \"x\" . 1");
    assert_int_equal(
        strspn(sealed, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"),
        strlen(sealed));
}

static void test_a_sealed_value_is_bound_to_its_purpose_and_time(void **state)
{
    char *sealed = identity_seal(identity, &arena, "flash", "x", clock_now_ms() + 1000);

    (void)state;
    assert_null(identity_unseal(identity, &arena, "login", sealed));
    clock_shift_ms(2000);
    assert_null(identity_unseal(identity, &arena, "flash", sealed));
    clock_shift_ms(0);
    assert_non_null(identity_unseal(identity, &arena, "flash", sealed));
}

static void test_what_is_too_long_or_nobody_is_not_sealed(void **state)
{
    char text[1002];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[1001] = '\0';
    assert_null(identity_seal(identity, &arena, "flash", text, INT64_MAX));
    text[1000] = '\0';
    assert_non_null(identity_seal(identity, &arena, "flash", text, INT64_MAX));
    assert_null(identity_token(identity, &arena, "", "likes", INT64_MAX));
    assert_null(identity_token(identity, &arena, "a.b", "likes", INT64_MAX));
}

static void test_every_changed_character_spoils_a_seal(void **state)
{
    char *sealed = identity_seal(identity, &arena, "flash", "value", clock_now_ms() + 100000);

    (void)state;
    for (size_t i = 0; sealed[i]; i++) {
        char was = sealed[i];

        sealed[i] = was == 'A' ? 'B' : 'A';
        assert_null(identity_unseal(identity, &arena, "flash", sealed));
        sealed[i] = was;
    }
    assert_non_null(identity_unseal(identity, &arena, "flash", sealed));
}

static void test_garbage_is_no_seal(void **state)
{
    static const char *const texts[] = {"", ".", "..", "a", "a.b", "a.b.c", "....", "a.1.AAAA"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_null(identity_unseal(identity, &arena, "flash", texts[i]));
        assert_null(identity_token_user(identity, &arena, texts[i], "likes"));
        assert_false(identity_form_token_ok(identity, "session", texts[i]));
    }
}

static void test_a_token_is_for_one_audience_or_for_all(void **state)
{
    int64_t later = clock_now_ms() + 1000;
    char *one = identity_token(identity, &arena, "alice", "likes", later);
    char *all = identity_token(identity, &arena, "alice", "*", later);

    (void)state;
    assert_string_equal(identity_token_user(identity, &arena, one, "likes"), "alice");
    assert_null(identity_token_user(identity, &arena, one, "share"));
    assert_string_equal(identity_token_user(identity, &arena, all, "share"), "alice");
}

static void test_a_form_token_belongs_to_its_session(void **state)
{
    char *token = identity_form_token(identity, &arena, "session-1");

    (void)state;
    assert_true(identity_form_token_ok(identity, "session-1", token));
    assert_false(identity_form_token_ok(identity, "session-2", token));
    assert_string_not_equal(token, identity_form_token(identity, &arena, "session-1"));
    token[5] = token[5] == 'A' ? 'B' : 'A';
    assert_false(identity_form_token_ok(identity, "session-1", token));
}

static void test_an_old_key_still_opens_after_rotation(void **state)
{
    char *sealed = identity_seal(identity, &arena, "flash", "x", clock_now_ms() + 100000);
    char line[70] = {0};
    char both[200];
    struct error err;
    struct identity *rotated;
    FILE *file = fopen(key_path, "r");
    char path[64];

    (void)state;
    assert_non_null(fgets(line, sizeof(line), file));
    fclose(file);
    snprintf(both, sizeof(both), "%064d\n%s", 1, line);
    snprintf(path, sizeof(path), "%s/rotated", folder);
    write_key(path, both, 0600);
    rotated = identity_open(path, false, &err);
    assert_non_null(rotated);
    assert_string_equal(identity_unseal(rotated, &arena, "flash", sealed), "x");
    sealed = identity_seal(rotated, &arena, "flash", "y", clock_now_ms() + 100000);
    assert_null(identity_unseal(identity, &arena, "flash", sealed));
    identity_close(rotated);
    unlink(path);
}

static void test_a_bad_key_file_is_refused(void **state)
{
    static const struct {
        const char *text;
        mode_t mode;
        const char *says;
    } cases[] = {
        {"", 0600, "64 hex digits"},
        {"abc\n", 0600, "64 hex digits"},
        {"zz00000000000000000000000000000000000000000000000000000000000000\n", 0600, "64 hex"},
        {"0000000000000000000000000000000000000000000000000000000000000000\n", 0644, "others"},
    };
    char path[64];
    struct error err;

    (void)state;
    snprintf(path, sizeof(path), "%s/bad", folder);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_key(path, cases[i].text, cases[i].mode);
        assert_null(identity_open(path, true, &err));
        assert_non_null(strstr(err.message, cases[i].says));
        unlink(path);
    }
    assert_null(identity_open(path, false, &err));
    assert_null(identity_open("/nowhere/at/all", true, &err));
}

static void test_processes_that_start_at_once_share_one_key(void **state)
{
    char path[64];
    char first[100] = {0};
    struct stat status;
    FILE *file;

    (void)state;
    snprintf(path, sizeof(path), "%s/raced", folder);
    for (int i = 0; i < 8; i++) {
        if (fork() == 0) {
            struct error err;
            struct arena own = {0};
            struct identity *mine = identity_open(path, true, &err);
            char *sealed = mine ? identity_seal(mine, &own, "p", "v", INT64_MAX) : NULL;
            struct identity *again = identity_open(path, false, &err);

            _exit(sealed && again && identity_unseal(again, &own, "p", sealed) ? 0 : 1);
        }
    }
    for (int i = 0; i < 8; i++) {
        int exited;

        wait(&exited);
        assert_int_equal(exited, 0);
    }
    file = fopen(path, "r");
    assert_non_null(fgets(first, sizeof(first), file));
    assert_int_equal(strlen(first), 65);
    assert_int_equal(fstat(fileno(file), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    fclose(file);
    unlink(path);
}

static void test_passwords_are_told_apart_to_the_last_byte(void **state)
{
    char hash[PASSWORD_HASH_SIZE];
    char password[74];
    struct error err;

    (void)state;
    memset(password, 'x', 73);
    password[73] = '\0';
    assert_true(password_hash(password, hash, &err));
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_true(password_matches(password, hash));
    password[72] = 'y';
    assert_false(password_matches(password, hash));
    assert_false(password_hash_is_old(hash));
}

static void test_the_dummy_hash_costs_as_much_and_matches_nothing(void **state)
{
    (void)state;
    assert_false(password_hash_is_old(password_dummy_hash()));
    assert_false(password_matches("", password_dummy_hash()));
    assert_true(password_hash_is_old("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$"
                                     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

static void test_common_passwords_are_known_and_others_are_not(void **state)
{
    static const char *const common[] = {
        "password",  "Password1", "P@ssw0rd123", "12345678", "123456789012", "qwertyuiop",
        "iloveyou2", "aaaaaaaa",  "abcabcabcab", "1q2w3e4r", "decant2026",   "Sunshine!",
        "00000000",  "letmein!!", "trustno1",    "87654321", "asdfghjkl",    "qwerty123",
    };
    static const char *const fine[] = {
        "correct horse battery",
        "nine lives of a cat",
        "x7f-wretched-plum",
        "Tr0ub4dor&3",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        assert_true(password_is_common(common[i]));
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        assert_false(password_is_common(fine[i]));
}

static void test_digest_and_equality(void **state)
{
    char hex[65];

    (void)state;
    identity_digest("abc", hex); /* FIPS 180-2, appendix B.1 */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(identity_equal("abc", "abc"));
    assert_false(identity_equal("abc", "abd"));
    assert_false(identity_equal("abc", "ab"));
}

static void test_basic_credentials_are_decoded_strictly(void **state)
{
    static const char *const bad[] = {"",          "Basic",          "Basic ",      "Basic dTpz=",
                                      "Basic dTp", "Basic d Tpz",    "Bearer dTpz", "Basic dXM=",
                                      "dTpz",      "Basic dTpzAA==", "Basic /zpz"};
    struct arena here = {0};
    const char *user, *password;

    (void)state;
    assert_true(identity_basic(&here, "Basic dTpz", &user, &password));
    assert_string_equal(user, "u");
    assert_string_equal(password, "s");
    assert_true(identity_basic(&here, "basic  Ojpz", &user, &password));
    assert_string_equal(user, "");
    assert_string_equal(password, ":s");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(identity_basic(&here, bad[i], &user, &password));
    arena_release(&here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sealed_value_opens_again),
        cmocka_unit_test(test_a_sealed_value_is_bound_to_its_purpose_and_time),
        cmocka_unit_test(test_what_is_too_long_or_nobody_is_not_sealed),
        cmocka_unit_test(test_every_changed_character_spoils_a_seal),
        cmocka_unit_test(test_garbage_is_no_seal),
        cmocka_unit_test(test_a_token_is_for_one_audience_or_for_all),
        cmocka_unit_test(test_a_form_token_belongs_to_its_session),
        cmocka_unit_test(test_an_old_key_still_opens_after_rotation),
        cmocka_unit_test(test_a_bad_key_file_is_refused),
        cmocka_unit_test(test_processes_that_start_at_once_share_one_key),
        cmocka_unit_test(test_passwords_are_told_apart_to_the_last_byte),
        cmocka_unit_test(test_the_dummy_hash_costs_as_much_and_matches_nothing),
        cmocka_unit_test(test_common_passwords_are_known_and_others_are_not),
        cmocka_unit_test(test_digest_and_equality),
        cmocka_unit_test(test_basic_credentials_are_decoded_strictly),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
