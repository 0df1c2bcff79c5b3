# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 streams that the client takes back at every point of a request.

The server has one child with one connection to the database: where that one
is not given back, the next request finds none.
"""

import json
import os
import uuid

import pytest

from harness import Service, counters, envelope, eventually
from http2 import Connection
from images import TYPE, form, part, png
from test_masking import Locked

CREATE = "contact_information/create"
SHOW = "contact_information/show"
VIEW = "contact_information/profile_photo/view"
ADD = "contact_information/profile_photo/add"
IDENTIFIER = "contact_information_identifier"
DEMO = "id=3459F30F71E7477495DF3AA3D278CC7D"
LARGE = png(5000000)

pytestmark = pytest.mark.skipif(os.environ.get("MPM") == "prefork",
                                reason="mod_http2 does not support prefork")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    one = Service(tmp_path_factory.mktemp("reset"),
                  "ContactInfoDBPool max=1 wait=5s\n",
                  kind="h2", children=1)
    try:
        yield one.start()
    finally:
        one.clean()


@pytest.fixture
def api(service):
    """What is left when the test has ended is nothing."""
    before = counters(service)["PoolTimeouts"]
    client = service.api().login()
    yield client
    assert has_settled(service)
    client.show(DEMO.removeprefix("id="))
    after = counters(service)
    assert after["PoolTimeouts"] == before
    assert after["Connections"] <= 2


@pytest.fixture
def connection(service):
    one = Connection(service.port)
    yield one
    one.close()


def head(method, path, **headers):
    return [(":method", method), (":scheme", "http"), (":authority", "x"),
            (":path", f"/crmapi/rest/v2/{path}"),
            *((name.replace("_", "-"), value)
              for name, value in headers.items())]


def rows(service):
    """All that a contact consists of."""
    return [service.db.value(f"SELECT COUNT(*) FROM {table}")
            for table in ("contact", "contact_key", "profile_photo")]


def show(api):
    return head("GET", f"{SHOW}?token={api.token}&{IDENTIFIER}={DEMO}")


def waits(service):
    """A statement has come to a table that is locked."""
    return eventually(lambda: service.db.value(
        "SELECT COUNT(*) FROM information_schema.processlist"
        " WHERE state LIKE 'Waiting for table%'") == "1", 10)


def has_settled(service):
    """No transaction is open."""
    return eventually(lambda: service.db.value(
        "SELECT COUNT(*) FROM information_schema.innodb_trx") == "0", 10)


def test_before_the_answer(api, service):
    """Rapid reset (CVE-2023-44487); the server ends the connections of who
    does so."""
    for _ in range(10):
        connection = Connection(service.port)
        for _ in range(50):
            if connection.usable():
                connection.reset(connection.begin(show(api), end=True))
        connection.close()


@pytest.mark.parametrize("sent", [0, 1, 1000, 2000000])
def test_in_the_middle_of_an_upload(api, service, connection, sent):
    before = rows(service)
    body = form(part("token", api.token), part(IDENTIFIER, DEMO),
                part("file", LARGE, "a.png"))
    for _ in range(10):
        stream = connection.begin(head("POST", ADD, content_type=TYPE))
        connection.send(stream, body[:sent])
        connection.reset(stream)
    assert rows(service) == before


def test_in_the_middle_of_a_body(api, service, connection):
    before = rows(service)
    body = json.dumps({"token": api.token, "type": "PERSON",
                       "first_name": "Re", "last_name": "Set"}).encode()
    for length in range(0, len(body), 7):
        stream = connection.begin(head("POST", CREATE))
        connection.send(stream, body[:length])
        connection.reset(stream)
    assert rows(service) == before


def test_while_the_database_is_waited_for(api, service, connection):
    with Locked(service, "contact"):
        stream = connection.begin(show(api), end=True)
        assert waits(service)
        connection.reset(stream)


def test_in_the_middle_of_a_transaction(api, service, connection):
    """It takes place as a whole, or not at all."""
    name = uuid.uuid4().hex
    body = json.dumps({"token": api.token, "type": "PERSON",
                       "first_name": "Re", "last_name": name,
                       "email_set": [{"type": "PERSONAL",
                                      "email_address": f"{name}@x.org"}]}).encode()
    with Locked(service, "contact_key"):
        stream = connection.begin(head("POST", CREATE))
        connection.send(stream, body)
        connection.end(stream)
        assert waits(service)
        connection.reset(stream)
    assert has_settled(service)
    contacts, keys = (service.db.value(
        f"SELECT COUNT(*) FROM {table}") for table in (
            f"contact WHERE last_name = '{name}'",
            f"contact_key JOIN contact USING (contact_seq)"
            f" WHERE last_name = '{name}'"))
    assert (contacts, keys) == ("0", "0") or contacts == "1" and keys != "0"


def test_in_the_middle_of_a_download(api, service):
    answer = api.http.post(ADD, headers={"Content-Type": TYPE}, content=form(
        part("token", api.token), part(IDENTIFIER, DEMO),
        part("file", LARGE, "a.png")))
    url = envelope(answer)["file_content_url"]
    for _ in range(10):
        connection = Connection(service.port)
        stream = connection.begin([
            (":method", "GET"), (":scheme", "http"), (":authority", "x"),
            (":path", f"{url}&token={api.token}")], end=True)
        while not connection.events.get(stream):
            connection.receive()
        connection.reset(stream)
        connection.usable()
        connection.close()
    assert api.http.get(service.front.url + f"{url}&token={api.token}"
                        ).content == LARGE


def test_a_connection_that_is_cut_with_streams_in_it(api, service):
    before = rows(service)
    body = form(part("token", api.token), part(IDENTIFIER, DEMO),
                part("file", LARGE, "a.png"))
    for _ in range(10):
        connection = Connection(service.port)
        stream = connection.begin(head("POST", ADD, content_type=TYPE))
        connection.send(stream, body[:100000])
        connection.begin(show(api), end=True)
        connection.close()
    assert rows(service) == before
