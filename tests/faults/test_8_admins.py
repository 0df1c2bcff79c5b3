# SPDX-License-Identifier: Apache-2.0
"""What administrators do to the database while the module runs: D07, D09,
D11, D13, D16 and D18 of the attack tables."""

import contextlib
import struct
import subprocess
import uuid

import pytest

from harness import eventually
from load import BASE, LIST, SOAK, at_once, bound
from packets import error
from rogue import packet

FOUND_ROWS = 2
ACCOUNT = "contactinfo"


def lines(site, tag="CI0003"):
    return [line for line in site.service.log.path.read_text().splitlines()
            if tag in line]


@pytest.fixture(scope="module")
def alone(the_site):
    """One child, which logs each failure, not one a second."""
    with the_site.configured("ContactInfoDBTimeout connect=1s deadline=4s\n"
                             "ContactInfoDBPool wait=1s\n"
                             "LogLevel contactinfo:debug\n"
                             "ContactInfoTokenCacheTTL 600s\n",
                             children=1) as site:
        yield site


@pytest.fixture(autouse=True)
def healed(alone):
    yield
    alone.proxy.set()
    alone.heals()


@contextlib.contextmanager
def changed(site, there, back):
    """The database is like that, for new connections too."""
    site.sql(there)
    try:
        site.proxy.cut()
        yield
    finally:
        site.sql(back)
        site.proxy.cut()


# --- D09: tables -------------------------------------------------------------

