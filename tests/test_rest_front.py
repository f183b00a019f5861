# SPDX-License-Identifier: MIT
"""Stage 2 in Chromium: a page that is a file, and the REST layer behind it."""
import json
import re
import socket
import subprocess

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from conftest import BIN, ROOT, Client, Process, end_all
from eve import Api
from test_browser import Browser, eventually

POSTS = 70


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def make_posts():
    lines = []
    for i in range(POSTS):
        lines.append({"_id": {"$oid": f"{i + 1:024x}"}, "id": f"p{i}", "title": f"Post number {i}",
                      "author": f"author{i % 3}", "url": f"https://posts.example/{i}", "score": i,
                      "num_comments": i % 5, "domain": "posts.example", "selftext": f"All about {i}.",
                      "created_utc": 1700000000 + i, "over_18": "False", "source": "reddit",
                      "permalink": f"https://posts.example/{i}"})
    lines[0]["title"] = "Fish &amp; chips &lt;b&gt;"
    lines[1] |= {"title": "<script>alert(1)</script>", "source": "generated", "url": "javascript:alert(1)"}
    lines[2] |= {"author": 12345, "over_18": True}
    return "\n".join(map(json.dumps, lines)) + "\n"


class Site(Process):
    """rest with the posts, its front, and the API's port to start it again on."""

    def __init__(self, folder, store, ports):
        self.ports, self.store = ports, store
        api, front = ports
        super().__init__("rest", f"--port={api}", f"--front-port={front}", f"--front={ROOT}/static",
                         f"--settings={ROOT}/rest/settings.json", f"--store={store}",
                         f"--api-url=http://localhost:{api}", folder=folder)
        self.front = front

    def url(self, path="/"):
        return f"http://localhost:{self.front}{path}"


@pytest.fixture
def site(tmp_path, address):
    (tmp_path / "posts.json").write_text(make_posts())
    subprocess.run([BIN / "import", f"--store={address}", tmp_path / "posts.json"], check=True,
                   stdout=subprocess.DEVNULL)
    started = [Site(tmp_path, address, (free_port(), free_port())).wait_ready()]
    started[0].started = started
    yield started[0]
    end_all(started)


def start_again(site, tmp_path):
    again = Site(tmp_path, site.store, site.ports).wait_ready()
    site.started.append(again)
    return again


@pytest.fixture(scope="module")
def chromium():
    browser = Browser()
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium, site):
    chromium.site = site
    chromium.screen(1280)
    chromium.get(site.url("/static/rest/rest.css"))
    chromium.execute_script("localStorage.clear()")
    chromium.get_log("browser")
    yield chromium
    chromium.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
    wrong = [line["message"] for line in chromium.get_log("browser")
             if "Content Security" in line["message"] or "Uncaught" in line["message"]
             or "CORS" in line["message"]]
    assert not wrong


def cards(browser):
    return browser.css(".card[data-post-id]")


def be(browser, name):
    """Choose a name in the dialog."""
    browser.one("#who").click()
    browser.one("#name").send_keys(name)
    old = browser.one("#view")
    browser.one("#name-form button").click()
    eventually(lambda: browser.one("#who").text == name and browser.one("#view") != old)


def scroll_down(browser):
    browser.execute_script("window.scrollTo(0, document.body.scrollHeight)")


def test_the_list_goes_on_while_it_is_scrolled(browser):
    browser.open("/")
    eventually(lambda: len(cards(browser)) >= 25)
    assert cards(browser)[0].find_element(By.TAG_NAME, "h2").text == f"Post number {POSTS - 1}"
    for _ in range(20):
        scroll_down(browser)
        if len(cards(browser)) == POSTS:
            break
        eventually(lambda: not browser.css("#end .busy") or "That is all" in browser.one("#end").text)
    eventually(lambda: len(cards(browser)) == POSTS)
    assert len({card.get_attribute("data-post-id") for card in cards(browser)}) == POSTS
    eventually(lambda: "That is all." in browser.one("#end").text)


def test_texts_are_shown_once_decoded_and_never_run(browser):
    browser.open("/posts/p0")
    eventually(lambda: browser.css("article h1"))
    assert browser.one("h1").text == "Fish & chips <b>"
    browser.open("/posts/p1")
    eventually(lambda: browser.css("article h1"))
    assert browser.one("h1").text == "<script>alert(1)</script>"
    assert not browser.css("a[href^='javascript']")
    browser.open("/posts/p2")
    eventually(lambda: "by 12345" in browser.one(".meta").text)


