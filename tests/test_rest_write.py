# SPDX-License-Identifier: MIT
"""Writing over REST: what POST, PATCH, PUT and DELETE store, answer and refuse."""
import re

import pytest

from eve import Api, settings_with, write_settings

NOBODY = "000000000000000000000000"
SAVED = ["_created", "_etag", "_id", "_links", "_status", "_updated"]


@pytest.fixture(scope="module")
def plain(run_module, tmp_path_factory, store):
    folder = tmp_path_factory.mktemp("plain")
    path = write_settings(folder, settings_with())
    return Api(run_module("rest", f"--settings={path}", f"--store={store.at(folder / 'rest.db')}"))


@pytest.fixture
def api(plain):
    assert plain.ask("DELETE", "/posts").status == 204
    return plain


# -- POST ------------------------------------------------------------------------------------------


def test_post_answers_what_the_server_gave(api):
    reply = api.ask("POST", "/posts", {"title": "a", "score": 1})
    made = reply.json()
    assert reply.status == 201 and sorted(made) == SAVED
    assert re.fullmatch("[0-9a-f]{24}", made["_id"])
    assert re.fullmatch("[0-9a-f]{40}", made["_etag"])
    assert made["_status"] == "OK" and made["_created"] == made["_updated"]
    assert made["_links"]["self"]["href"] == "posts/" + made["_id"]
    assert reply.header("location") == "/posts/" + made["_id"]
    assert reply.header("etag") is None and reply.header("last-modified") is None
    stored = api.get("/posts/" + made["_id"])
    assert stored["title"] == "a" and stored["score"] == 1 and stored["_etag"] == made["_etag"]


def test_the_location_is_never_doubled(api):
    reply = api.ask("POST", "/posts/", {"title": "a"})
    assert reply.header("location") == "/posts/" + reply.json()["_id"]
    reply = api.ask("PUT", "/posts/" + "a" * 24, {"title": "a"})
    assert reply.header("location") == "/posts/" + "a" * 24


def test_the_prefix_is_in_the_location_and_in_no_link(serve):
    api = serve(URL_PREFIX="api", API_VERSION="v1")
    reply = api.ask("POST", "/api/v1/posts", {"title": "a"})
    assert reply.header("location") == "/api/v1/posts/" + reply.json()["_id"]
    assert reply.json()["_links"]["self"]["href"] == "posts/" + reply.json()["_id"]


def test_a_refused_post_says_why(api):
    reply = api.ask("POST", "/posts", {"bogus": 1})
    assert reply.status == 422 and reply.header("location") is None
    assert reply.json() == {
        "_status": "ERR", "_issues": {"title": "required field", "bogus": "unknown field"},
        "_error": {"code": 422, "message": "Insertion failure: 1 document(s) contain(s) error(s)"}}


def test_issues_are_lists_where_so_set(serve):
    api = serve(VALIDATION_ERROR_AS_LIST=True, VALIDATION_ERROR_STATUS=400)
    said = api.fails(400, "POST", "/posts", {})
    assert said["_issues"] == {"title": ["required field"]} and said["_error"]["code"] == 400


def test_an_id_may_be_sent_once(api):
    api.post({"_id": "b" * 24, "title": "a"})
    said = api.fails(409, "POST", "/posts", {"_id": "b" * 24, "title": "b"})
    assert said["_error"]["code"] == 409 and "_issues" not in said
    assert "_id" in api.fails(422, "POST", "/posts", {"_id": "zz", "title": "b"})["_issues"]
    assert api.get("/posts/" + "b" * 24)["title"] == "a"


@pytest.mark.parametrize("body", [b"{bad", b"", b"[]", b"null", b"5", b'"x"', b"[1]", b"[[]]",
                                  b'{"title":"a","title":"b"}'])
def test_what_is_no_document_is_400(api, body):
    api.fails(400, "POST", "/posts", body)
    assert api.get("/posts")["_items"] == []


