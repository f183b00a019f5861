# SPDX-License-Identifier: MIT
"""Reading from the REST server: lists and their pages, items, conditions, versions, long replies."""
import base64
import email.utils
import json
import re
from urllib.parse import quote

import pytest

from conftest import SANITIZED, eventually

FIELDS = {
    "title": {"type": "string", "required": True},
    "author": {"type": "string"},
    "score": {"type": "integer"},
    "tags": {"type": "list", "schema": {"type": "string"}},
    "id": {"type": ["string", "integer"], "unique": True},
    "writer": {"type": "objectid",
               "data_relation": {"resource": "people", "field": "_id", "embeddable": True}},
}
LOOKUP = {"url": 'regex("[\\w]+")', "field": "id"}
OLD = "Sat, 01 Jan 2000 00:00:00 GMT"
FUTURE = "Sat, 01 Jan 2050 00:00:00 GMT"


def resource(**more):
    return {"schema": FIELDS, "additional_lookup": LOOKUP, **more}


def settings_of(posts, **more):
    return {
        "DOMAIN": {
            "posts": posts,
            "people": {"schema": {"name": {"type": "string"}}},
        },
        "RESOURCE_METHODS": ["GET", "POST", "DELETE"],
        "ITEM_METHODS": ["GET", "PATCH", "PUT", "DELETE"],
        **more,
    }


class Api:
    """A REST server and what tests ask of it."""

    def __init__(self, process):
        self.process = process

    def get(self, path, headers=None, status=200):
        reply = self.process.get("/" + path, headers)
        assert reply.status == status, reply.body
        return reply

    def json(self, path, headers=None, status=200):
        return self.get(path, headers, status).json()

    def send(self, method, path, body=None, headers=None, status=None):
        headers = {"Content-Type": "application/json", **(headers or {})}
        data = None if body is None else json.dumps(body).encode()
        reply = self.process.request(method, "/" + path, headers, data)
        assert reply.status == status, reply.body
        return reply

    def post(self, path, body):
        return self.send("POST", path, body, status=201).json()

    def patch(self, path, etag, body):
        return self.send("PATCH", path, body, {"If-Match": etag}, status=200).json()

    def delete(self, path, etag):
        self.send("DELETE", path, headers={"If-Match": etag}, status=204)

    def walk(self, path, most=100):
        """The items of a list and of all that follow by `next`."""
        items = []
        for _ in range(most):
            page = self.json(path)
            items += page["_items"]
            if "next" not in page["_links"]:
                return items
            path = page["_links"]["next"]["href"]
        raise AssertionError("no end after %d pages" % most)


@pytest.fixture
def serve(run, tmp_path, store):
    """serve(resource(…)) starts a server of its own with these posts, and 60 seeds."""
    def start(posts=None, seeds=60, **more):
        path = tmp_path / "settings.json"
        path.write_text(json.dumps(settings_of(posts or resource(), **more)))
        api = Api(run("rest", "--settings=%s" % path, f"--store={store.fresh()}"))
        if seeds:
            api.post("posts", [seed(i) for i in range(seeds)])
        return api

    return start


@pytest.fixture(scope="module")
def api(run_module, tmp_path_factory, store):
    """A server with 60 seeds that no test changes."""
    path = tmp_path_factory.mktemp("settings") / "settings.json"
    path.write_text(json.dumps(settings_of(resource())))
    api = Api(run_module("rest", "--settings=%s" % path, f"--store={store.fresh()}"))
    api.post("posts", [seed(i) for i in range(60)])
    return api


def seed(i):
    return {"title": "Post %d" % i, "author": "abc"[i % 3], "score": 10 * i,
            "tags": ["t%d" % i, "all"], "id": "p%d" % i}


def titles(items):
    return [item["title"] for item in items]


def where(condition):
    return "where=" + quote(json.dumps(condition))


ALL = ["Post %d" % i for i in range(60)]


# -- lists -------------------------------------------------------------------------------------------

