# SPDX-License-Identifier: MIT
"""Writing over REST at the edges: large and deep bodies, forms, ids of other kinds, addresses of
other fields, and whole collections with all that goes along."""
import pytest


def nested(depth):
    value = 1
    for _ in range(depth):
        value = {"in": value}
    return value


# -- bodies ----------------------------------------------------------------------------------------


def test_large_bodies_are_taken(serve):
    api = serve({"allow_unknown": True})
    text = "x" * 200000
    post = api.post({"title": "a", "text": text})
    assert api.get("/posts/" + post["_id"])["text"] == text
    reply = api.ask("PATCH", "/posts/" + post["_id"], {"text": text + "y"}, post["_etag"])
    assert reply.status == 200 and api.get("/posts/" + post["_id"])["text"] == text + "y"
    api.fails(400, "POST", "/posts", b'{"title": "' + b"x" * 200000)
    api.fails(428, "PATCH", "/posts/" + post["_id"], {"text": text})


def test_deep_bodies_end_at_a_hundred_levels(serve):
    api = serve({"allow_unknown": True})
    post = api.post({"title": "a", "deep": nested(98)})
    target = "/posts/" + post["_id"]
    reply = api.ask("PATCH", target, {"deep": nested(98), "new": nested(98)}, post["_etag"])
    assert reply.status == 200 and api.get(target)["new"] == nested(98)
    etag = reply.json()["_etag"]
    for depth in (100, 101, 1000, 100000):
        deep = b'{"title":"a","deep":' + b'{"in":' * depth + b"1" + b"}" * depth + b"}"
        assert api.ask("PATCH", target, deep, etag).status in (400, 422)
        assert api.ask("PUT", target, deep, etag).status in (400, 422)
        assert api.ask("POST", "/posts", deep).status in (400, 422)
    assert api.get(target)["_etag"] == etag


def test_names_that_cannot_be_stored_are_refused(serve):
    api = serve({"allow_unknown": True})
    post = api.post({"title": "a"})
    for bad in ({"$set": 1}, {"": 1}, {"in": {"$x": 1}}, {"in": [{"": 1}]}, {"n": 1 << 64}):
        reply = api.ask("POST", "/posts", {"title": "a", **bad})
        assert reply.status == 422, (bad, reply.text)
        reply = api.ask("PATCH", "/posts/" + post["_id"], bad, post["_etag"])
        assert reply.status == 422, (bad, reply.text)
    assert api.get("/posts")["_meta"]["total"] == 1


def test_forms_make_documents(serve):
    api = serve()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = api.ask("POST", "/posts", b"title=a+b&score=7", headers=form)
    assert reply.status == 201, reply.text
    assert api.get("/posts/" + reply.json()["_id"])["score"] == 7
    reply = api.ask("PATCH", "/posts/" + reply.json()["_id"], b"score=8", reply.json()["_etag"],
                    headers=form)
    assert reply.status == 200
    api.fails(400, "POST", "/posts", b"title=a", headers={"Content-Type": "text/plain"})


def test_methods_may_be_named_by_a_header(serve):
    api = serve()
    post = api.post({"title": "a"})
    reply = api.ask("POST", "/posts/" + post["_id"], {"score": 5}, post["_etag"],
                    headers={"X-HTTP-Method-Override": "PATCH"})
    assert reply.status == 200 and api.get("/posts/" + post["_id"])["score"] == 5


def test_writes_are_counted_and_say_so(serve):
    api = serve(RATE_LIMIT_POST=[2, 900])
    for left in ("1", "0"):
        reply = api.ask("POST", "/posts", {"title": "a"})
        assert reply.status == 201 and reply.header("x-ratelimit-remaining") == left
    api.fails(429, "POST", "/posts", {"title": "a"})
    assert api.get("/posts")["_meta"]["total"] == 2


