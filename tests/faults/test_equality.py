# SPDX-License-Identifier: Apache-2.0
"""What is equal is defined, and a value of another type is no match."""

import json
import uuid

import pytest

import values
from harness import Service, envelope
from images import TYPE, form, part, png

CREATE = values.CREATE
PERSON = values.PERSON
UPDATE = "contact_information/update"
SHOW = "contact_information/show"
LIST = "contact_information/list"
ADD = "contact_information/profile_photo/add"
IDENTIFIER = "contact_information_identifier"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    one = Service(tmp_path_factory.mktemp("equality"), children=1)
    try:
        yield one.start()
    finally:
        one.clean()


@pytest.fixture(scope="module")
def api(service):
    return service.api().login()


# --- near-twins ----------------------------------------------------------

# No two of these are the same bytes; some collation makes equal what stands
# in one line.
TWINS = [
    "admin", "Admin", "ADMIN", "admin ", "admin  ", " admin", "admin\u00a0",
    "\u00e0dmin", "a\u0300dmin", "adm\u0131n", "ADM\u0130N", "admi\u0148",
    "ad\u200bmin", "ad\u00admin", "ad\ufeffmin", "admin\u200d", "ad min",
    "\uff41\uff44\uff4d\uff49\uff4e", "\U0001d41bdmin", "\u0430dmin",
    "\U0001f363", "\U0001f37a", "\U0001f363\ufe0f", "\U0001f363\U0001f37a",
    "stra\u00dfe", "strasse", "STRASSE", "stra\u1e9ee", "stra\u017f\u017fe",
    "\u00c5", "\u212b", "A\u030a", "A", "a", "\u00aa", "\u0391", "\u0410",
    "K", "k", "\u212a", "\u00b5", "\u03bc", "\ufb01", "fi", "FI",
    "0", "00", "0.0", "-0", "+0", "0e0", "0x0", "1", "01", "1.0", "1e0",
    "\u0661", "\u00b9", "\u2460", "1 ", "1\u00a0", "514658236551391",
    "514658236551391ABCDEF", "5.14658236551391e14", "514658236551391.0",
    "null", "NULL", "true", "TRUE", "\\N", "%", "_", "%%", "a%", "a_", "*",
    "'", "''", '"', '""', "\\", "\\\\", "\\'", "' OR '1'='1", "a=b", "a==b",
    "=", "a&b", "a+b", "a;b", "a#b", "a?b", "a/b", "\u3042", "\u30a2",
    "\u3041", "\uff71", "\u0e01", "\u0e01\u0e31", "\u05d0", "\u0627",
    "\u202eadmin", "admin\u202c", "\u2028", "x\u2028", "x\u2029", "x\u3000",
    "x", "X", "\u0445", "\u00d7", "x\u0301", "x\ufffd", "\ufffd", "\uffff",
    "\U0010ffff", "\U000e0001", "\U000e0061", "\u0345", "\u03b9", "\u1fbe",
]
assert len(TWINS) == len(set(TWINS))

PERSON_KEYS = ["id_number", "passport_number", "social_security_number"]
COMPANY_KEYS = ["vat_registration_number", "registration_number"]


@pytest.mark.parametrize("field", PERSON_KEYS + COMPANY_KEYS)
def test_an_identity_number_is_found_by_its_bytes_only(api, field):
    rest, inner = ((PERSON, "demographics") if field in PERSON_KEYS else
                   ({"type": "COMPANY", "company_name": "C"},
                    "company_profile"))
    tail = uuid.uuid4().hex[:8]
    twins = TWINS if field in PERSON_KEYS[:1] else TWINS[::4]
    made = {}
    for twin in twins:
        for text in (twin, twin + tail, tail + twin):
            made[text] = envelope(api.post(CREATE, {
                **rest, inner: {field: text}}))["id"]
    assert len(made) == 3 * len(twins)
    for text, contact in made.items():
        found = envelope(api.get(SHOW, fields_set="id", **{
            IDENTIFIER: f"{field}={text}"}))
        assert found == {"id": contact}, text
        if field != "registration_number":  # no filter of list
            rows = envelope(api.get(LIST, fields_set="id", **{field: text}))
            assert rows == [{"id": contact}], text


EMAIL = "Ada.Lovelace@Example.org"


