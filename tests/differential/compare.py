# SPDX-License-Identifier: MIT
"""Whether a store's answers are those of the model, and those of another store."""
import re

from .values import read_line, text_of

OID = re.compile(r'"\$oid" : "([0-9a-f]{24})"')
MADE = "ffffffff"  # how the model's own ObjectIds begin
RANKS_DIFFER = 1.05  # by so much two ranks must differ to be an order


class Mismatch(Exception):
    """An answer that is not the expected one."""


def require(truth, message, *arguments):
    if not truth:
        raise Mismatch(message % arguments)


class Judge:
    """Of one store's answers to one program. What each store makes up itself (etags, ObjectIds) is held
    to be the same wherever the model has the same."""

    def __init__(self, defers=False):
        self.etags, self.tokens = {}, {}
        self.made, self.defers = {}, defers
        self.awaited = {}  # changes that were not told of yet

    def text(self, node):
        """What the store said, with the model's ObjectIds for its own."""
        text = text_of(node)
        for real, model in self.made.items():
            text = text.replace(real, model)
        return text

    def etag(self, token, got):
        require(re.fullmatch("[0-9a-f]{40}", got), "no etag: %r", got)
        require(self.etags.setdefault(token, got) == got, "another etag than before")
        require(self.tokens.setdefault(got, token) == token, "the etag of another document")

    def learn(self, expected, got):
        """An ObjectId the store has made."""
        wanted = read_line(expected)["_id"]
        found = got.get("_id") if isinstance(got, dict) else None
        if isinstance(wanted, dict) and wanted.get("$oid", "").startswith(MADE) and \
                isinstance(found, dict) and "$oid" in found and not found["$oid"].startswith(MADE):
            self.made[found["$oid"]] = wanted["$oid"]

    def document(self, expected, got):
        self.learn(expected["full"], got["d"])
        require(self.text(got["d"]) == expected["full"], "wanted %s, got %s", expected["full"],
                text_of(got["d"]))
        self.etag(expected["etag"], got["e"])
        for name, short in (("created", "c"), ("updated", "u"), ("deleted", "x")):
            require(expected[name] == got[short], "%s: wanted %s, got %s", name, expected[name],
                    got[short])

    def items(self, expected, got):
        wanted = expected["items"]
        if expected.get("ranked"):
            return self.ranked(expected, got)
        require(len(wanted) == len(got["items"]), "wanted %d documents, got %d:\n  %s\n  %s", len(wanted),
                len(got["items"]), shown(wanted), shown([self.shape(one) for one in got["items"]]))
        for at, (one, other) in enumerate(zip(wanted, got["items"])):
            if isinstance(one, str):
                require(one == self.text(other), "number %d: wanted\n  %s, got\n  %s", at, shown(wanted),
                        shown([text_of(item) for item in got["items"]]))
            else:
                self.document(one, other)
        return None

    def shape(self, item):
        return self.text(item.get("d", item))

    def ranked(self, expected, got):
        """The right ones; of their order, that ranks go down."""
        skip, limit = expected["page"]
        wanted = [one if isinstance(one, str) else one["full"] for one in expected["items"]]
        found = [self.shape(one) for one in got["items"]]
        count = max(min(len(wanted) - skip, limit), 0)
        require(len(found) == count, "wanted %d hits of %s, got %s", count, shown(wanted), shown(found))
        require(set(found) <= set(wanted) and len(set(found)) == len(found), "wanted of %s, got %s",
                shown(wanted), shown(found))
        ranks = got["ranks"]
        require(all(one >= other for one, other in zip(ranks, ranks[1:])), "ranks: %s", ranks)

    def changes(self, expected, got):
        """A remote store may tell of them when asked again, but for the last time."""
        require("failed" not in got, "failed: %s", got.get("failed"))
        found = {}
        for change in got["changes"]:
            found[int(change["in"]["$numberInt"]), whole(self.text(change["id"]))] = change["deleted"]
        swept = {(number, whole(key)) for number, key in expected.get("expired", ())}
        here = {(number, whole(key)) for number, key in expected.get("here", ())}
        wanted = {(number, whole(key)): value for (number, key), value in expected["changes"].items()
                  if (number, whole(key)) not in swept}
        self.awaited = {key: value for key, value in self.awaited.items() if key not in swept}
        found = {key: value for key, value in found.items() if key not in swept and not (
            # What was made and undone within a work may be told of, as it is now.
            self.defers and key not in wanted and value == (key not in here))}
        wanted = {**self.awaited, **wanted}
        self.awaited = {}
        if self.defers and not expected["settle"]:
            self.awaited = {key: value for key, value in wanted.items() if found.get(key) != value}
            wanted = {key: value for key, value in wanted.items() if key not in self.awaited}
            found = {key: value for key, value in found.items() if key not in self.awaited}
        require(wanted == found, "changes: missing %s, too many %s",
                [one for one in wanted.items() if one not in found.items()],
                [one for one in found.items() if one not in wanted.items()])

    def check(self, expected, got):
        """Mismatch unless the answer is the expected one."""
        if "acts" in expected:
            if self.defers and "failed" in expected:
                # What is dropped was perhaps never sent, and so never refused.
                kind = got.get("failed", {}).get("error")
                require(kind and kind != "internal", "wanted %s, got %s", expected["failed"], got.get("failed"))
                return
            require(len(expected["acts"]) == len(got.get("acts", ())), "acts: %s", got)
            for one, other in zip(expected["acts"], got["acts"]):
                self.check(one, other)
            failed = got["failed"]["error"] if "failed" in got else None
            require(expected.get("failed") == failed, "wanted %s, got %s", expected.get("failed"),
                    got.get("failed"))
            return
        require(expected.get("error") == got.get("error"), "wanted %s (%s), got %s (%s)",
                expected.get("error", "no error"), expected.get("why", ""),
                got.get("error", "no error"), got.get("message", ""))
        if "changes" in expected:
            self.changes(expected, got)
        for name in ("total", "more", "exact", "grew", "skipped"):
            if name in expected:
                require(expected[name] == got.get(name), "%s: wanted %s, got %s", name, expected[name],
                        got.get(name))
        if "items" in expected:
            self.items(expected, got)
        if "full" in expected:
            self.document(expected, got)


def whole(text):
    """In the feed of changes an _id is a number of whatever width."""
    return text.replace("$numberLong", "$numberInt")


def shown(items):
    texts = [one if isinstance(one, str) else one["full"] for one in items[:12]]
    return "[%s]" % ", ".join(texts) + (" …" if len(items) > 12 else "")


def ranks_of(answer):
    return {text_of(item.get("d", item)): rank
            for item, rank in zip(answer.get("items", ()), answer.get("ranks", ()))}


def check_ranks(one, other):
    """Of two stores: where both ranks clearly differ, the order is the same."""
    first, second = ranks_of(one), ranks_of(other)
    both = [item for item in first if item in second]
    for left in both:
        for right in both:
            require(not (first[left] > first[right] * RANKS_DIFFER and
                         second[right] > second[left] * RANKS_DIFFER),
                    "ranks of %s and %s: %s", left, right, [first, second])
