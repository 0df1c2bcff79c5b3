# SPDX-License-Identifier: Apache-2.0
"""The benchmark's contacts: two addresses, phones and e-mails each, none to
two relations, user defined fields filled as in the published examples. The
same ones go into the module's schema and into that of the peers."""

import hashlib
import json

import layout

BATCH = 200
FIRST_NAMES = ("Louis", "Maria", "Andreas", "Eleni", "Marios", "Anna")
LAST_NAMES = ("Kozior", "Georgiou", "Lannister", "Kyriacou", "Doe", "Papas")
STRINGS = {f"udf_string_{i}": f"udf string {i}" for i in range(1, 9)}
FLOATS = {f"udf_float_{i}": 10 * i for i in range(1, 9)}
DATES = {f"udf_date_{i}": f"2014-{4 + i:02d}-05T15:49:59" for i in range(1, 5)}
FLOATS_4 = {name: FLOATS[name] for name in list(FLOATS)[:4]}


def identifier(kind, number):
    return hashlib.md5(f"{kind} {number}".encode()).hexdigest().upper()


def contact(n):
    """The columns of contact n that are text."""
    return {
        "id": identifier("contact", n), "type": "PERSON",
        "life_cycle_state": "MARKETING", "title": "Sir",
        "first_name": FIRST_NAMES[n % 6], "middle_name": "Aloz",
        "last_name": LAST_NAMES[n // 6 % 6], "id_number": f"AB{n}",
        "passport_number": f"CD{n}",
        "social_security_number": f"EF{n // layout.PAGE}",
    }


def address(n, i):
    return {
        "id": identifier("address", 2 * n + i),
        "type": ("HOME", "BUSINESS")[i], "state": "Active",
        "postal_code": "3020", "street_name": "Ilia Papakiriakou",
        "street_number": str(n % 200), "floor": 2, "apartment_number": "202",
        "area": "Plati", "town_city": "Aglanjia", "district": "Nicosia",
        "municipality": "Aglanjia", "country": "181", "po_box": "70022",
        "po_box_postal_code": "AG70022", "care_of": "Maria Kyriacou",
        **STRINGS, **FLOATS_4, **DATES,
    }


def phone(n, i):
    return {"id": identifier("phone", 2 * n + i),
            "type": ("LANDLINE", "MOBILE")[i], "state": "Active",
            "number": f"{22 + 77 * i}{n:06d}", "area_code": "357",
            "country": "181"}


def email(n, i):
    return {"id": identifier("email", 2 * n + i),
            "type": ("PERSONAL", "BUSINESS")[i], "state": "Active",
            "email": f"c{n}.{i}@example.com"}


def own_fields():
    """What a contact has in its document besides objects and sets."""
    return {"notes": "Family", **STRINGS, "udf_string_8": "udf string 16",
            **FLOATS, **DATES}


def document(n):
    """As the module writes it."""
    return json.dumps({
        "demographics": {
            "industry": layout.INDUSTRY,
            "industry_sector": layout.INDUSTRY_SECTOR, "gender": "FEMALE",
            "country_of_residence": "181", "id_issued_by_country": "181",
            "passport_issued_by_country": "209",
            "date_of_birth": {"day": 12, "month": 5, "year": 1981},
            "name_day": {"day": 18, "month": 8}},
        "addresses_set": [address(n, 0), address(n, 1)],
        "phones_set": [phone(n, 0), phone(n, 1)],
        "emails_set": [email(n, 0), email(n, 1)],
        **own_fields()}, separators=(",", ":"))


def relations(n):
    """The contacts that contact n is related to: none, one or two before."""
    return [n - 1 - i for i in range(n % 3) if n - 1 - i >= 0]


# --- SQL ---------------------------------------------------------------------

def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def rows(table, names, values):
    """Multi-row INSERTs of lists of values."""
    head = f"INSERT INTO {table} ({', '.join(names)}) VALUES\n"
    values = [f"({','.join(map(literal, row))})" for row in values]
    return head + ",\n".join(values) + ";\n"


MODULE_COLUMNS = list(contact(0))
MODULE_COLUMNS[0] = "contact_id"
FIXED = {
    "category_id": layout.CATEGORY, "owned_by_group_id": layout.GROUP,
    "privacy_level_id": layout.PRIVACY_LEVEL, "created_date": layout.CREATED,
    "created_by_user_id": layout.USER, "created_by_unit_id": layout.UNIT,
    "updated_date": layout.CREATED, "updated_by_user_id": layout.USER,
    "updated_by_unit_id": layout.UNIT,
}


def keys(n, seq):
    for i in (0, 1):
        number = phone(n, i)["number"]
        yield "EMAIL", email(n, i)["email"], seq
        for prefix in ("", "357", "00357"):
            yield "PHONE", prefix + number, seq


def module_batch(numbers, base):
    """Contact n gets contact_seq base + n."""
    org = layout.ORGANISATION
    yield rows("contact", ["contact_seq", "organisation_id"] + MODULE_COLUMNS
               + list(FIXED) + ["relation_count", "document"],
               ([base + n, org, *contact(n).values(), *FIXED.values(),
                 len(relations(n)), document(n)] for n in numbers))
    yield rows("contact_key", ["organisation_id", "kind", "value",
                               "contact_seq"],
               ([org, *key] for n in numbers for key in keys(n, base + n)))
    related = [[org, identifier("relation", f"{n} {other}"), base + n,
                "FAMILY_MEMBER", base + other]
               for n in numbers for other in relations(n)]
    if related:
        yield rows("contact_relation", ["organisation_id", "relation_id",
                                        "contact_seq", "type",
                                        "related_contact_seq"], related)


def peer_row(fields, references, values):
    """A row of the peers' schema: what the contact lacks is NULL."""
    return ([values.get(name) for name, _ in fields]
            + [target[1] for target in references.values()])


def peer_batch(numbers):
    yield rows("contact", layout.columns(layout.CONTACT, layout.REFERENCES),
               (peer_row(layout.CONTACT, layout.REFERENCES, {
                   "contact_seq": n + 1, **contact(n), **own_fields(),
                   "gender": "FEMALE", "date_of_birth": "1981-05-12",
                   "name_day": "08-18", "created_date": layout.CREATED,
                   "updated_date": layout.CREATED}) for n in numbers))
    for name, make in (("address", address), ("phone", phone),
                       ("email", email)):
        fields, references = layout.SETS[name]
        yield rows(name, ["contact_seq"] + layout.columns(fields, references),
                   ([n + 1] + peer_row(fields, references, full(make(n, i)))
                    for n in numbers for i in (0, 1)))
    related = [[n + 1, identifier("relation", f"{n} {other}"),
                "FAMILY_MEMBER", other + 1]
               for n in numbers for other in relations(n)]
    if related:
        yield rows("relation", ["contact_seq", "id", "type",
                                "related_contact_seq"], related)


def full(element):
    if "area_code" in element:
        element["full_number"] = "00" + element["area_code"] + element["number"]
    return element


def batches(begin, total, make):
    """What makes contacts begin to total - 1, a transaction a batch."""
    for first in range(begin, total, BATCH):
        yield "BEGIN;\n"
        yield from make(range(first, min(first + BATCH, total)))
        yield "COMMIT;\n"


# --- requests ----------------------------------------------------------------

def create_body():
    """The body of a create; the load generator replaces each @N@ by a number
    and @TOKEN@ by a token. References by id: the peers need no look-ups."""
    def sent(element, i):
        element = dict(element)
        del element["id"], element["state"]
        country = element.pop("country", None)
        if country:
            element["country_identifier"] = {"id": country}
        if "email" in element:
            element["email_address"] = f"n@N@.{i}@example.com"
            del element["email"]
        return element

    person = {name: value for name, value in contact(0).items()
              if name in ("type", "title", "first_name", "middle_name",
                          "last_name")}
    return json.dumps({
        "token": "@TOKEN@", **person, **own_fields(),
        "category_identifier": {"id": layout.CATEGORY},
        "owned_by_group_identifier": {"id": layout.GROUP},
        "privacy_level_identifier": {"id": layout.PRIVACY_LEVEL},
        "demographics": {
            "gender": "FEMALE", "id_number": "ID@N@",
            "passport_number": "PA@N@", "social_security_number": "SO@N@",
            "country_of_residence_identifier": {"id": "181"},
            "id_issued_by_country_identifier": {"id": "181"},
            "passport_issued_by_country_identifier": {"id": "209"},
            "industry_identifier": {"id": layout.INDUSTRY},
            "industry_sector_identifier": {"id": layout.INDUSTRY_SECTOR},
            "date_of_birth": {"day": 12, "month": 5, "year": 1981},
            "name_day": {"day": 18, "month": 8}},
        "address_set": [sent(address(0, i), i) for i in (0, 1)],
        "phone_set": [sent(phone(0, i), i) for i in (0, 1)],
        "email_set": [sent(email(0, i), i) for i in (0, 1)],
        "relation_set": [{"type": "FAMILY_MEMBER",
                          "contact_information_identifier": {"id": "@ID@"}}],
    })
