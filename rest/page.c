/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <stdlib.h>
#include <string.h>

/* A whole number without its sign; what is too large for int64 is the largest. 0 if it is none. */
static int64_t read_whole(const char *text)
{
    int64_t number = 0;

    text += strspn(text, " \t");
    text += *text == '-' || *text == '+';
    if (*text < '0' || *text > '9')
        return 0;
    for (; *text >= '0' && *text <= '9'; text++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *text - '0', &number))
            number = INT64_MAX;
    text += strspn(text, " \t");
    return *text ? 0 : number;
}

/* Any decimal number, cut off after the point. 0 if it is none. */
static int64_t read_cut(const char *text)
{
    const char *end = text + strspn(text, " \t+-.0123456789eE");
    char *stop;
    double number;

    if (*end || !*text)
        return 0;
    number = strtod(text, &stop);
    stop += strspn(stop, " \t");
    if (*stop || stop == text)
        return 0;
    return number >= 0x1p63 ? INT64_MAX : number <= 0 ? 0 : (int64_t)number;
}

void page_asked(const struct resource *resource, const char *number, const char *size,
                struct page *out)
{
    struct page page = {.paged = resource->pagination, .number = 1};

    page.usual = page.paged ? resource->pagination_default : 0;
    page.size = size ? read_cut(size) : 0;
    if (!page.size)
        page.size = page.usual;
    if (page.paged && page.size > resource->pagination_limit)
        page.size = resource->pagination_limit;
    if (page.paged && page.size < 1)
        page.size = 1;
    if (page.paged && number)
        page.number = read_whole(number);
    if (!page.number)
        page.number = 1;
    *out = page;
}

int64_t page_skip(const struct page *page)
{
    int64_t skip;

    return __builtin_mul_overflow(page->number - 1, page->size, &skip) ? INT64_MAX : skip;
}

int64_t page_limit(const struct page *page)
{
    return page->size ? page->size : INT64_MAX;
}

bool page_has_next(const struct page *page, int64_t total)
{
    return page->paged && page_skip(page) < total && total - page_skip(page) > page->size;
}

int64_t page_last(const struct page *page, int64_t total)
{
    return (total - 1) / page->size + 1;
}
