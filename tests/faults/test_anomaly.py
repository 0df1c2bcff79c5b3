# SPDX-License-Identifier: Apache-2.0
"""Every call of the database's client library fails once, in every way.

For each operation the first call fails, then the second, until a run passes
untouched. The answer must be the one of the error table, the database must be
as before or as after, and the pool must be fit for the next request.
"""

import hashlib
import itertools
import os
import uuid

import httpx
import pytest

from harness import CODES, Service, envelope, eventually
from images import TYPE, form, part, png
from shim import Fault, Sql

SOAK = os.environ.get("SOAK") == "1"
CI = "contact_information/"
IDENTIFIER = "contact_information_identifier"
BUSY = "SERVICE_UNAVAILABLE"
UNKNOWN = "OUTCOME_UNKNOWN"

# A retry mends these: lock conflicts, the wrong node, a lost connection, a
# forgotten statement.
TRANSIENT = [1213, 1205, 1047, 1290, 2006, 2013, 1615]
# These not: nobody there, too many of something, a time limit, a full disk,
# rights, schema.
LASTING = [2002, 1040, 1461, 1969, 1114, 1045, 1146, 1317]
# A value that validation had to catch.
VALUE = [1406]
NUMBERS = TRANSIENT + LASTING + VALUE
LOST = {2006, 2013}
# Of the client library itself.
NO_MEMORY = 2008
FEW = [1205, 2013, 1114, 1146]

# Calls of a new connection before its first statement: connect, SET NAMES;
# of those that do not talk there is one, init.
GREETING = 2

OPEN = ("SELECT trx_state, trx_started, trx_query, p.state FROM"
        " information_schema.innodb_trx JOIN information_schema.processlist"
        " p ON id = trx_mysql_thread_id WHERE p.user = 'contactinfo'")

PERSON = {"type": "PERSON", "first_name": "Anna", "last_name": "Maly"}


@pytest.fixture(scope="module")
def fault(tmp_path_factory):
    return Fault(tmp_path_factory.mktemp("fault"))


@pytest.fixture(scope="module")
def service(tmp_path_factory, fault):
    """One child, so that counting is exact; tokens are looked up always."""
    one = Service(tmp_path_factory.mktemp("anomaly"),
                  "ContactInfoTokenCacheTTL 0\n", children=1, threads=4,
                  **fault.variables(os.environ["BUILD"]))
    try:
        yield one.start()
    finally:
        one.clean()


@pytest.fixture(scope="module")
def client(service):
    return service.api().login()


@pytest.fixture(scope="module")
def sql(service):
    session = Sql(service)
    yield session
    session.close()


# --- operations ----------------------------------------------------------


class Operation:
    """A call of the API, and what it changes.

    state() is what the database holds of it, after() what that has to be
    when the n-th call was answered with success.
    """

    changes = False
    fields = {}

    def __init__(self, api, sql):
        self.api = api
        self.sql = sql
        self.ready()

    def ready(self):
        """Once, before the first call."""

    def arrange(self, n):
        """Before each call."""

    def state(self, n):
        return ()

    def after(self, before, n):
        return before

    def matches(self, response, n):
        """The answer of success is the right one."""
        envelope(response)


class Health(Operation):
    def send(self, n):
        return self.api.http.get("health")


class OpenApi(Operation):
    def send(self, n):
        return self.api.http.get("openapi.json")

    def matches(self, response, n):
        assert response.status_code == 200
        assert response.json()["openapi"].startswith("3.1")


class Login(Operation):
    def send(self, n):
        return self.api.http.post("authentication/token",
                                  json=self.api.credentials())

    def matches(self, response, n):
        self.known(envelope(response)["token"])

    def known(self, token):
        assert self.sql.value(
            "SELECT COUNT(*) FROM login_session WHERE token_digest"
            f" = UNHEX(SHA2('{token}', 256))") == "1"


class KeyLogin(Login):
    def send(self, n):
        key = self.api.service.env["API_KEY"]
        return self.api.http.post("authentication/web_api_key/token",
                                  auth=(key, ""))


