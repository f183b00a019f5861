/* SPDX-License-Identifier: MIT */
/* HTML character references, taken back once: Reddit's exports carry texts that are escaped
 * already. */
#ifndef DECANT_ENTITIES_H
#define DECANT_ENTITIES_H

#include <stddef.h>

/* Write the len bytes of text to out with each of &amp; &lt; &gt; &quot; &apos; &nbsp; and the
 * numeric references &#N; and &#xN; replaced by its character; what results is not looked at again.
 * Anything else, and numbers that name no character (NUL, C1 controls, surrogates), stays as it is.
 * Returns the bytes written, never more than len; out may be text. Thread-safe. */
size_t entities_decode(char *out, const char *text, size_t len);

#endif
