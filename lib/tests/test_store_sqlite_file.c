/* SPDX-License-Identifier: MIT */
/* What may happen to the embedded store's file: crashes, other processes, a full disk, other data.
 */
#include "store_files.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* -- crashes ----------------------------------------------------------------------------------- */

enum { PRODUCERS = 16 };

struct producer {
    struct store_work work;
    struct store *store;
    int n;
    int out;
};

static bool run_producer(struct store_work *work, struct store *store)
{
    struct producer *producer = (struct producer *)work;
    struct error err;

    return put_note(&(struct note){.n = producer->n, .ballast = 100}, store, &err);
}

/* What is told outside was committed. */
static void end_producer(struct store_work *work, bool committed, const struct error *err)
{
    struct producer *producer = (struct producer *)work;
    struct error refused;

    (void)err;
    if (!committed || write(producer->out, &producer->n, sizeof(producer->n)) < 0)
        _exit(1);
    producer->n += PRODUCERS;
    if (!store_submit(producer->store, work, &refused))
        _exit(1);
}

static void produce_for_ever(struct folder *folder, int out)
{
    static struct producer producers[PRODUCERS];
    struct store *store = open_notes(folder);
    struct error err;

    for (int i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){.work = {.run = run_producer, .done = end_producer},
                                         .store = store,
                                         .n = i,
                                         .out = out};
        if (!store_submit(store, &producers[i].work, &err))
            _exit(1);
    }
    for (;;)
        pause();
}

static void test_nothing_acknowledged_is_lost_when_the_process_is_killed(void **state)
{
    struct folder *folder = *state;
    struct store *store;
    int pipes[2], told = 0, n;
    bool known[200000] = {false};
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0)
        produce_for_ever(folder, pipes[1]);
    close(pipes[1]);
    while (read(pipes[0], &n, sizeof(n)) == sizeof(n) && n < 200000) {
        known[n] = true;
        if (++told == 3000)
            kill(child, SIGKILL);
    }
    close(pipes[0]);
    waitpid(child, NULL, 0);
    assert_true(told >= 3000);
    store = open_notes(folder);
    for (int i = 0; i < 200000; i++)
        if (known[i] && !has(store, i))
            fail_msg("%d was acknowledged and is lost", i);
    assert_true(count_of(store, &notes, NULL) >= told);
    assert_int_equal(
        count_of(store, &notes, NULL),
        count_of(store, &notes,
                 &(struct filter){.op = FILTER_GTE, .path = "n", .value = value_int(0)}));
    store_close(store);
}

/* -- other processes --------------------------------------------------------------------------- */

/* Writes for as long as the parent holds the pipe open; exits with its count in tens. */
static void write_until_told(struct folder *folder, int first, int begin, int counts)
{
    struct store *store = open_notes(folder);
    int n = 0;
    char go;

    if (read(begin, &go, 1) != 1)
        _exit(1);
    for (int64_t end = clock_monotonic_us() + 700000; clock_monotonic_us() < end; n++)
        must_put(store, first + n);
    if (write(counts, &n, sizeof(n)) != sizeof(n))
        _exit(1);
    store_close(store);
    _exit(0);
}

static void test_processes_take_turns_on_one_file(void **state)
{
    struct folder *folder = *state;
    int begin[2], counts[2], n[3], status;
    pid_t children[3];
    struct store *store;

    store_close(open_notes(folder));
    assert_int_equal(pipe(begin), 0);
    assert_int_equal(pipe(counts), 0);
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i] == 0)
            write_until_told(folder, i * 100000, begin[0], counts[1]);
    }
    assert_int_equal(write(begin[1], "go!", 3), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(read(counts[0], &n[i], sizeof(n[i])), sizeof(n[i]));
    for (int i = 0; i < 3; i++) {
        waitpid(children[i], &status, 0);
        assert_int_equal(status, 0);
        assert_true(n[i] * 5 > n[(i + 1) % 3]);
    }
    store = open_notes(folder);
    assert_int_equal(count_of(store, &notes, NULL), n[0] + n[1] + n[2]);
    store_close(store);
    for (int i = 0; i < 2; i++) {
        close(begin[i]);
        close(counts[i]);
    }
}

static void test_commits_of_others_are_noticed(void **state)
{
    struct folder *folder = *state;
    struct store *mine = open_notes(folder), *other = open_notes(folder);
    uint64_t before = store_version(mine, &notes);
    int64_t end = clock_monotonic_us() + 5000000;

    must_put(other, 1);
    while (store_version(mine, &notes) == before && clock_monotonic_us() < end)
        sched_yield();
    assert_true(store_version(mine, &notes) > before);
    assert_true(has(mine, 1));
    store_close(other);
    store_close(mine);
}

