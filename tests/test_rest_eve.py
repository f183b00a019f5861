# SPDX-License-Identifier: MIT
"""The conformance cases for servers that behave like Eve, which are kept outside the tree."""
import subprocess
import sys

import pytest

from conftest import BIN, shared_folder


def test_all_conformance_cases_pass(store):
    folder = shared_folder()
    if not folder or not (folder / "eve/cases.txt").exists():
        pytest.skip("needs ../shared/eve")
    # Each case has settings that name a database of its own. On MongoDB, where it takes longer to make
    # collections and their indexes, cases with the same settings share a server.
    more = [f"--store={store.uri}"] if store.kind == "mongodb" else []
    command = [sys.executable, folder / "eve/eve_cases.py", *(["--reuse"] if more else []), "--server",
               " ".join([f"{BIN / 'rest'} --settings={{settings}} --port={{port}} --log-level=warn", *more]),
               folder / "eve/cases.txt"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, "\n".join(
        line for line in done.stdout.splitlines() if not line.startswith("ok ")) + done.stderr
