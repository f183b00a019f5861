# SPDX-License-Identifier: MIT
"""What lib/store.h promises, a second time: collections as Python values, and programs of operations
on them (tests/differ/differ.h says what these look like). Queries are judged by evaluator.py."""
import math

import evaluator
from evaluator import MISSING, Date, Decimal, Long, ObjectId, class_of, compare

from .filters import matches
from .values import text_of_value
from .words import hits

OWN = ("_etag", "_created", "_updated", "_words", "_live")
REQUIRED, UNIQUE, INDEXED, SEARCHED, EXPIRES, DELETED = 1, 2, 4, 8, 16, 32
NEVER = "never an etag"


class Failed(Exception):
    """An operation that fails, with the name of its kind."""

    def __init__(self, kind, why=""):
        super().__init__(kind, why)
        self.kind = kind


# -- documents ---------------------------------------------------------------------------------------

def get_path(document, path):
    """The value at a path through objects only."""
    value = document
    for part in path.split("."):
        if type(value) is not dict or part not in value:
            return MISSING
        value = value[part]
    return value


def check_keys(value):
    if type(value) is dict:
        for name, inner in value.items():
            if not name or name[0] == "$" or "." in name:
                raise Failed("refused", "no name: %r" % name)
            check_keys(inner)
    elif type(value) is list:
        for inner in value:
            check_keys(inner)


def has_value(document, path):
    """A list on the way counts as holding it."""
    value = document
    for part in path.split("."):
        if type(value) is list:
            return True
        if type(value) is not dict or part not in value:
            return False
        value = value[part]
    return value is not None


def unique_keys(document, path):
    """What an index has of it; nothing where that is but lists and nulls (store_unique.h)."""
    keys = [None if key is MISSING else key for key in evaluator.index_keys(document, path)]
    return keys if any(key is not None and not isinstance(key, list) for key in keys) else []


def id_first(document, chosen):
    return {"_id": chosen, **{name: value for name, value in document.items() if name != "_id"}}


def add_numbers(left, right):
    for value in (left, right):
        if class_of(value) != class_of(0) or type(value) is Decimal:
            raise Failed("refused", "no number")
    if type(left) is float or type(right) is float:
        total = float(left) + float(right)
        if math.isfinite(left) and math.isfinite(right) and not math.isfinite(total):
            raise Failed("refused", "too large")
        return total
    total = int(left) + int(right)
    if not -2**63 <= total < 2**63:
        raise Failed("refused", "too large")
    return total if is_32(left) and is_32(right) else Long(total)


def is_32(value):
    return evaluator.type_of(value) == "int"


def changed_value(kind, old, value):
    """What is at a path after a change that is not a removal."""
    if kind == "set":
        return value
    if kind == "add":
        if old is not MISSING:
            return add_numbers(old, value)
        add_numbers(value, 0)
        return value
    if old is MISSING:
        return MISSING if kind == "pull" else [value]
    if type(old) is not list:
        raise Failed("refused", "no list")
    if kind == "push" or (kind == "add_to_set" and all(compare(one, value) for one in old)):
        return [*old, value]
    if kind == "pull":
        return [one for one in old if compare(one, value)]
    return old


def keeps_id(kind, parts, old, value):
    if parts[0] != "_id":
        return True
    return len(parts) == 1 and kind == "set" and (
        old is MISSING or (evaluator.type_of(old) == evaluator.type_of(value) and
                           compare(old, value) == 0))


def apply_change(document, kind, path, value):
    parts = path.split(".")
    if any(not part or part[0] == "$" for part in parts):
        raise Failed("refused", "no path: %r" % path)
    document = dict(document)
    at = document
    for place, part in enumerate(parts[:-1]):
        if part not in at:
            break
        if type(at[part]) is not dict:
            raise Failed("refused", "leads through what is no object")
        at[part] = dict(at[part])
        at = at[part]
    else:
        place = len(parts) - 1
    rest = parts[place:]
    old = at.get(rest[0], MISSING) if len(rest) == 1 else MISSING
    if not keeps_id(kind, parts, old, value):
        raise Failed("refused", "the _id stays")
    if kind == "unset":
        if len(rest) == 1:
            at.pop(rest[0], None)
        return document
    made = changed_value(kind, old, value)
    if made is MISSING:
        return document
    for part in reversed(rest[1:]):
        made = {part: made}
    at[rest[0]] = made
    return id_first(document, document["_id"]) if "_id" in document else document


# -- collections -------------------------------------------------------------------------------------

