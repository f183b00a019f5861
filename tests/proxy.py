# SPDX-License-Identifier: MIT
"""A TCP proxy between a program and its server that misbehaves on command, and counts connections."""
import heapq
import selectors
import socket
import struct
import threading
import time

CHUNK = 1 << 16
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST


class Pair:
    """A client's connection and ours to the server; octets that wait to be sent either way."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.waiting = {client: b"", server: b""}

    def other(self, sock):
        return self.server if sock is self.client else self.client


class Proxy:
    """Forwards connections to a port. What it does from now on, to old connections and to new ones:

        forward()       what it should
        stall()         keeps everything, sends nothing on, until forward()
        delay(seconds)  sends everything on so much later
        reset()         every connection is reset at once, and so are new ones
        refuse()        every connection is reset, and nobody listens
        black_hole()    every connection falls silent; new ones are never answered, not even by TCP
    """

    def __init__(self, target_port):
        self.target = ("127.0.0.1", target_port)
        self.selector = selectors.DefaultSelector()
        self.pairs, self.opened, self.most = set(), 0, 0
        self.mode, self.delayed_s = "forward", 0
        self.later, self.sequence = [], 0  # heap of (due, sequence, pair, socket, octets)
        self.filling = []
        self.wake_end, self.wake_start = socket.socketpair()
        self.selector.register(self.wake_end, selectors.EVENT_READ, None)
        self.commands, self.ended = [], False
        self.listener = self._listen(0)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    # -- what tests say: done when they return ------------------------------------------------------

    def forward(self):
        self._do(lambda: self._change("forward"))

    def stall(self):
        self._do(lambda: self._change("stall"))

    def delay(self, seconds):
        self._do(lambda: self._change("forward", seconds))

    def reset(self):
        self._do(lambda: (self._change("reset"), self._drop_all()))

    def refuse(self):
        self._do(lambda: (self._change("refuse"), self._drop_all()))

    def black_hole(self):
        self._do(lambda: self._change("black hole"))

    def count_from_now(self):
        """Forget how many connections there have been at most."""
        self._do(lambda: setattr(self, "most", len(self.pairs)))

    def close(self):
        self._do(lambda: (self._drop_all(), setattr(self, "ended", True)))
        self.thread.join()
        self._close_listener()
        self.selector.close()
        self.wake_end.close()
        self.wake_start.close()

    # -- the thread ---------------------------------------------------------------------------------

    def _do(self, act):
        done = threading.Event()
        self.commands.append((act, done))
        self.wake_start.send(b"x")
        assert done.wait(30), "the proxy's thread is gone"

    def _listen(self, port):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1000)
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, None)
        return listener

    def _close_listener(self):
        for sock in self.filling:
            sock.close()
        self.filling = []
        if self.listener:
            if self.listener in self.selector.get_map():
                self.selector.unregister(self.listener)
            self.listener.close()
            self.listener = None

    def _change(self, mode, delayed_s=0):
        was, self.mode, self.delayed_s = self.mode, mode, delayed_s
        if mode == "refuse" or was in ("refuse", "black hole"):
            self._close_listener()
        if mode != "refuse" and not self.listener:
            self.listener = self._listen(self.port)
        if mode == "black hole":
            self._fill_backlog()
        for pair in list(self.pairs):
            self._watch(pair)

    def _fill_backlog(self):
        """Once as many connections wait as may, the kernel answers no more."""
        self.selector.unregister(self.listener)
        self.listener.listen(0)
        for _ in range(3):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", self.port))
            self.filling.append(sock)

    def _serve(self):
        while not self.ended:
            timeout = max(0, self.later[0][0] - time.monotonic()) if self.later else None
            for key, events in self.selector.select(timeout):
                if key.fileobj is self.wake_end:
                    self._obey()
                elif key.fileobj is self.listener:
                    self._accept()
                elif key.data in self.pairs:
                    self._move(key.data, key.fileobj, events)
            while self.later and self.later[0][0] <= time.monotonic():
                _, _, pair, sock, octets = heapq.heappop(self.later)
                if pair in self.pairs:
                    self._send(pair, sock, octets)

    def _obey(self):
        self.wake_end.recv(CHUNK)
        while self.commands:
            act, done = self.commands.pop(0)
            act()
            done.set()

    def _accept(self):
        try:
            client, _ = self.listener.accept()
        except BlockingIOError:
            return
        if self.mode == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            return
        try:
            server = socket.create_connection(self.target)
        except OSError:  # the server is not there: what its own port would say
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            return
        pair = Pair(client, server)
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
        self.pairs.add(pair)
        self.opened += 1
        self.most = max(self.most, len(self.pairs))
        self._watch(pair)

    def _watch(self, pair):
        """Ask for the events that this mode wants of a pair."""
        silent = self.mode in ("stall", "black hole")
        for sock in (pair.client, pair.server):
            events = 0 if silent else selectors.EVENT_READ
            if pair.waiting[sock] and not silent:
                events |= selectors.EVENT_WRITE
            known = sock in self.selector.get_map()
            if known and events:
                self.selector.modify(sock, events, pair)
            elif known:
                self.selector.unregister(sock)
            elif events:
                self.selector.register(sock, events, pair)

    def _move(self, pair, sock, events):
        if events & selectors.EVENT_WRITE:
            self._send(pair, sock, b"")
        if pair in self.pairs and events & selectors.EVENT_READ:
            try:
                octets = sock.recv(CHUNK)
            except OSError:
                octets = b""
            if not octets:
                self._drop(pair)
            elif self.delayed_s or any(one[2] is pair for one in self.later):
                self.sequence += 1
                heapq.heappush(self.later, (time.monotonic() + self.delayed_s, self.sequence, pair,
                                            pair.other(sock), octets))
            else:
                self._send(pair, pair.other(sock), octets)

    def _send(self, pair, sock, octets):
        pair.waiting[sock] += octets
        try:
            sent = sock.send(pair.waiting[sock])
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(pair)
            return
        pair.waiting[sock] = pair.waiting[sock][sent:]
        self._watch(pair)

    def _drop(self, pair):
        self.pairs.discard(pair)
        for sock in (pair.client, pair.server):
            if sock in self.selector.get_map():
                self.selector.unregister(sock)
            if self.mode in ("reset", "refuse"):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            sock.close()

    def _drop_all(self):
        for pair in list(self.pairs):
            self._drop(pair)
