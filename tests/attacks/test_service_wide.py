# SPDX-License-Identifier: Apache-2.0
"""Attacks that are more than one request, or need a server of their own."""

import json
import pathlib
import re
import socket

import pytest

from harness import Service, envelope
from images import TYPE, form, part, png
from raw import Connection, ask
from table import (ADD, CREATE, FILE, HEALTH, IMAGE, LIST, PLAIN, REMOVE, SHOW,
                   TOKEN, UPLOADED, WHICH, get, person, post, request, show)
from world import World

ERRORS = {"X-Content-Type-Options": "nosniff",
          "Referrer-Policy": "no-referrer"}
HASHES = ["$y$jZT$abcd$x", "", "*", "*0", "x", "$2y$10$", "$2y$10$" + "x" * 53,
          "$2y$31$DGfvB2LI6qGwxJGQY1w2yOTTMHjq/nlB.JnoxFU68XZTuG80ctfEy",
          "$2y$99$x", "$2$", "$1$", "$apr1$", "$6$rounds=999999999$x$y",
          "$9$unknown", "{SHA}", "{SHA}x", "xxDES12345678", "%s%n"]


@pytest.fixture(scope="module")
def world(service):
    return World(service)


@pytest.fixture(scope="module")
def json_body():
    return json.dumps({"token": TOKEN, WHICH: {"id": PLAIN},
                       "n\u00e9": [1.5, True, None, "\\\U0001f600"]},
                      ensure_ascii=False).encode()


def test_json_cut_behind_every_byte(world, json_body):
    """J02: each is an error and none of them is done."""
    for length in range(len(json_body)):
        answer = ask(world.service.port,
                     world.put_in(post(REMOVE, json_body[:length])))
        assert answer.status == 400, json_body[:length]
        assert json.loads(answer.body)["status"]["code"] == "INVALID_REQUEST"
    assert ask(world.service.port,
               world.put_in(post(REMOVE, json_body))).status == 200
    assert world.changed() == set()


def test_clients_that_go_in_the_middle_of_an_upload(world):
    """M19: the old photo stays, no connection and no child is lost."""
    data = world.put_in(request(
        "POST", ADD, (f"Content-Type: {TYPE}",), form(
            part("token", TOKEN), part(WHICH, f"id={UPLOADED}"),
            part("file", png(300000), "a.png"))))
    for place in range(100, len(data), len(data) // 100):
        connection = Connection(world.service.port)
        connection.send(data[:place])
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     b"\1\0\0\0\0\0\0\0")
        connection.socket.close()
    for _ in range(40):
        assert ask(world.service.port, world.put_in(
            show(f"id={PLAIN}"))).status == 200
    assert world.changed() == set()
    assert world.pids() == world.children


def test_a_stored_hash_that_is_none_lets_nobody_in(world):
    """T17: whatever an import left there, in the time of one hash."""
    db = world.service.db
    db.run("INSERT INTO org_user (organisation_id, user_id, username,"
           " person_name, password_hash, default_unit_id)"
           " SELECT organisation_id, REPEAT('7', 32), 'broken', 'B', '',"
           " default_unit_id FROM org_user WHERE username = 'demo'")
    try:
        for text in HASHES:
            db.run(f"UPDATE org_user SET password_hash = '{text}'"
                   " WHERE username = 'broken'")
            before = world.seconds()
            for password in {text or "x", "x"}:
                answer = world.api.http.post(
                    "authentication/token", json=world.api.credentials(
                        username="broken", password=password[:72]))
                envelope(answer, "INVALID_CREDENTIALS")
            assert world.seconds() - before < 2, text
    finally:
        db.run("DELETE FROM org_user WHERE username = 'broken'")
    assert world.pids() == world.children


def test_no_two_readings_of_a_url(world):
    """U16: what httpd calls the location, the module calls it too."""
    for path in ("/crmapi//rest/v2/", "/crmapi/./rest/v2/",
                 "/x/../crmapi/rest/v2/", "/crmapi/rest/v2/x/../",
                 "/%63rmapi/rest/v2/", "//crmapi/rest/v2/"):
        answer = ask(world.service.port, request("GET", path + "health"))
        assert answer.status == 200, path
        assert json.loads(answer.body)["status"]["code"] == "OK"


# --- a server of its own -------------------------------------------------

EXTRA = '''
RequestReadTimeout header=1 body=1
<Directory "/">
    AllowOverride All
    Require all denied
</Directory>
<Directory "${CI_HOME}/htdocs">
    Require all granted
</Directory>
<Location "/crmapi/rest/v2/contact_information/list">
    Require all denied
</Location>
'''


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("strict"), EXTRA)
    try:
        yield service.start()
    finally:
        service.clean()


def folder(strict):
    """Where a customer puts his files."""
    path = (strict.run_dir / "home").resolve() / "htdocs" / "customer"
    path.mkdir(exist_ok=True)
    path.joinpath("index.txt").write_text("his")
    return path


