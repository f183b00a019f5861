# SPDX-License-Identifier: MIT
"""Random programs: declarations, documents and operations, all from one seed."""
import random

from evaluator import (MAXKEY, MINKEY, Binary, Date, Decimal, Long, ObjectId, Regex, Timestamp)

from .model import DELETED, EXPIRES, INDEXED, REQUIRED, SEARCHED, UNIQUE
from .words import BETWEEN, VOCABULARY

START = 4_000_000_000_000  # far beyond any server's own clock, so that it expires nothing itself
HOUR = 3_600_000
UNDECLARED = ("v", "w", "été", "c")
DEEPER = ("m", "m.x", "m.s", "v.x", "v.s", "v.0", "v.x.0", "v.x.s", "c.x", "c.s", "c.0", "c.1.x", "l.0",
          "w.0.x", "i.x", "bogus", "m.bogus")
SORTABLE = ("m.x", "m.s", "v", "v.x", "c.x", "w", "w.s", "été", "bogus")
META = ("_id", "_created", "_updated")
PALETTE = {
    "i": "int", "n": "number", "s": "text", "b": "bool", "d": "date", "o": "id", "l": "list", "a": "any",
    "m.x": "int", "m.s": "text", "k": "text", "t": "text", "e": "date", "z": "bool", "j": "any",
    "h": "int", "body": "text", "g": "number",
}
TYPES = (1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 18, -1)


class Values:
    """Random values; many are alike, so that they meet. What a server cannot hold (faults.LIMITS) is
    left out."""

    def __init__(self, dice, limits):
        self.dice, self.limits = dice, limits
        self.least = [] if "least whole number" in limits else [-2**63]

    def int(self):
        value = self.dice.choice([self.dice.randint(-3, 6), self.dice.randint(0, 60), self.dice.choice(
            [2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**53, 2**53 + 1, 2**63 - 1, *self.least])])
        return Long(value) if self.dice.random() < 0.2 else value

    def number(self):
        if self.dice.random() < 0.3:
            return self.int()
        far = [] if "far doubles" in self.limits else [5e-324, 1e300, 1.7976931348623157e308]
        return self.dice.choice([
            *far, self.dice.randint(-3, 6) / 2, float(self.dice.randint(-2, 4)), 0.1, -1e-7, float(2**53),
            float(2**63), *map(float, self.least), -0.0, float("nan"),
            float("inf"), -float("inf")])

    def text(self):
        return self.dice.choice([
            "", "a", "b", "ab", "A", "10", "é", "e\u0301", "日本", "😀", "null", "x" * 40, "\u007f",
            "\u2028", "\ufeff", "\uffff", "'\"\\", "%_", "$a", "$$ROOT", "a.b", "\n\t", "\u0001", "0" * 24])

    def date(self):
        if self.dice.random() < 0.1:
            far = [] if "far dates" in self.limits else [2**62, -2**62]
            return Date(self.dice.choice([-62135596800000, -1, 0, 253402300799999, *far]))
        return Date(START + self.dice.randint(-2, 8) * HOUR)

    def id(self):
        return ObjectId("%024x" % self.dice.choice([0, 1, 2, 3, 2**96 - 1]))

    def bool(self):
        return self.dice.random() < 0.5

    def rare(self):
        return self.dice.choice([
            Decimal(self.dice.choice([1, 2.5, -3, 0])), b"", b"ab", b"\0\xff",
            Binary(b"ab", 5 if "user's subtypes" in self.limits else 128),
            Timestamp((self.dice.randint(1, 3), self.dice.randint(0, 2))),
            Regex((self.dice.choice(["a", "^b"]), self.dice.choice(["", "i"]))), MINKEY, MAXKEY])

    def scalar(self):
        if self.dice.random() < 0.06:
            return self.rare()
        return self.dice.choice([self.int, self.int, self.number, self.text, self.text, self.bool, self.date,
                                 self.id, lambda: None])()

    def list_of(self, one):
        return [one() for _ in range(self.dice.choice([0, 1, 1, 2, 3]))]

    def list(self):
        return self.list_of(self.dice.choice([self.int, self.text, self.scalar]))

    def nested(self, depth=0):
        roll = self.dice.random()
        if depth > 2 or roll < 0.5:
            return self.scalar()
        if roll < 0.75:
            return self.list_of(lambda: self.nested(depth + 1))
        names = self.dice.sample(["x", "s", "0", "y", "é"], self.dice.randint(0, 3))
        return {name: self.nested(depth + 1) for name in names}

    any = nested

    def sentence(self):
        words = [self.dice.choice(list(VOCABULARY)) for _ in range(self.dice.randint(0, 8))]
        return "".join(word + self.dice.choice(BETWEEN) for word in words)


