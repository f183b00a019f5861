# SPDX-License-Identifier: MIT
"""Requests over REST that mean harm: what is made to be slow, what asks for others' rows, what
stays and what vanishes. The server goes on answering and tells nothing it should not."""
import base64
import time

from conftest import eventually

# -- what is made to be slow -------------------------------------------------------------------


def test_versions_of_many_fields_are_compared_in_time(serve):
    """Each field of one looked for among all of the other took minutes, on the loop."""
    api = serve({"versioning": True, "allow_unknown": True})
    names = ["k%d" % number for number in range(50000)]
    post = api.post({"title": "a", **{name: 1 for name in names}})
    target = "/posts/" + post["_id"]
    changed = {"title": "b", **{name: 1 for name in reversed(names)}}
    assert api.ask("PUT", target, changed, post["_etag"]).status == 200
    items = api.get(target + "?version=diffs")["_items"]
    assert len(items) == 2 and len(items[0]) > len(names)
    assert {name for name in items[1] if name[0] != "_"} == {"title"}


# -- what is others' ---------------------------------------------------------------------------

OWNED = {"notes": {"auth_field": "owner", "versioning": True, "schema": {
             "t": {"type": "string"}, "key": {"type": "string", "unique": True}}},
         "refs": {"schema": {
             "note": {"type": "objectid", "data_relation": {"resource": "notes"}},
             "key": {"type": "string", "data_relation": {"resource": "notes", "field": "key"}},
             "notes": {"type": "list", "schema": {
                 "type": "objectid", "data_relation": {"resource": "notes"}}},
             "old": {"type": "dict", "schema": {
                         "_id": {"type": "objectid"}, "_version": {"type": "integer"}},
                     "data_relation": {"resource": "notes", "version": True}}}}}
OWNED["open"] = {**OWNED["refs"], "public_methods": ["POST"]}


def as_user(name):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:pw".encode()).decode()}


def test_references_do_not_tell_which_rows_others_have(serve):
    """Also where the resource that refers belongs to nobody."""
    api = serve(DOMAIN=OWNED, AUTH={"type": "basic", "users": {"ann": "pw", "bob": "pw"}})
    note = api.post({"t": "a", "key": "k"}, "/notes", headers=as_user("ann"))
    for body in ({"note": note["_id"]}, {"key": "k"}, {"notes": [note["_id"]]},
                 {"old": {"_id": note["_id"], "_version": 1}}):
        api.post(body, "/refs", headers=as_user("ann"))
        for target, headers in (("/refs", as_user("bob")), ("/open", {})):
            told = api.fails(422, "POST", target, body, headers=headers)
            assert "must exist" in str(told["_issues"])


def test_keys_of_pages_hold_no_hidden_values(serve):
    """What a page goes on behind is the value of the order's field, for everybody to read."""
    hidden = {"datasource": {"projection": {"title": 1}, "default_sort": [["author", 1]]},
              "keyset_pagination": True}
    api = serve(hidden)
    for number in range(3):
        api.post({"title": "a", "author": "SECRET%d" % number})
    page = api.get("/posts?max_results=1")
    assert page["_links"]["next"]["href"] == "posts?max_results=1&page=2"
    assert len(api.get("/posts?max_results=1&page=3")["_items"]) == 1
    key = api.get("/posts?max_results=1&sort=title")["_links"]["next"]["href"].split("after=")[1]
    api.fails(400, "GET", "/posts?max_results=1&after=" + key)


# -- what vanishes -----------------------------------------------------------------------------


def test_polls_do_not_hold_up_the_end(serve):
    api = serve(None, "--drain=60s", CHANGES_ENDPOINT="changes")
    api.post({"title": "a"})
    cursor = api.get("/changes")["cursor"]
    clients = [api.process.client() for _ in range(50)]
    for client in clients:
        client.send(f"GET /changes?after={cursor} HTTP/1.1\r\nHost: t\r\n"
                    "Prefer: wait=10\r\n\r\n".encode())
    eventually(lambda: api.process.metric("http_streams") == len(clients))
    began = time.monotonic()
    assert api.process.stop() == 0
    assert time.monotonic() - began < 8
    for client in clients:
        reply = client.reply()
        assert reply.status == 200 and reply.json()["cursor"] == cursor
        client.close()
