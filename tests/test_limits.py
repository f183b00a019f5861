# SPDX-License-Identifier: MIT
"""Limits, deadlines, clients that leave, and ending without a failed request."""
import collections
import multiprocessing
import signal
import socket
import threading
import time

import pytest

from conftest import Client, eventually


# -- limits ------------------------------------------------------------------------------------------


def test_body_above_the_limit_is_413(run):
    probe = run("probe", "--max-body=4K")
    assert len(probe.request("POST", "/", {}, b"x" * 4096).body) == 4096
    with probe.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4097\r\n\r\n")
        reply = client.reply()
        assert reply.status == 413 and client.closed()
    assert reply.header("x-content-type-options") == "nosniff" and reply.header("x-request-id")
    assert probe.metric('http_responses_total{code="413"}') == 1


def test_long_url_is_414_and_large_head_431(run):
    probe = run("probe", "--max-url=1K", "--max-head=4K")
    assert probe.get("/" + "x" * 1000).status == 404
    with probe.client() as client:
        assert client.request("GET", "/" + "x" * 1024).status == 414 and client.closed()
    with probe.client() as client:
        assert client.request("GET", "/", {"X-Big": "x" * 4096}).status == 431 and client.closed()


def test_connections_above_the_limit_are_closed_at_once(run):
    probe = run("probe", "--max-connections=3")
    clients = [probe.client() for _ in range(3)]
    assert [client.request("GET", "/").status for client in clients] == [200] * 3
    with probe.client() as extra:
        assert extra.closed()
    clients.pop().close()

    def served():
        with probe.client() as client:
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try:
                return client.reply()
            except OSError:
                return None

    assert eventually(served).status == 200
    for client in clients:
        client.close()
    eventually(lambda: served() and probe.metric("http_connections_refused_total") >= 1)


def test_slow_sender_is_cut_off(run):
    probe = run("probe", "--idle=300ms")
    began = time.monotonic()
    with probe.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
        assert client.closed()
    with probe.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
        assert client.closed()
    assert time.monotonic() - began < 10


