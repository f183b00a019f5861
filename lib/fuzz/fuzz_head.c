/* SPDX-License-Identifier: MIT */
/* Any bytes are refused with a status of the header, or are a head of which every part lies where
 * it should and whose end is beyond doubt. */
#include "../head.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct head_limits limits = {200, 2000};

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void require_inside(struct span span, const char *bytes, size_t len)
{
    require(span.at >= bytes && span.at + span.len <= bytes + len);
}

static void require_plain(struct span span)
{
    for (size_t i = 0; i < span.len; i++)
        require(span.at[i] != '\r' && span.at[i] != '\n' && span.at[i] != '\0');
}

static size_t count_fields(const struct head *head, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < head->count; i++)
        count += head->fields[i].name.len == strlen(name) &&
                 strncasecmp(head->fields[i].name.at, name, strlen(name)) == 0;
    return count;
}

static void check_framing(const struct head *head)
{
    const struct span *coding = head_find(head, "TRANSFER-encoding");

    require(count_fields(head, "host") <= 1);
    require(count_fields(head, "content-length") + count_fields(head, "transfer-encoding") <= 1);
    require(!coding || (coding->len == 7 && strncasecmp(coding->at, "chunked", 7) == 0));
}

static void check_parts(const struct head *head, const char *bytes)
{
    require(head->method.len > 0 && head->target.len > 0 && head->path.len > 0);
    require(head->target.len <= limits.max_target && head->len <= limits.max_head);
    require_inside(head->method, bytes, head->len);
    require_inside(head->target, bytes, head->len);
    require_plain(head->target);
    require(head->path.at[0] == '/' || head->path.at[0] == '*');
    if (head->query.at)
        require_inside(head->query, bytes, head->len);
    if (head->host.at)
        require_inside(head->host, bytes, head->len);
    for (size_t i = 0; i < head->count; i++) {
        require(head->fields[i].name.len > 0);
        require_inside(head->fields[i].name, bytes, head->len);
        require_inside(head->fields[i].value, bytes, head->len);
        require_plain(head->fields[i].value);
    }
}

static void check_end(const struct head *head, const char *bytes)
{
    struct head again;
    const char *why;

    require(head->len >= 4 && memcmp(bytes + head->len - 4, "\r\n\r\n", 4) == 0);
    require(head_parse(bytes, head->len, &limits, &again, NULL) == 0);
    require(again.len == head->len && again.count == head->count);
    require(head_parse(bytes, head->len - 1, &limits, &again, &why) == 400 && why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct head head;
    const char *why = NULL;
    int status = head_parse(bytes, size, &limits, &head, &why);

    if (status) {
        require(status == 400 || status == 414 || status == 431 || status == 501 || status == 505);
        require(why && *why);
        return 0;
    }
    require(!why);
    check_parts(&head, bytes);
    check_framing(&head);
    check_end(&head, bytes);
    return 0;
}
