/* SPDX-License-Identifier: MIT */
#include "stack_xml.h"

#include <errno.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 * 1024 };

struct reading {
    XML_Parser parser;
    const struct stack_rows *rows;
    const char *why; /* what we refuse that expat does not */
    uint64_t line;   /* where */
    size_t silent;   /* bytes read since expat last told of anything: the length of a tag */
    int depth;
    bool stopped;
};

static uint64_t line_of(const struct reading *reading)
{
    return (uint64_t)XML_GetCurrentLineNumber(reading->parser);
}

static void refuse(struct reading *reading, const char *why)
{
    reading->why = why;
    reading->line = line_of(reading);
    XML_StopParser(reading->parser, XML_FALSE);
}

static void on_doctype(void *data, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    refuse(data, "a DOCTYPE is not allowed");
}

static void fill_row(struct stack_row *row, const XML_Char **attributes)
{
    static const char *const names[STACK_ATTRIBUTES] = {
        [STACK_ID] = "Id",
        [STACK_TYPE] = "PostTypeId",
        [STACK_PARENT] = "ParentId",
        [STACK_ACCEPTED] = "AcceptedAnswerId",
        [STACK_CREATED] = "CreationDate",
        [STACK_SCORE] = "Score",
        [STACK_VIEWS] = "ViewCount",
        [STACK_BODY] = "Body",
        [STACK_OWNER] = "OwnerUserId",
        [STACK_OWNER_NAME] = "OwnerDisplayName",
        [STACK_EDITED] = "LastEditDate",
        [STACK_TITLE] = "Title",
        [STACK_TAGS] = "Tags",
        [STACK_ANSWERS] = "AnswerCount",
        [STACK_COMMENTS] = "CommentCount",
        [STACK_LICENCE] = "ContentLicense",
    };

    for (; attributes[0]; attributes += 2)
        for (size_t i = 0; i < STACK_ATTRIBUTES; i++)
            if (strcmp(attributes[0], names[i]) == 0)
                row->values[i] = attributes[1];
}

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *reading = data;
    int depth = reading->depth++;
    struct stack_row row = {.line = 0};

    reading->silent = 0;
    if (depth == 0 && strcmp(name, "posts") != 0)
        refuse(reading, "this is no Posts.xml, whose root is <posts>");
    if (depth != 1 || strcmp(name, "row") != 0 || reading->stopped)
        return;
    row.line = line_of(reading);
    fill_row(&row, attributes);
    if (!reading->rows->row(reading->rows->context, &row)) {
        reading->stopped = true;
        XML_StopParser(reading->parser, XML_FALSE);
    }
}

static void on_end(void *data, const XML_Char *name)
{
    struct reading *reading = data;

    (void)name;
    reading->silent = 0;
    reading->depth--;
}

/* Text, comments and the like. */
static void on_other(void *data, const XML_Char *text, int len)
{
    struct reading *reading = data;

    (void)text;
    (void)len;
    reading->silent = 0;
}

/* False when the parser is through with the file, one way or another. */
static bool feed(struct reading *reading, FILE *file)
{
    void *block = XML_GetBuffer(reading->parser, BLOCK);
    size_t len;

    if (!block)
        abort();
    len = fread(block, 1, BLOCK, file);
    if (ferror(file))
        return false;
    reading->silent += len;
    if (XML_ParseBuffer(reading->parser, (int)len, len == 0) != XML_STATUS_OK)
        return false;
    if (reading->silent > RECORD_MAX_BYTES) {
        reading->why = "a tag is longer than 16 MiB";
        reading->line = line_of(reading);
        return false;
    }
    return len > 0;
}

static enum intake_end report(const struct reading *reading)
{
    enum XML_Error error = XML_GetErrorCode(reading->parser);
    uint64_t line = reading->why ? reading->line : line_of(reading);
    const char *why = reading->why;

    if (reading->stopped)
        return INTAKE_STOPPED;
    if (!why && error != XML_ERROR_NONE)
        why = XML_ErrorString(error);
    if (why && !reading->rows->bad(reading->rows->context, line, why))
        return INTAKE_STOPPED;
    return INTAKE_ALL;
}

enum intake_end stack_xml_read(FILE *file, const struct stack_rows *rows, struct error *err)
{
    struct reading reading = {.parser = XML_ParserCreate(NULL), .rows = rows};
    enum intake_end end;

    if (!reading.parser)
        abort();
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
    XML_SetDefaultHandler(reading.parser, on_other);
    while (feed(&reading, file))
        continue;
    if (ferror(file)) {
        fail(err, ERROR_INTERNAL, "cannot be read: %s", strerror(errno));
        end = INTAKE_FAILED;
    } else {
        end = report(&reading);
    }
    XML_ParserFree(reading.parser);
    return end;
}