class Release(Operation):
    """Sessions are copies of the client's, under names of their own."""

    changes = True

    def ready(self):
        self.run = uuid.uuid4().hex

    def token(self, n):
        return hashlib.md5(f"{self.run}{n}".encode()).hexdigest().upper()

    def arrange(self, n):
        self.sql.rows(
            "INSERT INTO login_session SELECT UNHEX(SHA2"
            f"('{self.token(n)}', 256)), organisation_id, user_id, unit_id,"
            " created_date, expires_date FROM login_session WHERE"
            f" token_digest = UNHEX(SHA2('{self.api.token}', 256))")

    def send(self, n):
        return self.api.http.post("authentication/token/release",
                                  json={"token": self.token(n)})

    def state(self, n):
        return self.sql.row("SELECT COUNT(*) FROM login_session WHERE"
                            " token_digest ="
                            f" UNHEX(SHA2('{self.token(n)}', 256))")

    def after(self, before, n):
        return ("0",)


class Create(Operation):
    """With keys, a relation, and an answer that reads it back."""

    changes = True
    query = ("SELECT COUNT(*), IFNULL(SUM(relation_count), 0),"
             " IFNULL(SUM((SELECT COUNT(*) FROM contact_key k WHERE"
             " k.contact_seq = c.contact_seq)), 0),"
             " IFNULL(SUM((SELECT COUNT(*) FROM contact_relation r WHERE"
             " r.contact_seq = c.contact_seq)), 0)"
             " FROM contact c WHERE last_name = '{}'")

    def ready(self):
        self.run = uuid.uuid4().hex
        self.related = envelope(self.api.post(CI + "create", PERSON))["id"]

    def name(self, n):
        return f"{self.run}{n}"

    def body(self, n):
        return {**PERSON, "last_name": self.name(n),
                "fields_set": "last_name,relation_set,emails_set",
                "phone_set": [{"type": "MOBILE", "number": "99 1"}],
                "email_set": [{"type": "PERSONAL",
                               "email_address": "a@example.org"}],
                "relation_set": [{"type": "FRIEND", IDENTIFIER:
                                  {"id": self.related}}]}

    def send(self, n):
        return self.api.post(CI + "create", self.body(n))

    def state(self, n):
        return self.sql.row(self.query.format(self.name(n)))

    def after(self, before, n):
        return ("1", "1", "4", "1")

    def matches(self, response, n):
        data = envelope(response)
        assert data["last_name"] == self.name(n)
        assert len(data["relation_set"]) == len(data["emails_set"]) == 1


class CreateOnce(Create):
    """With a key, whose row comes and goes with the contact."""

    def send(self, n):
        return self.api.post(CI + "create", self.body(n),
                             headers={"Idempotency-Key": self.name(n)})

    def state(self, n):
        return (*super().state(n), self.sql.value(
            "SELECT COUNT(*) FROM idempotency WHERE key_digest"
            f" = UNHEX(SHA2('{self.name(n)}', 256))"))

    def after(self, before, n):
        return (*super().after(before, n), "1")


class Update(Operation):
    """Columns, the document, a key and a relation take the same mark."""

    changes = True
    query = ("SELECT c.version, c.first_name, JSON_VALUE(c.document,"
             " '$.notes'), c.relation_count, (SELECT GROUP_CONCAT(value)"
             " FROM contact_key k WHERE k.contact_seq = c.contact_seq),"
             " (SELECT GROUP_CONCAT(notes) FROM contact_relation r WHERE"
             " r.contact_seq = c.contact_seq) FROM contact c WHERE"
             " contact_id = '{}'")

    def ready(self):
        related = envelope(self.api.post(CI + "create", PERSON))["id"]
        self.contact = envelope(self.api.post(CI + "create", {
            **PERSON, "notes": "x",
            "email_set": [{"type": "PERSONAL", "email_address": "x@y.z"}],
            "relation_set": [{"type": "FRIEND", "notes": "x", IDENTIFIER:
                              {"id": related}}]}))["id"]
        shown = self.api.show(self.contact)
        self.email = shown["emails_set"][0]["id"]
        self.relation = shown["relation_set"][0]["id"]

    def send(self, n):
        return self.api.post(CI + "update", {
            IDENTIFIER: {"id": self.contact}, "first_name": f"m{n}",
            "notes": f"m{n}",
            "email_set": [{"action": "UPDATE",
                           "email_identifier": {"id": self.email},
                           "email_address": f"m{n}@y.z"}],
            "relation_set": [{"action": "UPDATE", "relation_identifier":
                              {"id": self.relation}, "notes": f"m{n}"}]})

    def state(self, n):
        return self.sql.row(self.query.format(self.contact))

    def after(self, before, n):
        mark = f"m{n}"
        return (str(int(before[0]) + 1), mark, mark, "1", f"{mark}@y.z", mark)

    def matches(self, response, n):
        data = envelope(response)
        marks = [data["first_name"], data["notes"],
                 data["relation_set"][0]["notes"],
                 data["emails_set"][0]["email"]]
        assert marks == 3 * [f"m{n}"] + [f"m{n}@y.z"]


