# SPDX-License-Identifier: MIT
"""Processes under measurement: started fresh, read from /proc, stopped by pid."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("BIN", "build/bin"))
ESTABLISHED = "01"  # in /proc/net/tcp


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Processes:
    """A process and its children, as /proc has them."""

    def __init__(self, pid):
        self.pid = pid

    def pids(self):
        children = subprocess.run(["pgrep", "-P", str(self.pid)], text=True, capture_output=True,
                                  check=False).stdout.split()
        return [self.pid, *map(int, children)]

    def cpu_us(self):
        """CPU time of all threads so far, in microseconds."""
        total = 0
        for pid in self.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                try:
                    total += int((task / "schedstat").read_text().split()[0])
                except OSError:
                    pass
        return total / 1000

    def memory_mb(self, kind="Pss"):
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith(kind + ":"):
                    total += int(line.split()[1])
        return total / 1024

    def connections_to(self, port):
        """How many open connections lead to this port of any machine."""
        return sum(len(_sockets(pid) & _inodes(pid, port)) for pid in self.pids())


def settle(watched, patience=10):
    """Wait until all are quiet: under 2 % of a core in two looks in a row, for at most that many seconds.
    What a server has not yet read of a run that ended is part of it."""
    deadline, quiet = time.monotonic() + patience, 0
    before = sum(processes.cpu_us() for processes in watched)
    while quiet < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
        now = sum(processes.cpu_us() for processes in watched)
        quiet = quiet + 1 if now - before < 2000 else 0
        before = now


def _sockets(pid):
    """The inodes of its open sockets."""
    found = set()
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.update(re.findall(r"socket:\[(\d+)\]", os.readlink(entry)))
        except OSError:  # closed meanwhile
            pass
    return found


def _inodes(pid, port):
    """The inodes of established connections to this port, in the process's network."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == ESTABLISHED and int(columns[2].rpartition(":")[2], 16) == port:
                found.add(columns[9])
    return found


class Server(Processes):
    """A process tree that serves HTTP on one port of the loopback."""

    def __init__(self, name, command, env=None, port=None):
        self.name = name
        started = time.perf_counter()
        try:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                                            stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})
        except FileNotFoundError as missing:
            raise SystemExit(f"{missing.filename} is not there: make all bench/bare") from None
        super().__init__(self.process.pid)
        said = ""
        if port is None:
            for line in self.process.stdout:
                said = line
                found = re.search(r"listening on http://[^:]+:(\d+)", line)
                if found:
                    port = int(found.group(1))
                    break
            if port is None:
                raise SystemExit(f"{name} did not start: {said.strip()}")
        # What it goes on to say is read, or it would stand still once the pipe is full.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._wait()
        self.start_ms = (time.perf_counter() - started) * 1000

    def _wait(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(self.url + "/", timeout=5) as reply:
                    reply.read()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise SystemExit(f"{self.name} does not answer") from None
                time.sleep(0.002)

    def stop(self):
        everyone = self.pids()
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # its children would stay at what they are doing
            for pid in reversed(everyone):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()


def print_sizes(servers):
    """How long each took to start and what memory it has now."""
    print(f"\n{'':<40}{'start ms':>9}{'PSS MB':>9}")
    for server in servers:
        print(f"{server.name:<40}{server.start_ms:>9.0f}{server.memory_mb():>9.1f}")


def read(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as reply:
        return reply.status, reply.read().decode()
