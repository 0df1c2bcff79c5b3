# SPDX-License-Identifier: Apache-2.0
"""Who gets in, how a token may be sent, and when it is good no more."""

import base64
import hashlib
import re
import statistics
import threading
import time

import pytest

from harness import envelope, eventually
from images import TYPE, form, part
from test_ctl import Ctl

CREATE = "contact_information/create"
SHOW = "contact_information/show"
LOGIN = "authentication/token"
RELEASE = "authentication/token/release"
KEY_LOGIN = "authentication/web_api_key/token"
IDENTIFIER = "contact_information_identifier"
DEMO = "3459F30F71E7477495DF3AA3D278CC7D"
ADMIN_UNIT = "48305F8849E3C18B227C5BE3A27BA6DF"
OTHER_UNIT = "177D337B349731B5BD60F4DBE8B7B6EF"
PERSON = {"type": "PERSON", "first_name": "L", "last_name": "Ogin"}


@pytest.fixture(scope="module")
def api(service):
    """One client for all tests that do not end its token."""
    return service.api().login()


@pytest.fixture
def own(service):
    """A client whose token is the test's own."""
    return service.api().login_with_key()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def basic(text):
    return {"Authorization":
            "Basic " + base64.b64encode(text.encode()).decode()}


def show(api, token=None, **headers):
    """The demo contact, asked for with these."""
    params = {IDENTIFIER: f"id={DEMO}"}
    if token is not None:
        params["token"] = token
    return api.http.get(SHOW, params=params, headers=headers)


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def refused(answer):
    """Assert that it is the one answer to a token that is not good."""
    envelope(answer, "INVALID_TOKEN")
    assert answer.headers["www-authenticate"] == "Bearer"
    return answer.content


# --- how it is sent --------------------------------------------------------

def test_a_token_is_32_hex_digits_and_stored_as_a_digest(api, service):
    assert re.fullmatch("[0-9A-F]{32}", api.token)
    (row,) = service.db.rows(
        "SELECT TIMESTAMPDIFF(SECOND, created_date, expires_date) AS seconds,"
        " ABS(TIMESTAMPDIFF(SECOND, created_date, UTC_TIMESTAMP)) < 600 AS utc"
        f" FROM login_session WHERE token_digest = 0x{digest(api.token)}")
    assert row == {"seconds": "7200", "utc": "1"}
    assert service.db.value(
        "SELECT COUNT(*) FROM login_session WHERE HEX(token_digest) LIKE"
        f" '%{api.token}%' OR token_digest LIKE '%{api.token}%'") == "0"


def test_a_token_in_the_query_in_json_and_in_the_header(api):
    assert envelope(show(api, api.token))["id"] == DEMO
    assert envelope(show(api, **bearer(api.token)))["id"] == DEMO
    assert envelope(show(api, Authorization=f"bearer  {api.token}"))
    assert envelope(api.http.post(CREATE, json={**PERSON, "token": api.token}))
    assert envelope(api.http.post(CREATE, json=PERSON,
                                  headers=bearer(api.token)))


@pytest.mark.parametrize("good, bad", [(True, False), (False, True)])
def test_the_header_wins(api, good, bad):
    """Whatever the other place says, for better and for worse."""
    token, other = (api.token, "0" * 32) if good else ("0" * 32, api.token)
    answers = [
        show(api, other, **bearer(token)),
        api.http.post(CREATE, json={**PERSON, "token": other},
                      headers=bearer(token)),
        api.http.post("contact_information/profile_photo/add",
                      content=form(part("token", other)),
                      headers={"Content-Type": TYPE, **bearer(token)}),
    ]
    if bad:
        assert len({refused(answer) for answer in answers}) == 1
    else:
        envelope(answers[0])
        envelope(answers[1])
        envelope(answers[2], "MISSING_PARAMETER")


def test_a_post_does_not_take_its_token_from_the_query(api):
    refused(api.http.post(CREATE, json=PERSON, params={"token": api.token}))


def test_a_get_does_not_take_its_token_from_the_body(api):
    refused(api.http.request("GET", SHOW, json={"token": api.token},
                             params={IDENTIFIER: f"id={DEMO}"}))


# --- what is no token ------------------------------------------------------

