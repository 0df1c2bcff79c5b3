# SPDX-License-Identifier: Apache-2.0
"""Every row of the tables, and what must hold after each of them."""

import json
import os
import pathlib
import re

import httpx
import pytest

import rows_http
import rows_json
import rows_login
import rows_multipart
import rows_photo
import rows_tenant
import rows_text
import rows_url
import table
from harness import CODES, envelope
from raw import Connection
from world import World

ROWS = [*rows_url.ROWS, *rows_json.ROWS, *rows_text.ROWS,
        *rows_multipart.ROWS, *rows_login.ROWS, *rows_tenant.ROWS,
        *rows_photo.ROWS, *rows_http.ROWS]

# A sanitizer makes everything dearer.
SLOWNESS = 5 if os.environ.get("PRELOAD") else 1

# httpd closes the connection after these: ap_status_drops_connection().
DROPPED = (400, 408, 411, 413, 414, 500, 501, 503)

# What no answer may tell.
INSIDE = re.compile(r"SELECT |INSERT |mysql|mariadb|libci|Apache|Debian|\.c:"
                    r"|/tmp|/usr|/etc/(?!passwd)|demo-password|other-password",
                    re.I)
LOG_LINE = re.compile(r"\[[ -~]*\] [\t -~\x80-\U0010ffff]*")
AFTER = table.request("GET", table.HEALTH)


@pytest.fixture(scope="module")
def world(service):
    made = World(service)
    yield made
    text = pathlib.Path(service.env["ACCESS_LOG"]).read_text(errors="replace")
    for secret in made.secrets:
        assert secret not in text, f"{secret} is in the access log"


def as_httpx(data, answer):
    """What the harness knows how to check."""
    method, target, *_ = data.split(b"\r\n")[0].decode("latin-1").split(" ")
    path = target.partition("?")[0]
    if path.startswith("http://"):
        path = "/" + path.split("/", 3)[3]
    params = {"fields_set": "?"} if "fields_set" in target else {}
    if not method.isupper():
        method = "NONE"
    asked = httpx.Request(method, f"http://x{path}", params=params,
                          content=data.partition(b"\r\n\r\n")[2])
    return httpx.Response(answer.status, headers=answer.headers,
                          content=answer.body, request=asked)


def check_headers(answer):
    """What every answer of the module has."""
    assert answer.get("X-Content-Type-Options") == "nosniff"
    assert answer.get("Referrer-Policy") == "no-referrer"
    assert answer.get("X-Request-Id")
    assert answer.get("Cache-Control").startswith("private, ")
    assert answer.get("Date")


def check_answer(world, row, data, answer, code):
    """The answer is the one that the row says; its data."""
    text = answer.body.decode("latin-1")
    shown_secrets = [one for one in world.secrets if one in text]
    assert not shown_secrets and len(answer.body) < 100000
    if isinstance(code, tuple):
        assert answer.status in code, text
        return None
    check_headers(answer)
    assert not INSIDE.search(text) or code == "OK", text
    if not answer.body or answer.get("Content-Type") != "application/json":
        return answer
    response = as_httpx(data, answer)
    json.loads(answer.body.decode("utf-8"))
    found = envelope(response, code)
    world.service.document.check(response)
    if code != "OK":
        description = response.json()["status"]["description"]
        assert row.names in description, description
        assert len(answer.body) < 4000
    return found


def requests_of(row):
    several = isinstance(row.request, list)
    codes = row.code if isinstance(row.code, list) else [row.code]
    return (row.request if several else [row.request]), codes


def run(world, row):
    """Send what the row says and read its answers; the last data."""
    requests, codes = requests_of(row)
    data = [world.put_in(one) for one in requests]
    assert len(data) == len(codes)
    found = None
    with Connection(world.service.port) as connection:
        connection.send(b"".join(data))
        if row.half_close:
            connection.end()
        for one, code in zip(data, codes):
            answer = connection.read(row.method)
            found = check_answer(world, row, one, answer, code)
        check_end(connection, answer, row, codes[-1])
    return found


def check_end(connection, answer, row, code):
    """The connection is closed, or good for another request."""
    if row.closes or answer.status in DROPPED:
        assert answer.closes or isinstance(code, tuple), "not announced"
        assert connection.is_closed(), "the server does not close"
        return
    assert not answer.closes
    connection.send(AFTER)
    after = connection.read()
    assert after.status == 200 and json.loads(after.body)["data"] == {}


def check_log(world, row):
    lines = world.log_lines()
    assert len(lines) <= len(requests_of(row)[1]), lines
    for line in lines:
        text = line.decode()
        assert LOG_LINE.fullmatch(text), line
        assert not any(secret in text for secret in world.secrets), text
        assert len(line) < 2000


def check_row(world, row):
    before = world.seconds()
    data = run(world, row)
    spent = world.seconds() - before
    assert spent < row.seconds * SLOWNESS, f"{spent} s"
    assert world.pids() == world.children, "a child has gone"
    check_log(world, row)
    assert world.changed() == set(row.writes)
    if row.after:
        row.after(world, data)
        world.log_lines()
        assert world.changed() == set(), "the check itself wrote"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row(world, row):
    world.service.log.allow(*row.logs)
    try:
        check_row(world, row)
    except BaseException:
        world.forget()
        raise


def test_the_codes_of_the_table_are_codes():
    assert len(ROWS) > 1200
    assert {code for row in ROWS for code in requests_of(row)[1]
            if not isinstance(code, tuple)} < set(CODES)


def test_nothing_is_left_of_the_attacks(world):
    """The rows once more, those that write nothing, cost no more memory."""
    harmless = [row for row in ROWS if not row.writes]
    assert len(harmless) > 300

    def all_of_them():
        for row in harmless:
            world.service.log.allow(*row.logs)
            run(world, row)
        world.log_lines()
        return world.memory()

    first, second = all_of_them(), all_of_them()
    assert world.changed() <= {"login_session"}
    assert world.pids() == world.children
    if SLOWNESS == 1:
        assert second - first < 65536, (first, second)