def test_origins_are_told_on_writes_too(serve):
    api = serve(X_DOMAINS="*")
    for body, status in (({"title": "a"}, 201), ({}, 422), (b"{", 400)):
        reply = api.ask("POST", "/posts", body, headers={"Origin": "http://e.com"})
        assert reply.status == status
        assert reply.header("access-control-allow-origin") == "http://e.com"


# -- ids and addresses -----------------------------------------------------------------------------


def test_ids_that_nobody_makes_have_to_be_sent(serve):
    schema = {"_id": {"type": "string"}, "name": {"type": "string"}}
    api = serve(DOMAIN={"tags": {"schema": schema, "item_url": 'regex("[a-z]+")'}})
    assert api.fails(422, "POST", "/tags", {"name": "x"})["_issues"] == {"_id": "required field"}
    said = api.fails(422, "POST", "/tags", [{"_id": "a"}, {"name": "x"}])
    assert [item["_status"] for item in said["_items"]] == ["OK", "ERR"]
    reply = api.ask("POST", "/tags", {"_id": "red", "name": "x"})
    assert reply.status == 201 and reply.header("location") == "/tags/red"
    api.fails(409, "POST", "/tags", {"_id": "red"})
    assert api.ask("PUT", "/tags/blue", {"name": "y"}).status == 201
    etag = reply.json()["_etag"]
    assert api.ask("PATCH", "/tags/red", {"_id": "red", "name": "z"}, etag).status == 200
    assert [item["_id"] for item in api.get("/tags")["_items"]] == ["blue", "red"]


def test_another_field_may_address_documents(serve):
    api = serve({"item_lookup_field": "id", "item_url": 'regex("[a-z]+")'})
    reply = api.ask("PUT", "/posts/one", {"title": "a"})
    assert reply.status == 201, reply.text
    assert reply.header("location") == "/posts/one"
    made = reply.json()
    stored = api.get("/posts/one")
    assert stored["id"] == "one" and stored["_id"] == made["_id"]
    reply = api.ask("PUT", "/posts/one", {"title": "b"}, made["_etag"])
    assert reply.status == 200, reply.text
    assert api.get("/posts/one")["id"] == "one" and api.get("/posts/one")["_id"] == made["_id"]
    assert api.ask("DELETE", "/posts/one", None, reply.json()["_etag"]).status == 204


def test_a_lookup_is_for_reading(serve):
    api = serve({"additional_lookup": {"url": 'regex("[a-z]+")', "field": "id"}})
    post = api.post({"title": "a", "id": "one"})
    for method in ("PATCH", "PUT", "DELETE"):
        reply = api.ask(method, "/posts/one", {"title": "b"}, post["_etag"])
        assert reply.status == 405 and "GET" in reply.header("allow")
    assert api.get("/posts/one")["title"] == "a"


# -- whole collections -----------------------------------------------------------------------------


@pytest.mark.sqlite_only  # thousands of changes, one by one
def test_collections_are_marked_in_chunks(serve):
    api = serve({"soft_delete": True, "versioning": True}, OPLOG=True, OPLOG_ENDPOINT="oplog")
    api.post([{"title": str(i), "id": str(i)} for i in range(1201)])
    assert api.ask("DELETE", "/posts").status == 204
    assert api.get("/posts")["_meta"]["total"] == 0
    kept = api.get("/posts?show_deleted&max_results=1")
    assert kept["_meta"]["total"] == 1201
    assert kept["_items"][0]["_deleted"] is True and kept["_items"][0]["_version"] == 2
    assert api.get("/oplog")["_meta"]["total"] == 2402
    etags = api.get("/posts?show_deleted&max_results=1")["_items"][0]["_etag"]
    assert api.ask("DELETE", "/posts").status == 204
    assert api.get("/posts?show_deleted&max_results=1")["_items"][0]["_etag"] == etags
    api.post([{"title": str(i), "id": str(i)} for i in range(10)])


