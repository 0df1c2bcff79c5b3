# SPDX-License-Identifier: Apache-2.0
"""No token, password or key in a log or on the status page, at any level.

Two things are out of reach: httpd's core writes the request line at trace5 as
soon as it has read it, before any hook of a module, and mod_http2 and mod_ssl
write all that they receive.
"""

import base64
import getpass
import json
import pathlib
import re
import socket
import subprocess

import httpx
import pytest

from harness import Service, envelope, eventually
from images import TYPE, form, jpeg, part

CREATE = "contact_information/create"
SHOW = "contact_information/show"
LIST = "contact_information/list"
VIEW = "contact_information/profile_photo/view"
ADD = "contact_information/profile_photo/add"
LOGIN = "authentication/token"
KEY_LOGIN = "authentication/web_api_key/token"
RELEASE = "authentication/token/release"
IDENTIFIER = "contact_information_identifier"
BEFORE_ANY_HOOK = re.compile(
    r"\[core:trace5\] .* Request received from client: "
    r"|\[(http2|ssl):(debug|trace\d)\] ")
PERSON = {"type": "PERSON", "first_name": "M", "last_name": "Asking"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A server that tells everything."""
    verbose = Service(tmp_path_factory.mktemp("verbose"),
                      "LogLevel trace8\nExtendedStatus On\n")
    try:
        yield verbose.start()
    finally:
        verbose.clean()


def encodings(secret):
    """A secret as it is and as Basic sends it."""
    for text in secret, secret + ":":
        yield base64.b64encode(text.encode()).decode().rstrip("=")
    yield secret


def leaks(text, secrets):
    return [line for line in text.splitlines()
            if any(form in line for secret in secrets
                   for form in encodings(secret))]


def logs(service):
    """Both logs, without the line that core writes before any hook."""
    error = pathlib.Path(service.env["ERROR_LOG"]).read_text(errors="replace")
    access = pathlib.Path(service.env["ACCESS_LOG"]).read_text()
    return "\n".join(line for line in (error + access).splitlines()
                     if not BEFORE_ANY_HOOK.search(line))


def status_pages(api):
    server = api.service.env["SERVER"]
    return "".join(api.http.get(server + "/server-status" + query).text
                   for query in ("", "?auto", "?notable"))


def database_password(service):
    text = pathlib.Path(service.env["DB_OPTION_FILE"]).read_text()
    return re.search(r"^password=(.+)$", text, re.M)[1]


def check(api, *secrets):
    """None of these was written down anywhere."""
    service = api.service
    secrets += (service.env["PASSWORD"], service.env["API_KEY"],
                service.env["OTHER_PASSWORD"], database_password(service))
    assert all(len(secret) >= 8 for secret in secrets)
    assert leaks(logs(service), secrets) == []
    # The status page shows the first 63 bytes of a request line.
    assert leaks(status_pages(api), [secret[:8] for secret in secrets]) == []


@pytest.fixture
def api(service):
    return service.api().login()


def served(service, *words):
    """The access log has the answer to a request with these words."""
    path = pathlib.Path(service.env["ACCESS_LOG"])
    assert eventually(lambda: any(
        all(word in line for word in words)
        for line in path.read_text().splitlines()), 10)


def test_the_levels_are_those_that_tell_most(api, service):
    """Else the other tests prove nothing."""
    api.show("3459F30F71E7477495DF3AA3D278CC7D")
    text = pathlib.Path(service.env["ERROR_LOG"]).read_text(errors="replace")
    assert "[http:trace4]" in text and "Headers received from client" in text
    assert "Authorization: ***" not in text
    envelope(api.http.get(SHOW, headers={"Authorization":
                                         f"Bearer {api.token}"}),
             "MISSING_PARAMETER")
    text = pathlib.Path(service.env["ERROR_LOG"]).read_text(errors="replace")
    assert "Authorization: ***" in text
    before = [line for line in text.splitlines()
              if BEFORE_ANY_HOOK.search(line)]
    assert leaks("\n".join(before), [api.token])
    check(api, api.token)


def test_requests_of_every_kind(api):
    photo = form(part("token", api.token),
                 part(IDENTIFIER, "id=3459F30F71E7477495DF3AA3D278CC7D"),
                 part("file", jpeg(), "a.jpg"))
    bearer = {"Authorization": f"Bearer {api.token}"}
    envelope(api.post(CREATE, PERSON))
    envelope(api.http.post(CREATE, json=PERSON, headers=bearer))
    envelope(api.get(LIST, id_number="x", number_of_results=1))
    envelope(api.http.get(LIST, params={"id_number": "x"}, headers=bearer))
    url = envelope(api.http.post(ADD, content=photo, headers={
        "Content-Type": TYPE}))["file_content_url"]
    envelope(api.get(VIEW, **{
        IDENTIFIER: "id=3459F30F71E7477495DF3AA3D278CC7D"}))
    server = api.service.front.url
    assert api.http.get(f"{server}{url}&token={api.token}").status_code == 200
    envelope(api.http.get(f"{server}/crm/ImageDownloadServlet?token={api.token}"
                          "&id=0"), "NOT_FOUND")
    released = api.service.api().login_with_key()
    envelope(released.post(RELEASE))
    envelope(released.get(LIST, id_number="x"), "INVALID_TOKEN")
    check(api, api.token, released.token)


def test_refused_logins(api, service):
    wrong = "wrong-password-7381"
    unknown = "0123456789ABCDEF0123456789ABCDEF"
    for changes in ({"password": wrong}, {"password": wrong, "unit": "x"},
                    {"password": wrong, "organisation": "NOTHING"}):
        envelope(api.http.post(LOGIN, json=api.credentials(**changes)),
                 "INVALID_CREDENTIALS")
    envelope(api.http.post(LOGIN, content=json.dumps(
        api.credentials(password=wrong)).encode()[:-1]), "INVALID_REQUEST")
    for text in unknown, unknown + ":", service.env["API_KEY"] + ":":
        basic = base64.b64encode(text.encode()).decode()
        api.http.post(KEY_LOGIN, headers={"Authorization": f"Basic {basic}"})
        api.http.get(LIST, headers={"Authorization": f"Basic {basic}"})
    check(api, wrong, unknown, api.token)


@pytest.mark.parametrize("target", [
    "/crmapi/rest/v2/nothing?token={}",
    "/crmapi/rest/v2?token={}",
    "/crmapi/rest/v2/?x=%zz&token={}",
    "/crmapi/rest/v2/contact_information/show?token={}&token={}",
    "/crmapi/rest/v2/contact_information/show?%74oke%6E={}",
    "/crmapi/rest/v2/contact_information/create?a=1&token={}",
    "//crmapi//rest/v2/health?token={}",
    "/%63rmapi/rest/v2/health?token={}",
    "/crmapi/./rest/v2/health?token={}",
    "/x/../crmapi/rest/v2/health?token={}",
    "/x/%2e%2e/crmapi/rest/v2/health?token={}",
    "/crmapi/rest/v2/../v2/health?token={}",
    "http://127.0.0.1/crmapi/rest/v2/health?token={}",
    "/crmapi/rest/v2/health?a=/x?&token={}",
    "/crm/ImageDownloadServlet/?id=1&token={}",
    "/crm/ImageDownloadServlet/x?id=1&token={}",
])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_odd_requests(api, service, target, method):
    """What is masked does not depend on the answer."""
    line = f"{method} {target} HTTP/1.1".replace("{}", api.token)
    mark = f"mark-{abs(hash(line))}"
    answer = service.raw((
        f"{line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"User-Agent: {mark}\r\nContent-Length: 0\r\n\r\n").encode())
    assert api.token.encode() not in answer
    served(service, mark, "token=***")
    check(api, api.token)


def test_http_0_9_and_1_0(api, service):
    for version in "", " HTTP/1.0":
        service.raw((f"GET /crmapi/rest/v2/health?token={api.token}{version}"
                     "\r\n\r\n").encode())
    check(api, api.token)


def test_the_link_to_the_next_page_has_no_token(api):
    for _ in range(2):
        envelope(api.post(CREATE, {**PERSON, "demographics":
                                   {"id_number": "masked"}}))
    answer = api.get(LIST, id_number="masked", number_of_results=1)
    assert 'rel="next"' in answer.headers["link"]
    assert "token" not in answer.headers["link"]
    assert api.token not in str(answer.headers)


# --- the status page while a request is on its way --------------------------

class Locked:
    """A table that nobody else can read for a while."""

    def __init__(self, service, table):
        self.client = subprocess.Popen(
            ["mariadb", "--no-defaults", "--unbuffered", "--skip-column-names",
             "--socket=" + service.env["DB_SOCKET"],
             "--user=" + getpass.getuser(), "contactinfo"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.client.stdin.write(f"LOCK TABLES {table} WRITE; SELECT 'done';\n")
        self.client.stdin.flush()
        assert self.client.stdout.readline() == "done\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.communicate("UNLOCK TABLES;\n", timeout=20)


def shown(api, words):
    """The line of the status page with these words, when it is there. Asked by
    another connection, as a child of prefork shows what it was asked last."""
    url = api.service.env["SERVER"] + "/server-status?notable"
    return eventually(lambda: next(
        (line for line in httpx.get(url, trust_env=False).text.splitlines()
         if words in line), None), 5)


def test_a_get_that_waits_for_the_database(api, service):
    request = (f"GET /crmapi/rest/v2/{SHOW}?w=1&token={api.token}&{IDENTIFIER}"
               "=id=0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               f"Authorization: Bearer {api.token}\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", service.port), 20) as client:
        with Locked(service, "contact"):
            client.sendall(request)
            assert "token=***" in shown(api, "show?w=1")
            check(api, api.token)
        assert b"NOT_FOUND" in client.recv(65536)
    check(api, api.token)


def test_a_post_whose_body_trickles_in(api, service):
    text = json.dumps({"token": api.token, **PERSON})
    request = (f"POST /crmapi/rest/v2/{CREATE}?s=1&token={api.token} "
               "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               f"Content-Length: {len(text)}\r\n\r\n{text[:-5]}").encode()
    with socket.create_connection(("127.0.0.1", service.port), 20) as client:
        client.sendall(request)
        assert "token=***" in shown(api, "create?s=1")
        check(api, api.token)
        client.sendall(text[-5:].encode())
        assert b'"code":"OK"' in client.recv(65536)


def test_a_connection_that_is_kept_shows_its_last_request(api):
    answer = api.http.get(f"health?kept=1&token={api.token}")
    envelope(answer)
    if answer.http_version == "HTTP/2":
        pytest.skip("mod_http2 shows what it has read itself")
    assert "token=***" in shown(api, "kept=1")
    check(api, api.token)


# --- the database is away --------------------------------------------------

def test_errors_of_the_database(api, service):
    service.kill("DB")
    service.log.expect("CI0003")
    envelope(api.post(CREATE, PERSON), "SERVICE_UNAVAILABLE")
    envelope(api.get(LIST, id_number="x"), "SERVICE_UNAVAILABLE")
    envelope(api.http.post(LOGIN, json=api.credentials()),
             "SERVICE_UNAVAILABLE")
    check(api, api.token)
    service.start()
    service.recovers()


def test_a_password_of_the_database_that_is_wrong(service, api):
    """The server's message names the account, not the password."""
    password = database_password(service)
    service.db.run("ALTER USER contactinfo IDENTIFIED BY 'another';"
                   "KILL USER contactinfo")
    try:
        service.log.expect("CI0003")
        envelope(api.post(CREATE, PERSON), "SERVICE_UNAVAILABLE")
    finally:
        service.db.run(f"ALTER USER contactinfo IDENTIFIED BY '{password}'")
        service.recovers(refused=True)
    check(api, api.token)
