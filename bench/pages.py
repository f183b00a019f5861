# SPDX-License-Identifier: MIT
"""Pages of stage 1 and what is asked of them."""
import collections
import json
import re
import subprocess

import likes
import load
from servers import BIN, Server, read


def read_posts(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def words_of(post, least=4):
    """The words of a post that have so many letters."""
    return set(re.findall(r"\b[a-z]{%d,}\b" % least, f"{post['title']} {post['selftext']}".lower()))


def pick_words(posts, wanted):
    """For each wanted number of hits the word that comes nearest."""
    found = collections.Counter(word for post in posts for word in words_of(post))
    return [min(found, key=lambda word: (abs(found[word] - hits), word)) for hits in wanted]


def start_decant(folder, name, data, *arguments):
    """With these posts in its store, which is named by the first of the arguments."""
    subprocess.run([BIN / "import", arguments[0], data], check=True, stdout=subprocess.DEVNULL)
    return Server(name, [BIN / "monolithic", "--port=0", "--log-level=warn", f"--key-file={folder}/key",
                         f"--image-cache={folder}/images", *arguments])


def check(server, path):
    """The answer that is timed is one."""
    status, text = read(server.url + path)
    if status != 200 or "data-post-id" not in text:
        raise SystemExit(f"{server.name}: {path} does not answer with posts")


PATHS = """
local paths = { %s }
local at = 0
request = function()
    at = at %% #paths + 1
    return wrk.format("GET", paths[at], { ["Cookie"] = "%s" })
end
"""


def paths_script(script, paths, cookie=""):
    """A script that asks for one path after another."""
    script.write_text(PATHS % (", ".join(f'"{path}"' for path in paths[:20000]), cookie))
    return script


def searches(posts):
    """Paths of searches for two words, each other ones."""
    words = sorted(set().union(*map(words_of, posts)))
    return [f"/search_results/{one}%20{other}" for one in words[::7] for other in words[3::11]]


def unremembered(server, posts, folder):
    """[(title, script)] of what a server of ours cannot answer from memory."""
    cookie, _ = likes.sign_up(server, "bench-reader")
    found = []
    for title, paths, who in (("searches, other words each time", searches(posts), ""),
                              ("front page, signed in", ["/"], cookie),
                              ("posts, signed in", [f"/posts/{post['id']}" for post in posts], cookie)):
        script = folder / f"{server.name.replace(' ', '-')}-{len(found)}.lua"
        found.append((title, paths_script(script, paths, who)))
    return found


def measure_group(cases, options, database=None):
    """One kind of request: [(label, server, path, script or None)], the peer, if any, last; prints a
    line for each."""
    runs = load.interleaved(
        [(label, lambda s=server, p=path, f=script: load.wrk(s, p, f, 64, options.seconds, database))
         for label, server, path, script in cases], options.rounds)
    peer = cases[-1][0] if cases[-1][1].name == "Flask" else None
    for label, found in runs.items():
        print(load.row(label, found, runs[peer] if peer not in (None, label) else None), flush=True)
