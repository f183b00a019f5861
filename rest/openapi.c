/* SPDX-License-Identifier: MIT */
#include "openapi.h"

#include "gate.h"
#include "handlers.h"
#include "render.h"
#include "reply.h"

#include <string.h>

enum { WORDS = 24 };

/* Pieces of the document are written with single quotes for double ones, and `$WORD` for what is
 * filled in. Words are looked for in their order. */
struct word {
    const char *name;
    const char *value;
};

static void write_filled(struct buf *out, const char *text, const struct word *words)
{
    for (; *text; text++) {
        const struct word *word = words;

        if (*text == '\'') {
            buf_byte(out, '"');
            continue;
        }
        while (*text == '$' && word->name && strncmp(word->name, text + 1, strlen(word->name)) != 0)
            word++;
        if (*text != '$' || !word->name) {
            buf_byte(out, *text);
            continue;
        }
        buf_puts(out, word->value);
        text += strlen(word->name);
    }
}

/* A text as it stands inside a JSON text, without the quotes. */
static const char *inside(struct arena *arena, const char *text)
{
    struct buf quoted = {0};
    const char *kept;

    render_text(text, strlen(text), &quoted);
    kept = arena_copy(arena, quoted.data + 1, quoted.len - 2);
    buf_release(&quoted);
    return kept;
}

/* `$REF…` would be a word; the key of references is written so. */
#define REFERENCE(name) "{'$ref':'#/components/schemas/" name "'}"
#define OWN(suffix) REFERENCE("$NAME." suffix)

/* -- components ----------------------------------------------------------------------------------
 */

static const char common[] =
    "'Error':{'type':'object','properties':{'$STATUS':{'type':'string'},"
    "'$ERROR':{'type':'object','required':['code','message'],'properties':{"
    "'code':{'type':'integer'},'message':{'type':'string'}}},'$ISSUES':{'type':'object'}}},"
    "'Link':{'type':'object','required':['href'],'properties':{"
    "'title':{'type':'string'},'href':{'type':'string'}}},"
    "'Links':{'type':'object'},"
    "'Meta':{'type':'object','properties':{'page':{'type':'integer'},"
    "'max_results':{'type':'integer'},'total':{'type':'integer'}}}";

static const char shown[] = ",'$NAME.item':{'allOf':[" OWN(
    "shown") ",{'type':'object','properties':{"
             "'$CREATED':{'type':'string'},'$UPDATED':{'type':'string'},'$ETAG':{'type':'string'},"
             "'$LINKS':" REFERENCE(
                 "Links") "}}]},"
                          "'$NAME.list':{'type':'object','required':['$ITEMS'],'properties':{"
                          "'$ITEMS':{'type':'array','items':" OWN("item") "},'$META':" REFERENCE(
                              "Meta") ","
                                      "'$LINKS':" REFERENCE(
                                          "Links") "}},"
                                                   "'$NAME.written':{'type':'object','required':['$"
                                                   "STATUS'],'properties':{"
                                                   "'$STATUS':{'type':'string'},'$ITEMS':{'type':'"
                                                   "array','items':{'type':'object'}}}}";

/* The common words with a resource's own before them. */
static void own_words(const struct word *words, struct arena *arena,
                      const struct resource *resource, struct word own[WORDS])
{
    size_t count = 0;

    own[count++] = (struct word){"OPEN", ""}; /* set for each operation */
    own[count++] = (struct word){"NAME", inside(arena, resource->name)};
    own[count++] = (struct word){"TITLE", inside(arena, resource->item_title)};
    for (; words->name; words++)
        own[count++] = *words;
    own[count] = (struct word){NULL, NULL};
}

static void write_components(const struct settings *settings, struct arena *arena,
                             const struct word *words, struct buf *out)
{
    static const struct {
        const char *suffix;
        enum openapi_use use;
    } uses[] = {{"sent", OPENAPI_SENT}, {"changed", OPENAPI_PARTIAL}, {"shown", OPENAPI_SHOWN}};
    struct word own[WORDS];

    buf_puts(out, "\"components\":{");
    if (settings->auth.kind != AUTH_NONE)
        buf_printf(out,
                   "\"securitySchemes\":{\"credentials\":{\"type\":\"http\",\"scheme\":\"%s\"}},",
                   settings->auth.kind == AUTH_BASIC ? "basic" : "bearer");
    buf_puts(out, "\"schemas\":{");
    write_filled(out, common, words);
    for (size_t i = 0; i < settings->resource_count; i++) {
        const struct resource *resource = &settings->resources[i];

        if (resource->internal)
            continue;
        own_words(words, arena, resource, own);
        write_filled(out, shown, own);
        for (size_t j = 0; j < sizeof(uses) / sizeof(uses[0]); j++) {
            buf_printf(out, ",\"%s.%s\":", own[1].value, uses[j].suffix);
            openapi_schema(resource, uses[j].use, out);
        }
    }
    buf_puts(out, "}}");
}