def test_a_list_has_its_parts_in_order(api):
    reply = api.get("posts?max_results=2")
    body = reply.json()
    assert list(body) == ["_items", "_links", "_meta"]
    assert body["_meta"] == {"page": 1, "max_results": 2, "total": 60}
    assert body["_links"]["parent"] == {"title": "home", "href": "/"}
    assert reply.header("x-total-count") == "60"
    assert reply.header("last-modified").endswith("GMT")
    assert reply.header("etag") is None
    assert reply.header("content-type") == "application/json"


def test_an_empty_list_has_no_date_and_a_plain_link_to_itself(api):
    reply = api.get("posts?sort=score&" + where({"score": -1}))
    assert reply.json()["_items"] == []
    assert reply.json()["_links"]["self"] == {"title": "posts", "href": "posts"}
    assert reply.header("x-total-count") == "0"
    assert reply.header("last-modified") is None


@pytest.mark.parametrize("query", [
    "", "max_results=7", "max_results=7&sort=-score", "max_results=50&sort=author,-score",
    "max_results=9&" + where({"author": {"$in": ["a", "b", "c"]}}),
    "max_results=9&where=" + quote('author=="a" or author=="b" or author=="c"'),
    "max_results=11&projection=" + quote('{"title":1}') + "&odd=" + quote("a&b=c#d%e+f é\"\\"),
])
def test_links_lead_to_each_document_once(api, query):
    items = api.walk("posts?" + query)
    assert len(items) == 60
    assert sorted(titles(items)) == sorted(ALL)
    if "sort" not in query:
        assert titles(items) == ALL


def test_projection_and_unknown_parameters_survive_in_links(api):
    page = api.json("posts?projection=%7B%22title%22%3A1%7D&x=1&x=2")
    page = api.json(page["_links"]["next"]["href"])
    assert "score" not in page["_items"][0] and page["_items"][0]["title"] == "Post 25"
    assert page["_links"]["prev"]["href"].count("x=") == 2


def test_links_are_valid_uris(api):
    page = api.json("posts?" + where({"title": {"$ne": 'a "b" \\ <é>'}}))
    assert re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=:@/?%-]+", page["_links"]["next"]["href"])
    assert api.json(page["_links"]["next"]["href"])["_meta"]["page"] == 2


def test_the_first_of_a_repeated_parameter_counts(api):
    assert api.json("posts?max_results=3&max_results=5&page=2&page=4")["_meta"] == {
        "page": 2, "max_results": 3, "total": 60}


@pytest.mark.parametrize("query, meta", [
    ("max_results=0", (1, 25)), ("max_results=-1", (1, 25)), ("max_results=abc", (1, 25)),
    ("max_results=2.7", (1, 2)), ("max_results=1e1", (1, 10)), ("max_results=999", (1, 50)),
    ("max_results=1e400", (1, 50)), ("page=abc", (1, 25)), ("page=0", (1, 25)),
    ("page=1.5", (1, 25)), ("page=-2", (2, 25)), ("page=99", (99, 25)),
    ("where=&sort=&embedded=&projection=", (1, 25)),
])
def test_bad_numbers_are_no_errors(api, query, meta):
    body = api.json("posts?" + query)
    assert (body["_meta"]["page"], body["_meta"]["max_results"]) == meta
    assert body["_meta"]["total"] == 60


def test_beyond_the_end_only_the_page_before_is_linked(api):
    body = api.json("posts?page=9")
    assert body["_items"] == [] and body["_meta"]["total"] == 60
    assert body["_links"]["prev"]["href"] == "posts?page=8"
    assert "next" not in body["_links"] and "last" not in body["_links"]
    assert api.json("posts?page=99999999999999999999999")["_items"] == []


@pytest.mark.parametrize("query", [
    "where=%7B", "where=author", "where=%5B%5D", 'where={"$where":1}', "sort=%22a%22", "sort=a,",
    "projection=bad", "projection=[1]", "embedded=bad", "embedded=[1]",
])
def test_malformed_parameters_are_errors(api, query):
    body = api.json("posts?" + query, status=400)
    assert body["_status"] == "ERR" and body["_error"]["code"] == 400


