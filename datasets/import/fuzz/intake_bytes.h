/* SPDX-License-Identifier: MIT */
/* What the importers' fuzz targets share: the bytes as a file, and what a bad record must say. */
#ifndef DECANT_FUZZ_INTAKE_BYTES_H
#define DECANT_FUZZ_INTAKE_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static FILE *open_bytes(const uint8_t *data, size_t size)
{
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");

    if (!file)
        abort();
    return file;
}

static bool take_bad(void *context, uint64_t line, const char *why)
{
    (void)context;
    if (line == 0 || !why[0])
        abort();
    return true;
}

#endif
