# SPDX-License-Identifier: MIT
"""REST servers on a MongoDB server whose replies are cut short, missing or no replies at all, and on
documents that others have put there."""
import copy
import json

import pytest

import mongo
from conftest import eventually, is_busy
from eve import Api, settings_with, write_settings
from stores import server  # noqa: F401 (fixture)

try:
    from wire import Wire, bson, is_feed
except mongo.NoServer as missing:
    pytest.skip(f"no MongoDB server: {missing}", allow_module_level=True)

TEXT_IDS = {"schema": {"_id": {"type": "string"}, "title": {"type": "string"}}, "item_url": 'regex("[a-z]+")'}


@pytest.fixture
def wire(server):
    one = Wire(server.port)
    yield one
    one.close()


@pytest.fixture
def rest(run, wire, tmp_path):
    """rest(posts) starts a REST server behind the wire, on a database that is rest.posts' own."""
    name = mongo.fresh_name()

    def start(posts=None, **changes):
        path = write_settings(tmp_path, settings_with(posts, CHANGES_ENDPOINT="changes", **changes))
        store = f"mongodb://127.0.0.1:{wire.port}/{name}?directConnection=true"
        return Api(run("rest", f"--settings={path}", f"--store={store}"))

    start.name = name
    return start


@pytest.fixture
def posts(server, rest):
    """What others see of the posts."""
    with server.client() as client:
        yield client[rest.name].posts


# -- replies that do not come ------------------------------------------------------------------------

@pytest.mark.parametrize("octets", [None, 15, 21, 60])
def test_what_one_broken_connection_took_along_is_sent_again(rest, wire, posts, octets):
    api = rest()
    post = api.post({"title": "a"})
    target = "/posts/" + post["_id"]

    def broken(act, *kinds):
        """act() where the first reply to such a command breaks off."""
        left = [1]

        def spoil(name, command, reply):
            if name in kinds and not is_feed(command) and left and left.pop():
                return octets
            return reply

        wire.spoil = spoil
        reply = act()
        assert not left
        wire.honest()
        return reply

    made = broken(lambda: api.ask("POST", "/posts", {"title": "b"}), "insert")
    assert made.status == 201 and posts.count_documents({"title": "b"}) == 1
    assert broken(lambda: api.ask("GET", target), "find").status == 200
    changed = broken(lambda: api.ask("PATCH", target, {"title": "c"}, post["_etag"]), "update")
    assert changed.status == 200 and posts.count_documents({"title": "c"}) == 1
    several = broken(lambda: api.ask("POST", "/posts", [{"title": "d"}, {"title": "d"}]), "commitTransaction")
    assert several.status == 201 and posts.count_documents({"title": "d"}) == 2
    etag = changed.json()["_etag"]
    assert broken(lambda: api.ask("DELETE", target, None, etag), "delete").status == 204
    assert posts.count_documents({"title": "c"}) == 0


def test_a_member_that_starts_is_waited_for(rest, wire):
    api = rest()

    def starting(name, command, reply):
        if name.lower() in ("hello", "ismaster"):
            return {**reply, "ismaster": False, "isWritablePrimary": False, "secondary": False}
        return reply

    wire.spoil = starting
    wire.drop()
    eventually(lambda: is_busy(api.ask("POST", "/posts", [{"title": "a"}, {"title": "b"}])))
    eventually(lambda: is_busy(api.ask("GET", "/changes")))
    wire.honest()
    wire.drop()
    assert eventually(lambda: api.ask("POST", "/posts", [{"title": "a"}, {"title": "b"}]).status == 201)


# -- the feed ----------------------------------------------------------------------------------------

