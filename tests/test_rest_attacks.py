# SPDX-License-Identifier: MIT
"""Requests over REST that mean harm: what is made to be slow, what asks for others' rows, what
stays and what vanishes. The server goes on answering and tells nothing it should not."""
import base64

import pytest

from eve import Api, settings_with, write_settings


@pytest.fixture
def serve(run, tmp_path):
    """serve({…of posts}, …) starts a server over a store of its own."""
    def start(posts=None, *arguments, **changes):
        path = write_settings(tmp_path, settings_with(posts, **changes))
        return Api(run("rest", f"--settings={path}", f"--store=sqlite:{tmp_path}/rest.db",
                       "--log-level=warn", *arguments))

    return start


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
