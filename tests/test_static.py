# SPDX-License-Identifier: MIT
"""Files under /static/."""
import gzip

import pytest


@pytest.fixture(scope="module")
def probe(run_module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    (folder / "css").mkdir()
    (folder / "css/style.css").write_text("p { color: black }\n" * 500)
    (folder / "small.txt").write_text("x")
    (folder / ".secret").write_text("no")
    return run_module("probe", "--static=%s" % folder)


def test_file_is_served_in_the_form_the_client_takes(probe):
    plain = probe.get("/static/css/style.css")
    packed = probe.get("/static/css/style.css", {"Accept-Encoding": "br, gzip;q=0.5"})
    assert plain.status == packed.status == 200
    assert plain.header("content-type").startswith("text/css")
    assert plain.header("content-encoding") is None
    assert packed.header("content-encoding") == "gzip" and len(packed.body) < len(plain.body)
    assert gzip.decompress(packed.body) == plain.body
    assert plain.header("vary") == packed.header("vary") == "accept-encoding"
    assert plain.header("etag") != packed.header("etag")
    refused = probe.get("/static/css/style.css", {"Accept-Encoding": "gzip;q=0"})
    assert refused.body == plain.body


def test_known_file_is_not_sent_again(probe):
    with probe.client() as client:
        etag = client.request("GET", "/static/css/style.css").header("etag")
        for tags in (etag, "W/" + etag, '"other", ' + etag, "*"):
            reply = client.request("GET", "/static/css/style.css", {"If-None-Match": tags})
            assert reply.status == 304 and reply.header("etag") == etag and reply.body == b""
            assert reply.header("cache-control") and reply.header("vary")
        assert client.request("GET", "/static/css/style.css",
                              {"If-None-Match": '"other"'}).status == 200


def test_head_of_a_file_keeps_the_length(probe):
    with probe.client() as client:
        head = client.request("HEAD", "/static/css/style.css")
        assert head.header("content-length") == str(19 * 500)
        assert client.request("GET", "/static/small.txt").text == "x"


def test_other_methods_and_paths_are_refused(probe):
    assert probe.request("POST", "/static/small.txt").status == 405
    assert probe.request("OPTIONS", "/static/small.txt").header("allow") == "GET, HEAD, OPTIONS"
    for path in ("nothing", "", ".secret", "css", "css/", "../main.c", "%2e%2e/main.c", "css/%00",
                 "small.txt/"):
        assert probe.get("/static/" + path).status in (400, 404), path


def test_named_version_may_be_kept_for_good(probe):
    assert "immutable" in probe.get("/static/small.txt?v=1").header("cache-control")
    assert "must-revalidate" in probe.get("/static/small.txt").header("cache-control")
