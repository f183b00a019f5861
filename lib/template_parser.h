/* SPDX-License-Identifier: MIT */
/* What parsing a template and reading one of its tags share. */
#ifndef DECANT_TEMPLATE_PARSER_H
#define DECANT_TEMPLATE_PARSER_H

#include "template_node.h"

enum { MAX_NESTING = 32, MAX_DELIMITER = 16 };

struct open_tag {
    struct node *node;
    struct node **outer_tail;
    const char *at;
    struct node *space; /* of a parent: the text before it on its line, if that is only space */
    bool left;          /* of a parent: nothing but space before it on its line */
};

struct parser {
    struct template *template;
    const char *at; /* what is before is in nodes */
    const char *end;
    char open[MAX_DELIMITER + 1];
    char close[MAX_DELIMITER + 1];
    struct node **tail;
    struct open_tag stack[MAX_NESTING];
    size_t depth;
    const char
        *clean_end; /* end of the last tag of inheritance, if its line had nothing but such */
    struct error *err;
};

/* A tag and the room around it. */
struct tag {
    char sigil; /* one of #^/<>$&{!= or 0 */
    struct slice name;
    const char *start;
    const char *end;
    const char *space; /* where the space before start begins */
    const char *after; /* where the next line begins, if right */
    bool left;         /* nothing but space before it on its line */
    bool right;        /* nothing but space after it on its line */
};

/* Whether at is the first byte of a line. */
bool template_line_begins(const struct parser *parser, const char *at);

/* What lies between, without space at either end. */
struct slice template_trim(const char *from, const char *to);

/* Read the tag whose opening delimiter is at start. */
bool template_read_tag(struct parser *parser, const char *start, struct tag *tag);

/* False if the name is empty or has a space in it. */
bool template_check_name(const struct parser *parser, const struct tag *tag, struct slice name);

/* Split the path a.b.c into the node's names. */
bool template_set_names(struct parser *parser, const struct tag *tag, struct slice path,
                        struct node *node);

/* The tag names new delimiters. */
bool template_set_delimiters(struct parser *parser, const struct tag *tag);

#endif
