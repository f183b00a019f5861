/* SPDX-License-Identifier: MIT */
/* Numbers that look random and are the same on every machine: SplitMix64 (Steele, Lea, Flood,
 * 2014), integers only. */
#ifndef DECANT_GENERATE_PRNG_H
#define DECANT_GENERATE_PRNG_H

#include <stdint.h>

struct prng {
    uint64_t state;
};

static inline uint64_t prng_next(struct prng *prng)
{
    uint64_t word = prng->state += 0x9e3779b97f4a7c15U;

    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9U;
    word = (word ^ word >> 27) * 0x94d049bb133111ebU;
    return word ^ word >> 31;
}

/* 0 to below - 1; below is from 1 to 2^32. */
static inline uint32_t prng_below(struct prng *prng, uint64_t below)
{
    return (uint32_t)((prng_next(prng) >> 32) * below >> 32);
}

#endif