/* -- operations ----------------------------------------------------------------------------------
 */

#define CONTENT(schema) "'content':{'application/json':{'schema':" schema "}}"
#define ANSWER(status, words, schema) "'" status "':{'description':'" words "'," CONTENT(schema) "}"
#define NOTHING(status, words) "'" status "':{'description':'" words "'}"
#define ERRORS ",'default':{'description':'what went wrong'," CONTENT(REFERENCE("Error")) "}}"
#define BODY(schema) "'requestBody':{'required':true," CONTENT(schema) "},"
#define PARAMETER(name, where, type, words)                                                        \
    "{'name':'" name "','in':'" where "','description':'" words "','schema':{'type':'" type "'}}"
#define QUERY(name, type, words) PARAMETER(name, "query", type, words)
#define IF_MATCH                                                                                   \
    PARAMETER("If-Match", "header", "string", "the etag of the version that is changed")
#define SHAPES                                                                                     \
    QUERY("$PROJECTION", "string", "which fields: a JSON object of 1 or 0 by name")                \
    "," QUERY("$EMBEDDED", "string", "references to embed: a JSON object of 1 by name")
#define OPERATION(verb, id, summary)                                                               \
    "'" verb "':{$OPEN'tags':['$NAME'],'operationId':'" id "_$NAME','summary':'" summary "',"

struct operation {
    unsigned method;
    bool item;
    const char *text;
};

/* clang-format off */
static const struct operation operations[] = {
    {METHOD_GET, false,
     OPERATION("get", "list", "List $NAME") "'parameters':["
     QUERY("$WHERE", "string", "a filter, as MongoDB writes it in JSON or as Python does") ","
     QUERY("$SORT", "string", "names, those with a minus before them descending") ","
     QUERY("$PAGE", "integer", "from 1") "," QUERY("$MAX_RESULTS", "integer", "rows of a page")
     "," SHAPES "],'responses':{"
     ANSWER("200", "a page", OWN("list")) "," NOTHING("304", "not modified") ERRORS "}"},
    {METHOD_POST, false,
     OPERATION("post", "create", "Create one $TITLE or several")
     BODY("{'anyOf':[" OWN("sent") ",{'type':'array','minItems':1,'items':" OWN("sent") "}]}")
     "'responses':{" ANSWER("201", "created", OWN("written")) ERRORS "}"},
    {METHOD_DELETE, false,
     OPERATION("delete", "empty", "Delete all $NAME")
     "'responses':{" NOTHING("204", "deleted") ERRORS "}"},
    {METHOD_GET, true,
     OPERATION("get", "read", "Read one $TITLE") "'parameters':[" SHAPES ","
     PARAMETER("If-None-Match", "header", "string", "the etag of the version that is known")
     "],'responses':{" ANSWER("200", "the document", OWN("item")) ","
     NOTHING("304", "not modified") ERRORS "}"},
    {METHOD_PATCH, true,
     OPERATION("patch", "change", "Change fields of one $TITLE") "'parameters':[" IF_MATCH "],"
     BODY(OWN("changed")) "'responses':{" ANSWER("200", "changed", OWN("written")) ERRORS "}"},
    {METHOD_PUT, true,
     OPERATION("put", "replace", "Replace one $TITLE") "'parameters':[" IF_MATCH "],"
     BODY(OWN("sent")) "'responses':{" ANSWER("200", "replaced", OWN("written")) ","
     ANSWER("201", "created", OWN("written")) ERRORS "}"},
    {METHOD_DELETE, true,
     OPERATION("delete", "delete", "Delete one $TITLE") "'parameters':[" IF_MATCH "],"
     "'responses':{" NOTHING("204", "deleted") ERRORS "}"},
};
/* clang-format on */

void openapi_path(const struct resource *resource, struct buf *out)
{
    const char *at = resource->url, *piece;
    size_t len;

    buf_byte(out, '/');
    for (size_t i = 0; i <= resource->parent_count; i++) {
        piece = settings_url_piece(&at, &len);
        buf_add(out, piece, len);
        if (i < resource->parent_count)
            buf_printf(out, "{%s}", resource->parent_fields[i]);
    }
}

