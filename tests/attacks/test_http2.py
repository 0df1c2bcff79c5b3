# SPDX-License-Identifier: Apache-2.0
"""H14: HTTP/2 clients that hold on to what they have, or never end.

Streams that are taken back are in tests/integration/test_reset.py; here are
the ten thousand of H14, windows that stay shut, headers and bodies without an
end, and trailers.
"""

import json
import os
import struct
import time

import h2.exceptions
import h2.settings
import httpx
import pytest

from harness import Service, counters, envelope, eventually
from http2 import Connection
from images import TYPE, form, part, png

BASE = "/crmapi/rest/v2/contact_information/"
IDENTIFIER = "contact_information_identifier"
DEMO = "id=3459F30F71E7477495DF3AA3D278CC7D"
SOAK = os.environ.get("SOAK") == "1"
HEADERS, SETTINGS, WINDOW_UPDATE, CONTINUATION, DATA = 1, 4, 8, 9, 0
END_STREAM, END_HEADERS = 1, 4

pytestmark = pytest.mark.skipif(os.environ.get("MPM") == "prefork",
                                reason="mod_http2 does not support prefork")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One child with one connection to the database: who keeps it is felt."""
    one = Service(tmp_path_factory.mktemp("http2"),
                  "ContactInfoDBPool max=1 wait=2s\n"
                  "RequestReadTimeout body=2\nH2StreamTimeout 3\n",
                  kind="h2", children=1)
    try:
        yield one.start()
    finally:
        one.clean()


@pytest.fixture
def api(service):
    """Afterwards the child is the same, and so is the contact."""
    client = service.api().login()
    child = service.children()
    yield client
    assert client.show(DEMO[3:])["id"] == DEMO[3:]
    assert service.children() == child, "a child has gone"
    assert eventually(lambda: counters(service)["Connections"] <= 2)


def head(method, path, *more):
    return [(":method", method), (":scheme", "http"), (":authority", "x"),
            (":path", BASE + path), *more]


def show(token):
    return head("GET", f"show?token={token}&{IDENTIFIER}={DEMO}")


def is_served(api):
    """Another client gets its answer now."""
    begin = time.monotonic()
    envelope(api.get("contact_information/show", **{IDENTIFIER: DEMO}))
    return time.monotonic() - begin < (2 if SOAK else 10)


def test_ten_thousand_streams_taken_back(api, service):
    """Right behind their heads, as fast as the server lets us."""
    count, done, connection = 10000 if SOAK else 1500, 0, None
    while done < count:
        if connection is None or not connection.usable():
            connection = Connection(service.port)
        try:
            connection.reset(connection.begin(show(api.token), end=True))
            done += 1
        except (OSError, h2.exceptions.ProtocolError):
            connection.gone = True
    connection.close()
    assert is_served(api)


@pytest.fixture
def photo(api):
    answer = api.http.post(
        "contact_information/profile_photo/add", headers={
            "Content-Type": TYPE}, content=form(
                part("token", api.token), part(IDENTIFIER, DEMO),
                part("file", png(3000000), "a.png")))
    return envelope(answer)["file_content_url"] + f"&token={api.token}"


def test_a_window_that_stays_shut(api, service, photo):
    """Lists and photos for clients that take nothing: each has a stream of
    httpd's, none a connection to the database."""
    connections = []
    for _ in range(20):
        connection = Connection(service.port)
        connection.h2.update_settings({
            h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
        connection.flush()
        for path in photo, show(api.token)[3][1]:
            connection.h2.send_headers(
                connection.h2.get_next_available_stream_id(),
                [*head("GET", "")[:3], (":path", path)], end_stream=True)
        connection.flush()
        connections.append(connection)
    time.sleep(0.5)
    assert is_served(api)
    for connection in connections:
        connection.close()


def frame(kind, flags, stream, body=b""):
    return struct.pack(">I", len(body))[1:] + struct.pack(
        ">BBI", kind, flags, stream) + body


def test_headers_without_an_end(api, service):
    """CONTINUATION after CONTINUATION (CVE-2024-27316): the server gives up
    long before memory does."""
    literal = b"\0\x01x\x7f\x81\x7e" + b"y" * 16250  # without indexing
    for _ in range(3):
        connection, sent = Connection(service.port), 0
        try:
            connection.socket.sendall(frame(HEADERS, 0, 1, literal))
            while sent < 2 ** 23 and connection.usable():
                connection.socket.sendall(frame(CONTINUATION, 0, 1, literal))
                sent += len(literal)
        except OSError:
            pass
        assert sent < 2 ** 23, "the server takes them all"
        connection.close()
    assert is_served(api)


def test_a_body_that_trickles(api, service):
    """A frame a byte: it is waited for as long as httpd waits for a body, with
    nothing held; complete in time, it is a request like any other."""
    body = json.dumps({"token": api.token, "type": "PERSON",
                       "first_name": "Tri", "last_name": "Ckle"}).encode()
    fast, slow = Connection(service.port), Connection(service.port)
    stuck = [slow.begin(head("POST", "create")) for _ in range(20)]
    for stream in stuck:
        slow.send(stream, body[:-1])
    stream = fast.begin(head("POST", "create"))
    for place in range(len(body)):
        fast.send(stream, body[place:place + 1])
    fast.end(stream)
    status, _, answer = fast.answer(stream)
    assert status == 200 and json.loads(answer)["data"]["id"]
    assert is_served(api)
    for stream in stuck if SOAK else []:
        try:
            assert slow.answer(stream)[0] in (400, 408)
        except httpx.RemoteProtocolError:
            pass  # reset, which is an answer too
    fast.close()
    slow.close()


@pytest.mark.parametrize("name", ["token", "authorization", "content-length",
                                  "content-type", "idempotency-key", "host"])
def test_trailers_are_no_headers(api, service, name):
    """What comes behind the body neither authenticates nor says anything
    else of the request."""
    connection = Connection(service.port)
    value = {"authorization": f"Bearer {api.token}",
             "content-length": "3"}.get(name, api.token)
    body = b'{"type":"PERSON","first_name":"Trai","last_name":"Ler"}'
    stream = connection.begin(head("POST", "create"))
    connection.send(stream, body)
    connection.h2.config.validate_outbound_headers = False
    connection.h2.config.normalize_outbound_headers = False
    connection.h2.send_headers(stream, [(name, value)], end_stream=True)
    try:
        connection.flush()
        status, _, answer = connection.answer(stream)
        assert status in (400, 401)
        assert status == 400 or (
            json.loads(answer)["status"]["code"] == "INVALID_TOKEN")
    except (OSError, httpx.RemoteProtocolError):
        pass  # refused as a whole
    connection.close()
    assert service.db.value(
        "SELECT COUNT(*) FROM contact WHERE last_name = 'Ler'") == "0"


FRAMES = {
    "a frame of 16 MB": struct.pack(">I", 0xffffff)[1:] + b"\0\0\0\0\0\x01",
    "a frame of no kind": frame(0x77, 0xff, 1, b"x" * 99),
    "data without a head": frame(DATA, END_STREAM, 1, b"x"),
    "an update of no window": frame(WINDOW_UPDATE, 0, 0, bytes(4)),
    "a window too wide": frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff") * 3,
    "settings of a wrong size": frame(SETTINGS, 0, 0, b"xxxxx"),
    "10,000 settings": frame(SETTINGS, 0, 0, b"\0\x03\0\0\0\x64") * 10000,
    "10,000 pings": frame(6, 0, 0, b"pingping") * 10000,
    "10,000 priorities": b"".join(frame(2, 0, 2 * i + 1, b"\0\0\0\0\x10")
                                  for i in range(10000)),
    "10,000 resets of nothing": b"".join(
        frame(3, 0, 2 * i + 1, b"\0\0\0\x08") for i in range(10000)),
    "a head that is no HPACK": frame(HEADERS, END_HEADERS | END_STREAM, 1,
                                     b"\xff" * 40),
    "a head of nothing": frame(HEADERS, END_HEADERS | END_STREAM, 1),
    "a stream of the server's": frame(HEADERS, END_HEADERS, 2, b"\x82"),
    "a push": frame(5, END_HEADERS, 1, b"\0\0\0\x02\x82"),
    "1,000 empty frames of data": frame(
        HEADERS, END_HEADERS, 1, b"\x83\x86\x84\x41\x01x") + frame(
            DATA, 0, 1) * 1000,
}


def test_frames_that_make_no_sense(api, service):
    """The connection may end, the child may not."""
    for name, data in FRAMES.items():
        connection = Connection(service.port)
        try:
            connection.socket.sendall(data)
        except OSError:
            pass
        connection.usable()
        connection.close()
        assert is_served(api), name
