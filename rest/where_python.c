/* SPDX-License-Identifier: MIT */
/* Filters as Python writes them: comparisons of a field and a value, joined by `and`, `or` and
 * parentheses. */
#include <string.h>
#include <time.h>

#include "tokens.h"
#include "where_private.h"

enum { MAX_PARENTHESES = 50, MAX_NAMES = 100 };

struct python {
    struct tokens tokens;
    struct where_reader reader;
    int depth;
};

/* -- values ------------------------------------------------------------------------------------ */

/* "a" or "a.b"; not one of the words that mean something. */
static bool read_name(struct python *python, const char **out)
{
    static const char *const words[] = {"and",  "or",     "not",  "in",   "is",   "if",
                                        "else", "lambda", "None", "True", "False"};
    struct tokens *tokens = &python->tokens;
    const char *name = tokens->token.text;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (tokens_are(tokens, words[i]))
            return tokens_unexpected(tokens, "a name");
    if (tokens->token.kind != TOKEN_NAME)
        return tokens_unexpected(tokens, "a name");
    if (!tokens_next(tokens))
        return false;
    for (int names = 1; tokens_are(tokens, "."); names++) {
        if (!tokens_next(tokens))
            return false;
        if (tokens->token.kind != TOKEN_NAME || names == MAX_NAMES)
            return tokens_unexpected(tokens, "a name");
        name = arena_printf(tokens->arena, "%s.%s", name, tokens->token.text);
        if (!tokens_next(tokens))
            return false;
    }
    *out = name;
    return true;
}

static bson_value_t text_value(const struct token *token)
{
    bson_value_t value = value_text(token->text);

    value.value.v_utf8.len = (uint32_t)token->len;
    return value;
}

/* ("50656e4538345b39dd0414f0") */
static bool read_object_id(struct python *python, bson_value_t *out)
{
    struct tokens *tokens = &python->tokens;
    bson_oid_t oid;

    if (!tokens_expect(tokens, "("))
        return false;
    if (tokens->token.kind != TOKEN_TEXT || tokens->token.len != 24 ||
        !bson_oid_is_valid(tokens->token.text, 24))
        return tokens_unexpected(tokens, "a text of 24 hex digits");
    bson_oid_init_from_string(&oid, tokens->token.text);
    *out = value_oid(&oid);
    return tokens_next(tokens) && tokens_expect(tokens, ")");
}

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, MICROSECOND, DATE_PARTS };

static bool date_of(const int32_t parts[DATE_PARTS], int64_t *ms)
{
    static const int32_t least[] = {1, 1, 1, 0, 0, 0, 0};
    static const int32_t most[] = {9999, 12, 31, 23, 59, 59, 999999};
    struct tm when = {.tm_year = parts[YEAR] - 1900,
                      .tm_mon = parts[MONTH] - 1,
                      .tm_mday = parts[DAY],
                      .tm_hour = parts[HOUR],
                      .tm_min = parts[MINUTE],
                      .tm_sec = parts[SECOND]};

    for (int i = 0; i < DATE_PARTS; i++)
        if (parts[i] < least[i] || parts[i] > most[i])
            return false;
    *ms = (int64_t)timegm(&when) * 1000 + parts[MICROSECOND] / 1000;
    return when.tm_mday == parts[DAY];
}

/* (2024, 1, 31) to (2024, 1, 31, 23, 59, 59, 999999) */
static bool read_datetime(struct python *python, bson_value_t *out)
{
    struct tokens *tokens = &python->tokens;
    int32_t parts[DATE_PARTS] = {0};
    int count = 0;
    bson_value_t number;
    int64_t ms;

    do {
        if (!tokens_next(tokens) || !tokens_number(tokens, &number))
            return false;
        if (number.value_type != BSON_TYPE_INT32 || count == DATE_PARTS)
            return tokens_unexpected(tokens, "a date's numbers");
        parts[count++] = number.value.v_int32;
    } while (tokens_are(tokens, ","));
    if (count <= DAY || !date_of(parts, &ms))
        return tokens_unexpected(tokens, "a date");
    *out = value_date(ms);
    return tokens_expect(tokens, ")");
}

static bool read_word(struct python *python, const struct rules *rules, bson_value_t *out)
{
    struct tokens *tokens = &python->tokens;
    const char *name = "";

    if (tokens_are(tokens, "None") || tokens_are(tokens, "True") || tokens_are(tokens, "False")) {
        *out = tokens_are(tokens, "None") ? value_null() : value_bool(tokens_are(tokens, "True"));
        return tokens_next(tokens);
    }
    if (!read_name(python, &name))
        return false;
    if (!tokens_are(tokens, "(")) {
        *out = value_text(name);
        where_cast(&python->reader, rules, out);
        return true;
    }
    if (strcmp(name, "ObjectId") == 0)
        return read_object_id(python, out);
    if (strcmp(name, "datetime") == 0)
        return read_datetime(python, out);
    return tokens_unexpected(tokens, "no call but ObjectId() and datetime()");
}

static bool read_value(struct python *python, const struct where_field *field, bson_value_t *out)
{
    struct tokens *tokens = &python->tokens;
    bool ok;

    if (tokens->token.kind == TOKEN_NAME) {
        ok = read_word(python, field->rules, out);
    } else if (tokens->token.kind == TOKEN_TEXT) {
        *out = text_value(&tokens->token);
        where_cast(&python->reader, field->rules, out);
        ok = tokens_next(tokens);
    } else {
        ok = tokens_number(tokens, out);
    }
    return ok && where_fits(&python->reader, field, out);
}

