# SPDX-License-Identifier: MIT
"""What the platform promises around any application's routes."""
import re
import socket

import pytest

from conftest import Client, eventually


@pytest.fixture(scope="module")
def probe(run_module):
    return run_module("probe")


# -- methods and routes ------------------------------------------------------------------------------


def test_head_is_get_without_the_body_and_keeps_the_length(probe):
    with probe.client() as client:
        get = client.request("GET", "/hello")
        head = client.request("HEAD", "/hello")
        again = client.request("GET", "/hello")
    assert head.status == 200 and head.body == b""
    assert head.header("content-length") == get.header("content-length") == str(len(get.body))
    assert again.body == get.body


def test_options_names_the_methods(probe):
    reply = probe.request("OPTIONS", "/")
    assert reply.status == 200 and reply.header("content-length") == "0"
    assert set(reply.header("allow").split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    everything = probe.request("OPTIONS", "*")
    assert everything.status == 200 and "PUT" in everything.header("allow")


def test_wrong_method_is_405_with_allow(probe):
    reply = probe.request("DELETE", "/hello")
    assert reply.status == 405
    assert set(reply.header("allow").split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_trace_and_unknown_methods_are_refused(probe):
    assert probe.request("TRACE", "/").status == 405
    assert probe.request("FROBNICATE", "/").status == 501
    assert probe.request("get", "/").status == 501


def test_unknown_path_is_404_and_malformed_one_400(probe):
    assert probe.get("/nowhere").status == 404
    assert probe.get("/names/%zz/x").status == 400
    assert probe.get("/names/%00/x").status == 400


def test_literal_segments_beat_parameters_and_are_tried_first(probe):
    assert probe.get("/names/one/two").text == "literal"
    assert probe.get("/names/one/three").text == "one|three"
    assert probe.get("/slash/").text == "literal"
    assert probe.get("/slash").status == 404
    assert probe.get("/names/one/").status == 404


def test_segments_are_decoded_once(probe):
    assert probe.get("/names/a%2Fb/c%2525+d").text == "a/b|c%25+d"
    assert probe.get("/%6Eames/one/%74wo").text == "literal"


def test_pipelined_requests_are_answered_in_order(probe):
    with probe.client() as client:
        client.send(b"GET /blocks?ms=50 HTTP/1.1\r\nHost: a\r\n\r\n"
                    b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
                    b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")
        assert [client.reply().text[:7], client.reply().status, client.reply().status] == [
            "blocked", 200, 404]


# -- inputs ------------------------------------------------------------------------------------------


def test_query_number_is_checked(probe):
    assert probe.get("/number").text == "5"
    assert probe.get("/number?n=7").text == "7"
    for bad in ("0", "11", "x", "", "1.5", "99999999999999999999", "-1"):
        reply = probe.get("/number?n=" + bad)
        assert reply.status == 400 and "n must be" in reply.json()["detail"]


def test_malformed_query_and_form_are_400(probe):
    assert probe.get("/number?n=%zz").status == 400
    assert probe.get("/number?n=1&n=2").status == 400
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert probe.request("POST", "/form", form, b"text=%f").status == 400


def test_form_is_read_only_from_a_form_body(probe):
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert probe.request("POST", "/form", form, b"text=a+b%21").text == "a b!"
    assert probe.request("POST", "/form", {"Content-Type": "text/plain"}, b"text=a").text == "(none)"
    assert probe.request("POST", "/form", form, b"").text == "(none)"


def test_body_arrives_whole_and_binary(probe):
    body = bytes(range(256)) * 400
    assert probe.request("POST", "/", {}, body).body == body
    with probe.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n")
        assert client.reply().body == b"hello!"
        assert client.request("GET", "/").status == 200


def test_expect_continue_is_obeyed(probe):
    with probe.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert client._until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        client.send(b"ok")
        assert client.reply().body == b"ok"


def test_handler_sees_header_cookie_client_path_and_target(probe):
    reply = probe.get("/echo?a=1", {"X-Agent": " me ", "Cookie": 'x=1; taste="sweet"; y=2',
                                    "Accept": "application/json, */*"})
    assert reply.text == "sweet|me|127.0.0.1|/echo|/echo?a=1|1"


# -- replies -----------------------------------------------------------------------------------------


def test_every_reply_has_the_common_headers(probe):
    for target in ("/", "/nowhere", "/empty", "/fail/16", "/number?n=x", "/health", "/metrics"):
        reply = probe.get(target)
        assert reply.header("x-content-type-options") == "nosniff"
        assert re.fullmatch("[0-9a-f]{32}", reply.header("x-request-id"))
        assert reply.header("referrer-policy") == "same-origin"


def test_errors_are_problem_details(probe):
    for target, status in (("/nowhere", 404), ("/fail/1", 400), ("/fail/6", 409), ("/fail/17", 502)):
        reply = probe.get(target)
        problem = reply.json()
        assert reply.status == problem["status"] == status
        assert reply.header("content-type") == "application/problem+json"
        assert problem["type"] == "about:blank" and problem["title"]
        assert problem["instance"] == reply.header("x-request-id")
    assert probe.get("/fail/1").json()["detail"] == 'secret detail "1"'


def test_internal_error_tells_the_client_nothing_and_the_log_everything_once(probe):
    reply = probe.get("/fail/16")
    assert reply.status == 500 and "secret" not in reply.text
    id = reply.header("x-request-id")
    found = eventually(lambda: [line for line in probe.lines()
                                if line["level"] == "error" and line.get("request_id") == id])
    assert len(found) == 1 and "secret detail" in found[0]["error"]


def test_busy_and_too_many_carry_retry_after(probe):
    assert probe.get("/fail/18").header("retry-after") == "1"
    assert probe.get("/fail/14").status == 429 and probe.get("/fail/14").header("retry-after")


def test_redirects_stay_at_home(run):
    probe = run("probe", "--public-prefix=/app")
    assert probe.get("/redirect?to=/a%3Fb=c").header("location") == "/app/a?b=c"
    for bad in ("//evil.example", "/%5Cevil.example", "https://evil.example", ""):
        assert probe.get("/redirect?to=" + bad).header("location") == "/app/"


def test_line_breaks_never_reach_a_header(probe):
    reply = probe.get("/echo?header=a%0D%0ASet-Cookie:%20x=1")
    assert reply.header("x-echo") is None and reply.header("set-cookie") is None
    assert probe.get("/echo?header=fine").header("x-echo") == "fine"
    assert probe.get("/echo?cookie=a%3Bb").header("set-cookie") is None
    assert probe.get("/echo?cookie=ab").header("set-cookie") == (
        "taste=ab; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")


def test_no_content_has_no_body_and_keeps_the_connection(probe):
    with probe.client() as client:
        reply = client.request("GET", "/empty")
        assert reply.status == 204 and reply.header("content-length") is None
        assert client.request("GET", "/").text == "probe\n"


# -- ids, logs, metrics ------------------------------------------------------------------------------


def test_request_id_is_taken_when_it_is_well_formed(probe):
    assert probe.get("/", {"X-Request-Id": "My.id_1-2"}).header("x-request-id") == "My.id_1-2"
    for bad in ("a b", "x" * 65, "a/b", ""):
        assert probe.get("/", {"X-Request-Id": bad}).header("x-request-id") != bad


def logged(probe, id):
    return eventually(lambda: [line for line in probe.lines() if line.get("request_id") == id])[0]


def test_log_line_has_what_is_needed_and_no_query(probe):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    reply = probe.get("/echo?password=secret", {"traceparent": "00-%s-00f067aa0ba902b7-01" % trace})
    line = logged(probe, reply.header("x-request-id"))
    assert (line["method"], line["route"], line["path"], line["status"]) == (
        "GET", "/echo", "/echo", 200)
    assert (line["user"], line["client"], line["bytes"]) == ("alice", "127.0.0.1", len(reply.body))
    assert line["trace_id"] == trace and line["span_id"] != "00f067aa0ba902b7"
    assert line["duration_ms"] >= 0 and line["service"] == "probe"
    assert "secret" not in str(line)


@pytest.mark.parametrize("bad", [
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", "00-short", "x" * 3000])
def test_bad_traceparent_starts_a_new_trace(probe, bad):
    line = logged(probe, probe.get("/", {"traceparent": bad}).header("x-request-id"))
    assert re.fullmatch("[0-9a-f]{32}", line["trace_id"]) and line["trace_id"] not in bad.lower()


def test_log_lines_parse_whatever_the_request_held(probe):
    ids = []
    for target, headers in (('/"quoted"\\', {}), ("/%00%0a%ff", {}), ("/names/%22/%0A", {}),
                            ("/" + "x" * 3000, {"X-Agent": "\xff\xfe\""})):
        with probe.client() as client:
            reply = client.request("GET", target, headers)
            ids.append(reply.header("x-request-id"))
    for id in ids:
        logged(probe, id)


def test_health_and_metrics_are_not_in_the_access_log(probe):
    before = [probe.get(path).header("x-request-id") for path in ("/health", "/metrics", "/livez")]
    logged(probe, probe.get("/").header("x-request-id"))
    assert not [line for line in probe.lines() if line.get("request_id") in before]


SAMPLE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"\\\n]*"(,[a-z_]+="[^"\\\n]*")*\})? -?[0-9.e+-]+(inf)?')


def test_metrics_are_well_formed(probe):
    reply = probe.get("/metrics")
    assert reply.header("content-type").startswith("text/plain; version=0.0.4")
    assert reply.text.endswith("\n") and "\r" not in reply.text
    typed, seen = set(), set()
    for line in reply.text.splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in typed, "twice: " + name
            typed.add(name)
        elif not line.startswith("#"):
            assert SAMPLE.fullmatch(line), line
            key = line.rsplit(" ", 1)[0]
            assert key not in seen, "twice: " + key
            seen.add(key)
            assert re.sub("_(bucket|sum|count)$", "", key.split("{")[0]) in typed or (
                key.split("{")[0] in typed), line


def test_requests_are_counted_by_route_and_status(probe):
    ok = 'http_requests_total{method="GET",route="/names/:first/:last",code="2xx"}'
    before = probe.metric(ok), probe.metric('http_responses_total{code="409"}')
    times = 'http_request_duration_seconds_count{method="GET",route="/names/:first/:last"}'
    timed = probe.metric(times)
    probe.get("/names/a/b")
    probe.get("/fail/6")
    assert probe.metric(ok) == before[0] + 1 and probe.metric(times) == timed + 1
    assert probe.metric('http_responses_total{code="409"}') == before[1] + 1


def test_a_thousand_bad_paths_add_no_series(probe):
    def series():
        return len(probe.get("/metrics").text.splitlines())

    before = series()
    with probe.client() as client:
        for i in range(1000):
            client.request("GET" if i % 2 else "M%d" % i, "/bad-%d" % i)
    assert series() == before


def test_gauges_go_back_to_nothing(probe):
    eventually(lambda: probe.metric("http_requests_in_flight") == 1)
    assert probe.metric("process_pss_bytes") > 1e6
    assert probe.metric("process_resident_memory_bytes") > 1e6


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_admin_port_takes_health_and_metrics_away(run):
    port = free_port()
    probe = run("probe", "--admin-port=%d" % port)
    assert probe.get("/health").status == probe.get("/metrics").status == 404
    with Client(port) as admin:
        assert admin.request("GET", "/health").json() == {"response": "pong"}
        assert "http_requests_total" in admin.request("GET", "/metrics").text
        assert admin.request("GET", "/hello").status == 404


def test_health_answers(probe):
    assert probe.get("/health").json() == {"response": "pong"}
    assert probe.get("/livez").status == probe.get("/readyz").status == 200
    assert "store" in probe.get("/readyz?verbose=").text


def test_steps_of_every_kind_follow_one_another(probe):
    assert probe.get("/chain").text == "reads works blocks reads"
