# SPDX-License-Identifier: MIT
"""A REST server and what to ask it: settings as an Eve user writes them, JSON in and out."""
import copy
import json
import urllib.parse

JSON = {"Content-Type": "application/json"}
HEX = "0123456789abcdef"

SETTINGS = {
    "DOMAIN": {
        "posts": {
            "schema": {
                "title": {"type": "string", "required": True, "minlength": 1, "maxlength": 300},
                "author": {"type": "string"},
                "score": {"type": "integer"},
                "tags": {"type": "list", "schema": {"type": "string"}},
                "id": {"type": "string", "unique": True},
                "meta": {"type": "dict", "schema": {"src": {"type": "string"},
                                                    "lang": {"type": "string"},
                                                    "n": {"type": "integer"}}},
            },
        }
    },
    "RESOURCE_METHODS": ["GET", "POST", "DELETE"],
    "ITEM_METHODS": ["GET", "PATCH", "PUT", "DELETE"],
}


def settings_with(posts=None, **changes):
    """Settings with some changed: capitals for all, `posts` a dict for that resource."""
    settings = {**copy.deepcopy(SETTINGS), **changes}
    settings["DOMAIN"].get("posts", {}).update(posts or {})
    return settings


class Api:
    """A running server; requests in JSON."""

    def __init__(self, process):
        self.process = process

    def ask(self, method, target, body=None, etag=None, headers=None, client=None):
        headers = {**JSON, **(headers or {})}
        if etag is not None:
            headers["If-Match"] = etag
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        target = urllib.parse.quote(target, safe="/?&=%")
        return (client or self.process).request(method, target, headers, body)

    def post(self, document, target="/posts", **options):
        reply = self.ask("POST", target, document, **options)
        assert reply.status == 201, reply.text
        return reply.json()

    def get(self, target, status=200, **options):
        reply = self.ask("GET", target, **options)
        assert reply.status == status, reply.text
        return reply.json()

    def fails(self, status, method, target, *arguments, **options):
        """The body of a request that is refused with this status."""
        reply = self.ask(method, target, *arguments, **options)
        assert reply.status == status, (reply.status, reply.text)
        assert reply.json()["_status"] == "ERR"
        return reply.json()


def write_settings(folder, settings, name="settings.json"):
    path = folder / name
    path.write_text(json.dumps(settings))
    return path
