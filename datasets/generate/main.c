/* SPDX-License-Identifier: MIT */
/* generate - believable posts from a seed, as mongoexport lines on standard output. */
#include "../../lib/config.h"
#include "picture.h"
#include "post.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct options {
    int posts;
    int seed;
    const char *pictures;
    const char *picture_base;
};

static const struct setting settings[] = {
    {"posts", SETTING_INT, offsetof(struct options, posts), "1000", "how many posts", 0, 100000000,
     NULL},
    {"seed", SETTING_INT, offsetof(struct options, seed), "1",
     "posts of one seed and number are always the same", 0, 2147483647, NULL},
    {"pictures", SETTING_TEXT, offsetof(struct options, pictures), "",
     "directory to draw a picture for each third linking post into", 0, 0, NULL},
    {"picture-base", SETTING_TEXT, offsetof(struct options, picture_base), "",
     "URL at which that directory will be served; becomes the posts' thumbnail", 0, 0, NULL},
    {0},
};

static bool flush(struct buf *out, struct error *err)
{
    if (out->len && fwrite(out->data, 1, out->len, stdout) != out->len)
        return fail(err, ERROR_INTERNAL, "cannot write: %s", strerror(errno));
    out->len = 0;
    return true;
}

static bool draw(const struct options *options, const struct generator *generator, uint32_t index,
                 struct error *err)
{
    char id[GENERATED_ID_SIZE];

    if (!*options->pictures || !generated_has_picture(generator, index))
        return true;
    generated_id(generator, index, id);
    return picture_write(options->pictures, id, generator->seed, err);
}

static bool generate(const struct options *options, struct error *err)
{
    struct generator generator = {(uint64_t)options->seed,
                                  *options->picture_base ? options->picture_base : NULL};
    struct buf text = {0};
    struct buf out = {0};
    bool good = true;

    if (*options->pictures && mkdir(options->pictures, 0777) != 0 && errno != EEXIST)
        return fail(err, ERROR_INTERNAL, "cannot make %s: %s", options->pictures, strerror(errno));
    for (uint32_t i = 0; good && i < (uint32_t)options->posts; i++) {
        generated_line(&generator, i, &text, &out);
        good = draw(options, &generator, i, err) && (out.len < 1 << 20 || flush(&out, err));
    }
    good = good && flush(&out, err);
    if (good && fflush(stdout) != 0)
        good = fail(err, ERROR_INTERNAL, "cannot write: %s", strerror(errno));
    buf_release(&text);
    buf_release(&out);
    return good;
}

int main(int argc, char **argv)
{
    struct options options;
    const struct setting_group groups[] = {{settings, &options}, {NULL, NULL}};
    const struct program program = {
        .name = "generate",
        .about = "Believable posts from a seed, as mongoexport lines on standard output.",
        .groups = groups,
    };
    struct error err;

    config_load_or_exit(&program, argc, argv);
    if (generate(&options, &err))
        return 0;
    fprintf(stderr, "generate: %s\n", err.message);
    return 1;
}
