# SPDX-License-Identifier: MIT
"""The database of rest stands still under load for a moment: what is answered, and how fast."""
import http.client
import itertools
import json
import statistics
import subprocess
import threading
import time

import rest_cases

BEFORE_S, AFTER_S = 2, 4
ASKERS = 4           # of each kind
LATE_MS = 500        # that an answer may come after its deadline, on a busy machine
HEALTH_LATE_MS = 250


class Asker(threading.Thread):
    """Asks again and again until told to end; `answers` is [(began, took ms, status, Retry-After)], where
    no answer at all has the status 0."""

    def __init__(self, server, requests, ended, pause_s=0.005):
        super().__init__(daemon=True)
        self.server, self.requests, self.ended, self.pause_s = server, requests, ended, pause_s
        self.answers, self.stored = [], []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        for method, path, body in self.requests:
            began = time.monotonic()
            try:
                connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
                reply = connection.getresponse()
                text, status, retry = reply.read(), reply.status, reply.getheader("Retry-After")
            except (OSError, http.client.HTTPException):
                connection.close()
                text, status, retry = b"", 0, None
            self.answers.append((began, (time.monotonic() - began) * 1000, status, retry))
            if status == 201:
                self.stored.append(json.loads(text)["_id"])
            if self.ended.wait(self.pause_s):
                return


def posts(asker):
    """New documents without end."""
    for number in itertools.count():
        body = rest_cases.document(number) | {"id": f"stall{asker}x{number}"}
        yield "POST", "/posts", json.dumps(body).encode()


def ask_through_stall(server, database, item, options):
    """Askers of each kind, through the stall; and when it began and ended."""
    ended = threading.Event()
    kinds = {
        "/health": [Asker(server, itertools.repeat(("GET", "/health", None)), ended)],
        "item": [Asker(server, itertools.repeat(("GET", "/posts/" + item, None)), ended)
                 for _ in range(ASKERS)],
        "25 rows": [Asker(server, itertools.repeat(("GET", rest_cases.PAGE, None)), ended)
                    for _ in range(ASKERS)],
        "POST": [Asker(server, posts(number), ended) for number in range(ASKERS)],
    }
    everyone = [asker for askers in kinds.values() for asker in askers]
    seconds = int(BEFORE_S + options.stall + AFTER_S)
    crowd = subprocess.Popen(["wrk", "-t1", "-c64", f"-d{seconds}s", server.url + "/posts/" + item],
                             stdout=subprocess.PIPE, text=True)
    try:
        for asker in everyone:
            asker.start()
        time.sleep(BEFORE_S)
        began = time.monotonic()
        database.stand_still()
        time.sleep(options.stall)
    finally:
        database.go_on()
    over = time.monotonic()
    crowd.communicate()
    ended.set()
    for asker in everyone:
        asker.join()
    return kinds, began, over


def spread(times):
    return f"{min(times):>9.1f}{statistics.median(times):>9.1f}{max(times):>9.1f}"


def tell(kind, answers, began, over):
    """A line for each status before, during and after the stall."""
    phases = (("before", 0, began), ("stall", began, over), ("after", over, float("inf")))
    for phase, start, end in phases:
        found = [answer for answer in answers if start <= answer[0] < end]
        for status in sorted({answer[2] for answer in found}):
            times = [took for _, took, what, _ in found if what == status]
            print(f"{kind:<10}{phase:<8}{status or 'none':>6}{len(times):>8,}{spread(times)}")


def faults_of(kind, answers, over, options):
    """Sentences on what should not have been."""
    limit = options.deadline + LATE_MS
    if any(status not in (200, 201, 503) for _, _, status, _ in answers):
        yield f"{kind}: answers other than 200, 201 and 503"
    if any(status == 503 and not retry for _, _, status, retry in answers):
        yield f"{kind}: 503 without Retry-After"
    if any(took > limit for _, took, _, _ in answers):
        yield f"{kind}: answers later than {limit} ms"
    if not any(began > over and status in (200, 201) for began, _, status, _ in answers):
        yield f"{kind}: never served again"


def lost(server, stored):
    """How many documents were answered with 201 and are not there."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    missing = 0
    for item in stored:
        connection.request("GET", "/posts/" + item)
        reply = connection.getresponse()
        reply.read()
        missing += reply.status != 200
    return missing


def report(server, kinds, began, over, options):
    """Prints what was seen; whether all is well."""
    faults = []
    print(f"{'':<10}{'':<8}{'status':>6}{'count':>8}{'ms least':>9}{'median':>9}{'most':>9}")
    for kind, askers in kinds.items():
        answers = [answer for asker in askers for answer in asker.answers]
        tell(kind, answers, began, over)
        faults += faults_of(kind, answers, over, options)
        if kind == "/health" and max(took for _, took, _, _ in answers) > HEALTH_LATE_MS:
            faults.append(f"/health: later than {HEALTH_LATE_MS} ms")
        ends = [at + took / 1000 for at, took, status, _ in answers if status in (200, 201)]
        first = min((end for end in ends if end > over), default=over)
        print(f"{kind:<10}served again {(first - over) * 1000:.0f} ms after the stall")
    stored = [item for asker in kinds["POST"] for item in asker.stored]
    missing = lost(server, stored)
    print(f"\n{len(stored):,} documents answered with 201, {missing} of them lost")
    if missing:
        faults.append("POST: documents lost")
    for fault in faults:
        print("FAULT", fault)
    return not faults


def measure(database, folder, options):
    if not database.own:
        raise SystemExit("--stall stops the server, so it starts one of its own: leave MONGO_TEST_URI out")
    rest_cases.write_settings(folder)
    server = rest_cases.start_rest(folder, "rest", f"--store={database.fresh('stall')}",
                                   f"--deadline={options.deadline}")
    try:
        items = rest_cases.fill(server, options.rows)
        rest_cases.check(server, items)
        print(f"a stall of {options.stall:g} s, --deadline={options.deadline}ms, 64 connections "
              "reading an item beside\n")
        seen = ask_through_stall(server, database, items[0]["_id"], options)
        return report(server, *seen, options)
    finally:
        server.stop()
