# SPDX-License-Identifier: Apache-2.0
"""What listens where the database should be is something else, or hostile:
D01 and D02 of the attack tables."""

import pathlib
import re

import pytest

from load import BASE, at_once, bound
from packets import EXECUTE
from rogue import LOCAL_FILE, OK, Rogue, greeting, packet
from test_4_load import client_of, hosts, option_files


def switch(plugin, data=b"saltsaltsaltsaltsalt\0"):
    """The server wants another way to prove the password."""
    return b"\xfe" + plugin + b"\0" + data


def switches(*bodies):
    """A login that is answered by these, one after each word of the client."""
    def behave(wire):
        wire.greet()
        for place, body in enumerate(bodies):
            wire.packets(body, first=2 + 2 * place)
            if not wire.hear():
                return
        wire.packets(OK, first=2 + 2 * len(bodies))
    return behave


def switch_loop(wire):
    wire.greet()
    for place in range(2, 2000, 2):
        wire.packets(switch(b"mysql_native_password"), first=place % 256)
        if not wire.hear():
            return


def file_wanted(commands):
    """A login that succeeds; the answer to so manieth command is that the
    client shall send a file."""
    def behave(wire):
        wire.accept()
        for number in range(commands):
            if not wire.hear():
                return
            last = number == commands - 1
            wire.packets(LOCAL_FILE if last else OK, first=1)
    return behave


def says(*parts):
    return lambda wire: wire.send(*parts)


def greets(**more):
    return lambda wire: wire.greet(**more)


def byte_by_byte(wire):
    data = packet(0, greeting())
    wire.send(*(data[i:i + 1] for i in range(len(data))), pause=0.005)


D01 = {
    "protocol 9": greets(protocol=9), "protocol 11": greets(protocol=11),
    "protocol 255": greets(protocol=255),
    "an HTTP banner": says(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"),
    "an SSH banner": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a TLS alert": says(b"\x15\x03\x03\0\x02\x02\x28"),
    "a TLS record": says(b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"),
    "an empty greeting": says(packet(0, b"")),
    "a greeting of one byte": says(packet(0, b"\n")),
    "a version that does not end": says(packet(0, b"\n" + b"9" * 5000)),
    "a greeting cut in its salt": says(packet(0, greeting()[:30])),
    "16 MB of greeting": says(b"\xff\xff\xff\0", greeting(),
                              b"x" * 2 ** 24, packet(1, b"")),
    "a greeting of packets of 16 MB": says(*(
        b"\xff\xff\xff" + bytes([i]) + b"\n" * (2 ** 24 - 1)
        for i in range(3))),
    "a greeting byte by byte": byte_by_byte,
    "packets out of order": says(packet(5, greeting())),
    "too many connections": says(packet(0, b"\xff\x10\x04Too many")),
    "host blocked": says(packet(0, b"\xff\x69\x04Host is blocked")),
    "an error of no text": says(packet(0, b"\xff\x10\x04")),
    "an error of one byte": says(packet(0, b"\xff")),
    "no capabilities": greets(capabilities=0),
    "all capabilities": greets(capabilities=0xffffffff),
    "an unknown plugin": greets(plugin=b"no_such_plugin"),
    "a plugin that is a path": greets(plugin=b"../../../../tmp/evil"),
    "a plugin of 4,000 bytes": greets(plugin=b"x" * 4000),
    "a switch without end": switch_loop,
    "a switch to nothing": switches(b"\xfe"),
    "a switch to an unknown plugin": switches(switch(b"no_such_plugin")),
    "a switch to a path": switches(switch(b"../../x\0")),
    "a switch to an old password": switches(switch(b"mysql_old_password")),
    "a switch to a short salt": switches(switch(b"mysql_native_password",
                                                b"")),
    "clear text": switches(switch(b"mysql_clear_password", b"")),
    "a dialog": switches(switch(b"dialog", b"\x04Password: ")),
    "clear text in the greeting": greets(plugin=b"mysql_clear_password"),
    "a dialog in the greeting": greets(plugin=b"dialog"),
    "caching_sha2 wants it all": switches(
        switch(b"caching_sha2_password"), b"\x01\x04", b"\x01no key"),
    "sha256 with no key": switches(switch(b"sha256_password"), b"\x01no key"),
    "sha256 in the greeting": greets(plugin=b"sha256_password"),
    "nothing after a good login": lambda wire: wire.accept(),
    "garbage after a good login": lambda wire: (
        wire.accept(), wire.hear(), wire.packets(b"\x05\x06\x07", first=1)),
}
D02 = {f"at command {number}": file_wanted(number) for number in (1, 2, 3)}


# Each of them is the database of a virtual host of its own.
ROWS = {**{f"D01 {name}": behave for name, behave in D01.items()},
        **{f"D02 {name}": behave for name, behave in D02.items()}}


@pytest.fixture
def rogues(site):
    """One for each row, behind the hosts h1, h2 ..."""
    made = [Rogue(0, behave) for behave in ROWS.values()]
    files = [site.service.env["DB_OPTION_FILE"], *option_files(site, made)]
    site.configure("ContactInfoDBTimeout connect=1s deadline=2s\n"
                   + hosts(site, files, len(files)), children=1)
    yield made
    site.calm()
    for rogue in made:
        rogue.close()


def password(site):
    text = pathlib.Path(site.service.env["DB_OPTION_FILE"]).read_text()
    return re.search(r"^password=(.+)$", text, re.M)[1].encode()


def wrongs(rogue, answer, secrets):
    """What is wrong with the answer of a host with that database."""
    if not rogue.connections:
        yield "it was not asked"
    if answer.code != "SERVICE_UNAVAILABLE" or answer.seconds > bound(2.5):
        yield str(answer)
    if any(secret in rogue.heard for secret in secrets):
        yield "it was told what it asked for"


def test_a_server_that_is_none_costs_503(site, rogues):
    """D01 and D02: in bounded time; neither the password nor a file is sent,
    whatever the server asks for."""
    secrets = password(site), pathlib.Path("/etc/passwd").read_bytes()[:20]
    children = site.children()
    answers = at_once(len(rogues), lambda i: client_of(
        site, f"h{i + 1}").request("GET", BASE + "health"))
    found = {name: list(wrongs(rogue, answer, secrets)) for name, rogue, answer
             in zip(ROWS, rogues, answers)}
    assert not {name: wrong for name, wrong in found.items() if wrong}
    assert site.children() == children, "a child has gone"
    assert site.health()


def test_no_file_is_sent_in_place_of_rows(site):
    """D02: a real server that asks for a file when a statement is
    executed."""
    client, said = site.client(), []
    assert client.show("none").code == "NOT_FOUND"

    def ask_for_file(session, data):
        if session.last == EXECUTE and session.place == 1:
            session.proxy.harmed += 1
            return packet(data[3], LOCAL_FILE)
        return data

    site.proxy.set(rewrite=ask_for_file, rewrite_client=lambda _, data: (
        said.append(data), data)[1])
    answer = client.show("none")
    assert site.proxy.harmed
    site.proxy.set()
    assert answer.status in (500, 503), answer
    secret = pathlib.Path("/etc/passwd").read_bytes()[:20]
    assert said and not any(secret in data for data in said)
    site.heals()
