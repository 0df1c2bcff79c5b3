# SPDX-License-Identifier: Apache-2.0
"""What the integration tests stand on.

Service  one copy of MariaDB and httpd, started by conf/service.sh
Api      a client of it: JSON calls with the token, and raw bytes
Log      its error log: which lines are new, which were announced
Db       its database through the mariadb client
envelope what every answer of the API has to look like
compare  an answer against a published example
"""

import base64
import fnmatch
import getpass
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import httpx

import front
from front import SECONDS, free_port
from openapi import Document

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "tests" / "examples"
SERVICE = ROOT / "conf" / "service.sh"

# Tests fail to log in more often than people do.
NO_LIMIT = "ContactInfoLoginRate 0 0\n"

CODES = {
    "OK": 200,
    "INVALID_REQUEST": 400,
    "MISSING_PARAMETER": 400,
    "INVALID_PARAMETER": 400,
    "INVALID_IDENTIFIER": 400,
    "INVALID_CREDENTIALS": 401,
    "INVALID_TOKEN": 401,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "AMBIGUOUS_IDENTIFIER": 409,
    "CONFLICT": 409,
    "PRECONDITION_FAILED": 412,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "UNKNOWN_REFERENCE": 422,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
    "OUTCOME_UNKNOWN": 503,
}


def eventually(condition, seconds=SECONDS):
    """Poll until the condition is true; its last value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


def apache2(*arguments, **named):
    """Run httpd by hand; a sanitizer's build needs its library."""
    return subprocess.run(
        ["/usr/sbin/apache2", *arguments], text=True,
        env={**os.environ, "LD_PRELOAD": os.environ.get("PRELOAD", ""),
             "ASAN_OPTIONS": "detect_leaks=0"}, **named)


def is_alive(pid):
    """There is such a process and it is no zombie."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


class Log:
    """An error log. Each line is looked at once, by new_lines()."""

    LINE = re.compile(r"\[[^]]+\] \[(?P<module>\w*):(?P<level>\w+)\] ")
    QUIET = re.compile(r"notice|info|debug|trace\d")
    # mod_ssl was built with a newer OpenSSL than is installed
    MACHINE = re.compile(r" AH01882: ")

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.offset = 0
        self.expected = set()
        self.allowed = set()

    def expect(self, *tags):
        """Lines with these tags (CI0042, AH00051) must appear in this test."""
        self.expected.update(tags)

    def allow(self, *tags):
        """Lines with these tags may appear in this test."""
        self.allowed.update(tags)

    def new_lines(self):
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self.offset)
            text = file.read()
        self.offset += len(text)
        return text.decode(errors="replace").splitlines()

    def complaints(self):
        """What is new and was not announced, or was announced and is not
        there. Forgets the announcements."""
        found, seen = [], set()
        for line in self.new_lines():
            tags = {tag for tag in self.expected | self.allowed if tag in line}
            seen |= tags
            if not tags and self.is_bad(line):
                found.append(line)
        found += [f"announced but not logged: {tag}"
                  for tag in sorted(self.expected - seen)]
        self.expected, self.allowed = set(), set()
        return found

    @classmethod
    def is_bad(cls, line):
        match = cls.LINE.match(line)
        if not match or "exit signal" in line:
            return True
        if cls.MACHINE.search(line):
            return False
        return not cls.QUIET.fullmatch(match["level"])


def reported(name, text):
    """What a checker has to say of the module. Of ThreadSanitizer's and
    valgrind's reports those parts that name it: httpd and its libraries were
    not built for them."""
    if not name.startswith(("tsan", "valgrind")):
        return [text] if text else []
    parts = re.split(r"^(?:={18}|==\d+== )$", text, flags=re.M)
    return [part for part in parts
            if re.search(r"\bci_\w+\b|mod_contactinfo", part)]


class Db:
    """The database, as the account that owns the server."""

    ESCAPES = {"n": "\n", "t": "\t", "0": "\0", "\\": "\\"}

    def __init__(self, service):
        self.service = service

    def run(self, sql):
        """The client's output, one line a row, the first with the names."""
        command = ["mariadb", "--no-defaults", "--batch",
                   "--default-character-set=utf8mb4",
                   "--socket=" + self.service.env["DB_SOCKET"],
                   "--user=" + getpass.getuser(), "contactinfo"]
        return subprocess.run(command, input=sql.encode(), check=True,
                              capture_output=True).stdout.decode()

    def rows(self, sql):
        """A list of dictionaries; every value is text, NULL is "NULL"."""
        lines = self.run(sql).split("\n")[:-1]
        if not lines:
            return []
        names = lines[0].split("\t")
        return [dict(zip(names, map(self.unescape, line.split("\t"))))
                for line in lines[1:]]

    def value(self, sql):
        """The one value of the one row."""
        (row,) = self.rows(sql)
        (value,) = row.values()
        return value

    @classmethod
    def unescape(cls, text):
        return re.sub(r"\\(.)", lambda m: cls.ESCAPES[m[1]], text)


