/* SPDX-License-Identifier: MIT */
/* The nearest of some names to one that was mistyped, for "did you mean". No state, no allocation.
 */
#ifndef DECANT_NEAREST_H
#define DECANT_NEAREST_H

#include <stddef.h>

enum { NEAREST_NAME_SIZE = 64 }; /* of a name with its NUL; nothing is near to a longer one */

struct nearest {
    const char *name;
    const char *best; /* the nearest candidate so far; NULL: none is near */
    size_t least;     /* how far a candidate must not be */
};

/* Begin. A candidate is near if at most two changes lead to it, or a third of the name's length.
 * name is borrowed. */
struct nearest nearest_to(const char *name);

/* One more candidate, borrowed. The first of several equally near ones stays. */
void nearest_consider(struct nearest *nearest, const char *candidate);

#endif
