# SPDX-License-Identifier: MIT
"""Who may ask a REST server, how often, and from which origin."""
import base64

import pytest

USERS = {"type": "basic", "users": {"alice": "one", "bob": {"secret": "two", "roles": ["editor"]}}}


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


# -- credentials -----------------------------------------------------------------------------------


def test_nothing_is_told_without_credentials(serve):
    api = serve(AUTH=USERS, SCHEMA_ENDPOINT="schema")
    for method, target in (("GET", "/"), ("GET", "/posts"), ("POST", "/posts"), ("GET", "/schema"),
                           ("HEAD", "/posts"), ("GET", "/openapi.json"), ("GET", "/docs")):
        reply = api.ask(method, target, {} if method == "POST" else None)
        assert reply.status == 401 and reply.header("www-authenticate") == 'Basic realm="eve"'
    assert api.ask("OPTIONS", "/posts").status == 200
    assert api.ask("GET", "/nowhere").status == 404


def test_name_and_password_must_belong_together(serve):
    api = serve(AUTH=USERS)
    assert api.ask("GET", "/posts", headers=basic("alice", "one")).status == 200
    for user, password in (("alice", "two"), ("carol", "one"), ("alice", ""), ("", "one"), ("*", "one")):
        assert api.ask("GET", "/posts", headers=basic(user, password)).status == 401
    for text in ("Basic", "Basic ###", "Bearer one", "one", ""):
        assert api.ask("GET", "/posts", headers={"Authorization": text}).status == 401


def test_tokens_are_taken_in_every_way_clients_send_them(serve):
    api = serve(AUTH={"type": "token", "users": {"alice": "t0k"}})
    token = basic("t0k", "")
    for text in ("Bearer t0k", "Token t0k", "t0k", token["Authorization"]):
        assert api.ask("GET", "/posts", headers={"Authorization": text}).status == 200
    reply = api.ask("GET", "/posts", headers={"Authorization": "Bearer other"})
    assert reply.status == 401 and reply.header("www-authenticate").startswith("Bearer ")


def test_public_methods_need_nobody(serve):
    api = serve({"public_methods": ["GET"], "public_item_methods": ["GET"]}, AUTH=USERS)
    post = api.ask("POST", "/posts", {"title": "a"}, headers=basic("alice", "one")).json()
    assert api.ask("GET", "/posts").status == 200
    assert api.ask("GET", "/posts/" + post["_id"]).status == 200
    assert api.ask("HEAD", "/posts").status == 401
    assert api.ask("POST", "/posts", {"title": "a"}).status == 401


def test_roles_are_asked_for(serve):
    api = serve({"allowed_write_roles": ["editor"]}, AUTH=USERS)
    assert api.ask("GET", "/posts", headers=basic("alice", "one")).status == 200
    assert api.ask("POST", "/posts", {"title": "a"}, headers=basic("alice", "one")).status == 401
    assert api.ask("POST", "/posts", {"title": "a"}, headers=basic("bob", "two")).status == 201


def test_rows_of_others_look_missing(serve):
    api = serve({"auth_field": "owner"}, AUTH=USERS)
    alice, bob = basic("alice", "one"), basic("bob", "two")
    post = api.ask("POST", "/posts", {"title": "hers"}, headers=alice).json()
    own = "/posts/" + post["_id"]
    assert api.ask("GET", "/posts", headers=alice).json()["_meta"]["total"] == 1
    assert api.ask("GET", "/posts", headers=bob).json()["_meta"]["total"] == 0
    assert api.ask("GET", own, headers=bob).status == 404
    change = {"headers": bob, "etag": post["_etag"]}
    assert api.ask("PATCH", own, {"title": "b"}, **change).status == 404
    assert api.ask("PUT", own, {"title": "b"}, **change).status == 403
    assert api.ask("DELETE", own, **change).status == 204
    assert api.ask("DELETE", "/posts", headers=bob).status == 204
    assert api.ask("GET", own, headers=alice).json()["title"] == "hers"


# -- limits ----------------------------------------------------------------------------------------


def test_too_many_requests_are_429(serve):
    api = serve(RATE_LIMIT_GET=[2, 60])
    first, second, third = (api.ask("GET", target) for target in ("/posts", "/", "/posts"))
    assert [reply.status for reply in (first, second, third)] == [200, 200, 429]
    assert first.header("x-ratelimit-limit") == "2"
    assert (first.header("x-ratelimit-remaining"), second.header("x-ratelimit-remaining")) == ("1", "0")
    assert int(first.header("x-ratelimit-reset")) > 1_600_000_000
    assert third.header("retry-after") == "60"
    assert third.header("x-ratelimit-limit") is None and third.json()["_error"]["code"] == 429
    assert api.ask("POST", "/posts", {"title": "a"}).status == 201
    assert api.ask("HEAD", "/posts").status == 200


def test_each_user_has_a_limit_of_their_own_and_strangers_share_their_address(serve):
    api = serve(AUTH=USERS, RATE_LIMIT_GET=[1, 60])
    for who in (basic("alice", "one"), basic("bob", "two")):
        assert api.ask("GET", "/posts", headers=who).status == 200
        assert api.ask("GET", "/posts", headers=who).status == 429
    assert api.ask("GET", "/posts", headers=basic("x1", "no")).status == 401
    assert api.ask("GET", "/posts", headers=basic("x2", "no")).status == 429


