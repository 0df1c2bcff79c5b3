# SPDX-License-Identifier: Apache-2.0
"""ETag, If-None-Match, If-Match, Idempotency-Key and ContactInfoUnique."""

import concurrent.futures
import uuid

import pytest

from harness import envelope
from images import BOUNDARY, TYPE, form, part, png
from test_ctl import Ctl

SHOW = "contact_information/show"
UPDATE = "contact_information/update"
CREATE = "contact_information/create"
ADD = "contact_information/profile_photo/add"
VIEW = "contact_information/profile_photo/view"
PERSON = {"type": "PERSON", "first_name": "Grace", "last_name": "Hopper"}


@pytest.fixture
def contact(api):
    return envelope(api.post(CREATE, PERSON))["id"]


def show(api, contact, **headers):
    return api.http.get(SHOW, params={
        "token": api.token,
        "contact_information_identifier": f"id={contact}"}, headers=headers)


def update(api, contact, headers=None, **members):
    return api.post(UPDATE, {
        "contact_information_identifier": {"id": contact}, **members},
        headers=headers or {})


def test_what_the_client_has_is_not_sent_again(api, contact):
    tag = show(api, contact).headers["etag"]
    again = show(api, contact, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    marked = tag[:-1] + '-gzip"'
    assert show(api, contact, **{"If-None-Match": marked}).status_code == 304
    changed = update(api, contact, notes="x")
    assert changed.headers["etag"] != tag
    answer = show(api, contact, **{"If-None-Match": tag})
    envelope(answer)
    assert answer.headers["etag"] == changed.headers["etag"]


def test_if_match_refuses_what_is_out_of_date(api, contact):
    tag = show(api, contact).headers["etag"]
    envelope(update(api, contact, {"If-Match": tag}, notes="first"))
    before = api.show(contact)
    for stale in (tag, "W/" + tag, '"0-0"', '"1"'):
        answer = update(api, contact, {"If-Match": stale}, notes="second")
        envelope(answer, "PRECONDITION_FAILED")
    assert api.show(contact) == before
    current = show(api, contact).headers["etag"]
    envelope(update(api, contact, {"If-Match": f'"9-9", {current}'},
                    notes="third"))
    envelope(update(api, contact, {"If-Match": "*"}, notes="fourth"))


def test_precondition_failed_keeps_its_status_under_compat(fresh):
    service = fresh(location_conf="ContactInfoErrorStatus compat")
    api = service.api().login()
    contact = envelope(api.post(CREATE, PERSON))["id"]
    envelope(update(api, contact, {"If-Match": '"0-0"'}, notes="x"),
             "PRECONDITION_FAILED")
    envelope(update(api, contact, udf_float_1="x"), "INVALID_PARAMETER", 200)


def create(api, key, **members):
    return api.post(CREATE, {**PERSON, **members},
                    headers={"Idempotency-Key": key})


def count(service, last_name):
    return int(service.db.value("SELECT COUNT(*) FROM contact WHERE last_name"
                                f" = '{last_name}'"))


def test_a_key_gets_the_first_answer_again(service, api):
    key, name = uuid.uuid4().hex, uuid.uuid4().hex
    first = create(api, key, last_name=name)
    again = create(service.api().login(), key, last_name=name)
    assert envelope(first) == envelope(again)
    assert count(service, name) == 1
    envelope(create(api, key, last_name=name, notes="other"), "CONFLICT")
    envelope(create(api, uuid.uuid4().hex, last_name=name))
    assert count(service, name) == 2


def test_a_key_belongs_to_its_user(service, api, other):
    key, name = uuid.uuid4().hex, uuid.uuid4().hex
    mine = envelope(create(api, key, last_name=name))
    theirs = envelope(create(other, key, last_name=name))
    assert mine["id"] != theirs["id"]


def test_copies_at_the_same_time_have_one_effect(service, api):
    key, name = uuid.uuid4().hex, uuid.uuid4().hex
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(
            lambda _: create(api, key, last_name=name), range(40)))
    found = {envelope(a)["id"] for a in answers if a.status_code == 200}
    assert len(found) == 1
    assert {a.status_code for a in answers} <= {200, 409}
    assert count(service, name) == 1


def test_an_answer_older_than_a_day_is_forgotten(service, api):
    key, name = uuid.uuid4().hex, uuid.uuid4().hex
    first = envelope(create(api, key, last_name=name))
    service.db.run("UPDATE idempotency SET created_date = created_date"
                   " - INTERVAL 25 HOUR")
    assert envelope(create(api, key, last_name=name))["id"] != first["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a b"])
def test_a_bad_key_is_refused(api, key):
    envelope(create(api, key), "INVALID_REQUEST")


