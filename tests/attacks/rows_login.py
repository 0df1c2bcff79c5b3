# SPDX-License-Identifier: Apache-2.0
"""Section 4: tokens and logins."""

from table import (CREATE, KEY_LOGIN, LOGIN, PLAIN, RELEASE, REMOVE, SESSION,
                   SHOW, TOKEN, WHICH, Row, basic, get, is_plain, login, post,
                   request, send, show)

KEY = "00112233445566778899AABBCCDDEEFF"
# as they stand in a query
NO_TOKENS = [
    "", "%20", TOKEN[:-1], TOKEN + "0", TOKEN.lower(), "0" * 32, "g" * 32,
    TOKEN[:16], TOKEN + "%20", "%20" + TOKEN, TOKEN + "%0d%0a",
    TOKEN.replace("_", "%255F"), "%25" * 32, "_" * 32, "%25", "'%20or%20'1",
    "x" * 7000, "%EF%BC%90" * 32, TOKEN + "," + TOKEN, "*" * 32, KEY, "null",
    "0x" + "0" * 30, TOKEN + "%c2%a0",
]
# as JSON
NO_JSON_TOKENS = ["0", "1", "true", "null", "[]", "{}", '{"$gt":""}', '""',
                  f'["{TOKEN}"]', f'{{"token":"{TOKEN}"}}', '"%"', "1e308",
                  f'" {TOKEN}"', f'"{TOKEN} "', f'"{TOKEN}\\n"',
                  '"' + "0" * 200000 + '"', "1" + "0" * 17]
USERS = ["DEMO", "Demo", "demo ", " demo", "d\u00e9mo", "de\u200bmo",
         "\u0501emo", "ｄｅｍｏ", "demo\t", "0", "0e123", "%", "_emo",
         "' or '1'='1", "demo'-- ", "demo\u0000"[:-1] + "\u00ad", "x" * 5000,
         "de\u0301mo", "demo/*", "\ufeffdemo", "MPAdministrator", "other"]
PASSWORDS = ["", " ", "demo-password ", " demo-password", "Demo-password",
             "demo-passwor", "demo-password\t", "' or '1'='1", "%", "*", "*0",
             "\U0001f600" * 18, "x" * 72]
PLAIN_QUERY = f"{WHICH}=id={PLAIN}"
HEADERS = [f"Authorization: Bearer {TOKEN[:-1]}",
           f"Authorization: Bearer {TOKEN},",
           f'Authorization: Bearer "{TOKEN}"', "Authorization: Bearer",
           f"Authorization: Bearer {TOKEN} {TOKEN}",
           f"Authorization: Bearer token={TOKEN}"]
KEYS = ["", ":", ":" + KEY, KEY[:-1] + ":", KEY.lower() + ":", KEY + " :",
        " " + KEY, "demo:demo-password", "%:", "' or '1'='1:", "x" * 5000,
        b"\xff\xfe:", KEY[:16] + "\0" + KEY[16:]]


def refused(name, sent, **more):
    return Row(name, sent, "INVALID_TOKEN", "token", **more)


def wrong(name, sent):
    return Row(name, sent, "INVALID_CREDENTIALS")


def blank(text):
    return not text.strip()


def own_token(world, data):
    assert len(data["token"]) == 32 and data["token"] != "0" * 32
    assert data["token"] != world.api.token


def removal(token):
    """A removal with the token as it stands in JSON."""
    return post(REMOVE, f'{{"token":{token},"{WHICH}":{{"id":"{PLAIN}"}}}}')


def key_login(*headers, body=None):
    return request("POST", KEY_LOGIN, headers, body)


