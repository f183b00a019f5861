# SPDX-License-Identifier: MIT
"""Replies made chunk by chunk: whole, in order, bounded, counted, and ended in good order."""
import http.client
import re
import select
import threading
import time

import pytest

from conftest import PATIENCE, SANITIZED, eventually

LINES = 100000
LINE = "%08d a line of fifty characters, with its number\n"


@pytest.fixture(scope="module")
def probe(run_module):
    return run_module("probe")


def whole(count):
    return "".join(LINE % i for i in range(count)).encode()


def ask(process, target, version="1.1", **options):
    """A client that has asked and reads nothing yet."""
    client = process.client(**options)
    client.send(b"GET %s HTTP/%s\r\nHost: a\r\n\r\n" % (target.encode(), version.encode()))
    return client


def open_events(process, target="/events?ms=1"):
    """A client with an open event stream."""
    client = ask(process, target)
    assert b" 200 " in client._until(b"\r\n\r\n")
    return client


def pss_kb(process):
    with open("/proc/%d/smaps_rollup" % process.pid) as file:
        return int(re.search(r"^Pss:\s+(\d+)", file.read(), re.MULTILINE).group(1))


# -- content -----------------------------------------------------------------------------------------


def test_long_stream_arrives_whole_and_in_order(probe):
    with probe.client() as client:
        reply = client.request("GET", "/lines?count=%d" % LINES)
        assert reply.status == 200 and len(reply.body) > 5 << 20 and reply.body == whole(LINES)
        assert reply.header("transfer-encoding") == "chunked"
        assert reply.header("content-type") == "text/plain; charset=utf-8"
        assert reply.header("content-disposition") == "attachment"
        assert reply.header("x-content-type-options") == "nosniff"
        assert client.request("GET", "/hello").status == 200
    line = eventually(lambda: [x for x in probe.lines() if x.get("path") == "/lines"])[-1]
    assert line["status"] == 200 and line["bytes"] == len(reply.body) and line["user"] == "reader"


def test_chunks_are_bounded(probe):
    with ask(probe, "/lines?count=%d" % LINES) as client:
        client._until(b"\r\n\r\n")
        sizes = []
        while not sizes or sizes[-1]:
            sizes.append(int(client._until(b"\r\n"), 16))
            client._exactly(sizes[-1])
            client._until(b"\r\n")
    assert len(sizes) > 70 and max(sizes) < 66000


def test_stream_of_nothing_is_an_empty_body(probe):
    with probe.client() as client:
        assert client.request("GET", "/lines?count=0").body == b""
        assert client.request("GET", "/lines?count=1").body == whole(1)


def test_pipelined_streams_keep_their_order(probe):
    with probe.client() as client:
        for count in (3000, 1, 0, 5000):
            client.send(b"GET /lines?count=%d HTTP/1.1\r\nHost: a\r\n\r\n" % count)
        for count in (3000, 1, 0, 5000):
            assert client.reply().body == whole(count)


