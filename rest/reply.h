/* SPDX-License-Identifier: MIT */
/* Replies in the form the client asked for: JSON (pretty, sorted, as JSONP), or XML made from it.
 */
#ifndef DECANT_REST_REPLY_H
#define DECANT_REST_REPLY_H

#include "../lib/call.h"
#include "rest.h"

/* Whether the client wants something else than plain JSON, so that a reply cannot be streamed. */
bool reply_is_shaped(struct call *call);

/* Reply with JSON text in the form wanted. body must live as long as the call's arena.
 * `application/json`, or XML where Accept prefers it (application/xml, text/xml, application/x-xml)
 * and the settings allow it; `?pretty` indents by 4; JSONP (a bad callback is 400). What is too
 * large or too deep for json_parse() is sent as JSON, unsorted. */
enum outcome reply_json(struct call *call, int status, struct list body);

/* An error in Eve's shape: {"_status":"ERR","_error":{"code","message"}}, in the form wanted. From
 * 500 on the message tells the call's id alone. For app.on_error. */
enum outcome reply_error(struct call *call, int status, const struct error *err);

/* JSON as XML in Eve's way: the reply is <resource> with links as <link rel href title/>. False:
 * it is no JSON that json_parse() takes, or the XML would be too large; out then holds anything. */
bool xml_from_json(const struct names *names, const char *json, size_t len, struct buf *out,
                   struct error *err);

#endif
