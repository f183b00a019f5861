/* SPDX-License-Identifier: MIT */
#include "multipart.h"

#include "utf8.h"

#include <string.h>
#include <strings.h>

enum { MAX_BOUNDARY = 70, MAX_HEAD = 1024, MAX_HEAD_LINES = 8 };

/* What is left to read. */
struct scan {
    const char *at;
    const char *end;
};

static size_t left(const struct scan *scan)
{
    return (size_t)(scan->end - scan->at);
}

static bool take(struct scan *scan, const char *text, size_t len)
{
    if (left(scan) < len || memcmp(scan->at, text, len) != 0)
        return false;
    scan->at += len;
    return true;
}

static bool take_any_case(struct scan *scan, const char *text)
{
    size_t len = strlen(text);

    if (left(scan) < len || strncasecmp(scan->at, text, len) != 0)
        return false;
    scan->at += len;
    return true;
}

static void skip_blanks(struct scan *scan)
{
    while (left(scan) && (*scan->at == ' ' || *scan->at == '\t'))
        scan->at++;
}

/* -- parameters: `; name=token` or `; name="text"` ----------------------------------------------
 */

static bool is_token(char byte)
{
    return byte > ' ' && byte < 0x7F && !strchr("()<>@,;:\\\"/[]?=", byte);
}

static bool take_quoted(struct arena *arena, struct scan *scan, const char **out)
{
    char *text = arena_alloc(arena, left(scan) + 1);
    size_t len = 0;

    for (scan->at++; left(scan) && *scan->at != '"'; scan->at++) {
        /* Names hold a quote as \" or, as browsers send it, as %22, which stays. */
        if (*scan->at == '\\' && left(scan) > 1 && (scan->at[1] == '"' || scan->at[1] == '\\'))
            scan->at++;
        text[len++] = *scan->at;
    }
    text[len] = '\0';
    *out = text;
    return take(scan, "\"", 1) && strlen(text) == len && utf8_valid(text, len);
}

struct parameter {
    const char *name;
    const char *value;
};

static const char *take_token(struct arena *arena, struct scan *scan)
{
    const char *from = scan->at;

    while (left(scan) && is_token(*scan->at))
        scan->at++;
    return arena_copy(arena, from, (size_t)(scan->at - from));
}

/* False where there is none or it is malformed: then something is left. */
static bool take_parameter(struct arena *arena, struct scan *scan, struct parameter *out)
{
    struct scan before = *scan;

    skip_blanks(scan);
    if (take(scan, ";", 1)) {
        skip_blanks(scan);
        out->name = take_token(arena, scan);
        if (*out->name && take(scan, "=", 1)) {
            if (left(scan) && *scan->at == '"' && take_quoted(arena, scan, &out->value))
                return true;
            out->value = take_token(arena, scan);
            if (*out->value)
                return true;
        }
    }
    *scan = before;
    return false;
}

static bool ends(struct scan *scan)
{
    skip_blanks(scan);
    return left(scan) == 0;
}

/* The line that parts two parts, with its CR LF before: a boundary has 1 to 70 characters. NULL
 * where none is named. */
static const char *read_boundary(struct arena *arena, const char *type)
{
    struct scan scan = {type, type + strlen(type)};
    struct parameter parameter;
    const char *boundary = NULL;

    if (!take_any_case(&scan, "multipart/form-data"))
        return NULL;
    while (take_parameter(arena, &scan, &parameter))
        if (strcasecmp(parameter.name, "boundary") == 0 && !boundary)
            boundary = parameter.value;
    if (!ends(&scan) || !boundary || !*boundary || strlen(boundary) > MAX_BOUNDARY ||
        strpbrk(boundary, "\r\n"))
        return NULL;
    return arena_printf(arena, "\r\n--%s", boundary);
}

/* -- parts --------------------------------------------------------------------------------------
 */

struct part {
    const char *name; /* NULL until found */
    size_t number;    /* from 1 */
};

static bool refuse(const struct part *part, const char *why, struct error *err)
{
    return fail(err, ERROR_INVALID, "part %zu of the form %s", part->number, why);
}

static bool read_disposition(struct arena *arena, struct scan *line, struct part *part,
                             struct error *err)
{
    struct parameter parameter;

    if (part->name || !take_any_case(line, "form-data"))
        return refuse(part, "needs one Content-Disposition, form-data", err);
    while (take_parameter(arena, line, &parameter)) {
        if (strcasecmp(parameter.name, "filename") == 0 ||
            strcasecmp(parameter.name, "filename*") == 0)
            return fail(err, ERROR_REFUSED, "part %zu of the form is a file: files are not taken",
                        part->number);
        if (strcasecmp(parameter.name, "name") == 0 && part->name)
            return refuse(part, "has two names", err);
        if (strcasecmp(parameter.name, "name") == 0)
            part->name = parameter.value;
    }
    if (!ends(line) || !part->name)
        return refuse(part, "has a malformed Content-Disposition, or no name", err);
    return true;
}

