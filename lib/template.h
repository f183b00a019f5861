/* SPDX-License-Identifier: MIT */
/* Mustache templates: the whole core of the public specification (https://mustache.github.io) plus
 * inheritance (`{{< parent}}{{$ block}}`) and dynamic names, without lambdas. Compiled once;
 * `{{name}}` escapes for HTML. A compiled template is immutable and may be rendered by many threads
 * at once.
 *
 * What renders: a name that is not found, null, a struct, a list: nothing; a number plainly (3 for
 * 3.0); a time as RFC 3339; true and false as such. What a section takes for false: a name that is
 * not found, null, false, an empty text, an empty list, zero (a time of 0 too), as mustache.js. A
 * section over any other value that is no list renders once with that value as `.`.
 *
 * A partial or parent alone on its line is indented as its tag is, line by line (but for
 * empty lines); so is the content of a block, from which the space that all its lines begin with in
 * its own file is taken first. What is interpolated is never changed. `{{> *name}}` takes the
 * partial's name from the data. Sections nest up to 32 in a file. */
#ifndef DECANT_TEMPLATE_H
#define DECANT_TEMPLATE_H

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "record.h"

#include <stdbool.h>
#include <stddef.h>

struct templates;
struct template;

/* Data as templates see it. The two kinds below are made by template_record() and, for JSON, by
 * template_json(). */
struct template_value;
struct template_class; /* how values of one kind are looked into; see template_value.h */

struct template_value {
    const struct template_class *kind;
    const void *data;
    const void *type;
};

/* The struct at data, described by record. Both must outlive the rendering. */
struct template_value template_record(const struct record *record, const void *data);

/* Compile every *.mustache file of a directory; `{{> name}}` and `{{< name}}` mean name.mustache in
 * it; one that is not there is an error. With reload, templates_get() looks at the files' times and
 * compiles all again if one changed (for people editing them; costs a stat a file). ERROR_INTERNAL
 * names file, line and what is wrong. */
struct templates *templates_open(const char *directory, bool reload, struct error *err);

/* The same from memory; the names and texts are copied. With missing_ok, a partial or parent that
 * is not among them renders as nothing, as the specification has it; without, it is an error. */
struct template_source {
    const char *name;
    const char *text;
    size_t len;
};
struct templates *templates_from_memory(const struct template_source *sources, size_t count,
                                        bool missing_ok, struct error *err);

void templates_close(struct templates *templates);

/* The template of this name, or NULL (ERROR_INTERNAL: no such file, or a changed file that no
 * longer compiles). Valid until templates_close(). Thread-safe. */
const struct template *templates_get(struct templates *templates, const char *name,
                                     struct error *err);

/* Append the rendered text to out. Partials and parents are resolved when compiling; recursion is
 * bounded at 100 levels (ERROR_INTERNAL, and out is as it was). */
bool template_render(const struct template *template, struct template_value data, struct buf *out,
                     struct error *err);

#endif
