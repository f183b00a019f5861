# SPDX-License-Identifier: MIT
"""Stage 1 over HTTP: every page and form, as people and as attackers use them. Every page that is
fetched is parsed strictly, so that one malformed tag fails the test that met it."""
import http.server
import json
import re
import subprocess
import threading
import time
from urllib.parse import quote, urlencode

import html5lib
import pytest

from conftest import BIN, ROOT, eventually

PASSWORD = "long enough for anybody"
EVIL = "<script>alert('x')</script> \" onload=\"y & {{token}}"


def post(number, **fields):
    """A post as mongoexport writes it."""
    return {"_id": {"$oid": "%024x" % number}, "id": "p%d" % number, "title": "Post number %d" % number,
            "author": "author%d" % number, "url": "https://example.com/%d" % number,
            "permalink": "https://www.reddit.com/r/Python/comments/p%d/" % number,
            "domain": "example.com", "selftext": "", "thumbnail": "", "score": 1000 - number,
            "ups": 1100 - number, "downs": 100, "num_comments": number, "created_utc": 1.37e9,
            "over_18": "False", "is_self": "False", "edited": "False", **fields}


def make_posts():
    posts = [post(n) for n in range(1, 61)]
    posts += [
        post(100, id="evil", title=EVIL, author=EVIL, domain=EVIL, selftext=EVIL, score=9,
             url="javascript:alert(1)", permalink="javascript:alert(2)", thumbnail="data:text/html,x"),
        post(101, id="long", title="x" * 100_000, score=8, selftext="word " * 1000),
        post(102, id="escaped", title="a &lt; b &amp;&amp; c", score=7),
        post(103, id=180097, author=16807, title="Numbers for names", score=6),
        post(104, id="bare", title="", author="", domain="", url="", permalink="", score=-15),
        post(105, id="a b/ü", title="An odd id", score=5),
        post(106, id="adult", title="For some", over_18="True", score=4, num_comments=1),
        post(107, id="cxx", title="c/c++ and 100% of .. dots", score=3),
    ]
    return posts


