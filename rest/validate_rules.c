/* SPDX-License-Identifier: MIT */
/* Cerberus' rules of one value, asked in the order its messages come: by the rules' names. */
#include "validate_private.h"

#include <inttypes.h>
#include <string.h>

/* In characters. */
static size_t text_length(const bson_value_t *text)
{
    size_t length = 0;

    for (uint32_t i = 0; i < text->value.v_utf8.len; i++)
        length += ((unsigned char)text->value.v_utf8.str[i] & 0xC0) != 0x80;
    return length;
}

static struct arena *arena_of(const struct spot *spot)
{
    return spot->walk->arena;
}

static const char *shown(const struct spot *spot)
{
    bson_value_t value = tree_value(spot->walk, spot->node);

    return python_str(arena_of(spot), &value);
}

static bool is_among(const bson_value_t *value, const struct values *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (value_compare(value, &values->items[i]) == 0)
            return true;
    return false;
}

/* Values as Python prints a list or set of them. */
struct printed {
    struct arena *arena;
    struct buf text;
    size_t count;
};

static void print_next(struct printed *printed, const bson_value_t *value)
{
    if (printed->count++)
        buf_puts(&printed->text, ", ");
    buf_puts(&printed->text, python_repr(printed->arena, value));
}

/* -- allowed, forbidden, contains ---------------------------------------------------------------
 */

/* An object is its keys, as it is to Python. */
static bson_value_t element(const struct spot *spot, size_t i)
{
    const struct node *node = &spot->node->level->nodes[i];

    return node->key ? value_text(node->key) : tree_value(spot->walk, node);
}

/* Say which items are among (or not among) the values. */
static void check_items_among(struct spot *spot, const struct values *values, bool wanted)
{
    struct printed printed = {.arena = arena_of(spot)};

    for (size_t i = 0; i < spot->node->level->count; i++) {
        bson_value_t item = element(spot, i);

        if (is_among(&item, values) != wanted)
            print_next(&printed, &item);
    }
    if (printed.count)
        spot_say(spot, "unallowed values [%s]", buf_text(&printed.text));
    buf_release(&printed.text);
}

static void check_allowed(struct spot *spot, const struct rules *rules)
{
    if (!rules->has_allowed)
        return;
    if (spot->node->level)
        check_items_among(spot, &rules->allowed, true);
    else if (!is_among(&spot->node->value, &rules->allowed))
        spot_say(spot, "unallowed value %s", shown(spot));
}

static void check_forbidden(struct spot *spot, const struct rules *rules)
{
    bson_value_t value;

    if (!rules->forbidden.count)
        return;
    if (spot->node->level && spot->node->level->list) {
        check_items_among(spot, &rules->forbidden, false);
        return;
    }
    value = tree_value(spot->walk, spot->node);
    if (is_among(&value, &rules->forbidden))
        spot_say(spot, "unallowed value %s", shown(spot));
}

/* A text has its characters as members. */
static bool has_member(const struct spot *spot, const bson_value_t *member)
{
    const struct node *node = spot->node;

    for (size_t i = 0; node->level && i < node->level->count; i++) {
        bson_value_t item = element(spot, i);

        if (value_compare(&item, member) == 0)
            return true;
    }
    return !node->level && member->value_type == BSON_TYPE_UTF8 && text_length(member) == 1 &&
           strstr(node->value.value.v_utf8.str, member->value.v_utf8.str);
}

static void check_contains(struct spot *spot, const struct rules *rules)
{
    struct printed printed = {.arena = arena_of(spot)};

    if (!rules->contains.count ||
        (!spot->node->level && spot->node->value.value_type != BSON_TYPE_UTF8))
        return;
    for (size_t i = 0; i < rules->contains.count; i++)
        if (!has_member(spot, &rules->contains.items[i]))
            print_next(&printed, &rules->contains.items[i]);
    if (printed.count)
        spot_say(spot, "missing members {%s}", buf_text(&printed.text));
    buf_release(&printed.text);
}

/* -- sizes --------------------------------------------------------------------------------------
 */

/* False for what has none. */
static bool length_of(const struct node *node, int64_t *out)
{
    if (node->level)
        *out = (int64_t)node->level->count;
    else if (node->value.value_type == BSON_TYPE_UTF8)
        *out = (int64_t)text_length(&node->value);
    else
        return false;
    return true;
}

static bool is_empty(const struct node *node)
{
    if (node->level)
        return node->level->count == 0;
    return node->value.value_type == BSON_TYPE_UTF8 && node->value.value.v_utf8.len == 0;
}

static void check_max_length(struct spot *spot, const struct rules *rules)
{
    int64_t length;

    if (rules->max_len >= 0 && length_of(spot->node, &length) && length > rules->max_len)
        spot_say(spot, "max length is %" PRId64, rules->max_len);
}

static void check_min_length(struct spot *spot, const struct rules *rules)
{
    int64_t length;

    if (rules->min_len >= 0 && length_of(spot->node, &length) && length < rules->min_len)
        spot_say(spot, "min length is %" PRId64, rules->min_len);
}

/* Only what is of one class can be less or more. */
static bool is_beyond(const struct spot *spot, const bson_value_t *bound, int sign)
{
    const bson_value_t *value = &spot->node->value;

    return bound && value_class(value->value_type) == value_class(bound->value_type) &&
           value_compare(value, bound) == sign;
}

static void check_max(struct spot *spot, const struct rules *rules)
{
    if (is_beyond(spot, rules->max, 1))
        spot_say(spot, "max value is %s", python_str(arena_of(spot), rules->max));
}

static void check_min(struct spot *spot, const struct rules *rules)
{
    if (is_beyond(spot, rules->min, -1))
        spot_say(spot, "min value is %s", python_str(arena_of(spot), rules->min));
}

static void check_item_count(struct spot *spot, const struct rules *rules)
{
    const struct level *level = spot->node->level;

    if (rules->item_count && level && level->list && level->count != rules->item_count)
        spot_say(spot, "length of list should be %zu, it is %zu", rules->item_count, level->count);
}

static void check_regex(struct spot *spot, const struct rules *rules)
{
    const bson_value_t *value = &spot->node->value;

    if (rules->regex && value->value_type == BSON_TYPE_UTF8 &&
        !pattern_matches(rules->regex, value->value.v_utf8.str, value->value.v_utf8.len))
        spot_say(spot, "value does not match regex '%s'", rules->regex_text);
}

/* -- all of them --------------------------------------------------------------------------------
 */

/* A rule, and whether it is asked of empty values that are refused anyway. */
struct check {
    void (*check)(struct spot *spot, const struct rules *rules);
    bool of_empty;
};

static void check_empty(struct spot *spot, const struct rules *rules)
{
    if (rules->empty_refused && is_empty(spot->node))
        spot_say(spot, "empty values not allowed");
}

void check_rules(struct spot *spot, const struct rules *rules)
{
    static const struct check checks[] = {
        {check_unique, true},      {check_relation, true},    {check_all_of, true},
        {check_allowed, false},    {check_any_of, true},      {check_contains, true},
        {check_company, true},     {check_empty, true},       {check_forbidden, false},
        {check_item_count, false}, {check_max, true},         {check_max_length, false},
        {check_min, true},         {check_min_length, false}, {check_none_of, true},
        {check_one_of, true},      {check_regex, false},      {check_inside, true},
    };
    bool refused = rules->empty_refused && is_empty(spot->node);

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        if (checks[i].of_empty || !refused)
            checks[i].check(spot, rules);
}
