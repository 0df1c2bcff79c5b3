# SPDX-License-Identifier: Apache-2.0
"""What each call asks of the database, by the database's own counters.

The server runs one child, so that what is warm is warm for all.
"""

import contextlib
import os
import uuid

import pytest

from harness import Service, envelope
from images import TYPE, form, part, png

CREATE = "contact_information/create"
UPDATE = "contact_information/update"
SHOW = "contact_information/show"
LIST = "contact_information/list"
VIEW = "contact_information/profile_photo/view"
ADD = "contact_information/profile_photo/add"
IDENTIFIER = "contact_information_identifier"

pytestmark = pytest.mark.skipif(
    os.environ.get("MPM") == "prefork",
    reason="a connection has a child of its own, and each child its cache")

CUSTOM = [f"CUSTOM{i}" for i in range(1, 6)]
ADDRESSES = ["HOME", "BUSINESS", "POBOX", *CUSTOM]
PHONES = ["LANDLINE", "MOBILE", "FAX", *CUSTOM]
EMAILS = ["PERSONAL", "BUSINESS", *CUSTOM]

# Reading the counters is a question, too.
QUESTIONS = "Questions"
NAMES = [QUESTIONS, "Com_stmt_execute", "Com_stmt_prepare", "Com_commit",
         "Com_rollback"]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    one = Service(tmp_path_factory.mktemp("counted"),
                  "ContactInfoTokenCacheTTL 1h\n", children=1)
    try:
        yield one.start()
    finally:
        one.clean()


@pytest.fixture(scope="module")
def api(service):
    client = service.api().login()
    warm(client)
    return client


class Counters:
    """How often the server did something since the counters were read."""

    def __init__(self, service):
        self.service = service
        self.own = 0
        before = self.read()
        self.own = self.read()[QUESTIONS] - before[QUESTIONS]
        self.begin = self.read()

    def read(self):
        names = "','".join(NAMES)
        rows = self.service.db.rows("SHOW GLOBAL STATUS WHERE Variable_name IN"
                                    f" ('{names}')")
        return {row["Variable_name"]: int(row["Value"]) for row in rows}

    def since(self):
        now = self.read()
        delta = {name: now[name] - self.begin[name] for name in NAMES}
        delta[QUESTIONS] -= self.own
        return delta


@contextlib.contextmanager
def counted(service):
    """A dictionary that is filled when the block has ended."""
    counters, found = Counters(service), {}
    yield found
    found.update(counters.since())


def person(**more):
    return {"type": "PERSON", "first_name": "S", "last_name": "Tatement",
            **more}


def full(count, **more):
    """A person with so many addresses, phones and e-mails each."""
    return person(
        address_set=[{"type": t, "street_name": "A"}
                     for t in ADDRESSES[:count]],
        phone_set=[{"type": t, "number": f"99{i}", "area_code": "357"}
                   for i, t in enumerate(PHONES[:count])],
        email_set=[{"type": t, "email_address": f"{i}@example.com"}
                   for i, t in enumerate(EMAILS[:count])], **more)


def create(api, body):
    return envelope(api.post(CREATE, body))["id"]


def warm(api):
    """Have references, token and statements ready."""
    number = uuid.uuid4().hex
    for body in person(), full(1), full(8):
        contact = create(api, body)
        api.show(contact)
        envelope(api.get(LIST, id_number=number))


def test_nothing_is_counted_when_nothing_is_done(service):
    with counted(service) as found:
        pass
    assert set(found.values()) == {0}


def test_show_is_one_statement(api, service):
    contact = create(api, full(8))
    api.show(contact)
    with counted(service) as found:
        for _ in range(10):
            api.show(contact)
    assert found == {QUESTIONS: 10, "Com_stmt_execute": 10,
                     "Com_stmt_prepare": 0, "Com_commit": 0,
                     "Com_rollback": 0}


def test_show_by_a_number_is_one_statement(api, service):
    number = uuid.uuid4().hex
    create(api, person(demographics={"id_number": number}))
    ask = {IDENTIFIER: f"id_number={number}"}
    envelope(api.get(SHOW, **ask))
    with counted(service) as found:
        envelope(api.get(SHOW, **ask))
    assert (found[QUESTIONS], found["Com_stmt_prepare"]) == (1, 0)


