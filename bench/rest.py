#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measure the REST layer beside real Eve: the same settings, the same documents, the same requests.

    bench/rest.py                   six kinds of request, about three minutes
    bench/rest.py --large 1000000   also pages of a large collection beside those of a small one

Eve runs as its users run it: gunicorn with two workers over a MongoDB server (database.py says which), whose
CPU is not counted.
"""
import argparse
import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import load  # noqa: E402
import peers  # noqa: E402
import rest_cases  # noqa: E402
from database import Database  # noqa: E402
from servers import ROOT, print_sizes, read  # noqa: E402


def start_rest(folder, sync):
    return rest_cases.start_rest(folder, f"rest {sync}", f"--store=sqlite:{folder}/{sync}.db",
                                 f"--sync={sync}")


def measure(options):
    with tempfile.TemporaryDirectory(prefix="decant-rest-") as name:
        folder = pathlib.Path(name)
        rest_cases.write_settings(folder)
        servers, database = [], Database(folder / "mongo")
        try:
            for start in (lambda: start_rest(folder, "normal"), lambda: start_rest(folder, "full"),
                          lambda: peers.start_eve(folder, database.fresh("eve"))):
                servers.append(start())
            rest_cases.measure(servers, folder, options)
            print_sizes(servers)
        finally:
            for server in servers:
                server.stop()
            database.stop()


def measure_large(options):
    """What pages of a large collection cost beside those of a small one."""
    deep = options.large // 2 // 25
    with tempfile.TemporaryDirectory(prefix="decant-rest-") as name:
        folder = pathlib.Path(name)
        rest_cases.write_settings(folder, rest_cases.SETTINGS | {"KEYSET_PAGINATION": True})
        sizes = {}
        try:
            for rows in (1000, options.large):
                (folder / str(rows)).mkdir()
                (folder / str(rows) / "settings.json").symlink_to(folder / "settings.json")
                sizes[rows] = start_rest(folder / str(rows), "normal")
                rest_cases.fill(sizes[rows], rows, 1000)
            print(f"\n{load.header()}")
            for title, path in (("first page", rest_cases.PAGE), ("keyset page", None),
                                ("total of a filter, remembered", rest_cases.FOUND),
                                ("deep page by offset", f"{rest_cases.PAGE}&page={deep}")):
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