class Show(Operation):
    """One contact, by the identifier that a subclass names."""

    field = "id"

    def ready(self):
        self.mark = uuid.uuid4().hex
        company = self.field in ("vat_registration_number",
                                 "registration_number", "company_name")
        members = {"type": "COMPANY", "company_name": self.mark} if company \
            else {**PERSON, "last_name": self.mark}
        inner = {"vat_registration_number": "company_profile",
                 "registration_number": "company_profile",
                 "id_number": "demographics",
                 "passport_number": "demographics",
                 "social_security_number": "demographics"}.get(self.field)
        if inner:
            members[inner] = {self.field: self.mark}
        members["email_set"] = [{"type": "PERSONAL", "email_address":
                                 f"{self.mark}@example.org"}]
        self.digits = str(uuid.uuid4().int)[:20]
        members["phone_set"] = [{"type": "MOBILE", "number": self.digits}]
        related = envelope(self.api.post(CI + "create", PERSON))["id"]
        members["relation_set"] = [
            {"type": "FRIEND", IDENTIFIER: {"id": related}}]
        self.contact = envelope(self.api.post(CI + "create", members))["id"]
        self.value = {"id": self.contact, "phone_number": self.digits,
                      "email_address": f"{self.mark}@example.org"}.get(
                          self.field, self.mark)
        self.expected = self.api.show(self.contact)

    def send(self, n):
        return self.api.get(CI + "show", **{
            IDENTIFIER: f"{self.field}={self.value}"})

    def matches(self, response, n):
        assert envelope(response) == self.expected


class List(Show):
    def send(self, n):
        return self.api.get(CI + "list", **{self.field: self.value})

    def matches(self, response, n):
        assert envelope(response) == [self.expected]


def by(kind, name):
    return type(kind.__name__ + "By" + name, (kind,), {"field": name})


SHOWN = [by(Show, name) for name in (
    "id_number", "passport_number", "social_security_number",
    "vat_registration_number", "registration_number")]
LISTED = [by(List, name) for name in (
    "id_number", "passport_number", "email_address", "phone_number")]


class PhotoAdd(Operation):
    """Of two chunks, in place of another."""

    changes = True
    query = ("SELECT size, SHA2((SELECT GROUP_CONCAT(data ORDER BY"
             " chunk_number SEPARATOR '') FROM profile_photo_chunk k WHERE"
             " k.file_id = p.file_id), 256), (SELECT COUNT(*) FROM"
             " profile_photo_chunk k WHERE k.file_id = p.file_id) FROM"
             " profile_photo p JOIN contact"
             " USING (contact_seq) WHERE contact_id = '{}'")

    def ready(self):
        self.contact = envelope(self.api.post(CI + "create", PERSON))["id"]
        self.sql.rows("SET SESSION group_concat_max_len = 10000000")

    @staticmethod
    def photo(n):
        return png(70000 + n, fill=f"m{n}".encode())

    def add(self, n):
        fields = [part("token", self.api.token),
                  part(IDENTIFIER, f"id={self.contact}"),
                  part("file", self.photo(n), "a.png")]
        return self.api.http.post(CI + "profile_photo/add",
                                  content=form(*fields),
                                  headers={"Content-Type": TYPE})

    def send(self, n):
        return self.add(n)

    def state(self, n):
        return self.sql.rows(self.query.format(self.contact))

    def after(self, before, n):
        data = self.photo(n)
        return [(str(len(data)), hashlib.sha256(data).hexdigest(), "2")]