# Change, its reverse, what a create and a show answer, what the log names.
NO, YES = "SERVICE_UNAVAILABLE", "OK"
TABLES = {
    "a column is wider": (
        "ALTER TABLE contact MODIFY last_name VARCHAR(300)",
        "ALTER TABLE contact MODIFY last_name VARCHAR(100)", YES, YES, ""),
    "a column has another place": (
        "ALTER TABLE contact MODIFY title VARCHAR(50) FIRST",
        "ALTER TABLE contact MODIFY title VARCHAR(50) AFTER contact_id",
        YES, YES, ""),
    "a column has another name": (
        "ALTER TABLE contact RENAME COLUMN middle_name TO second_name",
        "ALTER TABLE contact RENAME COLUMN second_name TO middle_name",
        NO, NO, "middle_name"),
    "a table has another name": (
        "RENAME TABLE contact_relation TO relation",
        "RENAME TABLE relation TO contact_relation", YES, YES, ""),
    "a column more that has to have a value": (
        "ALTER TABLE contact ADD colour INT NOT NULL",
        "ALTER TABLE contact DROP colour", NO, YES, "colour"),
    "a column more that may be empty": (
        "ALTER TABLE contact ADD colour INT",
        "ALTER TABLE contact DROP colour", YES, YES, ""),
    "another collation": (
        "ALTER TABLE contact MODIFY middle_name VARCHAR(100) COLLATE"
        " utf8mb4_general_ci",
        "ALTER TABLE contact MODIFY middle_name VARCHAR(100) COLLATE"
        " utf8mb4_bin", YES, YES, ""),
    "a column of another type": (
        "ALTER TABLE contact ADD kept INT, RENAME COLUMN title TO title_kept,"
        " ADD title INT",
        "ALTER TABLE contact DROP title, RENAME COLUMN title_kept TO title,"
        " DROP kept", "INVALID_PARAMETER", NO, "changed a statement"),
    "another version": (
        "UPDATE schema_version SET compatible_from = 999, version = 999",
        "UPDATE schema_version SET compatible_from = {0}, version = {1}",
        None, None, "contactinfoctl migrate"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_was_changed_is_served_or_named(alone, name):
    """D09: 503 and a line that tells what is wrong, never garbage."""
    site, client = alone, alone.client()
    there, back, creates, shows, named = TABLES[name]
    back = back.format(*site.service.db.rows(
        "SELECT compatible_from AS c, version AS v FROM schema_version"
    )[0].values())
    contact = client.create(middle_name="M", title="T").data["id"]
    whole, before = client.show(contact), len(lines(site))
    with changed(site, there, back):
        made = client.create(middle_name="m", title="t")
        shown = client.show(contact)
        health = client.request("GET", BASE + "health")
        found = "\n".join(lines(site)[before:])
    if creates is None:
        assert health.code == NO, health
    else:
        assert (made.code, shown.code) == (creates, shows), (made, shown)
        assert shows == NO or shown.content == whole.content
    assert named in found
    assert client.show(contact).content == whole.content
    client.close()


def test_an_index_that_has_another_name_is_named(alone):
    """D09: statements that say which index to use."""
    site, client = alone, alone.client()
    other = client.create().data["id"]
    contact = client.create(relation_set=[
        {"type": "FRIEND", "contact_information_identifier": {"id": other}}
    ]).data["id"]
    whole, before = client.show(contact), len(lines(site))
    with changed(site, "ALTER TABLE contact_relation RENAME INDEX"
                       " contact_relation_contact TO renamed",
                 "ALTER TABLE contact_relation RENAME INDEX"
                 " renamed TO contact_relation_contact"):
        assert client.show(contact).code == NO
        assert client.show(other).ok
        assert "contact_relation_contact" in "\n".join(lines(site)[before:])
    assert client.show(contact).content == whole.content
    client.close()


# --- D11: the account --------------------------------------------------------

ACCOUNTS = {
    "may not update": (
        "REVOKE UPDATE ON contactinfo.contact FROM contactinfo",
        "GRANT UPDATE ON contactinfo.contact TO contactinfo", "check the acc"),
    "may not insert": (
        "REVOKE INSERT ON contactinfo.contact_key FROM contactinfo",
        "GRANT INSERT ON contactinfo.contact_key TO contactinfo",
        "check the acc"),
    "is locked": ("ALTER USER contactinfo ACCOUNT LOCK",
                  "ALTER USER contactinfo ACCOUNT UNLOCK", "locked"),
    "has too many connections": (
        "ALTER USER contactinfo WITH MAX_USER_CONNECTIONS 1",
        "ALTER USER contactinfo WITH MAX_USER_CONNECTIONS 0",
        "max_user_connections"),
    "may ask nothing": (
        "ALTER USER contactinfo WITH MAX_QUERIES_PER_HOUR 1",
        "ALTER USER contactinfo WITH MAX_QUERIES_PER_HOUR 0;"
        " FLUSH USER_RESOURCES", "max_queries_per_hour"),
}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_that_was_changed_is_named(alone, name):
    """D11: 503 at once, a line that tells, and it heals alone."""
    site, client = alone, alone.client()
    there, back, named = ACCOUNTS[name]
    contact, before = client.create().data["id"], len(lines(site))
    with changed(site, there, back):
        answers = at_once(4, lambda i: [
            site.client().update(contact, udf_string_1=str(i)) if i % 2 else
            site.client().create(email_set=[{
                "type": "PERSONAL", "email_address": "a@b.org"}])
            for _ in range(5)])
        answers = [a for some in answers for a in some]
        found = lines(site)[before:]
    refused = [a for a in answers if not a.ok]
    assert NO in {a.code for a in refused}, answers
    assert all(a.status < 500 or a.code == NO for a in refused), answers
    assert max(a.seconds for a in refused) < bound(2)
    assert any(named in line for line in found), found
    assert eventually(lambda: client.update(contact, notes="x").ok, 30)
    client.close()


def test_a_password_that_was_changed_while_connections_are_open(alone):
    """D11: they go on; new ones are refused, with a line that says so."""
    site, client = alone, alone.client()
    password = site.value("SELECT JSON_VALUE(priv, '$.authentication_string')"
                        " FROM mysql.global_priv WHERE user = 'contactinfo'")
    contact, before = client.create().data["id"], len(lines(site))
    site.sql("SET PASSWORD FOR contactinfo = PASSWORD('another')")
    try:
        assert client.show(contact).ok
        site.proxy.cut()
        assert client.show(contact).code == NO
        found = lines(site)[before:]
        assert any("1045" in line for line in found), found
    finally:
        site.sql(f"SET PASSWORD FOR contactinfo = '{password}'")
    if not SOAK:
        site.restart()  # it would try again within 5 s
    assert eventually(lambda: client.show(contact).ok, 30)
    client.close()


# --- D13: locks of others ----------------------------------------------------

@contextlib.contextmanager
def held(site, statement):
    """An outside session that has done that and does not commit."""
    other = subprocess.Popen(
        ["mariadb", "--no-defaults", "--unbuffered",
         "--socket=" + site.service.env["DB_SOCKET"], "contactinfo"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        other.stdin.write(f"START TRANSACTION; {statement}; SELECT 1;\n"
                          .encode())
        other.stdin.flush()
        other.stdout.readline()
        yield
    finally:
        other.communicate()


def test_a_lock_on_one_contact_is_felt_by_that_one_alone(alone):
    """D13: 503 within the deadline; everything else goes on."""
    site, client = alone, alone.client()
    locked, free = (client.create(notes="0").data["id"] for _ in range(2))
    key = site.service.db.rows("SELECT organisation_id AS o FROM contact"
                               f" WHERE contact_id = '{locked}'")[0]["o"]
    with held(site, f"SELECT * FROM contact WHERE organisation_id = {key}"
                    f" AND contact_id = '{locked}' FOR UPDATE"):
        def work(index):
            one = site.client()
            return [one.update(locked if index < 3 else free, notes="1")
                    for _ in range(1 if index < 3 else 10)]

        answers = at_once(4, work)
        shown = client.show(locked)
    waited = [a for some in answers[:3] for a in some]
    assert {a.code for a in waited} <= {NO, "CONFLICT"}, waited
    assert max(a.seconds for a in waited) < bound(4.5)
    assert all(a.ok and a.seconds < bound(1) for a in answers[3])
    assert shown.ok and shown.data["notes"] == "0"
    assert client.update(locked, notes="2").ok
    client.close()


# --- D16: a commit that fails without a word ---------------------------------

@pytest.mark.parametrize("happened", [True, False])
def test_a_commit_that_fails_without_a_text(alone, happened):
    """D16: error 1180 with nothing in it, as at the loss of a quorum: not
    called done unless it is, and the line of the log still tells."""
    site, client = alone, alone.client()
    name, before = uuid.uuid4().hex, len(lines(site))

    due = []

    def commit(session, data):
        """The first one is carried out, or not."""
        if data[4:] != b"\x03COMMIT" or due:
            return data
        due.append(session)
        return data if happened else packet(0, b"\x03ROLLBACK")

    def lose(session, data):
        if due == [session]:
            due.append(None)
            return error(data[3], 1180, "")
        return data

    site.proxy.set(rewrite=lose, rewrite_client=commit)
    answer = client.create(name, last_name=name)
    site.proxy.set()
    assert len(due) == 2
    stored = site.value("SELECT COUNT(*) FROM contact"
                        f" WHERE last_name = '{name}'")
    assert answer.ok or answer.code in (NO, "OUTCOME_UNKNOWN"), answer
    assert stored == "1" or not answer.ok and stored == "0"
    found = lines(site)[before:]
    assert answer.ok or any("1180" in line for line in found), found
    again = client.create(name, last_name=name)
    assert again.ok
    assert site.value("SELECT COUNT(*) FROM contact"
                      f" WHERE last_name = '{name}'") == "1"
    client.close()


# --- D07 and D18 -------------------------------------------------------------

@pytest.mark.parametrize("found_rows", [True, False])
def test_decisions_do_not_hang_on_how_rows_are_counted(alone, found_rows):
    """D07: the module asks for the rows found; a server that counts those
    that changed makes no difference."""
    site, client = alone, alone.client()
    asked = []

    def login(session, data):
        if session.ready or session.login:
            return data
        flags = struct.unpack("<I", data[4:8])[0]
        asked.append(flags & FOUND_ROWS)
        if not found_rows:
            flags &= ~FOUND_ROWS
        return data[:4] + struct.pack("<I", flags) + data[8:]

    site.proxy.cut()
    site.proxy.set(rewrite_client=login)
    contact = client.create(notes="0").data["id"]
    for _ in range(3):
        assert client.update(contact, notes="same").ok
    old = client.request(
        "POST", BASE + "contact_information/update",
        b'{"token":"%b","contact_information_identifier":{"id":"%b"},'
        b'"notes":"same"}' % (client.token.encode(), contact.encode()),
        {"If-Match": '"1-x"'})
    assert old.code == "PRECONDITION_FAILED"
    assert client.update("0" * 32, notes="x").code == "NOT_FOUND"
    for _ in range(2):
        assert client.remove_photo(contact).ok
    assert all(asked) and asked
    site.proxy.set()
    client.close()


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_next_to_no_prepared_statements(alone, count):
    """D18: correct or 503, never 500; and correct again afterwards."""
    site, client = alone, alone.client()
    contact = client.create(demographics={"id_number": "D18"}).data["id"]
    before = site.value("SELECT @@GLOBAL.max_prepared_stmt_count")
    site.sql(f"SET GLOBAL max_prepared_stmt_count = {count}")
    try:
        site.proxy.cut()
        answers = [answer for _ in range(5) for answer in (
            client.show(contact), client.update(contact, notes="x"),
            client.get(LIST, id_number="D18"), client.create())]
    finally:
        site.sql(f"SET GLOBAL max_prepared_stmt_count = {before}")
    assert {a.code for a in answers} <= {"OK", NO}, answers
    assert NO in {a.code for a in answers}
    site.proxy.cut()
    assert client.update(contact, notes="y").ok
    client.close()
