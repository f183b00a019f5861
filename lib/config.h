/* SPDX-License-Identifier: MIT */
/* Settings from the command line (`--name=value`) and the environment (NAME, dashes become
 * underscores), the command line winning. Every program prints them all with `--help`. */
#ifndef DECANT_CONFIG_H
#define DECANT_CONFIG_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

enum setting_type {
    SETTING_TEXT,   /* const char *; points into argv, the environment or the table */
    SETTING_INT,    /* int, between least and most */
    SETTING_BOOL,   /* bool; `--name` alone means true; true false yes no on off 1 0 */
    SETTING_SIZE,   /* size_t bytes; suffix K, M or G (powers of 1024) */
    SETTING_MS,     /* int ms; suffix ms, s, m or h; a bare number is ms */
    SETTING_CHOICE, /* int, index into choices */
};

struct setting {
    const char *name; /* "max-body" */
    enum setting_type type;
    size_t offset;       /* of the member in the struct the group fills */
    const char *initial; /* default, in the notation of the command line; NULL: required */
    const char *help;    /* one line, meaning and unit */
    long least;          /* SETTING_INT, SETTING_MS (ms) and SETTING_SIZE (bytes) */
    long most;           /* both 0: unbounded */
    const char *choices; /* SETTING_CHOICE: "full|normal" */
};

struct setting_group {
    const struct setting *settings; /* ends with .name NULL */
    void *into;
};

struct program {
    const char *name;
    const char *about;                  /* one or two lines for --help */
    const char *arguments;              /* "FILE…" for --help, or NULL if none are taken */
    const struct setting_group *groups; /* ends with .settings NULL */
    const char *version;                /* for --version; NULL: "unknown" */
};

enum config_result {
    CONFIG_RUN,  /* all set; go on */
    CONFIG_DONE, /* --help or --version was answered; exit 0 */
    CONFIG_BAD,  /* one sentence went to stderr; exit 2 */
};

/* Fill every group. *first_argument becomes the index in argv of the first argument that is no
 * setting (argc if none); such an argument is CONFIG_BAD where the program takes none. A lone `-`
 * is an argument; `--` ends settings; a setting behind an argument is CONFIG_BAD. Of a setting
 * given twice the last counts. An environment variable that is empty counts as not set. An unknown
 * flag's sentence suggests the nearest name. */
enum config_result config_load(const struct program *program, int argc, char **argv,
                               int *first_argument);

/* For main(): the same, but the process ends where it is not to go on (0 after --help or --version,
 * 2 after a mistake). Returns the first argument's index. */
int config_load_or_exit(const struct program *program, int argc, char **argv);

#endif
