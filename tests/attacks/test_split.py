# SPDX-License-Identifier: Apache-2.0
"""A request is the same however the network cuts it: each one of a suite in
two pieces, cut behind every byte, and byte by byte."""

import json
import re
import time

import pytest

from images import TYPE, form, gif, part
from raw import Connection
from table import (ADD, BASE, CREATE, FILE, HEALTH, IMAGE, KEY_LOGIN, LIST,
                   LOGIN, PICTURED, PLAIN, RELEASE, REMOVE, SHOW, TOKEN,
                   UPDATE, UPLOADED, VIEW, WHICH, basic, get, mark, person,
                   request)
from world import World

# Connections at a time; each one keeps a thread of httpd waiting. Updates of
# one contact hinder each other.
AT_ONCE = 100
FEW_AT_ONCE = 5
# Long enough for httpd to read a piece before the next one comes.
PAUSE = 0.02

OWN = mark("OWN")  # a token for one request alone
KEY = basic("00112233445566778899AABBCCDDEEFF:")
AGAIN = "Idempotency-Key: split-"


def post(path, value, *headers):
    """POST in as few bytes as possible."""
    text = value if isinstance(value, str) else json.dumps(
        value, separators=(",", ":"))
    return request("POST", path, headers, text)


def upload(*parts, headers=()):
    return request("POST", ADD, (f"Content-Type: {TYPE}", *headers),
                   form(*parts))


def chunked(text):
    """The same creation in two chunks with an extension and a trailer."""
    head = request("POST", CREATE, ("Transfer-Encoding: chunked",
                                    AGAIN + "chunked"))
    first, second = text[:9].encode(), text[9:].encode()
    return head + b"%x;a=b\r\n%b\r\n%x\r\n%b\r\n0\r\nA: b\r\n\r\n" % (
        len(first), first, len(second), second)


WITH_TOKEN = part("token", TOKEN)
WITH_CONTACT = part(WHICH, f"id={PICTURED}")
WITH_FILE = part("file", gif(), "a.gif")
CONTACT = {"token": TOKEN, WHICH: {"id": PLAIN}}
PERSON = {"token": TOKEN, **person(last_name="Split", notes="Ω\U0001f600")}

# Cut behind every byte: what may be asked any number of times.
SUITE = {
    "show": get(SHOW, f"{WHICH}=id={PLAIN}&fields_set=name%2Cnotes"),
    "show with a header": get(SHOW, f"{WHICH}=id={PLAIN}",
                              f"Authorization: Bearer {TOKEN}", token=None),
    "show nobody": get(SHOW, f"{WHICH}=id=%CE%A9"),
    "show without a token": get(SHOW, token=None),
    "list": get(LIST, "id_number=142536&number_of_results=1"),
    "list wrong": get(LIST, "number_of_results=x"),
    "create": post(CREATE, PERSON, AGAIN + "create"),
    "create in chunks": chunked(json.dumps(PERSON)),
    "create wrong": post(CREATE, {"token": TOKEN, "type": "x"}),
    "create damaged": post(CREATE, '{"token":"' + TOKEN + '","a":"\\ud800"}'),
    "update wrong": post(UPDATE, {**CONTACT, "first_name": None}),
    "update of an old version": post(UPDATE, CONTACT, 'If-Match: "99-x"'),
    "view": get(VIEW, f"{WHICH}=id={PICTURED}"),
    "view nothing": get(VIEW, f"{WHICH}=id={PLAIN}"),
    "add": upload(WITH_FILE, WITH_TOKEN, WITH_CONTACT,
                  headers=(AGAIN + "photo",)),
    "add wrong": upload(WITH_TOKEN, WITH_CONTACT, part("file", "<svg/>", "a")),
    "remove": post(REMOVE, CONTACT),
    "remove of nobody": post(REMOVE, {**CONTACT, WHICH: "id=x"}),
    "image": get(IMAGE, f"id={FILE}"),
    "a part of an image": get(IMAGE, f"id={FILE}", "Range: bytes=9-99"),
    "image of nobody": get(IMAGE, "id=x"),
    "login wrong": post(LOGIN, {"username": "demo", "password": "x"}),
    "login with a key": post(KEY_LOGIN, "{}", KEY),
    "login with no key": post(KEY_LOGIN, "", basic("x:")),
    "release of nothing": post(RELEASE, {"token": "x"}),
    "health": request("GET", HEALTH),
    "no endpoint": request("GET", BASE + "nothing"),
    "no method": request("DELETE", UPDATE),
}

