#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measure the REST layer beside real Eve: the same settings, the same documents, the same requests.

    bench/rest.py                   six kinds of request, about three minutes
    bench/rest.py --large 1000000   also pages of a large collection beside those of a small one

Eve runs as its users run it: gunicorn with two workers over a MongoDB-compatible server, whose CPU is not
counted.
"""
import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import likes  # noqa: E402
import load  # noqa: E402
from servers import BIN, Server, read, wait_for_port  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
SETTINGS = {
    "RESOURCE_METHODS": ["GET", "POST", "DELETE"],
    "ITEM_METHODS": ["GET", "PATCH", "PUT", "DELETE"],
    "DOMAIN": {"posts": {
        "schema": {
            "title": {"type": "string", "required": True, "minlength": 1, "maxlength": 300},
            "url": {"type": "string"}, "author": {"type": "string"}, "selftext": {"type": "string"},
            "score": {"type": "integer"}, "num_comments": {"type": "integer"},
            "tags": {"type": "list", "schema": {"type": "string"}},
            "id": {"type": "string", "unique": True}, "created_utc": {"type": "datetime"}},
        "mongo_indexes": {"by_author_and_score": [["author", 1], ["score", -1]]},
        "additional_lookup": {"url": 'regex("[\\w]+")', "field": "id"}}},
}
DATE = "Mon, 01 Jan 2024 00:00:00 GMT"
AUTHORS = 20


def document(number):
    return {"title": f"Post {number}", "author": f"author{number % AUTHORS}", "score": number * 7 % 1000,
            "num_comments": number % 50, "url": f"https://posts.example/{number}",
            "selftext": "Words about it. " * 20, "tags": [f"t{number % 10}", "all"],
            "id": f"p{number}", "created_utc": DATE}


# -- servers -----------------------------------------------------------------------------------------


def eve_python():
    """A virtual environment with Eve, gunicorn and the MongoDB server the tests use."""
    python = ROOT / "build/bench/eve/bin/python"
    if not python.exists():
        subprocess.run(["/usr/bin/python3", "-m", "venv", python.parent.parent], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", "--pre", "eve", "gunicorn",
                        "secantusdb"], check=True)
    return python


def start_eve(folder):
    """Eve and its database; the database is stopped with it."""
    python, mongo_port, port = eve_python(), likes.free_port(), likes.free_port()
    (folder / "mongo").mkdir()
    mongo = subprocess.Popen([python.parent / "secantusd-py", "--port", str(mongo_port),
                              "--storage-path", folder / "mongo"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_port(mongo_port)
    server = Server("Eve", [python, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}",
                            "--chdir", ROOT / "bench/eve", "app:app"],
                    {"EVE_SETTINGS": str(folder / "settings.json"), "MONGO_PORT": str(mongo_port)},
                    port)
    return server, mongo


def start_rest(folder, sync):
    return Server(f"rest {sync}", [BIN / "rest", "--port=0", f"--settings={folder}/settings.json",
                                   f"--store=sqlite:{folder}/{sync}.db", f"--sync={sync}",
                                   "--log-level=warn"])


def send(server, method, path, body):
    request = urllib.request.Request(server.url + path, method=method,
                                     data=json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


def fill(server, count, batch=500):
    """Documents 0 to count - 1; the first answers."""
    first = None
    for start in range(0, count, batch):
        items = [document(number) for number in range(start, min(start + batch, count))]
        reply = send(server, "POST", "/posts", items)
        first = first or reply["_items"]
    return first


# -- requests ----------------------------------------------------------------------------------------

POST = """
local number = %d
request = function()
    number = number + 1
    local rows = {}
    for i = 1, %d do
        rows[i] = string.format('{"title":"Post %%d","author":"author%%d","score":%%d,"num_comments":3,' ..
            '"url":"https://posts.example/%%d","tags":["t1","all"],"id":"n%%dx%%d","created_utc":"%s",' ..
            '"selftext":"%s"}', number, number %% 20, number %% 1000, number, number, i)
    end
    local body = %s
    return wrk.format("POST", "/posts", { ["Content-Type"] = "application/json" }, body)
end
"""

# Each document is changed again after all others were; its etag is in the answer to the last change.
PATCH = """
local ids = { %s }
local etags = { %s }
local at, score = 0, 0
request = function()
    at = at %% #ids + 1
    score = score + 1
    return wrk.format("PATCH", "/posts/" .. ids[at],
        { ["Content-Type"] = "application/json", ["If-Match"] = etags[ids[at]] },
        '{"score":' .. score %% 1000 .. '}')
end
response = function(status, headers, body)
    local id, etag = body:match('"_id": ?"(%%x+)"'), body:match('"_etag": ?"(%%x+)"')
    if id and etag then etags[id] = etag end