class Record:
    """A stored document; never changed."""
    __slots__ = ("document", "etag", "created", "updated", "view", "kept")

    def __init__(self, document, etag, created, updated):
        self.document, self.etag = document, etag
        self.created, self.updated = created, updated
        self.view = {**document, "_created": Date(created), "_updated": Date(updated)}
        self.kept = None

    @property
    def text(self):
        if self.kept is None:
            self.kept = text_of_value(self.document)
        return self.kept

    @property
    def id(self):
        return self.document["_id"]

    @property
    def id_text(self):
        return text_of_value({"_id": self.id})


class Collection:
    def __init__(self, declaration):
        self.fields = declaration["fields"]
        self.types = {path: kind for path, kind, _ in self.fields}
        self.id_type = declaration["id_type"]
        self.followed = declaration.get("followed", False)
        self.text = declaration.get("text", False)
        self.records = {}
        self.changed = False

    def paths(self, flag):
        return [path for path, _, flags in self.fields if flags & flag]

    def id_fits(self, value):
        return type(value) in {"id": (ObjectId,), "int": (int, Long)}.get(self.id_type, (str,))

    def is_deleted(self, record):
        return any(get_path(record.document, path) is True for path in self.paths(DELETED))

    def has_expired(self, record, now):
        for path in self.paths(EXPIRES):
            value = get_path(record.document, path)
            if type(value) is Date and value <= now:
                return True
        return False

    def can_page_by(self, path):
        return path in ("_id", "_created", "_updated") or self.types.get(path, "list") != "list"


# -- programs ----------------------------------------------------------------------------------------