def test_head_tells_what_get_would(api):
    got = api.get("posts?max_results=3")
    head = api.process.request("HEAD", "/posts?max_results=3")
    assert head.status == 200 and head.body == b""
    for name in ("x-total-count", "last-modified", "content-length", "content-type"):
        assert head.header(name) == got.header(name)


def test_lists_ignore_conditions(api):
    assert len(api.json("posts", {"If-Modified-Since": FUTURE})["_items"]) == 25
    assert len(api.json("posts", {"If-None-Match": '"x"'})["_items"]) == 25


def test_a_list_may_be_indented_or_xml(api):
    pretty = api.get("posts?pretty&max_results=2")
    plain = api.get("posts?max_results=2")
    assert b"\n    " in pretty.body
    assert pretty.json()["_items"] == plain.json()["_items"]
    xml = api.get("posts?max_results=2", {"Accept": "application/xml"})
    assert xml.header("content-type").startswith("application/xml")
    assert xml.text.count("<title>") == 2


def test_fast_and_slow_ways_show_the_same(api):
    fast = api.json("posts?max_results=50")["_items"]
    slow = api.json("posts?max_results=50&projection=" + quote('{"bogus":0}'))["_items"]
    assert fast == slow and [list(item) for item in fast] == [list(item) for item in slow]


# -- totals ------------------------------------------------------------------------------------------

def test_filtered_totals_follow_changes(serve):
    api = serve()
    query = "posts?max_results=1&" + where({"author": "a"})
    for total in (20, 20):
        assert api.json(query)["_meta"]["total"] == total
    api.post("posts", {"title": "x", "author": "a"})
    assert api.json(query)["_meta"]["total"] == 21
    assert api.json("posts")["_meta"]["total"] == 61


def test_fast_pagination_counts_nothing(serve):
    api = serve(resource(optimize_pagination_for_speed=True))
    reply = api.get("posts?page=2")
    body = reply.json()
    assert body["_meta"] == {"page": 2, "max_results": 25}
    assert reply.header("x-total-count") is None
    assert set(body["_links"]) == {"parent", "self", "next", "prev"}
    assert body["_links"]["self"]["href"] == "posts"
    assert "next" in api.json("posts?page=99")["_links"]


def test_small_estimates_are_exact(serve):
    api = serve(resource(estimated_totals=True))
    body = api.json("posts?" + where({"author": "a"}))
    assert body["_meta"] == {"page": 1, "max_results": 25, "total": 20}


def test_without_pagination_all_is_there(serve):
    api = serve(resource(pagination=False))
    reply = api.get("posts?page=2")
    body = reply.json()
    assert len(body["_items"]) == 60 and "_meta" not in body
    assert set(body["_links"]) == {"parent", "self"}
    assert body["_links"]["self"]["href"] == "posts"
    assert reply.header("x-total-count") == "60"
    assert len(api.json("posts?max_results=7")["_items"]) == 7


def test_without_hateoas_there_are_no_links(serve):
    api = serve(HATEOAS=False)
    body = api.json("posts")
    assert "_links" not in body and "_links" not in body["_items"][0]
    assert body["_meta"]["total"] == 60
    assert "_links" not in api.json("posts/p1")


# -- going on by key ---------------------------------------------------------------------------------

@pytest.mark.parametrize("query", [
    "max_results=7", "max_results=7&sort=-score", "max_results=6&sort=author", "max_results=10",
    "max_results=9&" + where({"author": {"$ne": "a"}}), "max_results=7&sort=-_created",
    "max_results=8&sort=author,-score", "max_results=8&sort=tags",
])
def test_keys_lead_to_each_document_once(serve, query):
    api = serve(resource(keyset_pagination=True))
    wanted = 40 if "where" in query else 60
    items = api.walk("posts?" + query)
    assert len(items) == wanted and len(set(titles(items))) == wanted
    by_key = "sort=author,-score" not in query and "sort=tags" not in query
    assert ("after=" in api.json("posts?" + query)["_links"]["next"]["href"]) == by_key


