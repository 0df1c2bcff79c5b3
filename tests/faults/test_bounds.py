# SPDX-License-Identifier: Apache-2.0
"""Memory, processor time and pages are bounded, whatever the requests."""

import concurrent.futures
import http.client
import itertools
import json
import os
import pathlib
import random
import threading
import time
import uuid

import pytest

import values
from harness import Service, counters, envelope
from images import TYPE, form, part, png

SOAK = os.environ.get("SOAK") == "1"
MIB = 1024 * 1024
BODY = 262144
BASE = "/crmapi/rest/v2/"
CI = "contact_information/"
IDENTIFIER = "contact_information_identifier"
REQUESTS = 1000000 if SOAK else 20000
WARM = REQUESTS * 2 // 5 if not SOAK else 100000


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One child of few threads, whose memory is what is looked at."""
    one = Service(tmp_path_factory.mktemp("bounds"),
                  "MaxConnectionsPerChild 0\n", children=1, threads=64)
    try:
        yield one.start()
    finally:
        one.clean()


@pytest.fixture
def fresh_service(tmp_path):
    one = Service(tmp_path / "fresh", children=1, threads=8)
    try:
        yield one.start()
    finally:
        one.start()
        one.log.new_lines()
        one.clean()


@pytest.fixture(scope="module")
def api(service):
    return service.api().login()


def child_of(service):
    (child,) = service.children()
    return child


def memory_of(service):
    """Resident bytes of the child."""
    lines = pathlib.Path(f"/proc/{child_of(service)}/status").read_text()
    (line,) = [x for x in lines.splitlines() if x.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def processor_time(service):
    """Nanoseconds that the child's threads have run."""
    tasks = pathlib.Path(f"/proc/{child_of(service)}/task")
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in tasks.iterdir())


# --- memory --------------------------------------------------------------


class Caller:
    """Requests of all kinds over connections that stay open."""

    def __init__(self, service, api, seed):
        self.port = service.port
        self.token = api.token
        self.source = random.Random(seed)
        self.http = http.client.HTTPConnection("127.0.0.1", self.port)
        self.contact = self.ask("POST", CI + "create", {
            "type": "PERSON", "first_name": "B", "last_name": "Ound"})["id"]
        self.kinds = [
            (35, self.show), (15, self.list), (12, self.create),
            (13, self.update), (5, self.photo), (20, self.wrong)]

    def send(self, method, path, content=None, content_type=None):
        headers = {"Content-Type": content_type} if content_type else {}
        self.http.request(method, path, content, headers)
        answer = self.http.getresponse()
        return answer.status, answer.read()

    def ask(self, method, path, members=None):
        content = None
        if members is not None:
            content = json.dumps({"token": self.token, **members})
        status, text = self.send(method, BASE + path, content)
        assert status == 200, text
        return json.loads(text)["data"]

    def show(self):
        self.ask("GET", f"{CI}show?token={self.token}"
                 f"&{IDENTIFIER}=id={self.contact}")

    def list(self):
        self.ask("GET", f"{CI}list?token={self.token}&id_number=BOUND"
                 "&number_of_results=5")

    def create(self):
        self.ask("POST", CI + "create", {
            "type": "PERSON", "first_name": "B", "last_name": "Ound",
            "demographics": {"id_number": "BOUND"},
            "address_set": [{"type": "HOME", "street_name": "S" * 100}]})

    def update(self):
        self.ask("POST", CI + "update", {
            IDENTIFIER: {"id": self.contact},
            "notes": "n" * self.source.randrange(4000)})

    def photo(self):
        size = self.source.randrange(100, 200000)
        status, text = self.send(
            "POST", BASE + CI + "profile_photo/add", form(
                part("token", self.token),
                part(IDENTIFIER, f"id={self.contact}"),
                part("file", png(size), "a.png")), TYPE)
        assert status == 200, text
        url = json.loads(text)["data"]["file_content_url"]
        status, data = self.send("GET", f"{url}&token={self.token}")
        assert (status, len(data)) == (200, size)

    def wrong(self):
        path, content, expected = self.source.choice([
            (CI + "create", b'{"a":', 400), (CI + "create", b"[1]", 400),
            (CI + "create", b'{"token":"' + b"0" * 32 + b'"}', 401),
            (CI + "create", json.dumps(
                {"token": self.token, "type": "X"}), 400),
            (CI + "update", json.dumps(
                {"token": self.token, IDENTIFIER: {"id": "none"}}), 404),
            (CI + "nothing", b"{}", 404),
            (CI + "create", b"\xff" * 1000, 400)])
        status, text = self.send("POST", BASE + path, content)
        assert status == expected, text

    def run(self, count):
        weights, calls = zip(*self.kinds)
        for call in self.source.choices(calls, weights, k=count):
            call()


