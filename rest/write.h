/* SPDX-License-Identifier: MIT */
/* What the handlers that change documents share: how they begin, how a document is made ready to
 * be checked and stored, and a change together with all that goes along with it. For write*.c
 * alone; all of it lives in the call's arena. */
#ifndef DECANT_REST_WRITE_H
#define DECANT_REST_WRITE_H

#include "body.h"
#include "issues.h"
#include "lookup.h"
#include "merge.h"
#include "rest.h"
#include "validate.h"

enum { WRITE_MAX_DOCUMENTS = 10000 }; /* that one call may insert or patch */

/* -- beginning --------------------------------------------------------------------------------- */

enum write_needs {
    WRITE_ITEM = 1, /* the URL names an item */
    WRITE_BODY = 2, /* a body */
    WRITE_ONE = 4,  /* of one document, no list */
};

/* What the first step found; call_state() from then on. */
struct write {
    struct address address;
    struct body body;
    unsigned needs;
    handler then;
};

static inline struct write *write_of(struct call *call)
{
    return call_state(call);
}

/* The first step of every write: the address, who may pass, the body; then goes on in `then`, on
 * the writer. */
enum outcome write_begin(struct call *call, unsigned needs, handler then);

/* -- documents --------------------------------------------------------------------------------- */

/* Empty BSON documents that are destroyed with the arena. */
bson_t *write_documents(struct arena *arena, size_t count);

/* What the URL of a sub-resource and the owner give to every document written there. */
bool write_given(struct call *call, const bson_t **out, struct error *err);

/* A document as it was sent, without its _id (unless keep_id) and with what is given where the
 * schema knows it: what was sent there does not count. */
const bson_t *write_sent(struct call *call, const bson_t *document, const bson_t *given,
                         bool keep_id);

/* The _id that was sent names another document than the stored one: ERROR_INVALID. ObjectIds may
 * come as text. */
bool write_check_id(const bson_t *sent, const bson_value_t *stored, struct error *err);

/* What a document has beside its fields. */
struct frame {
    const bson_value_t *id;
    int64_t version;
    bool deleted;
    const bson_t *given;
};

/* Append _id, the fields, what is given, _version and _deleted to out (initialised). What the
 * fields have of these is left out, as are versions and marks where the resource has none. */
void write_frame(const struct resource *resource, const struct frame *frame, const bson_t *fields,
                 bson_t *out);

/* How to validate for this call. */
struct validation write_validation(struct call *call, enum validate_how how,
                                   const struct bson_bytes *stored);

/* The _id of a stored document, borrowed from it. */
bson_value_t write_id(const struct document *document);

static inline struct bson_bytes write_bytes(const struct document *document)
{
    return (struct bson_bytes){document->bson, document->len};
}

/* -- changes (inside a work) ------------------------------------------------------------------- */

/* A document that is to be stored. */
struct revision {
    enum methods method;
    const struct document *before; /* what is stored; NULL: it is new */
    const bson_t *document;
    const bson_t *changes;  /* for the log of operations */
    struct document *after; /* its arena is set; filled */
};

/* Store the document (guarded by the etag of what was before), keep its version and note the
 * operation; not as one: for use within store_transact(). */
bool write_revision(struct call *call, const struct revision *revision, struct error *err);
/* The same for several, all or none. */
bool write_revisions(struct call *call, const struct revision *revisions, size_t count,
                     struct error *err);

/* A copy of the document that counts as deleted takes its place; after as in a revision. */
bool write_mark(struct call *call, const struct document *document, struct document *after,
                struct error *err);
/* Remove the document and its versions for good, as one. */
bool write_removal(struct call *call, const struct document *document, struct error *err);

/* -- between the handlers ---------------------------------------------------------------------- */

/* POST: insert these and reply. PUT does this too where nothing is. */
enum outcome write_insert(struct call *call, const bson_t *documents, size_t count);

/* A patch: read once, put into any number of documents. */
struct patch {
    struct call *call;
    struct arena *arena; /* of what becomes of documents; the call's at first */
    const bson_t *given;
    const bson_t *body;
    const bson_t *plain; /* the body without operators */
    struct operators operators;
};

bool write_patch_read(struct call *call, const bson_t *body, struct patch *out, struct error *err);
/* What a stored document becomes. True without issues; ERROR_NONE in err with false: see issues. */
bool write_patch_apply(const struct patch *patch, const struct document *stored,
                       struct revision *out, struct issues *issues, struct error *err);

#endif
