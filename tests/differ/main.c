/* SPDX-License-Identifier: MIT */
/* differ ADDRESS < program > answers */
#include "differ.h"

#include "../../lib/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer(struct differ *differ, const bson_t *line)
{
    const char *name = member_text(line, "op");

    if (!name)
        name = "";
    if (strcmp(name, "work") == 0) {
        answer_work(differ, line);
    } else if (strcmp(name, "clock") == 0) {
        clock_stand(member_number(line, "ms"));
        buf_puts(&differ->answer, "{}");
    } else if (!answer_read(differ, differ->store, name, line)) {
        buf_printf(&differ->answer, "{\"error\":\"no operation\"}");
    }
}

static bool run_line(struct differ *differ, const bson_t *line, struct error *err)
{
    if (!differ->collection_count) {
        if (!declare(differ, line, err))
            return false;
        buf_puts(&differ->answer, "{}");
    } else {
        answer(differ, line);
    }
    buf_byte(&differ->answer, '\n');
    if (fwrite(differ->answer.data, 1, differ->answer.len, stdout) != differ->answer.len)
        return fail(err, ERROR_INTERNAL, "nobody takes the answers");
    differ->answer.len = 0;
    arena_clear(&differ->arena);
    return true;
}

/* Whole lines, until there are no more. */
static bool run(struct differ *differ, struct error *err)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t len;
    bool ok = true;

    while (ok && (len = getline(&text, &room, stdin)) > 0) {
        bson_error_t why;
        bson_t *line = bson_new_from_json((const uint8_t *)text, len, &why);

        if (!line) {
            ok = fail(err, ERROR_INVALID, "%s", why.message);
            break;
        }
        ok = run_line(differ, line, err);
        bson_destroy(line);
    }
    free(text);
    return ok;
}

int main(int argc, char **argv)
{
    struct store_options options = {.queue = 1000, .needs_set = "a work", .wait_s = 10};
    struct differ *differ = calloc(1, sizeof(*differ));
    struct error err = {0};
    bool ok = false;

    if (argc != 2 || !differ) {
        fprintf(stderr, "usage: differ ADDRESS < program > answers\n");
        free(differ);
        return 2;
    }
    differ->store = store_open(argv[1], &options, &err);
    if (differ->store) {
        ok = run(differ, &err);
        store_thread_end(differ->store);
        store_close(differ->store);
    }
    if (!ok)
        fprintf(stderr, "differ: %s\n", err.message);
    buf_release(&differ->answer);
    arena_release(&differ->arena);
    arena_release(&differ->lasting);
    free(differ);
    return ok ? 0 : 1;
}
