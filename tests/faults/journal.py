# SPDX-License-Identifier: Apache-2.0
"""Writers that note what they do, and what must be true afterwards.

Journal  a file of intents and answers, each on the disk before it goes on
Writer   creates, changes and illustrates contacts of its own
verdict  the journal against the database: what is wrong, in words
"""

import collections
import hashlib
import json
import os
import threading
import time
import uuid

from images import png

# What an answer says of the effect.
DONE, NOT_DONE, UNKNOWN = "done", "not done", "unknown"

PHOTO_SIZES = 300, 70000, 140000


def is_open(answer):
    """It does not say whether the request had its effect."""
    return answer.status == 0 or answer.code == "OUTCOME_UNKNOWN"


def outcome(answer):
    if answer.ok:
        return DONE
    if is_open(answer):
        return UNKNOWN
    assert answer.code == "SERVICE_UNAVAILABLE", answer
    return NOT_DONE


class Journal:
    def __init__(self, path):
        self.path = path
        self.file = open(path, "xb", buffering=0)
        self.lock = threading.Lock()
        self.count = 0

    def write(self, **entry):
        self.file.write(json.dumps(entry).encode() + b"\n")
        os.fsync(self.file.fileno())

    def intend(self, **what):
        """Before a request is sent; the number of the intent."""
        with self.lock:
            self.count += 1
            number = self.count
        self.write(number=number, **what)
        return number

    def answer(self, number, result, **found):
        self.write(number=number, outcome=result, **found)

    def entries(self):
        """The intents in order, each with what is known of its outcome."""
        entries = {}
        with open(self.path) as file:
            for line in file:
                entry = json.loads(line)
                entries.setdefault(entry["number"],
                                   {"outcome": UNKNOWN}).update(entry)
        return [entries[number] for number in sorted(entries)]

    def tally(self):
        return collections.Counter(e["outcome"] for e in self.entries())


def photo_of(mark):
    """An image that belongs to a mark; its size depends on it, too."""
    size = PHOTO_SIZES[sum(mark.encode()) % len(PHOTO_SIZES)]
    return png(size, fill=mark.encode())


def digest(data):
    return data and hashlib.sha256(data).hexdigest()


class Writer:
    """run is a name that all contacts of a test carry. Each step is one
    request, and those with a key are repeated until they are answered."""

    STEPS = ("create", "update", "photo", "update", "photo", "unphoto",
             "update")

    def __init__(self, client, journal, run, patience=200):
        self.client = client
        self.journal = journal
        self.run = run
        self.patience = patience
        self.steps = 0
        self.contact = None
        self.created = None

    def members(self, mark, action):
        email = {"type": "PERSONAL", "email_address": f"{mark}@x.example"}
        if action == "UPDATE":
            email["email_identifier"] = {"type": "PERSONAL"}
            email["action"] = "UPDATE"
        return {"notes": mark, "udf_string_1": mark, "email_set": [email],
                "demographics": {"passport_number": mark}}

    def step(self):
        kind = self.STEPS[self.steps % len(self.STEPS)]
        self.steps += 1
        mark = uuid.uuid4().hex
        if kind != "create" and not self.contact:
            return
        if kind == "create":
            self.contact, self.created = None, mark
        number = self.journal.intend(kind=kind, mark=mark,
                                     created=self.created)
        answer = getattr(self, kind)(mark)
        result = outcome(answer)
        if (kind, result) == ("unphoto", NOT_DONE):
            # one statement without COMMIT, which is harmless to repeat
            result = UNKNOWN
        self.journal.answer(number, result)

    def insist(self, send):
        """Repeat with one key until it is answered. A refusal of the last try
        does not tell what an earlier one has done."""
        left_open = None
        for _ in range(self.patience):
            answer = send()
            if answer.ok:
                return answer
            if is_open(answer):
                left_open = answer
            assert answer.code in ("", "SERVICE_UNAVAILABLE",
                                   "OUTCOME_UNKNOWN", "CONFLICT"), answer
            time.sleep(0.05)
        return left_open or answer

    def create(self, mark):
        def send():
            return self.client.create(
                mark, last_name=self.run, udf_string_2=mark,
                **self.members(mark, "ADD"))

        answer = self.insist(send)
        self.contact = answer.data["id"] if answer.ok else None
        return answer

    def update(self, mark):
        return self.client.update(self.contact,
                                  **self.members(mark, "UPDATE"))

    def photo(self, mark):
        data = photo_of(mark)
        if sum(mark.encode()) % 2:
            return self.client.add_photo(self.contact, data)
        return self.insist(lambda: self.client.add_photo(self.contact, data,
                                                         mark))

    def unphoto(self, _):
        return self.client.remove_photo(self.contact)