@pytest.fixture(scope="module")
def hook():
    """A receiver of webhooks: paths it was asked for, with bodies. /fail answers 500."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(500 if self.path == "/fail" else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.received = received
    yield server
    server.shutdown()


def load(address, posts):
    """Put these posts into a store; its address."""
    lines = "".join(json.dumps(one) + "\n" for one in posts)
    subprocess.run([str(BIN / "import"), "--store=" + address, "-"], input=lines.encode(), check=True,
                   stdout=subprocess.DEVNULL)
    return address


def arguments(address, *more):
    return ["--store=" + address, "--sync=normal", "--templates=%s/templates" % ROOT,
            "--static=%s/static" % ROOT, "--key-file=key", "--image-cache=images", *more]


@pytest.fixture(scope="module")
def site(run_module, tmp_path_factory, hook, store):
    address = load(store.at(tmp_path_factory.mktemp("store") / "posts.db"), make_posts())
    return run_module("monolithic", *arguments(
        address, "--allow-hosts=127.0.0.1:%d" % hook.server_address[1], "--trusted-proxies=127.0.0.1"))


class Visitor:
    """A browser without scripts: keeps cookies, sends forms, checks every page."""
    names = iter(range(10_000))

    def __init__(self, site, address=None):
        """Each comes from an address of its own, as failed logins are counted by it."""
        number = next(self.names)
        self.site, self.cookies = site, {}
        self.headers = {"X-Forwarded-For": address or "10.1.%d.%d" % divmod(number, 250)}

    def request(self, method, target, headers=None, body=None):
        headers = {**self.headers, **(headers or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join("%s=%s" % pair for pair in self.cookies.items())
        reply = self.site.request(method, target, headers, body)
        for line in reply.headers.get("set-cookie", []):
            name, _, value = line.split(";")[0].partition("=")
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        reply.page = None
        if reply.body and (reply.header("content-type") or "").startswith("text/html"):
            reply.page = Page(reply.text)
        return reply

    def get(self, target, **headers):
        return self.request("GET", target, {k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, target, fields=None, **headers):
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return self.request("POST", target, headers, urlencode(fields or {}).encode())

    def token(self, target="/"):
        return self.get(target).page.field("token")

    def act(self, target, fields=None, **headers):
        """Send a form of the page that holds it."""
        return self.post(target, {"token": self.token("/account"), **(fields or {})}, **headers)

    def sign_up(self, name=None, password=PASSWORD):
        name = name or "user%d" % next(self.names)
        page = self.get("/signup").page
        reply = self.post("/signup", {"token": page.field("token"), "name": name,
                                      "password": password, "next": "/"})
        assert reply.status == 303, reply.text
        self.get("/")
        self.name = name
        return self

    def log_in(self, name, password=PASSWORD, **fields):
        page = self.get("/login").page
        return self.post("/login", {"token": page.field("token"), "name": name,
                                    "password": password, **fields})


class Page:
    """A page that is valid HTML."""

    def __init__(self, text):
        self.text = text
        self.tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)

    def all(self, tag, **attributes):
        return [one for one in self.tree.iter(tag)
                if all(one.get(k.rstrip("_").replace("_", "-")) == v for k, v in attributes.items())]

    def field(self, name):
        return self.all("input", name=name)[0].get("value")

    def words(self, tag, **attributes):
        found = self.all(tag, **attributes)
        return " ".join("".join(found[0].itertext()).split()) if found else None

    @property
    def title(self):
        return self.words("title")

    def ids(self):
        return [one.get("data-post-id") for one in self.tree.iter("li") if one.get("data-post-id")]

    def like(self, number):
        form = [one for one in self.tree.iter("form")
                if re.fullmatch("/posts/%s/(un)?like" % number, one.get("action"))][0]
        button = form.find("button")
        return (int("".join(button[-1].itertext())), button.get("aria-pressed") == "true")


@pytest.fixture
def visitor(site):
    return Visitor(site)


@pytest.fixture
def user(site):
    return Visitor(site).sign_up()


PUBLIC = ["/", "/index", "/recommended/", "/search_results/post", "/search_results/?q=post",
          "/search_results/", "/posts/p1", "/login", "/signup"]
PRIVATE = ["/hidden", "/shares", "/account"]


# -- pages ------------------------------------------------------------------------------------------

def test_the_front_page_shows_the_twelve_best_with_a_tenth_of_their_score(visitor):
    reply = visitor.get("/")
    assert reply.status == 200
    assert reply.page.ids() == ["p%d" % n for n in range(1, 13)]
    assert "99.9" in reply.page.words("p", class_="meta")


def test_index_is_the_front_page(visitor):
    assert visitor.get("/index").page.ids() == visitor.get("/").page.ids()


def test_recommendations_go_on_page_after_page(visitor):
    seen = []
    target = "/recommended/"
    while target:
        page = visitor.get(target).page
        seen += page.ids()
        following = page.all("a", rel="next")
        target = following[0].get("href") if following else None
    assert seen == ["p%d" % n for n in range(1, 61)]


def test_a_search_is_redirected_to_an_address_of_its_own(visitor):
    reply = visitor.post("/search", {"search": "post number"})
    assert (reply.status, reply.header("location")) == (303, "/search_results/post%20number")
    page = visitor.get(reply.header("location")).page
    assert len(page.ids()) == 20 and page.field("search") == "post number"


@pytest.mark.parametrize("words", ["c/c++", "a\\b", "100%", ".", "..", "", "c/c++ & more?"])
def test_words_that_do_not_fit_into_a_path_travel_in_the_query(visitor, words):
    reply = visitor.post("/search", {"search": words})
    assert reply.status == 303
    assert reply.header("location") == "/search_results/?q=" + quote(words, safe="-._~")
    reply = visitor.get(reply.header("location"))
    assert reply.status == 200 and (reply.page.field("search") or "") == words


def test_results_are_paged_and_the_links_keep_the_words(visitor):
    page = visitor.get("/search_results/post%20number").page
    assert not page.all("a", rel="prev")
    following = page.all("a", rel="next")[0].get("href")
    assert following == "/search_results/post%20number?page=2"
    second = visitor.get(following).page
    assert len(second.ids()) == 20 and not set(second.ids()) & set(page.ids())
    assert second.all("a", aria_current="page", href=following)
    last = visitor.get("/search_results/?q=post%20number&page=3").page
    assert len(last.ids()) == 20 and not last.all("a", rel="next")
    assert last.all("a", rel="prev")[0].get("href") == "/search_results/post%20number?page=2"


def test_a_title_begins_with_the_matter_and_says_the_page(visitor):
    assert visitor.get("/search_results/post?page=2").page.title.startswith("“post”, page 2 of 3")


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=abc", "page=1.5", "page=99999999999999"])
def test_a_page_that_is_no_number_is_a_bad_request(visitor, query):
    assert visitor.get("/search_results/post?" + query).status == 400


@pytest.mark.parametrize("path", ["/search_results/post", "/recommended/"])
def test_a_page_beyond_the_last_is_not_found(visitor, path):
    assert visitor.get(path + "?page=77").status == 404


def test_nothing_found_says_so_and_leads_on(visitor):
    reply = visitor.get("/search_results/xyzzyplugh")
    assert reply.status == 200 and "No post has all of these words" in reply.text


@pytest.mark.parametrize("words", ['"', '""', "AND OR NOT", "NEAR(", "post*", "title:post", "(", "-",
                                   "^post", "{a b}", "'; drop table posts; --", "$where", "\u0301"])
def test_search_syntax_of_the_store_is_only_words(visitor, words):
    assert visitor.get("/search_results/?q=" + quote(words)).status == 200


def test_a_search_of_ten_thousand_characters_is_refused_with_a_page(visitor):
    reply = visitor.post("/search", {"search": "word " * 2000})
    assert reply.status == 422 and "too long" in reply.text
    assert visitor.get("/search_results/" + "x" * 10_000).status == 414


def test_a_post_has_its_text_links_and_forms(visitor):
    page = visitor.get("/posts/p3").page
    assert page.words("h1") == "Post number 3" and page.title == "Post number 3 – Decant"
    assert "997 points" in page.words("p", class_="meta")
    assert page.all("a", href="https://example.com/3")
    assert page.all("form", action="/posts/p3/share", method="post")


def test_missing_facts_leave_no_holes(visitor):
    page = visitor.get("/posts/bare").page
    assert page.words("h1") == "(no title)"
    assert page.words("p", class_="meta") == "-15 points 9 June 2013 104 comments" or \
        "by" not in page.words("p", class_="meta")


def test_a_number_that_became_an_id_is_found(visitor):
    assert visitor.get("/posts/180097").page.words("h1") == "Numbers for names"


def test_an_id_of_any_characters_is_escaped_in_addresses(visitor):
    target = "/posts/" + quote("a b/ü", safe="")
    page = visitor.get(target).page
    assert page.words("h1") == "An odd id"
    assert page.all("form", action=target + "/like")


def test_one_comment_is_not_plural(visitor):
    page = visitor.get("/posts/adult").page
    assert page.words("p", class_="meta").endswith("1 comment")
    assert "For adults only" in page.text


@pytest.mark.parametrize("target", ["/posts/nope", "/posts/", "/nope", "/images/nope", "/static/nope",
                                    "/posts/p1/nope", "/posts/..%2f..%2fetc"])
def test_a_missing_thing_is_a_page_with_a_way_on(visitor, target):
    reply = visitor.get(target)
    assert reply.status == 404
    assert reply.page.words("h1") == "Page not found" and reply.page.all("a", href="/")


@pytest.mark.parametrize("target", ["/../../etc/passwd", "/static/../monolithic/main.c",
                                    "/static/%2e%2e/Makefile", "/posts/%00", "/search_results/%ff",
                                    "/search_results/%zz", "/search_results/?q=%00", "/login?next=%ff"])
def test_paths_out_of_bounds_and_broken_escapes_are_refused(visitor, target):
    assert visitor.get(target).status in (400, 404)


@pytest.mark.parametrize("method, target, allow", [
    ("POST", "/", "GET"), ("PUT", "/posts/p1", "GET"), ("GET", "/posts/p1/like", "POST"),
    ("DELETE", "/login", "GET"), ("GET", "/search", "POST"), ("GET", "/logout", "POST")])
def test_a_wrong_method_names_the_right_ones(visitor, method, target, allow):
    reply = visitor.request(method, target)
    assert reply.status == 405 and allow in reply.header("allow")


def test_head_is_get_without_the_body(site, visitor):
    head = site.request("HEAD", "/posts/p1")
    assert head.status == 200 and head.body == b""
    assert int(head.header("content-length")) == len(visitor.get("/posts/p1").body)


def test_errors_are_problem_documents_for_those_who_ask(visitor):
    reply = visitor.get("/posts/nope", Accept="application/json")
    assert reply.header("content-type").startswith("application/problem+json")
    assert reply.json()["status"] == 404 == reply.status
    assert reply.json()["instance"] == reply.header("x-request-id")


def test_a_body_that_is_too_large_is_refused(site):
    with site.client() as client:
        client.send(b"POST /search HTTP/1.1\r\nHost: test\r\nContent-Length: 9999999\r\n"
                    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n")
        assert client.reply().status == 413


def test_a_form_in_another_type_is_refused(user):
    for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x"):
        reply = user.post("/posts/p1/like", {"token": user.token()}, Content_Type=kind)
        assert reply.status == 415
    assert user.get("/posts/p1").page.like("p1")[1] is False


def test_a_doubled_field_is_an_error(user):
    body = urlencode([("token", user.token()), ("token", "x")]).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert user.request("POST", "/posts/p1/like", kind, body).status == 400


def test_a_client_that_leaves_harms_nobody(site, visitor):
    for target in PUBLIC:
        with site.client() as client:
            client.send(b"GET %s HTTP/1.1\r\nHost: test\r\n\r\n" % target.encode())
            client.reset()
    assert visitor.get("/").status == 200


# -- how pages are made -----------------------------------------------------------------------------

@pytest.mark.parametrize("target", PUBLIC + ["/nope"])
def test_a_page_has_landmarks_one_heading_and_a_skip_link(visitor, target):
    page = visitor.get(target).page
    assert page.tree.get("lang") == "en"
    assert len(page.all("h1")) == 1
    for landmark in ("header", "nav", "main", "footer"):
        assert page.all(landmark)
    focusable = [one for one in page.tree.iter() if one.tag in ("a", "input", "button")]
    assert focusable[0].get("href") == "#main" and page.all("main", id="main")


@pytest.mark.parametrize("target", PUBLIC + PRIVATE)
def test_controls_have_labels_pictures_texts_and_ids_are_unique(user, target):
    page = user.get(target).page if target not in ("/login",) else Visitor(user.site).get(target).page
    ids = [one.get("id") for one in page.tree.iter() if one.get("id")]
    labelled = {one.get("for") for one in page.all("label")}
    assert len(ids) == len(set(ids))
    for control in page.all("input"):
        if control.get("type") != "hidden" and control.get("aria-hidden") != "true":
            assert control.get("id") in labelled
    for image in page.all("img"):
        assert image.get("alt") is not None and image.get("width") and image.get("height")
    for button in page.all("button"):
        assert "".join(button.itertext()).strip()


@pytest.mark.parametrize("target", PUBLIC + PRIVATE + ["/nope"])
def test_no_page_holds_script_or_style_or_reaches_another_host(user, target):
    reply = user.get(target)
    if reply.page is None:
        return
    for one in reply.page.tree.iter():
        assert one.tag != "style"
        assert not [name for name in one.attrib if name == "style" or name.startswith("on")]
        assert one.tag != "script" or (one.get("src") == "/static/app.js" and not one.text)
        for name in ("src", "action"):
            assert (one.get(name) or "/").startswith("/")


def test_headers_keep_pages_to_themselves(visitor):
    for target in ("/", "/nope", "/static/decant.css"):
        reply = visitor.get(target)
        policy = reply.header("content-security-policy")
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and "script-src 'self'" in policy
        assert reply.header("x-content-type-options") == "nosniff"
        assert reply.header("referrer-policy") == "same-origin"
        assert reply.header("cross-origin-opener-policy") == "same-origin"
        assert reply.header("strict-transport-security") is None


def test_the_first_page_is_small(visitor):
    assert sum(len(visitor.get(one).body) for one in ("/", "/static/decant.css")) < 30_000


def test_each_button_and_picture_names_or_hides_itself(visitor):
    page = visitor.get("/").page
    for form in page.all("form", data_act="like"):
        assert "Post number" in "".join(form.itertext())


def test_what_others_wrote_is_shown_and_never_run(visitor):
    for target in ("/posts/evil", "/search_results/alert"):
        reply = visitor.get(target)
        assert "<script>alert" not in reply.text and "javascript:" not in reply.text
        assert "data:text" not in reply.text
        assert EVIL.split()[0] in "".join(reply.page.tree.itertext())


def test_what_was_escaped_in_the_data_is_decoded_once(visitor):
    assert visitor.get("/posts/escaped").page.words("h1") == "a < b && c"


def test_what_a_visitor_typed_is_escaped(visitor):
    page = visitor.get("/search_results/?q=" + quote(EVIL)).page
    assert page.field("search") == EVIL
    page = visitor.log_in(EVIL).page
    assert page.field("name") == EVIL


def test_a_title_of_100_kilobytes_is_served_whole(visitor):
    assert visitor.get("/posts/long").page.words("h1") == "x" * 100_000


# -- accounts and sessions --------------------------------------------------------------------------

def test_a_new_user_is_logged_in_and_welcomed(visitor):
    page = visitor.get("/signup?next=/posts/p2").page
    assert page.field("next") == "/posts/p2"
    reply = visitor.post("/signup", {"token": page.field("token"), "name": "newcomer",
                                     "password": PASSWORD, "next": "/posts/p2"})
    assert (reply.status, reply.header("location")) == (303, "/posts/p2")
    page = visitor.get("/posts/p2").page
    assert "Welcome" in page.words("div", role="status") and "newcomer" in page.words("nav")
    assert page.all("form", action="/logout")
    assert page.words("div", role="status") and not visitor.get("/").page.words("div", role="status")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor):
    page = visitor.get("/signup").page
    reply = visitor.post("/signup", {"token": page.field("token"), "name": "cookiemonster",
                                     "password": PASSWORD})
    cookie = [one for one in reply.headers["set-cookie"] if one.startswith("session=")][0]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Domain" not in cookie and "Secure" not in cookie
    assert re.match("session=[0-9a-f]{32};", cookie)


@pytest.mark.parametrize("name, password, field", [
    ("a", PASSWORD, "name"), ("", PASSWORD, "name"), ("Al ice", PASSWORD, "name"), ("<b>", PASSWORD, "name"),
    ("x" * 33, PASSWORD, "name"), ("fine", "short", "password"), ("fine", "", "password"),
    ("fine", "password123", "password"), ("longusername", "longusername", "password")])
def test_a_refused_signup_says_what_is_wrong_where(visitor, name, password, field):
    token = visitor.get("/signup").page.field("token")
    reply = visitor.post("/signup", {"token": token, "name": name, "password": password})
    page = reply.page
    assert reply.status == 422 and page.title.startswith("Error: ")
    wrong = page.words("p", id=field + "-wrong").removeprefix("Error: ")
    assert wrong in page.words("div", id="error-summary")
    assert page.all("a", href="#" + field) and page.all("input", id=field, aria_invalid="true")
    assert (page.field("name") or "") == name and not page.field("password")
    assert "session" not in visitor.cookies


def test_a_taken_name_is_refused_at_its_field(user):
    other = Visitor(user.site)
    token = other.get("/signup").page.field("token")
    reply = other.post("/signup", {"token": token, "name": user.name, "password": PASSWORD})
    assert reply.status == 409 and "taken" in reply.page.words("p", id="name-wrong")


def test_a_long_password_counts_to_its_last_byte(visitor):
    visitor.sign_up("longpass", "x" * 72 + "a")
    assert Visitor(visitor.site).log_in("longpass", "x" * 72 + "b").status == 401
    assert Visitor(visitor.site).log_in("longpass", "x" * 72 + "a").status == 303


def test_login_leads_to_where_one_wanted_to_go(user):
    other = Visitor(user.site)
    reply = other.get("/hidden")
    assert (reply.status, reply.header("location")) == (303, "/login?next=%2Fhidden")
    page = other.get(reply.header("location")).page
    assert "Please log in" in page.words("div", role="status")
    reply = other.post("/login", {"token": page.field("token"), "name": user.name,
                                  "password": PASSWORD, "next": page.field("next")})
    assert (reply.status, reply.header("location")) == (303, "/hidden")
    assert other.get("/hidden").status == 200


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "https:evil.example",
                                   "/\\evil.example", "\\/evil.example", "evil.example", "javascript:x",
                                   "/x\\y", "", "/%0d%0aX: y".replace("%0d%0a", "\r\n")])
def test_login_never_leads_to_another_site(user, where):
    assert Visitor(user.site).get("/login?next=" + quote(where)).page.field("next") == "/"
    reply = Visitor(user.site).log_in(user.name, next=where)
    assert (reply.status, reply.header("location")) == (303, "/")
    assert reply.header("x") is None


def test_unknown_user_and_wrong_password_are_told_the_same(user):
    replies = [Visitor(user.site).log_in(name, "not the password")
               for name in (user.name, "nobody-of-this-name", "NOT a name")]
    for reply in replies:
        page = reply.page
        assert reply.status == 401 and page.title.startswith("Error: ")
        assert page.words("p", id="password-wrong") == "Error: The name or the password is wrong."
        assert not page.field("password")


def test_an_empty_login_names_both_fields(visitor):
    page = visitor.log_in("", "").page
    assert page.words("p", id="name-wrong") and page.words("p", id="password-wrong")


def test_many_failures_are_slowed_but_live_sessions_go_on(user):
    other = Visitor(user.site)
    replies = [other.log_in(user.name, "guess number %d" % n) for n in range(7)]
    slowed = [one for one in replies if one.status == 429]
    assert slowed and int(slowed[0].header("retry-after")) >= 1
    assert slowed[0].page.title.startswith("Error: ")
    assert user.get("/account").status == 200
    eventually(lambda: other.log_in(user.name).status == 303)


def test_guesses_sent_at_once_gain_nothing(site, user):
    replies = []
    began = time.monotonic()

    def guess():
        visitor = Visitor(site)
        replies.append(visitor.log_in(user.name, "guess").status)

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Each second that has gone by meanwhile may let one more in.
    assert set(replies) <= {401, 429, 503}
    assert replies.count(401) <= 6 + int(time.monotonic() - began)
    eventually(lambda: Visitor(site).log_in(user.name).status == 303)


def test_login_makes_a_new_session_and_ends_the_old_one(user):
    old = user.cookies["session"]
    second = Visitor(user.site)
    second.cookies["session"] = "0" * 32
    assert second.get("/account").status == 303
    second.log_in(user.name)
    assert second.cookies["session"] not in ("0" * 32, old)
    again = Visitor(user.site)
    again.cookies = {"session": old}
    guest = Visitor(user.site)
    token = guest.get("/login").page.field("token")
    again.cookies["guest"] = guest.cookies["guest"]
    assert again.post("/login", {"token": token, "name": user.name, "password": PASSWORD}).status == 303
    assert user.get("/account").status == 303


def test_logout_ends_the_session_on_the_server(user):
    old = user.cookies["session"]
    assert user.get("/logout").status == 405 and user.get("/account").status == 200
    reply = user.act("/logout")
    assert reply.status == 303 and "cache" in reply.header("clear-site-data")
    assert "session" not in user.cookies
    assert "logged out" in user.get("/").page.words("div", role="status")
    user.cookies["session"] = old
    assert user.get("/account").status == 303


def test_pages_about_a_person_are_kept_nowhere(user, visitor):
    for target in ["/", "/posts/p1", "/search_results/post", *PRIVATE]:
        assert user.get(target).header("cache-control") == "no-store"
    assert visitor.get("/login").header("cache-control") == "no-store"
    assert "no-store" not in visitor.get("/").header("cache-control")


def test_the_password_changes_and_other_sessions_end(user):
    other = Visitor(user.site)
    other.log_in(user.name)
    reply = user.act("/account/password", {"old": "not it", "password": "another fine password"})
    assert reply.status == 422 and reply.page.words("p", id="old-wrong")
    reply = user.act("/account/password", {"old": PASSWORD, "password": "short"})
    assert reply.status == 422 and reply.page.words("p", id="password-wrong")
    assert other.get("/account").status == 200
    reply = user.act("/account/password", {"old": PASSWORD, "password": "another fine password"})
    assert (reply.status, reply.header("location")) == (303, "/account")
    assert user.get("/account").status == 200 and other.get("/account").status == 303
    assert other.log_in(user.name).status == 401
    assert other.log_in(user.name, "another fine password").status == 303


def test_other_sessions_can_be_ended(user):
    other = Visitor(user.site)
    other.log_in(user.name)
    assert user.act("/account/sessions/end").status == 303
    assert user.get("/account").status == 200 and other.get("/account").status == 303


def test_every_login_is_logged_without_the_password(site, user):
    Visitor(site).log_in(user.name, "a secret that is wrong")
    line = eventually(lambda: [one for one in site.lines() if one.get("user") == user.name and
                               one.get("route") == "/login" and one.get("status") == 401])
    assert line
    text = site.log_path.read_text()
    assert "a secret that is wrong" not in text and PASSWORD not in text
    assert user.cookies["session"] not in text


# -- forms that others send -------------------------------------------------------------------------

ACTIONS = ["/posts/p1/like", "/posts/p1/unlike", "/posts/p1/hide", "/posts/p1/unhide",
           "/posts/p1/share", "/logout", "/account/password", "/account/sessions/end"]


@pytest.mark.parametrize("target", ACTIONS)
def test_a_form_without_its_token_changes_nothing(user, target):
    before = user.get("/posts/p1").page.like("p1")
    stranger = Visitor(user.site).sign_up()
    for token in (None, "", "x", "0" * 96, stranger.token()):
        fields = {} if token is None else {"token": token}
        reply = user.post(target, fields)
        assert reply.status == 403 and reply.page.words("h1")
    assert user.get("/posts/p1").page.like("p1") == before
    assert user.get("/account").status == 200


@pytest.mark.parametrize("target", ACTIONS + ["/login", "/signup"])
@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"},
                                     {"Origin": "null"}, {"Origin": "http://test.evil.example"}])
def test_a_form_from_another_site_changes_nothing(user, target, headers):
    reply = user.request("POST", target, {"Content-Type": "application/x-www-form-urlencoded", **headers},
                         urlencode({"token": user.token()}).encode())
    assert reply.status == 403


def test_a_form_from_our_own_page_is_taken(user):
    reply = user.act("/posts/p1/like", Origin="http://test", Sec_Fetch_Site="same-origin")
    assert reply.status == 303


def test_login_and_signup_have_a_token_of_their_own(visitor):
    for target in ("/login", "/signup"):
        page = visitor.get(target).page
        fields = {"name": "whoever", "password": PASSWORD}
        assert visitor.post(target, fields).status == 403
        assert visitor.post(target, {**fields, "token": "x"}).status == 403
        other = Visitor(visitor.site)
        other.get(target)
        reply = other.post(target, {**fields, "token": page.field("token")})
        assert reply.status == 403 and reply.page.field("name") == "whoever"


def test_a_flash_cookie_that_was_forged_is_not_shown(visitor):
    visitor.cookies["flash"] = "aYou%20won.1.2"
    page = visitor.get("/").page
    assert not page.words("div", role="status") and "flash" not in visitor.cookies


@pytest.mark.parametrize("target", ACTIONS[:5])
def test_who_is_not_logged_in_is_sent_to_log_in_and_back(visitor, target):
    fields = {"to": "https://example.org/a?b=c"} if target.endswith("share") else {}
    reply = visitor.post(target, fields, Referer="http://test/search_results/post?page=2")
    assert reply.status == 303
    page = visitor.get(reply.header("location")).page
    if fields:
        assert visitor.get(page.field("next")).page.field("to") == fields["to"]
    else:
        assert page.field("next") == "/search_results/post?page=2"
    reply = visitor.post(target, fields, Accept="application/json")
    assert reply.status == 401 and reply.json()["status"] == 401


# -- likes ------------------------------------------------------------------------------------------

def test_a_like_counts_once_and_is_shown_everywhere(site, user):
    before, pressed = user.get("/posts/p5").page.like("p5")
    assert not pressed
    for _ in range(2):
        reply = user.act("/posts/p5/like", Referer="http://test/search_results/post?page=1")
        assert (reply.status, reply.header("location")) == (303, "/search_results/post?page=1")
    assert "You like Post number 5" in user.get("/").page.words("div", role="status")
    assert user.get("/").page.like("p5") == (before + 1, True)
    assert user.get("/posts/p5").page.like("p5") == (before + 1, True)
    assert Visitor(site).get("/posts/p5").page.like("p5") == (before + 1, False)
    assert user.act("/posts/p5/unlike").status == 303
    assert user.get("/posts/p5").page.like("p5") == (before, False)


def test_likes_answer_in_json_for_scripts(user):
    before = user.get("/posts/p6").page.like("p6")[0]
    reply = user.act("/posts/p6/like", Accept="application/json")
    assert reply.status == 200 and "flash" not in user.cookies
    assert reply.json() == {"post": "p6", "likes": before + 1, "liked": True}
    reply = user.act("/posts/p6/unlike", Accept="application/json")
    assert reply.json() == {"post": "p6", "likes": before, "liked": False}


def test_reading_changes_nothing(user):
    before = user.get("/posts/p7").page.like("p7")
    for method in ("GET", "HEAD"):
        assert user.request(method, "/posts/p7/like").status == 405
    assert user.get("/posts/p7").page.like("p7") == before


@pytest.mark.parametrize("verb", ["like", "unlike", "hide", "unhide", "share"])
def test_acting_on_a_missing_post_is_not_found(user, verb):
    assert user.act("/posts/nope/" + verb, {"to": "https://example.com/"}).status == 404


@pytest.mark.parametrize("referer, back", [
    ("http://test/posts/p1/share", "/posts/p1"), ("http://evil.example/x", "/"), ("http://test//x", "/"),
    ("http://test/login", "/"), ("nonsense", "/"), ("http://test/hidden?page=2#x", "/hidden?page=2")])
def test_one_comes_back_to_a_page_of_ours(user, referer, back):
    assert user.act("/posts/p1/like", Referer=referer).header("location") == back


def test_many_users_like_at_once_and_every_like_counts(site):
    users = [Visitor(site).sign_up() for _ in range(8)]
    before = users[0].get("/posts/p9").page.like("p9")[0]
    tokens = [one.token() for one in users]
    threads = [threading.Thread(target=one.post, args=("/posts/p9/like", {"token": token}))
               for one, token in zip(users, tokens) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert users[0].get("/posts/p9").page.like("p9") == (before + 8, True)


# -- hiding -----------------------------------------------------------------------------------------

def test_a_hidden_post_leaves_all_lists_of_this_user_and_can_come_back(site, user):
    reply = user.act("/posts/p1/hide", Referer="http://test/")
    assert (reply.status, reply.header("location")) == (303, "/")
    page = user.get("/").page
    assert "Post number 1" in page.words("div", role="status")
    assert page.all("form", action="/posts/p1/unhide"), "the message offers to undo"
    assert "p1" not in page.ids() and len(page.ids()) == 12
    for target in ("/recommended/", "/search_results/%22post%20number%201%22"):
        assert "p1" not in user.get(target).page.ids()
        assert "p1" in Visitor(site).get(target).page.ids()
    assert user.get("/hidden").page.ids() == ["p1"]
    assert user.get("/posts/p1").page.all("form", action="/posts/p1/unhide")
    user.act("/posts/p1/unhide")
    assert "p1" in user.get("/").page.ids() and user.get("/hidden").page.ids() == []


def test_hiding_answers_in_json_for_scripts(user):
    assert user.act("/posts/p2/hide", Accept="application/json").json() == {"post": "p2", "hidden": True}
    assert user.act("/posts/p2/unhide", Accept="application/json").json() == {"post": "p2", "hidden": False}


def test_hidden_posts_are_paged_newest_first(user):
    for number in range(1, 24):
        user.act("/posts/p%d/hide" % number)
    first = user.get("/hidden").page
    assert first.ids()[0] == "p23" and len(first.ids()) == 20
    second = user.get(first.all("a", rel="next")[0].get("href")).page
    assert second.ids() == ["p3", "p2", "p1"]
    assert user.get("/hidden?page=3").status == 404


# -- sharing ----------------------------------------------------------------------------------------

def test_a_post_is_delivered_and_listed(user, hook):
    to = "http://127.0.0.1:%d/ok%s" % (hook.server_address[1], user.name)
    reply = user.act("/posts/p4/share", {"to": " " + to + " "}, Referer="http://test/posts/p4")
    assert (reply.status, reply.header("location")) == (303, "/posts/p4")
    assert "Delivered: Post number 4" in user.get("/posts/p4").page.words("div", role="status")
    bodies = [json.loads(body) for path, body in hook.received if path == "/ok" + user.name]
    assert len(bodies) == 1 and bodies[0]["type"] == "post.shared"
    row = user.get("/shares").page.words("li", class_="card")
    assert "Delivered" in row and "Post number 4" in row and to in row


def test_a_receiver_that_fails_is_told_and_listed(user, hook):
    to = "http://127.0.0.1:%d/fail" % hook.server_address[1]
    assert user.act("/posts/p4/share", {"to": to}).status == 303
    assert "not delivered" in user.get("/").page.words("div", role="status")
    assert "Not delivered" in user.get("/shares").page.words("li", class_="card")


@pytest.mark.parametrize("to", ["", "ftp://example.com/", "http://127.0.0.1:1/", "http://localhost/x",
                                "javascript:alert(1)", "http://10.0.0.1/", "http://[::1]/", EVIL])
def test_an_address_that_is_not_allowed_is_refused_at_its_field(user, to):
    reply = user.act("/posts/p4/share", {"to": to})
    page = reply.page
    assert reply.status == 422 and page.title.startswith("Error: ")
    assert page.words("p", id="to-wrong") and page.all("a", href="#to")
    assert to.strip().startswith(page.field("to") or "")
    assert user.get("/shares").page.all("p", class_="nothing")


def test_shares_are_the_users_own(site, user, hook):
    user.act("/posts/p4/share", {"to": "http://127.0.0.1:%d/own" % hook.server_address[1]})
    assert not Visitor(site).sign_up().get("/shares").page.all("li", class_="card")


# -- pictures ---------------------------------------------------------------------------------------

def test_a_post_without_a_picture_has_a_card(visitor):
    reply = visitor.get("/images/p1?w=120")
    assert reply.status == 200 and reply.header("content-type").startswith("image/")
    again = visitor.get("/images/p1?w=120", If_None_Match=reply.header("etag"))
    assert again.status == 304 and again.body == b""
    assert visitor.get("/images/p1?w=120", If_None_Match='"other"').status == 200


@pytest.mark.parametrize("width", ["15", "1025", "0", "-1", "x", ""])
def test_a_width_out_of_range_is_a_bad_request(visitor, width):
    assert visitor.get("/images/p1?w=" + width).status == 400


# -- settings ---------------------------------------------------------------------------------------

def test_secure_cookies_are_bound_to_the_host_and_https(run, address):
    site = run("monolithic", *arguments(load(address, [post(1)]), "--secure-cookies"))
    visitor = Visitor(site)
    assert "max-age=31536000" in visitor.get("/").header("strict-transport-security")
    visitor.sign_up()
    assert "__Host-session" in visitor.cookies and "session" not in visitor.cookies
    reply = visitor.get("/account")
    assert reply.status == 200


def test_a_trusted_proxy_tells_whose_failures_to_count(run, address):
    site = run("monolithic", *arguments(load(address, [post(1)]), "--trusted-proxies=127.0.0.1"))
    for number in range(12):
        visitor = Visitor(site, "10.9.9.9, 192.0.2.%d" % number)
        assert visitor.log_in("nobody%d" % number, "wrong").status == 401
    visitor = Visitor(site, "192.0.2.99, 192.0.2.100")
    assert 429 in [visitor.log_in("no%d" % n, "wrong").status for n in range(12)]


def test_a_stranger_cannot_choose_whose_failures_are_counted(run, address):
    site = run("monolithic", *arguments(load(address, [post(1)])))
    statuses = [Visitor(site, "192.0.2.%d" % n).log_in("nobody%d" % n, "wrong").status
                for n in range(12)]
    assert 429 in statuses


def test_sessions_likes_and_keys_survive_a_restart(run, address):
    load(address, [post(1)])
    first = run("monolithic", *arguments(address))
    user = Visitor(first).sign_up()
    user.act("/posts/p1/like")
    token = user.token()
    first.kill()
    user.site = run("monolithic", *arguments(address))
    assert user.get("/posts/p1").page.like("p1") == (1, True)
    assert user.post("/posts/p1/unlike", {"token": token}).status == 303


@pytest.mark.parametrize("broken, words", [
    (lambda folder: ["--templates=" + str(folder / "nowhere")], "nowhere"),
    (lambda folder: ["--static=" + str(folder / "nowhere")], "nowhere"),
    (lambda folder: ["--store=sqlite:/dev/null/all.db"], "/dev/null/all.db"),
    (lambda folder: ["--key-file=" + str(bad_key(folder))], "bad.key"),
    (lambda folder: ["--store=sqlite:" + str(no_database(folder))], "none.db"),
])
def test_what_is_missing_or_broken_at_start_is_one_sentence(run, tmp_path, broken, words):
    process = run.start("monolithic", "--port=0", *arguments("sqlite::memory:"), *broken(tmp_path))
    assert process.process.wait(30) == 1
    error = process.err_path.read_text()
    assert words in error and error.count("\n") == 1


def bad_key(folder):
    path = folder / "bad.key"
    path.write_text("not a key\n")
    path.chmod(0o600)
    return path


def no_database(folder):
    path = folder / "none.db"
    path.write_text("this is no database, whatever its name says\n" * 100)
    return path


def test_a_missing_template_is_named(run, tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "front.mustache").write_text("x")
    process = run.start("monolithic", "--port=0",
                        *arguments("sqlite::memory:", "--templates=%s/half" % tmp_path))
    assert process.process.wait(30) == 1 and "recommended" in process.err_path.read_text()


def test_a_port_in_use_is_one_sentence(site, run):
    process = run.start("monolithic", "--port=%d" % site.port, *arguments("sqlite::memory:"))
    assert process.process.wait(30) == 1
    assert str(site.port) in process.err_path.read_text()


def test_an_empty_store_has_an_empty_front_page(run, address):
    visitor = Visitor(run("monolithic", *arguments(address)))
    assert "no posts" in visitor.get("/").text and visitor.get("/recommended/").status == 200


def test_changed_templates_are_seen_with_reload(run, tmp_path):
    import shutil
    folder = tmp_path / "mine"
    shutil.copytree(ROOT / "templates", folder)
    site = run("monolithic", *arguments("sqlite::memory:", "--templates=%s" % folder, "--reload"))
    visitor = Visitor(site)
    visitor.get("/")
    layout = folder / "layout.mustache"
    layout.write_text(layout.read_text().replace("poured slowly", "poured anew"))
    assert eventually(lambda: "poured anew" in visitor.get("/").text)
