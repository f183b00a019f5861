/* SPDX-License-Identifier: MIT */
/* Word search. Expressions for FTS5 are made of analysed words only. On a loop each word is probed
 * first: a search whose rarest word is in more than INLINE_HITS documents is for a worker. */
#include "store_sqlite_page.h"
#include "store_sqlite_rows.h"

#include "words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hit {
    int64_t row;
    double rank;
};

struct search {
    struct connection *connection;
    const struct table *table;
    const struct query *query;
    struct words_query words;
    struct ranking ranking;
    double newest;     /* the number of the last row */
    const char *match; /* the FTS5 expression */
    size_t most;       /* hits to look at; one more tells that there are more */
    struct hit *hits;
    size_t count;
    bool bounded;
};

/* -- probing ----------------------------------------------------------------------------------- */

/* "a" AND "b c" NOT "d": tokens hold letters, digits and bytes above 127 only, so nothing can end a
 * quoted string. */
static const char *expression(struct arena *arena, const struct words_query *words)
{
    struct buf text = {0};
    const char *kept;

    for (int negated = 0; negated < 2; negated++) {
        for (size_t i = 0; i < words->count; i++) {
            if (words->terms[i].negated != negated)
                continue;
            if (text.len)
                buf_puts(&text, negated ? " NOT " : " AND ");
            buf_printf(&text, "\"%s\"", words->terms[i].tokens);
        }
        if (!negated && text.len) {
            /* NOT binds tighter than AND. */
            struct buf whole = {0};

            buf_printf(&whole, "(%.*s)", (int)text.len, text.data);
            buf_release(&text);
            text = whole;
        }
    }
    kept = arena_copy(arena, text.data, text.len);
    buf_release(&text);
    return kept;
}

/* How many rows are likely to have this word; exact up to PROBED_HITS. */
static bool probe(const struct search *search, const char *word, size_t len, double *out,
                  struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(search->connection, search->table->read->probe, err);
    char quoted[WORDS_MAX_BYTES + 8];
    int64_t oldest = 0;
    int count = 0;
    int code;

    if (!stmt)
        return false;
    snprintf(quoted, sizeof(quoted), "\"%.*s\"", (int)len, word);
    sqlite3_bind_text(stmt, 1, quoted, -1, SQLITE_STATIC);
    while ((code = connection_step(search->connection, stmt, err)) == SQLITE_ROW) {
        count++;
        oldest = sqlite3_column_int64(stmt, 0);
    }
    connection_finish(stmt);
    *out = count <= PROBED_HITS ? count
                                : count * search->newest / (search->newest - (double)oldest + 1);
    return code == SQLITE_DONE;
}

static bool probe_term(const struct search *search, const char *tokens, double *rarest,
                       struct error *err)
{
    *rarest = INFINITY;
    while (*tokens) {
        size_t len = strcspn(tokens, " ");
        double rows;

        if (!probe(search, tokens, len, &rows, err))
            return false;
        if (rows < *rarest)
            *rarest = rows;
        tokens += len + (tokens[len] == ' ');
    }
    return true;
}

/* Whether one word is all there is: then how rare it is does not matter to the order. */
static bool is_single(const struct words_query *words)
{
    return words->count == 1 && !strchr(words->terms[0].tokens, ' ');
}

static double rarity(double rows, double newest)
{
    double value = log((newest - rows + 0.5) / (rows + 0.5));

    return value > 1e-6 ? value : 1e-6;
}

static bool too_long(const struct search *search, struct error *err)
{
    search->connection->over = true;
    return fail(err, ERROR_INTERNAL, "the search is longer than a loop allows");
}

static bool has_budget(const struct search *search)
{
    return search->connection->bracketed && search->connection->store->options.budget > 0;
}