@pytest.mark.parametrize("count", [1, 40])
def test_relations_cost_one_more_however_many(api, service, count):
    related = [create(api, person()) for _ in range(count)]
    contact = create(api, person(relation_set=[
        {"type": "FRIEND", IDENTIFIER: {"id": one}} for one in related]))
    assert len(api.show(contact)["relation_set"]) == count
    with counted(service) as found:
        api.show(contact)
    assert (found[QUESTIONS], found["Com_stmt_execute"]) == (2, 2)
    with counted(service) as found:
        api.show(contact, fields_set="first_name")
    assert found[QUESTIONS] == 1


def test_a_cold_token_costs_one_more(fresh):
    service = fresh("ContactInfoTokenCacheTTL 0\n", children=1)
    api = service.api().login()
    warm(api)
    contact = create(api, person())
    api.show(contact)
    with counted(service) as found:
        api.show(contact)
    assert (found[QUESTIONS], found["Com_stmt_execute"]) == (2, 2)


def test_what_cannot_be_a_token_costs_nothing(api, service):
    with counted(service) as found:
        for token in "", "x", "0" * 31, "g" * 32, "0" * 33:
            envelope(api.http.get(SHOW, params={"token": token}),
                     "INVALID_TOKEN")
        envelope(api.http.post(CREATE, content=b"{"), "INVALID_REQUEST")
        envelope(api.http.get("nothing"), "NOT_FOUND")
        envelope(api.get(SHOW, **{IDENTIFIER: "nothing=1"}),
                 "INVALID_IDENTIFIER")
    assert set(found.values()) == {0}


def questions_of_create(api, body):
    create(api, body)
    with counted(api.service) as found:
        create(api, body)
    assert (found["Com_commit"], found["Com_rollback"]) == (1, 0)
    return found


def test_create_is_constant_whatever_the_number_of_elements(api):
    """START TRANSACTION, contact, keys, COMMIT. Of more than 16 keys the
    statement is not kept but prepared each time."""
    none = questions_of_create(api, person())
    one = questions_of_create(api, full(1))
    many = questions_of_create(api, full(8))
    assert none == {QUESTIONS: 3, "Com_stmt_execute": 1, "Com_stmt_prepare": 0,
                    "Com_commit": 1, "Com_rollback": 0}
    assert one == {**none, QUESTIONS: 4, "Com_stmt_execute": 2}
    assert many == {**one, "Com_stmt_prepare": 1}


def test_create_is_constant_whatever_the_number_of_relations(api):
    related = [create(api, person()) for _ in range(40)]
    costs = set()
    for count in 1, 16, 40:
        found = questions_of_create(api, full(1, relation_set=[
            {"type": "FRIEND", IDENTIFIER: {"id": one}}
            for one in related[:count]]))
        costs.add((found[QUESTIONS], found["Com_stmt_execute"]))
    assert costs == {(6, 4)}


@pytest.mark.parametrize("count", [1, 8])
def test_update_is_constant_whatever_the_number_of_elements(api, service,
                                                            count):
    """Read, START TRANSACTION, contact, keys out and in, COMMIT."""
    def change(number):
        return envelope(api.post(UPDATE, {
            IDENTIFIER: {"id": contact}, "notes": number,
            "address_set": [{"action": "UPDATE", "floor": 1,
                             "address_identifier": {"type": t}}
                            for t in ADDRESSES[:count]],
            "phone_set": [{"action": "UPDATE", "number": f"{number}{i}",
                           "phone_identifier": {"type": t}}
                          for i, t in enumerate(PHONES[:count])]}))

    contact = create(api, full(count))
    change("1")
    with counted(service) as found:
        change("2")
    assert found["Com_commit"] == 1
    assert found[QUESTIONS] == found["Com_stmt_execute"] + 2
    assert found["Com_stmt_execute"] == 4