def test_meta_fields_cannot_be_sent(api):
    sent = {"title": "a", "_etag": "x", "_created": "x", "_updated": "x", "_links": {}}
    issues = api.fails(422, "POST", "/posts", sent)["_issues"]
    assert sorted(issues) == ["_created", "_etag", "_links", "_updated"]


def test_the_whole_document_comes_without_a_bandwidth_saver(serve):
    api = serve(BANDWIDTH_SAVER=False)
    made = api.post({"title": "a", "score": 1})
    assert made["title"] == "a" and made["score"] == 1 and made["_status"] == "OK"
    reply = api.ask("PATCH", "/posts/" + made["_id"], {"score": 2}, made["_etag"])
    assert reply.json()["title"] == "a" and reply.json()["score"] == 2


def test_extra_fields_are_in_the_reply(serve):
    made = serve({"extra_response_fields": ["score"]}).post({"title": "a", "score": 7})
    assert sorted(made) == sorted(SAVED + ["score"]) and made["score"] == 7


def test_replies_come_in_the_form_wanted(api):
    wanted = {"Accept": "application/xml"}
    reply = api.ask("POST", "/posts", {"title": "a"}, headers=wanted)
    assert reply.status == 201 and reply.header("content-type").startswith("application/xml")
    assert "<_status>OK</_status>" in reply.text
    reply = api.ask("POST", "/posts", {}, headers=wanted)
    assert reply.status == 422 and "<title>required field</title>" in reply.text


# -- several at once -------------------------------------------------------------------------------


def test_several_documents_are_wrapped_and_one_is_not(api):
    reply = api.ask("POST", "/posts", [{"title": "a"}, {"title": "b"}])
    said = reply.json()
    assert reply.status == 201 and sorted(said) == ["_items", "_status"] and said["_status"] == "OK"
    assert [item["_status"] for item in said["_items"]] == ["OK", "OK"]
    assert reply.header("location") == "/posts/" + said["_items"][0]["_id"]
    assert [item["title"] for item in api.get("/posts")["_items"]] == ["a", "b"]
    assert sorted(api.post([{"title": "c"}])) == SAVED


def test_one_bad_document_keeps_all_out(api):
    said = api.fails(422, "POST", "/posts", [{"title": "a"}, {}, {"title": "c", "score": "x"}])
    assert said["_items"][0] == {"_status": "OK"}
    assert said["_items"][1] == {"_status": "ERR", "_issues": {"title": "required field"}}
    assert said["_items"][2]["_issues"] == {"score": "must be of integer type"}
    assert said["_error"]["message"] == "Insertion failure: 2 document(s) contain(s) error(s)"
    assert api.get("/posts")["_items"] == []


def test_a_value_is_unique_within_a_batch(api):
    said = api.fails(422, "POST", "/posts",
                     [{"title": "a", "id": "x"}, {"title": "b"}, {"title": "c", "id": "x"}])
    assert [item["_status"] for item in said["_items"]] == ["OK", "OK", "ERR"]
    assert said["_items"][2]["_issues"] == {"id": "value 'x' is not unique"}
    assert api.get("/posts")["_items"] == []


def test_a_taken_id_keeps_a_batch_out(api):
    api.post({"_id": "b" * 24, "title": "a"})
    api.fails(409, "POST", "/posts", [{"title": "new"}, {"_id": "b" * 24, "title": "b"}])
    said = api.fails(422, "POST", "/posts", [{"_id": "c" * 24, "title": "c"}] * 2)
    assert "_id" in said["_items"][1]["_issues"]
    assert [item["title"] for item in api.get("/posts")["_items"]] == ["a"]


def test_a_batch_has_an_end(api):
    api.fails(413, "POST", "/posts", [{"title": "a"}] * 10001)


def test_batches_may_be_switched_off(serve):
    api = serve(BULK_ENABLED=False)
    api.fails(400, "POST", "/posts", [{"title": "a"}, {"title": "b"}])
    assert sorted(api.post([{"title": "a"}])) == SAVED


# -- PATCH -----------------------------------------------------------------------------------------


