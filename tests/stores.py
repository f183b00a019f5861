# SPDX-License-Identifier: MIT
"""What programs under test keep their data in. A test asks the fixture `store` for addresses; those of
the modules in ON_BOTH_STORES are run once on SQLite and once on MongoDB."""
import os
from pathlib import Path

import pytest

import mongo

# A command takes a millisecond or two on a test server, so that tests with very many stay on SQLite
# alone (sqlite_only), and so do random queries, whose answers are the server's own.
ON_BOTH_STORES = {
    "test_attacks", "test_datasets", "test_monolithic", "test_browser", "test_rest_read", "test_rest_write",
    "test_rest_write_edges", "test_rest_write_races", "test_rest_gate", "test_rest_changes",
    "test_rest_openapi", "test_rest_eve", "test_rest_front", "test_together",
}
# Programs under sanitizers are slow: there, on MongoDB, those that reach every part of the adapter.
if Path(os.environ.get("BIN", "build/bin")).resolve().parent.name != "build":
    ON_BOTH_STORES = {"test_attacks", "test_rest_write", "test_rest_gate", "test_rest_changes", "test_together"}


class SqliteStore:
    kind = "sqlite"

    @staticmethod
    def at(path):
        """The address of the store that has this path, the same one whenever asked."""
        return f"sqlite:{path}"

    @staticmethod
    def fresh():
        """The address of an empty store for one program."""
        return "sqlite::memory:"


# What a test server may take of a busy machine; programs read it from their environment and address.
PATIENT = {"STORE_TIMEOUT": "30s", "DEADLINE": "60s"}
PATIENT_OPTIONS = "connectTimeoutMS=30000&serverSelectionTimeoutMS=30000"


class MongoStore:
    """Databases of a server, with names of their own."""
    kind = "mongodb"

    def __init__(self, uri):
        self.uri, self.names = uri, {}

    def at(self, path):
        address = mongo.with_database(self.uri, self.names.setdefault(str(path), mongo.fresh_name()))
        return address + ("&" if "?" in address else "?") + PATIENT_OPTIONS

    def fresh(self):
        return self.at(mongo.fresh_name())

    def drop(self):
        """Leave nothing behind on a server that stays."""
        if not os.environ.get("MONGO_TEST_URI"):
            return
        with mongo.client(self.uri) as client:
            for name in self.names.values():
                client.drop_database(name)


def no_server(reason):
    if os.environ.get("CI") == "true":
        pytest.fail(str(reason))
    pytest.skip(f"no MongoDB server: {reason}")


def own_server(folder, **options):
    """A MongoDB server, to be killed by who asked for it."""
    try:
        return mongo.Server(folder, **options)
    except mongo.NoServer as reason:
        return no_server(reason)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A MongoDB server for those tests of a module that do not stop it."""
    one = own_server(tmp_path_factory.mktemp("server"))
    yield one
    one.kill()


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory):
    """The address of a MongoDB server, without a database: one for all tests of a process."""
    if os.environ.get("MONGO_TEST_URI"):
        yield os.environ["MONGO_TEST_URI"]
        return
    one = own_server(tmp_path_factory.mktemp("mongo"))
    yield one.uri
    one.kill()  # nobody needs its data


@pytest.fixture
def mongo_address(mongo_uri):
    """The address of an empty database."""
    store = MongoStore(mongo_uri)
    yield store.fresh()
    store.drop()


@pytest.fixture(scope="module")
def store(request):
    """Where to keep data: store.at(path) and store.fresh() are addresses for --store."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield SqliteStore()
        return
    databases = MongoStore(request.getfixturevalue("mongo_uri"))
    before = {name: os.environ.get(name) for name in PATIENT}
    os.environ.update(PATIENT)
    yield databases
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    databases.drop()


@pytest.fixture
def address(store, tmp_path):
    """The address of a store of the test's own."""
    return store.at(tmp_path / "store.db")


def parametrize(metafunc):
    """Run a test that asks for a store on each that its module names."""
    if "store" in metafunc.fixturenames and metafunc.module.__name__ in ON_BOTH_STORES:
        alone = metafunc.definition.get_closest_marker("sqlite_only")
        kinds = ["sqlite"] if alone else ["sqlite", "mongodb"]
        metafunc.parametrize("store", kinds, indirect=True, scope="module")