def test_behind_a_key_there_is_no_way_back(serve):
    api = serve(resource(keyset_pagination=True))
    first = api.json("posts?max_results=5")
    assert set(first["_links"]) == {"parent", "self", "next", "last"}
    second = api.json(first["_links"]["next"]["href"])
    assert set(second["_links"]) == {"parent", "self", "next"}
    assert second["_meta"] == {"page": 1, "max_results": 5, "total": 60}
    assert second["_links"]["self"]["href"] == first["_links"]["next"]["href"]


def test_documents_that_come_and_go_shift_nothing_behind_a_key(serve):
    api = serve(resource(keyset_pagination=True))
    first = api.json("posts?max_results=10")
    for item in first["_items"][:5]:
        api.delete("posts/" + item["_id"], item["_etag"])
    rest = api.walk(first["_links"]["next"]["href"])
    assert titles(rest) == ALL[10:]


@pytest.mark.parametrize("query", ["after=", "after=x", "after=!!", "after=AAAA&sort=author,score"])
def test_a_bad_key_is_an_error(serve, query):
    api = serve(resource(keyset_pagination=True))
    assert api.json("posts?" + query, status=400)["_error"]["code"] == 400


def test_a_key_of_another_order_is_an_error(serve):
    api = serve(resource(keyset_pagination=True))
    after = api.json("posts?max_results=5")["_links"]["next"]["href"].split("after=")[1]
    api.json("posts?sort=score&after=" + after, status=400)


# -- tags of lists -----------------------------------------------------------------------------------

def test_lists_with_tags_are_sent_when_they_changed(serve):
    api = serve(resource(collection_etags=True))

    def settled():
        """Its tag, once what was stored before is no news on a server either."""
        tag = api.process.get("/posts?page=2").header("etag")
        again = api.process.get("/posts?page=2", {"If-None-Match": tag})
        return tag if again.status == 304 else None

    tag = eventually(settled)
    reply = api.get("posts?page=2", {"If-None-Match": tag}, status=304)
    assert reply.body == b"" and reply.header("etag") == tag
    assert api.get("posts").header("etag") != tag
    assert api.get("posts?page=2", {"Accept": "application/xml"}).header("etag") != tag
    api.post("posts", {"title": "new"})
    assert api.get("posts?page=2", {"If-None-Match": tag}).header("etag") != tag


# -- items -------------------------------------------------------------------------------------------

def test_an_item_is_the_document_with_its_links(api):
    item = api.json("posts?max_results=1")["_items"][0]
    reply = api.get("posts/" + item["_id"])
    body = reply.json()
    assert body.pop("_links") == {
        "self": {"title": "Post", "href": "posts/" + item["_id"]},
        "collection": {"title": "posts", "href": "posts"},
        "parent": {"title": "home", "href": "/"}}
    item.pop("_links")
    assert body == item
    assert reply.header("etag") == '"%s"' % item["_etag"]
    assert reply.header("last-modified") == item["_updated"]
    assert api.json("posts/%s/" % item["_id"])["title"] == "Post 0"


def test_head_of_an_item_has_its_headers(api):
    head = api.process.request("HEAD", "/posts/p1")
    got = api.get("posts/p1")
    assert head.status == 200
    for name in ("etag", "last-modified", "content-length"):
        assert head.header(name) == got.header(name)


def test_an_item_is_found_by_its_other_address(api):
    found = api.json("posts/p1")
    assert found["title"] == "Post 1"
    assert found["_links"]["self"]["href"] == "posts/" + found["_id"]
    assert found["_links"]["collection"]["href"] == "posts"


def test_a_lookup_finds_texts_and_numbers(serve):
    api = serve(seeds=0)
    api.post("posts", [{"title": "a number", "id": 180097}, {"title": "a text", "id": "12"}])
    assert api.json("posts/180097")["title"] == "a number"
    assert api.json("posts/12")["title"] == "a text"
    api.json("posts/0180097", status=404)


@pytest.mark.parametrize("path", [
    "posts/nope", "posts/000000000000000000000000", "posts/p-1", "posts/00000000000000000000000G",
    "posts/%20", "nope/1", "posts/p1/x", "people/p1",
])
def test_what_is_not_there_is_404(api, path):
    assert api.json(path, status=404)["_error"]["code"] == 404


