/* SPDX-License-Identifier: MIT */
/* Texts that stand for dates and ids. */
#include "validate.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct scan {
    const char *at;
    const char *end;
};

static bool take(struct scan *scan, const char *text)
{
    size_t len = strlen(text);

    if ((size_t)(scan->end - scan->at) < len || strncasecmp(scan->at, text, len) != 0)
        return false;
    scan->at += len;
    return true;
}

static bool take_spaces(struct scan *scan)
{
    const char *from = scan->at;

    while (scan->at < scan->end && isspace((unsigned char)*scan->at))
        scan->at++;
    return scan->at > from;
}

/* A number of least to most digits, within bounds. */
struct range {
    int least, most;
    int min, max;
};
static bool take_number(struct scan *scan, struct range range, int *out)
{
    int digits = 0;
    int number = 0;

    while (digits < range.most && scan->at < scan->end && isdigit((unsigned char)*scan->at)) {
        number = number * 10 + (*scan->at++ - '0');
        digits++;
    }
    *out = number;
    return digits >= range.least && number >= range.min && number <= range.max;
}

static bool take_word(struct scan *scan, const char *const *words, int count, int *out)
{
    for (int i = 0; i < count; i++)
        if (take(scan, words[i])) {
            *out = i;
            return true;
        }
    return false;
}

static bool seconds_of(struct tm *when, int64_t *seconds)
{
    int day = when->tm_mday;

    *seconds = timegm(when);
    return when->tm_mday == day; /* else the month has no such day */
}

static const struct range two_of_hours = {2, 2, 0, 23};
static const struct range two_of_sixty = {2, 2, 0, 59};
static const struct range year_range = {4, 4, 1, 9999};

static bool take_year(struct scan *scan, struct tm *when)
{
    int year;

    if (!take_number(scan, year_range, &year))
        return false;
    when->tm_year = year - 1900;
    return true;
}

static bool take_day_and_month(struct scan *scan, struct tm *when)
{
    static const char *const week[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int weekday;

    return take_word(scan, week, 7, &weekday) && take(scan, ",") && take_spaces(scan) &&
           take_number(scan, (struct range){1, 2, 1, 31}, &when->tm_mday) && take_spaces(scan) &&
           take_word(scan, months, 12, &when->tm_mon) && take_spaces(scan);
}

/* What Python's strptime("%a, %d %b %Y %H:%M:%S GMT") takes: names in any case, one digit where
 * two are usual, any spaces. */
static bool read_rfc1123(const char *text, size_t len, int64_t *ms)
{
    struct scan scan = {text, text + len};
    const struct range hours = {1, 2, 0, 23};
    const struct range sixty = {1, 2, 0, 59};
    struct tm when = {0};
    int64_t seconds;

    if (!take_day_and_month(&scan, &when) || !take_year(&scan, &when) || !take_spaces(&scan) ||
        !take_number(&scan, hours, &when.tm_hour) || !take(&scan, ":") ||
        !take_number(&scan, sixty, &when.tm_min) || !take(&scan, ":") ||
        !take_number(&scan, sixty, &when.tm_sec) || !take_spaces(&scan) || !take(&scan, "GMT") ||
        scan.at != scan.end || !seconds_of(&when, &seconds))
        return false;
    *ms = seconds * 1000;
    return true;
}

/* Of a second, behind its point; what is less than a millisecond is dropped. */
static bool take_fraction(struct scan *scan, int *ms)
{
    int digits = 0;

    for (; scan->at < scan->end && isdigit((unsigned char)*scan->at); scan->at++, digits++)
        if (digits < 3)
            *ms = *ms * 10 + (*scan->at - '0');
    for (int i = digits; i < 3; i++)
        *ms *= 10;
    return digits > 0;
}

/* "Z", an offset, or nothing, which is UTC. */
static bool take_zone(struct scan *scan, int *seconds)
{
    int sign = 1;
    int hours;
    int minutes = 0;

    *seconds = 0;
    if (scan->at == scan->end || take(scan, "Z"))
        return true;
    if (take(scan, "-"))
        sign = -1;
    else if (!take(scan, "+"))
        return false;
    if (!take_number(scan, two_of_hours, &hours))
        return false;
    if (scan->at < scan->end) {
        take(scan, ":");
        if (!take_number(scan, two_of_sixty, &minutes))
            return false;
    }
    *seconds = sign * (hours * 60 + minutes) * 60;
    return true;
}

static bool take_time(struct scan *scan, struct tm *when, int *ms)
{
    if (!take_number(scan, two_of_hours, &when->tm_hour) || !take(scan, ":") ||
        !take_number(scan, two_of_sixty, &when->tm_min))
        return false;
    if (!take(scan, ":"))
        return true;
    if (!take_number(scan, two_of_sixty, &when->tm_sec))
        return false;
    return !(take(scan, ".") || take(scan, ",")) || take_fraction(scan, ms);
}

/* The extended form of ISO 8601: a date, and with `T` or a space a time. */
static bool read_iso(const char *text, size_t len, int64_t *ms)
{
    struct scan scan = {text, text + len};
    struct tm when = {0};
    int month;
    int fraction = 0;
    int zone = 0;
    int64_t seconds;

    if (!take_year(&scan, &when) || !take(&scan, "-") ||
        !take_number(&scan, (struct range){2, 2, 1, 12}, &month) || !take(&scan, "-") ||
        !take_number(&scan, (struct range){2, 2, 1, 31}, &when.tm_mday))
        return false;
    when.tm_mon = month - 1;
    if ((take(&scan, "T") || take(&scan, " ")) &&
        (!take_time(&scan, &when, &fraction) || !take_zone(&scan, &zone)))
        return false;
    if (scan.at != scan.end || !seconds_of(&when, &seconds))
        return false;
    *ms = (seconds - zone) * 1000 + fraction;
    return true;
}

bool read_date(const char *text, size_t len, bool iso, int64_t *ms)
{
    return read_rfc1123(text, len, ms) || (iso && read_iso(text, len, ms));
}

static unsigned types_of(const struct rules *rules);

static unsigned types_among(struct choices choices)
{
    unsigned types = 0;

    for (size_t i = 0; i < choices.count; i++)
        types |= types_of(&choices.items[i]);
    return types;
}

/* All types a value or, of a list, an item may have. */
static unsigned types_of(const struct rules *rules)
{
    unsigned types = rules->types | types_among(rules->any_of) | types_among(rules->one_of) |
                     types_among(rules->all_of);

    if (rules->types & RULE_LIST && rules->each)
        types |= types_of(rules->each);
    for (size_t i = 0; rules->types & RULE_LIST && i < rules->item_count; i++)
        types |= types_of(&rules->items[i]);
    return types;
}

bool cast_value(const struct rules *rules, bool iso, const bson_value_t *value, bson_value_t *out)
{
    const char *text = value->value.v_utf8.str;
    size_t len = value->value.v_utf8.len;
    unsigned types;
    bson_oid_t oid;
    int64_t ms;

    if (!rules || value->value_type != BSON_TYPE_UTF8)
        return false;
    types = types_of(rules);
    if (types & RULE_STRING) /* a text is one of them already */
        return false;
    if (types & RULE_OBJECTID && len == 24 && bson_oid_is_valid(text, len)) {
        bson_oid_init_from_string(&oid, text);
        *out = value_oid(&oid);
        return true;
    }
    if (types & RULE_DATETIME && read_date(text, len, iso, &ms)) {
        *out = value_date(ms);
        return true;
    }
    return false;
}
