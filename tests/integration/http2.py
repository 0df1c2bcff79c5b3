# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 frame by frame, and a transport of httpx that is made of it.

httpx has an HTTP/2 client of its own; Debian's version of it neither takes an
answer that comes before the request has ended nor survives a connection that
the server has closed, and threads may not share it.
"""

import select
import socket
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import httpx

WINDOW = 2 ** 24
NOT_IN_HTTP2 = {b"host", b"connection", b"transfer-encoding", b"keep-alive"}


class Protocol(h2.connection.H2Connection):
    """After GOAWAY the streams that were taken go on (RFC 9113, 6.8), of which
    the library knows nothing."""

    def _receive_goaway_frame(self, frame):
        state = self.state_machine.state
        result = super()._receive_goaway_frame(frame)
        self.state_machine.state = state
        return result


class Connection:
    """One connection; for one thread at a time."""

    def __init__(self, port, context=None, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            self.socket = context.wrap_socket(self.socket,
                                              server_hostname="127.0.0.1")
            assert self.socket.selected_alpn_protocol() == "h2"
        self.h2 = Protocol(
            h2.config.H2Configuration(header_encoding=None))
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(WINDOW)
        self.flush()
        self.events = {}   # of each stream, in the order in which they came
        self.gone = False  # it takes no new streams
        self.last = None   # the last one that was taken, if the server said so

    def close(self):
        self.gone = True
        self.socket.close()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def receive(self):
        """Wait for something to come."""
        data = self.socket.recv(65536)
        self.gone = self.gone or not data
        for event in self.h2.receive_data(data):
            stream = getattr(event, "stream_id", None)
            self.events.setdefault(stream, []).append(event)
            if isinstance(event, h2.events.ConnectionTerminated):
                self.gone = True
                self.last = event.last_stream_id
            if isinstance(event, h2.events.DataReceived):
                self.acknowledge(event)
        self.flush()
        if not data:
            raise httpx.RemoteProtocolError("the connection was closed")

    def acknowledge(self, event):
        try:
            self.h2.acknowledge_received_data(event.flow_controlled_length,
                                              event.stream_id)
        except h2.exceptions.StreamClosedError:
            pass

    def usable(self):
        """Nothing that has come meanwhile says that it is closed."""
        try:
            while not self.gone and select.select([self.socket], [], [], 0)[0]:
                self.receive()
        except (OSError, httpx.RemoteProtocolError,
                h2.exceptions.ProtocolError):
            self.gone = True
        return not self.gone

    def has(self, stream, *kinds):
        """One of these events has come on the stream."""
        return any(isinstance(event, kinds)
                   for event in self.events.get(stream, ()))

    def ended(self, stream):
        return self.has(stream, h2.events.StreamEnded, h2.events.StreamReset)

    def begin(self, headers, end=False):
        """Send the head of a request; its stream."""
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, headers, end_stream=end)
        self.h2.increment_flow_control_window(WINDOW, stream)
        self.flush()
        return stream

    def send(self, stream, data):
        """Send some of a body, as far as the server wants to have it."""
        while data and not self.ended(stream):
            size = min(self.h2.local_flow_control_window(stream),
                       self.h2.max_outbound_frame_size, len(data))
            if size == 0:
                self.receive()
                continue
            self.h2.send_data(stream, data[:size])
            data = data[size:]
            self.flush()

    def end(self, stream):
        if not self.ended(stream):
            self.h2.end_stream(stream)
            self.flush()

    def reset(self, stream):
        """Take the request back."""
        self.h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
        self.flush()

    def answer(self, stream):
        """Status, headers and body; RemoteProtocolError if it is cut."""
        while not self.ended(stream):
            self.receive()
        events = self.events.pop(stream)
        if not any(isinstance(event, h2.events.StreamEnded)
                   for event in events):
            raise httpx.RemoteProtocolError("the stream was reset")
        headers = next(event.headers for event in events
                       if isinstance(event, h2.events.ResponseReceived))
        body = b"".join(event.data for event in events
                        if isinstance(event, h2.events.DataReceived))
        return (int(dict(headers)[b":status"]),
                [pair for pair in headers if not pair[0].startswith(b":")],
                body)


def head(request):
    """The headers of a request of httpx."""
    return [(b":method", request.method.encode()),
            (b":scheme", request.url.raw_scheme),
            (b":authority", request.headers["host"].encode()),
            (b":path", request.url.raw_path),
            *((name.lower(), value) for name, value in request.headers.raw
              if name.lower() not in NOT_IN_HTTP2)]


class Transport(httpx.BaseTransport):
    """A connection for each thread."""

    def __init__(self, port, context=None):
        self.port = port
        self.context = context
        self.local = threading.local()
        self.all = []

    def connection(self):
        one = getattr(self.local, "connection", None)
        if one is None or not one.usable():
            one = self.local.connection = Connection(self.port, self.context)
            self.all.append(one)
        return one

    def exchange(self, request):
        """Send a request; again if the server says that it did not look."""
        connection = self.connection()
        stream = connection.begin(head(request))
        try:
            for data in request.stream:
                connection.send(stream, data)
            connection.end(stream)
            return connection.answer(stream)
        except (OSError, httpx.RemoteProtocolError,
                h2.exceptions.ProtocolError):
            connection.gone = True
            if connection.last is None or connection.last >= stream:
                raise
        return self.exchange(request)

    def handle_request(self, request):
        status, headers, body = self.exchange(request)
        return httpx.Response(status, headers=headers,
                              stream=httpx.ByteStream(body),
                              extensions={"http_version": b"HTTP/2"})

    def close(self):
        for connection in self.all:
            connection.close()
