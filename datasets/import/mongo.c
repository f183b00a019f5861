/* SPDX-License-Identifier: MIT */
#include "mongo.h"

#include "../../lib/document.h"
#include "../../lib/json.h"
#include "../../lib/store.h"
#include "extended.h"
#include "input.h"

#include <stdlib.h>
#include <string.h>

struct mongo {
    struct input input;
    const struct intake *intake;
    struct arena arena; /* of one record */
    struct buf record;
};

/* Control characters are taken out of what is shown, so a link to such a post would lead nowhere.
 */
static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte < 0x20 || byte == 0x7F)
            return false;
        if (byte == 0xC2 && i + 1 < len && (unsigned char)text[i + 1] < 0xA0)
            return false;
    }
    return true;
}

/* Posts are told apart by their id. */
static bool check_id(const bson_t *document, struct error *err)
{
    bson_value_t id;

    if (!document_get(bson_get_data(document), document->len, "id", &id))
        return fail(err, ERROR_REFUSED, "a post needs an id");
    if (id.value_type == BSON_TYPE_UTF8
            ? id.value.v_utf8.len == 0
            : id.value_type != BSON_TYPE_INT32 && id.value_type != BSON_TYPE_INT64 &&
                  id.value_type != BSON_TYPE_DOUBLE)
        return fail(err, ERROR_REFUSED, "a post's id must be a text or a number");
    if (id.value_type == BSON_TYPE_UTF8 && !is_plain(id.value.v_utf8.str, id.value.v_utf8.len))
        return fail(err, ERROR_REFUSED, "a post's id holds a control character");
    return true;
}

static bool has_own_member(const bson_t *document)
{
    bson_iter_t iter;

    bson_iter_init(&iter, document);
    while (bson_iter_next(&iter))
        if (store_owns_member(bson_iter_key(&iter)))
            return true;
    return false;
}

/* A dump of what Eve or a store of ours wrote holds etags and times, which each store makes. */
static void drop_own_members(bson_t *document)
{
    bson_t kept = BSON_INITIALIZER;
    bson_iter_t iter;

    bson_iter_init(&iter, document);
    while (bson_iter_next(&iter))
        if (!store_owns_member(bson_iter_key(&iter)))
            bson_append_iter(&kept, NULL, -1, &iter);
    bson_destroy(document);
    bson_steal(document, &kept);
}

static bool read_document(struct mongo *mongo, bson_t *document, struct error *err)
{
    struct json value;

    if (!json_parse_unique(&mongo->arena, mongo->record.data, mongo->record.len, &value, err))
        return false;
    if (json_type(value) != JSON_OBJECT)
        return fail(err, ERROR_REFUSED, "not a JSON object");
    if (!extended_to_bson(value, document, err))
        return false;
    if (has_own_member(document))
        drop_own_members(document);
    return document_check(bson_get_data(document), document->len, err) && check_id(document, err);
}

/* "line 3, column 5: …" counts from the record's first line: move it to the file's. */
static bool report(const struct mongo *mongo, uint64_t line, const char *message)
{
    static const char head[] = "line ";
    char *end;
    unsigned long more;

    if (strncmp(message, head, sizeof(head) - 1) == 0) {
        more = strtoul(message + sizeof(head) - 1, &end, 10);
        if (more > 0 && strncmp(end, ", ", 2) == 0)
            return mongo->intake->bad(mongo->intake->context, line + more - 1, end + 2);
    }
    return mongo->intake->bad(mongo->intake->context, line, message);
}

/* Hand the record over. False to stop. */
static bool take_record(struct mongo *mongo, uint64_t line)
{
    bson_t document = BSON_INITIALIZER;
    struct error err;
    bool go_on;

    if (read_document(mongo, &document, &err))
        go_on = mongo->intake->post(mongo->intake->context, &document, NULL, line);
    else
        go_on = report(mongo, line, err.message);
    bson_destroy(&document);
    arena_clear(&mongo->arena);
    return go_on;
}

