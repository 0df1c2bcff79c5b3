# SPDX-License-Identifier: Apache-2.0
"""Servers that are no database, or a hostile one.

Rogue    listens on a port of 127.0.0.1 and lets a function talk to whoever
         comes; what it heard stays
Wire     one connection, for that function
"""

import socket
import struct
import threading

LOCAL_FILE = b"\xfb/etc/passwd"
# What a server without TLS and compression can do.
CAPABILITIES = 0x000ff7df
NATIVE = b"mysql_native_password"
OK = b"\0\0\0\2\0\0\0"


def packet(sequence, body):
    return struct.pack("<I", len(body))[:3] + bytes([sequence]) + body


def greeting(protocol=10, version=b"10.11.0-MariaDB", plugin=NATIVE,
             capabilities=CAPABILITIES):
    low, high = capabilities & 0xffff, capabilities >> 16
    return (bytes([protocol]) + version + b"\0" + struct.pack("<I", 7)
            + b"saltsalt\0" + struct.pack("<HBHHB", low, 45, 2, high, 21)
            + bytes(10) + b"saltsaltsalt\0" + plugin + b"\0")


class Wire:
    def __init__(self, rogue, sock):
        self.rogue = rogue
        self.sock = sock

    def send(self, *parts, pause=0):
        for part in parts:
            self.sock.sendall(part)
            if pause:
                self.rogue.closing.wait(pause)

    def packets(self, *bodies, first=0):
        self.send(*(packet((first + i) % 256, body)
                    for i, body in enumerate(bodies)))

    def hear(self):
        """Some bytes; none if the client has gone."""
        data = self.sock.recv(65536)
        self.rogue.heard += data
        return data

    def greet(self, **more):
        """A greeting; what the client answers."""
        self.packets(greeting(**more))
        return self.hear()

    def accept(self):
        """A login that succeeds whatever the password is."""
        if self.greet():
            self.packets(OK, first=2)


class Rogue:
    """port 0: one that is free."""

    def __init__(self, port, behave):
        self.behave = behave
        self.heard = b""
        self.connections = 0
        self.closing = threading.Event()
        self.open = set()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.add(sock)
            threading.Thread(target=self.talk, args=(sock,),
                             daemon=True).start()

    def talk(self, sock):
        wire = Wire(self, sock)
        try:
            self.behave(wire)
            while wire.hear():
                pass
        except OSError:
            pass
        finally:
            self.open.discard(sock)
            sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for sock in list(self.open):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
