# SPDX-License-Identifier: Apache-2.0
"""Section 2: JSON bodies, apart from what stands in text fields."""

from table import (CONTACT, CREATE, ELEMENT, FOREIGN, FOREIGN_ELEMENT,
                   PICTURED, PLAIN, REMOVE, TOKEN, TWINS, WHICH, Row, create,
                   encoded, post, remove, send, shown, update)

HALF = f'{{"token":"{TOKEN}","type":"PERSON","last_name":"T","first_name":'
NO_OBJECTS = ["", " \t\r\n", "null", "[]", '"x"', "1", "true"]
BEHIND = ["x", "}", "{}", "[]", "\0", '{"token":"x"}', ",", "null"]
SURROGATES = ["\\ud800", "\\udc00", "\\ud800\\u0041", "\\udfff\\ud800"]
BAD_UTF8 = [b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xfe",
            b"\xe2\x82", b"\x80"]
NO_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "0x10", "01",
              "1.", ".5", "+1", "1e", "--1", "1_000", "9" * 400,
              "9223372036854775808", "-9223372036854775809"]
NUMBERS = [("1e-999", 0), ("-0", 0), ("5e-324", 5e-324), ("1E+2", 100),
           ("1." + "1" * 400, 1.1111111111111112), ("-1e-5", -1e-5)]
TOO_WIDE = [2**31, 2**32, 2**53 + 1, 2**63 - 1, -2**31 - 1]
NO_INTEGERS = [2.0, 2.5, "2.0", " 2", "2x", "", "0x2", True, [2], {"a": 2},
               "٢", "9" * 400]
NO_TEXTS = [0, 1.5, True, False, [], ["x"], {}, {"x": "y"}]
# identifiers in JSON; what is no string is not compared with anything
NO_IDENTIFIERS = [
    ("{}", "INVALID_IDENTIFIER"), ("null", "MISSING_PARAMETER"),
    ('""', "MISSING_PARAMETER"), ("[]", "INVALID_IDENTIFIER"),
    ('{"id":null}', "INVALID_IDENTIFIER"), ('{"id":{}}', "INVALID_IDENTIFIER"),
    ('{"id":0}', "INVALID_IDENTIFIER"), ('{"id":true}', "INVALID_IDENTIFIER"),
    ('{"id":["%s"]}' % PLAIN, "INVALID_IDENTIFIER"),
    ('{"id":""}', "INVALID_IDENTIFIER"), ('{"id":" "}', "INVALID_IDENTIFIER"),
    ('{"id":"%s","id_number":"1"}' % PLAIN, "INVALID_IDENTIFIER"),
    ('{"name":"At Tack"}', "INVALID_IDENTIFIER"),
    ('{"contact_seq":"1"}', "INVALID_IDENTIFIER"),
    ('{"__proto__":{"id":"%s"}}' % PLAIN, "INVALID_IDENTIFIER"),
    ('"%s"' % PLAIN, "INVALID_IDENTIFIER"), ("1", "INVALID_IDENTIFIER"),
    ('{"id_number":"%s"}' % TWINS, "AMBIGUOUS_IDENTIFIER"),
    ('{"id":"%s"}' % PLAIN.lower(), "NOT_FOUND"),
    ('{"id":" %s"}' % PLAIN, "NOT_FOUND"),
    ('{"id":"%s "}' % PLAIN, "NOT_FOUND"),
    ('{"id":"%s"}' % PLAIN[:-1], "NOT_FOUND"),
    ('{"id":"%s0"}' % PLAIN, "NOT_FOUND"),
    ('{"id":"%s\\u0000"}' % PLAIN, "INVALID_REQUEST"),
    ('{"id":"%s\\r\\n"}' % PLAIN, "INVALID_PARAMETER"),
    ('{"id":"' + "３" * 32 + '"}', "NOT_FOUND"),
    ('{"id":"%"}', "NOT_FOUND"), ('{"id":"' + "_" * 31 + '"}', "NOT_FOUND"),
    ('{"id":"' + "x" * 100000 + '"}', "NOT_FOUND"),
]
DAYS = [("day only", {"day": 1}), ("year only", {"year": 2000}),
        ("31 February", {"day": 31, "month": 2, "year": 2000}),
        ("29 February", {"day": 29, "month": 2, "year": 1900}),
        ("year 0", {"day": 1, "month": 1, "year": 0}),
        ("year 999", {"day": 1, "month": 1, "year": 999}),
        ("year -1", {"day": 1, "month": 1, "year": -1}),
        ("year 10000", {"day": 1, "month": 1, "year": 10000}),
        ("month 0", {"day": 1, "month": 0, "year": 2000}),
        ("day 32", {"day": 32, "month": 1, "year": 2000}),
        ("half a day", {"day": 1.5, "month": 1, "year": 2000}),
        ("words", {"day": "first", "month": "May", "year": "2000"}),
        ("text", "2000-01-01"), ("array", [1, 1, 2000]), ("number", 20000101),
        ("wide", {"day": 2**32 + 1, "month": 1, "year": 2000})]
