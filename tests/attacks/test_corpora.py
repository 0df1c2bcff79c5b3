# SPDX-License-Identifier: Apache-2.0
"""Section 10: corpora against the whole service, and differences from what
Python's own readers make of the same bytes.

From the environment: SEED, which says what is made up; SOAK=1 for more.
"""

import email.parser
import email.policy
import json
import os
import pathlib
import random
import sys
import unicodedata
import urllib.parse

import pytest

from corpora import JSON_NO, JSON_YES, NAUGHTY, NO_UTF8, PAYLOADS, holds
from images import BOUNDARY, TYPE, form, gif, jpeg, part, png, webp
from table import ADD, IMAGE, LOGIN, PLAIN, REMOVE, UPLOADED, WHICH
from world import World

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "faults"))

from load import LIST, Client, bound, figure  # noqa: E402

SEED = int(os.environ.get("SEED", 1))
TEXTS = ("title", "middle_name", "notes", "udf_string_1", "udf_string_16")


@pytest.fixture(scope="module")
def world(service):
    made = World(service)
    yield made
    assert made.pids() == made.children, "a child has gone"


@pytest.fixture(scope="module")
def client(world):
    one = Client(world.service, world.api.token)
    yield one
    one.close()


# --- JSON --------------------------------------------------------------------

# Where a value stands in a body that is good without it.
PLACES = {"alone": b"%b", "in an array": b"[0,%b,{}]",
          "in an object": b'{"a":%b,"b":[]}', "deep": b'[[{"a":[%b]}]]'}


def code_of(world, client, value):
    """What a call says that ignores the value."""
    head = '{"token":"%s","%s":{"id":"%s"},"x":' % (
        client.token, WHICH, world.values[PLAIN])
    return client.request("POST", REMOVE, head.encode() + value + b"}").code


def test_json_values_of_all_classes(world, client):
    """The minefield: every y_ is taken, every n_ refused, of the i_ (wide
    numbers, halves of characters, depth) those that RFC 8259 lets through."""
    wrong = []
    for expected, values in (("OK", JSON_YES), ("INVALID_REQUEST", JSON_NO),
                             ("INVALID_REQUEST", NO_UTF8)):
        for value in values:
            value = value if isinstance(value, bytes) else value.encode(
                "utf-8", "surrogatepass")
            for name, place in PLACES.items():
                code = code_of(world, client, place % value)
                if code != expected and not (
                        expected != "OK" and is_good(place % value)):
                    wrong.append((name, value[:40], code))
    assert not wrong
    assert world.changed() == set()


def refuse(name):
    raise ValueError(name)


def is_good(value):
    """What Python says of the same bytes as the value of a member."""
    try:
        text = (b'{"x":' + value + b"}").decode("utf-8")
        found = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return holds(found)


def mutated(chance, value):
    """A few edits to some bytes."""
    value = bytearray(value)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(value) + 1)
        way = chance.randrange(4)
        if way == 0:
            del value[place:place + chance.randint(1, 4)]
        elif way == 1:
            value[place:place] = chance.choice([
                b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b"0", b"e",
                b"-", b".", b" ", b"\\u00", b"\xc3", b"\n", b"null", b"\x00"])
        elif way == 2 and value:
            value[place % len(value)] = chance.randrange(256)
        else:
            other = chance.choice(JSON_YES)[:200].encode()
            value[place:place] = other
    return bytes(value)


def test_json_means_the_same_to_python(world, client):
    """Interoperability: bodies that were damaged are taken by both or by
    neither."""
    chance = random.Random(SEED)
    seeds = [one.encode() for one in JSON_YES if len(one) < 300]
    wrong, good = [], 0
    for _ in range(figure(800, 200000)):
        value = mutated(chance, chance.choice(seeds))
        expected = is_good(value)
        good += expected
        if (code_of(world, client, value) == "OK") != expected:
            wrong.append((value, expected))
    assert not wrong
    assert good > 30
    assert world.changed() == set()


# --- text --------------------------------------------------------------------

def test_naughty_strings_come_back_as_they_went(world, client):
    """Each in each kind of text: byte for byte, unless it has controls."""
    for text in NAUGHTY:
        text = text[:50]
        controls = any(unicodedata.category(c) == "Cc" for c in text)
        made = client.create(**dict.fromkeys(TEXTS, text))
        if controls:
            assert made.code == "INVALID_PARAMETER", ascii(text)
            continue
        assert made.ok, (ascii(text), made)
        shown = client.show(made.data["id"]).data
        assert {name: shown[name] for name in TEXTS} == dict.fromkeys(
            TEXTS, text), ascii(text)
    world.forget()


