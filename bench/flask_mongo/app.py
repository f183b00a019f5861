# SPDX-License-Identifier: MIT
"""The original's way on MongoDB: Flask and its templates over PyMongo, a client a process.

DATABASE names the database that bench/mongo.py filled: posts, with the words of title and selftext in
`words`, and likes.
"""
import os
import re

from flask import Flask, abort, jsonify, redirect, render_template, request, url_for
from pymongo import DESCENDING, MongoClient
from pymongo.errors import DuplicateKeyError

app = Flask(__name__, template_folder="../flask/templates")
database = MongoClient(os.environ["DATABASE"], connect=False).get_default_database()

CARD = ("id", "title", "author", "domain", "score", "num_comments")


@app.get("/")
def index():
    posts = database.posts.find({"score": {"$gt": 50}}, CARD)
    return render_template("page.html", title="Recommended",
                           posts=posts.sort([("score", DESCENDING), ("num_comments", DESCENDING)]).limit(12))


@app.post("/search")
def search():
    return redirect(url_for("results", query=request.form["search"]), 303)


@app.get("/search_results/<query>")
def results(query):
    words = re.findall(r"\w+", query.lower())
    posts = database.posts.find({"words": {"$all": words}}, CARD)
    return render_template("page.html", title="Results for " + query,
                           posts=posts.sort("score", DESCENDING).limit(25))


@app.get("/posts/<post>")
def post_page(post):
    row = database.posts.find_one({"id": post}, {"words": False})
    if row is None:
        abort(404)
    return render_template("page.html", title=row["title"], post=row, posts=[row])


@app.post("/posts/<post>/like")
def like(post):
    try:
        database.likes.insert_one({"_id": {"user": request.headers.get("X-User", "nobody"), "post": post},
                                   "post": post})
    except DuplicateKeyError:
        pass
    return jsonify(post=post, likes=database.likes.count_documents({"post": post}))