def test_the_other_address_is_for_reading_only(api):
    for method in ("PATCH", "PUT", "DELETE"):
        body = b"{}" if method != "DELETE" else None
        reply = api.process.request(method, "/posts/p1", {"Content-Type": "application/json"}, body)
        assert reply.status == 405
        assert "GET" in reply.header("allow") and method not in reply.header("allow")


def test_conditions_on_items_must_all_hold(api):
    item = api.json("posts/p3")
    etag = item["_etag"]
    for tag in (etag, '"%s"' % etag, 'W/"%s"' % etag, '"x", "%s"' % etag, 'x,%s' % etag):
        reply = api.get("posts/p3", {"If-None-Match": tag}, status=304)
        assert reply.body == b"" and reply.header("etag") == '"%s"' % etag
    for tag in ("x", '"x"', "*", etag[:-1], ""):
        api.get("posts/p3", {"If-None-Match": tag})
    api.get("posts/p3", {"If-Modified-Since": item["_updated"]}, status=304)
    api.get("posts/p3", {"If-Modified-Since": OLD})
    api.get("posts/p3", {"If-Modified-Since": "yesterday"})
    api.get("posts/p3", {"If-None-Match": etag, "If-Modified-Since": OLD})
    api.get("posts/p3", {"If-None-Match": "x", "If-Modified-Since": FUTURE})
    api.get("posts/p3", {"If-None-Match": etag, "If-Modified-Since": "yesterday"}, status=304)
    api.get("posts/p3", {"If-Match": "x"})


def test_a_projection_of_an_item_keeps_its_tag(api):
    whole = api.get("posts/p2")
    some = api.get("posts/p2?projection=" + quote('{"title":1}'))
    assert "score" not in some.json() and some.json()["_etag"] == whole.json()["_etag"]
    assert some.header("etag") == whole.header("etag")
    assert set(some.json()["_links"]) == {"self", "collection", "parent"}
    assert api.get("posts/p2?pretty").json() == whole.json()


def test_without_if_match_there_are_no_tags(serve):
    api = serve(IF_MATCH=False)
    reply = api.get("posts/p1")
    assert reply.header("etag") is None and "_etag" not in reply.json()
    api.get("posts/p1", {"If-None-Match": '"x"'})


def test_cache_headers_are_on_what_was_read(serve):
    api = serve(resource(cache_control="max-age=20", cache_expires=20))
    for path in ("posts", "posts/p1"):
        assert api.get(path).header("cache-control") == "max-age=20"
    assert api.get("posts/nope", status=404).header("cache-control") is None


# -- relations ---------------------------------------------------------------------------------------

@pytest.fixture
def related(serve):
    api = serve(seeds=0)
    api.person = api.post("people", {"name": "A"})
    api.item = api.post("posts", {"title": "x", "id": "x", "writer": api.person["_id"]})
    return api


EMBEDDED = "embedded=" + quote('{"writer":1}')


def test_references_are_embedded_when_asked(related):
    plain = related.json("posts/x")
    assert plain["writer"] == related.person["_id"]
    assert plain["_links"]["related"]["writer"]["href"] == "people/" + related.person["_id"]
    for item in (related.json("posts/x?" + EMBEDDED),
                 related.json("posts?" + EMBEDDED)["_items"][0]):
        assert item["writer"]["name"] == "A" and item["writer"]["_etag"] == related.person["_etag"]
        assert "_links" not in item["writer"]
        assert item["_links"]["related"]["writer"]["href"] == "people/" + related.person["_id"]
    assert "embedded=" in related.json("posts?" + EMBEDDED)["_links"]["self"]["href"]


def test_what_is_embedded_counts_as_modified(related):
    def change():
        person = related.json("people/" + related.person["_id"])
        person = related.patch("people/" + person["_id"], person["_etag"],
                               {"name": person["name"] + "+"})
        return email.utils.parsedate_to_datetime(person["_updated"])

    item = email.utils.parsedate_to_datetime(related.json("posts/x")["_updated"])
    while (change() - item).total_seconds() < 2:  # the slack
        pass
    since = email.utils.format_datetime(item, usegmt=True)
    related.get("posts/x", {"If-Modified-Since": since}, status=304)
    related.get("posts/x?" + EMBEDDED, {"If-Modified-Since": since})


