/* SPDX-License-Identifier: MIT */
#include "embed.h"

#include "gate.h"
#include "rest.h"

bool embed_load(struct call *call, const struct texts *paths, const struct documents *documents,
                const struct embeds **out, struct error *err)
{
    const struct embed_request request = {
        .arena = call_arena(call),
        .store = call_store(call),
        .user = gate_user(call),
        .resource = resource_of(call),
        .paths = paths,
    };

    return embed_read(&request, documents, out, err);
}
