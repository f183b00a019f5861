# SPDX-License-Identifier: MIT
"""The tests themselves, on a machine that has this tree alone."""
import os
import subprocess
import sys

from conftest import PATIENCE, ROOT


def test_without_data_from_outside_all_tests_are_found(tmp_path):
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", ROOT / "tests"],
                          env={**os.environ, "DECANT_SHARED": str(tmp_path / "none")}, cwd=ROOT,
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
