# SPDX-License-Identifier: MIT
"""A MongoDB server that is away, slow, strict or limited, as programs and their clients meet it. The
server is a real one; a proxy in front of it misbehaves on command."""
import itertools
import json
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import mongo
from conftest import BIN, PATIENCE, ROOT, SANITIZED, all_at_once, eventually, is_busy
from eve import Api, settings_with, write_settings
from proxy import Proxy
from stores import own_server, server  # noqa: F401 (fixture)

OUTAGES = ["refuse", "reset", "stall", "black_hole"]
LARGEST = 16 * 1024 * 1024  # of a document


@pytest.fixture
def start_server(tmp_path):
    """start_server(standalone=True) and the like: a server of the test's own."""
    started = []

    def start(**options):
        started.append(own_server(tmp_path / f"server{len(started)}", **options))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def proxy(server):
    one = Proxy(server.port)
    yield one
    one.close()


def address_of(port, user="", options=""):
    return f"mongodb://{user}127.0.0.1:{port}/{mongo.fresh_name()}?directConnection=true{options}"


@pytest.fixture
def rest(run, tmp_path):
    """rest(address, "--pool=4", CAPITALS=…) starts a REST server; rest.start() does not wait."""
    def arguments(address, *more, posts=None, **changes):
        path = write_settings(tmp_path, settings_with(posts, **changes))
        return [f"--settings={path}", f"--store={address}", *more]

    def start_ready(*given, **options):
        return Api(run("rest", *arguments(*given, **options)))

    start_ready.start = lambda *given, **options: run.start(
        "rest", "--port=0", *arguments(*given, **options))
    return start_ready


def refuses(process, *words):
    """A program ends with one sentence that has these words; all that it said, lines of the log too."""
    assert process.process.wait(PATIENCE) == 1
    said = process.err_path.read_text()
    sentences = [line for line in said.splitlines() if not line.startswith("{")]
    assert len(sentences) == 1 and all(word in sentences[0] for word in words), said
    return said + process.log_path.read_text()


def timed(ask):
    began = time.monotonic()
    reply = ask()
    return reply, time.monotonic() - began


# -- at the start ------------------------------------------------------------------------------------

@pytest.mark.parametrize("how", OUTAGES)
def test_without_a_server_nothing_starts_and_one_sentence_says_why(rest, proxy, how):
    getattr(proxy, how)()
    process = rest.start(address_of(proxy.port, "ann:secret@"), "--store-timeout=300ms")
    assert "secret" not in refuses(process, f"127.0.0.1:{proxy.port}")


