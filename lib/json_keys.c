/* SPDX-License-Identifier: MIT */
/* Looks for keys that an object has twice. Big objects use a hash table whose seed nobody outside
 * knows, so that no choice of keys makes it slow. */
#include "json_text.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"

enum { FEW = 12 }; /* up to here comparing each with each is quicker */

struct key_set {
    uint32_t *slots; /* node + 1, or 0 */
    size_t mask;
    uint64_t seed[2];
};

static bool same_key(const struct json_text *text, uint32_t a, uint32_t b)
{
    const struct json_node *left = &text->nodes[a];
    const struct json_node *right = &text->nodes[b];

    return left->len == right->len &&
           memcmp(text->bytes + left->start, text->bytes + right->start, left->len) == 0;
}

static uint64_t rotate(uint64_t word, int by)
{
    return word << by | word >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3. */
static uint64_t hash(const uint64_t seed[2], const char *bytes, size_t len)
{
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575U, seed[1] ^ 0x646f72616e646f6dU,
                     seed[0] ^ 0x6c7967656e657261U, seed[1] ^ 0x7465646279746573U};
    uint64_t word;
    size_t left = len;

    for (; left >= 8; left -= 8, bytes += 8) {
        memcpy(&word, bytes, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = 0;
    memcpy(&word, bytes, left);
    word |= (uint64_t)len << 56;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* False if the key is there already. */
static bool add_key(struct key_set *set, const struct json_text *text, uint32_t key)
{
    const struct json_node *node = &text->nodes[key];
    size_t slot = (size_t)hash(set->seed, text->bytes + node->start, node->len) & set->mask;

    for (; set->slots[slot]; slot = (slot + 1) & set->mask)
        if (same_key(text, set->slots[slot] - 1, key))
            return false;
    set->slots[slot] = key + 1;
    return true;
}

static bool many_unique(const struct json_text *text, uint32_t object, uint32_t *node)
{
    uint32_t end = text->nodes[object].next;
    struct key_set set = {.mask = 32};
    uint32_t key = object + 1;

    while (set.mask < (size_t)text->nodes[object].count * 2)
        set.mask *= 2;
    set.slots = calloc(set.mask, sizeof(*set.slots));
    if (!set.slots)
        abort();
    set.mask--;
    random_bytes(set.seed, sizeof(set.seed));
    while (key < end && add_key(&set, text, key))
        key = text->nodes[key].next;
    free(set.slots);
    *node = key;
    return key >= end;
}

static bool few_unique(const struct json_text *text, uint32_t object, uint32_t *node)
{
    uint32_t end = text->nodes[object].next;

    for (uint32_t key = object + 1; key < end; key = text->nodes[key].next)
        for (uint32_t old = object + 1; old < key; old = text->nodes[old].next)
            if (same_key(text, old, key)) {
                *node = key;
                return false;
            }
    return true;
}

bool json_keys_unique(const struct json_text *text, uint32_t *node)
{
    for (uint32_t i = 0; i < text->count; i++) {
        if (text->nodes[i].type != JSON_OBJECT)
            continue;
        if (text->nodes[i].count <= FEW ? !few_unique(text, i, node) : !many_unique(text, i, node))
            return false;
    }
    return true;
}
