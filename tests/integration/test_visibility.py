# SPDX-License-Identifier: Apache-2.0
"""Who may see what: callers of two organisations and several clearances,
contacts of several levels, every call and every identifier.

What may not be seen is answered as what does not exist, to the byte, and is
not touched.
"""

import uuid

import pytest

from harness import Service, envelope
from images import TYPE, form, jpeg, part
from test_ctl import Ctl

CREATE = "contact_information/create"
UPDATE = "contact_information/update"
SHOW = "contact_information/show"
LIST = "contact_information/list"
VIEW = "contact_information/profile_photo/view"
ADD = "contact_information/profile_photo/add"
REMOVE = "contact_information/profile_photo/remove"
IMAGE = "/crm/ImageDownloadServlet"
IDENTIFIER = "contact_information_identifier"

# Hierarchy levels of the demo tenant's privacy levels; None: no level.
LEVELS = {
    None: None,
    0: "EDE9CDE326E4F9846A50D5BCF61CD720",
    3: "9450216690684C416363B57DAD4596C3",
    5: "05A16B8D1962493BE6D95E7A0491FA89",
}
# Callers: organisation and clearance; None: sees all of it.
CALLERS = {
    "all": ("DEMO", None), "five": ("DEMO", 5), "three": ("DEMO", 3),
    "zero": ("DEMO", 0), "below": ("DEMO", -1), "other": ("OTHER", None),
}
FIELDS = {
    "PERSON": ["id_number", "passport_number", "social_security_number"],
    "COMPANY": ["vat_registration_number", "registration_number"],
}
OBJECTS = [(kind, level) for kind in FIELDS for level in LEVELS]
PLACES = {"PERSON": "demographics", "COMPANY": "company_profile"}
NAMES = {"PERSON": {"first_name": "V", "last_name": "Isible"},
         "COMPANY": {"company_name": "Visible"}}


def sees(caller, level):
    organisation, clearance = CALLERS[caller]
    return organisation == "DEMO" and (clearance is None or level is None
                                       or level <= clearance)


class Subject:
    """A contact with a photo, and what it is found by."""

    def __init__(self, api, kind, level):
        self.kind, self.level = kind, level
        mark = uuid.uuid4().hex
        self.found_by = {name: f"{name[0]}{mark}" for name in FIELDS[kind]}
        self.email = f"{mark}@example.org"
        self.phone = str(int(mark[:12], 16))
        sent = {"type": kind, **NAMES[kind], PLACES[kind]: dict(self.found_by),
                "email_set": [{"type": "BUSINESS",
                               "email_address": self.email}],
                "phone_set": [{"type": "MOBILE", "number": self.phone}]}
        if level is not None:
            sent["privacy_level_identifier"] = {"id": LEVELS[level]}
        self.id = envelope(api.post(CREATE, sent))["id"]
        self.found_by["id"] = self.id
        photo = envelope(add_photo(api, "id", self.id))
        self.file = photo["file_content_url"].partition("id=")[2]


class World:
    def __init__(self, service):
        self.service = service
        admin = service.env["DB_ADMIN_OPTION_FILE"]
        self.callers = {}
        for name, (organisation, clearance) in CALLERS.items():
            ctl = Ctl(admin, organisation)
            group = ctl.json("group", "list")[0]["id"]
            more = {} if clearance is None else {"clearance": clearance}
            unit = ctl.add("unit", name=name, group_id=group, **more)
            ctl.add("user", username=f"sees-{name}", person_name=name,
                    units=unit, stdin="visible-password\n")
            self.callers[name] = self.login(organisation, name)
        self.subjects = {key: Subject(self.callers["all"], *key)
                         for key in OBJECTS}
        self.host = {name: envelope(api.post(CREATE, {
            "type": "COMPANY", "company_name": "Host"}))["id"]
            for name, api in self.callers.items()}
        self.tables = [row["name"] for row in service.db.rows(
            "SELECT table_name AS name FROM information_schema.tables WHERE"
            " table_schema = 'contactinfo' AND table_type = 'BASE TABLE'"
            " AND table_name <> 'login_session'")]

    def login(self, organisation, name):
        api = self.service.api()
        api.token = envelope(api.http.post("authentication/token", json={
            "organisation": organisation, "username": f"sees-{name}",
            "password": "visible-password"}))["token"]
        return api

    def checksums(self):
        return self.service.db.run("CHECKSUM TABLE " + ", ".join(self.tables))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("visibility"))
    try:
        yield World(service.start())
    finally:
        service.clean()


