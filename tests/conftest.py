# SPDX-License-Identifier: MIT
"""Starting programs and talking to them. Every program gets a free port and a folder of its own, so
that two runs at once do not meet. Nothing here sleeps: it waits for what it needs to see."""
import json
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import stores
from eve import Api, settings_with, write_settings
from stores import address, mongo_address, mongo_uri, store  # noqa: F401 (fixtures)

pytest_generate_tests = stores.parametrize

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(os.environ.get("BIN", ROOT / "build" / "bin")).resolve()
PATIENCE = 30  # seconds for anything that must happen
SANITIZED = BIN.parent.name != "build"  # programs that report their faults when they end
FAULT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|: runtime error: ")


def shared_folder():
    """Test data that is kept outside the tree, or None."""
    folder = Path(os.environ.get("DECANT_SHARED", ROOT / "../shared"))
    return folder if folder.is_dir() else None


def all_at_once(count, act):
    """act(number) in so many threads that begin together; what they returned. Fails where one did."""
    barrier = threading.Barrier(count)

    def run(number):
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return [one.result() for one in [pool.submit(run, number) for number in range(count)]]


def eventually(check, patience=PATIENCE):
    """What check() returns once it is true; fails when it never is."""
    deadline = time.monotonic() + patience
    while True:
        value = check()
        if value:
            return value
        assert time.monotonic() < deadline, "never happened: %r" % check
        select.select([], [], [], 0.01)


def is_busy(reply):
    """Whether a reply says to come again later."""
    return reply.status == 503 and int(reply.header("retry-after")) > 0


class Reply:
    """One HTTP response: status, headers (lower-case names, lists of values), body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        return self.headers.get(name.lower(), [None])[0]

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Client:
    """A raw connection: sends octets as they are, reads replies one by one."""

    def __init__(self, port, timeout=PATIENCE, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Close with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def _until(self, mark):
        while mark not in self.buffer:
            if not self._more():
                return None
        at = self.buffer.index(mark) + len(mark)
        taken, self.buffer = self.buffer[:at], self.buffer[at:]
        return taken

    def _exactly(self, count):
        parts, missing = [self.buffer], count - len(self.buffer)
        while missing > 0:
            self.buffer = b""
            if not self._more():
                raise EOFError("connection closed within a body")
            parts.append(self.buffer)
            missing -= len(self.buffer)
        self.buffer = b"".join(parts)
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def reply(self, head_only=False):
        """The next final response, or None when the connection is closed."""
        while True:
            head = self._until(b"\r\n\r\n")
            if head is None:
                return None
            lines = head.decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ")[1])
            if status >= 200:
                break
        headers = {}
        for line in lines[1:-2]:
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        body = b""
        if head_only or status in (204, 304):
            pass
        elif "content-length" in headers:
            body = self._exactly(int(headers["content-length"][0]))
        elif headers.get("transfer-encoding") == ["chunked"]:
            while True:
                size = int(self._until(b"\r\n").split(b";")[0], 16)
                body += self._exactly(size)
                self._until(b"\r\n")
                if not size:
                    break
        else:
            while self._more():
                pass
            body, self.buffer = self.buffer, b""
        return Reply(status, headers, body)

    def closed(self):
        """Whether the server has closed, having sent nothing more."""
        return not self.buffer and not self._more()

    def request(self, method, target, headers=None, body=None):
        lines = ["%s %s HTTP/1.1" % (method, target), "Host: test"]
        lines += ["%s: %s" % pair for pair in (headers or {}).items()]
        if body is not None:
            lines.append("Content-Length: %d" % len(body))
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))
        return self.reply(head_only=method == "HEAD")


class Process:
    """A running program of ours."""

    def __init__(self, name, *arguments, folder, env=None):
        self.log_path = folder / ("%s-%d.out" % (name, time.monotonic_ns()))
        self.err_path = self.log_path.with_suffix(".err")
        with open(self.log_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(
                [str(BIN / name), *arguments], stdout=out, stderr=err,
                env={**os.environ, **(env or {})}, cwd=folder)
        self.port = None

    @property
    def pid(self):
        return self.process.pid

    def wait_ready(self):
        def ready():
            found = re.search(rb"listening on http://[^\n]*:(\d+)\n", self.log_path.read_bytes())
            if not found and self.process.poll() is not None:
                pytest.fail("did not start: " + self.err_path.read_text())
            return found

        self.port = int(eventually(ready).group(1))
        return self

    def url(self, path="/"):
        return "http://127.0.0.1:%d%s" % (self.port, path)

    def client(self, **options):
        return Client(self.port, **options)

    def request(self, method, target, headers=None, body=None):
        with self.client() as client:
            return client.request(method, target, headers, body)

    def get(self, target, headers=None):
        return self.request("GET", target, headers)

    def lines(self):
        """The log so far, parsed; a line that is no JSON object fails."""
        text = self.log_path.read_bytes()
        lines = [line for line in text.split(b"\n") if not re.match(rb"(listening|front) on ", line)]
        return [json.loads(line.decode("utf-8")) for line in lines[:-1]]

    def metric(self, name, port=None):
        """The sum of all samples whose name and labels start so."""
        with Client(port or self.port) as client:
            text = client.request("GET", "/metrics").text
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith(name))

    def stop(self, number=signal.SIGTERM):
        """Ask it to end; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)

    def end(self):
        """After a test: gone, and without a fault that a sanitizer saw."""
        if SANITIZED and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                pass
        self.kill()
        said = self.err_path.read_text(errors="replace")
        assert not FAULT.search(said), said


def pytest_configure(config):
    config.addinivalue_line("markers", "sqlite_only: about SQLite, or too long for both stores")


@pytest.fixture(scope="session", autouse=True)
def programs_are_built():
    assert BIN.is_dir(), "no programs in %s; run make first" % BIN


def end_all(processes):
    faults = []
    for process in processes:
        try:
            process.end()
        except AssertionError as fault:
            faults.append(str(fault))
    assert not faults, "\n".join(faults)


@pytest.fixture
def run(tmp_path):
    """run("probe", "--store=…") starts a program on a free port and waits until it is ready; all are
    killed at the end. run.start() does not wait."""
    started = []

    def start(name, *arguments, env=None):
        process = Process(name, *arguments, folder=tmp_path, env=env)
        started.append(process)
        return process

    def start_ready(name, *arguments, env=None):
        return start(name, "--port=0", *arguments, env=env).wait_ready()

    start_ready.start = start
    yield start_ready
    end_all(started)


@pytest.fixture(scope="module")
def run_module(tmp_path_factory):
    """The same for programs that all tests of a file share."""
    started = []

    def start_ready(name, *arguments, env=None):
        process = Process(name, "--port=0", *arguments, folder=tmp_path_factory.mktemp(name),
                          env=env)
        started.append(process)
        return process.wait_ready()

    yield start_ready
    end_all(started)


@pytest.fixture
def serve(run, tmp_path, address):  # noqa: F811
    """serve({…of posts}, CAPITALS=…) starts a REST server with such settings over a store of its own;
    what stands between are arguments of the program."""
    def start(posts=None, *arguments, **changes):
        path = write_settings(tmp_path, settings_with(posts, **changes))
        return Api(run("rest", f"--settings={path}", f"--store={address}",
                       "--log-level=warn", *arguments))

    return start
