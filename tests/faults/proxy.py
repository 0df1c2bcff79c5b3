# SPDX-License-Identifier: Apache-2.0
"""A proxy between the module and MariaDB that makes trouble.

Proxy    listens on a port of 127.0.0.1 and relays to MariaDB's socket;
         set() chooses the trouble, attempts and peak say what was seen
Session  one client and its back ends; sees packets, not bytes
"""

import dataclasses
import select
import socket
import struct
import threading
import time
import typing

from packets import (CLOSE, DEPRECATE_EOF, EXECUTE, LONG_DATA, OF_STATEMENTS,
                     PREPARE, QUERY, QUIT, Backend, Closed, Stream, command,
                     error, is_end, is_ok, statement, text, with_statement)


@dataclasses.dataclass
class Trouble:
    """What goes wrong; by default nothing."""

    # "no": accept and say nothing; "reset": accept and reset; "only": the
    # greeting and nothing after it
    greet: str = "yes"
    # nothing comes from the server any more after the login, or at all
    silent_after_login: bool = False
    mute: bool = False
    # bytes from the server in a session before it falls silent
    mute_after: int | None = None
    # seconds between two bytes from the server
    trickle: float = 0
    # every so manieth answer comes that late
    delay: float = 0
    every: int = 1
    # the answer to COMMIT: "close", "reset" or "mute" instead of it; "before"
    # closes before the server has seen it
    commit: str | None = None
    # this command of a transaction is answered by the end of the connection
    cut_at: int | None = None
    # the server hears of no end: its side stays open
    keep: bool = False
    # so many rows of a result, then the end, or this error
    rows: int | None = None
    row_error: int = 0
    # a result has its first row again and again, without a pause
    endless: bool = False
    # each transaction goes to another back end
    swap: bool = False
    # what becomes of a packet from the server, and of one from the client:
    # functions of the session and the packet, that may raise Ended
    rewrite: typing.Callable | None = None
    rewrite_client: typing.Callable | None = None


class Ended(Exception):
    """The session has done its harm."""


