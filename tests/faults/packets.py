# SPDX-License-Identifier: Apache-2.0
"""What the fault proxy knows of the MySQL protocol: packets, commands, logins
and prepared statements."""

import hashlib
import struct

QUIT, QUERY = 0x01, 0x03
PREPARE, EXECUTE, LONG_DATA, CLOSE, RESET = range(0x16, 0x1b)
FETCH = 0x1c
OF_STATEMENTS = (EXECUTE, LONG_DATA, CLOSE, RESET, FETCH)

DEPRECATE_EOF = 1 << 24


class Closed(Exception):
    """The other side has gone."""


class Stream:
    """A socket as packets; each is bytes with its header of four."""

    def __init__(self, sock):
        self.sock = sock
        self.data = b""

    def fileno(self):
        return self.sock.fileno()

    def fill(self):
        try:
            chunk = self.sock.recv(65536)
        except OSError:
            chunk = b""
        if not chunk:
            raise Closed
        self.data += chunk

    def cut(self):
        """The first packet that is complete, or None."""
        if len(self.data) < 4:
            return None
        length = 4 + int.from_bytes(self.data[:3], "little")
        if len(self.data) < length:
            return None
        packet, self.data = self.data[:length], self.data[length:]
        return packet

    def ready(self):
        """Wait for bytes; the packets that they complete."""
        self.fill()
        while packet := self.cut():
            yield packet

    def read(self):
        """Wait for one packet."""
        while not (packet := self.cut()):
            self.fill()
        return packet

    def write(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            raise Closed from None

    def close(self):
        self.sock.close()


def command(packet):
    return packet[4] if packet[3] == 0 and len(packet) > 4 else None


def text(packet):
    """The SQL of a query or of a prepare, in upper case."""
    return packet[5:].decode(errors="replace").strip().upper()


def is_ok(packet):
    return packet[4] == 0x00


def is_end(packet):
    """The last of the rows."""
    return packet[4] == 0xff or (packet[4] == 0xfe and len(packet) < 13)


def error(sequence, number, message="injected"):
    """An error packet."""
    body = (b"\xff" + struct.pack("<H", number) + b"#HY000"
            + message.encode())
    return struct.pack("<I", len(body))[:3] + bytes([sequence]) + body


def salt(greeting):
    """The scramble of a greeting."""
    after = greeting.index(b"\0", 5) + 5
    return greeting[after:after + 8] + greeting[after + 27:after + 39]


def with_password(response, password, greeting):
    """A login, for the scramble of another greeting."""
    at = response.index(b"\0", 36) + 1
    once = hashlib.sha1(password.encode()).digest()
    mask = hashlib.sha1(salt(greeting)
                        + hashlib.sha1(once).digest()).digest()
    answer = bytes(a ^ b for a, b in zip(once, mask))
    return response[:at] + bytes([20]) + answer + response[at + 21:]


class Backend:
    """A connection to the server that others may share statements with."""

    def __init__(self, stream):
        self.stream = stream
        self.ids = {}

    def login(self, response, password):
        greeting = self.stream.read()
        self.stream.write(with_password(response, password, greeting))
        answer = self.stream.read()
        assert is_ok(answer), answer

    def run(self, packet):
        """A statement whose answer is one packet; that."""
        self.stream.write(packet)
        return self.stream.read()

    def prepare(self, packet, has_eof):
        """Prepare for ourselves; the server's number of the statement."""
        answer = self.run(packet)
        assert is_ok(answer), answer
        number, columns, params = struct.unpack("<IHH", answer[5:13])
        for count in params, columns:
            for _ in range(count + (1 if count and has_eof else 0)):
                self.stream.read()
        return number


def with_statement(packet, number):
    return packet[:5] + struct.pack("<I", number) + packet[9:]


def statement(packet):
    return struct.unpack("<I", packet[5:9])[0]