static bool weigh(struct search *search, struct error *err)
{
    char sql[64];
    int64_t newest = 0;
    double rows, rarest = INFINITY;

    if (is_single(&search->words)) {
        search->ranking.phrases = 1;
        search->ranking.rarity[0] = 1;
        return true;
    }
    snprintf(sql, sizeof(sql), "SELECT max(seq) FROM t%d", search->table->number);
    if (!connection_number(search->connection, sql, &newest, err))
        return false;
    search->newest = (double)newest;
    for (size_t i = 0; i < search->words.count; i++) {
        if (search->words.terms[i].negated)
            continue;
        if (!probe_term(search, search->words.terms[i].tokens, &rows, err))
            return false;
        search->ranking.rarity[search->ranking.phrases++] = rarity(rows, search->newest);
        if (rows < rarest)
            rarest = rows;
    }
    return !has_budget(search) || rarest <= INLINE_HITS || too_long(search, err);
}

/* -- hits -------------------------------------------------------------------------------------- */

static bool gather(struct search *search, struct error *err)
{
    sqlite3_stmt *stmt = connection_prepare(search->connection, search->table->read->hits, err);
    size_t cap = 0;
    int code;

    if (!stmt)
        return false;
    sqlite3_bind_text(stmt, 1, search->match, -1, SQLITE_STATIC);
    sqlite3_bind_pointer(stmt, 2, &search->ranking, "ranking", NULL);
    sqlite3_bind_int64(stmt, 3, (int64_t)search->most + 1);
    while ((code = connection_step(search->connection, stmt, err)) == SQLITE_ROW) {
        if (search->count == cap) {
            size_t more = cap ? cap * 2 : 64;
            struct hit *hits = arena_alloc(&search->connection->scratch, more * sizeof(*hits));

            if (cap)
                memcpy(hits, search->hits, cap * sizeof(*hits));
            search->hits = hits;
            cap = more;
        }
        search->hits[search->count].row = sqlite3_column_int64(stmt, 0);
        search->hits[search->count++].rank = sqlite3_column_double(stmt, 1);
    }
    connection_finish(stmt);
    search->bounded = search->count > search->most;
    if (search->bounded)
        search->count = search->most;
    if (code == SQLITE_DONE && search->bounded && has_budget(search))
        return too_long(search, err);
    return code == SQLITE_DONE;
}

enum { SIFTED_AT_ONCE = 512 };

static int by_row(const void *a, const void *b)
{
    const int64_t *first = a, *second = b;

    return (*first > *second) - (*first < *second);
}

/* `SELECT seq … WHERE seq IN (rows) AND condition`, so that the condition's own lists are looked
 * into once for all of these hits and not once for each. Short lists are filled up with their last
 * row. */
static sqlite3_stmt *sift_statement(struct search *search, const struct hit *hits, size_t count,
                                    struct error *err)
{
    size_t places = count <= 16 ? 16 : count <= 128 ? 128 : SIFTED_AT_ONCE;
    struct sql sql;
    char text[64];

    sql_init(&sql, &search->connection->scratch, search->table);
    snprintf(text, sizeof(text), "SELECT seq FROM t%d WHERE seq IN (", search->table->number);
    sql_add(&sql, text);
    for (size_t i = 0; i < places; i++) {
        if (i)
            sql_add(&sql, ",");
        sql_cell(&sql, cell_int(hits[i < count ? i : count - 1].row));
    }
    sql_add(&sql, ") AND ");
    sql_where(&sql, search->query->where);
    if (!search->query->deleted_too)
        sql_add(&sql, search->table->read->live);
    return sql_prepare(&sql, search->connection, err);
}

/* Of the hits from at on, move those that are allowed to kept; returns how many, -1 for an error.
 */
static int sift_part(struct search *search, size_t at, struct hit *kept, struct error *err)
{
    struct hit *hits = search->hits + at;
    size_t left = search->count - at;
    size_t count = left < SIFTED_AT_ONCE ? left : SIFTED_AT_ONCE;
    int64_t rows[SIFTED_AT_ONCE];
    size_t allowed = 0;
    int moved = 0;
    sqlite3_stmt *stmt = sift_statement(search, hits, count, err);
    int code;

    if (!stmt)
        return -1;
    while ((code = connection_step(search->connection, stmt, err)) == SQLITE_ROW)
        rows[allowed++] = sqlite3_column_int64(stmt, 0);
    connection_finish(stmt);
    if (code != SQLITE_DONE)
        return -1;
    qsort(rows, allowed, sizeof(rows[0]), by_row);
    for (size_t i = 0; i < count; i++)
        if (bsearch(&hits[i].row, rows, allowed, sizeof(rows[0]), by_row))
            kept[moved++] = hits[i];
    return moved;
}