def test_every_token_that_is_not_good_gets_the_same_answer(api, own, service):
    dead = own.token
    envelope(own.post(RELEASE))
    expired = service.api().login_with_key().token
    service.db.run("UPDATE login_session SET expires_date = UTC_TIMESTAMP"
                   f" WHERE token_digest = 0x{digest(expired)}")
    token = api.token
    bad = [None, "", " ", "0" * 32, token.lower(), token[:-1], token + "0",
           token[::-1], "x" * 32, "É" * 16, "1' OR '1'='1", "x" * 4000, dead,
           expired, digest(token), service.env["API_KEY"]]
    assert token.lower() != token
    answers = {refused(show(api, one)) for one in bad}
    answers |= {refused(show(api, **bearer(one))) for one in bad
                if one and one.strip() and one.isascii()}
    answers |= {refused(api.http.post(CREATE, json={**PERSON, "token": one}))
                for one in [*bad, 5, True, [token], {"token": token}]}
    answers.add(refused(show(api, Authorization=f"Token {token}")))
    answers.add(refused(show(api, Authorization=f"Basic {token}")))
    assert len(answers) == 1


def test_an_expired_token_is_dead_and_its_cache_entry_too(fresh):
    """T04: the time that a cached session ends at counts, not the cache's."""
    service = fresh("ContactInfoTokenLifetime 1s\n"
                    "ContactInfoTokenCacheTTL 60s\n")
    api = service.api().login_with_key()
    end = time.monotonic() + 1
    envelope(show(api, api.token))
    time.sleep(max(0, end - time.monotonic()) + 0.1)
    for _ in range(8):
        refused(show(api, api.token))
    envelope(show(api.login_with_key(), api.token))


def test_without_a_cache_a_row_counts_at_once(fresh):
    service = fresh("ContactInfoTokenCacheTTL 0\n")
    api = service.api().login_with_key()
    for expires, good in ("'2000-01-01'", 0), ("'2100-01-01'", 1):
        service.db.run(f"UPDATE login_session SET expires_date = {expires}")
        if good:
            envelope(show(api, api.token))
        else:
            refused(show(api, api.token))
    service.db.run("DELETE FROM login_session")
    refused(show(api, api.token))


def test_a_released_token_is_dead_at_once_everywhere(own, service):
    """Every child has it in its cache."""
    for _ in range(20):
        envelope(show(service.api(), own.token))
    assert envelope(own.post(RELEASE)) == {}
    for _ in range(20):
        refused(show(service.api(), own.token))
    refused(own.post(RELEASE))
    assert service.db.value("SELECT COUNT(*) FROM login_session WHERE"
                            f" token_digest = 0x{digest(own.token)}") == "0"


def test_a_release_ends_one_token_only(own, service):
    second = service.api().login_with_key()
    envelope(own.http.post(RELEASE, headers=bearer(own.token),
                           json={"token": second.token}))
    refused(show(own, own.token))
    envelope(show(second, second.token))


def test_64_tokens_of_one_user_at_once(service):
    service.log.allow("AH00161")  # of prefork: a child for each connection
    tokens = [service.api().login_with_key().token for _ in range(64)]
    api = service.api()
    assert len(set(tokens)) == 64
    for token in tokens:
        assert envelope(show(api, token))["id"] == DEMO
    for token in tokens[:32]:
        envelope(api.http.post(RELEASE, json={"token": token}))
    for index, token in enumerate(tokens):
        (refused if index < 32 else envelope)(show(api, token))


def test_another_organisations_token_is_good_but_sees_nothing(other):
    envelope(show(other, other.token), "NOT_FOUND")


# --- the login by password -------------------------------------------------

def login(api, **changes):
    return api.http.post(LOGIN, json=api.credentials(**changes))


def test_credentials_that_are_not_good_get_the_same_answer(api, service):
    answers = [
        login(api, password="wrong"),
        login(api, password=service.env["OTHER_PASSWORD"]),
        login(api, password=service.env["PASSWORD"].upper()),
        login(api, password=service.env["PASSWORD"] + " "),
        login(api, username="nobody"),
        login(api, username=service.env["USERNAME"].upper()),
        login(api, username=service.env["USERNAME"] + " "),
        login(api, username=service.env["OTHER_USERNAME"]),
        login(api, organisation="NOTHING"),
        login(api, organisation=service.env["ORGANISATION"].lower()),
        login(api, organisation=service.env["OTHER_ORGANISATION"]),
        login(api, unit=OTHER_UNIT),
        login(api, unit="nothing"),
        login(api, unit="x" * 1000),
        login(api, unit=""),
    ]
    for answer in answers:
        envelope(answer, "INVALID_CREDENTIALS")
        assert "wrong" not in answer.text
    assert len({answer.content for answer in answers}) == 1


