# SPDX-License-Identifier: MIT
"""generate and import as programs, and the original's answers recomputed from its data."""
import json
import re
import subprocess

import pytest
from conftest import BIN, ROOT, eventually, shared_folder


def run_program(name, *arguments, stdin=None):
    return subprocess.run([BIN / name, *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=120, check=False)


def load(address, *arguments, stdin=None):
    return run_program("import", f"--store={address}", *arguments, stdin=stdin)


def serve(run, address, folder):
    return run("monolithic", f"--store={address}", f"--key-file={folder}/key",
               f"--image-cache={folder}/images", f"--templates={ROOT}/templates",
               f"--static={ROOT}/static", "--log-level=warn")


def line(number, **more):
    return json.dumps({"id": f"n{number}", "title": f"Title {number}", "selftext": "",
                       "score": 60 + number, "ups": 60 + number, "downs": 0, "num_comments": 1,
                       **more})


def test_the_same_arguments_make_the_same_bytes():
    first = run_program("generate", "--posts=300", "--seed=5")
    assert first.returncode == 0 and first.stdout.count(b"\n") == 300
    assert first.stdout == run_program("generate", "--posts=300", "--seed=5").stdout
    assert first.stdout != run_program("generate", "--posts=300", "--seed=6").stdout


def test_the_data_that_is_kept_is_what_generate_makes():
    made = run_program("generate", "--posts=1000", "--seed=1").stdout
    assert made == (ROOT / "datasets/data.json").read_bytes()


def test_pictures_are_drawn_for_posts_that_say_so(tmp_path):
    made = run_program("generate", "--posts=40", f"--pictures={tmp_path}/p",
                       "--picture-base=http://pictures.example").stdout
    named = {post["thumbnail"] for post in map(json.loads, made.splitlines()) if post["thumbnail"]}
    drawn = {f"http://pictures.example/{path.name}" for path in (tmp_path / "p").iterdir()}
    assert named == drawn and len(drawn) > 4


@pytest.mark.parametrize("program", ["generate", "import", "monolithic"])
def test_unknown_settings_are_one_sentence_and_exit_2(program):
    done = run_program(program, "--postts=3")
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1 and b"--postts" in done.stderr
    helped = run_program(program, "--help")
    assert helped.returncode == 0 and b"--" in helped.stdout


def test_loading_again_changes_nothing_and_updates_what_changed(address):
    first = "\n".join(line(number) for number in range(20)).encode()
    assert b"20 added" in load(address, "-", stdin=first).stdout
    assert b"20 as they were" in load(address, "-", stdin=first).stdout
    changed = load(address, "-", stdin=line(3, title="Another").encode())
    assert b"0 added, 1 changed" in changed.stdout and changed.returncode == 0


def test_one_array_is_as_good_as_lines(address, tmp_path, run):
    array = "[" + ",\n".join(line(number) for number in range(5)) + "]"
    path = tmp_path / "array.json"
    path.write_text(array)
    assert load(address, path).returncode == 0
    assert "Title 4" in serve(run, address, tmp_path).get("/posts/n4").text


def test_bad_records_are_named_skipped_and_counted(address, tmp_path, run):
    path = tmp_path / "bad.json"
    path.write_text("\n".join([line(1), "{not json", line(2), '{"title": "no id"}', line(3)]))
    done = load(address, path)
    assert done.returncode == 3
    assert b"bad.json" in done.stderr and re.search(rb"\b2\b", done.stderr)
    assert b"3 added" in done.stdout and b"2 bad" in done.stdout
    assert serve(run, address, tmp_path).get("/posts/n3").status == 200


def test_a_file_without_one_good_record_is_a_failure(address):
    assert load(address, "-", stdin=b"this is\nno data\n").returncode == 1


def test_strict_stops_and_loads_nothing(address, tmp_path, run):
    path = tmp_path / "bad.json"
    path.write_text("\n".join([line(1), line(2), "{not json"]))
    assert load(address, "--strict", path).returncode != 0
    load(address, "-", stdin=line(9).encode())
    site = serve(run, address, tmp_path)
    assert site.get("/posts/n9").status == 200
    assert site.get("/posts/n1").status == 404


def test_a_live_server_sees_what_is_imported(address, tmp_path, run):
    load(address, "-", stdin=line(1).encode())
    site = serve(run, address, tmp_path)
    assert site.get("/posts/n2").status == 404
    assert load(address, "-", stdin=line(2).encode()).returncode == 0
    eventually(lambda: site.get("/posts/n2").status == 200, patience=5)


def test_a_missing_file_is_one_sentence(address, tmp_path):
    done = load(address, tmp_path / "nothing.json")
    assert done.returncode != 0 and b"nothing.json" in done.stderr


@pytest.fixture(scope="module")
def originals(tmp_path_factory, run_module, store):
    """The original's posts, and a server of them."""
    shared = shared_folder()
    if not shared:
        pytest.skip("needs ../shared")
    folder = tmp_path_factory.mktemp("originals")
    address = store.at(folder / "store.db")
    done = load(address, shared / "data/reddit.jsonl")
    assert done.returncode == 0, done.stderr
    posts = [json.loads(text) for text in (shared / "data/reddit.jsonl").open(encoding="utf-8")]
    return posts, serve(run_module, address, folder)


def test_the_originals_twelve_recommendations_in_order(originals):
    posts, site = originals
    best = sorted((post for post in posts if post["score"] > 50),
                  key=lambda post: (post["downs"] - post["ups"], -post["num_comments"]))[:12]
    shown = re.findall(r'data-post-id="([^"]+)"', site.get("/").text)
    assert shown == [str(post["id"]) for post in best]


@pytest.mark.parametrize("word", ["scipy", "mercurial", "hacker", "linux"])
def test_hits_are_counted_as_by_reading_everything(originals, word):
    posts, site = originals
    pattern = re.compile(rf"\b{word}(s|'s)?\b", re.IGNORECASE)
    found = sum(bool(pattern.search(f"{post['title']} {post['selftext']}")) for post in posts)
    page = site.get(f"/search_results/{word}").text
    assert found and re.search(rf"<p>{found} posts?[ .,<]", page), page[page.find("<h1"):][:300]


def test_odd_values_of_the_original_are_shown_well(originals):
    posts, site = originals
    number = next(post for post in posts if not isinstance(post["id"], str))
    assert site.get(f"/posts/{number['id']}").status == 200
    escaped = next(post for post in posts if "&amp;" in post["title"] or "&lt;" in post["title"])
    page = site.get(f"/posts/{escaped['id']}").text
    assert "&amp;amp;" not in page and "&amp;lt;" not in page


def test_stack_exchange_posts_are_loaded(address, tmp_path, run):
    shared = shared_folder()
    if not shared:
        pytest.skip("needs ../shared")
    done = load(address, "--format=stackexchange", shared / "data/stackexchange/Posts.xml")
    assert done.returncode == 0, done.stderr
    assert b"692 added" in done.stdout  # 244 questions and 448 answers
    page = serve(run, address, tmp_path).get("/search_results/hops").text
    assert "data-post-id" in page
