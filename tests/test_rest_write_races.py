# SPDX-License-Identifier: MIT
"""Writing over REST where it hurts: many clients on one document, many wanting one value, batches
seen half done, and kill -9 in the middle. What was answered is there afterwards."""
import json
import threading

import pytest
from conftest import Process, all_at_once, eventually

from eve import Api, settings_with, write_settings

CLIENTS = 64


@pytest.fixture
def server(tmp_path, address):
    """server({…of posts}) starts one over the test's store; may be called again."""
    running = []

    def start(posts=None, **changes):
        path = write_settings(tmp_path, settings_with(posts, **changes))
        process = Process("rest", "--port=0", f"--settings={path}", "--log-level=warn",
                          f"--store={address}", folder=tmp_path).wait_ready()
        running.append(process)
        return Api(process)

    yield start
    for process in running:
        process.end()


def test_no_change_of_one_document_is_lost(server):
    api = server()
    post = api.post({"title": "a", "score": 0})
    target = "/posts/" + post["_id"]

    def add(_):
        """Read and add one, until it went through; how often it was refused."""
        refused = 0
        with api.process.client() as client:
            while True:
                before = api.ask("GET", target, client=client).json()
                reply = api.ask("PATCH", target, {"score": before["score"] + 1}, before["_etag"],
                                client=client)
                assert reply.status in (200, 412), reply.text
                if reply.status == 200:
                    return refused, reply.json()["_etag"]
                refused += 1

    done = all_at_once(CLIENTS, add)
    stored = api.get(target)
    assert stored["score"] == CLIENTS
    assert len({etag for _, etag in done}) == CLIENTS
    assert stored["_etag"] in {etag for _, etag in done}
    assert sum(refused for refused, _ in done) > 0


def test_of_changes_with_one_etag_one_goes_through(server):
    api = server()
    post = api.post({"title": "a"})
    target = "/posts/" + post["_id"]
    replies = all_at_once(CLIENTS, lambda number: api.ask(
        "PATCH", target, {"score": number}, post["_etag"]))
    won = [reply for reply in replies if reply.status == 200]
    assert len(won) == 1 and {reply.status for reply in replies} == {200, 412}
    assert api.get(target)["_etag"] == won[0].json()["_etag"]


def test_a_unique_value_is_given_once(server):
    api = server()
    replies = all_at_once(CLIENTS, lambda number: api.ask(
        "POST", "/posts", {"title": str(number), "id": "same"}))
    assert sorted(reply.status for reply in replies) == [201] + [422] * (CLIENTS - 1)
    assert all(reply.json()["_issues"] == {"id": "value 'same' is not unique"}
               for reply in replies if reply.status == 422)
    assert api.get("/posts")["_meta"]["total"] == 1


def test_one_of_many_puts_makes_the_document(server):
    api = server()
    target = "/posts/" + "a" * 24
    replies = all_at_once(CLIENTS, lambda number: api.ask("PUT", target, {"title": str(number)}))
    assert sorted(reply.status for reply in replies) == [201] + [428] * (CLIENTS - 1)


def test_nobody_sees_half_of_a_batch(server):
    api = server()
    stop = threading.Event()
    seen = set()

    def watch():
        with api.process.client() as client:
            while not stop.is_set():
                page = api.ask("GET", "/posts?max_results=1", client=client).json()
                seen.add(page["_meta"]["total"])

    watcher = threading.Thread(target=watch)
    watcher.start()
    batch = [{"title": str(number)} for number in range(200)]
    for number in range(20):
        assert api.ask("POST", "/posts", batch).status == 201
        assert api.ask("POST", "/posts", batch + [{"score": 1}]).status == 422
    stop.set()
    watcher.join()
    assert {total % 200 for total in seen} == {0}
    assert api.get("/posts")["_meta"]["total"] == 4000


def test_what_fails_late_leaves_nothing_of_others_behind_either(server):
    """Works share a transaction: one that is undone takes none of its neighbours along."""
    api = server({"versioning": True}, OPLOG=True, OPLOG_ENDPOINT="oplog")
    api.post({"_id": "b" * 24, "title": "taken"})

    def write(number):
        if number % 2:
            return api.ask("POST", "/posts", {"title": str(number)}).status
        return api.ask("POST", "/posts", [{"title": "new"}, {"_id": "b" * 24, "title": "x"}]).status

    statuses = all_at_once(CLIENTS, write)
    assert sorted(statuses) == [201] * (CLIENTS // 2) + [409] * (CLIENTS // 2)
    assert api.get("/posts")["_meta"]["total"] == 1 + CLIENTS // 2
    assert api.get("/oplog")["_meta"]["total"] == 1 + CLIENTS // 2
    assert api.get('/posts?where={"title":"new"}')["_meta"]["total"] == 0


def test_what_was_answered_survives_a_kill(server):
    api = server({"versioning": True}, OPLOG=True, OPLOG_ENDPOINT="oplog",
                 PAGINATION_LIMIT=100000)
    answered, asked = {}, threading.Event()

    def write(number):
        with api.process.client() as client:
            for count in range(100000):
                try:
                    made = json.loads(api.ask("POST", "/posts", {"title": f"{number}/{count}"},
                                              client=client).body)
                    answered[made["_id"]] = (made["_etag"], 1)
                    reply = api.ask("PATCH", "/posts/" + made["_id"], {"score": count},
                                    made["_etag"], client=client)
                    answered[made["_id"]] = (reply.json()["_etag"], 2)
                except (OSError, EOFError, AttributeError):
                    return
                if len(answered) > 300:
                    asked.set()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    eventually(asked.is_set)
    api.process.kill()
    for thread in threads:
        thread.join()
    again = server({"versioning": True}, OPLOG=True, OPLOG_ENDPOINT="oplog",
                   PAGINATION_LIMIT=100000)
    stored = {post["_id"]: post for post in again.get("/posts?max_results=100000")["_items"]}
    assert len(stored) >= len(answered) > 300
    for post, (etag, version) in answered.items():
        assert stored[post]["_version"] >= version
        assert stored[post]["_etag"] == etag or stored[post]["_version"] > version
    changes = sum(post["_version"] for post in stored.values())
    assert again.get("/oplog")["_meta"]["total"] == changes
    some = list(stored)[:20]
    assert all(len(again.get(f"/posts/{post}?version=all")["_items"]) == stored[post]["_version"]
               for post in some)
