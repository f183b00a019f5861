# SPDX-License-Identifier: MIT
"""Processes under measurement: started fresh, read from /proc, stopped by pid."""
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.request

BIN = pathlib.Path(os.environ.get("BIN", "build/bin"))


class Server:
    """A process tree that serves HTTP on one port of the loopback."""

    def __init__(self, name, command, env=None, port=None):
        self.name = name
        started = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL, env={**os.environ, **(env or {})})
        if port is None:
            for line in self.process.stdout:
                found = re.search(r"listening on http://[^:]+:(\d+)", line)
                if found:
                    port = int(found.group(1))
                    break
            if port is None:
                raise SystemExit(f"{name} did not start")
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

    def pids(self):
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], text=True,
                                  capture_output=True, check=False).stdout.split()
        return [self.process.pid, *map(int, children)]

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

    def pss_mb(self):
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def settle(self):
        """Wait until it is quiet: under 1 % of a core over a tenth of a second, at most 10 s."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            before = self.cpu_us()
            time.sleep(0.1)
            if self.cpu_us() - before < 1000:
                return

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def wait_for_port(port):
    """Until something listens there."""
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise SystemExit(f"nothing listens on {port}") from None
            time.sleep(0.01)


def read(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return reply.status, reply.read().decode()