static void write_path_parameters(const struct resource *resource, bool item, struct buf *out)
{
    const char *before = "\"parameters\":[";

    for (size_t i = 0; i < resource->parent_count + item; i++) {
        bool own = i == resource->parent_count;
        const char *name = own ? resource->id_field : resource->parent_fields[i];

        buf_printf(out, "%s{\"name\":", before);
        render_text(name, strlen(name), out);
        buf_puts(out, ",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"");
        if (own && resource->item_url_text) {
            buf_puts(out, ",\"pattern\":");
            render_text(resource->item_url_text, strlen(resource->item_url_text), out);
        }
        buf_puts(out, "}}");
        before = ",";
    }
    if (*before == ',')
        buf_puts(out, "],");
}

/* Whether an operation asks for no credentials where others do. */
static bool is_open(const struct resource *resource, const struct operation *operation)
{
    unsigned open = operation->item ? resource->public_item_methods : resource->public_methods;

    return resource->settings->auth.kind != AUTH_NONE &&
           (!resource->authentication || open & operation->method);
}

static void write_path(const struct resource *resource, bool item, struct word *words,
                       struct buf *out)
{
    unsigned methods = item ? resource->item_methods : resource->resource_methods;
    struct buf path = {0};
    bool first = true;

    openapi_path(resource, &path);
    if (item)
        buf_printf(&path, "/{%s}", resource->id_field);
    render_text(path.data, path.len, out);
    buf_release(&path);
    buf_puts(out, ":{");
    write_path_parameters(resource, item, out);
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (operations[i].item != item || !(methods & operations[i].method))
            continue;
        if (!first)
            buf_byte(out, ',');
        first = false;
        words[0].value = is_open(resource, &operations[i]) ? "\"security\":[]," : "";
        write_filled(out, operations[i].text, words);
    }
    buf_byte(out, '}');
}

static void write_paths(const struct settings *settings, struct arena *arena,
                        const struct word *words, struct buf *out)
{
    struct word own[WORDS];
    bool first = true;

    buf_puts(out, "\"paths\":{");
    for (size_t i = 0; i < settings->resource_count; i++) {
        const struct resource *resource = &settings->resources[i];

        if (resource->internal)
            continue;
        own_words(words, arena, resource, own);
        if (!first)
            buf_byte(out, ',');
        first = false;
        write_path(resource, false, own, out);
        if (!resource->item_lookup)
            continue;
        buf_byte(out, ',');
        write_path(resource, true, own, out);
    }
    buf_byte(out, '}');
}

/* -- all of it -----------------------------------------------------------------------------------
 */

void openapi_write(const struct settings *settings, struct buf *out)
{
    struct arena arena = {0};
    const struct names *names = &settings->names;
    const struct word words[] = {
        {"STATUS", inside(&arena, names->status)},
        {"ERROR", inside(&arena, names->error)},
        {"ISSUES", inside(&arena, names->issues)},
        {"CREATED", inside(&arena, names->created)},
        {"UPDATED", inside(&arena, names->updated)},
        {"ETAG", inside(&arena, names->etag)},
        {"LINKS", inside(&arena, names->links)},
        {"ITEMS", inside(&arena, names->items)},
        {"META", inside(&arena, names->meta)},
        {"WHERE", inside(&arena, names->where)},
        {"SORT", inside(&arena, names->sort)},
        {"PROJECTION", inside(&arena, names->projection)},
        {"EMBEDDED", inside(&arena, names->embedded)},
        {"PAGE", inside(&arena, names->page)},
        {"MAX_RESULTS", inside(&arena, names->max_results)},
        {NULL, NULL},
    };
    const char *base = *settings->link_base ? settings->link_base
                       : *settings->prefix  ? settings->prefix
                                            : "/";

    buf_puts(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"REST API\",\"version\":");
    render_text(*settings->api_version ? settings->api_version : "1",
                *settings->api_version ? strlen(settings->api_version) : 1, out);
    buf_puts(out, "},\"servers\":[{\"url\":");
    render_text(base, strlen(base), out);
    buf_puts(out,
             settings->auth.kind == AUTH_NONE ? "}]," : "}],\"security\":[{\"credentials\":[]}],");
    write_paths(settings, &arena, words, out);
    buf_byte(out, ',');
    write_components(settings, &arena, words, out);
    buf_byte(out, '}');
    arena_release(&arena);
}

/* GET /openapi.json - the document. */
enum outcome openapi_get(struct call *call)
{
    struct buf text = {0};
    enum outcome refused;
    struct list body;

    if (!gate_pass(call, &refused))
        return refused;
    openapi_write(rest_of(call)->settings, &text);
    body = (struct list){arena_copy(call_arena(call), text.data, text.len), text.len};
    buf_release(&text);
    return reply_json(call, 200, body);
}
