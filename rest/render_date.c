/* SPDX-License-Identifier: MIT */
/* Dates as replies show them. */
#include "render_private.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400 };

/* The years that four digits can tell, in seconds from 1970. */
static const int64_t first_s = -62167219200; /* 1 January 0000 */
static const int64_t last_s = 253402300799;  /* 31 December 9999, 23:59:59 */

static int64_t floor_seconds(int64_t ms)
{
    return ms / 1000 - (ms % 1000 < 0);
}

struct day {
    unsigned year, month, day; /* month and day from 1 */
};

/* The Gregorian date of a day, counted from 1 March of the year 0, of 400 years of 146097 days; a
 * year begins in March, so that the odd day comes last. */
static struct day day_of(unsigned days)
{
    unsigned era = days / 146097;
    unsigned of_era = days % 146097;
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153; /* from March */
    struct day day = {
        .year = era * 400 + year + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - (153 * month + 2) / 5 + 1,
    };

    return day;
}

static void two_digits(char *out, unsigned number)
{
    out[0] = (char)('0' + number / 10 % 10);
    out[1] = (char)('0' + number % 10);
}

/* 29 bytes, of a time within the years 0 to 9999. */
static void write_http_date(int64_t seconds, char *out)
{
    static const char form[29] = "Www, DD Mmm YYYY HH:MM:SS GMT"; /* without a NUL */
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    /* From 1 March of the year -400, which is a Wednesday as 1 March 2000 is. */
    unsigned count = (unsigned)((seconds - first_s) / DAY_S) + 146097 - 60;
    unsigned of_day = (unsigned)((seconds - first_s) % DAY_S);
    struct day day = day_of(count);

    memcpy(out, form, sizeof(form));
    memcpy(out, days + 3 * ((count + 3) % 7), 3);
    two_digits(out + 5, day.day);
    memcpy(out + 8, months + 3 * (day.month - 1), 3);
    two_digits(out + 12, (day.year - 400) / 100);
    two_digits(out + 14, (day.year - 400) % 100);
    two_digits(out + 17, of_day / 3600);
    two_digits(out + 20, of_day / 60 % 60);
    two_digits(out + 23, of_day % 60);
}

void render_http_date(int64_t ms, char out[RENDER_DATE_SIZE])
{
    int64_t seconds = floor_seconds(ms);

    if (seconds < first_s)
        seconds = first_s;
    if (seconds > last_s)
        seconds = last_s;
    write_http_date(seconds, out);
    out[29] = '\0';
}

static void write_formatted(const char *format, int64_t seconds, struct buf *out)
{
    time_t time = (time_t)seconds;
    char text[256];
    struct tm parts;

    text[0] = '\0';
    gmtime_r(&time, &parts);
    /* The format is the settings' own, which is where it comes from at all. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    render_text(text, strftime(text, sizeof(text), format, &parts), out);
#pragma GCC diagnostic pop
}

void render_date(const struct settings *settings, int64_t ms, struct buf *out)
{
    int64_t seconds = floor_seconds(ms);

    if (seconds < first_s || seconds > last_s) {
        buf_add(out, "null", 4);
        return;
    }
    if (*settings->date_format) {
        write_formatted(settings->date_format, seconds, out);
        return;
    }
    buf_reserve(out, 31);
    out->data[out->len] = '"';
    write_http_date(seconds, out->data + out->len + 1);
    out->data[out->len + 30] = '"';
    out->len += 31;
}
