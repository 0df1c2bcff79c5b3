# SPDX-License-Identifier: Apache-2.0
"""What is said of a COMMIT whose answer was lost, of copies of a request and
of clients that hang up: P2, P3, P6, P8."""

import random
import socket
import struct
import uuid

import pytest

from harness import eventually
from images import png
from load import CREATE, UPDATE, at_once, bound, figure
from sampler import is_calm


def count(site, name):
    return int(site.value(
        f"SELECT COUNT(*) FROM contact WHERE last_name = '{name}'"))


@pytest.mark.parametrize("how", ["close", "reset", "before"])
@pytest.mark.parametrize("keyed", [False, True])
def test_a_create_whose_commit_was_not_answered(site, how, keyed):
    """P3: "created" only if it is, else "outcome unknown"; with the key the
    client finds out."""
    client = site.client()
    codes = set()
    for _ in range(figure(12, 500)):
        name = uuid.uuid4().hex
        key = name if keyed else None
        site.proxy.set(commit=how)
        answer = client.create(key, last_name=name)
        assert site.proxy.harmed == 1
        site.proxy.set()
        codes.add(answer.code)
        assert count(site, name) == (how != "before")
        if answer.ok:
            assert client.show(answer.data["id"]).data["last_name"] == name
        if keyed:
            again = client.create(key, last_name=name)
            assert again.ok
            assert count(site, name) == 1
            assert not answer.ok or again.data == answer.data
    if how == "before":
        assert codes == {"OUTCOME_UNKNOWN"}
    else:
        assert "OK" in codes and codes <= {"OK", "OUTCOME_UNKNOWN"}


def test_a_create_whose_commit_is_never_answered(site):
    """P3: at the deadline it is unknown, or found."""
    client = site.client()
    site.proxy.set(commit="mute")
    name = uuid.uuid4().hex
    answer = client.create(name, last_name=name)
    assert answer.code in ("OK", "OUTCOME_UNKNOWN")
    assert answer.seconds < bound(4.4)
    site.proxy.set()
    assert client.create(name, last_name=name).ok
    assert count(site, name) == 1


@pytest.mark.parametrize("how", ["close", "before"])
def test_a_change_whose_commit_was_not_answered(site, how):
    """P3, for update and the photo."""
    client = site.client()
    contact = client.create(notes="0").data["id"]
    photo = None
    for i in range(1, figure(8, 300)):
        site.proxy.set(commit=how)
        answer = client.update(contact, notes=str(i))
        assert answer.code in ("OK", "OUTCOME_UNKNOWN"), answer
        site.proxy.set()
        seen = client.show(contact).data["notes"]
        assert (seen == str(i)) == (how != "before")
        assert not answer.ok or seen == str(i)
        new = png(1000 + i)
        site.proxy.set(commit=how)
        answer = client.add_photo(contact, new)
        assert answer.code in ("OK", "OUTCOME_UNKNOWN"), answer
        site.proxy.set()
        if how != "before":
            photo = new
        assert not answer.ok or photo == new
        assert client.photo(contact) == photo
    photo = png(999)
    assert client.add_photo(contact, photo).ok
    site.proxy.set(commit=how)
    answer = client.remove_photo(contact)
    assert answer.code in ("OK", "OUTCOME_UNKNOWN"), answer
    site.proxy.set()
    assert client.photo(contact) in (
        [None] if answer.ok or how != "before" else [photo])


def test_copies_of_one_request_have_one_effect(site):
    """P2: 200 at once with one key."""
    name = uuid.uuid4().hex
    contact = site.client().create().data["id"]
    photo = png(70000)

    def create(_):
        return site.client().create(name, last_name=name)

    def add(_):
        return site.client().add_photo(contact, photo, name)

    for send in create, add:
        answers = at_once(figure(100, 200), send)
        assert {a.status for a in answers} <= {200, 409, 503}
        done = {a.content for a in answers if a.ok}
        assert len(done) == 1
        assert send(0).content in done
    assert count(site, name) == 1
    assert site.client().photo(contact) == photo


def hang_up(site, request, sent, received):
    """Send so many bytes, wait for so many, and reset the connection."""
    address = ("127.0.0.1", site.service.port)
    with socket.create_connection(address, timeout=10) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        sock.sendall(request[:sent])
        while received > 0:
            chunk = sock.recv(received)
            received = received - len(chunk) if chunk else 0


def request_of(path, text):
    body = text.encode()
    return (f"POST /crmapi/rest/v2/{path} HTTP/1.1\r\nHost: x\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def test_clients_that_hang_up_leave_nothing_open(site):
    """P6: each write is whole or absent, no transaction stays."""
    site.service.log.allow("CI0006")
    name = uuid.uuid4().hex
    contact = site.client().create(notes="0").data["id"]
    token = site.token()
    chance = random.Random(6)
    create = request_of(CREATE, (
        f'{{"token":"{token}","type":"PERSON","first_name":"{name}",'
        f'"last_name":"{name}","notes":"{name}","email_set":[{{"type":'
        f'"PERSONAL","email_address":"0000000000@{name}.example"}}]}}'))
    update = request_of(UPDATE, (
        f'{{"token":"{token}","contact_information_identifier":{{"id":'
        f'"{contact}"}},"notes":"0000000000","udf_string_1":"0000000000"}}'))
    rounds = figure(400, 10000)

    def work(index):
        for i in range(index, rounds, 8):
            number = b"%010d" % i
            request = chance.choice((create, update)).replace(b"0" * 10,
                                                           number)
            length = len(request)
            if chance.random() < 0.5:
                hang_up(site, request, chance.randrange(1, length), 0)
            else:
                hang_up(site, request, length, chance.randrange(0, 400))

    at_once(8, work)
    assert is_calm(site, bound(2))
    contacts = int(site.value(
        f"SELECT COUNT(*) FROM contact WHERE last_name = '{name}'"))
    whole = int(site.value(
        "SELECT COUNT(*) FROM contact c JOIN contact_key k"
        f" USING (organisation_id, contact_seq) WHERE c.last_name = '{name}'"
        f" AND k.value LIKE '%@{name}.example'"))
    assert 0 < contacts == whole
    seen = site.client().show(contact).data
    assert seen["notes"] in (seen["udf_string_1"], "0")
    site.heals()


def test_a_lost_module_does_not_lock_for_ever(site):
    """P8: the server never hears that its client has gone; with
    idle_transaction_timeout the row is free again."""
    before = site.value("SELECT @@GLOBAL.idle_transaction_timeout")
    site.sql("SET GLOBAL idle_transaction_timeout = 5")
    try:
        site.proxy.cut()
        site.heals()
        client = site.client()
        contact = client.create(notes="0").data["id"]
        site.proxy.set(commit="before", keep=True)
        assert not client.update(contact, notes="1").ok
        assert site.proxy.kept
        site.proxy.set()
        assert eventually(lambda: client.update(contact, notes="2").ok,
                          bound(15))
    finally:
        site.proxy.forget()
        site.sql(f"SET GLOBAL idle_transaction_timeout = {before}")
        site.proxy.cut()


def test_a_lost_server_does_not_hold_a_request(site):
    """P8: the module gives up at its deadline."""
    client = site.client()
    contact = client.create(notes="0").data["id"]
    for target in client.show, client.update:
        site.proxy.set(mute=True)
        answer = target(contact)
        assert answer.code == "SERVICE_UNAVAILABLE", answer
        assert answer.seconds < bound(4.4)
        site.proxy.set()
        site.heals()