# -- CORS ------------------------------------------------------------------------------------------


def test_without_settings_there_are_no_cors_headers(serve):
    reply = serve().ask("GET", "/posts", headers={"Origin": "http://e.com"})
    assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize("method,target,status", [
    ("GET", "/posts", 200), ("OPTIONS", "/posts", 200), ("GET", "/nowhere", 404), ("PUT", "/posts", 405),
    ("POST", "/posts", 400), ("GET", "/posts?where=%zz", 400)])
def test_every_reply_has_them(serve, method, target, status):
    api = serve(X_DOMAINS=["http://e.com"], X_HEADERS=["If-Match", "Content-Type"],
                X_EXPOSE_HEADERS=["ETag"], X_ALLOW_CREDENTIALS=True, X_MAX_AGE=7)
    reply = api.process.request(method, target, {"Origin": "http://e.com"}, None)
    assert reply.status == status
    assert reply.header("access-control-allow-origin") == "http://e.com"
    assert reply.header("access-control-allow-headers") == "If-Match, Content-Type"
    assert reply.header("access-control-expose-headers") == "ETag"
    assert reply.header("access-control-allow-credentials") == "true"
    assert reply.header("access-control-max-age") == "7"


def test_an_origin_that_is_not_listed_gets_an_empty_name(serve):
    api = serve(X_DOMAINS=["http://e.com"])
    reply = api.ask("GET", "/posts", headers={"Origin": "http://evil.com"})
    assert reply.header("access-control-allow-origin") == ""
    assert reply.header("access-control-allow-credentials") is None


def test_origins_may_be_patterns(serve):
    api = serve(X_DOMAINS_RE=["http://localhost:\\d+"])
    for origin, allowed in (("http://localhost:5000", True), ("http://localhost:5000.evil.com", False)):
        reply = api.ask("GET", "/posts", headers={"Origin": origin})
        assert reply.header("access-control-allow-origin") == (origin if allowed else "")


# -- others ----------------------------------------------------------------------------------------


def test_the_entry_point_lists_what_is_public(serve):
    api = serve({"internal_resource": False}, INFO="_info")
    home = api.get("/")
    assert home["_links"] == {"child": [{"href": "posts", "title": "posts"}]}
    assert set(home["_info"]) == {"server", "version", "api_version"}


def test_the_entry_point_names_what_stands_in_a_path_and_the_schemas(serve):
    api = serve({"url": 'people/<regex("[a-z]+"):author>/posts'}, SCHEMA_ENDPOINT="schema")
    assert [child["href"] for child in api.get("/")["_links"]["child"]] == [
        "people/<author>/posts", "schema"]


def test_schemas_are_shown_as_configured(serve):
    api = serve(SCHEMA_ENDPOINT="schema")
    schema = api.get("/schema/posts")
    assert schema["title"] == {"type": "string", "required": True, "minlength": 1, "maxlength": 300}
    assert schema["_id"] == {"type": "objectid"}
    assert api.get("/schema") == {"posts": schema}
    api.fails(404, "GET", "/schema/nothing")


def test_a_method_may_be_named_by_a_header(serve):
    api = serve()
    post = api.post({"title": "a"})
    override = {"X-HTTP-Method-Override": "PATCH"}
    reply = api.ask("POST", "/posts/" + post["_id"], {"score": 5}, post["_etag"], override)
    assert reply.status == 200
    assert api.get("/posts/" + post["_id"])["score"] == 5


def test_a_method_in_a_header_may_be_written_in_small_letters(serve):
    api = serve()
    reply = api.ask("GET", "/posts", {"title": "a"}, headers={"X-HTTP-Method-Override": "post"})
    assert reply.status == 201
    assert api.ask("GET", "/posts", headers={"X-HTTP-Method-Override": "foo"}).status == 405


def test_a_method_in_a_header_is_ignored_where_the_settings_say_so(serve):
    api = serve(ALLOW_OVERRIDE_HTTP_METHOD=False)
    post = api.post({"title": "a"})
    override = {"X-HTTP-Method-Override": "PATCH"}
    reply = api.ask("POST", "/posts/" + post["_id"], {"title": "b"}, post["_etag"], override)
    assert reply.status == 405
    assert api.ask("FOO", "/posts").status == 405
    assert api.get("/posts/" + post["_id"])["title"] == "a"


def test_an_empty_condition_is_none(serve):
    api = serve()
    post = api.post({"title": "a"})
    api.fails(428, "PATCH", "/posts/" + post["_id"], {"title": "b"}, etag="")


# -- caches ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method,target,expected", [
    ("GET", "/", "max-age=5"), ("GET", "/nowhere", "max-age=5"), ("HEAD", "/nowhere", "max-age=5"),
    ("GET", "/posts/nobody", "max-age=5"), ("GET", "/posts?where=x", "max-age=5"),
    ("GET", "/posts", "max-age=7"), ("POST", "/posts", None), ("PUT", "/posts", None)])
def test_what_is_no_resources_has_the_cache_headers_of_all(serve, method, target, expected):
    api = serve({"cache_control": "max-age=7"}, CACHE_CONTROL="max-age=5", CACHE_EXPIRES=9)
    reply = api.process.request(method, target, {}, None)
    assert reply.header("cache-control") == expected
    assert (reply.header("expires") is not None) == (expected is not None)
