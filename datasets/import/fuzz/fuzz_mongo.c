/* SPDX-License-Identifier: MIT */
/* Any bytes read as a mongoexport file give only posts that may be stored, and lines in order. */
#include "../../../lib/document.h"
#include "../mongo.h"
#include "intake_bytes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take_post(void *context, const bson_t *document, const char *question, uint64_t line)
{
    uint64_t *last = context;
    struct error err;

    if (question || line < *last || !document_check(bson_get_data(document), document->len, &err))
        abort();
    *last = line;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t last = 1;
    const struct intake intake = {&last, take_post, take_bad, NULL};
    struct error err;
    FILE *file;

    if (!size)
        return 0;
    file = open_bytes(data, size);
    if (mongo_read(file, &intake, &err) != INTAKE_ALL)
        abort();
    fclose(file);
    return 0;
}