def test_an_unknown_user_takes_as_long_as_a_wrong_password(api):
    def seconds(**changes):
        begin = time.perf_counter()
        envelope(login(api, **changes), "INVALID_CREDENTIALS")
        return time.perf_counter() - begin

    known = [seconds(password="wrong") for _ in range(5)]
    for changes in {"username": "nobody"}, {"organisation": "NOTHING"}:
        unknown = [seconds(**changes) for _ in range(5)]
        ratio = statistics.median(unknown) / statistics.median(known)
        assert 0.3 < ratio < 3


@pytest.mark.parametrize("changes, code, name", [
    ({"username": None}, "MISSING_PARAMETER", "username"),
    ({"password": ""}, "MISSING_PARAMETER", "password"),
    ({"organisation": " "}, "MISSING_PARAMETER", "organisation"),
    ({"password": 5}, "INVALID_PARAMETER", "password"),
    ({"unit": ["x"]}, "INVALID_PARAMETER", "unit"),
    ({"password": "x" * 73}, "INVALID_PARAMETER", "password"),
    ({"password": "é" * 37}, "INVALID_PARAMETER", "password"),
])
def test_a_login_that_cannot_be_one(api, changes, code, name):
    answer = login(api, **changes)
    envelope(answer, code)
    assert name in answer.json()["status"]["description"]


def test_a_password_of_72_bytes_counts_to_its_end(service):
    ctl = Ctl(service.env["DB_ADMIN_OPTION_FILE"], "DEMO")
    password = "p" * 71 + "q"
    ctl.add("user", username="long72", person_name="Long", units=ADMIN_UNIT,
            stdin=password + "\n")
    api = service.api()
    assert envelope(login(api, username="long72", password=password))["token"]
    envelope(login(api, username="long72", password="p" * 72),
             "INVALID_CREDENTIALS")


def test_a_unit_is_chosen_by_its_id(api, service):
    """The session acts in it: a contact says by which unit it was made."""
    ctl = Ctl(service.env["DB_ADMIN_OPTION_FILE"], "DEMO")
    group = ctl.json("group", "list")[0]["id"]
    second = ctl.add("unit", name="Second", group_id=group)
    ctl.add("user", username="two", person_name="Two",
            units=f"{ADMIN_UNIT},{second}", stdin="two-password\n")
    for given, unit in (None, ADMIN_UNIT), (second, second):
        client = service.api()
        client.token = envelope(login(client, username="two", unit=given,
                                      password="two-password"))["token"]
        contact = envelope(client.post(CREATE, PERSON))["id"]
        log = client.show(contact)["log_information"]
        assert log["created_by_unit"]["id"] == unit
        assert log["created_by_user"]["username"] == "two"
    envelope(login(api, unit=second), "INVALID_CREDENTIALS")


# --- the login by key ------------------------------------------------------

def key_login(service, headers, **more):
    return service.api().http.post(KEY_LOGIN, headers=headers, **more)


def test_a_key_with_and_without_a_colon(service):
    key = service.env["API_KEY"]
    for text in f"{key}:", key, f"{key}:anything":
        token = envelope(key_login(service, basic(text)))["token"]
        contact = envelope(show(service.api(), token))
        assert contact["id"] == DEMO
    header = basic(f"{key}:")["Authorization"].replace("Basic", "bAsIc")
    assert envelope(key_login(service, {"Authorization": header}))["token"]


@pytest.mark.parametrize("body", [
    None, "", "{}", '{"unit":null}', '{"unit":"%s"}' % ADMIN_UNIT,
    '{"nothing":1}'])
def test_a_key_with_and_without_a_body(service, body):
    headers = basic(service.env["API_KEY"] + ":")
    assert envelope(key_login(service, headers, content=body))["token"]


def test_a_key_acts_as_its_user(service):
    api = service.api().login_with_key()
    contact = envelope(api.post(CREATE, PERSON))["id"]
    user = api.show(contact)["log_information"]["created_by_user"]
    assert user["username"] == service.env["USERNAME"]


