# SPDX-License-Identifier: MIT
"""What a REST server is asked: settings, documents and requests, the same for rest and for Eve."""
import itertools
import json
import urllib.request

import load
from servers import BIN, Server, read

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


def start_rest(folder, name, *arguments):
    return Server(name, [BIN / "rest", "--port=0", f"--settings={folder}/settings.json",
                         "--log-level=warn", *arguments])


def write_settings(folder, settings=None):
    (folder / "settings.json").write_text(json.dumps(settings or SETTINGS))


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


def patch_script(server, folder, name, text=PATCH, *more):
    """Made anew for each run, as the last one changed the etags. The text takes ids, etags and more."""
    script, items, path = folder / name, [], "posts?max_results=50"
    while path:
        page = json.loads(read(f"{server.url}/{path}")[1])
        items += page["_items"]
        path = page["_links"].get("next", {}).get("href")
    script.write_text(text % (", ".join(f'"{item["_id"]}"' for item in items),
                              ", ".join(f'["{item["_id"]}"] = "{item["_etag"]}"' for item in items),
                              *more))
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


def measure_group(servers, group, options, database=None):
    """One kind of request on all servers, one after another. A round of a slow server takes longer,
    so that it is more than a few requests."""
    runs = load.interleaved(
        [(f"{case[0]}, {server.name}", lambda s=server, c=case: load.wrk(
            s, c[1], c[2] and c[2](), c[3], options.seconds, database))
         for server, case in zip(servers, group)],
        options.rounds)
    peer = runs[f"{group[-1][0]}, Eve"]
    for label, found in runs.items():
        print(load.row(label, found, None if label.endswith("Eve") else peer), flush=True)


def measure(servers, folder, options, database=None):
    """All kinds of requests on all servers, the last of which is Eve; prints a table."""
    tables = []
    for at, server in enumerate(servers):
        items = fill(server, options.rows)
        check(server, items)
        tables.append(cases_of(server, folder, items, (at + 1) * 10000000))
    print(f"{options.rows} documents; {options.rounds} rounds of {options.seconds} s\n\n"
          f"{load.header('Eve', database)}")
    for group in zip(*tables):
        measure_group(servers, group, options, database)