def test_every_program_says_so(run, proxy):
    proxy.refuse()
    address = address_of(proxy.port)
    done = subprocess.run([BIN / "import", f"--store={address}", ROOT / "datasets/data.json"],
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1 and str(proxy.port) in done.stderr
    process = run.start("monolithic", "--port=0", f"--store={address}", "--key-file=key",
                        f"--templates={ROOT}/templates", f"--static={ROOT}/static")
    refuses(process, f"127.0.0.1:{proxy.port}")


def test_a_start_can_wait_for_the_server(rest, proxy):
    proxy.refuse()
    process = rest.start(address_of(proxy.port), "--store-wait=5m", "--store-timeout=300ms")
    told = eventually(lambda: [line for line in process.err_path.read_text().splitlines(True)
                               if line.endswith("\n") and "not there yet" in line])
    assert f"127.0.0.1:{proxy.port}" in json.loads(told[0])["msg"]
    proxy.forward()
    api = Api(process.wait_ready())
    assert api.get("/posts/" + api.post({"title": "a"})["_id"])["title"] == "a"


def test_a_wait_comes_to_an_end(rest, proxy):
    proxy.refuse()
    process = rest.start(address_of(proxy.port), "--store-wait=1s", "--store-timeout=300ms")
    refuses(process, f"127.0.0.1:{proxy.port}")


def test_a_wrong_password_is_refused_and_not_told(rest, start_server):
    server = start_server()
    server.require_user("ann", "right")
    options = "&authSource=admin"
    for user in ("ann:wrong@", "bob:right@"):
        said = refuses(rest.start(address_of(server.port, user, options), "--store-wait=5m"), "password")
        assert "wrong" not in said and "right" not in said
    refuses(rest.start(address_of(server.port, "ann:right@")), "looked for in test_", "authSource")
    refuses(rest.start(address_of(server.port)), "user")
    api = rest(address_of(server.port, "ann:right@", options))
    assert api.post({"title": "a"})


def test_the_log_level_holds_while_the_store_is_opened(rest, server):
    for level, told in (("info", True), ("warn", False)):
        process = rest.start(address_of(server.port), f"--log-level={level}")
        process.wait_ready()
        assert ("the store is mongodb" in process.err_path.read_text()) == told


def certificate(folder, name):
    """A certificate for this machine that signs itself, with its key."""
    path = folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", folder / "key", "-out", folder / "cert"], check=True, capture_output=True)
    path.write_text((folder / "cert").read_text() + (folder / "key").read_text())
    return path


def test_encryption_is_used_and_checked(rest, start_server, tmp_path):
    pem, other = certificate(tmp_path, "server"), certificate(tmp_path, "other")
    server = start_server(pem=pem)
    api = rest(address_of(server.port, options=f"&tls=true&tlsCAFile={pem}"))
    assert api.post({"title": "a"})
    for options in (f"&tls=true&tlsCAFile={other}", "&tls=true", ""):
        process = rest.start(address_of(server.port, options=options), "--store-timeout=500ms")
        refuses(process, f"127.0.0.1:{server.port}")


def test_encryption_with_a_server_without_it_is_refused(rest, server, tmp_path):
    pem = certificate(tmp_path, "server")
    process = rest.start(address_of(server.port, options=f"&tls=true&tlsCAFile={pem}"),
                         "--store-timeout=500ms")
    refuses(process, f"127.0.0.1:{server.port}")


def test_who_needs_transactions_says_how_to_get_them(rest, run, start_server):
    server = start_server(standalone=True)
    address = address_of(server.port)
    for needs, changes in (("BULK_ENABLED", {}),
                           ("VERSIONING", {"posts": {"versioning": True}, "BULK_ENABLED": False}),
                           ("OPLOG", {"OPLOG": True, "BULK_ENABLED": False}),
                           ("CHANGES_ENDPOINT", {"CHANGES_ENDPOINT": "changes", "BULK_ENABLED": False})):
        refuses(rest.start(address, **changes), needs, "--replSet", "rs.initiate()")
    refuses(run.start("monolithic", "--port=0", f"--store={address}", "--key-file=key",
                      f"--templates={ROOT}/templates", f"--static={ROOT}/static"), "--replSet")


def test_who_needs_none_runs_without(rest, start_server):
    api = rest(address_of(start_server(standalone=True).port), BULK_ENABLED=False)
    post = api.post({"title": "a", "id": "x"})
    target = "/posts/" + post["_id"]
    api.fails(422, "POST", "/posts", {"title": "b", "id": "x"})
    changed = api.ask("PATCH", target, {"title": "b"}, post["_etag"]).json()
    api.fails(412, "PATCH", target, {"title": "c"}, post["_etag"])
    assert api.get(target)["title"] == "b"
    assert api.ask("DELETE", target, None, changed["_etag"]).status == 204
    api.get(target, 404)


# -- away --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("how", OUTAGES)
def test_an_outage_is_told_quickly_and_heals_by_itself(rest, proxy, how):
    api = rest(address_of(proxy.port), "--store-timeout=500ms")
    post = api.post({"title": "a"})
    target = "/posts/" + post["_id"]
    getattr(proxy, how)()
    eventually(lambda: is_busy(api.ask("GET", target)))
    eventually(lambda: is_busy(api.ask("PATCH", target, {"title": "b"}, post["_etag"])))
    asked = [timed(lambda: api.ask("GET", target)) for _ in range(20)]
    assert all(is_busy(reply) for reply, _ in asked)
    # One may find out anew what others are told at once.
    assert sorted(took for _, took in asked)[10] < 0.25
    eventually(lambda: api.process.get("/health").status == 503)
    assert api.process.get("/livez").status == 200
    proxy.forward()
    assert eventually(lambda: api.ask("GET", target).status == 200)
    assert eventually(lambda: api.ask("POST", "/posts", {"title": "c"}).status == 201)
    assert eventually(lambda: api.process.get("/health").status == 200)
    assert api.get(target)["title"] in ("a", "b")  # what was told to be open may have been made


def test_pages_come_back_too(run, proxy, tmp_path):
    address = address_of(proxy.port)
    (tmp_path / "posts.json").write_text(json.dumps({"id": "p1", "title": "A post", "score": 60}))
    subprocess.run([BIN / "import", f"--store={address}", tmp_path / "posts.json"], check=True,
                   stdout=subprocess.DEVNULL)
    site = run("monolithic", f"--store={address}", "--key-file=key", "--store-timeout=500ms",
               f"--templates={ROOT}/templates", f"--static={ROOT}/static")
    assert "A post" in site.get("/posts/p1").text
    proxy.refuse()
    assert eventually(lambda: is_busy(site.get("/posts/p1?again")))
    assert site.get("/posts/p1?again").header("content-type").startswith("text/html")
    proxy.forward()
    assert eventually(lambda: site.get("/posts/p1?again").status == 200)


def test_a_document_that_anothers_transaction_holds_stops_nobody_else(rest, server):
    address = address_of(server.port)
    api = rest(address, "--store-timeout=2s", "--pool=4")
    held, free = api.post({"title": "held"}), api.post({"title": "free"})
    answered = []

    def change(one):
        reply = api.ask("PATCH", f"/posts/{one['_id']}", {"score": 2}, etag=one["_etag"])
        answered.append(one["_id"])
        return reply

    def meet(number):
        """One of them comes when the others, more than the store has connections, are all there."""
        if number:
            assert is_busy(change(held))
            return
        assert eventually(lambda: api.process.metric("store_queue_depth") >= 6)
        assert change(free).status == 200

    with mongo.client(address) as other, other.start_session() as session:
        session.start_transaction()
        other.get_default_database().posts.update_one({"title": "held"}, {"$set": {"score": 1}},
                                                      session=session)
        all_at_once(9, meet)
        assert answered[0] == free["_id"]
        assert api.get("/posts")["_meta"]["total"] == 2
        session.abort_transaction()
    # One that nobody waits for any more may still come through, where the server knows no time limit.
    assert eventually(lambda: change(api.get("/posts/" + held["_id"])).status == 200)


def test_who_follows_changes_misses_none_over_an_outage(rest, proxy):
    api = rest(address_of(proxy.port), "--store-timeout=500ms", CHANGES_ENDPOINT="changes")
    cursor = api.get("/changes")["cursor"]
    wanted = [api.post({"title": "before"})["_id"]]
    proxy.reset()
    eventually(lambda: is_busy(api.ask("GET", "/posts")))
    proxy.forward()
    eventually(lambda: api.ask("GET", "/posts").status == 200)
    wanted.append(api.post({"title": "after"})["_id"])

    def told():
        reply = api.ask("GET", "/changes?after=" + cursor)
        return reply.status == 200 and [item["_id"] for item in reply.json()["_items"]]

    assert eventually(lambda: told() == wanted)


def test_an_end_waits_for_no_look_at_all_collections(run, server, proxy, tmp_path):
    """Others have dropped a collection, so the indexes of all are looked at, of a slow server."""
    names = [f"c{number}" for number in range(40)]
    settings = {"DOMAIN": {name: {"schema": {"name": {"type": "string", "unique": True}}}
                           for name in names}}
    address = address_of(proxy.port)
    program = run("rest", f"--settings={write_settings(tmp_path, settings)}", f"--store={address}",
                  "--store-timeout=10s")
    database = address.split("/")[3].partition("?")[0]
    with server.client() as client:
        proxy.delay(0.15)
        client[database][names[0]].drop()
        time.sleep(2)  # it looks, which takes 12 seconds
        began = time.monotonic()
        program.stop()
        assert time.monotonic() - began < 6


def test_the_server_may_be_killed_and_what_was_answered_is_there(rest, start_server):
    server = start_server(durable=True)
    api = rest(address_of(server.port), "--store-timeout=1s")
    kept, batches, enough = [], [], threading.Event()

    def write(number):
        """Batches of five until the server is gone."""
        while not enough.is_set() or server.process.poll() is None:
            with api.process.client() as client:
                name = f"{number}-{len(batches)}"
                batch = [{"title": name, "score": score} for score in range(5)]
                reply = api.ask("POST", "/posts", batch, client=client)
            batches.append(name)
            if reply.status == 201:
                kept.extend(item["_id"] for item in reply.json()["_items"])
            else:
                assert is_busy(reply), reply.text

    killer = threading.Thread(target=lambda: (eventually(lambda: len(kept) >= 100), server.kill(),
                                              enough.set()))
    killer.start()
    try:
        all_at_once(4, write)
    finally:
        enough.set()
        killer.join()
    server.start()
    assert len(kept) >= 100
    eventually(lambda: api.ask("GET", "/posts").status == 200)
    for one in kept:
        api.get("/posts/" + one)
    counts = {}
    page = "/posts?max_results=50"
    while page:
        reply = api.get(page)
        for item in reply["_items"]:
            counts[item["title"]] = counts.get(item["title"], 0) + 1
        page = "/" + reply["_links"]["next"]["href"] if "next" in reply["_links"] else None
    assert set(counts.values()) == {5}  # no batch is half there


def test_a_server_that_comes_back_has_no_change_made_twice(rest, start_server):
    """A commit whose answer was lost is no reason to run its work again: its ids would be taken."""
    server = start_server(durable=True)
    api = rest(address_of(server.port), "--store-timeout=2s")
    kept, lost, enough = [], [], threading.Event()

    def write(number):
        for count in itertools.count():
            if enough.is_set():
                return
            batch = [{"title": "a", "id": f"{number}-{count}-{one}"} for one in range(2)]
            with api.process.client() as client:
                reply = api.ask("POST", "/posts", batch, client=client)
            assert reply.status == 201 or is_busy(reply), reply.text
            (kept if reply.status == 201 else lost).append(batch)

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, number) for number in range(4)]
        try:
            for wanted in (20, 40, 60):
                assert eventually(lambda: len(kept) >= wanted or any(one.done() for one in writers))
                server.kill()
                server.start()
        finally:
            enough.set()
    for writer in writers:
        writer.result()
    assert eventually(lambda: api.ask("GET", "/posts").status == 200)
    found = {batch[0]["id"]: [len(api.get("/posts?where=" + json.dumps({"id": one["id"]}))["_items"])
                              for one in batch] for batch in kept + lost}
    assert all(found[batch[0]["id"]] == [1, 1] for batch in kept)
    assert all(found[batch[0]["id"]] in ([0, 0], [1, 1]) for batch in lost)