def test_keys_that_are_not_good_get_the_same_answer(service):
    key = service.env["API_KEY"]
    digest_of_key = hashlib.sha256(key.encode()).hexdigest()
    answers = [key_login(service, headers) for headers in (
        {}, basic(":"), basic(key[:-1] + ":"),
        basic(key.lower() + ":"), basic("0" * 32 + ":"), basic(f":{key}"),
        basic(f" {key}:"), basic(digest_of_key), {"Authorization": "Basic"},
        {"Authorization": "Basic !!"}, {"Authorization": f"Basic {key}"},
        bearer(key), basic(service.env["USERNAME"] + ":"
                           + service.env["PASSWORD"]))]
    answers.append(key_login(service, basic(key + ":"),
                             json={"unit": OTHER_UNIT}))
    for answer in answers:
        envelope(answer, "INVALID_CREDENTIALS")
    assert len({answer.content for answer in answers}) == 1
    password = service.api().http.post(
        LOGIN, json=service.api().credentials(password="wrong"))
    assert password.content == answers[0].content


def test_a_key_and_a_password_are_no_tokens(service):
    refused(show(service.api(), **basic(service.env["API_KEY"] + ":")))
    refused(show(service.api(), service.env["API_KEY"]))


# --- what an administrator takes away during a login ------------------------

def login_of(service, by_key):
    if by_key:
        return key_login(service, basic(service.env["API_KEY"]))
    return login(service.api())


def changes_of(service):
    """What is taken away, how it is given back, and whether it ends logins
    by password and by key."""
    user = (f"organisation_id = 1 AND user_id = (SELECT user_id FROM org_user"
            f" u WHERE u.username = '{service.env['USERNAME']}'"
            " AND u.organisation_id = 1)")
    password = service.db.value(
        f"SELECT password_hash FROM org_user WHERE {user}")
    units = service.db.rows(f"SELECT * FROM org_user_unit WHERE {user}")
    keys = service.db.rows("SELECT HEX(key_digest) digest, key_id, user_id"
                           f" FROM api_key WHERE {user}")
    return [
        ("UPDATE org_user SET password_hash = 'x' WHERE " + user,
         f"UPDATE org_user SET password_hash = '{password}' WHERE {user}",
         {"password"}),
        ("UPDATE org_user SET disabled = 1 WHERE " + user,
         "UPDATE org_user SET disabled = 0 WHERE " + user,
         {"password", "key"}),
        ("UPDATE organisation SET disabled = 1 WHERE organisation_id = 1",
         "UPDATE organisation SET disabled = 0 WHERE organisation_id = 1",
         {"password", "key"}),
        (f"DELETE FROM org_user_unit WHERE {user}",
         ";".join("INSERT INTO org_user_unit (organisation_id, user_id,"
                  f" unit_id) VALUES (1, '{row['user_id']}',"
                  f" '{row['unit_id']}')" for row in units),
         {"password", "key"}),
        (f"DELETE FROM api_key WHERE {user}",
         ";".join("INSERT INTO api_key (key_digest, organisation_id, key_id,"
                  f" user_id, created_date) VALUES (0x{row['digest']}, 1,"
                  f" '{row['key_id']}', '{row['user_id']}', NOW())"
                  for row in keys),
         {"key"})]


@pytest.mark.parametrize("by", ["password", "key"])
def test_a_right_that_goes_during_a_login_begins_no_session(fresh, by):
    """The login finds the right before the transaction that takes it away
    has ended, and would begin its session behind the end of all others."""
    service = fresh()
    for change, undo, ends in changes_of(service):
        taking = threading.Thread(target=service.db.run, args=(
            f"START TRANSACTION; {change}; DELETE FROM login_session;"
            " DO SLEEP(1); COMMIT",))
        taking.start()
        assert eventually(lambda: service.db.value(
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST"
            " WHERE STATE = 'User sleep'") == "1")
        answer = login_of(service, by == "key")
        taking.join()
        envelope(answer, "INVALID_CREDENTIALS" if by in ends else "OK")
        assert (service.db.value("SELECT COUNT(*) FROM login_session")
                == str(int(by not in ends))), change
        service.db.run(f"{undo}; DELETE FROM login_session")
        envelope(login_of(service, by == "key"))