/* The items with room for one more; they double. */
static bson_value_t *with_room(struct arena *arena, bson_value_t *items, size_t count)
{
    bson_value_t *wider;

    if (count & (count - 1))
        return items;
    wider = arena_alloc(arena, (count ? 2 * count : 1) * sizeof(*wider));
    if (count)
        memcpy(wider, items, count * sizeof(*wider));
    return wider;
}

/* [1, 2] */
static bool read_values(struct python *python, const struct where_field *field,
                        struct filter_values *out)
{
    struct tokens *tokens = &python->tokens;
    bson_value_t *items = NULL;
    size_t count = 0;

    if (!tokens_expect(tokens, "["))
        return false;
    while (!tokens_are(tokens, "]")) {
        if (count == FILTER_MAX_VALUES)
            return tokens_unexpected(tokens, "fewer values");
        items = with_room(tokens->arena, items, count);
        if (!read_value(python, field, &items[count++]))
            return false;
        if (!tokens_are(tokens, "]") && !tokens_expect(tokens, ","))
            return false;
    }
    *out = (struct filter_values){items, count};
    return tokens_next(tokens);
}

/* -- conditions -------------------------------------------------------------------------------- */

static bool find_comparison(const struct tokens *tokens, enum filter_op *op)
{
    static const struct {
        const char *mark;
        enum filter_op op;
    } marks[] = {{"==", FILTER_EQ}, {"!=", FILTER_NE},  {">", FILTER_GT}, {">=", FILTER_GTE},
                 {"<", FILTER_LT},  {"<=", FILTER_LTE}, {"in", FILTER_IN}};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (tokens_are(tokens, marks[i].mark)) {
            *op = marks[i].op;
            return true;
        }
    return false;
}

static bool read_comparison(struct python *python, const struct filter **out)
{
    const struct where_place place = {.top = true};
    struct tokens *tokens = &python->tokens;
    struct arena *arena = tokens->arena;
    struct filter_values values;
    struct where_field field;
    bson_value_t value;
    enum filter_op op;
    const char *name = "";

    if (!read_name(python, &name) ||
        !where_field(&python->reader, &place, name, strlen(name), &field))
        return false;
    if (!find_comparison(tokens, &op))
        return tokens_unexpected(tokens, "a comparison");
    if (!tokens_next(tokens))
        return false;
    if (op == FILTER_IN ? !read_values(python, &field, &values)
                        : !read_value(python, &field, &value))
        return false;
    *out = op == FILTER_IN ? filter_among(arena, op, field.path, values)
                           : filter_compare(arena, op, field.path, value);
    return true;
}

static bool read_any(struct python *python, const struct filter **out);

static bool read_one(struct python *python, const struct filter **out)
{
    struct tokens *tokens = &python->tokens;
    bool ok;

    if (!tokens_are(tokens, "("))
        return read_comparison(python, out);
    if (python->depth == MAX_PARENTHESES)
        return tokens_unexpected(tokens, "fewer parentheses");
    python->depth++;
    ok = tokens_next(tokens) && read_any(python, out) && tokens_expect(tokens, ")");
    python->depth--;
    return ok;
}

static bool read_all(struct python *python, const struct filter **out)
{
    struct where_list list = {0};
    const struct filter *filter = NULL;

    if (!read_one(python, &filter))
        return false;
    where_add(python->tokens.arena, &list, filter);
    while (tokens_are(&python->tokens, "and")) {
        if (!tokens_next(&python->tokens) || !read_one(python, &filter))
            return false;
        where_add(python->tokens.arena, &list, filter);
    }
    *out = where_join(python->tokens.arena, FILTER_AND, &list);
    return true;
}

static bool read_any(struct python *python, const struct filter **out)
{
    struct where_reader *reader = &python->reader;
    bool names_deleted = reader->out.names_deleted;
    struct where_list list = {0};
    const struct filter *filter = NULL;

    if (!read_all(python, &filter))
        return false;
    where_add(reader->arena, &list, filter);
    while (tokens_are(&python->tokens, "or")) {
        if (!tokens_next(&python->tokens) || !read_all(python, &filter))
            return false;
        where_add(reader->arena, &list, filter);
    }
    if (list.count > 1) /* what is below an `or` is not at the top */
        reader->out.names_deleted = names_deleted;
    *out = where_join(reader->arena, FILTER_OR, &list);
    return true;
}

bool where_parse_python(struct arena *arena, const struct resource *resource, const char *text,
                        struct where *out, struct error *err)
{
    struct python python = {
        .tokens = {.arena = arena, .what = "where", .err = err},
        .reader = {.arena = arena, .resource = resource, .err = err},
    };

    if (!tokens_begin(&python.tokens, text, strlen(text)) ||
        !read_any(&python, &python.reader.out.filter))
        return false;
    if (python.tokens.token.kind != TOKEN_END)
        return tokens_unexpected(&python.tokens, "`and`, `or` or the end");
    if (!filter_check(python.reader.out.filter, err))
        return false;
    *out = python.reader.out;
    return true;
}