class Service:
    """One copy of MariaDB and httpd in a folder and on a port of its own.

    extra_conf and location_conf are httpd configuration; the other keyword
    arguments are variables of conf/service.sh in lower case. kind is one of
    front.KINDS; without it, FRONT decides.
    """

    running = []

    def __init__(self, folder, extra_conf="", location_conf="", port=None,
                 kind=None, **variables):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.run_dir = self.folder / "run"
        self.port = port or free_port()
        self.mpm = variables.get("mpm") or os.environ.get("MPM")
        self.front = front.create(self.folder, self.port, kind, self.mpm)
        self.variables = {
            "RUN_DIR": str(self.run_dir),
            "PORT": str(self.port),
            "BUILD": os.environ.get("BUILD", str(ROOT / "build")),
            "EXTRA_CONF": self.write("extra.conf", self.front.conf + NO_LIMIT
                                     + extra_conf),
            "EXTRA_LOCATION_CONF": self.write("location.conf", location_conf),
        }
        self.variables.update({k.upper(): str(v) for k, v in variables.items()})
        self.env = {}
        self.document = None
        self.log = None
        self.clients = []
        self.seen = {}  # bytes of each checker's reports
        self.db = Db(self)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def command(self, verb):
        """conf/service.sh with its output, which a failure shows."""
        done = subprocess.run([SERVICE, verb], text=True,
                              env={**os.environ, **self.variables},
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=3 * SECONDS)
        assert done.returncode == 0, f"service.sh {verb}: {done.stdout}"
        return done.stdout

    def start(self):
        self.command("start")
        self.front.start()
        return self.attach()

    def attach(self):
        """Learn how to reach what has been started."""
        lines = (self.run_dir / "env").read_text().splitlines()
        self.env = {key.removeprefix("CONTACTINFO_"): value for key, value
                    in (line.split("=", 1) for line in lines)}
        answer = httpx.get(self.env["URL"] + "/openapi.json", trust_env=False)
        assert answer.status_code == 200, answer.text
        self.document = Document.of(answer.text)
        if self.log is None:
            self.log = Log(self.env["ERROR_LOG"])
        if self not in Service.running:
            Service.running.append(self)
        return self

    def stop(self):
        self.front.stop()
        self.command("stop")

    def clean(self):
        """End it, remove it, and say what it had to complain about. A child of
        worker waits for connections that are kept before it ends; with event
        they are kept until it has ended, see kill()."""
        if self.mpm != "worker":
            self.stop()
        for client in self.clients:
            client.close()
        if self.mpm == "worker":
            self.stop()
        complaints = self.complaints()
        self.command("clean")
        if self in Service.running:
            Service.running.remove(self)
        assert not complaints, "\n".join(complaints)

    def complaints(self):
        found = self.log.complaints() if self.log else []
        for report in (self.run_dir / "home" / "sanitizer").glob("*"):
            text = report.read_text(errors="replace")
            found += reported(report.name, text[self.seen.get(report, 0):])
            self.seen[report] = len(text)
        return found

    def pid(self, half):
        """The process id of "HTTPD" or "DB"."""
        return int(pathlib.Path(self.env[half + "_PID_FILE"]).read_text())

    def children(self):
        """The process ids of httpd's children."""
        parent = self.pid("HTTPD")
        task = pathlib.Path(f"/proc/{parent}/task/{parent}/children")
        return [int(pid) for pid in task.read_text().split()]

    def kill(self, half, number=signal.SIGKILL):
        """mod_mpm_event may crash where it ends while it closes connections,
        without the module as well: it gets time for that."""
        if (half, number) == ("HTTPD", signal.SIGTERM):
            time.sleep(0.2)
        pid = self.pid(half)
        os.kill(pid, number)
        assert eventually(lambda: not is_alive(pid))

    def recovers(self, refused=False):
        """Wait until every child can use the database again: each tries within
        1.5 s, within 5.5 s if its account was refused."""
        health = self.env["URL"] + "/health"
        assert eventually(lambda: httpx.get(health, trust_env=False).is_success)
        time.sleep(5.5 if refused else 1.5)

    def graceful(self):
        """Let httpd read its configuration again, with children at work."""
        os.kill(self.pid("HTTPD"), signal.SIGUSR1)

    def api(self, who=""):
        """A client; who is "" or "OTHER_" for the other organisation."""
        return Api(self, who)

    def raw(self, data, seconds=10, half_close=False):
        """Send bytes, return what comes until the server closes. With
        half_close the server learns that no more will be sent."""
        address = ("127.0.0.1", self.port)
        with socket.create_connection(address, timeout=seconds) as connection:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        return answer