/* -- what is there already --------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (int i = 0; i < 300; i++)
        fputs(text, file);
    fclose(file);
}

static bool opens(struct folder *folder, struct store_options options)
{
    struct store *store = store_open(folder->address, &options, &folder->err);

    store_close(store);
    return store != NULL;
}

static void test_other_files_are_left_alone(void **state)
{
    struct folder *folder = *state;
    sqlite3 *db;

    write_file(folder->file, "this is no database, it is a letter. ");
    must_say(folder, opens(folder, (struct store_options){0}), ERROR_INTERNAL, "not a database");
    unlink(folder->file);
    assert_int_equal(sqlite3_open(folder->file, &db), SQLITE_OK);
    sqlite3_exec(db, "CREATE TABLE mine(a)", NULL, NULL, NULL);
    sqlite3_close(db);
    must_say(folder, opens(folder, (struct store_options){0}), ERROR_INTERNAL, "another program");
}

static void test_a_newer_layout_is_refused(void **state)
{
    struct folder *folder = *state;
    sqlite3 *db;

    store_close(open_notes(folder));
    assert_int_equal(sqlite3_open(folder->file, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL);
    sqlite3_close(db);
    must_say(folder, opens(folder, (struct store_options){0}), ERROR_INTERNAL, "newer");
}

static void test_a_damaged_file_is_told_apart_from_missing_documents(void **state)
{
    struct folder *folder = *state;
    struct store *store = open_notes(folder);
    char zeros[4096];
    struct stat info;
    int file;

    for (int i = 0; i < 200; i++)
        must_put(store, i);
    store_close(store);
    memset(zeros, 0xa5, sizeof(zeros));
    file = open(folder->file, O_WRONLY);
    assert_int_equal(fstat(file, &info), 0);
    for (off_t at = 4096; at < info.st_size; at += 4096)
        assert_int_equal(pwrite(file, zeros, sizeof(zeros), at), sizeof(zeros));
    close(file);
    must_say(folder, opens(folder, (struct store_options){0}), ERROR_INTERNAL, folder->file);
}

static void test_addresses_that_mean_nothing_are_refused(void **state)
{
    struct folder *folder = *state;
    struct store_options options = {0};

    must_say(folder, store_open("postgres://x", &options, &folder->err) != NULL, ERROR_INTERNAL,
             "postgres");
    must_say(folder, store_open("Mongodb://u:s3cret@h/", &options, &folder->err) != NULL,
             ERROR_INTERNAL, "address");
    assert_null(strstr(folder->err.message, "s3cret"));
    must_say(folder, store_open("sqlite:", &options, &folder->err) != NULL, ERROR_INTERNAL, "path");
    must_say(folder, store_open("sqlite:/proc/none/a.db", &options, &folder->err) != NULL,
             ERROR_INTERNAL, "/proc/none");
}

static void test_a_store_for_reading_does_not_change(void **state)
{
    struct folder *folder = *state;
    struct store_options options = {.read_only = true};
    struct store *store;

    must_say(folder, opens(folder, options), ERROR_INTERNAL, "a.db");
    store = open_notes(folder);
    must_put(store, 1);
    store_close(store);
    store = open_with(folder, &notes, options);
    assert_true(has(store, 1));
    must_say(folder, put(store, 2, &folder->err), ERROR_INTERNAL, "reading only");
    store_close(store);
}

static void test_a_memory_store_leaves_nothing_behind(void **state)
{
    struct folder *folder = *state;
    struct store_options options = {0};
    struct store *store = store_open("sqlite::memory:", &options, &folder->err);
    char *directory;

    assert_non_null(store);
    directory = strdup(sqlite_of(store)->directory);
    assert_int_equal(access(directory, F_OK), 0);
    store_close(store);
    assert_int_equal(access(directory, F_OK), -1);
    free(directory);
}

static void test_what_a_killed_process_left_is_taken_away(void **state)
{
    struct folder *folder = *state;
    struct store_options options = {0};
    char directory[64] = "";
    struct store *store;
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        store = store_open("sqlite::memory:", &options, &folder->err);
        snprintf(directory, sizeof(directory), "%s", store ? sqlite_of(store)->directory : "");
        if (write(ends[1], directory, sizeof(directory)) < 0)
            _exit(1);
        pause();
    }
    assert_int_equal(read(ends[0], directory, sizeof(directory)), sizeof(directory));
    close(ends[0]);
    close(ends[1]);
    store = store_open("sqlite::memory:", &options, &folder->err);
    assert_int_equal(access(directory, F_OK), 0); /* it is in use */
    store_close(store);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    store = store_open("sqlite::memory:", &options, &folder->err);
    assert_int_equal(access(directory, F_OK), -1);
    assert_int_equal(access(sqlite_of(store)->directory, F_OK), 0);
    store_close(store);
}

/* -- a full disk ------------------------------------------------------------------------------- */

static void write_until_full(struct folder *folder)
{
    struct rlimit small = {.rlim_cur = 256 * 1024, .rlim_max = RLIM_INFINITY};
    struct store *store = open_notes(folder);
    struct error err = {0};
    int n = 0;

    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &small) != 0)
        _exit(2);
    while (n < 1000 && store_write(store, put_note, &(struct note){.n = n, .ballast = 3000}, &err))
        n++;
    if (n == 1000 || n < 5 || err.kind != ERROR_INTERNAL || !has(store, n - 1) || has(store, n))
        _exit(3);
    small.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &small);
    if (!put(store, 5000, &err) || count_of(store, &notes, NULL) != n + 1)
        _exit(4);
    store_close(store);
    _exit(0);
}

static void test_a_full_disk_fails_changes_and_keeps_the_rest(void **state)
{
    struct folder *folder = *state;
    int status;
    pid_t child = fork();

    if (child == 0)
        write_until_full(folder);
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(test_nothing_acknowledged_is_lost_when_the_process_is_killed),
        in_folder(test_processes_take_turns_on_one_file),
        in_folder(test_commits_of_others_are_noticed),
        in_folder(test_other_files_are_left_alone),
        in_folder(test_a_newer_layout_is_refused),
        in_folder(test_a_damaged_file_is_told_apart_from_missing_documents),
        in_folder(test_addresses_that_mean_nothing_are_refused),
        in_folder(test_a_store_for_reading_does_not_change),
        in_folder(test_a_memory_store_leaves_nothing_behind),
        in_folder(test_what_a_killed_process_left_is_taken_away),
        in_folder(test_a_full_disk_fails_changes_and_keeps_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
