/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include <stdio.h>
#include <string.h>

/* -- kinds ------------------------------------------------------------------------------------- */

/* Codes of servers: https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
static enum fault of_server(uint32_t code)
{
    static const struct {
        uint32_t code;
        enum fault fault;
    } known[] = {
        {6, FAULT_UNREACHED},     /* HostUnreachable */
        {7, FAULT_UNREACHED},     /* HostNotFound */
        {13, FAULT_FORBIDDEN},    /* Unauthorized */
        {18, FAULT_PASSWORD},     /* AuthenticationFailed */
        {24, FAULT_UNFIT},        /* LockTimeout */
        {43, FAULT_UNFIT},        /* CursorNotFound: not read for long, or another server */
        {50, FAULT_UNFIT},        /* MaxTimeMSExpired */
        {64, FAULT_UNFIT},        /* WriteConcernFailed: not in time */
        {89, FAULT_UNREACHED},    /* NetworkTimeout */
        {91, FAULT_UNFIT},        /* ShutdownInProgress */
        {100, FAULT_UNFIT},       /* UnsatisfiableWriteConcern */
        {133, FAULT_UNFIT},       /* FailedToSatisfyReadPreference */
        {134, FAULT_UNFIT},       /* ReadConcernMajorityNotAvailableYet */
        {171, FAULT_PARALLEL},    /* CannotIndexParallelArrays */
        {175, FAULT_UNFIT},       /* QueryPlanKilled: the collection was dropped */
        {189, FAULT_UNFIT},       /* PrimarySteppedDown */
        {202, FAULT_UNFIT},       /* NetworkInterfaceExceededTimeLimit */
        {237, FAULT_UNFIT},       /* CursorKilled */
        {262, FAULT_UNFIT},       /* ExceededTimeLimit */
        {9001, FAULT_UNREACHED},  /* SocketException */
        {10058, FAULT_UNFIT},     /* LegacyNotPrimary */
        {10107, FAULT_UNFIT},     /* NotWritablePrimary */
        {10334, FAULT_TOO_LARGE}, /* BSONObjectTooLarge */
        {11600, FAULT_UNFIT},     /* InterruptedAtShutdown */
        {11602, FAULT_UNFIT},     /* InterruptedDueToReplStateChange */
        {13435, FAULT_UNFIT},     /* NotPrimaryNoSecondaryOk */
        {13436, FAULT_UNFIT},     /* NotPrimaryOrSecondary */
        {17280, FAULT_TOO_LARGE}, /* KeyTooLong, as servers of old say of a key in an index */
        {17419, FAULT_TOO_LARGE}, /* an update makes the document too large */
        {17420, FAULT_TOO_LARGE}, /* a document to be inserted is too large */
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].code == code)
            return known[i].fault;
    return FAULT_OTHER;
}

/* libmongoc has no codes for these, which it tells in brackets where no server was found, and none
 * for a document too large for any command. */
static bool tells_encryption(const char *message)
{
    return strstr(message, "TLS handshake failed: ") || strstr(message, "initialize TLS");
}

bool fault_is_passing(const bson_error_t *error)
{
    static const uint32_t codes[] = {
        6, 7, 89, 91, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436,
    };

    if (error->domain == MONGOC_ERROR_STREAM)
        return true;
    if (error->domain != MONGOC_ERROR_SERVER && error->domain != MONGOC_ERROR_WRITE_CONCERN)
        return false;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i] == error->code)
            return true;
    return false;
}

enum fault fault_of(const bson_error_t *error)
{
    switch (error->domain) {
    case MONGOC_ERROR_SERVER:
    case MONGOC_ERROR_WRITE_CONCERN:
        /* BadValue, which many things are */
        if (error->code == 2 && strstr(error->message, "parallel arrays"))
            return FAULT_PARALLEL;
        return of_server(error->code);
    case MONGOC_ERROR_SERVER_SELECTION:
        if (error->code == MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION)
            return FAULT_OTHER;
        return tells_encryption(error->message) ? FAULT_ENCRYPTION : FAULT_UNREACHED;
    case MONGOC_ERROR_STREAM:
        return tells_encryption(error->message) ? FAULT_ENCRYPTION : FAULT_UNREACHED;
    case MONGOC_ERROR_SCRAM:
    case MONGOC_ERROR_SASL:
        return FAULT_PASSWORD;
    case MONGOC_ERROR_CLIENT:
        if (error->code == MONGOC_ERROR_CLIENT_AUTHENTICATE)
            return FAULT_PASSWORD;
        /* No member that could do work is known just now, as while one starts. */
        if (error->code == MONGOC_ERROR_CLIENT_SESSION_FAILURE)
            return FAULT_UNFIT;
        return error->code == MONGOC_ERROR_CLIENT_NOT_READY ? FAULT_UNREACHED : FAULT_OTHER;
    case MONGOC_ERROR_BSON:
        return strstr(error->message, "too large") ? FAULT_TOO_LARGE : FAULT_OTHER;
    default:
        return FAULT_OTHER;
    }
}

/* -- reasons ----------------------------------------------------------------------------------- */

/* What is in the first pair of brackets, or all of it. */
static size_t innermost(const char *message, const char **start)
{
    const char *open = strchr(message, '[');
    const char *end = open ? strchr(open, ']') : NULL;

    *start = end ? open + 1 : message;
    return end ? (size_t)(end - *start) : strlen(message);
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

void fault_tell(const bson_error_t *error, char *out, size_t size)
{
    static const struct {
        const char *start;
        const char *reason;
    } known[] = {
        {"Failed to connect to target host", "takes no connections"},
        {"Failed to resolve", "has a name that is not known"},
        {"Failed to look up", "has a name that is not known, or no SRV record"},
        {"Failed to read", "does not answer in time"},
        {"Failed to send", "closes connections"},
        {"Failed to write", "closes connections"},
        {"TLS handshake timed out", "does not answer in time"},
        {"Failed initialize TLS", "cannot be spoken to by TLS: a file of the address's tls options "
                                  "cannot be used"},
        {"No suitable servers found",
         "does not answer in time, or has no primary now, or is of another replica set"},
    };
    static const char *const handshake = "TLS handshake failed: ";
    const char *start;
    size_t len = innermost(error->message, &start);

    if (fault_of(error) == FAULT_PASSWORD) {
        snprintf(out, size, "does not take this user and password");
        return;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!begins_with(start, known[i].start))
            continue;
        snprintf(out, size, "%s", known[i].reason);
        return;
    }
    if (begins_with(start, handshake))
        snprintf(out, size, "fails at TLS: %.*s", (int)(len - strlen(handshake)),
                 start + strlen(handshake));
    else
        snprintf(out, size, "says: %.*s", (int)len, start);
}
