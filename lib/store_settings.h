/* SPDX-License-Identifier: MIT */
/* The settings of a program that opens a store, for config_load(). A program takes the tables that
 * it needs as groups into one struct store_settings (those it leaves out are zero, so zero the
 * struct first) and has a line for the address of its own, as the default is its own:
 *
 *     {"store", SETTING_TEXT, offsetof(struct options, store.address), "sqlite:var/mine.db",
 *      STORE_ADDRESS_HELP, 0, 0, NULL},
 */
#ifndef DECANT_STORE_SETTINGS_H
#define DECANT_STORE_SETTINGS_H

#include "config.h"
#include "store.h"

#define STORE_ADDRESS_HELP "where the data is: sqlite:PATH, sqlite::memory: or mongodb://…"

struct store_settings {
    const char *address;
    int sync; /* choice: full normal */
    int queue;
    int budget;
    int changes_kept;
    bool explain;
    int slow_ms;
    int wait_ms;
    int pool;
    int timeout_ms;
};

/* sync, store-queue, store-budget */
extern const struct setting store_setting_table[];
/* changes-kept, explain, slow-query: where changes are followed and queries are the clients' */
extern const struct setting store_query_setting_table[];
/* store-wait, pool, store-timeout: of a remote store */
extern const struct setting store_remote_setting_table[];

/* What they mean to store_open(). Slow queries are told of in the log (where explain says so). The
 * rest - metrics, database, atomic, cache - is for the program to fill in. */
struct store_options store_settings_options(const struct store_settings *settings);

/* How many of the connections to a remote store are for reads, for app.store_threads; the others
 * are for works. */
int store_settings_readers(const struct store_settings *settings);

#endif