def test_a_sub_resource_shows_what_is_below_its_parent(run, tmp_path, store):
    path = tmp_path / "settings.json"
    settings = settings_of(resource())
    settings["DOMAIN"]["theirs"] = {
        "schema": FIELDS, "datasource": {"source": "posts"},
        "url": 'people/<regex("[a-f0-9]{24}"):writer>/posts'}
    path.write_text(json.dumps(settings))
    api = Api(run("rest", "--settings=%s" % path, f"--store={store.fresh()}"))
    one, other = api.post("people", [{"name": "A"}, {"name": "B"}])["_items"]
    below = "people/%s/posts" % one["_id"]
    mine = api.post(below, {"title": "mine"})
    api.post("posts", [{"title": "theirs", "writer": other["_id"]}, {"title": "nobody's"}])
    body = api.json(below)
    assert titles(body["_items"]) == ["mine"] and body["_meta"]["total"] == 1
    assert body["_links"]["self"]["href"] == below
    item = api.json("%s/%s" % (below, mine["_id"]))
    assert item["writer"] == one["_id"]
    assert item["_links"]["collection"]["href"] == below
    api.json("people/%s/posts/%s" % (other["_id"], mine["_id"]), status=404)
    api.json("people/x/posts", status=404)


# -- reach -------------------------------------------------------------------------------------------

def test_rows_of_others_look_missing(serve):
    def basic(user):
        return {"Authorization": "Basic " + base64.b64encode((user + ":s").encode()).decode()}

    api = serve(resource(auth_field="owner"), seeds=0,
                AUTH={"type": "basic", "users": {"*": "s"}})
    for user, number in (("ann", 1), ("ann", 2), ("bob", 3)):
        api.send("POST", "posts", seed(number), basic(user), status=201)
    for user, wanted in (("ann", ["Post 1", "Post 2"]), ("bob", ["Post 3"]), ("eve", [])):
        body = api.json("posts", basic(user))
        assert titles(body["_items"]) == wanted and body["_meta"]["total"] == len(wanted)
        filtered = api.json("posts?" + where({"score": {"$gt": 0}}), basic(user))
        assert filtered["_meta"]["total"] == len(wanted)
    item = api.json("posts/p1", basic("ann"))
    api.get("posts/" + item["_id"], basic("ann"))
    for path in ("posts/p1", "posts/" + item["_id"]):
        api.get(path, basic("bob"), status=404)


def test_a_datasource_filter_limits_what_can_be_read(run, tmp_path, store):
    path = tmp_path / "settings.json"
    settings = settings_of(resource())
    settings["DOMAIN"]["mine"] = resource(datasource={"source": "posts", "filter": {"author": "a"}})
    path.write_text(json.dumps(settings))
    api = Api(run("rest", "--settings=%s" % path, f"--store={store.fresh()}"))
    api.post("posts", [seed(i) for i in range(6)])
    assert titles(api.json("mine")["_items"]) == ["Post 0", "Post 3"]
    assert api.json("mine?" + where({"score": {"$gt": 10}}))["_meta"]["total"] == 1
    assert api.json("mine/p3")["_links"]["self"]["href"].startswith("mine/")
    api.get("mine/p1", status=404)
    api.get("mine/" + api.json("posts/p1")["_id"], status=404)


def test_a_text_search_is_in_order_of_rank(serve):
    api = serve(resource(mongo_indexes={"words": [["title", "text"]]}, keyset_pagination=True,
                         mongo_query_whitelist=["$text"]), seeds=0)
    api.post("posts", [{"title": "fish " * n + "bird " * (9 - n)} for n in (1, 5, 3, 8)] * 2)
    query = "posts?max_results=3&" + where({"$text": {"$search": "fish"}})
    counts = [item["title"].count("fish") for item in api.walk(query)]
    assert counts == sorted(counts, reverse=True) and len(counts) == 8
    assert "after=" not in api.json(query)["_links"]["next"]["href"]
    in_order = api.walk(query + "&sort=_id")
    assert [item["title"].count("fish") for item in in_order] == [1, 5, 3, 8] * 2


