/* SPDX-License-Identifier: MIT */
/* Two resources made by hand, for tests of what reads requests. */
#ifndef DECANT_REST_TESTS_RESOURCES_H
#define DECANT_REST_TESTS_RESOURCES_H

#include "../settings.h"

#include <string.h>

static const struct settings resource_settings = {
    .names = {.links = "_links",
              .etag = "_etag",
              .created = "_created",
              .updated = "_updated",
              .deleted = "_deleted",
              .version = "_version",
              .latest_version = "_latest_version"},
};

static const struct resource authors_resource;
static const struct relation to_authors = {&authors_resource, "authors", "_id", true, false};
static const struct relation to_hidden = {&authors_resource, "authors", "_id", false, false};

static const struct rules text_items = {.name = "", .path = "", .types = RULE_STRING};
static const struct rules author_items = {
    .name = "", .path = "", .types = RULE_OBJECTID, .relation = &to_authors};
static const struct rules meta_rules[] = {
    {.name = "lang", .path = "meta.lang", .types = RULE_STRING},
    {.name = "when", .path = "meta.when", .types = RULE_DATETIME},
    {.name = "owner", .path = "meta.owner", .types = RULE_OBJECTID, .relation = &to_authors},
    {.name = "deep", .path = "meta.deep", .types = RULE_DICT},
};
static const struct schema meta_schema = {.fields = meta_rules, .count = 4};
static const struct rules comment_rules[] = {
    {.name = "text", .path = "", .types = RULE_STRING},
    {.name = "at", .path = "", .types = RULE_DATETIME},
};
static const struct schema comment_schema = {.fields = comment_rules, .count = 2};
static const struct rules comment_items = {
    .name = "", .path = "", .types = RULE_DICT, .schema = &comment_schema};

static const struct rules post_rules[] = {
    {.name = "title", .path = "title", .types = RULE_STRING},
    {.name = "author", .path = "author", .types = RULE_STRING},
    {.name = "score", .path = "score", .types = RULE_INTEGER},
    {.name = "rate", .path = "rate", .types = RULE_FLOAT, .nullable = true},
    {.name = "at", .path = "at", .types = RULE_DATETIME},
    {.name = "ref", .path = "ref", .types = RULE_OBJECTID, .relation = &to_authors},
    {.name = "closed", .path = "closed", .types = RULE_OBJECTID, .relation = &to_hidden},
    {.name = "mixed", .path = "mixed", .types = RULE_OBJECTID | RULE_STRING},
    {.name = "tags", .path = "tags", .types = RULE_LIST, .each = &text_items},
    {.name = "refs", .path = "refs", .types = RULE_LIST, .each = &author_items},
    {.name = "meta", .path = "meta", .types = RULE_DICT, .schema = &meta_schema},
    {.name = "comments", .path = "comments", .types = RULE_LIST, .each = &comment_items},
};
static const struct rules author_rules[] = {
    {.name = "name", .path = "name", .types = RULE_STRING},
    {.name = "boss", .path = "boss", .types = RULE_OBJECTID, .relation = &to_authors},
};

static const struct resource authors_resource = {
    .name = "authors",
    .schema = {.fields = author_rules, .count = 2},
    .id_field = "_id",
    .any_filter = true,
    .settings = &resource_settings,
};

/* Every field may be filtered by, everything of the schema is shown. */
static inline struct resource posts_resource(void)
{
    struct resource posts = authors_resource;

    posts.name = "posts";
    posts.schema.fields = post_rules;
    posts.schema.count = sizeof(post_rules) / sizeof(post_rules[0]);
    return posts;
}

#endif
