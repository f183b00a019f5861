# SPDX-License-Identifier: MIT
"""From a program that fails to the shortest that fails alike: operations, documents, fields, parts of
filters and declarations are left out while it still does."""
import time

LISTS = ("acts", "changes", "sort")
OPTIONS = ("where", "count", "deleted_too", "full", "as_text", "skip", "sort", "strict", "fail", "upsert",
           "if_etag", "text", "keyset")


def without_runs(items):
    """The list without a half, a quarter, … of it, down to one item."""
    size = max(len(items) // 2, 1)
    while items:
        for at in range(0, len(items), size):
            yield items[:at] + items[at + size:]
        if size == 1:
            return
        size //= 2


def smaller_values(value):
    """The same with one thing less in it."""
    if type(value) is dict:
        for name in value:
            yield {other: inner for other, inner in value.items() if other != name}
        for name, inner in value.items():
            yield from ({**value, name: less} for less in smaller_values(inner))
    elif type(value) is list:
        for at in range(len(value)):
            yield value[:at] + value[at + 1:]
        for at, inner in enumerate(value):
            yield from (value[:at] + [less] + value[at + 1:] for less in smaller_values(inner))
    elif type(value) is str and len(value) > 1:
        yield "a"


def smaller_trees(tree):
    if tree[0] in ("and", "or", "nor", "not"):
        yield from (one for one in tree[1] if one[0] not in ("and", "or", "nor") or tree[0] != "not")
        if len(tree[1]) > 1:
            yield from ([tree[0], left] for left in without_runs(tree[1]) if left)
        for at, one in enumerate(tree[1]):
            yield from ([tree[0], tree[1][:at] + [less] + tree[1][at + 1:]] for less in smaller_trees(one)
                        if tree[0] != "not" or less[0] not in ("and", "or", "nor", "not"))
    elif tree[0] == "elem":
        yield from (["elem", tree[1], [less]] for less in smaller_trees(tree[2][0]))
    elif tree[0] in ("in", "nin", "all") and tree[2]:
        yield from ([tree[0], tree[1], left] for left in without_runs(tree[2]))
    elif tree[0] in ("eq", "ne", "gt", "gte", "lt", "lte"):
        yield from ([tree[0], tree[1], less] for less in smaller_values(tree[2]))


def smaller_operations(operation):
    for name in OPTIONS:
        if name in operation:
            yield {other: value for other, value in operation.items() if other != name}
    if "where" in operation:
        yield from ({**operation, "where": less} for less in smaller_trees(operation["where"]))
    if "document" in operation:
        yield from ({**operation, "document": less} for less in smaller_values(operation["document"]))
    for name in LISTS:
        if operation.get(name):
            yield from ({**operation, name: left} for left in without_runs(operation[name]))
    acts = operation.get("acts", ())
    for at, act in enumerate(acts):
        if "acts" in act:
            yield {**operation, "acts": acts[:at] + act["acts"] + acts[at + 1:]}
        yield from ({**operation, "acts": acts[:at] + [less] + acts[at + 1:]}
                    for less in smaller_operations(act))
    for at, change in enumerate(operation.get("changes", ())):
        yield from ({**operation, "changes": operation["changes"][:at] + [[*change[:2], less]] +
                     operation["changes"][at + 1:]} for less in smaller_values(change[2]))


def smaller_declarations(declaration):
    for at, collection in enumerate(declaration["collections"]):
        def changed(**parts):
            collections = list(declaration["collections"])
            collections[at] = {**collection, **parts}
            return {**declaration, "collections": collections}

        for name in ("indexes", "fields"):
            yield from (changed(**{name: left}) for left in without_runs(collection[name]))
        for name in ("followed", "text"):
            if collection.get(name):
                yield changed(**{name: False})
        for place, (path, kind, flags) in enumerate(collection["fields"]):
            if flags:
                yield changed(fields=[*collection["fields"][:place], [path, kind, 0],
                                      *collection["fields"][place + 1:]])


def smaller_programs(program):
    operations = program["operations"]
    for at, operation in enumerate(operations):
        yield from ({**program, "operations": operations[:at] + [less] + operations[at + 1:]}
                    for less in smaller_operations(operation))
    yield from ({**program, "declaration": less} for less in smaller_declarations(program["declaration"]))


class Shrinker:
    def __init__(self, program, fails, seconds):
        self.program, self.fails = program, fails
        self.end = time.monotonic() + seconds

    def take(self, candidate):
        """Go on with the candidate if it fails too."""
        if time.monotonic() > self.end or not self.fails(candidate):
            return False
        self.program = candidate
        return True

    def reduce(self, items, rebuild):
        """Leave out as much of a list as may be: halves, quarters… down to single items."""
        size = max(len(items) // 2, 1)
        while items and size:
            at = 0
            while at < len(items):
                left = items[:at] + items[at + size:]
                if self.take(rebuild(left)):
                    items = left
                else:
                    at += size
            size //= 2

    def reduce_operations(self):
        self.reduce(self.program["operations"], lambda left: {**self.program, "operations": left})

    def reduce_acts(self):
        for at in reversed(range(len(self.program["operations"]))):
            operation = self.program["operations"][at]

            def rebuild(acts, at=at, operation=operation):
                operations = list(self.program["operations"])
                operations[at] = {**operation, "acts": acts}
                return {**self.program, "operations": operations}

            self.reduce(operation.get("acts", []), rebuild)

    def reduce_details(self):
        """One after the other, as long as any helps."""
        shorter = True
        while shorter:
            shorter = any(self.take(candidate) for candidate in smaller_programs(self.program))


def shrink(program, fails, seconds=120):
    """fails(program): whether it fails as the first did. Takes about so long at most."""
    shrinker = Shrinker(program, fails, seconds)
    for _ in range(2):
        shrinker.reduce_operations()
        shrinker.reduce_acts()
    shrinker.reduce_details()
    shrinker.reduce_operations()
    return shrinker.program