# -- soft deletion -----------------------------------------------------------------------------------

def test_deleted_documents_are_hidden_unless_asked_for(serve):
    api = serve(resource(soft_delete=True), seeds=3)
    item = api.json("posts/p1")
    assert item["_deleted"] is False
    api.delete("posts/" + item["_id"], item["_etag"])
    assert titles(api.json("posts")["_items"]) == ["Post 0", "Post 2"]
    for query in ("show_deleted", "show_deleted=false"):
        assert api.json("posts?" + query)["_meta"]["total"] == 3
    only = api.json("posts?" + where({"_deleted": True}))
    assert titles(only["_items"]) == ["Post 1"] and only["_meta"]["total"] == 1
    assert api.json("posts?" + where({"title": "Post 1"}))["_meta"]["total"] == 0


def test_a_deleted_document_is_404_with_itself_in_the_body(serve):
    api = serve(resource(soft_delete=True), seeds=3)
    item = api.json("posts/p1")
    api.delete("posts/" + item["_id"], item["_etag"])
    for path in ("posts/" + item["_id"], "posts/p1"):
        reply = api.get(path, status=404)
        body = reply.json()
        assert body["_deleted"] is True and body["title"] == "Post 1"
        assert body["_status"] == "ERR" and body["_error"]["code"] == 404
        assert body["_etag"] != item["_etag"]
        assert reply.header("etag") == '"%s"' % body["_etag"]
        api.get(path, {"If-None-Match": reply.header("etag")}, status=304)


# -- versions ----------------------------------------------------------------------------------------

@pytest.fixture
def versioned(serve):
    api = serve(resource(versioning=True), seeds=3)
    api.first = api.json("posts/p0")
    api.second = api.patch("posts/" + api.first["_id"], api.first["_etag"], {"title": "two"})
    api.patch("posts/" + api.first["_id"], api.second["_etag"], {"score": 3})
    api.path = "posts/" + api.first["_id"]
    return api


def test_the_latest_version_is_what_an_item_is(versioned):
    reply = versioned.get(versioned.path)
    body = reply.json()
    assert (body["_version"], body["_latest_version"]) == (3, 3)
    assert reply.header("etag") == '"%s3"' % body["_etag"]
    versioned.get(versioned.path, {"If-None-Match": reply.header("etag")}, status=304)
    versioned.get(versioned.path, {"If-None-Match": body["_etag"]})


def test_an_earlier_version_is_as_it_was(versioned):
    reply = versioned.get(versioned.path + "?version=1")
    body = reply.json()
    assert (body["title"], body["score"]) == ("Post 0", 0)
    assert (body["_version"], body["_latest_version"]) == (1, 3)
    assert body["_etag"] == versioned.first["_etag"]
    assert reply.header("etag") == '"%s3"' % body["_etag"]
    assert body["_links"]["self"]["href"] == versioned.path + "?version=1"
    assert body["_links"]["parent"] == {"title": "Post", "href": versioned.path}
    assert body["_links"]["collection"] == {"title": "posts",
                                            "href": versioned.path + "?version=all"}
    assert versioned.json(versioned.path + "?version=3")["score"] == 3


@pytest.mark.parametrize("version, status", [
    ("9", 404), ("4", 404), ("99999999999999999999", 400), ("0", 400), ("-1", 400), ("abc", 400),
    ("", 400), ("1.5", 400),
])
def test_versions_that_cannot_be(versioned, version, status):
    versioned.json("%s?version=%s" % (versioned.path, version), status=status)