class PhotoRemove(PhotoAdd):
    def arrange(self, n):
        if not self.state(n):
            envelope(self.add(n))

    def send(self, n):
        return self.api.post(CI + "profile_photo/remove",
                             {IDENTIFIER: {"id": self.contact}})

    def after(self, before, n):
        return []


class PhotoView(PhotoAdd):
    changes = False

    def ready(self):
        super().ready()
        self.url = envelope(self.add(0))["file_content_url"]

    def send(self, n):
        return self.api.get(CI + "profile_photo/view",
                            **{IDENTIFIER: f"id={self.contact}"})

    def after(self, before, n):
        return before

    def matches(self, response, n):
        assert envelope(response)["file_content_url"] == self.url


class PhotoImage(PhotoView):
    """An answer that has begun can only be cut short."""

    def send(self, n):
        url = httpx.URL(self.api.service.env["SERVER"] + self.url)
        try:
            return self.api.http.get(url.copy_add_param("token",
                                                        self.api.token))
        except httpx.RemoteProtocolError:
            return None

    def matches(self, response, n):
        assert response.status_code == 200
        assert response.content == self.photo(0)


# --- the loop ------------------------------------------------------------


class Outcome:
    """What a sweep found: the calls that a run makes, complaints, and calls
    after which a retry would have helped that did not come."""

    def __init__(self):
        self.calls = 0
        self.wrong = []
        self.unmended = []


class Rig:
    """A service whose calls of the client library fail on demand."""

    def __init__(self, service, client, fault, sql):
        self.service = service
        self.api = client
        self.fault = fault
        self.sql = sql
        self.numbers = itertools.count(1)
        service.log.allow("CI0003", "CI0006")

    def lose_connection(self):
        """Let the pool be without a connection."""
        envelope(self.api.http.get("health"))
        self.fault.arm(1, 1040)
        self.api.http.get("health")
        assert self.fault.disarm()[1] == 1

    def sweep(self, kind, number, cold, after=False, local=False, step=1):
        """Fail the first call, the second, until all pass.

        cold   begin without a connection; the greeting passes, since after
               a failure of it the pool waits
        """
        operation = kind(self.api, self.sql)
        outcome = Outcome()
        first = 1 + cold * (1 if local else GREETING)
        for k in itertools.count(first, step):
            failed = self.attempt(operation, (k, number, after, local), cold,
                                  outcome)
            if not failed:
                return outcome

    def attempt(self, operation, arms, cold, outcome):
        n = next(self.numbers)
        operation.arrange(n)
        if cold:
            self.lose_connection()
        else:
            operation.matches(operation.send(n), n)
            n = next(self.numbers)
            operation.arrange(n)
        before = operation.state(n)
        self.fault.arm(*arms)
        try:
            answer = operation.send(n)
        except AssertionError as error:
            answer = error
        outcome.calls, failed, what = self.fault.disarm()
        code = self.code_of(answer)
        where = f"{operation.__class__.__name__} {arms}, {what}: {code}"
        try:
            self.judge(operation, n, answer, code, before)
            assert code in self.allowed(arms[1], what, failed)
        except AssertionError as error:
            outcome.wrong.append(f"{where}: {error}")
        if failed and arms[1] in TRANSIENT and code not in ("OK", UNKNOWN):
            outcome.unmended.append(where)
        self.is_clean()
        return failed

    @staticmethod
    def judge(operation, n, answer, code, before):
        """What the answer says is what the database holds."""
        now = operation.state(n)
        then = operation.after(before, n)
        if code == "OK":
            operation.matches(answer, n)
            assert now == then, "acknowledged and not stored"
        elif code == "CUT":
            assert isinstance(operation, PhotoImage)
        elif code not in CODES:
            raise answer
        else:
            envelope(answer, code)
            if CODES[code] == 503:
                assert int(answer.headers["retry-after"]) > 0
            assert now == before or code == UNKNOWN and now == then, \
                "stored and not acknowledged"

    @staticmethod
    def code_of(answer):
        if answer is None:
            return "CUT"
        if isinstance(answer, AssertionError):
            return str(answer)
        if answer.headers["content-type"] != "application/json" \
                or answer.request.url.path.endswith("openapi.json"):
            return "OK"
        return answer.json()["status"]["code"]

    @staticmethod
    def allowed(number, what, failed):
        """The codes of the error table; success always fits."""
        if not failed:
            return {"OK"}
        if what.startswith("query COMMIT") and number in LOST | {1180}:
            return {"OK", UNKNOWN}
        if number in VALUE:
            return {"OK", "CUT", "INVALID_PARAMETER"}
        if number == NO_MEMORY:
            return {"OK", "CUT", "INTERNAL_ERROR"}
        return {"OK", "CUT", BUSY}

    def is_clean(self):
        """No transaction is open, and connections are bounded."""
        def nothing_is_open():
            return not self.sql.rows(OPEN)

        assert eventually(nothing_is_open, 10), self.sql.rows(OPEN)
        assert int(self.sql.value(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE"
            " user = 'contactinfo'")) <= 2, "connections are left behind"