# --- the calls that name a contact -----------------------------------------

def add_photo(api, field, value):
    return api.http.post(ADD, headers={"Content-Type": TYPE}, content=form(
        part("file", jpeg(), "a.jpg"), part("token", api.token),
        part(IDENTIFIER, f"{field}={value}")))


def named(path, **headers):
    return lambda api, field, value, host: api.http.get(
        path, headers=headers,
        params={"token": api.token, IDENTIFIER: f"{field}={value}"})


def sent(path, headers=None, **more):
    return lambda api, field, value, host: api.post(
        path, {IDENTIFIER: {field: value}, **more}, headers=headers)


def relation(field, value, **more):
    return {"type": "FRIEND", IDENTIFIER: {field: value}, **more}


# Calls that an outsider gets NOT_FOUND from.
CALLS = {
    "show": named(SHOW),
    "show with fields": lambda api, field, value, host: api.get(
        SHOW, **{IDENTIFIER: f"{field}={value}", "fields_set": "id"}),
    "show unless changed": named(SHOW, **{"If-None-Match": "*"}),
    "update": sent(UPDATE, notes="seen"),
    "update of nothing": sent(UPDATE),
    "update if current": sent(UPDATE, {"If-Match": '"1-0"'}, notes="seen"),
    "update of a part": sent(UPDATE, phone_set=[
        {"action": "REMOVE", "phone_identifier": {"type": "MOBILE"}}]),
    "view": named(VIEW),
    "add": lambda api, field, value, host: add_photo(api, field, value),
    "remove": sent(REMOVE),
}
# Calls that relate a contact of the caller's own to it.
RELATING = {
    "create": lambda api, field, value, host: api.post(CREATE, {
        "type": "COMPANY", "company_name": "New",
        "relation_set": [relation(field, value)]}),
    "update": lambda api, field, value, host: api.post(UPDATE, {
        IDENTIFIER: {"id": host}, "notes": "related",
        "relation_set": [relation(field, value, action="ADD")]}),
}
# Calls that change nothing, for those who may see.
READING = ["show", "show with fields", "view"]


def essence(answer):
    """All of an answer but what differs between any two."""
    headers = {name: value for name, value in answer.headers.items()
               if name not in ("date", "x-request-id")}
    return answer.status_code, headers, answer.content


def nothing_like(value):
    return "0" * len(value)


PAIRS = [(caller, key) for caller in CALLERS for key in OBJECTS]
HIDDEN = [(caller, key) for caller, key in PAIRS if not sees(caller, key[1])]
SEEN = [(caller, key) for caller, key in PAIRS if sees(caller, key[1])]


def test_the_matrix_has_both_halves():
    assert len(HIDDEN) == 8 + 2 * (1 + 2 + 3) and len(SEEN) == 48 - len(HIDDEN)


@pytest.mark.parametrize("caller, key", HIDDEN)
def test_what_may_not_be_seen_does_not_exist(world, caller, key):
    """X13 of the attack table."""
    api, subject = world.callers[caller], world.subjects[key]
    host = world.host[caller]
    before = world.checksums()
    for code, calls in ("NOT_FOUND", CALLS), ("UNKNOWN_REFERENCE", RELATING):
        for name, call in calls.items():
            for field, value in subject.found_by.items():
                hidden = call(api, field, value, host)
                envelope(hidden, code)
                missing = call(api, field, nothing_like(value), host)
                assert essence(hidden) == essence(missing), (name, field)
    params = {"token": api.token, "id": subject.file}
    url = api.service.front.url + IMAGE
    hidden = api.http.get(url, params=params)
    envelope(hidden, "NOT_FOUND")
    missing = api.http.get(url, params={**params, "id": "0" * 32})
    assert essence(hidden) == essence(missing)
    assert world.checksums() == before


