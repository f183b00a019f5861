# SPDX-License-Identifier: MIT
"""Malformed, hostile and unusual requests: none may be misunderstood, none may hang."""
import base64
import json

import pytest

from conftest import Client, shared_folder

SHARED = shared_folder()
if SHARED and (SHARED / "data/http_bad.json").is_file():
    CASES = json.loads((SHARED / "data/http_bad.json").read_text())
else:
    CASES = []


@pytest.fixture(scope="module")
def probe(run_module):
    return run_module("probe", "--idle=2s", "--log-level=info")


def test_cases_of_bad_requests_are_at_hand():
    if not CASES:
        pytest.skip("skip: no http_bad.json; set DECANT_SHARED")
    assert len(CASES) >= 60


def answers(port, octets, case):
    """Statuses until the server closes, and whether it did."""
    statuses = []
    with Client(port, timeout=6 if case.get("slow") else 1) as client:
        try:
            client.send(octets)
        except (BrokenPipeError, ConnectionResetError):
            pass
        while True:
            try:
                reply = client.reply()
            except TimeoutError:
                return statuses, False
            if reply is None:
                return statuses, True
            statuses.append(reply.status)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_bad_request_gets_what_the_standard_allows(probe, case):
    statuses, closed = answers(probe.port, base64.b64decode(case["request_base64"]), case)
    first = statuses[0] if statuses else "close"
    assert statuses or closed, "hang"
    assert first in case["expect"], case["note"]
    least, most = case["responses"]
    assert least <= len(statuses) <= most, statuses
    if case["must_close"]:
        assert closed, "still open after %s" % statuses
    assert probe.get("/").status == 200