static bool is_blank(int byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool report_long(const struct mongo *mongo, uint64_t line)
{
    return report(mongo, line, "the record is longer than 16 MiB");
}

static bool read_lines(struct mongo *mongo)
{
    bool go_on = true;

    while (go_on && input_peek(&mongo->input) != INPUT_END) {
        uint64_t line = mongo->input.line;
        size_t blank = 0;

        mongo->record.len = 0;
        if (!input_line(&mongo->input, &mongo->record, RECORD_MAX_BYTES)) {
            go_on = report_long(mongo, line);
            continue;
        }
        while (blank < mongo->record.len && is_blank(mongo->record.data[blank]))
            blank++;
        if (blank < mongo->record.len)
            go_on = take_record(mongo, line);
    }
    return go_on;
}

/* -- one list -----------------------------------------------------------------------------------
 */

/* Where in an element of the list we are, as far as finding its end needs it. */
struct nesting {
    size_t depth;
    bool in_text;
    bool escaped;
};

/* Take note of a byte; true if it ends the element. */
static bool ends_element(struct nesting *nesting, int byte)
{
    if (nesting->in_text) {
        if (nesting->escaped)
            nesting->escaped = false;
        else if (byte == '\\')
            nesting->escaped = true;
        else
            nesting->in_text = byte != '"';
        return false;
    }
    if (nesting->depth == 0 && (byte == ',' || byte == ']'))
        return true;
    nesting->in_text = byte == '"';
    if (byte == '{' || byte == '[')
        nesting->depth++;
    else if ((byte == '}' || byte == ']') && nesting->depth > 0)
        nesting->depth--;
    return false;
}

/* One element into the record, without what is around it. *end: what came after it. */
static bool read_element(struct mongo *mongo, uint64_t *line, int *end)
{
    struct nesting nesting = {0};
    bool fits = true;
    int byte;

    mongo->record.len = 0;
    while (is_blank(input_peek(&mongo->input)))
        input_byte(&mongo->input);
    *line = mongo->input.line;
    while ((byte = input_byte(&mongo->input)) != INPUT_END && !ends_element(&nesting, byte)) {
        fits = fits && mongo->record.len < RECORD_MAX_BYTES;
        if (fits)
            buf_byte(&mongo->record, (char)byte);
    }
    while (mongo->record.len && is_blank(mongo->record.data[mongo->record.len - 1]))
        mongo->record.len--;
    *end = byte;
    return fits;
}

static bool read_end(struct mongo *mongo)
{
    while (is_blank(input_peek(&mongo->input)))
        input_byte(&mongo->input);
    if (input_peek(&mongo->input) == INPUT_END)
        return true;
    return report(mongo, mongo->input.line, "something follows the list");
}

static bool read_list(struct mongo *mongo)
{
    bool go_on = true;
    int end = input_byte(&mongo->input); /* the bracket */

    for (size_t count = 0; go_on && end != ']'; count++) {
        uint64_t line;

        if (!read_element(mongo, &line, &end))
            go_on = report_long(mongo, line);
        else if (end == INPUT_END)
            return report(mongo, mongo->input.line, "the list has no end");
        else if (mongo->record.len)
            go_on = take_record(mongo, line);
        else if (count || end != ']')
            go_on = report(mongo, line, "nothing between two commas");
    }
    return go_on && read_end(mongo);
}

static enum intake_end read_file(struct mongo *mongo, struct error *err)
{
    bool whole;
    int first;

    while (is_blank(first = input_peek(&mongo->input)))
        input_byte(&mongo->input);
    if (first == '<')
        whole = report(mongo, mongo->input.line,
                       "this looks like XML, which --format=stackexchange reads");
    else
        whole = first == '[' ? read_list(mongo) : read_lines(mongo);
    if (input_failed(&mongo->input, err))
        return INTAKE_FAILED;
    return whole ? INTAKE_ALL : INTAKE_STOPPED;
}

enum intake_end mongo_read(FILE *file, const struct intake *intake, struct error *err)
{
    struct mongo *mongo = calloc(1, sizeof(*mongo));
    enum intake_end end;

    if (!mongo)
        abort();
    mongo->intake = intake;
    input_init(&mongo->input, file);
    end = read_file(mongo, err);
    arena_release(&mongo->arena);
    buf_release(&mongo->record);
    free(mongo);
    return end;
}
