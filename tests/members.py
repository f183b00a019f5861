# SPDX-License-Identifier: MIT
"""Two members of a replica set, the primary and a secondary, played in front of one MongoDB server: each
has a port, says what it is to who greets it, and keeps the commands it was sent. The secondary is never
behind, as it is the same server."""
import selectors
import socket
import struct
import threading

import mongo

HEADER = struct.Struct("<iiii")  # length, id, id that it answers, kind
REPLY, QUERY, MESSAGE = 1, 2004, 2013
GREETINGS = {"hello", "ismaster", "isMaster"}


class Member:
    def __init__(self, name, primary):
        self.name, self.primary = name, primary
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.commands = []  # documents, in the order they came
        self.away = False


class Members:
    """`members.primary.commands`; members.leave(), come_back() and elect() take a member."""

    def __init__(self, server_port):
        mongo.environment()
        mongo.client("mongodb://127.0.0.1/", connect=False).close()  # makes bson importable
        import bson
        self.bson, self.server_port = bson, server_port
        self.primary, self.secondary = Member("primary", True), Member("secondary", False)
        self.all = [self.primary, self.secondary]
        self.selector = selectors.DefaultSelector()
        self.lock, self.pairs, self.ended = threading.Lock(), {}, False
        for member in self.all:
            self.selector.register(member.listener, selectors.EVENT_READ, member)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def uri(self, options):
        hosts = ",".join(member.address for member in self.all)
        return f"mongodb://{hosts}/?replicaSet=played&{options}"

    def leave(self, member):
        """Its connections are reset, and so are new ones."""
        with self.lock:
            member.away = True
            for pair in [pair for pair in self.pairs.values() if pair[2] is member]:
                self._drop(pair)

    def elect(self, member):
        with self.lock:
            self.primary.primary, member.primary = False, True
            [self.secondary] = [one for one in self.all if one is not member]
            self.primary = member

    def come_back(self, member):
        with self.lock:
            member.away = False

    def close(self):
        self.ended = True
        self.thread.join()
        for pair in list(self.pairs.values()):
            self._drop(pair)
        for member in self.all:
            member.listener.close()
        self.selector.close()

    # -- the thread ---------------------------------------------------------------------------------

    def _serve(self):
        while not self.ended:
            for key, _ in self.selector.select(0.1):
                with self.lock:
                    if isinstance(key.data, Member):
                        self._accept(key.data)
                    elif key.fileobj in self.pairs:
                        self._move(key.fileobj, key.data)

    def _accept(self, member):
        client, _ = member.listener.accept()
        if member.away:
            client.close()
            return
        server = socket.create_connection(("127.0.0.1", self.server_port))
        pair = (client, server, member, {client: b"", server: b""}, set())
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.pairs[sock] = pair
            self.selector.register(sock, selectors.EVENT_READ, pair)

    def _drop(self, pair):
        for sock in pair[:2]:
            if self.pairs.pop(sock, None):
                self.selector.unregister(sock)
                sock.close()

    def _move(self, sock, pair):
        client, server, member, parts, _ = pair
        try:
            octets = sock.recv(1 << 16)
        except OSError:
            octets = b""
        parts[sock] += octets
        while octets and len(parts[sock]) >= 4:
            size = struct.unpack_from("<i", parts[sock])[0]
            if len(parts[sock]) < size:
                break
            message, parts[sock] = parts[sock][:size], parts[sock][size:]
            try:
                if sock is client:
                    server.sendall(self._asked(pair, message))
                else:
                    client.sendall(self._answered(pair, message))
            except OSError:
                octets = b""
        if not octets:
            self._drop(pair)

    def _asked(self, pair, message):
        _, number, _, kind = HEADER.unpack_from(message)
        if kind == QUERY:
            pair[4].add(number)
        elif kind == MESSAGE:
            command = self._document(message)
            if next(iter(command)) in GREETINGS:
                pair[4].add(number)
            else:
                pair[2].commands.append(command)
        return message

    def _document(self, message):
        size = struct.unpack_from("<i", message, 21)[0]
        return self.bson.decode(message[21:21 + size])

    def _answered(self, pair, message):
        _, number, answers, kind = HEADER.unpack_from(message)
        if answers not in pair[4]:
            return message
        pair[4].discard(answers)
        start = 36 if kind == REPLY else 21
        greeting = self.bson.decode(message[start:])
        member = pair[2]
        greeting.pop("topologyVersion", None)
        greeting.update({
            "hosts": [one.address for one in self.all], "setName": "played", "me": member.address,
            "primary": self.primary.address, "isWritablePrimary": member.primary,
            "ismaster": member.primary, "secondary": not member.primary})
        body = message[HEADER.size:start] + self.bson.encode(greeting)
        return HEADER.pack(HEADER.size + len(body), number, answers, kind) + body
