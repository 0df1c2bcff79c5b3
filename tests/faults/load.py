# SPDX-License-Identifier: Apache-2.0
"""Clients that are quicker than httpx, and many of them at once."""

import concurrent.futures
import http.client
import json
import os
import threading
import time
import urllib.parse

from harness import CODES
from images import TYPE, form, part

BASE = "/crmapi/rest/v2/"
SHOW = "contact_information/show"
LIST = "contact_information/list"
CREATE = "contact_information/create"
UPDATE = "contact_information/update"
PHOTO = "contact_information/profile_photo/"
IDENTIFIER = "contact_information_identifier"

# SOAK=1: the full figures, and bounds that hold on a quiet machine only.
SOAK = os.environ.get("SOAK") == "1"


def figure(check, soak):
    """How often, in `make check` and in `make soak`."""
    return soak if SOAK else check


def bound(seconds):
    """How long something may take; a busy machine gets more."""
    return seconds if SOAK else 5 * seconds


class Answer:
    """status 0: there was none."""

    __slots__ = ("status", "headers", "content", "seconds", "code", "data")

    def __init__(self, status=0, headers=None, content=b"", seconds=0.0):
        self.status = status
        self.headers = headers or {}
        self.content = content
        self.seconds = seconds
        self.code, self.data = "", None
        if self.headers.get("content-type") == "application/json":
            self.read_envelope()

    def read_envelope(self):
        body = json.loads(self.content)
        assert set(body) == {"status", "data"}, body
        self.code = body["status"]["code"]
        self.data = body["data"]
        assert CODES[self.code] == self.status, (self.status, body)
        if self.status == 503:
            assert int(self.headers["retry-after"]) >= 1

    @property
    def ok(self):
        return self.status == 200

    def without_content(self):
        """What is kept of one of a million."""
        self.headers = self.content = self.data = None
        return self

    def __repr__(self):
        return f"{self.status} {self.code} after {self.seconds:.2f} s"


class Client:
    """One connection, kept alive; for one thread."""

    def __init__(self, service, token=None, seconds=60):
        self.service = service
        self.token = token
        self.seconds = seconds
        self.connection = None

    def request(self, method, target, body=None, headers=()):
        begin = time.monotonic()
        try:
            answer = self.exchange(method, target, body, dict(headers))
        except (OSError, http.client.HTTPException):
            self.close()
            return Answer(seconds=time.monotonic() - begin)
        headers = {k.lower(): v for k, v in answer.getheaders()}
        return Answer(answer.status, headers, self.content,
                      time.monotonic() - begin)

    def exchange(self, method, target, body, headers):
        if not self.connection:
            self.connection = http.client.HTTPConnection(
                "127.0.0.1", self.service.port, timeout=self.seconds)
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        self.content = answer.read()
        if answer.will_close:
            self.close()
        return answer

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def get(self, path, **params):
        query = urllib.parse.urlencode({"token": self.token, **params})
        return self.request("GET", f"{BASE}{path}?{query}")

    def post(self, path, body, key=None):
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        text = json.dumps({"token": self.token, **body})
        return self.request("POST", BASE + path, text.encode(), headers)

    def show(self, contact, **params):
        return self.get(SHOW, **{IDENTIFIER: f"id={contact}", **params})

    def create(self, key=None, **members):
        return self.post(CREATE, {"type": "PERSON", "first_name": "F",
                                  "last_name": "L", **members}, key)

    def update(self, contact, **members):
        return self.post(UPDATE, {IDENTIFIER: {"id": contact}, **members})

    def add_photo(self, contact, data, key=None):
        headers = {"Content-Type": TYPE}
        if key:
            headers["Idempotency-Key"] = key
        body = form(part("token", self.token),
                    part(IDENTIFIER, f"id={contact}"),
                    part("file", data, "photo.png"))
        return self.request("POST", BASE + PHOTO + "add", body, headers)

    def remove_photo(self, contact):
        return self.post(PHOTO + "remove", {IDENTIFIER: {"id": contact}})

    def photo(self, contact):
        """The bytes of a contact's photo; None if there is none."""
        answer = self.get(PHOTO + "view", **{IDENTIFIER: f"id={contact}"})
        if answer.code == "NOT_FOUND":
            return None
        assert answer.ok, answer
        url = answer.data["file_content_url"]
        answer = self.request("GET", f"{url}&token={self.token}")
        assert answer.ok, answer
        return answer.content


class Patient(Client):
    """As browsers do: what a kept connection did not answer at all, since
    it was closed at that moment, is sent again on a new one."""

    def request(self, *arguments, **named):
        kept = self.connection is not None
        answer = super().request(*arguments, **named)
        if kept and answer.status == 0:
            answer = super().request(*arguments, **named)
        return answer


def at_once(count, work):
    """work(i) in so many threads; the results."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


class Background:
    """work(i) again and again in so many threads, until the block ends. The
    results keep of each answer all but its content."""

    def __init__(self, count, work):
        self.stopping = threading.Event()
        self.results = []
        self.failures = []
        self.threads = [threading.Thread(target=self.loop, args=(work, i),
                                         daemon=True) for i in range(count)]

    def loop(self, work, index):
        try:
            while not self.stopping.is_set():
                result = work(index)
                if isinstance(result, Answer):
                    result = result.without_content()
                self.results.append(result)
        except Exception as failure:
            self.failures.append(failure)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(120)
        assert not any(t.is_alive() for t in self.threads)
        if self.failures:
            raise self.failures[0]


def worst(answers, share=0.99):
    """The seconds that this share of the answers kept below."""
    seconds = sorted(a.seconds for a in answers)
    return seconds[min(len(seconds) - 1, int(share * len(seconds)))]
