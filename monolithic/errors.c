/* SPDX-License-Identifier: MIT */
/* What goes wrong, as a page for people or a problem document (RFC 9457) for programs. */
#include "site.h"

#include <ctype.h>

#include "view.h"

struct error_view {
    struct frame frame;
    const char *heading;
    const char *advice;
    const char *detail;
    const char *id;
    int status;
    bool retry;
};

static const struct field error_fields[] = {
    FRAME_FIELDS(struct error_view),
    {"heading", FIELD_TEXT, offsetof(struct error_view, heading), NULL},
    {"advice", FIELD_TEXT, offsetof(struct error_view, advice), NULL},
    {"detail", FIELD_TEXT, offsetof(struct error_view, detail), NULL},
    {"id", FIELD_TEXT, offsetof(struct error_view, id), NULL},
    {"status", FIELD_INT, offsetof(struct error_view, status), NULL},
    {"retry", FIELD_BOOL, offsetof(struct error_view, retry), NULL},
};
static const struct record error_record = RECORD(struct error_view, error_fields);

struct problem_document {
    const char *type;
    const char *title;
    int status;
    const char *detail;
    const char *instance;
};

static const struct field document_fields[] = {
    {"type", FIELD_TEXT, offsetof(struct problem_document, type), NULL},
    {"title", FIELD_TEXT, offsetof(struct problem_document, title), NULL},
    {"status", FIELD_INT, offsetof(struct problem_document, status), NULL},
    {"detail", FIELD_TEXT, offsetof(struct problem_document, detail), NULL},
    {"instance", FIELD_TEXT, offsetof(struct problem_document, instance), NULL},
};
static const struct record document_record = RECORD(struct problem_document, document_fields);

/* Plain words for the kinds of trouble that people meet. */
static const struct {
    int status;
    const char *heading;
    const char *advice;
} words[] = {
    {400, "We did not understand that", "The address or the form holds something we cannot read."},
    {401, "Please log in", "This is for people who are logged in."},
    {403, "That is not allowed", "Go back, reload the page and try again."},
    {404, "Page not found", "It may have moved, or the address has a typing mistake."},
    {405, "That does not work here", "This address takes no request of that kind."},
    {409, "That was not possible", "Something else changed in the meantime."},
    {413, "That is too large", "Please send less at once."},
    {414, "The address is too long", "Please use fewer words."},
    {415, "We cannot read that", "This address takes forms only."},
    {422, "We cannot take that", "Please change what you typed and try again."},
    {429, "Too many tries", "Please wait a little, then try again."},
    {431, "The request is too large", "Clearing the cookies of this site may help."},
    {502, "Another server did not answer", "Please try again in a minute."},
    {503, "We are busy right now", "Please try again in a minute. Nothing was changed."},
    {504, "That took too long", "Please try again in a minute."},
};

static void describe(int status, struct error_view *view)
{
    view->heading = "Sorry, something went wrong";
    view->advice = status < 500 ? "Please check the address and try again."
                                : "It is our fault, not yours. Please try again in a minute.";
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].status == status) {
            view->heading = words[i].heading;
            view->advice = words[i].advice;
        }
    }
}

static enum outcome problem_document(struct call *call, int status, const char *detail)
{
    struct problem_document document = {"about:blank", status_phrase(status), status, detail,
                                        call_id(call)};
    struct list bytes;
    struct buf text = {0};

    record_to_json(&document_record, &document, &text);
    bytes.count = text.len;
    bytes.items = arena_copy(call_arena(call), text.data, text.len);
    buf_release(&text);
    return call_bytes(call, status, "application/problem+json", bytes);
}

/* Of our own faults people are told the call's id alone; of a missing thing its name in the store
 * says nothing to them. */
static const char *detail_of(struct call *call, int status, const struct error *err)
{
    if (!err || status == 500 || !*err->message ||
        (status == 404 && islower((unsigned char)*err->message)))
        return NULL;
    return sentence(call_arena(call), err->message);
}

enum outcome site_error(struct call *call, int status, const struct error *err)
{
    struct error_view view = {.status = status, .detail = detail_of(call, status, err)};
    const char *session;

    if (call_wants_json(call)) {
        call_add_header(call, "cache-control", "no-store");
        return problem_document(call, status, view.detail);
    }
    describe(status, &view);
    view.frame.title = view.heading;
    view.id = call_id(call);
    view.retry = status >= 500 || status == 429;
    /* Who it is would need the store; that there is somebody does not. */
    session = visit_cookie(call);
    if (session)
        view.frame.token =
            identity_form_token(call_site(call)->identity, call_arena(call), session);
    return site_page(call, status, PAGE_ERROR, template_record(&error_record, &view));
}
