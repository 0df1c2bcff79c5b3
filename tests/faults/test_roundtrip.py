# SPDX-License-Identifier: Apache-2.0
"""What was stored comes back as it was: dates, text, numbers."""

import calendar
import json
import os
import random
import re
import struct

import pytest

import values
from harness import Service, envelope

SOAK = os.environ.get("SOAK") == "1"
CREATE = values.CREATE
PERSON = values.PERSON
YEARS = [1000, 1582, 1899, 1900, 1970, 2000, 2038, 9999]
TOO_EARLY = [0, 1, 999]


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("roundtrip"), children=1)
    try:
        yield service.start().api().login()
    finally:
        service.clean()


# --- dates ---------------------------------------------------------------


def days(year):
    """All days that some year has, as (month, day)."""
    return [(month, day) for month in range(1, 13)
            for day in range(1, calendar.monthrange(2000, month)[1] + 1)]


def is_date(year, month, day):
    return (1000 <= year <= 9999 and 1 <= month <= 12
            and 1 <= day <= calendar.monthrange(year, month)[1])


@pytest.mark.parametrize("year", YEARS)
def test_each_day_of_the_calendar_comes_back(api, year):
    stamps = [f"{year:04}-{month:02}-{day:02}T23:59:59"
              for month, day in days(year) if is_date(year, month, day)]
    assert len(stamps) == 365 + calendar.isleap(year)
    for batch in values.batches(stamps, values.capacity("date")):
        assert values.store(api, "date", batch) == batch


@pytest.mark.parametrize("year", YEARS + TOO_EARLY)
def test_days_that_the_calendar_has_not_are_refused(api, year):
    wrong = [(2, 29)] if not is_date(year, 2, 29) else []
    wrong += [(0, 0), (0, 1), (1, 0), (2, 30), (4, 31), (6, 31), (9, 31),
              (11, 31), (12, 32), (13, 1), (2, 0), (99, 99)]
    if year in TOO_EARLY:
        wrong += days(year)
    stamps = [f"{year:04}-{month:02}-{day:02}T00:00:00"
              for month, day in wrong]
    for batch in values.batches(stamps, values.REFUSALS):
        assert values.refused(api, "date", batch) == set(range(len(batch)))


def mutate(source, stamp):
    """One to three characters are changed, put in or left out."""
    text = list(stamp)
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(text) + 1)
        new = source.choice("0123456789-:TtZz+. /^*eE\u0661\u00a0")
        text[at:at + source.randint(0, 1)] = source.choice(([new], []))
    return "".join(text)


FORM = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
                  r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
FOREIGN = ["14-5-5", "20140505", "2014^05^05 1*2*3", "2014-05-05",
           "2014-05-05 10:00:00", "2014-05-05T10:00:00Z",
           "2014-05-05T10:00:00+02:00", "2014-05-05T10:00:00.5",
           "2014-05-05T10:00", "2014-05-05T24:00:00", "2014-05-05T23:60:00",
           "2014-05-05T23:59:60", "2014-05-05T10:00:00 ", "now()", "0",
           "0000-00-00T00:00:00", "0000-01-01T00:00:00"]


def is_stamp(text):
    match = FORM.fullmatch(text)
    return bool(match) and is_date(*map(int, match.groups()[:3]))


def test_no_form_of_a_date_is_taken_but_ours(api):
    source = random.Random(57)
    stamps = FOREIGN + [
        mutate(source, f"{source.randint(1000, 9999)}-"
               f"{source.randint(1, 12):02}-{source.randint(1, 28):02}"
               f"T{source.randint(0, 23):02}:30:15") for _ in range(10000)]
    good = []
    # a blank date is no date, and not refused
    for batch in values.batches(filter(str.strip, stamps), values.REFUSALS):
        wrong = {i for i, stamp in enumerate(batch) if not is_stamp(stamp)}
        assert values.refused(api, "date", batch) == wrong
        good += filter(is_stamp, batch)
    assert len(good) > 100
    for batch in values.batches(good, values.capacity("date")):
        assert values.store(api, "date", batch) == batch