class Model:
    def __init__(self, declaration):
        self.now = declaration["ms"]
        self.collections = [Collection(one) for one in declaration["collections"]]
        self.slots = {}
        self.etags = 0
        self.generated = 0
        self.changes = []  # (collection, id, deleted) of what is committed or may be

    # -- reading

    def visible(self, collection, deleted_too=False):
        return [record for record in collection.records.values()
                if not collection.has_expired(record, self.now) and
                (deleted_too or not collection.is_deleted(record))]

    def meant(self, collection, where, deleted_too=False):
        return [record for record in self.visible(collection, deleted_too)
                if where is None or matches(record.view, where)]

    def settle_id(self, collection, value):
        if collection.id_type == "id" and type(value) is str and len(value) == 24:
            try:
                return ObjectId(value)
            except ValueError:
                pass
        return value

    def lookup(self, collection, key):
        if key.get("field"):
            found = [record for record in self.visible(collection)
                     if matches(record.view, ["eq", key["field"], key["value"]])]
            if found:
                return found[0]
            raise Failed("not found")
        value = self.settle_id(collection, key["value"])
        record = collection.records.get(value) if collection.id_fits(value) else None
        if record is None or collection.has_expired(record, self.now):
            raise Failed("not found")
        return record

    def shown(self, collection, record):
        return {"full": record.text, "etag": record.etag, "created": record.created,
                "updated": record.updated, "deleted": collection.is_deleted(record)}

    def keyset_path(self, collection, operation):
        sort = operation.get("sort") or []
        text = operation.get("text")
        path = sort[0][0] if sort else "_id"
        if len(sort) > 1 or (text is not None and not sort):
            raise Failed("invalid", "no order for pages")
        if operation.get("after") is not None and operation.get("skip", 0) > 0:
            raise Failed("invalid", "a page or a skip")
        if not collection.can_page_by(path):
            raise Failed("invalid", "no field for pages")
        return path, bool(sort and sort[0][1])

    def behind(self, found, operation, path, descending):
        shape, key, after = self.slots[operation["after"]]
        if shape != self.shape_of(operation):
            raise Failed("invalid", "of another query")
        wanted = -1 if descending else 1

        def is_behind(record):
            own = evaluator.sort_key(record.view, path, descending)
            order = evaluator.compare_for_sort(own, key) or compare(record.id, after)
            return order == wanted

        return [record for record in found if is_behind(record)]

    def shape_of(self, operation):
        sort = operation.get("sort") or [["_id", False]]
        return (operation["in"], text_of_value(operation.get("where")), operation.get("text"),
                bool(operation.get("deleted_too")), sort[0][0], sort[0][1])

    def find(self, operation):
        collection = self.collections[operation["in"]]
        paged = operation.get("keyset") or "after" in operation
        if "after" in operation and self.slots.get(operation["after"]) is None:
            return {"skipped": True}
        text, limit = operation.get("text"), operation.get("limit", 0)
        if text is not None and not collection.paths(SEARCHED):
            raise Failed("invalid", "no searched fields")
        found = self.meant(collection, operation.get("where"), operation.get("deleted_too"))
        if text is not None:
            found = hits(found, collection.paths(SEARCHED), text)
        answer = {"total": len(found)} if operation.get("count") else {}
        if limit <= 0:
            return {**answer, "items": []}
        if paged:
            path, descending = self.keyset_path(collection, operation)
            if "after" in operation:
                found = self.behind(found, operation, path, descending)
        answer["ranked"] = text is not None and not operation.get("sort")
        found = self.sorted(found, operation.get("sort") or [])
        if answer["ranked"]:  # by a rank that is not known here: all or nothing
            answer["items"] = [self.item(collection, record, operation) for record in found]
            answer["page"] = (operation.get("skip", 0), limit)
            return answer
        found = found[operation.get("skip", 0):][:limit]
        answer["items"] = [self.item(collection, record, operation) for record in found]
        if operation.get("keyset"):
            answer["more"] = len(found) == limit
            self.keep_place(operation, path, descending, found[-1] if answer["more"] else None)
        return answer

    def sorted(self, found, sort):
        if not sort:
            return sorted(found, key=IdOrder)
        by_view = {id(record.view): record for record in found}
        views = evaluator.sorted_by([record.view for record in found],
                                    [(path, -1 if down else 1) for path, down in sort])
        return [by_view[id(view)] for view in views]

    def keep_place(self, operation, path, descending, last):
        if "save" not in operation:
            return
        place = last and (self.shape_of(operation),
                          evaluator.sort_key(last.view, path, descending), last.id)
        self.slots[operation["save"]] = place

    def item(self, collection, record, operation):
        if operation.get("full") or (operation.get("as_text") and collection.text):
            return self.shown(collection, record)
        return record.id_text

    def get(self, operation):
        collection = self.collections[operation["in"]]
        record = self.lookup(collection, operation["key"])
        if "save" in operation:
            self.slots[operation["save"]] = record.etag
        return {"items": [self.shown(collection, record)]}

    def count(self, operation):
        collection = self.collections[operation["in"]]
        return {"total": len(self.meant(collection, operation.get("where")))}

    def estimate(self, operation):
        return {**self.count(operation), "exact": True}

    def each(self, operation):
        found = self.sorted(self.visible(self.collections[operation["in"]]), [])
        return {"items": [record.id_text for record in found]}

    def version(self, operation):
        collection = self.collections[operation["in"]]
        changed, collection.changed = collection.changed, False
        return {"grew": True} if changed else {}

    def follow(self, operation):
        answer = {"changes": {}, "settle": operation.get("settle", False)}
        if "after" in operation:
            at = self.slots.get(operation["after"])
            if at is None:
                return {"failed": "invalid"}
            for number, key, deleted in self.changes[at:]:  # in the order of the last of each
                answer["changes"].pop((number, text_of_value(key)), None)
                answer["changes"][number, text_of_value(key)] = deleted
            every = [(number, collection, record) for number, collection in enumerate(self.collections)
                     for record in collection.records.values()]
            answer["here"] = {(number, text_of_value(record.id)) for number, _, record in every}
            answer["expired"] = {(number, text_of_value(record.id)) for number, collection, record in every
                                 if collection.has_expired(record, self.now)}
        if "save" in operation:
            self.slots[operation["save"]] = len(self.changes)
        return answer

    # -- changing

    def note(self, collection, key, deleted):
        collection.changed = True
        if collection.followed:
            self.changes.append((self.collections.index(collection), key, deleted))

    def remove(self, collection, record):
        del collection.records[record.id]
        self.note(collection, record.id, True)

    def check_unique(self, collection, document, own, inserted):
        """Expired documents make room."""
        taken = collection.records.get(document["_id"]) if inserted else None
        if taken and not collection.has_expired(taken, self.now):
            raise Failed("conflict")
        candidate = Record(document, 0, 0, 0)
        if collection.is_deleted(candidate):
            return
        others = [record.document for record in self.visible(collection) if record is not own]
        for path in collection.paths(UNIQUE):
            keys = unique_keys(document, path)
            if any(not compare(key, taken) for key in keys
                   for other in others for taken in unique_keys(other, path)):
                raise Failed("refused", "taken: %s" % path)

    def settle(self, collection, document, stored):
        chosen = document.get("_id", MISSING)
        if chosen is MISSING and stored:
            chosen = stored.id
        if chosen is MISSING and collection.id_type == "id":
            self.generated += 1
            chosen = ObjectId("%024x" % (2**96 - 2**32 + self.generated))
        if chosen is MISSING:
            raise Failed("refused", "no _id")
        document = id_first(document, chosen)
        check_keys(document)
        if any(name in document for name in OWN):
            raise Failed("refused", "the store's own name")
        if stored:
            if compare(chosen, stored.id):
                raise Failed("refused", "the _id stays")
            document = id_first(document, stored.id)
        elif not collection.id_fits(chosen):
            raise Failed("refused", "another type of _id")
        if any(not has_value(document, path) for path in collection.paths(REQUIRED)):
            raise Failed("refused", "required")
        return document

    def write(self, operation, document, stored=None):
        collection = self.collections[operation["in"]]
        document = self.settle(collection, document, stored)
        self.check_unique(collection, document, stored, stored is None)
        self.etags += 1
        created = stored.created if stored else self.now
        record = Record(document, self.etags, created, self.now)
        if stored:
            del collection.records[stored.id]
        elif record.id in collection.records:
            self.remove(collection, collection.records[record.id])
        collection.records[record.id] = record
        self.note(collection, record.id, False)
        if "save" in operation:
            self.slots[operation["save"]] = record.etag
        return self.shown(collection, record)

    def insert(self, operation):
        return self.write(operation, operation["document"])

    def stored(self, operation):
        """The key's document under its condition; None where it may be made."""
        try:
            record = self.lookup(self.collections[operation["in"]], operation["key"])
        except Failed:
            if operation.get("upsert") and "if_etag" not in operation:
                return None
            raise
        if "if_etag" in operation and self.slots.get(operation["if_etag"], NEVER) != record.etag:
            raise Failed("stale")
        return record

    def seed(self, operation):
        key = operation["key"]
        if key.get("field"):
            return {key["field"]: key["value"]}
        collection = self.collections[operation["in"]]
        value = self.settle_id(collection, key["value"])
        return {"_id": value} if collection.id_fits(value) else {}

    def replace(self, operation):
        record, document = self.stored(operation), operation["document"]
        if record is None and not operation["key"].get("field") and "_id" not in document:
            document = {**self.seed(operation), **document}
        return self.write(operation, document, record)

    def update(self, operation):
        record = self.stored(operation)
        document = record.document if record else self.seed(operation)
        for kind, path, value in operation["changes"]:
            document = apply_change(document, kind, path, value)
        return self.write(operation, document, record)

    def delete(self, operation):
        self.remove(self.collections[operation["in"]], self.stored(operation))
        return {}

    def delete_where(self, operation):
        collection = self.collections[operation["in"]]
        doomed = self.meant(collection, operation.get("where"), True)
        for record in doomed:
            self.remove(collection, record)
        return {"total": len(doomed)}

    # -- several as one

    def snapshot(self):
        return ([(dict(one.records), one.changed) for one in self.collections], len(self.changes))

    def restore(self, snapshot):
        for collection, (records, changed) in zip(self.collections, snapshot[0]):
            collection.records, collection.changed = records, changed
        del self.changes[snapshot[1]:]

    def acts(self, operation):
        """Answers, and how it failed."""
        before, answers, failed = self.snapshot(), [], None
        for act in operation["acts"]:
            answers.append(self.answer(act))
            failed = answers[-1].get("error") or answers[-1].get("failed")
            if not operation.get("strict") or act["op"] not in CHANGES:
                failed = None
            if failed:
                break
        if not failed and operation.get("fail"):
            failed = "Forbidden"
        if failed:
            self.restore(before)
        return {"acts": answers, "failed": failed} if failed else {"acts": answers}

    def clock(self, operation):
        self.now = operation["ms"]
        return {}

    def answer(self, operation):
        try:
            return ANSWERS[operation["op"]](self, operation)
        except Failed as failure:
            return {"error": failure.kind, "why": failure.args[1]}


class IdOrder:
    """Sorts records by _id."""
    __slots__ = ("id",)

    def __init__(self, record):
        self.id = record.id

    def __lt__(self, other):
        return compare(self.id, other.id) < 0


CHANGES = ("insert", "replace", "update", "delete", "delete_where", "transact")
ANSWERS = {
    "find": Model.find, "get": Model.get, "count": Model.count, "estimate": Model.estimate,
    "each": Model.each, "version": Model.version, "changes": Model.follow, "insert": Model.insert,
    "replace": Model.replace, "update": Model.update, "delete": Model.delete,
    "delete_where": Model.delete_where, "transact": Model.acts, "work": Model.acts,
    "clock": Model.clock,
}