def add(api, key, contact, data, name="a.png", boundary=BOUNDARY):
    body = form(part("token", api.token),
                part("contact_information_identifier", f"id={contact}"),
                part("file", data, name))
    headers = {"Content-Type": TYPE.replace(BOUNDARY, boundary),
               "Idempotency-Key": key}
    return api.http.post(ADD, headers=headers, content=body.replace(
        BOUNDARY.encode(), boundary.encode()))


def view(api, contact):
    return envelope(api.get(
        VIEW, contact_information_identifier=f"id={contact}"))


def test_a_photo_that_is_repeated_is_stored_once(service, api, contact):
    key = uuid.uuid4().hex
    first = add(api, key, contact, png(100000))
    again = add(service.api().login(), key, contact, png(100000),
                boundary="another")
    assert again.content == first.content
    assert view(api, contact) == envelope(first)
    unlike = envelope(add(api, uuid.uuid4().hex, contact, png(100000)))
    assert unlike != envelope(first)
    assert envelope(add(api, key, contact, png(100000))) == envelope(first)
    assert view(api, contact) == unlike


def test_another_photo_under_the_same_key_is_refused(api, contact):
    key = uuid.uuid4().hex
    stored = envelope(add(api, key, contact, png(100000)))
    other = envelope(api.post(CREATE, PERSON))["id"]
    for change in ({"data": png(100001)}, {"data": png(100000, fill=b"q")},
                   {"name": "b.png"}, {"contact": other}):
        answer = add(api, key, **{"contact": contact, "data": png(100000),
                                  **change})
        envelope(answer, "CONFLICT")
    assert view(api, contact) == stored
    envelope(create(api, key))


def test_copies_of_a_photo_at_the_same_time_are_stored_once(service, api,
                                                            contact):
    key = uuid.uuid4().hex
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(
            lambda _: add(api, key, contact, png(200000)), range(16)))
    assert {a.status_code for a in answers} <= {200, 409}
    found = {a.content for a in answers if a.status_code == 200}
    assert len(found) == 1
    assert envelope(next(a for a in answers if a.status_code == 200)) == view(
        api, contact)
    assert service.db.value(
        "SELECT COUNT(*) FROM profile_photo p JOIN contact c"
        f" USING (contact_seq) WHERE c.contact_id = '{contact}'") == "1"


def test_unique_combinations(fresh):
    service = fresh(location_conf="ContactInfoUnique PERSON id_number\n"
                    "ContactInfoUnique COMPANY company_name"
                    " vat_registration_number")
    api, other = service.api().login(), service.api("OTHER_").login()
    number = {"demographics": {"id_number": "UNIQUE-1"}}
    first = envelope(api.post(CREATE, {**PERSON, **number}))["id"]
    answer = api.post(CREATE, {**PERSON, **number})
    envelope(answer, "CONFLICT")
    assert "id_number" in answer.json()["status"]["description"]
    envelope(other.post(CREATE, {**PERSON, **number}))
    second = envelope(api.post(CREATE, PERSON))["id"]
    envelope(api.post(CREATE, PERSON))
    before = api.show(second)
    envelope(update(api, second, **number), "CONFLICT")
    assert api.show(second) == before
    envelope(update(api, first, demographics={"id_number": "UNIQUE-2"}))
    envelope(update(api, second, **number))
    company = {"type": "COMPANY", "company_name": "C"}
    for vat, code in (("1", "OK"), ("2", "OK"), ("1", "CONFLICT")):
        envelope(api.post(CREATE, {**company, "company_profile": {
            "vat_registration_number": vat}}), code)


def test_a_unique_rule_has_one_winner(fresh):
    service = fresh(location_conf="ContactInfoUnique PERSON id_number")
    api = service.api().login()

    def race(_):
        return api.post(CREATE, {**PERSON,
                                 "demographics": {"id_number": "RACE"}})

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = [a.status_code for a in pool.map(race, range(32))]
    assert sorted(set(statuses)) == [200, 409]
    assert statuses.count(200) == 1


def test_stored_contacts_get_the_keys_of_a_new_rule(fresh):
    service = fresh()
    api = service.api().login()
    made = [envelope(api.post(CREATE, {**PERSON, "demographics": {
        "id_number": number}}))["id"] for number in ("F1", "F1", "F2")]
    ctl = Ctl(service.env["DB_ADMIN_OPTION_FILE"], "DEMO")
    rule = "PERSON id_number"
    message = ctl.run("unique", rule=rule, exits=1)
    assert "1 contacts break the rule" in message
    envelope(update(api, made[1], demographics={"id_number": "F3"}))
    ctl.run("unique", rule=rule)
    keys = service.db.rows("SELECT contact_seq FROM contact_unique")
    assert len(keys) == int(service.db.value(
        "SELECT COUNT(*) FROM contact JOIN organisation USING"
        " (organisation_id) WHERE name = 'DEMO' AND id_number IS NOT NULL"))
    ctl.run("unique", rule="PERSON nothing", exits=2)