DATES = ["2023-02-29T00:00:00", "1900-02-29T00:00:00", "0000-00-00T00:00:00",
         "0000-01-01T00:00:00", "0999-01-01T00:00:00", "2014-13-01T00:00:00",
         "2014-05-05T24:00:00", "2014-05-05T23:59:60", "2014-05-05T00:00:00Z",
         "2014-05-05T00:00:00+14:00", "2014-05-05", "2014-05-05 00:00:00",
         "14-5-5", "20140505", "2014^05^05 1*2*3", "2014-05-05T00:00:00.5",
         "2014-05-05t00:00:00", " 2014-05-05T00:00:00", "9" * 10000, "",
         "٢٠١٤-05-05T00:00:00", 20140505, True, {"day": 1}]
ADDRESS = {"type": "HOME", "street_name": "A"}
ACTIONS = [
    ("unknown", {"action": "DROP"}, "INVALID_PARAMETER", "[0].action"),
    ("a number", {"action": 1}, "INVALID_PARAMETER", "[0].action"),
    ("none", {**ADDRESS}, "MISSING_PARAMETER", "[0].action"),
    ("null", {"action": None, **ADDRESS}, "MISSING_PARAMETER", "[0].action"),
    ("update of nothing", {"action": "UPDATE", "floor": 1},
     "MISSING_PARAMETER", "address_identifier"),
    ("remove of nothing", {"action": "REMOVE"}, "MISSING_PARAMETER",
     "address_identifier"),
    ("of another contact",
     {"action": "REMOVE", "address_identifier": {"id": ELEMENT}},
     "NOT_FOUND", "address_set[0]"),
    ("of another organisation",
     {"action": "UPDATE", "address_identifier": {"id": FOREIGN_ELEMENT},
      "floor": 1}, "NOT_FOUND", "address_set[0]"),
    ("no object", 5, "INVALID_PARAMETER", "[0]"),
]
FORGED = {
    "id": FOREIGN, "contact_id": FOREIGN, "contact_seq": 1, "version": 99,
    "organisation_id": 2, "life_cycle_state": "FINANCIAL", "state": "Inactive",
    "name": "Forged", "organizational_unit": 5, "document": "{}",
    "created_by_user": {"id": "1"}, "created_date": "1999-01-01T00:00:00",
    "log_information": {"created_date": "1999-01-01T00:00:00",
                        "created_by_user": {"id": "1"}},
    "authorization_settings": {"send_direct_marketing_material": True},
    "privacy_level": {"id": "x"}, "owned_by_group": {"id": "x"},
}
OF_OTHERS = {
    "owned_by_group_identifier": {"id": "7342521A3276B064BBF3F800197C1072"},
    "privacy_level_identifier": {"id": "B7A4E22410A762FAB857A840075F09DA"},
    "category_identifier": {"id": "691411EDAD5B6058CC0EB8B674B71914"},
}


def value(text):
    """A creation with this as the first name."""
    return post(CREATE, encoded(HALF) + encoded(text) + b"}")


def number(text):
    """A creation with this as a number."""
    return post(CREATE, HALF + f'"F","udf_float_1":{text}}}')


def not_forged(world, data):
    contact = world.api.show(data["id"])
    assert data["id"] != world.values[FOREIGN]
    assert contact["name"] == "At Tack"
    assert contact["life_cycle_state"] == "MARKETING"
    assert contact["organizational_unit"] == 0
    assert contact["privacy_level"] is None
    assert contact["owned_by_group"]["alternative_code"] == "MG1"
    settings = contact["authorization_settings"]
    assert settings["send_direct_marketing_material"] is False
    log = contact["log_information"]
    assert log["created_by_user"]["username"] == "demo"
    assert log["created_date"] > "2000"