class Api:
    """A client of one organisation's demo user."""

    def __init__(self, service, who=""):
        self.service = service
        self.who = who
        self.token = None
        self.http = service.front.client(
            "/crmapi/rest/v2/", event_hooks={"response": [self.conforms]})
        service.clients.append(self.http)

    def conforms(self, response):
        """Assert that a JSON answer is one that the OpenAPI document has."""
        if (response.headers.get("content-type") != "application/json"
                or response.request.url.path.endswith("/openapi.json")):
            return
        response.read()
        self.service.document.check(response)

    def credentials(self, **changes):
        return {"organisation": self.service.env[self.who + "ORGANISATION"],
                "username": self.service.env[self.who + "USERNAME"],
                "password": self.service.env[self.who + "PASSWORD"],
                **changes}

    def login(self):
        """Log in with the password; the client, with the token."""
        answer = self.http.post("authentication/token",
                                json=self.credentials())
        self.token = envelope(answer)["token"]
        return self

    def login_with_key(self):
        """Log in with the Web API key; the client, with the token."""
        key = self.service.env[self.who + "API_KEY"]
        basic = base64.b64encode(f"{key}:".encode()).decode()
        answer = self.http.post("authentication/web_api_key/token",
                                headers={"Authorization": f"Basic {basic}"})
        self.token = envelope(answer)["token"]
        return self

    def get(self, path, **params):
        """GET with the token among the parameters."""
        return self.http.get(path, params={"token": self.token, **params})

    def post(self, path, body=None, **more):
        """POST of an object with the token in it."""
        return self.http.post(path, json={"token": self.token, **(body or {})},
                              **more)

    def post_example(self, path, name):
        """POST of a published request, byte for byte save the token."""
        text = (EXAMPLES / name).read_text()
        text, count = re.subn(r'("token"\s*:\s*")[^"]*', rf"\g<1>{self.token}",
                              text)
        assert count == 1
        return self.http.post(path, content=text.encode(),
                              headers={"Content-Type": "application/json"})

    def show(self, contact_id, **params):
        """The full contact."""
        identifier = f"id={contact_id}"
        return envelope(self.get("contact_information/show",
                                 contact_information_identifier=identifier,
                                 **params))


def counters(service):
    """The module's part of the server-status page."""
    text = httpx.get(service.env["SERVER"] + "/server-status?auto",
                     trust_env=False).text
    lines = [line.split(": ") for line in text.splitlines()
             if line.startswith("ContactInfo")]
    return {name.removeprefix("ContactInfo"): int(value)
            for name, value in lines}


