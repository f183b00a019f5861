# SPDX-License-Identifier: MIT
"""Likes under load: signed-in users like every post, then take it back, so that each request is a
write; afterwards the shown totals are compared with what was answered."""
import http.cookiejar
import json
import re
import secrets
import socket
import urllib.parse
import urllib.request

USERS = 16
RUN = secrets.token_hex(4)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _token(page):
    return re.search(r'name="token" value="([^"]+)"', page).group(1)


def sign_up(server, name):
    """(cookie header, form token) of a new user."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(server.url + "/signup").read().decode()
    form = {"token": _token(page), "name": name, "password": "correct horse battery"}
    page = opener.open(server.url + "/signup", urllib.parse.urlencode(form).encode()).read().decode()
    session = next(cookie for cookie in jar if cookie.name == "session")
    return f"session={session.value}", _token(page)


SCRIPT = """
local users = { %s }
local posts = { %s }
local at, verb = 0, "like"
request = function()
    local user = users[at %% #users + 1]
    local post = posts[math.floor(at / #users) + 1]
    at = at + 1
    if at == #users * #posts then
        at = 0
        if verb == "like" then verb = "%s" else verb = "like" end
    end
    return wrk.format("POST", "/posts/" .. post .. "/" .. verb, user.headers, user.body)
end
"""


def _write(path, users, ids, undo):
    posts = ", ".join(f'"{post}"' for post in ids)
    path.write_text(SCRIPT % (", ".join(users), posts, undo))
    return path


def decant_script(server, ids, path):
    users = []
    for number in range(USERS):
        cookie, token = sign_up(server, f"bench-{RUN}-{number}")
        users.append('{ headers = { ["Cookie"] = "%s", ["Accept"] = "application/json", '
                     '["Content-Type"] = "application/x-www-form-urlencoded" }, body = "token=%s" }'
                     % (cookie, urllib.parse.quote(token)))
    return _write(path, users, ids, "unlike")


def flask_script(ids, path):
    users = ['{ headers = { ["X-User"] = "bench-%d" }, body = "" }' % number
             for number in range(USERS)]
    return _write(path, users, ids, "like")


def check_totals(server, ids):
    """After the load every post has 0 to USERS likes, and one more like adds just one."""
    cookie, token = sign_up(server, f"last-{RUN}")
    for post in ids[:20]:
        totals = []
        for verb in ("like", "like", "unlike"):
            request = urllib.request.Request(
                f"{server.url}/posts/{post}/{verb}", urllib.parse.urlencode({"token": token}).encode(),
                {"Cookie": cookie, "Accept": "application/json"})
            totals.append(json.load(urllib.request.urlopen(request))["likes"])
        if not (totals[0] == totals[1] == totals[2] + 1 and 0 <= totals[2] <= USERS):
            raise SystemExit(f"totals of {post} are wrong: {totals}")