def test_slow_reader_is_cut_off(run):
    probe = run("probe", "--slow-reader=500ms")
    with probe.client(receive_buffer=4096) as client:
        client.send(b"GET /big?mb=32 HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: probe.metric("http_requests_in_flight") == 2)
        eventually(lambda: probe.metric("http_requests_in_flight") == 1)
        assert probe.metric("http_connections") == 1


def test_steady_reader_is_left_alone(run):
    probe = run("probe", "--slow-reader=500ms")
    assert len(probe.get("/big?mb=32").body) == 32 << 20


def test_full_queue_is_503_with_retry_after(run):
    probe = run("probe", "--blocking-threads=1", "--lane-queue=2")
    clients = [probe.client() for _ in range(8)]
    for client in clients:
        client.send(b"GET /blocks?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n")
    replies = [client.reply() for client in clients]
    statuses = sorted(reply.status for reply in replies)
    assert statuses[0] == 200 and statuses[-1] == 503 and set(statuses) == {200, 503}
    assert all(reply.header("retry-after") for reply in replies if reply.status == 503)
    assert probe.metric('lane_refused_total{lane="blocking"}') == statuses.count(503)
    for client in clients:
        client.close()


# -- deadlines, leaving, draining --------------------------------------------------------------------


def test_step_that_takes_too_long_is_504(run):
    probe = run("probe", "--deadline=300ms", "--blocking-threads=1")
    with probe.client() as running, probe.client() as queued:
        running.send(b"GET /blocks?ms=1500 HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n")
        eventually(lambda: probe.metric('lane_running{lane="blocking"}') == 1)
        queued.send(b"GET /blocks?ms=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        first, second = running.reply(), queued.reply()
        assert first.status == second.status == 504
        assert first.header("x-request-id") == first.json()["instance"] == "mine"
        assert running.request("GET", "/hello").status == 200
    eventually(lambda: probe.metric('lane_running{lane="blocking"}') == 0)
    assert probe.get("/blocks?ms=1").status == 200
    assert probe.metric('lane_done_total{lane="blocking"}') == 2
    assert probe.stop() == 0


def test_client_that_resets_while_waiting_is_noticed(run):
    probe = run("probe", "--blocking-threads=1")
    first, second = probe.client(), probe.client()
    first.send(b"GET /blocks?ms=4000 HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: probe.metric('lane_running{lane="blocking"}') == 1)
    second.send(b"GET /blocks?ms=1 HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: probe.metric('lane_queued{lane="blocking"}') == 1)
    second.reset()
    eventually(lambda: probe.metric('lane_queued{lane="blocking"}') == 0)
    first.reset()
    eventually(lambda: probe.metric("http_clients_gone_total") == 2)
    eventually(lambda: probe.metric("http_requests_in_flight") == 1)


def test_client_that_half_closes_gets_its_answer(run):
    probe = run("probe")
    with probe.client() as client:
        client.send(b"GET /blocks?ms=2500 HTTP/1.1\r\nHost: a\r\n\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.reply().status == 200


def load(port, stop, results):
    """Requests over connections that are kept or made anew, until told to stop."""
    while not stop.is_set():
        kept = False
        try:
            with Client(port) as client:
                for _ in range(20):
                    if stop.is_set():
                        return
                    client.send(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                    reply = client.reply()
                    if reply is None:
                        # A kept connection may be closed between requests; a fresh one may not.
                        if not kept:
                            results.append("closed before its first answer")
                        break
                    results.append(reply.status)
                    kept = True
                    if reply.header("connection") == "close":
                        break
        except ConnectionRefusedError:
            return
        except OSError as error:
            if not kept:
                results.append(repr(error))
                return


@pytest.mark.parametrize("threads", [1, 2])
def test_drain_under_load_fails_no_request(run, threads):
    probe = run("probe", "--threads=%d" % threads, "--log-level=warn")
    stop, results = threading.Event(), []
    workers = [threading.Thread(target=load, args=(probe.port, stop, results)) for _ in range(8)]
    for worker in workers:
        worker.start()
    slow = probe.client()
    slow.send(b"GET /blocks?ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: len(results) > 500)
    assert probe.stop() == 0
    assert slow.reply().status == 200
    stop.set()
    for worker in workers:
        worker.join()
    assert set(results) == {200}


def connect_until_refused(port, results):
    """A new connection for each request, so that one is being made whenever a listener closes."""
    seen = collections.Counter()
    while True:
        try:
            with Client(port) as client:
                reply = client.request("GET", "/hello")
                seen[reply.status if reply else "closed before its answer"] += 1
        except ConnectionRefusedError:
            break
        except OSError as error:
            seen[repr(error)] += 1
    results.put(seen)


def test_closing_the_listeners_resets_nobody(run):
    seen = collections.Counter()
    for _ in range(6):
        probe = run("probe", "--threads=2", "--log-level=warn")
        results = multiprocessing.Queue()
        clients = [multiprocessing.Process(target=connect_until_refused, args=(probe.port, results))
                   for _ in range(6)]
        for client in clients:
            client.start()
        eventually(lambda: probe.metric('http_responses_total{code="200"}') > 200)
        assert probe.stop() == 0
        for client in clients:
            seen += results.get(timeout=20)
            client.join()
    assert set(seen) == {200}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_each_signal_to_end_lets_the_call_under_way_finish(run, number):
    probe = run("probe")
    with probe.client() as client:
        client.send(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.reply().status == 200
        assert probe.stop(number) == 0


def test_drain_grace_says_503_on_health_while_serving(run):
    probe = run("probe", "--drain-grace=1s")
    with probe.client() as health, probe.client() as client:
        assert health.request("GET", "/health").status == 200
        probe.process.terminate()
        reply = eventually(lambda: (lambda r: r.status == 503 and r)(
            health.request("GET", "/health")))
        assert reply.header("retry-after") and reply.json()["response"] == "draining"
        assert health.request("GET", "/livez").status == 200
        assert client.request("GET", "/hello").status == 200
        assert probe.get("/hello").status == 200
    assert probe.stop() == 0  # told twice, it still takes its time


def test_drain_ends_at_its_deadline(run):
    probe = run("probe", "--drain=500ms")
    with probe.client() as client:
        client.send(b"GET /blocks?ms=9000 HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: probe.metric('lane_running{lane="blocking"}') == 1)
        began = time.monotonic()
        probe.stop()
        assert time.monotonic() - began < 5


def test_port_in_use_is_one_sentence_and_exit_1(run):
    for arguments in ([], ["--threads=2"]):
        probe = run("probe", *arguments)
        second = run.start("probe", "--port=%d" % probe.port, *arguments)
        assert second.process.wait(30) == 1
        assert second.err_path.read_text() == "probe: port %d is in use\n" % probe.port
        assert probe.get("/").status == 200


def test_several_processes_share_a_port_when_asked(run):
    first = run("probe", "--share-port")
    second = run.start("probe", "--port=%d" % first.port, "--share-port").wait_ready()
    assert first.port == second.port
    first.stop()
    assert second.get("/").status == 200


def test_loops_share_the_port(run):
    probe = run("probe", "--threads=3")
    assert {probe.get("/hello").status for _ in range(50)} == {200}
    assert probe.stop() == 0


def test_work_does_not_delay_health(run):
    probe = run("probe", "--cpu-threads=1")
    with probe.client() as busy, probe.client() as client:
        busy.send(b"GET /works?ms=1500 HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: probe.metric('lane_running{lane="cpu"}') == 1)
        began = time.monotonic()
        assert client.request("GET", "/health").status == 200
        assert time.monotonic() - began < 1
        assert busy.reply().status == 200
