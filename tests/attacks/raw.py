# SPDX-License-Identifier: Apache-2.0
"""A client of HTTP/1.1 that sends what it is told, byte for byte, and reads
answers as RFC 9112 says, no more leniently than that."""

import dataclasses
import re
import socket
import time

STATUS_LINE = re.compile(rb"HTTP/(1\.[01]) ([1-5]\d\d) ([\t -~\x80-\xff]*)")
FIELD_LINE = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t -~\x80-\xff]*?)[\t ]*")
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]+)[\t ]*(?:;[\t -~]*)?")


class Malformed(Exception):
    """The server sent what RFC 9112 does not allow."""


class Closed(Exception):
    """The server closed before its answer was complete."""


@dataclasses.dataclass
class Answer:
    version: str
    status: int
    headers: list
    body: bytes = b""
    interim: list = dataclasses.field(default_factory=list)

    def get(self, name, default=None):
        """A header that may stand there once."""
        found = self.all(name)
        if len(found) > 1:
            raise Malformed(f"{name}: {found}")
        return found[0] if found else default

    def all(self, name):
        return [value for key, value in self.headers
                if key.lower() == name.lower()]

    @property
    def closes(self):
        """The connection ends with this answer."""
        options = ",".join(self.all("Connection")).lower()
        options = [option.strip() for option in options.split(",")]
        return "close" in options or (self.version == "1.0"
                                      and "keep-alive" not in options)


class Connection:
    def __init__(self, port, seconds=20):
        self.socket = socket.create_connection(("127.0.0.1", port), seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data, size=None, pause=0):
        """Send in pieces of size bytes, seconds apart. The server may have
        answered and closed before the end: its answer tells."""
        size = size or max(len(data), 1)
        try:
            for start in range(0, len(data), size):
                self.socket.sendall(data[start:start + size])
                time.sleep(pause)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def end(self):
        """Tell the server that nothing more will come."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def more(self):
        """Receive some bytes; False if the server has closed."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def take(self, count):
        while len(self.buffer) < count:
            if not self.more():
                raise Closed(self.buffer[:200])
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def line(self):
        while b"\r\n" not in self.buffer:
            if not self.more():
                raise Closed(self.buffer[:200])
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def rest(self):
        while self.more():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def fields(self):
        found = []
        while line := self.line():
            match = FIELD_LINE.fullmatch(line)
            if not match:
                raise Malformed(f"no field line: {line[:200]}")
            found.append(tuple(part.decode("latin-1")
                               for part in match.groups()))
        return found

    def chunks(self):
        """A chunked body without its framing."""
        body = b""
        while True:
            match = CHUNK_LINE.fullmatch(self.line())
            if not match:
                raise Malformed("no chunk line")
            size = int(match[1], 16)
            if size == 0:
                self.fields()
                return body
            body += self.take(size)
            if self.line():
                raise Malformed("a chunk without its end")

    def body(self, answer, method):
        """RFC 9112 section 6.3."""
        coding = answer.get("Transfer-Encoding")
        length = answer.get("Content-Length")
        if coding and length is not None:
            raise Malformed("Content-Length and Transfer-Encoding")
        if method == "HEAD" or answer.status in (204, 304):
            return b""
        if coding:
            if coding.lower() != "chunked" or answer.version != "1.1":
                raise Malformed(f"{coding} to HTTP/{answer.version}")
            return self.chunks()
        if length is not None:
            if not re.fullmatch(r"\d+", length):
                raise Malformed(f"Content-Length: {length}")
            return self.take(int(length))
        if not answer.closes:
            raise Malformed("a body without end")
        return self.rest()

    def read(self, method="GET"):
        """The next answer to a request of this method."""
        interim = []
        while True:
            line = self.line()
            match = STATUS_LINE.fullmatch(line)
            if not match:
                raise Malformed(f"no status line: {line[:200]}")
            answer = Answer(match[1].decode(), int(match[2]), self.fields())
            if answer.status >= 200:
                answer.interim = interim
                answer.body = self.body(answer, method)
                return answer
            interim.append(answer.status)

    def is_closed(self, seconds=5):
        """The server closes within these seconds, and says no more before."""
        self.socket.settimeout(seconds)
        try:
            return not self.buffer and not self.more()
        except TimeoutError:
            return False


def ask(port, data, method="GET"):
    """One request on a connection of its own."""
    with Connection(port) as connection:
        connection.send(data)
        return connection.read(method)
