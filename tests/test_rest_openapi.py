# SPDX-License-Identifier: MIT
"""The OpenAPI document: it is one, it says what is there, and the server keeps to it when Schemathesis
asks whatever comes to its mind."""
import os
import subprocess
import sys

import pytest

from conftest import ROOT
from eve import Api, settings_with, write_settings

RICH = {
    "title": {"type": "string", "required": True, "minlength": 1, "maxlength": 50},
    "kind": {"type": "string", "allowed": ["a", "b"], "default": "a"},
    "score": {"type": "integer", "min": 0, "max": 100},
    "ratio": {"type": "float", "nullable": True},
    "on": {"type": "boolean"},
    "tags": {"type": "list", "schema": {"type": "string", "maxlength": 5}, "maxlength": 3},
    "at": {"type": "datetime"},
    "place": {"type": "dict", "schema": {"city": {"type": "string"}, "zip": {"type": "integer"}}},
    "made": {"type": "string", "readonly": True},
    "any": {},
}


@pytest.fixture
def api(run, tmp_path, store):
    settings = settings_with({"schema": RICH}, URL_PREFIX="api")
    settings["DOMAIN"]["hidden"] = {"internal_resource": True, "schema": {}}
    path = write_settings(tmp_path, settings)
    return Api(run("rest", f"--settings={path}", f"--store={store.fresh()}"))


def test_it_lists_what_is_there_and_nothing_else(api):
    document = api.get("/api/openapi.json")
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "/api"}]
    assert set(document["paths"]) == {"/posts", "/posts/{_id}"}
    assert {"get", "post", "delete"} <= set(document["paths"]["/posts"])
    assert {"get", "put", "patch", "delete"} <= set(document["paths"]["/posts/{_id}"])
    sent = document["components"]["schemas"]["posts.sent"]
    assert sent["required"] == ["title"] and sent["additionalProperties"] is False
    assert "made" not in sent["properties"]
    assert sent["properties"]["kind"]["enum"] == ["a", "b"]
    assert sent["properties"]["ratio"]["type"] == ["number", "null"]
    assert sent["properties"]["tags"]["items"]["maxLength"] == 5


def test_methods_that_are_off_are_not_in_it(run, tmp_path, store):
    path = write_settings(tmp_path, settings_with(RESOURCE_METHODS=["GET"], ITEM_METHODS=["GET"]))
    api = Api(run("rest", f"--settings={path}", f"--store={store.fresh()}"))
    paths = api.get("/openapi.json")["paths"]
    assert {"post", "delete"}.isdisjoint(paths["/posts"])
    assert {"put", "patch", "delete"}.isdisjoint(paths["/posts/{_id}"])


def test_what_is_open_to_everyone_says_so(run, tmp_path, store):
    path = write_settings(tmp_path, settings_with(
        {"public_methods": ["GET"]}, AUTH={"type": "basic", "users": {"*": "s"}}))
    api = Api(run("rest", f"--settings={path}", f"--store={store.fresh()}"))
    document = api.get("/openapi.json", headers={"Authorization": "Basic dTpz"})
    assert document["security"] == [{"credentials": []}]
    posts = document["paths"]["/posts"]
    assert posts["get"]["security"] == [] and "security" not in posts["post"]


def test_the_page_for_people_names_fields_and_escapes(run, tmp_path, store):
    path = write_settings(tmp_path, settings_with(
        {"schema": {"<b>": {"type": "string", "meta": {"description": "x"}}}}))
    api = Api(run("rest", f"--settings={path}", f"--store={store.fresh()}"))
    page = api.ask("GET", "/docs")
    assert page.status == 200 and page.header("content-type").startswith("text/html")
    assert "&lt;b&gt;" in page.text and "<code><b></code>" not in page.text
    assert "script" not in page.text


def test_the_endpoints_can_be_off_and_yield_to_resources(run, tmp_path, store):
    settings = settings_with(OPENAPI_ENDPOINT=None)
    settings["DOMAIN"]["docs"] = {"schema": {}}
    path = write_settings(tmp_path, settings)
    api = Api(run("rest", f"--settings={path}", f"--store={store.fresh()}"))
    assert api.ask("GET", "/openapi.json").status == 404
    assert api.get("/docs")["_items"] == []


def schemathesis():
    """The tool in a virtual environment of its own, made once; skips where it cannot be had."""
    folder = ROOT / "build/schemathesis"
    tool = folder / "bin/st"
    if not tool.exists():
        made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, check=False)
        if made.returncode == 0:
            made = subprocess.run([folder / "bin/pip", "-q", "install", "schemathesis"],
                                  capture_output=True, check=False)
        if made.returncode != 0:
            pytest.skip("Schemathesis cannot be installed here")
    return tool


@pytest.mark.sqlite_only  # asks for a minute and more
def test_schemathesis_finds_no_fault(api, tmp_path):
    examples = os.environ.get("SCHEMATHESIS_EXAMPLES", "15")
    checks = ("not_a_server_error,status_code_conformance,content_type_conformance,"
              "response_headers_conformance,response_schema_conformance")
    done = subprocess.run(
        [schemathesis(), "run", api.process.url("/api/openapi.json"), "--checks", checks,
         "--max-examples", examples, "--seed", "1", "--phases", "examples,coverage,fuzzing",
         "--suppress-health-check", "all"],
        capture_output=True, text=True, cwd=tmp_path, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert api.process.process.poll() is None