def test_a_patch_needs_the_right_etag(api):
    post = api.post({"title": "a"})
    target = "/posts/" + post["_id"]
    assert api.fails(428, "PATCH", target, {"score": 1})["_error"]["code"] == 428
    for wrong in ("bad", "*", '"' + "0" * 40 + '"'):
        api.fails(412, "PATCH", target, {"score": 1}, wrong)
    api.fails(404, "PATCH", "/posts/" + NOBODY, {"score": 1})
    api.fails(400, "PATCH", target, b"{bad", post["_etag"])
    api.fails(428, "PATCH", target, {"bogus": 1})
    reply = api.ask("PATCH", target, {"score": 1}, 'W/"%s"' % post["_etag"])
    assert reply.status == 200 and sorted(reply.json()) == SAVED
    assert reply.header("etag") == '"%s"' % reply.json()["_etag"]
    assert reply.header("last-modified") is None and reply.header("location") is None
    api.fails(412, "PATCH", target, {"score": 2}, post["_etag"])
    assert api.get(target)["score"] == 1


def test_a_patch_merges(api):
    post = api.post({"title": "a", "tags": ["x", "y"], "meta": {"src": "s", "lang": "en"}})
    target = "/posts/" + post["_id"]
    reply = api.ask("PATCH", target, {"tags": ["z"], "meta": {"lang": "de", "n": 1}}, post["_etag"])
    assert reply.status == 200, reply.text
    stored = api.get(target)
    assert stored["tags"] == ["z"] and stored["meta"] == {"src": "s", "lang": "de", "n": 1}
    assert stored["title"] == "a" and stored["_created"] == post["_created"]
    reply = api.ask("PATCH", target, {"meta.src": "dotted"}, reply.json()["_etag"])
    assert api.get(target)["meta"] == {"src": "dotted", "lang": "de", "n": 1}


def test_objects_are_replaced_where_merging_is_off(serve):
    api = serve({"merge_nested_documents": False})
    post = api.post({"title": "a", "meta": {"src": "s", "lang": "en"}})
    api.ask("PATCH", "/posts/" + post["_id"], {"meta": {"lang": "de"}}, post["_etag"])
    assert api.get("/posts/" + post["_id"])["meta"] == {"lang": "de"}


def test_an_empty_patch_changes_the_etag(api):
    post = api.post({"title": "a"})
    reply = api.ask("PATCH", "/posts/" + post["_id"], {}, post["_etag"])
    assert reply.status == 200 and reply.json()["_etag"] != post["_etag"]


def test_a_refused_patch_has_no_error_and_changes_nothing(api):
    post = api.post({"title": "a", "id": "one"})
    api.post({"title": "b", "id": "two"})
    target = "/posts/" + post["_id"]
    assert api.fails(422, "PATCH", target, {"title": ""}, post["_etag"]) == {
        "_status": "ERR", "_issues": {"title": "min length is 1"}}
    said = api.fails(422, "PATCH", target, {"id": "two"}, post["_etag"])
    assert said["_issues"] == {"id": "value 'two' is not unique"}
    assert api.ask("PATCH", target, {"id": "one"}, post["_etag"]).status == 200


def test_an_id_is_immutable(api):
    post = api.post({"title": "a"})
    target = "/posts/" + post["_id"]
    for method, body in (("PATCH", {"_id": "5" * 24}), ("PUT", {"_id": "5" * 24, "title": "b"}),
                         ("PATCH", {"_id": "zz"}), ("PATCH", {"_id": None})):
        said = api.fails(400, method, target, body, post["_etag"])
        assert "immutable" in said["_error"]["message"]
    reply = api.ask("PATCH", target, {"_id": post["_id"], "score": 1}, post["_etag"])
    assert reply.status == 200, reply.text


def test_one_document_is_expected_for_one(api):
    post = api.post({"title": "a"})
    for method in ("PATCH", "PUT"):
        api.fails(400, method, "/posts/" + post["_id"], [{"title": "b"}], post["_etag"])