class Session(threading.Thread):
    def __init__(self, proxy, sock):
        super().__init__(daemon=True)
        self.proxy = proxy
        self.client = Stream(sock)
        self.backends = []
        self.backend = None
        self.login = b""
        self.ready = False
        self.muted = False
        self.sent = 0
        # of the protocol
        self.in_transaction = 0
        self.commits = set()
        self.last = None
        self.commit_sent = False
        self.fresh = True
        self.place = 0  # of a packet in the answer to a command
        self.rows = 0
        self.swallowing = False
        # for swapping
        self.settings = []
        self.texts = {}
        self.preparing = b""
        self.number = 0
        self.pinned = False

    @property
    def trouble(self):
        return self.proxy.trouble

    def run(self):
        try:
            self.relay()
        except (Closed, Ended, OSError, ValueError):
            pass
        finally:
            self.end()

    def end(self, reset=False):
        if reset:
            self.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                        struct.pack("ii", 1, 0))
        for backend in self.backends:
            backend.stream.close()
        self.client.close()
        self.proxy.left(self)

    def relay(self):
        if self.trouble.greet == "reset":
            self.end(reset=True)
            raise Ended
        if self.trouble.greet == "no":
            self.muted = True
        else:
            self.backend = self.connect()
        while True:
            sides = [self.client]
            if self.backend:
                sides.append(self.backend.stream)
            for side in select.select(sides, [], [])[0]:
                if side is self.client:
                    for packet in self.client.ready():
                        self.from_client(packet)
                elif side is self.backend.stream:
                    for packet in side.ready():
                        self.from_server(packet)

    def connect(self):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(self.proxy.backend)
        backend = Backend(Stream(sock))
        self.backends.append(backend)
        return backend

    # --- from the client -----------------------------------------------------

    def from_client(self, packet):
        if not self.backend:
            return
        if self.trouble.rewrite_client:
            packet = self.trouble.rewrite_client(self, packet)
        if not self.ready:
            self.login = self.login or packet
            self.backend.stream.write(packet)
            return
        self.fresh, self.place, self.rows = True, 0, 0
        self.last = command(packet)
        if self.last == PREPARE:
            self.preparing = packet
        self.commit_sent = self.is_commit(packet)
        self.proxy.statements += 1
        if self.commit_sent and self.trouble.commit == "before":
            self.harm()
        self.note_transaction(packet)
        if self.trouble.cut_at == self.in_transaction > 0:
            self.harm()
        if self.trouble.swap or len(self.backends) > 1:
            packet = self.swap(packet)
        self.backend.stream.write(packet)

    def is_commit(self, packet):
        kind = command(packet)
        return ((kind == QUERY and text(packet) == "COMMIT")
                or (kind == EXECUTE and statement(packet) in self.commits))

    def note_transaction(self, packet):
        kind = command(packet)
        if self.in_transaction and kind != CLOSE:
            self.in_transaction += 1
        if kind == QUERY and text(packet) == "START TRANSACTION":
            self.in_transaction = 1
        if self.commit_sent or (kind == QUERY and text(packet) == "ROLLBACK"):
            self.in_transaction = 0
        if kind == QUERY and text(packet).startswith("SET "):
            self.settings.append(packet)

    def harm(self, reset=False):
        self.proxy.harmed += 1
        if reset:
            self.end(reset=True)
        if self.trouble.keep:
            self.proxy.kept += self.backends
            self.backends = []
        raise Ended

    # --- swapping ------------------------------------------------------------

    def swap(self, packet):
        kind = command(packet)
        if kind == QUIT:
            return packet
        if kind == CLOSE:
            return self.close_statement(packet)
        if self.in_transaction <= 1 and not self.pinned and not (
                self.commit_sent or text(packet) == "ROLLBACK"):
            self.backend = self.other()
        self.pinned = kind == LONG_DATA
        if kind in OF_STATEMENTS:
            return with_statement(packet, self.known(statement(packet)))
        return packet

    def other(self):
        """Another back end, with the session made the same."""
        if len(self.backends) < 2:
            backend = self.connect()
            backend.login(self.login, self.proxy.password)
            for setting in self.settings:
                assert is_ok(backend.run(setting))
        self.proxy.swaps += 1
        self.backends.reverse()
        return self.backends[0]

    def known(self, number):
        """The back end's number of the client's statement."""
        ids = self.backend.ids
        if number not in ids:
            capabilities = struct.unpack("<I", self.login[4:8])[0]
            ids[number] = self.backend.prepare(
                self.texts[number], not capabilities & DEPRECATE_EOF)
        return ids[number]

    def close_statement(self, packet):
        number = statement(packet)
        self.texts.pop(number, None)
        for backend in self.backends:
            if number in backend.ids:
                backend.stream.write(
                    with_statement(packet, backend.ids.pop(number)))
        return b""

    def prepared(self, packet):
        """The answer to the client's prepare, with a number of ours."""
        self.number += 1
        self.texts[self.number] = self.preparing
        self.backend.ids[self.number] = statement(packet)
        return with_statement(packet, self.number)

    # --- from the server -----------------------------------------------------

    def from_server(self, packet):
        if not self.ready:
            return self.during_login(packet)
        if self.swallowing:
            self.swallowing = not is_end(packet)
            return
        first, self.fresh = self.fresh, False
        self.place += 1
        if first:
            if self.last == PREPARE and is_ok(packet):
                packet = self.first_of_prepare(packet)
            if self.commit_sent:
                self.answer_to_commit()
            self.late()
        elif self.last == EXECUTE and packet[4] == 0x00:
            self.row(packet)
        if not self.swallowing:
            self.send(packet)

    def first_of_prepare(self, packet):
        if text(self.preparing) == "COMMIT":
            self.commits.add(statement(packet))
        if self.trouble.swap:
            packet = self.prepared(packet)
        return packet

    def during_login(self, packet):
        self.send(packet)
        if self.trouble.greet == "only":
            self.muted = True
        if packet[3] > 0 and is_ok(packet):
            self.ready = True
            self.muted = self.muted or self.trouble.silent_after_login

    def answer_to_commit(self):
        how = self.trouble.commit
        if how == "mute":
            self.proxy.harmed += 1
            self.muted = True
        elif how in ("close", "reset"):
            self.harm(how == "reset")

    def late(self):
        self.proxy.answers += 1
        if self.trouble.delay and (
                self.proxy.answers % self.trouble.every == 0):
            self.proxy.pause(self.trouble.delay)

    def row(self, packet):
        self.rows += 1
        if self.trouble.endless:
            self.proxy.harmed += 1
            self.repeat(packet)
        if self.trouble.rows is None or self.rows <= self.trouble.rows:
            return
        if self.trouble.row_error:
            self.proxy.harmed += 1
            self.client.write(error(packet[3], self.trouble.row_error))
            self.swallowing = True
            return
        self.harm()

    def repeat(self, packet):
        """Until the client has gone."""
        length, number, body = packet[:3], packet[3], packet[4:]
        block = b"".join(length + bytes([(number + i) % 256]) + body
                         for i in range(256))
        while True:
            self.client.write(block)

    def send(self, packet):
        if self.trouble.rewrite:
            packet = self.trouble.rewrite(self, packet)
        limit = self.trouble.mute_after
        if limit is not None and self.sent + len(packet) > limit:
            self.client.write(packet[:max(0, limit - self.sent)])
            self.muted = True
        if self.muted or self.trouble.mute:
            return
        self.sent += len(packet)
        if not self.trouble.trickle:
            self.client.write(packet)
            return
        for byte in packet:
            self.client.write(bytes([byte]))
            self.proxy.pause(self.trouble.trickle)


