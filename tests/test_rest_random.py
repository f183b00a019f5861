# SPDX-License-Identifier: MIT
"""Random documents and random queries: the REST server answers what the evaluator says. A failure
shows the seed and the smallest query that fails.

    RANDOM_SEED=7 RANDOM_QUERIES=5000 pytest tests/test_rest_random.py
"""
import datetime
import email.utils
import json
import os
import random
import re
from urllib.parse import quote

import pytest

from evaluator import ObjectId, QueryError, find

SEED = int(os.environ.get("RANDOM_SEED", "2024"))
QUERIES = int(os.environ.get("RANDOM_QUERIES", "400"))
DOCUMENTS = 150
LONGEST = 4000  # of an address

DICT = {"x": {"type": "integer", "nullable": True}, "s": {"type": "string", "nullable": True},
        "d": {"type": "datetime", "nullable": True}}
FIELDS = {
    "i": {"type": "integer", "nullable": True},
    "f": {"type": "float", "nullable": True},
    "s": {"type": "string", "nullable": True},
    "b": {"type": "boolean", "nullable": True},
    "d": {"type": "datetime", "nullable": True},
    "o": {"type": "objectid", "nullable": True},
    "li": {"type": "list", "schema": {"type": "integer"}},
    "ls": {"type": "list", "schema": {"type": "string"}},
    "ld": {"type": "list", "schema": {"type": "datetime"}},
    "m": {"type": "dict", "schema": DICT, "nullable": True},
    "c": {"type": "list", "schema": {"type": "dict", "schema": DICT}},
    "any": {"nullable": True},
}
SETTINGS = {
    "DOMAIN": {"things": {"schema": FIELDS, "allow_unknown": True}},
    "RESOURCE_METHODS": ["GET", "POST"],
    "PAGINATION_LIMIT": 1000,
}
DECLARED = {"d": "date", "ld": "date", "m.d": "date", "c.d": "date", "o": "id", "_id": "id"}
UNDECLARED = ("u", "v", "été")
PATHS = [*FIELDS, *UNDECLARED, "m.x", "m.s", "m.d", "c.x", "c.s", "c.d", "any.x", "any.s", "any.x.x",
         "u.x", "u.x.s", "v.s", "li.0", "ls.1", "c.0", "c.1.x", "any.0", "u.0.x", "u.1", "u.x.0",
         "_id", "bogus", "m.bogus"]
# Where a number names a place or a field, indexes of MongoDB refuse to say which.
SORTABLE = [path for path in PATHS if not re.search(r"\d", path)]


# -- what is stored ----------------------------------------------------------------------------------