def test_a_condition_may_be_optional(serve):
    api = serve(ENFORCE_IF_MATCH=False)
    post = api.post({"title": "a"})
    assert api.ask("PATCH", "/posts/" + post["_id"], {"score": 1}).status == 200
    api.fails(412, "PATCH", "/posts/" + post["_id"], {"score": 1}, "bad")


def test_etags_may_be_off(serve):
    api = serve(IF_MATCH=False)
    post = api.post({"title": "a"})
    assert "_etag" not in post
    reply = api.ask("PATCH", "/posts/" + post["_id"], {"score": 1})
    assert reply.status == 200 and "_etag" not in reply.json() and reply.header("etag") is None
    assert api.ask("DELETE", "/posts/" + post["_id"]).status == 204


def test_operators_change_what_is_there(serve):
    api = serve({"update_operators": True})
    post = api.post({"title": "a", "score": 1, "tags": ["x"], "author": "anna"})
    target = "/posts/" + post["_id"]
    reply = api.ask("PATCH", target, {"title": "b", "$inc": {"score": 2, "meta.n": 5},
                                      "$push": {"tags": "x"}, "$unset": {"author": 1}},
                    post["_etag"])
    assert reply.status == 200, reply.text
    stored = api.get(target)
    assert (stored["title"], stored["score"], stored["tags"]) == ("b", 3, ["x", "x"])
    assert stored["meta"] == {"n": 5} and "author" not in stored
    etag = reply.json()["_etag"]
    reply = api.ask("PATCH", target, {"$addToSet": {"tags": "x"}}, etag)
    assert api.get(target)["tags"] == ["x", "x"]
    etag = reply.json()["_etag"]
    assert api.fails(422, "PATCH", target, {"$push": {"tags": 5}}, etag)["_issues"]["tags"]
    assert api.fails(422, "PATCH", target, {"$unset": {"title": 1}}, etag)["_issues"] == {
        "title": "required field"}
    api.fails(422, "PATCH", target, {"$inc": {"title": 1}}, etag)
    api.fails(422, "PATCH", target, {"$inc": {"_version": 1}}, etag)
    api.fails(400, "PATCH", target, {"$set": {"title": "x"}}, etag)
    assert api.get(target)["_etag"] == etag


def test_operators_are_unknown_unless_switched_on(api):
    post = api.post({"title": "a"})
    api.fails(422, "PATCH", "/posts/" + post["_id"], {"$inc": {"score": 1}}, post["_etag"])


# -- PUT -------------------------------------------------------------------------------------------


def test_a_put_replaces(api):
    post = api.post({"title": "a", "score": 1, "tags": ["x"]})
    target = "/posts/" + post["_id"]
    api.fails(428, "PUT", target, {"title": "b"})
    api.fails(412, "PUT", target, {"title": "b"}, "bad")
    assert api.fails(422, "PUT", target, {"score": 1}, post["_etag"]) == {
        "_status": "ERR", "_issues": {"title": "required field"}}
    reply = api.ask("PUT", target, {"title": "b", "_id": post["_id"]}, post["_etag"])
    assert reply.status == 200 and sorted(reply.json()) == SAVED, reply.text
    assert reply.header("etag") == '"%s"' % reply.json()["_etag"]
    assert reply.header("last-modified") and reply.header("location") is None
    stored = api.get(target)
    assert stored["title"] == "b" and "score" not in stored and "tags" not in stored
    assert stored["_created"] == post["_created"]


def test_the_same_put_twice_is_well(api):
    post = api.post({"title": "a"})
    target = "/posts/" + post["_id"]
    first = api.ask("PUT", target, {"title": "a"}, post["_etag"])
    second = api.ask("PUT", target, {"title": "a"}, first.json()["_etag"])
    assert first.status == second.status == 200


def test_a_put_makes_what_is_missing(api):
    reply = api.ask("PUT", "/posts/" + "a" * 24, {"_id": "b" * 24, "title": "up"}, "anything")
    assert reply.status == 201 and reply.json()["_id"] == "a" * 24
    assert reply.header("location") == "/posts/" + "a" * 24 and reply.header("etag") is None
    said = api.fails(422, "PUT", "/posts/" + "c" * 24, {})
    assert said["_error"]["message"].startswith("Insertion failure: 1 ")


