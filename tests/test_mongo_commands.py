# SPDX-License-Identifier: MIT
"""How many commands a MongoDB server gets for one request, as /metrics counts them: each is a round trip."""
import json

import pytest

import mongo
from eve import Api, settings_with, write_settings
from stores import own_server

WORDS = {"mongo_indexes": {"words": [["title", "text"]]}, "mongo_query_whitelist": ["$text"],
         "allowed_filters": ["*"]}


@pytest.fixture
def rest(run, tmp_path):
    """rest(posts) starts a REST server on a MongoDB server of its own, with these settings of posts."""
    server = own_server(tmp_path / "server")

    def start(posts, **changes):
        settings = write_settings(tmp_path, settings_with(posts, **changes))
        address = mongo.with_database(server.uri, mongo.fresh_name())
        return Api(run("rest", f"--settings={settings}", f"--store={address}"))

    yield start
    server.kill()


def commands(api, act, kinds=("find", "insert", "update", "delete", "aggregate", "commitTransaction")):
    """What act() returns, and how many commands of these kinds were sent meanwhile. Others may be those
    that follow changes."""
    def count():
        return sum(api.process.metric(f'store_command_seconds_count{{command="{kind}"}}') for kind in kinds)

    before = count()
    done = act()
    return done, count() - before


def documents(start, count, **more):
    return [{"title": f"post {number}", "id": f"p{number}", **more} for number in range(start, start + count)]


def test_a_list_is_checked_and_stored_with_few_commands(rest):
    api = rest({})
    reply, sent = commands(api, lambda: api.post(documents(0, 100)))
    assert len(reply["_items"]) == 100 and sent <= 3  # are they taken, the documents, the commit
    again = documents(50, 100)
    reply, sent = commands(api, lambda: api.fails(422, "POST", "/posts", again))
    taken = ["_issues" in item for item in reply["_items"]]
    assert taken == [True] * 50 + [False] * 50 and sent == 1
    assert reply["_items"][0]["_issues"] == {"id": "value 'p50' is not unique"}


def test_references_of_a_list_are_found_with_one_command(rest):
    schema = {"title": {"type": "string"}, "id": {"type": "string", "unique": True},
              "by": {"type": "objectid", "data_relation": {"resource": "people"}},
              "nick": {"type": "string", "data_relation": {"resource": "people", "field": "nick"}}}
    api = rest({"schema": schema}, DOMAIN={
        "posts": {}, "people": {"schema": {"nick": {"type": "string"}}}})
    people = api.post([{"nick": f"n{number}"} for number in range(40)], "/people")["_items"]
    batch = [{**document, "by": people[at % 40]["_id"], "nick": f"n{at % 50}"}
             for at, document in enumerate(documents(0, 100))]
    reply, sent = commands(api, lambda: api.fails(422, "POST", "/posts", batch))
    wrong = [at for at, item in enumerate(reply["_items"]) if "_issues" in item]
    assert wrong == [*range(40, 50), *range(90, 100)]
    assert sent == 3  # for each of the fields


def search(api, words):
    where = json.dumps({"$text": {"$search": words}})
    return api.get(f"/posts?max_results=10&where={where}")


def test_a_search_takes_few_commands(rest):
    api = rest(WORDS)
    api.post([{"title": f"common word{number % 10} {'rare' if number % 50 == 0 else ''}"}
              for number in range(200)])
    asked = {"nowhere": (0, 1, 1), "common nowhere": (0, 1, 1), "rare": (4, 2, 1),
             "common rare": (4, 3, 1), "common": (200, 2, 2), "common word1": (20, 2, 1)}
    for words, (total, first, later) in asked.items():
        for most in (first, later, later):
            page, sent = commands(api, lambda: search(api, words))
            assert page["_meta"]["total"] == total
            assert sent <= most, (words, sent)