def test_all_versions_are_a_list(versioned):
    body = versioned.json(versioned.path + "?version=all")
    assert [item["_version"] for item in body["_items"]] == [1, 2, 3]
    assert [item["_links"]["self"]["href"] for item in body["_items"]] == [
        versioned.path + "?version=%d" % number for number in (1, 2, 3)]
    assert body["_meta"] == {"page": 1, "max_results": 25, "total": 3}
    assert body["_links"]["self"]["href"] == versioned.path + "?version=all"
    assert body["_links"]["parent"]["href"] == "posts"
    assert body["_links"]["collection"]["href"] == versioned.path
    assert len(versioned.walk(versioned.path + "?version=all&max_results=1")) == 3


def test_differences_are_what_each_version_changed(versioned):
    first, second, third = versioned.json(versioned.path + "?version=diffs")["_items"]
    assert first["title"] == "Post 0" and first["score"] == 0
    meta = {"_version", "_etag", "_links"}
    assert set(second) - {"_updated"} == meta | {"title"} and second["title"] == "two"
    assert set(third) - {"_updated"} == meta | {"score"} and third["score"] == 3


def test_lists_ignore_versions(versioned):
    body = versioned.json("posts?version=1")
    assert body["_items"][0]["title"] == "two"


# -- long replies ------------------------------------------------------------------------------------

def memory_kib(process):
    with open("/proc/%d/status" % process.pid, encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))


# Twenty megabytes three times, which take minutes on SecantusDB.
@pytest.mark.sqlite_only
@pytest.mark.parametrize("query", ["", "?sort=-score", "?" + where({"author": {"$ne": "a"}})])
def test_long_lists_take_no_more_memory_than_short_ones(serve, store, query):
    many, size = (20000, 1000) if store.kind == "sqlite" else (2000, 10000)  # as many octets
    api = serve(resource(pagination=False, schema={**FIELDS, "text": {"type": "string"}},
                         mongo_indexes={"score": [["score", 1]]}), seeds=0)
    for start in range(0, many, 50):
        api.post("posts", [{**seed(i), "text": "x" * size} for i in range(start, start + 50)])
    before = memory_kib(api.process)
    reply = api.get("posts" + query)
    body = reply.json()
    count = many * 2 // 3 if "where" in query else many
    # A sanitizer keeps what was freed.
    assert memory_kib(api.process) - before < 8 * 1024 or SANITIZED
    assert reply.header("transfer-encoding") == "chunked"
    assert reply.header("x-total-count") == str(count)
    assert reply.header("last-modified") is None
    assert len({item["_id"] for item in body["_items"]}) == len(body["_items"]) == count
    scores = [item["score"] for item in body["_items"]]
    assert scores == sorted(scores, reverse="-score" in query)
    assert body["_links"]["self"]["title"] == "posts"


def test_long_lists_come_in_any_order(serve):
    api = serve(resource(pagination=False), seeds=0)
    for start in range(0, 3000, 500):
        api.post("posts", [seed(i) for i in range(start, start + 500)])
    items = api.json("posts?sort=author,-score")["_items"]
    assert [(item["author"], -item["score"]) for item in items] == sorted(
        (item["author"], -item["score"]) for item in items)
    assert len({item["_id"] for item in items}) == 3000


def test_a_long_page_is_linked_as_others_are(serve):
    api = serve(resource(pagination_limit=5000), seeds=0)
    for start in range(0, 3000, 500):
        api.post("posts", [seed(i) for i in range(start, start + 500)])
    body = api.json("posts?max_results=1200&page=2")
    assert titles(body["_items"]) == ["Post %d" % i for i in range(1200, 2400)]
    assert body["_links"]["next"]["href"] == "posts?max_results=1200&page=3"
    assert body["_links"]["prev"]["href"] == "posts?max_results=1200"
    assert body["_meta"] == {"page": 2, "max_results": 1200, "total": 3000}
    assert len(api.json("posts?max_results=1200&page=3")["_items"]) == 600
    some = api.json("posts?max_results=2000&projection=" + quote('{"title":1}'))
    assert len(some["_items"]) == 2000 and "score" not in some["_items"][1999]
    assert len(api.json("posts?max_results=2000&pretty")["_items"]) == 2000
    head = api.process.request("HEAD", "/posts?max_results=2000")
    assert head.status == 200 and head.header("x-total-count") == "3000"
