# SPDX-License-Identifier: MIT
"""The servers ours are measured beside, as their users run them: gunicorn with two workers."""
import subprocess

from servers import ROOT, Server, free_port


def environment(name, *packages):
    """The Python of a virtual environment with these packages, made once under build/."""
    folder = ROOT / "build/bench" / name
    python, made = folder / "bin/python", folder / "packages"
    if not made.exists() or made.read_text() != " ".join(packages):
        subprocess.run(["/usr/bin/python3", "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", "--pre", *packages], check=True)
        made.write_text(" ".join(packages))
    return python


def _start(name, python, folder, env):
    port = free_port()
    return Server(name, [python, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "--chdir",
                         ROOT / "bench" / folder, "app:app"], env, port)


def start_eve(folder, address):
    """Eve on the settings in this folder and the MongoDB database at this address."""
    return _start("Eve", environment("eve", "eve", "gunicorn"), "eve",
                  {"EVE_SETTINGS": str(folder / "settings.json"), "MONGO_URI": address})


def start_flask(database):
    """Flask over a file of SQLite."""
    return _start("Flask", environment("flask", "flask", "gunicorn", "pymongo"), "flask",
                  {"DATABASE": str(database)})


def start_flask_mongo(address):
    """Flask over a MongoDB database."""
    return _start("Flask", environment("flask", "flask", "gunicorn", "pymongo"), "flask_mongo",
                  {"DATABASE": address})