def filters(subject):
    """All that a list of one contact may be asked by."""
    found_by = {name: value for name, value in subject.found_by.items()
                if name not in ("id", "registration_number")}
    keys = {"email_address": subject.email, "phone_number": subject.phone}
    yield from ({name: value} for name, value in {**found_by, **keys}.items())
    yield keys
    yield {**found_by, **keys}


@pytest.mark.parametrize("caller, key", HIDDEN)
def test_what_may_not_be_seen_is_not_listed(world, caller, key):
    api, subject = world.callers[caller], world.subjects[key]
    for wanted in filters(subject):
        hidden = api.get(LIST, **wanted)
        assert envelope(hidden) == []
        missing = api.get(LIST, **{name: nothing_like(value)
                                   for name, value in wanted.items()})
        assert essence(hidden) == essence(missing)


@pytest.mark.parametrize("caller, key", SEEN)
def test_what_may_be_seen_is_found_by_everything(world, caller, key):
    api, subject = world.callers[caller], world.subjects[key]
    for field, value in subject.found_by.items():
        for name in READING:
            envelope(CALLS[name](api, field, value, None))
        assert envelope(CALLS["update"](api, field, value, None))["id"] \
            == subject.id
        data = envelope(api.post(UPDATE, {
            IDENTIFIER: {"id": world.host[caller]},
            "relation_set": [relation(field, value, action="ADD")]}))
        assert data["relation_set"][-1]["contact"]["id"] == subject.id
    for wanted in filters(subject):
        (row,) = envelope(api.get(LIST, **wanted))
        assert row["id"] == subject.id
    image = api.http.get(api.service.front.url + IMAGE,
                         params={"token": api.token, "id": subject.file})
    assert (image.status_code, image.content) == (200, jpeg())


# --- what shines through nowhere -------------------------------------------

@pytest.mark.parametrize("caller", [c for c in CALLERS if c != "other"])
def test_a_number_shared_with_a_secret_contact_is_not_ambiguous(world, caller):
    """One contact a level has it: who sees one of them, sees that one."""
    number = uuid.uuid4().hex
    made = {}
    for level, privacy in LEVELS.items():
        sent = {"type": "PERSON", **NAMES["PERSON"],
                "demographics": {"id_number": number}}
        if privacy:
            sent["privacy_level_identifier"] = {"id": privacy}
        made[level] = envelope(world.callers["all"].post(CREATE, sent))["id"]
    visible = [made[level] for level in LEVELS if sees(caller, level)]
    api = world.callers[caller]
    rows = envelope(api.get(LIST, id_number=number))
    assert [row["id"] for row in rows] == visible
    answer = api.get(SHOW, **{IDENTIFIER: f"id_number={number}"})
    if len(visible) == 1:
        assert envelope(answer)["id"] == visible[0]
    else:
        envelope(answer, "AMBIGUOUS_IDENTIFIER")
    envelope(world.callers["other"].get(
        SHOW, **{IDENTIFIER: f"id_number={number}"}), "NOT_FOUND")


def test_pages_count_only_what_is_seen(world):
    number = uuid.uuid4().hex
    everything = world.callers["all"]
    made = []
    for index in range(8):
        sent = {"type": "PERSON", **NAMES["PERSON"],
                "demographics": {"id_number": number}}
        if index % 2:
            sent["privacy_level_identifier"] = {"id": LEVELS[5]}
        made.append(envelope(everything.post(CREATE, sent))["id"])
    page = world.callers["zero"].get(LIST, id_number=number, offset=1,
                                     number_of_results=3)
    assert [row["id"] for row in envelope(page)] == made[2:8:2]
    assert "link" not in page.headers


@pytest.mark.parametrize("caller", [c for c in CALLERS if c != "other"])
def test_a_related_contact_that_may_not_be_seen_shows_its_id_alone(world,
                                                                   caller):
    subject = world.subjects["PERSON", 3]
    host = envelope(world.callers["all"].post(CREATE, {
        "type": "COMPANY", "company_name": "Host",
        "relation_set": [relation("id", subject.id)]}))["id"]
    api = world.callers[caller]
    (found,) = api.show(host)["relation_set"]
    (listed,) = envelope(api.post(UPDATE, {
        IDENTIFIER: {"id": host}}))["relation_set"]
    assert listed == found
    contact = found["contact"]
    assert contact["id"] == subject.id
    if sees(caller, 3):
        assert contact["name"] == "V Isible"
        assert contact["demographics"]["id_number"] \
            == subject.found_by["id_number"]
    else:
        told = {name for name, value in contact.items() if value is not None}
        assert told == {"id"}


