# SPDX-License-Identifier: MIT
"""What `make run` starts: mk/run.sh with programs that only write down how they were called."""
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVERS = {"1": "monolithic", "rest": "rest"}


def run(tmp_path, store, stage="1"):
    """The calls that one `make run` makes: each a program's name and its arguments."""
    programs, calls = tmp_path / "bin", tmp_path / "calls"
    data = tmp_path / "posts.json"
    programs.mkdir(exist_ok=True)
    for name in ("import", *SERVERS.values()):
        program = programs / name
        program.write_text('#!/bin/sh\necho "${0##*/} $*" >>"%s"\n' % calls)
        program.chmod(0o755)
    data.touch()
    calls.unlink(missing_ok=True)
    subprocess.run([ROOT / "mk/run.sh", programs, store, data, "5000", stage], cwd=tmp_path, check=True,
                   timeout=60, stdout=subprocess.DEVNULL)
    return [line.split() for line in calls.read_text().splitlines()]


@pytest.mark.parametrize("stage", SERVERS)
def test_the_store_is_what_import_and_server_use(tmp_path, stage):
    for store in ("sqlite:var/x.db", "mongodb://u:p@a,b:1/x?replicaSet=r&tls=true"):
        loading, serving = run(tmp_path, store, stage)
        assert loading[0] == "import" and "--store=" + store in loading
        assert serving[0] == SERVERS[stage] and "--store=" + store in serving


def test_a_file_is_loaded_once(tmp_path):
    assert len(run(tmp_path, "sqlite:var/x.db")) == 2
    (tmp_path / "var/x.db").touch()
    assert [call[0] for call in run(tmp_path, "sqlite:var/x.db")] == ["monolithic"]
    (tmp_path / "var/x.db").unlink()
    assert len(run(tmp_path, "sqlite:var/x.db")) == 2


def test_a_server_is_offered_the_data_each_time(tmp_path):
    assert len(run(tmp_path, "mongodb://localhost/x")) == 2
    assert len(run(tmp_path, "mongodb://localhost/x")) == 2