def envelope(response, code="OK", status=None):
    """Assert that an answer has the form of the API; its data.

    status is the HTTP status where it is not the one of the code.
    """
    assert response.headers["content-type"] == "application/json", response.text
    assert response.headers.get("x-request-id"), response.headers
    body = json.loads(response.content)
    for service in Service.running:
        # what did not come through httpx has no such extension
        if ("http_version" in response.extensions and service.document
                and service.front.port == response.url.port):
            service.document.check(response)
    assert set(body) == {"status", "data"}, body
    assert set(body["status"]) == {"code", "message", "description"}, body
    assert body["status"]["code"] == code, body["status"]
    expected = CODES[code] if status is None else status
    assert response.status_code == expected, body["status"]
    if code == "OK":
        assert body["status"]["message"] == ""
        assert body["status"]["description"] == ""
    else:
        assert body["status"]["message"]
        assert isinstance(body["status"]["description"], str)
        assert body["data"] == {}
    return body["data"]


def example(name):
    """The data of a published answer."""
    return json.loads((EXAMPLES / name).read_text())["data"]


# The ids of reference data that examples and schema share.
KEPT_IDS = {
    "126", "127", "180", "181", "209",
    "84F33366CB592BAAE7E2044D93611C6A", "48305F8849E3C18B227C5BE3A27BA6DF",
    "3459F30F71E7477495DF3AA3D278CC7D", "EDE9CDE326E4F9846A50D5BCF61CD720",
    "486B0C17A39E5F5339BD16B288AE12FE", "31BC2070C79EAE5455BFAD41599C5190",
    "39E3A8C68925F4216D79C7EEBD71D4B4", "06B638258885DA26FA2BD40D9128D04E",
    "D8ACF18AB4494AD33738A9F4C94E6995", "A9BDEBD4D8FAEDB0BACE40C041156D12",
}

# Where the examples contradict each other or themselves.
CONTRADICTORY = ("log_information", "preferred_language",
                 "authorization_settings", "*alternative_code",
                 "*_character_code")


def compare(actual, expected, exempt=(), shape=()):
    """Assert that an answer is the published one.

    Paths are written addresses_set.0.type. exempt: patterns of paths that are
    not looked at, besides CONTRADICTORY. shape: patterns of paths below which
    names and kinds count and values do not. An id counts if it is one of
    KEPT_IDS; type labels are compared as codes; notes may have a prefix in
    the example.
    """
    found = list(differences(actual, expected, "",
                             tuple(exempt) + CONTRADICTORY, tuple(shape)))
    assert not found, "\n".join(found)


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def differences(actual, expected, path, exempt, shape):
    """The places where two JSON values differ, as sentences."""
    if matches(path, exempt):
        return
    below = f"{path}." if path else ""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys()):
            if matches(below + key, exempt):
                continue
            if key not in actual or key not in expected:
                where = "example" if key in expected else "answer"
                yield f"{below}{key}: only in the {where}"
                continue
            yield from differences(actual[key], expected[key], below + key,
                                   exempt, shape)
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(actual) != len(expected) and not matches(path, shape):
            yield f"{path}: {len(actual)} elements, not {len(expected)}"
        for index, pair in enumerate(zip(actual, expected)):
            yield from differences(*pair, f"{below}{index}", exempt, shape)
    elif not same(actual, expected, path, matches(path, shape)):
        yield f"{path}: {actual!r}, not {expected!r}"


def same(actual, expected, path, shape_only):
    """Two values that are not both objects or both lists."""
    name = path.rpartition(".")[2]
    if shape_only:
        return None in (actual, expected) or type(actual) is type(expected)
    if name == "id" and expected not in KEPT_IDS:
        return isinstance(actual, str) and actual != ""
    if name == "type" and expected is not None:
        return actual == expected.upper().replace(" ", "_")
    if name == "notes" and None not in (actual, expected):
        return expected.endswith(actual)
    return type(actual) is type(expected) and actual == expected