def test_an_update_that_leaves_the_keys_alone_asks_less(api, service):
    contact = create(api, full(8))
    cost = []
    for notes in "a", "b":
        with counted(service) as found:
            envelope(api.post(UPDATE, {IDENTIFIER: {"id": contact},
                                       "notes": notes}))
        cost.append(found[QUESTIONS])
    assert cost[1] == 4


@pytest.mark.parametrize("filters", [
    {"id_number": "NUMBER"}, {"email_address": "NUMBER@example.org"},
    {"phone_number": "77", "id_number": "NUMBER"},
    {"email_address": "NUMBER@example.org", "phone_number": "77"}])
def test_list_is_two_statements_however_many_rows(api, service, filters):
    """The page, and the relations of those that have any."""
    number = uuid.uuid4().hex
    filters = {name: value.replace("NUMBER", number)
               for name, value in filters.items()}
    related = create(api, person())
    for _ in range(30):
        create(api, person(
            demographics={"id_number": number},
            phone_set=[{"type": "MOBILE", "number": "77"}],
            email_set=[{"type": "PERSONAL",
                        "email_address": f"{number}@example.org"}],
            relation_set=[{"type": "FRIEND", IDENTIFIER: {"id": related}}]))
    assert len(envelope(api.get(LIST, **filters))) == 30
    with counted(service) as found:
        envelope(api.get(LIST, **filters))
    assert found[QUESTIONS] == found["Com_stmt_execute"] == 2


def test_a_list_without_relations_is_one_statement(api, service):
    number = uuid.uuid4().hex
    for _ in range(3):
        create(api, person(demographics={"id_number": number}))
    for ask in number, "nothing":
        envelope(api.get(LIST, id_number=ask))
        with counted(service) as found:
            envelope(api.get(LIST, id_number=ask))
        assert found[QUESTIONS] == 1


def test_a_view_of_a_photo_is_two_statements(api, service):
    contact = create(api, person())
    envelope(api.http.post(ADD, headers={"Content-Type": TYPE}, content=form(
        part("token", api.token), part(IDENTIFIER, f"id={contact}"),
        part("file", png(), "a.png"))))
    ask = {IDENTIFIER: f"id={contact}"}
    envelope(api.get(VIEW, **ask))
    with counted(service) as found:
        envelope(api.get(VIEW, **ask))
    assert found[QUESTIONS] == 2


def test_refused_changes_leave_no_transaction_open(api, service):
    contact = create(api, full(1))
    envelope(api.post(CREATE, person(relation_set=[
        {"type": "FRIEND", IDENTIFIER: {"id": "0"}}])), "UNKNOWN_REFERENCE")
    envelope(api.post(UPDATE, {IDENTIFIER: {"id": contact}, "relation_set": [
        {"action": "REMOVE", "relation_identifier": {"id": "0"}}]}),
        "NOT_FOUND")
    assert service.db.value(
        "SELECT COUNT(*) FROM information_schema.innodb_trx") == "0"


def test_connections_keep_a_bounded_number_of_statements(api, service):
    """Whatever fields are asked for: 64 a connection, then anew."""
    fields = sorted(api.show("3459F30F71E7477495DF3AA3D278CC7D"))
    contact = create(api, full(1))
    for index in range(len(fields)):
        api.show(contact, fields_set=",".join(fields[index:]))
        envelope(api.get(LIST, id_number="x", fields_set=fields[index]))
    kept = service.db.value("SELECT VARIABLE_VALUE FROM"
                            " information_schema.GLOBAL_STATUS WHERE"
                            " VARIABLE_NAME = 'PREPARED_STMT_COUNT'")
    assert 0 < int(kept) <= 64 * 16


def test_a_create_is_one_write_to_the_disk(service, api):
    """Of the log, before it is acknowledged; the server may add a few."""
    query = ("SELECT variable_value FROM information_schema.global_status"
             " WHERE variable_name = 'Innodb_data_fsyncs'")
    creates = 40
    before = int(service.db.value(query))
    for _ in range(creates):
        create(api, person())
    fsyncs = int(service.db.value(query)) - before
    assert creates <= fsyncs <= creates * 3 // 2
