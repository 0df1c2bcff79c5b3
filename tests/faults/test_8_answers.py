# SPDX-License-Identifier: Apache-2.0
"""What the database answers is damaged, cut or not what was prepared: D03 and
D04 of the attack tables."""

import itertools
import uuid

import pytest

from damage import TIMES, Damage, join_row, retyped, split_row, with_length
from images import png
from load import IDENTIFIER, LIST, PHOTO, bound, figure
from packets import QUERY
from proxy import Ended
from rogue import OK, packet

# Of an image, the headers may have been sent: then it is cut.
REFUSED = {"INTERNAL_ERROR", "SERVICE_UNAVAILABLE", ""}


class Scene:
    """A contact with everything, and the calls that read it."""

    def __init__(self, site):
        self.site = site
        self.client = site.client()
        self.number = uuid.uuid4().hex
        made = self.client.create(
            notes="n" * 900, demographics={"id_number": self.number},
            email_set=[{"type": "PERSONAL",
                        "email_address": f"{self.number}@x.org"}])
        self.contact = made.data["id"]
        self.friend = self.client.create(relation_set=[{
            "type": "FRIEND", "contact_information_identifier": {
                "id": self.contact}}]).data["id"]
        assert self.client.add_photo(self.contact, png(9000)).ok
        view = self.client.get(PHOTO + "view", **{
            IDENTIFIER: f"id={self.contact}"})
        self.url = view.data["file_content_url"]
        self.children = site.children()

    def calls(self):
        client = self.client
        return {
            "show": lambda: client.show(self.contact),
            "relations": lambda: client.show(self.friend),
            "list": lambda: client.get(LIST, id_number=self.number),
            "view": lambda: client.get(PHOTO + "view", **{
                IDENTIFIER: f"id={self.contact}"}),
            "image": lambda: client.request(
                "GET", f"{self.url}&token={client.token}"),
        }

    def ask(self, name, damage):
        """One call while the damage is done, on a new connection."""
        self.site.proxy.cut()
        self.site.proxy.set(**damage.trouble())
        answer = self.calls()[name]()
        self.site.proxy.set()
        assert damage.done, (answer, damage.changes)
        assert answer.seconds < bound(4.5), answer
        assert self.site.children() == self.children, (
            "a child has gone", damage.changes)
        return answer

    def is_well(self):
        answers = {name: call() for name, call in self.calls().items()}
        assert all(answer.ok for answer in answers.values()), answers


@pytest.fixture(scope="module")
def site(the_site):
    with the_site.configured("ContactInfoDBTimeout connect=1s deadline=4s\n"
                             "ContactInfoTokenCacheTTL 600s\n",
                             children=1) as site:
        yield site


@pytest.fixture
def scene(site):
    made = Scene(site)
    yield made
    made.client.close()
    site.proxy.set()
    site.heals()


# --- what was not prepared ---------------------------------------------------

READS = {"show": "from contact ", "list": "from contact ",
         "relations": "from contact_relation ",
         "view": "from profile_photo ", "image": "from profile_photo_chunk "}


def counted(change, place):
    """The number at that place of a packet is another one."""
    return lambda data, _: (data[:place] + bytes([(data[place] + change) % 256])
                            + data[place + 1:])


def twice(wanted):
    """This definition comes twice."""
    return lambda data, place: [data, data] if place == wanted else data


def typed(kind):
    return lambda data, place: retyped(data, kind)


STRUCTURES = {
    "one parameter more": {"prepare": counted(1, 11)},
    "one column less when executed": {"count": counted(-1, 4)},
    "one column more when executed": {"count": counted(1, 4)},
    "no columns when executed": {"count": lambda data, _: packet(
        data[3], OK)},
    "one column more": {"prepare": counted(1, 9), "count": counted(1, 4),
                        "definition": twice(0)},
    "all columns are of a type that is none": {"definition": typed(200)},
    **{f"all columns are of type {kind}": {"definition": typed(kind)}
       for kind in (0, 1, 5, 6, 8, 10, 11, 16, 242, 244, 252, 255)},
}


@pytest.mark.parametrize("call", READS)
def test_columns_that_were_not_asked_for_are_not_read(scene, call):
    """D03: their number and types are compared with those that are bound."""
    found = {}
    for name, changes in STRUCTURES.items():
        answer = scene.ask(call, Damage(READS[call], **changes))
        if answer.ok or answer.code not in REFUSED:
            found[name] = answer
    assert not found
    scene.is_well()


# --- rows --------------------------------------------------------------------

