# SPDX-License-Identifier: MIT
"""A MongoDB server of one's own: `mongod` where it is on the PATH, else SecantusDB (tests/mongo.sh
makes its environment). As a program: mongo.py run COMMAND…, see tests/mongo.sh."""
import ctypes
import glob
import os
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PATIENCE = 60  # seconds for a server to be there, or gone
TRIES = 5  # a free port may be taken by another before the server has it
PARENT_DIED = 1  # prctl(PR_SET_PDEATHSIG)


class NoServer(Exception):
    """No server can be had on this machine."""


def environment():
    """The Python environment with pymongo and the server; made where missing."""
    if "DECANT_MONGO_VENV" not in os.environ:
        done = subprocess.run([HERE / "mongo.sh", "prepare"], capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise NoServer(done.stderr.strip())
        os.environ["DECANT_MONGO_VENV"] = done.stdout.strip()
    return Path(os.environ["DECANT_MONGO_VENV"])


def client(uri, **options):
    """A pymongo client."""
    packages = glob.glob(str(environment() / "lib/python3*/site-packages"))
    if packages and packages[0] not in sys.path:
        sys.path.append(packages[0])
    from pymongo import MongoClient
    return MongoClient(uri, **options)


def with_database(uri, name):
    """The address of a database of a server, whose own address names none."""
    base, options = re.fullmatch(r"(mongodb(?:\+srv)?://[^/?]+)/?(\?.*)?", uri).groups()
    options = options or ""
    if "@" in base and "authSource=" not in options:  # the users are not in the new database
        options += ("&" if options else "?") + "authSource=admin"
    return f"{base}/{name}{options}"


def fresh_name():
    return "test_" + secrets.token_hex(6)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_with_parent():
    """Whatever becomes of this process: the server does not stay."""
    ctypes.CDLL(None).prctl(PARENT_DIED, signal.SIGKILL)


class Server:
    """A running server with its data in a folder, which can be told to fail (configureFailPoint).
    `pem` is the certificate and key of one that asks for TLS, `standalone` one has no transactions,
    a `durable` one writes before it answers; only so many `changes_kept` can be followed (not of a
    mongod, which keeps a gigabyte at least)."""

    def __init__(self, folder, pem=None, standalone=False, durable=False, changes_kept=None):
        self.folder, self.pem, self.standalone = Path(folder), pem, standalone
        self.durable, self.changes_kept, self.auth = durable, changes_kept, False
        self.data, self.log = self.folder / "data", self.folder / "server.log"
        self.data.mkdir(parents=True, exist_ok=True)
        self.own = shutil.which("mongod")
        self.process, self.port = None, None
        if not any(self._start(free_port()) for _ in range(TRIES)):
            raise NoServer("did not start: " + self._said())

    @property
    def uri(self):
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def client(self, **options):
        return client(self.uri, **options)

    def _command(self, port):
        if not self.own:
            command = [environment() / "bin/python", environment() / "bin/secantusd-py",
                       "--port", str(port), "--storage-path", self.data, "--enable-test-commands"]
            command += ["--sync-on-commit"] if self.durable else []
            command += ["--auth"] if self.auth else []
            command += ["--standalone"] if self.standalone else []
            command += ["--tls-cert-file", self.pem, "--tls-key-file", self.pem] if self.pem else []
            command += ["--oplog-max-entries", str(self.changes_kept)] if self.changes_kept else []
            return command
        command = [self.own, "--port", str(port), "--bind_ip", "127.0.0.1", "--dbpath", self.data,
                   "--setParameter", "enableTestCommands=1"]
        if not self.standalone:
            command += ["--replSet", "test"]
        if self.auth and not self.standalone:
            secret = self.folder / "members.key"
            if not secret.exists():
                secret.write_text(secrets.token_hex(32))
                secret.chmod(0o600)
            command += ["--keyFile", secret]
        elif self.auth:
            command += ["--auth"]
        if self.pem:
            command += ["--tlsMode", "requireTLS", "--tlsCertificateKeyFile", self.pem]
        return command

    def _start(self, port):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self._command(port), stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, preexec_fn=end_with_parent)
        self.port = port
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            if self._answers():
                return True
            if time.monotonic() > deadline:
                break
            select.select([], [], [], 0.02)
        self.kill()
        return False

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        if self.own and not self.standalone:
            return self._is_primary()
        return True

    def _is_primary(self):
        from pymongo.errors import PyMongoError
        options = {"tls": True, "tlsAllowInvalidCertificates": True} if self.pem else {}
        with self.client(serverSelectionTimeoutMS=1000, **options) as asked:
            try:
                if asked.admin.command("hello").get("isWritablePrimary"):
                    return True
                asked.admin.command("replSetInitiate", {"_id": "test", "members": [
                    {"_id": 0, "host": f"127.0.0.1:{self.port}"}]})
            except PyMongoError:  # initiated already, and not chosen yet
                pass
            return False

    def _said(self):
        return self.log.read_text(errors="replace")[-2000:]

    def require_user(self, name, password):
        """Start again as a server that only this user may use."""
        with self.client() as asked:
            asked.admin.command("createUser", name, pwd=password, roles=["root"])
        self.stop()
        self.auth = True
        self.start()

    def start(self):
        """Again, on the same data and port."""
        if not self._start(self.port):
            raise NoServer("did not start again: " + self._said())

    def kill(self):
        """As the kernel does when memory runs out."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE / 4)
            except subprocess.TimeoutExpired:
                pass
        self.kill()


def main(arguments):
    folder = tempfile.mkdtemp(prefix="mongo-")
    server = None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        server = Server(folder)
        return subprocess.run(arguments, env={**os.environ, "MONGO_TEST_URI": server.uri},
                              check=False).returncode
    except NoServer as reason:
        print("skip: no MongoDB server:", reason)
        return int(os.environ.get("CI") == "true")
    finally:
        if server:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] != ["run"] or not sys.argv[2:]:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[2:]))
