# SPDX-License-Identifier: MIT
"""Stage 1 as attackers use it: what was once wrong stays right."""
import pytest

from test_monolithic import Visitor, arguments, load, post


@pytest.fixture(scope="module")
def site(run_module, tmp_path_factory, store):
    address = load(store.at(tmp_path_factory.mktemp("store") / "posts.db"), [post(n) for n in range(1, 21)])
    return run_module("monolithic", *arguments(address, "--trusted-proxies=127.0.0.1"))


@pytest.fixture
def user(site):
    return Visitor(site).sign_up()


def log_in_through(site, number, lines):
    """The status of a wrong login whose X-Forwarded-For is given line by line."""
    visitor = Visitor(site)
    token = visitor.token("/login")
    body = b"name=nobody%d&password=wrong+wrong&token=%s" % (number, token.encode())
    head = ["POST /login HTTP/1.1", "Host: test", "Cookie: guest=" + visitor.cookies["guest"],
            "Content-Type: application/x-www-form-urlencoded", "Content-Length: %d" % len(body)]
    head += ["X-Forwarded-For: " + line for line in lines]
    with site.client() as client:
        client.send("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        return client.reply().status


def test_what_a_client_says_before_its_proxy_does_is_not_believed(site):
    statuses = [log_in_through(site, n, ["192.0.2.%d" % n, "10.8.8.8"]) for n in range(8)]
    assert statuses == [401] * 5 + [429] * 3


def test_guesses_of_a_program_are_counted_as_well(site):
    statuses = []
    for _ in range(8):
        visitor = Visitor(site)
        token = visitor.token("/login")
        statuses.append(site.request(
            "POST", "/login",
            {"Cookie": "guest=" + visitor.cookies["guest"], "Accept": "application/json",
             "Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": "192.0.2.77"},
            b"name=ghost&password=wrong+wrong&token=" + token.encode()).status)
    assert statuses == [401] * 5 + [429] * 3


@pytest.mark.parametrize("address", ["http://127.0.0.1\tx.example/", "http://127.0.0.1 x.example/"])
def test_a_blank_within_an_address_does_not_cut_it(user, address):
    reply = user.act("/posts/p1/share", {"to": "  %s\t" % address})
    assert reply.status == 422
    assert reply.page.field("to") == address


@pytest.mark.parametrize("target", ["/search", "/login", "/posts/p1/like", "/logout"])
def test_a_body_that_is_no_form_is_unsupported(user, target):
    for kind in ({}, {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}):
        reply = user.request("POST", target, kind, b'{"search":"x"}')
        assert reply.status == 415
    assert user.get("/account").status == 200


def test_control_characters_are_shown_as_replaced(site):
    for target in ("/search_results/a%01b", "/search_results/?q=a%7Fb", "/posts/p1?to=a%1Bb"):
        reply = Visitor(site).get(target)
        assert reply.status == 200 and "a\N{REPLACEMENT CHARACTER}b" in reply.text


def test_an_address_to_go_to_is_ascii(user):
    reply = user.get("/login?next=/a%20b%C3%BC")
    assert reply.status == 303 and reply.header("location") == "/a%20b%C3%BC"