def test_searching_finds_by_words(browser):
    browser.open("/")
    browser.one("#search").send_keys("number 42", Keys.ENTER)
    eventually(lambda: "q=number" in browser.current_url)
    eventually(lambda: [card.get_attribute("data-post-id") for card in cards(browser)] == ["p42"])


def test_a_post_that_is_not_there_is_told(browser):
    browser.open("/posts/nope")
    eventually(lambda: "no such post" in browser.one("#view").text)


def test_a_like_is_kept_and_can_be_taken_back(browser, site):
    browser.open("/")
    be(browser, "alice")
    eventually(lambda: browser.like_button("p69"))
    browser.like_button("p69").click()
    eventually(lambda: browser.pressed("p69") == "true")
    rows = Api(site).get("/likes")["_items"]
    assert [row["_id"] for row in rows] == [f"alice:{POSTS:024x}"]
    browser.open("/posts/p69")
    eventually(lambda: browser.css("button.like .count") and browser.one("button.like .count").text == "1")
    browser.one("button.like").click()
    eventually(lambda: browser.pressed("p69") == "false")
    assert Api(site).get("/likes")["_items"] == []


def test_what_another_window_changed_is_noticed(browser, site):
    browser.open("/")
    be(browser, "alice")
    eventually(lambda: browser.like_button("p69"))
    browser.like_button("p69").click()
    eventually(lambda: browser.pressed("p69") == "true")
    api = Api(site)
    row = api.get("/likes")["_items"][0]
    key = "/likes/" + row["_id"]
    changed = api.ask("PUT", key, {"user": row["user"], "post": row["post"]}, row["_etag"])
    assert changed.status == 200
    browser.like_button("p69").click()
    eventually(lambda: "another window" in browser.status())
    assert browser.pressed("p69") == "true"
    browser.like_button("p69").click()
    eventually(lambda: browser.pressed("p69") == "false")


def test_hidden_posts_stay_away_until_undone(browser):
    browser.open("/")
    be(browser, "bob")
    hide = lambda: browser.one("[data-post-id=p69] .hide")  # noqa: E731
    eventually(hide)
    hide().click()
    eventually(lambda: browser.css(".gone button"))
    browser.open("/")
    eventually(lambda: len(cards(browser)) >= 20)
    assert not browser.css("[data-post-id=p69]")
    browser.one("[data-post-id=p68] .hide").click()
    browser.one(".gone button").click()
    eventually(lambda: browser.css("[data-post-id=p68]"))


def test_a_bad_name_is_refused_with_the_reason(browser):
    browser.open("/")
    browser.one("#who").click()
    browser.one("#name").send_keys("Not A Name")
    browser.one("#name-form button").click()
    eventually(lambda: "name" in browser.one("#name-wrong").text)
    assert browser.execute_script("return localStorage.getItem('user')") is None


def test_a_server_that_is_gone_is_told_and_tried_again(browser, site, tmp_path):
    browser.open("/")
    eventually(lambda: len(cards(browser)) >= 25)
    before = len(cards(browser))
    site.kill()
    scroll_down(browser)
    eventually(lambda: browser.css("#end .wrong") and "cannot be reached" in browser.one("#end").text)
    start_again(site, tmp_path)
    browser.one("#end button").click()
    eventually(lambda: len(cards(browser)) > before)


def test_being_offline_is_told_and_a_like_is_not_pretended(browser):
    browser.open("/")
    be(browser, "carol")
    eventually(lambda: browser.like_button("p69"))
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
    eventually(lambda: "offline" in browser.status())
    browser.like_button("p69").click()
    eventually(lambda: "Not saved" in browser.status())
    assert browser.pressed("p69") == "false"
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
    eventually(lambda: "online again" in browser.status())
    browser.like_button("p69").click()
    eventually(lambda: browser.pressed("p69") == "true")


def test_the_page_fits_a_narrow_screen(browser):
    browser.screen(320)
    browser.open("/")
    eventually(lambda: len(cards(browser)) >= 25)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 320


def test_the_front_says_where_the_api_is(site):
    with Client(site.front) as client:
        config = client.request("GET", "/config.json")
        assert config.json() == {"api": f"http://localhost:{site.ports[0]}"}
        page = client.request("GET", "/")
        assert re.search("connect-src 'self' http://localhost", page.header("content-security-policy"))
        assert client.request("GET", "/", {"If-None-Match": page.header("etag")}).status == 304
