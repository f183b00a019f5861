# SPDX-License-Identifier: MIT
"""Running programs and finding the shortest that fails."""
import os
import subprocess
import tempfile
from pathlib import Path

from .compare import Judge, Mismatch, check_ranks
from .model import Model
from .values import line_of, read_line

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(os.environ.get("BIN", ROOT / "build" / "bin")).resolve()
PATIENCE = 120  # seconds for one program


class Process:
    """A program under way on a store. Files, not pipes: nobody waits for a reader."""

    def __init__(self, address, text):
        self.answers, self.errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        with tempfile.TemporaryFile() as program:
            program.write(text)
            program.seek(0)
            self.process = subprocess.Popen([str(BIN / "differ"), address], stdin=program,
                                            stdout=self.answers, stderr=self.errors)

    def lines(self):
        """What it answered, once it has ended."""
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "patience, after %s" % self.process.wait()
        self.answers.seek(0)
        self.errors.seek(0)
        lines, said = self.answers.read().decode().split("\n")[:-1], self.errors.read().decode(errors="replace")
        self.answers.close()
        self.errors.close()
        if status:
            raise Mismatch("differ ended with %s after %d answers: %s" % (status, len(lines), said))
        return lines[1:]


class Store:
    """Where programs run: a name, and a fresh address for each. known(operation) is the fault of the
    server that explains a failure; what defers sends changes at the end of a work."""

    def __init__(self, name, fresh, forget=lambda address: None, known=lambda operation: None):
        self.name, self.fresh, self.forget, self.known = name, fresh, forget, known
        self.defers = name != "sqlite"


def sqlite():
    return Store("sqlite", lambda: "sqlite::memory:")


def expectations(program):
    model = Model(program["declaration"])
    return [model.answer(operation) for operation in program["operations"]]


def steps_of(operation):
    return sum(steps_of(act) for act in operation["acts"]) if "acts" in operation else 1


class Failure:
    def __init__(self, store, number, operation, message, known=None):
        self.store, self.number, self.operation = store, number, operation
        self.message, self.known = message, known

    def __str__(self):
        return "%s, operation %s %s\n  %s" % (self.store, self.number,
                                              line_of(self.operation) if self.operation else "", self.message)


def judge(store, program, expected, lines):
    """Failures of one store. After one that is not known, or after a change, the rest means little."""
    judged, failures, after = Judge(store.defers), [], {}
    for number, (operation, wanted) in enumerate(zip(program["operations"], expected)):
        try:
            if number >= len(lines):
                raise Mismatch("not answered")
            judged.check(wanted, read_line(lines[number]))
        except Mismatch as mismatch:
            # A page behind one that was wrong by a known fault is as wrong.
            known = store.known(operation) or after.get(operation.get("after"))
            after[operation.get("save")] = known
            failures.append(Failure(store.name, number, operation, str(mismatch), known))
            if not failures[-1].known or operation["op"] == "work":
                break
    return failures


def compare_ranks(stores, program, lines):
    for number, operation in enumerate(program["operations"]):
        if "text" in operation:
            try:
                check_ranks(*(read_line(one[number]) for one in lines))
            except Mismatch as mismatch:
                return [Failure(" and ".join(store.name for store in stores), number, operation, str(mismatch))]
    return []


def run(program, stores):
    """A list of failures: of each store against the model, and of two stores against one another."""
    text = "\n".join(map(line_of, [program["declaration"], *program["operations"]])).encode() + b"\n"
    addresses = [store.fresh() for store in stores]
    processes = [Process(address, text) for address in addresses]
    expected = expectations(program)  # while they run
    failures, lines = [], []
    for store, address, process in zip(stores, addresses, processes):
        try:
            lines.append(process.lines())
            failures += judge(store, program, expected, lines[-1])
        except Mismatch as mismatch:
            failures.append(Failure(store.name, -1, None, str(mismatch)))
        store.forget(address)
    return failures or (compare_ranks(stores, program, lines) if len(lines) == 2 else [])