@pytest.mark.parametrize("twin, equal", [
    ("ada.lovelace@example.org", True), ("ADA.LOVELACE@EXAMPLE.ORG", True),
    (EMAIL, True), ("adalovelace@example.org", False),
    ("ada.lovelace+x@example.org", False), (EMAIL + ".", False),
    ("ada.lovelace@examp1e.org", False), ("\u00e0da.lovelace@example.org",
                                          False),
    ("ada.lovelace@example.or\u0261", False), ("%", False),
    ("ada_lovelace@example.org", False), ("ada.love\u200blace@example.org",
                                          False),
    ("ada.\u217covelace@example.org", False),
])
def test_an_email_is_found_in_any_case_of_ascii(api, twin, equal):
    mark = uuid.uuid4().hex
    made = envelope(api.post(CREATE, {**PERSON, "email_set": [
        {"type": "PERSONAL", "email_address": mark + EMAIL}]}))["id"]
    shown = api.show(made)["emails_set"][0]["email"]
    assert shown == mark + EMAIL
    answer = api.get(LIST, email_address=mark + twin, fields_set="id")
    assert envelope(answer) == ([{"id": made}] if equal else [])


@pytest.mark.parametrize("twin, equal", [
    ("{}", True), ("({})", True), ("357{}", True), ("+357 {}", True),
    ("00357{}", True), ("{}0", False), ("0{}", False), ("1357{}", False),
    ("0357{}", False), ("000357{}", False), ("-357-{}", True),
])
def test_a_phone_is_found_by_its_digits(api, twin, equal):
    digits = str(uuid.uuid4().int)[:16]
    made = envelope(api.post(CREATE, {**PERSON, "phone_set": [
        {"type": "MOBILE", "area_code": "357",
         "number": f"{digits[:4]}-{digits[4:9]} {digits[9:]}"}]}))["id"]
    rows = envelope(api.get(LIST, phone_number=twin.format(digits),
                            fields_set="id"))
    assert rows == ([{"id": made}] if equal else [])
    other = "".join(chr(0x660 + int(digit)) for digit in digits)
    assert envelope(api.get(LIST, phone_number=other)) == []


def twins_of(word):
    return [word.upper(), word.capitalize(), word + " ", " " + word,
            word + "\u200b", word.replace("o", "\u00f6"), word + "%",
            word[:-1] + "_", word.replace("e", "\u0435"), word[:-1], "0",
            word.translate({ord(c): ord(c) + 0xfee0 for c in word})]


@pytest.mark.parametrize("member", ["username", "organisation"])
def test_a_login_is_found_by_its_bytes_only(api, member):
    name = api.credentials()[member]
    for twin in {*twins_of(name.lower()), *twins_of(name)} - {name}:
        answer = api.http.post("authentication/token",
                               json=api.credentials(**{member: twin}))
        envelope(answer, "INVALID_CREDENTIALS")


@pytest.mark.parametrize("change", [
    str.lower, lambda token: token + " ", lambda token: " " + token,
    lambda token: token[:-1], lambda token: token + "0",
    lambda token: token + "\u200b",
    lambda token: token.replace("0", "\u0660", 1) + "\u0660"])
def test_a_token_is_found_by_its_bytes_only(service, change):
    api = service.api().login()
    while api.token == api.token.lower():
        api.login()
    api.token = change(api.token)
    envelope(api.post(CREATE, PERSON), "INVALID_TOKEN")


@pytest.mark.parametrize("member, value", [
    ("owned_by_group_identifier", {"name": "Main Group"}),
    ("privacy_level_identifier", {"number": "8"}),
    ("category_identifier", {"name": "Contact Category"}),
])
def test_a_reference_is_found_by_its_bytes_only(api, member, value):
    envelope(api.post(CREATE, {**PERSON, member: value}))
    ((name, text),) = value.items()
    for twin in set(twins_of(text)) - {text, ""}:
        answer = api.post(CREATE, {**PERSON, member: {name: twin}})
        envelope(answer, "UNKNOWN_REFERENCE")


# --- types ---------------------------------------------------------------

OTHERS = {"string": "x", "integer": 7, "real": 1.5, "true": True,
          "false": False, "empty array": [], "array": [1],
          "object": {"a": 1}, "huge": 2 ** 70}
