/* SPDX-License-Identifier: MIT */
#include "error.h"

#include <stdio.h>

bool fail(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list args;

    err->kind = kind;
    err->retry_after_s = 0;
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    return false;
}

int error_status(enum error_kind kind)
{
    static const int statuses[] = {
        [ERROR_NONE] = 500,           [ERROR_INVALID] = 400,       [ERROR_UNAUTHORIZED] = 401,
        [ERROR_FORBIDDEN] = 403,      [ERROR_NOT_FOUND] = 404,     [ERROR_METHOD] = 405,
        [ERROR_CONFLICT] = 409,       [ERROR_GONE] = 410,          [ERROR_STALE] = 412,
        [ERROR_TOO_LARGE] = 413,      [ERROR_URI_TOO_LONG] = 414,  [ERROR_MEDIA_TYPE] = 415,
        [ERROR_REFUSED] = 422,        [ERROR_UNCONDITIONAL] = 428, [ERROR_TOO_MANY] = 429,
        [ERROR_HEAD_TOO_LARGE] = 431, [ERROR_INTERNAL] = 500,      [ERROR_UPSTREAM] = 502,
        [ERROR_BUSY] = 503,           [ERROR_TIMEOUT] = 504,
    };

    return statuses[kind];
}

const char *status_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {207, "Multi-Status"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };

    for (unsigned i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Unknown";
}
