/* SPDX-License-Identifier: MIT */
/* What a turn knows of documents: as it has changed them, and as it has read them. */
#include "turn.h"

int turn_known(struct turn *turn, const struct table *table, const bson_value_t *id,
               struct stored *out)
{
    for (size_t i = turn->count; i-- > 0;) {
        const struct entry *entry = &turn->entries[i];

        if (entry->table != table || value_compare(&entry->id, id) != 0)
            continue;
        if (entry->is)
            *out = entry->after;
        return entry->is && !stored_is_expired(table, &entry->after.bson);
    }
    for (size_t i = turn->seen_count; i-- > 0;) {
        if (turn->seen[i].table != table || value_compare(&turn->seen[i].id, id) != 0)
            continue;
        *out = turn->seen[i].stored;
        return !stored_is_expired(table, &out->bson);
    }
    return -1;
}

void turn_saw(struct turn *turn, const struct table *table, const bson_t *raw)
{
    struct seen *seen;
    struct stored stored, known;
    struct error ignored;
    bson_value_t id;

    if (turn->seen_count == MAX_SEEN || turn->seen_bytes + raw->len > MAX_SEEN_BYTES ||
        !stored_read(table, raw, &turn->arena, &stored, &ignored))
        return;
    id = stored_id(&stored.bson);
    if (turn_known(turn, table, &id, &known) >= 0)
        return;
    if (!turn->seen)
        turn->seen = arena_alloc(&turn->arena, MAX_SEEN * sizeof(*turn->seen));
    seen = &turn->seen[turn->seen_count++];
    turn->seen_bytes += raw->len;
    *seen = (struct seen){.table = table, .id = id, .stored = stored};
}