def directives():
    """The module's, from its own table."""
    conf = pathlib.Path(__file__).resolve().parents[2] / "conf"
    found = set(re.findall(r"\bContactInfo\w*",
                           (conf / "contactinfo.conf").read_text()))
    assert len(found) > 15
    return sorted(found)


def test_no_directive_works_in_htaccess(strict):
    """X14: each is an error of httpd's, and the API does not notice."""
    path = folder(strict)
    for name in directives():
        (path / ".htaccess").write_text(f"{name} x y\n")
        answer = ask(strict.port, request("GET", "/customer/index.txt"))
        assert answer.status == 500, name
        assert any(f"{name} not allowed here" in line
                   for line in strict.log.new_lines()), name
        assert ask(strict.port, request("GET", HEALTH)).status == 200


@pytest.mark.parametrize("text", [
    "SetHandler contactinfo", "SetHandler contactinfo_module",
    "SetHandler mod_contactinfo.c", "AddHandler contactinfo .txt",
    "SetHandler api"])
def test_no_handler_is_reached_from_htaccess(strict, text):
    path = folder(strict)
    (path / ".htaccess").write_text(
        f"<IfModule !mime_module>\n{text.replace('Add', 'Set').split(' .')[0]}"
        "\n</IfModule>\n")
    answer = ask(strict.port, request("GET", "/customer/index.txt?token=x"))
    assert b'"status"' not in answer.body
    strict.log.new_lines()
    assert ask(strict.port, request("GET", HEALTH)).status == 200


def test_the_api_is_in_no_directory(strict):
    """What <Directory> says of the whole file system, as Debian's httpd does,
    and .htaccess at the path of the location are about files."""
    path = folder(strict).parent / "crmapi"
    path.mkdir(exist_ok=True)
    (path / ".htaccess").write_text("Require all denied\nnonsense\n")
    assert ask(strict.port, request("GET", HEALTH)).status == 200


# --- httpd's own answers below the location ------------------------------

def test_a_body_that_does_not_come_is_answered_408(strict):
    """httpd answers, with the module's headers; nothing is held."""
    with Connection(strict.port) as connection:
        connection.send(request("POST", CREATE, ("Content-Length: 9",)))
        answer = connection.read()
        assert answer.status == 408
        assert {name: answer.get(name) for name in ERRORS} == ERRORS
        assert answer.get("X-Request-Id")
        assert connection.is_closed()


@pytest.mark.parametrize("status, sent", [
    (400, request("POST", CREATE, ("Transfer-Encoding: chunked",)) + b"x\r\n"),
    (413, request("POST", CREATE, ("Transfer-Encoding: chunked",))
     + b"F" * 16 + b"\r\n")])
def test_broken_framing_has_the_headers_too(strict, status, sent):
    answer = ask(strict.port, sent)
    assert answer.status == status
    assert {name: answer.get(name) for name in ERRORS} == ERRORS


def test_what_httpd_denies_has_the_headers_too(strict):
    answer = ask(strict.port, get(LIST, token=None))
    assert answer.status == 403
    assert {name: answer.get(name) for name in ERRORS} == ERRORS
    strict.log.new_lines()


def test_what_no_location_was_found_for_has_no_headers(strict):
    """httpd answers before it knows whose location it is."""
    seen = {
        400: b"nonsense\r\n\r\n",
        414: request("GET", f"{SHOW}?{'x' * 9000}"),
        404: request("GET", SHOW + "%2f"),
        417: request("GET", HEALTH, ("Expect: x",)),
    }
    for status, sent in seen.items():
        answer = ask(strict.port, sent)
        assert answer.status == status
        assert answer.get("X-Content-Type-Options") is None
        assert "json" not in answer.get("Content-Type")
    strict.log.new_lines()


def test_an_unsatisfiable_range_has_the_headers_too(world):
    answer = ask(world.service.port, world.put_in(
        get(IMAGE, f"id={FILE}", "Range: bytes=99999-")))
    assert answer.status == 416
    assert {name: answer.get(name) for name in ERRORS} == ERRORS


def test_no_header_comes_twice(world):
    for sent in (show(f"id={PLAIN}"), show("id=0"), request("GET", HEALTH),
                 request("OPTIONS", SHOW), post(CREATE, "{"),
                 get(IMAGE, f"id={FILE}"),
                 get(IMAGE, f"id={FILE}", "If-None-Match: *"),
                 get(IMAGE, f"id={FILE}", "Range: bytes=0-1")):
        answer = ask(world.service.port, world.put_in(sent))
        names = [name.lower() for name, _ in answer.headers]
        assert len(set(names)) == len(names), answer.headers
        assert {name: answer.get(name) for name in ERRORS} == ERRORS


def test_a_person_is_made_when_all_is_over(world):
    assert envelope(world.api.post("contact_information/create",
                                   person()))["id"]
