/* SPDX-License-Identifier: MIT */
/* Any bytes read as a Posts.xml give only posts that may be stored and have an id. */
#include "../../../lib/document.h"
#include "../stack.h"
#include "intake_bytes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take_post(void *context, const bson_t *document, const char *question, uint64_t line)
{
    struct error err;
    bson_iter_t id;

    (void)context;
    if (line == 0 || !document_check(bson_get_data(document), document->len, &err) ||
        !bson_iter_init_find(&id, document, "id") || !BSON_ITER_HOLDS_UTF8(&id))
        abort();
    if (question && *question && strncmp(question, "se-fuzz-", 8) != 0)
        abort();
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct intake intake = {NULL, take_post, take_bad, NULL};
    struct error err;
    FILE *file;

    if (!size)
        return 0;
    file = open_bytes(data, size);
    if (stack_read(file, "fuzz.stackexchange.com", &intake, &err) != INTAKE_ALL)
        abort();
    fclose(file);
    return 0;
}