def test_http_1_0_gets_the_body_until_the_end(probe):
    with probe.client() as client:
        client.send(b"GET /lines?count=5000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        reply = client.reply()
        assert not reply.header("transfer-encoding") and reply.header("connection") == "close"
        assert reply.body == whole(5000)


def test_head_gives_headers_only(probe):
    with probe.client() as client:
        for target in ("/lines", "/events", "/broken/0"):
            reply = client.request("HEAD", target)
            assert reply.status == 200 and not reply.header("content-length")
            assert reply.header("content-type").startswith("text/")
        assert client.request("GET", "/hello").status == 200
    assert probe.metric("http_streams") == 0


def test_failure_before_the_first_byte_is_an_error_reply(probe):
    with probe.client() as client:
        reply = client.request("GET", "/broken/0")
        assert reply.status == 500 and "secret" not in reply.text
        assert reply.json()["instance"] == reply.header("x-request-id")
        assert client.request("GET", "/hello").status == 200


def test_failure_in_the_middle_is_not_taken_for_the_end(probe):
    connection = http.client.HTTPConnection("127.0.0.1", probe.port, timeout=PATIENCE)
    connection.request("GET", "/broken/3")
    response = connection.getresponse()
    assert response.status == 200
    with pytest.raises(http.client.IncompleteRead) as cut:
        response.read()
    assert cut.value.partial == b"whole\n" * 3
    connection.close()
    eventually(lambda: [x for x in probe.lines() if x.get("error") == "secret reason"])
    eventually(lambda: probe.metric("http_streams") == 0)


# -- events ------------------------------------------------------------------------------------------


def read_events(client, count):
    """The numbers of so many events, comments left out."""
    numbers = []
    while len(numbers) < count:
        size = int(client._until(b"\r\n"), 16)
        for line in client._exactly(size).decode().split("\n"):
            if line.startswith("data: "):
                numbers.append(int(line[6:]))
        client._until(b"\r\n")
    return numbers


def test_events_come_as_they_happen(probe):
    with open_events(probe, "/events?ms=150") as client:
        began = time.monotonic()
        assert read_events(client, 5) == [0, 1, 2, 3, 4]
        assert time.monotonic() - began >= 0.4
        assert probe.metric("http_streams") == 1
    eventually(lambda: probe.metric("http_streams") == 0)


def test_silent_event_stream_opens_at_once_and_beats(probe):
    with open_events(probe, "/events") as client:
        assert client._until(b"3\r\n:\n\n\r\n") == b"3\r\n:\n\n\r\n"
        began = time.monotonic()
        assert client._until(b"3\r\n:\n\n\r\n") == b"3\r\n:\n\n\r\n"
        assert time.monotonic() - began > 3


def test_streams_have_no_deadline(run):
    probe = run("probe", "--deadline=200ms", "--slow-reader=300ms", "--idle=300ms")
    with open_events(probe, "/events?ms=700") as client:
        assert read_events(client, 4) == [0, 1, 2, 3]
    assert probe.metric("http_slow_readers_total") == 0


# -- the store ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", [1, 100000])
def test_stream_over_the_store_goes_on_by_key(run, budget):
    probe = run("probe", "--store=sqlite::memory:", "--budget=%d" % budget)
    assert probe.request("POST", "/fill?count=4500").status == 204
    lines = probe.get("/export").text.splitlines()
    assert [line for line in lines if line.startswith("chunk")] == [
        "chunk %d" % i for i in range(1, 6)]
    assert [line for line in lines if not line.startswith("chunk")] == sorted(
        "fill-%d" % i for i in range(4500))
    # Over budget it runs on a worker; within, on the loop.
    assert (probe.metric('lane_done_total{lane="cpu"}') > 0) == (budget == 1)


def test_stream_waits_for_room_where_workers_are_busy(run):
    probe = run("probe", "--store=sqlite::memory:", "--budget=1", "--cpu-threads=1",
                "--lane-queue=1")
    assert probe.request("POST", "/fill?count=4500").status == 204
    busy = [ask(probe, "/works?ms=300"), ask(probe, "/works?ms=300")]
    eventually(lambda: probe.metric('lane_running{lane="cpu"}') == 1)
    clients = [ask(probe, "/export") for _ in range(5)]
    for client in clients:
        reply = client.reply()
        assert reply.status == 200 and len(reply.text.splitlines()) == 4505
    for client in busy + clients:
        client.close()


def test_writes_go_on_while_a_stream_is_open(run):
    probe = run("probe", "--store=sqlite::memory:")
    assert probe.request("POST", "/fill?count=50000").status == 204
    with ask(probe, "/export", receive_buffer=4096) as client:
        for i in range(1, 30):
            assert probe.request("POST", "/notes/z/add").json()["n"] == i
        text = client.reply().text
        assert text.count("fill-") == 50000 and text.endswith("\nz\n")


# -- bounds ------------------------------------------------------------------------------------------


def test_memory_stays_flat_with_slow_readers(run):
    probe = run("probe")
    before = pss_kb(probe)
    clients = [ask(probe, "/lines?count=4000000", receive_buffer=4096) for _ in range(20)]
    eventually(lambda: probe.metric("http_streams") == 20)
    for _ in range(5):
        for client in clients:
            client.socket.recv(1 << 16)
        probe.get("/livez")
    grown = pss_kb(probe) - before
    for client in clients:
        client.close()
    eventually(lambda: probe.metric("http_streams") == 0)
    # 20 x 208 MB wait to be sent; each stream may hold a chunk (its buffer doubles) and little else.
    assert grown < (20 * 256 + 4096) * (4 if SANITIZED else 1), grown


def test_reader_that_stalls_is_cut_off(run):
    probe = run("probe", "--slow-reader=500ms")
    with ask(probe, "/lines?count=4000000", receive_buffer=4096):
        eventually(lambda: probe.metric("http_streams") == 1)
        eventually(lambda: probe.metric("http_streams") == 0)
        assert probe.metric("http_slow_readers_total") == 1
        assert probe.metric("http_connections") == 1


def test_steady_slow_reader_is_left_alone(run):
    probe = run("probe", "--slow-reader=500ms")
    with ask(probe, "/lines?count=400000", receive_buffer=65536) as client:
        began, count, last = time.monotonic(), 0, b""
        while not last.endswith(b"\r\n0\r\n\r\n"):
            data = client.socket.recv(1 << 15)
            assert data, "cut after %d bytes" % count
            count, last = count + len(data), (last + data)[-16:]
            if time.monotonic() - began < 2:
                select.select([], [], [], 0.01)
        assert count > 20 << 20
    assert probe.metric("http_slow_readers_total") == 0


def test_many_streams_leave_other_calls_fast(run):
    probe = run("probe", "--log-level=warn")
    stop = threading.Event()

    def drink(client):
        while not stop.is_set():
            client.socket.recv(1 << 18)

    clients = [ask(probe, "/lines?count=100000000") for _ in range(50)]
    workers = [threading.Thread(target=drink, args=(client,)) for client in clients]
    for worker in workers:
        worker.start()
    times = []
    with probe.client() as client:
        for _ in range(40):
            began = time.monotonic()
            assert client.request("GET", "/livez").status == 200
            times.append(time.monotonic() - began)
    open_streams = probe.metric("http_streams")
    stop.set()
    for worker in workers:
        worker.join()
    for client in clients:
        client.close()
    assert open_streams == 50
    assert sorted(times)[len(times) // 2] < 0.25, times


def test_streams_above_the_cap_are_503_with_retry_after(run):
    probe = run("probe", "--max-streams=3")
    clients = [open_events(probe) for _ in range(3)]
    reply = probe.get("/lines")
    assert reply.status == 503 and int(reply.header("retry-after")) > 0
    assert not reply.header("content-disposition")
    assert probe.request("HEAD", "/lines").status == 200
    clients.pop().reset()
    eventually(lambda: probe.get("/lines?count=10").body == whole(10))
    assert probe.metric("http_streams") == 2
    for client in clients:
        client.close()


# -- leaving and ending ------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/lines?count=100000000", "/events?ms=1", "/events"])
def test_client_that_resets_ends_its_stream(probe, target):
    with ask(probe, target) as client:
        eventually(lambda: probe.metric("http_streams") == 1)
        client.socket.recv(1)
        client.reset()
        eventually(lambda: probe.metric("http_streams") == 0)
    eventually(lambda: probe.metric("http_requests_in_flight") == 1)


def test_drain_ends_event_streams_and_lets_others_finish(run):
    probe = run("probe")
    events = [open_events(probe, "/events?ms=%d" % ms) for ms in (0, 1, 1000)]
    lines = ask(probe, "/lines?count=%d" % LINES, receive_buffer=4096)
    eventually(lambda: probe.metric("http_streams") == 4)
    probe.process.terminate()
    for client in events:
        body = client.buffer
        while not body.endswith(b"\r\n0\r\n\r\n"):
            more = client.socket.recv(1 << 16)
            assert more, "cut without an end"
            body += more
        assert client.socket.recv(1) == b""
        client.close()
    assert lines.reply().body == whole(LINES)
    lines.close()
    assert probe.stop() == 0


def test_drain_ends_at_its_deadline_in_spite_of_a_stream(run):
    probe = run("probe", "--drain=500ms")
    with ask(probe, "/lines?count=100000000"):
        eventually(lambda: probe.metric("http_streams") == 1)
        began = time.monotonic()
        assert probe.stop() == 0
        assert time.monotonic() - began < 10
