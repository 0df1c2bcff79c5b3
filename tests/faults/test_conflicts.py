# SPDX-License-Identifier: Apache-2.0
"""Many writers on few contacts: conflicts are retried, nothing is lost."""

import collections
import concurrent.futures
import os
import time

import pytest

from harness import Service, envelope
from shim import Fault

SOAK = os.environ.get("SOAK") == "1"
CREATE = "contact_information/create"
UPDATE = "contact_information/update"
IDENTIFIER = "contact_information_identifier"
CONTACTS = 4
CUSTOM = [f"CUSTOM{i}" for i in range(1, 6)]
# What the writers of one contact write to, one each: sixteen.
ELEMENTS = [*(("address", t) for t in ("HOME", "BUSINESS", "POBOX", *CUSTOM)),
            *(("phone", t) for t in ("LANDLINE", "MOBILE", "FAX", *CUSTOM))]
MEMBERS = {"address": "street_name", "phone": "number"}
SETS = {"address": "addresses_set", "phone": "phones_set"}
FIRST = "0"
ROUNDS = 6
EVERY = 101  # calls: an update makes about twenty, five times at most
SPARE = 16  # threads: httpd closes connections that wait when all are busy
SECONDS = 60


@pytest.fixture(scope="module")
def fault(tmp_path_factory):
    return Fault(tmp_path_factory.mktemp("fault"))


@pytest.fixture(scope="module")
def service(tmp_path_factory, fault):
    one = Service(tmp_path_factory.mktemp("conflicts"),
                  "KeepAliveTimeout 60\n", children=1,
                  threads=CONTACTS * len(ELEMENTS) + SPARE,
                  **fault.variables(os.environ["BUILD"]))
    one.start()
    try:
        yield one
    finally:
        one.clean()


class Writer:
    """Writes rising numbers to one field and one element of one contact; no
    other writer touches these."""

    def __init__(self, service, contact, number):
        self.api = service.api().login()
        self.contact = contact
        self.field = f"udf_string_{number + 1}"
        self.kind, self.type = ELEMENTS[number]
        self.member = MEMBERS[self.kind]
        self.codes = collections.Counter()
        self.last = FIRST

    def write(self, value):
        answer = self.api.post(UPDATE, {
            IDENTIFIER: {"id": self.contact}, self.field: value,
            f"{self.kind}_set": [{
                "action": "UPDATE", self.member: value,
                f"{self.kind}_identifier": {"type": self.type}}]})
        code = answer.json()["status"]["code"]
        self.codes[code] += 1
        if code == "OK":
            envelope(answer)
            self.last = value

    def work(self):
        end = time.monotonic() + SECONDS
        i = 0
        while time.monotonic() < end if SOAK else i < ROUNDS:
            i += 1
            self.write(f"{i}")

    def check(self, shown):
        """The contact has the last value that was acknowledged."""
        assert shown[self.field] == self.last
        (element,) = [e for e in shown[SETS[self.kind]]
                      if e["type"] == self.type]
        assert element[self.member] == self.last


def make_contact(api, fields):
    elements = {kind: [{"type": type_, MEMBERS[kind]: FIRST}
                       for each, type_ in ELEMENTS if each == kind]
                for kind in MEMBERS}
    return envelope(api.post(CREATE, {
        "type": "PERSON", "first_name": "C", "last_name": "Onflict",
        **{f"udf_string_{i + 1}": FIRST for i in range(fields)},
        **{f"{kind}_set": made for kind, made in elements.items()}}))["id"]


def make_writers(service):
    api = service.api().login()
    contacts = [make_contact(api, len(ELEMENTS)) for _ in range(CONTACTS)]
    return api, [Writer(service, contact, i) for contact in contacts
                 for i in range(len(ELEMENTS))]


def run(writers):
    with concurrent.futures.ThreadPoolExecutor(len(writers)) as pool:
        for done in [pool.submit(writer.work) for writer in writers]:
            done.result()
    for writer in writers:
        writer.api.http.close()
    return sum((writer.codes for writer in writers), collections.Counter())


def check_nothing_is_lost(service, api, writers, codes):
    """Each field has its last acknowledged value, and the versions have
    risen by one for each acknowledgement."""
    for writer in writers:
        writer.check(api.show(writer.contact))
    names = "','".join({writer.contact for writer in writers})
    risen = service.db.value("SELECT SUM(version - 1) FROM contact WHERE"
                             f" contact_id IN ('{names}')")
    assert int(risen) == codes["OK"]


def refused(codes):
    """The share that was told to come again."""
    return 1 - codes["OK"] / sum(codes.values())


def run_with_faults(service, fault, number):
    """Of all calls to the server, also of those that read, every k-th fails
    with this number, 0: none does. Nothing may be lost by that."""
    api, writers = make_writers(service)
    service.log.allow("CI0003")
    fault.arm(EVERY if number else 0, number, repeat=True)
    codes = run(writers)
    failed = fault.disarm()[1]
    assert failed >= ROUNDS if number else failed == 0
    check_nothing_is_lost(service, api, writers, codes)
    assert set(codes) <= {"OK", "SERVICE_UNAVAILABLE", "CONFLICT"}
    return codes


@pytest.mark.parametrize("number", [0, 1205, 3101])
def test_no_change_of_many_writers_is_lost(service, fault, number):
    run_with_faults(service, fault, number)


@pytest.mark.parametrize("number", [0, 1213])
def test_conflicts_of_many_writers_are_not_shown(service, fault, number):
    codes = run_with_faults(service, fault, number)
    # on a machine that is busy tries take longer, and deadlines come
    assert refused(codes) <= (0.01 if SOAK else 0.1), codes
