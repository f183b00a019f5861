# SPDX-License-Identifier: MIT
"""A second port with pages of its own, and what an application may loosen or add for every reply."""
import re
import socket

import pytest

from conftest import Client, eventually


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def fronted(run, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("a file")
    probe = run("probe", "--front=%d" % free_port(), "--static=" + str(tmp_path / "files"))
    found = re.search(rb"front on http://127.0.0.1:(\d+)\n", probe.log_path.read_bytes())
    probe.front = int(found.group(1))
    return probe


def test_the_front_has_routes_headers_and_errors_of_its_own(fronted):
    with Client(fronted.front) as client:
        reply = client.request("GET", "/")
        assert reply.text == "front 0" and reply.header("x-front") == "yes"
        assert reply.header("referrer-policy") is None
        missing = client.request("GET", "/hello")
        assert missing.status == 404 and missing.json()["status"] == 404
        assert client.request("GET", "/health").status == 404
    assert fronted.get("/hello").header("x-front") is None
    assert fronted.get("/static/a.txt").text == "a file"


def test_the_front_closes_with_the_rest(fronted):
    with Client(fronted.front) as client:
        assert client.request("GET", "/").status == 200
        assert fronted.stop() == 0
        assert client.closed()
    with pytest.raises(OSError):
        Client(fronted.front)


def test_a_front_on_a_port_in_use_is_a_sentence(run):
    first = run("probe")
    second = run.start("probe", "--port=0", "--front=%d" % first.port)
    eventually(lambda: second.process.poll() is not None)
    assert second.process.returncode == 1
    assert str(first.port) in second.err_path.read_text()


@pytest.fixture(scope="module")
def lenient(run_module):
    return run_module("probe", "--lenient", "--store=sqlite::memory:", "--budget=1")


def test_the_header_names_the_method_where_that_is_allowed(lenient, run):
    as_patch = {"X-HTTP-Method-Override": "PATCH"}
    assert lenient.request("POST", "/lenient?a=1", as_patch).text == "PATCH 1 1 about"
    assert lenient.request("GET", "/lenient?a=1", as_patch).text == "PATCH 1 1 about"
    assert lenient.request("GET", "/lenient", {"X-HTTP-Method-Override": "FOO"}).status == 405
    assert lenient.request("GET", "/lenient", {"X-HTTP-Method-Override": ""}).status == 405
    strict = run("probe")
    assert strict.request("POST", "/lenient?a=1", as_patch).status == 405


def test_fields_may_be_repeated_where_that_is_allowed(lenient, run):
    assert lenient.request("PATCH", "/lenient?a=x&b=2&a=y").text == "PATCH x 3 about"
    assert run("probe").request("PATCH", "/lenient?a=x&b=2&a=y").status == 400


@pytest.mark.parametrize("method,target,status", [
    ("GET", "/hello", 200), ("GET", "/nowhere", 404), ("DELETE", "/hello", 405),
    ("OPTIONS", "/hello", 200), ("GET", "/fail/16", 500), ("GET", "/hello?a=%zz", 400),
    ("GET", "/chain", 200)])
def test_what_begins_a_call_stands_in_every_reply(lenient, method, target, status):
    reply = lenient.request(method, target, {"X-Agent": "a"})
    assert (reply.status, reply.headers["x-begun"]) == (status, ["by an agent"])


def test_it_stays_when_a_step_is_run_again(lenient):
    assert lenient.request("POST", "/fill?count=3000").status == 204
    assert lenient.get("/scan").headers["x-begun"] == ["by nobody"]


def test_headers_of_all_steps_are_in_the_reply(lenient):
    assert lenient.get("/chain").headers["x-step"] == ["reads", "works", "blocks"]