/* Whatever type a text claims, it must be UTF-8. */
static bool read_type(struct arena *arena, struct scan *line, const struct part *part,
                      struct error *err)
{
    struct parameter parameter;

    while (left(line) && *line->at != ';')
        line->at++;
    while (take_parameter(arena, line, &parameter))
        if (strcasecmp(parameter.name, "charset") == 0 &&
            strcasecmp(parameter.value, "utf-8") != 0 &&
            strcasecmp(parameter.value, "us-ascii") != 0)
            return refuse(part, "is not in UTF-8", err);
    return ends(line) || refuse(part, "has a malformed Content-Type", err);
}

static bool read_encoding(struct scan *line, const struct part *part, struct error *err)
{
    if ((take_any_case(line, "8bit") || take_any_case(line, "7bit") ||
         take_any_case(line, "binary")) &&
        ends(line))
        return true;
    return refuse(part, "is encoded in an unknown way", err);
}

static bool read_head_line(struct arena *arena, struct scan line, struct part *part,
                           struct error *err)
{
    const char *name = take_token(arena, &line);

    if (!*name || !take(&line, ":", 1))
        return refuse(part, "has a malformed header", err);
    skip_blanks(&line);
    if (strcasecmp(name, "Content-Disposition") == 0)
        return read_disposition(arena, &line, part, err);
    if (strcasecmp(name, "Content-Type") == 0)
        return read_type(arena, &line, part, err);
    if (strcasecmp(name, "Content-Transfer-Encoding") == 0)
        return read_encoding(&line, part, err);
    return true;
}

/* Lines up to the empty one. */
static bool read_head(struct arena *arena, struct scan *body, struct part *part, struct error *err)
{
    struct scan head = {body->at, body->at + (left(body) < MAX_HEAD ? left(body) : MAX_HEAD)};

    for (int lines = 0; lines <= MAX_HEAD_LINES; lines++) {
        const char *end = memmem(head.at, left(&head), "\r\n", 2);
        struct scan line = {head.at, end};

        if (!end)
            break;
        head.at = end + 2;
        if (line.at == end) {
            body->at = head.at;
            return part->name || refuse(part, "has no Content-Disposition", err);
        }
        if (!read_head_line(arena, line, part, err))
            return false;
    }
    return refuse(part, "has headers without an end, or too many", err);
}

static bool read_text(struct arena *arena, struct scan text, const struct part *part,
                      struct form_field *out, struct error *err)
{
    if (memchr(text.at, '\0', left(&text)))
        return refuse(part, "holds a NUL", err);
    if (!utf8_valid(text.at, left(&text)))
        return refuse(part, "is not valid UTF-8", err);
    *out = (struct form_field){part->name, arena_copy(arena, text.at, left(&text))};
    return true;
}

/* Behind a boundary: `--` and the end, or a line's end and a part. */
static bool at_end(struct scan *body, bool *malformed)
{
    bool last = take(body, "--", 2);

    skip_blanks(body);
    if (last)
        *malformed = left(body) != 0 && !(take(body, "\r\n", 2) && left(body) == 0);
    else
        *malformed = !take(body, "\r\n", 2);
    return last || *malformed;
}

static bool read_parts(struct arena *arena, struct scan *body, const char *boundary,
                       struct form *form, struct error *err)
{
    size_t boundary_len = strlen(boundary);
    bool malformed = false;

    while (!at_end(body, &malformed)) {
        struct part part = {.number = form->count + 1};
        struct scan text;

        if (form->count == MULTIPART_MAX_FIELDS)
            return fail(err, ERROR_INVALID, "there are more than %d fields", MULTIPART_MAX_FIELDS);
        if (!read_head(arena, body, &part, err))
            return false;
        text.at = body->at;
        text.end = memmem(body->at, left(body), boundary, boundary_len);
        if (!text.end)
            return refuse(&part, "has no end", err);
        body->at = text.end + boundary_len;
        if (!read_text(arena, text, &part, &form->fields[form->count], err))
            return false;
        form->count++;
    }
    return !malformed || fail(err, ERROR_INVALID, "a boundary of the form's parts is malformed");
}

bool multipart_parse(struct arena *arena, struct multipart sent, struct form *out,
                     struct error *err)
{
    struct scan body = {sent.body, sent.body + sent.len};
    struct form form = {.count = 0};
    const char *boundary = read_boundary(arena, sent.content_type);

    if (!boundary)
        return fail(err, ERROR_INVALID, "the Content-Type names no boundary of the parts");
    if (!take(&body, boundary + 2, strlen(boundary) - 2))
        return fail(err, ERROR_INVALID, "the form does not begin with its boundary");
    form.fields = arena_alloc(arena, MULTIPART_MAX_FIELDS * sizeof(*form.fields));
    if (!read_parts(arena, &body, boundary, &form, err))
        return false;
    *out = form;
    return true;
}