def cast(path, value):
    """JSON as it is stored at a path: dates and ids where they are declared."""
    if isinstance(value, dict):
        return {name: cast(path + "." + name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [cast(path, inner) for inner in value]
    kind = DECLARED.get(re.sub(r"\.\d+(?=\.|$)", "", path))
    if kind == "id" and isinstance(value, str) and re.fullmatch("[0-9a-f]{24}", value):
        return ObjectId(value)
    if kind == "date" and isinstance(value, str) and value.endswith(" GMT"):
        return datetime.datetime.strptime(value, "%a, %d %b %Y %H:%M:%S GMT")
    return value


def shown(value):
    """A stored value as JSON."""
    if isinstance(value, dict):
        return {name: shown(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shown(inner) for inner in value]
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, datetime.datetime):
        return email.utils.format_datetime(value.replace(tzinfo=datetime.timezone.utc), usegmt=True)
    return value


class Values:
    """Random JSON values."""

    def __init__(self, dice):
        self.dice = dice

    def integer(self):
        return self.dice.choice([self.dice.randint(-3, 6), self.dice.randint(0, 60),
                                 self.dice.choice([2**31 - 1, 2**31, -2**31 - 1, 2**53, 2**53 + 1,
                                                   2**63 - 1, -2**63])])

    def real(self):
        return self.dice.choice([self.dice.randint(-3, 6) / 2, float(self.dice.randint(-2, 4)),
                                 0.1, 1e300, -1e-7, float(2**53)])

    def text(self):
        return self.dice.choice(["", "a", "b", "ab", "A", "10", "é", "e\u0301", "日本", "😀", "a\u0000b",
                                 "null", self.date(), self.hex(), "x" * 40])

    def date(self):
        when = datetime.datetime(2024, 1, 1) + datetime.timedelta(self.dice.randint(-2, 2))
        if self.dice.random() < 0.1:
            when = datetime.datetime(self.dice.choice([1, 1969, 9999]), 12, 31, 23, 59, 59)
        return shown(when)

    def hex(self):
        return "%024x" % self.dice.choice([0, 1, 2, 2**96 - 1])

    def boolean(self):
        return self.dice.random() < 0.5

    def scalar(self):
        return self.dice.choice([self.integer, self.integer, self.real, self.text, self.text,
                                 self.boolean, lambda: None])()

    def list_of(self, one):
        return [one() for _ in range(self.dice.choice([0, 1, 1, 2, 3]))]

    def nested(self, depth=0):
        roll = self.dice.random()
        if depth > 2 or roll < 0.5:
            return self.scalar()
        if roll < 0.75:
            return self.list_of(lambda: self.nested(depth + 1))
        names = self.dice.sample(["x", "s", "0", "y"], self.dice.randint(0, 3))
        return {name: self.nested(depth + 1) for name in names}

    def part(self):
        """A document of the declared kind."""
        whole = {"x": self.integer(), "s": self.text(), "d": self.date()}
        return {name: None if self.dice.random() < 0.1 else whole[name]
                for name in self.dice.sample(list(whole), self.dice.randint(0, 3))}

    def field(self, name):
        if name in FIELDS and FIELDS[name].get("nullable") and self.dice.random() < 0.1:
            return None
        return {"i": self.integer, "f": self.real, "s": self.text, "b": self.boolean, "d": self.date,
                "o": self.hex, "li": lambda: self.list_of(self.integer),
                "ls": lambda: self.list_of(self.text), "ld": lambda: self.list_of(self.date),
                "m": self.part, "c": lambda: self.list_of(self.part)}.get(name, self.nested)()

    def document(self):
        names = [name for name in [*FIELDS, *UNDECLARED] if self.dice.random() < 0.7]
        self.dice.shuffle(names)
        return {name: self.field(name) for name in names}


# -- what is asked -----------------------------------------------------------------------------------

TYPES = ["double", "string", "object", "array", "objectId", "bool", "date", "null", "int", "long",
         "number", 1, 2, 3, 4, 7, 8, 9, 10, 16, 18]
JUNK = [None, 5, -1, 1.5, "x", True, [], {}, [1], {"b": 1}, {"$gt": 1}, {"$where": "1"}, [{"$in": [1]}]]


class Queries:
    """Random requests, as JSON. Values are mostly taken from where they can be found."""

    def __init__(self, dice, documents):
        self.dice = dice
        self.values = Values(dice)
        self.documents = documents

    def value(self, path):
        value = self.dice.choice(self.documents)
        for part in path.split("."):
            if isinstance(value, list) and value:
                value = value[int(part)] if part.isdigit() and int(part) < len(value) else value[0]
            value = value.get(part) if isinstance(value, dict) else value
        if isinstance(value, list) and value and self.dice.random() < 0.7:
            value = self.dice.choice(value)
        return value if self.dice.random() < 0.8 else self.values.nested()

    def several(self, path):
        return [self.value(path) for _ in range(self.dice.choice([0, 1, 2, 2, 3]))]

    def bits(self):
        if self.dice.random() < 0.5:
            return self.dice.choice([0, 1, 2, 5, 2**33, 2**62])
        return [self.dice.choice([0, 1, 2, 31, 53, 62, 63, 70]) for _ in range(self.dice.randint(0, 3))]

    def elements(self, path, depth):
        if self.dice.random() < 0.5:
            return self.operators(path, depth + 1)
        names = self.dice.sample(["x", "s", "d"], self.dice.randint(1, 2))
        query = {name: self.condition(path + "." + name, depth + 1) for name in names}
        return {"$or": [query, {"x": self.value(path + ".x")}]} if self.dice.random() < 0.2 else query

    def operator(self, path, depth):
        roll = self.dice.random()
        if roll < 0.4:
            name = self.dice.choice(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"])
            return name, self.value(path)
        if roll < 0.55:
            return self.dice.choice(["$in", "$nin", "$all"]), self.several(path)
        if roll < 0.62:
            return "$exists", self.dice.choice([True, False, 1, 0])
        if roll < 0.68:
            return "$size", self.dice.choice([0, 1, 2, 3, 1.0])
        if roll < 0.74:
            types = self.dice.sample(TYPES, self.dice.randint(1, 2))
            return "$type", types if self.dice.random() < 0.3 else types[0]
        if roll < 0.80:
            return "$mod", [self.dice.choice([1, 2, 3, -2, 2.9, 7]), self.dice.choice([0, 1, -1, 1.2])]
        if roll < 0.86:
            return "$bits" + self.dice.choice(["AllSet", "AnySet", "AllClear", "AnyClear"]), self.bits()
        if roll < 0.93 and depth < 3:
            return "$not", self.operators(path, depth + 1)
        if depth < 3:
            return "$elemMatch", self.elements(path, depth)
        return "$eq", self.value(path)

    def operators(self, path, depth):
        return dict(self.operator(path, depth) for _ in range(self.dice.choice([1, 1, 1, 2])))

    def condition(self, path, depth):
        return self.value(path) if self.dice.random() < 0.3 else self.operators(path, depth)

    def where(self, depth=0):
        query = {}
        for _ in range(self.dice.choice([1, 1, 1, 1, 2]) if depth < 3 else 1):
            if depth < 3 and self.dice.random() < 0.2:
                query[self.dice.choice(["$and", "$or", "$nor"])] = [
                    self.where(depth + 1) for _ in range(self.dice.randint(1, 3))]
            else:
                path = self.dice.choice(PATHS)
                query[path] = self.condition(path, depth)
        return query

    def spoiled(self, query):
        """The same with one of its values or operands replaced; most are no queries then."""
        places = []

        def walk(node):
            for key in list(node) if isinstance(node, dict) else range(len(node)):
                places.append((node, key))
                if isinstance(node[key], (dict, list)):
                    walk(node[key])

        query = json.loads(json.dumps(query))
        walk(query)
        node, key = self.dice.choice(places)
        node[key] = self.dice.choice(JUNK)
        return query

    def request(self):
        """where, sort, page, max_results, projection: each may be missing."""
        request = {}
        if self.dice.random() < 0.9:
            request["where"] = self.where()
            if self.dice.random() < 0.08:
                request["where"] = self.spoiled(request["where"])
        if self.dice.random() < 0.6:
            paths = self.dice.sample(SORTABLE, self.dice.randint(1, 3))
            request["sort"] = [(path, self.dice.choice([1, -1])) for path in paths]
        if self.dice.random() < 0.5:
            request["max_results"] = self.dice.choice([1, 3, 10, 1000])
            request["page"] = self.dice.choice([1, 1, 2, 5, 200])
        if self.dice.random() < 0.4:
            paths = self.dice.sample([path for path in SORTABLE if path != "_id"],
                                     self.dice.randint(1, 3))
            request["projection"] = {path: self.dice.choice([0, 1, 1]) for path in paths}
        return request


# -- what is to be answered --------------------------------------------------------------------------

def cast_condition(path, condition):
    if not (isinstance(condition, dict) and next(iter(condition), "").startswith("$")):
        return cast(path, condition)
    return {name: cast_operand(path, name, operand) for name, operand in condition.items()}


def cast_operand(path, name, operand):
    if name in ("$not", "$all") and isinstance(operand, list):
        return [cast_condition(path, one) for one in operand]
    if name == "$not":
        return cast_condition(path, operand)
    if name != "$elemMatch":
        return cast(path, operand)
    if isinstance(operand, dict) and next(iter(operand), "") in ("$and", "$or", "$nor"):
        return cast_where(operand, path + ".")
    if isinstance(operand, dict) and not next(iter(operand), "").startswith("$"):
        return cast_where(operand, path + ".")
    return cast_condition(path, operand)


def cast_where(query, within=""):
    """A query of JSON with the values it means."""
    if not isinstance(query, dict):
        return query
    return {name: ([cast_where(one, within) for one in condition] if isinstance(condition, list)
                   else condition) if name.startswith("$") else
            cast_condition(within + name, condition) for name, condition in query.items()}


def expected(stored, request):
    """(items, total) as the evaluator has it, or None for a request that is refused."""
    size = request.get("max_results", 25)
    try:
        return find(stored, cast_where(request.get("where", {})), request.get("sort", ()),
                    (request.get("page", 1) - 1) * size, size, request.get("projection"))
    except QueryError:
        return None


def address(request):
    parts = []
    for name, value in request.items():
        if name == "sort":
            plain = ",".join("-" * (direction < 0) + path for path, direction in value)
            text = plain if len(value) % 2 else "[%s]" % ", ".join('("%s", %d)' % key for key in value)
        else:
            text = value if isinstance(value, int) else json.dumps(value, ensure_ascii=False)
        parts.append("%s=%s" % (name, quote(str(text))))
    return "/things?" + "&".join(parts)


def answered(client, request):
    """The same of the server, as JSON."""
    reply = client.request("GET", address(request))
    if reply.status == 400:
        return None
    assert reply.status == 200, (reply.status, reply.text)
    body = reply.json()
    for item in body["_items"]:
        for name in ("_created", "_updated", "_etag", "_links"):
            del item[name]
    return body["_items"], body["_meta"]["total"]


def ordered(items):
    """With the order of fields."""
    return json.dumps(items)


class Server:
    """A server with random documents, and the same documents here."""

    def __init__(self, process, dice):
        self.client = process.client()
        values = Values(dice)
        sent = [values.document() for _ in range(DOCUMENTS)]
        self.stored = []
        for at in range(0, DOCUMENTS, 50):
            reply = self.client.request("POST", "/things", {"Content-Type": "application/json"},
                                        json.dumps(sent[at:at + 50]).encode())
            assert reply.status == 201, reply.text
            for document, made in zip(sent[at:at + 50], reply.json()["_items"]):
                document = {"_id": made["_id"], **document}
                self.stored.append({name: cast(name, value) for name, value in document.items()})

    def fails(self, request):
        """What is wrong with the answer, or None."""
        wanted, got = expected(self.stored, request), answered(self.client, request)
        if wanted is None or got is None:
            return None if wanted is got else "wanted %s, got %s" % (
                "400" if wanted is None else "%d documents" % wanted[1],
                "400" if got is None else "%d documents" % got[1])
        wanted = (shown(wanted[0]), wanted[1])
        if wanted[1] != got[1]:
            return "wanted %d documents, got %d" % (wanted[1], got[1])
        for number, (one, other) in enumerate(zip(wanted[0], got[0])):
            if ordered(one) != ordered(other):
                return "item %d: wanted\n%s\ngot\n%s" % (number, ordered(one), ordered(other))
        return None if len(wanted[0]) == len(got[0]) else "another number of items"


# -- making a failure small --------------------------------------------------------------------------

def smaller(node):
    """The same with one thing less, at any depth."""
    if isinstance(node, dict):
        for name in node:
            yield {other: value for other, value in node.items() if other != name}
        for name, value in node.items():
            if isinstance(value, (dict, list)):
                yield from ({**node, name: less} for less in smaller(value))
    elif isinstance(node, list):
        for place in range(len(node)):
            yield node[:place] + node[place + 1:]
        for place, value in enumerate(node):
            if isinstance(value, (dict, list)):
                yield from (node[:place] + [less] + node[place + 1:] for less in smaller(value))


def simpler(request):
    """Requests a step simpler: without a part, with less of one, with a part of a joined query."""
    for name in request:
        yield {other: value for other, value in request.items() if other != name}
    where = request.get("where", {})
    for name, queries in where.items():
        if name in ("$and", "$or", "$nor") and isinstance(queries, list):
            yield from ({**request, "where": query} for query in queries if isinstance(query, dict))
    for name, value in request.items():
        if isinstance(value, (dict, list)):
            yield from ({**request, name: less} for less in smaller(value) if less)


def smallest(server, request):
    while True:
        for candidate in simpler(request):
            if server.fails(candidate):
                request = candidate
                break
        else:
            return request


@pytest.fixture(scope="module")
def server(run_module, tmp_path_factory, store):
    path = tmp_path_factory.mktemp("settings") / "settings.json"
    path.write_text(json.dumps(SETTINGS))
    process = run_module("rest", "--settings=%s" % path, f"--store={store.fresh()}")
    return Server(process, random.Random(SEED))


def test_random_queries_are_answered_as_the_evaluator_says(server):
    dice = random.Random(SEED + 1)
    queries = Queries(dice, [{name: shown(value) for name, value in document.items()}
                             for document in server.stored])
    for number in range(QUERIES):
        request = queries.request()
        if len(address(request)) > LONGEST or not server.fails(request):
            continue
        request = smallest(server, request)
        pytest.fail("RANDOM_SEED=%d, query %d: %s\n%s\n%s" % (
            SEED, number, json.dumps(request, ensure_ascii=False), server.fails(request),
            address(request)))