ROWS = [
    refused("T01 none", show(f"id={PLAIN}", token=None)),
    *[refused(f"T01-T03 {token[:40]}", get(
        SHOW, f"{PLAIN_QUERY}&token={token}", token=None))
      for token in NO_TOKENS],
    refused("T01 a GET's body", request(
        "GET", f"{SHOW}?{PLAIN_QUERY}", (), f'{{"token":"{TOKEN}"}}')),
    refused("T01 a POST's query", request(
        "POST", f"{CREATE}?token={TOKEN}", (), '{"type":"PERSON"}')),
    refused("T01 a cookie", show(f"id={PLAIN}", "", f"Cookie: token={TOKEN}",
                                 token=None)),
    *[refused(f"T01 {header[:45]}", show(f"id={PLAIN}", "", header,
                                         token=None)) for header in HEADERS],
    refused("T01 a bad header beside a good query",
            show(f"id={PLAIN}", "", "Authorization: Bearer x")),
    Row("T01 a good header beside a bad query", get(
        SHOW, f"{PLAIN_QUERY}&token=x", f"Authorization: Bearer {TOKEN}",
        token=None), after=is_plain),
    Row("T01 another scheme is none", show(
        f"id={PLAIN}", "", "Authorization: Digest x"), after=is_plain),
    refused("T01 two headers", show(
        f"id={PLAIN}", "", f"Authorization: Bearer {TOKEN}",
        f"Authorization: Bearer {TOKEN}", token=None)),
    Row("T01 a token of 1 MB", post(
        REMOVE, '{"token":"' + "0" * 1048576 + '"}'), "PAYLOAD_TOO_LARGE",
        closes=True),
    *[refused(f"T02 {token[:30]}", removal(token))
      for token in NO_JSON_TOKENS],
    Row("T02 NUL behind the token", removal(f'"{TOKEN}\\u0000"'),
        "INVALID_REQUEST"),
    refused("T08 a release of nothing", post(RELEASE, "{}")),
    refused("T08 a release by pattern", post(RELEASE, '{"token":"%"}')),
    *[wrong(f"T11 {user[:12]!r}", login(username=user)) for user in USERS],
    *[Row(f"T14 {password[:15]!r}", login(password=password),
          "MISSING_PARAMETER" if blank(password) else "INVALID_CREDENTIALS",
          "password" if blank(password) else "") for password in PASSWORDS],
    Row("T14 73 bytes", login(password="x" * 73), "INVALID_PARAMETER",
        "password"),
    Row("T14 200 KiB", login(password="x" * 204800), "INVALID_PARAMETER",
        "password"),
    Row("T14 1 MB", login(password="x" * 1048576), "PAYLOAD_TOO_LARGE",
        closes=True),
    Row("T14 NUL", post(LOGIN, '{"organisation":"DEMO","username":"demo",'
                        '"password":"demo-password\\u0000x"}'),
        "INVALID_REQUEST"),
    *[Row(f"T16 {name} is {value!r}", login(**{name: value}),
          "INVALID_PARAMETER", name) for value in (0, True, [], {}, 1.5)
      for name in ("username", "password", "organisation", "unit")],
    wrong("T16 the unit of another organisation",
          login(unit="177D337B349731B5BD60F4DBE8B7B6EF")),
    wrong("T16 the organisation's number", login(organisation="1")),
    *[wrong(f"T17 {key[:12]!r}", key_login(basic(key))) for key in KEYS],
    *[wrong(f"T17 {header[:30]}", key_login(header)) for header in (
        "Authorization: Basic", "Authorization: Basic ====",
        "Authorization: Basic \x80\x81", f"Authorization: {KEY}",
        f"Authorization: Bearer {KEY}", "X-Api-Key: " + KEY)],
    wrong("T17 a unit that is not the user's",
          key_login(basic(KEY + ":"), body='{"unit":"x"}')),
    Row("T17 a unit that is no text",
        key_login(basic(KEY + ":"), body='{"unit":5}'), "INVALID_PARAMETER",
        "unit"),
    Row("T17 a body that is no object",
        key_login(basic(KEY + ":"), body="[]"), "INVALID_REQUEST"),
    *[Row(f"T18 GET {path.rpartition('rest/v2/')[2]}",
          get(path, "username=demo&password=demo-password"),
          "METHOD_NOT_ALLOWED") for path in (LOGIN, KEY_LOGIN, RELEASE)],
    Row("T19 a token of the client's own", send(
        LOGIN, {"organisation": "DEMO", "username": "demo",
                "password": "demo-password"}, token="0" * 32),
        writes=SESSION, after=own_token),
    Row("T19 a login with a good token", login(token=TOKEN), writes=SESSION,
        after=own_token),
]