def test_a_put_makes_nothing_where_that_is_off(serve):
    api = serve(UPSERT_ON_PUT=False)
    api.fails(404, "PUT", "/posts/" + "a" * 24, {"title": "up"})


# -- DELETE ----------------------------------------------------------------------------------------


def test_a_delete_needs_the_etag_of_what_is_there(api):
    post = api.post({"title": "a"})
    target = "/posts/" + post["_id"]
    api.fails(428, "DELETE", target)
    api.fails(412, "DELETE", target, None, "bad")
    reply = api.ask("DELETE", target, None, post["_etag"])
    assert reply.status == 204 and reply.body == b""
    api.get(target, 404)
    assert api.ask("DELETE", target).status == 204
    assert api.ask("DELETE", "/posts/" + NOBODY, None, "bad").status == 204


def test_a_collection_is_emptied_whole_and_never_by_a_filter(api):
    api.post([{"title": str(i)} for i in range(1200)])
    api.fails(400, "DELETE", '/posts?where={"title":"1"}')
    api.fails(400, "DELETE", "/posts?where=")
    assert api.get("/posts")["_meta"]["total"] == 1200
    assert api.ask("DELETE", "/posts").status == 204
    assert api.get("/posts")["_meta"]["total"] == 0
    assert api.ask("DELETE", "/posts").status == 204


def test_filters_say_what_is_deleted_where_that_is_on(serve):
    api = serve({"bulk_by_filter": True})
    api.post([{"title": str(i), "score": i % 2} for i in range(1100)])
    api.fails(400, "DELETE", "/posts")
    api.fails(400, "DELETE", "/posts?where={}")
    api.fails(400, "DELETE", '/posts?where={"score":{"$regex":"1"}}')
    assert api.ask("DELETE", '/posts?where={"score":1}').status == 204
    assert api.get("/posts")["_meta"]["total"] == 550
    assert api.ask("DELETE", "/posts?all").status == 204
    assert api.get("/posts")["_meta"]["total"] == 0


def test_filters_say_what_is_patched_where_that_is_on(serve):
    api = serve({"bulk_by_filter": True, "update_operators": True})
    api.post([{"title": str(i), "score": i} for i in range(1100)])
    api.fails(400, "PATCH", "/posts", {"author": "x"})
    reply = api.ask("PATCH", '/posts?where={"score":{"$gte":100}}', {"author": "x"})
    assert reply.status == 200
    assert reply.json() == {"_status": "OK", "_meta": {"matched": 1000, "modified": 1000}}
    assert api.get('/posts?where={"author":"x"}')["_meta"]["total"] == 1000
    reply = api.ask("PATCH", "/posts?all", {"$inc": {"score": 1}})
    assert reply.json()["_meta"] == {"matched": 1100, "modified": 1100}
    assert api.get('/posts?where={"score":1}')["_items"][0]["title"] == "0"
    assert api.fails(422, "PATCH", "/posts?all", {"title": ""})["_issues"] == {
        "title": "min length is 1"}
    said = api.fails(422, "PATCH", "/posts?all", {"id": "same"})
    assert said["_issues"] == {"id": "value 'same' is not unique"}
    assert api.get('/posts?where={"id":"same"}')["_meta"]["total"] == 0


def test_a_collection_is_not_patched_otherwise(api):
    api.fails(405, "PATCH", "/posts?all", {"author": "x"})


# -- soft delete -----------------------------------------------------------------------------------