@pytest.mark.parametrize("given, expected", [
    ({"day": 29, "month": 2, "year": 2000}, True),
    ({"day": 29, "month": 2, "year": 1900}, False),
    ({"day": 31, "month": 12, "year": 9999}, True),
    ({"day": 1, "month": 1, "year": 999}, False),
    ({"day": 1, "month": 1}, False),
    ({"day": 1, "month": None, "year": 2000}, False),
    ({"day": 0, "month": 1, "year": 2000}, False),
    ({"day": None, "month": None, "year": None}, None),
    ({}, None),
])
def test_a_birth_date_is_whole_or_not_there(api, given, expected):
    check_part(api, "date_of_birth", given, expected,
               {"day": None, "month": None, "year": None})


@pytest.mark.parametrize("given, expected", [
    ({"day": 29, "month": 2}, True),
    ({"day": 30, "month": 2}, False),
    ({"day": 31, "month": 4}, False),
    ({"day": 5}, False),
    ({"day": None, "month": None}, None),
])
def test_a_name_day_needs_no_year(api, given, expected):
    check_part(api, "name_day", given, expected, {"day": None, "month": None})


def check_part(api, name, given, expected, unset):
    """expected is whether it is taken; None: as unset."""
    answer = api.post(CREATE, {**PERSON, "demographics": {name: given}})
    if expected is False:
        envelope(answer, "INVALID_PARAMETER")
        return
    shown = api.show(envelope(answer)["id"])["demographics"][name]
    assert shown == (given if expected else unset)


# --- text ----------------------------------------------------------------

# Refused are control characters: C0, DEL, C1; surrogates are no characters.
SCALARS = [c for c in range(0x20, 0x110000)
           if not 0x7f <= c <= 0x9f and not 0xd800 <= c <= 0xdfff]
LENGTH = 255


def text_of(code_points):
    """Not blank at its ends, so that a text of blanks alone is none."""
    return "." + "".join(map(chr, code_points)) + "."


def store_texts(api, texts, escaped):
    content = json.dumps({"token": api.token,
                          **values.body("string", texts)},
                         ensure_ascii=escaped).encode()
    made = envelope(api.http.post(CREATE, content=content))
    shown = api.show(made["id"])
    assert values.values_of("string", shown, len(texts)) == texts


def test_each_character_comes_back(api):
    texts = [text_of(chunk) for chunk in values.batches(SCALARS, LENGTH - 2)]
    assert sum(map(len, texts)) - 2 * len(texts) == 0x10ffff - 0x1f - 33 - 2048
    for batch in values.batches(texts, 200):
        store_texts(api, batch, escaped=False)


def test_each_escaped_character_comes_back(api):
    step = 1 if SOAK else 31
    texts = [text_of(chunk)
             for chunk in values.batches(SCALARS[::step], LENGTH - 2)]
    for batch in values.batches(texts, 64):
        store_texts(api, batch, escaped=True)


def test_each_control_character_is_refused(api):
    controls = [chr(c) for c in (*range(1, 0x20), *range(0x7f, 0xa0))]
    texts = [f"a{control}b" for control in controls]
    for batch in values.batches(texts, values.REFUSALS):
        assert values.refused(api, "string", batch) == set(range(len(batch)))
    for text in ("a\0b", "\0"):
        assert api.post(CREATE, {**PERSON, "title": text}).status_code == 400


HARD = "\u00e5\u0301\U0001f363\u200b\ufeff\u05d0\u202e'\"\\%_`;--\u0131\u0130"
TEXTS = ["title", "first_name", "middle_name", "last_name", "notes",
         "demographics.id_number", "demographics.passport_number",
         "demographics.social_security_number",
         *(f"address_set.{name}" for name in (
             "postal_code", "street_name", "street_number",
             "apartment_number", "area", "town_city", "district",
             "municipality", "po_box", "po_box_postal_code", "care_of")),
         "phone_set.number", "phone_set.notes", "email_set.notes"]
COMPANY_TEXTS = ["company_name", "company_profile.registration_number",
                 "company_profile.vat_registration_number",
                 "company_profile.vat_registered_by",
                 "company_profile.tax_reference_number"]


def with_text(body, path, text):
    """The body with a text at the path, elements in a list of one."""
    outer, _, inner = path.rpartition(".")
    if outer.endswith("_set"):
        kind = outer.removesuffix("_set")
        types, rest = values.SETS[kind]
        body.setdefault(outer, [{"type": types[0], **rest}])[0][inner] = text
    elif outer:
        body.setdefault(outer, {})[inner] = text
    else:
        body[inner] = text
    return body


def text_at(shown, path):
    outer, _, inner = path.rpartition(".")
    if outer.endswith("_set"):
        return shown[values.SHOWN[outer.removesuffix("_set")]][0][inner]
    return (shown[outer] if outer else shown)[inner]