@pytest.fixture
def rig(service, client, fault, sql):
    return Rig(service, client, fault, sql)


def check(outcome):
    assert not outcome.wrong, "\n" + "\n".join(outcome.wrong)


# Enough calls to show that the loop looked at the operation at all.
LEAST = {Create: 20, CreateOnce: 25, Update: 20, Show: 12, Login: 8}
WIDE = [Create, Update, Show]
PHOTOS = [PhotoAdd, PhotoRemove, PhotoView, PhotoImage]
NARROW = [Health, OpenApi, Login, KeyLogin, Release, CreateOnce, *PHOTOS]
KINDS = WIDE + NARROW + SHOWN + LISTED



def numbers_of(kind):
    if SOAK or kind in WIDE:
        return NUMBERS
    # a login takes long by design
    return FEW if kind in NARROW and kind != Login else FEW[:2]


@pytest.mark.parametrize("kind", KINDS)
def test_each_call_fails_once_on_a_new_connection(rig, kind):
    for number in numbers_of(kind):
        outcome = rig.sweep(kind, number, cold=True)
        check(outcome)
        assert outcome.calls >= LEAST.get(kind, 0)


@pytest.mark.parametrize("kind", KINDS if SOAK else [
    kind for kind in KINDS if kind != Login])
def test_each_call_fails_once_on_a_used_connection(rig, kind):
    """D14 of the attack table."""
    for number in TRANSIENT if SOAK else (1615, 2006):
        check(rig.sweep(kind, number, cold=False))


@pytest.mark.parametrize("kind", WIDE + NARROW)
def test_each_answer_is_lost_once(rig, kind):
    for cold in (False, True):
        check(rig.sweep(kind, 2013, cold, after=True))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", [Create, CreateOnce, Update, PhotoAdd])
def test_quorum_is_lost_once(rig, kind, after):
    check(rig.sweep(kind, 1180, cold=False, after=after))


@pytest.mark.parametrize("kind", WIDE + NARROW)
def test_memory_of_the_library_ends_once(rig, kind):
    check(rig.sweep(kind, NO_MEMORY, cold=True, local=True))


@pytest.mark.parametrize("kind", WIDE + NARROW)
def test_a_retry_mends_what_it_can(rig, kind):
    for number in TRANSIENT if SOAK else (1213, 2013):
        outcome = rig.sweep(kind, number, cold=True)
        assert not outcome.unmended, "\n" + "\n".join(outcome.unmended)


@pytest.mark.parametrize("number", LASTING if SOAK else [2002, 1040])
@pytest.mark.parametrize("k", range(1, GREETING + 1))
def test_a_connection_that_cannot_be_made_is_made_later(rig, k, number):
    operation = Show(rig.api, rig.sql)
    rig.lose_connection()
    rig.fault.arm(k, number)
    answer = operation.send(0)
    assert rig.fault.disarm()[1] == 1
    envelope(answer, BUSY)
    assert int(answer.headers["retry-after"]) > 0
    assert eventually(lambda: operation.send(0).status_code == 200)
    operation.matches(operation.send(0), 0)
    rig.is_clean()


class Reload(Show):
    """The reference data have changed and are read again."""

    def arrange(self, n):
        self.sql.rows("UPDATE organisation SET generation = generation + 1"
                      " WHERE name = 'DEMO'")


def test_reference_data_are_whole_or_not_used(rig):
    for number in (1205, 2013):
        outcome = rig.sweep(Reload, number, cold=False,
                            step=1 if SOAK else 17)
        check(outcome)
        assert outcome.calls > 250
