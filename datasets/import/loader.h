/* SPDX-License-Identifier: MIT */
/* Puts records into the store: new ones are inserted, changed ones replaced, equal ones left alone.
 * Works in short transactions, so that a server on the same store goes on serving; or, strictly, in
 * a single one. One thread uses a loader. */
#ifndef DECANT_LOADER_H
#define DECANT_LOADER_H

#include "../../lib/store.h"
#include "intake.h"

#include <stdint.h>
#include <stdio.h>

struct loader_counts {
    uint64_t added;
    uint64_t changed;
    uint64_t equal; /* were there already, just so */
    uint64_t bad;
    uint64_t left_out;
};

struct loader;

/* complaints: where bad records are named, and progress is shown if that is a terminal. Both are
 * borrowed. */
struct loader *loader_open(struct store *store, FILE *complaints);

/* No more progress: take the line of it away. */
void loader_quiet(struct loader *loader);

/* Whatever was not written is dropped. */
void loader_close(struct loader *loader);

/* What readers are to be given. The loader's file names records in complaints. */
const struct intake *loader_intake(struct loader *loader);
void loader_file(struct loader *loader, const char *name);

/* Write what is waiting. False after a failure of the store; err says why. */
bool loader_flush(struct loader *loader, struct error *err);

/* Whether (and how) the store failed in an earlier call, so that the intake stopped. */
bool loader_failed(const struct loader *loader, struct error *err);

/* How records are handled from now on. */
enum loader_mode {
    LOADER_BATCHES, /* bad ones are named and skipped */
    LOADER_CHECKS,  /* nothing is written; stops at the first bad one */
    LOADER_INSIDE,  /* written at once, inside the store's work that the caller is in; stops at the
                     * first bad one, which is not named but kept for loader_complain() */
};
void loader_mode(struct loader *loader, enum loader_mode mode);

/* Forget all counts: the work is run again. */
void loader_restart(struct loader *loader);

/* Name the bad record that ended LOADER_INSIDE, if there was one. */
void loader_complain(struct loader *loader);

struct loader_counts loader_counts(const struct loader *loader);

#endif
