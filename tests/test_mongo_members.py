# SPDX-License-Identifier: MIT
"""A replica set of which not only the primary is read: who is asked for what, and who may be away."""
import pytest

import mongo
from conftest import eventually, is_busy
from eve import Api, settings_with, write_settings
from stores import server  # noqa: F401 (fixture)

try:
    from members import Members
except mongo.NoServer as missing:
    pytest.skip(f"no MongoDB server: {missing}", allow_module_level=True)


@pytest.fixture
def members(server):
    one = Members(server.port)
    yield one
    one.close()


@pytest.fixture
def rest(run, tmp_path, members):
    """rest("readPreference=secondary") starts a REST server on the two members."""
    def start(options, **changes):
        path = write_settings(tmp_path, settings_with(CHANGES_ENDPOINT="changes", **changes))
        address = mongo.with_database(members.uri(options), mongo.fresh_name())
        return Api(run("rest", f"--settings={path}", f"--store={address}"))

    return start


def names(commands):
    return {next(iter(command)) for command in commands}


def reads(commands, collection="posts"):
    return [command for command in commands
            if command.get("find", command.get("aggregate")) == collection]


def test_reads_outside_of_works_go_where_the_address_says(rest, members):
    api = rest("readPreference=secondary")
    post = api.post({"title": "a", "id": "1"})
    several = api.post([{"title": "b", "id": "2"}, {"title": "c", "id": "3"}])["_items"]
    assert api.get("/posts/" + post["_id"])["title"] == "a"
    assert api.get("/posts?sort=-title")["_meta"]["total"] == 3
    changed = api.ask("PATCH", "/posts/" + post["_id"], {"title": "z"}, post["_etag"])
    assert changed.status == 200 and api.get("/posts/" + post["_id"])["title"] == "z"
    assert api.ask("DELETE", "/posts/" + several[0]["_id"], etag=several[0]["_etag"]).status == 204
    api.fails(404, "GET", "/posts/" + several[0]["_id"])
    assert names(members.secondary.commands) <= {"find", "aggregate", "count", "getMore"}
    assert len(reads(members.secondary.commands)) >= 4
    assert {"insert", "update", "delete", "commitTransaction"} <= names(members.primary.commands)
    for command in members.primary.commands:
        assert command.get("$readPreference", {"mode": "primary"})["mode"] != "secondary"
    within = [command for command in members.primary.commands if "autocommit" in command]
    assert within and all("$readPreference" not in command for command in within)


def test_a_read_asks_for_all_that_is_known_to_be_committed(rest, members, server):
    api = rest("readPreference=secondary")
    with server.client() as asked:
        for number in range(3):
            post = api.post({"title": "a", "id": str(number)})
            before = asked.admin.command("ping")["operationTime"]
            api.ask("PATCH", "/posts/" + post["_id"], {"title": "b"}, post["_etag"])
            members.secondary.commands.clear()
            assert api.get("/posts/" + post["_id"])["title"] == "b"
            assert api.get("/posts")["_meta"]["total"] == number + 1
            asked_for = reads(members.secondary.commands)
            assert len(asked_for) >= 2
            for command in asked_for:
                assert command["readConcern"]["level"] == "majority"
                assert command["readConcern"]["afterClusterTime"] > before
                assert command["$clusterTime"]["clusterTime"] >= command["readConcern"]["afterClusterTime"]


def test_what_others_change_is_asked_for_once_it_was_told(rest, members, server):
    api = rest("readPreference=secondary")
    post = api.post({"title": "a", "id": "1"})
    cursor = api.get("/changes")["cursor"]
    with server.client() as other:
        [database] = {command["$db"] for command in members.primary.commands if "insert" in command
                      and command["insert"] == "posts"}
        other[database].posts.update_one({"id": "1"}, {"$set": {"title": "theirs"}})
        made = other.admin.command("ping")["operationTime"]
    told = api.ask("GET", "/changes?after=" + cursor, headers={"Prefer": "wait=10"}).json()
    assert [item["_id"] for item in told["_items"]] == [post["_id"]]
    members.secondary.commands.clear()
    assert api.get("/posts/" + post["_id"])["title"] == "theirs"
    [command] = reads(members.secondary.commands)
    assert command["readConcern"]["afterClusterTime"] >= made


