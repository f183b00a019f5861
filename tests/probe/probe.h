/* SPDX-License-Identifier: MIT */
/* The probe's routes and its collection. */
#ifndef DECANT_PROBE_H
#define DECANT_PROBE_H

#include "../../lib/call.h"
#include "../../lib/store.h"

#include <stdatomic.h>

/* call_context() */
struct probe {
    atomic_int writing; /* slow changes that have begun */
};

extern const struct route probe_routes[];
extern const struct route front_routes[];
extern const struct collection notes_collection;

/* notes.c */
enum outcome put_note(struct call *call);
enum outcome get_note(struct call *call);
enum outcome add_to_note(struct call *call);
enum outcome fail_note(struct call *call);
enum outcome note_slowly(struct call *call);
enum outcome get_writing(struct call *call);
enum outcome fill_notes(struct call *call);
enum outcome scan_notes(struct call *call);
enum outcome write_then_work(struct call *call);

/* streams.c */
enum outcome stream_lines(struct call *call);
enum outcome stream_events(struct call *call);
enum outcome stream_broken(struct call *call);
enum outcome stream_notes(struct call *call);

#endif
