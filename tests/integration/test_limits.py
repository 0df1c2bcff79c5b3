# SPDX-License-Identifier: Apache-2.0
"""Throttled logins, the parse budget, allowed origins, bad configurations."""

import pathlib

import pytest

from harness import apache2, envelope

LOGIN = "authentication/token"


def test_failed_logins_are_throttled_by_user(fresh):
    """T12 of the attack table."""
    service = fresh("ContactInfoLoginRate 3 0")
    api = service.api()
    wrong = api.credentials(password="wrong")
    answers = [api.http.post(LOGIN, json=wrong) for _ in range(8)]
    codes = [a.json()["status"]["code"] for a in answers]
    assert set(codes) == {"INVALID_CREDENTIALS", "TOO_MANY_REQUESTS"}
    limited = answers[codes.index("TOO_MANY_REQUESTS")]
    envelope(limited, "TOO_MANY_REQUESTS")
    assert 1 <= int(limited.headers["retry-after"]) <= 60
    service.api("OTHER_").login()


def test_failed_logins_are_throttled_by_address(fresh):
    service = fresh("ContactInfoLoginRate 0 3")
    api = service.api()
    answers = [api.http.post(LOGIN, json=api.credentials(username=f"u{i}"))
               for i in range(8)]
    assert {a.status_code for a in answers} == {401, 429}


def test_a_body_beyond_the_parse_budget_is_refused(fresh):
    service = fresh("ContactInfoParseBudget 64K")
    api = service.api().login()
    body = b'{"x":[' + b",".join([b"{}"] * 1000) + b"]}"
    envelope(api.http.post("contact_information/create", content=body),
             "PAYLOAD_TOO_LARGE")
    for _ in range(50):
        envelope(api.post("contact_information/create",
                          {"type": "COMPANY", "company_name": "Small"}))


def test_only_allowed_origins_may_read_answers(fresh):
    service = fresh(location_conf="ContactInfoAllowOrigin https://a.example")
    api = service.api()
    headers = {"Origin": "https://a.example"}
    answer = api.http.get("health", headers=headers)
    assert answer.headers["access-control-allow-origin"] == headers["Origin"]
    assert answer.headers["vary"] == "Origin"
    answer = api.http.options("contact_information/update", headers=headers)
    assert answer.status_code == 204
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "If-Match" in answer.headers["access-control-allow-headers"]
    answer = api.http.get("health", headers={"Origin": "https://b.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_no_origin_is_allowed_by_default(api):
    answer = api.http.get("health", headers={"Origin": "https://a.example"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("text", [
    "ContactInfoDBPool max=0", "ContactInfoDBPool size=3",
    "ContactInfoDBPool idle=0s", "ContactInfoDBConnections 0",
    "ContactInfoDBTimeout connect=0s", "ContactInfoDBTimeout wait=1s",
    "ContactInfoMaxInFlight -1", "ContactInfoMaxInFlight many",
    "ContactInfoDBTimeout deadline=soon", "ContactInfoDBOptionFile /nowhere",
    "ContactInfoMaxBody 0", "ContactInfoMaxBody 1M",
    "ContactInfoParseBudget 64", "ContactInfoParseBudget -1M",
    "ContactInfoPageMax 0", "ContactInfoPageMax 1001",
    "ContactInfoTokenLifetime 0s", "ContactInfoTokenLifetime never",
    "ContactInfoTokenCacheTTL -1s", "ContactInfoLoginRate 20",
    "ContactInfoLoginRate a b", "ContactInfoDefaultCountry usa",
    "ContactInfoErrorStatus other", "ContactInfoUnique PERSON",
    "ContactInfoUnique ROBOT id_number", "ContactInfoUnique PERSON nothing",
    "ContactInfoUnique PERSON company_name",
    "ContactInfoUnique PERSON" + " last_name" * 9,
    "ContactInfoAllowOrigin *", "ContactInfoAllowOrigin example.org",
    "ContactInfo api",
    '<Location "/x">\nContactInfo other\n</Location>',
    '<Location "/x">\nContactInfoDBConnections 3\n</Location>',
    '<VirtualHost *:1>\nContactInfoDBConnections 3\n</VirtualHost>',
    '<VirtualHost *:1>\nContactInfoLoginRate 1 1\n</VirtualHost>',
    '<VirtualHost *:1>\nContactInfoParseBudget 1M\n</VirtualHost>',
    '<LocationMatch "^/x">\nContactInfo api\n</LocationMatch>',
])
def test_a_bad_directive_is_named(service, tmp_path, text):
    conf = tmp_path / "bad.conf"
    conf.write_text(
        pathlib.Path(service.env["HTTPD_CONF"]).read_text() + text + "\n")
    done = apache2("-t", "-f", conf, "-D", f"contactinfo={tmp_path}",
                   capture_output=True)
    assert done.returncode != 0
    assert "ContactInfo" in done.stderr
    name = next(word for word in text.replace("\n", " ").split()
                if word.startswith("ContactInfo"))
    assert name in done.stderr