def test_who_reads_elsewhere_is_answered_while_there_is_no_primary(rest, members):
    api = rest("readPreference=secondary")
    post = api.post({"title": "a", "id": "1"})
    members.leave(members.primary)
    for number in range(10):
        assert is_busy(api.ask("POST", "/posts", {"title": "b", "id": f"b{number}"}))
        assert api.get("/posts/" + post["_id"])["title"] == "a"
    members.come_back(members.primary)
    assert eventually(lambda: api.ask("POST", "/posts", {"title": "c", "id": "c"}).status == 201)


def test_who_reads_at_secondaries_alone_waits_for_one(rest, members):
    api = rest("readPreference=secondary")
    post = api.post({"title": "a", "id": "1"})
    members.leave(members.secondary)
    reply = eventually(lambda: (reply := api.ask("GET", "/posts/" + post["_id"])).status == 503 and reply)
    assert is_busy(reply)
    assert "is reached again" not in api.process.log_path.read_text()
    members.come_back(members.secondary)
    assert eventually(lambda: api.ask("GET", "/posts/" + post["_id"]).status == 200)


@pytest.mark.parametrize("options", ["", "readPreference=secondaryPreferred"])
def test_work_goes_on_when_another_is_elected(rest, members, options):
    api = rest(options)
    post = api.post({"title": "a", "id": "1"})
    cursor = api.get("/changes")["cursor"]
    members.leave(members.primary)
    assert api.ask("POST", "/posts", {"title": "b", "id": "2"}).status == 503
    members.elect(members.secondary)
    assert eventually(lambda: api.ask("POST", "/posts", {"title": "c", "id": "3"}).status == 201)
    changed = api.ask("PATCH", "/posts/" + post["_id"], {"title": "z"}, post["_etag"])
    assert changed.status == 200 and api.get("/posts/" + post["_id"])["title"] == "z"
    told = eventually(lambda: (reply := api.ask("GET", "/changes?after=" + cursor)).status == 200 and reply)
    assert [item["document"]["title"] for item in told.json()["_items"]] == ["c", "z"]
    members.come_back(members.secondary)
    assert eventually(lambda: api.ask("GET", "/posts/" + post["_id"]).status == 200)


@pytest.mark.parametrize("preference", ["secondaryPreferred", "nearest", "primaryPreferred"])
def test_who_prefers_others_takes_whoever_is_there(rest, members, preference):
    api = rest("readPreference=" + preference)
    post = api.post({"title": "a", "id": "1"})
    assert api.get("/posts/" + post["_id"])["title"] == "a"
    members.leave(members.secondary)
    assert eventually(lambda: api.ask("GET", "/posts/" + post["_id"]).status == 200)
    assert api.ask("POST", "/posts", {"title": "b", "id": "2"}).status == 201


@pytest.mark.parametrize("options, level, written", [
    ("", "majority", {"w": "majority", "j": True}),
    ("readConcernLevel=local&w=1", "local", {"w": 1}),
    ("readConcernLevel=local&w=1&readPreference=secondary", "local", {"w": 1}),
])
def test_concerns_are_those_of_the_address_else_the_safest(rest, members, options, level, written):
    api = rest(options)
    post = api.post({"title": "a", "id": "1"})
    api.post([{"title": "b", "id": "2"}, {"title": "c", "id": "3"}])
    for member in members.all:
        member.commands.clear()
    api.get("/posts/" + post["_id"])
    api.get('/posts?where={"title":"a"}')
    api.ask("PATCH", "/posts/" + post["_id"], {"title": "z"}, post["_etag"])
    api.post([{"title": "d", "id": "4"}, {"title": "e", "id": "5"}])
    commands = members.primary.commands + members.secondary.commands
    alone = [command for command in commands if "autocommit" not in command]
    seen = [command["readConcern"]["level"] for command in reads(alone)]
    assert len(seen) >= 3 and set(seen) == {level}
    changes = [command for command in alone if "update" in command or "insert" in command]
    changes += [command for command in commands if "commitTransaction" in command]
    assert len(changes) >= 2
    for command in changes:
        said = {name: value for name, value in command["writeConcern"].items() if name != "wtimeout"}
        assert said == written
