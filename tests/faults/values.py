# SPDX-License-Identifier: Apache-2.0
"""Many values in one contact, and a contact that has a bit of everything."""

import itertools
import re

from harness import envelope

CREATE = "contact_information/create"
CUSTOM = [f"CUSTOM{i}" for i in range(1, 6)]
SETS = {
    "address": (["HOME", "BUSINESS", "POBOX", *CUSTOM], {"street_name": "S"}),
    "phone": (["LANDLINE", "MOBILE", "FAX", *CUSTOM], {"number": "1"}),
    "email": (["PERSONAL", "BUSINESS", *CUSTOM], {"email_address": "a@b.c"}),
}
SHOWN = {"address": "addresses_set", "phone": "phones_set",
         "email": "emails_set"}
# How many user defined fields of a kind the contact and its elements have.
COUNTS = {
    "string": {"contact": 16, "address": 16, "phone": 8, "email": 8},
    "float": {"contact": 8, "address": 4, "phone": 4, "email": 4},
    "date": {"contact": 8, "address": 4, "phone": 4, "email": 4},
}
PERSON = {"type": "PERSON", "first_name": "V", "last_name": "Alues"}
# An answer names so many errors at most; one is the missing name's.
REFUSALS = 19


def places(kind):
    """(set, index, field) of each place for a value; set None: the contact
    itself."""
    counts = COUNTS[kind]
    found = [(None, 0, i) for i in range(counts["contact"])]
    for name, (types, _) in SETS.items():
        found += [(name, index, i) for index in range(len(types))
                  for i in range(counts[name])]
    return [(name, index, f"udf_{kind}_{i + 1}") for name, index, i in found]


def capacity(kind):
    return len(places(kind))


def body(kind, values):
    """A person with these values in its places, one after the other."""
    made = dict(PERSON)
    for (name, index, field), value in zip(places(kind), values):
        element = made
        if name:
            types, rest = SETS[name]
            elements = made.setdefault(f"{name}_set", [])
            while len(elements) <= index:
                elements.append({"type": types[len(elements)], **rest})
            element = elements[index]
        element[field] = value
    return made


def path_of(place):
    name, index, field = place
    return f"{name}_set[{index}].{field}" if name else field


def values_of(kind, shown, count):
    """The same values out of an answer."""
    return [(shown[SHOWN[name]][index] if name else shown)[field]
            for name, index, field in places(kind)[:count]]


def batches(values, size):
    values = iter(values)
    while batch := list(itertools.islice(values, size)):
        yield batch


def store(api, kind, values):
    """Store values, all of which are good; what comes back."""
    made = envelope(api.post(CREATE, body(kind, values)))
    return values_of(kind, api.show(made["id"]), len(values))


def refused(api, kind, values):
    """The indexes of those values that are refused; nothing is stored."""
    answer = api.post(CREATE, {**body(kind, values), "type": "PERSON",
                               "last_name": None})
    envelope(answer, "MISSING_PARAMETER")
    named = set(re.findall(r"([a-z_0-9\[\].]+): ",
                           answer.json()["status"]["description"]))
    return {i for i, place in enumerate(places(kind)[:len(values)])
            if path_of(place) in named}