def deep(opening, depth, closing):
    return f'"x":{opening * depth}{closing * depth},'


ROWS = [
    *[Row(f"J01 {text!r}", post(CREATE, text), "INVALID_REQUEST")
      for text in NO_OBJECTS],
    *[Row(f"J03 {text!r}",
          post(CREATE, encoded(HALF) + b'"F"}' + encoded(text)),
          "INVALID_REQUEST") for text in BEHIND],
    Row("J04 arrays 2,000 deep", remove(deep("[", 2000, "]"))),
    Row("J04 arrays 2,048 deep", remove(deep("[", 2048, "]")),
        "INVALID_REQUEST"),
    Row("J04 arrays 100,000 deep", remove(deep("[", 100000, "]")),
        "INVALID_REQUEST"),
    Row("J04 objects 2,048 deep",
        remove('"x":' + '{"a":' * 2048 + "1" + "}" * 2048 + ","),
        "INVALID_REQUEST"),
    Row("J04 200,000 brackets", post(CREATE, "[" * 200000),
        "INVALID_REQUEST"),
    Row("J04 deep where an object is", create(demographics=[[[[]]]]),
        "INVALID_PARAMETER", "demographics"),
    Row("J05 50,000 objects", remove('"x":[' + "{}," * 50000 + "{}],")),
    Row("J05 85,000 objects alone",
        post(CREATE, "[" + "{}," * 85000 + "{}]"), "INVALID_REQUEST"),
    Row("J06 20,000 keys",
        remove("".join(f'"{i}":0,' for i in range(20000)))),
    Row("J06 one key 30,000 times", remove('"a":0,' * 30000)),
    Row("J07 a key of 200 KiB", remove(f'"{"k" * 204800}":0,')),
    Row("J07 a name of 200 KiB", create(first_name="x" * 204800),
        "INVALID_PARAMETER", "first_name"),
    Row("J07 an unknown value of 200 KiB",
        remove(f'"x":"{"k" * 204800}",')),
    Row("J07 a member's name of 200 KiB inside an identifier",
        remove("", '{"%s":"1"}' % ("k" * 204800)), "INVALID_IDENTIFIER"),
    Row("J08 the last token counts", remove('"token":"x",')),
    Row("J08 also when it is the bad one",
        post(REMOVE, f'{{"token":"{TOKEN}","{WHICH}":{{"id":"{PLAIN}"}},'
             f'"token":"{"0" * 32}"}}'), "INVALID_TOKEN"),
    Row("J08 the last identifier counts",
        remove(f'"{WHICH}":{{"id":"{FOREIGN}"}},')),
    Row("J09 NUL in a value", value('"a\\u0000b"'), "INVALID_REQUEST"),
    Row("J09 NUL in a key", remove('"a\\u0000b":1,'), "INVALID_REQUEST"),
    Row("J09 NUL as a byte", value(b'"a\0b"'), "INVALID_REQUEST"),
    *[Row(f"J10 {text}", value(f'"{text}"'), "INVALID_REQUEST")
      for text in SURROGATES],
    *[Row(f"J11 {text} in a value", value(b'"' + text + b'"'),
          "INVALID_REQUEST") for text in BAD_UTF8],
    *[Row(f"J11 {text} in a key", remove(b'"' + text + b'":1,'),
          "INVALID_REQUEST") for text in BAD_UTF8],
    *[Row(f"J12 {coding}",
          post(CREATE, (HALF + '"F"}').encode(coding)), "INVALID_REQUEST")
      for coding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32",
                     "utf-32-be", "utf-8-sig")],
    *[Row(f"J13 {text[:20]}", number(text), "INVALID_REQUEST")
      for text in NO_NUMBERS],
    *[Row(f"J14 {text[:20]}", number(text), writes=CONTACT,
          after=shown(udf_float_1=expected)) for text, expected in NUMBERS],
    *[Row(f"J15 {number} as a floor",
          create(address_set=[{**ADDRESS, "floor": number}]),
          "INVALID_PARAMETER", "address_set[0].floor") for number in TOO_WIDE],
    *[Row(f"J15 {number} as {name}",
          send(CREATE, {"type": "COMPANY", "company_name": "C",
                        "company_profile": {name: number}}),
          "INVALID_PARAMETER", f"company_profile.{name}")
      for number in TOO_WIDE
      for name in ("profile_year", "number_of_employees")],
    *[Row(f"J16 {number!r:.20}",
          create(address_set=[{**ADDRESS, "floor": number}]),
          "INVALID_PARAMETER", "address_set[0].floor")
      for number in NO_INTEGERS],
    *[Row(f"J17 {text}", create(title=text), "INVALID_PARAMETER", "title")
      for text in NO_TEXTS],
    Row("J17 every type at once", send(CREATE, {
        "type": 1, "first_name": [], "last_name": {}, "address_set": {},
        "email_set": "x", "phone_set": 5, "udf_date_1": 5,
        "udf_float_1": True, "demographics": "x", "preferred_language": 1}),
        "INVALID_PARAMETER", "type"),
    *[Row(f"J18-J20 {text[:40]}", remove("", text), code,
          "" if code == "INVALID_REQUEST" else WHICH)
      for text, code in NO_IDENTIFIERS],
    *[Row(f"J27 {text!r:.40}", create(udf_date_1=text), "INVALID_PARAMETER",
          "udf_date_1") for text in DATES],
    *[Row(f"J28 {name}", create(demographics={"date_of_birth": text}),
          "INVALID_PARAMETER", "demographics.date_of_birth")
      for name, text in DAYS],
    Row("J29 29 February",
        create(demographics={"name_day": {"day": 29, "month": 2}}),
        writes=CONTACT),
    Row("J29 30 February",
        create(demographics={"name_day": {"day": 30, "month": 2}}),
        "INVALID_PARAMETER", "demographics.name_day"),
    *[Row(f"J30 {name}", update(address_set=[element]), code, path)
      for name, element, code, path in ACTIONS],
    Row("J30 a good one before a bad one", update(PICTURED, notes="n",
        address_set=[{"action": "ADD", "type": "CUSTOM5", "street_name": "A"},
                     {"action": "REMOVE", "address_identifier": {"id": "x"}}]),
        "NOT_FOUND", "address_set[1]"),
    Row("J31 51 addresses", create(address_set=[ADDRESS] * 51),
        "INVALID_PARAMETER", "address_set"),
    Row("J31 5,000 e-mails", create(email_set=[
        {"type": "PERSONAL", "email_address": "a@b.c"}] * 4000),
        "INVALID_PARAMETER", "email_set"),
    Row("J31 201 relations", create(relation_set=[
        {"type": "FRIEND", WHICH: {"id": PLAIN}}] * 201),
        "INVALID_PARAMETER", "relation_set"),
    Row("J32 to itself", update(relation_set=[
        {"action": "ADD", "type": "FRIEND", WHICH: {"id": PLAIN}}]),
        "INVALID_PARAMETER", "relation_set[0]"),
    *[Row(f"J32 to {name}", create(relation_set=[
        {"type": "FRIEND", WHICH: {"id": contact}}]),
          "UNKNOWN_REFERENCE", f"relation_set[0].{WHICH}")
      for name, contact in (("another organisation's", FOREIGN),
                            ("nobody", "0" * 32))],
    Row("J32 to several", create(relation_set=[
        {"type": "FRIEND", WHICH: {"id_number": TWINS}}]),
        "AMBIGUOUS_IDENTIFIER", "relation_set[0]"),
    *[Row(f"J33 {name} of others", create(**{name: which}),
          "UNKNOWN_REFERENCE", name) for name, which in OF_OTHERS.items()],
    Row("J33 what is not the client's", create(**FORGED), writes=CONTACT,
        after=not_forged),
    Row("J33 on update", update(PICTURED, **FORGED), writes=CONTACT,
        after=lambda world, data: world.is_pictured(data)),
    Row("J33 a country by all its names", create(address_set=[
        {**ADDRESS, "country_identifier": {"id": "181", "name": "CYPRUS"}}]),
        "INVALID_IDENTIFIER", "address_set[0].country_identifier"),
]
