# SPDX-License-Identifier: MIT
"""Following changes: cursors, long polls and server-sent events."""
import json
import threading
import time

import pytest

from conftest import eventually
from eve import Api, settings_with, write_settings


@pytest.fixture
def api(run, tmp_path, address):
    settings = settings_with(CHANGES_ENDPOINT="changes")
    settings["DOMAIN"]["notes"] = {"schema": {"text": {"type": "string"}}}
    settings["DOMAIN"]["quiet"] = {"schema": {}, "changes": False}
    path = write_settings(tmp_path, settings)
    return Api(run("rest", f"--settings={path}", f"--store={address}"))


def now(api):
    return api.get("/changes")["cursor"]


def test_without_a_cursor_only_one_is_given(api):
    api.post({"title": "a"})
    reply = api.get("/changes")
    assert reply["_items"] == [] and reply["cursor"]
    assert reply["_links"]["next"]["href"] == "changes?after=" + reply["cursor"]


def test_changes_are_told_in_order_with_the_document_as_it_is(api):
    cursor = now(api)
    post = api.post({"title": "a"})
    note = api.post({"text": "n"}, "/notes")
    api.post({}, "/quiet")
    changed = api.ask("PATCH", "/posts/" + post["_id"], {"title": "b"}, post["_etag"]).json()
    assert api.ask("DELETE", "/notes/" + note["_id"], etag=note["_etag"]).status == 204
    reply = api.get("/changes?after=" + cursor)
    last = reply["_items"][-2:]
    assert [(item["resource"], item["op"]) for item in last] == [("posts", "put"), ("notes", "delete")]
    assert last[0]["document"]["title"] == "b" and last[0]["document"]["_etag"] == changed["_etag"]
    assert last[1]["document"] is None and last[1]["_id"] == note["_id"]
    assert all(item["resource"] != "quiet" for item in reply["_items"])
    assert api.get("/changes?after=" + reply["cursor"])["_items"] == []


def test_pages_go_on_where_they_ended(api):
    cursor = now(api)
    posts = [api.post({"title": str(i)})["_id"] for i in range(7)]
    seen = []
    while True:
        reply = api.get(f"/changes?max_results=3&after={cursor}")
        if not reply["_items"]:
            break
        seen += [item["_id"] for item in reply["_items"]]
        cursor = reply["cursor"]
    assert seen == posts


def test_one_resource_may_be_asked_for(api):
    cursor = now(api)
    api.post({"title": "a"})
    api.post({"text": "n"}, "/notes")
    reply = api.get(f"/changes?after={cursor}&resource=notes")
    assert [item["resource"] for item in reply["_items"]] == ["notes"]


@pytest.mark.parametrize("cursor", ["x", "1", "../..", "a" * 200, "%00"])
def test_what_is_no_cursor_is_refused(api, cursor):
    api.fails(400, "GET", "/changes?after=" + cursor)


def test_a_cursor_of_another_store_is_gone(api, run, tmp_path, store):
    (tmp_path / "other").mkdir()
    path = write_settings(tmp_path, settings_with(CHANGES_ENDPOINT="changes"), "other.json")
    other = Api(run("rest", f"--settings={path}", f"--store={store.fresh()}"))
    api.fails(410, "GET", "/changes?after=" + now(other))


def test_a_poll_waits_for_a_change(api):
    cursor = now(api)
    answers = []

    def poll():
        answers.append(api.ask("GET", "/changes?after=" + cursor, headers={"Prefer": "wait=10"}))

    thread = threading.Thread(target=poll)
    began = time.monotonic()
    thread.start()
    eventually(lambda: api.process.metric("http_streams") == 1)
    post = api.post({"title": "a"})
    thread.join(20)
    assert time.monotonic() - began < 8
    reply = answers[0]
    assert reply.status == 200 and reply.header("preference-applied") == "wait=10"
    assert [item["_id"] for item in reply.json()["_items"]] == [post["_id"]]


def test_a_poll_that_saw_nothing_ends_with_the_same_cursor(api):
    cursor = now(api)
    reply = api.ask("GET", "/changes?after=" + cursor, headers={"Prefer": "wait=1"})
    assert reply.status == 200 and reply.json()["_items"] == []
    assert reply.json()["cursor"] == cursor


class Events:
    """An open stream of server-sent events."""

    def __init__(self, api, headers=None):
        self.client = api.process.client()
        lines = ["GET /changes HTTP/1.1", "Host: x", "Accept: text/event-stream"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.client.send(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.head = self.client._until(b"\r\n\r\n").decode()
        self.text = ""

    def next(self):
        """The next event as a dict."""
        while True:
            while "\n\n" not in self.text:
                size = int(self.client._until(b"\r\n"), 16)
                self.text += self.client._exactly(size).decode()
                self.client._until(b"\r\n")
            block, self.text = self.text.split("\n\n", 1)
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line
                          and not line.startswith(":"))
            if fields:
                return fields


def test_events_tell_changes_as_they_happen_and_are_resumed(api):
    events = Events(api)
    assert "text/event-stream" in events.head
    first = events.next()
    assert first["event"] == "cursor"
    post = api.post({"title": "a"})
    change = events.next()
    assert change["event"] == "change" and json.loads(change["data"])["_id"] == post["_id"]
    events.client.close()
    other = api.post({"title": "b"})
    again = Events(api, {"Last-Event-ID": change["id"]})
    assert again.next()["event"] == "cursor"
    assert json.loads(again.next()["data"])["_id"] == other["_id"]
    again.client.close()


def test_a_bad_cursor_of_events_is_told_with_a_status(api):
    reply = api.ask("GET", "/changes", headers={"Accept": "text/event-stream", "Last-Event-ID": "x"})
    assert reply.status == 400
    assert api.ask("GET", "/posts").status == 200


def test_another_process_on_the_same_store_is_heard(api, run, tmp_path, address):
    cursor = now(api)
    path = tmp_path / "settings.json"
    other = Api(run("rest", f"--settings={path}", f"--store={address}"))
    post = other.post({"title": "there"})
    reply = api.ask("GET", "/changes?after=" + cursor, headers={"Prefer": "wait=10"})
    assert [item["_id"] for item in reply.json()["_items"]] == [post["_id"]]


def test_rows_that_belong_to_users_are_not_told(run, tmp_path, store):
    path = write_settings(tmp_path, settings_with(
        {"auth_field": "owner"}, CHANGES_ENDPOINT="changes",
        AUTH={"type": "basic", "users": {"*": "s"}}))
    api = Api(run("rest", f"--settings={path}", f"--store={store.fresh()}"))
    who = {"Authorization": "Basic dTpz"}
    cursor = api.ask("GET", "/changes", headers=who).json()["cursor"]
    assert api.ask("POST", "/posts", {"title": "mine"}, headers=who).status == 201
    reply = api.ask("GET", "/changes?after=" + cursor, headers=who).json()
    assert reply["_items"] == [] and reply["cursor"] != cursor