@pytest.mark.parametrize("caller", ["five", "three", "zero", "below"])
@pytest.mark.parametrize("level", [0, 3, 5])
def test_no_level_above_the_own_clearance_is_given(world, caller, level):
    api, host = world.callers[caller], world.host[caller]
    choice = {"privacy_level_identifier": {"id": LEVELS[level]}}
    before = world.checksums()
    answers = [api.post(CREATE, {"type": "COMPANY", "company_name": "L",
                                 **choice}),
               api.post(UPDATE, {IDENTIFIER: {"id": host}, **choice})]
    if sees(caller, level):
        for answer in answers:
            envelope(answer)
        envelope(api.post(UPDATE, {IDENTIFIER: {"id": host},
                                   "privacy_level_identifier": None}))
    else:
        for answer in answers:
            envelope(answer, "INVALID_PARAMETER")
            assert "privacy_level_identifier" \
                in answer.json()["status"]["description"]
        assert world.checksums() == before


# --- the other organisation's reference data --------------------------------

REFERENCES = {
    "category_identifier": "category", "owned_by_group_identifier": "org_group",
    "privacy_level_identifier": "privacy_level",
}


@pytest.mark.parametrize("member", REFERENCES)
def test_another_organisations_references_are_unknown(world, member):
    table = REFERENCES[member]
    column = table.removeprefix("org_") + "_id"
    foreign = [row["id"] for row in world.service.db.rows(
        f"SELECT {column} AS id FROM {table} JOIN organisation"
        " USING (organisation_id) WHERE organisation.name = 'DEMO'")]
    assert foreign
    api = world.callers["other"]
    before = world.checksums()
    for value in foreign:
        answers = [api.post(CREATE, {"type": "COMPANY", "company_name": "R",
                                     member: {"id": one}})
                   for one in (value, nothing_like(value))]
        for answer in answers:
            envelope(answer, "UNKNOWN_REFERENCE")
        assert essence(answers[0]) == essence(answers[1])
    assert world.checksums() == before


def test_a_name_that_both_organisations_use_is_the_own_one(world):
    """Both have a category of this name."""
    found = set()
    for name in "all", "other":
        api = world.callers[name]
        made = envelope(api.post(CREATE, {
            "type": "COMPANY", "company_name": "C",
            "category_identifier": {"name": "Contact Category"}}))["id"]
        found.add(api.show(made)["category"]["id"])
    assert len(found) == 2


def test_an_element_of_another_contact_is_not_found(world):
    """Not even of one that the caller sees."""
    api = world.callers["all"]
    subject, host = world.subjects["PERSON", None], world.host["all"]
    phone = api.show(subject.id)["phones_set"][0]["id"]
    related = envelope(api.post(UPDATE, {
        IDENTIFIER: {"id": subject.id},
        "relation_set": [relation("id", host, action="ADD")]}))
    before = world.checksums()
    for name, kind, value in (
            ("phone_set", "phone_identifier", phone),
            ("relation_set", "relation_identifier",
             related["relation_set"][-1]["id"])):
        for action in "REMOVE", "UPDATE":
            envelope(api.post(UPDATE, {
                IDENTIFIER: {"id": host},
                name: [{"action": action, kind: {"id": value},
                        "notes": "mine"}]}), "NOT_FOUND")
    assert world.checksums() == before


def test_an_idempotency_key_is_the_callers_own(world):
    """X09: the same key and content of another caller is another request."""
    key = {"Idempotency-Key": f'"{uuid.uuid4()}"'}
    made = [envelope(world.callers[name].post(
        CREATE, {"type": "COMPANY", "company_name": "I"}, headers=key))["id"]
        for name in ("all", "five", "other", "all")]
    assert made[0] == made[3]
    assert len(set(made)) == 3
