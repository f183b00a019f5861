/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "record_field.h"

const struct field *record_find(const struct record *record, const char *name, size_t len)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct field *field = &record->fields[i];

        if (len && field->name[0] == name[0] && strncmp(field->name, name, len) == 0 &&
            field->name[len] == '\0')
            return field;
    }
    return NULL;
}

static void two_digits(char *out, int64_t number)
{
    out[0] = (char)('0' + number / 10);
    out[1] = (char)('0' + number % 10);
}

/* Years are counted from 1 March, so that the leap day is the last day of one: then the months have
 * a regular pattern of lengths, 153 days in each five. */
static void write_date(int64_t days, char *out)
{
    int64_t since = days + 719468; /* from 0000-03-01 to 1970-01-01 */
    int64_t era = (since >= 0 ? since : since - 146096) / 146097;
    int64_t day = since - era * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t month;

    day -= year * 365 + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;
    year += era * 400 + (month >= 10);
    month = month >= 10 ? month - 9 : month + 3;
    two_digits(out, year / 100);
    two_digits(out + 2, year % 100);
    two_digits(out + 5, month);
    two_digits(out + 8, day + 1);
}

size_t record_time(int64_t ms, char out[RECORD_TIME_SIZE])
{
    static const int64_t first = -62167219200000;  /* 0000-01-01 */
    static const int64_t beyond = 253402300800000; /* 10000-01-01 */
    static const char pattern[RECORD_TIME_SIZE] = "0000-00-00T00:00:00.000Z";
    int64_t in_day;

    out[0] = '\0';
    if (ms < first || ms >= beyond)
        return 0;
    memcpy(out, pattern, sizeof(pattern));
    in_day = ms % 86400000;
    if (in_day < 0)
        in_day += 86400000;
    write_date((ms - in_day) / 86400000, out);
    two_digits(out + 11, in_day / 3600000);
    two_digits(out + 14, in_day / 60000 % 60);
    two_digits(out + 17, in_day / 1000 % 60);
    out[20] = (char)('0' + in_day % 1000 / 100);
    two_digits(out + 21, in_day % 100);
    return sizeof(pattern) - 1;
}

static void write_text(const char *text, struct buf *out)
{
    if (text)
        json_write_text(out, text, strlen(text));
    else
        buf_puts(out, "null");
}

static void write_time(int64_t ms, struct buf *out)
{
    char text[RECORD_TIME_SIZE];
    size_t len = record_time(ms, text);

    write_text(len ? text : NULL, out);
}

static void write_records(const struct record *of, const struct list *list, struct buf *out)
{
    buf_byte(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            buf_byte(out, ',');
        record_to_json(of, list_item(list, i, of->size), out);
    }
    buf_byte(out, ']');
}

static void write_texts(const struct list *list, struct buf *out)
{
    const char *const *texts = list->items;

    buf_byte(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            buf_byte(out, ',');
        write_text(texts[i], out);
    }
    buf_byte(out, ']');
}

static void write_field(const struct field *field, const void *data, struct buf *out)
{
    union member at = field_member(field, data);

    switch (field->type) {
    case FIELD_BOOL:
        buf_puts(out, *at.boolean ? "true" : "false");
        return;
    case FIELD_INT:
        buf_int(out, *at.integer);
        return;
    case FIELD_INT64:
        buf_int(out, *at.int64);
        return;
    case FIELD_DOUBLE:
        json_write_double(out, *at.real);
        return;
    case FIELD_TEXT:
        write_text(*at.text, out);
        return;
    case FIELD_TIME:
        write_time(*at.int64, out);
        return;
    case FIELD_RECORD:
        if (*at.record)
            record_to_json(field->of, *at.record, out);
        else
            buf_puts(out, "null");
        return;
    case FIELD_LIST:
        write_records(field->of, at.list, out);
        return;
    case FIELD_TEXTS:
        write_texts(at.list, out);
        return;
    }
}

void record_to_json(const struct record *record, const void *data, struct buf *out)
{
    buf_byte(out, '{');
    for (size_t i = 0; i < record->count; i++) {
        if (i)
            buf_byte(out, ',');
        json_write_text(out, record->fields[i].name, strlen(record->fields[i].name));
        buf_byte(out, ':');
        write_field(&record->fields[i], data, out);
    }
    buf_byte(out, '}');
}
