# SPDX-License-Identifier: MIT
"""The original's way: Flask and its templates over SQLite, a connection a request.

DATABASE names the file bench/run made: posts(id, title, author, domain, selftext, score, ups, downs,
num_comments), posts_fts (FTS5 over title and selftext) and likes(user, post).
"""
import os
import sqlite3

from flask import Flask, abort, g, jsonify, redirect, render_template, request, url_for

app = Flask(__name__)

RECOMMENDED = """SELECT * FROM posts WHERE score > 50
    ORDER BY downs - ups, num_comments DESC LIMIT 12"""
FOUND = """SELECT posts.* FROM posts_fts JOIN posts ON posts.rowid = posts_fts.rowid
    WHERE posts_fts MATCH ? ORDER BY rank LIMIT 25"""


def database():
    if "database" not in g:
        g.database = sqlite3.connect(os.environ["DATABASE"])
        g.database.row_factory = sqlite3.Row
        g.database.execute("PRAGMA synchronous = NORMAL")
    return g.database


@app.teardown_appcontext
def close(_error):
    if "database" in g:
        g.pop("database").close()


@app.get("/")
def index():
    return render_template("page.html", title="Recommended",
                           posts=database().execute(RECOMMENDED).fetchall())


@app.post("/search")
def search():
    return redirect(url_for("results", query=request.form["search"]), 303)


@app.get("/search_results/<query>")
def results(query):
    words = " ".join('"%s"' % word.replace('"', '""') for word in query.split())
    return render_template("page.html", title="Results for " + query,
                           posts=database().execute(FOUND, (words,)).fetchall())


@app.get("/posts/<post>")
def post_page(post):
    row = database().execute("SELECT * FROM posts WHERE id = ?", (post,)).fetchone()
    if row is None:
        abort(404)
    return render_template("page.html", title=row["title"], post=row, posts=[row])


@app.post("/posts/<post>/like")
def like(post):
    with database() as connection:
        connection.execute("INSERT OR IGNORE INTO likes VALUES (?, ?)",
                           (request.headers.get("X-User", "nobody"), post))
        total = connection.execute("SELECT count(*) FROM likes WHERE post = ?", (post,)).fetchone()
    return jsonify(post=post, likes=total[0])