def test_memory_stays_after_many_requests(service, api):
    callers = [Caller(service, api, seed) for seed in range(8)]

    def run(count):
        with concurrent.futures.ThreadPoolExecutor(len(callers)) as pool:
            for done in [pool.submit(caller.run, count // len(callers))
                         for caller in callers]:
                done.result()

    run(WARM)
    before = memory_of(service)
    run(REQUESTS - WARM)
    assert memory_of(service) - before <= 2 * MIB


def padded(text, size):
    return text + b" " * (size - len(text))


WORST = {
    "objects": b"[" + b"{}," * (BODY // 3 - 2) + b"{}]",
    "lists": b"[" + b"[]," * (BODY // 3 - 2) + b"[]]",
    "members": b"{" + b",".join(b'"%d":1' % i for i in range(25000)) + b"}",
    "key": b'{"' + b"k" * (BODY - 10) + b'":1}',
    "deep": b"[" * 2040 + b"]" * 2040,
    "too deep": b'{"a":' * (BODY // 6) + b"1" + b"}" * (BODY // 6),
    "string": b'{"a":"' + b"\\u00e9" * (BODY // 6 - 3) + b'"}',
    "in a set": b'{"type":"PERSON","address_set":[' + b"{}," * (
        BODY // 3 - 20) + b"{}]}",
}
assert all(len(body) <= BODY for body in WORST.values())


@pytest.mark.parametrize("shape", WORST)
def test_the_worst_bodies_at_once_take_bounded_memory(service, api, shape):
    before = memory_of(service)
    highest, ended = [before], threading.Event()

    def watch():
        while not ended.wait(0.005):
            highest.append(memory_of(service))

    def send(_):
        return api.http.post(CI + "create", content=WORST[shape])

    service.log.allow("CI0003")
    watcher = threading.Thread(target=watch)
    watcher.start()
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(send, range(64)))
    ended.set()
    watcher.join()
    assert {answer.status_code for answer in answers} <= {400, 401, 413, 503}
    for answer in answers:
        envelope(answer, answer.json()["status"]["code"])
    assert max(highest) - before <= 256 * MIB


# --- processor time ------------------------------------------------------


def repeated(head, unit, tail, size):
    count = (size - len(head) - len(tail)) // len(unit)
    return head + unit * count + tail


def many_parts(unit):
    head = part("token", "x")
    tail = form()
    return lambda size: (repeated(head, unit, tail, size), TYPE)


SHAPES = {
    "objects": lambda size: (repeated(b"[", b"{},", b"{}]", size), None),
    "escapes": lambda size: (repeated(b'{"a":"', b"\\u0041", b'"}', size),
                             None),
    "text": lambda size: (repeated(b'{"a":"', b"\xf0\x9f\x8d\xa3", b'"}',
                                   size), None),
    "digits": lambda size: (repeated(b'{"a":1.', b"1", b"}", size), None),
    "blanks": lambda size: (repeated(b"{", b" ", b"}", size), None),
    "one key": lambda size: (repeated(b"{", b'"a":1,', b'"a":1}', size),
                             None),
    "keys": lambda size: (
        b"{" + b",".join(b'"%08d":1' % i for i in range(size // 13)) + b"}",
        None),
    "lists in lists": lambda size: (b"[" * (size // 2) + b"]" * (size // 2),
                                    None),
    "parts": many_parts(part("a", "b")),
    "part of dashes": many_parts(b"\r\n--"),
    "almost boundaries": many_parts(b"\r\n--xXxBoundaryxXy"),
    "header lines": many_parts(b"X: y\r\n"),
}


@pytest.mark.skipif(not SOAK, reason="a clock of a busy machine lies")
@pytest.mark.parametrize("shape", SHAPES)
def test_time_is_linear_in_the_body(service, api, shape):
    """Four times the body costs at most nine times as much, where a square
    would cost sixteen times: what large bodies took goes back to the system
    and has to be got again. What little bodies cost is taken off."""
    path = CI + ("profile_photo/add" if SHAPES[shape](999)[1] else "create")

    def cost(size):
        body, content_type = SHAPES[shape](size)
        headers = {"Content-Type": content_type} if content_type else {}
        best = None
        for _ in range(5):
            before = processor_time(service)
            for _ in range(4):
                answer = api.http.post(path, content=body, headers=headers)
                assert answer.status_code in (400, 401, 413), answer.text
            spent = processor_time(service) - before
            best = spent if best is None else min(best, spent)
        return best

    little, small, large = cost(1024), cost(BODY // 4), cost(BODY)
    floor = 2_000_000
    assert large - little <= 9 * max(small - little, floor)


# --- pages ---------------------------------------------------------------


def make(api, number, **members):
    return envelope(api.post(CI + "create", {
        **values.PERSON, "demographics": {"id_number": number},
        **members}))["id"]


@pytest.mark.parametrize("name, value, taken", [
    ("number_of_results", "0", False), ("number_of_results", "1", True),
    ("number_of_results", "200", True), ("number_of_results", "201", False),
    ("number_of_results", "2147483648", False),
    ("number_of_results", "9223372036854775808", False),
    ("number_of_results", "-1", False),
    ("number_of_results", "4294967297", False),
    ("offset", "1000000000", True), ("offset", "2147483647", True),
    ("offset", "2147483648", False), ("offset", "9223372036854775807", False),
    ("offset", "9223372036854775808", False), ("offset", "-1", False),
])
def test_a_page_is_within_its_bounds_or_refused(api, name, value, taken):
    number = uuid.uuid4().hex
    made = [make(api, number) for _ in range(3)]
    answer = api.get(CI + "list", id_number=number, fields_set="id",
                     **{name: value})
    if not taken:
        envelope(answer, "INVALID_PARAMETER")
        return
    rows = [row["id"] for row in envelope(answer)]
    if name == "offset":
        assert rows == [] and "link" not in answer.headers
    else:
        assert rows == made[:int(value)]


def test_pages_of_fat_contacts_take_bounded_memory(service, api):
    number, text = uuid.uuid4().hex, "\u00e9" * 255
    count = 10000 if SOAK else 400
    fat = values.body("string", itertools.repeat(text, 60))
    for _ in range(count):
        make(api, number, notes="n" * 4000, **fat)
    api.get(CI + "list", id_number=number, number_of_results=200)
    before, seen = memory_of(service), 0
    for offset in range(0, count, 200):
        answer = api.get(CI + "list", id_number=number, offset=offset,
                         number_of_results=200)
        rows = envelope(answer)
        assert all(row["udf_string_1"] == text for row in rows)
        seen += len(rows)
        assert memory_of(service) - before <= 16 * MIB
    assert seen == count


# --- the log -------------------------------------------------------------


def test_an_outage_does_not_fill_the_log(fresh_service):
    """At most one line a second and kind; the counters miss nothing."""
    service = fresh_service
    count = 1000000 if SOAK else 4000
    api = service.api().login()
    service.kill("DB")
    service.log.new_lines()
    before, begun = counters(service), time.monotonic()
    path = f"{BASE}{CI}show?token={api.token}&{IDENTIFIER}=id=x"

    def ask(number):
        http_ = http.client.HTTPConnection("127.0.0.1", service.port)
        for _ in range(number):
            http_.request("GET", path)
            answer = http_.getresponse()
            answer.read()
            assert answer.status == 503
        http_.close()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(ask, count // 4) for _ in range(4)]:
            done.result()
    seconds = time.monotonic() - begun
    after = counters(service)
    assert after["SERVICE_UNAVAILABLE"] - before["SERVICE_UNAVAILABLE"] \
        == count
    lines = [line for line in service.log.new_lines()
             if service.log.is_bad(line)]
    kinds = 2
    assert 1 <= len(lines) <= kinds * (seconds + 2)
    assert all("CI0003: SERVICE_UNAVAILABLE" in line for line in lines), lines
