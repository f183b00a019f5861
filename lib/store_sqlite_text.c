/* SPDX-License-Identifier: MIT */
/* The word index: FTS5 without content beside the table, fed with analysed words. And rank.
 *
 * Rank is bm25 as FTS5 defines it, but for how rare a word is: FTS5 counts all rows with the word,
 * which for a common word takes longer than all else. Here its newest rows, PROBED_HITS of them,
 * are looked at, and a word with more is taken to be as dense in the older rows. */
#include "store_sqlite_change.h"

#include "document.h"
#include "words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double K1 = 1.2, B = 0.75;

/* -- the index --------------------------------------------------------------------------------- */

static bool text_of(const struct bson_bytes *document, const char *path, bson_value_t *out)
{
    return document_get(document->data, document->len, path, out) &&
           out->value_type == BSON_TYPE_UTF8;
}

bool text_changed(const struct table *table, const struct bson_bytes *before,
                  const struct bson_bytes *after)
{
    for (size_t i = 0; i < table->write->searched_count; i++) {
        bson_value_t a, b;
        bool had = text_of(before, table->write->searched[i], &a);
        bool has = text_of(after, table->write->searched[i], &b);

        if (had != has ||
            (had && (a.value.v_utf8.len != b.value.v_utf8.len ||
                     memcmp(a.value.v_utf8.str, b.value.v_utf8.str, a.value.v_utf8.len) != 0)))
            return true;
    }
    return false;
}

bool text_index(const struct target *target, int64_t row, const struct bson_bytes *document,
                bool add, struct error *err)
{
    const struct columns *columns = target->table->write;
    struct connection *connection = target->connection;
    sqlite3_stmt *stmt =
        connection_prepare(connection, add ? columns->add_words : columns->drop_words, err);
    struct buf words[MAX_SEARCHED] = {{0}};
    int code;

    if (!stmt)
        return false;
    sqlite3_bind_int64(stmt, 1, row);
    for (size_t i = 0; i < columns->searched_count; i++) {
        bson_value_t value;

        if (text_of(document, columns->searched[i], &value))
            words_analyse(&words[i], value.value.v_utf8.str, value.value.v_utf8.len);
        sqlite3_bind_text64(stmt, (int)i + 2, words[i].data ? words[i].data : "", words[i].len,
                            SQLITE_STATIC, SQLITE_UTF8);
    }
    code = connection_step(connection, stmt, err);
    connection_finish(stmt);
    for (size_t i = 0; i < columns->searched_count; i++)
        buf_release(&words[i]);
    return code == SQLITE_DONE;
}

/* -- rank -------------------------------------------------------------------------------------- */

/* decant_rank(index, ranking): greater is better. */
static void rank_row(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *context,
                     int count, sqlite3_value **values)
{
    struct ranking *ranking = count == 1 ? sqlite3_value_pointer(values[0], "ranking") : NULL;
    double found[WORDS_MAX_TERMS] = {0};
    double rank = 0, length;
    int instances = 0, size = 0;

    if (!ranking || api->xInstCount(fts, &instances) || api->xColumnSize(fts, -1, &size)) {
        sqlite3_result_error(context, "decant_rank() cannot rank", -1);
        return;
    }
    if (ranking->average == 0) {
        sqlite3_int64 rows = 1, words = 1;

        if (api->xRowCount(fts, &rows) || api->xColumnTotalSize(fts, -1, &words))
            rows = words = 1;
        ranking->average = rows > 0 && words > 0 ? (double)words / (double)rows : 1;
    }
    for (int i = 0; i < instances; i++) {
        int phrase, column, offset;

        if (api->xInst(fts, i, &phrase, &column, &offset) == SQLITE_OK && phrase < ranking->phrases)
            found[phrase]++;
    }
    length = K1 * (1 - B + B * size / ranking->average);
    for (int i = 0; i < ranking->phrases; i++)
        rank += ranking->rarity[i] * found[i] * (K1 + 1) / (found[i] + length);
    sqlite3_result_double(context, rank);
}

bool text_register(struct connection *connection, struct error *err)
{
    fts5_api *api = NULL;
    sqlite3_stmt *stmt = NULL;

    if (sqlite3_prepare_v2(connection->db, "SELECT fts5(?1)", -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_pointer(stmt, 1, &api, "fts5_api_ptr", NULL);
        sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    if (!api)
        return fail(err, ERROR_INTERNAL, "this SQLite has no FTS5");
    return api->xCreateFunction(api, "decant_rank", NULL, rank_row, NULL) == SQLITE_OK ||
           connection_fail(connection, err);
}