def test_a_soft_delete_marks_and_can_be_taken_back(serve):
    api = serve({"soft_delete": True})
    post = api.post({"title": "a", "id": "one"})
    target = "/posts/" + post["_id"]
    assert post["_deleted"] is False
    reply = api.ask("DELETE", target, None, post["_etag"])
    assert reply.status == 204
    etag = reply.header("etag").strip('"')
    gone = api.get(target, 404)
    assert gone["_deleted"] is True and gone["_etag"] == etag != post["_etag"]
    api.fails(428, "DELETE", target)
    api.fails(412, "DELETE", target, None, post["_etag"])
    assert api.ask("DELETE", target, None, etag).status == 204
    api.fails(412, "PATCH", target, {"score": 1}, post["_etag"])
    reply = api.ask("PATCH", target, {"score": 1}, etag)
    assert reply.status == 200 and reply.json()["_deleted"] is False
    assert api.get(target)["score"] == 1
    api.ask("DELETE", target, None, reply.json()["_etag"])
    again = api.post({"title": "b", "id": "one"})
    etag = api.get(target, 404)["_etag"]
    assert api.fails(422, "PUT", target, {"title": "c", "id": "one"}, etag)["_issues"]["id"]
    reply = api.ask("PUT", target, {"title": "c"}, etag)
    assert reply.status == 200 and api.get(target)["title"] == "c"
    assert api.fails(422, "PATCH", "/posts/" + again["_id"], {"_deleted": True}, again["_etag"])
    assert api.ask("DELETE", "/posts").status == 204
    assert api.get("/posts")["_meta"]["total"] == 0
    assert api.get("/posts?show_deleted")["_meta"]["total"] == 2


# -- versions --------------------------------------------------------------------------------------


def test_each_write_is_a_version(serve):
    api = serve({"versioning": True})
    post = api.post({"title": "one"})
    target = "/posts/" + post["_id"]
    assert post["_version"] == 1 and post["_latest_version"] == 1
    reply = api.ask("PATCH", target, {"title": "two"}, post["_etag"])
    second = reply.json()
    assert second["_version"] == 2 and reply.header("etag") == '"%s"' % second["_etag"]
    third = api.ask("PUT", target, {"title": "three"}, second["_etag"]).json()
    assert third["_version"] == 3 and third["_latest_version"] == 3
    first = api.get(target + "?version=1")
    assert first["title"] == "one" and first["_etag"] == post["_etag"]
    assert first["_id"] == post["_id"] and first["_created"] == post["_created"]
    assert [item["title"] for item in api.get(target + "?version=all")["_items"]] == [
        "one", "two", "three"]
    assert api.ask("DELETE", target, None, third["_etag"]).status == 204
    api.get(target + "?version=1", 404)
    api.ask("PUT", target, {"title": "anew"})
    assert len(api.get(target + "?version=all")["_items"]) == 1


def test_what_was_there_before_versions_becomes_the_first(run, tmp_path, address):
    path = write_settings(tmp_path, settings_with())
    process = run("rest", f"--settings={path}", f"--store={address}")
    post = Api(process).post({"title": "one"})
    process.stop()
    path = write_settings(tmp_path, settings_with({"versioning": True}))
    api = Api(run("rest", f"--settings={path}", f"--store={address}"))
    target = "/posts/" + post["_id"]
    reply = api.ask("PATCH", target, {"title": "two"}, post["_etag"])
    assert reply.json()["_version"] == 2
    assert api.get(target + "?version=1")["title"] == "one"


def test_soft_deletes_are_versions_too(serve):
    api = serve({"versioning": True, "soft_delete": True})
    post = api.post({"title": "one"})
    target = "/posts/" + post["_id"]
    api.ask("DELETE", target, None, post["_etag"])
    gone = api.get(target, 404)
    assert gone["_version"] == 2
    reply = api.ask("PATCH", target, {"title": "back"}, gone["_etag"])
    assert reply.json()["_version"] == 3


# -- the log of operations -------------------------------------------------------------------------


def test_operations_are_logged(serve):
    api = serve(OPLOG=True, OPLOG_ENDPOINT="oplog", OPLOG_CHANGE_METHODS=["PATCH", "PUT"])
    post = api.post({"title": "a"})
    target = "/posts/" + post["_id"]
    etag = api.ask("PATCH", target, {"score": 5}, post["_etag"]).json()["_etag"]
    etag = api.ask("PUT", target, {"title": "b"}, etag).json()["_etag"]
    api.fails(412, "PATCH", target, {"score": 5}, "bad")
    api.ask("DELETE", target, None, etag)
    log = api.get("/oplog")["_items"]
    assert [entry["o"] for entry in log] == ["POST", "PATCH", "PUT", "DELETE"]
    assert all(entry["r"] == "posts" and entry["i"] == post["_id"] for entry in log)
    assert all(entry["ip"] == "127.0.0.1" and entry["u"] == "n/a" for entry in log)
    assert "c" not in log[0] and log[1]["c"] == {"score": 5} and log[2]["c"]["title"] == "b"


