# SPDX-License-Identifier: Apache-2.0
"""Attacks by number and by slowness: U08, H09, M18, T05, T09, T13, R01, R02
and R03.

SOAK=1 takes the figures of the rows; without it they are small.
"""

import contextlib
import gzip
import json
import pathlib
import re
import secrets
import sys
import time

import httpx
import pytest

from front import free_port
from harness import Service, apache2, envelope, eventually
from images import TYPE, form, part, png
from raw import Closed, Connection
from table import ADD, CREATE, LOGIN, PLAIN, SHOW, WHICH, person, request
from world import World

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "faults"))

from load import LIST, Background, Client, at_once, bound, figure  # noqa: E402

ROWS = figure(10000, 1000000)
NUMBER = "U08"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """As many threads as there are slow clients and more."""
    threads, children = figure((64, 2), (600, 2))
    one = Service(tmp_path_factory.mktemp("load"),
                  "RequestReadTimeout header=2 body=2\n"
                  "ContactInfoTokenCacheTTL 1s\n"
                  "ContactInfoDBTimeout connect=2s deadline=4s\n"
                  'LoadModule filter_module'
                  ' "${CI_MODULES}/mod_filter.so"\n'
                  'LoadModule deflate_module'
                  ' "${CI_MODULES}/mod_deflate.so"\n',
                  "SetInputFilter DEFLATE\n",
                  threads=threads, children=children)
    try:
        one.start()
        (one.run_dir / "home").resolve().joinpath(
            "htdocs", "static.txt").write_text("static")
        yield one
    finally:
        one.clean()


@pytest.fixture(scope="module")
def world(service):
    return World(service)


@pytest.fixture
def client(world):
    one = Client(world.service, world.api.token)
    yield one
    one.close()
    assert world.pids() == world.children, "a child has gone"


def busy(service):
    """Connections to the database that are doing something."""
    return int(service.db.value(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE"
        " user = 'contactinfo' AND command <> 'Sleep'"))


# --- M18: slow clients -------------------------------------------------------

def upload(world):
    body = form(part("token", world.api.token),
                part(WHICH, f"id={world.values[PLAIN]}"),
                part("file", png(3000), "a.png"))
    return request("POST", ADD, (f"Content-Type: {TYPE}",), body)


SLOW = {
    "stops in the headers": lambda data: (data[:60], b""),
    "stops behind the headers": lambda data: (
        data[:data.index(b"\r\n\r\n") + 4], b""),
    "stops before the last byte": lambda data: (data[:-1], b""),
    "sends a byte a second": lambda data: (data[:-100], data[-100:]),
}


def test_slow_uploads_hold_a_thread_and_nothing_else(world, client):
    """M18, and slow headers and bodies of section 10: 408 by mod_reqtimeout,
    no connection to the database is held, nothing is stored."""
    data, many = upload(world), figure(24, 250)
    slow = []
    for cut in SLOW.values():
        first, rest = cut(data)
        for _ in range(many):
            slow.append((Connection(world.service.port, 30), rest))
            slow[-1][0].send(first)
    held = []
    for second in range(2):
        for connection, rest in slow:
            connection.send(rest[second:second + 1])
        held.append(busy(world.service))
        answer = client.show("none")
        assert answer.code == "NOT_FOUND" and answer.seconds < bound(1)
        time.sleep(1)
    assert held == [0, 0]
    answers = []
    for connection, _ in slow:
        with connection:
            with contextlib.suppress(Closed):
                answers.append(connection.read().status)
    assert set(answers) <= {408} and len(answers) >= 3 * many
    assert world.changed() == set()


# --- U08: pages far away -----------------------------------------------------

