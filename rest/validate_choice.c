/* SPDX-License-Identifier: MIT */
/* Alternatives: a value is checked against several sets of rules, and what each of them says is
 * told below the field only where the whole does not hold. */
#include "validate_private.h"

#include <stdio.h>

/* How many hold; what the others say is in told. */
static size_t count_holding(struct spot *spot, const struct choices *choices, const char *name,
                            struct issues *told)
{
    struct walk *walk = spot->walk;
    struct around around = *spot->around;
    size_t holding = 0;

    around.schema = NULL; /* what one excludes is still required */
    issues_init(told, walk->arena);
    for (size_t i = 0; i < choices->count && !walk->failed; i++) {
        struct spot alone = *spot;
        char label[48];

        snprintf(label, sizeof(label), "%s definition %zu", name, i);
        alone.around = &around;
        alone.home = told;
        alone.label = label;
        alone.issue = NULL;
        alone.entered = false;
        alone.again = false;
        check_node(&alone, &choices->items[i]);
        holding += !alone.issue;
    }
    return holding;
}

static void tell(struct spot *spot, const char *message, const struct issues *told)
{
    spot_say(spot, "%s", message);
    if (!issues_empty(told))
        issues_take(spot_below(spot), told);
}

void check_all_of(struct spot *spot, const struct rules *rules)
{
    struct issues told;

    if (rules->all_of.count &&
        count_holding(spot, &rules->all_of, "allof", &told) < rules->all_of.count)
        tell(spot, "one or more definitions don't validate", &told);
}

void check_any_of(struct spot *spot, const struct rules *rules)
{
    struct issues told;

    if (rules->any_of.count && count_holding(spot, &rules->any_of, "anyof", &told) == 0)
        tell(spot, "no definitions validate", &told);
}

void check_none_of(struct spot *spot, const struct rules *rules)
{
    struct issues told;

    if (rules->none_of.count && count_holding(spot, &rules->none_of, "noneof", &told) > 0)
        tell(spot, "one or more definitions validate", &told);
}

void check_one_of(struct spot *spot, const struct rules *rules)
{
    struct issues told;

    if (rules->one_of.count && count_holding(spot, &rules->one_of, "oneof", &told) != 1)
        tell(spot, "none or more than one rule validate", &told);
}
