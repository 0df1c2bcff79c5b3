# SPDX-License-Identifier: Apache-2.0
"""Requests that the served OpenAPI document allows, or nearly.

From the environment: SEED, which says what is asked; COUNT, how often.
"""

import collections
import json
import os

import pytest

from generator import Generator
from harness import CODES, envelope
from images import BOUNDARY, TYPE, gif, jpeg, png
from world import World

SEED = int(os.environ.get("SEED", 1))
COUNT = int(os.environ.get("COUNT", 2000))
# A look at the whole service now and then
EVERY = 250
# How often the calls with the most to get wrong are made
WEIGHTS = {"create": 8, "update": 8, "list": 4, "show": 4, "add": 3}
NAMES = {"PERSON": {"first_name": "G", "last_name": "Enerated"},
         "COMPANY": {"company_name": "Generated"}}
OTHERS = {"PERSON": ("company_name", "company_profile"),
          "COMPANY": ("title", "first_name", "middle_name", "last_name",
                      "demographics")}
# Real values of the demo tenant, so that calls get beyond the first check
KNOWN = {"contact_information_identifier": [
    {"id": "3459F30F71E7477495DF3AA3D278CC7D"}, {"id_number": "142536"},
    {"id": "14FFD33EC9454042C6F73F326E03494F"},
    {"passport_number": "DM142536"},
    "id=659A6CE12F7EB687D1C81DD3615CD03D"]}
WRITTEN = {"contact", "contact_key", "contact_relation", "contact_unique",
           "idempotency", "login_session", "profile_photo",
           "profile_photo_chunk"}


class Asker:
    """Asks one call after the other."""

    def __init__(self, world):
        self.world = world
        self.document = world.service.document
        self.make = Generator(self.document, SEED)
        self.random = self.make.random
        self.calls = [(path, method, item[method])
                      for path, item in sorted(self.document.json[
                          "paths"].items())
                      for method in ("get", "post") if method in item]
        self.weights = [WEIGHTS.get(path.rpartition("/")[2], 1)
                        for path, _, _ in self.calls]
        self.number = 0

    def url(self, path):
        whole = self.document.full_path(
            path, self.document.json["paths"][path])
        return self.world.service.env["SERVER"] + whole

    def ask(self):
        """One request; the path, its answer, and how to ask it again."""
        self.number += 1
        path, method, operation = self.random.choices(self.calls,
                                                      self.weights)[0]
        sent = {"params": self.query(operation), "headers": self.headers(
            operation, path)}
        if method == "post":
            self.add_body(sent, operation)
        answer = self.world.api.http.request(method, self.url(path), **sent)
        return path, answer, (self.number, method, path, sent)

    def token(self):
        return "x" if self.make.odd() else self.world.api.token

    def known(self, name, value):
        """In most places a real identifier instead of a made-up one."""
        if name in KNOWN and self.random.random() < 0.8:
            return self.random.choice(KNOWN[name])
        return value

    def query(self, operation):
        found = {}
        for parameter in operation.get("parameters", []):
            name = parameter.get("name")
            if parameter.get("in") != "query" or self.random.random() < 0.4:
                continue
            value = self.known(name, self.make.value(parameter["schema"]))
            if isinstance(value, dict) and value:
                value = "=".join(map(str, next(iter(value.items()))))
            found[name] = (value if isinstance(value, str)
                           else json.dumps(value))
        if "requestBody" not in operation:
            found["token"] = self.token()
        return found

    def headers(self, operation, path):
        found = {}
        for parameter in operation.get("parameters", []):
            if parameter.get("in") == "header" and self.random.random() < 0.2:
                found[parameter["name"]] = self.random.choice(
                    ["*", '"1-x"', "key", f"key {self.number}", "é".encode(),
                     f"key{self.number % 7}", "x" * 256])
        if "web_api_key" in path and not self.make.odd():
            found["Authorization"] = self.random.choice([
                "Basic MDAxMTIyMzM0NDU1NjY3Nzg4OTlBQUJCQ0NEREVFRkY6",
                "Basic x", "Bearer x"])
        return found

    def add_body(self, sent, operation):
        content = operation["requestBody"]["content"]
        if "multipart/form-data" in content:
            sent["content"] = self.form(content["multipart/form-data"][
                "schema"])
            sent["headers"]["Content-Type"] = TYPE
            return
        body = self.make.value(content["application/json"]["schema"])
        if isinstance(body, dict):
            if "create" in operation["operationId"] and not self.make.odd():
                self.make_sense(body)
            body.update((name, self.known(name, body.get(name)))
                        for name in KNOWN if "update" in operation[
                            "operationId"] or name in body)
            body["token"] = self.token()
        text = json.dumps(body, ensure_ascii=self.random.random() < 0.5)
        if self.make.odd():
            place = self.random.randrange(len(text) + 1)
            text = text[:place] + self.random.choice(
                ["", "x", '"', "{", ",", "\\", "\ud7ff"]) + text[place + 1:]
        sent["content"] = text.encode()

    def make_sense(self, body):
        """A contact of one kind, with a name."""
        kind = self.random.choice(list(NAMES))
        body.update(NAMES[kind], type=kind)
        for name in OTHERS[kind]:
            body.pop(name, None)

    def form(self, schema):
        parts = []
        for name in self.make.resolve(schema)["properties"]:
            if self.make.odd():
                continue
            parts.append((name, self.form_value(name)))
        self.random.shuffle(parts)
        body = b"".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
            "\r\n\r\n".encode() + value + b"\r\n" for name, value in parts)
        return body + f"--{BOUNDARY}--\r\n".encode()

    def form_value(self, name):
        if name == "token":
            return self.token().encode()
        if name == "file":
            data = self.random.choice([gif(), png(), jpeg()])
            if self.make.odd():
                data = data[:self.random.randrange(len(data))]
            return data
        value = self.known(name, "file_name,x")
        if isinstance(value, dict):
            value = "=".join(next(iter(value.items())))
        return value.encode()


@pytest.fixture(scope="module")
def world(service):
    return World(service)


def code_of(path, answer):
    """The code of an answer that must be one of the API's."""
    if answer.headers.get("content-type") != "application/json":
        return answer.status_code
    if path == "/openapi.json":
        return "OK"
    code = answer.json()["status"]["code"]
    envelope(answer, code)
    return code


def test_generated_requests(world):
    asker = Asker(world)
    seen = collections.Counter()
    for _ in range(COUNT):
        path, answer, again = asker.ask()
        assert answer.status_code < 500, again
        code = code_of(path, answer)
        seen[path, code] += 1
        if path.endswith("/release") and code == "OK":
            world.api.login_with_key()
        if asker.number % EVERY == 0:
            assert world.pids() == world.children
            assert world.api.http.get("health").status_code == 200
    assert world.changed() <= WRITTEN
    print(*sorted(seen.items(), key=str), sep="\n")
    check_variety(seen, {path for path, _, _ in asker.calls})


def check_variety(seen, paths):
    """What was asked was neither all good nor all bad."""
    assert {path for path, _ in seen} == paths
    codes = {code for _, code in seen}
    assert len(codes) >= 9 and codes <= {*CODES, 200, 304, 414}
    for path in ("create", "update", "show", "list", "view", "add", "remove"):
        good = [one for one, code in seen if one.endswith(path)
                and code == "OK"]
        assert good, path
