# SPDX-License-Identifier: MIT
"""Steps that read and change a store: where they run, when they are answered, what is undone."""
import threading
import time

import pytest

from conftest import eventually


@pytest.fixture(scope="module")
def probe(run_module):
    return run_module("probe", "--store=sqlite::memory:")


def test_write_is_seen_by_the_next_read(probe):
    with probe.client() as client:
        for i in range(200):
            assert client.request("PUT", "/notes/seen", {}, b"text %d" % i).status == 204
            assert client.request("GET", "/notes/seen").json()["text"] == "text %d" % i


def test_missing_note_is_404(probe):
    assert probe.get("/notes/none").status == 404


def test_failed_write_is_undone(probe):
    assert probe.request("POST", "/notes/undone/add").json()["n"] == 1
    reply = probe.request("POST", "/notes/undone/fail")
    assert reply.status == 409 and reply.json()["detail"] == "changed my mind"
    assert probe.get("/notes/undone").json()["n"] == 1


def test_next_step_sees_what_the_write_committed(probe):
    for i in range(1, 20):
        assert probe.request("POST", "/notes/then/then").json()["n"] == i


def test_many_writers_at_once_lose_nothing(probe):
    def add():
        with probe.client() as client:
            for _ in range(50):
                assert client.request("POST", "/notes/many/add").status == 200
                client.request("POST", "/notes/many/fail")

    workers = [threading.Thread(target=add) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert probe.get("/notes/many").json()["n"] == 400


def test_queued_write_past_its_deadline_is_504_and_does_not_happen(run):
    probe = run("probe", "--store=sqlite::memory:", "--deadline=400ms")
    first, second = probe.client(), probe.client()
    first.send(b"POST /notes/first/slow?ms=1500 HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: probe.get("/writing").text == "1")
    time_began = time.monotonic()
    second.send(b"POST /notes/second/slow?ms=0 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert second.reply().status == 504
    assert time.monotonic() - time_began < 1.4
    # The one that had begun is waited for: never 504 and then a commit.
    assert first.reply().status == 200
    assert probe.get("/notes/first").json()["n"] == 1
    assert probe.get("/notes/second").status == 404
    first.close(), second.close()


def test_too_many_queued_writes_are_503_with_retry_after(run):
    probe = run("probe", "--store=sqlite::memory:", "--store-queue=2")
    clients = [probe.client() for _ in range(8)]
    for client in clients:
        client.send(b"POST /notes/full/slow?ms=200 HTTP/1.1\r\nHost: a\r\n\r\n")
    replies = [client.reply() for client in clients]
    refused = [reply for reply in replies if reply.status == 503]
    assert refused and all(reply.header("retry-after") for reply in refused)
    done = [reply for reply in replies if reply.status == 200]
    assert len(done) + len(refused) == 8
    assert probe.get("/notes/full").json()["n"] == len(done)
    for client in clients:
        client.close()


def test_client_that_leaves_before_its_write_begins_changes_nothing(run):
    probe = run("probe", "--store=sqlite::memory:")
    first, second = probe.client(), probe.client()
    first.send(b"POST /notes/first/slow?ms=3000 HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: probe.get("/writing").text == "1")
    second.send(b"POST /notes/left/add HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: probe.metric("http_requests_in_flight") == 3)
    second.reset()
    eventually(lambda: probe.metric("http_clients_gone_total") == 1)
    assert first.reply().status == 200
    assert probe.get("/notes/left").status == 404
    first.close()


def test_read_over_budget_is_run_again_on_a_worker_and_answers_once(run):
    probe = run("probe", "--store=sqlite::memory:", "--budget=20")
    assert probe.request("POST", "/fill?count=20000").status == 204
    before = probe.metric('lane_done_total{lane="cpu"}')
    reply = probe.get("/scan")
    assert reply.status == 200 and reply.text == "20000"
    assert reply.headers["set-cookie"] == ["scanned=once; Path=/; HttpOnly; SameSite=Lax"]
    assert probe.metric('lane_done_total{lane="cpu"}') == before + 1
    assert not [line for line in probe.lines() if line["level"] == "error"]
    assert probe.get("/notes/fill-7").json()["n"] == 7
    assert probe.metric('lane_done_total{lane="cpu"}') == before + 1


def test_health_stays_fast_while_long_reads_run(run):
    probe = run("probe", "--store=sqlite::memory:", "--budget=20", "--cpu-threads=1")
    assert probe.request("POST", "/fill?count=20000").status == 204
    clients = [probe.client() for _ in range(8)]
    for client in clients:
        client.send(b"GET /scan HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
    slowest = 0
    with probe.client() as client:
        for _ in range(50):
            began = time.monotonic()
            assert client.request("GET", "/health").status == 200
            slowest = max(slowest, time.monotonic() - began)
    for client in clients:
        assert [client.reply().text for _ in range(3)] == ["20000"] * 3
        client.close()
    assert slowest < 0.5


def test_drain_finishes_the_writers_queue(run, tmp_path):
    store = "--store=sqlite:%s" % (tmp_path / "drain.db")
    probe = run("probe", store)
    clients = [probe.client() for _ in range(5)]
    for client in clients:
        client.send(b"POST /notes/drain/slow?ms=200 HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: probe.metric("http_requests_in_flight") == 6)
    assert probe.stop() == 0
    assert [client.reply().status for client in clients] == [200] * 5
    again = run("probe", store)
    assert again.get("/notes/drain").json()["n"] == 5


def test_ready_line_says_that_the_store_answers(probe):
    assert "store yes" in probe.get("/readyz?verbose=").text
    assert probe.metric("server_ready") == 1
