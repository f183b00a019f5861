# SPDX-License-Identifier: MIT
"""Many requests to rest on MongoDB: its memory stays flat, and it opens no more connections than it may."""
import threading

import load
import rest_cases

BESIDE_POOL = 4   # connections not for requests: watching the server, following changes, keeping indexes
GROWTH_MB = 2     # that are noise, and a twentieth
LOOK_S = 0.2
PARTS = 10

# Of ten requests six are for an item, three for a list and one is a change. Only the answer to a change
# has a status within: it alone says what the etag is now, as a list may come after it and be older.
MIXED = """
local ids = { %s }
local etags = { %s }
local lists = { "/posts?max_results=25", "/posts?max_results=25&page=3", "%s" }
local at, asked = 0, 0
request = function()
    asked = asked + 1
    local kind = asked %% 10
    if kind >= 4 then return wrk.format("GET", "/posts/" .. ids[asked * 7 %% #ids + 1]) end
    if kind >= 1 then return wrk.format("GET", lists[kind]) end
    at = at %% #ids + 1
    return wrk.format("PATCH", "/posts/" .. ids[at],
        { ["Content-Type"] = "application/json", ["If-Match"] = etags[ids[at]] },
        '{"score":' .. asked %% 1000 .. '}')
end
response = function(status, headers, body)
    if not body:find('"_status"', 1, true) then return end
    local id, etag = body:match('"_id": ?"(%%x+)"'), body:match('"_etag": ?"(%%x+)"')
    if id and etag then etags[id] = etag end
end
"""


class Connections(threading.Thread):
    """Counts the connections to the database, again and again; `most` is how many there were at once."""

    def __init__(self, server, port):
        super().__init__(daemon=True)
        self.server, self.port, self.most = server, port, 0
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(LOOK_S):
            self.most = max(self.most, self.server.connections_to(self.port))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


def soak(server, folder, options):
    """[(runs, PSS MB)] of each part; prints a line for each."""
    parts, done = [], 0
    for part in range(1, PARTS + 1):
        runs = []
        while done < options.soak * part / PARTS or not runs:
            script = rest_cases.patch_script(server, folder, "soak.lua", MIXED, rest_cases.FOUND)
            runs.append(load.wrk(server, "/", script, 64, options.seconds))
            done += runs[-1].requests
        parts.append((runs, server.memory_mb()))
        print(f"{done:>12,}{parts[-1][1]:>9.1f}{server.memory_mb('Rss'):>9.1f}"
              f"{sum(run.rate for run in runs) / len(runs):>10,.0f}"
              f"{sum(run.bad for run in runs):>8}", flush=True)
    return parts


def measure(database, folder, options):
    rest_cases.write_settings(folder)
    server = rest_cases.start_rest(folder, "rest", f"--store={database.fresh('soak')}",
                                   f"--pool={options.pool}")
    try:
        rest_cases.check(server, rest_cases.fill(server, options.rows))
        print(f"{'requests':>12}{'PSS MB':>9}{'RSS MB':>9}{'req/s':>10}{'failed':>8}")
        print(f"{0:>12}{server.memory_mb():>9.1f}{server.memory_mb('Rss'):>9.1f}")
        with Connections(server, database.port) as connections:
            parts = soak(server, folder, options)
    finally:
        server.stop()
    early, late = parts[1][1], parts[-1][1]
    flat = late <= early * 1.05 + GROWTH_MB
    failed = sum(run.bad for runs, _ in parts for run in runs)
    most = options.pool + BESIDE_POOL
    print(f"\nPSS from the second part to the last: {late - early:+.1f} MB{'' if flat else ': IT GROWS'}"
          f"\nconnections to the database: {connections.most} at most, {most} allowed"
          f"{'' if connections.most <= most else ': TOO MANY'}\nfailed: {failed}")
    return flat and failed == 0 and 0 < connections.most <= most