# -- slow --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("how", ["stall", "delay"])
def test_a_slow_server_is_given_up_at_the_deadline(rest, proxy, how):
    api = rest(address_of(proxy.port), "--store-timeout=20s", "--deadline=700ms")
    target = "/posts/" + api.post({"title": "a"})["_id"]
    proxy.delay(2) if how == "delay" else proxy.stall()
    health, ended = [], threading.Event()

    def ask_health():
        with api.process.client() as client:
            while not ended.is_set():
                health.append(timed(lambda: client.request("GET", "/livez"))[1])
                health.append(timed(lambda: client.request("GET", "/health"))[1])

    asking = threading.Thread(target=ask_health)
    asking.start()
    try:
        for ask in (lambda: api.ask("GET", target), lambda: api.ask("GET", "/posts"),
                    lambda: api.ask("POST", "/posts", {"title": "b"})):
            reply, took = timed(ask)
            assert is_busy(reply), reply.text
            assert 0.5 < took < 2
    finally:
        ended.set()
        asking.join()
    assert len(health) >= 20 and sorted(health)[len(health) * 9 // 10] < 0.1
    proxy.forward()
    assert eventually(lambda: api.ask("GET", target).status == 200)


def test_one_that_is_somewhat_slow_is_waited_for(rest, proxy):
    api = rest(address_of(proxy.port), "--store-timeout=5s")
    proxy.delay(0.1)
    post = api.post({"title": "a"})
    assert api.get("/posts/" + post["_id"])["title"] == "a"
    assert api.ask("DELETE", "/posts/" + post["_id"], None, post["_etag"]).status == 204


# -- many --------------------------------------------------------------------------------------------

def memory_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_many_readers_share_few_connections_and_no_memory_is_lost(rest, proxy):
    pool, clients, each = 4, 100, 15
    api = rest(address_of(proxy.port), f"--pool={pool}", "--deadline=60s")
    targets = ["/posts/" + api.post({"title": f"t{number}"})["_id"] for number in range(10)]

    def read(number):
        with api.process.client() as client:
            for turn in range(each):
                target = targets[(number + turn) % 10] if turn % 5 else "/posts"
                assert api.ask("GET", target, client=client).status == 200

    all_at_once(clients, read)
    before = memory_kib(api.process.pid)
    all_at_once(clients, read)
    assert proxy.most <= pool + 3  # what watches the server, and the changes
    if not SANITIZED:
        assert memory_kib(api.process.pid) - before < 16 * 1024


def test_writers_share_them_too(rest, proxy):
    pool = 3
    api = rest(address_of(proxy.port), f"--pool={pool}", "--deadline=60s")
    all_at_once(40, lambda number: [api.post({"title": f"{number}"}) for _ in range(5)])
    assert api.get("/posts?max_results=1")["_meta"]["total"] == 200
    assert proxy.most <= pool + 3


# -- limits of servers -------------------------------------------------------------------------------

def test_documents_end_at_the_servers_size(rest, server):
    api = rest(address_of(server.port), "--max-body=40M", "--store-timeout=20s", "--deadline=60s",
               posts={"allow_unknown": True})
    text = "x" * (LARGEST - 2000)
    post = api.post({"title": "a", "text": text})
    assert api.get("/posts/" + post["_id"])["text"] == text
    for size in (LARGEST - 20, LARGEST, LARGEST + 20, LARGEST + 70_000, 2 * LARGEST):
        reply = api.ask("POST", "/posts", {"title": "b", "text": "x" * size})
        assert reply.status in (413, 422), reply.text[:500]
    reply = api.ask("PATCH", "/posts/" + post["_id"], {"more": "x" * 3000}, post["_etag"])
    assert reply.status in (413, 422), reply.text[:500]
    assert api.get("/posts?projection=" + json.dumps({"title": 1}))["_meta"]["total"] == 1
    assert api.get("/posts/" + post["_id"])["_etag"] == post["_etag"]


def test_what_others_put_in_the_way_clashes(rest, server):
    address = address_of(server.port)
    api = rest(address, posts={"schema": {"_id": {"type": "string"}, "title": {"type": "string"},
                                          "id": {"type": "string", "unique": True}},
                               "item_url": 'regex("[a-z]+")'})
    with mongo.client(address) as client:
        client.get_default_database().posts.insert_one({"_id": "theirs", "title": "t", "id": "x"})
    clash = api.fails(422, "POST", "/posts", {"_id": "ours", "title": "a", "id": "x"})
    assert set(clash["_issues"]) == {"id"}
    api.fails(409, "POST", "/posts", {"_id": "theirs", "title": "a"})
    ours = api.post({"_id": "ours", "title": "a"})
    api.fails(422, "PATCH", "/posts/ours", {"id": "x"}, ours["_etag"])
    assert api.get("/posts?max_results=1")["_meta"]["total"] == 2


# -- cursors of changes ------------------------------------------------------------------------------

@pytest.mark.parametrize("made_up", ["AAAA", "82" + "0" * 30, "x" * 1500], ids=["text", "token", "long"])
def test_a_made_up_cursor_is_refused(rest, server, made_up):
    api = rest(address_of(server.port), CHANGES_ENDPOINT="changes")
    for cursor in (made_up, api.get("/changes")["cursor"][:-4] + "zzzz"):
        assert api.ask("GET", "/changes?after=" + cursor).status in (400, 410)
    assert api.get("/changes?after=" + api.get("/changes")["cursor"])["_items"] == []


def test_a_cursor_that_is_too_old_is_gone(rest, start_server):
    server = start_server(changes_kept=100)
    if server.own:
        pytest.skip("a mongod keeps a gigabyte of changes at least")
    address = address_of(server.port)
    api = rest(address, CHANGES_ENDPOINT="changes")
    cursor = api.get("/changes")["cursor"]
    api.post({"title": "a"})
    api.process.stop()
    with mongo.client(address) as client:
        # SecantusDB looks how many there are after a thousand each.
        client.get_default_database().others.insert_many([{"_id": number} for number in range(2500)])
    api = rest(address, CHANGES_ENDPOINT="changes")
    assert eventually(lambda: api.ask("GET", "/changes?after=" + cursor).status != 503)
    api.fails(410, "GET", "/changes?after=" + cursor)
    assert api.get("/changes?after=" + api.get("/changes")["cursor"])["_items"] == []
