# SPDX-License-Identifier: MIT
"""Likes where it hurts: many clients at once, several processes on one file, and kill -9 in the middle.
What was answered is there afterwards; nothing is counted twice."""
import json
import re
import threading
import urllib.parse

import pytest
from conftest import BIN, ROOT, Client, Process
import subprocess

FORM = "application/x-www-form-urlencoded"


class Monolith:
    """monolithic over one store that may be started again."""

    def __init__(self, folder, posts):
        self.folder = folder
        self.posts = posts
        self.store = f"sqlite:{folder}/reddit.db"

    def load(self):
        data = self.folder / "posts.json"
        subprocess.run([BIN / "generate", f"--posts={self.posts}"], stdout=data.open("wb"), check=True)
        subprocess.run([BIN / "import", f"--store={self.store}", data], check=True,
                       stdout=subprocess.DEVNULL)
        return [json.loads(line)["id"] for line in data.read_text().splitlines()]

    def start(self, *more):
        return Process("monolithic", "--port=0", f"--store={self.store}", "--log-level=warn",
                       f"--key-file={self.folder}/key", f"--image-cache={self.folder}/images",
                       f"--templates={ROOT}/templates", f"--static={ROOT}/static", *more,
                       folder=self.folder).wait_ready()


@pytest.fixture
def monolith(tmp_path):
    running = []

    class Started(Monolith):
        def start(self, *more):
            process = super().start(*more)
            running.append(process)
            return process

    yield lambda posts: Started(tmp_path, posts)
    for process in running:
        process.stop()


def form(fields):
    return urllib.parse.urlencode(fields).encode()


def sign_up(process, name):
    """(headers, body) that make a change in this user's name."""
    with process.client() as client:
        page = client.request("GET", "/signup")
        cookie = page.header("set-cookie").split(";")[0]
        token = re.search(r'name="token" value="([^"]+)"', page.text).group(1)
        reply = client.request("POST", "/signup", {"Cookie": cookie, "Content-Type": FORM},
                               form({"token": token, "name": name,
                                     "password": "nine lives of a cat"}))
        assert reply.status == 303, reply.text
        cookie = next(value.split(";")[0] for value in reply.headers["set-cookie"]
                      if value.startswith("session="))
        page = client.request("GET", "/", {"Cookie": cookie})
        token = re.search(r'name="token" value="([^"]+)"', page.text).group(1)
    headers = {"Cookie": cookie, "Content-Type": FORM, "Accept": "application/json"}
    return headers, form({"token": token})


def total_of(process, user, post):
    """A post's total, by liking and taking it back as somebody else."""
    headers, body = user
    with process.client() as client:
        client.request("POST", f"/posts/{post}/like", headers, body)
        return client.request("POST", f"/posts/{post}/unlike", headers, body).json()["likes"]


def run_all(workers):
    threads = [threading.Thread(target=work) for work in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_64_clients_liking_everything_at_once_are_counted_exactly(monolith):
    site = monolith(1000)
    posts = site.load()
    process = site.start()
    users = [sign_up(process, f"user-{number}") for number in range(4)]
    failures = []

    def like_all(number):
        headers, body = users[number % len(users)]
        with Client(process.port) as client:
            for at in range(0, 1000, 8):  # sixteen clients of a user share the posts
                post = posts[(at + number // len(users)) % 1000]
                reply = client.request("POST", f"/posts/{post}/like", headers, body)
                if reply.status != 200 or not reply.json()["liked"]:
                    failures.append((post, reply.status))

    run_all([lambda number=number: like_all(number) for number in range(64)])
    assert not failures
    other = sign_up(process, "other")
    # client n / 4 of 16 covers the posts at + n / 4: each class of eight twice by each user
    assert {total_of(process, other, post) for post in posts[:64]} == {len(users)}


def test_what_was_answered_survives_kill_9(monolith):
    site = monolith(300)
    posts = site.load()
    process = site.start()
    users = [sign_up(process, f"user-{number}") for number in range(8)]
    answered = {post: set() for post in posts}
    enough = threading.Event()

    def like_until_dead(number):
        headers, body = users[number]
        done = 0
        try:
            with Client(process.port) as client:
                for post in posts:
                    reply = client.request("POST", f"/posts/{post}/like", headers, body)
                    if reply is None:
                        return
                    assert reply.status == 200
                    answered[post].add(number)
                    done += 1
                    if done == 50:
                        enough.set()
        except OSError:
            pass

    def kill():
        assert enough.wait(30)
        process.process.kill()

    run_all([lambda number=number: like_until_dead(number) for number in range(8)] + [kill])
    process.process.wait()
    count = sum(map(len, answered.values()))
    assert count >= 50
    again = site.start()
    for number, (headers, body) in enumerate(users):
        with again.client() as client:
            for post in posts:
                page = client.request("GET", f"/posts/{post}", {"Cookie": headers["Cookie"]})
                liked = f"/posts/{post}/unlike" in page.text
                assert liked or number not in answered[post], f"a like of {post} was lost"
    other = sign_up(again, "other")
    for post in posts[:40]:
        assert len(answered[post]) <= total_of(again, other, post) <= len(users)


def test_two_processes_on_one_file_share_it_fairly(monolith):
    site = monolith(400)
    posts = site.load()
    processes = [site.start(), site.start()]
    users = [[sign_up(process, f"user-{at}-{number}") for number in range(4)]
             for at, process in enumerate(processes)]
    halfway = {}
    started = [0, 0]

    def like_all(at, number):
        headers, body = users[at][number]
        with Client(processes[at].port) as client:
            for post in posts:
                reply = client.request("POST", f"/posts/{post}/like", headers, body)
                assert reply.status == 200
                started[at] += 1
                if started[at] == 800 and at not in halfway:
                    halfway[at] = tuple(started)

    run_all([lambda at=at, number=number: like_all(at, number)
             for at in range(2) for number in range(4)])
    assert started == [1600, 1600]
    # when the first is half done, the other has had a fair share too
    first = min(halfway.values(), key=sum)
    assert min(first) >= 160, f"one process starved the other: {first}"
    other = sign_up(processes[0], "other")
    assert {total_of(processes[0], other, post) for post in posts[:50]} == {8}
