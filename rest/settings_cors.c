/* SPDX-License-Identifier: MIT */
/* X_DOMAINS and its kin: who may ask from another site. */
#include "settings_tables.h"

#include <string.h>

void read_domains(const struct spot *spot, const struct entry *entry, void *member)
{
    struct cors *cors = member;

    if (json_type(spot->value) == JSON_NULL)
        return;
    read_text_or_texts(spot, entry, &cors->domains);
    for (size_t i = 0; i < cors->domains.count; i++)
        cors->any = cors->any || strcmp(cors->domains.items[i], "*") == 0;
    cors->enabled = cors->enabled || cors->domains.count > 0;
}

void read_domain_patterns(const struct spot *spot, const struct entry *entry, void *member)
{
    struct cors *cors = member;
    struct texts texts = {0};
    const struct pattern **patterns;

    if (json_type(spot->value) == JSON_NULL)
        return;
    read_text_or_texts(spot, entry, &texts);
    patterns = arena_alloc(spot->reader->arena, texts.count * sizeof(struct pattern *));
    for (size_t i = 0; i < texts.count; i++) {
        patterns[cors->pattern_count] = take_pattern(spot, texts.items[i]);
        cors->pattern_count += patterns[cors->pattern_count] != NULL;
    }
    cors->patterns = patterns;
    cors->enabled = cors->enabled || cors->pattern_count > 0;
}

void read_header_list(const struct spot *spot, const struct entry *entry, void *member)
{
    struct buf joined = {0};
    struct spots list;
    struct spot item;

    if (json_type(spot->value) == JSON_NULL)
        return;
    if (json_type(spot->value) == JSON_TEXT) {
        read_header_name(spot, entry, member);
        return;
    }
    if (!take_type(spot, JSON_LIST, "a list of headers' names"))
        return;
    spot_each(spot, &list);
    while (spot_next(&list, &item)) {
        const char *name = NULL;

        read_header_name(&item, entry, &name);
        if (name)
            buf_printf(&joined, "%s%s", joined.len ? ", " : "", name);
    }
    if (joined.len)
        *(const char **)member = arena_copy(spot->reader->arena, joined.data, joined.len);
    buf_release(&joined);
}
