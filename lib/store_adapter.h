/* SPDX-License-Identifier: MIT */
/* What a kind of store has to provide. Private to lib/store*.c: callers see store.h, which passes
 * each call on to the table of the address's adapter. An adapter's own struct begins with a struct
 * store. The meaning of each entry is that of the function of the same name in store.h. */
#ifndef DECANT_STORE_ADAPTER_H
#define DECANT_STORE_ADAPTER_H

#include "store.h"

struct store_adapter {
    bool embedded;
    struct store *(*open)(const char *address, const struct store_options *options,
                          struct error *err);
    void (*close)(struct store *store);
    bool (*prepare)(struct store *store, const struct collection *const *collections, size_t count,
                    struct error *err);
    bool (*ping)(struct store *store, struct error *err);
    uint64_t (*version)(const struct store *store, const struct collection *collection);

    bool (*get)(struct store *store, const struct collection *collection, struct key key,
                struct document *out, struct error *err);
    bool (*find)(struct store *store, const struct collection *collection,
                 const struct query *query, struct documents *out, struct error *err);
    bool (*count)(struct store *store, const struct collection *collection,
                  const struct filter *where, int64_t *out, struct error *err);
    bool (*estimate)(struct store *store, const struct collection *collection,
                     const struct filter *where, struct estimate *out, struct error *err);
    bool (*each)(struct store *store, const struct collection *collection,
                 bool (*visit)(void *context, const struct document *document), void *context,
                 struct error *err);
    bool (*changes)(struct store *store, const char *after, size_t limit, struct store_changes *out,
                    struct error *err);
    void (*reads_begin)(struct store *store);
    bool (*reads_end)(struct store *store);
    void (*snapshot_end)(struct store *store);
    void (*thread_end)(struct store *store);

    bool (*insert)(struct store *store, const struct collection *collection, const bson_t *document,
                   struct document *after, struct error *err);
    bool (*replace)(struct store *store, const struct collection *collection, struct key key,
                    const struct replacement *replacement, struct error *err);
    bool (*update)(struct store *store, const struct collection *collection, struct key key,
                   const struct update *update, struct error *err);
    bool (*remove)(struct store *store, const struct collection *collection, struct key key,
                   const char *if_etag, struct error *err);
    bool (*delete_where)(struct store *store, const struct collection *collection,
                         const struct filter *where, int64_t *deleted, struct error *err);
    bool (*transact)(struct store *store,
                     bool (*change)(void *context, struct store *store, struct error *err),
                     void *context, struct error *err);

    size_t (*submit)(struct store *store, struct store_work *first, struct error *err);
    bool (*withdraw)(struct store *store, struct store_work *work);
};

struct store {
    const struct store_adapter *adapter;
};

extern const struct store_adapter store_sqlite;

/* The adapter that a module offers: NAME.so in the folder that the environment's DECANT_MODULES
 * names, beside the program, or in ../lib/decant from there; its symbol NAME is one. Loaded once,
 * for good. NULL with ERROR_INTERNAL. */
const struct store_adapter *store_module(const char *name, struct error *err);

#endif