@pytest.mark.parametrize("kind, paths", [("PERSON", TEXTS),
                                         ("COMPANY", COMPANY_TEXTS)])
def test_hard_text_comes_back_from_each_field(api, kind, paths):
    body = {"type": kind}
    for path in paths:
        with_text(body, path, HARD)
    shown = api.show(envelope(api.post(CREATE, body))["id"])
    assert {path: text_at(shown, path) for path in paths} == \
        {path: HARD for path in paths}


def test_line_breaks_come_back_from_notes_only(api):
    text = "a\tb\nc\r\nd"
    made = envelope(api.post(CREATE, {**PERSON, "notes": text}))["id"]
    assert api.show(made)["notes"] == text
    envelope(api.post(CREATE, {**PERSON, "title": text}), "INVALID_PARAMETER")


# --- numbers -------------------------------------------------------------

EDGES = [0.0, 0.1, 1e15, 1e16, 2.0**53 + 2, 16777217.0, 5e-324,
         2.2250738585072014e-308, 1.7976931348623157e308, -1.7e308, 1e-7,
         123456789.123456789, 1 / 3, 1e21, 1e22, 9007199254740993.0]


def random_doubles(count):
    source = random.Random(62)
    while count:
        number = struct.unpack("d", source.randbytes(8))[0]
        if number == number and abs(number) != float("inf"):
            count -= 1
            yield number


def digits(text):
    """How many significant digits a number is written with."""
    return len(re.sub(r"[eE].*|[-.]", "", text).strip("0"))


def bits(number):
    return struct.pack("d", number)


def test_each_double_comes_back_in_its_shortest_form(api):
    numbers = EDGES + list(random_doubles(200000 if SOAK else 10000))
    for batch in values.batches(numbers, values.capacity("float")):
        made = envelope(api.post(CREATE, values.body("float", batch)))["id"]
        answer = api.get("contact_information/show",
                         contact_information_identifier=f"id={made}")
        shown = json.loads(answer.content, parse_float=str, parse_int=str)
        texts = values.values_of("float", shown["data"], len(batch))
        assert [bits(float(text)) for text in texts] == [
            bits(number) for number in batch]
        assert [digits(text) for text in texts] == [
            digits(repr(number)) for number in batch]


def test_negative_zero_becomes_zero(api):
    (number,) = values.store(api, "float", [-0.0])
    assert (number, str(number)) == (0, "0")


@pytest.mark.parametrize("text, code", [
    ("NaN", "INVALID_REQUEST"), ("Infinity", "INVALID_REQUEST"),
    ("-Infinity", "INVALID_REQUEST"), ("1e999", "INVALID_REQUEST"),
    ("0x10", "INVALID_REQUEST"), (".5", "INVALID_REQUEST"),
    ("1.", "INVALID_REQUEST"), ("01", "INVALID_REQUEST"),
    ('"1e999"', "INVALID_PARAMETER"), ('"NaN"', "INVALID_PARAMETER"),
    ('"0x10"', "INVALID_PARAMETER"), ('"1,5"', "INVALID_PARAMETER"),
    ('" 1"', "INVALID_PARAMETER"), ('"1 "', "INVALID_PARAMETER"),
    ('"+1"', "INVALID_PARAMETER"), ('"01"', "INVALID_PARAMETER"),
])
def test_what_is_no_number_is_refused(api, text, code):
    content = (f'{{"token":"{api.token}","type":"PERSON","first_name":"N",'
               f'"last_name":"N","udf_float_1":{text}}}')
    envelope(api.http.post(CREATE, content=content.encode()), code)


@pytest.mark.parametrize("number, taken", [
    (2147483647, True), (-2147483648, True), ("2147483647", True),
    (0, True), (2147483648, False), (-2147483649, False), (2 ** 63, False),
    (2 ** 64 + 1, False), (1.5, False), (1.0, False), ("1.0", False),
    ("1e3", False), ("2147483648", False), ("99999999999999999999", False),
])
def test_an_integer_is_stored_or_refused_and_never_clamped(api, number,
                                                           taken):
    answer = api.post(CREATE, {**PERSON, "address_set": [
        {"type": "HOME", "street_name": "S", "floor": number}]})
    if not taken:
        assert answer.status_code == 400, answer.text
        return
    shown = api.show(envelope(answer)["id"])
    assert shown["addresses_set"][0]["floor"] == int(number)
