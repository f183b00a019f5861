# SPDX-License-Identifier: MIT
"""wrk runs and what they cost the server."""
import dataclasses
import re
import statistics
import subprocess

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


@dataclasses.dataclass
class Run:
    rate: float    # requests a second
    p50: float     # ms
    p99: float     # ms
    cpu_us: float  # server CPU a request
    bad: int       # replies that were not 2xx or 3xx, and socket errors


def _ms(text, name):
    number, unit = re.search(name + r"\s+([\d.]+)(us|ms|s|m)\b", text).groups()
    return float(number) * UNITS[unit]


def wrk(server, path, script=None, connections=64, seconds=2):
    """One short run against server; waits for quiet before."""
    server.settle()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if script:
        command += ["-s", str(script)]
    before = server.cpu_us()
    text = subprocess.run([*command, server.url + path], capture_output=True, text=True,
                          check=True).stdout
    used = server.cpu_us() - before
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    bad = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text)))
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    bad += sum(map(int, errors.groups())) if errors else 0
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    return Run(rate, _ms(text, "50%"), _ms(text, "99%"), used / requests if requests else float("inf"), bad)


def interleaved(cases, rounds):
    """{label: [Run, …]} of cases [(label, callable)], one after another, so that a noisy minute
    touches all alike."""
    runs = {label: [] for label, _ in cases}
    for _ in range(rounds):
        for label, run in cases:
            runs[label].append(run())
    return runs


def row(label, runs, against=None):
    """A line of the table: best and median rate, median latencies, least CPU, ratio to a peer."""
    rates = [run.rate for run in runs]
    cpu = min(run.cpu_us for run in runs)
    peer = min(run.cpu_us for run in against) if against else float("inf")
    ratio = f"{peer / cpu:8.1f}x" if peer < float("inf") else " " * 9
    bad = sum(run.bad for run in runs)
    return (f"{label:<34}{max(rates):>9,.0f}{statistics.median(rates):>9,.0f}"
            f"{statistics.median(run.p50 for run in runs):>8.2f}"
            f"{statistics.median(run.p99 for run in runs):>8.2f}{cpu:>9.1f}{ratio}"
            + (f"  {bad} FAILED" if bad else ""))


HEADER = (f"{'':<34}{'req/s':>9}{'median':>9}{'p50 ms':>8}{'p99 ms':>8}{'CPU us':>9}{'vs Flask':>9}")