# What the value of a column becomes; None if that does not apply to it.
VALUES = {
    "NULL": lambda column, value: [None],
    "of no length": lambda column, value: value and [
        with_length(b"") if column.has_length else None],
    "garbage": lambda column, value: value and [
        with_length(b"~" * 70) if column.type not in TIMES and
        column.has_length else b"\xff" * len(value)],
    "zeros": lambda column, value: value and [
        value[:1] + bytes(len(value) - 1)],
    "another number": lambda column, value: not column.has_length
        and column.type not in TIMES and value
        and [bytes([value[0] ^ 1]) + value[1:]],
    "65,535 bytes": lambda column, value: column.has_length and value and [
        with_length(b"7" * 65535)],
}
# In the last column: what follows a lie is read from the wrong place, by the
# client library, which knows no end of a row. It reads 2 ** 32 and more as 0.
LIES = {f"{length} bytes that are not there": length for length in (
    2 ** 16, 2 ** 24, 2 ** 31, 2 ** 32 - 1)}
# Without them there is no row, or not the one that was asked for.
NEEDED = {"NULL": {"contact_seq", "contact_id", "version", "type", "file_id",
                   "chunk_number", "data", "document"},
          "garbage": {"type", "version", "created_date"}}


def changed_row(place, value):
    def change(row, columns):
        values = split_row(row, columns)
        values[place] = value
        return join_row(row, values)
    return change


def damaged_rows(site, scene, call):
    """Name, column and change of the row for each column and way."""
    seen = {}

    def look(row, columns):
        seen.update(columns=columns, values=split_row(row, columns))
        assert join_row(row, seen["values"]) == row
        return row

    site.proxy.cut()
    site.proxy.set(**Damage(READS[call], row=look).trouble())
    assert scene.calls()[call]().ok
    site.proxy.set()
    columns, values = seen["columns"], seen["values"]
    for place, (column, value) in enumerate(zip(columns, values)):
        for name, way in VALUES.items():
            new = way(column, value)
            if new and new[0] != value:
                yield name, column.name, changed_row(place, new[0])
    if columns[-1].has_length:
        for name, length in LIES.items():
            yield name, columns[-1].name, changed_row(
                len(columns) - 1, with_length(b"7" * 9, length))


@pytest.mark.parametrize("call", READS)
def test_a_row_that_cannot_be_is_refused(site, scene, call):
    """D03: NULL where none may be, words, numbers, dates and lengths that no
    column holds; never a child that ends, never more than was sent."""
    found, count = [], 0
    for name, column, change in damaged_rows(site, scene, call):
        count += 1
        answer = scene.ask(call, Damage(READS[call], row=change))
        refused = answer.code in REFUSED and not answer.ok
        if not refused and (name in LIES
                            or column in NEEDED.get(name, ())):
            found.append((name, column, answer))
        if answer.status not in (0, 200, 304, 404, 409, 500, 503):
            found.append((name, column, answer))
    assert not found
    assert count > 5
    scene.is_well()


# --- cut ---------------------------------------------------------------------


class Cut:
    """The connection to the server ends behind so many bytes of answers."""

    def __init__(self, after):
        self.left = after
        self.sent = []

    def __call__(self, session, data):
        """Not in what a connection begins with: that opens the breaker."""
        if not session.ready or session.last == QUERY and not (
                session.in_transaction or session.commit_sent):
            return data
        self.sent.append(len(data))
        self.left -= len(data)
        if self.left < 0:
            session.proxy.harmed += 1
            session.client.write(data[:self.left])
            raise Ended
        return data


def cuts(sent):
    """Some places before, in and behind packets; every byte in `make soak`."""
    near = sorted({end + shift for end in itertools.accumulate(sent, initial=0)
                   for shift in (-1, 0, 1, 4, 5)})
    return [place for place in figure(near[1::15] + near[-6:],
                                      range(sum(sent)))
            if 0 <= place < sum(sent)]


@pytest.mark.parametrize("call", [*READS, "create"])
def test_an_answer_that_is_cut_is_never_a_shorter_one(site, scene, call):
    """D04: on a new connection, so that logins and prepares are cut too."""
    client, name = scene.client, uuid.uuid4().hex
    calls = {**scene.calls(), "create": lambda: client.create(last_name=name)}
    site.proxy.cut()
    whole = Cut(2 ** 40)
    site.proxy.set(rewrite=whole)
    expected = calls[call]()
    found, created = [], expected.ok
    places = cuts(whole.sent)
    for place in places:
        site.proxy.set()
        site.proxy.cut()
        site.proxy.set(rewrite=Cut(place))
        answer = calls[call]()
        assert site.proxy.harmed, (place, answer)
        created += answer.ok
        if call != "create" and answer.ok:
            good = answer.content == expected.content
        else:
            good = answer.ok or answer.code in REFUSED | {"OUTCOME_UNKNOWN"}
        if not good:
            found.append((place, answer))
    site.proxy.set()
    assert len(places) > 9 and not found
    if call == "create":
        stored = int(site.value(
            f"SELECT COUNT(*) FROM contact WHERE last_name = '{name}'"))
        assert created <= stored <= len(places) + 1
    scene.is_well()