class Proxy:
    """Begins as a plain one; close() when done."""

    def __init__(self, backend, password):
        self.backend = backend
        self.password = password
        self.trouble = Trouble()
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.sessions = set()
        self.listener = None
        self.plugs = []
        self.kept = []
        self.port = 0
        self.reset_figures()
        self.listen()

    def reset_figures(self):
        self.attempts = []    # times of connection attempts
        self.peak = len(self.sessions)
        self.answers = 0
        self.harmed = 0       # sessions or answers spoilt
        self.swaps = 0
        self.statements = 0   # commands seen

    def set(self, **trouble):
        """This trouble, for what comes from now on, and no other."""
        self.trouble = Trouble(**trouble)
        self.reset_figures()

    # --- the port ------------------------------------------------------------

    def bind(self, backlog):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(backlog)
        self.port = listener.getsockname()[1]
        return listener

    def listen(self):
        """Accept connections."""
        self.unbind()
        self.listener = self.bind(128)
        threading.Thread(target=self.accept, args=(self.listener,),
                         daemon=True).start()

    def unbind(self):
        for sock in [self.listener, *self.plugs]:
            if sock:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                sock.close()
        self.listener, self.plugs = None, []

    def refuse(self):
        """Cut what is open and refuse what comes."""
        self.unbind()
        self.cut()

    def drop(self):
        """Cut what is open; connections that are begun get no answer."""
        self.refuse()
        self.listener = self.bind(0)
        for _ in range(4):
            plug = socket.socket()
            plug.setblocking(False)
            plug.connect_ex(("127.0.0.1", self.port))
            self.plugs.append(plug)

    def cut(self):
        """End all sessions."""
        with self.lock:
            sessions = list(self.sessions)
        for session in sessions:
            for sock in [session.client.sock,
                         *(b.stream.sock for b in session.backends)]:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = Session(self, sock)
            with self.lock:
                self.attempts.append(time.monotonic())
                self.sessions.add(session)
                self.peak = max(self.peak, len(self.sessions))
            session.start()

    def close(self):
        self.closing.set()
        self.unbind()
        self.cut()
        self.forget()

    def forget(self):
        """Close what was kept open towards the server."""
        while self.kept:
            self.kept.pop().stream.close()

    # --- for sessions --------------------------------------------------------

    def left(self, session):
        with self.lock:
            self.sessions.discard(session)

    def pause(self, seconds):
        if self.closing.wait(seconds):
            raise Ended