# Cut at some places only: each costs a hash, a version or a token.
DEAR = {
    "login": post(LOGIN, {"organisation": "DEMO", "username": "demo",
                          "password": "demo-password"}),
    "login refused": post(LOGIN, {"organisation": "DEMO", "username": "demo",
                                  "password": "nothing"}),
    "update": post(UPDATE, {"token": TOKEN, WHICH: {"id": UPLOADED},
                            "fields_set": "name,udf_float_1",
                            "udf_float_1": 1.5}),
    "release": post(RELEASE, {"token": OWN}),
}


@pytest.fixture(scope="module")
def world(service):
    return World(service)


@pytest.fixture
def data_of(world):
    """Puts the values of a world into a request, and a fresh token."""
    def put_in(data):
        if OWN.encode() in data:
            token = world.service.api().login_with_key().token
            data = data.replace(OWN.encode(), token.encode())
        return world.put_in(data)
    return put_in


def essence(answer):
    """An answer without what differs from one to the next."""
    headers = [(name, value) for name, value in answer.headers
               if name not in ("Date", "X-Request-Id", "ETag", "Keep-Alive")]
    body = re.sub(rb'"token":"[0-9A-F]{32}"', b'"token":""', answer.body)
    return answer.status, headers, body


def whole(world, data):
    with Connection(world.service.port) as connection:
        connection.send(data)
        return essence(connection.read())


def cut(world, requests):
    """Send each request of a list in its pieces, all at a time; the answers.
    A piece goes when those before it have had time to be read."""
    connections = [Connection(world.service.port) for _ in requests]
    for step in range(max(map(len, requests))):
        for connection, pieces in zip(connections, requests):
            if step < len(pieces):
                connection.send(pieces[step])
        time.sleep(PAUSE if len(requests[0]) < 3 else 0.001)
    answers = []
    for connection in connections:
        with connection:
            answers.append(essence(connection.read()))
    return answers


def check_cuts(world, data_of, request_, places, at_once=AT_ONCE):
    expected = whole(world, data_of(request_))
    for start in range(0, len(places), at_once):
        some = places[start:start + at_once]
        copies = [data_of(request_) for _ in some]
        answers = cut(world, [(data[:place], data[place:])
                              for data, place in zip(copies, some)])
        wrong = [(place, answer) for place, answer in zip(some, answers)
                 if answer != expected]
        assert not wrong, (len(wrong), wrong[0], expected)


@pytest.mark.parametrize("name", SUITE)
def test_a_request_in_two_pieces(world, data_of, name):
    data = SUITE[name]
    assert whole(world, data_of(data)) == whole(world, data_of(data))
    check_cuts(world, data_of, data, range(1, len(data)))


@pytest.mark.parametrize("name", DEAR)
def test_a_request_that_is_dear_in_two_pieces(world, data_of, name):
    check_cuts(world, data_of, DEAR[name], range(1, len(DEAR[name]), 9),
               FEW_AT_ONCE)


def test_requests_byte_by_byte(world, data_of):
    requests = [data_of(data) for data in [*SUITE.values(), *DEAR.values()]]
    again = [data_of(data) for data in [*SUITE.values(), *DEAR.values()]]
    expected = [whole(world, data) for data in requests]
    pieces = [[data[i:i + 1] for i in range(len(data))] for data in again]
    assert cut(world, pieces) == expected


def test_two_requests_cut_anywhere(world, data_of):
    """The end of one and the beginning of the next come together."""
    first, second = (data_of(SUITE[name]) for name in ("add wrong", "show"))
    expected = [whole(world, first), whole(world, second)]
    both = first + second
    assert expected[0][0] == 415
    for place in range(len(first) - 20, len(first) + 20):
        with Connection(world.service.port) as connection:
            connection.send(both[:place])
            time.sleep(PAUSE)
            connection.send(both[place:])
            assert [essence(connection.read()) for _ in "12"] == expected


def test_the_contact_was_made_once(world):
    """An Idempotency-Key for each of two creations made them harmless."""
    count = world.service.db.value(
        "SELECT COUNT(*) FROM contact WHERE last_name = 'Split'")
    assert int(count) == 2
