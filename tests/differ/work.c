/* SPDX-License-Identifier: MIT */
/* Operations that change, several in one work. A list of acts is {acts, strict, fail}: strict ends
 * at the first act that fails, and fail makes it fail at its end. */
#include "differ.h"

#include <string.h>

enum { MAX_CHANGES = 32 };

/* A list of acts under way, within a work or a part of one. */
struct acting {
    struct differ *differ;
    const bson_t *list; /* the operation */
    size_t begun;       /* where in the answer it begins */
};

static bool run_acts(void *context, struct store *store, struct error *err);

/* -- one act; false with err ----------------------------------------------------------------------
 */

static bool act_insert(struct acting *acting, struct store *store, const bson_t *act,
                       struct document *after, struct error *err)
{
    bson_t document;

    return member_bson(act, "document", &document) &&
           store_insert(store, member_collection(acting->differ, act), &document, after, err);
}

static bool act_replace(struct acting *acting, struct store *store, const bson_t *act,
                        struct document *after, struct error *err)
{
    bson_t document;
    struct replacement replacement = {.document = &document,
                                      .if_etag = member_slot(acting->differ, act, "if_etag"),
                                      .upsert = member_flag(act, "upsert"),
                                      .after = after};

    return member_bson(act, "document", &document) &&
           store_replace(store, member_collection(acting->differ, act), member_key(act),
                         &replacement, err);
}

static enum change_kind kind_of(const char *name)
{
    static const char *const names[] = {[CHANGE_SET] = "set",   [CHANGE_UNSET] = "unset",
                                        [CHANGE_ADD] = "add",   [CHANGE_ADD_TO_SET] = "add_to_set",
                                        [CHANGE_PUSH] = "push", [CHANGE_PULL] = "pull"};
    size_t kind = 0;

    while (kind < CHANGE_PULL && (!name || strcmp(names[kind], name) != 0))
        kind++;
    return (enum change_kind)kind;
}

static size_t read_changes(const bson_t *list, struct change *out)
{
    size_t count = 0;
    bson_iter_t iter;
    bson_t one;

    bson_iter_init(&iter, list);
    while (count < MAX_CHANGES && bson_iter_next(&iter)) {
        if (!member_bson(list, bson_iter_key(&iter), &one))
            continue;
        out[count].kind = kind_of(member_text(&one, "0"));
        out[count].path = member_text(&one, "1");
        out[count].value = value_null();
        member_value(&one, "2", &out[count].value);
        count++;
    }
    return count;
}

static bool act_update(struct acting *acting, struct store *store, const bson_t *act,
                       struct document *after, struct error *err)
{
    struct change changes[MAX_CHANGES];
    struct update update = {.changes = changes,
                            .if_etag = member_slot(acting->differ, act, "if_etag"),
                            .upsert = member_flag(act, "upsert"),
                            .after = after};
    bson_t list;

    if (member_bson(act, "changes", &list))
        update.count = read_changes(&list, changes);
    return store_update(store, member_collection(acting->differ, act), member_key(act), &update,
                        err);
}

static bool act_delete(struct acting *acting, struct store *store, const bson_t *act,
                       struct document *after, struct error *err)
{
    (void)after;
    return store_delete(store, member_collection(acting->differ, act), member_key(act),
                        member_slot(acting->differ, act, "if_etag"), err);
}

/* -- lists of acts --------------------------------------------------------------------------------
 */

static bool answer_delete_where(struct acting *acting, struct store *store, const bson_t *act,
                                struct error *err)
{
    int64_t deleted = -1;

    if (!store_delete_where(store, member_collection(acting->differ, act),
                            member_filter(acting->differ, act, "where"), &deleted, err)) {
        write_error(&acting->differ->answer, err);
        return false;
    }
    buf_printf(&acting->differ->answer, "{\"total\":%lld}", (long long)deleted);
    return true;
}

/* The answer says of each act what became of it, and then of the whole. */
static void end_acts(const struct acting *acting, bool ok, const struct error *err)
{
    struct buf *answer = &acting->differ->answer;

    if (answer->len == acting->begun) /* none was run */
        buf_puts(answer, "{\"acts\":[]}");
    answer->len--; /* its bracket */
    if (!ok) {
        buf_puts(answer, ",\"failed\":");
        write_error(answer, err);
    }
    buf_byte(answer, '}');
}

static bool answer_part(struct acting *acting, struct store *store, const bson_t *act,
                        struct error *err)
{
    struct acting part = {acting->differ, act, acting->differ->answer.len};
    bool ok = store_transact(store, run_acts, &part, err);

    end_acts(&part, ok, err);
    return ok;
}

static bool answer_change(struct acting *acting, struct store *store, const char *name,
                          const bson_t *act, struct error *err)
{
    static const struct {
        const char *name;
        bool (*run)(struct acting *acting, struct store *store, const bson_t *act,
                    struct document *after, struct error *err);
    } acts[] = {{"insert", act_insert},
                {"replace", act_replace},
                {"update", act_update},
                {"delete", act_delete}};
    struct document after = {.arena = &acting->differ->arena};
    bool ok = false;

    fail(err, ERROR_INTERNAL, "%s is no operation", name);
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (strcmp(acts[i].name, name) == 0)
            ok = acts[i].run(acting, store, act, &after, err);
    if (!ok) {
        write_error(&acting->differ->answer, err);
        return false;
    }
    if (!after.bson) {
        buf_puts(&acting->differ->answer, "{}");
        return true;
    }
    save_slot(acting->differ, act, after.etag);
    write_document(&acting->differ->answer, &after);
    return true;
}

static bool answer_act(struct acting *acting, struct store *store, const bson_t *act,
                       struct error *err)
{
    const char *name = member_text(act, "op");

    if (!name)
        name = "";
    if (strcmp(name, "transact") == 0)
        return answer_part(acting, store, act, err);
    if (strcmp(name, "delete_where") == 0)
        return answer_delete_where(acting, store, act, err);
    return answer_read(acting->differ, store, name, act) ||
           answer_change(acting, store, name, act, err);
}

/* A work may run again: then its answer begins anew. */
static bool run_acts(void *context, struct store *store, struct error *err)
{
    struct acting *acting = context;
    bool strict = member_flag(acting->list, "strict"), ok = true;
    bson_iter_t iter;
    bson_t acts, act;
    int count = 0;

    acting->differ->answer.len = acting->begun;
    buf_puts(&acting->differ->answer, "{\"acts\":[");
    if (member_bson(acting->list, "acts", &acts) && bson_iter_init(&iter, &acts)) {
        while (ok && bson_iter_next(&iter) && member_bson(&acts, bson_iter_key(&iter), &act)) {
            if (count++)
                buf_byte(&acting->differ->answer, ',');
            ok = answer_act(acting, store, &act, err) || !strict;
        }
    }
    buf_puts(&acting->differ->answer, "]}");
    return ok && (!member_flag(acting->list, "fail") || fail(err, ERROR_FORBIDDEN, "as asked for"));
}

void answer_work(struct differ *differ, const bson_t *operation)
{
    struct acting acting = {differ, operation, differ->answer.len};
    struct error err = {0};
    bool ok = store_write(differ->store, run_acts, &acting, &err);

    end_acts(&acting, ok, &err);
}
