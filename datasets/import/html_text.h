/* SPDX-License-Identifier: MIT */
/* The words of an HTML fragment, for reading and finding, never for showing as HTML. */
#ifndef DECANT_HTML_TEXT_H
#define DECANT_HTML_TEXT_H

#include "../../lib/buf.h"

/* Append the text: tags, comments, scripts and styles left out, references decoded once, blanks
 * folded but for preformatted parts, an empty line between blocks. */
void html_text(struct buf *out, const char *html, size_t len);

#endif
