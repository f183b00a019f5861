#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measure both stages on MongoDB: rest beside Eve, the pages beside Flask with PyMongo, all on one server.

    bench/mongo.py                  everything beside its peers, about eight minutes
    bench/mongo.py --only rest      or --only pages
    bench/mongo.py --soak           a million requests: memory stays flat, connections within --pool
    bench/mongo.py --stall          the database stands still for two seconds: what is answered meanwhile

"CPU us" is CPU time of the server measured, a request; "DB us" that of the database, where it was started
here (database.py says which it is).
"""
import argparse
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import likes  # noqa: E402
import load  # noqa: E402
import mongo_soak  # noqa: E402
import mongo_stall  # noqa: E402
import pages  # noqa: E402
import peers  # noqa: E402
import rest_cases  # noqa: E402
from database import Database  # noqa: E402
from servers import ROOT, print_sizes  # noqa: E402


def measure_rest(database, folder, options):
    servers = []
    rest_cases.write_settings(folder)
    try:
        servers.append(rest_cases.start_rest(folder, "rest", f"--store={database.fresh('rest')}"))
        servers.append(peers.start_eve(folder, database.fresh("eve")))
        rest_cases.measure(servers, folder, options, database)
        print_sizes(servers)
    finally:
        for server in servers:
            server.stop()


def fill_flask(database, posts):
    """The address of a database as bench/flask_mongo reads it."""
    address = database.fresh("flask")
    with database.client() as client:
        flask = client[database.names[-1]]
        flask.posts.insert_many([{**post, "_id": str(post["id"]), "id": str(post["id"]),
                                  "words": sorted(pages.words_of(post, 1))} for post in posts])
        flask.posts.create_index("id", unique=True)
        flask.posts.create_index("words")
        flask.posts.create_index([("score", -1), ("num_comments", -1)])
        flask.likes.create_index("post")
    return address


def measure_pages(decant, flask, posts, folder, options, database):
    """Pages of both: as strangers ask for them, and as cannot be answered from memory."""
    words = pages.pick_words(posts, (22, 628))
    post = str(posts[0]["id"])
    groups = [("front page", "/"), *((f"search, {word}", f"/search_results/{word}") for word in words),
              ("a post", f"/posts/{post}")]
    for title, path in groups:
        for server in (decant, flask):
            pages.check(server, path)
        pages.measure_group([(title, decant, path, None), (f"{title}, Flask", flask, path, None)], options,
                            database)
    peer = {
        "searches, other words each time": pages.paths_script(folder / "words.lua", pages.searches(posts)),
        "front page, signed in": pages.paths_script(folder / "front.lua", ["/"]),
        "posts, signed in": pages.paths_script(folder / "posts.lua", [f"/posts/{p['id']}" for p in posts]),
    }
    for title, script in pages.unremembered(decant, posts, folder):
        pages.measure_group([(title, decant, "/", script), (f"{title}, Flask", flask, "/", peer[title])],
                            options, database)


def measure_likes(decant, flask, posts, folder, options, database):
    ids = [str(post["id"]) for post in posts]
    for title, apart in (("like, many of one post", False), ("like, of other posts", True)):
        ours, theirs = folder / f"like{apart:d}.lua", folder / f"flask-like{apart:d}.lua"
        pages.measure_group([(title, decant, "/", likes.decant_script(decant, ids, ours, apart)),
                             (f"{title}, Flask", flask, "/", likes.flask_script(ids, theirs, apart))],
                            options, database)
    likes.check_totals(decant, ids)


def measure_monolithic(database, folder, options):
    posts = pages.read_posts(options.data)
    servers = []
    try:
        servers.append(pages.start_decant(folder, "decant", options.data,
                                          f"--store={database.fresh('decant')}"))
        servers.append(peers.start_flask_mongo(fill_flask(database, posts)))
        print(f"\n{len(posts)} posts; {options.rounds} rounds of {options.seconds} s\n\n"
              f"{load.header('Flask', database)}")
        measure_pages(*servers, posts, folder, options, database)
        measure_likes(*servers, posts, folder, options, database)
        print_sizes(servers)
    finally:
        for server in servers:
            server.stop()


def run(database, folder, options):
    print(f"on {database.describe()}\n")
    if options.soak:
        return mongo_soak.measure(database, folder, options)
    if options.stall:
        return mongo_stall.measure(database, folder, options)
    if options.only != "pages":
        measure_rest(database, folder, options)
    if options.only != "rest":
        measure_monolithic(database, folder, options)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=1000, help="documents of rest and Eve")
    parser.add_argument("--data", default=ROOT / "datasets/data.json", help="posts of the pages")
    parser.add_argument("--only", choices=("rest", "pages"))
    parser.add_argument("--soak", type=int, nargs="?", const=1000000, metavar="REQUESTS")
    parser.add_argument("--stall", type=float, nargs="?", const=2, metavar="SECONDS")
    parser.add_argument("--pool", type=int, default=16, help="connections that --soak allows rest")
    parser.add_argument("--deadline", type=int, default=1000, help="ms, of rest in --stall")
    options = parser.parse_args()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="decant-mongo-") as name:
        folder = pathlib.Path(name)
        database = Database(folder / "mongo")
        try:
            return 0 if run(database, folder, options) else 1
        finally:
            database.stop()


if __name__ == "__main__":
    sys.exit(main())
