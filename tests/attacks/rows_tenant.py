# SPDX-License-Identifier: Apache-2.0
"""Section 5: other organisations, and what the caller may not see."""

from images import TYPE, form, part, png
from table import (ADD, CONTACT, CREATE, ELEMENT, FILE, FOREIGN,
                   FOREIGN_ELEMENT, FOREIGN_FILE, IMAGE, LIST, LOW, PICTURED,
                   PLAIN, REMOVE, SHOW, TOKEN, UPDATE, VIEW, WHICH, Row,
                   create, get, is_empty, is_plain, person, request, send,
                   show, update)

# Of the other organisation, above the clearance of its own user.
SECRET = "8A242C70CA1161826D3B6673C44409CD"
SECRET_NUMBER = "OT000005"
SECRET_EMAIL = "otto.secret@example.com"
# What only the other organisation has.
NUMBER, EMAIL, PHONE = "OT000001", "oscar.other@example.com", "2025550143"
CONFIDENTIAL = "99E1CF7B5FDC71A282202135903DA38F"
HOSTS = ["127.0.0.1", "LOCALHOST", "x.", "other.example:80", "[::1]", "a_b"]
BAD_HOSTS = ["a b", "a/b", "a@b", "", "x\tx"]


def upload(contact, token):
    return request("POST", ADD, (f"Content-Type: {TYPE}",), form(
        part("token", token), part(WHICH, f"id={contact}"),
        part("file", png(), "a.png")))


def every_way(contact, token, why):
    """Every call that names a contact, for a caller who has none such."""
    yield Row(f"{why} show", show(f"id={contact}", token=token), "NOT_FOUND",
              WHICH)
    yield Row(f"{why} view", get(VIEW, f"{WHICH}=id={contact}", token=token),
              "NOT_FOUND", WHICH)
    yield Row(f"{why} update", send(UPDATE, {WHICH: {"id": contact},
                                             "notes": "n"}, token=token),
              "NOT_FOUND", WHICH)
    yield Row(f"{why} add", upload(contact, token), "NOT_FOUND", WHICH)
    yield Row(f"{why} remove", send(REMOVE, {WHICH: {"id": contact}},
                                    token=token), "NOT_FOUND", WHICH)
    yield Row(f"{why} relate", send(CREATE, person(relation_set=[
        {"type": "FRIEND", WHICH: {"id": contact}}]), token=token),
        "UNKNOWN_REFERENCE", f"relation_set[0].{WHICH}")


def by_number(number, token):
    return show(f"id_number={number}", token=token)


def is_own(world, data):
    assert data["first_name"] == "Andreas"


ROWS = [
    *every_way(FOREIGN, TOKEN, "X01 another organisation's"),
    *every_way(PLAIN, LOW, "X01 the other way round"),
    *every_way("0" * 32, TOKEN, "X01 nobody's"),
    *every_way(SECRET, LOW, "X05 a secret"),
    Row("X01 its photo", get(IMAGE, f"id={FOREIGN_FILE}"), "NOT_FOUND"),
    Row("X01 its photo, the other way round",
        get(IMAGE, f"id={FILE}", token=LOW), "NOT_FOUND"),
    Row("X01 its photo without a token",
        get(IMAGE, f"id={FILE}", token=None), "INVALID_TOKEN", "token"),
    Row("X01 a contact is no photo", get(IMAGE, f"id={PICTURED}"),
        "NOT_FOUND"),
    Row("X02 by its number", by_number(NUMBER, TOKEN), "NOT_FOUND", WHICH),
    Row("X02 a number that both have", by_number("142536", TOKEN),
        after=is_own),
    Row("X05 by its number", by_number(SECRET_NUMBER, LOW), "NOT_FOUND",
        WHICH),
    *[Row(f"X02 list by {name}", get(LIST, f"{name}={text}"), after=is_empty)
      for name, text in (("id_number", NUMBER), ("email_address", EMAIL),
                         ("phone_number", PHONE))],
    *[Row(f"X05 list by {name}", get(LIST, f"{name}={text}", token=LOW),
          after=is_empty)
      for name, text in (("id_number", SECRET_NUMBER),
                         ("email_address", SECRET_EMAIL))],
    *[Row(f"X04 list by {name}", get(LIST, f"{name}=8"), "MISSING_PARAMETER")
      for name in ("privacy_level", "first_name", "organisation_id",
                   "last_name", "document")],
    Row("X05 a level above the own", send(CREATE, person(
        privacy_level_identifier={"id": CONFIDENTIAL}), token=LOW),
        "INVALID_PARAMETER", "privacy_level_identifier"),
    *[Row(f"X03 {name}", create(**{name: {"name": text}}),
          "UNKNOWN_REFERENCE", name) for name, text in (
        ("owned_by_group_identifier", "Other Group"),
        ("category_identifier", "CC"))],
    Row("X03 an industry of the others", send(CREATE, person(
        demographics={"industry_identifier": {"name": "Marketing"}}),
        token=LOW), "UNKNOWN_REFERENCE",
        "demographics.industry_identifier"),
    Row("X03 an element of the others", update(PICTURED, address_set=[
        {"action": "REMOVE", "address_identifier": {"id": FOREIGN_ELEMENT}}]),
        "NOT_FOUND", "address_set[0]"),
    Row("X03 a relation of nobody", update(PLAIN, relation_set=[
        {"action": "REMOVE", "relation_identifier": {"id": ELEMENT}}]),
        "NOT_FOUND", "relation_set[0]"),
    *[Row(f"X07 Host: {host}", request(
        "GET", f"{SHOW}?{WHICH}=id={PLAIN}&token={TOKEN}",
        host=host), after=is_plain) for host in HOSTS],
    *[Row(f"X07 Host: {host!r}", request(
        "GET", VIEW, (f"Host: {host}",), host=None), (400,), closes=True)
      for host in BAD_HOSTS],
    Row("X07 no Host", request("GET", VIEW, host=None), (400,), closes=True),
    Row("X07 two Hosts", request("GET", VIEW, ("Host: y",)), (400,),
        closes=True),
    Row("X07 absolute URL", request(
        "GET", f"http://other{SHOW}?{WHICH}=id={PLAIN}"
        f"&token={TOKEN}"), after=is_plain),
    Row("X10 the id of another in the body", send(UPDATE, {
        WHICH: {"id": PICTURED}, "id": FOREIGN, "contact_id": FOREIGN,
        "floor": 1}), writes=CONTACT,
        after=lambda world, data: world.is_pictured(data)),
]
