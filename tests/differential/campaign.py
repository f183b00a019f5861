# SPDX-License-Identifier: MIT
"""Many programs: what fails is made short, what is a known fault of a server is counted apart."""
from collections import Counter

import mongo

from . import faults, generate, run
from .shrink import shrink
from .values import line_of


class Result:
    """Of one program, or of many."""

    def __init__(self):
        self.programs = self.operations = self.compared = 0
        self.failures, self.known = [], Counter()

    def add(self, other):
        self.programs += other.programs
        self.operations += other.operations
        self.compared += other.compared
        self.failures += other.failures
        self.known += other.known

    def __str__(self):
        known = "".join("; known: %s (%d)" % one for one in sorted(self.known.items()))
        return "%d programs, %d operations, %d answers compared, %d failed, %d known%s" % (
            self.programs, self.operations, self.compared, len(self.failures), sum(self.known.values()),
            known)


class Server:
    """The MongoDB server under test."""

    def __init__(self, uri):
        self.uri, self.client = uri, mongo.client(uri)
        told = self.client.admin.command("buildInfo")
        self.name = "secantusdb" if "secantusVersion" in told else "mongod"
        self.version = told.get("secantusVersion", told["version"])

    def fresh(self):
        return mongo.with_database(self.uri, mongo.fresh_name())

    def forget(self, address):
        self.client.drop_database(address.partition("?")[0].rpartition("/")[2])

    def known(self, operation):
        return faults.known(self.name, self.version, operation)

    def store(self):
        return run.Store("mongodb", self.fresh, self.forget, self.known)


server = None


def begin(uri):
    """Once in each process."""
    global server
    server = Server(uri) if uri else None


def stores():
    return [run.sqlite()] + ([server.store()] if server else [])


def judge(program, result, only=None):
    """Failures that are not known; known ones are counted. Of all stores, or of one."""
    chosen = [store for store in stores() if only in (None, store.name)]
    failures = run.run(program, chosen or stores())
    result.known.update(failure.known.expectation for failure in failures if failure.known)
    return [failure for failure in failures if not failure.known]


def described(seed, program, failure, seconds):
    """The shortest program that fails in the same place."""
    def fails(candidate):
        try:
            again = judge(candidate, Result(), failure.store)
        except (KeyError, IndexError, TypeError):  # what is left is no program
            return False
        return any(one.store == failure.store and (one.operation or {}).get("op") ==
                   (failure.operation or {}).get("op") for one in again)

    shortest = shrink({**program, "operations": program["operations"][:failure.number + 1]
                       if failure.operation else program["operations"]}, fails, seconds)
    again = judge(shortest, Result(), failure.store)
    lines = [line_of(one) for one in [shortest["declaration"], *shortest["operations"]]]
    return "seed %d: %s\n%s\n" % (seed, again[0] if again else failure, "\n".join(lines))


def one(seed, operations, seconds=120):
    """Run the program of a seed; what fails is made short for so long."""
    result, program = Result(), generate.make(
        seed, operations, faults.limits(server.name, server.version) if server else ())
    result.programs = 1
    result.operations = sum(map(run.steps_of, program["operations"]))
    result.compared = result.operations * len(stores())
    failures = judge(program, result)
    result.failures = [described(seed, program, failure, seconds) for failure in failures[:1]]
    return result