def test_payloads_are_data_in_every_parameter(world, client):
    """No difference in status or time from a harmless text."""
    def calls(text):
        for name in ("id", "id_number", "passport_number", "registration"
                     "_number", "alternative_code", "name"):
            yield name, client.get("contact_information/show", **{
                WHICH: f"{name}={text}"})
        for name in ("id_number", "email_address", "phone_number",
                     "fields_set", "number_of_results", "offset", "sort"):
            yield f"list {name}", client.get(LIST, **{
                "passport_number": "none", name: text})
        yield "image", client.request("GET", IMAGE + "?" + (
            urllib.parse.urlencode({"id": text, "token": client.token})))
        yield "token", Client(world.service, text).show("none")

    usual = {name: answer.code for name, answer in calls("harmless")}
    assert len(set(usual.values())) > 3
    for text in figure(PAYLOADS[::3], PAYLOADS):
        text += " of nobody"
        for name, answer in calls(text):
            assert answer.seconds < bound(1), (name, text)
            same = answer.code == usual[name]
            # a filter that has the form of none of its kind
            assert same or answer.code in (
                "INVALID_PARAMETER", "INVALID_IDENTIFIER",
                "NOT_FOUND") and not answer.ok, (name, text, answer)
    for text in PAYLOADS[:figure(3, None)]:
        for name in "organisation", "username", "password", "unit":
            answer = client.request("POST", LOGIN, json.dumps(
                {"organisation": "DEMO", "username": "demo",
                 "password": "x", name: text}).encode())
            assert answer.code == "INVALID_CREDENTIALS", (name, text)
            assert answer.seconds < bound(1)
    assert world.changed() == set()


# --- multipart ---------------------------------------------------------------

def read_form(body, content_type):
    """The parts as Python's parser of mail sees them, in order."""
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    return [(one.get_param("name", header="content-disposition"),
             one.get_payload(decode=True)) for one in message.iter_parts()]


PIECES = [b"\r\n", b"\n", b"\r", b"--", b"-", b'"', b";", b" ", b"\t", b"=",
          b":", f"--{BOUNDARY}".encode(), f"--{BOUNDARY}--".encode(),
          b"Content-Disposition: form-data; name=\"x\"", b"\0", b"\xff",
          b"filename=", b"name=\"token\"", b"\r\n\r\n", b"Content-Type: a/b",
          b"\r\n--", b"\r\nX: y"]


def damaged_form(chance, parts):
    """A form with its parts shuffled and some bytes of its framing changed,
    but none of the values."""
    parts = chance.sample(parts, len(parts))
    body = form(*parts)
    for _ in range(chance.randint(0, 2)):
        place = chance.randrange(len(body))
        if chance.random() < 0.5:
            body = body[:place] + chance.choice(PIECES) + body[place:]
        else:
            body = body[:place] + body[place + chance.randint(1, 3):]
    return body


def test_forms_mean_the_same_to_python(world, client):
    """What is accepted has the fields and the bytes that another reader
    finds; what that one does not understand may be refused."""
    chance, contact = random.Random(SEED), world.values[UPLOADED]
    given = {"token": client.token.encode(), WHICH: f"id={contact}".encode()}
    accepted = refused = 0
    for _ in range(figure(150, 20000)):
        photo = chance.choice([gif(), png(100 + chance.randrange(900)),
                               jpeg(99), webp()])
        body = damaged_form(chance, [
            *(part(name, value) for name, value in given.items()),
            part("file", photo, "a.png"), part("more", "x" * 9)])
        answer = client.request("POST", ADD, body, {"Content-Type": TYPE})
        assert answer.status in (200, 400, 401, 404, 409, 415), (answer, body)
        refused += not answer.ok
        if not answer.ok:
            continue
        accepted += 1
        fields = read_form(body, TYPE)
        stored = client.request(
            "GET", f"{answer.data['file_content_url']}&token={client.token}")
        assert ("file", stored.content) in fields, (body, fields)
        for pair in given.items():
            assert pair in fields, (body, fields)
    assert accepted > 20 and refused > 20
    world.forget()


# --- images ------------------------------------------------------------------

MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff",
         "image/gif": b"GIF8", "image/webp": b"RIFF"}


def images():
    """The seeds of the fuzzer, images of all kinds, and what chance makes of
    them."""
    seeds = [path.read_bytes() for path in sorted(
        (ROOT / "fuzz" / "corpus" / "image").iterdir())]
    seeds += [gif(), webp(), *(make(size, wide, high) for make in (png, jpeg)
                               for size in (99, 999) for wide, high in (
                                   (1, 1), (7000, 7000), (1, 65535)))]
    yield from seeds
    chance = random.Random(SEED)
    for _ in range(figure(150, 20000)):
        data = bytearray(chance.choice(seeds)[:20000])
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(min(len(data), chance.choice([30, 9999])))
            size = chance.choice([1, 1, 2, 4])
            data[place:place + size] = chance.choice([
                b"\0" * size, b"\xff" * size, bytes([chance.randrange(256)]),
                b"", b"\x7f\xff\xff\xff", b"IHDR", b"IEND", b"\xff\xd9"])
            data = data or bytearray(b"x")
        yield bytes(data)


def test_images_of_all_kinds(world, client):
    """A walk over headers ends, whatever they say; what is taken is served
    under the type that its first bytes have, and unchanged."""
    seen = set()
    for data in images():
        answer = client.add_photo(world.values[UPLOADED], data)
        seen.add(answer.code)
        assert answer.seconds < bound(1)
        assert answer.code in ("OK", "UNSUPPORTED_MEDIA_TYPE",
                               "PAYLOAD_TOO_LARGE"), (answer, data[:99])
        if answer.ok:
            stored = client.request("GET", answer.data["file_content_url"]
                                    + f"&token={client.token}")
            kind = stored.headers["content-type"]
            assert stored.content == data
            assert data.startswith(MAGIC[kind])
            assert stored.headers["x-content-type-options"] == "nosniff"
    assert len(seen) == 3
    world.forget()
