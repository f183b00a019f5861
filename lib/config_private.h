/* SPDX-License-Identifier: MIT */
/* What the files of config share. */
#ifndef DECANT_CONFIG_PRIVATE_H
#define DECANT_CONFIG_PRIVATE_H

#include "config.h"

enum { CONFIG_NAME_SIZE = 64 }; /* of a setting's name with its NUL */

/* "max-body" as MAX_BODY. */
void config_environment_name(const char *name, char out[CONFIG_NAME_SIZE]);

/* Read text as setting says and store it in the struct at into. The message of a refusal goes on
 * from the value's source: "is not a whole number". */
bool config_store(const struct setting *setting, void *into, const char *text, struct error *err);

/* Print the page of --help to stdout. */
void config_print_help(const struct program *program);

/* The name of a setting nearest to one that is none, or NULL if nothing is near. */
const char *config_nearest(const struct program *program, const char *name);

#endif
