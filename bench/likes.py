# SPDX-License-Identifier: MIT
"""Likes under load: signed-in users like every post, then take it back, so that each request is a
write; afterwards the shown totals are compared with what was answered. Either one post after another is
liked by all of them, so that they meet at its total, or each in turn likes all posts."""
import http.cookiejar
import json
import re
import secrets
import urllib.parse
import urllib.request

USERS = 16
RUN = secrets.token_hex(4)


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
math.randomseed(os.time())
local at, verb = math.random(0, #users * #posts - 1), "like" -- a run does not repeat the last one
request = function()
    local user = users[%s + 1]
    local post = posts[%s + 1]
    at = at + 1
    if at == #users * #posts then
        at = 0
        if verb == "like" then verb = "%s" else verb = "like" end
    end
    return wrk.format("POST", "/posts/" .. post .. "/" .. verb, user.headers, user.body)
end
"""


def _write(path, users, ids, undo, apart):
    posts = ", ".join(f'"{post}"' for post in ids)
    order = (("math.floor(at / #posts)", "at % #posts") if apart
             else ("at % #users", "math.floor(at / #users)"))
    path.write_text(SCRIPT % (", ".join(users), posts, *order, undo))
    return path


def decant_script(server, ids, path, apart=False):
    users = []
    for number in range(USERS):
        cookie, token = sign_up(server, f"{path.stem}-{RUN}-{number}")
        users.append('{ headers = { ["Cookie"] = "%s", ["Accept"] = "application/json", '
                     '["Content-Type"] = "application/x-www-form-urlencoded" }, body = "token=%s" }'
                     % (cookie, urllib.parse.quote(token)))
    return _write(path, users, ids, "unlike", apart)


def flask_script(ids, path, apart=False):
    users = ['{ headers = { ["X-User"] = "bench-%d" }, body = "" }' % number
             for number in range(USERS)]
    return _write(path, users, ids, "like", apart)


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