@pytest.fixture
def table_of_many(world):
    """So many contacts with one number."""
    db = world.service.db
    contact = world.made(world.api, demographics={"id_number": NUMBER})
    columns = [row["c"] for row in db.rows(
        "SELECT column_name AS c FROM information_schema.columns WHERE"
        " table_schema = 'contactinfo' AND table_name = 'contact'")]
    names = [name for name in columns if name != "contact_seq"]
    values = ["UPPER(MD5(s.seq))" if name == "contact_id" else f"c.{name}"
              for name in names]
    db.run(f"INSERT INTO contact ({', '.join(names)})"
           f" SELECT {', '.join(values)} FROM contact c"
           f" JOIN seq_1_to_{ROWS} s WHERE c.contact_id = '{contact}'")
    yield
    db.run(f"DELETE FROM contact WHERE id_number = '{NUMBER}'")
    world.forget()


OFFSETS = [ROWS - 1, ROWS + 1, 10 ** 9, 2 ** 31 - 1]


@pytest.mark.parametrize("count", [figure(40, 100)])
def test_pages_far_away_are_given_within_the_deadline(
        world, client, table_of_many, count):
    """U08, R01: many at once; others are served meanwhile."""
    clients = [Client(world.service, world.api.token) for _ in range(count)]

    def work(index):
        if index == count:
            return [client.show("none") for _ in range(5)]
        with contextlib.closing(clients[index]) as one:
            return [one.get(LIST, id_number=NUMBER, fields_set="id",
                            number_of_results=200,
                            offset=OFFSETS[index % len(OFFSETS)])]

    answers = at_once(count + 1, work)
    pages = [a for some in answers[:-1] for a in some]
    assert {a.code for a in pages} <= {"OK", "SERVICE_UNAVAILABLE",
                                       "INVALID_PARAMETER"}, pages
    assert max(a.seconds for a in pages) < bound(4.5)
    assert all(len(a.data) <= 2 for a in pages if a.ok)
    assert {a.code for a in answers[-1]} == {"NOT_FOUND"}


# --- T05: another node -------------------------------------------------------

@pytest.fixture
def node(service):
    """The URL of a second httpd of the same database."""
    conf = pathlib.Path(service.env["HTTPD_CONF"])
    port = free_port()
    other = service.run_dir / "node.conf"
    other.write_text(re.sub(r"^Define CI_PORT .*$", f"Define CI_PORT {port}",
                            conf.read_text(), flags=re.M))
    pid_file = conf.parent / "httpd" / "node.pid"
    command = ["-f", other, "-c", f"PidFile {pid_file}", "-k"]
    apache2(*command, "start", check=True, timeout=60)
    yield f"http://127.0.0.1:{port}"
    apache2(*command, "stop", check=True, timeout=60)
    assert eventually(lambda: not pid_file.exists())


@pytest.mark.parametrize("how", ["released", "removed"])
def test_a_token_that_ended_elsewhere_is_dead_here(world, node, how):
    """T05: within ContactInfoTokenCacheTTL, which is 1 s."""
    api = world.service.api().login_with_key()

    def ask():
        answer = httpx.get(node + SHOW, trust_env=False, params={
            "token": api.token, WHICH: "id=none"})
        return answer.json()["status"]["code"]

    assert eventually(lambda: ask() == "NOT_FOUND", 10)
    if how == "released":
        envelope(api.post("authentication/token/release"))
    else:
        world.service.db.run("DELETE FROM login_session WHERE token_digest ="
                             f" UNHEX(SHA2('{api.token}', 256))")
    assert eventually(lambda: ask() == "INVALID_TOKEN", bound(1.5))
    world.forget()


# --- T09: tokens by guessing -------------------------------------------------

def executed(service):
    return int(service.db.value(
        "SELECT variable_value FROM information_schema.global_status"
        " WHERE variable_name = 'Com_stmt_execute'"))