# (object, field, how it is written in the request, what is taken)
FIELDS = [
    *((None, name, {"string"}) for name in (
        "title", "first_name", "middle_name", "last_name", "notes",
        "udf_string_1", "udf_string_16")),
    *((None, f"udf_float_{i}", {"integer", "real"})
      for i in (1, 8)),
    (None, "udf_date_1", set()), (None, "preferred_language", set()),
    (None, "type", set()),
    (None, "send_direct_marketing_material", {"true", "false"}),
    (None, "send_affiliate_marketing_material", {"true", "false"}),
    ("demographics", "gender", set()),
    # an object without a known member is unset
    ("demographics", "name_day", {"object"}),
    ("demographics", "date_of_birth", {"object"}),
    *(("demographics", name, {"string"}) for name in PERSON_KEYS),
    ("demographics", "industry_identifier", set()),
    ("demographics", "country_of_residence_identifier", set()),
    (None, "category_identifier", set()), (None, "demographics", {"object"}),
    (None, "address_set", {"empty array"}),
    (None, "phone_set", {"empty array"}),
    (None, "email_set", {"empty array"}),
    (None, "relation_set", {"empty array"}),
    ("company_profile", "profile_year", {"integer"}),
    ("company_profile", "annual_turnover", {"integer", "real"}),
    ("company_profile", "number_of_employees", {"integer"}),
    ("company_profile", "established_date", set()),
    *(("company_profile", name, {"string"}) for name in COMPANY_KEYS),
    ("address_set", "floor", {"integer"}),
    ("address_set", "street_name", {"string"}),
    ("address_set", "type", set()), ("address_set", "udf_date_4", set()),
    ("address_set", "country_identifier", set()),
    ("phone_set", "number", {"string"}), ("phone_set", "area_code",
                                          {"string"}),
    ("email_set", "email_address", set()), ("email_set", "notes",
                                            {"string"}),
]


def with_field(outer, name, value):
    rest = PERSON
    if outer == "company_profile":
        rest = {"type": "COMPANY", "company_name": "C"}
    if outer is None:
        return {**rest, name: value}
    if not outer.endswith("_set"):
        return {**rest, outer: {name: value}}
    types, element = values.SETS[outer.removesuffix("_set")]
    return {**rest, outer: [{"type": types[0], **element, name: value}]}


@pytest.mark.parametrize("outer, name, taken", FIELDS)
def test_a_value_of_another_type_is_refused(api, outer, name, taken):
    for kind, value in OTHERS.items():
        answer = api.http.post(CREATE, content=json.dumps({
            "token": api.token, **with_field(outer, name, value)}).encode())
        if kind in taken:
            envelope(answer)
        else:
            assert answer.status_code in (400, 422), (kind, answer.text)


@pytest.mark.parametrize("text, taken", [
    ("0", True), ("1", True), ("true", True), ("false", True),
    ("TRUE", False), ("yes", False), ("2", False), ("", None), ("1 ", False),
    (0, True), (1, True), (2, False), (-1, False), (1.0, False)])
def test_a_boolean_is_written_in_these_ways(api, text, taken):
    answer = api.post(CREATE, {**PERSON,
                               "send_direct_marketing_material": text})
    if taken is not None:
        envelope(answer, "OK" if taken else "INVALID_PARAMETER")


def test_no_lookup_matches_by_accident(service):
    """In an organisation whose contacts have no such numbers."""
    api = service.api("OTHER_").login()
    tail = uuid.uuid4().hex[:8].upper()
    text = "514658236551391" + tail
    made = envelope(api.post(CREATE, {**PERSON, "demographics": {
        "id_number": text}}))["id"]
    for value in ("514658236551391", "0", "00", "0.0", "1", "5", "%", "_",
                  made[:15], text.lower(), text + " ", "5" + "_" * 22):
        for field in ("id_number", "id"):
            answer = api.get(SHOW, **{IDENTIFIER: f"{field}={value}"})
            envelope(answer, "NOT_FOUND")
        assert envelope(api.get(LIST, id_number=value)) == []
    for value in (514658236551391, 0, 5.0, True, False, [text], {"a": text}):
        for field in ("id_number", "id"):
            answer = api.post(UPDATE, {IDENTIFIER: {field: value}})
            envelope(answer, "INVALID_IDENTIFIER")


# --- what the published requests contain ---------------------------------


def test_the_last_of_repeated_keys_counts(api):
    made = envelope(api.post_example(CREATE, "create-person.request.json"))
    shown = api.show(made["id"])
    assert shown["udf_string_8"] == "udf string 16"
    assert shown["addresses_set"][0]["udf_string_8"] == "udf string 16"


def test_a_key_with_a_trailing_blank_is_another_key(api):
    made = envelope(api.post(CREATE, {**PERSON, "title ": "T", "type ": "X",
                                      "udf_string_1": "a",
                                      "udf_string_1 ": "b"}))["id"]
    shown = api.show(made)
    assert (shown["title"], shown["udf_string_1"]) == (None, "a")


def test_an_identifier_is_a_form_field_with_an_equals_sign(api):
    made = envelope(api.post(CREATE, PERSON))["id"]
    answer = api.http.post(ADD, headers={"Content-Type": TYPE}, content=form(
        part("token", api.token), part(IDENTIFIER, f"id={made}"),
        part("unknown", "x"), part("file", png(), "a.png")))
    assert envelope(answer)["file_mime_type"] == "image/png"
    for choice in (f"id={made}", {"id": made}):
        envelope(api.post(UPDATE, {IDENTIFIER: choice, "notes": "n"}))