def test_only_what_is_asked_for_is_logged(serve):
    api = serve(OPLOG=True, OPLOG_ENDPOINT="oplog", OPLOG_METHODS=["DELETE"], OPLOG_AUDIT=False)
    post = api.post({"title": "a"})
    api.ask("DELETE", "/posts/" + post["_id"], None, post["_etag"])
    (entry,) = api.get("/oplog")["_items"]
    assert entry["o"] == "DELETE" and "ip" not in entry and "u" not in entry and "c" not in entry


# -- rows of somebody's ----------------------------------------------------------------------------

ANNA = {"Authorization": "Basic YW5uYTpz"}
BERT = {"Authorization": "Basic YmVydDpz"}


def test_rows_of_others_look_missing(serve):
    api = serve({"auth_field": "owner"}, AUTH={"type": "basic", "users": {"*": "s"}})
    post = api.post({"title": "a", "id": "x"}, headers=ANNA)
    target = "/posts/" + post["_id"]
    assert api.ask("POST", "/posts", {"title": "a"}).status == 401
    api.fails(404, "PATCH", target, {"score": 1}, post["_etag"], headers=BERT)
    api.fails(403, "PUT", target, {"title": "b"}, post["_etag"], headers=BERT)
    api.fails(428, "PUT", target, {"title": "b"}, headers=BERT)
    assert api.ask("DELETE", target, None, post["_etag"], headers=BERT).status == 204
    assert api.ask("DELETE", "/posts", headers=BERT).status == 204
    assert api.get(target, headers=ANNA)["title"] == "a"
    api.fails(422, "POST", "/posts", {"title": "a", "owner": "bert"}, headers=ANNA)
    reply = api.ask("PUT", target, {"title": "b"}, post["_etag"], headers=ANNA)
    assert reply.status == 200 and api.get(target, headers=ANNA)["title"] == "b"
    reply = api.ask("PUT", "/posts/" + "a" * 24, {"title": "up"}, headers=BERT)
    assert reply.status == 201
    api.get("/posts/" + "a" * 24, 404, headers=ANNA)
    assert api.ask("DELETE", "/posts", headers=ANNA).status == 204
    assert api.get("/posts/" + "a" * 24, headers=BERT)["title"] == "up"


def test_a_sub_resource_gives_its_parent(serve):
    settings = settings_with()["DOMAIN"]["posts"]
    settings["schema"]["writer"] = {"type": "objectid", "required": True,
                                    "data_relation": {"resource": "writers", "field": "_id"}}
    api = serve(DOMAIN={
        "posts": settings,
        "writers": {"schema": {"name": {"type": "string"}}},
        "works": {"schema": settings["schema"], "datasource": {"source": "posts"},
                  "url": 'writers/<regex("[a-f0-9]{24}"):writer>/posts'}})
    one, two = (api.post({"name": name}, "/writers")["_id"] for name in "ab")
    post = api.post({"title": "of one"}, f"/writers/{one}/posts")
    api.post({"title": "of two"}, f"/writers/{two}/posts")
    assert api.get("/posts/" + post["_id"])["writer"] == one
    api.fails(404, "PATCH", f"/writers/{two}/posts/{post['_id']}", {"score": 1}, post["_etag"])
    said = api.fails(422, "POST", f"/writers/{NOBODY}/posts", {"title": "of nobody"})
    assert "must exist" in said["_issues"]["writer"]
    assert api.ask("DELETE", f"/writers/{one}/posts").status == 204
    assert [item["title"] for item in api.get("/posts")["_items"]] == ["of two"]