/* Keep the hits that the condition (or expiry, or deletion) allows. */
static bool sift(struct search *search, struct error *err)
{
    size_t kept = 0;
    bool all = search->query->deleted_too || search->table->read->deleted < 0;

    if (!search->query->where && search->table->read->expires < 0 && all)
        return true;
    for (size_t at = 0; at < search->count; at += SIFTED_AT_ONCE) {
        int moved = sift_part(search, at, search->hits + kept, err);

        if (moved < 0)
            return false;
        kept += (size_t)moved;
    }
    search->count = kept;
    return true;
}

static int by_rank(const void *a, const void *b)
{
    const struct hit *first = a, *second = b;

    if (first->rank != second->rank)
        return first->rank > second->rank ? -1 : 1;
    return first->row > second->row ? -1 : first->row < second->row;
}

static bool fetch(struct search *search, struct documents *out, struct error *err)
{
    size_t first = search->query->skip > 0 ? (size_t)search->query->skip : 0;
    size_t left = first < search->count ? search->count - first : 0;
    size_t wanted = search->query->limit > 0 ? (size_t)search->query->limit : 0;
    bool as_text = reply_asked(search->table, out->as_text);
    char text[192];
    sqlite3_stmt *stmt;
    int code = SQLITE_ROW;

    if (left > wanted)
        left = wanted;
    snprintf(text, sizeof(text), "SELECT %s FROM t%d WHERE seq=?",
             search->table->read->fields[as_text], search->table->number);
    stmt = connection_prepare(search->connection, text, err);
    if (!stmt)
        return false;
    out->items = arena_alloc(out->arena, left * sizeof(*out->items));
    for (size_t i = first; i < first + left && code == SQLITE_ROW; i++) {
        struct document *document = &out->items[out->count];

        sqlite3_reset(stmt);
        sqlite3_bind_int64(stmt, 1, search->hits[i].row);
        code = connection_step(search->connection, stmt, err);
        if (code != SQLITE_ROW)
            break;
        document->arena = out->arena;
        document->as_text = out->as_text;
        read_document(search->table, stmt, document);
        document->rank = search->hits[i].rank;
        out->count++;
    }
    connection_finish(stmt);
    if (code == SQLITE_DONE)
        return fail(err, ERROR_INTERNAL, "the word index of %s knows rows that are not there",
                    search->table->collection->name);
    return code == SQLITE_ROW;
}

/* In another order than by rank: the hits, as a list of rows, are one more condition. */
static bool fetch_sorted(struct search *search, struct documents *out, struct error *err)
{
    struct page page = {.connection = search->connection,
                        .table = search->table,
                        .query = search->query,
                        .out = out,
                        .match = search->match,
                        .most = search->most};

    return page_read(&page, err);
}

bool text_find(struct reading *reading, const struct table *table, const struct query *query,
               struct documents *out, struct error *err)
{
    struct search search = {.connection = reading->connection, .table = table, .query = query};

    if (!table->read->searched_count)
        return fail(err, ERROR_INVALID, "%s has no searched fields", table->collection->name);
    if (!words_compile(&search.connection->scratch, query->text, &search.words))
        return true;
    search.match = expression(&search.connection->scratch, &search.words);
    search.most = has_budget(&search) ? INLINE_HITS : RANKED_HITS;
    if (!weigh(&search, err) || !gather(&search, err) || !sift(&search, err))
        return false;
    out->total = (int64_t)search.count;
    out->rank_bounded = search.bounded;
    if (query->limit <= 0)
        return true;
    if (query->sort_count || query->keyset || query->after)
        return fetch_sorted(&search, out, err);
    if (search.count) /* else there are none to point to */
        qsort(search.hits, search.count, sizeof(*search.hits), by_rank);
    return fetch(&search, out, err);
}
