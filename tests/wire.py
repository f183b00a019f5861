# SPDX-License-Identifier: MIT
"""A proxy between a program and its MongoDB server that reads their messages and spoils replies
(https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/)."""
import socket
import struct
import threading

import mongo

mongo.client("mongodb://127.0.0.1", connect=False).close()  # makes bson importable
import bson  # noqa: E402

HEAD = struct.Struct("<iiii")  # length, number, number answered, kind
OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
OPTIONS = bson.CodecOptions(unicode_decode_error_handler="ignore")


def is_feed(command):
    """Whether a command opens or goes on with a change stream."""
    return (command.get("collection") == "$cmd.aggregate"
            or "$changeStream" in (command.get("pipeline") or [{}])[0])


def _exactly(sock, count):
    parts = []
    while count:
        part = sock.recv(min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _start_of_document(kind, body):
    if kind == OP_REPLY:
        return 20
    return 5 if kind == OP_MSG else body.index(b"\0", 4) + 9


def _decode(kind, body):
    at = _start_of_document(kind, body)
    return bson.decode(body[at:at + struct.unpack_from("<i", body, at)[0]], OPTIONS)


class Wire:
    """spoil(name, command, reply) says what becomes of each reply: a document (which may be the
    reply), octets to be sent in place of its document, a number of octets of the message after
    which the connection is closed, or None: it is closed at once."""

    def __init__(self, port):
        self.target, self.spoil = ("127.0.0.1", port), None
        self.pairs, self.lock = set(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def honest(self):
        self.spoil = None

    def drop(self):
        """Close what is open; new connections are taken."""
        with self.lock:
            pairs = list(self.pairs)
        for pair in pairs:
            self._close(pair)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                pair = (client, socket.create_connection(self.target))
            except OSError:
                return
            for sock in pair:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.pairs.add(pair)
            asked = {}  # commands by the number of their message
            for run in (self._ask, self._answer):
                threading.Thread(target=self._run, args=(run, pair, asked), daemon=True).start()

    def _close(self, pair):
        with self.lock:
            self.pairs.discard(pair)
        for sock in pair:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def _run(self, run, pair, asked):
        try:
            while run(pair, asked):
                pass
        except (EOFError, OSError):
            pass
        self._close(pair)

    @staticmethod
    def _ask(pair, asked):
        head = _exactly(pair[0], HEAD.size)
        length, number, _, kind = HEAD.unpack(head)
        body = _exactly(pair[0], length - HEAD.size)
        if kind in (OP_QUERY, OP_MSG):
            asked[number] = _decode(kind, body)
        pair[1].sendall(head + body)
        return True

    def _answer(self, pair, asked):
        length, number, answered, kind = HEAD.unpack(_exactly(pair[1], HEAD.size))
        body, most = _exactly(pair[1], length - HEAD.size), None
        command, spoil = asked.get(answered), self.spoil
        if command and spoil:
            reply = _decode(kind, body)
            spoilt = spoil(next(iter(command)), command, reply)
            if spoilt is None or isinstance(spoilt, int):
                most = spoilt or 0
            elif spoilt is not reply:
                document = spoilt if isinstance(spoilt, bytes) else bson.encode(spoilt)
                body = body[:_start_of_document(kind, body)] + document
        message = HEAD.pack(HEAD.size + len(body), number, answered, kind) + body
        pair[0].sendall(message[:most])
        return most is None
