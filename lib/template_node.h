/* SPDX-License-Identifier: MIT */
/* What the files of the template module share: the compiled form. Nodes and the texts they refer to
 * live in their template's arena. */
#ifndef DECANT_TEMPLATE_NODE_H
#define DECANT_TEMPLATE_NODE_H

#include "template.h"
#include "template_value.h"

#include <sys/stat.h>

enum node_kind {
    NODE_TEXT,
    NODE_ESCAPED,  /* {{name}} */
    NODE_RAW,      /* {{{name}}}, {{&name}} */
    NODE_SECTION,  /* {{#name}} */
    NODE_INVERTED, /* {{^name}} */
    NODE_PARTIAL,  /* {{>name}} */
    NODE_DYNAMIC,  /* {{>*name}} */
    NODE_PARENT,   /* {{<name}}: its children are the blocks it was given */
    NODE_BLOCK,    /* {{$name}} */
};

struct slice {
    const char *bytes;
    size_t len;
};

struct node {
    struct node *next;
    enum node_kind kind;
    bool standalone;             /* its tag is alone on its line */
    bool starts_line;            /* nothing, not even a space, stands before it on its line */
    struct slice text;           /* of a text; the name of a partial, parent or block */
    struct slice indent;         /* what stood before it on its line, if that was only space */
    struct template_name *names; /* of a.b.c; of . none */
    size_t name_count;
    struct node *children;
    const struct template *target; /* of a partial or parent; NULL renders as nothing */
    struct node *next_reference;   /* another partial or parent of the same template */
};

struct template
{
    const char *name;
    const char *path; /* of the file, for messages */
    const char *source;
    size_t len;
    struct node *nodes;
    struct node *references;
    const struct template_set *set;
    struct arena arena;
    struct stat stat;
};

/* Templates that refer to each other, sorted by name. */
struct template_set {
    struct template *templates;
    size_t count;
    struct stat directory;
    struct template_set *older; /* still in use by whoever got a template from it */
};

const struct template *template_find(const struct template_set *set, const char *name, size_t len);

/* Compile template->source into its nodes. */
bool template_parse(struct template *template, struct error *err);

/* fail() with the file and line of the byte at. */
bool template_fail_at(const struct template *template, const char *at, struct error *err,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Take the space that all lines of a block begin with off each of them, and say what it was; false,
 * and nothing done, if no line of it has more than space. */
bool template_unindent(struct arena *arena, struct node *nodes, struct slice *indent);

#endif