class Maker:
    """One program."""

    def __init__(self, seed, limits):
        self.dice = random.Random(seed)
        self.values = Values(self.dice, limits)
        self.odd = self.dice.choice([0, 0, 0.04, 0.25])
        self.now = START
        self.slots = 0
        self.kept = []  # slots with etags
        self.declaration = {"ms": START, "collections": [
            self.collection(name) for name in self.dice.sample(["one", "two", "three"],
                                                               self.dice.randint(1, 2))]}
        self.documents = [[] for _ in self.declaration["collections"]]

    def chance(self, share):
        return self.dice.random() < share

    # -- declarations

    def flags(self, path):
        fixed = {"t": SEARCHED, "body": SEARCHED, "e": EXPIRES, "z": DELETED}.get(path)
        if path in ("k", "j", "h") and self.chance(0.7):
            return UNIQUE | (INDEXED if self.chance(0.2) else 0)
        if fixed:
            return fixed | (INDEXED if fixed != SEARCHED and self.chance(0.2) else 0)
        return (INDEXED if self.chance(0.4) else 0) | (
            REQUIRED if path in ("i", "s", "m.x") and self.chance(0.1) else 0)

    def collection(self, name):
        paths = [path for path in PALETTE if self.chance(0.25 if path in "kthjez" else 0.6)]
        if self.chance(0.1):
            paths = []
        indexes = []
        for _ in range(self.dice.choice([0, 0, 1, 2])):
            single = [path for path in paths if PALETTE[path] not in ("list", "any")]
            if len(single) > 1:
                chosen = self.dice.sample(single, self.dice.randint(2, min(3, len(single))))
                if chosen not in indexes:
                    indexes.append(chosen)
        return {"name": name, "id_type": self.dice.choice(["id", "text", "int"]),
                "fields": [[path, PALETTE[path], self.flags(path)] for path in paths],
                "indexes": indexes, "followed": self.chance(0.6), "text": self.chance(0.3)}

    # -- documents

    def id_of(self, number):
        kind = self.declaration["collections"][number]["id_type"]
        pick = self.dice.randint(0, 60)
        return {"id": ObjectId("%024x" % pick), "int": Long(pick) if self.chance(0.3) else pick,
                "text": self.dice.choice(["k%d" % pick, "é%d" % (pick % 5), "$%d" % (pick % 3)])
                }[kind]

    def field(self, path):
        kind = PALETTE[path]
        if self.chance(0.1):
            return None
        if path in ("k", "j", "h"):
            pick = self.dice.randint(0, 40)
            return pick if kind == "int" or (kind == "any" and pick % 2) else "u%d" % pick
        if self.chance(self.odd):
            return self.values.nested()
        if path in ("t", "body"):
            return self.values.sentence()
        if path == "z":
            return self.chance(0.3)
        if path == "e":
            return Date(self.now + self.dice.randint(-1, 8) * HOUR)
        return getattr(self.values, kind)()

    def document(self, number, with_id=True):
        declaration = self.declaration["collections"][number]
        made = {}
        fields = [path for path, _, flags in declaration["fields"] if flags & REQUIRED or self.chance(0.7)]
        others = [name for name in UNDECLARED if self.chance(0.4)]
        for path in self.dice.sample(fields + others, len(fields) + len(others)):
            value = self.values.nested() if path in UNDECLARED else self.field(path)
            if path == "c" and self.chance(0.7):
                value = self.values.list_of(lambda: {
                    name: self.values.scalar() for name in self.dice.sample(["x", "s"], 2)})
            if "." not in path:
                made[path] = value
            elif type(made.setdefault("m", {})) is dict:
                made["m"][path[2:]] = value
        if self.chance(self.odd / 4) and "m" in made:
            made["m"] = self.dice.choice([[made["m"], {"x": 1}], [made["m"]], 5, []])
        if self.chance(0.01):
            made[self.dice.choice(["", "a.b", "_etag", "_created", "_words"])] = 1
        if with_id and not (declaration["id_type"] == "id" and self.chance(0.1)):
            chosen = self.id_of(number) if not self.chance(0.01) else self.values.scalar()
            made = {"_id": chosen, **made} if self.chance(0.8) else {**made, "_id": chosen}
        self.documents[number].append(made)
        return made

    # -- queries

    def known(self, number, path):
        """A value that some document has there, or one like it."""
        value = self.dice.choice(self.documents[number]) if self.documents[number] else {}
        for part in path.split("."):
            if type(value) is list and value:
                value = value[int(part)] if part.isdigit() and int(part) < len(value) else value[0]
            value = value.get(part) if type(value) is dict else None if part != "" else value
        if type(value) is list and value and self.chance(0.7):
            value = self.dice.choice(value)
        if path in ("_created", "_updated") or (path == "_id" and self.chance(0.3)):
            return self.id_of(number) if path == "_id" else Date(
                START + self.dice.randint(0, 5) * HOUR)
        value = value if self.chance(0.8) else self.values.nested()
        return value if self.can_ask(value) else self.values.text()

    def can_ask(self, value):
        """Patterns mean more than themselves to MongoDB, and bounds are no values."""
        if type(value) is list:
            return all(self.can_ask(one) for one in value)
        if type(value) is dict:
            return all(self.can_ask(one) for one in value.values())
        return type(value) is not Regex

    def path(self, number):
        declared = [path for path, _, _ in self.declaration["collections"][number]["fields"]]
        roll = self.dice.random()
        if roll < 0.55 and declared:
            return self.dice.choice(declared)
        if roll < 0.63:
            return self.dice.choice(META)
        return self.dice.choice(UNDECLARED + DEEPER)

    def elements(self, number, path, depth):
        if self.chance(0.5):
            return self.within(number, "", path, depth + 1)
        names = self.dice.sample(["x", "s", "0"], self.dice.randint(1, 2))
        parts = [self.within(number, name, path + "." + name, depth + 1) for name in names]
        return parts[0] if len(parts) == 1 else [self.dice.choice(["and", "or", "nor"]), parts]

    def within(self, number, path, source, depth):
        """A condition on a path whose values look like those of another."""
        roll = self.dice.random()
        if roll < 0.45:
            return [self.dice.choice(["eq", "eq", "ne", "gt", "gte", "lt", "lte"]), path,
                    self.known(number, source)]
        if roll < 0.58:
            return [self.dice.choice(["in", "in", "nin", "all"]), path,
                    [self.known(number, source) for _ in range(self.dice.choice([0, 1, 2, 2, 3]))]]
        if roll < 0.64:
            return ["exists", path, self.chance(0.5)]
        if path in META:
            return ["eq", path, self.known(number, source)]
        if roll < 0.68:
            return ["size", path, self.dice.choice([0, 1, 2, 3, 1.0, Long(2)])]
        if roll < 0.73:
            return ["type", path, self.dice.sample(TYPES, self.dice.randint(1, 2))]
        if roll < 0.77:
            return ["mod", path, [self.dice.choice([1, 2, 3, -2, 7, Long(4), -1]),
                                  self.dice.choice([0, 1, -1, 2])]]
        if roll < 0.81:
            return ["bits_" + self.dice.choice(["all_set", "any_set", "all_clear", "any_clear"]), path,
                    self.dice.choice([0, 1, 2, 5, 2**33, 2**62])]
        if roll < 0.85:
            return ["contains", path, self.dice.choice(["", "a", "b", "é", "0", "$", ".", "本", "thread"])]
        if depth < 4 and roll < 0.93:
            inner = self.within(number, path, source, depth + 1)
            return inner if inner[0] == "not" else ["not", [inner]]
        if depth < 3:
            return ["elem", path, [self.elements(number, source, depth)]]
        return ["eq", path, self.known(number, source)]

    def tree(self, number, depth=0):
        if depth < 4 and self.chance(0.3):
            return [self.dice.choice(["and", "and", "or", "or", "nor"]), [
                self.tree(number, depth + 1) for _ in range(self.dice.choice([1, 2, 2, 3]))]]
        path = self.path(number)
        made = self.within(number, path, path, depth)
        return ["not", [made]] if made[0] != "not" and self.chance(0.1) else made

    def where(self, number):
        return {} if self.chance(0.1) else {"where": self.tree(number)}

    def sort(self, number, most=3):
        declared = [path for path, _, _ in self.declaration["collections"][number]["fields"]]
        paths = [*declared, *declared, *SORTABLE, *META]
        chosen = []
        for path in self.dice.choices(paths, k=self.dice.randint(1, most)):
            if path not in [one for one, _ in chosen]:
                chosen.append([path, self.chance(0.5)])
        return chosen

    # -- operations

    def slot(self):
        self.slots += 1
        return self.slots

    def find(self, number):
        made = {"op": "find", "in": number, **self.where(number),
                "limit": self.dice.choice([1, 3, 10, 1000, 1000, 1000, 0])}
        if self.chance(0.5):
            made["sort"] = self.sort(number)
        if self.chance(0.2):
            made["skip"] = self.dice.choice([1, 2, 5, 30])
        for name, share in (("count", 0.5), ("deleted_too", 0.3), ("full", 0.1), ("as_text", 0.1)):
            if self.chance(share):
                made[name] = True
        return [made]

    def search(self, number):
        fields = self.declaration["collections"][number]["fields"]
        if not any(flags & SEARCHED for _, _, flags in fields) and self.chance(0.95):
            return self.find(number)
        words = [self.dice.choice(["", "", "-"]) + self.dice.choice(
            [self.dice.choice(list(VOCABULARY)), '"%s %s"' % tuple(self.dice.choices(list(VOCABULARY), k=2))])
            for _ in range(self.dice.choice([1, 1, 2]))]
        made = {"op": "find", "in": number, "text": " ".join(words), "limit": self.dice.choice([2, 1000, 1000]),
                "count": True}
        if self.chance(0.3):
            made.update(self.where(number))
        if self.chance(0.3):
            made["sort"] = self.sort(number)
        if self.chance(0.2):
            made["deleted_too"] = True
        return [made]

    def pages(self, number):
        """Several pages, one behind the other."""
        fields = self.declaration["collections"][number]["fields"]
        single = [path for path, kind, _ in fields if kind != "list"] + list(META)
        made = {"op": "find", "in": number, **self.where(number), "keyset": True, "save": self.slot(),
                "limit": self.dice.choice([1, 2, 5, 20])}
        if self.chance(0.85):
            made["sort"] = [[self.dice.choice(single), self.chance(0.5)]]
        elif self.chance(0.3):
            made["sort"] = self.sort(number, 2)
        if self.chance(0.2):
            made["deleted_too"] = True
        pages = [made]
        for _ in range(self.dice.choice([1, 2, 4])):
            made = {**made, "after": made["save"], "save": self.slot()}
            pages.append(made)
        if self.chance(0.1):
            pages[-1] = {**pages[-1], **self.where(number)}
        return pages

    def key(self, number):
        unique = [path for path, _, flags in self.declaration["collections"][number]["fields"]
                  if flags & UNIQUE]
        if unique and self.chance(0.3):
            path = self.dice.choice(unique)
            value = self.known(number, path)
            return {"field": path, "value": "u1" if value is None else value}
        chosen = self.id_of(number)
        if type(chosen) is ObjectId and self.chance(0.3):
            chosen = str(chosen)
        return {"value": chosen if self.chance(0.98) else self.values.scalar()}

    def get(self, number):
        made = {"op": "get", "in": number, "key": self.key(number)}
        if self.chance(0.3):
            made["as_text"] = True
        if self.chance(0.3):
            made["save"] = self.slot()
            self.kept.append(made["save"])
        return [made]

    def condition(self):
        if not self.kept or self.chance(0.8):
            return {}
        return {"if_etag": self.dice.choice(self.kept[-6:])}

    def change(self, number):
        declared = [path for path, _, _ in self.declaration["collections"][number]["fields"]]
        path = self.dice.choice([*declared, *declared, *UNDECLARED, *DEEPER, "v.x.s", "_id", "n", "l"])
        kind = self.dice.choice(["set", "set", "set", "unset", "add", "add", "add_to_set", "push", "pull"])
        if kind == "set" and path in PALETTE:
            return [kind, path, self.field(path)]
        if kind == "add":
            path = self.dice.choice([path, "n", "i", "g"])
            return [kind, path, self.values.number() if self.chance(0.9) else self.values.scalar()]
        if kind in ("add_to_set", "push", "pull") and self.chance(0.7):
            path = self.dice.choice(["l", "v", "w"])
        value = self.values.nested() if self.chance(0.5) else self.known(number, path)
        return [kind, path, value]

    def act(self, number):
        roll = self.dice.random()
        made = {"in": number}
        if self.chance(0.4):
            made["save"] = self.slot()
        if roll < 0.3:
            made.update(op="insert", document=self.document(number))
        elif roll < 0.45:
            made.update(op="replace", key=self.key(number), upsert=self.chance(0.4),
                        document=self.document(number, self.chance(0.3)), **self.condition())
        elif roll < 0.8:
            made.update(op="update", key=self.key(number), upsert=self.chance(0.3), **self.condition(),
                        changes=[self.change(number) for _ in range(self.dice.choice([1, 1, 2, 4]))])
        elif roll < 0.9:
            made.update(op="delete", key=self.key(number), **self.condition())
        elif roll < 0.93:
            made.update(op="delete_where", where=["and", [self.tree(number), self.tree(number)]])
        else:
            made.pop("save", None)
            return self.dice.choice([self.get, lambda one: self.find(one)[:1],
                                     lambda one: [{"op": "count", "in": one}]])(number)[0]
        if "save" in made:
            self.kept.append(made["save"])
        return made

    def several(self, number, depth=0):
        acts = []
        for _ in range(self.dice.choice([1, 1, 2, 4, 8])):
            if depth < 2 and self.chance(0.08):
                acts.append({"op": "transact", **self.several(number, depth + 1)})
            else:
                acts.append(self.act(self.any_collection() if self.chance(0.2) else number))
        made = {"acts": acts}
        if self.chance(0.3):
            made["strict"] = True
        if self.chance(0.1):
            made["fail"] = True
        return made

    def work(self, number):
        return [{"op": "work", **self.several(number)}]

    def fill(self, number):
        return [{"op": "work", "acts": [{"op": "insert", "in": number, "document": self.document(number)}
                                        for _ in range(self.dice.randint(5, 15))]} for _ in range(3)]

    def move_clock(self, _):
        self.now += self.dice.choice([1, HOUR // 2, HOUR])
        return [{"op": "clock", "ms": self.now}]

    def plain(self, name):
        def make(number):
            return [{"op": name, "in": number, **({} if name in ("each", "version") else self.where(number))}]
        return make

    def follow(self, _):
        self.cursor, before = self.slot(), self.cursor
        return [{"op": "changes", "after": before, "save": self.cursor, "limit": self.dice.choice([1, 7, 0])}]

    def any_collection(self):
        return self.dice.randrange(len(self.documents))

    def program(self, operations):
        self.cursor = self.slot()
        made = [{"op": "changes", "save": self.cursor}]
        for number in range(len(self.documents)):
            made += self.fill(number)
        while len(made) < operations:
            # Many questions about the same documents, then some changes.
            for _ in range(30):
                made += self.dice.choices(
                    [self.find, self.pages, self.search, self.get, self.plain("count"), self.plain("estimate"),
                     self.plain("each")], [40, 6, 6, 5, 10, 3, 1])[0](self.any_collection())
            for _ in range(12):
                made += self.dice.choices([self.work, self.move_clock, self.follow, self.plain("version")],
                                          [20, 2, 2, 1])[0](self.any_collection())
        made.append({**self.follow(0)[0], "settle": True})
        for number in range(len(self.documents)):
            made.append({"op": "find", "in": number, "deleted_too": True, "full": True, "limit": 100000})
        return {"declaration": self.declaration, "operations": made}


def make(seed, operations=250, limits=()):
    return Maker(seed, limits).program(operations)
