/* SPDX-License-Identifier: MIT */
#include "times.h"

#include <stddef.h>

/* Exactly `count` digits, and the character after them unless that is NUL. */
static bool read_part(const char **at, int count, char after, int *out)
{
    int number = 0;

    for (; count > 0; count--, ++*at) {
        if (**at < '0' || **at > '9')
            return false;
        number = number * 10 + (**at - '0');
    }
    *out = number;
    if (!after)
        return true;
    if (**at != after)
        return false;
    ++*at;
    return true;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01; year from 0. */
static int64_t count_days(int year, int month, int day)
{
    int before = year - 1; /* whole years, of which every fourth but not every hundredth leaps */
    int64_t days = (int64_t)year * 365 + (year ? before / 4 - before / 100 + before / 400 + 1 : 0);

    for (int i = 1; i < month; i++)
        days += month_days(year, i);
    return days + day - 1 - 719528;
}

/* The milliseconds of ".337", ".3" or ".3371". */
static bool read_fraction(const char **at, int *ms)
{
    int scale = 100;

    *ms = 0;
    if (**at != '.')
        return true;
    ++*at;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; ++*at, scale /= 10)
        *ms += (**at - '0') * scale;
    return true;
}

/* What the zone is ahead of UTC. */
static bool read_zone(const char **at, int *minutes)
{
    int sign = **at == '-' ? -1 : 1;
    int hours;

    *minutes = 0;
    if (**at == 'Z')
        ++*at;
    else if (**at == '+' || **at == '-') {
        ++*at;
        if (!read_part(at, 2, '\0', &hours))
            return false;
        *at += **at == ':';
        if (!read_part(at, 2, '\0', minutes) || hours > 23 || *minutes > 59)
            return false;
        *minutes = sign * (hours * 60 + *minutes);
    }
    return **at == '\0';
}

bool time_parse(const char *text, int64_t *ms)
{
    int year, month, day, hour, minute, second, fraction, zone;

    if (!read_part(&text, 4, '-', &year) || !read_part(&text, 2, '-', &month) ||
        !read_part(&text, 2, 'T', &day) || !read_part(&text, 2, ':', &hour) ||
        !read_part(&text, 2, ':', &minute) || !read_part(&text, 2, '\0', &second) ||
        !read_fraction(&text, &fraction) || !read_zone(&text, &zone))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > month_days(year, month) || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    *ms = (((count_days(year, month, day) * 24 + hour) * 60 + minute - zone) * 60 + second) * 1000 +
          fraction;
    return true;
}
