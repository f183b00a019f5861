# SPDX-License-Identifier: MIT
"""The MongoDB server of a run: the one that MONGO_TEST_URI names, else a mongod on the PATH, else
secantusd-rs (on the PATH, or where SECANTUSD_RS says), else SecantusDB from PyPI."""
import importlib.util
import os
import pathlib
import re
import secrets
import shutil
import signal

from servers import ROOT, Processes

# It is named as the bench that imports this.
_SPEC = importlib.util.spec_from_file_location("tests_mongo", ROOT / "tests/mongo.py")
tests = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(tests)


class NativeServer(tests.Server):
    """SecantusDB as a program of its own: some times as fast as the one from PyPI."""
    program = os.environ.get("SECANTUSD_RS") or shutil.which("secantusd-rs")

    def _command(self, port):
        return [self.program, "--port", str(port), "--storage-path", self.data]


def _start(folder):
    kind = NativeServer if NativeServer.program and not shutil.which("mongod") else tests.Server
    try:
        return kind(folder)
    except tests.NoServer as reason:
        raise SystemExit(f"no MongoDB server: {reason}") from None


class Database(Processes):
    """A server and the databases a run has on it, which go with it. `own` tells whether it was started
    here; of another one's CPU time nothing is known."""

    def __init__(self, folder):
        given = os.environ.get("MONGO_TEST_URI")
        self.server = None if given else _start(pathlib.Path(folder))
        self.own = self.server is not None
        self.uri = given or self.server.uri
        self.names = []
        super().__init__(self.server.process.pid if self.own else None)

    @property
    def port(self):
        found = re.match(r"mongodb://(?:[^@/]*@)?[^/?,:]+:(\d+)", self.uri)
        return int(found.group(1)) if found else 27017

    def pids(self):
        return super().pids() if self.own else []

    def describe(self):
        with self.client() as client:
            version = client.server_info()["version"]
        programs = ("mongod", "secantusd-rs", "secantusd-py")
        own = self.own and [pathlib.Path(word).name for word in self.server.process.args[:2]]
        program = next(name for name in programs if name in own) if own else "the server given"
        return f"{program}, as MongoDB {version}"

    def client(self):
        return tests.client(self.uri)

    def fresh(self, name):
        """The address of an empty database."""
        self.names.append(f"bench_{name}_{secrets.token_hex(4)}")
        return tests.with_database(self.uri, self.names[-1])

    def stand_still(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def go_on(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGCONT)

    def stop(self):
        if self.own:
            self.go_on()
            self.server.stop()
            return
        with self.client() as client:
            for name in self.names:
                client.drop_database(name)
