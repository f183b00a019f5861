# SPDX-License-Identifier: MIT
"""Faults of servers that MongoDB's documentation does not have: an answer that differs from the model
where one of these fits is counted as known and no failure. An entry says of which server (the name and
the versions that buildInfo tells), what shape the case has, what is right, and where that stands."""
import re

MANUAL = "https://www.mongodb.com/docs/manual/"


class Fault:
    def __init__(self, server, versions, fits, expectation, page):
        self.server, self.versions, self.fits = server, re.compile(versions), fits
        self.expectation, self.page = expectation, MANUAL + page

    def is_of(self, server, version):
        return self.server == server and self.versions.fullmatch(version)


def nodes(tree):
    """A filter and all filters in it."""
    yield tree
    children = tree[1] if tree[0] in ("and", "or", "nor", "not") else \
        tree[2] if tree[0] == "elem" else []
    for child in children:
        yield from nodes(child)


def filters_of(operation):
    if "where" in operation:
        yield from nodes(operation["where"])
    for act in operation.get("acts", ()):
        yield from filters_of(act)


class Limit:
    """What a server cannot take at all: generate.py leaves it out by its name."""

    def __init__(self, server, versions, name, expectation, page):
        self.server, self.versions, self.name = server, re.compile(versions), name
        self.expectation, self.page = expectation, MANUAL + page


ANY = r".*"
LIMITS = [
    Limit("secantusdb", r"0\.7\..*", "far dates",
          "dates are 64-bit milliseconds, of whatever year", "reference/bson-types/#date"),
    Limit("secantusdb", ANY, "far doubles",
          "an index has doubles of whatever size where they belong",
          "reference/bson-type-comparison-order/#numeric-types"),
    Limit("secantusdb", ANY, "user's subtypes",
          "binary of a subtype from 128 on is greater than of one below",
          "reference/bson-type-comparison-order/#bindata"),
    Limit("secantusdb", ANY, "least whole number",
          "-2^63 equals the double of that value, and has a remainder",
          "reference/bson-type-comparison-order/#numeric-types"),
]


def limits(server, version):
    """The names of what is left out for a server."""
    return {limit.name for limit in LIMITS
            if limit.server == server and limit.versions.fullmatch(version)}


def asks(test):
    """Whether some node of an operation's filters is such."""
    return lambda operation: any(test(node) for node in filters_of(operation))


def has_place(node):
    return node[0] not in ("and", "or", "nor", "not") and any(
        part.isdigit() for part in node[1].split("."))


def has_sort_within_lists(operation):
    return any("." in path for path, _ in operation.get("sort", ())) or any(
        has_sort_within_lists(act) for act in operation.get("acts", ()))


def asks_all_for_a_whole(node):
    """Null, or a list, which all of the member may be."""
    return node[0] == "all" and any(value is None or isinstance(value, list) for value in node[2])


KNOWN = [
    Fault("secantusdb", ANY, asks(has_place),
          "a place that a list does not have is no missing field",
          "tutorial/query-for-null-fields/"),
    Fault("secantusdb", ANY, asks(asks_all_for_a_whole),
          "$all is an $and of equalities, and a missing field equals null",
          "reference/operator/query/all/#equivalent-to--and-operation"),
    Fault("secantusdb", ANY, asks(lambda node: node[0] == "mod"),
          "$mod divides 64-bit whole numbers, exactly, and no others", "reference/operator/query/mod/"),
    Fault("secantusdb", ANY, asks(lambda node: node[0] == "elem"),
          "$elemMatch takes $or and $nor, and null for a missing member",
          "reference/operator/query/elemMatch/"),
    Fault("secantusdb", r"0\.5\..*", asks(lambda node: node[0].startswith("bits_")),
          "bits are those of numbers without a fraction that fit 64 bits, and of binary",
          "reference/operator/query-bitwise/"),
    Fault("secantusdb", r"0\.7\..*", has_sort_within_lists,
          "an element without the member sorts as null",
          "reference/bson-type-comparison-order/#arrays"),
]


def known(server, version, operation):
    """The entry that explains a failure of this operation, or None."""
    for fault in KNOWN:
        if fault.is_of(server, version) and fault.fits(operation):
            return fault
    return None
