# SPDX-License-Identifier: MIT
"""Everything at once on several loops, until the process is told to end amid it: here threads meet, and
the thread sanitizer is to see them (.ci/run). No request fails, no change is lost or made twice."""
import collections
import itertools
import json
import threading

import mongo
import pytest
from conftest import Client, eventually
from eve import JSON, Api, settings_with, write_settings
from test_likes_faults import sign_up
from test_monolithic import arguments, load, make_posts

LOOPS = "--threads=3"
ENOUGH = 600  # answers, of which some are of each client, before the end is asked for


class Crowd:
    """Clients, each with a connection of its own, that ask until nobody listens any more."""

    def __init__(self, port):
        self.port, self.threads = port, []
        self.answers, self.faults = collections.Counter(), []

    def add(self, *clients):
        """A client is a generator of requests: (method, target, headers, body). It is sent the reply,
        None where there is none, as the connection was closed when it was asked on."""
        self.threads += [threading.Thread(target=self._run, args=[client]) for client in clients]

    def start(self):
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()

    def _run(self, client):
        try:
            request = next(client)
            while True:
                with Client(self.port) as connection:
                    request = self._ask(client, connection, request)
        except ConnectionRefusedError:
            pass
        except Exception as fault:  # an answer that broke off, or one that the client did not expect
            self.faults.append(repr(fault))

    def _ask(self, client, connection, request):
        """On one connection, to its end; the next request."""
        for number in itertools.count():
            try:
                reply = connection.request(*request)
            except (ConnectionResetError, BrokenPipeError):
                reply = None
            # A kept connection may be closed between requests; a fresh one may not.
            assert reply or number, request
            request = client.send(reply)
            if reply:
                self.answers[reply.status] += 1
            if not reply or reply.header("connection") == "close":
                return request


def meet_until_the_end(process, clients, meanwhile=lambda: None):
    """How often each status was answered."""
    crowd = Crowd(process.port)
    crowd.add(*clients)
    crowd.start()
    try:
        meanwhile()
        eventually(lambda: crowd.faults or sum(crowd.answers.values()) >= ENOUGH)
    finally:
        status = process.stop()
        crowd.join()
    assert not crowd.faults and status == 0, (crowd.faults, process.err_path.read_text())
    return crowd.answers


def get(target, **headers):
    return "GET", target, headers, None


def send(method, target, body, etag=None):
    return method, target, {**JSON, **({"If-Match": etag} if etag else {})}, json.dumps(body).encode()


# -- rest --------------------------------------------------------------------------------------------

class Writer:
    """Makes posts, each with a title of its own, and changes them and one that all change."""

    def __init__(self, number, shared):
        self.number, self.shared, self.kept, self.unknown = number, shared, [], []

    def requests(self):
        for count in itertools.count():
            title = f"{self.number} {count} words"
            reply = yield send("POST", "/posts", {"title": title, "score": count, "tags": ["a"]})
            (self.kept if reply else self.unknown).append(title)
            if reply:
                yield from self.change(title, json.loads(reply.body))
            yield send("POST", "/notes", [{"text": "a"}, {"text": "b"}])
            reply = yield get(self.shared)
            if reply:
                yield send("PATCH", self.shared, {"score": count}, reply.header("etag"))

    @staticmethod
    def change(title, post):
        target = "/posts/" + post["_id"]
        reply = yield send("PATCH", target, {"score": -1}, post["_etag"])
        if reply:
            yield send("PUT", target, {"title": title}, reply.header("etag"))


def reader(shared):
    for target in itertools.cycle([
            "/posts?max_results=25&sort=-score", '/posts?where={"score":{"$gt":1},"tags":"a"}',
            '/posts?where={"$text":{"$search":"words"}}', shared, shared + "?version=all",
            "/notes?max_results=1000", "/oplog?max_results=5", "/metrics", "/livez", "/"]):
        yield get(target.replace('"', "%22").replace("{", "%7b").replace("}", "%7d"))


def follower():
    cursor = None
    while True:
        after = f"?after={cursor}" if cursor else ""
        reply = yield get("/changes" + after, Prefer="wait=5")
        if reply:
            cursor = json.loads(reply.body)["cursor"]


def listener():
    while True:
        yield get("/changes", Accept="text/event-stream")


def put_in_between(address):
    """What others do to a database that a server uses."""
    with mongo.client(address) as client:
        posts = client.get_default_database()["posts"]
        for turn in range(5):
            posts.insert_many([{"title": f"of others {turn}", "score": n} for n in range(20)])


@pytest.fixture
def rest(run, tmp_path, address):
    settings = settings_with(
        {"versioning": True, "mongo_indexes": {"words": [["title", "text"]], "score": [["score", 1]]}},
        CHANGES_ENDPOINT="changes", OPLOG=True, OPLOG_ENDPOINT="oplog", PAGINATION_LIMIT=1000,
        MONGO_QUERY_WHITELIST=["$text"], RATE_LIMIT_GET=[10**6, 60], RATE_LIMIT_POST=[10**6, 60])
    settings["DOMAIN"]["notes"] = {"schema": {"text": {"type": "string"}}}
    path = write_settings(tmp_path, settings)
    return lambda: Api(run("rest", f"--settings={path}", f"--store={address}", LOOPS,
                           "--changes-kept=100", "--store-budget=1"))


def test_all_that_a_rest_server_does_at_once(rest, store, address):
    api = rest()
    shared = "/posts/" + api.post({"title": "shared"})["_id"]
    writers = [Writer(number, shared) for number in range(4)]
    answers = meet_until_the_end(
        api.process, [writer.requests() for writer in writers] +
        [reader(shared) for _ in range(4)] + [follower() for _ in range(24)] + [listener() for _ in range(3)],
        lambda: put_in_between(address) if store.kind == "mongodb" else None)
    assert set(answers) <= {200, 201, 412}, answers
    api = rest()
    for writer in writers:
        for title, least in [(one, 1) for one in writer.kept] + [(one, 0) for one in writer.unknown]:
            found = api.get("/posts?where=" + json.dumps({"title": title}))["_items"]
            assert least <= len(found) <= 1, title


# -- monolithic --------------------------------------------------------------------------------------

def user(number, headers, body):
    for count in itertools.count(number):
        post = f"/posts/p{count % 12 + 1}"
        yield get(post, Cookie=headers["Cookie"])
        for act in ("like", "hide", "unhide", "unlike"):
            yield "POST", f"{post}/{act}", headers, body
        yield get("/hidden", Cookie=headers["Cookie"])


def visitor(number):
    for count in itertools.count(number):
        yield get("/")
        yield get(f"/search_results/post?page={count % 3 + 1}")
        yield get(f"/posts/p{count % 60 + 1}")
        yield get(f"/images/p{count % 60 + 1}?w=60")
        yield get("/metrics")


def test_all_that_pages_do_at_once(run, tmp_path, address):
    site = run("monolithic", *arguments(load(address, make_posts()), LOOPS))
    users = [sign_up(site, f"user-{number}") for number in range(3)]
    answers = meet_until_the_end(site, [user(number, *users[number % 3]) for number in range(6)] +
                                 [visitor(7 * number) for number in range(4)])
    assert set(answers) == {200}, answers
