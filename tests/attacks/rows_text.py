# SPDX-License-Identifier: Apache-2.0
"""Section 2: what may stand in a text field, and how much of it."""

from table import CONTACT, CREATE, KEYED, Row, create, send, shown

HARMLESS = [
    "' OR 1=1 -- ", '"; DROP TABLE contact; --', "\\' OR", "%bf%27", ")", "*/",
    "0x41", "${jndi:ldap://x/a}", "'; SELECT SLEEP(5) --", "`contact`", "\\",
    "\\\\", "\\0", "%", "_", "%s%n%x%p", "{0}", "{{7*7}}", "#{7*7}", "$(id)",
    "`id`", "| id", "../../etc/passwd", "NULL", "null", "undefined", "true",
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)", "<!--", "]]>", "&lt;", "<?php ?>", "=1+1",
    "@SUM(1)", "-1", "+1", "0", "00", "1e3", " leading", "trailing ",
    "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a" + "\u0301" * 90, "e\u0301", "\u00e9", "\u202eabc", "\ufeffabc",
    "\u200b", "\u2028", "\ufffd", "\ufffe", "\U0010ffff", "ﬁ", "İı", "ß",
    "\u0130", "テスト", "العربية", "\u0e33", "İSTANBUL", "\u00a0",
]
CONTROLS = ["\r\n", "\n", "\r", "\t", "\x01", "\x1b[31m", "\x7f", "\x85",
            "\x9b", "\b"]
EMAILS = ["a@x\r\nBcc: b@x", "a@x\nb", "a b@x.y", "a@", "@x", "a", "a@x@y",
          "<a@x.y>", "a@x..y", ".a@x.y", "a.@x.y", "a@-x.y", "a@x-.y",
          '"a"@x.y', "a@[127.0.0.1]", "x" * 65 + "@x.y", "a@" + "x" * 64,
          "a@" + ".".join(["x" * 63] * 4), "", " "]
# 1 to 4 bytes each
LETTERS = ["x", "\u00e9", "\u20ac", "\U0001f600"]

CONTACT_TEXTS = {"title": 50, "first_name": 100, "middle_name": 100,
                 "last_name": 100, "notes": 4000}
UDFS = {f"udf_string_{i}": 255 for i in range(1, 17)}
IDENTITIES = {"id_number": 50, "passport_number": 50,
              "social_security_number": 50}
ADDRESS_TEXTS = {"postal_code": 20, "street_name": 100, "street_number": 100,
                 "apartment_number": 100, "area": 100, "town_city": 100,
                 "district": 100, "municipality": 100, "po_box": 20,
                 "po_box_postal_code": 20, "care_of": 100}
PHONE_TEXTS = {"number": 40, "notes": 4000}
COMPANY_TEXTS = {"registration_number": 50, "vat_registration_number": 50,
                 "vat_registered_by": 100, "tax_reference_number": 50}


def filled(limits, letter, more=0):
    return {name: letter * (limit + more) for name, limit in limits.items()}


def everywhere(text):
    """A creation with this text in every kind of text, and its check."""
    wide = {name: text for name in ("title", "first_name", "middle_name",
                                    "last_name", "notes", "udf_string_16")}
    numbers = {name: text[:50] for name in IDENTITIES}
    street = {"street_name": text, "care_of": text, "udf_string_1": text}

    def check(world, data):
        contact = world.api.show(data["id"])
        assert {name: contact[name] for name in wide} == wide
        assert {name: contact["demographics"][name]
                for name in numbers} == numbers
        assert {name: contact["addresses_set"][0][name]
                for name in street} == street
    return create(**wide, demographics=numbers, address_set=[
        {"type": "HOME", **street}]), check


def stored(text):
    title = text[:50]
    request, check = everywhere(title if len(text) > 50 else text)
    return Row(f"J21-J25 {text[:12].encode('unicode_escape').decode()}",
               request, writes=CONTACT, after=check)


def address(**texts):
    return create(address_set=[{"type": "HOME", "street_name": "A", **texts}])


def phone(**texts):
    return create(phone_set=[{"type": "MOBILE", "number": "1", **texts}])


def company(**more):
    return send(CREATE, {"type": "COMPANY", **more})


def limits(letter):
    """As many characters as there may be, then one more in each field."""
    size = len(letter.encode())
    name = f"J26 {size} bytes"
    contact = {**filled(CONTACT_TEXTS, letter), **filled(UDFS, letter)}
    yield Row(f"{name}, contact", create(**contact), writes=CONTACT,
              after=shown(**contact))
    yield Row(f"{name}, company", company(
        company_name=letter * 200,
        company_profile=filled(COMPANY_TEXTS, letter)), writes=CONTACT)
    yield Row(f"{name}, address", address(**filled(ADDRESS_TEXTS, letter)),
              writes=CONTACT)
    yield Row(f"{name}, phone", phone(notes=letter * 4000), writes=KEYED)
    yield Row(f"{name}, identity", create(
        demographics=filled(IDENTITIES, letter)), writes=CONTACT)
    for field, limit in {**CONTACT_TEXTS, **UDFS}.items():
        yield Row(f"{name}, {field}", create(**{field: letter * (limit + 1)}),
                  "INVALID_PARAMETER", field)
    for field, limit in ADDRESS_TEXTS.items():
        yield Row(f"{name}, address {field}",
                  address(**{field: letter * (limit + 1)}),
                  "INVALID_PARAMETER", f"address_set[0].{field}")
    for field, limit in PHONE_TEXTS.items():
        yield Row(f"{name}, phone {field}",
                  phone(**{field: letter * (limit + 1)}),
                  "INVALID_PARAMETER", f"phone_set[0].{field}")
    for field, limit in IDENTITIES.items():
        yield Row(f"{name}, {field}",
                  create(demographics={field: letter * (limit + 1)}),
                  "INVALID_PARAMETER", f"demographics.{field}")
    for field, limit in COMPANY_TEXTS.items():
        yield Row(f"{name}, {field}", company(
            company_name="C", company_profile={field: letter * (limit + 1)}),
                  "INVALID_PARAMETER", f"company_profile.{field}")
    yield Row(f"{name}, company_name", company(company_name=letter * 201),
              "INVALID_PARAMETER", "company_name")


ROWS = [
    *map(stored, HARMLESS),
    *[Row(f"J23 {text!r} in a name", create(first_name=f"a{text}b"),
          "INVALID_PARAMETER", "first_name") for text in CONTROLS],
    *[Row(f"J23 {text!r} in notes", create(notes=f"a{text}b"), writes=CONTACT,
          after=shown(notes=f"a{text}b")) for text in CONTROLS[:4]],
    *[Row(f"J23 {text!r} in notes", create(notes=f"a{text}b"),
          "INVALID_PARAMETER", "notes") for text in CONTROLS[4:]],
    *[Row(f"J23 {text[:20]!r} as an e-mail", create(email_set=[
        {"type": "PERSONAL", "email_address": text}]),
          "INVALID_PARAMETER" if text.strip() else "MISSING_PARAMETER",
          "email_set[0].email_address") for text in EMAILS],
    *[row for letter in LETTERS for row in limits(letter)],
]