end
"""


def post_script(folder, name, start, rows):
    script = folder / name
    one = "rows[1]" if rows == 1 else "'[' .. table.concat(rows, ',') .. ']'"
    script.write_text(POST % (start, rows, DATE, "Words about it. " * 20, one))
    return script


def patch_script(server, folder, name):
    """Made anew for each run, as the last one changed the etags."""
    script, items, path = folder / name, [], "posts?max_results=50"
    while path:
        page = json.loads(read(f"{server.url}/{path}")[1])
        items += page["_items"]
        path = page["_links"].get("next", {}).get("href")
    script.write_text(PATCH % (", ".join(f'"{item["_id"]}"' for item in items),
                               ", ".join(f'["{item["_id"]}"] = "{item["_etag"]}"' for item in items)))
    return script


PAGE = "/posts?max_results=25"
FOUND = ('/posts?max_results=50&where=%7B%22author%22%3A%22author3%22%7D&sort=-score')


def cases_of(server, folder, items, start):
    """[(name, path, makes the script or None, connections)]; start: a number for new documents."""
    name = server.name.replace(" ", "-")
    numbers = itertools.count(start, 1000000)
    return [
        ("item", "/posts/" + items[0]["_id"], None, 64),
        ("25 rows", PAGE, None, 64),
        ("50 rows, where and sort", FOUND, None, 64),
        ("PATCH", "/", lambda: patch_script(server, folder, name + "-patch.lua"), 64),
        ("POST", "/", lambda: post_script(folder, name + "-post.lua", next(numbers), 1), 64),
        ("POST of 100", "/", lambda: post_script(folder, name + "-bulk.lua", next(numbers), 100), 16),
    ]


def check(server, items):
    """The answers that are timed are answers."""
    for path, count in ((PAGE, 25), (FOUND, 50)):
        status, text = read(server.url + path)
        if status != 200 or len(json.loads(text)["_items"]) != count:
            raise SystemExit(f"{server.name}: {path} does not answer with {count} rows")
    status, text = read(server.url + "/posts/" + items[0]["_id"])
    if status != 200 or json.loads(text)["title"] != "Post 0":
        raise SystemExit(f"{server.name}: no item")


def measure(options):
    with tempfile.TemporaryDirectory(prefix="decant-rest-") as name:
        folder = pathlib.Path(name)
        (folder / "settings.json").write_text(json.dumps(SETTINGS))
        servers, mongo = [], None
        try:
            eve, mongo = start_eve(folder)
            servers = [start_rest(folder, "normal"), start_rest(folder, "full"), eve]
            tables = []
            for at, server in enumerate(servers):
                items = fill(server, options.rows)
                check(server, items)
                tables.append(cases_of(server, folder, items, (at + 1) * 10000000))
            print(f"{options.rows} documents; {options.rounds} rounds of {options.seconds} s\n\n"
                  f"{load.HEADER.replace('vs Flask', '  vs Eve')}")
            for group in zip(*tables):
                measure_group(servers, group, options)
            print(f"\n{'':<34}{'start ms':>9}{'PSS MB':>9}")
            for server in servers:
                print(f"{server.name:<34}{server.start_ms:>9.0f}{server.pss_mb():>9.1f}")
        finally:
            for server in servers:
                server.stop()
            if mongo:
                mongo.terminate()
                mongo.wait()


def measure_group(servers, group, options):
    """One kind of request on all servers, one after another. A round of a slow server takes longer,
    so that it is more than a few requests."""
    runs = load.interleaved(
        [(f"{case[0]}, {server.name}", lambda s=server, c=case: load.wrk(
            s, c[1], c[2] and c[2](), c[3], options.seconds)) for server, case in zip(servers, group)],
        options.rounds)
    peer = runs[f"{group[-1][0]}, Eve"]
    for label, found in runs.items():
        print(load.row(label, found, None if label.endswith("Eve") else peer), flush=True)


def measure_large(options):
    """What pages of a large collection cost beside those of a small one."""
    deep = options.large // 2 // 25
    with tempfile.TemporaryDirectory(prefix="decant-rest-") as name:
        folder = pathlib.Path(name)
        (folder / "settings.json").write_text(json.dumps(SETTINGS | {"KEYSET_PAGINATION": True}))
        sizes = {}
        try:
            for rows in (1000, options.large):
                (folder / str(rows)).mkdir()
                (folder / str(rows) / "settings.json").symlink_to(folder / "settings.json")
                sizes[rows] = start_rest(folder / str(rows), "normal")
                fill(sizes[rows], rows, 1000)
            print(f"\n{load.HEADER.replace('vs Flask', '')}")
            for title, path in (("first page", PAGE), ("keyset page", None),
                                ("total of a filter, remembered", FOUND),
                                ("deep page by offset", f"{PAGE}&page={deep}")):
                for rows, server in sizes.items():
                    if path and "page=" in path and rows == 1000:
                        continue
                    target = path or keyset_path(server)
                    runs = [load.wrk(server, target, None, 64, options.seconds)
                            for _ in range(options.rounds)]
                    print(load.row(f"{title}, {rows:,} rows", runs), flush=True)
        finally:
            for server in sizes.values():
                server.stop()


def keyset_path(server):
    """The address of a page some way in."""
    path = "posts?max_results=25&sort=author"
    for _ in range(10):
        path = json.loads(read(f"{server.url}/{path}")[1])["_links"]["next"]["href"]
    return "/" + path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--large", type=int, default=0)
    options = parser.parse_args()
    os.chdir(ROOT)
    measure(options)
    if options.large:
        measure_large(options)


if __name__ == "__main__":
    main()
