# SPDX-License-Identifier: Apache-2.0
"""contact_information/update: what it changes, and what it leaves alone."""

import concurrent.futures

import pytest

from harness import envelope

UPDATE = "contact_information/update"
CREATE = "contact_information/create"


@pytest.fixture
def contact(api):
    """The id of a person with one phone, one e-mail and two addresses."""
    return envelope(api.post(CREATE, {
        "type": "PERSON", "first_name": "Ada", "last_name": "Byron",
        "udf_string_1": "one", "notes": "first",
        "demographics": {"gender": "FEMALE", "id_number": "U1"},
        "phone_set": [{"type": "MOBILE", "number": "99 111",
                       "country_identifier": {"id": "181"}}],
        "email_set": [{"type": "PERSONAL", "email_address": "Ada@Example.org"}],
        "address_set": [{"type": "HOME", "street_name": "A", "floor": 1},
                        {"type": "BUSINESS", "street_name": "B"}],
    }))["id"]


def update(api, contact, **members):
    return api.post(UPDATE, {
        "contact_information_identifier": {"id": contact}, **members})


def test_absent_null_and_value_are_told_apart(api, contact):
    data = envelope(update(api, contact, udf_string_1=None, udf_float_1="12.5",
                           demographics={"gender": None,
                                         "passport_number": "P1"}))
    assert data["udf_string_1"] is None
    assert data["udf_float_1"] == 12.5
    assert data["notes"] == "first"
    assert data["demographics"]["gender"] is None
    assert data["demographics"]["id_number"] == "U1"
    assert data["demographics"]["passport_number"] == "P1"
    assert data == api.show(contact)


def test_null_clears_a_whole_object_and_leaves_a_set(api, contact):
    data = envelope(update(api, contact, demographics=None, email_set=None))
    assert data["demographics"]["id_number"] is None
    assert len(data["emails_set"]) == 1
    assert data == api.show(contact)


def test_elements_are_edited_in_order(api, contact):
    before = api.show(contact)
    home = before["addresses_set"][0]["id"]
    data = envelope(update(api, contact, address_set=[
        {"action": "REMOVE", "address_identifier": {"type": "business"}},
        {"action": "update", "address_identifier": {"id": home},
         "floor": None, "town_city": "Paphos"},
        {"action": "Add", "type": "BUSINESS", "street_name": "C"},
    ]))
    streets = [a["street_name"] for a in data["addresses_set"]]
    assert streets == ["A", "C"]
    assert data["addresses_set"][0]["floor"] is None
    assert data["addresses_set"][0]["town_city"] == "Paphos"
    assert data == api.show(contact)


def test_a_country_that_changes_alone_brings_its_calling_code(api, contact):
    data = envelope(update(api, contact, phone_set=[
        {"action": "UPDATE", "phone_identifier": {"type": "MOBILE"},
         "country_identifier": {"id": "180"}}]))
    phone = data["phones_set"][0]
    assert (phone["area_code"], phone["full_number"]) == ("53", "005399 111")


@pytest.mark.parametrize("member, value, code, path", [
    ("first_name", None, "MISSING_PARAMETER", "first_name"),
    ("last_name", "  ", "MISSING_PARAMETER", "last_name"),
    ("company_name", "X", "INVALID_PARAMETER", "company_name"),
    ("owned_by_group_identifier", None, "MISSING_PARAMETER",
     "owned_by_group_identifier"),
    ("address_set", [{"type": "HOME", "street_name": "Z"}],
     "MISSING_PARAMETER", "address_set[0].action"),
    ("address_set", [{"action": "ADD", "type": "HOME", "street_name": "Z"}],
     "CONFLICT", "address_set[0].type"),
    ("address_set", [{"action": "UPDATE", "floor": 2}],
     "MISSING_PARAMETER", "address_set[0].address_identifier"),
    ("address_set", [{"action": "REMOVE",
                      "address_identifier": {"id": "nothing"}}],
     "NOT_FOUND", "address_set[0].address_identifier"),
    ("address_set", [{"action": "UPDATE", "type": "POBOX",
                      "address_identifier": {"type": "HOME"}}],
     "INVALID_PARAMETER", "address_set[0].type"),
    ("phone_set", [{"action": "UPDATE", "number": None,
                    "phone_identifier": {"type": "MOBILE"}}],
     "MISSING_PARAMETER", "phone_set[0].number"),
    ("relation_set", [{"action": "REMOVE",
                       "relation_identifier": {"id": "nothing"}}],
     "NOT_FOUND", "relation_set[0].relation_identifier"),
    ("udf_float_1", True, "INVALID_PARAMETER", "udf_float_1"),
])
def test_what_is_refused_changes_nothing(api, contact, member, value, code,
                                         path):
    before = api.show(contact)
    answer = update(api, contact, udf_string_2="changed", **{member: value})
    envelope(answer, code)
    assert path in answer.json()["status"]["description"]
    assert api.show(contact) == before


def test_relations_are_added_changed_and_removed(api, contact):
    other = envelope(api.post(CREATE, {"type": "COMPANY",
                                       "company_name": "Analytical"}))["id"]
    data = envelope(update(api, contact, relation_set=[
        {"action": "ADD", "type": "employer",
         "contact_information": {"id": other}}]))
    (relation,) = data["relation_set"]
    assert relation["type"] == "EMPLOYER"
    assert relation["contact"]["name"] == "Analytical"
    choice = {"id": relation["id"]}
    data = envelope(update(api, contact, relation_set=[
        {"action": "UPDATE", "relation_identifier": choice, "notes": "long"}]))
    assert data["relation_set"][0]["notes"] == "long"
    assert data["relation_set"][0]["type"] == "EMPLOYER"
    data = envelope(update(api, contact, relation_set=[
        {"action": "REMOVE", "relation_identifier": choice}]))
    assert data["relation_set"] == []


def test_a_contact_is_not_related_to_itself(api, contact):
    answer = update(api, contact, relation_set=[
        {"action": "ADD", "type": "FRIEND",
         "contact_information_identifier": {"id": contact}}])
    envelope(answer, "INVALID_PARAMETER")
    assert api.show(contact)["relation_set"] == []


def test_no_concurrent_change_is_lost(api, contact):
    def change(index):
        return envelope(update(api, contact,
                               **{f"udf_string_{index}": f"v{index}"}))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(1, 17)))
    shown = api.show(contact)
    assert [shown[f"udf_string_{i}"] for i in range(1, 17)] \
        == [f"v{i}" for i in range(1, 17)]


def test_another_organisation_finds_nothing(api, other, contact):
    before = api.show(contact)
    envelope(update(other, contact, notes="mine"), "NOT_FOUND")
    assert api.show(contact) == before
