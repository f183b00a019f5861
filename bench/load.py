# SPDX-License-Identifier: MIT
"""wrk runs and what they cost the server."""
import dataclasses
import re
import statistics
import subprocess

from servers import settle

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}
WIDTH = 40  # of a label


@dataclasses.dataclass
class Run:
    requests: int
    rate: float         # requests a second
    p50: float          # ms
    p99: float          # ms
    cpu_us: float       # server CPU a request
    database_us: float  # CPU a request of the database beside it
    bad: int            # replies that were not 2xx or 3xx, and socket errors


def _ms(text, name):
    number, unit = re.search(name + r"\s+([\d.]+)(us|ms|s|m)\b", text).groups()
    return float(number) * UNITS[unit]


def wrk(server, path, script=None, connections=64, seconds=2, database=None):
    """One short run against server; waits for quiet before, of the database beside it too."""
    watched = [server, *([database] if database else [])]
    settle(watched)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if script:
        command += ["-s", str(script)]
    before = [processes.cpu_us() for processes in watched]
    text = subprocess.run([*command, server.url + path], capture_output=True, text=True,
                          check=True).stdout
    used = [processes.cpu_us() - start for processes, start in zip(watched, before)]
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    cpu_us = [us / requests if requests else float("inf") for us in used]
    bad = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text)))
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    bad += sum(map(int, errors.groups())) if errors else 0
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    return Run(requests, rate, _ms(text, "50%"), _ms(text, "99%"), cpu_us[0],
               cpu_us[1] if database else 0, bad)


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
    database = min(run.database_us for run in runs)
    bad = sum(run.bad for run in runs)
    return (f"{label:<{WIDTH}}{max(rates):>9,.0f}{statistics.median(rates):>9,.0f}"
            f"{statistics.median(run.p50 for run in runs):>8.2f}"
            f"{statistics.median(run.p99 for run in runs):>8.2f}{cpu:>9.1f}{ratio}"
            + (f"{database:>9.1f}" if 0 < database < float("inf") else "") + (f"  {bad} FAILED" if bad else ""))


def header(peer="", database=False):
    return (f"{'':<{WIDTH}}{'req/s':>9}{'median':>9}{'p50 ms':>8}{'p99 ms':>8}{'CPU us':>9}"
            f"{'vs ' + peer if peer else '':>9}" + (f"{'DB us':>9}" if database else ""))