def possible(first, entries):
    """The values that may be there after these, in order."""
    values = {first}
    for entry, value in entries:
        if entry["outcome"] == DONE:
            values = {value}
        elif entry["outcome"] == UNKNOWN:
            values.add(value)
    return values


def state(contact):
    """The mark of a contact, or the parts that do not agree."""
    emails = [e["email"] for e in contact["emails_set"]]
    marks = {contact["notes"], contact["udf_string_1"],
             contact["demographics"]["passport_number"],
             *(email.removesuffix("@x.example") for email in emails)}
    return marks.pop() if len(marks) == 1 and len(emails) == 1 else marks


def keys_of(db, run):
    rows = db.rows(
        "SELECT c.contact_id AS id, k.value AS value FROM contact c"
        " LEFT JOIN contact_key k USING (organisation_id, contact_seq)"
        f" WHERE c.last_name = '{run}'")
    keys = collections.defaultdict(set)
    for row in rows:
        keys[row["id"]].add(row["value"])
    return keys


def verdict(journal, client, db, run):
    """A list of what is wrong: lost, doubled, half written, phantom."""
    entries = journal.entries()
    keys = keys_of(db, run)
    contacts = {}
    found = collections.defaultdict(list)
    for contact in keys:
        answer = client.show(contact)
        assert answer.ok, answer
        contacts[contact] = answer.data
        found[answer.data["udf_string_2"]].append(contact)
    of_contact = collections.defaultdict(list)
    for entry in entries:
        of_contact[entry["created"]].append(entry)
    wrong = []
    for entry in entries:
        if entry["kind"] == "create":
            there = found.pop(entry["mark"], [])
            wrong += judge_create(entry, there)
            for contact in there:
                wrong += judge_contact(contacts[contact], keys[contact],
                                       of_contact[entry["mark"]], client)
    wrong += [f"phantom: {contact}" for contact in found]
    return wrong + list(judge_chunks(db))


def judge_create(entry, there):
    if len(there) > 1:
        yield f"doubled: {entry} is {there}"
    if entry["outcome"] == DONE and not there:
        yield f"lost: {entry}"
    if entry["outcome"] == NOT_DONE and there:
        yield f"phantom, said to be not done: {entry}"


def judge_contact(contact, keys, entries, client):
    mark = state(contact)
    changes = [(e, e["mark"]) for e in entries
               if e["kind"] in ("create", "update")]
    if not isinstance(mark, str) or keys != {f"{mark}@x.example"}:
        yield f"half written: {contact['id']}: {mark} {keys}"
    elif mark not in possible(changes[0][1], changes):
        yield f"lost change of {contact['id']}: {mark} in {entries}"
    photos = [(e, digest(photo_of(e["mark"])) if e["kind"] == "photo"
               else None) for e in entries if e["kind"].endswith("photo")]
    photo = digest(client.photo(contact["id"]))
    if photo not in possible(None, photos):
        yield f"photo of {contact['id']}: {photo} after {photos}"


def judge_chunks(db):
    """Photos without all of their bytes, bytes without a photo."""
    for row in db.rows(
            "SELECT file_id, p.size AS size, SUM(LENGTH(data)) AS stored"
            " FROM profile_photo p"
            " LEFT JOIN profile_photo_chunk USING (organisation_id, file_id)"
            " GROUP BY organisation_id, file_id"
            " HAVING stored IS NULL OR stored <> size"):
        yield f"half a photo: {row}"
    if db.value("SELECT COUNT(*) FROM profile_photo_chunk LEFT JOIN"
                " profile_photo p USING (organisation_id, file_id)"
                " WHERE p.file_id IS NULL") != "0":
        yield "chunks without a photo"
