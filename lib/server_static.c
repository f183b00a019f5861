/* SPDX-License-Identifier: MIT */
/* Files under /static/, from memory: one of two stored forms, by what the client takes. */
#include "call_private.h"

#include "files.h"

#include <string.h>

/* GET /static/... - the file, or 304 if the client has it. */
enum outcome serve_static(struct call *call)
{
    static const size_t prefix = sizeof("/static/") - 1;
    struct span raw = {call->head.path.at + prefix, call->head.path.len - prefix};
    const char *path = path_decode(&call->arena, raw.at, raw.len);
    const struct file *file = path ? files_find(call_door(call)->files, path) : NULL;
    struct error err;
    bool gzip;
    const char *etag;

    if (!file) {
        fail(&err, ERROR_NOT_FOUND, "there is no such file");
        return call_fail(call, &err);
    }
    gzip = file->gzip && accept_gzip(call_header(call, "accept-encoding"));
    etag = gzip ? file->gzip_etag : file->etag;
    call_add_header(call, "etag", etag);
    call_add_header(call, "cache-control",
                    call->head.query.at ? "public, max-age=31536000, immutable"
                                        : "public, max-age=300, must-revalidate");
    if (file->gzip)
        call_add_header(call, "vary", "accept-encoding");
    if (call_has_tag(call, etag))
        return call_bytes(call, 304, NULL, (struct list){0});
    if (gzip) {
        call_add_header(call, "content-encoding", "gzip");
        return call_bytes(call, 200, file->type, (struct list){file->gzip, file->gzip_len});
    }
    return call_bytes(call, 200, file->type, (struct list){file->bytes, file->len});
}
