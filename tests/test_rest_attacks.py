# SPDX-License-Identifier: MIT
"""Requests over REST that mean harm: what is made to be slow, what asks for others' rows, what
stays and what vanishes. The server goes on answering and tells nothing it should not."""
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