def test_versions_go_with_their_documents(serve):
    api = serve({"versioning": True, "bulk_by_filter": True})
    posts = api.post([{"title": str(i), "score": i} for i in range(600)])["_items"]
    assert api.ask("DELETE", '/posts?where={"score":{"$lt":550}}').status == 204
    assert api.get("/posts")["_meta"]["total"] == 50
    api.get(f"/posts/{posts[0]['_id']}?version=1", 404)
    assert api.get(f"/posts/{posts[599]['_id']}?version=1")["title"] == "599"


@pytest.mark.sqlite_only  # ten thousand posts
def test_a_patch_of_many_is_bounded(serve):
    api = serve({"bulk_by_filter": True})
    for _ in range(2):
        api.post([{"title": "a"}] * 5001)
    said = api.fails(413, "PATCH", "/posts?all", {"score": 1})
    assert "10000" in said["_error"]["message"]
    assert api.get('/posts?where={"score":1}')["_meta"]["total"] == 0


def test_a_patch_of_many_knows_its_versions_and_its_log(serve):
    api = serve({"bulk_by_filter": True, "versioning": True}, OPLOG=True, OPLOG_ENDPOINT="oplog")
    posts = api.post([{"title": str(i), "score": i} for i in range(3)])["_items"]
    reply = api.ask("PATCH", '/posts?where={"score":{"$gt":0}}', {"author": "x"})
    assert reply.json()["_meta"] == {"matched": 2, "modified": 2}
    assert [post["_version"] for post in api.get("/posts")["_items"]] == [1, 2, 2]
    assert api.get(f"/posts/{posts[1]['_id']}?version=1").get("author") is None
    log = api.get("/oplog")["_items"]
    assert [entry["o"] for entry in log] == ["POST"] * 3 + ["PATCH"] * 2
    assert log[3]["c"] == {"author": "x"}
    said = api.fails(400, "PATCH", "/posts?all", {"_id": posts[0]["_id"], "author": "y"})
    assert "immutable" in said["_error"]["message"]
    assert api.get('/posts?where={"author":"y"}')["_meta"]["total"] == 0


def test_a_filter_by_words_may_mean_what_is_changed(serve):
    api = serve({"bulk_by_filter": True, "mongo_query_whitelist": ["$text"],
                 "mongo_indexes": {"words": [["title", "text"]]}})
    api.post([{"title": "red apple"}, {"title": "green apple"}, {"title": "red rose"}])
    reply = api.ask("PATCH", '/posts?where={"$text":{"$search":"apple"}}', {"score": 1})
    assert reply.status == 200 and reply.json()["_meta"]["matched"] == 2, reply.text
    assert api.ask("DELETE", '/posts?where={"$text":{"$search":"red"}}').status == 204
    assert [post["title"] for post in api.get("/posts")["_items"]] == ["green apple"]


def test_filters_that_are_not_allowed_change_nothing(serve):
    api = serve({"bulk_by_filter": True, "allowed_filters": ["author"]})
    api.post({"title": "a", "score": 1})
    api.fails(400, "DELETE", '/posts?where={"score":1}')
    api.fails(400, "PATCH", '/posts?where={"score":1}', {"author": "x"})
    assert api.get("/posts")["_meta"]["total"] == 1


def test_two_items_cannot_have_one_address(serve):
    api = serve({"id_field": "id", "item_lookup_field": "id", "item_url": 'regex("[a-z]+")',
                 "schema": {"id": {"type": "string", "required": True}, "n": {"type": "integer"}}})
    first = api.post({"id": "a"})
    second = {"id": "value 'a' is not unique"}
    assert api.fails(422, "POST", "/posts", {"id": "a"})["_issues"] == second
    assert api.fails(422, "POST", "/posts", [{"id": "b"}, {"id": "b"}])["_items"][1]["_issues"]
    assert api.ask("PATCH", "/posts/a", {"id": "a", "n": 1}, first["_etag"]).status == 200
    assert [post["id"] for post in api.get("/posts")["_items"]] == ["a"]