def test_a_million_guesses(world, client):
    """T09: one query each at most; what was not found is not remembered
    without bound, and who has a token is served."""
    threads, each = 8, figure(150, 125000)

    def guess(index):
        with contextlib.closing(Client(world.service)) as one:
            codes = set()
            for _ in range(each):
                one.token = secrets.token_hex(16).upper()
                codes.add(one.show("none").code)
            return codes

    guess(0)
    memory, before = world.memory(), executed(world.service)
    with Background(1, lambda _: client.show("none")) as good:
        found = at_once(threads, guess)
    spent = executed(world.service) - before
    assert set.union(*found) <= {"INVALID_TOKEN", "TOO_MANY_REQUESTS"}
    assert spent <= threads * each + 2 * len(good.results) + 50
    assert world.memory() - memory < 32768
    assert {a.code for a in good.results} == {"NOT_FOUND"}
    assert max(a.seconds for a in good.results) < bound(1)


# --- H09: bodies that swell --------------------------------------------------

# Beyond what mod_deflate lets through, and within.
SWELLING = {400: lambda: b" " * 5060,
            413: lambda: secrets.token_bytes(60) + b" " * 5000}


@pytest.mark.parametrize("path", [CREATE, ADD])
@pytest.mark.parametrize("status", SWELLING)
def test_a_body_that_swells_is_refused_by_its_true_size(world, client, path,
                                                        status):
    """H09: with mod_deflate as an input filter."""
    world.service.log.allow("AH02649")
    head = part("file", "", "a.png")[:-2] if path == ADD else b"{"
    text = gzip.compress(head + b"".join(
        SWELLING[status]() for _ in range(figure(2 ** 12, 2 ** 17))))
    memory = world.memory()
    answer = client.request("POST", path, text, {
        "Content-Encoding": "gzip",
        "Content-Type": TYPE if path == ADD else "application/json"})
    assert answer.status == status, answer
    assert answer.seconds < bound(2)
    assert world.memory() - memory < 32768
    assert world.changed() == set()


# --- R01, R02, R03: all at once ----------------------------------------------

def lists(one):
    return one.get(LIST, id_number="142536", number_of_results=200)


def shows(one):
    return one.show("3459F30F71E7477495DF3AA3D278CC7D")


def bodies(one):
    text = json.dumps({"token": one.token, **person(),
                       "x": [{}] * 60000})[:262100]
    return one.request("POST", CREATE, text.encode())


def uploads(one):
    return one.add_photo("0" * 32, png(200000))


def logins(one):
    return one.request("POST", LOGIN, b'{"organisation":"DEMO","username":'
                       b'"demo","password":"guessed"}')


NOISES = {"R01": [lists], "R02": [shows], "R03": [bodies, uploads, lists],
          "T13": [logins]}


@pytest.mark.parametrize("row", NOISES)
def test_others_are_served_beside_a_crowd(world, row):
    """R01 the dearest lists, R02 one token at full speed, R03 the worst of
    everything, T13 logins: static files and another organisation's user go
    on."""
    crowd = [Client(world.service, world.api.token)
             for _ in range(figure(24, 64))]
    calls = NOISES[row]
    world.service.log.allow("CI0003")  # the parse budget is used up
    other = Client(world.service, world.other.token)
    answers, statics = [], []
    with Background(len(crowd),
                    lambda i: calls[i % len(calls)](crowd[i])) as noise:
        end = time.monotonic() + figure(1, 60)
        while time.monotonic() < end:
            answers.append(other.show("none"))
            statics.append(other.request("GET", "/static.txt"))
    for one in [*crowd, other]:
        one.close()
    assert len(noise.results) > len(crowd)
    assert {a.status for a in noise.results} <= {200, 400, 401, 404, 413, 429,
                                               503}
    assert {a.code for a in answers} <= {"NOT_FOUND", "SERVICE_UNAVAILABLE"}
    assert "NOT_FOUND" in {a.code for a in answers}
    assert {a.status for a in statics} == {200}
    assert max(a.seconds for a in [*answers, *statics]) < bound(2)
    assert world.pids() == world.children, "a child has gone"
    world.forget()