def test_a_document_that_cannot_be_read_now_is_not_told_as_deleted(rest, wire):
    api = rest()
    cursor = api.get("/changes")["cursor"]
    post = api.post({"title": "a"})
    wire.spoil = lambda name, command, reply: None if name == "find" else reply
    for _ in range(3):
        assert is_busy(api.ask("GET", "/changes?after=" + cursor))
    events = {"Accept": "text/event-stream", "Last-Event-ID": cursor}
    with api.process.client() as client:
        client.send(("GET /changes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                     + "".join("%s: %s\r\n" % pair for pair in events.items()) + "\r\n").encode())
        while client._more():
            pass
        assert b'"op"' not in client.buffer
    wire.honest()
    told = eventually(lambda: api.ask("GET", "/changes?after=" + cursor).json().get("_items"))
    assert [(item["_id"], item["op"]) for item in told] == [(post["_id"], "put")]


def each_event(change):
    """A reply with its events changed."""
    def spoil(reply):
        spoilt = copy.deepcopy(reply)
        for batch in ("firstBatch", "nextBatch"):
            if batch in reply.get("cursor", {}):
                spoilt["cursor"][batch] = [change(event) for event in reply["cursor"][batch]]
        return spoilt
    return spoil


def without_batch(reply):
    spoilt = copy.deepcopy(reply)
    spoilt.get("cursor", {}).pop("nextBatch", None)
    return spoilt


SPOILT = {
    "no batch": without_batch,
    "no cursor": lambda reply: {**reply, "cursor": 1},
    "no events": each_event(lambda event: 1),
    "no tokens": each_event(lambda event: {**event, "_id": 1}),
    "empty tokens": each_event(lambda event: {**event, "_id": {}}),
    "tokens that are lists": each_event(lambda event: {**event, "_id": []}),
    "no keys": each_event(lambda event: {**event, "documentKey": {}}),
    "keys that are lists": each_event(lambda event: {**event, "documentKey": []}),
    "keys without an _id": each_event(lambda event: {**event, "documentKey": {"shard": 1}}),
    "another kind": each_event(lambda event: {**event, "operationType": "modify"}),
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_is_no_batch_of_changes_loses_none(rest, wire, how):
    api = rest()
    cursor = api.get("/changes")["cursor"]
    made, told = [], []

    def follow():
        """Whether the cursor leads on."""
        nonlocal cursor
        reply = api.ask("GET", "/changes?after=" + cursor)
        if reply.status == 200:
            told.extend(item["_id"] for item in reply.json()["_items"])
            cursor = reply.json()["cursor"]
        return reply.status != 410

    wire.spoil = lambda name, command, reply: SPOILT[how](reply) if is_feed(command) else reply
    for _ in range(3):
        made.append(api.post({"title": "a"})["_id"])
        leads = follow()
        if not leads:
            break
    wire.honest()
    made.append(api.post({"title": "b"})["_id"])
    assert eventually(lambda: not leads or not follow() or set(made) <= set(told))
    cursor = api.get("/changes")["cursor"]
    made = [api.post({"title": "c"})["_id"]]
    assert eventually(lambda: follow() and made[0] in told)


def test_who_comes_to_a_change_that_has_no_place_is_told_to_begin_anew(rest):
    api = rest(TEXT_IDS)
    cursor = api.get("/changes")["cursor"]
    api.post({"_id": "before", "title": "a"})
    api.post({"_id": "x" * 3000, "title": "b"})  # its place would be longer than a cursor
    reply = api.get("/changes?after=" + cursor)
    assert [item["_id"] for item in reply["_items"]] == ["before"]
    assert "too long" in api.fails(410, "GET", "/changes?after=" + reply["cursor"])["_error"]["message"]
    cursor = api.get("/changes")["cursor"]
    api.post({"_id": "behind", "title": "c"})
    assert [item["_id"] for item in api.get("/changes?after=" + cursor)["_items"]] == ["behind"]


# -- documents of others -----------------------------------------------------------------------------

def nested(depth):
    document = b"\x05\0\0\0\0"
    for _ in range(depth):
        body = b"\x03a\0" + document
        document = (len(body) + 5).to_bytes(4, "little") + body + b"\0"
    return document


def answering(*members):
    """Each find gets one document with these members, octets of BSON."""
    body = b"\x07_id\0" + b"1" * 12 + b"".join(members)
    document = (len(body) + 5).to_bytes(4, "little") + body + b"\0"

    def spoil(name, command, reply):
        if name != "find":
            return reply
        batch = bson.encode({**reply, "cursor": {**reply["cursor"], "firstBatch": ["?"]}})
        place = b"\x020\0\x02\0\0\0?\0"
        grown = 3 + len(document) - len(place)
        at = batch.index(place)
        spoilt = bytearray(batch[:at] + b"\x030\0" + document + batch[at + len(place):])
        for start in (0, batch.index(b"\x03cursor\0") + 8, batch.index(b"\x04firstBatch\0") + 12):
            size = int.from_bytes(batch[start:start + 4], "little") + grown
            spoilt[start:start + 4] = size.to_bytes(4, "little")
        return bytes(spoilt)
    return spoil


def test_names_and_texts_that_are_not_utf_8_are_shown_as_far_as_they_are(rest, wire):
    api = rest({"allow_unknown": True})
    wire.spoil = answering(b"\x10\xff\xfe\0\1\0\0\0", b"\x02title\0\x03\0\0\0\xff\xfe\0")
    item = api.get("/posts")["_items"][0]
    assert item["\ufffd\ufffd"] == 1 and item["title"] == "\ufffd\ufffd"


def test_nesting_without_an_end_is_an_error_and_no_more(rest, wire):
    api = rest()
    wire.spoil = answering(b"\x03a\0" + nested(100_000))
    api.fails(500, "GET", "/posts")
    wire.spoil = answering(b"\x03a\0" + nested(180))
    assert api.get("/posts")["_items"]
    wire.honest()
    assert api.post({"title": "a"})


def test_a_version_that_none_can_follow_is_begun_anew(rest, posts):
    api = rest({"versioning": True})
    own = bson.ObjectId()
    posts.insert_one({"_id": own, "title": "a", "_version": 2**63 - 1})
    post = api.get(f"/posts/{own}")
    reply = api.ask("PATCH", f"/posts/{own}", {"title": "b"}, post["_etag"])
    assert reply.status == 200 and reply.json()["_version"] == 2, reply.text


def test_members_of_the_same_name_do_not_keep_a_document_from_being_changed(rest, posts):
    from bson.raw_bson import RawBSONDocument
    api = rest()
    own = bson.ObjectId()
    once = bson.encode({"_id": own, "title": "a", **{f"m{number}": number for number in range(200)}})
    twice = once[4:-1] + b"\x10m7\0\x01\0\0\0" + b"\x02title\0\x02\0\0\0b\0"
    posts.insert_one(RawBSONDocument((len(twice) + 5).to_bytes(4, "little") + twice + b"\0"))
    post = json.loads(api.ask("GET", f"/posts/{own}").text)
    assert api.ask("PATCH", f"/posts/{own}", {"score": 1}, post["_etag"]).status == 200
    assert posts.find_one({"_id": own})["score"] == 1
